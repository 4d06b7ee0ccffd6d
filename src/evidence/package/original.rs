//! The recording in a package: whole, or where it is long a stretch of it that anybody with the whole can check.

use std::path::Path;

use serde_json::{Value, json};

use super::files::Bag;
use super::{PackageError, cut, plain_name};
use crate::digest::sha256_of_file;
use crate::domain::{MediaTime, SourceInfo, Span};
use crate::media::{self, MediaError};

/// A recording is long that is longer than this, in seconds, and larger than [`LONG_BYTES`]: a CD still holds the shorter.
pub const LONG_SECS: f64 = 600.0;
/// See [`LONG_SECS`].
pub const LONG_BYTES: u64 = 512 << 20;
/// So much before and after a flag is in a cut, and is asked of the other cameras, in seconds.
pub(super) const AROUND_SECS: f64 = 30.0;

/// How much of a recording is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// A cut of a long recording, the whole of any other.
    #[default]
    ByLength,
    /// The whole, however long.
    Whole,
    /// A cut, however short.
    Cut,
}

/// What was packed of a recording.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Packed {
    /// All of it, byte for byte.
    Whole {
        /// Its path in the bag.
        file: String,
    },
    /// A stretch.
    Cut {
        /// Its path in the bag.
        file: String,
        /// What is said of it, as `cut.json` has it.
        record: Value,
    },
}

/// A recording that is to be packed.
pub(super) struct Wanted<'a> {
    /// As it was analysed.
    pub source: &'a SourceInfo,
    /// Where it lies now; it is only read.
    pub from: &'a Path,
    /// Its length in seconds.
    pub duration_secs: f64,
    /// The stretch that matters, in its media time.
    pub span: Span,
    pub extent: Extent,
}

impl Wanted<'_> {
    fn is_long(&self) -> bool {
        self.duration_secs > LONG_SECS && self.source.bytes > LONG_BYTES
    }
}

/// A span with what belongs to it before and after.
pub(super) fn around(span: Span) -> Span {
    let around = MediaTime::from_secs_f64(AROUND_SECS);
    Span { start: (span.start - around).max(MediaTime::ZERO), end: span.end + around }
}

/// Packs a recording under `place`, a path in the bag without the file's own name.
///
/// # Errors
/// Where it is gone, is not the one that was analysed, cannot be written, or cannot be cut although only a cut is wanted.
pub(super) fn pack(wanted: &Wanted<'_>, place: &str, bag: &mut Bag) -> Result<Packed, PackageError> {
    let name = match plain_name(&wanted.source.path) {
        taken if taken == cut::LIST_NAME => format!("recording-{taken}"),
        name => name,
    };
    let is_cut = match wanted.extent {
        Extent::ByLength => wanted.is_long(),
        Extent::Whole => false,
        Extent::Cut => true,
    };
    if is_cut {
        match pack_cut(wanted, &format!("{place}{name}.cut"), bag) {
            Err(PackageError::Media(MediaError::NoCut { .. })) if wanted.extent == Extent::ByLength => {}
            packed => return packed,
        }
    }
    let file = format!("{place}{name}");
    let copied = bag.copy(&file, wanted.from).and_then(|found| is_that_of_the_analysis(wanted, found));
    match copied {
        Ok(()) => Ok(Packed::Whole { file }),
        Err(error) => {
            bag.take_out(&file)?;
            Err(error)
        }
    }
}

fn pack_cut(wanted: &Wanted<'_>, stem: &str, bag: &mut Bag) -> Result<Packed, PackageError> {
    let path = || wanted.from.to_owned();
    let (found, _) = sha256_of_file(wanted.from)
        .map_err(|e| PackageError::NoOriginal { detail: e.to_string(), path: path() })?;
    is_that_of_the_analysis(wanted, found)?;
    media::init()?;
    let cut = media::write_cut(wanted.from, wanted.span, &bag.place(stem)?)?;
    let ending = cut.path.extension().unwrap_or_default().to_string_lossy();
    let file = format!("{stem}.{ending}");
    let (sha256, bytes) = bag.note_written(&file)?;
    let mut record = cut::record(&cut, wanted.source);
    record["cut"] = json!({"file": file, "container": cut.container, "bytes": bytes, "sha256": sha256});
    Ok(Packed::Cut { file, record })
}

fn is_that_of_the_analysis(wanted: &Wanted<'_>, found: String) -> Result<(), PackageError> {
    if found == wanted.source.sha256 {
        return Ok(());
    }
    let path = wanted.from.to_owned();
    Err(PackageError::OtherOriginal { found, wanted: wanted.source.sha256.clone(), path })
}
