//! The look of a picture in three numbers.

use crate::domain::BBox;
use crate::media::InputImage;

/// Brightness, contrast and detail of a picture's luma, 0 to 255 scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PictureStats {
    /// Mean luma.
    pub mean: f32,
    /// Standard deviation of luma: contrast of the whole.
    pub deviation: f32,
    /// Mean absolute difference of neighbouring samples: fine detail and edges.
    pub detail: f32,
}

/// Every so many pixels a sample is taken, across and down.
const SAMPLE_STEP: usize = 3;

impl PictureStats {
    /// Of the part of a model input that shows the picture.
    pub fn of_input(image: &InputImage) -> Self {
        let BBox { x, y, width, height } = image.content_in_input;
        let (x0, y0) = (x as usize, y as usize);
        let (columns, rows) =
            ((width as usize).div_ceil(SAMPLE_STEP), (height as usize).div_ceil(SAMPLE_STEP));
        let mut above = vec![0.0_f32; columns];
        let (mut sum, mut sum_squares, mut detail, mut pairs) = (0.0_f64, 0.0_f64, 0.0_f64, 0_u32);
        for row in 0..rows {
            let line = (y0 + row * SAMPLE_STEP) * image.size.width as usize;
            let mut left = 0.0;
            for (column, above) in above.iter_mut().enumerate() {
                let at = (line + x0 + column * SAMPLE_STEP) * 3;
                let luma = luma(&image.rgb[at..at + 3]);
                sum += f64::from(luma);
                sum_squares += f64::from(luma * luma);
                if row > 0 && column > 0 {
                    detail += f64::from((luma - left).abs() + (luma - *above).abs());
                    pairs += 2;
                }
                (left, *above) = (luma, luma);
            }
        }
        let count = (rows * columns).max(1) as f64;
        let mean = sum / count;
        Self {
            mean: mean as f32,
            deviation: (sum_squares / count - mean * mean).max(0.0).sqrt() as f32,
            detail: (detail / f64::from(pairs.max(1))) as f32,
        }
    }
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
        assert!((flat.mean - 40.0).abs() < 0.1 && flat.deviation < 0.1 && flat.detail < 0.1);
        let busy = PictureStats::of_input(&image(|x, y| ((x / 3 + y / 3) % 2 * 200) as u8));
        assert!(busy.detail > 150.0 && busy.deviation > 90.0);
    }
}
