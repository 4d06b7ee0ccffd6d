//! What came back from an authority, checked against what was sent and against a certificate that it gave out.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Tag, Tagged};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};

use super::signature::{Algorithm, digest, holds};
use super::{Imprint, StampCertificate, StampRequest};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// Why a response is no stamp on what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// It is not in the form of RFC 3161.
    #[error("it is not a time-stamp response (RFC 3161)")]
    Form,
    /// The authority refused.
    #[error("the authority refused to stamp (status {0})")]
    Refused(u8),
    /// It is signed in a way that cannot be checked here.
    #[error("it is signed with an algorithm that this program cannot check")]
    Algorithm,
    /// It stamps something else.
    #[error("it stamps something else")]
    Imprint,
    /// It answers another request.
    #[error("it answers another request")]
    Nonce,
    /// The certificate is not the one that signed, is not for stamping, or was not valid then.
    #[error("it is not signed by the holder of the certificate")]
    Certificate,
    /// The signature does not fit.
    #[error("its signature does not fit")]
    Signature,
}

/// A stamp that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// When the authority says that it was, RFC 3339 UTC.
    pub at: String,
    /// The subject of the certificate that signed.
    pub authority: String,
}

/// Checks a response (a `.tsr` file) to a request for a stamp on `data`, against a certificate of the authority: the one that
/// signed, or the one that this was issued by.
///
/// # Errors
/// Each way in which it is not what it should be.
pub fn check_stamp(
    response: &[u8],
    request: &StampRequest,
    data: &[u8],
    given: &StampCertificate,
) -> Result<Stamped, StampError> {
    let signed = signed_data(response)?;
    let content = content(&signed)?;
    let token = Token::parse(&content).ok_or(StampError::Form)?;
    let wanted = StampRequest::new(data, [0; 8]).ok_or(StampError::Form)?;
    if token.imprint.digest != wanted.imprint.digest
        || token.imprint.algorithm.oid != wanted.imprint.algorithm.oid
        || request.imprint.digest != wanted.imprint.digest
    {
        return Err(StampError::Imprint);
    }
    if token.nonce.as_deref() != Some(request.nonce.as_bytes()) {
        return Err(StampError::Nonce);
    }
    let [signer] = signed.signer_infos.0.as_slice() else { return Err(StampError::Form) };
    let certificate = certificate_of(signer, &signed, &given.0)?;
    is_for_stamping(&certificate, &token.at)?;
    check_signature(signer, &content, &certificate)?;
    let authority = certificate.tbs_certificate().subject().to_string();
    Ok(Stamped { at: token.at, authority })
}

fn signed_data(response: &[u8]) -> Result<SignedData, StampError> {
    let parts = Vec::<Any>::from_der(response).map_err(|_| StampError::Form)?;
    let status = parts.first().and_then(|status| status.decode_as::<Vec<Any>>().ok());
    let status = status.and_then(|parts| parts.first()?.decode_as::<u8>().ok()).ok_or(StampError::Form)?;
    if status > 1 {
        return Err(StampError::Refused(status));
    }
    let content =
        parts.get(1).and_then(|token| token.decode_as::<ContentInfo>().ok()).ok_or(StampError::Form)?;
    let signed =
        (content.content_type == SIGNED_DATA).then(|| content.content.decode_as::<SignedData>().ok());
    signed.flatten().ok_or(StampError::Form)
}

/// The bytes that are signed: the token.
fn content(signed: &SignedData) -> Result<Vec<u8>, StampError> {
    let content = &signed.encap_content_info;
    let bytes = content.econtent.as_ref().and_then(|c| c.decode_as::<OctetString>().ok());
    let bytes = bytes.filter(|_| content.econtent_type == TST_INFO).ok_or(StampError::Form)?;
    Ok(bytes.as_bytes().to_vec())
}

/// What an authority signs.
struct Token {
    imprint: Imprint,
    at: String,
    /// Without leading zeros.
    nonce: Option<Vec<u8>>,
}

impl Token {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let parts = Vec::<Any>::from_der(bytes).ok()?;
        let time = parts.get(4).filter(|part| part.tag() == Tag::GeneralizedTime)?;
        let nonce = parts.iter().skip(5).find(|part| part.tag() == Tag::Integer);
        let magnitude = |part: &Any| {
            let value = part.value();
            value[value.iter().position(|b| *b != 0).unwrap_or(value.len())..].to_vec()
        };
        Some(Self {
            imprint: parts.get(2)?.decode_as().ok()?,
            at: rfc3339(std::str::from_utf8(time.value()).ok()?)?,
            nonce: nonce.map(magnitude),
        })
    }
}

/// `20261125103000.5Z` as `2026-11-25T10:30:00.5Z`.
fn rfc3339(generalized: &str) -> Option<String> {
    let (whole, fraction) = generalized.strip_suffix('Z')?.split_at_checked(14)?;
    let is_fraction = fraction.is_empty() || fraction.strip_prefix('.').is_some_and(is_digits);
    if !is_digits(whole) || !is_fraction {
        return None;
    }
    let [date, time] = [&whole[..8], &whole[8..]];
    let date = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    Some(format!("{date}T{}:{}:{}{fraction}Z", &time[..2], &time[2..4], &time[4..]))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The certificate of the signer: the given one, or one that came along and was issued by the given one.
fn certificate_of(
    signer: &SignerInfo,
    signed: &SignedData,
    given: &Certificate,
) -> Result<Certificate, StampError> {
    let along = signed.certificates.iter().flat_map(|set| set.0.iter());
    let along = along.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    });
    let along: Vec<&Certificate> = along.collect();
    if is_of(given, &signer.sid) {
        // What came along cannot be another one under the same name.
        let is_same = along.is_empty() || along.contains(&given);
        return if is_same { Ok(given.clone()) } else { Err(StampError::Certificate) };
    }
    let found = along.into_iter().find(|c| is_of(c, &signer.sid) && is_issued_by(c, given));
    found.cloned().ok_or(StampError::Certificate)
}

fn is_of(certificate: &Certificate, sid: &SignerIdentifier) -> bool {
    let tbs = certificate.tbs_certificate();
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(name) => {
            (&name.issuer, &name.serial_number) == (tbs.issuer(), tbs.serial_number())
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => tbs
            .get_extension::<SubjectKeyIdentifier>()
            .is_ok_and(|found| found.is_some_and(|(_, own)| own == *id)),
    }
}

fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    let algorithm = Algorithm::of_signature(certificate.signature_algorithm().oid, None);
    let parts = (algorithm, tbs.to_der(), certificate.signature().as_bytes());
    let (Some(algorithm), Ok(text), Some(signature)) = parts else { return false };
    tbs.issuer() == issuer.tbs_certificate().subject()
        && holds(issuer.tbs_certificate().subject_public_key_info(), algorithm, &text, signature) == Ok(true)
}

/// The certificate is for stamping, and was valid at that time.
fn is_for_stamping(certificate: &Certificate, at: &str) -> Result<(), StampError> {
    let tbs = certificate.tbs_certificate();
    let usage = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
    let is_for_it = usage.is_some_and(|(_, usage)| usage.0.contains(&TIME_STAMPING));
    let validity = tbs.validity();
    // Both are written alike up to the second, so that text compares as time does.
    let ends = [validity.not_before, validity.not_after].map(|end| end.to_date_time().to_string());
    let second = at.get(..19).unwrap_or_default();
    let is_valid = ends[0].get(..19).is_some_and(|from| from <= second)
        && ends[1].get(..19).is_some_and(|until| second <= until);
    if is_for_it && is_valid { Ok(()) } else { Err(StampError::Certificate) }
}

fn check_signature(signer: &SignerInfo, content: &[u8], certificate: &Certificate) -> Result<(), StampError> {
    let attributes = signer.signed_attrs.as_ref().ok_or(StampError::Form)?;
    let value = |oid: ObjectIdentifier| attributes.iter().find(|a| a.oid == oid)?.values.get(0);
    let is_token = value(CONTENT_TYPE).and_then(|v| v.decode_as::<ObjectIdentifier>().ok()) == Some(TST_INFO);
    let said = value(MESSAGE_DIGEST).and_then(|v| v.decode_as::<OctetString>().ok());
    let found = digest(signer.digest_alg.oid, content).ok_or(StampError::Algorithm)?;
    if !is_token || said.is_none_or(|said| said.as_bytes() != found) {
        return Err(StampError::Signature);
    }
    let algorithm = Algorithm::of_signature(signer.signature_algorithm.oid, Some(signer.digest_alg.oid));
    let algorithm = algorithm.ok_or(StampError::Algorithm)?;
    let text = attributes.to_der().map_err(|_| StampError::Form)?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    match holds(key, algorithm, &text, signer.signature.as_bytes())? {
        true => Ok(()),
        false => Err(StampError::Signature),
    }
}
