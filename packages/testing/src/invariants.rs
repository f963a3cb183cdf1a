//! What must hold after every step, by the numbers that the demo and the stories use.
//!
//! | number | function |
//! |---|---|
//! | 1 | [`quantities_sum_to_zero`] |
//! | 2 | [`the_money_is_all_there`] |
//! | 3 | [`Snapshot::check_gate`] |
//! | 4 | [`Snapshot::check_sequences`] |
//! | 5 | [`margins_replay`] |
//! | - | [`books_are_sums`]: open interest, legs by series, negative cash |

use crate::replay::{self, Replay};
use crate::world::World;
use hedgerow_interface::AccountId;
use hedgerow_interface::margin::{AccountResponse, ExecuteMsg, Health, MarginResponse};
use hedgerow_risk::assess;
use hedgerow_risk::instrument::{Day, Instrument, Symbol};
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::{Quantity, Value};
use hedgerow_risk::portfolio::Portfolio;
use std::collections::BTreeMap;

/// Every invariant that a single state can show.
pub fn check(world: &World) {
    let accounts = world.accounts();
    quantities_sum_to_zero(world, &accounts);
    the_money_is_all_there(world, &accounts);
    books_are_sums(world, &accounts);
    margins_replay(world, &accounts);
}

/// 1. For each instrument the quantities over all accounts sum to zero. Once its settlement price is fixed, legs leave one
///    account at a time.
pub fn quantities_sum_to_zero(world: &World, accounts: &[AccountResponse]) {
    let mut sums: BTreeMap<Instrument, i64> = BTreeMap::new();
    for leg in accounts.iter().flat_map(|account| &account.legs) {
        *sums.entry(leg.instrument).or_default() += leg.quantity.steps();
    }
    for (instrument, sum) in sums {
        let settling = instrument
            .day()
            .is_some_and(|day| world.settlement(instrument.underlying, day).is_some());
        assert!(sum == 0 || settling, "invariant 1: {instrument} sums to {sum} steps");
    }
}

/// 2. `sum(cash - cost) + settlement pools + insurance - recorded debt` is what the contract holds, to the last unit.
pub fn the_money_is_all_there(world: &World, accounts: &[AccountResponse]) {
    let books = world.books();
    let of_accounts: i128 = accounts
        .iter()
        .map(|account| {
            let costs: i128 = account.legs.iter().filter_map(|leg| leg.cost).map(|c| c.units()).sum();
            account.cash.units() - costs
        })
        .sum();
    let pools: i128 = books
        .underlyings
        .iter()
        .flat_map(|underlying| &underlying.series)
        .map(|series| series.pool.units())
        .sum();
    let owed = of_accounts + pools + books.insurance.units() - books.debt.units();
    let held = world.purse(&world.margin).to_string();
    assert_eq!(owed.to_string(), held, "invariant 2: accounts {of_accounts}, {books:?}");
    assert!(!books.insurance.is_negative(), "invariant 2: {books:?}");
    assert!(!books.debt.is_negative(), "invariant 2: {books:?}");
}

/// Open interest, the legs of each series and negative cash are the sums over the accounts.
pub fn books_are_sums(world: &World, accounts: &[AccountResponse]) {
    let books = world.books();
    let mut open: BTreeMap<Symbol, i64> = BTreeMap::new();
    let mut series: BTreeMap<(Symbol, Day), u64> = BTreeMap::new();
    for leg in accounts.iter().flat_map(|account| &account.legs) {
        let instrument = leg.instrument;
        *open.entry(instrument.underlying).or_default() += leg.quantity.max(Quantity::ZERO).steps();
        if let Some(day) = instrument.day() {
            *series.entry((instrument.underlying, day)).or_default() += 1;
        }
    }
    for book in &books.underlyings {
        let found = open.remove(&book.underlying).unwrap_or_default();
        assert_eq!(
            book.open_interest.steps(),
            found,
            "open interest of {}",
            book.underlying
        );
        for line in &book.series {
            let found = series.remove(&(book.underlying, line.expiry)).unwrap_or_default();
            assert_eq!(line.legs, found, "legs of {}-{}", book.underlying, line.expiry);
        }
    }
    assert!(
        series.is_empty() && open.is_empty(),
        "not in the books: {open:?}, {series:?}"
    );
    let negative: i128 = accounts.iter().map(|a| (-a.cash.units()).max(0)).sum();
    assert_eq!(books.negative_cash.units(), negative, "negative cash");
    assert_eq!(books.accounts, accounts.len() as u64, "accounts");
}

/// 5. The contract's answer is what anyone computes from public state, in any order of legs; nothing asks for nothing.
pub fn margins_replay(world: &World, accounts: &[AccountResponse]) {
    let params = world.params();
    let model = params.model.clone().validate().expect("a stored model is valid");
    for account in accounts {
        let answer = world.margin_of(account.account).expect("a margin");
        let found = replay::replay(world, &params, &model, account);
        let standing = &found.standing;
        for (what, answered, computed) in [
            ("equity", answer.equity, standing.equity),
            ("initial margin", answer.initial_margin, standing.initial_margin),
            (
                "maintenance margin",
                answer.maintenance_margin,
                standing.maintenance_margin,
            ),
            ("option value", answer.option_value, standing.option_value),
            ("unrealised", answer.unrealised, standing.unrealised),
            ("scan", answer.scan, found.assessment.scan),
        ] {
            assert_eq!(
                answered,
                wire(computed),
                "invariant 5: {what} of account {}",
                account.account
            );
        }
        let scenarios: Vec<Value> = found.assessment.scenarios.iter().copied().map(wire).collect();
        assert_eq!(
            answer.scenarios, scenarios,
            "invariant 5: scenarios of account {}",
            account.account
        );
        contributions_sum_to_the_requirement(&found);
        leg_order_does_not_matter(&model, &found);
        nothing_asks_for_nothing(&model, &found);
    }
}

/// A value as it arrives: 18 decimals, rounded down.
fn wire(value: Value) -> Value {
    value.to_string().parse().expect("a value")
}

fn contributions_sum_to_the_requirement(found: &Replay) {
    let parts = found.assessment.contributions.iter().map(|part| part.netted);
    let sum = parts.fold(Value::ZERO, Value::saturating_add);
    let asked = found.assessment.standing.initial_margin;
    assert_eq!(sum, asked, "invariant 5: contributions of {:?}", found.portfolio.legs);
}

fn leg_order_does_not_matter(model: &ValidModel, found: &Replay) {
    let legs = &found.portfolio.legs;
    let mut shuffled = found.portfolio.clone();
    shuffled.legs.reverse();
    shuffled.legs.rotate_left(legs.len() / 3);
    let again = assess::standing(model, &found.market, &shuffled).expect("the same portfolio");
    assert_eq!(again, found.assessment.standing, "invariant 5: order of {legs:?}");
}

fn nothing_asks_for_nothing(model: &ValidModel, found: &Replay) {
    let cash = Portfolio {
        cash: found.portfolio.cash,
        ..Portfolio::default()
    };
    let standing = assess::standing(model, &found.market, &cash).expect("cash alone");
    assert_eq!(standing.equity, cash.cash, "invariant 5: equity of cash");
    assert_eq!(standing.initial_margin, Value::ZERO, "invariant 5: M(0)");
    assert_eq!(standing.maintenance_margin, Value::ZERO, "invariant 5: M(0)");
}

/// Every account before a step.
#[derive(Debug)]
pub struct Snapshot {
    accounts: BTreeMap<AccountId, (AccountResponse, MarginResponse)>,
}

impl Snapshot {
    /// Accounts and their margins, as they are now.
    pub fn take(world: &World) -> Self {
        let accounts = world.accounts().into_iter().map(|account| {
            let margin = world.margin_of(account.account).expect("a margin");
            (account.account, (account, margin))
        });
        Self {
            accounts: accounts.collect(),
        }
    }

    /// 3. Every account not in liquidation that the step changed is healthy, holds the same for more cash, or was improved.
    pub fn check_gate(&self, world: &World, message: &ExecuteMsg) {
        if matches!(message, ExecuteMsg::Settle { .. }) {
            return;
        }
        for after in world.accounts() {
            let Some((before, was)) = self.accounts.get(&after.account) else {
                assert!(after.legs.is_empty(), "invariant 3: a new account with legs");
                continue;
            };
            if *before == after {
                continue;
            }
            let before = replay::settled(world, before);
            let paid_in = before.legs == after.legs && after.cash >= before.cash;
            let now = world.margin_of(after.account).expect("a margin");
            if now.health == Health::Healthy || paid_in {
                continue;
            }
            let health = |m: &MarginResponse| (m.equity.saturating_sub(m.initial_margin), maintenance(m));
            let ((h, g), (h_after, g_after)) = (health(was), health(&now));
            let liquidated = matches!(message, ExecuteMsg::Liquidate { account, .. } if *account == after.account);
            let improved = if liquidated {
                // A reward alone leaves the legs; a slice must help.
                before.legs == after.legs || g_after > g
            } else {
                !now.equity.is_negative() && h_after > h && g_after >= g
            };
            assert!(
                improved,
                "invariant 3: account {}: {was:?} became {now:?}",
                after.account
            );
        }
    }

    /// 4. A changed account has a sequence that it never had; an unchanged sequence means an unchanged account.
    pub fn check_sequences(&self, world: &World) {
        for after in world.accounts() {
            let Some((before, _)) = self.accounts.get(&after.account) else {
                continue;
            };
            assert!(after.sequence >= before.sequence, "invariant 4: {after:?}");
            assert!(after.position_nonce >= before.position_nonce, "invariant 4: {after:?}");
            assert!(
                after.sequence > before.sequence || after == *before,
                "invariant 4: {after:?}"
            );
        }
    }
}

fn maintenance(margin: &MarginResponse) -> Value {
    margin.equity.saturating_sub(margin.maintenance_margin)
}
