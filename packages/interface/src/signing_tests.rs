//! Signatures of others: of a wallet, of OpenSSL (Python's `cryptography` 48), and what is not one.

use super::*;
use cosmwasm_std::testing::MockApi;

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

/// Signed by OpenSSL, the key being sha256("hedgerow test key"); the second `s` is the order minus the first.
const KEY: &str = "03ac10ce7da6a028afbdf7b19e77d4f957d7bc9428e36ea4431cf77031bd782537";
const ADDRESS: &str = "cosmwasm18t6c5afrffmmxgpre2n5f5gcz87hj7574mq3zk";
const R: &str = "6319a8a7b2c4aaf83594bcf5266885c0cac118c9a72ce6a9cb34bfa9f4bef051";
const LOW: &str = "3d176815bf5cea524d27ce5e00fcdfada71e5b95c1d1e29bd289ce74a6f09785";
const HIGH: &str = "c2e897ea40a315adb2d831a1ff03205113908150ed76bd9fed4890182945a9bc";

fn text() -> String {
    bound("report", "hedgerow-1", "cosmwasm1contract", r#"{"index":"60000"}"#)
}

fn signed(text: &str, s: &str) -> Result<String, &'static str> {
    let found = signer(&MockApi::default(), text, &hex(KEY), &hex(&[R, s].concat()));
    found.map(String::from).map_err(|error| error.code())
}

/// The document and its hash as Python's `json.dumps(.., sort_keys=True, separators=(",", ":"))` and `hashlib` have them.
#[test]
fn the_sign_doc_is_sorted_amino_json() {
    let doc = concat!(
        r#"{"account_number":"0","chain_id":"","fee":{"amount":[],"gas":"0"},"memo":"","msgs":[{"type":"sign/MsgSignData","#,
        r#""value":{"data":"SGVkZ2Vyb3cgcmVwb3J0CmNoYWluOiBoZWRnZXJvdy0xCmNvbnRyYWN0OiBjb3Ntd2FzbTFjb250cmFjdAoKeyJpbmRle"#,
        r#"CI6IjYwMDAwIn0=","signer":"cosmwasm18t6c5afrffmmxgpre2n5f5gcz87hj7574mq3zk"}}],"sequence":"0"}"#,
    );
    assert_eq!(sign_doc(ADDRESS, &text()), doc);
    assert_eq!(
        digest(ADDRESS, &text()).to_vec(),
        hex("f38ffd1f67e6ee6d6828721c0dfbcbff0f82090d8b3870ef92f4423edda2f677")
    );
    assert_eq!(
        account(&hex(KEY)).to_vec(),
        hex("3af58a75234a77b32023caa744d11811fd797a9e")
    );
}

#[test]
fn a_signature_of_openssl_counts() {
    assert_eq!(signed(&text(), LOW), Ok(ADDRESS.to_owned()));
}

/// A published answer of Keplr's `signArbitrary`, over the signer's own address.
#[test]
fn a_signature_of_a_wallet_counts() {
    let api = MockApi::default().with_prefix("cosmos");
    let address = "cosmos1m9l358xunhhwds0568za49mzhvuxx9uxre5tud";
    let key = Binary::from_base64("A/MdHVpitzHNSdD1Zw3kY+L5PEIPyd9l6sD5i4aIfXp9").unwrap();
    let signature = "vb78/y129cOiWyQkeFF8wCKZsOyzjpILnpEVZ72o5YUhEOmQZzVPcbUqWPLR7aZQ20j6vnYhIuCQN0HEG3igFg==";
    let signature = Binary::from_base64(signature).unwrap();
    assert_eq!(signer(&api, address, &key, &signature), Ok(Addr::unchecked(address)));
    // Under another prefix the document names another signer.
    let error = signer(&MockApi::default(), address, &key, &signature).unwrap_err();
    assert_eq!(error.code(), "signature_mismatch");
}

#[test]
fn another_text_chain_or_contract_is_not_what_was_signed() {
    for other in [
        bound("order", "hedgerow-1", "cosmwasm1contract", r#"{"index":"60000"}"#),
        bound("report", "hedgerow-2", "cosmwasm1contract", r#"{"index":"60000"}"#),
        bound("report", "hedgerow-1", "cosmwasm1other", r#"{"index":"60000"}"#),
        bound("report", "hedgerow-1", "cosmwasm1contract", r#"{"index":"60001"}"#),
    ] {
        assert_eq!(signed(&other, LOW), Err("signature_mismatch"), "{other}");
    }
}

/// The chain's own check takes both signatures of a pair.
#[test]
fn a_malleated_signature_is_refused() {
    let (key, high) = (hex(KEY), hex(&[R, HIGH].concat()));
    let hash = digest(ADDRESS, &text());
    assert!(MockApi::default().secp256k1_verify(&hash, &high, &key).unwrap());
    assert_eq!(signed(&text(), HIGH), Err("signature_high_s"));
    // The greatest s is half the order: one more is refused before the chain is asked.
    let half = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    assert_eq!(signed(&text(), half), Err("signature_mismatch"));
    let more = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1";
    assert_eq!(signed(&text(), more), Err("signature_high_s"));
    // No s at all, and none that is a number of the group.
    for s in ["0".repeat(64), "0".repeat(63) + "1"] {
        assert_eq!(signed(&text(), &s), Err("signature_mismatch"), "{s}");
    }
}

#[test]
fn keys_and_signatures_have_their_lengths() {
    let api = MockApi::default();
    let (key, good) = (hex(KEY), hex(&[R, LOW].concat()));
    let check = |key: &[u8], signature: &[u8]| signer(&api, &text(), key, signature).unwrap_err().to_string();
    assert_eq!(
        check(&key[1..], &good),
        "public_key: 32 bytes: must be 33, a compressed secp256k1 key"
    );
    assert_eq!(
        check(&[4; 65], &good),
        "public_key: 65 bytes: must be 33, a compressed secp256k1 key"
    );
    assert_eq!(check(&key, &good[1..]), "signature: 63 bytes: must be 64, r and s");
    assert_eq!(
        check(&key, &[good.clone(), vec![0]].concat()),
        "signature: 65 bytes: must be 64, r and s"
    );
    // 33 bytes that are no point of the curve.
    let mut none = key;
    none[0] = 9;
    assert!(check(&none, &good).starts_with("signature: must be cosmwasm1"));
}
