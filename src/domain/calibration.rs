//! The alarm level of a camera, and what it rests on.

use super::RunId;

/// How far the alarm level of a violence model may be moved for one camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelBounds {
    /// The model's own level, from its card.
    pub own: f32,
    /// The lowest that a calibration may choose: the most flags.
    pub lowest: f32,
    /// The highest that a calibration may choose: the least sensitive.
    pub highest: f32,
}

/// What the card of a violence model says of its alarm level.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelCard {
    /// SHA-256 of the model's weights, hex.
    pub model_sha256: String,
    /// How far the level may be moved.
    pub bounds: LevelBounds,
    /// What it finds at its highest level, each in one line; possibly nothing.
    pub known_at_highest: Vec<String>,
}

/// One recording that a calibration was learnt on.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationFootage {
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Seconds of it in which the camera could see.
    pub usable_secs: f64,
}

/// A level learnt for a camera. Never changed once stored: whatever comes later is another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The camera's name.
    pub camera: String,
    /// When it was made, RFC 3339 UTC.
    pub made_at: String,
    /// The run that looked through the footage; its flags are those at the model's own level.
    pub run: RunId,
    /// The level from which a window counts in full.
    pub level: f32,
    /// Within which bounds it was chosen.
    pub bounds: LevelBounds,
    /// Flags of possible violence an hour that were wished for at most.
    pub wanted_per_hour: f64,
    /// Flags of possible violence on the footage at `level`.
    pub flags: u64,
    /// The same at the model's own level.
    pub flags_at_own: u64,
    /// Whether even the highest level allowed raises more flags than were wished for.
    pub is_noisier_than_wanted: bool,
    /// SHA-256 over configuration and cards without this level, hex: it holds only with the same.
    pub rules_digest: String,
    /// What it was learnt on.
    pub footage: Vec<CalibrationFootage>,
}

impl Calibration {
    /// Seconds of footage in which the camera could see.
    pub fn usable_secs(&self) -> f64 {
        self.footage.iter().map(|f| f.usable_secs).sum()
    }
}

/// The newest word on a camera.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraLevel {
    /// It was never calibrated.
    Never,
    /// Its calibration was taken back.
    Removed {
        /// When, RFC 3339 UTC.
        at: String,
    },
    /// It was calibrated.
    Calibrated(Box<Calibration>),
}

/// The level a run used for the camera it was told of, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelInUse {
    /// The camera's name.
    pub camera: String,
    /// The level from which a window counted in full.
    pub level: f32,
    /// How far it could have been moved.
    pub bounds: LevelBounds,
    /// The newest word on the camera.
    pub newest: CameraLevel,
    /// Whether that is what set the level. A calibration made with other models or rules sets nothing.
    pub is_applied: bool,
    /// What the model's card says it finds at its highest level, each in one line; possibly nothing.
    pub known_at_highest: Vec<String>,
}
