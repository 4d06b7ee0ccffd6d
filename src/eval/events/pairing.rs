//! Events and flags of one kind in one recording, and which belong together.

use super::spans::{overlap_secs, tiou};
use super::{Alarm, LabelledEvent, WatchedRecording};
use crate::domain::{IncidentKind, Span};
use crate::eval::matching::best_pairs;

/// Seconds of overlap that make a hit.
const HIT_SECS: f64 = 1.0;
/// Share of an event shorter than that.
const HIT_SHARE: f64 = 0.5;

/// When a flag may stand for an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rule {
    /// It overlaps the event by 1 s, or by half of an event shorter than 1 s.
    Hit,
    /// Its temporal intersection over union with the event is at least this.
    Tiou(f64),
}

impl Rule {
    /// How well a flag stands for an event; `None` where it does not.
    fn weight(self, event: Span, alarm: Span) -> Option<u32> {
        let overlap = overlap_secs(event, alarm);
        match self {
            Self::Hit => {
                let duration = event.duration_secs();
                let needed = if duration < HIT_SECS { HIT_SHARE * duration } else { HIT_SECS };
                // A hair of room, so that 1 s told in decimals is 1 s.
                (overlap >= needed - 1e-6).then_some((overlap * 1e3) as u32)
            }
            Self::Tiou(least) => {
                let share = tiou(event, alarm);
                (share >= least - 1e-9).then_some((share * 1e6) as u32)
            }
        }
    }
}

/// One kind in one recording.
pub(super) struct Case<'a> {
    /// Which recording.
    pub recording: usize,
    /// Which kind.
    pub kind: IncidentKind,
    /// Its events.
    pub events: Vec<&'a LabelledEvent>,
    /// Its flags.
    pub alarms: Vec<&'a Alarm>,
}

/// All recordings, taken apart by kind.
pub(super) fn cases(recordings: &[WatchedRecording]) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for (recording, watched) in recordings.iter().enumerate() {
        for kind in IncidentKind::ALL {
            let events: Vec<_> = watched.events.iter().filter(|e| e.kind == kind).collect();
            let alarms: Vec<_> = watched.alarms.iter().filter(|a| a.kind == kind).collect();
            if !(events.is_empty() && alarms.is_empty()) {
                cases.push(Case { recording, kind, events, alarms });
            }
        }
    }
    cases
}

impl Case<'_> {
    /// The flag of each event, by index; only flags that reach `least_score` take part.
    pub fn pair(&self, rule: Rule, least_score: f64) -> Vec<Option<usize>> {
        let weight = |event: &LabelledEvent, alarm: &Alarm| {
            let takes_part = alarm.peak_score >= least_score;
            takes_part.then(|| rule.weight(event.span, alarm.span)).flatten()
        };
        let row = |event: &&LabelledEvent| self.alarms.iter().map(|a| weight(event, a)).collect();
        best_pairs(&self.events.iter().map(row).collect::<Vec<_>>())
    }

    /// How many events have a flag.
    pub fn hits(&self, rule: Rule, least_score: f64) -> u64 {
        self.pair(rule, least_score).iter().flatten().count() as u64
    }

    /// How many flags reach a score.
    pub fn alarms_from(&self, least_score: f64) -> u64 {
        self.alarms.iter().filter(|a| a.peak_score >= least_score).count() as u64
    }
}
