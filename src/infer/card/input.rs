//! The image input of a model: shape, element type, colours, range, and how a picture is put into it.

use serde::{Deserialize, Serialize};

use super::{CardError, RawCard, require, section, wrong};
use crate::domain::Size;

/// The image input of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageCard {
    /// Name of the input.
    pub name: String,
    /// Pixels across and down.
    pub size: Size,
    /// Order of the axes.
    pub layout: Layout,
    /// Element type.
    pub dtype: Dtype,
    /// Order of the colours.
    pub colour: Colour,
    /// Grey level of what lies outside the picture.
    pub pad_value: u8,
    /// Subtracted from each channel (0 to 255) where the graph does not normalise.
    pub mean: [f32; 3],
    /// Divides each channel after that.
    pub std: [f32; 3],
    /// Pictures that the graph takes in one pass.
    pub max_batch: usize,
}

impl ImageCard {
    /// The shape of the tensor, batch of one.
    pub fn shape(&self) -> [usize; 4] {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        match self.layout {
            Layout::Nhwc => [1, height, width, 3],
            Layout::Nchw => [1, 3, height, width],
        }
    }
}

/// Axes of an image tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `[1, height, width, 3]`.
    Nhwc,
    /// `[1, 3, height, width]`.
    Nchw,
}

/// Element type of an image tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 0 to 255; the graph normalises.
    U8,
    /// 0 to 255 as 32-bit integers; the graph normalises.
    I32,
    /// After `mean` and `std`.
    F32,
}

impl Dtype {
    /// As a card writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I32 => "i32",
            Self::F32 => "f32",
        }
    }
}

/// Order of the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// How a whole picture is fitted into the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardFit {
    /// Shape kept, padding right or below.
    LetterboxTopLeft,
    /// Shape kept, padding around.
    LetterboxCentre,
    /// Shape given up.
    Stretch,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawImage {
    name: String,
    width: u32,
    height: u32,
    layout: Layout,
    dtype: Dtype,
    colour: Colour,
    fit: Option<CardFit>,
    crop_padding: Option<f32>,
    #[serde(default)]
    pad_value: u8,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    max_batch: Option<u16>,
}

/// `[input]` of a model that looks at a whole picture.
pub(super) fn whole_picture_input(raw: &RawCard) -> Result<(ImageCard, CardFit), CardError> {
    let input: RawImage = section("input", &raw.input)?;
    if let Some(padding) = input.crop_padding {
        return Err(wrong("input.crop_padding", padding, "is for task crop-pose; leave it out"));
    }
    let rule = "must be letterbox-top-left, letterbox-centre or stretch";
    let fit = input.fit.ok_or_else(|| wrong("input.fit", "none", rule))?;
    Ok((checked(input)?, fit))
}

/// `[input]` of a model that looks at one person, and the share by which a person's box is enlarged for it.
pub(super) fn crop_input(raw: &RawCard) -> Result<(ImageCard, f32), CardError> {
    let input: RawImage = section("input", &raw.input)?;
    if input.fit.is_some() {
        return Err(wrong("input.fit", "given", "a crop always keeps its shape; leave it out"));
    }
    if let Some(most) = input.max_batch {
        return Err(wrong("input.max_batch", most, "is for models that see the whole picture; leave it out"));
    }
    let padding = input.crop_padding.unwrap_or(DEFAULT_CROP_PADDING);
    require((1.0..=3.0).contains(&padding), "input.crop_padding", padding, "must be 1 to 3")?;
    Ok((checked(input)?, padding))
}

/// More pictures at once than lanes would ever ask for.
const MOST_AT_ONCE: usize = 64;

/// Of MMPose's top-down models (`bbox_xyxy2cs`, padding 1.25).
const DEFAULT_CROP_PADDING: f32 = 1.25;

fn checked(input: RawImage) -> Result<ImageCard, CardError> {
    let is_plain = input.mean.is_none() && input.std.is_none();
    let rule = "are for dtype f32; leave them out, the graph normalises whole numbers itself";
    require(is_plain || input.dtype == Dtype::F32, "input.mean, input.std", "given", rule)?;
    let max_batch = usize::from(input.max_batch.unwrap_or(1));
    require((1..=MOST_AT_ONCE).contains(&max_batch), "input.max_batch", max_batch, "must be 1 to 64")?;
    let side = 16..=4096;
    require(side.contains(&input.width), "input.width", input.width, "must be 16 to 4096")?;
    require(side.contains(&input.height), "input.height", input.height, "must be 16 to 4096")?;
    let std = input.std.unwrap_or([1.0; 3]);
    let is_positive = std.iter().all(|s| *s > 0.0 && s.is_finite());
    require(is_positive, "input.std", format!("{std:?}"), "must be above 0")?;
    let mean = input.mean.unwrap_or_default();
    require(mean.iter().all(|m| m.is_finite()), "input.mean", format!("{mean:?}"), "must be numbers")?;
    let size = Size { width: input.width, height: input.height };
    let RawImage { name, layout, dtype, colour, pad_value, .. } = input;
    Ok(ImageCard { name, size, layout, dtype, colour, pad_value, mean, std, max_batch })
}
