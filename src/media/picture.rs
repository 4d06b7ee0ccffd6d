//! A decoded picture as the decoder made it, and how it is turned for display.

use std::sync::Arc;

use ffmpeg_next::frame::Video;

use crate::domain::{BBox, FrameRef, Point, Size};

/// How a stored picture is turned for display (container metadata of phones and body-worn cameras).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As stored.
    None,
    /// A quarter to the right.
    Clockwise,
    /// Upside down.
    Half,
    /// A quarter to the left.
    CounterClockwise,
}

impl Turn {
    /// The size after (or before) turning.
    pub fn apply(self, size: Size) -> Size {
        match self {
            Self::None | Self::Half => size,
            Self::Clockwise | Self::CounterClockwise => Size { width: size.height, height: size.width },
        }
    }

    /// From a display matrix: nine 16.16 integers, row by row (ISO/IEC 14496-12, `tkhd`).
    pub(super) fn from_display_matrix(bytes: &[u8]) -> Self {
        let entry = |i: usize| -> i32 {
            bytes.get(i * 4..i * 4 + 4).and_then(|b| b.try_into().ok()).map_or(0, i32::from_ne_bytes)
        };
        let degrees = f64::from(entry(1)).atan2(f64::from(entry(0))).to_degrees().round() as i32;
        match degrees {
            45..=135 => Self::Clockwise,
            -135..=-45 => Self::CounterClockwise,
            136..=180 | -180..=-136 => Self::Half,
            _ => Self::None,
        }
    }
}

/// A decoded picture: reference-counted YUV as the decoder made it, never copied.
#[derive(Clone)]
pub struct Picture {
    /// Its name.
    pub at: FrameRef,
    pub(super) frame: Arc<Video>,
    pub(super) turn: Turn,
}

impl Picture {
    /// A displayed region in stored pixels, with even edges, within the picture.
    pub(super) fn stored_region(&self, region_in_frame: BBox) -> BBox {
        let (w, h) = (self.frame.width() as f32, self.frame.height() as f32);
        let shown = self.at.size;
        let b = region_in_frame.clipped(shown);
        let (u0, v0) = (b.x / shown.width as f32, b.y / shown.height as f32);
        let (u1, v1) = (b.right() / shown.width as f32, b.bottom() / shown.height as f32);
        let (x0, y0, x1, y1) = match self.turn {
            Turn::None => (u0, v0, u1, v1),
            Turn::Clockwise => (v0, 1.0 - u1, v1, 1.0 - u0),
            Turn::Half => (1.0 - u1, 1.0 - v1, 1.0 - u0, 1.0 - v0),
            Turn::CounterClockwise => (1.0 - v1, u0, 1.0 - v0, u1),
        };
        let even = |v: f32| ((v / 2.0).floor() * 2.0).max(0.0);
        let (x, y) = (even(x0 * w), even(y0 * h));
        BBox {
            x,
            y,
            width: even(x1 * w - x).max(2.0).min(w - x),
            height: even(y1 * h - y).max(2.0).min(h - y),
        }
    }

    /// Top left corner and size, as displayed, of a region in stored pixels.
    pub(super) fn shown_region(&self, stored: BBox) -> (Point, Size) {
        let shown = self.at.size;
        let stored_size = self.turn.apply(shown);
        let sx = stored_size.width as f32 / self.frame.width() as f32;
        let sy = stored_size.height as f32 / self.frame.height() as f32;
        let (x, y, w, h) = (stored.x * sx, stored.y * sy, stored.width * sx, stored.height * sy);
        let (full_w, full_h) = (stored_size.width as f32, stored_size.height as f32);
        let (origin, size) = match self.turn {
            Turn::None => ((x, y), (w, h)),
            Turn::Clockwise => ((full_h - y - h, x), (h, w)),
            Turn::Half => ((full_w - x - w, full_h - y - h), (w, h)),
            Turn::CounterClockwise => ((y, full_w - x - w), (h, w)),
        };
        let size = Size { width: (size.0.round() as u32).max(1), height: (size.1.round() as u32).max(1) };
        (Point { x: origin.0, y: origin.1 }, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_matrices_turn() {
        let matrix = |a: i32, b: i32, c: i32, d: i32| {
            let entries = [a, b, 0, c, d, 0, 0, 0, 1 << 30];
            entries.iter().flat_map(|v| v.to_ne_bytes()).collect::<Vec<u8>>()
        };
        let one = 1 << 16;
        assert_eq!(Turn::from_display_matrix(&matrix(one, 0, 0, one)), Turn::None);
        assert_eq!(Turn::from_display_matrix(&matrix(0, one, -one, 0)), Turn::Clockwise);
        assert_eq!(Turn::from_display_matrix(&matrix(-one, 0, 0, -one)), Turn::Half);
        assert_eq!(Turn::from_display_matrix(&matrix(0, -one, one, 0)), Turn::CounterClockwise);
        assert_eq!(Turn::from_display_matrix(&[1, 2]), Turn::None);
    }
}
