//! How much of a recording could be seen: the denominator of every "nothing was flagged".

use serde::{Deserialize, Serialize};

use super::Span;

/// Why a stretch could not be seen. Neutral as to who or what caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlindCause {
    /// The lens was covered, or the picture without detail.
    CameraCovered,
    /// The bytes are damaged or missing.
    Damaged,
    /// The recording's own clock jumps over it.
    RecordingGap,
}

impl BlindCause {
    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CameraCovered => "camera_covered",
            Self::Damaged => "damaged",
            Self::RecordingGap => "recording_gap",
        }
    }
}

/// A stretch without sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindSpan {
    /// Why.
    pub cause: BlindCause,
    /// When.
    pub span: Span,
}

/// The ledger of one recording, in seconds. `usable <= analysed <= decoded <= received`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// What the container declares to hold, where it says.
    pub expected_secs: Option<f64>,
    /// Time the pictures that arrived stand for.
    pub received_secs: f64,
    /// Time that was decoded without damage.
    pub decoded_secs: f64,
    /// Time the models looked at.
    pub analysed_secs: f64,
    /// Analysed time in which the camera could see.
    pub usable_secs: f64,
    /// Stretches that could not be seen, by start.
    pub blind: Vec<BlindSpan>,
}
