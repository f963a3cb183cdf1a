//! A publisher's report comes in, by itself or relayed: it is checked and stored, and the tape is made anew.

use crate::check::{self, Context};
use crate::feed::{self, Reading};
use crate::jump::{self, Verdict};
use crate::state::{
    self, CONFIG, Held, Listed, PROPOSALS, Publisher, Stored, held, listed, save_held, save_report, save_settlement,
    save_tape, tape,
};
use crate::{ContractError, aggregate, history, round, settlement};
use cosmwasm_std::{Addr, DepsMut, Env, Event, Response, Storage, from_json};
use hedgerow_interface::event::{JumpHeld, Reported, TapeChanged};
use hedgerow_interface::oracle::{Report, quorum};
use hedgerow_interface::signing;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::Symbol;

/// Takes a report of the sender.
///
/// Mutates: as `take`. Emits: as `take`. Fails: as `take`.
pub fn report(deps: DepsMut<'_>, now: u64, sender: &Addr, report: Report) -> Result<Response, ContractError> {
    take(deps, now, sender, report)
}

/// Takes a report that somebody else signed, for this chain and this contract.
///
/// Mutates: as `take`. Emits: as `take`. Fails: `public_key`, `signature_length`, `signature_high_s`,
/// `signature_mismatch`, `std` when the text is no report, and as `take`.
pub fn relay(
    deps: DepsMut<'_>,
    env: &Env,
    text: &str,
    public_key: &[u8],
    signature: &[u8],
) -> Result<Response, ContractError> {
    let signed = signing::bound("report", &env.block.chain_id, env.contract.address.as_str(), text);
    let publisher = signing::signer(deps.api, &signed, public_key, signature)?;
    take(deps, env.block.time.seconds(), &publisher, from_json(text)?)
}

/// Checks and stores a publisher's report, and makes the tape of all that are in use.
///
/// Mutates: the publisher's report, the tape, its snapshots, a jump that is held, settlement prices. Emits:
/// `hedgerow_report`; `hedgerow_tape` or `hedgerow_jump`; `hedgerow_settlement`. Fails: `unlisted`, `unauthorised`, and as
/// [`check::accept`].
fn take(deps: DepsMut<'_>, now: u64, sender: &Addr, report: Report) -> Result<Response, ContractError> {
    // load
    let underlying = report.underlying;
    let listed = listed(deps.storage, underlying)?;
    let publisher = publisher(sender, &listed.publishers, underlying)?;
    let rules = CONFIG.load(deps.storage)?.rules;
    let tape = tape(deps.storage, underlying)?;
    let (others, last) = stored(deps.storage, underlying, &listed, publisher)?;

    // compute
    let context = Context {
        listed: &listed,
        rules: &rules,
        tape: tape.as_ref(),
        last: last.as_ref(),
        now,
    };
    let accepted = check::accept(report, &context)?;
    let mut reports = others;
    reports.push((publisher, accepted.tape.clone()));
    reports.sort_unstable_by_key(|(number, _)| *number);
    let reports = reports.into_iter().map(|(_, report)| report).collect();
    let reading = Reading {
        deps: deps.as_ref(),
        underlying,
        listed: &listed,
        tape: tape.as_ref(),
        rules: &rules,
        now,
    };
    let outcome = outcome(reports, &reading)?;

    // apply
    save_report(deps.storage, underlying, publisher, &accepted)?;
    let event = Reported {
        underlying,
        publisher: sender.to_string(),
        time: accepted.tape.time,
        index: accepted.tape.market.index,
    };
    let events = apply(deps.storage, underlying, tape.as_ref(), outcome)?;
    Ok(Response::new().add_event(event).add_events(events))
}

/// What a report makes of the tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: too few reports, or none that is new enough.
    Unchanged,
    /// Another tape, of so many reports.
    Tape(Tape, usize),
    /// A jump that waits for a second round.
    Held(Held),
}

/// The outcome of the last reports of all publishers, in the order of their numbers. Feeds are asked once there is a quorum.
fn outcome(reports: Vec<Tape>, reading: &Reading<'_>) -> Result<Outcome, ContractError> {
    let Reading {
        listed,
        tape,
        rules,
        now,
        ..
    } = *reading;
    let quorum = quorum(listed.publishers.len(), listed.development);
    let Some(round) = round::agree(reports, tape, now, quorum, rules) else {
        return Ok(Outcome::Unchanged);
    };
    let next = aggregate::aggregate(&round, &feed::quotes(reading), now, rules);
    let Some(mut next) = next.filter(|next| tape.is_none_or(|tape| next.time >= tape.time)) else {
        return Ok(Outcome::Unchanged);
    };
    let held = || held(reading.deps.storage, reading.underlying);
    match jump::judge(tape, &next, &round, quorum, rules.max_jump, held)? {
        Verdict::Wait => Ok(Outcome::Unchanged),
        Verdict::Hold => Ok(Outcome::Held(Held {
            base: tape.map_or(0, |tape| tape.time),
            newest: round.newest,
            tape: next,
        })),
        Verdict::Pass => {
            next.history = Some(history::next(tape, next.time, next.market.index, rules));
            next.development = listed.development;
            keep_unsettled(&mut next, tape, round.over);
            Ok(Outcome::Tape(next, round.reports.len()))
        }
    }
}

/// Puts the expiries that are over and not settled before the others: they stay as the last tape has them.
fn keep_unsettled(next: &mut Tape, tape: Option<&Tape>, over: u64) {
    let live = std::mem::take(&mut next.market.expiries);
    let known = tape.iter().flat_map(|tape| &tape.market.expiries);
    let unsettled = known.filter(|known| known.expiry <= over);
    next.market.expiries = unsettled.cloned().chain(live).collect();
}

fn apply(
    storage: &mut dyn Storage,
    underlying: Symbol,
    before: Option<&Tape>,
    outcome: Outcome,
) -> Result<Vec<Event>, ContractError> {
    match outcome {
        Outcome::Unchanged => Ok(Vec::new()),
        Outcome::Held(held) => {
            save_held(storage, underlying, &held)?;
            let (time, index) = (held.tape.time, held.tape.market.index);
            Ok(vec![
                JumpHeld {
                    underlying,
                    time,
                    index,
                }
                .into(),
            ])
        }
        Outcome::Tape(mut tape, sources) => {
            history::snap(storage, underlying, before.map(|before| before.time), &tape);
            let settled = settlement::settle(storage, underlying, &mut tape);
            save_tape(storage, underlying, &tape)?;
            let mut events = vec![
                TapeChanged {
                    underlying,
                    time: tape.time,
                    index: tape.market.index,
                    sources: sources as u64,
                }
                .into(),
            ];
            for event in settled {
                save_settlement(storage, underlying, event.expiry, event.price);
                PROPOSALS.remove(storage, (&underlying.to_string(), event.expiry.number()));
                events.push(event.into());
            }
            Ok(events)
        }
    }
}

/// The other publishers' last reports by number, and this one's own.
type Reports = (Vec<(u8, Tape)>, Option<Stored>);

fn stored(storage: &dyn Storage, underlying: Symbol, listed: &Listed, publisher: u8) -> Result<Reports, ContractError> {
    let (mut others, mut last) = (Vec::with_capacity(listed.publishers.len()), None);
    for Publisher { number, .. } in &listed.publishers {
        let report = state::report(storage, underlying, *number)?;
        if *number == publisher {
            last = report;
        } else {
            others.extend(report.map(|report| (*number, report.tape)));
        }
    }
    Ok((others, last))
}

/// The number of a publisher.
fn publisher(sender: &Addr, publishers: &[Publisher], underlying: Symbol) -> Result<u8, ContractError> {
    let known = publishers.iter().find(|publisher| publisher.address == *sender);
    known
        .map(|publisher| publisher.number)
        .ok_or_else(|| ContractError::Unauthorised {
            sender: sender.clone(),
            needed: ["a publisher of ", &underlying.to_string()].concat(),
        })
}
