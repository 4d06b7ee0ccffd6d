//! The picture of an incident's strongest moment, with the region and the people's joints drawn in.
//!
//! The caption stands in a band below the picture, so that nothing is covered but by lines. A still helps to find a
//! moment; the recording stays the evidence.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageFormat, RgbImage};
use tiny_skia::{
    Color, LineCap, LineJoin, Paint, Path, PathBuilder, PixmapMut, Rect, Stroke, StrokeDash, Transform,
};

use super::glyphs;
use crate::domain::{BBox, Joint, Point, Pose, Size};

/// Stills wider than this are scaled down, in pixels.
const MAX_WIDTH: u32 = 1280;
/// Joints the model is less sure of than this are not drawn.
const MIN_CONFIDENCE: f32 = 0.3;
/// Fewer visible joints than this make no figure; the person's box is drawn instead.
const MIN_JOINTS: usize = 4;
const JPEG_QUALITY: u8 = 85;
/// Narrower pictures get no caption, in pixels.
const MIN_CAPTION_WIDTH: u32 = 64;

const LEFT: [u8; 3] = [255, 159, 28];
const RIGHT: [u8; 3] = [77, 171, 255];
const MIDDLE: [u8; 3] = [255, 255, 255];
const REGION: [u8; 3] = [255, 236, 92];
const OUTLINE: [u8; 3] = [12, 14, 18];
const BAND: [u8; 3] = [20, 23, 27];

/// Why a still could not be made.
#[derive(Debug, thiserror::Error)]
pub enum StillError {
    /// The bytes are not those of a picture of the given size.
    #[error("{bytes} bytes are no RGB picture of {} x {} pixels", size.width, size.height)]
    SizeMismatch {
        /// Bytes given.
        bytes: usize,
        /// Size given, in pixels.
        size: Size,
    },
    /// The JPEG could not be written or read.
    #[error("JPEG: {0}")]
    Jpeg(#[from] image::ImageError),
}

/// Draws the region and the people onto a picture and encodes it as JPEG, at most 1280 pixels wide.
///
/// `rgb` is the picture as displayed, `width * height * 3` bytes, rows from the top. Poses and region are in its
/// pixels. The caption may hold ASCII letters (shown as capitals), digits and `: . , - _ / + ( ) · % #`.
pub fn draw_still(
    rgb: &[u8],
    size: Size,
    people: &[Pose],
    region: BBox,
    caption: &str,
) -> Result<Vec<u8>, StillError> {
    let mismatch = || StillError::SizeMismatch { bytes: rgb.len(), size };
    if size.width == 0 || size.height == 0 {
        return Err(mismatch());
    }
    let picture = RgbImage::from_raw(size.width, size.height, rgb.to_vec()).ok_or_else(mismatch)?;
    let (picture, factor) = narrowed(picture, MAX_WIDTH);
    let caption = Caption::new(caption, picture.width());
    let mut canvas = Canvas::new(&picture, caption.band_height());
    for person in people {
        canvas.draw_person(person, factor);
    }
    canvas.draw_region(region.scaled(factor));
    let mut still = canvas.into_rgb();
    caption.draw(&mut still, picture.height());
    encode(&still, JPEG_QUALITY)
}

/// A smaller JPEG of a JPEG, at most `max_width` pixels wide.
pub fn thumbnail(jpeg: &[u8], max_width: u32) -> Result<Vec<u8>, StillError> {
    let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)?.into_rgb8();
    encode(&narrowed(picture, max_width).0, JPEG_QUALITY)
}

/// The picture at most so wide, and by what it was multiplied.
fn narrowed(picture: RgbImage, max_width: u32) -> (RgbImage, f32) {
    if picture.width() <= max_width {
        return (picture, 1.0);
    }
    let factor = max_width as f32 / picture.width() as f32;
    let height = ((picture.height() as f32 * factor).round() as u32).max(1);
    (imageops::resize(&picture, max_width, height, FilterType::Triangle), factor)
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, StillError> {
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
    encoder.encode(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)?;
    Ok(jpeg)
}

/// The picture as the drawing library wants it, with room for the caption below.
pub(super) struct Canvas {
    rgba: Vec<u8>,
    picture: Size,
    height: u32,
    /// Width of a bone's line in pixels; all other widths follow it.
    line: f32,
}

impl Canvas {
    pub fn new(picture: &RgbImage, band_height: u32) -> Self {
        let (width, height) = picture.dimensions();
        let mut rgba = Vec::with_capacity(width as usize * (height + band_height) as usize * 4);
        rgba.extend(picture.pixels().flat_map(|p| [p[0], p[1], p[2], 255]));
        for _ in 0..width * band_height {
            rgba.extend([BAND[0], BAND[1], BAND[2], 255]);
        }
        let line = (width.max(height) as f32 / 320.0).clamp(1.2, 4.0);
        Self { rgba, picture: Size { width, height }, height: height + band_height, line }
    }

    pub fn draw_person(&mut self, person: &Pose, factor: f32) {
        let at = |joint| self.place(person.joint(joint, MIN_CONFIDENCE)?, factor);
        let joints: Vec<_> = Joint::ALL.into_iter().filter_map(|j| Some((j, at(j)?))).collect();
        let bones: Vec<_> =
            Joint::BONES.into_iter().filter_map(|(a, b)| Some((side_colour(a, b), at(a)?, at(b)?))).collect();
        if joints.len() < MIN_JOINTS {
            self.stroke(box_path(person.bbox_in_frame.scaled(factor), self.picture), MIDDLE, 0.6, None);
            return;
        }
        for &(colour, from, to) in &bones {
            self.stroke(line_path(from, to), colour, 1.0, None);
        }
        for &(joint, at) in &joints {
            self.dot(at, side_colour(joint, joint));
        }
    }

    fn draw_region(&mut self, region: BBox) {
        let dash = StrokeDash::new(vec![self.line * 5.0, self.line * 3.0], 0.0);
        self.stroke(box_path(region, self.picture), REGION, 1.0, dash);
    }

    /// The point on the canvas; none where it lies absurdly far outside.
    fn place(&self, point: Point, factor: f32) -> Option<Point> {
        let placed = Point { x: point.x * factor, y: point.y * factor };
        let reach = 2.0 * self.picture.width.max(self.picture.height) as f32;
        (placed.x.abs() <= reach && placed.y.abs() <= reach).then_some(placed)
    }

    /// A line `width` bone widths thick over a dark edge, so that it shows on any background.
    fn stroke(&mut self, path: Option<Path>, colour: [u8; 3], width: f32, dash: Option<StrokeDash>) {
        let Some(path) = path else { return };
        let inner = self.line * width;
        for (colour, width, dash) in [(OUTLINE, inner + self.line, None), (colour, inner, dash)] {
            let stroke = Stroke {
                width,
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                dash,
                ..Stroke::default()
            };
            self.pixmap().stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
        }
    }

    fn dot(&mut self, at: Point, colour: [u8; 3]) {
        let radius = self.line * 1.2;
        for (colour, radius) in [(OUTLINE, radius + self.line * 0.5), (colour, radius)] {
            let Some(circle) = PathBuilder::from_circle(at.x, at.y, radius) else { return };
            let rule = tiny_skia::FillRule::Winding;
            self.pixmap().fill_path(&circle, &paint(colour), rule, Transform::identity(), None);
        }
    }

    pub fn pixmap(&mut self) -> PixmapMut<'_> {
        PixmapMut::from_bytes(&mut self.rgba, self.picture.width, self.height)
            .expect("the buffer was made for this size, which is not empty")
    }

    pub fn into_rgb(self) -> RgbImage {
        let rgb = self.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        RgbImage::from_raw(self.picture.width, self.height, rgb)
            .expect("three of four bytes of the same size")
    }
}

/// Orange for the person's left, blue for the right, white for what joins both.
fn side_colour(a: Joint, b: Joint) -> [u8; 3] {
    match (side(a), side(b)) {
        (Some(a), Some(b)) if a != b => MIDDLE,
        (a, b) => a.or(b).unwrap_or(MIDDLE),
    }
}

fn side(joint: Joint) -> Option<[u8; 3]> {
    match joint as usize {
        0 => None,
        n if n % 2 == 1 => Some(LEFT),
        _ => Some(RIGHT),
    }
}

pub(super) fn line_path(from: Point, to: Point) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(from.x, from.y);
    path.line_to(to.x, to.y);
    path.finish()
}

fn box_path(bbox: BBox, picture: Size) -> Option<Path> {
    let b = bbox.clipped(picture);
    Some(PathBuilder::from_rect(Rect::from_xywh(b.x, b.y, b.width, b.height)?))
}

pub(super) fn paint([r, g, b]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba8(r, g, b, 255));
    paint
}

/// A line of text that fits below the picture.
pub(super) struct Caption {
    text: Vec<char>,
    /// Pixels to a dot of a letter; 0 where there is no caption.
    scale: u32,
}

impl Caption {
    pub fn new(text: &str, width: u32) -> Self {
        if text.is_empty() || width < MIN_CAPTION_WIDTH {
            return Self { text: Vec::new(), scale: 0 };
        }
        let mut text: Vec<char> = text.chars().collect();
        let fits = |scale: u32, letters: usize| letters as u32 * glyphs::ADVANCE * scale + 4 * scale <= width;
        let wanted = (width / 320).clamp(1, 3);
        let scale = (1..=wanted).rev().find(|&s| fits(s, text.len())).unwrap_or(1);
        while !fits(scale, text.len()) {
            text.pop();
        }
        Self { text, scale }
    }

    pub fn band_height(&self) -> u32 {
        (glyphs::HEIGHT + 6) * self.scale
    }

    /// Draws into the band that begins at row `top`.
    pub fn draw(&self, picture: &mut RgbImage, top: u32) {
        for (i, &c) in self.text.iter().enumerate() {
            let left = (i as u32 * glyphs::ADVANCE + 3) * self.scale;
            for (row, bits) in (0_u32..).zip(glyphs::rows(c)) {
                for column in (0..glyphs::WIDTH).filter(|column| bits >> (4 - column) & 1 == 1) {
                    self.draw_dot(picture, left + column * self.scale, top + (row + 3) * self.scale);
                }
            }
        }
    }

    fn draw_dot(&self, picture: &mut RgbImage, left: u32, top: u32) {
        for (dx, dy) in (0..self.scale).flat_map(|dx| (0..self.scale).map(move |dy| (dx, dy))) {
            if let Some(pixel) = picture.get_pixel_mut_checked(left + dx, top + dy) {
                pixel.0 = MIDDLE;
            }
        }
    }
}

#[cfg(test)]
#[path = "still_tests.rs"]
mod tests;
