//! The gate: which changes an account may make. Pure; run once for each touched account, after the whole message.

use crate::assessment::Standing;
use crate::number::{Ratio, Value};
use thiserror::Error;

/// One account before and after a message, on one tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was.
    pub before: Standing,
    /// As it would be.
    pub after: Standing,
    /// Value given away against the mark by the fills, fees included; zero or less when none was.
    pub value_lost: Value,
    /// Sum over fills of |quantity| * price of the underlying.
    pub notional: Value,
}

/// Why a change was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GateRefusal {
    /// Below the initial requirement and not a reduction.
    #[error("equity {equity} is below the initial margin {initial_margin} and the change does not reduce risk")]
    InitialMargin {
        /// After the change.
        equity: Value,
        /// After the change.
        initial_margin: Value,
    },
    /// A reduction at too bad a price.
    #[error("reducing lost {value_lost} against the mark: at most {limit}")]
    ReduceCost {
        /// What was given away.
        value_lost: Value,
        /// `max_reduce_cost` of the notional.
        limit: Value,
    },
    /// A withdrawal while a liquidation clock runs.
    #[error("a liquidation clock runs")]
    ClockRunning,
    /// A withdrawal of more cash than there is.
    #[error("cash {cash} would be negative")]
    NegativeCash {
        /// After the withdrawal.
        cash: Value,
    },
    /// A withdrawal of what secures the positions.
    #[error("free collateral {free} would be below the initial margin {initial_margin}")]
    NotEnoughFree {
        /// Equity without unrealised profit and option value.
        free: Value,
        /// After the withdrawal.
        initial_margin: Value,
    },
}

impl GateRefusal {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InitialMargin { .. } => "initial_margin",
            Self::ReduceCost { .. } => "reduce_cost",
            Self::ClockRunning => "clock_running",
            Self::NegativeCash { .. } => "negative_cash",
            Self::NotEnoughFree { .. } => "not_enough_free_collateral",
        }
    }
}

/// May the change stand?
///
/// ```text
/// h = equity - initial margin, g = equity - maintenance margin, ' after
/// yes when h' >= 0
/// or  when equity' >= 0 and h' > h and g' >= g and value lost <= max_reduce_cost * notional
/// ```
/// The second way stays open while a liquidation clock runs. The limit rounds down.
pub fn gate(change: &Change, max_reduce_cost: Ratio) -> Result<(), GateRefusal> {
    let (before, after) = (&change.before, &change.after);
    if !after.initial_health().is_negative() {
        return Ok(());
    }
    let reduces = !after.equity.is_negative()
        && after.initial_health() > before.initial_health()
        && after.maintenance_health() >= before.maintenance_health();
    if !reduces {
        return Err(GateRefusal::InitialMargin {
            equity: after.equity,
            initial_margin: after.initial_margin,
        });
    }
    let limit = change.notional.mul_ratio_floor(max_reduce_cost);
    if change.value_lost > limit {
        return Err(GateRefusal::ReduceCost {
            value_lost: change.value_lost,
            limit,
        });
    }
    Ok(())
}

/// What secures the positions: equity less what is only on paper, `equity - max(0, unrealised) - max(0, option value)`.
pub fn secured(standing: &Standing) -> Value {
    let paper = standing.unrealised.max(Value::ZERO);
    let options = standing.option_value.max(Value::ZERO);
    standing.equity.saturating_sub(paper).saturating_sub(options)
}

/// May the account be left like this by a withdrawal or a transfer out?
///
/// Cash stays >= 0, [`secured`] stays >= the initial requirement, and no clock runs.
pub fn check_withdrawal(after: &Standing, cash: Value, clock_running: bool) -> Result<(), GateRefusal> {
    if clock_running {
        return Err(GateRefusal::ClockRunning);
    }
    if cash.is_negative() {
        return Err(GateRefusal::NegativeCash { cash });
    }
    let free = secured(after);
    if free < after.initial_margin {
        return Err(GateRefusal::NotEnoughFree {
            free,
            initial_margin: after.initial_margin,
        });
    }
    Ok(())
}

/// The most quote tokens that may leave: `min(cash, secured - initial margin)`, at least zero, none while a clock runs.
pub fn withdrawable(standing: &Standing, cash: Value, clock_running: bool) -> Value {
    if clock_running {
        return Value::ZERO;
    }
    secured(standing)
        .saturating_sub(standing.initial_margin)
        .min(cash)
        .max(Value::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Value {
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

    fn change(before: Standing, after: Standing, lost: &str, notional: &str) -> Change {
        Change {
            before,
            after,
            value_lost: value(lost),
            notional: value(notional),
        }
    }

    #[test]
    fn what_passes_and_what_does_not() {
        let cost: Ratio = "0.01".parse().unwrap();
        let call = standing("90", "100", "80");
        for (name, change, expected) in [
            (
                "healthy",
                change(standing("0", "0", "0"), standing("100", "100", "80"), "99", "1"),
                "ok",
            ),
            (
                "opens below",
                change(standing("0", "0", "0"), standing("99", "100", "80"), "0", "1"),
                "initial_margin",
            ),
            ("reduces", change(call, standing("89", "95", "75"), "1", "100"), "ok"),
            (
                "reduces too dear",
                change(call, standing("89", "95", "75"), "1.01", "100"),
                "reduce_cost",
            ),
            ("no better", change(call, call, "0", "100"), "initial_margin"),
            (
                "worse for maintenance",
                change(call, standing("80", "85", "75"), "0", "100"),
                "initial_margin",
            ),
            (
                "under water",
                change(standing("-5", "9", "8"), standing("-4", "2", "1"), "0", "100"),
                "initial_margin",
            ),
        ] {
            let found = gate(&change, cost).map_or_else(|refusal| refusal.code(), |()| "ok");
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn paper_profit_does_not_leave() {
        let rich = Standing {
            unrealised: value("30"),
            option_value: value("25"),
            ..standing("100", "40", "30")
        };
        assert_eq!(withdrawable(&rich, value("50"), false), value("5"));
        assert_eq!(withdrawable(&rich, value("3"), false), value("3"));
        assert_eq!(withdrawable(&rich, value("50"), true), Value::ZERO);
        let in_debt = Standing {
            unrealised: value("-30"),
            option_value: value("-25"),
            ..standing("100", "40", "30")
        };
        assert_eq!(withdrawable(&in_debt, value("500"), false), value("60"));
        assert_eq!(
            check_withdrawal(&rich, value("-1"), false).unwrap_err().code(),
            "negative_cash"
        );
        assert_eq!(
            check_withdrawal(&rich, value("1"), true).unwrap_err().code(),
            "clock_running"
        );
        let poor = standing("39", "40", "30");
        assert_eq!(
            check_withdrawal(&poor, value("1"), false).unwrap_err().code(),
            "not_enough_free_collateral"
        );
    }

    proptest! {
        #[test]
        fn what_is_withdrawable_may_leave(
            equity in -1_000i64..1_000, initial in 0i64..500, cash in -100i64..1_000,
            unrealised in -100i64..100, options in -100i64..100,
        ) {
            let of = |n: i64| Value::from_bits(i128::from(n) << 60);
            let before = Standing {
                equity: of(equity),
                initial_margin: of(initial),
                maintenance_margin: of(initial),
                option_value: of(options),
                collateral_value: Value::ZERO,
                unrealised: of(unrealised),
            };
            let out = withdrawable(&before, of(cash), false);
            prop_assume!(out > Value::ZERO);
            let after = |out: Value| Standing { equity: before.equity.saturating_sub(out), ..before };
            let left = of(cash).saturating_sub(out);
            prop_assert_eq!(check_withdrawal(&after(out), left, false), Ok(()));
            let more = out.saturating_add(Value::STEP);
            prop_assert!(check_withdrawal(&after(more), of(cash).saturating_sub(more), false).is_err());
        }
    }
}
