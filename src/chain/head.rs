//! The signed head of the log: a C2SP checkpoint (c2sp.org/tlog-checkpoint) in a signed note with an Ed25519 signature.
//!
//! ```text
//! kuager/9f86d081884c7d65
//! 42
//! Base64 of the root hash
//!
//! — kuager/9f86d081884c7d65 Base64 of key id and signature
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::key::{LogKey, PublicKey};
use super::tree::LeafHash;

/// How large the log was, and the root over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: LeafHash,
}

/// Why a text is no head to rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// Not the form of a checkpoint.
    #[error("this is not a signed head of a log: it was cut or changed, ask for the original text")]
    Form,
    /// Signed by another key.
    #[error("the head is of another log or signed with another key than the one given")]
    OtherKey,
    /// The signature does not fit.
    #[error("the signature does not fit the head: the text was changed after it was signed")]
    Signature,
}

/// A head with its signature. What it says may only be relied on after [`SignedHead::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    name: String,
    head: Head,
    key_id: [u8; 4],
    signature: [u8; 64],
}

impl SignedHead {
    /// Signs a head.
    pub fn sign(head: Head, key: &LogKey) -> Self {
        let name = key.name().to_owned();
        let signature = key.sign(signed_text(&name, head).as_bytes());
        Self { name, head, key_id: key.public().id(), signature }
    }

    /// Reads the text form; further signatures, by witnesses, are passed over.
    ///
    /// # Errors
    /// [`HeadError::Form`].
    pub fn parse(text: &str) -> Result<Self, HeadError> {
        Self::read(text).ok_or(HeadError::Form)
    }

    fn read(text: &str) -> Option<Self> {
        let (signed, signatures) = text.split_once("\n\n")?;
        let mut lines = signed.lines();
        let (name, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let size = size.parse().ok().filter(|s: &u64| s.to_string() == size)?;
        let root = LeafHash(BASE64.decode(root).ok()?.try_into().ok()?);
        let ours = |line: &str| {
            let rest = line.strip_prefix("— ")?.strip_prefix(name)?.strip_prefix(' ')?;
            let bytes = BASE64.decode(rest).ok().filter(|b| b.len() == 68)?;
            Some((bytes[..4].try_into().ok()?, bytes[4..].try_into().ok()?))
        };
        let (key_id, signature) = signatures.lines().find_map(ours)?;
        let is_whole = lines.next().is_none() && !name.is_empty() && !name.contains(['+', ' ']);
        is_whole.then(|| Self { name: name.to_owned(), head: Head { size, root }, key_id, signature })
    }

    /// The head, if `key` signed it.
    ///
    /// # Errors
    /// Where another key signed it, or what was signed is not this.
    pub fn check(&self, key: &PublicKey) -> Result<Head, HeadError> {
        if key.name() != self.name || key.id() != self.key_id {
            return Err(HeadError::OtherKey);
        }
        let text = signed_text(&self.name, self.head);
        key.holds(text.as_bytes(), &self.signature).then_some(self.head).ok_or(HeadError::Signature)
    }

    /// What it claims, whoever signed it.
    pub fn claimed(&self) -> Head {
        self.head
    }

    /// The name of the log it claims to be of.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for SignedHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&self.key_id[..], &self.signature[..]].concat();
        let text = signed_text(&self.name, self.head);
        writeln!(f, "{text}\n— {} {}", self.name, BASE64.encode(bytes))
    }
}

/// What is signed: name, size and root, each with its newline.
fn signed_text(name: &str, head: Head) -> String {
    format!("{name}\n{}\n{}\n", head.size, BASE64.encode(head.root.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_back_and_any_changed_byte_is_noticed() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [key, other] = folders.each_ref().map(|f| LogKey::load_or_make(f.path()).unwrap());
        let head = Head { size: 42, root: LeafHash::of_line(b"x") };
        let text = SignedHead::sign(head, &key).to_string();
        let read = SignedHead::parse(&text).unwrap();
        assert_eq!(read.check(&key.public()), Ok(head));
        assert_eq!(read.check(&other.public()), Err(HeadError::OtherKey));
        for i in 0..text.trim_end().len() {
            let mut bytes = text.clone().into_bytes();
            bytes[i] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let accepted = SignedHead::parse(&changed).and_then(|h| h.check(&key.public()));
            assert!(accepted.is_err(), "byte {i}: {changed}");
        }
    }

    #[test]
    fn a_witness_may_sign_beside_us() {
        let folder = tempfile::tempdir().unwrap();
        let key = LogKey::load_or_make(folder.path()).unwrap();
        let head = Head { size: 1, root: LeafHash::of_line(b"x") };
        let text = SignedHead::sign(head, &key).to_string();
        let (signed, signature) = text.split_once("\n\n").unwrap();
        let witnessed = format!("{signed}\n\n— another.example AAAA\n{signature}");
        assert_eq!(SignedHead::parse(&witnessed).unwrap().check(&key.public()), Ok(head));
    }
}
