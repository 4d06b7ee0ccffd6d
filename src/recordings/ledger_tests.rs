//! Hours of made-up recordings.

use super::*;
use crate::config::Config;
use crate::domain::{Attention, BlindSpan, LookedSpan, SourceId, SourceInfo, WallSource};

fn wall(text: &str) -> WallTime {
    WallTime::from_rfc3339(text).unwrap()
}

fn span(from_secs: i64, to_secs: i64) -> Span {
    Span { start: MediaTime::from_millis(from_secs * 1000), end: MediaTime::from_millis(to_secs * 1000) }
}

fn recording(
    number: u32,
    start: Option<&str>,
    secs: i64,
    blind: Vec<BlindSpan>,
) -> (SourcePlace, SourceResult) {
    let id = SourceId(number);
    let wall = start.map(|s| WallStart { at: wall(s), source: WallSource::Filename, error_secs: 1.0 });
    let place =
        SourcePlace { source: id, camera: "Yard".into(), wall, ahead_of_utc_secs: 0, excluded_share: 0.25 };
    let unseen: f64 = blind.iter().map(|b| b.span.duration_secs()).sum();
    let coverage = Coverage {
        expected_secs: Some(secs as f64),
        received_secs: secs as f64,
        decoded_secs: secs as f64,
        analysed_secs: secs as f64,
        usable_secs: secs as f64 - unseen,
        blind,
        looked: vec![LookedSpan { attention: Attention::Analysed, span: span(0, secs) }],
        excluded_share: 0.25,
    };
    let source = SourceInfo { id, path: format!("{number}.mp4").into(), sha256: String::new(), bytes: 1 };
    let result = SourceResult {
        source,
        duration_secs: secs as f64,
        decoder: None,
        coverage,
        incidents: Vec::new(),
        errors: Vec::new(),
        is_complete: true,
    };
    (place, result)
}

fn covered(from: i64, to: i64) -> BlindSpan {
    BlindSpan { cause: BlindCause::CameraCovered, span: span(from, to) }
}

fn missing(file: usize, from: &str, to: &str) -> Finding {
    Finding {
        file,
        kind: IncidentKind::RecordingGap,
        span: span(0, 1),
        severity: crate::domain::Severity::Alert,
        reasons: Vec::new(),
        missing: Some((wall(from), wall(to))),
    }
}

fn filled(
    config: &str,
    recordings: &[(SourcePlace, SourceResult)],
    findings: &[Finding],
    orders: &str,
) -> Vec<CameraHour> {
    let site = Site::of(&Config::parse(config).unwrap());
    let sources: Vec<_> = recordings.iter().map(|(p, r)| (p, r)).collect();
    let orders = super::super::read_work_orders(orders).unwrap();
    ledger(&site, &sources, findings, &orders)
}

const HEAD: &str = "camera,entered_at,from,to\n";

#[test]
fn hours_take_their_part_and_only_orders_from_before_explain() {
    let recordings = [
        recording(0, Some("2026-03-01T00:30:00Z"), 3600, vec![covered(600, 1200)]),
        recording(1, Some("2026-03-01T02:00:00Z"), 3600, vec![]),
    ];
    let gap = [missing(0, "2026-03-01T01:30:00Z", "2026-03-01T02:00:00Z")];
    let order = |entered: &str| format!("{HEAD}Yard,{entered},2026-03-01T01:00:00Z,2026-03-01T01:45:00Z\n");
    let hours = filled("", &recordings, &gap, &order("2026-02-28T00:00:00Z"));
    let secs: Vec<_> = hours.iter().map(|h| (h.expected_secs, h.usable_secs, h.blind_secs())).collect();
    assert_eq!(secs, [(1800.0, 1200.0, 600.0), (3600.0, 1800.0, 1800.0), (3600.0, 3600.0, 0.0)]);
    let blind = |h: &CameraHour| (h.blind[0].cause.clone(), h.blind[0].secs, h.blind[0].explained_secs);
    assert_eq!(blind(&hours[0]), ("camera_covered".to_owned(), 600.0, 0.0));
    assert_eq!(blind(&hours[1]), ("recording_gap".to_owned(), 1800.0, 900.0));
    assert_eq!(hours[1].unexplained_secs(), 900.0);
    assert_eq!(hours[0].excluded_secs, 300.0);

    let later = filled("", &recordings, &gap, &order("2026-03-01T01:30:00Z"));
    assert_eq!(later[1].unexplained_secs(), 1800.0, "entered when it had begun");
    let other = filled("", &recordings, &gap, &order("2026-02-28T00:00:00Z").replace("Yard", "Gate"));
    assert_eq!(other[1].unexplained_secs(), 1800.0);
}

#[test]
fn what_is_expected_follows_the_schedule() {
    let recordings = [
        recording(0, Some("2026-03-01T00:00:00Z"), 1800, vec![]),
        recording(1, Some("2026-03-01T02:00:00Z"), 1800, vec![]),
    ];
    let motion = filled("[[cameras]]\nname = 'Yard'\nrecording = 'motion'", &recordings, &[], HEAD);
    let told: Vec<_> = motion.iter().map(|h| (h.expected_secs, h.blind_secs())).collect();
    assert_eq!(told, [(1800.0, 0.0), (1800.0, 0.0)], "what rests is not expected");
    let hours = "timezone = 'UTC'\n[[cameras]]\nname = 'Yard'\nrecording = 'hours'\nhours = ['00:00-01:00']";
    let hours = filled(hours, &recordings, &[], HEAD);
    let told: Vec<_> = hours.iter().map(|h| (h.expected_secs, h.received_secs)).collect();
    assert_eq!(told, [(3600.0, 1800.0), (0.0, 1800.0)]);
    assert_eq!(hours[0].blind[0].cause, "not_analysed");
}

#[test]
fn a_recording_without_a_time_of_day_has_a_row_of_its_own() {
    let hours = filled("", &[recording(0, None, 100, vec![covered(10, 30)])], &[], HEAD);
    assert_eq!(hours.len(), 1);
    assert_eq!((hours[0].hour, hours[0].expected_secs, hours[0].usable_secs), (None, 100.0, 80.0));
    assert_eq!((hours[0].blind[0].cause.as_str(), hours[0].blind[0].secs), ("camera_covered", 20.0));
}
