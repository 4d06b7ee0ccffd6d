//! Somebody who lies is moved along the floor by others at their pace.
//!
//! Two who go at both ends of the body carry it; that is not meant.

use std::collections::{BTreeMap, VecDeque};

use super::lying::{Body, Lying};
use crate::config::ActsRule;
use crate::domain::{
    FrameRef, IncidentKind, MediaTime, Point, Reason, ReasonCode, Severity, Signal, Span, TrackId,
    TrackedFrame,
};

/// Slower is a detector that wanders; in body lengths a second.
const LEAST_SPEED: f32 = 0.12;
/// The way is this much of the path at least: not to and fro.
const STRAIGHT_SHARE: f32 = 0.6;
/// Whoever pulls is within this of the body, in body lengths.
const REACH_BODY_LENGTHS: f32 = 0.35;
/// They go the same way: cosine, and how much further or less far.
const SAME_WAY: f32 = 0.6;
const SAME_LENGTH: std::ops::RangeInclusive<f32> = 0.4..=2.5;
/// Somebody this far ahead of and behind the middle, in body lengths: carried at both ends.
const END_BODY_LENGTHS: f32 = 0.25;
/// Ways of people are kept for so long.
const WAY_KEPT_SECS: f64 = 6.0;

/// Somebody beside a body that moves.
struct Companion {
    track: TrackId,
    /// Of the angle between the two ways.
    cosine: f32,
    /// Length of their way against that of the body.
    length_share: f32,
    /// How far ahead of the body's middle they are, in body lengths.
    ahead: f32,
}

/// Watches one source.
#[derive(Default)]
pub(super) struct DraggingRule {
    ways: BTreeMap<TrackId, VecDeque<(MediaTime, Point)>>,
}

impl DraggingRule {
    /// Takes the next picture; `lying` has seen it.
    pub fn push(&mut self, rule: &ActsRule, frame: &TrackedFrame, lying: &Lying) -> Vec<Signal> {
        let now = frame.at.media_time;
        for person in &frame.people {
            let way = self.ways.entry(person.track).or_default();
            way.push_back((now, person.pose.bbox_in_frame.centre()));
        }
        for way in self.ways.values_mut() {
            way.retain(|(then, _)| (now - *then).secs_f64() <= WAY_KEPT_SECS);
        }
        self.ways.retain(|_, way| !way.is_empty());
        lying.bodies().filter_map(|body| self.signal(rule, frame, body)).collect()
    }

    fn signal(&self, rule: &ActsRule, frame: &TrackedFrame, body: &Body) -> Option<Signal> {
        let from =
            body.way.iter().rev().find(|(t, _)| (body.last_seen - *t).secs_f64() >= rule.dragging_secs)?;
        let since = from.0;
        let (start, end) = (from.1.centre(), body.bbox_in_frame.centre());
        let length = body.bbox_in_frame.body_length().max(1.0);
        let moved = start.distance(end) / length;
        let secs = (body.last_seen - since).secs_f64() as f32;
        let steps: Vec<Point> =
            body.way.iter().filter(|(t, _)| *t >= since).map(|(_, b)| b.centre()).collect();
        let path = steps.windows(2).map(|w| w[0].distance(w[1])).sum::<f32>() / length;
        if moved < LEAST_SPEED * secs.max(2.0) || moved < STRAIGHT_SHARE * path {
            return None;
        }
        let way = (end.x - start.x, end.y - start.y);
        let near: Vec<Companion> =
            frame.people.iter().filter_map(|p| self.companion(p.track, body, since, way)).collect();
        let goes_at = |is_end: &dyn Fn(f32) -> bool| near.iter().any(|c| c.cosine > 0.0 && is_end(c.ahead));
        let is_carried = goes_at(&|a| a > END_BODY_LENGTHS) && goes_at(&|a| a < -END_BODY_LENGTHS);
        let is_puller = |c: &&Companion| c.cosine >= SAME_WAY && SAME_LENGTH.contains(&c.length_share);
        let pullers: Vec<TrackId> = near.iter().filter(is_puller).map(|c| c.track).collect();
        if pullers.is_empty() || is_carried {
            return None;
        }
        Some(signal(frame.at, body, since, moved, &pullers))
    }

    /// Somebody within reach of the body, and how they go against the way of the body.
    fn companion(&self, track: TrackId, body: &Body, since: MediaTime, way: (f32, f32)) -> Option<Companion> {
        let mine = self.ways.get(&track).filter(|_| track != body.track)?;
        let (_, start) = mine.iter().find(|(t, _)| *t >= since)?;
        let (_, end) = mine.back()?;
        let (dx, dy) = (end.x - start.x, end.y - start.y);
        let (mine_long, way_long) = (dx.hypot(dy), way.0.hypot(way.1).max(1.0));
        let cosine = (dx * way.0 + dy * way.1) / (mine_long * way_long).max(1.0);
        let length = body.bbox_in_frame.body_length().max(1.0);
        let centre = body.bbox_in_frame.centre();
        let (ox, oy) = (end.x - centre.x, end.y - centre.y);
        let is_near = ox.hypot(oy) / length <= 0.75 + REACH_BODY_LENGTHS;
        is_near.then_some(Companion {
            track,
            cosine,
            length_share: mine_long / way_long,
            ahead: (ox * way.0 + oy * way.1) / way_long / length,
        })
    }
}

fn signal(at: FrameRef, body: &Body, since: MediaTime, moved: f32, pullers: &[TrackId]) -> Signal {
    let mut tracks: Vec<TrackId> = pullers.iter().copied().chain([body.track]).collect();
    tracks.sort();
    Signal {
        kind: IncidentKind::Dragging,
        at,
        span: Span { start: since, end: body.last_seen },
        region_in_frame: body.bbox_in_frame.enlarged(0.4).clipped(at.size),
        tracks,
        strength: (moved / 2.0).clamp(0.2, 1.0),
        evidence_rate: 1.0,
        severity: Severity::Alert,
        reasons: vec![
            Reason::fact(ReasonCode::Lies),
            Reason::measured(ReasonCode::PeopleTogether, pullers.len() as f32 + 1.0),
            Reason::measured(ReasonCode::Moved, moved),
        ],
    }
}
