//! The package that leaves the machine with a flag: a BagIt bag (RFC 8493) that anybody can check.
//!
//! ```text
//! INC-<id>/
//!   bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt
//!   data/original/<recording>      the whole recording, byte for byte; of a long one a cut, and cut.json that says of what
//!   data/incident.json             the flag as it was logged
//!   data/coverage.json             how much of the recording could be seen
//!   data/context.json  context/    the recordings of the other cameras of the place, or why there are none
//!   data/still.jpg                 the strongest moment
//!   data/report.{kk,ru,en}.html    the same for people
//!   data/viewing/masked.mp4        a copy to look at, people covered; uncovered.mp4 where a reason was given
//!   data/player.{kk,ru,en}.html    plays it
//!   data/VERIFY.txt                how to check it with sha256sum alone, and with the program
//!   custody/found.json  exported.json  proofs.json  head.txt  log.pub
//!   custody/stamps/                what others stamped the head with, where that was asked for
//! ```
//!
//! `found.json` is the log's entry of the recording with its flags, `exported.json` that of the export, which holds the hash of the
//! manifest: so the signed head vouches for every byte of the payload.

mod check;
mod context;
mod cut;
mod error;
mod export;
mod files;
mod original;
mod viewing;

use std::path::{Path, PathBuf};

pub use check::{Outside, PackageFindings, verify_package};
pub use error::PackageError;
pub use export::{Export, Exported, export};
pub use original::{Extent, LONG_BYTES, LONG_SECS};
pub use viewing::{Viewer, ViewingCopy};

/// Says that a folder is a bag.
const DECLARATION: (&str, &str) = ("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
const INFO: &str = "bag-info.txt";
const MANIFEST: &str = "manifest-sha256.txt";
const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
const ORIGINAL: &str = "data/original/";
/// There where a cut is packed instead of the whole recording.
const CUT_LIST: &str = "data/original/cut.json";
const INCIDENT: &str = "data/incident.json";
const COVERAGE: &str = "data/coverage.json";
const CONTEXT: &str = "data/context/";
const CONTEXT_LIST: &str = "data/context.json";
const VIEWING: &str = "data/viewing/";
const STILL: &str = "data/still.jpg";
const FOUND: &str = "custody/found.json";
const EXPORTED: &str = "custody/exported.json";
const PROOFS: &str = "custody/proofs.json";
const HEAD: &str = "custody/head.txt";
const KEY: &str = "custody/log.pub";
/// Time stamps by others on the head, added after the package was made.
const STAMPS: &str = "custody/stamps/";

/// Where time stamps on a package's head lie.
pub fn package_stamps_folder(folder: &Path) -> PathBuf {
    folder.join(STAMPS.trim_end_matches('/'))
}

/// A package's signed head, which is what others stamp.
///
/// # Errors
/// Where it cannot be read.
pub fn package_head(folder: &Path) -> Result<Vec<u8>, PackageError> {
    let path = folder.join(HEAD);
    std::fs::read(&path).map_err(|source| PackageError::Read { source, path })
}

/// A file name, or a camera's name, in letters that every file system and manifest takes.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if plain.trim_start_matches('.').is_empty() {
        "recording".to_owned()
    } else {
        plain.trim_start_matches('.').to_owned()
    }
}
