//! The packed market tape: one underlying's prices in one storage value.
//!
//! ```text
//! tape       = format 2 | time | head | quote price | [quote confidence] | index | [index confidence] | size (byte)
//!            | [perp mark] | [perp confidence] | [history] | expiry*
//! head       = quote confidence given 1 | index confidence given 2 | perpetual 4 | perp confidence given 8 | history 16
//!            | development 32
//! history    = stable price | accumulated (zigzag) | seconds from `unbroken_since` to the tape's time
//! size       = n (byte),  contract size = 10^(n - 8) units of the underlying
//! expiry     = gap | parts | forward | [forward confidence] | rate | [rate confidence] | [svi] | [vol confidence]
//! gap        = seconds from the expiry before; for the first one since 1970
//! parts      = forward confidence given 1 | rate confidence given 2 | vol confidence given 4 | svi 8 | fitted apart 16
//! svi        = a | b | rho | m | sigma | [fitted forward | fitted years]
//! price, confidence            = mantissa*16 + e,          number = mantissa*10^e steps of its type
//! rate, a, b, rho, m, sigma, years = zigzag(mantissa)*16 + e,  number = mantissa*10^e steps of its type
//! ```
//!
//! A publisher's report is stored as a tape without history. A confidence that is not given is 1. A slice that is not fitted apart was fitted at the expiry's forward and at the
//! [`years_between`] the tape's time and the expiry: unpacked, a slice always names both. Expiries follow each other until
//! the bytes end, in the order of time by construction. Integers are those of [`crate::codec`]. Every tape has one
//! spelling: bytes that decode are those that its tape encodes to, so equal tapes have equal hashes.
//!
//! An expiry with a slice takes about 48 bytes when its numbers have all their digits, 26 when a publisher rounds them to
//! what matters; one without a slice takes 11 to 16.

use crate::codec::{CodecError, Reader, Writer, add_zeros, strip_zeros};
use cosmwasm_std::Uint128;
use hedgerow_risk::instrument::DAY_SECONDS;
use hedgerow_risk::market::{Expiry, ExpiryConfidence, Perpetual, Svi, Underlying};
use hedgerow_risk::number::{self, Fine, Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format that this build writes and reads.
pub const TAPE_FORMAT: u8 = 2;

const RECORD: &str = "tape";

const QUOTE_CONFIDENCE: u8 = 1;
const INDEX_CONFIDENCE: u8 = 2;
const PERP: u8 = 4;
const PERP_CONFIDENCE: u8 = 8;
const HISTORY: u8 = 16;
const DEVELOPMENT: u8 = 32;

const FORWARD_CONFIDENCE: u8 = 1;
const RATE_CONFIDENCE: u8 = 2;
const VOL_CONFIDENCE: u8 = 4;
const SVI: u8 = 8;
const FITTED_APART: u8 = 16;

/// One underlying's prices at one time, with the quote token's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Tape {
    /// When the prices were observed, in seconds since 1970.
    pub time: u64,
    /// The quote token's price.
    pub quote_price: Price,
    /// How far the quote token's price is to be trusted, 0 to 1.
    pub quote_confidence: Ratio,
    /// Index, perpetual mark and expiries.
    pub market: Underlying,
    /// What the tape remembers; none in a single publisher's report.
    pub history: Option<History>,
    /// True when one source was enough for this tape: its underlying is listed for development.
    pub development: bool,
}

/// What a tape remembers of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct History {
    /// Follows the index, at most so much a day.
    pub stable: Price,
    /// The sum of index times seconds over all tapes before this one, in steps of 1e-8: an index holds until the next tape.
    /// The average between two tapes is the difference divided by the seconds between them.
    pub accumulated: Uint128,
    /// Since when tapes have followed each other without a gap of more than 300 seconds.
    pub unbroken_since: u64,
}

/// Years of 365 days between two times in seconds, rounded down to a step; none beyond [`Fine`]'s 1,000 years and when
/// `to` is before `from`.
pub fn years_between(from: u64, to: u64) -> Option<Fine> {
    let seconds = to.checked_sub(from)?;
    let steps = u128::from(seconds) * 10u128.pow(Fine::DECIMALS) / u128::from(365 * DAY_SECONDS);
    Fine::new(i64::try_from(steps).ok()?).ok()
}

impl Tape {
    /// Packs the tape. Fails on what a tape cannot hold: volatilities by strike, a slice without its fitted forward and
    /// years, a confidence beyond 0 to 1, a contract size that is no power of ten, expiries that do not ascend.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let market = &self.market;
        let mut w = Writer::new(TAPE_FORMAT);
        w.varint(self.time);
        w.byte(
            bit(self.quote_confidence != Ratio::ONE, QUOTE_CONFIDENCE)
                | bit(market.confidence != Ratio::ONE, INDEX_CONFIDENCE)
                | bit(market.perp.is_some(), PERP)
                | bit(market.perp.is_some_and(|p| p.confidence != Ratio::ONE), PERP_CONFIDENCE)
                | bit(self.history.is_some(), HISTORY)
                | bit(self.development, DEVELOPMENT),
        );
        write_price(&mut w, self.quote_price);
        write_confidence(&mut w, self.quote_confidence, "quote confidence")?;
        write_price(&mut w, market.index);
        write_confidence(&mut w, market.confidence, "index confidence")?;
        w.byte(power_of_ten(market.contract_size).ok_or(range("contract size"))?);
        if let Some(perp) = &market.perp {
            write_price(&mut w, perp.mark);
            write_confidence(&mut w, perp.confidence, "perp confidence")?;
        }
        if let Some(history) = &self.history {
            write_history(&mut w, history, self.time)?;
        }
        let mut before = 0;
        for expiry in &market.expiries {
            let gap = expiry.expiry.checked_sub(before).filter(|gap| *gap > 0);
            w.varint(gap.ok_or(range("expiry"))?);
            write_expiry(&mut w, expiry, self.time)?;
            before = expiry.expiry;
        }
        Ok(w.finish())
    }

    /// Unpacks a tape; every byte must be accounted for.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader::open(RECORD, bytes, TAPE_FORMAT)?;
        let time = r.varint("time")?;
        let head = r.byte("head")?;
        if head > 63 || head & (PERP | PERP_CONFIDENCE) == PERP_CONFIDENCE {
            return Err(r.range("head"));
        }
        let quote_price = read_price(&mut r, "quote price")?;
        let quote_confidence = read_confidence(&mut r, head & QUOTE_CONFIDENCE, "quote confidence")?;
        let index = read_price(&mut r, "index")?;
        let confidence = read_confidence(&mut r, head & INDEX_CONFIDENCE, "index confidence")?;
        let contract_size = number::power_of_ten(u32::from(r.byte("contract size")?))
            .and_then(|steps| Price::new(steps).ok())
            .ok_or_else(|| r.range("contract size"))?;
        let perp = match head & PERP {
            0 => None,
            _ => Some(Perpetual {
                mark: read_price(&mut r, "perp mark")?,
                confidence: read_confidence(&mut r, head & PERP_CONFIDENCE, "perp confidence")?,
            }),
        };
        let history = match head & HISTORY {
            0 => None,
            _ => Some(read_history(&mut r, time)?),
        };
        let mut expiries = Vec::new();
        let mut before = 0u64;
        while !r.is_empty() {
            let gap = r.varint("expiry")?;
            before = before
                .checked_add(gap)
                .filter(|_| gap > 0)
                .ok_or_else(|| r.range("expiry"))?;
            expiries.push(read_expiry(&mut r, before, time)?);
        }
        r.finish()?;
        Ok(Self {
            time,
            quote_price,
            quote_confidence,
            market: Underlying {
                index,
                confidence,
                contract_size,
                perp,
                expiries,
            },
            history,
            development: head & DEVELOPMENT != 0,
        })
    }
}

fn write_history(w: &mut Writer, history: &History, time: u64) -> Result<(), CodecError> {
    let accumulated = i128::try_from(history.accumulated.u128()).map_err(|_| range("accumulated"))?;
    let unbroken = time.checked_sub(history.unbroken_since).ok_or(range("unbroken"))?;
    write_price(w, history.stable);
    w.wide(accumulated);
    w.varint(unbroken);
    Ok(())
}

fn read_history(r: &mut Reader<'_>, time: u64) -> Result<History, CodecError> {
    let stable = read_price(r, "stable price")?;
    let accumulated = u128::try_from(r.wide("accumulated")?).map_err(|_| r.range("accumulated"))?;
    let unbroken = r.varint("unbroken")?;
    Ok(History {
        stable,
        accumulated: accumulated.into(),
        unbroken_since: time.checked_sub(unbroken).ok_or_else(|| r.range("unbroken"))?,
    })
}

fn write_expiry(w: &mut Writer, expiry: &Expiry, time: u64) -> Result<(), CodecError> {
    if expiry.vols.is_some() {
        return Err(range("vols"));
    }
    let confidence = &expiry.confidence;
    let fitted = expiry.svi.as_ref().map(fitted).transpose()?;
    let apart = fitted.filter(|fit| Some(*fit) != fitted_now(expiry.forward, expiry.expiry, time));
    w.byte(
        bit(confidence.forward != Ratio::ONE, FORWARD_CONFIDENCE)
            | bit(confidence.rate != Ratio::ONE, RATE_CONFIDENCE)
            | bit(confidence.vol != Ratio::ONE, VOL_CONFIDENCE)
            | bit(fitted.is_some(), SVI)
            | bit(apart.is_some(), FITTED_APART),
    );
    write_price(w, expiry.forward);
    write_confidence(w, confidence.forward, "forward confidence")?;
    write_signed(w, expiry.rate.steps());
    write_confidence(w, confidence.rate, "rate confidence")?;
    if let Some(svi) = &expiry.svi {
        for parameter in [svi.a, svi.b, svi.rho, svi.m, svi.sigma] {
            write_signed(w, parameter.steps());
        }
    }
    if let Some((forward, years)) = apart {
        write_price(w, forward);
        write_signed(w, years.steps());
    }
    write_confidence(w, confidence.vol, "vol confidence")
}

fn read_expiry(r: &mut Reader<'_>, at: u64, time: u64) -> Result<Expiry, CodecError> {
    let parts = r.byte("parts")?;
    if parts > 31 || parts & (SVI | FITTED_APART) == FITTED_APART {
        return Err(r.range("parts"));
    }
    let forward = read_price(r, "forward")?;
    let forward_confidence = read_confidence(r, parts & FORWARD_CONFIDENCE, "forward confidence")?;
    let rate = Ratio::new(read_signed(r, "rate")?).map_err(|_| r.range("rate"))?;
    let rate_confidence = read_confidence(r, parts & RATE_CONFIDENCE, "rate confidence")?;
    let svi = match parts & SVI {
        0 => None,
        _ => Some(read_svi(r, parts, fitted_now(forward, at, time))?),
    };
    Ok(Expiry {
        expiry: at,
        forward,
        rate,
        confidence: ExpiryConfidence {
            forward: forward_confidence,
            rate: rate_confidence,
            vol: read_confidence(r, parts & VOL_CONFIDENCE, "vol confidence")?,
        },
        svi,
        vols: None,
    })
}

fn read_svi(r: &mut Reader<'_>, parts: u8, now: Option<(Price, Fine)>) -> Result<Svi, CodecError> {
    let (a, b) = (read_fine(r, "a")?, read_fine(r, "b")?);
    let (rho, m, sigma) = (read_fine(r, "rho")?, read_fine(r, "m")?, read_fine(r, "sigma")?);
    let fit = match parts & FITTED_APART {
        0 => now,
        _ => Some((read_price(r, "fitted forward")?, read_fine(r, "fitted years")?)).filter(|fit| Some(*fit) != now),
    };
    let (forward, years) = fit.ok_or_else(|| r.range("fitted years"))?;
    Ok(Svi {
        a,
        b,
        rho,
        m,
        sigma,
        forward: Some(forward),
        years: Some(years),
    })
}

/// The forward and the years that a slice must name on a tape.
fn fitted(svi: &Svi) -> Result<(Price, Fine), CodecError> {
    Ok((
        svi.forward.ok_or(range("fitted forward"))?,
        svi.years.ok_or(range("fitted years"))?,
    ))
}

/// What a slice that was fitted for this very tape names.
fn fitted_now(forward: Price, expiry: u64, time: u64) -> Option<(Price, Fine)> {
    years_between(time, expiry).map(|years| (forward, years))
}

fn write_price(w: &mut Writer, price: Price) {
    // At most 10^18 steps: below 2^60, so the four bits fit.
    let (mantissa, exponent) = strip_zeros(price.steps());
    w.varint((mantissa << 4) | u64::from(exponent));
}

/// Written unless it is 1.
fn write_confidence(w: &mut Writer, confidence: Ratio, field: &'static str) -> Result<(), CodecError> {
    if !(Ratio::ZERO..=Ratio::ONE).contains(&confidence) {
        return Err(range(field));
    }
    if confidence != Ratio::ONE {
        let (mantissa, exponent) = strip_zeros(confidence.steps().unsigned_abs());
        w.varint((mantissa << 4) | u64::from(exponent));
    }
    Ok(())
}

/// For [`Ratio`] and [`Fine`]: at most 10^15 steps either way, so zigzag and the four bits fit.
fn write_signed(w: &mut Writer, steps: i64) {
    let (mantissa, exponent) = strip_zeros(steps.unsigned_abs());
    let sign = u64::from(steps < 0);
    // Zigzag of a magnitude: 2m for m >= 0, 2m - 1 for -m.
    w.varint((((mantissa << 1) - sign) << 4) | u64::from(exponent));
}

fn read_price(r: &mut Reader<'_>, field: &'static str) -> Result<Price, CodecError> {
    let packed = r.varint(field)?;
    add_zeros(packed >> 4, (packed & 15) as u8)
        .and_then(|steps| Price::new(steps).ok())
        .ok_or_else(|| r.range(field))
}

/// 1 unless its flag is set.
fn read_confidence(r: &mut Reader<'_>, flag: u8, field: &'static str) -> Result<Ratio, CodecError> {
    if flag == 0 {
        return Ok(Ratio::ONE);
    }
    let packed = r.varint(field)?;
    add_zeros(packed >> 4, (packed & 15) as u8)
        .and_then(|steps| Ratio::new(i64::try_from(steps).ok()?).ok())
        .filter(|confidence| *confidence < Ratio::ONE)
        .ok_or_else(|| r.range(field))
}

fn read_signed(r: &mut Reader<'_>, field: &'static str) -> Result<i64, CodecError> {
    let packed = r.varint(field)?;
    let zigzag = packed >> 4;
    let negative = zigzag & 1 == 1;
    add_zeros((zigzag >> 1) + u64::from(negative), (packed & 15) as u8)
        .and_then(|steps| i64::try_from(steps).ok())
        .map(|steps| if negative { -steps } else { steps })
        .ok_or_else(|| r.range(field))
}

fn read_fine(r: &mut Reader<'_>, field: &'static str) -> Result<Fine, CodecError> {
    Fine::new(read_signed(r, field)?).map_err(|_| r.range(field))
}

/// `n` of a price of `10^n` steps, which is what a contract size must be; none of another.
pub fn power_of_ten(price: Price) -> Option<u8> {
    let exponent = price.steps().ilog10();
    (number::power_of_ten(exponent) == Some(price.steps()))
        .then_some(exponent)
        .and_then(|e| u8::try_from(e).ok())
}

fn bit(set: bool, flag: u8) -> u8 {
    if set { flag } else { 0 }
}

fn range(field: &'static str) -> CodecError {
    CodecError::Range { record: RECORD, field }
}

#[cfg(test)]
#[path = "tape_tests.rs"]
mod tests;
