//! Figures for labelled recordings and images: how much is found, how often in vain, and how sure the figure is.
//!
//! Pure: labels and scores come in, reports go out. Running the models over the labelled files is the caller's. No
//! figure leaves without its interval where one can be given, and none is invented where it cannot: the field is
//! absent and a note says why. Everything random is seeded, so the same input gives the same report.

mod clips;
mod event_labels;
mod events;
mod interval;
mod labels;
mod matching;
mod poses;
mod ranking;
mod slices;

pub use clips::{ClipScoreRow, ClipsReport, ClipsSetup, SliceReport, clips_report};
pub use event_labels::{END_TOLERANCE_SECS, EventLabel, RecordingLabels, check_ends, parse_event_labels};
pub use events::{
    Alarm, EventMatch, EventsReport, F1_ALPHA_ALERT, F1_ALPHA_RECORDING, FalseAlarm, Figures, KindReport,
    LabelledEvent, MissAtRate, SliceFigures, WatchedRecording, events_report,
};
pub use interval::{Interval, RESAMPLES, Resampling, bootstrap_groups, poisson_mean, wilson};
pub use labels::{ClipLabel, LabelError, LabelledPose, parse_clip_labels, parse_pose_labels};
pub use matching::best_pairs;
pub use poses::{PoseImage, PosesReport, poses_report};
pub use ranking::{Ranked, Ranking};
pub use slices::{SliceNames, secs_by_slice, slices_of, slices_within};

/// Why a report cannot be made of these scores.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A score that cannot be ordered.
    #[error(
        "the score {score} is not a number that can be compared: verify the model with `kuager models verify`: {path}"
    )]
    NotFinite {
        /// The clip.
        path: String,
        /// Its score.
        score: f64,
    },
    /// A slice names a clip that is not among the scores.
    #[error("the slice `{slice}` names clip {index}, but there are only {clips}")]
    NoSuchClip {
        /// Name of the slice.
        slice: String,
        /// What it names, from 0.
        index: usize,
        /// How many clips there are.
        clips: usize,
    },
}

/// Why a figure is missing or less certain than it looks.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// Stable name, for translation.
    pub code: &'static str,
    /// The same in English.
    pub text: String,
}

impl Note {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}
