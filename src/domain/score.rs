//! What the models and rules say before anything becomes an incident.

use super::{BBox, FrameRef, IncidentKind, Reason, Severity, Span, TrackId};

/// What the violence model says of one window of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipScore {
    /// The pictures looked at, first to last.
    pub span: Span,
    /// The people whose interaction was looked at; empty when the whole picture was.
    pub tracks: Vec<TrackId>,
    /// Where in the picture.
    pub region_in_frame: BBox,
    /// 0 to 1, calibrated.
    pub probability: f32,
}

/// One rule's finding at one picture: the raw material of incidents.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The act or condition it points to.
    pub kind: IncidentKind,
    /// The picture at which it was found.
    pub at: FrameRef,
    /// The time it speaks of.
    pub span: Span,
    /// Where.
    pub region_in_frame: BBox,
    /// Who, as track numbers.
    pub tracks: Vec<TrackId>,
    /// 0 to 1. Comparable within a kind, not between kinds.
    pub strength: f32,
    /// Seconds of evidence that a second of such signals is worth: 1 at the kind's alarm level, below 0 where it speaks
    /// against an incident and lets evidence fade.
    pub evidence_rate: f32,
    /// How soon a person should look, as far as this picture tells; an incident keeps the highest.
    pub severity: Severity,
    /// Why, for people.
    pub reasons: Vec<Reason>,
}
