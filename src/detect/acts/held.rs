//! Postures held for long: how long each has been held at each place, and from when on that is a flag.

use super::figure::Figure;
use super::holds::{Hold, Holds, Says, Sighting};
use super::lying::Lying;
use super::postures::{Low, hands_on_wall, low_posture, raised_arms, standing};
use crate::config::ActsRule;
use crate::domain::{
    FrameRef, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Signal, Span, TrackedFrame,
};

/// People who stand nearer than this to each other, in body lengths, stand as a group.
const GROUP_BODY_LENGTHS: f32 = 1.5;
/// A face seen in at most this share of the time is turned away.
const FACE_SHARE: f64 = 0.3;

/// The postures that this source holds.
#[derive(Default)]
pub(super) struct HeldRules {
    wall: Holds,
    arms: Holds,
    squat: Holds,
    kneel: Holds,
    stand: Holds,
    faces: Vec<Face>,
    last: Option<MediaTime>,
}

/// For how long somebody who stands showed the face, at a place.
struct Face {
    at: crate::domain::BBox,
    shown_secs: f64,
    all_secs: f64,
    last_seen: MediaTime,
}

impl HeldRules {
    /// Takes the next picture; a signal for each place where a posture has been held for long enough.
    ///
    /// Whoever is low beside somebody who lies is not meant: aid is given so.
    pub fn push(&mut self, rule: &ActsRule, frame: &TrackedFrame, lying: &Lying) -> Vec<Signal> {
        let now = frame.at.media_time;
        let figures: Vec<_> = frame.people.iter().map(|p| (p.track, Figure::of(&p.pose))).collect();
        let say = |says: &dyn Fn(&Figure) -> Says| -> Vec<Sighting> {
            let sighting = |(track, figure): &(_, Figure)| Sighting {
                track: *track,
                bbox_in_frame: figure.bbox_in_frame,
                says: says(figure),
            };
            figures.iter().map(sighting).collect()
        };
        let is_beside_lying =
            |f: &Figure| lying.bodies().any(|b| b.bbox_in_frame.intersection_area(f.bbox_in_frame) > 0.0);
        let is_low = |wanted: Low| {
            move |figure: &Figure| match low_posture(figure) {
                (Says::For, _) if is_beside_lying(figure) => Says::Against,
                (Says::For, Some(low)) if low == wanted => Says::For,
                // One is often taken for the other: it neither counts nor ends it.
                (Says::For, _) => Says::Nothing,
                (says, _) => says,
            }
        };
        self.wall.push(now, &say(&hands_on_wall));
        self.arms.push(now, &say(&raised_arms));
        self.squat.push(now, &say(&is_low(Low::Squat)));
        self.kneel.push(now, &say(&is_low(Low::Kneel)));
        self.stand.push(now, &say(&standing));
        self.note_faces(figures.iter().map(|(_, figure)| figure), now);
        self.signals(rule, frame.at)
    }

    fn note_faces<'a>(&mut self, figures: impl Iterator<Item = &'a Figure>, now: MediaTime) {
        let step = self.last.replace(now).map_or(MediaTime::ZERO, |last| now - last);
        let step_secs = step.secs_f64().min(12.0);
        for figure in figures {
            let known = self.faces.iter_mut().find(|f| f.at.iou(figure.bbox_in_frame) > 0.4);
            let shown_secs = if figure.shows_face { step_secs } else { 0.0 };
            match known {
                Some(face) => {
                    face.shown_secs += shown_secs;
                    face.all_secs += step_secs;
                    face.last_seen = now;
                }
                None => self.faces.push(Face {
                    at: figure.bbox_in_frame,
                    shown_secs,
                    all_secs: step_secs,
                    last_seen: now,
                }),
            }
        }
        self.faces.retain(|f| (now - f.last_seen).secs_f64() <= 15.0);
    }

    fn is_face_away(&self, hold: &Hold) -> bool {
        let face = self.faces.iter().find(|f| f.at.iou(hold.bbox_in_frame) > 0.4);
        face.is_some_and(|f| f.all_secs > 0.0 && f.shown_secs / f.all_secs <= FACE_SHARE)
    }

    fn signals(&self, rule: &ActsRule, at: FrameRef) -> Vec<Signal> {
        let of = |holds: &Holds, kind, secs: f64, urgent_secs: f64| -> Vec<Signal> {
            let others = holds.held_for(secs / 2.0).count() as f32;
            holds.held_for(secs).map(|hold| signal(kind, at, hold, urgent_secs, others)).collect()
        };
        let never = f64::INFINITY;
        let mut signals = of(
            &self.wall,
            IncidentKind::HandsOnWall,
            rule.hands_on_wall_secs,
            rule.hands_on_wall_urgent_secs,
        );
        signals.extend(of(&self.arms, IncidentKind::RaisedArmsFixed, rule.raised_arms_secs, never));
        signals.extend(of(&self.squat, IncidentKind::SquatOrKneel, rule.squat_secs, never));
        signals.extend(of(&self.kneel, IncidentKind::SquatOrKneel, rule.kneel_secs, never));
        signals.extend(self.standing_signals(rule, at));
        signals
    }

    /// Alone it takes long; a group whose faces are turned away, sooner.
    fn standing_signals(&self, rule: &ActsRule, at: FrameRef) -> Vec<Signal> {
        let long: Vec<&Hold> =
            self.stand.held_for(rule.standing_group_secs.min(rule.standing_secs)).collect();
        let mut signals = Vec::new();
        for hold in &long {
            let near = |o: &&&Hold| {
                let body = hold.bbox_in_frame.body_length().max(1.0);
                let distance = hold.bbox_in_frame.centre().distance(o.bbox_in_frame.centre()) / body;
                distance <= GROUP_BODY_LENGTHS && self.is_face_away(o)
            };
            let group = long.iter().filter(near).count();
            let is_group =
                group >= 2 && self.is_face_away(hold) && hold.held_secs() >= rule.standing_group_secs;
            if !is_group && hold.held_secs() < rule.standing_secs {
                continue;
            }
            let people = if is_group { group as f32 } else { 1.0 };
            let mut signal = signal(IncidentKind::ForcedStanding, at, hold, f64::INFINITY, people);
            if is_group {
                signal.reasons.push(Reason::fact(ReasonCode::FacesAway));
            }
            signals.push(signal);
        }
        signals
    }
}

fn signal(kind: IncidentKind, at: FrameRef, hold: &Hold, urgent_secs: f64, people: f32) -> Signal {
    let is_urgent = hold.held_secs() >= urgent_secs;
    Signal {
        kind,
        at,
        span: Span { start: hold.since, end: hold.last_for },
        region_in_frame: hold.bbox_in_frame.clipped(at.size),
        tracks: vec![hold.track],
        strength: hold.share(),
        evidence_rate: 1.0,
        severity: if is_urgent { Severity::Urgent } else { Severity::Alert },
        reasons: vec![
            Reason::measured(ReasonCode::PeopleTogether, people.max(1.0)),
            Reason::measured(ReasonCode::PostureHeld, hold.held_secs() as f32),
        ],
    }
}
