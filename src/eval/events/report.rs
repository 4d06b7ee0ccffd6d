//! The line that `eval events` ends with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::{
    F1_ALPHA_ALERT, F1_ALPHA_RECORDING, Figures, REPORTED_TIOU, delay_secs, figures, is_repeat,
    rate_interval, ratio,
};
use super::pairing::{Case, Rule, cases};
use super::sweep::{MissAtRate, REPORTED_RATES, average_precision, miss_at_rate, sweep};
use super::{Alarm, WatchedRecording};
use crate::domain::{IncidentKind, MediaTime, Span};
use crate::eval::interval::{Interval, wilson};
use crate::eval::slices::{secs_by_slice, slices_within};
use crate::eval::{EvalError, Note};

/// The last line of `eval events --json`. A figure that cannot be given is absent, and `notes` says why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventsReport {
    /// `eval_events`.
    #[serde(rename = "type")]
    pub line_type: &'static str,
    /// Version of the line format.
    pub schema: u32,
    /// Over all kinds that were looked for.
    #[serde(flatten)]
    pub figures: Figures,
    /// Recall biases of `f1_alert` and `f1_recording`.
    pub f1_alphas: BTreeMap<&'static str, f64>,
    /// Recordings labelled.
    pub recordings: usize,
    /// The same for each kind that was labelled or flagged.
    pub by_kind: BTreeMap<&'static str, KindReport>,
    /// The same for the dark and the bright, the near and the far, the few and the many.
    pub by_slice: BTreeMap<&'static str, SliceFigures>,
    /// Labelled events of kinds that were not looked for, by kind; they are in no figure.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub not_looked_for: BTreeMap<String, u64>,
    /// Why a figure is missing or weak.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Every event and its flag, by recording and start.
    pub matches: Vec<EventMatch>,
    /// Every flag without an event, by recording and start.
    pub false_alarm_list: Vec<FalseAlarm>,
}

/// Figures of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindReport {
    /// As for all kinds.
    #[serde(flatten)]
    pub figures: Figures,
    /// Average precision of the flags by peak score at temporal intersection over union 0.3 and 0.5.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ap_at_tiou: BTreeMap<String, f64>,
    /// Misses where only flags from a certain peak score on are raised, so that false alarms an hour stay within a rate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub miss_at_rate: BTreeMap<String, MissAtRate>,
}

/// Figures of a slice. Events and flags belong to the slice of most of their pictures, hours to that of each picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SliceFigures {
    /// Labelled events.
    pub events: u64,
    /// Those that have a flag.
    pub hit: u64,
    /// Their share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Its Wilson interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_ci: Option<Interval>,
    /// Flags without an event.
    pub false_alarms: u64,
    /// Hours of footage.
    pub camera_hours: f64,
    /// False alarms by those hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_alarms_per_hour: Option<f64>,
    /// Its Garwood interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_ci: Option<Interval>,
}

/// A labelled event and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventMatch {
    /// The recording, as in the labels.
    pub path: String,
    /// What happens.
    pub kind: &'static str,
    /// From, inclusive.
    pub start_secs: f64,
    /// To, exclusive.
    pub end_secs: f64,
    /// Whether a flag was raised for it.
    pub hit: bool,
    /// From its start to the picture at which the flag was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_secs: Option<f64>,
    /// Highest score of the flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_score: Option<f64>,
}

/// A flag without an event of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FalseAlarm {
    /// The recording, as in the labels.
    pub path: String,
    /// What it points to.
    pub kind: &'static str,
    /// From, inclusive.
    pub start_secs: f64,
    /// To, exclusive.
    pub end_secs: f64,
    /// Its highest score.
    pub peak_score: f64,
    /// Whether it overlaps an event that has its flag already.
    pub is_repeat: bool,
}

/// Judges flags against labels. `not_looked_for`: labelled events that were left out, by kind.
///
/// # Errors
/// A score that cannot be compared.
pub fn events_report(
    recordings: &[WatchedRecording],
    not_looked_for: BTreeMap<String, u64>,
) -> Result<EventsReport, EvalError> {
    for recording in recordings {
        if let Some(alarm) = recording.alarms.iter().find(|a| !a.peak_score.is_finite()) {
            return Err(EvalError::NotFinite { path: recording.path.clone(), score: alarm.peak_score });
        }
    }
    let cases = cases(recordings);
    let all: Vec<&Case<'_>> = cases.iter().collect();
    let figures = figures(recordings, &all);
    let (matches, false_alarm_list) = lists(recordings, &cases);
    Ok(EventsReport {
        line_type: "eval_events",
        schema: 1,
        f1_alphas: [("alert", F1_ALPHA_ALERT), ("recording", F1_ALPHA_RECORDING)].into(),
        recordings: recordings.len(),
        by_kind: by_kind(recordings, &cases),
        by_slice: by_slice(recordings, &cases),
        notes: notes(recordings, &figures, &not_looked_for),
        figures,
        not_looked_for,
        matches,
        false_alarm_list,
    })
}

fn by_kind(recordings: &[WatchedRecording], cases: &[Case<'_>]) -> BTreeMap<&'static str, KindReport> {
    let mut reports = BTreeMap::new();
    for kind in IncidentKind::ALL {
        let of_kind: Vec<&Case<'_>> = cases.iter().filter(|c| c.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let figures = figures(recordings, &of_kind);
        let (events, hours) = (figures.events, figures.camera_hours);
        let points = sweep(&of_kind, Rule::Hit);
        let miss = |rate| Some((format!("{rate}"), miss_at_rate(&points, events, hours, rate)?));
        let ap =
            |tiou| Some((format!("{tiou}"), average_precision(&sweep(&of_kind, Rule::Tiou(tiou)), events)?));
        let report = KindReport {
            ap_at_tiou: REPORTED_TIOU.into_iter().filter_map(ap).collect(),
            miss_at_rate: REPORTED_RATES.into_iter().filter_map(miss).collect(),
            figures,
        };
        reports.insert(kind.as_str(), report);
    }
    reports
}

fn by_slice(recordings: &[WatchedRecording], cases: &[Case<'_>]) -> BTreeMap<&'static str, SliceFigures> {
    let mut slices: BTreeMap<&'static str, SliceFigures> = BTreeMap::new();
    for recording in recordings {
        for (name, secs) in secs_by_slice(&recording.looks) {
            slices.entry(name).or_default().camera_hours += secs / 3600.0;
        }
    }
    for case in cases {
        let slices_of = |span: Span| slices_within(&recordings[case.recording].looks, span);
        let pairs = case.pair(Rule::Hit, f64::NEG_INFINITY);
        for (event, pair) in case.events.iter().zip(&pairs) {
            for name in slices_of(event.span) {
                let slice = slices.entry(name).or_default();
                slice.events += 1;
                slice.hit += u64::from(pair.is_some());
            }
        }
        for (_, alarm) in unpaired(case, &pairs) {
            for name in slices_of(alarm.span) {
                slices.entry(name).or_default().false_alarms += 1;
            }
        }
    }
    for slice in slices.values_mut() {
        slice.recall = ratio(slice.hit as f64, slice.events as f64);
        slice.recall_ci = wilson(slice.hit, slice.events);
        slice.false_alarms_per_hour = ratio(slice.false_alarms as f64, slice.camera_hours);
        slice.rate_ci = rate_interval(slice.false_alarms, slice.camera_hours);
    }
    slices
}

fn unpaired<'a>(
    case: &'a Case<'_>,
    pairs: &'a [Option<usize>],
) -> impl Iterator<Item = (usize, &'a Alarm)> + 'a {
    let is_unpaired = |(i, _): &(usize, &Alarm)| !pairs.contains(&Some(*i));
    case.alarms.iter().copied().enumerate().filter(is_unpaired)
}

fn lists(recordings: &[WatchedRecording], cases: &[Case<'_>]) -> (Vec<EventMatch>, Vec<FalseAlarm>) {
    let (mut matches, mut false_alarms) = (Vec::new(), Vec::new());
    for case in cases {
        let (path, kind) = (&recordings[case.recording].path, case.kind.as_str());
        let pairs = case.pair(Rule::Hit, f64::NEG_INFINITY);
        for (event, pair) in case.events.iter().zip(&pairs) {
            let alarm = pair.map(|i| case.alarms[i]);
            matches.push(EventMatch {
                path: path.clone(),
                kind,
                start_secs: event.span.start.secs_f64(),
                end_secs: event.span.end.secs_f64(),
                hit: alarm.is_some(),
                delay_secs: alarm.map(|a| delay_secs(event, a)),
                peak_score: alarm.map(|a| a.peak_score),
            });
        }
        false_alarms.extend(unpaired(case, &pairs).map(|(i, alarm)| FalseAlarm {
            path: path.clone(),
            kind,
            start_secs: alarm.span.start.secs_f64(),
            end_secs: alarm.span.end.secs_f64(),
            peak_score: alarm.peak_score,
            is_repeat: is_repeat(case, &pairs, i),
        }));
    }
    (matches, false_alarms)
}

fn notes(
    recordings: &[WatchedRecording],
    figures: &Figures,
    not_looked_for: &BTreeMap<String, u64>,
) -> Vec<Note> {
    let mut notes = Vec::new();
    let hours = figures.camera_hours;
    if figures.events == 0 {
        let text = "no event of a kind that was looked for is labelled: there is no recall and no delay";
        notes.push(Note::new("no_events", text));
    }
    if hours <= 0.0 {
        notes.push(Note::new("no_footage", "nothing could be analysed: there is no rate of false alarms"));
    } else if figures.false_alarms == 0 {
        let text = format!(
            "no false alarm in {hours:.3} h bounds the rate only by 3/H = {:.3} an hour (95 %, one-sided)",
            3.0 / hours
        );
        notes.push(Note::new("no_false_alarms", text));
    }
    if hours > 0.0 && REPORTED_RATES[0] * hours < 1.0 {
        let text = format!(
            "{hours:.3} h are too few for {} false alarm an hour: misses at that rate allow none at all",
            REPORTED_RATES[0]
        );
        notes.push(Note::new("short_footage", text));
    }
    if !not_looked_for.is_empty() {
        let kinds: Vec<String> = not_looked_for.iter().map(|(k, n)| format!("{k} ({n})")).collect();
        let text = format!(
            "labelled events of kinds that were not looked for are in no figure, and a flag during one counts as \
             false: {}",
            kinds.join(", ")
        );
        notes.push(Note::new("kinds_not_looked_for", text));
    }
    let is_unread = |r: &&WatchedRecording| {
        let end = MediaTime::from_secs_f64(r.duration_secs);
        r.events.iter().any(|e| e.span.start >= end)
    };
    let unread = recordings.iter().filter(is_unread).count();
    if unread > 0 {
        let text = format!("{unread} recordings could not be read up to their events; these count as missed");
        notes.push(Note::new("events_unread", text));
    }
    notes
}
