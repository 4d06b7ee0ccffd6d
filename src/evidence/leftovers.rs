//! What a crash can leave in a data directory, and putting it right without throwing anything away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::chain::{ChainError, FindingCode, check_log, log_folder};
use crate::store::{Reader, StoreError, Writer, database_path};

/// Younger files may belong to a program that is still at work.
const SETTLED_AFTER: Duration = Duration::from_secs(600);
/// Where files without an owner are put.
const LOST: &str = "lost";

/// One thing that a crash left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// The last line of the log is incomplete.
    TornLine {
        /// The log's file.
        path: PathBuf,
    },
    /// A still that no flag names: its program was killed before it could say so.
    StillWithoutFlag {
        /// The picture.
        path: PathBuf,
    },
    /// A flag whose still is gone. Nothing here can bring it back.
    FlagWithoutStill {
        /// The flag's lasting name.
        incident: String,
        /// Where the picture was.
        path: PathBuf,
    },
    /// A still that was let go, with its tombstone, and lies there all the same: its program was killed in between.
    NotRemoved {
        /// The picture.
        path: PathBuf,
    },
    /// A head that was being written.
    UnfinishedHead {
        /// The file.
        path: PathBuf,
    },
    /// Results that were committed and are not in the log yet, unless a program is at work.
    Unlogged {
        /// The database.
        path: PathBuf,
    },
    /// A copy of standard input whose program was killed.
    Spooled {
        /// Its folder.
        path: PathBuf,
    },
}

impl Leftover {
    /// The lasting name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TornLine { .. } => "torn_line",
            Self::StillWithoutFlag { .. } => "still_without_flag",
            Self::FlagWithoutStill { .. } => "flag_without_still",
            Self::NotRemoved { .. } => "not_removed",
            Self::UnfinishedHead { .. } => "unfinished_head",
            Self::Unlogged { .. } => "unlogged",
            Self::Spooled { .. } => "spooled",
        }
    }

    /// Its place.
    pub fn path(&self) -> &Path {
        match self {
            Self::TornLine { path }
            | Self::StillWithoutFlag { path }
            | Self::FlagWithoutStill { path, .. }
            | Self::NotRemoved { path }
            | Self::UnfinishedHead { path }
            | Self::Unlogged { path }
            | Self::Spooled { path } => path,
        }
    }
}

/// What crashes left in a data directory, in order of place. Changes nothing.
///
/// # Errors
/// Where log or database cannot be read at all.
pub fn find_leftovers(data_dir: &Path) -> Result<Vec<Leftover>, StoreError> {
    let mut found = Vec::new();
    if log_folder(data_dir).is_dir() {
        let checked = check_log(data_dir, None, &[], |_| {})?;
        let torn = checked.findings.into_iter().filter(|f| f.code == FindingCode::LogTorn);
        found.extend(torn.map(|f| Leftover::TornLine { path: f.path }));
    }
    let mut named = BTreeSet::new();
    if database_path(data_dir).exists() {
        let reader = Reader::open(data_dir)?;
        if reader.has_unlogged()? {
            found.push(Leftover::Unlogged { path: database_path(data_dir) });
        }
        flags_and_stills(data_dir, &reader, &mut named, &mut found)?;
    }
    let stills = settled_files(&data_dir.join("stills"), 2).into_iter().filter(|path| !named.contains(path));
    found.extend(stills.map(|path| Leftover::StillWithoutFlag { path }));
    let heads = settled_files(&log_folder(data_dir).join("heads"), 1).into_iter();
    let unfinished = heads.filter(|path| path.extension().is_some_and(|e| e == "new"));
    found.extend(unfinished.map(|path| Leftover::UnfinishedHead { path }));
    let spooled = settled_files(&data_dir.join("spool"), 1);
    found.extend(spooled.into_iter().map(|path| Leftover::Spooled { path }));
    Ok(found)
}

/// Flags whose stills are gone without having been let go, and stills that are there although they were.
fn flags_and_stills(
    data_dir: &Path,
    reader: &Reader,
    named: &mut BTreeSet<PathBuf>,
    found: &mut Vec<Leftover>,
) -> Result<(), StoreError> {
    let let_go: BTreeSet<PathBuf> = reader.tombstones()?.into_iter().map(|t| data_dir.join(t.path)).collect();
    for run in reader.runs()? {
        for stored in reader.incidents(&run.info.id)? {
            let Some(stored_at) = stored.flagged.still else { continue };
            let incident = stored.flagged.id.0;
            let here = data_dir.join("stills").join(&run.info.id.0).join(format!("{incident}.jpg"));
            match here.exists() {
                true if let_go.contains(&here) => found.push(Leftover::NotRemoved { path: here.clone() }),
                false if !stored_at.exists() && !let_go.contains(&here) => {
                    found.push(Leftover::FlagWithoutStill { incident, path: stored_at });
                }
                _ => {}
            }
            named.insert(here);
        }
    }
    Ok(())
}

/// Puts right what can be put right: an incomplete line is put aside, files without an owner go to `lost/`. What was done
/// is in the log. Returns what is left as it is.
///
/// # Errors
/// Where something cannot be written; what was moved until then stays moved.
pub fn repair_leftovers(data_dir: &Path, found: Vec<Leftover>) -> Result<Vec<Leftover>, StoreError> {
    let mut left = Vec::new();
    for leftover in found {
        match leftover {
            Leftover::TornLine { .. } | Leftover::Unlogged { .. } => {}
            Leftover::StillWithoutFlag { path }
            | Leftover::UnfinishedHead { path }
            | Leftover::Spooled { path } => put_away(data_dir, &path)?,
            // Only `kuager retention expire` lets anything go.
            Leftover::FlagWithoutStill { .. } | Leftover::NotRemoved { .. } => left.push(leftover),
        }
    }
    // Opening for writing puts an incomplete line aside, and logs what was committed and not logged. After the rest: signing a
    // head writes over one that was cut off.
    Writer::spawn(data_dir)?.finish()?;
    Ok(left)
}

fn put_away(data_dir: &Path, path: &Path) -> Result<(), ChainError> {
    let failed = |e: std::io::Error| ChainError::Write { detail: e.to_string(), path: path.to_owned() };
    let target = data_dir.join(LOST).join(path.strip_prefix(data_dir).unwrap_or(path));
    std::fs::create_dir_all(target.parent().unwrap_or(data_dir)).map_err(failed)?;
    std::fs::rename(path, target).map_err(failed)
}

/// What lies at this depth below a folder and was not touched for a while, sorted.
fn settled_files(folder: &Path, depth: usize) -> Vec<PathBuf> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let entries = walkdir::WalkDir::new(folder).min_depth(depth).max_depth(depth).sort_by_file_name();
    let is_settled = |e: &walkdir::DirEntry| {
        let age = e.metadata().ok().and_then(|m| m.modified().ok()?.elapsed().ok());
        age.is_some_and(|age| age >= SETTLED_AFTER)
    };
    entries.into_iter().filter_map(Result::ok).filter(is_settled).map(|e| e.into_path()).collect()
}
