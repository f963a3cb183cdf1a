//! A portfolio sorted for the engine: legs netted by instrument, grouped by underlying and expiry, their prices found.
//!
//! Everything that can be missing is found missing here; after this nothing fails.

use crate::assess::MAX_LEGS;
use crate::error::{QuantityTooLarge, RiskError};
use crate::instrument::{Contract, Dated, Day, Instrument, Right, Symbol};
use crate::market::{Expiry, Market, Underlying};
use crate::number::{Price, Quantity, Ratio};
use crate::portfolio::Leg;

/// Every underlying with legs, in the order of symbols.
pub(crate) type Book<'a> = Vec<Holdings<'a>>;

/// What is held on one underlying.
#[derive(Clone, Debug)]
pub(crate) struct Holdings<'a> {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its prices.
    pub market: &'a Underlying,
    /// Perpetual contracts in steps, and their mark.
    pub perpetual: Option<(i64, Price)>,
    /// By expiry.
    pub series: Vec<Series<'a>>,
}

/// What is held of one expiry.
#[derive(Clone, Debug)]
pub(crate) struct Series<'a> {
    /// Its prices.
    pub expiry: &'a Expiry,
    /// Futures, in steps.
    pub future: i64,
    /// Options by strike, ascending.
    pub strikes: Vec<Strike>,
}

/// The options of one strike, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    /// The strike.
    pub price: Price,
    /// Volatility, where the market lists it by strike.
    pub vol: Option<Ratio>,
    /// Calls.
    pub call: i64,
    /// Puts.
    pub put: i64,
}

/// Sorts and nets legs, and finds their prices.
pub(crate) fn book<'a>(market: &'a Market, legs: &[Leg]) -> Result<Book<'a>, RiskError> {
    let netted = net(legs)?;
    let mut book: Book<'a> = Vec::new();
    for (instrument, quantity) in netted {
        let symbol = instrument.underlying;
        if book.last().is_none_or(|holdings| holdings.symbol != symbol) {
            let known = market.underlyings.get(&symbol);
            book.push(Holdings::of(
                symbol,
                known.ok_or(RiskError::UnknownUnderlying { symbol })?,
            ));
        }
        if let Some(holdings) = book.last_mut() {
            holdings.add(&instrument, quantity.steps())?;
        }
    }
    Ok(book)
}

/// One quantity an instrument, in the order of instruments.
pub(crate) fn net(legs: &[Leg]) -> Result<Vec<(Instrument, Quantity)>, RiskError> {
    let mut sorted: Vec<(Instrument, Quantity)> = legs.iter().map(|leg| (leg.instrument, leg.quantity)).collect();
    if !sorted.is_sorted_by(|a, b| a.0 < b.0) {
        sorted.sort_unstable_by_key(|leg| leg.0);
        let mut netted = Vec::with_capacity(sorted.len());
        for same in sorted.chunk_by(|a, b| a.0 == b.0) {
            if let Some((instrument, _)) = same.first() {
                netted.push(sum_of(*instrument, same)?);
            }
        }
        sorted = netted;
    }
    if sorted.len() > MAX_LEGS {
        return Err(RiskError::TooManyLegs {
            found: sorted.len(),
            limit: MAX_LEGS,
        });
    }
    Ok(sorted)
}

fn sum_of(instrument: Instrument, same: &[(Instrument, Quantity)]) -> Result<(Instrument, Quantity), RiskError> {
    // As wide integers, so that the order of the legs cannot matter.
    let sum: i128 = same.iter().map(|leg| i128::from(leg.1.steps())).sum();
    let quantity = i64::try_from(sum).ok().and_then(|steps| Quantity::new(steps).ok());
    let error = || QuantityTooLarge {
        instrument,
        quantity: crate::number::format_decimal(sum, Quantity::DECIMALS),
        limit: Quantity::LARGEST,
    };
    quantity
        .map(|quantity| (instrument, quantity))
        .ok_or_else(|| RiskError::Quantity(error().into()))
}

impl<'a> Holdings<'a> {
    /// Nothing held.
    pub(crate) const fn of(symbol: Symbol, market: &'a Underlying) -> Self {
        Self {
            symbol,
            market,
            perpetual: None,
            series: Vec::new(),
        }
    }

    /// Adds what is held of an instrument, the instruments in their order.
    pub(crate) fn add(&mut self, instrument: &Instrument, quantity: i64) -> Result<(), RiskError> {
        let instrument = *instrument;
        let Contract::Dated { day, kind } = instrument.contract else {
            let perpetual = self.market.perp.ok_or(RiskError::UnlistedPerpetual { instrument })?;
            self.perpetual = Some((quantity, perpetual.mark));
            return Ok(());
        };
        let unlisted = || RiskError::UnlistedExpiry { instrument };
        let series = match self.series.last() {
            Some(last) if Day::of(last.expiry.expiry) == Some(day) => self.series.last_mut(),
            _ => {
                self.series.push(Series {
                    expiry: self.market.expiry(day).ok_or_else(unlisted)?,
                    future: 0,
                    strikes: Vec::new(),
                });
                self.series.last_mut()
            }
        };
        let series = series.ok_or_else(unlisted)?;
        match kind {
            Dated::Future => series.future = quantity,
            Dated::Option { strike, right } => series
                .strike(strike)
                .ok_or(RiskError::NoVolatility { instrument })?
                .add(right, quantity),
        }
        Ok(())
    }
}

impl Series<'_> {
    /// The place of a strike; none when the market has no volatility for it.
    fn strike(&mut self, price: Price) -> Option<&mut Strike> {
        if self.strikes.last().is_none_or(|last| last.price != price) {
            let vol = match (&self.expiry.svi, &self.expiry.vols) {
                (Some(_), _) => None,
                (None, Some(vols)) => Some(*vols.get(&price)?),
                (None, None) => return None,
            };
            self.strikes.push(Strike {
                price,
                vol,
                call: 0,
                put: 0,
            });
        }
        self.strikes.last_mut()
    }
}

impl Strike {
    fn add(&mut self, right: Right, quantity: i64) {
        match right {
            Right::Call => self.call = quantity,
            Right::Put => self.put = quantity,
        }
    }

    /// Calls and puts, long and short alike: below 2^55.
    pub(crate) const fn gross(&self) -> i64 {
        self.call.abs() + self.put.abs()
    }
}
