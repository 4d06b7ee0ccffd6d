//! What the models and rules say before anything becomes an incident.

use super::{BBox, FrameRef, IncidentKind, Reason, Span, TrackId};

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

/// How much a signal says for an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing: evidence fades.
    Against,
    /// Something: enough only if it lasts.
    Hint,
    /// As much as an alarm needs.
    Alarm,
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
    /// How much it says for an incident. Signals against one are needed too: they let evidence fade.
    pub weight: Weight,
    /// Why, for people.
    pub reasons: Vec<Reason>,
}
