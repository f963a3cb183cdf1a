//! What holds for every portfolio: margin without regard to the order of legs, homogeneous and sub-additive, and that no
//! price makes an account impossible to value.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_risk::assess::{assess, mark, standing};
use hedgerow_risk::instrument::{Day, Instrument, Right};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, Scenario, ValidModel, VolMove, preset};
use hedgerow_risk::number::{Price, Quantity, Ratio, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};
use proptest::prelude::*;

const MARKET: &str = r#"{"time":1739934748,"underlyings":{
    "BTC":{"index":"95663.5","perp":{"mark":"95701.25"},"expiries":[
        {"expiry":1740124800,"forward":"95801","svi":{"a":"0.0011","b":"0.012","rho":"-0.1","m":"0.01","sigma":"0.08"}},
        {"expiry":1743148800,"forward":"96340.5","rate":"0.045","svi":{"a":"0.0184","b":"0.071","rho":"-0.21","m":"0.035","sigma":"0.19"}}]},
    "ETH":{"index":"2710.33","perp":{"mark":"2712.05"},"expiries":[
        {"expiry":1743148800,"forward":"2731.8","svi":{"a":"0.0301","b":"0.093","rho":"-0.11","m":"0.02","sigma":"0.22"}}]}}}"#;

fn market() -> Market {
    serde_json::from_str(MARKET).unwrap()
}

/// The preset without the charge that is not homogeneous.
fn homogeneous() -> ValidModel {
    let mut model: Model = preset("hedgerow").unwrap().unwrap().into_inner();
    for underlying in model.underlyings.values_mut() {
        underlying.charges.delta_concentration = None;
    }
    model.validate().unwrap()
}

/// Every other feature of a model at once.
fn other() -> ValidModel {
    let text = r#"{
        "scenarios":[{},{"spot":"0.85","vol":"up"},{"spot":"1.15","vol":"up"},{"spot":"0.85","vol":"down"},{"spot":"1.15","vol":"down"},
            {"vol":"linear"},{"vol":"abs","weight":"0.9"},{"spot":"1.1","vol":"1.4","shocks":{"ETH":{"spot":"0.8","vol":"up"}}}],
        "aggregation":{"expected_shortfall":{"confidence":"0.7"}},"factors":{"initial":"1.3","maintenance":"1"},
        "underlyings":{"BTC":{"gain_credit":"0.4","vol_shock":{"up":"0.3","down":"0.25","short_power":"0.3","floor_days":"1","min_up":"0.6","min_vol":"0.2"},
            "discount":{"long_base":"0.95","short_base":"1.01","rate_mult":"2","rate_add":"0.03"},
            "skew":{"linear_cap_base":"0.1","linear_cap_slope":"0.05","abs_cap_base":"0.08","abs_cap_slope":"0.04","min_k_star":"0.01","width":"4","vol_static":"0.6"},
            "charges":{"basis":{"spot_up":"1.05","spot_down":"0.94","add":"0.3"},"perp":{"maintenance":"0.02"},"min_delta":{"net":"0.02","hedged":"0.01"}}}}}"#;
    serde_json::from_str::<Model>(text).unwrap().validate().unwrap()
}

fn instrument() -> impl Strategy<Value = Instrument> {
    let symbol = prop_oneof![Just("BTC"), Just("ETH")];
    (symbol, 0..5_u8, 1..60_u64, any::<bool>()).prop_map(|(symbol, kind, strike, call)| {
        let underlying = symbol.parse().unwrap();
        let step = if symbol == "BTC" { 5_000 } else { 150 };
        let day: Day = if kind == 0 && symbol == "BTC" {
            "21FEB25"
        } else {
            "28MAR25"
        }
        .parse()
        .unwrap();
        let right = if call { Right::Call } else { Right::Put };
        match kind {
            3 => Instrument::perpetual(underlying),
            4 => Instrument::future(underlying, day),
            _ => Instrument::option(underlying, day, Price::new(strike * step * 100_000_000).unwrap(), right),
        }
    })
}

fn legs(most: usize) -> impl Strategy<Value = Vec<Leg>> {
    let leg = (instrument(), -10_000_000_000..10_000_000_000_i64).prop_map(|(instrument, steps)| Leg {
        instrument,
        quantity: Quantity::new(steps).unwrap(),
        cost: None,
    });
    prop::collection::vec(leg, 0..most)
}

fn portfolio(legs: Vec<Leg>) -> Portfolio {
    Portfolio {
        legs,
        ..Portfolio::default()
    }
}

/// Initial and maintenance margin.
fn margins(model: &ValidModel, legs: &[Leg]) -> [Value; 2] {
    let found = standing(model, &market(), &portfolio(legs.to_vec())).unwrap();
    [found.initial_margin, found.maintenance_margin]
}

/// What roundings may add up to: a few 2^-64, of a contract where a delta is charged.
fn slack() -> Value {
    "0.000000000001".parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_legs_does_not_matter(legs in legs(12), turn in 0_usize..12) {
        for model in [homogeneous(), other()] {
            let mut turned = legs.clone();
            turned.rotate_left(turn.min(legs.len()));
            turned.reverse();
            prop_assert_eq!(margins(&model, &legs), margins(&model, &turned));
        }
    }

    #[test]
    fn a_leg_in_two_parts_is_the_leg(legs in legs(8), part in -5_000_000_000..5_000_000_000_i64) {
        let model = homogeneous();
        let mut split = legs.clone();
        if let Some(leg) = split.first_mut() {
            let rest = Quantity::new(leg.quantity.steps() - part).unwrap();
            leg.quantity = Quantity::new(part).unwrap();
            let other = Leg { quantity: rest, ..*leg };
            split.push(other);
        }
        prop_assert_eq!(margins(&model, &legs), margins(&model, &split));
    }

    #[test]
    fn twice_the_portfolio_needs_twice(legs in legs(10), times in 2..9_i64) {
        for model in [homogeneous(), other()] {
            let many: Vec<Leg> = legs
                .iter()
                .map(|leg| Leg { quantity: Quantity::new(leg.quantity.steps() * times).unwrap(), ..*leg })
                .collect();
            for (one, all) in margins(&model, &legs).into_iter().zip(margins(&model, &many)) {
                let exact = one.mul_ratio_ceil(Ratio::ONE.times(times).unwrap());
                let off = exact.saturating_sub(all).abs();
                prop_assert!(off <= slack(), "{all} is not {times} times {one}");
            }
        }
    }

    #[test]
    fn together_needs_no_more_than_apart(a in legs(8), b in legs(8)) {
        for model in [homogeneous(), other()] {
            let both = margins(&model, &[a.clone(), b.clone()].concat());
            let apart = margins(&model, &a).into_iter().zip(margins(&model, &b));
            for (both, (a, b)) in both.into_iter().zip(apart) {
                prop_assert!(both <= a.saturating_add(b), "{both} > {a} + {b}");
            }
        }
    }

    #[test]
    fn one_more_scenario_never_lowers(legs in legs(8), spot in 0_i64..4_000_000_000, vol in 0..3_u8) {
        let model = homogeneous();
        let mut more = model.clone().into_inner();
        more.scenarios.push(Scenario {
            spot: Ratio::new(spot).unwrap(),
            vol: [VolMove::Up, VolMove::Down, VolMove::None][usize::from(vol)],
            weight: Ratio::ONE,
            shocks: Default::default(),
        });
        let more = more.validate().unwrap();
        for (few, many) in margins(&model, &legs).into_iter().zip(margins(&more, &legs)) {
            prop_assert!(many >= few);
        }
    }

    #[test]
    fn contributions_sum_to_the_step(legs in legs(8)) {
        for model in [preset("hedgerow").unwrap().unwrap(), other()] {
            let found = assess(&model, &market(), &portfolio(legs.clone())).unwrap();
            let sum: i128 = found.contributions.iter().map(|c| c.netted.to_bits()).sum();
            prop_assert!(found.contributions.is_empty() || sum == found.standing.initial_margin.to_bits());
        }
    }

    #[test]
    fn equity_is_the_sum_of_the_marks(legs in legs(8)) {
        let mut found = Value::ZERO;
        let market = market();
        for leg in legs.iter().filter(|leg| leg.instrument.as_option().is_some()) {
            let mark = mark(&market, &leg.instrument).unwrap();
            found = found.saturating_add(mark.mul_floor(Value::from_decimal_floor(i128::from(leg.quantity.steps()), 8).unwrap()));
        }
        let equity = standing(&other(), &market, &portfolio(legs)).unwrap().equity;
        // A mark is low by its own error bound, 2e-14 of the index.
        prop_assert!(found.saturating_sub(equity).abs() < "0.00001".parse().unwrap(), "{found} {equity}");
    }

    /// Prices, rates, smiles, times and sizes from end to end of their types.
    #[test]
    fn nothing_makes_an_account_impossible_to_value(
        index in Price::MIN..=Price::MAX, forward in Price::MIN..=Price::MAX, strike in Price::MIN..=Price::MAX,
        rate in Ratio::MIN..=Ratio::MAX, seconds in 0_u64..4_000_000_000, fine in prop::array::uniform5(-1_000_000_000_000_000_i64..=1_000_000_000_000_000),
        steps in Quantity::MIN..=Quantity::MAX, call in any::<bool>(),
    ) {
        let price = |steps| Price::new(steps).unwrap();
        let mut market = market();
        let btc = market.underlyings.get_mut(&"BTC".parse().unwrap()).unwrap();
        btc.index = price(index);
        btc.perp.as_mut().unwrap().mark = price(forward);
        let expiry = &mut btc.expiries[1];
        expiry.forward = price(forward);
        expiry.rate = Ratio::new(rate).unwrap();
        let svi = expiry.svi.as_mut().unwrap();
        let [a, b, rho, m, sigma] = fine.map(|f| hedgerow_risk::number::Fine::new(f).unwrap());
        *svi = hedgerow_risk::market::Svi { a, b, rho, m, sigma, ..*svi };
        market.time = expiry.expiry.saturating_sub(seconds);
        let day = "28MAR25".parse().unwrap();
        let symbol = "BTC".parse().unwrap();
        let right = if call { Right::Call } else { Right::Put };
        let leg = |instrument| Leg { instrument, quantity: Quantity::new(steps).unwrap(), cost: Some(Value::MIN) };
        let legs = vec![
            leg(Instrument::perpetual(symbol)),
            leg(Instrument::future(symbol, day)),
            leg(Instrument::option(symbol, day, price(strike), right)),
            leg(Instrument::option(symbol, day, price(strike), right.opposite())),
        ];
        for model in [preset("hedgerow").unwrap().unwrap(), other()] {
            let found = assess(&model, &market, &portfolio(legs.clone())).unwrap();
            prop_assert!(found.standing.initial_margin >= found.standing.maintenance_margin);
            prop_assert!(found.standing.maintenance_margin >= Value::ZERO);
        }
    }
}

#[test]
fn nothing_needs_nothing() {
    for model in [homogeneous(), other()] {
        let found = assess(&model, &market(), &Portfolio::default()).unwrap();
        assert_eq!(found.standing.initial_margin, Value::ZERO);
        assert_eq!(margins(&model, &[]), [Value::ZERO; 2]);
        let closed = Leg {
            instrument: "BTC-28MAR25-100000-C".parse().unwrap(),
            quantity: Quantity::ZERO,
            cost: None,
        };
        assert_eq!(margins(&model, &[closed]), [Value::ZERO; 2]);
    }
}
