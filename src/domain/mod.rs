//! The nouns every stage speaks: time, geometry, poses, scores, incidents, coverage.
//!
//! Plain data without I/O. Units and spaces are in the names: `*_in_frame` is in pixels of the picture as it is
//! displayed (after rotation and pixel aspect), `*_in_input` in pixels of a model's input.

mod calibration;
mod coverage;
mod drill;
mod frame;
mod geometry;
mod hold;
mod incident;
mod ledger;
mod look;
mod loose;
mod pose;
mod run;
mod score;
mod settings;
mod signing;
mod time;
mod wall;
mod zones;

pub use calibration::{Calibration, CalibrationFootage, CameraLevel, LevelBounds, LevelCard, LevelInUse};
pub use coverage::{Attention, BlindCause, BlindSpan, Coverage, LookedSpan};
pub use drill::{Drill, DrilledKind, Sensitivity, Staging};
pub use frame::{FrameRef, SourceId};
pub use geometry::{BBox, FrameFromInput, Point, Size};
pub use hold::{
    HeldFlag, HeldMissing, Hold, HoldChange, HoldGround, HoldId, HoldStep, Release, StoredHold, Tombstone,
    is_same_person,
};
pub use incident::{Incident, IncidentEvent, IncidentId, IncidentKind, Reason, ReasonCode, Region, Severity};
pub use ledger::{BlindTime, CameraHour, SourcePlace};
pub use look::PictureLook;
pub use loose::{LooseEnds, Passage};
pub use pose::{Joint, Keypoint, Pose, PoseFrame, TrackId, TrackedFrame, TrackedPose};
pub use run::{
    FlaggedIncident, InputError, ModelUse, RunId, RunInfo, RunTotals, SourceInfo, SourceResult, Stage,
    StageSecs,
};
pub use score::{ClipScore, Signal};
pub use settings::Settings;
pub use signing::CameraSigning;
pub use time::{MediaTime, Span};
pub use wall::{WallSource, WallStart, WallTime};
pub use zones::{Polygon, Zone, ZoneKind, Zones};
