//! Blanks the parts of a picture that must not be looked at, before anything looks.
//!
//! It works on a copy: the decoder leans on its own pictures for those that follow, and a recording is never changed.

use std::sync::Arc;

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;

use super::picture::{Picture, Turn};
use crate::domain::{Polygon, Size, ZoneKind, Zones};

/// What is never analysed of a camera's picture.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    excluded: Vec<Polygon>,
}

impl Mask {
    /// The zones of a camera that must not be looked at.
    pub fn of(zones: &Zones) -> Self {
        Self { excluded: zones.of_kind(ZoneKind::Excluded).map(|z| z.polygon.clone()).collect() }
    }

    /// Whether nothing is blanked.
    pub fn is_empty(&self) -> bool {
        self.excluded.is_empty()
    }

    /// The picture without its excluded parts; itself where there are none.
    ///
    /// # Errors
    /// For a pixel format in which nothing can be blanked: the picture must then not be looked at.
    pub fn blanked(&self, picture: Picture) -> Result<Picture, String> {
        if self.is_empty() {
            return Ok(picture);
        }
        let Some(planes) = planes_of(picture.frame.format()) else {
            let format = picture.frame.format();
            return Err(format!("excluded zones cannot be blanked in pictures of format {format:?}"));
        };
        let mut frame = Video::clone(&picture.frame);
        for plane in planes {
            self.blank_plane(&mut frame, *plane, picture.turn);
        }
        Ok(Picture { frame: Arc::new(frame), ..picture })
    }

    /// Blanks `[height][width][3]` RGB as displayed.
    pub fn blank_rgb(&self, rgb: &mut [u8], size: Size) {
        let (width, height) = (size.width as usize, size.height as usize);
        for (number, pixel) in rgb.chunks_exact_mut(3).enumerate().take(width * height) {
            let share = share_of(number % width, number / width, [width, height]);
            if self.holds(share) {
                pixel.fill(0);
            }
        }
    }

    fn blank_plane(&self, frame: &mut Video, plane: Plane, turn: Turn) {
        let (width, height) = (frame.plane_width(plane.number), frame.plane_height(plane.number));
        // FFmpeg does not halve the width of interleaved colour by itself.
        let columns = match plane.bytes {
            1 => width as usize,
            _ => frame.width().div_ceil(2) as usize,
        };
        let rows = if plane.bytes == 1 { height as usize } else { frame.height().div_ceil(2) as usize };
        let stride = frame.stride(plane.number);
        let data = frame.data_mut(plane.number);
        for (y, row) in data.chunks_mut(stride).take(rows).enumerate() {
            for (x, cell) in row.chunks_exact_mut(plane.bytes).take(columns).enumerate() {
                if self.holds(shown_share(share_of(x, y, [columns, rows]), turn)) {
                    cell.fill(plane.blank);
                }
            }
        }
    }

    fn holds(&self, share: [f32; 2]) -> bool {
        self.excluded.iter().any(|polygon| polygon.contains(share))
    }
}

fn share_of(x: usize, y: usize, [columns, rows]: [usize; 2]) -> [f32; 2] {
    [(x as f32 + 0.5) / columns.max(1) as f32, (y as f32 + 0.5) / rows.max(1) as f32]
}

/// From a place of the picture as stored to the same place as displayed.
fn shown_share([x, y]: [f32; 2], turn: Turn) -> [f32; 2] {
    match turn {
        Turn::None => [x, y],
        Turn::Clockwise => [1.0 - y, x],
        Turn::Half => [1.0 - x, 1.0 - y],
        Turn::CounterClockwise => [y, 1.0 - x],
    }
}

/// One plane of a picture: its samples and what black, or no colour, is in it.
#[derive(Clone, Copy)]
struct Plane {
    number: usize,
    /// Bytes of one sample; two where both colours lie side by side.
    bytes: usize,
    blank: u8,
}

const fn plane(number: usize, bytes: usize, blank: u8) -> Plane {
    Plane { number, bytes, blank }
}

const THREE: [Plane; 3] = [plane(0, 1, 16), plane(1, 1, 128), plane(2, 1, 128)];
const TWO: [Plane; 2] = [plane(0, 1, 16), plane(1, 2, 128)];
const GREY: [Plane; 1] = [plane(0, 1, 0)];

fn planes_of(format: Pixel) -> Option<&'static [Plane]> {
    match format {
        Pixel::YUV420P | Pixel::YUV422P | Pixel::YUV444P | Pixel::YUV411P => Some(&THREE),
        Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P => Some(&THREE),
        Pixel::NV12 | Pixel::NV21 => Some(&TWO),
        Pixel::GRAY8 => Some(&GREY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameRef, MediaTime, SourceId};

    fn mask(corners: &[[f32; 2]]) -> Mask {
        Mask { excluded: vec![Polygon::new(corners.to_vec())] }
    }

    /// The left third as displayed.
    fn left() -> Mask {
        mask(&[[0.0, 0.0], [0.334, 0.0], [0.334, 1.0], [0.0, 1.0]])
    }

    fn picture(format: Pixel, turn: Turn) -> Picture {
        let mut frame = Video::new(format, 96, 48);
        for number in 0..frame.planes() {
            frame.data_mut(number).fill(200);
        }
        let size = turn.apply(Size { width: 96, height: 48 });
        let at = FrameRef { source: SourceId(0), index: 0, media_time: MediaTime::ZERO, size };
        Picture { at, frame: Arc::new(frame), turn }
    }

    /// Which luma samples are untouched, as stored.
    fn is_kept(picture: &Picture, x: usize, y: usize) -> bool {
        picture.frame.data(0)[y * picture.frame.stride(0) + x] == 200
    }

    #[test]
    fn excluded_pixels_are_gone_and_the_others_as_they_were() {
        for format in [Pixel::YUV420P, Pixel::YUVJ422P, Pixel::YUV444P, Pixel::NV12, Pixel::GRAY8] {
            let before = picture(format, Turn::None);
            let after = left().blanked(before.clone()).unwrap();
            assert!(!is_kept(&after, 0, 0) && !is_kept(&after, 31, 47), "{format:?}");
            assert!(is_kept(&after, 33, 0) && is_kept(&after, 95, 47), "{format:?}");
            assert!(is_kept(&before, 0, 0), "{format:?}: what the decoder holds is not touched");
            for number in 1..after.frame.planes() {
                let row = after.frame.data(number);
                assert_eq!((row[0], row[1]), (128, 128), "{format:?}, plane {number}");
                let last = after.frame.plane_width(number) as usize - 1;
                assert_eq!(row[last], 200, "{format:?}, plane {number}");
            }
        }
    }

    #[test]
    fn zones_are_drawn_on_the_picture_as_displayed() {
        let stored = |turn, x, y| is_kept(&left().blanked(picture(Pixel::YUV420P, turn)).unwrap(), x, y);
        assert!(!stored(Turn::Half, 95, 0) && stored(Turn::Half, 0, 0));
        // Turned to the right, what is displayed left was stored below.
        assert!(!stored(Turn::Clockwise, 0, 47) && stored(Turn::Clockwise, 0, 0));
        assert!(!stored(Turn::CounterClockwise, 0, 0) && stored(Turn::CounterClockwise, 0, 47));
    }

    #[test]
    fn what_cannot_be_blanked_is_not_looked_at() {
        let error = left().blanked(picture(Pixel::YUV420P10LE, Turn::None)).err().unwrap();
        assert!(error.contains("cannot be blanked"), "{error}");
        assert!(Mask::default().blanked(picture(Pixel::YUV420P10LE, Turn::None)).is_ok());
    }

    #[test]
    fn stills_are_blanked_too() {
        let mut rgb = vec![9; 12 * 2 * 3];
        left().blank_rgb(&mut rgb, Size { width: 12, height: 2 });
        assert_eq!(&rgb[..4 * 3], [0; 12]);
        assert_eq!(rgb[4 * 3..12 * 3], [9; 24]);
    }
}
