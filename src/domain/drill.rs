//! What a camera's settings find of acts that were staged.

use super::IncidentKind;

/// Staged acts that were looked through with the settings of a camera, and how many of them were found. Never changed
/// once stored: whatever comes later is another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Drill {
    /// The camera's name.
    pub camera: String,
    /// When it was made, RFC 3339 UTC.
    pub made_at: String,
    /// The program that made it.
    pub program_version: String,
    /// SHA-256 over configuration, models and alarm level, hex: what was found holds only with the same.
    pub rules_digest: String,
    /// SHA-256 over the labels and every clip, hex.
    pub clips_sha256: String,
    /// How many clips there are.
    pub clips: u64,
    /// Seconds of them that were analysed.
    pub analysed_secs: f64,
    /// How the pictures were brought to the camera's.
    pub staging: Staging,
    /// What was staged, by kind.
    pub kinds: Vec<DrilledKind>,
}

/// What the pictures of a drill have in common with the camera's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Staging {
    /// Nothing: the clips as they are.
    AsMade,
    /// Recorded as the camera records.
    Recorded {
        /// Width and height of the camera's pictures.
        size: [u32; 2],
        /// Its pictures a second.
        fps: f64,
        /// Its bits of video a second.
        bits_per_sec: f64,
    },
    /// Acted before the camera itself, so that its zones held too.
    ActedHere,
}

impl Staging {
    /// The lasting name, also in the locale files (`drill-staging-<name>`).
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::AsMade => "as_made",
            Self::Recorded { .. } => "recorded",
            Self::ActedHere => "acted_here",
        }
    }
}

/// What was staged of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrilledKind {
    /// The visible act.
    pub kind: IncidentKind,
    /// How often it was staged.
    pub staged: u64,
    /// How many of these a flag of this kind was raised for.
    pub found: u64,
    /// Flags of this kind without an act of their own.
    pub false_flags: u64,
}

impl Drill {
    /// What was staged and found over all kinds.
    pub fn sensitivity(&self) -> Sensitivity {
        self.kinds.iter().fold(Sensitivity::default(), |sum, k| Sensitivity {
            found: sum.found + k.found,
            staged: sum.staged + k.staged,
        })
    }
}

/// How many staged acts were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sensitivity {
    /// Those a flag of their own kind was raised for.
    pub found: u64,
    /// All that were staged.
    pub staged: u64,
}
