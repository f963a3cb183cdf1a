//! Keys of the embedded chain's publishers: development keys that anyone can compute, and what is signed with them.
//!
//! ```text
//! key n = sha256("hedgerow development publisher n")
//! ```

use cosmwasm_std::{Api, Binary, CanonicalAddr, StdResult};
use hedgerow_interface::oracle::{ExecuteMsg, Report};
use hedgerow_interface::signing;
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

/// A publisher with its development key.
#[derive(Clone, Debug)]
pub struct Publisher {
    key: SigningKey,
    /// Its address.
    pub address: String,
}

impl Publisher {
    /// The publisher of a number.
    pub fn of(number: u8, api: &dyn Api) -> StdResult<Self> {
        let seed = Sha256::digest(format!("hedgerow development publisher {number}"));
        let key = SigningKey::from_slice(&seed)?;
        let account = signing::account(key.verifying_key().to_encoded_point(true).as_bytes());
        let address = api.addr_humanize(&CanonicalAddr::from(account))?.into_string();
        Ok(Self { key, address })
    }

    /// The message with which anyone relays a report that this publisher signed for one contract of one chain.
    pub fn relayed(&self, report: &Report, chain_id: &str, contract: &str) -> StdResult<ExecuteMsg> {
        let report = String::from_utf8(cosmwasm_std::to_json_vec(report)?)?;
        let text = signing::bound("report", chain_id, contract, &report);
        let signature: Signature = self.key.sign(signing::sign_doc(&self.address, &text).as_bytes());
        let low = signature.normalize_s().unwrap_or(signature);
        Ok(ExecuteMsg::Relay {
            report,
            public_key: Binary::from(self.key.verifying_key().to_encoded_point(true).as_bytes()),
            signature: Binary::from(low.to_bytes().to_vec()),
        })
    }
}
