//! What holds for every model that ships.

use super::{assessed, book, changed, shipped, valid};
use hedgerow_risk::model::{Aggregation, Model, PRESETS, Scenario, VolMove, preset};
use hedgerow_risk::number::{Ratio, Value};
use serde_json::{Value as Json, json};

fn market() -> Json {
    json!({"time": 1_739_934_748, "underlyings": {
        "BTC": {"index": "60000", "perp": {"mark": "60000"}},
        "ETH": {"index": "3000", "perp": {"mark": "3000"}},
    }})
}

fn scan(name: &str, legs: &[(&str, &str)]) -> Value {
    assessed(&valid(shipped(name)), &market(), &book(legs)).scan
}

#[test]
fn each_is_named_sourced_valid_and_survives_a_round_trip() {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    assert_eq!(names, ["deribit", "derive", "hedgerow", "okx", "paradex", "span16"]);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    for shipped in &PRESETS {
        assert!(!shipped.source.is_empty() && !shipped.description.is_empty());
        let file = std::fs::read_to_string(folder.join(format!("{}.json", shipped.name))).unwrap();
        assert_eq!(file, shipped.json);
        let model = preset(shipped.name).unwrap().unwrap();
        let written = serde_json::to_string(&*model).unwrap();
        let read: Model = serde_json::from_str(&written).unwrap();
        assert_eq!(read.validate().unwrap().hash(), model.hash());
        for symbol in ["BTC", "ETH"] {
            assert!(
                model.underlyings.contains_key(&symbol.parse().unwrap()),
                "{}",
                shipped.name
            );
        }
        assert_eq!(model.aggregation, Aggregation::Worst {});
    }
    assert!(preset("nobody").is_none());
}

#[test]
fn each_has_the_points_of_its_venue() {
    // All points, regular ones, dampened tails, skews, and those with moves of a coin's own.
    for (name, counts) in [
        ("deribit", [49, 33, 16, 0, 38]),
        ("derive", [33, 25, 6, 2, 2]),
        ("hedgerow", [35, 27, 6, 2, 6]),
        ("okx", [47, 39, 8, 0, 44]),
        ("paradex", [27, 19, 8, 0, 2]),
        ("span16", [29, 27, 2, 0, 12]),
    ] {
        let model = preset(name).unwrap().unwrap();
        let count = |which: &dyn Fn(&Scenario) -> bool| model.scenarios.iter().filter(|s| which(s)).count();
        let tail = |s: &Scenario| s.weight != Ratio::ONE;
        let skew = |s: &Scenario| matches!(s.vol, VolMove::Linear | VolMove::Abs);
        let found = [
            model.scenarios.len(),
            count(&|s| !tail(s) && !skew(s)),
            count(&tail),
            count(&skew),
            count(&|s| !s.shocks.is_empty()),
        ];
        assert_eq!(found, counts, "{name}");
    }
}

/// 60,000 of each coin: what BTC and ETH ask for alone, and long against short.
#[test]
fn a_pair_of_coins_is_never_free() {
    for (name, alone, other, pair) in [
        // Ranges of 16% and 18%: both in full.
        ("deribit", "9600", "10800", "20400"),
        ("derive", "10800", "10800", "21600"),
        ("okx", "7200", "7200", "14400"),
        ("paradex", "9600", "9600", "19200"),
        ("span16", "18000", "18000", "36000"),
        // One alone by 12% = 7,200, one against the other by 6%: 3,600 + 3,600. Together by 18%, half of a gain counts:
        // 10,800 - 5,400.
        ("hedgerow", "10800", "10800", "7200"),
    ] {
        let close = |found: Value, expected: &str| {
            let off = found.saturating_sub(expected.parse().unwrap()).abs();
            // The weights of the tails have nine decimals.
            assert!(off < "0.0001".parse().unwrap(), "{name}: {found}, expected {expected}");
        };
        for side in ["", "-"] {
            let (one, opposite) = (side, if side.is_empty() { "-" } else { "" });
            close(scan(name, &[("BTC-PERP", &format!("{one}1"))]), alone);
            close(scan(name, &[("ETH-PERP", &format!("{one}20"))]), other);
            let legs = [("BTC-PERP", format!("{one}1")), ("ETH-PERP", format!("{opposite}20"))];
            close(
                scan(
                    name,
                    &legs.each_ref().map(|(name, quantity)| (*name, quantity.as_str())),
                ),
                pair,
            );
        }
    }
}

/// The points that part the coins show nothing new of a single one: without them it asks for the same.
#[test]
fn of_a_single_coin_the_venues_own_points_decide() {
    for (name, own) in [
        ("deribit", 43),
        ("derive", 31),
        ("okx", 23),
        ("paradex", 25),
        ("span16", 17),
    ] {
        let mut short = shipped(name);
        short["scenarios"].as_array_mut().unwrap().truncate(own);
        let (long, short) = (valid(shipped(name)), valid(short));
        let vols = json!({"60000": "0.6", "75000": "0.65", "40000": "0.8"});
        let expiries = json!([{"expiry": 1_743_148_800, "forward": "60500", "rate": "0.03", "vols": vols}]);
        let market = changed(market(), &json!({"underlyings": {"BTC": {"expiries": expiries}}}));
        for quantities in [
            ["-1", "2", "-1", "0.5"],
            ["1", "-2", "1", "0"],
            ["-3", "0", "-3", "0"],
            ["0", "0", "0", "-1"],
        ] {
            let names = [
                "BTC-28MAR25-40000-P",
                "BTC-28MAR25-60000-C",
                "BTC-28MAR25-75000-C",
                "BTC-PERP",
            ];
            let legs: Vec<(&str, &str)> = names.into_iter().zip(quantities).collect();
            let book = book(&legs);
            let [all, few] = [&long, &short].map(|model| assessed(model, &market, &book));
            assert_eq!(all.standing, few.standing, "{name} {quantities:?}");
            assert_eq!(all.worst_scenario, few.worst_scenario, "{name} {quantities:?}");
        }
    }
}
