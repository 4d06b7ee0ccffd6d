//! Signatures of authorities: RSA (PKCS #1 v1.5) and ECDSA over P-256 and P-384, with SHA-2.

use der::Encode;
use der::asn1::ObjectIdentifier;
use rsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};

use super::StampError;

const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// Signatures that name their digest themselves.
const WITH_DIGEST: [(&str, ObjectIdentifier); 6] = [
    ("1.2.840.113549.1.1.11", super::SHA256),
    ("1.2.840.113549.1.1.12", SHA384),
    ("1.2.840.113549.1.1.13", SHA512),
    ("1.2.840.10045.4.3.2", super::SHA256),
    ("1.2.840.10045.4.3.3", SHA384),
    ("1.2.840.10045.4.3.4", SHA512),
];

/// How something is signed: by the digest, since the key says the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Algorithm(ObjectIdentifier);

impl Algorithm {
    /// The algorithm of a signature; `digest` is the one named beside it. None where it cannot be checked here.
    pub fn of_signature(signature: ObjectIdentifier, digest: Option<ObjectIdentifier>) -> Option<Self> {
        let own =
            WITH_DIGEST.iter().find(|(name, _)| signature.to_string() == *name).map(|(_, digest)| *digest);
        let beside = digest.filter(|_| signature == RSA);
        own.or(beside).map(Self)
    }
}

/// The digest of bytes; none of an algorithm that is not taken.
pub(super) fn digest(algorithm: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        super::SHA256 => Some(Sha256::digest(bytes).to_vec()),
        SHA384 => Some(Sha384::digest(bytes).to_vec()),
        SHA512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// Whether the key's holder signed a text.
///
/// # Errors
/// Where the key is of a kind that is not taken, or no key.
pub(super) fn holds(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: Algorithm,
    text: &[u8],
    signature: &[u8],
) -> Result<bool, StampError> {
    let hash = digest(algorithm.0, text).ok_or(StampError::Algorithm)?;
    let bytes = key.to_der().map_err(|_| StampError::Form)?;
    let spki = SubjectPublicKeyInfoRef::try_from(&bytes[..]).map_err(|_| StampError::Form)?;
    if spki.algorithm.oid == RSA {
        return rsa_holds(spki, algorithm, &hash, signature);
    }
    let curve = spki.algorithm.parameters_oid().ok().filter(|_| spki.algorithm.oid == EC);
    match curve {
        Some(P256) => {
            let key = p256::ecdsa::VerifyingKey::try_from(spki).map_err(|_| StampError::Form)?;
            let signature = p256::ecdsa::DerSignature::from_bytes(signature);
            Ok(signature.is_ok_and(|signature| key.verify_prehash(&hash, &signature).is_ok()))
        }
        Some(P384) => {
            let key = p384::ecdsa::VerifyingKey::try_from(spki).map_err(|_| StampError::Form)?;
            let signature = p384::ecdsa::DerSignature::from_bytes(signature);
            Ok(signature.is_ok_and(|signature| key.verify_prehash(&hash, &signature).is_ok()))
        }
        _ => Err(StampError::Algorithm),
    }
}

fn rsa_holds(
    spki: SubjectPublicKeyInfoRef<'_>,
    algorithm: Algorithm,
    hash: &[u8],
    signature: &[u8],
) -> Result<bool, StampError> {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    let key = rsa::PublicKey::try_from(spki).map_err(|_| StampError::Form)?;
    let Ok(signature) = Signature::try_from(signature) else { return Ok(false) };
    let is_sound = match algorithm.0 {
        SHA384 => VerifyingKey::<Sha384>::new(key).verify_prehash(hash, &signature),
        SHA512 => VerifyingKey::<Sha512>::new(key).verify_prehash(hash, &signature),
        _ => VerifyingKey::<Sha256>::new(key).verify_prehash(hash, &signature),
    };
    Ok(is_sound.is_ok())
}
