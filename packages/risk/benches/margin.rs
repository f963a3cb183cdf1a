//! The engine against doubles, at the same work in the same run: `scripts/bench` makes a table of it.
//!
//! | bench | what is measured |
//! |---|---|
//! | `price` | options from forward, strike, volatility and time, one price each |
//! | `unit_array` | options set up once and priced in every scenario, without the sums |
//! | `account_margin` | equity and both requirements of an account: all that the contract does with one |
//!
//! Doubles are `hedgerow_reference`: logarithms once a strike, volatilities once an expiry and move, `erfc` of `libm`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first surprise; the macros of criterion write undocumented functions"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hedgerow_reference::black76;
use hedgerow_reference::random::{self, Draw, Seed};
use hedgerow_risk::assess::standing;
use hedgerow_risk::kernel::{call, level, ln, mul_shift, sqrt_years, vol_time};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::Model;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use serde_json::{Value as Json, json};
use std::hint::black_box;

/// Legs and scenarios.
const SIZES: [(usize, usize); 5] = [(1, 31), (16, 31), (64, 31), (128, 31), (64, 500)];

/// An option in integers (forward and strike in one unit, volatility in 2^-57, seconds) and in doubles.
struct Option {
    integers: [u64; 4],
    doubles: [f64; 4],
}

fn options(count: usize) -> Vec<Option> {
    let mut draw = Draw(1);
    let option = |_| {
        let forward = 1_u64 << 49;
        let strike = (forward as f64 * draw.between(-0.7, 0.7).exp()) as u64;
        let sigma = (draw.between(0.3, 1.2) * (1_u64 << 57) as f64) as u64;
        let seconds = 86_400 * (1 + draw.below(300));
        Option {
            integers: [forward, strike, sigma, seconds],
            doubles: [
                forward as f64,
                strike as f64,
                sigma as f64 / (1_u64 << 57) as f64,
                seconds as f64 / 31_536_000.0,
            ],
        }
    };
    (0..count).map(option).collect()
}

/// Spot moves in 2^-57 and as doubles, with their logarithms, and one of three volatility levels.
struct Move {
    integers: (u64, i64),
    doubles: (f64, f64),
    vol: usize,
}

/// Volatility multipliers: down, still, up; in 2^-52 and as doubles.
const VOLS: [(u64, f64); 3] = [(3 << 50, 0.75), (1 << 52, 1.0), (3 << 51, 1.5)];

fn moves(count: usize) -> Vec<Move> {
    let still = ln(1 << 57);
    let of = |index: usize| {
        let spot = 0.7 + 0.6 * (index / 3) as f64 / (count / 3) as f64;
        let multiple = (spot * (1_u64 << 57) as f64) as u64;
        Move {
            integers: (multiple, ln(multiple) - still),
            doubles: (spot, spot.ln()),
            vol: index % 3,
        }
    };
    (0..count).map(of).collect()
}

fn price(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("price");
    for (legs, _) in SIZES.into_iter().filter(|(_, scenarios)| *scenarios == 31) {
        let options = options(legs);
        let integers = |option: &Option| {
            let [forward, strike, sigma, seconds] = option.integers;
            let level = level(vol_time(sigma, sqrt_years(seconds)));
            call(forward, strike, ln(forward) - ln(strike), &level)
        };
        let doubles = |option: &Option| {
            let [forward, strike, sigma, years] = option.doubles;
            black76::price(forward, strike, (forward / strike).ln(), sigma * years.sqrt(), true)
        };
        let name = format!("{legs}x1");
        group.bench_function(BenchmarkId::new("engine", &name), |b| {
            b.iter(|| black_box(&options).iter().map(integers).sum::<u64>());
        });
        group.bench_function(BenchmarkId::new("doubles", &name), |b| {
            b.iter(|| black_box(&options).iter().map(doubles).sum::<f64>());
        });
    }
}

fn unit_array(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("unit_array");
    for (legs, scenarios) in SIZES {
        let (options, moves) = (options(legs), moves(scenarios));
        let name = format!("{legs}x{scenarios}");
        let mut found = vec![0_u64; scenarios];
        group.bench_function(BenchmarkId::new("engine", &name), |b| {
            b.iter(|| {
                for option in black_box(&options) {
                    let [forward, strike, sigma, seconds] = option.integers;
                    let (x, v) = (ln(forward) - ln(strike), vol_time(sigma, sqrt_years(seconds)));
                    let levels = VOLS.map(|(times, _)| level(mul_shift(v, times, 52)));
                    for (unit, to) in found.iter_mut().zip(&moves) {
                        let (multiple, log) = to.integers;
                        *unit = call(mul_shift(forward, multiple, 57), strike, x + log, &levels[to.vol]);
                    }
                }
                black_box(&mut found);
            });
        });
        let mut found = vec![0_f64; scenarios];
        group.bench_function(BenchmarkId::new("doubles", &name), |b| {
            b.iter(|| {
                for option in black_box(&options) {
                    let [forward, strike, sigma, years] = option.doubles;
                    let (x, v) = ((forward / strike).ln(), sigma * years.sqrt());
                    let levels = VOLS.map(|(_, times)| v * times);
                    for (unit, to) in found.iter_mut().zip(&moves) {
                        let (multiple, log) = to.doubles;
                        *unit = black76::price(forward * multiple, strike, x + log, levels[to.vol], true);
                    }
                }
                black_box(&mut found);
            });
        });
    }
}

/// Ten spots by three volatilities, and the one in which nothing moves; shocks that depend on time.
fn grid() -> Json {
    let spots = [
        "0.34", "0.76", "0.82", "0.88", "0.94", "1.06", "1.12", "1.18", "1.24", "3",
    ];
    let point = |spot: &'static str| ["down", "none", "up"].map(|vol| json!({"spot": spot, "vol": vol}));
    let mut scenarios: Vec<Json> = spots.into_iter().flat_map(point).collect();
    scenarios.push(json!({}));
    let rules = json!({"vol_shock": {"up": "0.45", "down": "0.3", "short_power": "0.3", "long_power": "0.13"}});
    json!({"scenarios": scenarios, "underlyings": {"BTC": rules, "ETH": rules}})
}

fn account_margin(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("account_margin");
    let seed = Seed {
        number: 31,
        features: 0,
        legs: Vec::new(),
    };
    let market = random::market(&seed);
    for (legs, scenarios) in SIZES {
        let model = match scenarios {
            31 => grid(),
            many => random::history(31, many),
        };
        let portfolio = json!({"positions": random::options(&market, legs)});
        let name = format!("{legs}x{scenarios}");
        let (rules, prices) = (
            serde_json::from_value::<Model>(model.clone())
                .unwrap()
                .validate()
                .unwrap(),
            serde_json::from_value::<Market>(market.clone()).unwrap(),
        );
        let account = Portfolio::from(serde_json::from_value::<PortfolioFile>(portfolio.clone()).unwrap());
        group.bench_function(BenchmarkId::new("engine", &name), |b| {
            b.iter(|| standing(black_box(&rules), &prices, black_box(&account)));
        });
        let (rules, prices, account) = (
            hedgerow_reference::Model::new(&model),
            hedgerow_reference::Market::new(&market),
            hedgerow_reference::Portfolio::new(&portfolio),
        );
        group.bench_function(BenchmarkId::new("doubles", &name), |b| {
            b.iter(|| hedgerow_reference::margin(black_box(&rules), &prices, black_box(&account)));
        });
    }
}

criterion_group!(benches, price, unit_array, account_margin);
criterion_main!(benches);
