//! A picture's brightness in coarse cells: enough to see that something moved, too little to see who.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use ffmpeg_next::software::scaling::{Context, Flags};

use super::picture::Picture;

/// A grid has about so many cells across.
const CELLS_ACROSS: usize = 160;
/// Steps of a cell's value for one level of luma.
pub const LUMA_STEPS: i16 = 16;

/// Mean luma of square cells, in stored orientation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LumaGrid {
    /// `[rows][columns]`, 0 to 255 levels in steps of 1 / [`LUMA_STEPS`].
    pub cells: Vec<i16>,
    /// Cells down.
    pub rows: usize,
    /// Cells across.
    pub columns: usize,
}

impl LumaGrid {
    /// Of a picture's luma plane; a last row or column that fills no cell is left out. None for a pixel format that FFmpeg
    /// cannot bring to grey.
    pub fn of_picture(picture: &Picture) -> Option<Self> {
        let frame = &*picture.frame;
        if has_plain_luma(frame.format()) {
            return Some(means(frame));
        }
        let (width, height) = (frame.width(), frame.height());
        let mut scaler =
            Context::get(frame.format(), width, height, Pixel::GRAY8, width, height, Flags::POINT).ok()?;
        let mut grey = Video::empty();
        scaler.run(frame, &mut grey).ok()?;
        Some(means(&grey))
    }
}

/// Whether the first plane is luma, a byte a pixel.
fn has_plain_luma(format: Pixel) -> bool {
    matches!(
        format,
        Pixel::YUV420P
            | Pixel::YUVJ420P
            | Pixel::YUV422P
            | Pixel::YUVJ422P
            | Pixel::YUV444P
            | Pixel::YUVJ444P
            | Pixel::YUV411P
            | Pixel::NV12
            | Pixel::NV21
            | Pixel::GRAY8
    )
}

fn means(frame: &Video) -> LumaGrid {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let side = width.max(height).div_ceil(CELLS_ACROSS).max(1);
    let (columns, rows) = ((width / side).max(1), (height / side).max(1));
    let (data, stride) = (frame.data(0), frame.stride(0));
    let mut cells = Vec::with_capacity(rows * columns);
    let mut sums = vec![0_u32; width];
    for band in data.chunks(stride * side.min(height)).take(rows) {
        sums.fill(0);
        for line in band.chunks(stride).filter(|l| l.len() >= width) {
            sums.iter_mut().zip(&line[..width]).for_each(|(sum, luma)| *sum += u32::from(*luma));
        }
        let pixels = (side * side.min(height)) as u32;
        let mean = |cell: &[u32]| (cell.iter().sum::<u32>() * LUMA_STEPS as u32 / pixels) as i16;
        cells.extend(sums.chunks(side.min(width)).take(columns).map(mean));
    }
    LumaGrid { cells, rows, columns }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{FrameRef, MediaTime, Size, SourceId};
    use crate::media::picture::Turn;

    fn picture(size: Size, luma: impl Fn(usize, usize) -> u8) -> Picture {
        let mut frame = Video::new(Pixel::YUV420P, size.width, size.height);
        let stride = frame.stride(0);
        for (y, row) in frame.data_mut(0).chunks_mut(stride).take(size.height as usize).enumerate() {
            row[..size.width as usize].iter_mut().enumerate().for_each(|(x, v)| *v = luma(x, y));
        }
        let at = FrameRef { source: SourceId(0), index: 0, media_time: MediaTime::ZERO, size };
        Picture { at, frame: Arc::new(frame), turn: Turn::None }
    }

    #[test]
    fn cells_hold_the_mean_of_their_pixels() {
        let size = Size { width: 320, height: 180 };
        let grid =
            LumaGrid::of_picture(&picture(size, |x, y| if x % 2 == 0 { 100 } else { 51 + (y % 2) as u8 }))
                .unwrap();
        assert_eq!((grid.columns, grid.rows), (160, 90));
        assert!(grid.cells.iter().all(|c| *c == (75.75 * f32::from(LUMA_STEPS)) as i16), "{}", grid.cells[0]);
    }

    #[test]
    fn odd_and_tiny_pictures_have_a_grid() {
        for (width, height) in [(1, 1), (7, 3), (161, 91), (90, 1000), (2000, 2)] {
            let grid = LumaGrid::of_picture(&picture(Size { width, height }, |_, _| 80)).unwrap();
            assert_eq!(grid.cells.len(), grid.rows * grid.columns, "{width}x{height}");
            let expected = 80 * LUMA_STEPS;
            assert!(grid.cells.iter().all(|c| *c == expected), "{width}x{height}: {:?}", &grid.cells[..1]);
        }
    }
}
