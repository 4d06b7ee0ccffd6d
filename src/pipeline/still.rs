//! The still of an incident: its peak read again, seen again, drawn.

use std::path::{Path, PathBuf};

use super::shared::LaneEyes;
use crate::domain::{FlaggedIncident, SourceInfo};
use crate::infer::ViewMaker;
use crate::media::{Mask, read_still};
use crate::report::draw_still;

/// Draws the peak of an incident, seen again, and writes it as JPEG.
pub(super) fn write_still(
    eyes: &mut LaneEyes,
    folder: &Path,
    source: &SourceInfo,
    flagged: &FlaggedIncident,
    (is_steady, mask): (bool, &Mask),
) -> Result<PathBuf, String> {
    let at = flagged.incident.peak_at;
    let mut still = read_still(&source.path, source.id, at, is_steady).map_err(|e| e.to_string())?;
    mask.blank_rgb(&mut still.image.rgb, still.image.size);
    let picture = mask.blanked(still.picture)?;
    let view = ViewMaker::new(eyes.view_spec()).view(&picture, Vec::new)?;
    let people = eyes.look(view, &mut 0.0).map_err(|e| e.to_string())?.1.people;
    let nearest = flagged.incident.regions.iter().min_by_key(|r| (r.media_time - at).nanos().abs());
    let region = nearest.map(|r| r.bbox_in_frame).unwrap_or_default();
    // A pointer for review, never a finding.
    let caption = format!("{} possible {}", at.clock(), flagged.incident.kind);
    let jpeg = draw_still(&still.image.rgb, still.image.size, &people, region, &caption)
        .map_err(|e| e.to_string())?;
    let path = folder.join(format!("{}.jpg", flagged.id));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, jpeg)).map_err(|e| {
        format!(
            "the still could not be written ({e}); free space or choose another --data-dir: {}",
            path.display()
        )
    })?;
    Ok(path)
}
