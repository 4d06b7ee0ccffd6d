//! Small grey pictures, by which a violence model sees movement.

use std::sync::Arc;

use super::shared::SharedBuffers;
use crate::media::InputImage;

/// The luma of a model's input at half its width and height, `[rows][columns]`, 0 to 255.
#[derive(Clone, Debug)]
pub struct SmallGrey {
    /// The pixels, shared so that a ring of pictures costs no copies.
    pub values: Arc<[u8]>,
    /// Pixels down.
    pub rows: usize,
    /// Pixels across.
    pub columns: usize,
}

impl SmallGrey {
    /// Means of 2 x 2 pixels' luma (ITU-R BT.601 in 256ths, as in training); an odd last row or column is left out.
    pub fn of_input(image: &InputImage) -> Self {
        GreyMaker::default().grey(image)
    }
}

/// Makes [`SmallGrey`] of one input after the other, over buffers that nobody needs any more.
#[derive(Default)]
pub(super) struct GreyMaker {
    buffers: SharedBuffers<u8>,
    sums: Vec<u16>,
}

impl GreyMaker {
    /// As [`SmallGrey::of_input`].
    pub fn grey(&mut self, image: &InputImage) -> SmallGrey {
        let (width, columns) = (image.size.width as usize, image.size.width as usize / 2);
        let rows = image.size.height as usize / 2;
        let sums = &mut self.sums;
        sums.resize(width * 3, 0);
        let values = self.buffers.filled(rows * columns, |values| {
            let lines = image.rgb.chunks_exact((width * 6).max(1));
            for (row, lines) in values.chunks_exact_mut(columns.max(1)).zip(lines) {
                let (upper, lower) = lines.split_at(width * 3);
                for ((sum, a), b) in sums.iter_mut().zip(upper).zip(lower) {
                    *sum = u16::from(*a) + u16::from(*b);
                }
                for (value, pair) in row.iter_mut().zip(sums.chunks_exact(6)) {
                    let [r, g, b] = [0, 1, 2].map(|c| u32::from(pair[c] + pair[c + 3]));
                    *value = ((77 * r + 150 * g + 29 * b + 512) >> 10) as u8;
                }
            }
        });
        SmallGrey { values, rows, columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FrameFromInput, Point, Size};

    #[test]
    fn four_pixels_make_one_of_their_mean_luma() {
        let size = Size { width: 5, height: 2 };
        let image = InputImage {
            rgb: [[255, 0, 0], [0, 255, 0], [90, 90, 90], [90, 90, 90], [9, 9, 9]].repeat(2).concat(),
            size,
            content_in_input: BBox::of_picture(size),
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        };
        let grey = SmallGrey::of_input(&image);
        assert_eq!((grey.rows, grey.columns), (1, 2));
        assert_eq!(grey.values[..], [113, 90], "(0.299 + 0.587) / 2 of 255, then 90");
    }
}
