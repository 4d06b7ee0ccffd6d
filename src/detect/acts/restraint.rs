//! Somebody lies and others lean or kneel on them: dangerous by itself when it lasts, more so when movement stops.
//!
//! It does not know who holds whom or why. Who lies on the back, face seen, is not meant: that is how aid is given.

use super::figure::{Figure, JOINT_CONFIDENCE};
use super::holds::{Holds, Says, Sighting};
use super::lying::{Body, Lying};
use crate::config::ActsRule;
use crate::detect::body::Stance;
use crate::domain::{
    BBox, FrameRef, IncidentKind, Joint, MediaTime, Pose, Reason, ReasonCode, Severity, Signal, Span,
    TrackedFrame, TrackedPose,
};

/// Somebody over a body covers at least this share of the smaller of the two boxes.
const OVER_SHARE: f32 = 0.12;
/// They lean further than this, or are lower than on straight legs.
const LEANING_DEGREES: f32 = 30.0;
const LOW_ANKLES: f32 = 1.05;
/// Shoulders this far apart across the trunk, in trunks, tell front from back.
const TELLS_FRONT: f32 = 0.25;
/// Moving less than this between pictures, in body lengths, is no movement.
const MOVES_BODY_LENGTHS: f32 = 0.04;

/// Watches one source.
#[derive(Default)]
pub(super) struct RestraintRule {
    holds: Holds,
    motions: Vec<Motion>,
    /// Most people over one body at the latest picture.
    people_over: f32,
}

/// When a body at a place was last seen to move.
struct Motion {
    bbox_in_frame: BBox,
    moved_at: MediaTime,
    last_seen: MediaTime,
}

impl RestraintRule {
    /// Takes the next picture; `lying` has seen it.
    pub fn push(&mut self, rule: &ActsRule, frame: &TrackedFrame, lying: &Lying) -> Vec<Signal> {
        let now = frame.at.media_time;
        let mut seen = Vec::new();
        for body in lying.bodies() {
            let pose = frame.people.iter().find(|p| p.track == body.track && body.last_seen == now);
            let over = frame.people.iter().filter(|p| p.track != body.track && leans_over(p, body)).count();
            let says = match (pose, over) {
                (Some(p), _) if lies_on_back(&p.pose) => Says::Against,
                (_, 1..) => Says::For,
                (Some(_), 0) => Says::Against,
                (None, 0) => Says::Nothing,
            };
            self.people_over = if over > 0 { over as f32 } else { self.people_over };
            seen.push(Sighting { track: body.track, bbox_in_frame: body.bbox_in_frame, says });
            if pose.is_some() {
                self.note_motion(body.bbox_in_frame, now);
            }
        }
        self.motions.retain(|m| (now - m.last_seen).secs_f64() <= 10.0);
        self.holds.push(now, &seen);
        self.signals(rule, frame.at)
    }

    fn note_motion(&mut self, bbox: BBox, now: MediaTime) {
        let known = self.motions.iter_mut().find(|m| m.bbox_in_frame.iou(bbox) > 0.3);
        let Some(motion) = known else {
            self.motions.push(Motion { bbox_in_frame: bbox, moved_at: now, last_seen: now });
            return;
        };
        let body = bbox.body_length().max(1.0);
        let moved = motion.bbox_in_frame.centre().distance(bbox.centre()) / body;
        let grown = (motion.bbox_in_frame.body_length() - bbox.body_length()).abs() / body;
        if moved.max(grown) > MOVES_BODY_LENGTHS {
            motion.moved_at = now;
            motion.bbox_in_frame = bbox;
        }
        motion.last_seen = now;
    }

    fn signals(&self, rule: &ActsRule, at: FrameRef) -> Vec<Signal> {
        let held = self.holds.held_for(rule.prone_restraint_secs);
        held.map(|hold| {
            let motion = self.motions.iter().find(|m| m.bbox_in_frame.iou(hold.bbox_in_frame) > 0.3);
            let still_secs = motion.map_or(0.0, |m| (m.last_seen - m.moved_at).secs_f64());
            let is_still = still_secs >= rule.prone_restraint_still_secs;
            let is_urgent = is_still || hold.held_secs() >= rule.prone_restraint_urgent_secs;
            let mut reasons = vec![
                Reason::fact(ReasonCode::Lies),
                Reason::measured(ReasonCode::PostureHeld, hold.held_secs() as f32),
                Reason::measured(ReasonCode::PeopleOver, self.people_over),
            ];
            if is_still {
                reasons.push(Reason::measured(ReasonCode::LyingStill, still_secs as f32));
            }
            Signal {
                kind: IncidentKind::ProneRestraint,
                at,
                span: Span { start: hold.since, end: hold.last_for },
                region_in_frame: hold.bbox_in_frame.enlarged(0.3).clipped(at.size),
                tracks: vec![hold.track],
                strength: hold.share(),
                evidence_rate: 1.0,
                severity: if is_urgent { Severity::Urgent } else { Severity::Alert },
                reasons,
            }
        })
        .collect()
    }
}

/// Somebody kneels, crouches or bends over a body, near enough to lean on it.
fn leans_over(person: &TrackedPose, body: &Body) -> bool {
    let figure = Figure::of(&person.pose);
    let (over, under) = (person.pose.bbox_in_frame, body.bbox_in_frame.enlarged(0.1));
    let shared = over.intersection_area(under) / over.area().min(under.area()).max(1.0);
    let is_low = figure.ankles_below_hips.is_some_and(|a| a < LOW_ANKLES)
        || figure.is_trunk_within(LEANING_DEGREES) == Some(false);
    figure.stance != Stance::Lying && shared >= OVER_SHARE && is_low
}

/// On the back: the front of the trunk and the face are seen. Seen from before the trunk the left shoulder is on the
/// right of the way from the shoulders to the hips.
fn lies_on_back(pose: &Pose) -> bool {
    let joint = |j| pose.joint(j, JOINT_CONFIDENCE);
    let (Some(left), Some(right)) = (joint(Joint::LeftShoulder), joint(Joint::RightShoulder)) else {
        return false;
    };
    let Some(hips) = pose.midpoint(Joint::LeftHip, Joint::RightHip, JOINT_CONFIDENCE) else { return false };
    let (sx, sy) = (hips.x - (left.x + right.x) / 2.0, hips.y - (left.y + right.y) / 2.0);
    let (lx, ly) = (left.x - right.x, left.y - right.y);
    let across = (sx * ly - sy * lx) / (sx * sx + sy * sy).max(1.0);
    across < -TELLS_FRONT && joint(Joint::Nose).is_some()
}
