//! Who trades what: three books, cut to the forwards of whatever market they are opened on.
//!
//! A unit is the power of ten of contracts that is worth at most 10,000 quote at the index; books are a few units large, so
//! they look alike on every underlying. Strikes lie on a round grid of about 3% of the forward.

use std::collections::BTreeMap;

use hedgerow_risk::instrument::{Day, Instrument, Right};
use hedgerow_risk::market::Expiry;
use hedgerow_risk::number::{Price, Quantity, Ratio};

use super::DemoError;
use super::path::Point;
use super::scene::Scene;
use super::tape::moved;
use super::valuation;

const DAY: u64 = 86_400;
/// The market maker quotes at most this many expiries.
const QUOTED: usize = 4;
/// The market maker's options at one expiry: right, strike in thousandths of the forward, hundredths of a unit. Every
/// other expiry has the opposite signs: wings and middles offset each other across expiries, as inventory does.
const INVENTORY: [(Right, u64, i64); 8] = [
    (Right::Put, 800, 400),
    (Right::Put, 880, -520),
    (Right::Put, 940, 310),
    (Right::Put, 1_000, -260),
    (Right::Call, 1_000, -240),
    (Right::Call, 1_060, 330),
    (Right::Call, 1_120, -500),
    (Right::Call, 1_200, 420),
];

/// How much an account pays in before it trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// A multiple of the initial margin, in hundredths.
    Hundredths(i64),
    /// What the gate asks for to the base unit, and two hundredths of it.
    Least,
}

/// An account and the book that it opens.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One word.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub story: String,
    /// What it buys (positive) and sells, and at which price.
    pub legs: Vec<PlannedLeg>,
    /// What it pays in.
    pub cover: Cover,
}

/// One leg of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedLeg {
    /// What.
    pub instrument: Instrument,
    /// Contracts, positive when bought.
    pub quantity: Quantity,
    /// The mark; for options to five digits.
    pub price: Price,
}

/// The three accounts of the demo.
pub fn plans(scene: &Scene) -> Result<[Plan; 3], DemoError> {
    let desk = Desk::new(scene)?;
    Ok([desk.writer()?, desk.maker()?, desk.naked()?])
}

/// The market as the traders look at it.
struct Desk<'a> {
    scene: &'a Scene,
    /// With options, by time.
    expiries: Vec<&'a Expiry>,
    /// Steps of a unit.
    unit: i64,
}

impl<'a> Desk<'a> {
    fn new(scene: &'a Scene) -> Result<Self, DemoError> {
        let origin = scene.origin()?;
        Ok(Self {
            scene,
            expiries: origin.expiries.iter().filter(|expiry| expiry.svi.is_some()).collect(),
            unit: unit(origin.index),
        })
    }

    /// Long the perpetual (the future where none is listed), short calls above it.
    fn writer(&self) -> Result<Plan, DemoError> {
        let expiry = self.near(30)?;
        let day = day(expiry)?;
        let long = match self.scene.origin()?.perp {
            Some(_) => Instrument::perpetual(self.scene.underlying),
            None => Instrument::future(self.scene.underlying, day),
        };
        let mut book = Book::default();
        book.add(long, 10 * self.unit);
        for per_mille in [1_080, 1_150] {
            book.add(self.option(expiry, Right::Call, per_mille)?, -5 * self.unit);
        }
        let size = quantity(10 * self.unit)?;
        Ok(Plan {
            name: "writer",
            story: format!(
                "covered writer: long {size} {long} against calls on {day} sold 8% and 15% above the forward, \
                 with cash for a deep fall"
            ),
            legs: self.priced(book, "the covered writer")?,
            cover: Cover::Hundredths(310),
        })
    }

    /// Options on every quoted expiry, a future to hedge each, the perpetual for the rest.
    fn maker(&self) -> Result<Plan, DemoError> {
        let mut book = Book::default();
        let mut rest = 0i64;
        let quoted = spread(self.expiries.len(), QUOTED);
        let count = quoted.len();
        for (round, expiry) in quoted.into_iter().filter_map(|at| self.expiries.get(at)).enumerate() {
            let sign = if round.is_multiple_of(2) { 1 } else { -1 };
            let mut delta = 0i64;
            for (right, per_mille, hundredths) in INVENTORY {
                let option = self.option(expiry, right, per_mille)?;
                let Some(_) = self.price(&option)? else { continue };
                let steps = sign * hundredths * (self.unit / 100);
                book.add(option, steps);
                delta = delta.saturating_add(self.delta(expiry, &option, steps)?);
            }
            let lots = nearest(-delta, self.unit / 10);
            book.add(Instrument::future(self.scene.underlying, day(expiry)?), lots);
            rest = rest.saturating_add(delta).saturating_add(lots);
        }
        if self.scene.origin()?.perp.is_some() {
            let lots = nearest(-rest, self.unit / 100);
            book.add(Instrument::perpetual(self.scene.underlying), lots);
        }
        let legs = self.priced(book, "the market maker")?;
        Ok(Plan {
            name: "maker",
            story: format!(
                "market maker: {} legs over {count} {}, long and short options, their deltas hedged with futures and \
                 the perpetual",
                legs.len(),
                if count == 1 { "expiry" } else { "expiries" },
            ),
            legs,
            cover: Cover::Hundredths(200),
        })
    }

    /// Short puts and calls out of the money on two expiries.
    fn naked(&self) -> Result<Plan, DemoError> {
        let mut book = Book::default();
        for days in [8, 30] {
            let expiry = self.near(days)?;
            for (right, per_mille) in [(Right::Put, 900), (Right::Call, 1_100)] {
                book.add(self.option(expiry, right, per_mille)?, -3 * self.unit);
            }
        }
        let legs = self.priced(book, "the naked short")?;
        Ok(Plan {
            name: "naked",
            story:
                "naked short: puts and calls sold 10% out of the money, no hedge, the least collateral that the gate \
                    admits and 2% more"
                    .to_owned(),
            legs,
            cover: Cover::Least,
        })
    }

    /// The option expiry that is nearest to so many days away; the earlier one of two.
    fn near(&self, days: u64) -> Result<&'a Expiry, DemoError> {
        let target = self.scene.market.time.saturating_add(days * DAY);
        let nearest = self.expiries.iter().min_by_key(|expiry| expiry.expiry.abs_diff(target));
        nearest.copied().ok_or(DemoError::NoOptions)
    }

    fn option(&self, expiry: &Expiry, right: Right, per_mille: u64) -> Result<Instrument, DemoError> {
        let strike = strike(expiry.forward, per_mille)?;
        Ok(Instrument::option(self.scene.underlying, day(expiry)?, strike, right))
    }

    fn price(&self, instrument: &Instrument) -> Result<Option<Price>, DemoError> {
        valuation::quote(&self.scene.market, instrument)
    }

    /// Prices a book; legs that are too cheap to be written down are left out.
    fn priced(&self, book: Book, what: &'static str) -> Result<Vec<PlannedLeg>, DemoError> {
        let mut legs = Vec::new();
        for (instrument, steps) in book.0.into_iter().filter(|(_, steps)| *steps != 0) {
            if let Some(price) = self.price(&instrument)? {
                legs.push(PlannedLeg {
                    instrument,
                    quantity: quantity(steps)?,
                    price,
                });
            }
        }
        if legs.iter().any(|leg| leg.instrument.as_option().is_some()) {
            return Ok(legs);
        }
        Err(DemoError::TooCheap {
            underlying: self.scene.underlying,
            what,
        })
    }

    /// Contracts of the future that move like so many options, in steps: by a move of the forward of 1% either way.
    fn delta(&self, expiry: &Expiry, option: &Instrument, steps: i64) -> Result<i64, DemoError> {
        let value = |spot: i64| {
            let mut market = self.scene.market.clone();
            let point = Point {
                spot: Ratio::new(spot * 1_000_000)?,
                vol: Ratio::ONE,
            };
            let bumped = moved(self.scene.origin()?, market.time, point)?;
            market.underlyings.insert(self.scene.underlying, bumped);
            let mark = valuation::mark(&market, option)?;
            Ok::<i128, DemoError>(mark.to_decimal_floor(Price::DECIMALS)?)
        };
        let move_of_forward = i128::from(expiry.forward.steps()) / 50;
        let moved = (value(1_010)? - value(990)?) * i128::from(steps);
        Ok(i64::try_from(moved / move_of_forward.max(1)).unwrap_or(0))
    }
}

/// Contracts by instrument.
#[derive(Default)]
struct Book(BTreeMap<Instrument, i64>);

impl Book {
    fn add(&mut self, instrument: Instrument, steps: i64) {
        let sum = self.0.entry(instrument).or_default();
        *sum = sum.saturating_add(steps);
    }
}

/// The largest power of ten of contracts, 10^-6 to 10^6, that is worth at most 10,000 quote; in steps.
fn unit(index: Price) -> i64 {
    let worth = |power: &u32| 10u128.pow(*power) * u128::from(index.steps());
    // Both in steps of 1e-8: 10,000 quote are 10^20.
    let power = (2..=14).rev().find(|power| worth(power) <= 10u128.pow(20)).unwrap_or(2);
    10i64.pow(power)
}

/// A strike at so many thousandths of the forward, on a round grid of at most 3% of it.
fn strike(forward: Price, per_mille: u64) -> Result<Price, DemoError> {
    let forward = u128::from(forward.steps());
    let most = (forward * 3 / 100).max(1);
    let decade = 10u128.pow(most.ilog10());
    let step = [5 * decade, 5 * decade / 2, decade]
        .into_iter()
        .find(|step| *step <= most);
    let step = step.unwrap_or(decade).max(1);
    let exact = forward * u128::from(per_mille) / 1_000;
    let rounded = (exact + step / 2) / step * step;
    let found = Price::new(u64::try_from(rounded).unwrap_or(u64::MAX));
    found.map_err(|reason| DemoError::Strike { per_mille, reason })
}

/// A number to the nearest multiple of `lot`.
fn nearest(number: i64, lot: i64) -> i64 {
    let lot = lot.max(1);
    number.saturating_add(lot / 2).div_euclid(lot) * lot
}

/// At most `wanted` places of `count`, the first and the last among them.
fn spread(count: usize, wanted: usize) -> Vec<usize> {
    if count <= wanted {
        return (0..count).collect();
    }
    (0..wanted).map(|at| at * (count - 1) / (wanted - 1).max(1)).collect()
}

fn day(expiry: &Expiry) -> Result<Day, DemoError> {
    Day::of(expiry.expiry).ok_or(DemoError::NoOptions)
}

fn quantity(steps: i64) -> Result<Quantity, DemoError> {
    Ok(Quantity::new(steps)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn units_are_worth_thousands() {
        for (index, expected) in [
            ("9061.92", "1"),
            ("60000", "0.1"),
            ("10000", "1"),
            ("3000", "1"),
            ("0.001", "1000000"),
            ("0.02", "100000"),
            ("10000000000", "0.000001"),
        ] {
            assert_eq!(quantity(unit(price(index))).unwrap().to_string(), expected, "{index}");
        }
    }

    #[test]
    fn strikes_are_round() {
        for (forward, per_mille, expected) in [
            ("9067.13", 1_000, "9000"),
            ("9067.13", 1_080, "9750"),
            ("60250", 800, "48000"),
            ("60250", 1_000, "60000"),
            ("3013", 1_100, "3300"),
            ("0.0125", 1_100, "0.01375"),
        ] {
            assert_eq!(
                strike(price(forward), per_mille).unwrap(),
                price(expected),
                "{forward} {per_mille}"
            );
        }
        assert!(strike(price("0.001"), 800).is_err());
    }

    #[test]
    fn small_helpers() {
        assert_eq!(
            [nearest(14, 10), nearest(15, 10), nearest(-14, 10), nearest(-16, 10)],
            [10, 20, -10, -20]
        );
        assert_eq!(spread(3, 4), [0, 1, 2]);
        assert_eq!(spread(7, 4), [0, 2, 4, 6]);
        assert_eq!(spread(1, 4), [0]);
    }
}
