//! What a recording's own clock did, as findings: silences and jumps within one file.

use crate::config::Config;
use crate::domain::{Incident, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Span};
use crate::media::Jump;

/// From so many seconds on a finding is for review, below worth knowing.
const ALERT_SECS: f64 = 60.0;

/// Incidents of the gaps and jumps of one recording, numbered from `first_number` on. A recorder that waits for movement
/// rests without a word.
pub(super) fn incidents_of_clock(
    config: &Config,
    (gaps, resets): (&[Span], &[Jump]),
    records_on_motion: bool,
    first_number: u32,
) -> Vec<Incident> {
    let gaps = gaps.iter().filter(|_| !records_on_motion && config.looks_for(IncidentKind::RecordingGap));
    let gaps = gaps.map(|gap| (IncidentKind::RecordingGap, *gap, ReasonCode::GapSecs, gap.duration_secs()));
    let jumps = resets.iter().filter(|_| config.looks_for(IncidentKind::TimeMismatch));
    let jumps = jumps.filter_map(|jump| match *jump {
        Jump::Reset { at, step_nanos } => {
            let span = Span { start: at, end: at };
            let secs = MediaTime::from_nanos(step_nanos).secs_f64();
            Some((IncidentKind::TimeMismatch, span, ReasonCode::ClockJump, secs))
        }
        Jump::Gap(_) => None,
    });
    let incident =
        |(number, (kind, span, code, secs)): (u32, (IncidentKind, Span, ReasonCode, f64))| Incident {
            number,
            kind,
            span,
            is_open: false,
            peak_score: 1.0,
            peak_at: span.start,
            severity: if secs.abs() > ALERT_SECS { Severity::Alert } else { Severity::Note },
            reasons: vec![Reason::measured(code, secs as f32)],
            regions: Vec::new(),
            people: 0,
        };
    (first_number..).zip(gaps.chain(jumps)).map(incident).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_and_jumps_are_told_unless_the_recorder_rests() {
        let ms = MediaTime::from_millis;
        let gaps = [Span { start: ms(1000), end: ms(121_000) }];
        let resets = [Jump::Reset { at: ms(200_000), step_nanos: -30_000_000_000 }];
        let told = |config: &Config, rests| {
            let found = incidents_of_clock(config, (&gaps, &resets), rests, 7);
            found
                .iter()
                .map(|i| (i.number, i.kind.as_str(), i.severity, i.reasons[0].value))
                .collect::<Vec<_>>()
        };
        let config = Config::default();
        assert_eq!(
            told(&config, false),
            [
                (7, "recording_gap", Severity::Alert, Some(120.0)),
                (8, "time_mismatch", Severity::Note, Some(-30.0))
            ]
        );
        assert_eq!(told(&config, true), [(7, "time_mismatch", Severity::Note, Some(-30.0))]);
        let none = Config { detectors: vec!["violence".into()], ..Config::default() };
        assert_eq!(told(&none, false), []);
    }
}
