//! From a decoded picture straight to a model's input: crop, scale, turn, pad, without an RGB copy of the whole.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use ffmpeg_next::software::scaling::{Context, Flags};

use super::picture::{Picture, Turn};
use super::resample::Samples;
use super::yuv::{self, YuvToRgb};
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

/// Makes inputs of one shape, keeping its buffers between pictures.
///
/// Linear with the filter widened when shrinking, as in training. Planar pictures of 8 bits, which nearly all
/// recordings hold, are scaled and coloured in one pass; the others by FFmpeg's scaler (`SWS_BILINEAR`), which is
/// rebuilt when the picture's shape changes. Not `Send`: make it in the thread that uses it.
pub struct Letterbox {
    spec: LetterboxSpec,
    is_one_pass: bool,
    planes: YuvToRgb,
    /// A picture as stored, before it is turned.
    unturned: Vec<u8>,
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
        let planes = YuvToRgb::default();
        Self { spec, is_one_pass: true, planes, unturned: Vec::new(), scaler: None }
    }

    /// Always by FFmpeg's scaler: what the one pass is measured against.
    pub fn of_swscale(spec: LetterboxSpec) -> Self {
        Self { is_one_pass: false, ..Self::new(spec) }
    }

    /// The whole picture, written over `rgb` (resized as needed, so that buffers can be reused).
    ///
    /// # Errors
    /// FFmpeg's reason, where it cannot scale from this pixel format.
    pub fn fill(&mut self, picture: &Picture, mut rgb: Vec<u8>) -> Result<InputImage, String> {
        let (shown, LetterboxSpec { size, .. }) = (picture.at.size, self.spec);
        let (content, offset) = self.spec.place(shown);
        self.pad(content, &mut rgb);
        let place = Place { content, offset, row_bytes: size.width as usize * 3 };
        if self.is_one_pass && yuv::is_read(picture.frame.format()) {
            let stored = picture.turn.apply(content);
            let across = Samples::of_all(picture.frame.width(), stored.width as usize);
            let down = Samples::of_all(picture.frame.height(), stored.height as usize);
            self.write_planes(picture, (across, down), None, place, &mut rgb);
        } else {
            let turn = picture.turn;
            let scaled = self.scale(&picture.frame, turn.apply(content))?;
            copy_turned((scaled.data(0), scaled.stride(0)), turn, place, &mut rgb);
        }
        let scale = [shown.width as f32 / content.width as f32, shown.height as f32 / content.height as f32];
        let offset_in_input = Point { x: offset.width as f32, y: offset.height as f32 };
        let content_in_input = BBox {
            x: offset_in_input.x,
            y: offset_in_input.y,
            width: content.width as f32,
            height: content.height as f32,
        };
        let frame_from_input = FrameFromInput { scale, offset_in_input };
        Ok(InputImage { rgb, size, content_in_input, frame_from_input })
    }

    /// A part of the picture that may reach beyond it, written over `rgb`: the pixel in column x and row y of the input
    /// shows what is around `first_in_frame` + (x, y) * `step_in_frame`. What lies beyond the picture is padding.
    ///
    /// `false`, and nothing written, where the pixel format is none of those that are read without FFmpeg's scaler.
    pub fn fill_part(
        &mut self,
        picture: &Picture,
        first_in_frame: Point,
        step_in_frame: [f32; 2],
        rgb: &mut Vec<u8>,
    ) -> bool {
        if !yuv::is_read(picture.frame.format()) {
            return false;
        }
        let LetterboxSpec { size, pad_value, .. } = self.spec;
        let samples = |first: f32, step: f32, count: u32| Samples {
            first: f64::from(first),
            step: f64::from(step),
            count: count as usize,
        };
        let shown_across = samples(first_in_frame.x, step_in_frame[0], size.width);
        let shown_down = samples(first_in_frame.y, step_in_frame[1], size.height);
        let shown = picture.at.size;
        let (across, down) = match picture.turn {
            Turn::None => (shown_across, shown_down),
            Turn::Clockwise => (shown_down, shown_across.mirrored(shown.width)),
            Turn::Half => (shown_across.mirrored(shown.width), shown_down.mirrored(shown.height)),
            Turn::CounterClockwise => (shown_down.mirrored(shown.height), shown_across),
        };
        let stored = picture.turn.apply(shown);
        let shrink = |shown: u32, stored: u32| f64::from(shown) / f64::from(stored.max(1));
        let across = across.shrunk(shrink(stored.width, picture.frame.width()));
        let down = down.shrunk(shrink(stored.height, picture.frame.height()));
        self.pad(size, rgb);
        let place =
            Place { content: size, offset: Size { width: 0, height: 0 }, row_bytes: size.width as usize * 3 };
        self.write_planes(picture, (across, down), Some(pad_value), place, rgb);
        true
    }

    /// Makes `rgb` as large as the input; padding where the content will not be written.
    fn pad(&self, content: Size, rgb: &mut Vec<u8>) {
        let LetterboxSpec { size, pad_value, .. } = self.spec;
        if content != size {
            rgb.clear();
        }
        rgb.resize(size.width as usize * size.height as usize * 3, pad_value);
    }

    fn write_planes(
        &mut self,
        picture: &Picture,
        samples: (Samples, Samples),
        grey_beyond: Option<u8>,
        place: Place,
        rgb: &mut [u8],
    ) {
        if picture.turn == Turn::None {
            let start = place.start_of_row(0);
            return self.planes.write(&picture.frame, samples, grey_beyond, (rgb, start, place.row_bytes));
        }
        let (row_bytes, rows) = (samples.0.count * 3, samples.1.count);
        self.unturned.resize(row_bytes * rows, 0);
        self.planes.write(&picture.frame, samples, grey_beyond, (&mut self.unturned, 0, row_bytes));
        copy_turned((&self.unturned, row_bytes), picture.turn, place, rgb);
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

/// Where the picture lies in the input.
#[derive(Clone, Copy)]
struct Place {
    content: Size,
    offset: Size,
    /// Of the whole input.
    row_bytes: usize,
}

impl Place {
    fn start_of_row(self, row: usize) -> usize {
        (self.offset.height as usize + row) * self.row_bytes + self.offset.width as usize * 3
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

/// Copies rows of RGB `stride` bytes apart (stored orientation) to their place in the input, turned as displayed.
fn copy_turned((data, stride): (&[u8], usize), turn: Turn, place: Place, rgb: &mut [u8]) {
    let (content_w, content_h) = (place.content.width as usize, place.content.height as usize);
    for y in 0..content_h {
        let row = &mut rgb[place.start_of_row(y)..][..content_w * 3];
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{FrameRef, SourceId};

    const SPEC: LetterboxSpec =
        LetterboxSpec { size: Size { width: 512, height: 288 }, fit: Fit::LetterboxTopLeft, pad_value: 114 };

    const SHOWN: Size = Size { width: 64, height: 32 };

    /// A picture of planes that `level` fills, by plane, column and row.
    fn picture(format: Pixel, size: Size, turn: Turn, level: impl Fn(usize, usize, usize) -> u8) -> Picture {
        let mut frame = Video::new(format, size.width, size.height);
        for plane in 0..frame.planes() {
            let (stride, width) = (frame.stride(plane), frame.plane_width(plane) as usize);
            for (y, row) in frame.data_mut(plane).chunks_mut(stride).enumerate() {
                row[..width].iter_mut().enumerate().for_each(|(x, value)| *value = level(plane, x, y));
            }
        }
        let media_time = crate::domain::MediaTime::ZERO;
        let at = FrameRef { source: SourceId(0), index: 0, media_time, size: turn.apply(size) };
        Picture { at, frame: Arc::new(frame), turn }
    }

    /// A grey picture, brighter to the right: luma is twice the column.
    fn ramp(turn: Turn) -> Picture {
        picture(Pixel::YUV420P, SHOWN, turn, |plane, x, _| if plane == 0 { 40 + 2 * x as u8 } else { 128 })
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
    fn a_part_shows_what_the_whole_shows_there_and_padding_beyond_it() {
        let spec = LetterboxSpec { size: Size { width: 32, height: 32 }, ..SPEC };
        for turn in [Turn::None, Turn::Clockwise, Turn::Half, Turn::CounterClockwise] {
            let picture = ramp(turn);
            let spec_of_whole = LetterboxSpec { size: picture.at.size, ..SPEC };
            let whole = Letterbox::new(spec_of_whole).fill(&picture, Vec::new()).unwrap();
            let mut rgb = Vec::new();
            let first = Point { x: 8.5, y: -3.5 };
            assert!(Letterbox::new(spec).fill_part(&picture, first, [1.0; 2], &mut rgb));
            let part = |x: usize, y: usize| rgb[(y * 32 + x) * 3];
            assert!((0..32).all(|x| part(x, 3).abs_diff(SPEC.pad_value) <= 1), "{turn:?}");
            for (x, y) in [(0, 4), (20, 4), (7, 30)] {
                let there = grey(&whole, x + 8, y - 4);
                assert!(part(x, y).abs_diff(there) <= 1, "{turn:?}: {} and {there}", part(x, y));
            }
        }
    }

    /// Noise over a gradient, in all planes.
    fn busy(format: Pixel, size: Size) -> Picture {
        picture(format, size, Turn::None, |plane, x, y| {
            let noise = (x * 7919 + y * 104_729 + plane * 31) % 61;
            (30 + (x * 130 / size.width as usize) + (y * 30 / size.height as usize) + noise) as u8
        })
    }

    #[test]
    fn one_pass_gives_what_swscale_gives() {
        let formats = [Pixel::YUV420P, Pixel::YUVJ420P, Pixel::YUV422P, Pixel::YUVJ422P, Pixel::YUV444P];
        let sizes = [(1920, 1080), (1280, 720), (640, 360), (320, 240), (402, 286), (290, 282), (360, 640)];
        for format in formats {
            for (width, height) in sizes {
                let picture = busy(format, Size { width, height });
                let ours = Letterbox::new(SPEC).fill(&picture, Vec::new()).unwrap().rgb;
                let theirs = Letterbox::of_swscale(SPEC).fill(&picture, Vec::new()).unwrap().rgb;
                let differences = ours.iter().zip(&theirs).map(|(a, b)| i32::from(*a) - i32::from(*b));
                let most = differences.clone().map(i32::abs).max().unwrap();
                let of_channel = |c| differences.clone().skip(c).step_by(3).sum::<i32>();
                let means = [0, 1, 2].map(|c| of_channel(c) as f32 / (ours.len() / 3) as f32);
                let is_alike = most <= 4 && means.iter().all(|m| m.abs() < 0.6);
                assert!(is_alike, "{format:?} {width}x{height}: at most {most}, in the mean {means:?}");
            }
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
