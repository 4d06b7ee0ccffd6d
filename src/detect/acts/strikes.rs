//! Fast limbs toward somebody who lies, toward one person from several, and along a way between two rows.
//!
//! None of them is a flag by itself: a fast hand may greet, sweep or play. The violence model must have reached its alarm
//! level at the same place within the last seconds, so where it does not look, nothing of this is found.

use std::collections::BTreeSet;

use super::bursts::{Burst, Bursts};
use super::lying::Lying;
use crate::config::ActsRule;
use crate::detect::body::Stance;
use crate::domain::{
    BBox, FrameRef, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Signal, Span, TrackId,
};

/// Bursts are counted over so many seconds.
const WINDOW_SECS: f64 = 5.0;
/// The same for a way between two rows.
const PASSAGE_SECS: f64 = 9.0;
/// Somebody who passes moves at least so far between the first and the last burst, in body heights.
const PASSED_BODY_HEIGHTS: f32 = 0.7;
/// Those in a row move no further than this meanwhile.
const ROW_STAYS_BODY_HEIGHTS: f32 = 0.5;
/// Fewer than this are no two rows.
const LEAST_IN_ROWS: usize = 3;
/// A blow begins before its fastest moment and is over after it.
const BLOW_AROUND: MediaTime = MediaTime::from_millis(700);
/// Possible violence counts for so many seconds at a place.
const VIOLENCE_LASTS_SECS: f64 = 3.0;

/// Where the violence model lately reached its alarm level.
#[derive(Default)]
pub(super) struct Alarmed {
    places: Vec<(MediaTime, BBox)>,
}

impl Alarmed {
    /// A window was scored; `evidence_rate` as in [`Signal`].
    pub fn note(&mut self, at: MediaTime, region_in_frame: BBox, evidence_rate: f32) {
        self.places.retain(|(then, _)| (at - *then).secs_f64() <= VIOLENCE_LASTS_SECS);
        if evidence_rate >= 1.0 {
            self.places.push((at, region_in_frame));
        }
    }

    /// Whether it did at this place.
    fn speaks_for(&self, now: MediaTime, place: BBox) -> bool {
        let is_here = |(then, region): &(MediaTime, BBox)| {
            (now - *then).secs_f64() <= VIOLENCE_LASTS_SECS && region.intersection_area(place) > 0.0
        };
        self.places.iter().any(is_here)
    }
}

/// Signals of fast limbs at this picture.
pub(super) fn strike_signals(
    rule: &ActsRule,
    at: FrameRef,
    bursts: &Bursts,
    lying: &Lying,
    alarmed: &Alarmed,
) -> Vec<Signal> {
    let now = at.media_time;
    let recent: Vec<&Burst> = bursts.within(now, PASSAGE_SECS).collect();
    let mut signals = Vec::new();
    for body in lying.bodies() {
        let hits: Vec<&Burst> = recent
            .iter()
            .filter(|b| (now - b.at).secs_f64() <= WINDOW_SECS && aims_at(b, body.bbox_in_frame))
            .copied()
            .collect();
        if hits.len() >= rule.strike_bursts as usize && alarmed.speaks_for(now, body.bbox_in_frame) {
            let mut signal = signal(IncidentKind::StrikeOnPersonDown, at, &hits, body.bbox_in_frame);
            signal.reasons.push(Reason::fact(ReasonCode::Lies));
            signals.push(signal);
        }
    }
    let struck: BTreeSet<TrackId> = recent.iter().map(|b| b.toward).collect();
    for target in struck {
        let passage: Vec<&Burst> = recent.iter().filter(|b| b.toward == target).copied().collect();
        let hits: Vec<&Burst> =
            passage.iter().filter(|b| (now - b.at).secs_f64() <= WINDOW_SECS).copied().collect();
        let Some(last) = hits.last() else { continue };
        let place = last.toward_bbox_in_frame;
        if !alarmed.speaks_for(now, place) {
            continue;
        }
        let is_by_several = strikers(&hits) >= rule.group_strikers as usize;
        if is_by_several && hits.len() > rule.group_strikers as usize {
            signals.push(signal(IncidentKind::GroupAssault, at, &hits, place));
        }
        if let Some(passed) = passes_rows(&passage) {
            let mut signal = signal(IncidentKind::Gauntlet, at, &passage, place);
            signal.reasons.push(Reason::measured(ReasonCode::Moved, passed));
            signals.push(signal);
        }
    }
    signals
}

/// Somebody else's limb reached the place of a body that lies; the box of whoever is aimed at may be another's.
fn aims_at(burst: &Burst, body: BBox) -> bool {
    burst.toward_bbox_in_frame.iou(body) > 0.3 && burst.by_bbox_in_frame.iou(body) < 0.5
        || burst.toward_stance == Stance::Lying && burst.toward_bbox_in_frame.iou(body) > 0.1
}

fn strikers(bursts: &[&Burst]) -> usize {
    bursts.iter().map(|b| b.by).collect::<BTreeSet<_>>().len()
}

/// How far somebody came between two rows who struck, in body heights; none where it was no passage.
fn passes_rows(passage: &[&Burst]) -> Option<f32> {
    let (first, last) = (passage.first()?, passage.last()?);
    let (from, to) = (first.toward_bbox_in_frame, last.toward_bbox_in_frame);
    let body = from.body_length().max(to.body_length()).max(1.0);
    let (dx, dy) = (to.centre().x - from.centre().x, to.centre().y - from.centre().y);
    let passed = dx.hypot(dy) / body;
    if passed < PASSED_BODY_HEIGHTS || strikers(passage) < LEAST_IN_ROWS {
        return None;
    }
    let side = |b: &Burst| {
        let (a, v) = (b.by_bbox_in_frame.centre(), from.centre());
        dx * (a.y - v.y) - dy * (a.x - v.x) > 0.0
    };
    let has_both = passage.iter().any(|b| side(b)) && passage.iter().any(|b| !side(b));
    let stay = passage.iter().all(|b| {
        let of_same = passage.iter().filter(|o| o.by == b.by);
        let furthest = of_same
            .map(|o| o.by_bbox_in_frame.centre().distance(b.by_bbox_in_frame.centre()))
            .fold(0.0, f32::max);
        furthest / body <= ROW_STAYS_BODY_HEIGHTS
    });
    (has_both && stay).then_some(passed)
}

fn signal(kind: IncidentKind, at: FrameRef, hits: &[&Burst], place: BBox) -> Signal {
    let region = hits.iter().fold(place, |all, b| all.union(b.by_bbox_in_frame));
    let fastest = hits.iter().map(|b| b.body_heights_per_sec).fold(0.0, f32::max);
    let start = hits.iter().map(|b| b.at).min().unwrap_or(at.media_time);
    let end = hits.iter().map(|b| b.at).max().unwrap_or(at.media_time);
    let mut tracks: Vec<TrackId> = hits.iter().flat_map(|b| [b.by, b.toward]).collect();
    tracks.sort();
    tracks.dedup();
    Signal {
        kind,
        at,
        span: Span { start: (start - BLOW_AROUND).max(MediaTime::ZERO), end: end + BLOW_AROUND },
        region_in_frame: region.clipped(at.size),
        tracks,
        strength: (hits.len() as f32 / 8.0).clamp(0.2, 1.0),
        evidence_rate: 1.0,
        severity: Severity::Urgent,
        reasons: vec![
            Reason::measured(ReasonCode::PeopleTogether, strikers(hits) as f32 + 1.0),
            Reason::measured(ReasonCode::LimbSpeed, fastest),
            Reason::measured(ReasonCode::LimbBursts, hits.len() as f32),
        ],
    }
}
