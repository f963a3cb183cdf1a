//! What of an expiry the charges look at: counts and deltas.

use crate::engine::book::{Series, Strike};
use crate::engine::scale::times_floor;
use crate::engine::sum::product;
use crate::kernel::delta_call;
use crate::number::{Value, div_floor};

/// Bits of a delta below 1e-8 contract.
const DELTA_BITS: u32 = 56;
/// A call's delta of one.
const ONE_DELTA: i64 = 1 << DELTA_BITS;

/// Counts in steps of 1e-8 contract, deltas in 2^-56 of such a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// Until expiry.
    pub seconds: u64,
    /// Options, long and short alike.
    pub options: i128,
    /// Short options.
    pub short_options: i128,
    /// Short options left after pairing calls and puts of a strike.
    pub naked: i128,
    /// Net delta; futures count one each.
    pub net_delta: i128,
    /// Sum of the magnitudes of the legs' deltas.
    pub gross_delta: i128,
    /// By how much both may be wrong.
    pub delta_error: i128,
}

impl Exposure {
    /// Counts the legs of an expiry. Deltas of options come by [`Self::add_delta`].
    pub(crate) fn of(series: &Series<'_>, seconds: u64) -> Self {
        let future = i128::from(series.future) << DELTA_BITS;
        let mut counted = Self {
            seconds,
            net_delta: future,
            gross_delta: future.abs(),
            ..Self::default()
        };
        for Strike { call, put, .. } in &series.strikes {
            let unpaired = |short: i64, long: i64| i128::from((-short.min(0) - long.max(0)).max(0));
            counted.options += i128::from(call.abs() + put.abs());
            counted.short_options += i128::from(-call.min(&0) - put.min(&0));
            counted.naked += unpaired(*call, *put) + unpaired(*put, *call);
        }
        counted
    }

    /// Adds that of another expiry.
    pub(crate) fn add(&mut self, other: &Self) {
        // At most 256 legs: options below 2^62, deltas below 2^119.
        self.options = self.options.wrapping_add(other.options);
        self.short_options = self.short_options.wrapping_add(other.short_options);
        self.naked = self.naked.wrapping_add(other.naked);
        self.net_delta = self.net_delta.wrapping_add(other.net_delta);
        self.gross_delta = self.gross_delta.wrapping_add(other.gross_delta);
        self.delta_error = self.delta_error.wrapping_add(other.delta_error);
    }

    /// A perpetual's exposure.
    pub(crate) fn of_perpetual(quantity: i64) -> Self {
        let delta = i128::from(quantity) << DELTA_BITS;
        Self {
            net_delta: delta,
            gross_delta: delta.abs(),
            ..Self::default()
        }
    }

    /// Adds the deltas of a strike with ln(F/K) and sigma sqrt(T) in 2^-57, the discount factor in 2^-60.
    pub(crate) fn add_delta(&mut self, strike: &Strike, x: i64, v: u64, discount: u64) {
        let phi = delta_call(x, v);
        // The kernel's bound, 1e-15 + 2^-57/v, and what is cut off below. Without volatility a delta is a step.
        let error = 80 + (1_u64 << DELTA_BITS).checked_div(v).unwrap_or(0);
        self.delta_error += product(strike.gross(), error);
        // Phi in [0, 1]: the call's part and the put's are both positive.
        let call = (phi >> (60 - DELTA_BITS)).clamp(0, ONE_DELTA).unsigned_abs();
        let put = ONE_DELTA.unsigned_abs() - call;
        let call = times_floor::<60>(product(strike.call, call), discount);
        let put = times_floor::<60>(product(-strike.put, put), discount);
        self.net_delta += call + put;
        self.gross_delta += call.abs() + put.abs();
    }
}

impl Exposure {
    /// The magnitude of the net delta in contracts, rounded up.
    pub(crate) fn net(&self) -> Value {
        contracts(self.net_delta.abs() + self.delta_error)
    }

    /// The sum of the magnitudes of the legs' deltas in contracts, rounded up.
    pub(crate) fn gross(&self) -> Value {
        contracts(self.gross_delta + self.delta_error)
    }
}

/// The magnitude of a delta in contracts, rounded up.
pub(crate) fn contracts(delta: i128) -> Value {
    const STEPS: u64 = 100_000_000;
    // |delta| < 2^119; the value's 64 bits are 8 more.
    let (whole, rest) = div_floor(delta.abs(), STEPS);
    let rest = (rest << (64 - DELTA_BITS)).div_ceil(STEPS);
    let bits = (whole << (64 - DELTA_BITS)) + i128::from(rest);
    Value::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Short two puts with a strike above the last forward: long two contracts, a magnitude of 2.
    #[test]
    fn an_expired_option_has_the_delta_of_its_payoff() {
        let strike = Strike {
            price: "1040".parse().unwrap(),
            vol: None,
            call: 0,
            put: -200_000_000,
        };
        let mut found = Exposure::default();
        found.add_delta(&strike, -(1 << 54), 0, 1 << 60);
        assert_eq!(found.net_delta, 200_000_000 << DELTA_BITS);
        let two: Value = "2.000000000001".parse().unwrap();
        assert!(
            found.net() <= two && found.gross() <= two,
            "{} {}",
            found.net(),
            found.gross()
        );
    }
}
