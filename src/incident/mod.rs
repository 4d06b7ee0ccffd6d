//! From signals to incidents: evidence gathers, an incident opens, extends, merges with its neighbours and ends.
//!
//! Evidence is counted in seconds: a window at the alarm level adds its own time, one below it less, one of calm takes
//! some away, and an open incident outlives a quiet moment. So a single odd window raises nothing and a blow between
//! two pauses is one incident, not three.

use crate::config::Config;
use crate::domain::{
    BBox, FrameRef, Incident, IncidentEvent, IncidentKind, MediaTime, Reason, ReasonCode, Region, Severity,
    Signal, Span,
};

/// Regions that overlap at all, once enlarged by this share, belong to the same incident.
const SAME_PLACE_MARGIN: f32 = 0.5;
/// One region a second is kept, at most so many.
const MOST_REGIONS: usize = 240;
/// An update is said when the score grew by this much, or every [`UPDATE_EVERY`].
const UPDATE_SCORE_STEP: f32 = 0.05;
const UPDATE_EVERY: MediaTime = MediaTime::from_millis(5_000);
/// Longest step between two windows that counts as continuous evidence.
const LONGEST_STEP_SECS: f64 = 2.0;
/// Rules that confirm by themselves end this long after their last signal.
const RULE_QUIET_SECS: f64 = 5.0;
/// The same for postures held for long, where pictures may be many seconds apart and people hidden in between.
const HELD_QUIET_SECS: f64 = 15.0;
/// The camera's own state is told from key picture to key picture where nothing moves, and these may be 12 s apart.
const CAMERA_QUIET_SECS: f64 = 15.0;

/// Evidence for something that is not yet, or already, an incident.
struct Case {
    incident: Incident,
    evidence_secs: f64,
    is_announced: bool,
    /// Last signal that speaks for it.
    last_support: MediaTime,
    /// Last signal of full weight.
    last_alarm: Option<MediaTime>,
    last_signal: MediaTime,
    last_update: MediaTime,
    said_score: f32,
    bbox_in_frame: BBox,
}

/// Keeps the cases of one source.
pub struct IncidentKeeper {
    evidence_secs: f64,
    quiet_secs: f64,
    cases: Vec<Case>,
    next_number: u32,
}

impl IncidentKeeper {
    /// Steered by the rules' timings.
    pub fn new(config: &Config) -> Self {
        Self {
            evidence_secs: config.violence.evidence_secs,
            quiet_secs: config.violence.quiet_secs,
            cases: Vec::new(),
            next_number: 0,
        }
    }

    /// Takes all signals found at one picture (possibly none).
    pub fn push(&mut self, at: FrameRef, signals: Vec<Signal>) -> Vec<IncidentEvent> {
        for signal in signals {
            self.take(signal);
        }
        self.merge_open();
        let mut events = self.announce();
        events.extend(self.close(at.media_time));
        events
    }

    /// Ends whatever is still open. A case that was still gathering evidence when the recording stopped is raised too:
    /// what would have come next is not known, and a short clip must not be able to hide a blow.
    pub fn finish(&mut self) -> Vec<IncidentEvent> {
        let mut events = Vec::new();
        for mut case in std::mem::take(&mut self.cases) {
            let was_rising = case.last_alarm == Some(case.last_signal);
            if !case.is_announced && was_rising {
                events.push(case.announce(&mut self.next_number));
            }
            if case.is_announced {
                events.push(end(case));
            }
        }
        events
    }

    fn take(&mut self, signal: Signal) {
        let needed = self.needed_evidence_secs(signal.kind);
        let is_same =
            |c: &Case| c.incident.kind == signal.kind && share_place(c.bbox_in_frame, signal.region_in_frame);
        match self.cases.iter().position(is_same) {
            Some(i) => self.cases[i].add(&signal, needed),
            None if signal.evidence_rate > 0.0 => self.cases.push(Case::open(&signal, needed)),
            None => {}
        }
    }

    fn needed_evidence_secs(&self, kind: IncidentKind) -> f64 {
        if kind == IncidentKind::Violence { self.evidence_secs } else { 0.0 }
    }

    fn quiet_secs(&self, kind: IncidentKind) -> f64 {
        match kind {
            IncidentKind::Violence => self.quiet_secs,
            IncidentKind::HandsOnWall
            | IncidentKind::SquatOrKneel
            | IncidentKind::RaisedArmsFixed
            | IncidentKind::ForcedStanding
            | IncidentKind::ProneRestraint => HELD_QUIET_SECS,
            kind if kind.is_of_camera() => CAMERA_QUIET_SECS,
            _ => RULE_QUIET_SECS,
        }
    }

    /// Two groups that grew together are one case; the one announced first keeps its number.
    fn merge_open(&mut self) {
        let mut i = 0;
        while i < self.cases.len() {
            let mut j = i + 1;
            while j < self.cases.len() {
                let (a, b) = (&self.cases[i], &self.cases[j]);
                let both_announced = a.is_announced && b.is_announced;
                let is_same =
                    a.incident.kind == b.incident.kind && share_place(a.bbox_in_frame, b.bbox_in_frame);
                if is_same && !both_announced {
                    let other = self.cases.remove(j);
                    self.cases[i].absorb(other);
                } else {
                    j += 1;
                }
            }
            i += 1;
        }
    }

    fn announce(&mut self) -> Vec<IncidentEvent> {
        let mut events = Vec::new();
        for mut case in std::mem::take(&mut self.cases) {
            let needed_secs = self.needed_evidence_secs(case.incident.kind);
            if !case.is_announced && case.evidence_secs >= needed_secs {
                events.push(case.announce(&mut self.next_number));
            } else if case.is_announced && case.is_news() {
                case.said();
                events.push(IncidentEvent::Update(case.incident.clone()));
            }
            self.cases.push(case);
        }
        events
    }

    fn close(&mut self, now: MediaTime) -> Vec<IncidentEvent> {
        let cases = std::mem::take(&mut self.cases);
        let is_over = |c: &Case| (now - c.last_support).secs_f64() > self.quiet_secs(c.incident.kind);
        let (over, kept): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(is_over);
        self.cases = kept;
        over.into_iter().filter(|c| c.is_announced).map(end).collect()
    }
}

impl Case {
    fn open(signal: &Signal, needed_secs: f64) -> Self {
        let incident = Incident {
            number: 0,
            kind: signal.kind,
            span: signal.span,
            is_open: true,
            peak_score: 0.0,
            peak_at: signal.at.media_time,
            severity: Severity::Note,
            reasons: Vec::new(),
            regions: Vec::new(),
            people: 0,
        };
        let at = signal.at.media_time;
        let mut case = Self {
            incident,
            evidence_secs: 0.0,
            is_announced: false,
            last_support: at,
            last_alarm: None,
            last_signal: at,
            last_update: at,
            said_score: 0.0,
            bbox_in_frame: signal.region_in_frame,
        };
        case.add(signal, needed_secs);
        if signal.evidence_rate >= 1.0 {
            // The first window already speaks for a step of its own, as any later one does.
            case.evidence_secs = case.evidence_secs.max(needed_secs / 4.0);
        }
        case
    }

    fn add(&mut self, signal: &Signal, needed_secs: f64) {
        let at = signal.at.media_time;
        let step_secs = (at - self.last_signal).secs_f64().min(LONGEST_STEP_SECS);
        self.last_signal = at;
        // Bounded, so that an hour of evidence does not take half an hour to fade.
        self.evidence_secs = (self.evidence_secs + f64::from(signal.evidence_rate) * step_secs)
            .clamp(0.0, needed_secs.max(1.0) * 3.0);
        if signal.evidence_rate <= 0.0 {
            return;
        }
        self.last_support = at;
        if signal.evidence_rate >= 1.0 {
            self.last_alarm = Some(at);
        }
        let incident = &mut self.incident;
        incident.span = if incident.kind == IncidentKind::Violence {
            Span { start: incident.span.start, end: signal.span.end.max(incident.span.end) }
        } else {
            incident.span.cover(signal.span)
        };
        if signal.strength > incident.peak_score {
            incident.peak_score = signal.strength;
            incident.peak_at = at;
        }
        merge_reasons(&mut incident.reasons, &signal.reasons);
        incident.people = incident.people.max(people_of(signal));
        incident.severity = incident.severity.max(signal.severity);
        self.bbox_in_frame = signal.region_in_frame;
        note_region(incident, Region { media_time: at, bbox_in_frame: signal.region_in_frame });
    }

    fn absorb(&mut self, other: Self) {
        let (a, b) = (&mut self.incident, other.incident);
        a.span = a.span.cover(b.span);
        if b.peak_score > a.peak_score {
            (a.peak_score, a.peak_at) = (b.peak_score, b.peak_at);
        }
        merge_reasons(&mut a.reasons, &b.reasons);
        a.people = a.people.max(b.people);
        a.severity = a.severity.max(b.severity);
        for region in b.regions {
            note_region(a, region);
        }
        a.regions.sort_by_key(|r| r.media_time);
        if other.is_announced {
            a.number = b.number;
        }
        self.is_announced |= other.is_announced;
        self.evidence_secs = self.evidence_secs.max(other.evidence_secs);
        self.last_support = self.last_support.max(other.last_support);
        self.last_alarm = self.last_alarm.max(other.last_alarm);
        self.bbox_in_frame = self.bbox_in_frame.union(other.bbox_in_frame);
    }

    fn announce(&mut self, next_number: &mut u32) -> IncidentEvent {
        self.is_announced = true;
        self.incident.number = *next_number;
        *next_number += 1;
        self.said();
        IncidentEvent::New(self.incident.clone())
    }

    fn said(&mut self) {
        self.last_update = self.last_support;
        self.said_score = self.incident.peak_score;
    }

    fn is_news(&self) -> bool {
        self.incident.peak_score >= self.said_score + UPDATE_SCORE_STEP
            || self.last_support - self.last_update >= UPDATE_EVERY
    }
}

fn end(mut case: Case) -> IncidentEvent {
    case.incident.is_open = false;
    IncidentEvent::End(case.incident)
}

fn share_place(a: BBox, b: BBox) -> bool {
    a.enlarged(SAME_PLACE_MARGIN).intersection_area(b.enlarged(SAME_PLACE_MARGIN)) > 0.0
}

fn note_region(incident: &mut Incident, region: Region) {
    let is_peak = region.media_time == incident.peak_at;
    let is_new_second = incident
        .regions
        .last()
        .is_none_or(|last| region.media_time - last.media_time >= MediaTime::from_millis(1000));
    if (is_new_second || is_peak) && incident.regions.len() < MOST_REGIONS {
        incident.regions.push(region);
    }
}

/// Keeps the strongest form of each reason: the highest value, but the smallest distance and least detail.
fn merge_reasons(kept: &mut Vec<Reason>, new: &[Reason]) {
    for reason in new {
        let smallest_wins = matches!(
            reason.code,
            ReasonCode::PeopleClose
                | ReasonCode::DetailLost
                | ReasonCode::SharpnessLeft
                | ReasonCode::PictureRate
                | ReasonCode::PictureLines
                | ReasonCode::AfterViolence
                | ReasonCode::GapAfterViolence
                | ReasonCode::GapAfterGathering
                | ReasonCode::GapAfterRaisedScore
        );
        match kept.iter_mut().find(|k| k.code == reason.code) {
            None => kept.push(*reason),
            Some(old) => {
                let is_stronger = match (old.value, reason.value) {
                    (Some(o), Some(n)) => (n < o) == smallest_wins && n != o,
                    _ => false,
                };
                if is_stronger {
                    *old = *reason;
                }
            }
        }
    }
    kept.sort_by_key(|r| r.code);
}

fn people_of(signal: &Signal) -> u32 {
    let counted = signal.reasons.iter().find(|r| r.code == ReasonCode::PeopleTogether).and_then(|r| r.value);
    counted.map_or(signal.tracks.len() as u32, |n| n as u32)
}

#[cfg(test)]
mod tests;
