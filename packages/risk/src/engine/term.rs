//! What depends on an expiry's time alone: volatility multipliers, discount factors.
//!
//! ```text
//! up     sigma' = max(sigma (1 + up t), min_up)      down   sigma' = max(sigma (1 - down t), 0)
//! then   sigma' = max(sigma', min_vol)               t = (30 / max(days, floor_days))^p,  up t held at 1024
//! rate   counts as 0 when it is negative
//! D      exp(-rate T)
//! long   long_base exp(-T (rate rate_mult + rate_add))
//! short  min(1/D, short_base exp(T (rate short_rate_mult + short_rate_add)))
//! ```
//! Worked: up 0.45, short_power 0.3, 7.5 days: t = 4^0.3 = 1.5157, sigma' = 1.6821 sigma.

use crate::engine::scale::ratio_floor;
use crate::engine::svi::{Smile, YEAR_SECONDS, to_57};
use crate::kernel::{MAX_VOL_TIME, Scaled, exp, mul_hi, mul_shift, pow_ratio};
use crate::model::{Discount, UnderlyingModel, VolMove, VolShock};
use crate::number::{Ratio, div_floor};

/// Thirty days, where the term scaling is one.
const PIVOT_SECONDS: u64 = 2_592_000;
/// A volatility multiplier of one.
pub(crate) const ONE_52: u64 = 1 << 52;
/// A discount factor of one.
pub(crate) const ONE_60: u64 = 1 << 60;
/// The largest static discount.
const MAX_STATIC: u64 = (16 << 57) - 1;

/// What a volatility move does to v: `max(v * times, floor)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VolRule {
    /// In 2^-52.
    pub times: u64,
    /// In 2^-57.
    pub floor: u64,
}

impl VolRule {
    /// Nothing moves, whatever the least volatility.
    pub(crate) const NONE: Self = Self {
        times: ONE_52,
        floor: 0,
    };

    /// v' in 2^-57.
    pub(crate) fn apply(&self, v: u64) -> u64 {
        let moved = match self.times {
            ONE_52 => v,
            times => mul_shift(v, times, 52),
        };
        moved.max(self.floor).min(MAX_VOL_TIME)
    }
}

/// What the volatility moves do to the v of an expiry.
pub(crate) struct VolRules {
    up: VolRule,
    down: VolRule,
    /// Of every scenario.
    least: u64,
}

impl VolRules {
    /// The rules of an expiry with some seconds left.
    pub(crate) fn of(shock: &VolShock, smile: &Smile, seconds: u64) -> Self {
        let least = smile.of_sigma(shock.min_vol);
        let (mut up, mut down) = (ONE_52, ONE_52);
        if shock.up != Ratio::ZERO || shock.down != Ratio::ZERO {
            let t = term(shock, seconds);
            up = up.saturating_add(scaled(shock.up, t));
            down = down.saturating_sub(scaled(shock.down, t));
        }
        Self {
            up: VolRule {
                times: up,
                floor: smile.of_sigma(shock.min_up).max(least),
            },
            down: VolRule {
                times: down,
                floor: least,
            },
            least,
        }
    }

    /// The rule of a move, a decimal one given in 2^-52. Those of the smile's shape keep the level: see
    /// [`crate::engine::skew`].
    pub(crate) fn of_move(&self, vol: VolMove, times: u64) -> VolRule {
        match vol {
            VolMove::Up => self.up,
            VolMove::Down => self.down,
            VolMove::Times(_) | VolMove::None | VolMove::Linear | VolMove::Abs => VolRule {
                times,
                floor: self.least,
            },
        }
    }
}

/// `t = (30 / max(days, floor_days))^p`.
fn term(rule: &VolShock, seconds: u64) -> Scaled {
    let power = if seconds <= PIVOT_SECONDS {
        rule.short_power
    } else {
        rule.long_power
    };
    if power == Ratio::ZERO {
        return Scaled {
            mantissa: 1 << 61,
            exponent: -61,
        };
    }
    // Both in seconds of 1e-9; floor_days is at most 3,650 days of 86,400 s.
    let nano = Ratio::ONE.steps().unsigned_abs();
    let floor = rule.floor_days.steps().unsigned_abs().saturating_mul(86_400);
    let left = seconds.saturating_mul(nano).max(floor).max(1);
    power_of(PIVOT_SECONDS.saturating_mul(nano), left, power)
}

/// `shock * t` in 2^-52, held at 2^62.
fn scaled(shock: Ratio, t: Scaled) -> u64 {
    // t = mantissa 2^exponent: product = mantissa * relative / 2^62, in 2^(exponent + 62 - 57).
    let product = mul_hi(t.mantissa as i64, to_57(shock) as i64) as u64;
    shifted(product, t.exponent.saturating_add(57))
}

/// `(a / b)^p`. The kernel takes powers up to 4: of a larger one it takes the quarter, squared twice.
fn power_of(a: u64, b: u64, p: Ratio) -> Scaled {
    let nano = Ratio::ONE.steps().unsigned_abs();
    let steps = p.steps().unsigned_abs();
    let (squares, part) = if steps > 4 * nano { (2, 4) } else { (0, 1) };
    let power = ratio_floor(steps, nano * part, 60).min(1 << 62);
    (0..squares).fold(pow_ratio(a, b, power as i64), |t, _| Scaled {
        mantissa: mul_hi(t.mantissa as i64, t.mantissa as i64) as u64,
        exponent: t.exponent.saturating_mul(2).saturating_add(62),
    })
}

/// `n * 2^shift`, held below 2^62.
fn shifted(n: u64, shift: i32) -> u64 {
    const MOST: u64 = (1 << 62) - 1;
    match u32::try_from(shift) {
        Ok(left) if n == 0 || left.saturating_add(2) <= n.leading_zeros() => n << left.min(63),
        Ok(_) => MOST,
        Err(_) if shift > -64 => n >> shift.unsigned_abs(),
        Err(_) => 0,
    }
}

/// The yearly rate times T in 2^-55, rounded down; the rate in 1e-18 steps.
fn rate_times_years(rate: i128, seconds: u64) -> i64 {
    const WHOLE: u64 = 1_000_000_000_000_000_000;
    // Held within +-2^72 (4,700 a year) * 2^33 s.
    let product = rate.clamp(-(1 << 72), 1 << 72) * i128::from(seconds.min(1 << 33));
    let (years, _) = div_floor(product, YEAR_SECONDS);
    // |years| < 2^81 in 1e-18; exp() holds its argument at 255.
    let most = 255 * i128::from(WHOLE);
    let (scaled, _) = div_floor(years.clamp(-most, most) << 55, WHOLE);
    scaled as i64
}

/// D in 2^-60.
pub(crate) fn discount_factor(rate: Ratio, seconds: u64) -> u64 {
    if rate <= Ratio::ZERO || seconds == 0 {
        return ONE_60;
    }
    let rate = i128::from(rate.steps()) * 1_000_000_000;
    exp(rate_times_years(rate, seconds).saturating_neg())
        .to_q(60)
        .min(ONE_60)
}

/// What an expiry's shocked total is multiplied by, in 2^-57.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Static {
    /// When it is an asset.
    pub long: u64,
    /// When it is a liability.
    pub short: u64,
}

impl Static {
    /// None.
    pub(crate) const ONE: Self = Self {
        long: 1 << 57,
        short: 1 << 57,
    };
}

/// The static discount of an expiry; none when the model has none.
pub(crate) fn static_discount(model: &UnderlyingModel, rate: Ratio, seconds: u64) -> Option<Static> {
    let Discount {
        long_base,
        short_base,
        rate_mult,
        rate_add,
        short_rate_mult,
        short_rate_add,
    } = model.discount?;
    // As in D, a negative rate counts as none.
    let rate = rate.max(Ratio::ZERO);
    let grown = |mult: Ratio, add: Ratio| {
        let yearly = i128::from(rate.steps()) * i128::from(mult.steps()) + i128::from(add.steps()) * 1_000_000_000;
        rate_times_years(yearly, seconds)
    };
    let times = |base: Ratio, exponent: i64| {
        let power = exp(exponent);
        let product = mul_hi(power.mantissa as i64, to_57(base) as i64) as u64;
        shifted(product, power.exponent.saturating_add(62)).min(MAX_STATIC)
    };
    let up = grown(short_rate_mult.unwrap_or(rate_mult), short_rate_add.unwrap_or(rate_add));
    let inverse = ratio_floor(ONE_60, discount_factor(rate, seconds), 57);
    Some(Static {
        long: times(long_base, grown(rate_mult, rate_add).saturating_neg()),
        short: times(short_base, up).min(inverse).min(MAX_STATIC),
    })
}

#[cfg(test)]
#[allow(clippy::float_arithmetic, reason = "the expected numbers come from elsewhere")]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[track_caller]
    fn close(found: u64, one: u64, expected: f64) {
        let found = found as f64 / one as f64;
        assert!((found - expected).abs() < 1e-11, "{found} {expected}");
    }

    /// Derive's portfolio margin manager 2, as its public test portfolios have it.
    fn derive() -> UnderlyingModel {
        UnderlyingModel {
            discount: Some(Discount {
                long_base: ratio("0.95"),
                short_base: ratio("1.04"),
                rate_mult: ratio("1"),
                rate_add: ratio("0.08"),
                short_rate_mult: Some(ratio("0.5")),
                short_rate_add: None,
            }),
            ..UnderlyingModel::default()
        }
    }

    #[test]
    fn static_discounts_of_public_portfolios() {
        for (rate, seconds, long, short) in [
            ("0.21", 3_214_052, 0.9223327675518455, 1.0216332306714941),
            ("0.29", 18_938_852, 0.7607156031658348, 1.1902443790976243),
            ("0.15", 1, 0.9499999930714105, 1.0000000047564688),
            // A negative rate counts as none.
            ("-1.2", 18_938_852, 0.9054374707599936, 1.0),
        ] {
            let found = static_discount(&derive(), ratio(rate), seconds).unwrap();
            close(found.long, 1 << 57, long);
            close(found.short, 1 << 57, short);
        }
    }

    #[test]
    fn volatility_shocks_of_public_portfolios() {
        let shock = |power: &str| VolShock {
            up: ratio("0.5"),
            down: ratio("0.275"),
            short_power: ratio(power),
            long_power: ratio("0.13"),
            floor_days: ratio("1"),
            ..VolShock::default()
        };
        for (power, seconds, up, down) in [
            ("0.3", 3_214_052, 0.4862120042860796, 0.2674166023573439),
            ("0.3", 1, 1.3870955573360906, 0.7629025565348497),
            ("10", 2_004_452, 6.53677246919477, 3.595224858057124),
        ] {
            let t = term(&shock(power), seconds);
            close(scaled(ratio("0.5"), t), ONE_52, up);
            close(scaled(ratio("0.275"), t), ONE_52, down);
        }
    }

    #[test]
    fn shifts_are_held_below_the_ceiling() {
        for (n, shift, expected) in [
            (3, 60, 3_u64 << 60),
            (1, 61, 1 << 61),
            (1, 62, (1 << 62) - 1),
            ((1 << 62) - 1, 0, (1 << 62) - 1),
            (u64::MAX, 0, (1 << 62) - 1),
            (0, 99, 0),
            (5, -1, 2),
            (u64::MAX, -64, 0),
        ] {
            assert_eq!(shifted(n, shift), expected, "{n} {shift}");
        }
    }
}
