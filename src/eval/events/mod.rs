//! The report of `eval events`: flags raised in whole recordings against labelled events.
//!
//! In the manner of NIST ActEV and of the UK's i-LIDS: flags and events of one kind in one recording are paired one to
//! one, as well as can be; what stays unpaired is a miss or a false alarm; false alarms are counted against hours of
//! footage, not against clips.

mod figures;
mod pairing;
mod report;
mod spans;
mod sweep;
#[cfg(test)]
mod tests;

use crate::domain::{IncidentKind, MediaTime, PictureLook, Span};

pub use figures::{F1_ALPHA_ALERT, F1_ALPHA_RECORDING, Figures};
pub use report::{EventMatch, EventsReport, FalseAlarm, KindReport, SliceFigures, events_report};
pub use sweep::MissAtRate;

/// What is known of one labelled recording: its labels, and what the program made of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WatchedRecording {
    /// The recording, as in the labels.
    pub path: String,
    /// Its labelled events of kinds that were looked for.
    pub events: Vec<LabelledEvent>,
    /// What was flagged, of the kinds looked for.
    pub alarms: Vec<Alarm>,
    /// The pictures that were looked at, by time.
    pub looks: Vec<PictureLook>,
    /// Length in seconds, as far as it was read.
    pub duration_secs: f64,
    /// Silences of the recording's own clock within that: no footage.
    pub gaps: Vec<Span>,
    /// Seconds looked at by the models.
    pub analysed_secs: f64,
}

/// A labelled event of a kind that was looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelledEvent {
    /// What happens.
    pub kind: IncidentKind,
    /// When.
    pub span: Span,
}

/// A raised incident, in its final form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// What it points to.
    pub kind: IncidentKind,
    /// From the first to the last signal that carries it.
    pub span: Span,
    /// Time of the picture at which it was first told: somebody who watched could have known then.
    pub raised_at: MediaTime,
    /// Highest strength, 0 to 1; comparable within a kind.
    pub peak_score: f64,
}
