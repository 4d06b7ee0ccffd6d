//! What can go wrong with the log, each with the file and the way out.

use std::path::PathBuf;

/// Why the log could not be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum ChainError {
    #[error(
        "the log cannot be written ({detail}): free space on its disk and make it writable for you, or choose another folder \
         with --data-dir; what was logged until now is kept: {}", path.display()
    )]
    Write { detail: String, path: PathBuf },
    #[error("the log cannot be read ({detail}): make it readable for you, or restore a copy: {}", path.display())]
    Read { detail: String, path: PathBuf },
    #[error(
        "the key that signs the log cannot be used ({detail}): restore the file from a copy; if there is none, move it away \
         and a new key is made, which everybody who holds the old public key must be told: {}", path.display()
    )]
    Key { detail: String, path: PathBuf },
    #[error("an entry cannot be written as JSON ({detail}): this is a fault in Kuager, please report it")]
    Entry { detail: String },
    #[error("there is no log here: it is made by the first scan with this data directory: {}", path.display())]
    Missing { path: PathBuf },
}

impl ChainError {
    pub(super) fn write(path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self::Write { detail: error.to_string(), path: path.into() }
    }

    pub(super) fn read(path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self::Read { detail: error.to_string(), path: path.into() }
    }
}
