//! Reads one picture again, for a still: pixels are dropped after inference and fetched anew where needed.

use std::path::Path;

use super::MediaError;
use super::letterbox::{Fit, InputImage, Letterbox, LetterboxSpec};
use super::picture::Picture;
use super::recording::{Recording, Step};
use crate::domain::{MediaTime, SourceId};

/// One picture in full.
pub struct StillPicture {
    /// As decoded, to be looked at by a model again.
    pub picture: Picture,
    /// `[height][width][3]` RGB at the displayed size.
    pub image: InputImage,
}

/// The picture at (or the first after) a media time.
///
/// `is_steady` says that the recording's clock never jumped, so that a seek by stamp finds the place; otherwise the
/// recording is decoded from its start.
///
/// # Errors
/// When the file cannot be opened any more, or has no picture there.
pub fn read_still(
    path: &Path,
    source: SourceId,
    at: MediaTime,
    is_steady: bool,
) -> Result<StillPicture, MediaError> {
    let picture = if is_steady { sought(path, source, at)? } else { None };
    let picture = match picture {
        Some(picture) => picture,
        None => decoded_from_start(path, source, at)?,
    };
    let spec = LetterboxSpec { size: picture.at.size, fit: Fit::Stretch, pad_value: 0 };
    let image = Letterbox::new(spec).fill(&picture, Vec::new()).map_err(|reason| MediaError::Convert {
        reason,
        at,
        path: path.to_owned(),
    })?;
    Ok(StillPicture { picture, image })
}

fn sought(path: &Path, source: SourceId, at: MediaTime) -> Result<Option<Picture>, MediaError> {
    let mut recording = Recording::open(path, source, 1)?;
    let Some((Some(first), _)) = recording.next_frame() else { return Ok(None) };
    let target = first.saturating_add(recording.ticks_of(at));
    if !recording.seek_to_stamp(target) {
        return Ok(None);
    }
    let half_picture = recording.ticks_of(MediaTime::from_nanos(recording.info().nominal.nanos() / 2));
    while let Some((Some(stamp), mut picture)) = recording.next_frame() {
        if stamp.saturating_add(half_picture) >= target {
            picture.at.media_time = at;
            return Ok(
                (stamp <= target.saturating_add(half_picture.max(1).saturating_mul(100))).then_some(picture)
            );
        }
    }
    Ok(None)
}

fn decoded_from_start(path: &Path, source: SourceId, at: MediaTime) -> Result<Picture, MediaError> {
    let mut recording = Recording::open(path, source, 1)?;
    while let Step::Picture(picture, _) = recording.step()? {
        if picture.at.media_time >= at {
            return Ok(picture);
        }
    }
    Err(MediaError::NoPictureAt { at, path: path.to_owned() })
}
