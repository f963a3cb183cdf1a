use super::*;
use crate::import::deribit;

const TIME: u64 = 1_740_000_000;

/// A table line for an option of `BTC` expiring 28MAR25 at the given seconds after [`TIME`].
fn line(instrument: &str, after: u64, forward: f64, index: f64) -> String {
    format!("{instrument},{},{forward},{index},80\n", (TIME + after) * 1_000)
}

fn five(day: &str) -> String {
    (1..=5)
        .map(|i| line(&format!("BTC-{day}-{}-C", i * 100), i, 300.0 + i as f64, 299.0))
        .collect()
}

fn read(lines: &str) -> Result<Snapshot, ImportError> {
    let table = format!("instrument,ts_ms,forward,index,mark_iv_pct\n{lines}");
    snapshot(&deribit::read(&table, None)?)
}

fn json(rows: &str) -> Result<Snapshot, ImportError> {
    let stamp = format!("\"creation_timestamp\":{}", TIME * 1_000);
    snapshot(&deribit::read(&format!("[{}]", rows.replace('@', &stamp)), None)?)
}

#[test]
fn forwards_are_medians_and_time_is_the_latest() {
    let lines = five("28MAR25") + &line("BTC-28MAR25-600-P", 9, 900.0, 10.0) + &five("27JUN25");
    let found = read(&lines).unwrap();
    assert_eq!(found.time, TIME + 9);
    let chain = found.chains.first().unwrap();
    assert_eq!((chain.index, chain.perp, chain.contract_size), (299.0, None, 1.0));
    let labels: Vec<_> = chain
        .series
        .iter()
        .map(|s| (s.label.as_str(), s.forward, s.points.len()))
        .collect();
    assert_eq!(labels, [("BTC 28MAR25", 303.5, 6), ("BTC 27JUN25", 303.0, 5)]);
    let first = chain.series.first().unwrap();
    assert_eq!(first.expiry, 1_743_148_800);
    assert_eq!(first.years, (1_743_148_800 - TIME - 9) as f64 / YEAR_SECONDS as f64);
}

#[test]
fn expired_rows_are_passed_over() {
    let found = read(&(five("28MAR25") + &five("19FEB25"))).unwrap();
    let chain = found.chains.first().unwrap();
    assert_eq!((chain.series.len(), chain.expired), (1, 5));
    assert_eq!(
        read(&five("19FEB25")).unwrap_err().to_string(),
        format!("BTC: no expiry after the time of the quotes, {}", TIME + 5)
    );
}

#[test]
fn futures_and_perpetuals_count() {
    let found = json(
        r#"{"instrument_name":"SOL_USDC-PERPETUAL",@,"mark_price":150.5,"estimated_delivery_price":150.25},
           {"instrument_name":"SOL_USDC-28MAR25",@,"mark_price":152.5,"estimated_delivery_price":150.25},
           {"instrument_name":"SOL_USDC",@,"mark_price":150}"#,
    )
    .unwrap();
    let chain = found.chains.first().unwrap();
    assert_eq!(
        (chain.symbol.to_string().as_str(), chain.index, chain.perp),
        ("SOL", 150.25, Some(150.5))
    );
    let series = chain.series.first().unwrap();
    assert_eq!((series.forward, series.points.len()), (152.5, 0));
}

/// An underlying price that is the index is carried to the expiry: 100 * exp(0.1 * years).
#[test]
fn options_on_the_index_get_a_forward() {
    let row = |strike: u32| {
        format!(
            r#"{{"instrument_name":"BTC-28MAR25-{strike}-C",@,"mark_iv":80,"underlying_price":100,
                "underlying_index":"index_price","interest_rate":0.1}}"#
        )
    };
    let rows: Vec<_> = (90..95).map(row).collect();
    let found = json(&rows.join(",")).unwrap();
    let chain = found.chains.first().unwrap();
    let series = chain.series.first().unwrap();
    assert_eq!((chain.index, series.rate), (100.0, 0.1));
    assert!((series.forward - 100.0 * (0.1 * series.years).exp()).abs() < 1e-9);
}

#[test]
fn almost_worthless_units_are_told_in_larger_contracts() {
    for (index, size) in [
        (95_000.0, 1.0),
        (0.25, 1.0),
        (0.01, 1.0),
        (0.0042, 1e3),
        (0.0000123, 1e5),
        (1e-30, 1e12),
    ] {
        assert_eq!(contract_size(index), size, "{index}");
    }
    let found = json(
        r#"{"instrument_name":"SHIB_USDC-PERPETUAL",@,"mark_price":0.0000125,"estimated_delivery_price":0.0000123}"#,
    )
    .unwrap();
    let chain = found.chains.first().unwrap();
    assert!((chain.index - 1.23).abs() < 1e-12 && chain.perp.is_some_and(|mark| (mark - 1.25).abs() < 1e-12));
}

/// In the half hour before an expiry its rows tell the average instead of the index.
#[test]
fn averages_are_not_taken_for_the_index() {
    let near = 1_743_148_800 - 60;
    let row = |day: &str, strike: u32, index: u32| {
        format!(
            r#"{{"instrument_name":"BTC-{day}-{strike}-C","creation_timestamp":{near}000,"mark_iv":80,
                "underlying_price":100,"estimated_delivery_price":{index}}}"#
        )
    };
    let rows: Vec<_> = (90..99)
        .map(|k| row("28MAR25", k, 70))
        .chain((90..95).map(|k| row("27JUN25", k, 99)))
        .collect();
    assert_eq!(json(&rows.join(",")).unwrap().chains.first().unwrap().index, 99.0);
}

#[test]
fn refusals_name_the_underlying_and_the_limit() {
    let four: String = five("28MAR25").lines().take(4).map(|l| format!("{l}\n")).collect();
    let unmarked: String = five("28MAR25").lines().map(|l| l.replace(",80", ",\n")).collect();
    let clash = five("28MAR25") + &line("BTC_USDC-28MAR25-100-C", 1, 300.0, 299.0);
    let twice = five("28MAR25") + &line("BTC-28MAR25-100-C", 1, 300.0, 299.0);
    for (lines, message) in [
        (
            four,
            "BTC 28MAR25: 4 strikes with a mark volatility, a slice needs at least 5",
        ),
        (
            unmarked,
            "BTC 28MAR25: 0 strikes with a mark volatility, a slice needs at least 5",
        ),
        (
            clash,
            "BTC and BTC_USDC would both become the underlying BTC: choose with --only BTC or --only BTC_USDC",
        ),
        (twice, "line 7: instrument \"BTC-28MAR25-100-C\" occurs a second time"),
        (
            five("28MAR25").replace(",299,", ",,"),
            "BTC: no row tells the index (estimated_delivery_price, index)",
        ),
    ] {
        assert_eq!(read(&lines).unwrap_err().to_string(), message);
    }
    assert!(
        json(r#"{"instrument_name":"BTC-28MAR25",@,"estimated_delivery_price":9}"#)
            .unwrap_err()
            .to_string()
            .starts_with("BTC 28MAR25: no row tells the forward")
    );
    let header = "instrument,ts_ms,forward,index,mark_iv_pct,expiry_ms\n";
    let two: String = [1_743_148_800u64, 1_743_148_801]
        .iter()
        .map(|expiry| format!("BTC-28MAR25-{expiry}-C,{TIME}000,300,299,80,{expiry}000\n"))
        .collect();
    assert_eq!(
        snapshot(&deribit::read(&(header.to_owned() + &two), None).unwrap())
            .unwrap_err()
            .to_string(),
        "BTC 28MAR25: two expiries on one day"
    );
}

#[test]
fn medians() {
    for (values, middle) in [
        (vec![], None),
        (vec![3.0], Some(3.0)),
        (vec![4.0, 1.0], Some(2.5)),
        (vec![9.0, 1.0, 2.0], Some(2.0)),
    ] {
        assert_eq!(median(values), middle);
    }
}
