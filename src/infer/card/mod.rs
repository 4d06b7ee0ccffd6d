//! Model cards: everything the program must know of a model, as data (`model.toml`).
//!
//! Unknown keys are refused, so that a misspelt threshold cannot be silently ignored. `docs/ref/model-card.md`
//! explains each key to users.

mod crop;
mod input;
mod people;
mod violence;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use crop::{CropHead, CropPoseCard};
pub use input::{CardFit, Colour, Dtype, ImageCard, Layout};
pub(super) use people::YOLOX_STRIDES;
pub use people::{PeopleCard, PeopleHead};
pub use violence::{MotionInputs, ViolenceCard};

use self::crop::crop_pose_card;
use self::people::people_card;
use self::violence::violence_card;

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
    PersonPose(PeopleCard),
    /// People in one picture, as boxes without joints.
    PersonDetector(PeopleCard),
    /// The joints of the one person a crop shows.
    CropPose(CropPoseCard),
    /// Probability of violence in a window of feature maps.
    Violence(ViolenceCard),
}

impl Task {
    /// The name by which `--models NAME=…` chooses it.
    pub fn role(&self) -> &'static str {
        match self {
            Self::PersonPose(_) => "pose",
            Self::PersonDetector(_) => "detector",
            Self::CropPose(_) => "crop-pose",
            Self::Violence(_) => "violence",
        }
    }

    /// The part of the card that says how people are found, where that is what the model does.
    pub fn people(&self) -> Option<&PeopleCard> {
        match self {
            Self::PersonPose(card) | Self::PersonDetector(card) => Some(card),
            Self::CropPose(_) | Self::Violence(_) => None,
        }
    }
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
            "person-pose" => Task::PersonPose(people_card(&raw, true)?),
            "person-detector" => Task::PersonDetector(people_card(&raw, false)?),
            "crop-pose" => Task::CropPose(crop_pose_card(&raw)?),
            "violence" => Task::Violence(violence_card(&raw)?),
            _ => {
                let rule = "must be person-pose, person-detector, crop-pose or violence";
                return Err(wrong("task", &raw.task, rule));
            }
        };
        let RawCard { name, version, file, sha256, licence, origin, measured, usage, .. } = raw;
        Ok(Self { name, version, file, sha256, licence, origin, task, measured, usage })
    }
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
