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
    /// The lens is covered, sprayed over or fogged.
    CameraCovered,
    /// The picture is too dark to see in, or blinded by light.
    CameraDark,
    /// The picture is out of focus, smeared or steamed up.
    CameraBlurred,
    /// The camera shows another view than the usual one.
    CameraMoved,
    /// One picture is shown on and on.
    CameraFrozen,
    /// Seconds that were shown before are shown again.
    CameraLooped,
    /// The scene is seen in less than before: a part of the picture filled, fewer or smaller pictures.
    CameraDegraded,
    /// The camera lost sight soon after possible violence, a gathering or a raised score.
    GapAfterEscalation,
    /// People left together toward the next camera and did not come to it.
    RemovalOutOfView,
    /// Time that was meant to be recorded is missing.
    RecordingGap,
    /// The clocks of a recording disagree: name, container, file date, sidecar, its own stamps, its neighbours.
    TimeMismatch,
    /// A recording holds no picture.
    SignalLost,
    /// Fast limbs toward somebody who lies.
    StrikeOnPersonDown,
    /// Two or more close in on one and strike.
    GroupAssault,
    /// Somebody lies while others lean or kneel on them.
    ProneRestraint,
    /// Somebody who lies is pulled along.
    Dragging,
    /// Somebody stands with the hands on a wall for long.
    HandsOnWall,
    /// Somebody squats or kneels upright for long.
    SquatOrKneel,
    /// Somebody holds both arms above the head for long.
    RaisedArmsFixed,
    /// Somebody stands at one spot for very long.
    ForcedStanding,
    /// Somebody passes between two rows of people with fast limbs.
    Gauntlet,
}

impl IncidentKind {
    /// All kinds this version can raise.
    pub const ALL: [Self; 23] = [
        Self::Violence,
        Self::PersonDown,
        Self::CameraCovered,
        Self::CameraDark,
        Self::CameraBlurred,
        Self::CameraMoved,
        Self::CameraFrozen,
        Self::CameraLooped,
        Self::CameraDegraded,
        Self::GapAfterEscalation,
        Self::RemovalOutOfView,
        Self::RecordingGap,
        Self::TimeMismatch,
        Self::SignalLost,
        Self::StrikeOnPersonDown,
        Self::GroupAssault,
        Self::ProneRestraint,
        Self::Dragging,
        Self::HandsOnWall,
        Self::SquatOrKneel,
        Self::RaisedArmsFixed,
        Self::ForcedStanding,
        Self::Gauntlet,
    ];

    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Violence => "violence",
            Self::PersonDown => "person_down",
            Self::CameraCovered => "camera_covered",
            Self::CameraDark => "camera_dark",
            Self::CameraBlurred => "camera_blurred",
            Self::CameraMoved => "camera_moved",
            Self::CameraFrozen => "camera_frozen",
            Self::CameraLooped => "camera_looped",
            Self::CameraDegraded => "camera_degraded",
            Self::GapAfterEscalation => "gap_after_escalation",
            Self::RemovalOutOfView => "removal_out_of_view",
            Self::RecordingGap => "recording_gap",
            Self::TimeMismatch => "time_mismatch",
            Self::SignalLost => "signal_lost",
            Self::StrikeOnPersonDown => "strike_on_person_down",
            Self::GroupAssault => "group_assault",
            Self::ProneRestraint => "prone_restraint",
            Self::Dragging => "dragging",
            Self::HandsOnWall => "hands_on_wall",
            Self::SquatOrKneel => "squat_or_kneel",
            Self::RaisedArmsFixed => "raised_arms_fixed",
            Self::ForcedStanding => "forced_standing",
            Self::Gauntlet => "gauntlet",
        }
    }

    /// Whether a flag of this kind rests on what the violence model says, alone or beside other signs.
    pub fn needs_violence_model(self) -> bool {
        matches!(self, Self::Violence | Self::StrikeOnPersonDown | Self::GroupAssault | Self::Gauntlet)
    }

    /// Whether it speaks of the camera's own state rather than of people.
    pub fn is_of_camera(self) -> bool {
        matches!(
            self,
            Self::CameraCovered
                | Self::CameraDark
                | Self::CameraBlurred
                | Self::CameraMoved
                | Self::CameraFrozen
                | Self::CameraLooped
                | Self::CameraDegraded
                | Self::GapAfterEscalation
        )
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
    /// The severity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Note, Self::Alert, Self::Urgent].into_iter().find(|s| s.as_str() == name)
    }

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
    /// The model hardly believed in who lies there; they appeared where somebody who stood vanished.
    FoundFaintly,
    /// Seconds lying without movement.
    LyingStill,
    /// Seconds since possible violence at the same place.
    AfterViolence,
    /// Share of the picture's detail that is left.
    DetailLost,
    /// Seconds without a usable picture.
    BlindSecs,
    /// Share of the usual sharpness that is left.
    SharpnessLeft,
    /// Share of the usual scene that is not where it was.
    SceneGone,
    /// Mean luma of a picture that is too dark or too bright, 0 to 255.
    Brightness,
    /// Seconds for which the same picture was shown.
    SamePictureSecs,
    /// Seconds before which the same was shown.
    RepeatsAfterSecs,
    /// Seconds that were shown again so far.
    RepeatedSecs,
    /// Share of the picture that is filled with one brightness.
    MaskedShare,
    /// Pictures a second, as of now.
    PictureRate,
    /// Pictures a second before.
    PictureRateBefore,
    /// Lines of a picture, as of now.
    PictureLines,
    /// Lines of a picture before.
    PictureLinesBefore,
    /// Seconds from possible violence to the loss of sight.
    GapAfterViolence,
    /// Seconds from a gathering of people to the loss of sight.
    GapAfterGathering,
    /// Seconds from a raised score of the violence model to the loss of sight.
    GapAfterRaisedScore,
    /// Seconds missing between two recordings, or within one by its own clock.
    GapSecs,
    /// Seconds that a recording is shorter than its name says.
    ShortSecs,
    /// Seconds that a recording is longer than its name says.
    LongerSecs,
    /// The file has no bytes; seconds that it stands for.
    EmptyFile,
    /// No picture could be read of the file; seconds that it stands for.
    NoPictures,
    /// Seconds that a recording begins before the one before it ends.
    OverlapSecs,
    /// The same bytes lie under another name; seconds between the two names.
    SameBytes,
    /// The same pictures lie in another file; seconds between the two names.
    SamePictures,
    /// Seconds from the time that the name gives to that of the container.
    ContainerDiffers,
    /// The containers' times scatter, as where files were made anew; seconds usually.
    ContainersMadeAnew,
    /// Seconds by which the difference of two clocks changes over the recordings.
    DriftSecs,
    /// Seconds that the file was last changed before the time that its name gives.
    FileDateDiffers,
    /// Seconds from the day that the folder gives to the day that the name gives.
    FolderDateDiffers,
    /// Seconds from the time that the name gives to that of the file beside it.
    SidecarDiffers,
    /// The file beside the recording has no bytes.
    SidecarEmpty,
    /// Seconds that the recording begins after the moment of the check.
    ClockInFuture,
    /// Seconds that the recording's own clock jumps.
    ClockJump,
    /// The recording is from an hour that the clock showed twice; seconds of doubt.
    HourTwice,
    /// How many recordings a finding speaks of.
    RecordingsConcerned,
    /// How many other cameras have nothing of the same time.
    OtherCamerasToo,
    /// Somebody lies.
    Lies,
    /// Fast movements of hands or feet toward the same person.
    LimbBursts,
    /// Seconds that the posture has been held.
    PostureHeld,
    /// How many lean or kneel on somebody.
    PeopleOver,
    /// How far somebody came, in body heights.
    Moved,
    /// Faces are turned away from the camera.
    FacesAway,
    /// How many left the picture together.
    PeopleLeft,
    /// How many of these came to the next camera in time.
    PeopleCame,
    /// Seconds that the way to the next camera usually takes at most.
    TransitSecs,
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
            Self::FoundFaintly => "found_faintly",
            Self::LyingStill => "lying_still",
            Self::AfterViolence => "after_violence",
            Self::DetailLost => "detail_lost",
            Self::BlindSecs => "blind_secs",
            Self::SharpnessLeft => "sharpness_left",
            Self::SceneGone => "scene_gone",
            Self::Brightness => "brightness",
            Self::SamePictureSecs => "same_picture_secs",
            Self::RepeatsAfterSecs => "repeats_after_secs",
            Self::RepeatedSecs => "repeated_secs",
            Self::MaskedShare => "masked_share",
            Self::PictureRate => "picture_rate",
            Self::PictureRateBefore => "picture_rate_before",
            Self::PictureLines => "picture_lines",
            Self::PictureLinesBefore => "picture_lines_before",
            Self::GapAfterViolence => "gap_after_violence",
            Self::GapAfterGathering => "gap_after_gathering",
            Self::GapAfterRaisedScore => "gap_after_raised_score",
            Self::GapSecs => "gap_secs",
            Self::ShortSecs => "short_secs",
            Self::LongerSecs => "longer_secs",
            Self::EmptyFile => "empty_file",
            Self::NoPictures => "no_pictures",
            Self::OverlapSecs => "overlap_secs",
            Self::SameBytes => "same_bytes",
            Self::SamePictures => "same_pictures",
            Self::ContainerDiffers => "container_differs",
            Self::ContainersMadeAnew => "containers_made_anew",
            Self::DriftSecs => "drift_secs",
            Self::FileDateDiffers => "file_date_differs",
            Self::FolderDateDiffers => "folder_date_differs",
            Self::SidecarDiffers => "sidecar_differs",
            Self::SidecarEmpty => "sidecar_empty",
            Self::ClockInFuture => "clock_in_future",
            Self::ClockJump => "clock_jump",
            Self::HourTwice => "hour_twice",
            Self::RecordingsConcerned => "recordings_concerned",
            Self::OtherCamerasToo => "other_cameras_too",
            Self::Lies => "lies",
            Self::LimbBursts => "limb_bursts",
            Self::PostureHeld => "posture_held",
            Self::PeopleOver => "people_over",
            Self::Moved => "moved",
            Self::FacesAway => "faces_away",
            Self::PeopleLeft => "people_left",
            Self::PeopleCame => "people_came",
            Self::TransitSecs => "transit_secs",
        }
    }

    /// Unit of the value: `body_heights`, `body_heights_per_sec`, `secs`, `people`, `movements`, `share`, `luma`, `recordings`,
    /// `cameras`, `pictures_per_sec`, `lines`; none for bare facts.
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Self::ModelProbability | Self::DetailLost | Self::SharpnessLeft => Some("share"),
            Self::SceneGone | Self::MaskedShare => Some("share"),
            Self::PictureRate | Self::PictureRateBefore => Some("pictures_per_sec"),
            Self::PictureLines | Self::PictureLinesBefore => Some("lines"),
            Self::Brightness => Some("luma"),
            Self::PeopleTogether | Self::PeopleOver | Self::PeopleLeft | Self::PeopleCame => Some("people"),
            Self::LimbBursts => Some("movements"),
            Self::PeopleClose | Self::Moved => Some("body_heights"),
            Self::LimbSpeed => Some("body_heights_per_sec"),
            Self::LyingStill | Self::AfterViolence | Self::BlindSecs | Self::PostureHeld => Some("secs"),
            Self::SamePictureSecs | Self::RepeatsAfterSecs | Self::RepeatedSecs => Some("secs"),
            Self::GapAfterViolence | Self::GapAfterGathering | Self::GapAfterRaisedScore => Some("secs"),
            Self::GapSecs | Self::ShortSecs | Self::LongerSecs | Self::EmptyFile | Self::NoPictures => {
                Some("secs")
            }
            Self::OverlapSecs | Self::SameBytes | Self::SamePictures | Self::DriftSecs => Some("secs"),
            Self::ContainerDiffers | Self::ContainersMadeAnew | Self::FileDateDiffers => Some("secs"),
            Self::FolderDateDiffers | Self::SidecarDiffers | Self::ClockInFuture => Some("secs"),
            Self::ClockJump | Self::HourTwice | Self::TransitSecs => Some("secs"),
            Self::RecordingsConcerned => Some("recordings"),
            Self::OtherCamerasToo => Some("cameras"),
            Self::WholePicture
            | Self::Fell
            | Self::FoundFaintly
            | Self::SidecarEmpty
            | Self::Lies
            | Self::FacesAway => None,
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
