//! Arithmetic of stretches of time.

use crate::domain::{MediaTime, Span};

/// Seconds that two spans share.
pub(super) fn overlap_secs(a: Span, b: Span) -> f64 {
    (a.end.min(b.end) - a.start.max(b.start)).secs_f64().max(0.0)
}

/// Temporal intersection over union, 0 to 1.
pub(super) fn tiou(a: Span, b: Span) -> f64 {
    let shared = overlap_secs(a, b);
    let both = a.duration_secs() + b.duration_secs() - shared;
    if both > 0.0 { shared / both } else { 0.0 }
}

/// Seconds covered by at least one of the spans, within the first `length_secs`.
pub(super) fn covered_secs(spans: impl IntoIterator<Item = Span>, length_secs: f64) -> f64 {
    let end = MediaTime::from_secs_f64(length_secs);
    let mut spans: Vec<Span> = spans.into_iter().collect();
    spans.sort_by_key(|s| s.start);
    let (mut covered, mut reached) = (0.0, MediaTime::ZERO);
    for span in spans {
        let (from, to) = (span.start.max(reached), span.end.min(end));
        if to > from {
            covered += (to - from).secs_f64();
            reached = to;
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { start: MediaTime::from_millis(from * 1000), end: MediaTime::from_millis(to * 1000) }
    }

    #[test]
    fn shared_time_and_its_share() {
        assert_eq!(overlap_secs(span(0, 10), span(6, 20)), 4.0);
        assert_eq!(overlap_secs(span(0, 10), span(10, 20)), 0.0);
        assert_eq!(tiou(span(0, 10), span(5, 20)), 0.25);
        assert_eq!(tiou(span(3, 3), span(3, 3)), 0.0);
    }

    #[test]
    fn overlapping_time_is_covered_once_and_only_within_the_recording() {
        assert_eq!(covered_secs([span(5, 9), span(0, 2), span(1, 4), span(6, 7)], 100.0), 8.0);
        assert_eq!(covered_secs([span(5, 9), span(20, 30)], 8.0), 3.0);
        assert_eq!(covered_secs([], 8.0), 0.0);
    }
}
