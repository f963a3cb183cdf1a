//! Reports that anyone relays: signed by k256, as a publisher's program does it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

use cosmwasm_std::{Api, Binary, CanonicalAddr};
use harness::{Chain, FIRST, NOW, SECOND, only, priced, refused, set_up};
use hedgerow_interface::event::Reported;
use hedgerow_interface::signing;
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

/// A publisher with a key.
struct Signing {
    key: SigningKey,
    address: String,
}

impl Signing {
    fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let account = signing::account(&public(&key));
        let api = cosmwasm_std::testing::MockApi::default();
        let address = api.addr_humanize(&CanonicalAddr::from(account)).unwrap();
        Self {
            key,
            address: address.into(),
        }
    }

    /// The message that relays a report, signed for a chain and a contract.
    fn signed(&self, report: &Value, chain_id: &str, contract: &str) -> Value {
        let text = report.to_string();
        let doc = signing::sign_doc(&self.address, &signing::bound("report", chain_id, contract, &text));
        let signature: Signature = self.key.sign(doc.as_bytes());
        let signature = signature.normalize_s().unwrap_or(signature);
        json!({"relay": {
            "report": text,
            "public_key": Binary::from(public(&self.key)),
            "signature": Binary::from(signature.to_bytes().to_vec()),
        }})
    }
}

fn public(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_encoded_point(true).as_bytes().to_vec()
}

/// BTC in development, its publisher having a key.
fn chain(publisher: &Signing) -> Chain {
    let mut chain = Chain::empty();
    let mut msg = set_up();
    msg["underlyings"][0]["publishers"] = json!([publisher.address]);
    chain.instantiate("admin", &[], &msg).unwrap();
    chain
}

fn report(time: u64) -> Value {
    priced(time, "60000")["report"].clone()
}

/// Signed for this chain and contract.
fn here(chain: &Chain, publisher: &Signing, time: u64) -> Value {
    let (id, contract) = (&chain.env.block.chain_id, chain.env.contract.address.as_str());
    publisher.signed(&report(time), id, contract)
}

#[test]
fn anyone_relays_what_a_publisher_signed() {
    let ann = Signing::new(1);
    let mut chain = chain(&ann);
    let relayed: Reported = only(&chain.run("anyone", &here(&chain, &ann, NOW)).unwrap());
    assert_eq!((relayed.publisher, relayed.time), (ann.address.clone(), NOW));
    assert_eq!(chain.index(), Some((NOW, "60000".to_owned())));
    assert_eq!(chain.tape().market.expiries.len(), [FIRST, SECOND].len());
}

/// The same report twice, and one that is older than what its publisher said since: nobody selects an old price.
#[test]
fn a_relayed_report_must_be_newer_than_the_stored_one() {
    let ann = Signing::new(1);
    let mut chain = chain(&ann);
    chain.at(NOW + 20);
    let (old, new) = (here(&chain, &ann, NOW + 10), here(&chain, &ann, NOW + 20));
    chain.run("anyone", &new).unwrap();
    for stale in [new, old] {
        refused(
            &mut chain,
            "anyone",
            &stale.to_string(),
            &["report_not_newer: ", "must be after the publisher's last report"],
        );
    }
    chain.at(NOW + 100);
    let late = here(&chain, &ann, NOW + 39);
    refused(
        &mut chain,
        "anyone",
        &late.to_string(),
        &["report_too_old: time 1743062439: must be at least 1743062440"],
    );
    let early = here(&chain, &ann, NOW + 106);
    refused(&mut chain, "anyone", &early.to_string(), &["report_too_far_ahead: "]);
}

#[test]
fn a_report_for_another_chain_or_contract_is_refused() {
    let ann = Signing::new(1);
    let mut chain = chain(&ann);
    let (id, contract) = (chain.env.block.chain_id.clone(), chain.env.contract.address.to_string());
    for (id, contract) in [("osmosis-1", contract.as_str()), (&id, "cosmwasm1other"), ("", "")] {
        let foreign = ann.signed(&report(NOW), id, contract);
        refused(
            &mut chain,
            "anyone",
            &foreign.to_string(),
            &["signature_mismatch: signature: must be cosmwasm1"],
        );
    }
}

#[test]
fn a_malleated_signature_is_refused() {
    let ann = Signing::new(1);
    let mut chain = chain(&ann);
    let good = here(&chain, &ann, NOW);
    let bytes: Binary = serde_json::from_value(good["relay"]["signature"].clone()).unwrap();
    let low = Signature::from_slice(&bytes).unwrap();
    let high = Signature::from_scalars(low.r().to_bytes(), (-*low.s()).to_bytes()).unwrap();
    let mut other = good.clone();
    other["relay"]["signature"] = json!(Binary::from(high.to_bytes().to_vec()));
    refused(&mut chain, "anyone", &other.to_string(), &["signature_high_s: "]);
    let mut flipped = bytes.to_vec();
    flipped[5] ^= 1;
    other["relay"]["signature"] = json!(Binary::from(flipped));
    refused(&mut chain, "anyone", &other.to_string(), &["signature_mismatch: "]);
    chain.run("anyone", &good).unwrap();
}

#[test]
fn what_no_publisher_signed_is_refused() {
    let (ann, eve) = (Signing::new(1), Signing::new(2));
    let mut chain = chain(&ann);
    let good = here(&chain, &ann, NOW);
    let foreign = here(&chain, &eve, NOW);
    let says = format!("unauthorised: sender {}: must be a publisher of BTC", eve.address);
    refused(&mut chain, "anyone", &foreign.to_string(), &[&says]);
    let with = |field: &str, value: Value| {
        let mut msg = good.clone();
        msg["relay"][field] = value;
        msg.to_string()
    };
    // Eve's key with Ann's signature; a changed report; a report that is not one; keys and signatures of other lengths.
    let key = foreign["relay"]["public_key"].clone();
    refused(
        &mut chain,
        "anyone",
        &with("public_key", key),
        &["signature_mismatch: "],
    );
    let cheaper = priced(NOW, "59999")["report"].to_string();
    refused(
        &mut chain,
        "anyone",
        &with("report", json!(cheaper)),
        &["signature_mismatch: "],
    );
    refused(
        &mut chain,
        "anyone",
        &with("public_key", json!("AAAA")),
        &["public_key: public_key: 3 bytes: must be 33"],
    );
    refused(
        &mut chain,
        "anyone",
        &with("signature", json!("AAAA")),
        &["signature_length: signature: 3 bytes"],
    );
    let (id, contract) = (chain.env.block.chain_id.clone(), chain.env.contract.address.to_string());
    for junk in [json!({}), json!(null), json!({"underlying": "BTC"}), json!([1])] {
        let signed = ann.signed(&junk, &id, &contract);
        refused(&mut chain, "anyone", &signed.to_string(), &["std: "]);
    }
    // A removed publisher's signature counts no longer.
    let remove = json!({"remove_publisher": {"underlying": "BTC", "publisher": ann.address}});
    chain.run("admin", &remove).unwrap();
    refused(&mut chain, "anyone", &good.to_string(), &["unauthorised: "]);
}
