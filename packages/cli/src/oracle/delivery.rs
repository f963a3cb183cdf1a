//! One report on its way to the oracle, and what came of it.

use std::fmt;

use cosmwasm_std::Event;
use hedgerow_interface::event::{JumpHeld, SettlementFixed, TapeChanged, TypedEvent};
use hedgerow_interface::oracle::{Report, ReportsResponse};
use hedgerow_risk::instrument::Day;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::Price;
use hedgerow_testing::Refusal;
use serde::Serialize;

use super::chain::Chain;

/// What a report made of the tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// There is a new tape.
    Tape {
        /// Its index.
        index: Price,
        /// How many reports it is made of.
        sources: u64,
        /// Expiries whose settlement prices it fixed.
        settled: Vec<Settled>,
    },
    /// The report is stored; the tape stays until there are more.
    Waiting {
        /// How many sources are fresh.
        fresh: u32,
        /// How many make a tape.
        quorum: u32,
    },
    /// The report is stored; the tape stays until a second round confirms prices that are far from it.
    Jump {
        /// When the first round saw them.
        since: u64,
    },
    /// The report is not stored.
    Refused {
        /// The stable code of the rule.
        rule: String,
        /// The rule with the value and the limit.
        reason: String,
    },
}

/// A settlement price that a report fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    expiry: Day,
    price: Price,
}

impl Outcome {
    /// What a refusal says.
    pub fn refused(refusal: &Refusal) -> Self {
        Self::Refused {
            rule: refusal.code().to_owned(),
            reason: refusal.text.clone(),
        }
    }

    /// True when the report is stored.
    pub fn accepted(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    fn of(events: &[Event], reports: &ReportsResponse) -> Self {
        if let Some(tape) = events.iter().find_map(TapeChanged::read) {
            let settled = events.iter().filter_map(SettlementFixed::read);
            let settled = settled.map(|fixed| Settled {
                expiry: fixed.expiry,
                price: fixed.price,
            });
            return Self::Tape {
                index: tape.index,
                sources: tape.sources,
                settled: settled.collect(),
            };
        }
        let held = events.iter().find_map(JumpHeld::read).map(|held| held.time);
        match held.or(reports.jump_since).filter(|_| reports.fresh >= reports.quorum) {
            Some(since) => Self::Jump { since },
            None => Self::Waiting {
                fresh: reports.fresh,
                quorum: reports.quorum,
            },
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tape {
                index,
                sources,
                settled,
            } => {
                write!(f, "tape {index} of {sources} source{}", plural(*sources))?;
                settled
                    .iter()
                    .try_for_each(|Settled { expiry, price }| write!(f, ", settles {expiry} at {price}"))
            }
            Self::Waiting { fresh, quorum } => write!(f, "the tape waits: {fresh} of {quorum} sources"),
            Self::Jump { since } => write!(
                f,
                "the tape waits: far from the last one since {since}, a second round must confirm it"
            ),
            Self::Refused { reason, .. } => f.write_str(reason),
        }
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The report of every underlying of a market.
pub fn reports(market: &Market) -> Vec<Report> {
    let report = |(symbol, underlying): (&_, &hedgerow_risk::market::Underlying)| Report {
        underlying: *symbol,
        time: market.time,
        quote_price: market.quote_price,
        quote_confidence: market.quote_confidence,
        market: underlying.clone(),
    };
    market.underlyings.iter().map(report).collect()
}

/// Sends a publisher's report; lists its underlying first where the chain does not know it.
pub fn deliver(chain: &mut Chain, publisher: u8, report: &Report, relayed: bool) -> Outcome {
    let underlying = report.underlying;
    let sent = chain
        .list(underlying, report.market.contract_size)
        .and_then(|()| chain.report(publisher, report, relayed))
        .and_then(|events| Ok(Outcome::of(&events, &chain.reports(underlying)?)));
    sent.unwrap_or_else(|refusal| Outcome::refused(&refusal))
}
