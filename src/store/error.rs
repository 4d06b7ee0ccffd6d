//! What can go wrong with the database, each with the file and the way out.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why results could not be kept or read.
///
/// Cloneable, because the writer answers every call after a failure with the first error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No database lies in the data directory.
    #[error(
        "there are no stored results here yet: run `kuager scan` with this data directory first, or name another \
         with --data-dir: {}", path.display()
    )]
    Missing {
        /// Where the database was looked for.
        path: PathBuf,
    },
    /// The file is something else, or its head was overwritten.
    #[error(
        "the file is not an SQLite database: move it away, or choose another folder with --data-dir: {}",
        path.display()
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// An SQLite database, but not Kuager's.
    #[error(
        "the file is a database of another program (application id {application_id}): choose another folder with \
         --data-dir: {}", path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What its header says instead of Kuager's mark.
        application_id: i32,
    },
    /// Written by a later version of this program.
    #[error(
        "the database has schema {found}, this version of Kuager knows schemas up to {known}: use the version that \
         wrote it or a later one, or choose another folder with --data-dir: {}", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema this program knows.
        known: u32,
    },
    /// It cannot grow, or the disk does not take what is written.
    #[error(
        "the database cannot be written ({detail}): free space on its disk, or choose a folder on another with \
         --data-dir; what was stored until now is kept: {}", path.display()
    )]
    DiskFull {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// An older schema on a medium that cannot be written.
    #[error(
        "the database has an older schema and lies where it cannot be upgraded: copy the data folder to a disk that can be \
         written, and name the copy: {}", path.display()
    )]
    ReadOnlyOlder {
        /// The database.
        path: PathBuf,
    },
    /// The contents are damaged.
    #[error(
        "the database is damaged ({detail}): restore a copy, or move it away together with its -wal file and scan \
         again: {}", path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was met.
        detail: String,
    },
    /// Another process did not let go of it.
    #[error(
        "the database is held by another process: wait for it to finish, or choose another folder with --data-dir: {}",
        path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// It cannot be opened for writing or made.
    #[error(
        "the database cannot be opened ({detail}): make its folder readable and writable for you, or choose another \
         with --data-dir: {}", path.display()
    )]
    Unusable {
        /// The database.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// A value that the schema does not allow: a fault of this program.
    #[error(
        "a result was refused by the database ({detail}): this is a fault in Kuager, please report it; what was \
         stored until now is kept: {}", path.display()
    )]
    Refused {
        /// The database.
        path: PathBuf,
        /// The violated rule.
        detail: String,
    },
    /// The log beside the database cannot be written or read.
    #[error(transparent)]
    Log(#[from] crate::chain::ChainError),
    /// The thread that writes is gone without having said why.
    #[error("the thread that writes the database ended unexpectedly: run the command again: {}", path.display())]
    WriterGone {
        /// The database.
        path: PathBuf,
    },
}

impl StoreError {
    /// The database's error in terms of what a user can do about it.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, detail) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::DiskFull { path, detail },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                Self::Unusable { path, detail }
            }
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
                Self::Refused { path, detail }
            }
            _ => Self::Damaged { path, detail },
        }
    }
}
