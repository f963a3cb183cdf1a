//! Markets: the hand-made fixture, the loader of market files, and moves of spot and volatility.
//!
//! Slices are sticky by strike: a slice keeps the forward and the years it was fitted at when spot or time moves, so every
//! strike keeps its volatility.

use hedgerow_interface::tape::years_between;
use hedgerow_risk::market::{Market, Underlying};
use hedgerow_risk::number::{Fine, Price, Ratio};

/// The fixture: BTC at 60,000 and ETH at 3,000 on 2025-02-19 08:00 UTC, four expiries each, 55% to 72% of volatility.
///
/// Slices are of the form `w(k) = theta/2 (1 + rho*phi*k + sqrt((phi*k + rho)^2 + 1 - rho^2))`, `phi = 1/sqrt(theta)`,
/// `rho = -0.2`: smooth and without butterfly arbitrage.
pub const FIXTURE: &str = include_str!("../markets/fixture.json");

/// The expiries of the fixture, by name.
pub const EXPIRIES: [&str; 4] = ["21FEB25", "28FEB25", "28MAR25", "27JUN25"];

/// The fixture market.
pub fn fixture() -> Market {
    load(FIXTURE)
}

/// The shipped market: BTC on 2020-05-21, see `markets/README.md`.
pub const SHIPPED: &str = include_str!("../markets/btc-2020-05-21.json");

/// The shipped market of seven fitted expiries.
pub fn shipped() -> Market {
    load(SHIPPED)
}

/// The fixture with sixteen expiries of BTC instead of four: slices by the same formula, to eight decimals as a publisher
/// rounds them, forwards at a rate of 4%.
pub const LADDER: &str = include_str!("../markets/ladder.json");

/// The fixture with a number of expiries of BTC, 16 at most, spread over the ladder.
pub fn ladder(expiries: usize) -> Market {
    let mut market = load(LADDER);
    for underlying in market.underlyings.values_mut() {
        let all = std::mem::take(&mut underlying.expiries);
        let step = (all.len() / expiries).max(1);
        underlying.expiries = all.into_iter().step_by(step).take(expiries).collect();
    }
    market
}

/// Reads a market file; every slice names the forward and the years it was fitted at afterwards.
pub fn load(json: &str) -> Market {
    let mut market: Market = serde_json::from_str(json).expect("a market file");
    for underlying in market.underlyings.values_mut() {
        for expiry in &mut underlying.expiries {
            let now = years_between(market.time, expiry.expiry);
            if let Some(svi) = &mut expiry.svi {
                svi.forward = svi.forward.or(Some(expiry.forward));
                svi.years = svi.years.or(now);
            }
        }
    }
    market
}

/// Multiplies index, mark and forwards by `numerator / denominator`, rounded down to a step of a price.
pub fn move_spot(underlying: &mut Underlying, numerator: u64, denominator: u64) {
    let moved = |price: Price| {
        let steps = u128::from(price.steps()) * u128::from(numerator) / u128::from(denominator);
        Price::new(u64::try_from(steps).expect("a price")).expect("a price in range")
    };
    underlying.index = moved(underlying.index);
    if let Some(perp) = &mut underlying.perp {
        perp.mark = moved(perp.mark);
    }
    for expiry in &mut underlying.expiries {
        expiry.forward = moved(expiry.forward);
    }
}

/// Multiplies every volatility by a factor: total variance, `a` and `b`, by its square.
pub fn move_vol(underlying: &mut Underlying, factor: Ratio) {
    let square = i128::from(factor.steps()) * i128::from(factor.steps());
    let moved = |number: Fine| {
        let steps = i128::from(number.steps()) * square / 1_000_000_000_000_000_000;
        Fine::new(i64::try_from(steps).expect("a parameter")).expect("a parameter in range")
    };
    for svi in underlying.expiries.iter_mut().filter_map(|expiry| expiry.svi.as_mut()) {
        svi.a = moved(svi.a);
        svi.b = moved(svi.b);
    }
}
