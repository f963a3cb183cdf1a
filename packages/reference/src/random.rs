//! Models, markets and portfolios from a seed, as the JSON that people write.
//!
//! Everything follows from [`Seed`]: its `features` are a set of bits that turn parts of the model on, so that a test which
//! fails shrinks towards a plain model, and each of its `legs` is a number that gives one position.

use serde_json::{Map, Value as Json, json};

/// The time of every market.
const NOW: i64 = 1_739_934_748;
/// Expiry days and their seconds: expired, in its settlement average, then from two days to two years.
const EXPIRIES: [(&str, i64); 7] = [
    ("18FEB25", NOW - 80_000),
    ("19FEB25", NOW + 900),
    ("21FEB25", 1_740_124_800),
    ("28MAR25", 1_743_148_800),
    ("27JUN25", 1_751_011_200),
    ("26DEC25", 1_766_736_000),
    ("25DEC26", 1_798_185_600),
];
/// Symbol, least and greatest index, contract size.
const UNDERLYINGS: [(&str, f64, f64, &str); 3] = [
    ("BTC", 20_000.0, 150_000.0, "1"),
    ("ETH", 800.0, 6_000.0, "1"),
    ("SHIB", 0.8, 9.0, "100000"),
];
/// Strikes an underlying has, from a fifth of the index to five times it.
const STRIKES: u64 = 41;

/// What the features of a seed turn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Feature {
    /// Volatility shocks that depend on the time to expiry.
    VolShock = 1,
    /// The static discount.
    Discount = 1 << 1,
    /// Skew scenarios.
    Skew = 1 << 2,
    /// Gains that count in part.
    GainCredit = 1 << 3,
    /// The basis charge.
    Basis = 1 << 4,
    /// The roll charge.
    Roll = 1 << 5,
    /// The charge on perpetuals.
    Perp = 1 << 6,
    /// The charge on naked short options.
    NakedShort = 1 << 7,
    /// The minimum for short options.
    ShortOptionMinimum = 1 << 8,
    /// The minimum on delta.
    MinDelta = 1 << 9,
    /// The concentration charge: not homogeneous, not sub-additive.
    Concentration = 1 << 10,
    /// Confidences below one and their charges. An option asks for more beside a perpetual that is not to be trusted.
    Confidence = 1 << 11,
    /// Collateral, some of it shocked with an underlying.
    Collateral = 1 << 12,
    /// A quote token off its peg.
    Quote = 1 << 13,
    /// Foreign vectors.
    Vectors = 1 << 14,
    /// Underlyings with moves of their own, and other extremes of a scenario.
    Shocks = 1 << 15,
    /// Weights of scenarios.
    Weights = 1 << 16,
    /// Expected shortfall.
    Shortfall = 1 << 17,
    /// Value at risk: not sub-additive.
    ValueAtRisk = 1 << 18,
    /// Probabilities of scenarios.
    Probabilities = 1 << 19,
}

/// All of them.
pub const EVERYTHING: u32 = (1 << 20) - 1;

/// Where everything comes from.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Of model and market.
    pub number: u64,
    /// Bits of [`Feature`].
    pub features: u32,
    /// One position each.
    pub legs: Vec<u64>,
}

impl Seed {
    /// Is a feature on?
    pub fn has(&self, feature: Feature) -> bool {
        self.features & feature as u32 != 0
    }

    /// The same without some features.
    pub fn without(mut self, features: &[Feature]) -> Self {
        for feature in features {
            self.features &= !(*feature as u32);
        }
        self
    }
}

/// Numbers that look like chance (splitmix64).
#[derive(Clone, Debug)]
pub struct Draw(pub u64);

impl Draw {
    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// True once in some times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Evenly between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers, as a decimal string.
    pub fn decimal(&mut self, low: f64, high: f64) -> String {
        let digits = self.below(9) as usize;
        let text = format!("{:.*}", digits.max(3), self.between(low, high));
        // Rounding may leave the range that a field has.
        let inside = |text: &String| (low..=high).contains(&text.parse().unwrap());
        Some(text).filter(inside).unwrap_or_else(|| format!("{low}"))
    }

    /// Evenly between the logarithms of two numbers.
    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// Normally distributed, to what twelve even numbers add up to.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.between(0.0, 1.0)).sum::<f64>() - 6.0
    }
}

/// A number with eight decimals at most.
fn fixed(number: f64) -> String {
    format!("{number:.8}")
}

/// The markets' strikes of an underlying: its index times powers of e, rounded to three digits.
fn strike(index: f64, place: u64) -> String {
    let strike = index * ((place as f64 / (STRIKES - 1) as f64 - 0.5) * 2.0 * 5_f64.ln()).exp();
    let unit = 10_f64.powf(strike.log10().floor() - 2.0);
    let text = fixed((strike / unit).round() * unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A market. Some expiries have an SVI slice, some a volatility for every strike.
pub fn market(seed: &Seed) -> Json {
    let mut draw = Draw(seed.number);
    let unsure = seed.has(Feature::Confidence);
    let mut underlyings = Map::new();
    for (symbol, low, high, size) in UNDERLYINGS {
        // As it is written, or the strikes could differ.
        let index: f64 = fixed(draw.log_between(low, high)).parse().unwrap();
        let mut expiries: Vec<Json> = Vec::new();
        for (_, time) in EXPIRIES {
            expiries.push(expiry(&mut draw, index, time, unsure));
        }
        underlyings.insert(
            symbol.to_owned(),
            json!({
                "index": fixed(index),
                "contract_size": size,
                "perp": {"mark": fixed(index * draw.between(0.98, 1.02)), "confidence": confidence(&mut draw, unsure)},
                "confidence": confidence(&mut draw, unsure),
                "expiries": expiries,
            }),
        );
    }
    let mut market = json!({
        "time": NOW,
        "quote_confidence": confidence(&mut draw, unsure),
        "assets": {"DAI": {"price": draw.decimal(0.9, 1.1), "confidence": confidence(&mut draw, unsure)}},
        "underlyings": underlyings,
    });
    if seed.has(Feature::Quote) {
        market["quote_price"] = draw.decimal(0.8, 1.1).into();
    }
    if seed.has(Feature::Collateral) {
        let mut stable = Map::new();
        for (symbol, underlying) in market["underlyings"].as_object().unwrap() {
            let index: f64 = underlying["index"].as_str().unwrap().parse().unwrap();
            stable.insert(symbol.clone(), fixed(index * draw.between(0.7, 1.2)).into());
        }
        market["stable"] = stable.into();
    }
    market
}

fn confidence(draw: &mut Draw, unsure: bool) -> String {
    let drawn = draw.decimal(0.0, 1.0);
    if unsure && draw.once_in(3) {
        drawn
    } else {
        "1".to_owned()
    }
}

fn expiry(draw: &mut Draw, index: f64, time: i64, unsure: bool) -> Json {
    let forward = index * draw.between(0.95, 1.08);
    let years = (time - NOW) as f64 / 31_536_000.0;
    let mut expiry = json!({
        "expiry": time,
        "forward": fixed(forward),
        "rate": draw.decimal(-0.03, 0.15),
        "confidence": {"forward": confidence(draw, unsure), "rate": confidence(draw, unsure), "vol": confidence(draw, unsure)},
    });
    if draw.once_in(3) {
        let vols = (0..STRIKES).map(|place| (strike(index, place), draw.decimal(0.05, 2.5).into()));
        expiry["vols"] = vols.collect::<Map<_, _>>().into();
    } else {
        let level = draw.between(0.04, 1.5) * years.max(1e-4);
        expiry["svi"] = json!({
            "a": format!("{:.12}", level * draw.between(0.0, 0.8)),
            "b": format!("{:.12}", level.sqrt() * draw.between(0.0, 0.4)),
            "rho": draw.decimal(-0.9, 0.9),
            "m": draw.decimal(-0.3, 0.3),
            "sigma": draw.decimal(0.01, 0.8),
        });
        if draw.once_in(2) {
            expiry["svi"]["forward"] = fixed(index * draw.between(0.9, 1.1)).into();
            expiry["svi"]["years"] = format!("{:.9}", years.max(1e-4) * draw.between(0.9, 1.4)).into();
        }
    }
    expiry
}

/// A model. The first scenario is the one in which nothing moves.
pub fn model(seed: &Seed) -> Json {
    let mut draw = Draw(!seed.number);
    let mut scenarios = vec![json!({})];
    for _ in 0..draw.below(30) {
        scenarios.push(scenario(&mut draw, seed));
    }
    if seed.has(Feature::Skew) {
        scenarios.push(json!({"vol": "linear", "weight": draw.decimal(0.1, 1.5)}));
        scenarios.push(json!({"vol": "abs"}));
    }
    let mut model = json!({
        "factors": {"initial": draw.decimal(1.0, 2.0), "maintenance": draw.decimal(0.2, 1.0)},
        "underlyings": {"BTC": underlying(&mut draw, seed), "ETH": underlying(&mut draw, seed)},
        "aggregation": aggregation(&mut draw, seed, scenarios.len()),
        "scenarios": scenarios,
    });
    if seed.has(Feature::Collateral) {
        model["collateral"] = json!({
            "DAI": collateral_rule(&mut draw, seed, None),
            "ETH": collateral_rule(&mut draw, seed, Some("ETH")),
            "SHIB": collateral_rule(&mut draw, seed, Some("SHIB")),
        });
    }
    if seed.has(Feature::Quote) {
        model["quote"] = json!({"peg_threshold": draw.decimal(0.9, 1.0), "peg_factor": draw.decimal(0.0, 5.0)});
    }
    model
}

/// A scenario without a move of the smile's shape.
pub fn scenario(draw: &mut Draw, seed: &Seed) -> Json {
    let mut scenario = shock(draw, seed);
    if seed.has(Feature::Weights) && draw.once_in(2) {
        scenario["weight"] = draw.decimal(0.0, 1.5).into();
    }
    if seed.has(Feature::Shocks) && draw.once_in(2) {
        scenario["shocks"] = json!({"ETH": shock(draw, seed)});
    }
    scenario
}

fn shock(draw: &mut Draw, seed: &Seed) -> Json {
    let vol = match draw.below(5) {
        0 => "up".to_owned(),
        1 => "down".to_owned(),
        2 => "none".to_owned(),
        _ => draw.decimal(0.0, 3.0),
    };
    let extreme = seed.has(Feature::Shocks) && draw.once_in(8);
    let spot = match draw.below(3) {
        0 if extreme => "0".to_owned(),
        1 if extreme => "16".to_owned(),
        _ if extreme => draw.decimal(0.1, 8.0),
        _ => draw.decimal(0.7, 1.4),
    };
    json!({"spot": spot, "vol": vol})
}

fn aggregation(draw: &mut Draw, seed: &Seed, scenarios: usize) -> Json {
    let kind = match (seed.has(Feature::Shortfall), seed.has(Feature::ValueAtRisk)) {
        (true, _) => "expected_shortfall",
        (_, true) => "value_at_risk",
        _ => return json!({"worst": {}}),
    };
    let mut tail = json!({"confidence": draw.decimal(0.01, 0.99)});
    if seed.has(Feature::Probabilities) {
        // In 1e-9, summing to one or to a little less.
        let weights: Vec<u64> = (0..scenarios).map(|_| draw.below(1_000) + 1).collect();
        let sum: u64 = weights.iter().sum();
        let nano = |weight: &u64| format!("0.{:09}", weight * 999_999_999 / sum);
        tail["probabilities"] = weights.iter().map(nano).collect();
    }
    json!({kind: tail})
}

fn collateral_rule(draw: &mut Draw, seed: &Seed, hedges: Option<&str>) -> Json {
    let mut rule = json!({
        "maintenance_haircut": draw.decimal(0.0, 0.5), "initial_haircut": draw.decimal(0.0, 0.2), "hedges": hedges,
    });
    if seed.has(Feature::Confidence) {
        rule["confidence"] = confidence_rule(draw);
    }
    rule
}

fn confidence_rule(draw: &mut Draw) -> Json {
    json!({"threshold": draw.decimal(0.3, 1.0), "factor": draw.decimal(0.0, 1.0)})
}

fn underlying(draw: &mut Draw, seed: &Seed) -> Json {
    let mut rules = Map::new();
    let mut charges = Map::new();
    let mut charge = |feature: Feature, name: &str, rule: Json| {
        if seed.has(feature) {
            charges.insert(name.to_owned(), rule);
        }
    };
    let both = |draw: &mut Draw, most: f64| json!({"maintenance": draw.decimal(0.0, most), "initial": draw.decimal(0.0, most)});
    charge(
        Feature::Basis,
        "basis",
        json!({
            "spot_up": draw.decimal(1.0, 1.2), "spot_down": draw.decimal(0.8, 1.0), "add": draw.decimal(0.0, 2.0),
            "per_year": draw.decimal(0.0, 1.0),
        }),
    );
    let roll = json!({"min_move": draw.decimal(0.0, 0.05), "annual_move": draw.decimal(0.0, 0.2)});
    charge(Feature::Roll, "roll", roll);
    charge(Feature::Perp, "perp", both(draw, 0.1));
    charge(Feature::NakedShort, "naked_short", both(draw, 0.05));
    let rate = json!({"rate": draw.decimal(0.0, 0.3)});
    charge(Feature::ShortOptionMinimum, "short_option_minimum", rate);
    let least = json!({"net": draw.decimal(0.2, 0.5), "hedged": draw.decimal(0.0, 0.4)});
    charge(Feature::MinDelta, "min_delta", least);
    let slope = json!({"threshold": draw.decimal(0.0, 1e6), "slope": "0.00000001", "cap": draw.decimal(0.05, 0.5)});
    charge(Feature::Concentration, "delta_concentration", slope);
    charge(Feature::Confidence, "confidence", confidence_rule(draw));
    rules.insert("charges".to_owned(), charges.into());
    if seed.has(Feature::VolShock) {
        let shock = json!({
            "up": draw.decimal(0.0, 1.0), "down": draw.decimal(0.0, 0.9), "short_power": draw.decimal(0.0, 10.0),
            "long_power": draw.decimal(0.0, 10.0), "floor_days": draw.decimal(0.0, 5.0), "min_up": draw.decimal(0.0, 0.8),
            "min_vol": draw.decimal(0.0, 0.4),
        });
        rules.insert("vol_shock".to_owned(), shock);
    }
    if seed.has(Feature::Discount) {
        let mut discount = json!({
            "long_base": draw.decimal(0.8, 1.0), "short_base": draw.decimal(1.0, 1.1), "rate_mult": draw.decimal(0.0, 2.0),
            "rate_add": draw.decimal(0.0, 0.2),
        });
        if draw.once_in(2) {
            discount["short_rate_mult"] = draw.decimal(0.0, 2.0).into();
            discount["short_rate_add"] = draw.decimal(0.0, 0.2).into();
        }
        rules.insert("discount".to_owned(), discount);
    }
    if seed.has(Feature::Skew) {
        let skew = json!({
            "linear_cap_base": draw.decimal(0.0, 0.3), "linear_cap_slope": draw.decimal(-0.4, 0.4),
            "abs_cap_base": draw.decimal(0.0, 0.3), "abs_cap_slope": draw.decimal(-0.4, 0.4),
            "min_k_star": draw.decimal(0.01, 0.3), "width": draw.decimal(0.0, 5.0), "vol_static": draw.decimal(0.0, 1.0),
            "vol_scale": draw.decimal(-0.5, 0.5),
        });
        rules.insert("skew".to_owned(), skew);
    }
    if seed.has(Feature::GainCredit) {
        rules.insert("gain_credit".to_owned(), draw.decimal(0.0, 1.0).into());
    }
    rules.into()
}

/// A portfolio; its vectors have as many entries as there are scenarios.
pub fn portfolio(seed: &Seed, market: &Json, scenarios: usize) -> Json {
    let mut draw = Draw(seed.number.rotate_left(32));
    let mut portfolio = json!({
        "cash": draw.decimal(-1e6, 1e6),
        "positions": seed.legs.iter().map(|leg| position(*leg, market)).collect::<Vec<_>>(),
    });
    if seed.has(Feature::Collateral) {
        portfolio["collateral"] = json!([
            {"asset": "ETH", "amount": draw.decimal(0.0, 100.0)},
            {"asset": "DAI", "amount": draw.decimal(0.0, 100_000.0)},
            {"asset": "SHIB", "amount": draw.decimal(0.0, 1e9)},
        ]);
    }
    if seed.has(Feature::Vectors) {
        portfolio["vectors"] = ["BTC", "SOL"]
            .into_iter()
            .map(|symbol| {
                let pnl: Vec<String> = (0..scenarios).map(|_| draw.decimal(-1e5, 1e5)).collect();
                json!({"underlying": symbol, "pnl": pnl})
            })
            .collect();
    }
    portfolio
}

/// One position: two in three are options, and sizes differ by a factor of a thousand.
fn position(seed: u64, market: &Json) -> Json {
    let mut draw = Draw(seed);
    let (symbol, ..) = UNDERLYINGS[draw.below(3) as usize];
    let index: f64 = market["underlyings"][symbol]["index"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let (day, _) = EXPIRIES[draw.below(EXPIRIES.len() as u64) as usize];
    let kind = draw.below(6);
    let name = match kind {
        0 => format!("{symbol}-PERP"),
        1 => format!("{symbol}-{day}"),
        _ => {
            let strike = strike(index, draw.below(STRIKES));
            format!("{symbol}-{day}-{strike}-{}", if draw.once_in(2) { "C" } else { "P" })
        }
    };
    let size = draw.log_between(1e2, 1e5) / index;
    let quantity = fixed(if draw.once_in(2) { -size } else { size });
    let mut position = json!({"instrument": name, "quantity": quantity});
    if kind < 2 && draw.once_in(2) {
        position["entry_price"] = fixed(index * draw.between(0.5, 1.5)).into();
    }
    position
}

/// Positions in so many different options, long and short, of three expiries of each underlying. Every strike is held once.
pub fn options(market: &Json, count: usize) -> Vec<Json> {
    let series = &EXPIRIES[3..6];
    let places: Vec<(&str, &str)> = series
        .iter()
        .flat_map(|(day, _)| UNDERLYINGS.map(|(symbol, ..)| (symbol, *day)))
        .collect();
    let position = |number: usize| {
        let (symbol, day) = places[number % places.len()];
        let index: f64 = market["underlyings"][symbol]["index"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        // From the middle out.
        let (middle, step) = (STRIKES / 2, (number / places.len()) as u64);
        let (place, right) = match number % 2 {
            0 => (middle + step, "C"),
            _ => (middle - step, "P"),
        };
        let strike = strike(index, place);
        let quantity = 10_000.0 / index * if number.is_multiple_of(3) { 1.0 } else { -1.0 };
        json!({"instrument": format!("{symbol}-{day}-{strike}-{right}"), "quantity": fixed(quantity)})
    };
    (0..count).map(position).collect()
}

/// A history of joint daily moves: a common factor, moves of their own, calm and wild times, volatility against spot.
/// A model with expected shortfall at 97.5%, the first scenarios likelier than the last, of which one is a day without moves.
pub fn history(seed: u64, days: usize) -> Json {
    let mut draw = Draw(seed);
    let mut heat: f64 = 1.0;
    let mut scenarios = Vec::new();
    for _ in 1..days {
        heat = (heat * (0.25 * draw.normal()).exp()).clamp(0.4, 3.0);
        let common = draw.normal();
        let mut shocks = Map::new();
        for (symbol, daily) in [("BTC", 0.025), ("ETH", 0.035), ("SHIB", 0.05)] {
            let spot = heat * daily * (0.8 * common + 0.6 * draw.normal());
            let vol = 0.03 * draw.normal() - 0.6 * spot;
            let [spot, vol] = [spot, vol].map(|log| format!("{:.6}", log.exp()));
            shocks.insert(symbol.to_owned(), json!({"spot": spot, "vol": vol}));
        }
        scenarios.push(json!({"shocks": shocks}));
    }
    scenarios.push(json!({}));
    let fade = |age: usize| (-(age as f64) / days as f64).exp();
    let sum: f64 = (0..scenarios.len()).map(fade).sum();
    let probabilities: Vec<String> = (0..scenarios.len())
        .map(|age| format!("0.{:09}", (fade(age) / sum * 1e9).floor() as u64))
        .collect();
    json!({
        "scenarios": scenarios,
        "aggregation": {"expected_shortfall": {"confidence": "0.975", "probabilities": probabilities}},
        "underlyings": {"BTC": {"gain_credit": "0.5"}, "ETH": {"gain_credit": "0.5"}},
    })
}
