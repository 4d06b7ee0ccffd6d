//! The ledger of one recording: how much was there, decoded, looked at and visible.

use crate::domain::{BlindCause, BlindSpan, Coverage, LookedSpan, MediaTime, Span};

/// What a source's threads noted while it ran.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    /// What the container declares, seconds.
    pub expected_secs: Option<f64>,
    /// End of the last picture.
    pub end: MediaTime,
    /// Silences of the recording's own clock.
    pub gaps: Vec<Span>,
    /// Stretches lost to damaged bytes.
    pub damaged: Vec<Span>,
    /// Stretches without sight.
    pub blind: Vec<BlindSpan>,
    /// How each stretch was looked at.
    pub looked: Vec<LookedSpan>,
}

/// Makes the ledger: each of its lengths is at most the one before.
pub fn account(s: Sightings) -> Coverage {
    let length = |spans: &[Span]| spans.iter().map(|s| s.duration_secs()).sum::<f64>();
    let received_secs = (s.end.secs_f64() - length(&s.gaps)).max(0.0);
    let decoded_secs = (received_secs - length(&s.damaged)).max(0.0);
    let looked_secs: f64 = s.looked.iter().map(|l| l.span.duration_secs()).sum();
    let analysed_secs = looked_secs.min(decoded_secs);
    let taken: Vec<Span> = s.gaps.iter().chain(&s.damaged).copied().collect();
    let unseen = united_secs(&s.blind, &taken);
    let mut blind = s.blind;
    blind.extend(s.gaps.into_iter().map(|span| BlindSpan { cause: BlindCause::RecordingGap, span }));
    blind.extend(s.damaged.into_iter().map(|span| BlindSpan { cause: BlindCause::Damaged, span }));
    blind.sort_by_key(|b| (b.span.start, b.cause));
    Coverage {
        expected_secs: s.expected_secs,
        received_secs,
        decoded_secs,
        analysed_secs,
        usable_secs: (analysed_secs - unseen).max(0.0),
        blind,
        looked: s.looked,
        excluded_share: 0.0,
    }
}

/// Seconds within any of `spans` and outside `taken`, each once: causes may overlap, and a gap was taken off already.
fn united_secs(spans: &[BlindSpan], taken: &[Span]) -> f64 {
    let mut edges: Vec<MediaTime> =
        spans.iter().map(|b| b.span).chain(taken.iter().copied()).flat_map(|s| [s.start, s.end]).collect();
    edges.sort_unstable();
    let holds = |span: &Span, piece: &Span| span.start <= piece.start && piece.end <= span.end;
    let pieces = edges.windows(2).map(|pair| Span { start: pair[0], end: pair[1] });
    let is_unseen =
        |piece: &Span| spans.iter().any(|b| holds(&b.span, piece)) && !taken.iter().any(|t| holds(t, piece));
    pieces.filter(is_unseen).map(|piece| piece.duration_secs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Attention;

    fn span(from: i64, to: i64) -> Span {
        Span { start: MediaTime::from_millis(from), end: MediaTime::from_millis(to) }
    }

    #[test]
    fn each_loss_is_taken_off_once() {
        let coverage = account(Sightings {
            expected_secs: Some(70.0),
            end: MediaTime::from_millis(60_000),
            gaps: vec![span(10_000, 20_000)],
            damaged: vec![span(30_000, 32_000)],
            blind: vec![BlindSpan { cause: BlindCause::CameraCovered, span: span(40_000, 46_000) }],
            looked: vec![
                LookedSpan { attention: Attention::Analysed, span: span(0, 40_000) },
                LookedSpan { attention: Attention::Skipped, span: span(40_000, 55_000) },
            ],
        });
        assert_eq!(coverage.received_secs, 50.0);
        assert_eq!(coverage.decoded_secs, 48.0);
        assert_eq!((coverage.analysed_secs, coverage.attended_secs(Attention::Skipped)), (48.0, 15.0));
        assert_eq!(coverage.usable_secs, 42.0);
        let causes: Vec<_> = coverage.blind.iter().map(|b| b.cause.as_str()).collect();
        assert_eq!(causes, ["recording_gap", "damaged", "camera_covered"]);
    }

    #[test]
    fn what_is_unseen_for_two_causes_is_taken_off_once() {
        let blind = |cause, from, to| BlindSpan { cause, span: span(from, to) };
        let coverage = account(Sightings {
            end: MediaTime::from_millis(60_000),
            gaps: vec![span(10_000, 20_000)],
            blind: vec![
                blind(BlindCause::CameraMoved, 5_000, 25_000),
                blind(BlindCause::CameraFrozen, 15_000, 30_000),
            ],
            looked: vec![LookedSpan { attention: Attention::Analysed, span: span(0, 60_000) }],
            ..Sightings::default()
        });
        assert_eq!((coverage.analysed_secs, coverage.usable_secs), (50.0, 35.0));
    }
}
