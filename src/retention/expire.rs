//! Letting the program's own files go when their time is over: a tombstone in the log first, then the file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::survey::{OwnFile, Survey};
use crate::digest::sha256_of_file;
use crate::domain::{Tombstone, WallTime};
use crate::store::{Reader, StoreError, Writer};

/// What was let go and what was not.
#[derive(Clone, Debug, Default)]
pub struct Expired {
    /// Let go.
    pub removed: Vec<Tombstone>,
    /// Old enough, but held.
    pub held: Vec<OwnFile>,
}

/// Why letting go was stopped.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// Database or log do not take the tombstone; the file is still there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or removed. Those before it are gone, each with its tombstone.
    #[error(
        "a file whose time is over cannot be removed ({source}): make its folder writable for you, then run the command again: {}",
        path.display()
    )]
    File {
        /// What the system said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
}

/// Lets go of all own files that were last written before `before` and are not held. `survey` is of this moment.
///
/// # Errors
/// Where a tombstone cannot be written or a file not removed; nothing is removed without its tombstone.
pub fn expire(
    data_dir: &Path,
    survey: &Survey,
    before: WallTime,
    (ground, by, at): (&str, &str, &str),
) -> Result<Expired, RemoveError> {
    let is_old = |file: &&OwnFile| file.written.is_some_and(|written| written < before);
    let (held, free): (Vec<&OwnFile>, Vec<&OwnFile>) =
        survey.own.iter().filter(is_old).partition(|file| !file.holds.is_empty());
    let mut done = Expired { held: held.into_iter().cloned().collect(), removed: Vec::new() };
    if free.is_empty() {
        return Ok(done);
    }
    let known = Reader::open(data_dir)?.tombstones()?;
    let known: BTreeSet<(String, String)> = known.into_iter().map(|t| (t.path, t.sha256)).collect();
    let writer = Writer::spawn(data_dir)?;
    for file in free {
        let failed = |source| RemoveError::File { source, path: file.path.clone() };
        let (sha256, bytes) = sha256_of_file(&file.path).map_err(failed)?;
        let tombstone = Tombstone {
            removed_at: at.to_owned(),
            path: file.name.clone(),
            sha256,
            bytes,
            run: file.run.clone(),
            incident: file.incident.clone(),
            ground: ground.to_owned(),
            by: by.to_owned(),
        };
        // It may have one already: a program was killed between tombstone and removal.
        if !known.contains(&(tombstone.path.clone(), tombstone.sha256.clone())) {
            writer.expired(&tombstone)?;
            writer.flush()?;
        }
        std::fs::remove_file(&file.path).map_err(failed)?;
        if let Some(folder) = file.path.parent() {
            std::fs::remove_dir(folder).ok(); // where it was the last
        }
        done.removed.push(tombstone);
    }
    writer.finish()?;
    Ok(done)
}
