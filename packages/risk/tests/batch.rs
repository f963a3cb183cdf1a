//! Several portfolios at once: the answers are those of each alone, to the bit.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_reference::random::{self, EVERYTHING, Seed};
use hedgerow_risk::assess::{assess, standing, standings};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, ValidModel};
use hedgerow_risk::portfolio::{Leg, Portfolio, PortfolioFile};
use proptest::prelude::*;

fn setting(seed: &Seed) -> (ValidModel, Market) {
    let model: Model = serde_json::from_value(random::model(seed)).unwrap();
    (
        model.validate().unwrap(),
        serde_json::from_value(random::market(seed)).unwrap(),
    )
}

fn portfolio(seed: &Seed, scenarios: usize) -> Portfolio {
    let file = random::portfolio(seed, &random::market(seed), scenarios);
    serde_json::from_value::<PortfolioFile>(file).unwrap().into()
}

fn legs(most: usize) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn together_is_as_alone(
        number in any::<u64>(), features in 0..=EVERYTHING, each in prop::collection::vec(legs(12), 1..6),
    ) {
        let seed = |legs: Vec<u64>| Seed { number, features, legs };
        let (model, market) = setting(&seed(Vec::new()));
        // The first account comes again at the end, all of its legs shared.
        let accounts = each.iter().chain(each.first());
        let portfolios: Vec<Portfolio> =
            accounts.map(|legs| portfolio(&seed(legs.clone()), model.scenarios.len())).collect();
        let found = standings(&model, &market, &portfolios);
        prop_assert_eq!(found.len(), portfolios.len());
        for (found, portfolio) in found.into_iter().zip(&portfolios) {
            let alone = standing(&model, &market, portfolio);
            prop_assert_eq!(&found, &alone);
            prop_assert_eq!(found, assess(&model, &market, portfolio).map(|all| all.standing));
        }
    }
}

/// One portfolio that cannot be valued leaves the others their answers.
#[test]
fn each_fails_alone() {
    let seed = Seed {
        number: 5,
        features: 0,
        legs: vec![1, 2, 3, 4, 5, 6, 7],
    };
    let (model, market) = setting(&seed);
    let sound = portfolio(&seed, model.scenarios.len());
    let mut broken = sound.clone();
    broken.legs.push(Leg {
        instrument: "BTC-1JAN30-60000-C".parse().unwrap(),
        quantity: "1".parse().unwrap(),
        cost: None,
    });
    let found = standings(&model, &market, &[broken, sound.clone()]);
    assert_eq!(found[0].as_ref().unwrap_err().code(), "unlisted_expiry");
    assert_eq!(found[1], standing(&model, &market, &sound));
}
