//! Possible incidents: pointers for a person to look at, never verdicts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{BBox, MediaTime, Span};

/// The visible act, or what hides acts. Names are those of the contract (`docs/ref/json-lines.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Blows, kicks or a struggle between people.
    Violence,
    /// Somebody fell or lies, and does not move.
    PersonDown,
    /// The lens is covered, sprayed over or blinded.
    CameraCovered,
}

impl IncidentKind {
    /// All kinds this version can raise.
    pub const ALL: [Self; 3] = [Self::Violence, Self::PersonDown, Self::CameraCovered];

    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Violence => "violence",
            Self::PersonDown => "person_down",
            Self::CameraCovered => "camera_covered",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }
}

impl fmt::Display for IncidentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How soon a person should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// To be reviewed.
    Alert,
    /// Somebody may need help now.
    Urgent,
}

impl Severity {
    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Alert => "alert",
            Self::Urgent => "urgent",
        }
    }
}

/// What a reason speaks of; the sentence is made in the reader's language (`locales/*.ftl`, `reason-<code>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The violence model's probability.
    ModelProbability,
    /// How many people interact.
    PeopleTogether,
    /// Distance between the two nearest, in body heights.
    PeopleClose,
    /// Fastest limb, in body heights a second.
    LimbSpeed,
    /// No two people were found within reach; the score is of the whole picture.
    WholePicture,
    /// Somebody went from upright to lying.
    Fell,
    /// Seconds lying without movement.
    LyingStill,
    /// Seconds since possible violence at the same place.
    AfterViolence,
    /// Share of the picture's detail that is left.
    DetailLost,
    /// Seconds without a usable picture.
    BlindSecs,
}

impl ReasonCode {
    /// Name used in JSON and in the locale files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ModelProbability => "model_probability",
            Self::PeopleTogether => "people_together",
            Self::PeopleClose => "people_close",
            Self::LimbSpeed => "limb_speed",
            Self::WholePicture => "whole_picture",
            Self::Fell => "fell",
            Self::LyingStill => "lying_still",
            Self::AfterViolence => "after_violence",
            Self::DetailLost => "detail_lost",
            Self::BlindSecs => "blind_secs",
        }
    }

    /// Unit of the value: `body_heights`, `body_heights_per_sec`, `secs`, `people`, `share`; none for bare facts.
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Self::ModelProbability | Self::DetailLost => Some("share"),
            Self::PeopleTogether => Some("people"),
            Self::PeopleClose => Some("body_heights"),
            Self::LimbSpeed => Some("body_heights_per_sec"),
            Self::LyingStill | Self::AfterViolence | Self::BlindSecs => Some("secs"),
            Self::WholePicture | Self::Fell => None,
        }
    }
}

/// One reason for a flag.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What it speaks of.
    pub code: ReasonCode,
    /// The measured value in the code's unit, where there is one.
    pub value: Option<f32>,
}

impl Reason {
    /// A bare fact.
    pub fn fact(code: ReasonCode) -> Self {
        Self { code, value: None }
    }

    /// A measured value, in the code's unit.
    pub fn measured(code: ReasonCode, value: f32) -> Self {
        Self { code, value: Some(value) }
    }
}

/// Where to look at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// When.
    pub media_time: MediaTime,
    /// Where.
    pub bbox_in_frame: BBox,
}

/// Names an incident across re-runs: the same file, models and configuration give the same id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub String);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A possible incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Running number within the source, from 0, in order of opening. The stable [`IncidentId`] is made of it where
    /// file, models and configuration are known.
    pub number: u32,
    /// The visible act.
    pub kind: IncidentKind,
    /// From the first to the last signal that carries it.
    pub span: Span,
    /// Whether it still goes on; `span.end` is then the latest time known.
    pub is_open: bool,
    /// Highest strength, 0 to 1.
    pub peak_score: f32,
    /// When that was: the still is taken here.
    pub peak_at: MediaTime,
    /// How soon to look.
    pub severity: Severity,
    /// Why, strongest form of each reason, in order of code.
    pub reasons: Vec<Reason>,
    /// Where, over time; the region of the peak is among them.
    pub regions: Vec<Region>,
    /// Most people involved at once.
    pub people: u32,
}

impl Incident {
    /// Which of two incidents a person should look at first: the more severe, then the stronger, then the earlier.
    pub fn rank(&self, other: &Self) -> std::cmp::Ordering {
        (other.severity.cmp(&self.severity))
            .then(other.peak_score.total_cmp(&self.peak_score))
            .then(self.span.start.cmp(&other.span.start))
    }
}

/// The life of an incident.
#[derive(Clone, Debug, PartialEq)]
pub enum IncidentEvent {
    /// It was opened.
    New(Incident),
    /// It went on and its score, span or severity grew.
    Update(Incident),
    /// It is over; this is its final form.
    End(Incident),
}

impl IncidentEvent {
    /// The incident as of this event.
    pub fn incident(&self) -> &Incident {
        match self {
            Self::New(i) | Self::Update(i) | Self::End(i) => i,
        }
    }

    /// The contract's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Update(_) => "update",
            Self::End(_) => "end",
        }
    }
}
