//! Time stamps by an authority elsewhere (RFC 3161): a request goes out on whatever medium, a response comes back and is
//! checked. Nothing here opens a connection.
//!
//! A stamp says that a signed head existed at a time, by the word of somebody who holds no key of ours.

mod response;
mod signature;

use der::asn1::{ObjectIdentifier, OctetString, Uint};
use der::{Any, Decode, Encode, Sequence};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::spki::AlgorithmIdentifierOwned;

pub use response::{StampError, Stamped, check_stamp};

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// What is stamped: a digest with the name of its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// A request. The policy is left to the authority.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct StampRequest {
    version: u8,
    imprint: Imprint,
    nonce: Uint,
    wants_certificate: bool,
}

impl StampRequest {
    /// A request for a stamp on the SHA-256 of `data`.
    ///
    /// # Errors
    /// Where the system gives no random numbers: they make sure that a response is to this request.
    pub fn random(data: &[u8]) -> Result<Self, StampError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| StampError::Random)?;
        Self::new(data, random).ok_or(StampError::Form)
    }

    fn new(data: &[u8], random: [u8; 8]) -> Option<Self> {
        let algorithm = AlgorithmIdentifierOwned { oid: SHA256, parameters: Some(Any::null()) };
        let digest = OctetString::new(Sha256::digest(data).to_vec()).ok()?;
        // Neither negative nor with leading zeros, whatever was drawn.
        let nonce = Uint::new(&[&[random[0] & 0x7f | 0x40], &random[1..]].concat()).ok()?;
        Some(Self { version: 1, imprint: Imprint { algorithm, digest }, nonce, wants_certificate: true })
    }

    /// The request in a `.tsq` file.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        Self::from_der(bytes).ok()
    }

    /// The bytes of a `.tsq` file.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.to_der().ok()
    }
}

/// A certificate that was given out by the authority, as PEM or DER. Of several in a file the first counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampCertificate(Certificate);

impl StampCertificate {
    /// Reads it.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let from_pem = || Certificate::load_pem_chain(bytes).ok()?.into_iter().next();
        Certificate::from_der(bytes).ok().or_else(from_pem).map(Self)
    }
}
