//! What one account trades in a message: legs priced against the market, moved, and judged once after all of them.

use crate::desk::{Desk, expiry_of};
use crate::error::ContractError;
use crate::position::{self, LegChange};
use hedgerow_interface::fill::LegFill;
use hedgerow_risk::assess;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Cash, Price, Quantity, Value, format_decimal};
use hedgerow_risk::portfolio::{Leg, Portfolio};
use hedgerow_risk::trade::price_steps;

/// All that an account trades.
#[derive(Debug)]
pub struct Trades {
    /// Whose.
    pub seat: usize,
    /// Base units given away against the mark over all fills; negative when it was gained.
    lost: Cash,
    /// Every leg became smaller.
    shrinks: bool,
    underlyings: Vec<Symbol>,
}

impl Trades {
    /// Nothing yet.
    pub fn of(seat: usize) -> Self {
        Self {
            seat,
            lost: Cash::ZERO,
            shrinks: true,
            underlyings: Vec::new(),
        }
    }

    /// Moves the legs of a fill, priced from the account's view; answers what they give away against the mark.
    pub fn add(&mut self, desk: &mut Desk, legs: &[LegFill], priced: &[Priced]) -> Result<Cash, Box<ContractError>> {
        let mut lost = Cash::ZERO;
        for (leg, own) in legs.iter().zip(priced) {
            let number = desk.number(leg.instrument.underlying)?;
            let account = &mut desk.at_mut(self.seat).account;
            let change = position::fill(account, number, leg.instrument.contract, own.quantity, own.paid)?;
            self.shrinks &= change.shrinks();
            self.underlyings.push(leg.instrument.underlying);
            check_size(desk, leg, change)?;
            lost = lost.checked_add(own.lost(desk)?)?;
        }
        self.lost = self.lost.checked_add(lost)?;
        Ok(lost)
    }

    /// Judges the account after all fills: caps, age of prices, the gate.
    pub fn judge(&self, desk: &mut Desk) -> Result<(), Box<ContractError>> {
        check_counts(desk, self.seat)?;
        if !self.shrinks {
            let seat = desk.at(self.seat);
            // What it held and traded: what it holds now is among them.
            desk.check_strict(&desk.underlyings(&seat.before)?, "add to positions")?;
            desk.check_strict(&self.underlyings, "add to positions")?;
        }
        let lost = -(-self.lost).value_floor(desk.decimals)?;
        let standing = desk.gate(self.seat, lost)?;
        desk.end_clock_if_healthy(self.seat, &standing);
        Ok(())
    }
}

/// An account has at most as many legs and expiries as the caps say, or as it had.
fn check_counts(desk: &Desk, seat: usize) -> Result<(), Box<ContractError>> {
    let seat = desk.at(seat);
    let (before, after) = (&seat.before, &seat.account);
    let limits = &desk.params.limits;
    for (what, count, old, limit) in [
        ("legs of an account", after.legs(), before.legs(), limits.legs),
        (
            "expiries of an account",
            after.expiries(),
            before.expiries(),
            limits.expiries,
        ),
    ] {
        let (count, old, limit) = (count as u64, old as u64, u64::from(limit));
        if count > limit && count > old {
            return Err(ContractError::TooMany { what, count, limit }.into());
        }
    }
    Ok(())
}

/// A leg from one side's view.
#[derive(Clone, Copy, Debug)]
pub struct Priced {
    quantity: Quantity,
    /// Base units that the side pays; negative when it receives.
    paid: Cash,
    /// In steps of a price.
    mark: i128,
}

impl Priced {
    pub fn reversed(self) -> Self {
        Self {
            quantity: -self.quantity,
            paid: -self.paid,
            ..self
        }
    }

    /// What the side paid beyond the mark, rounded up.
    fn lost(&self, desk: &Desk) -> Result<Cash, Box<ContractError>> {
        // Below 2^54 * 2^61.
        let worth = i128::from(self.quantity.steps()) * self.mark;
        let worth = Cash::from_steps_floor(worth, Quantity::DECIMALS + Price::DECIMALS, desk.decimals)?;
        Ok(self.paid.checked_sub(worth)?)
    }
}

/// Prices the legs of a fill from the taker's view.
pub fn price_all(desk: &Desk, legs: &[LegFill]) -> Result<Vec<Priced>, Box<ContractError>> {
    let mut priced = Vec::with_capacity(legs.len());
    for leg in legs {
        priced.push(price(desk, leg)?);
    }
    Ok(priced)
}

/// Checks a leg against the market and turns it into one integer of cash, the same for both sides.
///
/// The price must lie within `max(band_mark * mark, band_index * index)` of the mark. The cash is `|quantity| * price` in
/// base units, rounded down; a leg that rounds to nothing is refused, or it would be a gift.
fn price(desk: &Desk, leg: &LegFill) -> Result<Priced, Box<ContractError>> {
    let instrument = leg.instrument;
    let now = desk.now();
    if let Some(expiry) = expiry_of(instrument.contract).filter(|expiry| *expiry <= now) {
        return Err(ContractError::Expired {
            instrument,
            expiry,
            now,
        }
        .into());
    }
    let market = &desk.prices.market;
    let mark = assess::mark(market, &instrument)?;
    let index = market
        .underlyings
        .get(&instrument.underlying)
        .map(|u| Value::from_price_floor(u.index))
        .ok_or(ContractError::NoTape {
            underlying: instrument.underlying,
        })?;
    let limits = &desk.params.limits;
    let of_mark = mark.mul_ratio_floor(limits.band_mark);
    let of_index = index.mul_ratio_floor(limits.band_index);
    let band = of_mark.max(of_index);
    if Value::from_price_floor(leg.price).checked_sub(mark)?.abs() > band {
        return Err(ContractError::OffMarket {
            instrument,
            price: leg.price,
            mark,
            band,
        }
        .into());
    }
    let cash = Cash::notional_floor(leg.quantity.abs(), leg.price, desk.decimals)?;
    if cash.is_zero() {
        return Err(ContractError::Dust {
            instrument,
            quantity: leg.quantity,
            price: leg.price,
        }
        .into());
    }
    Ok(Priced {
        quantity: leg.quantity,
        paid: if leg.quantity > Quantity::ZERO { cash } else { -cash },
        mark: price_steps(mark),
    })
}

/// Base units that a leg may be worth: 256 of them stay within [`Cash`], whatever the quote token's decimals.
const MOST_UNITS: i128 = 1 << 88;
/// A strike may be this many times the index, or this part of it. Further out an option has no price, only bounds, which
/// differ for the two sides: a trade there would give value away unseen.
const FAR: u64 = 2_000;

/// A leg that grows must stay within what the arithmetic is proven for.
fn check_size(desk: &Desk, leg: &LegFill, change: LegChange) -> Result<(), Box<ContractError>> {
    if change.after.abs() <= change.before.abs() {
        return Ok(());
    }
    let underlying = leg.instrument.underlying;
    let tape = desk.prices.market.underlyings.get(&underlying);
    let index = tape.ok_or_else(|| ContractError::no_tape(underlying))?.index;
    let strike = leg.instrument.as_option().map_or(index, |(strike, _)| strike);
    let (near, far) = (index.steps() / FAR, index.steps().saturating_mul(FAR));
    if strike.steps() < near || strike.steps() > far {
        let limit = format_args!("within a {FAR}th and {FAR} times the index, {index}");
        return Err(ContractError::range("strike", &strike, limit));
    }
    let worth = Cash::notional_floor(change.after.abs(), strike.max(index), desk.decimals);
    if worth.map_or(true, |worth| worth.units() > MOST_UNITS) {
        let most = format_decimal(MOST_UNITS, 0);
        let limit = format_args!("worth at most {most} base units at the higher of strike and index");
        return Err(ContractError::range("quantity", &change.after, limit));
    }
    let alone = Portfolio {
        legs: vec![Leg {
            instrument: leg.instrument,
            quantity: change.after,
            cost: None,
        }],
        ..Portfolio::default()
    };
    Ok(assess::check_limits(&desk.prices.market, &alone)?)
}
