//! What fills, settlements and slices do to legs: worked by hand, and conserved for any input.

use super::*;
use proptest::prelude::*;

fn cash(units: i128) -> Cash {
    Cash::new(units).unwrap()
}

fn contracts(text: &str) -> Quantity {
    text.parse().unwrap()
}

fn day() -> Day {
    "28MAR25".parse().unwrap()
}

const FUTURE: u16 = 20_175;

fn future() -> Contract {
    assert_eq!(day().number(), FUTURE);
    Contract::Dated {
        day: day(),
        kind: Dated::Future,
    }
}

fn option(strike: &str, right: Right) -> Contract {
    Contract::Dated {
        day: day(),
        kind: Dated::Option {
            strike: strike.parse().unwrap(),
            right,
        },
    }
}

fn linear(account: &Account) -> Linear {
    account.series.first().and_then(|s| s.linear).unwrap()
}

/// Cash less the cost of all linear legs.
fn books(account: &Account) -> i128 {
    let cost: i128 = account
        .series
        .iter()
        .filter_map(|s| s.linear)
        .map(|l| l.cost.units())
        .sum();
    account.cash.units() - cost
}

#[test]
fn a_future_is_opened_reduced_turned_and_closed() {
    let mut account = Account::default();
    // The worked example of the module's documentation.
    fill(&mut account, 0, future(), contracts("2"), cash(100)).unwrap();
    assert_eq!((linear(&account).cost, account.cash), (cash(100), cash(0)));
    let change = fill(&mut account, 0, future(), contracts("-1"), cash(-60)).unwrap();
    assert!(change.shrinks());
    assert_eq!((linear(&account).cost, account.cash), (cash(50), cash(10)));
    let change = fill(&mut account, 0, future(), contracts("-3"), cash(-180)).unwrap();
    assert!(!change.shrinks());
    assert_eq!((linear(&account).cost, account.cash), (cash(-120), cash(20)));
    assert_eq!(linear(&account).quantity, contracts("-2"));
    let change = fill(&mut account, 0, future(), contracts("2"), cash(90)).unwrap();
    assert!(change.shrinks());
    assert_eq!((account.cash, account.series.len()), (cash(50), 0));
}

#[test]
fn an_option_is_paid_at_once_and_its_legs_stay_sorted() {
    let mut account = Account::default();
    for (strike, right, quantity, paid) in [
        ("70000", Right::Put, "1", 7),
        ("60000", Right::Put, "-2", -5),
        ("60000", Right::Call, "3", 11),
    ] {
        fill(&mut account, 0, option(strike, right), contracts(quantity), cash(paid)).unwrap();
    }
    assert_eq!(account.cash, cash(-13));
    let legs: Vec<(Price, Right)> = account.series[0].options.iter().map(OptionLeg::key).collect();
    let strike = |text: &str| text.parse::<Price>().unwrap();
    assert_eq!(
        legs,
        [
            (strike("60000"), Right::Call),
            (strike("60000"), Right::Put),
            (strike("70000"), Right::Put)
        ]
    );
    fill(&mut account, 0, option("60000", Right::Put), contracts("2"), cash(4)).unwrap();
    assert_eq!(account.series[0].options.len(), 2);
}

#[test]
fn quantities_stay_within_their_cap() {
    let mut account = Account::default();
    let most = Quantity::new(Quantity::MAX).unwrap();
    fill(&mut account, 0, future(), most, cash(1)).unwrap();
    assert_eq!(
        fill(&mut account, 0, future(), contracts("1"), cash(1))
            .unwrap_err()
            .code(),
        "number_out_of_range"
    );
}

#[test]
fn a_series_pays_its_intrinsic_value_rounded_down() {
    let six = QuoteDecimals::new(6).unwrap();
    let mut account = Account::default();
    fill(&mut account, 0, future(), contracts("-0.5"), cash(-30_000_000_000)).unwrap();
    fill(
        &mut account,
        0,
        option("55000", Right::Call),
        contracts("-0.00000001"),
        cash(0),
    )
    .unwrap();
    fill(&mut account, 0, option("58000", Right::Put), contracts("2"), cash(0)).unwrap();
    fill(&mut account, 0, option("50000", Right::Put), contracts("-9"), cash(0)).unwrap();
    let price = "57000.123457".parse().unwrap();
    // Future: -0.5 * 57000.123457 = -28500.0617285 down to -28500.061729, against a cost of -30000: 1499.938271.
    // Call: -1e-8 * 2000.123457 = -0.00002000123457 down to -0.000021. Put: 2 * 999.876543 = 1999.753086.
    let payoff = settle(&account.series[0], price, six).unwrap();
    assert_eq!(payoff.pool, cash(-28_500_061_729 - 21 + 1_999_753_086));
    assert_eq!(payoff.cash, cash(1_499_938_271 - 21 + 1_999_753_086));
}

fn any_fill() -> impl Strategy<Value = (u8, i64, i64)> {
    let quantity = (-1_000_000_000i64..1_000_000_000).prop_filter("a trade", |q| *q != 0);
    (0u8..4, quantity, 1i64..1_000_000_000_000)
}

fn contract(kind: u8) -> Contract {
    match kind {
        0 => Contract::Perpetual,
        1 => future(),
        2 => option("60000", Right::Call),
        _ => option("0.5", Right::Put),
    }
}

fn apply(account: &mut Account, fills: &[(u8, i64, i64)]) -> i128 {
    fills
        .iter()
        .map(|(kind, quantity, size)| {
            let paid = i128::from(*size) * i128::from(quantity.signum());
            let quantity = Quantity::new(*quantity).unwrap();
            fill(account, 0, contract(*kind), quantity, cash(paid)).unwrap();
            paid
        })
        .sum()
}

proptest! {
    #[test]
    fn fills_move_exactly_their_cash(fills in prop::collection::vec(any_fill(), 1..30)) {
        let mut account = Account::default();
        let paid = apply(&mut account, &fills);
        prop_assert_eq!(books(&account), -paid);
        prop_assert!(Account::decode(&account.encode()).is_ok());
    }

    #[test]
    fn a_slice_moves_and_loses_nothing(
        mine in prop::collection::vec(any_fill(), 1..12),
        theirs in prop::collection::vec(any_fill(), 0..12),
        part in 0i128..=1_000,
    ) {
        let (mut from, mut to) = (Account::default(), Account::default());
        let paid = apply(&mut from, &mine) + apply(&mut to, &theirs);
        let before: Vec<i64> = [&from, &to].map(quantities).concat();
        let moved = take(&mut from, |q| Quantity::new((i128::from(q.steps()) * part / 1_000) as i64).unwrap()).unwrap();
        give(&mut to, &moved).unwrap();
        prop_assert_eq!(books(&from) + books(&to), -paid);
        let after: Vec<i64> = [&from, &to].map(quantities).concat();
        prop_assert_eq!(sums(&before), sums(&after));
        if part == 1_000 {
            prop_assert!(from.series.is_empty());
        }
    }

    #[test]
    fn settlements_of_a_closed_market_leave_only_dust(
        fills in prop::collection::vec(any_fill(), 1..20), price in 100_000u64..100_000_000_000_000,
    ) {
        // Two accounts that are each other's counterparty: what they are paid never exceeds what they pay.
        let (mut taker, mut maker) = (Account::default(), Account::default());
        apply(&mut taker, &fills);
        let reversed: Vec<_> = fills.iter().map(|(kind, quantity, size)| (*kind, -quantity, *size)).collect();
        apply(&mut maker, &reversed);
        let six = QuoteDecimals::new(6).unwrap();
        let price = Price::new(price).unwrap();
        let pools = [&taker, &maker].map(|account| {
            let dated = account.series.iter().filter(|s| s.day.is_some());
            dated.map(|s| settle(s, price, six).unwrap().pool.units()).sum::<i128>()
        });
        let dust = -(pools[0] + pools[1]);
        prop_assert!((0..=3).contains(&dust), "{dust}");
    }
}

/// Quantities by kind, in the order of [`contract`].
fn quantities(account: &Account) -> Vec<i64> {
    let of = |kind: u8| {
        account
            .series
            .iter()
            .flat_map(|s| {
                let linear = s.linear.iter().map(move |l| {
                    let same = match contract(kind) {
                        Contract::Perpetual => s.day.is_none(),
                        Contract::Dated { kind, .. } => s.day.is_some() && kind == Dated::Future,
                    };
                    (same, l.quantity)
                });
                let options = s.options.iter().map(move |o| {
                    let own = Dated::Option {
                        strike: o.strike,
                        right: o.right,
                    };
                    let same = matches!(contract(kind), Contract::Dated { kind, .. } if kind == own);
                    (same, o.quantity)
                });
                linear.chain(options).collect::<Vec<_>>()
            })
            .filter(|(same, _)| *same)
            .map(|(_, quantity)| quantity.steps())
            .sum()
    };
    (0..4).map(of).collect()
}

/// Sums of the two accounts' quantities by kind.
fn sums(quantities: &[i64]) -> Vec<i64> {
    let (mine, theirs) = quantities.split_at(4);
    mine.iter().zip(theirs).map(|(a, b)| a + b).collect()
}
