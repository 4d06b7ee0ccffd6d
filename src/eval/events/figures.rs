//! The figures of one set of events and flags, of one kind or of all.

use serde::Serialize;

use super::pairing::{Case, Rule};
use super::spans::covered_secs;
use super::{Alarm, LabelledEvent, WatchedRecording};
use crate::domain::Span;
use crate::eval::interval::{Interval, poisson_mean, wilson};

/// Recall bias of the i-LIDS measure F1 = (a + 1) R P / (R + a P) for the role of an operational alert, where every false
/// alarm calls a person: a = 0.25, which is the common F0.5. i-LIDS gives each scenario its own biases and has none for
/// violence, so this one and the next are ours.
pub const F1_ALPHA_ALERT: f64 = 0.25;
/// The same for the role of event recording, where what is flagged is reviewed later and a miss costs more: a = 4, which
/// is the common F2.
pub const F1_ALPHA_RECORDING: f64 = 4.0;

/// Overlaps at which localisation is reported.
pub(super) const REPORTED_TIOU: [f64; 2] = [0.3, 0.5];

/// What is found, how often in vain, how soon and how exactly. What cannot be given is absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Labelled events.
    pub events: u64,
    /// Those that have a flag.
    pub hit: u64,
    /// Their share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Its Wilson interval, as if events were independent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_ci: Option<Interval>,
    /// Flags raised.
    pub alarms: u64,
    /// Those that belong to no event.
    pub false_alarms: u64,
    /// Those among them that overlap an event which has its flag already.
    pub repeated_alarms: u64,
    /// Hours of footage that the models looked at.
    pub camera_hours: f64,
    /// False alarms by those hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_alarms_per_hour: Option<f64>,
    /// Its Garwood interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_ci: Option<Interval>,
    /// Share of flags that have an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Median time from an event's start to the picture at which its flag was raised, over the events that have one;
    /// 0 where the flag was raised before the event began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_delay_secs: Option<f64>,
    /// The same over all events, a miss counting as later than any delay; absent where half or more are missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_delay_with_misses_secs: Option<f64>,
    /// Events without a flag: their delay is not known.
    pub censored_delays: u64,
    /// Share of events that have a flag of their own with a temporal intersection over union of at least 0.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiou_0_3: Option<f64>,
    /// The same for 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiou_0_5: Option<f64>,
    /// Share of the footage that lies within a flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged_share: Option<f64>,
    /// Share of the time outside all events that lies within a flag: the time-based rate of false alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged_share_outside_events: Option<f64>,
    /// i-LIDS F1 for the role of an operational alert, see [`F1_ALPHA_ALERT`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_alert: Option<f64>,
    /// i-LIDS F1 for the role of event recording, see [`F1_ALPHA_RECORDING`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_recording: Option<f64>,
}

/// Figures over some cases (of one kind or of all); `recordings` are all of them, with or without flags.
pub(super) fn figures(recordings: &[WatchedRecording], cases: &[&Case<'_>]) -> Figures {
    let count = |of: &dyn Fn(&Case<'_>) -> u64| cases.iter().map(|c| of(c)).sum::<u64>();
    let (events, alarms) = (count(&|c| c.events.len() as u64), count(&|c| c.alarms.len() as u64));
    let hit = count(&|c| c.hits(Rule::Hit, f64::NEG_INFINITY));
    let localised =
        |tiou| ratio(count(&|c| c.hits(Rule::Tiou(tiou), f64::NEG_INFINITY)) as f64, events as f64);
    let camera_hours = recordings.iter().map(|r| r.analysed_secs).sum::<f64>() / 3600.0;
    let false_alarms = alarms - hit;
    let delays = delays_secs(cases);
    let (recall, precision) = (ratio(hit as f64, events as f64), ratio(hit as f64, alarms as f64));
    let time = TimeSums::of(recordings, cases);
    Figures {
        events,
        hit,
        recall,
        recall_ci: wilson(hit, events),
        alarms,
        false_alarms,
        repeated_alarms: count(&repeats),
        camera_hours,
        false_alarms_per_hour: ratio(false_alarms as f64, camera_hours),
        rate_ci: rate_interval(false_alarms, camera_hours),
        precision,
        median_delay_secs: median(&delays, delays.len()),
        median_delay_with_misses_secs: median(&delays, events as usize),
        censored_delays: events - hit,
        tiou_0_3: localised(REPORTED_TIOU[0]),
        tiou_0_5: localised(REPORTED_TIOU[1]),
        flagged_share: ratio(time.flagged, time.footage),
        flagged_share_outside_events: ratio(
            (time.flagged_or_event - time.event).max(0.0),
            time.footage - time.event,
        ),
        f1_alert: f1(recall, precision, F1_ALPHA_ALERT),
        f1_recording: f1(recall, precision, F1_ALPHA_RECORDING),
    }
}

/// Garwood's interval of a rate an hour; `None` without footage.
pub(super) fn rate_interval(count: u64, hours: f64) -> Option<Interval> {
    let mean = poisson_mean(count);
    (hours > 0.0).then(|| Interval { lo: mean.lo / hours, hi: mean.hi / hours })
}

pub(super) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Flags without an event that overlap one all the same.
fn repeats(case: &Case<'_>) -> u64 {
    let pairs = case.pair(Rule::Hit, f64::NEG_INFINITY);
    let is_repeat = |i: &usize| is_repeat(case, &pairs, *i);
    (0..case.alarms.len()).filter(is_repeat).count() as u64
}

/// Whether a flag is without an event of its own, yet overlaps one.
pub(super) fn is_repeat(case: &Case<'_>, pairs: &[Option<usize>], alarm: usize) -> bool {
    let overlaps = |e: &&LabelledEvent| super::spans::overlap_secs(e.span, case.alarms[alarm].span) > 0.0;
    !pairs.contains(&Some(alarm)) && case.events.iter().any(overlaps)
}

/// Seconds from an event's start to the picture at which its flag was raised.
pub(super) fn delay_secs(event: &LabelledEvent, alarm: &Alarm) -> f64 {
    (alarm.raised_at - event.span.start).secs_f64().max(0.0)
}

/// Delays of all events that have a flag, shortest first.
fn delays_secs(cases: &[&Case<'_>]) -> Vec<f64> {
    let mut delays = Vec::new();
    for case in cases {
        let pairs = case.pair(Rule::Hit, f64::NEG_INFINITY);
        let found = case.events.iter().zip(pairs).filter_map(|(e, a)| Some(delay_secs(e, case.alarms[a?])));
        delays.extend(found);
    }
    delays.sort_by(f64::total_cmp);
    delays
}

/// Median of `all` values of which only the smallest are known; `None` where it is not among them.
fn median(known: &[f64], all: usize) -> Option<f64> {
    let (lower, upper) = ((all.checked_sub(1)?) / 2, all / 2);
    Some(f64::midpoint(*known.get(lower)?, *known.get(upper)?))
}

/// i-LIDS's measure with a recall bias: near the precision for a small `alpha`, near the recall for a large one. 0 where
/// nothing is found; `None` without events. Without flags the precision is taken as 0.
fn f1(recall: Option<f64>, precision: Option<f64>, alpha: f64) -> Option<f64> {
    let (recall, precision) = (recall?, precision.unwrap_or(0.0));
    let below = recall + alpha * precision;
    Some(if below > 0.0 { (alpha + 1.0) * recall * precision / below } else { 0.0 })
}

/// Seconds over all recordings.
#[derive(Default)]
struct TimeSums {
    footage: f64,
    flagged: f64,
    event: f64,
    flagged_or_event: f64,
}

impl TimeSums {
    fn of(recordings: &[WatchedRecording], cases: &[&Case<'_>]) -> Self {
        let mut sums = Self::default();
        for (i, recording) in recordings.iter().enumerate() {
            let here: Vec<_> = cases.iter().filter(|c| c.recording == i).collect();
            let events: Vec<Span> = here.iter().flat_map(|c| c.events.iter().map(|e| e.span)).collect();
            let alarms: Vec<Span> = here.iter().flat_map(|c| c.alarms.iter().map(|a| a.span)).collect();
            let gaps = || recording.gaps.iter().copied();
            let length = recording.duration_secs;
            let silent = covered_secs(gaps(), length);
            let footage_in = |spans: &[Span]| {
                (covered_secs(spans.iter().copied().chain(gaps()), length) - silent).max(0.0)
            };
            sums.footage += length - silent;
            sums.flagged += footage_in(&alarms);
            sums.event += footage_in(&events);
            sums.flagged_or_event += footage_in(&[events, alarms].concat());
        }
        sums
    }
}
