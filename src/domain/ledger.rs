//! The ledger of a run over cameras and hours: what should have been seen, what was, and what is missing without a word.

use super::{SourceId, WallStart, WallTime};

/// Whose a recording is, and from when.
#[derive(Clone, Debug, PartialEq)]
pub struct SourcePlace {
    /// The recording.
    pub source: SourceId,
    /// Its camera.
    pub camera: String,
    /// Wall time of its first picture, where that is known.
    pub wall: Option<WallStart>,
    /// How far local time where it was recorded was ahead of UTC then, in seconds.
    pub ahead_of_utc_secs: i64,
    /// Share of the picture that was never analysed.
    pub excluded_share: f64,
}

/// Time of one cause that could not be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct BlindTime {
    /// Why: a cause of a blind stretch, `signal_lost`, or `not_analysed`.
    pub cause: String,
    /// How much.
    pub secs: f64,
    /// How much of it lies within a work order that was entered before it began.
    pub explained_secs: f64,
}

/// One camera in one hour, in seconds. `usable <= analysed <= decoded <= received`; blind is expected without usable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CameraHour {
    /// The camera.
    pub camera: String,
    /// Beginning of the hour, UTC; absent where the time of day is not known: then it stands for a whole recording.
    pub hour: Option<WallTime>,
    /// What was meant to be recorded.
    pub expected_secs: f64,
    /// Time that pictures arrived for.
    pub received_secs: f64,
    /// Without damage.
    pub decoded_secs: f64,
    /// Looked at.
    pub analysed_secs: f64,
    /// Looked at while the camera could see.
    pub usable_secs: f64,
    /// Usable time multiplied by the share of the picture that is never analysed.
    pub excluded_secs: f64,
    /// What could not be seen, by cause.
    pub blind: Vec<BlindTime>,
}

impl CameraHour {
    /// Expected time that could not be seen.
    pub fn blind_secs(&self) -> f64 {
        self.blind.iter().map(|b| b.secs).fold(0.0, |sum, secs| sum + secs)
    }

    /// Of that, what no work order from before explains.
    pub fn unexplained_secs(&self) -> f64 {
        self.blind.iter().map(|b| b.secs - b.explained_secs).fold(0.0, |sum, secs| sum + secs).max(0.0)
    }
}
