//! Both contracts on one chain, with traders whose portfolios are made by matches.

use crate::chain::{Chain, Failure, Receipt};
use crate::code::{Code, CodeError};
use crate::meter::Bill;
use cosmwasm_std::{Addr, Coin};
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{AccountCreated, TypedEvent};
use hedgerow_interface::fill::LegFill;
use hedgerow_interface::margin::{self, Delegation, Fill, Health, MarginResponse, Scope, Takeover};
use hedgerow_interface::oracle::{self, Report};
use hedgerow_risk::assess;
use hedgerow_risk::instrument::{Day, Instrument, Right, Symbol};
use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::{Cash, NumberError, Price, Quantity, Ratio};
use hedgerow_testing::Setup;
use hedgerow_testing::market::{move_spot, move_vol};
use hedgerow_testing::setup::{QUOTE, UNIT};
use hedgerow_testing::world::{instantiate_msg, oracle_msg};
use std::path::Path;
use std::rc::Rc;
use thiserror::Error;

/// The legs of one match at most, so that a message stays within the contract's cap.
const MATCH: usize = 64;

/// The contracts that an exchange consists of.
#[derive(Clone)]
pub struct Codes {
    /// The oracle, code 1.
    pub oracle: Rc<Code>,
    /// The margin contract, code 2.
    pub margin: Rc<Code>,
    /// A token to compare with, code 3.
    pub token: Rc<Code>,
}

impl Codes {
    /// The same with counters in every function, by files that still have the names of their functions.
    pub fn counting(artifacts: &Path, named: &Path) -> Result<Self, CodeError> {
        let load = |name: &str| Code::counting(&artifacts.join(name), &named.join(name)).map(Rc::new);
        Ok(Self {
            oracle: load("hedgerow_oracle.wasm")?,
            margin: load("hedgerow_margin.wasm")?,
            ..Self::load(artifacts)?
        })
    }

    /// Reads and translates the files that scripts/build-wasm makes.
    pub fn load(artifacts: &Path) -> Result<Self, CodeError> {
        let load = |name: &str| Code::load(&artifacts.join(name)).map(Rc::new);
        Ok(Self {
            oracle: load("hedgerow_oracle.wasm")?,
            margin: load("hedgerow_margin.wasm")?,
            token: load("measured/hedgerow_cw20.wasm")?,
        })
    }

    /// A chain with these codes.
    pub fn chain(&self, time: u64) -> Chain {
        Chain::new(&[self.oracle.clone(), self.margin.clone(), self.token.clone()], time)
    }
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trader {
    /// The owner.
    pub owner: Addr,
    /// The account.
    pub account: AccountId,
}

/// Both contracts on one chain, with a publisher and a venue.
pub struct Exchange {
    /// The chain.
    pub chain: Chain,
    /// The oracle contract.
    pub oracle: Addr,
    /// The margin contract.
    pub margin: Addr,
    /// Owner of the margin contract, admin of the oracle.
    pub owner: Addr,
    /// They report every underlying.
    pub publishers: Vec<Addr>,
    /// A registered venue.
    pub venue: Addr,
    /// What the publisher sees.
    pub view: hedgerow_risk::named::Named<Symbol, Underlying>,
    setup: Setup,
}

/// A scene that could not be set up.
#[derive(Debug, Error)]
pub enum SceneError {
    /// A call failed.
    #[error("{what}: {failure}")]
    Call {
        /// Which.
        what: String,
        /// Why.
        failure: Failure,
    },
    /// A number that is none.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// A call's name goes into its error.
trait Named<T> {
    fn named(self, what: &str) -> Result<T, SceneError>;
}

impl<T> Named<T> for Result<T, Failure> {
    fn named(self, what: &str) -> Result<T, SceneError> {
        let what = what.to_owned();
        self.map_err(|failure| SceneError::Call { what, failure })
    }
}

impl Exchange {
    /// Both contracts, one publisher, whose report of each underlying is there, a venue.
    pub fn open(codes: &Codes, setup: &Setup) -> Result<Self, SceneError> {
        Self::with_publishers(codes, setup, 1)
    }

    /// The same with several publishers; as on a network with money of worth when there are more than one.
    pub fn with_publishers(codes: &Codes, setup: &Setup, count: usize) -> Result<Self, SceneError> {
        let chain = codes.chain(setup.market.time);
        let [owner, venue] = ["owner", "venue"].map(|name| chain.user(name));
        let publishers: Vec<Addr> = (0..count).map(|at| chain.user(&format!("publisher {at}"))).collect();
        let mut message = oracle_msg(&setup.market, &owner);
        for listing in &mut message.underlyings {
            listing.publishers = publishers.iter().map(Addr::to_string).collect();
            listing.development = count == 1;
        }
        let oracle = chain.instantiate(1, &owner, &message, "oracle").named("oracle")?;
        let message = instantiate_msg(setup, &oracle);
        let margin = chain.instantiate(2, &owner, &message, "margin").named("margin")?;
        let exchange = Self {
            chain,
            oracle,
            margin,
            owner: owner.clone(),
            publishers,
            venue,
            view: setup.market.underlyings.clone(),
            setup: setup.clone(),
        };
        exchange.report_all()?;
        let register = margin::ExecuteMsg::AddVenue {
            venue: exchange.venue.to_string(),
        };
        exchange.send(&owner, &register).named("venue")?;
        Ok(exchange)
    }

    /// Sends a message to the margin contract.
    pub fn send(&self, sender: &Addr, message: &margin::ExecuteMsg) -> Result<Receipt, Failure> {
        self.chain.execute(sender, &self.margin, message, &[])
    }

    /// Sends a message with tokens.
    pub fn send_with(&self, sender: &Addr, message: &margin::ExecuteMsg, units: u128) -> Result<Receipt, Failure> {
        self.chain
            .execute(sender, &self.margin, message, &[Coin::new(units, QUOTE)])
    }

    /// Somebody with an account that holds whole tokens and is open to the venue, with ample tokens left in the purse.
    pub fn trader(&self, name: &str, tokens: u128) -> Result<Trader, SceneError> {
        let owner = self.chain.user(name);
        let units = tokens * UNIT.unsigned_abs();
        self.chain.mint(&owner, QUOTE, 2 * units + 1_000_000_000);
        let create = margin::ExecuteMsg::CreateAccount {};
        let receipt = self.send_with(&owner, &create, units).named("create")?;
        let created = receipt.events.iter().find_map(AccountCreated::read);
        let created = created.ok_or_else(|| SceneError::Other("no account was created".to_owned()))?;
        let delegate = margin::ExecuteMsg::Delegate {
            account: created.account,
            delegation: Delegation {
                delegate: self.venue.to_string(),
                scopes: vec![Scope::Trade],
                expires: self.chain.now() + 400 * 86_400,
                loss_budget: Cash::new(1_000_000 * UNIT)?,
            },
        };
        self.send(&owner, &delegate).named("delegate")?;
        Ok(Trader {
            owner,
            account: created.account,
        })
    }

    /// A publisher's report of one underlying, as of now.
    pub fn report(&self, publisher: &Addr, symbol: Symbol) -> Result<Receipt, Failure> {
        let now = self.chain.now();
        let mut market = self
            .seen(symbol)
            .map_err(|error| Failure::Trap(error.to_string()))?
            .clone();
        market.expiries.retain(|expiry| expiry.expiry > now);
        // Publishers fit anew for every report.
        for svi in market.expiries.iter_mut().filter_map(|expiry| expiry.svi.as_mut()) {
            (svi.forward, svi.years) = (None, None);
        }
        let report = oracle::ExecuteMsg::Report(Box::new(Report {
            underlying: symbol,
            time: now,
            quote_price: self.setup.market.quote_price,
            quote_confidence: Ratio::ONE,
            market,
        }));
        self.chain.execute(publisher, &self.oracle, &report, &[])
    }

    fn seen(&self, symbol: Symbol) -> Result<&Underlying, SceneError> {
        let unknown = || SceneError::Other(format!("{symbol} is not on the market"));
        self.view.get(&symbol).ok_or_else(unknown)
    }

    /// All publishers report every underlying.
    pub fn report_all(&self) -> Result<(), SceneError> {
        for symbol in self.view.keys() {
            for publisher in &self.publishers {
                self.report(publisher, *symbol).named("report")?;
            }
        }
        Ok(())
    }

    /// Time passes, and everything is reported.
    pub fn later(&self, seconds: u64) -> Result<(), SceneError> {
        self.chain.advance(seconds);
        self.report_all()
    }

    /// Time passes until the first expiry of an underlying is over, and its settlement price is fixed.
    pub fn expire(&mut self, underlying: &str, price: &str) -> Result<(), SceneError> {
        let underlying: Symbol = underlying.parse().map_err(other)?;
        let first = self.seen(underlying)?.expiries.first();
        let over = first.ok_or_else(|| SceneError::Other("no expiry".to_owned()))?.expiry;
        self.later(over.saturating_sub(self.chain.now() + 1))?;
        self.later(2)?;
        let expiry = Day::of(over).ok_or_else(|| SceneError::Other("no day".to_owned()))?;
        let price = price.parse()?;
        for message in [
            oracle::ExecuteMsg::ProposeSettlement {
                underlying,
                expiry,
                price,
            },
            oracle::ExecuteMsg::ConfirmSettlement { underlying, expiry },
        ] {
            let fixed = self.chain.execute(&self.owner, &self.oracle, &message, &[]);
            fixed.named("settlement price")?;
        }
        Ok(())
    }

    /// Option legs on BTC at their marks and a tick: strikes around 60,000, calls and puts, mostly hedged, over the market's
    /// expiries in turn.
    pub fn options(&self, legs: std::ops::Range<usize>) -> Result<Vec<LegFill>, SceneError> {
        let days = self.days("BTC")?;
        legs.map(|at| {
            let day = days
                .get(at % days.len().max(1))
                .ok_or_else(|| SceneError::Other("no expiry".to_owned()))?;
            // Narrower where all of them share an expiry.
            let spacing = if days.len() >= 4 { 2_000 } else { 500 };
            let quantity = match at % 4 {
                0 => "1",
                1 => "-0.5",
                2 => "-1.25",
                _ => "0.8",
            };
            self.option(*day, at / days.len(), spacing, quantity)
        })
        .collect()
    }

    /// The option of a number in its expiry: 60,000, 62,000, 58,000, 64,000 ..., calls above and puts below.
    fn option(&self, day: Day, rank: usize, spacing: u64, quantity: &str) -> Result<LegFill, SceneError> {
        let away = rank.div_ceil(2) as u64 * spacing;
        let (strike, right) = if rank.is_multiple_of(2) {
            (60_000 - away, Right::Put)
        } else {
            (60_000 + away, Right::Call)
        };
        let instrument = Instrument::option(
            "BTC".parse().map_err(other)?,
            day,
            Price::new(strike * 100_000_000)?,
            right,
        );
        Ok(LegFill {
            instrument,
            quantity: quantity.parse()?,
            price: self.offer(&instrument)?,
        })
    }

    /// The mark to the next cent, and one cent more.
    pub fn offer(&self, instrument: &Instrument) -> Result<Price, SceneError> {
        let mut market = self.setup.market.clone();
        market.time = self.chain.now();
        market.underlyings.clone_from(&self.view);
        let cents = assess::mark(&market, instrument).map_err(other)?.to_decimal_floor(2)?;
        let cents = u64::try_from(cents + 1).map_err(other)?;
        Ok(Price::new(cents * 1_000_000)?)
    }

    /// The expiries of an underlying.
    pub fn days(&self, underlying: &str) -> Result<Vec<Day>, SceneError> {
        let market = self.seen(underlying.parse().map_err(other)?)?;
        let days = market.expiries.iter().map(|expiry| Day::of(expiry.expiry));
        days.map(|day| day.ok_or_else(|| SceneError::Other("an expiry without a day".to_owned())))
            .collect()
    }

    /// A match of one fill.
    pub fn fill(taker: &Trader, maker: &Trader, legs: Vec<LegFill>) -> margin::ExecuteMsg {
        margin::ExecuteMsg::Match {
            fills: vec![Fill {
                taker: taker.account,
                maker: maker.account,
                legs,
            }],
        }
    }

    /// The venue matches a fill.
    pub fn matched(&self, taker: &Trader, maker: &Trader, legs: Vec<LegFill>) -> Result<Bill, SceneError> {
        let message = Self::fill(taker, maker, legs);
        let receipt = self.send(&self.venue, &message).named("match")?;
        Ok(receipt.bill)
    }

    /// Matches legs, in as many messages as they need.
    pub fn trade(&self, taker: &Trader, maker: &Trader, legs: &[LegFill]) -> Result<(), SceneError> {
        for part in legs.chunks(MATCH) {
            self.matched(taker, maker, part.to_vec())?;
        }
        Ok(())
    }

    /// Equity and requirements of an account, and what asking costs.
    pub fn margin_of(&self, trader: &Trader) -> Result<(MarginResponse, Bill), SceneError> {
        let question = margin::QueryMsg::Margin {
            account: trader.account,
        };
        self.chain.query(&self.margin, &question).named("margin")
    }

    /// A liquidator's call.
    pub fn liquidate(&self, liquidator: &Trader, of: &Trader, take: bool) -> Result<Bill, SceneError> {
        let message = margin::ExecuteMsg::Liquidate {
            account: of.account,
            liquidator: liquidator.account,
            take: take.then_some(Takeover {
                max_fraction: None,
                min_equity_received: Cash::ZERO,
                expected_position_nonce: None,
            }),
        };
        let receipt = self.send(&liquidator.owner, &message).named("liquidate")?;
        Ok(receipt.bill)
    }

    /// Takes all free collateral out of an account, and lets volatility rise until it is liquidatable.
    pub fn sink(&mut self, trader: &Trader) -> Result<(), SceneError> {
        let (margin, _) = self.margin_of(trader)?;
        let withdraw = margin::ExecuteMsg::Withdraw {
            account: trader.account,
            amount: margin.withdrawable,
        };
        self.send(&trader.owner, &withdraw).named("withdraw")?;
        let factor: Ratio = "1.02".parse()?;
        for _ in 0..100 {
            match self.margin_of(trader)?.0.health {
                Health::Liquidatable => return Ok(()),
                Health::Insolvent => break,
                Health::Healthy | Health::MarginCall => {}
            }
            for underlying in self.view.values_mut() {
                move_vol(underlying, factor);
                move_spot(underlying, 995, 1_000);
            }
            self.later(1)?;
        }
        Err(SceneError::Other("no move of the market sinks the account".to_owned()))
    }

    /// The same legs with all quantities negative.
    pub fn short(legs: Vec<LegFill>) -> Vec<LegFill> {
        let negative = |leg: LegFill| LegFill {
            quantity: if leg.quantity > Quantity::ZERO {
                -leg.quantity
            } else {
                leg.quantity
            },
            ..leg
        };
        legs.into_iter().map(negative).collect()
    }
}

fn other(error: impl std::fmt::Display) -> SceneError {
    SceneError::Other(error.to_string())
}
