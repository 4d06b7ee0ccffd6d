//! A decoded picture as the decoder made it, and how it is turned for display.

use std::sync::Arc;

use ffmpeg_next::frame::Video;

use crate::domain::{FrameRef, Size};

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
    /// Whether it was coded without leaning on any other.
    pub fn is_key(&self) -> bool {
        self.frame.is_key()
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
