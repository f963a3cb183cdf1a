//! The parameters of the charges: an absent rule charges nothing. What each does is in [`crate::charges`].

use crate::number::{Ratio, Slope, Value};
use crate::record;
use schemars::JsonSchema;

/// The charges of one underlying.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct ChargeRules {
    /// Expiries whose forwards move apart.
    pub basis: Option<BasisRule>,
    /// Delta of one expiry against delta of another.
    pub roll: Option<RollRule>,
    /// On perpetuals.
    pub perp: Option<RateRule>,
    /// On short options without a pair.
    pub naked_short: Option<RateRule>,
    /// A floor under the scan by the number of short options.
    pub short_option_minimum: Option<MinimumRule>,
    /// A floor under the scan by delta.
    pub min_delta: Option<MinDeltaRule>,
    /// On a net delta too large to close quietly.
    pub delta_concentration: Option<ConcentrationRule>,
    /// While prices are not to be trusted.
    pub confidence: Option<ConfidenceRule>,
}

record! { ChargeRules: Default {
    basis, roll, perp, naked_short, short_option_minimum, min_delta, delta_concentration, confidence,
} }

impl ChargeRules {
    /// Does any rule look at deltas?
    pub const fn needs_delta(&self) -> bool {
        self.roll.is_some() || self.min_delta.is_some() || self.delta_concentration.is_some()
    }
}

/// `max(loss at spot_up, loss at spot_down, 0) * (add + per_year * T)` by expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct BasisRule {
    /// The multiple of spot on the way up.
    pub spot_up: Ratio,
    /// The multiple of spot on the way down.
    pub spot_down: Ratio,
    /// The part of the loss that counts at once.
    pub add: Ratio,
    /// The part that counts for each year to expiry.
    pub per_year: Ratio,
}

record! { BasisRule: Default { spot_up, spot_down, add, per_year } }

impl Default for BasisRule {
    fn default() -> Self {
        Self {
            spot_up: Ratio::ONE,
            spot_down: Ratio::ONE,
            add: Ratio::ZERO,
            per_year: Ratio::ZERO,
        }
    }
}

/// `|net delta| * price * max(min_move, annual_move * T)` by expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct RollRule {
    /// The least relative move.
    pub min_move: Ratio,
    /// The relative move a year to expiry.
    pub annual_move: Ratio,
}

record! { RollRule: Default { min_move, annual_move } }

/// A rate for each requirement; the initial one comes on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct RateRule {
    /// In both requirements.
    pub maintenance: Ratio,
    /// On top in the initial requirement.
    pub initial: Ratio,
}

record! { RateRule: Default { maintenance, initial } }

/// `rate * index * short options`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct MinimumRule {
    /// Of the index, a short option.
    pub rate: Ratio,
}

record! { MinimumRule: Default { rate } }

/// `(net * |net delta| + hedged * (gross delta - |net delta|) / 2) * index`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct MinDeltaRule {
    /// On the net delta.
    pub net: Ratio,
    /// On the delta that is hedged.
    pub hedged: Ratio,
}

record! { MinDeltaRule: Default { net, hedged } }

/// `min(cap, slope * max(0, X - threshold)) * X` with X the net delta in quote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct ConcentrationRule {
    /// In quote.
    pub threshold: Value,
    /// Rate per quote beyond the threshold.
    pub slope: Slope,
    /// The largest rate.
    pub cap: Ratio,
}

record! { ConcentrationRule: Default { threshold, slope, cap } }

/// `(1 - confidence) * factor * notional` while the confidence is below the threshold; initial only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct ConfidenceRule {
    /// Confidence from which nothing is charged.
    pub threshold: Ratio,
    /// The rate at no confidence at all.
    pub factor: Ratio,
}

record! { ConfidenceRule: Default { threshold, factor } }
