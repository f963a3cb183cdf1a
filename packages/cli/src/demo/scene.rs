//! The market that the demo plays on: read, reduced to one underlying, and checked before a chain begins.

use hedgerow_risk::named::Named;
use std::path::Path;

use hedgerow_interface::oracle::Report;
use hedgerow_interface::tape::years_between;
use hedgerow_oracle::check::{self, Context};
use hedgerow_oracle::state::Listed;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::market::{Market, Underlying};
use hedgerow_risk::model::{Model, ValidModel, preset};
use hedgerow_risk::number::Ratio;
use hedgerow_risk::rules::check_market;

use super::DemoError;
use super::path;
use super::tape::moved;
use crate::error::CliError;
use crate::files;

/// The market that ships with the demo.
const SHIPPED: &str = include_str!("../../../testing/markets/btc-2020-05-21.json");
/// The margin model.
pub const MODEL: &str = "hedgerow";
/// An underlying with as many option expiries is rich enough; otherwise the richest one plays.
const ENOUGH: usize = 3;

/// What is played on.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Where the market came from.
    pub source: String,
    /// The underlying that plays.
    pub underlying: Symbol,
    /// Underlyings of the file that do not.
    pub others: Vec<Symbol>,
    /// The market, with that underlying alone; every slice names the forward and the years it was fitted at.
    pub market: Market,
    /// The margin model; knows the underlying.
    pub model: ValidModel,
    /// The rules are another underlying's, as the shipped model does not know this one.
    pub rules_of: Option<Symbol>,
}

impl Scene {
    /// Reads a market file, or takes the market that ships with the demo.
    pub fn read(path: Option<&Path>) -> Result<Self, CliError> {
        let (source, market) = match path {
            None => {
                let source = "the one that ships with the demo";
                let market = serde_json::from_str(SHIPPED).map_err(|reason| CliError::Input {
                    from: source.to_owned(),
                    reason: reason.to_string(),
                })?;
                (source.to_owned(), market)
            }
            Some(path) if path.as_os_str() == "-" => ("stdin".to_owned(), files::json(path)?),
            Some(path) => (path.display().to_string(), files::json(path)?),
        };
        Self::of(source.clone(), market).map_err(|reason| CliError::Demo {
            from: source,
            reason: Box::new(reason),
        })
    }

    /// Chooses the underlying, and makes sure that the oracle takes its report all the way down.
    pub fn of(source: String, mut market: Market) -> Result<Self, DemoError> {
        check_market(&market).map_err(DemoError::Market)?;
        let mut others: Vec<Symbol> = market.underlyings.keys().copied().collect();
        let start = market.time;
        for underlying in market.underlyings.values_mut() {
            underlying.expiries.retain(|expiry| expiry.expiry > start);
        }
        let underlying = choose(&market.underlyings).ok_or(DemoError::NoOptions)?;
        others.retain(|other| *other != underlying);
        market.underlyings.retain(|symbol, _| *symbol == underlying);
        market.quote_confidence = Ratio::ONE;
        for playing in market.underlyings.values_mut() {
            name_fits(playing, start);
        }
        for playing in market.underlyings.values() {
            check(underlying, playing, &market)?;
        }
        let (model, rules_of) = model_for(underlying)?;
        Ok(Self {
            source,
            underlying,
            others,
            market,
            model,
            rules_of,
        })
    }

    /// The underlying's prices at the beginning.
    pub fn origin(&self) -> Result<&Underlying, DemoError> {
        self.market
            .underlyings
            .get(&self.underlying)
            .ok_or(DemoError::NoOptions)
    }
}

/// Expiries with a volatility surface of any kind.
fn option_expiries(underlying: &Underlying) -> usize {
    let with_options = underlying
        .expiries
        .iter()
        .filter(|e| e.svi.is_some() || e.vols.is_some());
    with_options.count()
}

/// The first underlying with enough option expiries, else the first of those with the most; none without any.
fn choose(underlyings: &Named<Symbol, Underlying>) -> Option<Symbol> {
    let most = underlyings.values().map(option_expiries).max()?;
    let wanted = most.clamp(1, ENOUGH);
    let found = underlyings.iter().find(|(_, u)| option_expiries(u) >= wanted);
    found.map(|(symbol, _)| *symbol)
}

/// A slice without the forward and the years it was fitted at was fitted at the market's own.
fn name_fits(underlying: &mut Underlying, time: u64) {
    for expiry in &mut underlying.expiries {
        let now = years_between(time, expiry.expiry);
        if let Some(svi) = &mut expiry.svi {
            svi.forward = svi.forward.or(Some(expiry.forward));
            svi.years = svi.years.or(now);
        }
    }
}

/// The oracle's own checks, on the first report and on the last one.
fn check(symbol: Symbol, underlying: &Underlying, market: &Market) -> Result<(), DemoError> {
    let accept = |prices: Underlying| {
        let report = Report {
            underlying: symbol,
            time: market.time,
            quote_price: market.quote_price,
            quote_confidence: market.quote_confidence,
            market: prices,
        };
        let context = Context {
            listed: &Listed {
                contract_size: underlying.contract_size,
                band: None,
                feeds: vec![],
                development: true,
                publishers: vec![],
            },
            rules: &hedgerow_testing::world::rules(),
            tape: None,
            last: None,
            now: market.time,
        };
        let checked = check::accept(report, &context);
        checked.map(drop).map_err(|error| DemoError::Oracle {
            underlying: symbol,
            reason: error.to_string(),
        })
    };
    if hedgerow_interface::tape::power_of_ten(underlying.contract_size).is_none() {
        return Err(DemoError::ContractSize {
            underlying: symbol,
            value: underlying.contract_size,
        });
    }
    accept(underlying.clone())?;
    let bottom = moved(underlying, market.time, path::at(u64::MAX)).map_err(|reason| DemoError::Path {
        underlying: symbol,
        reason,
    })?;
    accept(bottom)
}

/// The shipped model; an underlying that it does not know gets the rules of the first that it knows.
fn model_for(underlying: Symbol) -> Result<(ValidModel, Option<Symbol>), DemoError> {
    let shipped = preset(MODEL).ok_or(DemoError::NoModel)?.map_err(DemoError::Model)?;
    if shipped.underlyings.contains_key(&underlying) {
        return Ok((shipped, None));
    }
    let mut model: Model = (*shipped).clone();
    let (of, rules) = model.underlyings.iter().next().ok_or(DemoError::NoModel)?;
    let (of, rules) = (*of, rules.clone());
    model.underlyings.insert(underlying, rules);
    Ok((model.validate().map_err(DemoError::Model)?, Some(of)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hedgerow_testing::market::fixture;

    fn scene(change: impl FnOnce(&mut Market)) -> Result<Scene, DemoError> {
        let mut market = fixture();
        change(&mut market);
        Scene::of("test".to_owned(), market)
    }

    fn symbol(name: &str) -> Symbol {
        name.parse().unwrap()
    }

    #[test]
    fn the_first_rich_underlying_plays() {
        let found = scene(|_| ()).unwrap();
        assert_eq!((found.underlying, found.others), (symbol("BTC"), vec![symbol("ETH")]));
        let found = scene(|market| {
            let btc = market.underlyings.get_mut(&symbol("BTC")).unwrap();
            btc.expiries.truncate(2);
        });
        assert_eq!(found.unwrap().underlying, symbol("ETH"));
    }

    #[test]
    fn a_poor_market_plays_with_what_it_has() {
        let found = scene(|market| {
            market.underlyings.remove(&symbol("ETH"));
            let btc = market.underlyings.get_mut(&symbol("BTC")).unwrap();
            btc.expiries.truncate(1);
            btc.perp = None;
        });
        assert_eq!(found.unwrap().underlying, symbol("BTC"));
    }

    #[test]
    fn an_unknown_underlying_borrows_rules() {
        let found = scene(|market| {
            let btc = market.underlyings.remove(&symbol("BTC")).unwrap();
            market.underlyings.clear();
            market.underlyings.insert(symbol("XYZ"), btc);
        })
        .unwrap();
        assert_eq!((found.underlying, found.rules_of), (symbol("XYZ"), Some(symbol("BTC"))));
        assert!(found.model.underlyings.contains_key(&symbol("XYZ")));
    }

    #[test]
    fn markets_that_cannot_play_say_why() {
        let of_btc = |change: fn(&mut Underlying)| {
            scene(|market| {
                market.underlyings.remove(&symbol("ETH"));
                change(market.underlyings.get_mut(&symbol("BTC")).unwrap());
            })
            .unwrap_err()
            .to_string()
        };
        let no_options = of_btc(|btc| btc.expiries.iter_mut().for_each(|expiry| expiry.svi = None));
        assert!(no_options.contains("no option expiry"), "{no_options}");
        let off_hour = of_btc(|btc| btc.expiries.iter_mut().for_each(|expiry| expiry.expiry += 1));
        assert!(off_hour.contains("08:00 UTC"), "{off_hour}");
        let vols = of_btc(|btc| {
            for expiry in &mut btc.expiries {
                expiry.svi = None;
                expiry.vols = Some([("60000".parse().unwrap(), "0.6".parse().unwrap())].into());
            }
        });
        assert!(vols.contains("vols"), "{vols}");
        let size = of_btc(|btc| btc.contract_size = "2".parse().unwrap());
        assert!(size.contains("power of ten"), "{size}");
        let cheap = of_btc(|btc| btc.index = "0.001".parse().unwrap());
        assert!(cheap.contains("0.001"), "{cheap}");
        assert!(matches!(
            scene(|market| market.underlyings.clear()),
            Err(DemoError::NoOptions)
        ));
        assert!(matches!(
            scene(|market| market.time = 4_000_000_000),
            Err(DemoError::NoOptions)
        ));
    }
}
