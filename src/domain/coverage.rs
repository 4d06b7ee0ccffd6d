//! How much of a recording could be seen: the denominator of every "nothing was flagged".

use serde::{Deserialize, Serialize};

use super::Span;

/// Why a stretch could not be seen. Neutral as to who or what caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlindCause {
    /// The lens was covered, or the picture without detail.
    CameraCovered,
    /// Too dark to see in, or blinded by light.
    CameraDark,
    /// Out of focus, smeared or steamed up.
    CameraBlurred,
    /// Another view than the usual one.
    CameraMoved,
    /// One picture shown on and on.
    CameraFrozen,
    /// Seconds that were shown before.
    CameraLooped,
    /// The bytes are damaged or missing.
    Damaged,
    /// The recording's own clock jumps over it.
    RecordingGap,
}

impl BlindCause {
    /// All causes.
    pub const ALL: [Self; 8] = [
        Self::CameraCovered,
        Self::CameraDark,
        Self::CameraBlurred,
        Self::CameraMoved,
        Self::CameraFrozen,
        Self::CameraLooped,
        Self::Damaged,
        Self::RecordingGap,
    ];

    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CameraCovered => "camera_covered",
            Self::CameraDark => "camera_dark",
            Self::CameraBlurred => "camera_blurred",
            Self::CameraMoved => "camera_moved",
            Self::CameraFrozen => "camera_frozen",
            Self::CameraLooped => "camera_looped",
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

/// How closely a stretch was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// Picture by picture, as often as the analysis rate says.
    Analysed,
    /// All of it was decoded and compared; nothing moved, so the models looked every few seconds.
    Gated,
    /// Only the key pictures were decoded and compared; nothing moved between them, and the models looked every few seconds.
    Skipped,
}

impl Attention {
    /// The name in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Analysed => "analysed",
            Self::Gated => "gated",
            Self::Skipped => "skipped",
        }
    }
}

/// A stretch that was looked at in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedSpan {
    /// How.
    pub attention: Attention,
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
    /// Time under analysis: picture by picture, or still and looked at every few seconds.
    pub analysed_secs: f64,
    /// Analysed time in which the camera could see.
    pub usable_secs: f64,
    /// Stretches that could not be seen, by start.
    pub blind: Vec<BlindSpan>,
    /// How each stretch was looked at, by start.
    pub looked: Vec<LookedSpan>,
    /// Share of the picture that was never analysed, 0 to 1.
    pub excluded_share: f64,
}

impl Coverage {
    /// Analysed time that was looked at picture by picture; in the rest nothing moved.
    pub fn closely_secs(&self) -> f64 {
        let still = self.attended_secs(Attention::Gated) + self.attended_secs(Attention::Skipped);
        (self.analysed_secs - still).max(0.0)
    }

    /// Usable time multiplied by the share of the picture that was never analysed.
    pub fn excluded_secs(&self) -> f64 {
        self.usable_secs * self.excluded_share
    }

    /// How much of the analysed time was looked at in one way.
    pub fn attended_secs(&self, attention: Attention) -> f64 {
        let spans = self.looked.iter().filter(|l| l.attention == attention);
        spans.map(|l| l.span.duration_secs()).fold(0.0, |sum, secs| sum + secs).min(self.analysed_secs)
    }
}
