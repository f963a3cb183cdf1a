//! The embedded chain: the oracle contract in this process, with publishers whose keys anyone can compute. It lives as long
//! as the command, unless it is saved to a state file.

use std::fs;
use std::path::Path;

use cosmwasm_std::testing::MockStorage;
use cosmwasm_std::{Addr, Binary, BlockInfo, Event, Order, Storage, Timestamp};
use cw_multi_test::{App, AppBuilder, ContractWrapper, Executor, no_init};
use hedgerow_interface::oracle::{
    ConfigResponse, ExecuteMsg, InstantiateMsg, Listing, ListingsResponse, MAX_PUBLISHERS, MIN_QUORUM, QueryMsg,
    Report, ReportsResponse, Rules, Settlement, SettlementsResponse,
};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::Price;
use hedgerow_testing::{Refusal, pages};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::keys::Publisher;
use crate::error::CliError;
use crate::files;

/// The chain's id, part of what a relayed report is signed for.
const CHAIN_ID: &str = "hedgerow-dev";
/// The format of state files.
const FORMAT: u32 = 1;
/// The last second that an expiry's day can be in: the end of 2099.
const LAST_SECOND: u64 = 4_102_444_799;

/// A chain on which nothing runs but the oracle contract, under its standard rules.
pub struct Chain {
    app: App,
    oracle: Addr,
    publishers: Vec<Publisher>,
}

/// What a state file holds: everything that the chain stores, in the order of keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: u32,
    height: u64,
    time: u64,
    oracle: String,
    publishers: u8,
    storage: Vec<(Binary, Binary)>,
}

impl Chain {
    /// A new chain at the beginning of 1970. One publisher is a quorum in development; otherwise there are at least three.
    pub fn new(publishers: u8) -> Result<Self, Refusal> {
        let mut app = app(MockStorage::new(), 1, 0);
        let code = store(&mut app);
        let admin = app.api().addr_make("admin");
        let message = InstantiateMsg {
            admin: None,
            guardian: None,
            rules: Rules::standard(),
            underlyings: vec![],
        };
        let oracle = app.instantiate_contract(code, admin, &message, &[], "oracle", None)?;
        Self::with(app, oracle, publishers)
    }

    /// The chain of a state file; none when there is no such file.
    pub fn load(path: &Path) -> Result<Option<Self>, CliError> {
        if !path.exists() {
            return Ok(None);
        }
        let state: State = files::json(path)?;
        let refused = |reason: String| CliError::input(path, reason);
        if state.format != FORMAT {
            return Err(refused(format!("format {}: must be {FORMAT}", state.format)));
        }
        check_time(state.time).map_err(refused)?;
        check_publishers(state.publishers).map_err(refused)?;
        let mut storage = MockStorage::new();
        for (key, value) in &state.storage {
            if value.is_empty() {
                return Err(refused(format!("storage: the value of {key} must not be empty")));
            }
            storage.set(key, value);
        }
        let mut app = app(storage, state.height, state.time);
        store(&mut app);
        let chain = Self::with(app, Addr::unchecked(state.oracle), state.publishers);
        let chain = chain.map_err(|refusal| refused(refusal.text))?;
        chain.listings().map_err(|refusal| refused(refusal.text))?;
        Ok(Some(chain))
    }

    /// Saves everything, in one step: a reader never sees half a file.
    pub fn save(&self, path: &Path) -> Result<(), CliError> {
        let block = self.app.block_info();
        let records = self.app.storage().range(None, None, Order::Ascending);
        let state = State {
            format: FORMAT,
            height: block.height,
            time: block.time.seconds(),
            oracle: self.oracle.to_string(),
            publishers: self.publisher_count(),
            storage: records.map(|(key, value)| (key.into(), value.into())).collect(),
        };
        let new = files::beside(path, ".new");
        let text = serde_json::to_vec(&state).map_err(|reason| CliError::input(path, reason))?;
        let saved = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
        saved.map_err(|reason| CliError::input(path, format!("cannot write: {reason}")))
    }

    fn with(app: App, oracle: Addr, publishers: u8) -> Result<Self, Refusal> {
        let publishers = (1..=publishers).map(|number| Publisher::of(number, app.api()));
        Ok(Self {
            publishers: publishers.collect::<Result<_, _>>()?,
            app,
            oracle,
        })
    }

    /// How many publishers every underlying has. They are numbered from 1.
    pub fn publisher_count(&self) -> u8 {
        // Checked when the chain began.
        u8::try_from(self.publishers.len()).unwrap_or(u8::MAX)
    }

    /// The number of an address among the publishers.
    pub fn number(&self, address: &str) -> Option<u8> {
        let place = self.publishers.iter().position(|known| known.address == address)?;
        u8::try_from(place).ok()?.checked_add(1)
    }

    /// The contract's address.
    pub fn oracle(&self) -> &Addr {
        &self.oracle
    }

    /// The chain's id.
    pub fn id(&self) -> String {
        self.app.block_info().chain_id
    }

    /// The block's time, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.app.block_info().time.seconds()
    }

    /// Begins a block at a time, or now when that is later.
    pub fn advance_to(&mut self, time: u64) {
        let time = time.max(self.now());
        self.app.update_block(|block| {
            block.height = block.height.saturating_add(1);
            block.time = Timestamp::from_seconds(time);
        });
    }

    /// Lists an underlying with all publishers, unless it is listed.
    pub fn list(&mut self, underlying: Symbol, contract_size: Price) -> Result<(), Refusal> {
        if self.listings()?.iter().any(|listed| listed.underlying == underlying) {
            return Ok(());
        }
        let admin = self.app.api().addr_make("admin");
        let listing = ExecuteMsg::List(Listing {
            underlying,
            contract_size,
            publishers: self.publishers.iter().map(|known| known.address.clone()).collect(),
            band: None,
            feeds: vec![],
            development: self.publishers.len() == 1,
        });
        self.execute(admin, &listing)?;
        Ok(())
    }

    /// A publisher posts a report itself, or somebody else relays it with the publisher's signature.
    pub fn report(&mut self, publisher: u8, report: &Report, relayed: bool) -> Result<Vec<Event>, Refusal> {
        let unknown = || Refusal {
            text: format!("no publisher {publisher}"),
        };
        let place = usize::from(publisher).checked_sub(1);
        let known = place.and_then(|place| self.publishers.get(place)).ok_or_else(unknown)?;
        if relayed {
            let message = known.relayed(report, &self.id(), self.oracle.as_str())?;
            let relayer = self.app.api().addr_make("relayer");
            return self.execute(relayer, &message);
        }
        let sender = Addr::unchecked(&known.address);
        self.execute(sender, &ExecuteMsg::Report(Box::new(report.clone())))
    }

    fn execute(&mut self, sender: Addr, message: &ExecuteMsg) -> Result<Vec<Event>, Refusal> {
        let oracle = self.oracle.clone();
        Ok(self.app.execute_contract(sender, oracle, message, &[])?.events)
    }

    /// How many seconds ahead of the block a report may be.
    pub fn max_ahead(&self) -> Result<u64, Refusal> {
        let config: ConfigResponse = self.query(&QueryMsg::Config {})?;
        Ok(config.rules.max_ahead)
    }

    /// Listed underlyings.
    pub fn listings(&self) -> Result<Vec<Listing>, Refusal> {
        pages(|start_after| {
            let limit = None;
            let page: ListingsResponse = self.query(&QueryMsg::Listings { start_after, limit })?;
            Ok((page.items, page.next))
        })
    }

    /// The publishers of an underlying with their last reports.
    pub fn reports(&self, underlying: Symbol) -> Result<ReportsResponse, Refusal> {
        self.query(&QueryMsg::Reports { underlying })
    }

    /// When a publisher's last report of an underlying was observed; none before its first.
    pub fn last_report(&self, publisher: u8, underlying: Symbol) -> Result<Option<u64>, Refusal> {
        let reports = self.reports(underlying)?.items;
        let own = reports
            .iter()
            .find(|report| self.number(&report.publisher) == Some(publisher));
        Ok(own.and_then(|report| report.time))
    }

    /// The tape of an underlying; none before its first.
    pub fn tape(&self, underlying: Symbol) -> Result<Option<Tape>, Refusal> {
        match self.query(&QueryMsg::Market { underlying }) {
            Ok(tape) => Ok(Some(tape)),
            Err(refusal) if refusal.code() == "no_tape" => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Settlement prices of an underlying.
    pub fn settlements(&self, underlying: Symbol) -> Result<Vec<Settlement>, Refusal> {
        pages(|start_after| {
            let question = QueryMsg::Settlements {
                underlying,
                start_after,
                limit: None,
            };
            let page: SettlementsResponse = self.query(&question)?;
            Ok((page.items, page.next))
        })
    }

    fn query<T: DeserializeOwned>(&self, question: &QueryMsg) -> Result<T, Refusal> {
        Ok(self.app.wrap().query_wasm_smart(&self.oracle, question)?)
    }
}

/// Refuses a time that the chain's clock cannot show.
pub fn check_time(time: u64) -> Result<(), String> {
    if time > LAST_SECOND {
        return Err(format!("time {time}: must be at most {LAST_SECOND}"));
    }
    Ok(())
}

/// Refuses a number of publishers that never makes a quorum.
pub fn check_publishers(publishers: u8) -> Result<(), String> {
    match usize::from(publishers) {
        1 | MIN_QUORUM..=MAX_PUBLISHERS => Ok(()),
        _ => Err(format!(
            "publishers {publishers}: must be 1, for development, or {MIN_QUORUM} to {MAX_PUBLISHERS}"
        )),
    }
}

fn app(storage: MockStorage, height: u64, time: u64) -> App {
    let block = BlockInfo {
        height,
        time: Timestamp::from_seconds(time),
        chain_id: CHAIN_ID.to_owned(),
    };
    AppBuilder::new().with_storage(storage).with_block(block).build(no_init)
}

/// Code lies beside the storage, under the number that the contract was made with.
fn store(app: &mut App) -> u64 {
    app.store_code(Box::new(ContractWrapper::new(
        hedgerow_oracle::contract::execute,
        hedgerow_oracle::contract::instantiate,
        hedgerow_oracle::contract::query,
    )))
}
