//! Why a package could not be made or read, each with the place and the way out.

use std::path::PathBuf;

use crate::chain::ChainError;
use crate::media::MediaError;
use crate::store::StoreError;

/// What stopped the work on a package.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum PackageError {
    #[error("no flag has this id: `{id}`; `kuager scan --json` and the report name them; it must be whole")]
    NoSuchFlag { id: String },
    #[error(
        "the run that raised {id} was killed before it finished the recording: scan it again and export the new flag"
    )]
    Unfinished { id: String },
    #[error(
        "{id} is not in the log as it is in the database: run `kuager verify` first; nothing was exported"
    )]
    NotAsLogged { id: String },
    #[error("the recording is no longer there ({detail}): name a copy of it with --original: {}", path.display())]
    NoOriginal { detail: String, path: PathBuf },
    #[error(
        "this is not the recording that was analysed (SHA-256 {found}, analysed was {wanted}): name an unchanged copy of it with \
         --original: {}", path.display()
    )]
    OtherOriginal { found: String, wanted: String, path: PathBuf },
    #[error("there is one already, and nothing is overwritten: move it away or name another folder with --out: {}", path.display())]
    Exists { path: PathBuf },
    #[error("the package cannot be written ({source}): free space there or name another folder with --out: {}", path.display())]
    Write { source: std::io::Error, path: PathBuf },
    #[error("the package cannot be read ({source}): {}", path.display())]
    Read { source: std::io::Error, path: PathBuf },
    #[error(
        "the copy to look at cannot be made ({reason}); --no-viewing-copy makes the package without one: {id}"
    )]
    Viewing { reason: String, id: String },
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Log(#[from] ChainError),
}
