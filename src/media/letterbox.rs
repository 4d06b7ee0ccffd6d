//! From a decoded picture straight to a model's input: crop, scale, turn, pad, without an RGB copy of the whole.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use ffmpeg_next::software::scaling::{Context, Flags};

use super::picture::{Picture, Turn};
use crate::domain::{BBox, FrameFromInput, Point, Size};

/// How a picture is put into an input of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Shape kept, picture at the top left, padding right or below.
    LetterboxTopLeft,
    /// Shape kept, picture in the middle.
    LetterboxCentre,
    /// Shape given up.
    Stretch,
}

/// What a model wants its input to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterboxSpec {
    /// Size of the input.
    pub size: Size,
    /// How the picture is fitted.
    pub fit: Fit,
    /// Grey level of the padding, 0 to 255.
    pub pad_value: u8,
}

/// A picture as a model takes it.
#[derive(Clone, Debug)]
pub struct InputImage {
    /// `[height][width][3]`, u8, RGB, 0 to 255.
    pub rgb: Vec<u8>,
    /// Size of the whole input.
    pub size: Size,
    /// The part of the input that shows the picture; the rest is padding.
    pub content_in_input: BBox,
    /// The way back.
    pub frame_from_input: FrameFromInput,
}

/// Makes inputs of one shape. Keeps FFmpeg's scaler between pictures and rebuilds it when the picture's shape changes.
///
/// The scaler is bilinear with the filter widened when shrinking (`SWS_BILINEAR`), as in training. Not `Send`:
/// make it in the thread that uses it.
pub struct Letterbox {
    spec: LetterboxSpec,
    scaler: Option<Scaler>,
}

struct Scaler {
    context: Context,
    key: (Pixel, Size, Size),
    scaled: Video,
}

impl Letterbox {
    /// For inputs of this shape.
    pub fn new(spec: LetterboxSpec) -> Self {
        Self { spec, scaler: None }
    }

    /// The whole picture, written over `rgb` (resized as needed, so that buffers can be reused).
    ///
    /// # Errors
    /// FFmpeg's reason, where it cannot scale from this pixel format.
    pub fn fill(&mut self, picture: &Picture, rgb: Vec<u8>) -> Result<InputImage, String> {
        self.fill_from(&picture.frame, picture.turn, picture.at.size, Point::default(), rgb)
    }

    /// The part of the picture within `region_in_frame`; `frame_from_input` leads back to the whole frame.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn fill_region(
        &mut self,
        picture: &Picture,
        region_in_frame: BBox,
        rgb: Vec<u8>,
    ) -> Result<InputImage, String> {
        let region = picture.stored_region(region_in_frame);
        let Some(part) = copy_region(&picture.frame, region) else {
            return Err(format!("no cropping from pixel format {:?}", picture.frame.format()));
        };
        let (origin, shown) = picture.shown_region(region);
        self.fill_from(&part, picture.turn, shown, origin, rgb)
    }

    fn fill_from(
        &mut self,
        frame: &Video,
        turn: Turn,
        shown: Size,
        origin_in_frame: Point,
        mut rgb: Vec<u8>,
    ) -> Result<InputImage, String> {
        let (content, offset) = self.spec.place(shown);
        let stored = turn.apply(content);
        let LetterboxSpec { size, pad_value, .. } = self.spec;
        let scaled = self.scale(frame, stored)?;
        let Size { width, height } = size;
        rgb.clear();
        rgb.resize(width as usize * height as usize * 3, pad_value);
        copy_turned(scaled, turn, content, offset, width as usize, &mut rgb);

        let scale = [shown.width as f32 / content.width as f32, shown.height as f32 / content.height as f32];
        let offset_in_input = Point {
            x: offset.width as f32 - origin_in_frame.x / scale[0],
            y: offset.height as f32 - origin_in_frame.y / scale[1],
        };
        let content_in_input = BBox {
            x: offset.width as f32,
            y: offset.height as f32,
            width: content.width as f32,
            height: content.height as f32,
        };
        let frame_from_input = FrameFromInput { scale, offset_in_input };
        Ok(InputImage { rgb, size, content_in_input, frame_from_input })
    }

    fn scale(&mut self, frame: &Video, to: Size) -> Result<&Video, String> {
        let from = Size { width: frame.width(), height: frame.height() };
        let key = (frame.format(), from, to);
        if self.scaler.as_ref().is_none_or(|s| s.key != key) {
            let context = Context::get(
                frame.format(),
                from.width,
                from.height,
                Pixel::RGB24,
                to.width,
                to.height,
                Flags::BILINEAR,
            )
            .map_err(|e| e.to_string())?;
            self.scaler = Some(Scaler { context, key, scaled: Video::empty() });
        }
        let scaler = self.scaler.as_mut().ok_or("no scaler")?;
        scaler.context.run(frame, &mut scaler.scaled).map_err(|e| e.to_string())?;
        Ok(&scaler.scaled)
    }
}

impl LetterboxSpec {
    /// Size of the picture within the input and where it begins.
    fn place(self, picture: Size) -> (Size, Size) {
        let (w, h) = (picture.width.max(1) as f32, picture.height.max(1) as f32);
        let scale = (self.size.width as f32 / w).min(self.size.height as f32 / h);
        let fitted = |length: f32, most: u32| ((length * scale).round() as u32).clamp(1, most);
        let kept = Size { width: fitted(w, self.size.width), height: fitted(h, self.size.height) };
        match self.fit {
            Fit::LetterboxTopLeft => (kept, Size { width: 0, height: 0 }),
            Fit::LetterboxCentre => (
                kept,
                Size {
                    width: (self.size.width - kept.width) / 2,
                    height: (self.size.height - kept.height) / 2,
                },
            ),
            Fit::Stretch => (self.size, Size { width: 0, height: 0 }),
        }
    }
}

/// Copies `scaled` (stored orientation) into the input at `offset`, turned as it is displayed.
fn copy_turned(scaled: &Video, turn: Turn, content: Size, offset: Size, input_width: usize, rgb: &mut [u8]) {
    let (data, stride) = (scaled.data(0), scaled.stride(0));
    let (content_w, content_h) = (content.width as usize, content.height as usize);
    for y in 0..content_h {
        let start = ((offset.height as usize + y) * input_width + offset.width as usize) * 3;
        let row = &mut rgb[start..start + content_w * 3];
        if turn == Turn::None {
            row.copy_from_slice(&data[y * stride..y * stride + content_w * 3]);
            continue;
        }
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (sx, sy) = match turn {
                Turn::None => (x, y),
                Turn::Clockwise => (y, content_w - 1 - x),
                Turn::Half => (content_w - 1 - x, content_h - 1 - y),
                Turn::CounterClockwise => (content_h - 1 - y, x),
            };
            pixel.copy_from_slice(&data[sy * stride + sx * 3..][..3]);
        }
    }
}

/// A copy of a part of a planar picture; none for formats that are not laid out in 8- or 16-bit planes.
fn copy_region(frame: &Video, region: BBox) -> Option<Video> {
    let bytes_per_sample: &[usize] = match frame.format() {
        Pixel::YUV420P
        | Pixel::YUVJ420P
        | Pixel::YUV422P
        | Pixel::YUVJ422P
        | Pixel::YUV444P
        | Pixel::YUVJ444P => &[1, 1, 1],
        Pixel::YUV420P10LE | Pixel::YUV422P10LE | Pixel::YUV444P10LE => &[2, 2, 2],
        Pixel::NV12 => &[1, 2],
        Pixel::GRAY8 => &[1],
        Pixel::RGB24 => &[3],
        _ => return None,
    };
    let (x, y) = (region.x as u32, region.y as u32);
    let mut part = Video::new(frame.format(), region.width as u32, region.height as u32);
    for (plane, sample) in bytes_per_sample.iter().enumerate() {
        let shrink_x = frame.width().div_ceil(frame.plane_width(plane).max(1)).max(1);
        let shrink_y = frame.height().div_ceil(frame.plane_height(plane).max(1)).max(1);
        let (from_x, from_y) = ((x / shrink_x) as usize * sample, (y / shrink_y) as usize);
        let row_bytes = part.plane_width(plane) as usize * sample;
        let (from_stride, to_stride) = (frame.stride(plane), part.stride(plane));
        for row in 0..part.plane_height(plane) as usize {
            let from = (from_y + row) * from_stride + from_x;
            let source = frame.data(plane).get(from..from + row_bytes)?;
            part.data_mut(plane)[row * to_stride..][..row_bytes].copy_from_slice(source);
        }
    }
    Some(part)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{FrameRef, SourceId};

    const SPEC: LetterboxSpec =
        LetterboxSpec { size: Size { width: 512, height: 288 }, fit: Fit::LetterboxTopLeft, pad_value: 114 };

    const SHOWN: Size = Size { width: 64, height: 32 };

    /// A grey picture, brighter to the right: luma is twice the column.
    fn ramp(turn: Turn) -> Picture {
        let mut frame = Video::new(Pixel::YUV420P, SHOWN.width, SHOWN.height);
        for (plane, flat) in [(0, None), (1, Some(128)), (2, Some(128))] {
            let (stride, width) = (frame.stride(plane), frame.plane_width(plane) as usize);
            for row in frame.data_mut(plane).chunks_mut(stride) {
                for (x, value) in row[..width].iter_mut().enumerate() {
                    *value = flat.unwrap_or(40 + 2 * x as u8);
                }
            }
        }
        let media_time = crate::domain::MediaTime::ZERO;
        let at = FrameRef { source: SourceId(0), index: 0, media_time, size: turn.apply(SHOWN) };
        Picture { at, frame: Arc::new(frame), turn }
    }

    fn grey(image: &InputImage, x: usize, y: usize) -> u8 {
        image.rgb[(y * image.size.width as usize + x) * 3]
    }

    #[test]
    fn a_picture_lies_at_the_top_left_and_the_rest_is_padding() {
        let spec = LetterboxSpec { size: Size { width: 64, height: 64 }, ..SPEC };
        let image = Letterbox::new(spec).fill(&ramp(Turn::None), Vec::new()).unwrap();
        assert!(grey(&image, 60, 10) > grey(&image, 5, 10) + 80);
        assert_eq!(grey(&image, 5, 40), 114);
        assert_eq!(image.content_in_input, BBox { x: 0.0, y: 0.0, width: 64.0, height: 32.0 });
    }

    #[test]
    fn turned_pictures_are_shown_upright() {
        let spec = LetterboxSpec { size: Size { width: 64, height: 64 }, ..SPEC };
        let shown = |turn| Letterbox::new(spec).fill(&ramp(turn), Vec::new()).unwrap();
        let right = shown(Turn::Clockwise);
        assert!(
            grey(&right, 5, 60) > grey(&right, 5, 5) + 80,
            "the stored right edge is shown at the bottom"
        );
        let left = shown(Turn::CounterClockwise);
        assert!(grey(&left, 5, 5) > grey(&left, 5, 60) + 80);
        let half = shown(Turn::Half);
        assert!(grey(&half, 5, 5) > grey(&half, 60, 5) + 80);
    }

    #[test]
    fn a_region_is_cropped_and_leads_back_to_the_frame() {
        let spec = LetterboxSpec { size: Size { width: 32, height: 32 }, ..SPEC };
        for turn in [Turn::None, Turn::Clockwise, Turn::Half, Turn::CounterClockwise] {
            let picture = ramp(turn);
            let region = BBox { x: 8.0, y: 8.0, width: 16.0, height: 16.0 };
            let part = Letterbox::new(spec).fill_region(&picture, region, Vec::new()).unwrap();
            let back = part.frame_from_input.bbox(part.content_in_input);
            assert_eq!(back, region, "{turn:?}");
            let whole = Letterbox::new(LetterboxSpec { size: picture.at.size, ..SPEC })
                .fill(&picture, Vec::new())
                .unwrap();
            let (centre, there) = (grey(&part, 16, 16), grey(&whole, 16, 16));
            assert!(centre.abs_diff(there) <= 4, "{turn:?}: {centre} and {there}");
        }
    }

    #[test]
    fn shapes_are_kept_and_tiny_pictures_survive() {
        let place = |width, height| SPEC.place(Size { width, height }).0;
        assert_eq!(place(1920, 1080), Size { width: 512, height: 288 });
        assert_eq!(place(640, 480), Size { width: 384, height: 288 });
        assert_eq!(place(1, 1), Size { width: 288, height: 288 });
        assert_eq!(place(5000, 1), Size { width: 512, height: 1 });
    }
}
