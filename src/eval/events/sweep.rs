//! What would be found and flagged in vain if only flags from a certain peak score on were raised.

use serde::Serialize;

use super::pairing::{Case, Rule};

/// False alarms an hour of footage at which misses are reported.
pub(super) const REPORTED_RATES: [f64; 3] = [1.0, 10.0, 60.0];

/// Misses at a bounded rate of false alarms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MissAtRate {
    /// Share of events that is missed, 0 to 1.
    pub miss_rate: f64,
    /// False alarms an hour that come with it, at most the rate asked for.
    pub false_alarms_per_hour: f64,
    /// Least peak score that is let through; absent where every raised flag is, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_score: Option<f64>,
    /// Whether every raised flag is let through: a higher rate changes nothing.
    pub all_alarms: bool,
}

/// One least score and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    least_score: f64,
    hits: u64,
    alarms: u64,
}

/// From the strictest least score, which lets nothing through, to the mildest, which lets everything through. All cases
/// are of one kind: scores of different kinds cannot be compared.
pub(super) fn sweep(cases: &[&Case<'_>], rule: Rule) -> Vec<Point> {
    let mut scores: Vec<f64> = cases.iter().flat_map(|c| c.alarms.iter().map(|a| a.peak_score)).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.dedup();
    let sum = |count: &dyn Fn(&Case<'_>) -> u64| cases.iter().map(|c| count(c)).sum();
    let point = |least_score: f64| Point {
        least_score,
        hits: sum(&|c| c.hits(rule, least_score)),
        alarms: sum(&|c| c.alarms_from(least_score)),
    };
    [f64::INFINITY].into_iter().chain(scores).map(point).collect()
}

/// Fewest misses with at most `rate` false alarms an hour. `None` without events or footage.
pub(super) fn miss_at_rate(points: &[Point], events: u64, hours: f64, rate: f64) -> Option<MissAtRate> {
    if events == 0 || hours <= 0.0 {
        return None;
    }
    // A hair of room: 10 an hour in 0.3 hours must allow 3.
    let is_within = |p: &&Point| (p.alarms - p.hits) as f64 <= rate * hours + 1e-9;
    // Of equally many hits the strictest, which comes first.
    let best = points.iter().filter(is_within).reduce(|a, b| if b.hits > a.hits { b } else { a })?;
    let all_alarms = points.last().is_some_and(|last| last.least_score >= best.least_score);
    Some(MissAtRate {
        miss_rate: (events - best.hits) as f64 / events as f64,
        false_alarms_per_hour: (best.alarms - best.hits) as f64 / hours,
        least_score: (best.least_score.is_finite() && !all_alarms).then_some(best.least_score),
        all_alarms,
    })
}

/// Average precision: precision at each least score, weighted by the recall it adds. `None` without events.
pub(super) fn average_precision(points: &[Point], events: u64) -> Option<f64> {
    let mut before = 0;
    let mut sum = 0.0;
    for point in points.iter().filter(|p| p.alarms > 0) {
        let precision = point.hits as f64 / point.alarms as f64;
        sum += point.hits.saturating_sub(before) as f64 * precision;
        before = point.hits.max(before);
    }
    (events > 0).then(|| sum / events as f64)
}
