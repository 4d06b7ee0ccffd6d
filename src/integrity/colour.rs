//! Whether a picture has colours.

use crate::domain::BBox;
use crate::media::InputImage;

/// Every so many pixels a sample is taken, across and down.
const SAMPLE_STEP: usize = 4;

/// Mean distance between the strongest and the weakest of a pixel's three colours, 0 to 255, over the part of a model
/// input that shows the picture. Near 0 for infrared and for black and white.
pub fn colourfulness(image: &InputImage) -> f32 {
    let BBox { x, y, width, height } = image.content_in_input;
    let rows = (y as usize..(y + height) as usize).step_by(SAMPLE_STEP);
    let columns = (x as usize..(x + width) as usize).step_by(SAMPLE_STEP);
    let (mut sum, mut count) = (0_u64, 0_u64);
    for row in rows {
        for column in columns.clone() {
            let pixel = (row * image.size.width as usize + column) * 3;
            let [r, g, b] = [image.rgb[pixel], image.rgb[pixel + 1], image.rgb[pixel + 2]];
            sum += u64::from(r.max(g).max(b) - r.min(g).min(b));
            count += 1;
        }
    }
    sum as f32 / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameFromInput, Point, Size};

    fn image(rgb: [u8; 3]) -> InputImage {
        let size = Size { width: 40, height: 20 };
        InputImage {
            rgb: rgb.repeat(800),
            size,
            content_in_input: BBox { x: 0.0, y: 0.0, width: 40.0, height: 10.0 },
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        }
    }

    #[test]
    fn grey_has_none_and_red_has() {
        assert_eq!(colourfulness(&image([90, 90, 90])), 0.0);
        assert_eq!(colourfulness(&image([200, 40, 60])), 160.0);
    }

    #[test]
    fn the_padding_is_left_out() {
        let mut padded = image([90, 90, 90]);
        padded.rgb[40 * 10 * 3..].copy_from_slice(&[255, 0, 0].repeat(400));
        assert_eq!(colourfulness(&padded), 0.0);
    }
}
