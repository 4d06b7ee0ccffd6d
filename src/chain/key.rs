//! The key that signs the heads: made once, readable by its owner alone, never shown.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::ChainError;

/// Name of the secret key's file.
const SECRET_NAME: &str = "log.key";
/// Name of the public key's file.
const PUBLIC_NAME: &str = "log.pub";
/// What a signed note calls Ed25519.
const ED25519: u8 = 1;

/// Where the keys of a data directory lie.
pub fn keys_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("keys")
}

/// The key of one log.
pub struct LogKey {
    name: String,
    secret: SigningKey,
}

impl std::fmt::Debug for LogKey {
    /// The name alone: the secret is never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl LogKey {
    /// The key of a data directory.
    ///
    /// # Errors
    /// Where there is none or it is damaged.
    pub fn load(data_dir: &Path) -> Result<Self, ChainError> {
        let path = keys_folder(data_dir).join(SECRET_NAME);
        let failed = |detail: String| ChainError::Key { detail, path: path.clone() };
        let text = std::fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?;
        let (name, secret) = text.trim_end().split_once(' ').ok_or_else(|| failed("not a key".to_owned()))?;
        let bytes = BASE64.decode(secret).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
        let bytes = bytes.ok_or_else(|| failed("not a key".to_owned()))?;
        Ok(Self { name: name.to_owned(), secret: SigningKey::from_bytes(&bytes) })
    }

    /// The key of a data directory; made where there is none yet. Called with the lock of the log held.
    ///
    /// # Errors
    /// As [`Self::load`], and where it cannot be kept.
    pub fn load_or_make(data_dir: &Path) -> Result<Self, ChainError> {
        let folder = keys_folder(data_dir);
        let (path, public) = (folder.join(SECRET_NAME), folder.join(PUBLIC_NAME));
        if path.exists() && public.exists() {
            return Self::load(data_dir);
        }
        make_private_folder(&folder)?;
        if !path.exists() {
            let key = Self::random(&path)?;
            let line = format!("{} {}\n", key.name, BASE64.encode(key.secret.to_bytes()));
            write_whole(&path, line.as_bytes()).map_err(|e| ChainError::write(&path, &e))?;
        }
        // Also where a program was killed between the two files.
        let key = Self::load(data_dir)?;
        let line = format!("{}\n", key.public());
        write_whole(&public, line.as_bytes()).map_err(|e| ChainError::write(&public, &e))?;
        Ok(key)
    }

    fn random(path: &Path) -> Result<Self, ChainError> {
        let mut bytes = [0; 40];
        getrandom::fill(&mut bytes)
            .map_err(|e| ChainError::Key { detail: e.to_string(), path: path.to_owned() })?;
        let (name, secret) = bytes.split_at(8);
        let secret = <[u8; 32]>::try_from(secret).expect("32 of 40 bytes are left");
        Ok(Self {
            name: format!("kuager/{}", crate::digest::hex(name)),
            secret: SigningKey::from_bytes(&secret),
        })
    }

    /// The log's name: `kuager/` and 16 hexadecimal digits.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What others check signatures with.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.secret.verifying_key() }
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.secret.sign(text).to_bytes()
    }
}

/// A public key as text: `kuager/9f86d081884c7d65+1a2b3c4d+Base64`, the verifier key of a C2SP signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// The public key of a data directory.
    ///
    /// # Errors
    /// Where it cannot be read or is none.
    pub fn load(data_dir: &Path) -> Result<Self, ChainError> {
        Self::from_path(&keys_folder(data_dir).join(PUBLIC_NAME))
    }

    /// The public key in a file.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_path(path: &Path) -> Result<Self, ChainError> {
        let failed = |detail: String| ChainError::Key { detail, path: path.to_owned() };
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        Self::parse(text.trim()).ok_or_else(|| failed("not a public key".to_owned()))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64.decode(key).ok()?;
        let Some((&ED25519, key)) = bytes.split_first() else { return None };
        let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
        let public = Self { name: name.to_owned(), key };
        (!name.is_empty() && crate::digest::hex(public.id()) == id).then_some(public)
    }

    /// The log's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, newline, kind and key, as signed notes have it.
    pub(super) fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    pub(super) fn holds(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(text, &Signature::from_bytes(signature)).is_ok()
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, crate::digest::hex(self.id()), BASE64.encode(bytes))
    }
}

/// Makes a folder that only its owner may enter.
pub(super) fn make_private_folder(folder: &Path) -> Result<(), ChainError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| ChainError::write(folder, &e))
}

/// Writes a file that only its owner may read. A crash leaves no half of it under that name.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    replace_file(path, bytes, 0o600)
}

/// Writes a file, as `name.new` beside it first, so that a crash leaves no half of it under its name. `mode` says who may read it
/// where there are such rights, less what the account's umask takes.
///
/// # Errors
/// As writing and renaming do; the unfinished file may be left.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let made = LogKey::load_or_make(folder.path()).unwrap();
        let again = LogKey::load_or_make(folder.path()).unwrap();
        assert_eq!(made.public(), again.public());
        assert_eq!(PublicKey::load(folder.path()).unwrap(), made.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |p: PathBuf| p.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(keys_folder(folder.path()).join(SECRET_NAME)), 0o600);
            assert_eq!(mode(keys_folder(folder.path())), 0o700);
        }
        let left = std::fs::read_dir(keys_folder(folder.path())).unwrap().count();
        assert_eq!(left, 2, "nothing else is left behind");
    }

    #[test]
    fn a_crash_between_the_two_files_is_made_good() {
        let folder = tempfile::tempdir().unwrap();
        let made = LogKey::load_or_make(folder.path()).unwrap().public();
        std::fs::remove_file(keys_folder(folder.path()).join(PUBLIC_NAME)).unwrap();
        LogKey::load_or_make(folder.path()).unwrap();
        assert_eq!(PublicKey::load(folder.path()).unwrap(), made);
    }

    #[test]
    fn the_text_form_of_a_public_key_guards_itself() {
        let folder = tempfile::tempdir().unwrap();
        let public = LogKey::load_or_make(folder.path()).unwrap().public();
        let text = public.to_string();
        assert_eq!(PublicKey::parse(&text), Some(public));
        assert_eq!(PublicKey::parse(&text.replacen("kuager", "kuagar", 1)), None);
        assert_eq!(PublicKey::parse("kuager/0+0+0"), None);
    }
}
