//! The files of the command line, read and valued.

use hedgerow_reference::random::{self, EVERYTHING, Seed};
use hedgerow_risk::assess::{assess, check_limits, standings};
use hedgerow_risk::assessment::Assessment;
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, ValidModel, preset};
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use hedgerow_risk::rules::check_market;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::LazyLock;

/// A model, a market and a portfolio that the others are valued with.
struct Known {
    models: Vec<ValidModel>,
    market: Market,
    portfolio: Portfolio,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let seed = Seed {
        number: 20,
        features: 0,
        legs: (1..=20).map(|leg| leg * 0x9e37_79b9).collect(),
    };
    let market = random::market(&seed);
    let portfolio = random::portfolio(&seed, &market, 0);
    let everything = Seed {
        features: EVERYTHING,
        ..seed
    };
    let model: Model = from(&random::model(&everything).to_string()).unwrap();
    let shipped = ["hedgerow", "derive"].map(|name| preset(name).unwrap().unwrap());
    Known {
        models: shipped.into_iter().chain([model.validate().unwrap()]).collect(),
        market: from(&market.to_string()).unwrap(),
        portfolio: from::<PortfolioFile>(&portfolio.to_string()).unwrap().into(),
    }
});

fn from<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// What can be read reads the same once it is written.
fn read<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    let found: T = serde_json::from_slice(data).ok()?;
    let written = serde_json::to_string(&found).unwrap();
    assert_eq!(from::<T>(&written).as_ref(), Some(&found), "{written}");
    Some(found)
}

/// What holds for every assessment.
fn check(found: &Assessment) {
    let now = &found.standing;
    assert!(now.initial_margin >= now.maintenance_margin && now.maintenance_margin >= Value::ZERO);
    let sum = found
        .contributions
        .iter()
        .fold(Value::ZERO, |sum, c| sum.saturating_add(c.netted));
    // Sums beyond the range of a value are held at its end.
    let held = now.initial_margin.to_bits() > i128::MAX >> 9;
    assert!(
        held || found.contributions.is_empty() || sum == now.initial_margin,
        "{found:?}"
    );
}

/// A margin model: one that is valid values any portfolio.
pub fn model(data: &[u8]) -> bool {
    let Some(Ok(model)) = read::<Model>(data).map(Model::validate) else {
        return false;
    };
    let found = assess(&model, &KNOWN.market, &KNOWN.portfolio).unwrap();
    check(&found);
    true
}

/// A market, however extreme: a revaluation fails only where something is not listed.
pub fn market(data: &[u8]) -> bool {
    let Some(market) = read::<Market>(data) else {
        return false;
    };
    let _ = check_market(&market);
    for model in &KNOWN.models {
        match assess(model, &market, &KNOWN.portfolio) {
            Ok(found) => check(&found),
            Err(error) => assert!(NOT_LISTED.contains(&error.code()), "{error}"),
        }
    }
    true
}

const NOT_LISTED: [&str; 5] = [
    "unknown_underlying",
    "unlisted_expiry",
    "unlisted_perpetual",
    "no_volatility",
    "no_price",
];

/// A portfolio: neither the order of its legs nor its company matters.
pub fn portfolio(data: &[u8]) -> bool {
    let Some(file) = read::<PortfolioFile>(data) else {
        return false;
    };
    let portfolio = Portfolio::from(file);
    let _ = check_limits(&KNOWN.market, &portfolio);
    let mut turned = portfolio.clone();
    turned.legs.reverse();
    let together = [turned, KNOWN.portfolio.clone()];
    for model in &KNOWN.models {
        let alone = assess(model, &KNOWN.market, &portfolio);
        if let Ok(found) = &alone {
            check(found);
        }
        let in_company = standings(model, &KNOWN.market, &together).remove(0);
        assert_eq!(in_company.ok(), alone.ok().map(|found| found.standing));
    }
    true
}
