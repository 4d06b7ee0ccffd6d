//! Violence models: a window of feature maps of one pose model, scored over a region.

use serde::Deserialize;

use super::{CardError, RawCard, require, section, share, wrong};
use crate::domain::MediaTime;

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
    /// Names of the inputs by which it sees how people move, where it does.
    pub motion: Option<MotionInputs>,
    /// Name of the output, one number 0 to 1.
    pub probability: String,
    /// Probability from which a window raises an alarm.
    pub alarm: f32,
    /// Lowest level that a camera's calibration may choose.
    pub alarm_lowest: f32,
    /// Highest level that a camera's calibration may choose. As high as `alarm` where the card does not say: without a
    /// measured figure for what is missed there, no camera may be made less sensitive.
    pub alarm_highest: f32,
}

/// Inputs of a violence model that looks at movement; a card names all three or none.
#[derive(Clone, Debug, PartialEq)]
pub struct MotionInputs {
    /// Small grey pictures of the window, u8 `[1, frames, height / 2, width / 2]` of the pose model's input.
    pub grey: String,
    /// The square around the region, `[1, 4]`: left, top, right, bottom in pixels of the grey pictures.
    pub square: String,
    /// `[1, 3]`: the median height of the people in the region as a share of the square (0 without people), how many
    /// people a picture shows there on average, 1 for a group and 0 for the whole picture.
    pub about: String,
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
    grey: Option<String>,
    square: Option<String>,
    about: Option<String>,
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
    alarm_lowest: Option<f32>,
    alarm_highest: Option<f32>,
}

pub(super) fn violence_card(raw: &RawCard) -> Result<ViolenceCard, CardError> {
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
    let motion = match (input.grey, input.square, input.about) {
        (Some(grey), Some(square), Some(about)) => Some(MotionInputs { grey, square, about }),
        (None, None, None) => None,
        _ => {
            let rule = "belong together: name all three, or none for a model that does not look at movement";
            return Err(wrong("input.grey, input.square, input.about", "some", rule));
        }
    };
    let alarm = thresholds.alarm;
    let alarm_lowest = thresholds.alarm_lowest.unwrap_or(alarm);
    let alarm_highest = thresholds.alarm_highest.unwrap_or(alarm);
    share("thresholds.alarm", alarm)?;
    require(
        (0.0..=alarm).contains(&alarm_lowest),
        "thresholds.alarm_lowest",
        alarm_lowest,
        "must be 0 to alarm",
    )?;
    require(
        (alarm..=1.0).contains(&alarm_highest),
        "thresholds.alarm_highest",
        alarm_highest,
        "must be alarm to 1",
    )?;
    Ok(ViolenceCard {
        frames: window.frames,
        step: MediaTime::from_millis(window.step_millis),
        min_frames: window.min_frames,
        features_from: window.features_from,
        features_sha256: window.features_sha256,
        features: input.features,
        region: input.region,
        motion,
        probability: output.probability,
        alarm,
        alarm_lowest,
        alarm_highest,
    })
}
