//! Each venue's rules on portfolios that a person can work out.

use super::{assessed, book, changed, close, shipped, valid};
use hedgerow_risk::assessment::Assessment;
use serde_json::{Value as Json, json};

const TIME: u64 = 1_739_934_748;
const HALF_A_YEAR: u64 = TIME + 15_768_000;

fn market(btc: &Json) -> Json {
    json!({"time": TIME, "underlyings": {"BTC": btc}})
}

/// BTC and its perpetual at one price.
fn at(price: &str) -> Json {
    json!({"index": price, "perp": {"mark": price}})
}

fn run(name: &str, market: &Json, legs: &[(&str, &str)]) -> Assessment {
    assessed(&valid(shipped(name)), market, &book(legs))
}

/// The answer of `private/pme/simulate` in Deribit's documentation has this vector for a perpetual, in BTC, for -16%, -12%,
/// -8%, -4% and +4%. Times the shocked spot it is linear: 0.31453836 BTC, each point `q * move * spot`.
#[test]
fn deribit_buckets_are_those_of_the_documented_vector() {
    let found = run("deribit", &market(&at("60000")), &[("BTC-PERP", "0.31453836")]);
    for (bucket, spot, published) in [
        (0, 0.84, -0.05991206933333334),
        (1, 0.88, -0.04289159090909091),
        (2, 0.92, -0.027351162086956524),
        (3, 0.96, -0.013105765166666668),
        (5, 1.04, 0.012097629384615385),
    ] {
        for vol in 0..3 {
            close(
                "bucket",
                found.scenarios[bucket * 3 + vol],
                published * spot * 60_000.0,
                1e-7,
            );
        }
    }
}

/// +1 perpetual at 60,000, -1 future in half a year at 61,000. Scan: 16% of the difference, 160; so do the tails, by range /
/// move. Roll: 60,000 * 1% + 61,000 * 3.75% = 2,887.5. IM 3,047.5, MM 80% of it.
#[test]
fn deribit_roll() {
    let day = json!([{"expiry": HALF_A_YEAR, "forward": "61000"}]);
    let btc = changed(at("60000"), &json!({"expiries": day}));
    let found = run("deribit", &market(&btc), &[("BTC-PERP", "1"), ("BTC-20AUG25", "-1")]);
    close("scan", found.scan, 160.0, 1e-6);
    close("roll", found.charges.roll, 2_887.5, 1e-9);
    close("initial", found.standing.initial_margin, 3_047.5, 1e-6);
    close("maintenance", found.standing.maintenance_margin, 2_438.0, 1e-6);
}

/// 1,000 BTC at 60,000: 60 million, 40 beyond the threshold, 5e-10 * 40e6 = 2% of 60e6 = 1.2e6; scan 9.6e6, roll 0.6e6.
/// Ten times as many: 5e-10 * 580e6 = 29%, held at 10% of 600e6.
#[test]
fn deribit_delta_concentration() {
    let many = run("deribit", &market(&at("60000")), &[("BTC-PERP", "-1000")]);
    close("concentration", many.charges.delta_concentration, 1.2e6, 1e-9);
    close("initial", many.standing.initial_margin, 11.4e6, 1e-6);
    let more = run("deribit", &market(&at("60000")), &[("BTC-PERP", "-10000")]);
    close("concentration", more.charges.delta_concentration, 60e6, 1e-9);
}

/// Paradex's example: long one perpetual, short five calls of delta 0.3, spot 70,000: net -0.5, gross 2.5, hedged 1:
/// (2% * 0.5 + 1% * 1) * 70,000 = 1,400. Phi(d1) = 0.3 for F/K = 7/8 and a year at 0.211845834 (found with mpmath).
#[test]
fn paradex_minimum_on_delta() {
    let day = json!([{"expiry": TIME + 31_536_000, "forward": "70000", "vols": {"80000": "0.211845834"}}]);
    let btc = changed(at("70000"), &json!({"expiries": day}));
    let found = run(
        "paradex",
        &market(&btc),
        &[("BTC-PERP", "1"), ("BTC-19FEB26-80000-C", "-5")],
    );
    close("minimum", found.charges.min_delta, 1_400.0, 1e-6);
}

/// One perpetual: 16% of 70,000, the tails less: 500% * 2.4% = 12%. Against a future at the same price: nothing to scan,
/// hedged 1, 1% of 70,000. MM is half.
#[test]
fn paradex_linear() {
    let day = json!([{"expiry": HALF_A_YEAR, "forward": "70000"}]);
    let btc = changed(at("70000"), &json!({"expiries": day}));
    let alone = run("paradex", &market(&btc), &[("BTC-PERP", "-1")]);
    close("initial", alone.standing.initial_margin, 11_200.0, 1e-12);
    close("maintenance", alone.standing.maintenance_margin, 5_600.0, 1e-12);
    let hedged = run("paradex", &market(&btc), &[("BTC-PERP", "-1"), ("BTC-20AUG25", "1")]);
    close("scan", hedged.scan, 0.0, 1e-9);
    close("initial", hedged.standing.initial_margin, 700.0, 1e-12);
    close("maintenance", hedged.standing.maintenance_margin, 350.0, 1e-12);
}

/// The last half hour: with 15 minutes left half of the settlement average is made, so -16% moves the future by -8%; the
/// tail by -33%, weighted 18%. Afterwards nothing moves.
#[test]
fn the_last_half_hour() {
    for (left, loss) in [(1_800, 9_600.0), (900, 4_800.0), (0, 0.0)] {
        let day = json!([{"expiry": TIME + left, "forward": "60000"}]);
        let btc = changed(at("60000"), &json!({"expiries": day}));
        let found = run("paradex", &market(&btc), &[("BTC-19FEB25", "1")]);
        close("scan", found.scan, loss, 1e-12);
    }
}

/// The announcement of 31 May 2024: MR7 of 10 BTC is 3,020.87 USDT, 0.45% of their price. Roll 0.6%, scan 12%: MM
/// 0.12 * 671,304.4 + 0.006 * 671,304.4; IM is 1.3 times as much.
#[test]
fn okx_minimum_and_roll() {
    let found = run("okx", &market(&at("67130.44")), &[("BTC-PERP", "-10")]);
    close("minimum", found.charges.min_delta, 3_020.87, 1e-6);
    close(
        "maintenance",
        found.standing.maintenance_margin,
        0.126 * 671_304.4,
        1e-9,
    );
    close("initial", found.standing.initial_margin, 1.3 * 0.126 * 671_304.4, 1e-9);
    // Hedged by a future at the same price 0.45% of both legs are left: 2 * 10 * 0.0045 * 67,130.44, and roll on both.
    let day = json!([{"expiry": TIME + 86_400, "forward": "67130.44"}]);
    let btc = changed(at("67130.44"), &json!({"expiries": day}));
    let hedged = run("okx", &market(&btc), &[("BTC-PERP", "-10"), ("BTC-20FEB25", "10")]);
    close(
        "maintenance",
        hedged.standing.maintenance_margin,
        (0.009 + 0.012) * 671_304.4,
        1e-9,
    );
}

/// Half of an extreme move: one short call far out, worthless and without delta within 12%, loses at +24%: its strike is
/// 72,000 of a spot of 60,000, an hour before expiry: (74,400 - 72,000) / 2 = 1,200.
#[test]
fn okx_extreme_move() {
    let day = json!([{"expiry": TIME + 3_600, "forward": "60000", "vols": {"72000": "0.01"}}]);
    let btc = changed(at("60000"), &json!({"expiries": day}));
    let found = run("okx", &market(&btc), &[("BTC-19FEB25-72000-C", "-1")]);
    close("scan", found.scan, 1_200.0, 1e-9);
    assert_eq!(found.worst_scenario, 22);
}

/// The risk array of one future at 60,000 and a range of 30%: thirds of 18,000, and a third of 54,000, 17,820; a quarter of
/// the volatility says nothing of a future. Initial margin is 110% of the range.
#[test]
fn span_risk_array() {
    let found = run("span16", &market(&at("60000")), &[("BTC-PERP", "1")]);
    let thirds = [0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3];
    let array = thirds.map(|third| f64::from(third) * 6_000.0);
    for (index, expected) in array.into_iter().chain([17_820.0, -17_820.0, 0.0]).enumerate() {
        close(
            &format!("scenario {}", index + 1),
            found.scenarios[index],
            expected,
            1e-9,
        );
    }
    close("initial", found.standing.initial_margin, 19_800.0, 1e-9);
    close("maintenance", found.standing.maintenance_margin, 18_000.0, 1e-9);
}

/// 100 short puts that no scenario reaches: 0.3% of 60,000 each.
#[test]
fn span_short_option_minimum() {
    let day = json!([{"expiry": TIME + 3_600, "forward": "60000", "vols": {"5000": "0.5"}}]);
    let btc = changed(at("60000"), &json!({"expiries": day}));
    let found = run("span16", &market(&btc), &[("BTC-19FEB25-5000-P", "-100")]);
    close("scan", found.scan, 0.0, 1e-6);
    close("maintenance", found.standing.maintenance_margin, 18_000.0, 1e-9);
}

/// A vector of another venue on ETH: its losses count in full, its gains offset nothing (credit 0).
#[test]
fn vectors_add_up() {
    let model = valid(shipped("span16"));
    for (each, scan) in [("-1000", 19_000.0), ("1000", 18_000.0)] {
        let vector = vec![each; model.scenarios.len()];
        let portfolio = json!({
            "positions": [{"instrument": "BTC-PERP", "quantity": "1"}], "vectors": [{"underlying": "ETH", "pnl": vector}],
        });
        close(
            "scan",
            assessed(&model, &market(&at("60000")), &portfolio).scan,
            scan,
            1e-9,
        );
    }
}

/// Two books whose losses are given as vectors, probabilities 2, 3, 5, 40 and 50%, at 95%: the worst 5% of A are 60 (2%) and
/// 20 (3%), (0.02 * 60 + 0.03 * 20) / 0.05 = 36; of B 28; of both 38, less than 64. The loss that 95% do not pass is 20.
#[test]
fn shortfall_of_two_books() {
    let losses = [["60", "20", "-10", "-5", "-20"], ["-40", "30", "25", "-10", "5"]];
    let scan = |kind: &str, books: &[usize]| {
        let tail = json!({"confidence": "0.95", "probabilities": ["0.02", "0.03", "0.05", "0.4", "0.5"]});
        let model = valid(json!({"scenarios": [{}, {}, {}, {}, {}], "aggregation": {kind: tail}}));
        let vectors: Vec<Json> = books
            .iter()
            .map(|book| {
                let pnl = losses[*book].map(|loss| loss.strip_prefix('-').map_or(format!("-{loss}"), str::to_owned));
                let underlying = ["BTC", "ETH"][*book];
                json!({"underlying": underlying, "pnl": pnl})
            })
            .collect();
        assessed(&model, &market(&at("60000")), &json!({"vectors": vectors})).scan
    };
    for (kind, books, expected) in [
        ("expected_shortfall", &[0][..], 36.0),
        ("expected_shortfall", &[1], 28.0),
        ("expected_shortfall", &[0, 1], 38.0),
        ("value_at_risk", &[0, 1], 20.0),
    ] {
        close(kind, scan(kind, books), expected, 1e-12);
    }
}
