//! A proposed trade: before, after and the difference, and what the gate would say.

use std::io::{self, Write};

use hedgerow_interface::fill::LegFill;
use hedgerow_risk::assessment::Assessment;
use hedgerow_risk::error::RiskError;
use hedgerow_risk::gate::{GateRefusal, gate};
use hedgerow_risk::market::Market;
use hedgerow_risk::number::{Ratio, Value};
use hedgerow_risk::trade::{Fill, Preview, preview};
use serde::Serialize;

use super::Question;
use super::text::money;

/// The legs of a trade as they are written on the command line: `INSTRUMENT QUANTITY@PRICE[, ...]`.
#[derive(Clone, Debug)]
pub struct Legs(Vec<LegFill>);

impl std::str::FromStr for Legs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let leg = |text: &str| text.trim().parse::<LegFill>().map_err(|error| error.to_string());
        text.split(',').map(leg).collect::<Result<_, _>>().map(Self)
    }
}

impl Legs {
    /// Why the contract would not trade a leg of these: it is over.
    pub fn expired(&self, market: &Market) -> Option<String> {
        self.0.iter().find_map(|leg| {
            let day = leg.instrument.day()?;
            let underlying = market.underlyings.get(&leg.instrument.underlying)?;
            let expiry = underlying.expiry(day).map_or(day.expiry_time(), |own| own.expiry);
            (expiry <= market.time).then(|| {
                let (instrument, now) = (leg.instrument, market.time);
                format!("{instrument} expired at {expiry}, it is {now}")
            })
        })
    }
}

/// A trade, valued and judged.
pub struct Proposed<'a> {
    legs: &'a [LegFill],
    preview: Preview,
    verdict: Result<(), GateRefusal>,
}

/// Values the account without the trade and with it.
pub fn propose<'a>(question: &Question, legs: &'a Legs, max_reduce_cost: Ratio) -> Result<Proposed<'a>, RiskError> {
    let fill = |leg: &LegFill| Fill {
        instrument: leg.instrument,
        quantity: leg.quantity,
        price: leg.price,
    };
    let fills: Vec<Fill> = legs.0.iter().map(fill).collect();
    let preview = preview(&question.model, &question.market, &question.portfolio, &fills)?;
    Ok(Proposed {
        legs: &legs.0,
        verdict: gate(&preview.change, max_reduce_cost),
        preview,
    })
}

/// The table for people.
pub fn write(found: &Proposed<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{:<28}{:>20}{:>20}{:>20}",
        "trade", "before", "after", "difference"
    )?;
    let (before, after) = (Figures::of(&found.preview.before), Figures::of(&found.preview.after));
    let names = ["equity", "initial margin", "maintenance margin", "scan"];
    let columns = [before, after, after.less(&before)].map(|figures| figures.list().into_iter());
    let [before, after, difference] = columns;
    for (((name, before), after), difference) in names.iter().zip(before).zip(after).zip(difference) {
        let (before, after, difference) = (money(before), money(after), money(difference));
        writeln!(out, "{name:<28}{before:>20}{after:>20}{difference:>20}")?;
    }
    let lost = found.preview.change.value_lost;
    let does = if lost.is_negative() { "gains" } else { "gives away" };
    let (lost, notional) = (money(lost.abs()), money(found.preview.change.notional));
    writeln!(out, "{does} {lost} against the mark, on a notional of {notional}")?;
    match &found.verdict {
        Ok(()) => writeln!(out, "the gate lets it pass"),
        Err(refusal) => writeln!(out, "the gate refuses it: {}: {refusal}", refusal.code()),
    }
}

/// The trade as JSON.
#[derive(Serialize)]
pub struct TradeAnswer {
    legs: Vec<LegFill>,
    before: Figures,
    after: Figures,
    difference: Figures,
    value_lost: Value,
    notional: Value,
    /// `passes`, or the stable code of the refusal.
    gate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<&Proposed<'_>> for TradeAnswer {
    fn from(found: &Proposed<'_>) -> Self {
        let Preview { before, after, change } = &found.preview;
        let (before, after) = (Figures::of(before), Figures::of(after));
        let refusal = found.verdict.err();
        Self {
            legs: found.legs.to_vec(),
            before,
            after,
            difference: after.less(&before),
            value_lost: change.value_lost,
            notional: change.notional,
            gate: refusal.as_ref().map_or("passes", GateRefusal::code),
            reason: refusal.map(|refusal| refusal.to_string()),
        }
    }
}

/// What is compared.
#[derive(Clone, Copy, Serialize)]
struct Figures {
    equity: Value,
    initial_margin: Value,
    maintenance_margin: Value,
    scan: Value,
}

impl Figures {
    fn of(found: &Assessment) -> Self {
        Self {
            equity: found.standing.equity,
            initial_margin: found.standing.initial_margin,
            maintenance_margin: found.standing.maintenance_margin,
            scan: found.scan,
        }
    }

    fn list(&self) -> [Value; 4] {
        [self.equity, self.initial_margin, self.maintenance_margin, self.scan]
    }

    fn less(&self, other: &Self) -> Self {
        Self {
            equity: self.equity.saturating_sub(other.equity),
            initial_margin: self.initial_margin.saturating_sub(other.initial_margin),
            maintenance_margin: self.maintenance_margin.saturating_sub(other.maintenance_margin),
            scan: self.scan.saturating_sub(other.scan),
        }
    }
}
