//! The chain of the demo: both contracts, the people, and how the three accounts open their books.

use cosmwasm_std::{Addr, Coin, Event};
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{AccountCreated, TypedEvent};
use hedgerow_interface::fill::LegFill;
use hedgerow_interface::margin::{Delegation, ExecuteMsg, Fill, Limits, MarginResponse, Scope};
use hedgerow_risk::number::{Cash, Quantity, Value};
use hedgerow_testing::audit::{Audit, held};
use hedgerow_testing::invariants::Snapshot;
use hedgerow_testing::setup::{DECIMALS, QUOTE, Setup, UNIT};
use hedgerow_testing::{Refusal, World};

use super::DemoError;
use super::book::{Cover, Plan, PlannedLeg};
use super::report::{Amount, GateView};
use super::scene::Scene;
use super::valuation;

/// The other side of every trade.
pub const STREET: &str = "street";
/// The liquidator.
pub const KEEPER: &str = "keeper";
/// What the insurance fund begins with, in base units.
pub const FUND: i128 = 25_000 * UNIT;
/// What a delegation may give away against the mark: prices are rounded to five digits.
const LOSS_BUDGET: i128 = 1_000 * UNIT;

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// One word.
    pub name: &'static str,
    /// Whose keys.
    pub owner: Addr,
    /// The account.
    pub account: AccountId,
    /// Base units paid in.
    pub paid: i128,
}

/// The chain and who is on it.
pub struct Stage {
    /// The chain.
    pub world: World,
    /// In the order of their accounts.
    pub people: Vec<Person>,
    /// What must always hold.
    pub audit: Audit,
}

impl Stage {
    /// A chain with both contracts, the first tape and a filled insurance fund.
    pub fn new(scene: &Scene) -> Result<Self, DemoError> {
        let defaults = Setup::default();
        let setup = Setup {
            market: scene.market.clone(),
            model: (*scene.model).clone(),
            limits: Limits {
                open_interest: Quantity::new(Quantity::MAX)?,
                min_deposit: Cash::new(1)?,
                ..defaults.limits
            },
            ..defaults
        };
        let world = held(|| World::new(&setup)).map_err(|reason| refused("setting up the chain", reason))?;
        let mut stage = Self {
            world,
            people: Vec::new(),
            audit: Audit::default(),
        };
        let giver = stage.world.address("fund");
        let funds = stage.mint(&giver, FUND)?;
        stage.must(
            "filling the insurance fund",
            &giver,
            &ExecuteMsg::FundInsurance {},
            &funds,
        )?;
        Ok(stage)
    }

    /// Opens an account with a deposit and lets the venue trade for it.
    pub fn join(&mut self, name: &'static str, deposit: i128) -> Result<Person, DemoError> {
        let owner = self.world.address(name);
        let funds = self.mint(&owner, deposit)?;
        let events = self.must("opening an account", &owner, &ExecuteMsg::CreateAccount {}, &funds)?;
        let created = events.iter().find_map(AccountCreated::read);
        let created = created.ok_or_else(|| refused("opening an account", "no event tells its number".to_owned()))?;
        let person = Person {
            name,
            owner,
            account: created.account,
            paid: deposit,
        };
        let delegation = Delegation {
            delegate: self.world.venue.to_string(),
            scopes: vec![Scope::Trade],
            expires: self.world.now().saturating_add(30 * 86_400),
            loss_budget: Cash::new(LOSS_BUDGET)?,
        };
        let delegate = ExecuteMsg::Delegate {
            account: person.account,
            delegation,
        };
        self.must("delegating to the venue", &person.owner, &delegate, &[])?;
        self.people.push(person.clone());
        Ok(person)
    }

    /// Opens an account and its book as planned, against the street. Answers what the gate asked for when it was tried.
    pub fn open(&mut self, scene: &Scene, plan: &Plan, street: AccountId) -> Result<Option<GateView>, DemoError> {
        let need = self.needed(scene, &plan.legs)?;
        let hundredths = match plan.cover {
            Cover::Least => {
                let person = self.join(plan.name, need.saturating_sub(TRIES).max(1))?;
                let gate = self.least(&person, plan, street)?;
                self.deposit(person.account, gate.admitted.0 / 50)?;
                return Ok(Some(gate));
            }
            Cover::Hundredths(hundredths) => i128::from(hundredths),
        };
        // To ten tokens: nobody pays in fractions of a cent.
        let deposit = (need * hundredths / 100 / UNIT / 10 + 1) * 10 * UNIT;
        let person = self.join(plan.name, deposit)?;
        let message = trade(person.account, street, &plan.legs);
        let venue = self.world.venue.clone();
        self.must("opening a book", &venue, &message, &[])?;
        Ok(None)
    }

    /// Adds one base unit after the other until the gate admits the book.
    fn least(&mut self, person: &Person, plan: &Plan, street: AccountId) -> Result<GateView, DemoError> {
        let message = trade(person.account, street, &plan.legs);
        let venue = self.world.venue.clone();
        let mut last = None;
        for _ in 0..=2 * TRIES {
            let paid = self.paid(person.account);
            match self.send(&venue, &message, &[]) {
                Ok(_) => {
                    let (refused, code) = last.unwrap_or_default();
                    return Ok(GateView {
                        name: plan.name,
                        refused,
                        code,
                        admitted: Amount(paid),
                    });
                }
                Err(refusal) => last = Some((Amount(paid), refusal.code().to_owned())),
            }
            self.deposit(person.account, 1)?;
        }
        let reason = last.map(|(_, code)| code).unwrap_or_default();
        Err(refused("opening the naked short's book", reason))
    }

    /// Base units that a book needs to be admitted, as the engine sees it.
    fn needed(&self, scene: &Scene, legs: &[PlannedLeg]) -> Result<i128, DemoError> {
        let standing = valuation::opened(scene, legs)?;
        let least = self.world.params().limits.min_equity.units();
        let margin = base_ceil(standing.initial_margin)?.max(least);
        Ok(margin.saturating_sub(base_floor(standing.equity)?))
    }

    fn deposit(&mut self, account: AccountId, units: i128) -> Result<(), DemoError> {
        let Some(owner) = self
            .people
            .iter()
            .find(|p| p.account == account)
            .map(|p| p.owner.clone())
        else {
            return Ok(());
        };
        let funds = self.mint(&owner, units)?;
        self.must("depositing", &owner, &ExecuteMsg::Deposit { account }, &funds)?;
        for person in self.people.iter_mut().filter(|person| person.account == account) {
            person.paid = person.paid.saturating_add(units);
        }
        Ok(())
    }

    fn paid(&self, account: AccountId) -> i128 {
        let person = self.people.iter().find(|person| person.account == account);
        person.map_or(0, |person| person.paid)
    }

    fn mint(&mut self, to: &Addr, units: i128) -> Result<Vec<Coin>, DemoError> {
        let units = u128::try_from(units).map_err(|_| refused("minting", format!("{units} base units")))?;
        self.world.mint(to, QUOTE, units);
        Ok(World::coins(units))
    }

    /// The account of somebody.
    pub fn account(&self, name: &str) -> Result<AccountId, DemoError> {
        let person = self.people.iter().find(|person| person.name == name);
        let account = person.map(|person| person.account);
        account.ok_or_else(|| refused("looking for an account", name.to_owned()))
    }

    /// The name of an account.
    pub fn name(&self, account: AccountId) -> &'static str {
        let person = self.people.iter().find(|person| person.account == account);
        person.map_or("?", |person| person.name)
    }

    /// What the contract says of an account.
    pub fn margin(&self, account: AccountId) -> Result<MarginResponse, DemoError> {
        let answer = self.world.margin_of(account);
        answer.map_err(|refusal| refused("asking for a margin", refusal.text))
    }

    /// Sends a message to the margin contract; what it may change is checked.
    pub fn send(&mut self, sender: &Addr, message: &ExecuteMsg, funds: &[Coin]) -> Result<Vec<Event>, Refusal> {
        let before = Snapshot::take(&self.world);
        let events = self.world.execute(sender, message, funds)?;
        self.audit.change(&before, &self.world, message);
        Ok(events)
    }

    /// Sends a message that the demo relies on.
    pub fn must(
        &mut self,
        step: &str,
        sender: &Addr,
        message: &ExecuteMsg,
        funds: &[Coin],
    ) -> Result<Vec<Event>, DemoError> {
        self.send(sender, message, funds)
            .map_err(|refusal| refused(step, refusal.text))
    }
}

/// Base units around the engine's estimate within which the gate's own bound is looked for.
const TRIES: i128 = 4;

/// A failure of what the demo relies on.
pub fn refused(step: &str, reason: String) -> DemoError {
    DemoError::Refused {
        step: step.to_owned(),
        reason,
    }
}

/// The venue's message by which `taker` buys and sells some legs, `maker` being the other side.
pub fn trade(taker: AccountId, maker: AccountId, legs: &[PlannedLeg]) -> ExecuteMsg {
    let legs = legs.iter().map(|leg| LegFill {
        instrument: leg.instrument,
        quantity: leg.quantity,
        price: leg.price,
    });
    ExecuteMsg::Match {
        fills: vec![Fill {
            taker,
            maker,
            legs: legs.collect(),
        }],
    }
}

/// In base units, rounded down.
pub fn base_floor(value: Value) -> Result<i128, DemoError> {
    Ok(value.to_decimal_floor(DECIMALS)?)
}

/// In base units, rounded up.
pub fn base_ceil(value: Value) -> Result<i128, DemoError> {
    Ok(-(-value).to_decimal_floor(DECIMALS)?)
}
