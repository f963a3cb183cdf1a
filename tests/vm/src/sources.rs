//! An oracle in earnest: three publishers with keys, of whom two have just reported.

use crate::chain::{Chain, Failure};
use crate::exchange::{Codes, SceneError};
use crate::layout::api;
use crate::meter::Bill;
use cosmwasm_std::{Addr, Binary};
use cosmwasm_vm::BackendApi;
use hedgerow_interface::oracle::{ExecuteMsg, QueryMsg, Report, TapeResponse};
use hedgerow_interface::signing;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::{Price, Ratio};
use hedgerow_testing::market::ladder;
use hedgerow_testing::world::oracle_msg;
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};

/// The oracle with three publishers of BTC.
pub struct Sources {
    chain: Chain,
    oracle: Addr,
    market: Market,
    btc: Symbol,
    keys: Vec<(SigningKey, Addr)>,
}

impl Sources {
    /// All three have reported the ladder's expiries, and two of them again, a minute later.
    pub fn open(codes: &Codes, expiries: usize) -> Result<Self, SceneError> {
        let market = ladder(expiries);
        let chain = codes.chain(market.time);
        let keys = (1..=3).map(key).collect::<Result<Vec<_>, SceneError>>()?;
        let owner = chain.user("owner");
        let mut message = oracle_msg(&market, &owner);
        for listing in &mut message.underlyings {
            listing.development = false;
            listing.publishers = keys.iter().map(|(_, address)| address.to_string()).collect();
        }
        let oracle = done(chain.instantiate(1, &owner, &message, "oracle"))?;
        let btc = "BTC".parse().map_err(|_| SceneError::Other("a symbol".to_owned()))?;
        let sources = Self {
            chain,
            oracle,
            market,
            btc,
            keys,
        };
        for place in 0..3 {
            sources.report(place)?;
        }
        sources.chain.advance(60);
        for place in 0..2 {
            sources.report(place)?;
        }
        Ok(sources)
    }

    /// The third report, by its publisher: the tape is made anew.
    pub fn complete(&self) -> Result<Bill, SceneError> {
        self.report(2)
    }

    /// The third report, brought by somebody else.
    pub fn relay(&self) -> Result<Bill, SceneError> {
        let (key, signer) = self.publisher(2)?;
        let text = serde_json::to_string(&self.view(2)?).map_err(|error| SceneError::Other(error.to_string()))?;
        let bound = signing::bound("report", "hedgerow-1", self.oracle.as_str(), &text);
        let signature: Signature = key.sign(signing::sign_doc(signer.as_str(), &bound).as_bytes());
        let signature = signature.normalize_s().unwrap_or(signature);
        let message = ExecuteMsg::Relay {
            report: text,
            public_key: Binary::from(public(key)),
            signature: Binary::from(signature.to_bytes().to_vec()),
        };
        Ok(done(
            self.chain
                .execute(&self.chain.user("anyone"), &self.oracle, &message, &[]),
        )?
        .bill)
    }

    /// The packed tape, asked for.
    pub fn tape(&self) -> Result<Bill, SceneError> {
        let question = QueryMsg::Tape { underlying: self.btc };
        Ok(done(self.chain.query::<TapeResponse>(&self.oracle, &question))?.1)
    }

    fn report(&self, place: usize) -> Result<Bill, SceneError> {
        let message = ExecuteMsg::Report(Box::new(self.view(place)?));
        let (_, publisher) = self.publisher(place)?;
        Ok(done(self.chain.execute(publisher, &self.oracle, &message, &[]))?.bill)
    }

    fn publisher(&self, place: usize) -> Result<&(SigningKey, Addr), SceneError> {
        let known = self.keys.get(place);
        known.ok_or_else(|| SceneError::Other("a publisher".to_owned()))
    }

    /// What a publisher sees: the ladder, the index a little apart.
    fn view(&self, place: usize) -> Result<Report, SceneError> {
        let known = self.market.underlyings.get(&self.btc).cloned();
        let mut market = known.ok_or_else(|| SceneError::Other("BTC".to_owned()))?;
        market.index = Price::new(market.index.steps() + 1_000_000 * place as u64)?;
        Ok(Report {
            underlying: self.btc,
            time: self.chain.now(),
            quote_price: self.market.quote_price,
            quote_confidence: Ratio::ONE,
            market,
        })
    }
}

/// A key and its address.
fn key(seed: u8) -> Result<(SigningKey, Addr), SceneError> {
    let other = |error: &dyn std::fmt::Display| SceneError::Other(error.to_string());
    let key = SigningKey::from_slice(&[seed; 32]).map_err(|error| other(&error))?;
    let (address, _) = api().addr_humanize(&signing::account(&public(&key)));
    let address = address.map_err(|error| other(&error))?;
    Ok((key, Addr::unchecked(address)))
}

fn public(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_encoded_point(true).as_bytes().to_vec()
}

fn done<T>(outcome: Result<T, Failure>) -> Result<T, SceneError> {
    outcome.map_err(|failure| SceneError::Call {
        what: "a report".to_owned(),
        failure,
    })
}
