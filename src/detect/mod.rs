//! Rules: from people, tracks and model scores to signals that point to a visible act.
//!
//! A rule names what is seen and why; whether signals become an incident is decided in [`crate::incident`].

mod acts;
mod body;
mod groups;
mod person_down;
mod violence;

pub use acts::ActsDetector;
pub use groups::{Group, find_groups};
pub use person_down::PersonDownDetector;
pub use violence::{Moment, ViolenceDetector, evidence_rate};

use crate::domain::{BBox, FrameRef, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Signal, Span};
use crate::integrity::Sight;

/// The signal of a camera that lost sight.
pub fn covered_signal(at: FrameRef, sight: Sight) -> Option<Signal> {
    let Sight::Blind { since, detail_left } = sight else { return None };
    let blind_secs = (at.media_time - since).secs_f64() as f32;
    Some(Signal {
        kind: IncidentKind::CameraCovered,
        at,
        span: Span { start: since, end: at.media_time.max(since + MediaTime::from_nanos(1)) },
        region_in_frame: BBox::of_picture(at.size),
        tracks: Vec::new(),
        strength: 1.0 - detail_left,
        evidence_rate: 1.0,
        severity: Severity::Alert,
        reasons: vec![
            Reason::measured(ReasonCode::DetailLost, detail_left),
            Reason::measured(ReasonCode::BlindSecs, blind_secs),
        ],
    })
}
