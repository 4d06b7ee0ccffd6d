//! Model cards: everything the program must know of a model, as data (`model.toml`).
//!
//! Unknown keys are refused, so that a misspelt threshold cannot be silently ignored. `docs/ref/model-card.md`
//! explains each key to users.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{Joint, MediaTime};

/// Why a card is refused, in the user's words.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CardError {
    /// Not TOML, or a key is missing, unknown or of the wrong type.
    #[error("the card cannot be read: {0}")]
    Syntax(String),
    /// A value makes no sense.
    #[error("{key} = {value}: {rule}")]
    Value {
        /// Dotted key.
        key: &'static str,
        /// What the card says.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
}

/// A model's card.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Short name, `[a-z0-9-]`.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// File name of the graph, beside the card.
    pub file: String,
    /// SHA-256 of that file, hex.
    pub sha256: String,
    /// Licence of the weights (SPDX).
    pub licence: String,
    /// What it was made from.
    pub origin: String,
    /// What it does.
    pub task: Task,
    /// Measured figures.
    pub measured: Vec<Measured>,
    /// What it is and is not for.
    pub usage: Use,
}

/// What a model does, with what it takes and gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// People and their joints in one picture.
    PersonPose(PoseCard),
    /// Probability of violence in a window of feature maps.
    Violence(ViolenceCard),
}

impl Task {
    /// The name by which `--models NAME=…` chooses it.
    pub fn role(&self) -> &'static str {
        match self {
            Self::PersonPose(_) => "pose",
            Self::Violence(_) => "violence",
        }
    }
}

/// Input and output of a person and pose model.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseCard {
    /// Name of the image input.
    pub input: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Order of the axes.
    pub layout: Layout,
    /// Element type.
    pub dtype: Dtype,
    /// Order of the colours.
    pub colour: Colour,
    /// How a picture is fitted.
    pub fit: CardFit,
    /// Grey level of the padding.
    pub pad_value: u8,
    /// Subtracted from each channel (0 to 255) where the graph does not normalise.
    pub mean: [f32; 3],
    /// Divides each channel after that.
    pub std: [f32; 3],
    /// How the output is to be read.
    pub family: PeopleFamily,
    /// Name of the output with the people.
    pub people: String,
    /// Name of the output with the feature map for a violence model.
    pub features: Option<String>,
    /// Least score of a person, 0 to 1.
    pub score: f32,
    /// Overlap at which the weaker of two boxes goes.
    pub nms_iou: f32,
    /// Least confidence of a joint.
    pub keypoint: f32,
}

/// Input and output of a violence model.
#[derive(Clone, Debug, PartialEq)]
pub struct ViolenceCard {
    /// Pictures in a window.
    pub frames: usize,
    /// Time from one picture of the window to the next.
    pub step: MediaTime,
    /// Fewest real pictures before a window is scored; the oldest is repeated to fill it.
    pub min_frames: usize,
    /// Name of the pose model whose features it takes.
    pub features_from: String,
    /// SHA-256 of that model, hex.
    pub features_sha256: String,
    /// Name of the feature input, `[1, frames, channels, rows, columns]`.
    pub features: String,
    /// Name of the region input, `[1, rows, columns]`.
    pub region: String,
    /// Name of the output, one number 0 to 1.
    pub probability: String,
    /// Probability from which a window raises an alarm.
    pub alarm: f32,
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
    /// After `mean` and `std`.
    F32,
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

/// How a picture is fitted into the input.
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

/// How the people output is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeopleFamily {
    /// `[1, n, 5 + 17 * 3]`: centre x, y, width, height, score, then x, y, confidence of each joint, input pixels.
    PeopleRows,
}

/// One measured figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// What was measured.
    pub what: String,
    /// The figure.
    pub value: f64,
    /// 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// On what, split how.
    pub data: String,
    /// The command that makes the figure.
    pub command: String,
}

/// What a model is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// What it is for.
    pub intended: String,
    /// What it must not be used for.
    pub not_for: String,
    /// Where it is known to fail.
    pub known_failures: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCard {
    schema: u32,
    name: String,
    version: String,
    task: String,
    file: String,
    sha256: String,
    licence: String,
    origin: String,
    input: toml::Table,
    output: toml::Table,
    thresholds: toml::Table,
    window: Option<toml::Table>,
    #[serde(default)]
    measured: Vec<Measured>,
    #[serde(rename = "use")]
    usage: Use,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageInput {
    name: String,
    width: u32,
    height: u32,
    layout: Layout,
    dtype: Dtype,
    colour: Colour,
    fit: CardFit,
    #[serde(default)]
    pad_value: u8,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleOutput {
    family: PeopleFamily,
    people: String,
    features: Option<String>,
    keypoints: Vec<Joint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoseThresholds {
    score: f32,
    nms_iou: f32,
    keypoint: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowShape {
    frames: usize,
    step_millis: i64,
    min_frames: usize,
    features_from: String,
    features_sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowInput {
    features: String,
    region: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowOutput {
    probability: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViolenceThresholds {
    alarm: f32,
}

impl Card {
    /// Reads and checks a card.
    ///
    /// # Errors
    /// Says which key is wrong and what it must be.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let raw: RawCard =
            toml::from_str(text).map_err(|e| CardError::Syntax(e.to_string().trim().to_owned()))?;
        require(raw.schema == 1, "schema", raw.schema, "this program reads schema 1")?;
        require(is_plain_name(&raw.name), "name", &raw.name, "must be 1 to 60 of a-z, 0-9 and -")?;
        require(
            is_file_name(&raw.file),
            "file",
            &raw.file,
            "must be a file name beside the card, without folders",
        )?;
        require(is_sha256(&raw.sha256), "sha256", &raw.sha256, "must be 64 lower-case hex digits")?;
        require(
            !raw.licence.trim().is_empty(),
            "licence",
            &raw.licence,
            "must name the licence of the weights",
        )?;
        let task = match raw.task.as_str() {
            "person-pose" => Task::PersonPose(pose_card(&raw)?),
            "violence" => Task::Violence(violence_card(&raw)?),
            _ => return Err(wrong("task", &raw.task, "must be person-pose or violence")),
        };
        let RawCard { name, version, file, sha256, licence, origin, measured, usage, .. } = raw;
        Ok(Self { name, version, file, sha256, licence, origin, task, measured, usage })
    }
}

fn pose_card(raw: &RawCard) -> Result<PoseCard, CardError> {
    let input: ImageInput = section("input", &raw.input)?;
    let output: PeopleOutput = section("output", &raw.output)?;
    let thresholds: PoseThresholds = section("thresholds", &raw.thresholds)?;
    let side = 16..=4096;
    require(side.contains(&input.width), "input.width", input.width, "must be 16 to 4096")?;
    require(side.contains(&input.height), "input.height", input.height, "must be 16 to 4096")?;
    require(
        output.keypoints == Joint::ALL,
        "output.keypoints",
        format!("{} names", output.keypoints.len()),
        "must be the 17 COCO joints in COCO order",
    )?;
    share("thresholds.score", thresholds.score)?;
    share("thresholds.nms_iou", thresholds.nms_iou)?;
    share("thresholds.keypoint", thresholds.keypoint)?;
    let std = input.std.unwrap_or([1.0; 3]);
    let is_positive = std.iter().all(|s| *s > 0.0 && s.is_finite());
    require(is_positive, "input.std", format!("{std:?}"), "must be above 0")?;
    let mean = input.mean.unwrap_or_default();
    require(mean.iter().all(|m| m.is_finite()), "input.mean", format!("{mean:?}"), "must be numbers")?;
    Ok(PoseCard {
        input: input.name,
        width: input.width,
        height: input.height,
        layout: input.layout,
        dtype: input.dtype,
        colour: input.colour,
        fit: input.fit,
        pad_value: input.pad_value,
        mean,
        std,
        family: output.family,
        people: output.people,
        features: output.features,
        score: thresholds.score,
        nms_iou: thresholds.nms_iou,
        keypoint: thresholds.keypoint,
    })
}

fn violence_card(raw: &RawCard) -> Result<ViolenceCard, CardError> {
    let table =
        raw.window.as_ref().ok_or_else(|| wrong("window", "none", "a violence model needs this section"))?;
    let window: WindowShape = section("window", table)?;
    let input: WindowInput = section("input", &raw.input)?;
    let output: WindowOutput = section("output", &raw.output)?;
    let thresholds: ViolenceThresholds = section("thresholds", &raw.thresholds)?;
    require((1..=64).contains(&window.frames), "window.frames", window.frames, "must be 1 to 64")?;
    let step_range = 20..=5000;
    require(
        step_range.contains(&window.step_millis),
        "window.step_millis",
        window.step_millis,
        "must be 20 to 5000",
    )?;
    let is_fillable = (1..=window.frames).contains(&window.min_frames);
    require(is_fillable, "window.min_frames", window.min_frames, "must be 1 to window.frames")?;
    share("thresholds.alarm", thresholds.alarm)?;
    Ok(ViolenceCard {
        frames: window.frames,
        step: MediaTime::from_millis(window.step_millis),
        min_frames: window.min_frames,
        features_from: window.features_from,
        features_sha256: window.features_sha256,
        features: input.features,
        region: input.region,
        probability: output.probability,
        alarm: thresholds.alarm,
    })
}

fn section<T: DeserializeOwned>(name: &'static str, table: &toml::Table) -> Result<T, CardError> {
    table
        .clone()
        .try_into()
        .map_err(|e: toml::de::Error| CardError::Syntax(format!("[{name}]: {}", e.message())))
}

fn share(key: &'static str, value: f32) -> Result<(), CardError> {
    require((0.0..=1.0).contains(&value), key, value, "must be 0 to 1")
}

fn require(
    holds: bool,
    key: &'static str,
    value: impl ToString,
    rule: &'static str,
) -> Result<(), CardError> {
    if holds { Ok(()) } else { Err(wrong(key, value, rule)) }
}

fn wrong(key: &'static str, value: impl ToString, rule: &'static str) -> CardError {
    CardError::Value { key, value: value.to_string(), rule }
}

fn is_plain_name(name: &str) -> bool {
    (1..=60).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_file_name(file: &str) -> bool {
    !file.is_empty() && !file.contains(['/', '\\', '\0']) && file != "." && file != ".."
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
