//! The camera lost sight: the signal of that, and of a loss that follows an escalation.

use crate::config::EscalationRule;
use crate::domain::{BBox, FrameRef, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Signal, Span};
use crate::integrity::Finding;

/// The signal of what was found about a camera's sight; none for a gap in the recording's clock, which is told otherwise.
pub fn sight_signal(finding: &Finding) -> Option<Signal> {
    let Finding { at, wrong } = finding;
    let kind = Some(wrong.kind).filter(|kind| *kind != IncidentKind::RecordingGap)?;
    Some(signal(kind, *at, wrong.since, wrong.strength, wrong.severity, wrong.reasons.clone()))
}

fn signal(
    kind: IncidentKind,
    at: FrameRef,
    since: MediaTime,
    strength: f32,
    severity: Severity,
    reasons: Vec<Reason>,
) -> Signal {
    Signal {
        kind,
        at,
        span: Span { start: since, end: at.media_time.max(since + MediaTime::from_nanos(1)) },
        region_in_frame: BBox::of_picture(at.size),
        tracks: Vec::new(),
        strength,
        evidence_rate: 1.0,
        severity,
        reasons,
    }
}

/// People looked back upon, in pictures, so that one picture with a wrong count is no gathering.
const LOOKED_BACK: usize = 3;
/// So many more people than the fewest of the last minute are a gathering.
const GROWN_BY: u32 = 2;
const A_MINUTE: MediaTime = MediaTime::from_millis(60_000);
/// Signals of a raised score within [`RAISED_WITHIN`] that count; a single odd window does not.
const LEAST_RAISED: usize = 3;
const RAISED_WITHIN: MediaTime = MediaTime::from_millis(10_000);

/// Remembers what might be hidden by a loss of sight right after it.
#[derive(Clone, Debug)]
pub struct EscalationMemory {
    rule: EscalationRule,
    violence: Vec<MediaTime>,
    raised: Vec<MediaTime>,
    gatherings: Vec<MediaTime>,
    counts: Vec<(MediaTime, u32)>,
}

impl EscalationMemory {
    /// With nothing seen yet.
    pub fn new(rule: EscalationRule) -> Self {
        let (violence, raised, gatherings, counts) = Default::default();
        Self { rule, violence, raised, gatherings, counts }
    }

    /// So many people are seen.
    pub fn note_people(&mut self, at: MediaTime, people: u32) {
        self.counts.retain(|(then, _)| at - *then <= A_MINUTE);
        self.counts.push((at, people));
        let latest = self.counts.iter().rev().take(LOOKED_BACK).map(|(_, n)| *n);
        let sure = if self.counts.len() < LOOKED_BACK { 0 } else { latest.min().unwrap_or_default() };
        // The second fewest: one picture in which people hide each other is no small number.
        let mut counts: Vec<u32> = self.counts.iter().map(|(_, n)| *n).collect();
        counts.sort_unstable();
        let usual = counts.get(1).copied().unwrap_or(people);
        if sure >= self.rule.gathering_people && sure >= usual + GROWN_BY {
            self.remember(|m| &mut m.gatherings, at);
        }
    }

    /// A signal of possible violence, or of a score on the way there.
    pub fn note_violence(&mut self, signal: &Signal) {
        let at = signal.at.media_time;
        if signal.evidence_rate >= 1.0 {
            self.remember(|m| &mut m.violence, at);
        } else if signal.evidence_rate > 0.0 {
            self.remember(|m| &mut m.raised, at);
        }
    }

    /// The urgent signal of a loss of sight that began soon after an escalation.
    pub fn gap_signal(&self, finding: &Finding) -> Option<Signal> {
        let Finding { at, wrong } = finding;
        if wrong.severity < Severity::Alert || wrong.kind == IncidentKind::CameraDegraded {
            return None; // a preset view is no loss of sight, nor is less of a picture
        }
        let since = wrong.since;
        let mut reasons = self.reasons_before(since);
        if reasons.is_empty() {
            return None;
        }
        reasons.push(Reason::measured(ReasonCode::BlindSecs, secs_between(since, at.media_time)));
        let kind = IncidentKind::GapAfterEscalation;
        Some(signal(kind, *at, since, wrong.strength, Severity::Urgent, reasons))
    }

    /// What escalated soon before sight was lost; nothing where nothing did.
    pub fn reasons_before(&self, since: MediaTime) -> Vec<Reason> {
        let within = |times: &[MediaTime]| times.iter().rev().copied().find(|t| self.precedes(*t, since));
        let raised: Vec<MediaTime> =
            self.raised.iter().chain(&self.violence).copied().filter(|t| self.precedes(*t, since)).collect();
        let last_raised = raised.iter().copied().max();
        let many = last_raised
            .filter(|last| raised.iter().filter(|t| *last - **t <= RAISED_WITHIN).count() >= LEAST_RAISED);
        let found = [
            (ReasonCode::GapAfterViolence, many.and(within(&self.violence))),
            (ReasonCode::GapAfterGathering, within(&self.gatherings)),
            (ReasonCode::GapAfterRaisedScore, many),
        ];
        let reason =
            |(code, then): (_, Option<MediaTime>)| Some(Reason::measured(code, secs_between(then?, since)));
        found.into_iter().filter_map(reason).collect()
    }

    fn precedes(&self, then: MediaTime, since: MediaTime) -> bool {
        then <= since && (since - then).secs_f64() <= self.rule.within_secs
    }

    fn remember(&mut self, list: impl Fn(&mut Self) -> &mut Vec<MediaTime>, at: MediaTime) {
        // Losses are told some time after they began.
        let kept_secs = self.rule.within_secs + 900.0;
        let times = list(self);
        times.retain(|t| (at - *t).secs_f64() <= kept_secs);
        times.push(at);
    }
}

fn secs_between(from: MediaTime, to: MediaTime) -> f32 {
    (to - from).secs_f64() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Size, SourceId};
    use crate::integrity::Wrong;

    fn at(secs: f64) -> FrameRef {
        let size = Size { width: 640, height: 360 };
        FrameRef { source: SourceId(0), index: 0, media_time: MediaTime::from_secs_f64(secs), size }
    }

    fn lost(kind: IncidentKind, since_secs: f64, told_secs: f64) -> Finding {
        let since = MediaTime::from_secs_f64(since_secs);
        let severity = Severity::Alert;
        Finding {
            at: at(told_secs),
            wrong: Wrong { kind, since, strength: 0.9, severity, reasons: Vec::new() },
        }
    }

    fn violence(secs: f64, evidence_rate: f32) -> Signal {
        let since = MediaTime::from_secs_f64(secs);
        let signal = signal(IncidentKind::Violence, at(secs), since, 0.95, Severity::Alert, Vec::new());
        Signal { evidence_rate, ..signal }
    }

    fn after(rate: f32, windows: usize, lost_secs: f64) -> Option<Signal> {
        let mut memory = EscalationMemory::new(EscalationRule::default());
        (0..windows).for_each(|i| memory.note_violence(&violence(100.0 + i as f64 * 0.4, rate)));
        memory.gap_signal(&lost(IncidentKind::CameraCovered, lost_secs, lost_secs + 3.0))
    }

    #[test]
    fn a_cover_soon_after_violence_is_urgent_and_says_how_soon() {
        let signal = after(1.0, 5, 141.6).unwrap();
        assert_eq!((signal.kind, signal.severity), (IncidentKind::GapAfterEscalation, Severity::Urgent));
        let reason = |code| signal.reasons.iter().find(|r| r.code == code).and_then(|r| r.value);
        assert_eq!(reason(ReasonCode::GapAfterViolence), Some(40.0));
        assert_eq!(reason(ReasonCode::BlindSecs), Some(3.0));
    }

    #[test]
    fn one_odd_window_a_late_cover_and_a_cover_before_are_not() {
        assert!(after(1.0, 1, 110.0).is_none() && after(0.4, 2, 110.0).is_none());
        assert!(after(1.0, 5, 230.0).is_none(), "two minutes are over");
        assert!(after(1.0, 5, 90.0).is_none(), "it was covered before");
        assert!(after(0.4, 4, 110.0).is_some(), "a raised score alone is enough");
    }

    #[test]
    fn a_gathering_before_a_gap_in_the_recording_counts() {
        let gap_after = |people: [u32; 10]| {
            let mut memory = EscalationMemory::new(EscalationRule::default());
            (0..10).for_each(|i| memory.note_people(MediaTime::from_millis(i as i64 * 3000), people[i]));
            memory.gap_signal(&lost(IncidentKind::RecordingGap, 30.0, 90.0))
        };
        assert!(gap_after([1, 1, 1, 1, 2, 4, 5, 5, 5, 5]).is_some());
        assert!(gap_after([5; 10]).is_none(), "as many as before");
        assert!(gap_after([1, 1, 1, 1, 1, 1, 1, 1, 1, 5]).is_none(), "one picture is no gathering");
    }
}
