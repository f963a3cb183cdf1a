//! Liquidation: when it is open, what a slice is and costs, what the fund pays. Pure; the contract moves the money.
//!
//! ```text
//! E equity, MM maintenance margin, m = E - MM (negative), R cash received in this clock, d the price factor
//! B = m + buffer * (m - E)
//! f = B / (B - (E - R) * d - R)          the part of the whole account that one call may take
//! a slice costs f * (E - R) * d
//! ```
//! Worked: E 1000, MM 1200, buffer 0.1, d 0.9, R 0: m -200, B -320, f = 320 / 1220 = 0.262295, costs 236.07.

use crate::assessment::Standing;
use crate::number::{NumberError, Quantity, Ratio, Value};
use thiserror::Error;

/// What may be done with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Equity >= initial margin.
    Healthy,
    /// Maintenance margin <= equity < initial margin: only reducing.
    MarginCall,
    /// 0 <= equity < maintenance margin: slices are for sale.
    Liquidatable,
    /// Equity < 0: the insurance fund pays who takes it.
    Insolvent,
}

/// The state of an account.
pub fn health(standing: &Standing) -> Health {
    if standing.equity >= standing.initial_margin {
        Health::Healthy
    } else if standing.equity.is_negative() {
        Health::Insolvent
    } else if standing.equity >= standing.maintenance_margin {
        Health::MarginCall
    } else {
        Health::Liquidatable
    }
}

/// How the price of a slice falls and the payout of the fund rises with the seconds of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Price factor at the start, like 0.98.
    pub start: Ratio,
    /// Price factor at the knee.
    pub knee: Ratio,
    /// Seconds from the start to the knee.
    pub knee_seconds: u32,
    /// Seconds from the start to a price of nothing.
    pub end_seconds: u32,
    /// Part of the maintenance requirement that a slice restores beyond it.
    pub buffer: Ratio,
    /// Seconds in which the fund's payout rises to its most.
    pub payout_seconds: u32,
}

/// Terms that were refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} {value}: must be {limit}")]
pub struct TermsError {
    /// The field.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// What is accepted.
    pub limit: &'static str,
}

impl TermsError {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        "liquidation_terms"
    }
}

impl Terms {
    /// Checks that prices only fall: 1 >= start >= knee >= 0, knee before end, buffer in [0, 10].
    pub fn validate(self) -> Result<Self, TermsError> {
        let error = |field, value: String, limit| Err(TermsError { field, value, limit });
        if self.start <= Ratio::ZERO || self.start > Ratio::ONE {
            return error("start", self.start.to_string(), "above 0 and at most 1");
        }
        if self.knee < Ratio::ZERO || self.knee > self.start {
            return error("knee", self.knee.to_string(), "at least 0 and at most start");
        }
        if self.end_seconds <= self.knee_seconds {
            return error("end_seconds", self.end_seconds.to_string(), "above knee_seconds");
        }
        if self.buffer < Ratio::ZERO || self.buffer > Ratio::ONE.times(10).unwrap_or(Ratio::ONE) {
            return error("buffer", self.buffer.to_string(), "within 0 and 10");
        }
        Ok(self)
    }

    /// The price factor after some seconds: from `start` in a line to `knee`, then in a line to nothing.
    pub fn price_factor(&self, elapsed: u64) -> Value {
        let (start, knee) = (self.start.steps(), self.knee.steps());
        let (turn, end) = (u64::from(self.knee_seconds), u64::from(self.end_seconds));
        if elapsed < turn {
            line(start, knee, elapsed, turn)
        } else {
            line(knee, 0, elapsed.min(end).saturating_sub(turn), end.saturating_sub(turn))
        }
    }
}

/// `from + (to - from) * elapsed / whole`, rounded down; `to` when `whole` is nothing.
fn line(from: i64, to: i64, elapsed: u64, whole: u64) -> Value {
    let (from, to, elapsed) = (i128::from(from), i128::from(to), i128::from(elapsed));
    let whole = i128::from(whole);
    if whole == 0 {
        return Value::from_decimal_floor(to, Ratio::DECIMALS).unwrap_or(Value::ZERO);
    }
    // Ratios stay below 2^50 and seconds below 2^33.
    let fine = (from * whole + (to - from) * elapsed) * 1_000_000_000 / whole;
    Value::from_decimal_floor(fine, Ratio::DECIMALS + 9).unwrap_or(Value::ZERO)
}

/// The largest slice that one call may take, and its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Part of the whole account, in [0, 1]; rounded down.
    pub fraction: Value,
    /// Price factor times what is for sale: `(E - R) * d`, what the whole account would cost; rounded down.
    pub price_of_all: Value,
}

impl Slice {
    /// What a part of the account costs, rounded up to a step: the buyer pays it.
    pub fn cost(&self, fraction: Value) -> Value {
        fraction.mul_ceil(self.price_of_all)
    }
}

/// The largest slice of a liquidatable account; none when the account is not liquidatable, or when the cash received in
/// this clock has reached its equity, which closes the solvent phase.
pub fn slice(standing: &Standing, received: Value, price_factor: Value, buffer: Ratio) -> Option<Slice> {
    let equity = standing.equity;
    let margin = standing.maintenance_health();
    let for_sale = equity.saturating_sub(received);
    if health(standing) != Health::Liquidatable || for_sale <= Value::ZERO {
        return None;
    }
    let price_of_all = for_sale.mul_floor(price_factor);
    // m - E = -MM, rounded so that the slice is never too large: B towards zero.
    let target = margin.saturating_sub(standing.maintenance_margin.mul_ratio_floor(buffer));
    let rest = target.saturating_sub(price_of_all).saturating_sub(received);
    // Both negative, and |rest| >= |target|: the quotient is within 0 and 1.
    let fraction = target.div_floor(rest).unwrap_or(Value::ZERO);
    Some(Slice {
        fraction: fraction.max(Value::ZERO).min(one()),
        price_of_all,
    })
}

fn one() -> Value {
    Value::from_ratio_floor(Ratio::ONE)
}

/// What of a leg moves: `floor(|quantity| * fraction)`, with the leg's sign.
pub fn part_of_leg(quantity: Quantity, fraction: Value) -> Quantity {
    let steps = i128::from(quantity.steps());
    // |steps| < 2^54 and fraction in [0, 2^64]: below 2^118.
    let fraction = fraction.max(Value::ZERO).min(one()).to_bits();
    let moved = (steps.abs() * fraction) >> 64;
    i64::try_from(moved * steps.signum())
        .ok()
        .and_then(|steps| Quantity::new(steps).ok())
        .unwrap_or(Quantity::ZERO)
}

/// What the fund offers for taking over a slice that is worth nothing or less, beyond the hole itself: from nothing up to
/// what the maintenance margin falls by, rising in a line with the seconds since the account was found so. Rounded down.
pub fn closed_premium(margin_fall: Value, elapsed: u64, payout_seconds: u32) -> Value {
    let whole = u64::from(payout_seconds);
    let risen = line(0, Ratio::ONE.steps(), elapsed.min(whole), whole);
    margin_fall.max(Value::ZERO).mul_floor(risen)
}

/// What a withdrawal is paid while the module owes debt: `floor(w * tokens / (tokens + debt))`, in base units.
///
/// All of it without debt; nothing without tokens. Errors when an amount is negative or the sum passes the range.
pub fn paid_under_debt(amount: u128, tokens: u128, debt: u128) -> Result<u128, NumberError> {
    let overflow = NumberError::Overflow {
        what: "withdrawal ratio",
    };
    if debt == 0 {
        return Ok(amount);
    }
    let all = tokens.checked_add(debt).filter(|all| *all <= LARGEST).ok_or(overflow)?;
    let overflow = NumberError::Overflow {
        what: "withdrawal ratio",
    };
    if amount > LARGEST {
        return Err(overflow);
    }
    Ok(mul_div(amount, tokens, all))
}

/// [`crate::number::Cash::MAX`]: no amount is larger.
const LARGEST: u128 = 1 << 97;

/// `floor(a * b / c)` for `b <= c <= 2^97`, `a <= 2^97`, bit by bit of `a`: no product passes 2^99.
fn mul_div(a: u128, b: u128, c: u128) -> u128 {
    let (mut quotient, mut rest) = (0u128, 0u128);
    for bit in (0..=97).rev() {
        quotient <<= 1;
        rest <<= 1;
        if (a >> bit) & 1 == 1 {
            rest += b;
        }
        while rest >= c {
            rest -= c;
            quotient += 1;
        }
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Value {
        text.parse().unwrap()
    }

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    fn standing(equity: &str, initial: &str, maintenance: &str) -> Standing {
        Standing {
            equity: value(equity),
            initial_margin: value(initial),
            maintenance_margin: value(maintenance),
            ..Standing::default()
        }
    }

    fn terms() -> Terms {
        Terms {
            start: ratio("0.98"),
            knee: ratio("0.8"),
            knee_seconds: 600,
            end_seconds: 3_600,
            buffer: ratio("0.1"),
            payout_seconds: 600,
        }
        .validate()
        .unwrap()
    }

    fn starts_with(found: Value, expected: &str) {
        assert!(found.to_string().starts_with(expected), "{found}");
    }

    #[test]
    fn the_worked_slice() {
        let slice = slice(
            &standing("1000", "1500", "1200"),
            Value::ZERO,
            value("0.9"),
            ratio("0.1"),
        )
        .unwrap();
        starts_with(slice.fraction, "0.262295081967213");
        starts_with(slice.cost(slice.fraction), "236.0655737");
        assert_eq!(
            part_of_leg("-1".parse().unwrap(), slice.fraction).to_string(),
            "-0.26229508"
        );
        assert_eq!(
            part_of_leg("0.00000003".parse().unwrap(), slice.fraction),
            Quantity::ZERO
        );
        assert_eq!(part_of_leg("-7".parse().unwrap(), value("2")).to_string(), "-7");
    }

    #[test]
    fn cash_received_closes_the_solvent_phase() {
        let account = standing("1000", "1500", "1200");
        assert!(slice(&account, value("999"), value("0.9"), ratio("0.1")).is_some());
        assert_eq!(slice(&account, value("1000"), value("0.9"), ratio("0.1")), None);
        assert_eq!(
            slice(
                &standing("1200", "1500", "1200"),
                Value::ZERO,
                value("0.9"),
                ratio("0.1")
            ),
            None
        );
        assert_eq!(
            slice(&standing("-1", "1500", "1200"), Value::ZERO, value("0.9"), ratio("0.1")),
            None
        );
    }

    #[test]
    fn states_of_health() {
        for (equity, expected) in [
            ("1500", Health::Healthy),
            ("1499", Health::MarginCall),
            ("1200", Health::MarginCall),
            ("1199", Health::Liquidatable),
            ("0", Health::Liquidatable),
            ("-1", Health::Insolvent),
        ] {
            assert_eq!(health(&standing(equity, "1500", "1200")), expected, "{equity}");
        }
        assert_eq!(health(&standing("-1", "0", "0")), Health::Insolvent);
        assert_eq!(health(&standing("0", "0", "0")), Health::Healthy);
    }

    #[test]
    fn the_price_falls_to_nothing() {
        // 0.98 - 0.18 * 200/600; 0.8 * (1 - 1500/3000).
        for (elapsed, expected) in [
            (0, "0.98"),
            (200, "0.92"),
            (600, "0.8"),
            (2_100, "0.4"),
            (3_600, "0"),
            (u64::MAX, "0"),
        ] {
            let exact = value(expected);
            let found = terms().price_factor(elapsed);
            assert!(
                exact.to_bits() - found.to_bits() <= 20 && found <= exact,
                "{elapsed}: {found}"
            );
        }
    }

    #[test]
    fn the_fund_offers_more_with_time() {
        for (elapsed, expected) in [(0, "0"), (300, "150"), (600, "300"), (9_000, "300")] {
            assert_eq!(closed_premium(value("300"), elapsed, 600), value(expected), "{elapsed}");
        }
        assert_eq!(closed_premium(value("300"), 0, 0), value("300"));
        assert_eq!(closed_premium(value("-3"), 600, 600), Value::ZERO);
    }

    #[test]
    fn wrong_terms_are_refused() {
        for (field, wrong) in [
            (
                "start",
                Terms {
                    start: ratio("1.1"),
                    ..terms()
                },
            ),
            (
                "knee",
                Terms {
                    knee: ratio("0.99"),
                    ..terms()
                },
            ),
            (
                "end_seconds",
                Terms {
                    end_seconds: 600,
                    ..terms()
                },
            ),
            (
                "buffer",
                Terms {
                    buffer: ratio("-0.1"),
                    ..terms()
                },
            ),
        ] {
            assert_eq!(wrong.validate().unwrap_err().field, field);
        }
    }

    proptest! {
        #[test]
        fn withdrawals_share_the_loss(
            amount in 0u128..(1 << 97), tokens in 0u128..(1 << 96), debt in 0u128..(1 << 96),
        ) {
            let paid = paid_under_debt(amount, tokens, debt).unwrap();
            prop_assert!(paid <= amount);
            if debt == 0 {
                prop_assert_eq!(paid, amount);
            } else {
                // paid * (tokens + debt) <= amount * tokens, compared in halves of 49 bits.
                prop_assert!(tokens > 0 || paid == 0);
            }
        }

        #[test]
        fn small_shares_are_exact(amount in 0u128..(1 << 62), tokens in 0u128..(1 << 62), debt in 1u128..(1 << 62)) {
            prop_assert_eq!(paid_under_debt(amount, tokens, debt).unwrap(), amount * tokens / (tokens + debt));
        }

        #[test]
        fn a_slice_is_part_of_the_account_and_ends_at_the_buffer(
            equity in 0u32..1_000_000, gap in 1u32..1_000_000, received in 0u32..1_000_000,
            factor in 0i64..=1_000_000_000, buffer in 0i64..=1_000_000_000,
        ) {
            let of = |n: u32| Value::from_bits(i128::from(n) << 60);
            let account = Standing {
                equity: of(equity),
                maintenance_margin: of(equity).saturating_add(of(gap)),
                initial_margin: of(equity).saturating_add(of(gap)),
                ..Standing::default()
            };
            let d = Value::from_ratio_floor(Ratio::new(factor).unwrap());
            let buffer = Ratio::new(buffer).unwrap();
            prop_assume!(received < equity);
            let slice = slice(&account, of(received), d, buffer).unwrap();
            prop_assert!(slice.fraction > Value::ZERO && slice.fraction <= value("1"));
            prop_assert!(slice.cost(slice.fraction) <= of(equity));
            // After the slice: margin (1-f)m + cost + f R >= -buffer (1-f) (E - m) to rounding, which is B's meaning.
            let keep = value("1").saturating_sub(slice.fraction);
            let paid = slice.cost(slice.fraction).saturating_add(slice.fraction.mul_floor(of(received)));
            let reached = keep.mul_floor(account.maintenance_health()).saturating_add(paid);
            let goal = keep.mul_floor(account.maintenance_margin).mul_floor(Value::from_ratio_floor(buffer));
            let miss = reached.saturating_sub(goal).abs();
            prop_assert!(miss < value("0.000000000001"), "{miss}");
        }
    }
}
