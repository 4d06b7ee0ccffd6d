//! The look of a picture in three numbers.

use crate::domain::BBox;
use crate::media::InputImage;

/// Brightness, contrast and detail of a picture's luma, 0 to 255 scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PictureStats {
    /// Mean luma.
    pub mean: f32,
    /// Standard deviation of the means of coarse blocks: the large shapes, whatever noise or text lies over them.
    pub structure: f32,
    /// Mean absolute difference of neighbouring samples: fine detail and edges.
    pub detail: f32,
}

/// Every so many pixels a sample is taken, across and down.
const SAMPLE_STEP: usize = 3;

/// Side of a coarse block, in samples.
const BLOCK: usize = 8;

impl PictureStats {
    /// Of the part of a model input that shows the picture.
    pub fn of_input(image: &InputImage) -> Self {
        let BBox { x, y, width, height } = image.content_in_input;
        let (x0, y0) = (x as usize, y as usize);
        let (columns, rows) =
            ((width as usize).div_ceil(SAMPLE_STEP), (height as usize).div_ceil(SAMPLE_STEP));
        let sample = |row: usize, column: usize| {
            let pixel = (y0 + row * SAMPLE_STEP) * image.size.width as usize + x0 + column * SAMPLE_STEP;
            luma(&image.rgb[pixel * 3..pixel * 3 + 3])
        };
        let blocks_across = columns.div_ceil(BLOCK);
        let mut blocks = vec![(0.0_f32, 0_u32); blocks_across * rows.div_ceil(BLOCK)];
        let (mut detail, mut pairs) = (0.0_f64, 0_u32);
        let mut above = vec![0.0_f32; columns];
        for row in 0..rows {
            let mut left = 0.0;
            for (column, above) in above.iter_mut().enumerate() {
                let luma = sample(row, column);
                let block = &mut blocks[row / BLOCK * blocks_across + column / BLOCK];
                *block = (block.0 + luma, block.1 + 1);
                if row > 0 && column > 0 {
                    detail += f64::from((luma - left).abs() + (luma - *above).abs());
                    pairs += 2;
                }
                (left, *above) = (luma, luma);
            }
        }
        let means: Vec<f32> = blocks.iter().map(|(sum, count)| sum / (*count).max(1) as f32).collect();
        let (mean, structure) = mean_and_deviation(&means);
        Self { mean, structure, detail: (detail / f64::from(pairs.max(1))) as f32 }
    }
}

fn mean_and_deviation(values: &[f32]) -> (f32, f32) {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / count;
    (mean, variance.sqrt())
}

/// BT.601 luma of one RGB pixel.
fn luma(rgb: &[u8]) -> f32 {
    0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameFromInput, Point, Size};

    fn image(rgb_at: impl Fn(usize, usize) -> u8) -> InputImage {
        let size = Size { width: 60, height: 30 };
        let rgb =
            (0..30).flat_map(|y| (0..60).flat_map(move |x| [(x, y); 3])).map(|(x, y)| rgb_at(x, y)).collect();
        InputImage {
            rgb,
            size,
            content_in_input: BBox::of_picture(size),
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        }
    }

    #[test]
    fn a_flat_picture_has_no_detail_and_a_busy_one_has() {
        let flat = PictureStats::of_input(&image(|_, _| 40));
        assert!((flat.mean - 40.0).abs() < 0.1 && flat.structure < 0.1 && flat.detail < 0.1);
        let busy = PictureStats::of_input(&image(|x, y| ((x / 3 + y / 3) % 2 * 200) as u8));
        assert!(busy.detail > 150.0);
        let halves = PictureStats::of_input(&image(|x, _| if x < 30 { 0 } else { 200 }));
        assert!(halves.structure > 80.0 && halves.detail < 10.0);
    }
}
