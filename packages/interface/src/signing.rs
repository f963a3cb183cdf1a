//! Texts that are signed off chain and relayed by anyone: ADR-036, as Keplr's and Leap's `signArbitrary` do it.
//!
//! ```text
//! sign doc = {"account_number":"0","chain_id":"","fee":{"amount":[],"gas":"0"},"memo":"",
//!             "msgs":[{"type":"sign/MsgSignData","value":{"data":D,"signer":S}}],"sequence":"0"}
//! D = base64 of the text,  S = bech32 of ripemd160(sha256(public key)) under the chain's prefix
//! signature = secp256k1 over sha256(sign doc): r | s, 32 bytes each, s at most half the group's order
//! ```
//!
//! The sign doc of ADR-036 names no chain, so the text must: [`bound`] puts chain id and contract at its head. A text
//! signed for one contract says something else for every other one.
//!
//! Of the two signatures `(r, s)` and `(r, n - s)` that verify for one text, only the one with the low `s` counts: what is
//! relayed has one spelling.
//!
//! Source: Cosmos SDK, ADR-036 "Arbitrary Message Signature Specification".

use cosmwasm_std::{Addr, Api, Binary, CanonicalAddr};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes of a compressed public key.
pub const PUBLIC_KEY_BYTES: usize = 33;
/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Half the order of secp256k1, rounded down: the greatest `s`. SEC 2, section 2.4.1.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e,
    0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// Why a signed text does not count.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SigningError {
    /// The public key has another length.
    #[error("public_key: {found} bytes: must be {PUBLIC_KEY_BYTES}, a compressed secp256k1 key")]
    PublicKey {
        /// Its bytes.
        found: usize,
    },
    /// The signature has another length.
    #[error("signature: {found} bytes: must be {SIGNATURE_BYTES}, r and s")]
    Signature {
        /// Its bytes.
        found: usize,
    },
    /// The signature is the other one of its pair.
    #[error("signature: s is above half the order of secp256k1: must be the low one of the pair")]
    HighS,
    /// The signature is not this key's for this text.
    #[error("signature: must be {signer}'s for this text, chain and contract")]
    Mismatch {
        /// Whose it should be.
        signer: Addr,
    },
}

impl SigningError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PublicKey { .. } => "public_key",
            Self::Signature { .. } => "signature_length",
            Self::HighS => "signature_high_s",
            Self::Mismatch { .. } => "signature_mismatch",
        }
    }
}

/// A text that counts on one chain and for one contract only: four lines of head, then what is signed.
///
/// ```
/// let text = hedgerow_interface::signing::bound("report", "osmosis-1", "osmo1contract", "{}");
/// assert_eq!(text, "Hedgerow report\nchain: osmosis-1\ncontract: osmo1contract\n\n{}");
/// ```
pub fn bound(what: &str, chain_id: &str, contract: &str, body: &str) -> String {
    [
        "Hedgerow ",
        what,
        "\nchain: ",
        chain_id,
        "\ncontract: ",
        contract,
        "\n\n",
        body,
    ]
    .concat()
}

/// The bytes that a wallet signs for a text: Amino JSON, keys sorted, no spaces.
pub fn sign_doc(signer: &str, text: &str) -> String {
    let data = Binary::from(text.as_bytes()).to_base64();
    [
        r#"{"account_number":"0","chain_id":"","fee":{"amount":[],"gas":"0"},"memo":"","msgs":[{"type":"sign/MsgSignData","value":{"data":""#,
        &data,
        r#"","signer":""#,
        signer,
        r#""}}],"sequence":"0"}"#,
    ]
    .concat()
}

/// What the signature is over: sha256 of the [`sign_doc`].
pub fn digest(signer: &str, text: &str) -> [u8; 32] {
    Sha256::digest(sign_doc(signer, text)).into()
}

/// The account of a public key, before a chain's prefix makes an address of it.
pub fn account(public_key: &[u8]) -> [u8; 20] {
    Ripemd160::digest(Sha256::digest(public_key)).into()
}

/// Who signed a text.
pub fn signer(api: &dyn Api, text: &str, public_key: &[u8], signature: &[u8]) -> Result<Addr, SigningError> {
    if public_key.len() != PUBLIC_KEY_BYTES {
        let found = public_key.len();
        return Err(SigningError::PublicKey { found });
    }
    if signature.len() != SIGNATURE_BYTES {
        let found = signature.len();
        return Err(SigningError::Signature { found });
    }
    if signature.get(32..).is_none_or(|s| *s > HALF_ORDER[..]) {
        return Err(SigningError::HighS);
    }
    let found = PUBLIC_KEY_BYTES;
    let account = CanonicalAddr::from(account(public_key));
    let signer = api
        .addr_humanize(&account)
        .map_err(|_| SigningError::PublicKey { found })?;
    match api.secp256k1_verify(&digest(signer.as_str(), text), signature, public_key) {
        Ok(true) => Ok(signer),
        _ => Err(SigningError::Mismatch { signer }),
    }
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
