//! Watches whether one camera still shows its usual scene: covered, dark or blinded, blurred, moved.
//!
//! One thing is wrong at a time. The usual scene follows slow changes, and only while nothing is wrong.

use std::collections::VecDeque;

use super::scene::{Likeness, Look, Plane, compare, look};
use super::spell::Spell;
use super::{Wrong, blurred, covered, dark, moved};
use crate::config::IntegrityRules;
use crate::domain::{BlindCause, BlindSpan, IncidentKind, MediaTime, Reason, ReasonCode, Severity};

/// The usual scene follows slow changes (sun, furniture) with this time constant, in seconds.
const ADAPTS_IN_SECS: f64 = 120.0;
/// Until then, within so many times the time for which it is known: what is slow must not be taken for usual at the start.
const SETTLES_FOR: f64 = 3.0;
/// A picture stands for at most so much time, in seconds.
const LONGEST_STEP_SECS: f64 = 5.0;
/// A moment ago: so long before a picture, at least.
const A_MOMENT: MediaTime = MediaTime::from_millis(900);
/// What is gone for so long, without another view that stays, was people: the view is learnt anew.
const LONGEST_UNSETTLED: MediaTime = MediaTime::from_millis(15_000);
/// Pictures kept for a look at a moment ago.
const MOST_RECENT: usize = 16;

/// What is told here, in the order of the counters, and as what it stands in the ledger.
const KINDS: [(IncidentKind, BlindCause); 4] = [
    (IncidentKind::CameraCovered, BlindCause::CameraCovered),
    (IncidentKind::CameraDark, BlindCause::CameraDark),
    (IncidentKind::CameraBlurred, BlindCause::CameraBlurred),
    (IncidentKind::CameraMoved, BlindCause::CameraMoved),
];

/// One camera's view.
#[derive(Clone, Debug)]
pub(super) struct View {
    rules: IntegrityRules,
    usual: Option<Plane>,
    /// The first usual scene: to come back to it is no news.
    home: Option<Plane>,
    known_secs: f64,
    last: Option<MediaTime>,
    recent: VecDeque<(MediaTime, Plane)>,
    spell: Spell,
    votes: [u32; 4],
    /// Since when the usual scene is gone and nothing has stayed in its place.
    unsettled_from: Option<MediaTime>,
    spans: Vec<BlindSpan>,
}

impl View {
    pub fn new(rules: IntegrityRules) -> Self {
        Self {
            rules,
            usual: None,
            home: None,
            known_secs: 0.0,
            last: None,
            recent: VecDeque::new(),
            spell: Spell::default(),
            votes: [0; 4],
            unsettled_from: None,
            spans: Vec::new(),
        }
    }

    /// Judges the next picture: what is wrong with it, once that is sure.
    pub fn push(&mut self, at: MediaTime, plane: Plane) -> Option<Wrong> {
        let elapsed_secs = self.last.replace(at).map_or(0.0, |last| (at - last).secs_f64());
        if self.usual.as_ref().is_some_and(|u| !u.has_shape_of(&plane)) {
            self.begin_anew(at);
        }
        let look = look(&plane);
        let share = self.rules.camera_covered.detail_share;
        let likeness = self.usual.as_ref().map(|u| compare(u, &plane, share));
        let judged = self.judge(&look, likeness.as_ref(), at, &plane);
        self.note_unsettled(at, likeness.as_ref().filter(|_| judged.is_none()), &plane);
        let told = match judged {
            Some(wrong) => self.wrong(at, wrong, &plane),
            None => {
                self.normal(at);
                self.adapt(&plane, &look, elapsed_secs.min(LONGEST_STEP_SECS));
                None
            }
        };
        self.remember(at, plane);
        told
    }

    /// Everything that could not be seen, by time.
    pub fn finish(mut self) -> Vec<BlindSpan> {
        if let Some(last) = self.last {
            self.close(last, true);
        }
        self.spans
    }

    /// Whether something is wrong with the picture at the moment, or may be.
    pub fn is_doubtful(&self) -> bool {
        self.spell.is_open()
    }

    fn begin_anew(&mut self, at: MediaTime) {
        self.close(at, true);
        (self.usual, self.home, self.known_secs) = (None, None, 0.0);
        self.recent.clear();
    }

    fn judge(&self, look: &Look, likeness: Option<&Likeness>, at: MediaTime, plane: &Plane) -> Option<Wrong> {
        let wrong = |kind, strength, code, value| Wrong {
            kind,
            since: at,
            strength,
            severity: Severity::Alert,
            reasons: vec![Reason::measured(code, value)],
        };
        let too_dark = likeness.is_some_and(|l| dark::is_too_dark(look, l, &self.rules.camera_dark));
        if too_dark || covered::is_unseen(look, likeness) {
            if dark::is_for_light(look, &self.rules.camera_dark) {
                return Some(wrong(IncidentKind::CameraDark, 0.9, ReasonCode::Brightness, look.mean));
            }
            let left = likeness.map_or(0.0, |l| l.fine_left.clamp(0.0, 1.0));
            return Some(wrong(IncidentKind::CameraCovered, 1.0 - left, ReasonCode::DetailLost, left));
        }
        let likeness = likeness?;
        if let Some(left) = blurred::sharpness_left(likeness, &self.rules.camera_blurred) {
            return Some(wrong(IncidentKind::CameraBlurred, 1.0 - left, ReasonCode::SharpnessLeft, left));
        }
        let gone = moved::scene_gone(likeness).filter(|_| self.has_stayed(at, plane))?;
        let mut wrong = wrong(IncidentKind::CameraMoved, gone, ReasonCode::SceneGone, gone);
        if self.rules.camera_moved.presets {
            wrong.severity = Severity::Note;
        }
        Some(wrong)
    }

    /// `likeness` where nothing is wrong with the picture by itself.
    fn note_unsettled(&mut self, at: MediaTime, likeness: Option<&Likeness>, plane: &Plane) {
        if likeness.and_then(moved::scene_gone).is_none() {
            self.unsettled_from = None;
            return;
        }
        let since = *self.unsettled_from.get_or_insert(at);
        if at - since >= LONGEST_UNSETTLED {
            (self.usual, self.known_secs, self.unsettled_from) = (Some(plane.clone()), 0.0, None);
        }
    }

    fn has_stayed(&self, at: MediaTime, plane: &Plane) -> bool {
        let moment_ago = self.recent.iter().rev().find(|(then, _)| at - *then >= A_MOMENT);
        let share = self.rules.camera_covered.detail_share;
        moment_ago
            .is_some_and(|(_, then)| then.has_shape_of(plane) && moved::stays(&compare(then, plane, share)))
    }

    fn wrong(&mut self, at: MediaTime, wrong: Wrong, plane: &Plane) -> Option<Wrong> {
        if wrong.kind == IncidentKind::CameraMoved && self.is_home(plane) {
            self.usual = self.home.clone();
            self.close(at, false);
            return None;
        }
        if !self.spell.is_open() {
            self.votes = [0; 4];
        }
        let place = KINDS.iter().position(|(kind, _)| *kind == wrong.kind).unwrap_or_default();
        self.votes[place] += 1;
        let (kind, cause) = self.most();
        let since = self.spell.wrong(at, self.confirm_secs(cause));
        let has_settled = cause == BlindCause::CameraMoved
            && since.is_some_and(|s| (at - s).secs_f64() >= self.rules.camera_moved.accept_secs);
        if has_settled {
            self.close(at, true);
            (self.usual, self.known_secs) = (Some(plane.clone()), 0.0);
            return None;
        }
        since.filter(|_| wrong.kind == kind).map(|since| {
            let mut told = Wrong { since, ..wrong };
            told.reasons.push(Reason::measured(ReasonCode::BlindSecs, (at - since).secs_f64() as f32));
            told
        })
    }

    /// Whether the view is the one that the recording began with.
    fn is_home(&self, plane: &Plane) -> bool {
        let share = self.rules.camera_covered.detail_share;
        self.home
            .as_ref()
            .filter(|h| h.has_shape_of(plane))
            .is_some_and(|h| moved::stays(&compare(h, plane, share)))
    }

    /// What most pictures of the spell say.
    fn most(&self) -> (IncidentKind, BlindCause) {
        let most = (0..KINDS.len()).rev().max_by_key(|i| self.votes[*i]).unwrap_or_default();
        KINDS[most]
    }

    fn confirm_secs(&self, cause: BlindCause) -> f64 {
        match cause {
            BlindCause::CameraDark => self.rules.camera_dark.confirm_secs,
            BlindCause::CameraBlurred => self.rules.camera_blurred.confirm_secs,
            BlindCause::CameraMoved => self.rules.camera_moved.confirm_secs,
            _ => self.rules.camera_covered.confirm_secs,
        }
    }

    fn normal(&mut self, at: MediaTime) {
        let (_, cause) = self.most();
        let ended = self.spell.normal(at);
        self.note(cause, ended);
    }

    /// Ends what is wrong; `to_here` or where it was last seen.
    fn close(&mut self, at: MediaTime, to_here: bool) {
        let (_, cause) = self.most();
        let end = if to_here { at } else { self.spell.last_wrong() };
        let ended = self.spell.end(end);
        self.note(cause, ended);
    }

    fn note(&mut self, cause: BlindCause, ended: Option<crate::domain::Span>) {
        let is_preset = cause == BlindCause::CameraMoved && self.rules.camera_moved.presets;
        self.spans.extend(ended.filter(|_| !is_preset).map(|span| BlindSpan { cause, span }));
    }

    fn adapt(&mut self, plane: &Plane, look: &Look, elapsed_secs: f64) {
        let Some(usual) = &mut self.usual else {
            if !covered::is_empty(look) {
                self.usual = Some(plane.clone());
            }
            return;
        };
        if self.spell.is_open() {
            return;
        }
        // The first pictures count alike; somebody in the very first would otherwise stay for minutes.
        let within_secs = (SETTLES_FOR * self.known_secs + elapsed_secs).clamp(1e-9, ADAPTS_IN_SECS);
        let weight = (elapsed_secs / within_secs) as f32;
        self.known_secs += elapsed_secs;
        for (usual, now) in usual.cells.iter_mut().zip(&plane.cells) {
            *usual += (now - *usual) * weight;
        }
        if self.home.is_none() && self.known_secs >= 10.0 {
            self.home = self.usual.clone();
        }
    }

    fn remember(&mut self, at: MediaTime, plane: Plane) {
        self.recent.push_back((at, plane));
        while self.recent.len() > 2 && self.recent[1].0 + A_MOMENT <= at || self.recent.len() > MOST_RECENT {
            self.recent.pop_front();
        }
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
