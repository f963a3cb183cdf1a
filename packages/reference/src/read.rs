//! Models, markets and portfolios from their JSON.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A decimal string; `missing` where there is none.
fn number(json: &Json, missing: f64) -> f64 {
    json.as_str().map_or(missing, |text| text.parse().unwrap())
}

/// The entries of an object, read one by one.
fn map<T>(json: &Json, read: impl Fn(&Json) -> T) -> BTreeMap<String, T> {
    let entries = json.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), read(value))).collect()
}

/// The entries of an array, read one by one.
fn list<T>(json: &Json, read: impl Fn(&Json) -> T) -> Vec<T> {
    json.as_array().into_iter().flatten().map(read).collect()
}

/// An object, read; none where there is none.
fn option<T>(json: &Json, read: impl Fn(&Json) -> T) -> Option<T> {
    json.is_object().then(|| read(json))
}

/// A margin model.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) tail: Option<Tail>,
    pub(crate) initial: f64,
    pub(crate) maintenance: f64,
    pub(crate) underlyings: BTreeMap<String, Rules>,
    pub(crate) collateral: BTreeMap<String, CollateralRule>,
    pub(crate) peg_threshold: f64,
    pub(crate) peg_factor: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub own: Shock,
    pub weight: f64,
    pub shocks: BTreeMap<String, Shock>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Shock {
    pub spot: f64,
    pub log_spot: f64,
    pub vol: Move,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Move {
    Up,
    Down,
    Linear,
    Abs,
    Times(f64),
}

#[derive(Clone, Debug)]
pub(crate) struct Tail {
    pub shortfall: bool,
    pub confidence: f64,
    pub probabilities: Vec<f64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub up: f64,
    pub down: f64,
    pub short_power: f64,
    pub long_power: f64,
    pub floor_days: f64,
    pub min_up: f64,
    pub min_vol: f64,
    pub discount: Option<Discount>,
    pub skew: Option<Skew>,
    pub gain_credit: f64,
    pub basis: Option<[f64; 4]>,
    pub roll: Option<[f64; 2]>,
    pub perp: Option<[f64; 2]>,
    pub naked_short: Option<[f64; 2]>,
    pub short_option_minimum: Option<f64>,
    pub min_delta: Option<[f64; 2]>,
    pub delta_concentration: Option<[f64; 3]>,
    pub confidence: Option<[f64; 2]>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Discount {
    pub long_base: f64,
    pub short_base: f64,
    /// Of the rate, and in addition to it: for an asset.
    pub long: [f64; 2],
    /// The same for a liability.
    pub short: [f64; 2],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Skew {
    /// Base and slope.
    pub linear_cap: [f64; 2],
    /// Base and slope.
    pub abs_cap: [f64; 2],
    pub min_k_star: f64,
    pub width: f64,
    pub vol_static: f64,
    pub vol_scale: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct CollateralRule {
    /// Maintenance, and initial on top.
    pub haircuts: [f64; 2],
    pub hedges: Option<String>,
    /// Threshold and factor.
    pub confidence: Option<[f64; 2]>,
}

impl Model {
    /// From the JSON of a model.
    pub fn new(json: &Json) -> Self {
        let aggregation = &json["aggregation"];
        let tail = |name: &str| {
            option(&aggregation[name], |tail| Tail {
                shortfall: name == "expected_shortfall",
                confidence: number(&tail["confidence"], f64::NAN),
                probabilities: list(&tail["probabilities"], |p| number(p, f64::NAN)),
            })
        };
        Self {
            scenarios: list(&json["scenarios"], |scenario| Scenario {
                own: shock(scenario),
                weight: number(&scenario["weight"], 1.0),
                shocks: map(&scenario["shocks"], shock),
            }),
            tail: tail("expected_shortfall").or_else(|| tail("value_at_risk")),
            initial: number(&json["factors"]["initial"], 1.0),
            maintenance: number(&json["factors"]["maintenance"], 1.0),
            underlyings: map(&json["underlyings"], Rules::new),
            collateral: map(&json["collateral"], |rule| CollateralRule {
                haircuts: pair(rule, ["maintenance_haircut", "initial_haircut"]),
                hedges: rule["hedges"].as_str().map(str::to_owned),
                confidence: option(&rule["confidence"], |c| pair(c, ["threshold", "factor"])),
            }),
            peg_threshold: number(&json["quote"]["peg_threshold"], 0.0),
            peg_factor: number(&json["quote"]["peg_factor"], 0.0),
        }
    }
}

/// Two or more fields that are zero when missing.
fn pair<const N: usize>(json: &Json, names: [&str; N]) -> [f64; N] {
    names.map(|name| number(&json[name], 0.0))
}

fn shock(json: &Json) -> Shock {
    let spot = number(&json["spot"], 1.0);
    Shock {
        spot,
        log_spot: spot.ln(),
        vol: match json["vol"].as_str().unwrap_or("none") {
            "up" => Move::Up,
            "down" => Move::Down,
            "linear" => Move::Linear,
            "abs" => Move::Abs,
            "none" => Move::Times(1.0),
            multiple => Move::Times(multiple.parse().unwrap()),
        },
    }
}

impl Rules {
    pub(crate) fn new(json: &Json) -> Self {
        let vol = |name: &str| number(&json["vol_shock"][name], 0.0);
        let charges = &json["charges"];
        Self {
            up: vol("up"),
            down: vol("down"),
            short_power: vol("short_power"),
            long_power: vol("long_power"),
            floor_days: vol("floor_days"),
            min_up: vol("min_up"),
            min_vol: vol("min_vol"),
            discount: option(&json["discount"], |discount| {
                let long = pair(discount, ["rate_mult", "rate_add"]);
                Discount {
                    long_base: number(&discount["long_base"], 1.0),
                    short_base: number(&discount["short_base"], 1.0),
                    long,
                    short: [
                        number(&discount["short_rate_mult"], long[0]),
                        number(&discount["short_rate_add"], long[1]),
                    ],
                }
            }),
            skew: option(&json["skew"], |skew| Skew {
                linear_cap: pair(skew, ["linear_cap_base", "linear_cap_slope"]),
                abs_cap: pair(skew, ["abs_cap_base", "abs_cap_slope"]),
                min_k_star: number(&skew["min_k_star"], 0.0),
                width: number(&skew["width"], 0.0),
                vol_static: number(&skew["vol_static"], 0.0),
                vol_scale: number(&skew["vol_scale"], 0.0),
            }),
            gain_credit: number(&json["gain_credit"], 1.0),
            basis: option(&charges["basis"], |rule| {
                let [add, per_year] = pair(rule, ["add", "per_year"]);
                [
                    number(&rule["spot_up"], 1.0),
                    number(&rule["spot_down"], 1.0),
                    add,
                    per_year,
                ]
            }),
            roll: option(&charges["roll"], |rule| pair(rule, ["min_move", "annual_move"])),
            perp: option(&charges["perp"], |rule| pair(rule, ["maintenance", "initial"])),
            naked_short: option(&charges["naked_short"], |rule| pair(rule, ["maintenance", "initial"])),
            short_option_minimum: option(&charges["short_option_minimum"], |rule| number(&rule["rate"], 0.0)),
            min_delta: option(&charges["min_delta"], |rule| pair(rule, ["net", "hedged"])),
            delta_concentration: option(&charges["delta_concentration"], |rule| {
                pair(rule, ["threshold", "slope", "cap"])
            }),
            confidence: option(&charges["confidence"], |rule| pair(rule, ["threshold", "factor"])),
        }
    }
}

/// Prices of everything at one time.
#[derive(Clone, Debug)]
pub struct Market {
    pub(crate) time: i64,
    pub(crate) quote: f64,
    pub(crate) quote_confidence: f64,
    /// Price and confidence.
    pub(crate) assets: BTreeMap<String, [f64; 2]>,
    pub(crate) underlyings: BTreeMap<String, Underlying>,
    pub(crate) stable: BTreeMap<String, f64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Underlying {
    pub index: f64,
    pub confidence: f64,
    pub contract_size: f64,
    /// Mark and confidence.
    pub perp: Option<[f64; 2]>,
    pub expiries: Vec<Expiry>,
}

#[derive(Clone, Debug)]
pub(crate) struct Expiry {
    pub time: i64,
    pub forward: f64,
    /// Zero at least.
    pub rate: f64,
    /// The least of its parts.
    pub confidence: f64,
    pub surface: Surface,
}

#[derive(Clone, Debug)]
pub(crate) enum Surface {
    Svi {
        a: f64,
        b: f64,
        rho: f64,
        m: f64,
        sigma: f64,
        forward: Option<f64>,
        years: Option<f64>,
    },
    /// Strikes and their volatilities.
    Listed(Vec<[f64; 2]>),
}

impl Market {
    /// From the JSON of a market.
    pub fn new(json: &Json) -> Self {
        let with_confidence =
            |json: &Json, name: &str| [number(&json[name], f64::NAN), number(&json["confidence"], 1.0)];
        Self {
            time: json["time"].as_i64().unwrap(),
            quote: number(&json["quote_price"], 1.0),
            quote_confidence: number(&json["quote_confidence"], 1.0),
            assets: map(&json["assets"], |asset| with_confidence(asset, "price")),
            underlyings: map(&json["underlyings"], |u| Underlying {
                index: number(&u["index"], f64::NAN),
                confidence: number(&u["confidence"], 1.0),
                contract_size: number(&u["contract_size"], 1.0),
                perp: option(&u["perp"], |perp| with_confidence(perp, "mark")),
                expiries: list(&u["expiries"], expiry),
            }),
            stable: map(&json["stable"], |price| number(price, f64::NAN)),
        }
    }
}

fn expiry(json: &Json) -> Expiry {
    let sure = ["forward", "rate", "vol"].map(|part| number(&json["confidence"][part], 1.0));
    let svi = &json["svi"];
    let surface = if svi.is_object() {
        let [a, b, rho, m, sigma] = pair(svi, ["a", "b", "rho", "m", "sigma"]);
        Surface::Svi {
            a,
            b,
            rho,
            m,
            sigma,
            forward: svi["forward"].as_str().map(|text| text.parse().unwrap()),
            years: svi["years"].as_str().map(|text| text.parse().unwrap()),
        }
    } else {
        let vols = map(&json["vols"], |vol| number(vol, f64::NAN));
        Surface::Listed(vols.iter().map(|(k, vol)| [k.parse().unwrap(), *vol]).collect())
    };
    Expiry {
        time: json["expiry"].as_i64().unwrap(),
        forward: number(&json["forward"], f64::NAN),
        rate: number(&json["rate"], 0.0).max(0.0),
        confidence: sure.into_iter().fold(1.0, f64::min),
        surface,
    }
}

/// What an account holds.
#[derive(Clone, Debug)]
pub struct Portfolio {
    pub(crate) cash: f64,
    /// Asset and amount.
    pub(crate) collateral: Vec<(String, f64)>,
    pub(crate) legs: Vec<Leg>,
    /// Underlying and P&L by scenario.
    pub(crate) vectors: Vec<(String, Vec<f64>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub symbol: String,
    pub contract: Contract,
    /// In 1e-8 contract.
    pub steps: i64,
    pub entry: Option<f64>,
}

/// Days are counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum Contract {
    Perpetual,
    Future { day: i64 },
    Option { day: i64, strike: f64, call: bool },
}

impl Contract {
    pub(crate) fn day(self) -> Option<i64> {
        match self {
            Self::Perpetual => None,
            Self::Future { day } | Self::Option { day, .. } => Some(day),
        }
    }
}

impl Expiry {
    /// Days from 1970.
    pub(crate) fn day(&self) -> i64 {
        self.time.div_euclid(DAY)
    }
}

impl Portfolio {
    /// From the JSON of a portfolio.
    pub fn new(json: &Json) -> Self {
        Self {
            cash: number(&json["cash"], 0.0),
            collateral: list(&json["collateral"], |c| {
                (c["asset"].as_str().unwrap().to_owned(), number(&c["amount"], 0.0))
            }),
            legs: list(&json["positions"], |position| {
                let (symbol, contract) = instrument(position["instrument"].as_str().unwrap());
                Leg {
                    symbol,
                    contract,
                    steps: (number(&position["quantity"], f64::NAN) * 1e8).round() as i64,
                    entry: position["entry_price"].as_str().map(|text| text.parse().unwrap()),
                }
            }),
            vectors: list(&json["vectors"], |vector| {
                let symbol = vector["underlying"].as_str().unwrap().to_owned();
                (symbol, list(&vector["pnl"], |pnl| number(pnl, f64::NAN)))
            }),
        }
    }
}

/// `BTC-PERP`, `BTC-28MAR25`, `BTC-28MAR25-100000-C`.
fn instrument(name: &str) -> (String, Contract) {
    let parts: Vec<&str> = name.split('-').collect();
    let contract = match parts[1..] {
        ["PERP"] => Contract::Perpetual,
        [date] => Contract::Future { day: day_of(date) },
        [date, strike, right] => Contract::Option {
            day: day_of(date),
            strike: strike.parse().unwrap(),
            call: right == "C",
        },
        _ => unreachable!("an instrument's name has two or four parts: {name}"),
    };
    (parts[0].to_owned(), contract)
}

/// Days from 1970 to a day of this century such as `28MAR25`.
fn day_of(date: &str) -> i64 {
    const MONTHS: &str = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (day, rest) = date.split_at(date.len() - 5);
    let month = MONTHS.find(&rest[..3]).unwrap() / 3;
    let year: i64 = rest[3..].parse().unwrap();
    let leap = i64::from(year.rem_euclid(4) == 0 && month > 1);
    let before: i64 = LENGTHS[..month].iter().sum();
    // 10,957 days from 1970 to 2000.
    10_957 + year * 365 + (year + 3) / 4 + before + leap + day.parse::<i64>().unwrap() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // `date -u -d 2025-03-28 +%s` and so on, over 86,400.
        for (date, day) in [
            ("1JAN00", 10_957),
            ("28MAR25", 20_175),
            ("29FEB24", 19_782),
            ("1MAR24", 19_783),
            ("31DEC99", 47_481),
        ] {
            assert_eq!(day_of(date), day, "{date}");
        }
    }
}
