//! What holds for every portfolio: margin without regard to the order of legs, homogeneous and sub-additive, and that no
//! price makes an account impossible to value.
//!
//! Portfolios have up to 128 legs on three underlyings, collateral and vectors; models are random, and the one that ships.
//! What a price itself must satisfy is in `kernel/laws.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_reference::random::{self, Draw, EVERYTHING, Feature, Seed};
use hedgerow_risk::assess::{assess, mark, standing};
use hedgerow_risk::instrument::{Instrument, Right};
use hedgerow_risk::market::{Market, Svi};
use hedgerow_risk::model::{Aggregation, Model, Scenario, ValidModel, preset};
use hedgerow_risk::number::{Fine, Price, Quantity, Ratio, Value};
use hedgerow_risk::portfolio::{Collateral, Leg, Portfolio, PortfolioFile};
use proptest::prelude::*;

/// A model, a market and a portfolio.
struct Case {
    model: ValidModel,
    market: Market,
    portfolio: Portfolio,
}

impl Case {
    fn random(seed: &Seed) -> Self {
        let market = random::market(seed);
        let model: Model = serde_json::from_value(random::model(seed)).unwrap();
        let portfolio = random::portfolio(seed, &market, model.scenarios.len());
        Self {
            model: model.validate().unwrap(),
            market: serde_json::from_value(market).unwrap(),
            portfolio: serde_json::from_value::<PortfolioFile>(portfolio).unwrap().into(),
        }
    }

    /// The same legs under the model that ships, which takes no collateral.
    fn shipped(&self, seed: &Seed) -> Self {
        let mut model: Model = preset("hedgerow").unwrap().unwrap().into_inner();
        for underlying in model.underlyings.values_mut() {
            let rule = underlying.charges.delta_concentration;
            underlying.charges.delta_concentration = rule.filter(|_| seed.has(Feature::Concentration));
        }
        Self {
            model: model.validate().unwrap(),
            market: self.market.clone(),
            portfolio: legs_only(self.portfolio.legs.clone()),
        }
    }

    fn both(seed: &Seed) -> [Self; 2] {
        let random = Self::random(seed);
        let shipped = random.shipped(seed);
        [random, shipped]
    }

    /// Initial and maintenance margin of a portfolio.
    fn margins(&self, portfolio: &Portfolio) -> [Value; 2] {
        let found = standing(&self.model, &self.market, portfolio).unwrap();
        [found.initial_margin, found.maintenance_margin]
    }
}

fn legs_only(legs: Vec<Leg>) -> Portfolio {
    Portfolio {
        legs,
        ..Portfolio::default()
    }
}

prop_compose! {
    fn seed(most: usize)(
        number in any::<u64>(), features in 0..=EVERYTHING, legs in prop::collection::vec(any::<u64>(), 0..=most),
    ) -> Seed {
        Seed { number, features, legs }
    }
}

/// A value made so many times as large.
fn times(value: Value, factor: i64) -> Value {
    Value::from_bits(value.to_bits() * i128::from(factor))
}

/// What roundings may add up to: a few 2^-64 of a contract where a delta is charged.
fn slack() -> Value {
    "0.00000000001".parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every number of the answer, to the bit.
    #[test]
    fn the_order_of_legs_does_not_matter(seed in seed(128), order in any::<u64>()) {
        for case in Case::both(&seed) {
            let mut turned = case.portfolio.clone();
            let mut draw = Draw(order);
            for last in (1..turned.legs.len()).rev() {
                turned.legs.swap(last, draw.below(last as u64 + 1) as usize);
            }
            let [found, other] = [&case.portfolio, &turned].map(|p| assess(&case.model, &case.market, p).unwrap());
            prop_assert_eq!(found, other);
        }
    }

    #[test]
    fn legs_in_two_parts_are_the_legs(seed in seed(64), cut in any::<u64>()) {
        for case in Case::both(&seed) {
            let mut draw = Draw(cut);
            let mut split = case.portfolio.clone();
            split.legs.iter_mut().for_each(|leg| leg.cost = None);
            let whole = split.clone();
            for leg in &whole.legs {
                let part = draw.below(1 << 40) as i64;
                split.legs.push(Leg { quantity: Quantity::new(part).unwrap(), ..*leg });
                split.legs.push(Leg { quantity: Quantity::new(-part).unwrap(), ..*leg });
            }
            let [found, other] = [&whole, &split].map(|p| assess(&case.model, &case.market, p).unwrap());
            prop_assert_eq!(found, other);
        }
    }

    #[test]
    fn many_times_the_portfolio_needs_as_many_times(seed in seed(128), factor in 2..9_i64) {
        for case in Case::both(&seed.without(&[Feature::Concentration])) {
            let mut many = case.portfolio.clone();
            for leg in &mut many.legs {
                leg.quantity = Quantity::new(leg.quantity.steps() * factor).unwrap();
            }
            many.collateral.iter_mut().for_each(|c| c.amount = times(c.amount, factor));
            many.vectors.iter_mut().flat_map(|v| &mut v.pnl).for_each(|pnl| *pnl = times(*pnl, factor));
            for (one, all) in case.margins(&case.portfolio).into_iter().zip(case.margins(&many)) {
                let off = times(one, factor).saturating_sub(all).abs();
                prop_assert!(off <= slack(), "{all} is not {factor} times {one}");
            }
        }
    }

    /// Not with concentration and value at risk, which are meant to be otherwise. Nor where a model has both a discount by
    /// sign and skew scenarios, whose magnitude is not convex once gains and losses are discounted differently; nor where
    /// confidences differ: options are charged by that of a perpetual beside them, collateral by that of every index.
    #[test]
    fn together_needs_no_more_than_apart(seed in seed(128), split in 0..=128_usize) {
        let without = [Feature::Concentration, Feature::ValueAtRisk];
        let skewed = if seed.number % 2 == 0 { Feature::Skew } else { Feature::Discount };
        for mut case in Case::both(&seed.without(&without).without(&[skewed])) {
            for underlying in case.market.underlyings.values_mut() {
                underlying.confidence = Ratio::ONE;
                underlying.perp.as_mut().unwrap().confidence = Ratio::ONE;
            }
            let whole = &case.portfolio;
            let (few, rest) = whole.legs.split_at(split.min(whole.legs.len()));
            let a = Portfolio { legs: few.to_vec(), vectors: Vec::new(), ..whole.clone() };
            let b = Portfolio { legs: rest.to_vec(), ..whole.clone() };
            let both = Portfolio { collateral: [&a.collateral[..], &b.collateral].concat(), ..whole.clone() };
            let apart = case.margins(&a).into_iter().zip(case.margins(&b));
            for (both, (a, b)) in case.margins(&both).into_iter().zip(apart) {
                prop_assert!(both <= a.saturating_add(b), "{both} > {a} + {b}");
            }
        }
    }

    #[test]
    fn one_more_scenario_never_lowers(seed in seed(128), more in any::<u64>()) {
        let seed = seed.without(&[Feature::Shortfall, Feature::ValueAtRisk]);
        let scenario: Scenario = serde_json::from_value(random::scenario(&mut Draw(more), &seed)).unwrap();
        for mut case in Case::both(&seed) {
            let few = case.margins(&case.portfolio);
            let mut model = case.model.into_inner();
            model.scenarios.push(scenario.clone());
            case.model = model.validate().unwrap();
            case.portfolio.vectors.iter_mut().for_each(|vector| vector.pnl.push(Value::ZERO));
            for (few, many) in few.into_iter().zip(case.margins(&case.portfolio)) {
                prop_assert!(many >= few, "{many} < {few}");
            }
        }
    }

    #[test]
    fn contributions_sum_to_the_step(seed in seed(128)) {
        for case in Case::both(&seed) {
            let found = assess(&case.model, &case.market, &case.portfolio).unwrap();
            let sum: i128 = found.contributions.iter().map(|c| c.netted.to_bits()).sum();
            prop_assert!(found.contributions.is_empty() || sum == found.standing.initial_margin.to_bits());
        }
    }

    #[test]
    fn what_is_closed_needs_nothing(seed in seed(128)) {
        for case in Case::both(&seed) {
            let legs = case.portfolio.legs.iter().map(|leg| Leg { cost: None, ..*leg });
            let closing = legs.clone().map(|leg| Leg { quantity: -leg.quantity, ..leg });
            let found = assess(&case.model, &case.market, &legs_only(legs.chain(closing).collect())).unwrap();
            prop_assert_eq!([found.standing.initial_margin, found.standing.maintenance_margin], [Value::ZERO; 2]);
            prop_assert_eq!(found.standing.equity, Value::ZERO);
            prop_assert!(found.scenarios.iter().all(|pnl| *pnl == Value::ZERO));
        }
    }

    /// A call less a put of its strike is a future: whatever the volatility and wherever it moves, the same to the bit.
    /// Without shocks that a volatility may be beyond, as a scenario that moves nothing is exact by itself.
    #[test]
    fn parity_is_exact(seed in seed(64), vol in 1_000_000..3_000_000_000_i64) {
        let case = Case::random(&seed.without(&[Feature::Skew, Feature::VolShock]));
        let options = case.portfolio.legs.iter().filter(|leg| leg.instrument.as_option().is_some());
        let opposite = |leg: &Leg| {
            let (strike, right) = leg.instrument.as_option().unwrap();
            let day = leg.instrument.day().unwrap();
            let instrument = Instrument::option(leg.instrument.underlying, day, strike, right.opposite());
            Leg { instrument, quantity: -leg.quantity, cost: None }
        };
        let legs = options.flat_map(|leg| [*leg, opposite(leg)]).collect();
        let portfolio = Portfolio { legs, ..case.portfolio.clone() };
        let found = assess(&case.model, &case.market, &portfolio).unwrap();
        let mut other = case.market.clone();
        for expiry in other.underlyings.values_mut().flat_map(|u| &mut u.expiries) {
            let listed = expiry.vols.iter_mut().flat_map(|vols| vols.values_mut());
            listed.for_each(|listed| *listed = Ratio::new(vol).unwrap());
            if let Some(svi) = &mut expiry.svi {
                svi.a = Fine::new(vol).unwrap();
            }
        }
        let other = assess(&case.model, &other, &portfolio).unwrap();
        prop_assert_eq!(found.scenarios, other.scenarios);
        prop_assert_eq!((found.scan, found.standing.option_value), (other.scan, other.standing.option_value));
    }

    #[test]
    fn equity_is_the_sum_of_the_marks(seed in seed(64)) {
        let case = Case::random(&seed);
        let mut found = Value::ZERO;
        for leg in case.portfolio.legs.iter().filter(|leg| leg.instrument.as_option().is_some()) {
            let mark = mark(&case.market, &leg.instrument).unwrap();
            found = found.saturating_add(mark.mul_floor(Value::from_decimal_floor(i128::from(leg.quantity.steps()), 8).unwrap()));
        }
        let options = standing(&case.model, &case.market, &case.portfolio).unwrap().option_value;
        // A mark is low by its own error bound, 2e-14 of the index; a leg is at most 100,000 quote, five times that by its
        // strike.
        prop_assert!(found.saturating_sub(options).abs() < "0.000001".parse().unwrap(), "{found} {options}");
    }

    /// Prices, rates, smiles, times and sizes from end to end of their types.
    #[test]
    fn nothing_makes_an_account_impossible_to_value(
        seed in seed(0),
        index in Price::MIN..=Price::MAX, forward in Price::MIN..=Price::MAX, strike in Price::MIN..=Price::MAX,
        rate in Ratio::MIN..=Ratio::MAX, seconds in 0_u64..4_000_000_000, fine in prop::array::uniform5(Fine::MIN..=Fine::MAX),
        steps in Quantity::MIN..=Quantity::MAX, call in any::<bool>(),
    ) {
        let price = |steps| Price::new(steps).unwrap();
        let symbol = "BTC".parse().unwrap();
        for mut case in Case::both(&seed) {
            let btc = case.market.underlyings.get_mut(&symbol).unwrap();
            btc.index = price(index);
            btc.perp.as_mut().unwrap().mark = price(forward);
            let expiry = &mut btc.expiries[3];
            expiry.forward = price(forward);
            expiry.rate = Ratio::new(rate).unwrap();
            let [a, b, rho, m, sigma] = fine.map(|f| Fine::new(f).unwrap());
            expiry.svi = Some(Svi { a, b, rho, m, sigma, forward: None, years: None });
            case.market.time = expiry.expiry.saturating_sub(seconds);
            let day = "28MAR25".parse().unwrap();
            let right = if call { Right::Call } else { Right::Put };
            let leg = |instrument| Leg { instrument, quantity: Quantity::new(steps).unwrap(), cost: Some(Value::MIN) };
            case.portfolio.legs = vec![
                leg(Instrument::perpetual(symbol)),
                leg(Instrument::future(symbol, day)),
                leg(Instrument::option(symbol, day, price(strike), right)),
                leg(Instrument::option(symbol, day, price(strike), right.opposite())),
            ];
            let found = assess(&case.model, &case.market, &case.portfolio).unwrap();
            prop_assert!(found.standing.initial_margin >= found.standing.maintenance_margin);
            prop_assert!(found.standing.maintenance_margin >= Value::ZERO);
        }
    }
}

/// A history of days, each with a volatility move of its own, and the same with every day three times over: days that share
/// a volatility are valued in another loop.
#[test]
fn a_day_is_worth_the_same_beside_its_repetition() {
    let mut seed = Seed {
        number: 11,
        features: 0,
        legs: (1..=60).map(|leg| leg * 0x9e37_79b9).collect(),
    };
    for number in 0..8 {
        seed.number = number;
        let case = Case::random(&seed);
        let mut days: Model = serde_json::from_value(random::history(number, 40)).unwrap();
        days.aggregation = Aggregation::Worst {};
        let mut thrice = days.clone();
        thrice.scenarios = days.scenarios.iter().flat_map(|day| [day, day, day]).cloned().collect();
        let legs = legs_only(case.portfolio.legs);
        let [days, thrice] =
            [days, thrice].map(|model| assess(&model.validate().unwrap(), &case.market, &legs).unwrap());
        assert_eq!(thrice.scenarios.len(), 120);
        for (day, same) in days.scenarios.iter().zip(thrice.scenarios.chunks(3)) {
            assert_eq!([*day; 3], same);
        }
        assert_eq!(days.standing, thrice.standing);
    }
}

#[test]
fn nothing_needs_nothing() {
    let seed = Seed {
        number: 7,
        features: EVERYTHING,
        legs: Vec::new(),
    };
    for case in Case::both(&seed) {
        let holding = Portfolio {
            collateral: vec![Collateral {
                asset: "DAI".to_owned(),
                amount: Value::ZERO,
            }],
            ..Portfolio::default()
        };
        assert_eq!(case.margins(&Portfolio::default()), [Value::ZERO; 2]);
        if !case.model.collateral.is_empty() {
            assert_eq!(case.margins(&holding), [Value::ZERO; 2]);
        }
    }
}
