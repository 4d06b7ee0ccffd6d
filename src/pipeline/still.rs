//! The still of an incident: its peak read again, seen again, drawn; where the camera lost sight, beside what it saw before.

use std::path::{Path, PathBuf};

use super::shared::LaneEyes;
use crate::domain::{BBox, FlaggedIncident, MediaTime, Size, SourceInfo};
use crate::infer::ViewMaker;
use crate::media::{InputImage, Mask, read_still};
use crate::report::draw_still;

/// How long before it was lost the camera's sight is shown.
const BEFORE: MediaTime = MediaTime::from_millis(2_000);

/// Draws the peak of an incident, seen again, and writes it as JPEG.
pub(super) fn write_still(
    eyes: &mut LaneEyes,
    folder: &Path,
    source: &SourceInfo,
    flagged: &FlaggedIncident,
    (is_steady, mask): (bool, &Mask),
) -> Result<PathBuf, String> {
    let incident = &flagged.incident;
    let at = incident.peak_at;
    let mut still = read_still(&source.path, source.id, at, is_steady).map_err(|e| e.to_string())?;
    mask.blank_rgb(&mut still.image.rgb, still.image.size);
    let jpeg = if incident.kind.is_of_camera() {
        let before_at = (incident.span.start - BEFORE).max(MediaTime::ZERO);
        let before = read_still(&source.path, source.id, before_at, is_steady).ok();
        let mut before = before.map(|s| s.image);
        if let Some(before) = &mut before {
            mask.blank_rgb(&mut before.rgb, before.size);
            // Pictures that became smaller are shown as large as those before: that is what was lost.
            enlarge(&mut still.image, before.size);
            enlarge(before, still.image.size);
        }
        let before = before.filter(|image| image.size == still.image.size);
        let caption = format!("{} possible {}, before / after", at.clock(), incident.kind);
        let (rgb, size) = side_by_side(before.as_ref().unwrap_or(&still.image), &still.image);
        draw_still(&rgb, size, &[], right_half(size), &caption)
    } else {
        let picture = mask.blanked(still.picture)?;
        let view = ViewMaker::new(eyes.view_spec()).view(&picture, Vec::new)?;
        let people = eyes.look(view, &mut 0.0).map_err(|e| e.to_string())?.1.people;
        let nearest = incident.regions.iter().min_by_key(|r| (r.media_time - at).nanos().abs());
        let region = nearest.map(|r| r.bbox_in_frame).unwrap_or_default();
        // A pointer for review, never a finding.
        let caption = format!("{} possible {}", at.clock(), incident.kind);
        draw_still(&still.image.rgb, still.image.size, &people, region, &caption)
    }
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

/// Repeats pixels of a smaller picture until it has a size.
fn enlarge(image: &mut InputImage, to: Size) {
    let from = image.size;
    if u64::from(from.width) * u64::from(from.height) >= u64::from(to.width) * u64::from(to.height) {
        return;
    }
    let source = |place: u32, from: u32, to: u32| u64::from(place) * u64::from(from) / u64::from(to.max(1));
    let pixel = |(y, x): (u32, u32)| {
        let (row, column) = (source(y, from.height, to.height), source(x, from.width, to.width));
        let start = (row * u64::from(from.width) + column) as usize * 3;
        [image.rgb[start], image.rgb[start + 1], image.rgb[start + 2]]
    };
    let places = (0..to.height).flat_map(|y| (0..to.width).map(move |x| (y, x)));
    (image.rgb, image.size) = (places.flat_map(pixel).collect(), to);
}

/// Two pictures of one size, left and right.
fn side_by_side(left: &InputImage, right: &InputImage) -> (Vec<u8>, Size) {
    let row_bytes = right.size.width as usize * 3;
    let rows = left.rgb.chunks(row_bytes.max(1)).zip(right.rgb.chunks(row_bytes.max(1)));
    let rgb = rows.flat_map(|(left, right)| left.iter().chain(right)).copied().collect();
    (rgb, Size { width: right.size.width * 2, height: right.size.height })
}

fn right_half(size: Size) -> BBox {
    let width = size.width as f32 / 2.0;
    BBox { x: width, y: 0.0, width, height: size.height as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameFromInput, Point};

    #[test]
    fn smaller_pictures_are_shown_as_large_as_those_before() {
        let size = Size { width: 2, height: 1 };
        let mut image = InputImage {
            rgb: vec![1, 1, 1, 2, 2, 2],
            size,
            content_in_input: BBox::of_picture(size),
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        };
        enlarge(&mut image, Size { width: 4, height: 2 });
        let line = [[1; 6], [2; 6]].concat();
        assert_eq!(image.rgb, [line.clone(), line].concat());
        enlarge(&mut image, size);
        assert_eq!(image.size, Size { width: 4, height: 2 }, "never smaller");
    }

    #[test]
    fn before_stands_to_the_left_of_after() {
        let size = Size { width: 2, height: 2 };
        let image = |value| InputImage {
            rgb: vec![value; 12],
            size,
            content_in_input: BBox::of_picture(size),
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        };
        let (rgb, both) = side_by_side(&image(7), &image(9));
        assert_eq!(both, Size { width: 4, height: 2 });
        assert_eq!(rgb, [[7; 6], [9; 6], [7; 6], [9; 6]].concat());
        assert_eq!(right_half(both), BBox { x: 2.0, y: 0.0, width: 2.0, height: 2.0 });
    }
}
