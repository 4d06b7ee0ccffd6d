use super::*;
use crate::domain::{Size, SourceId};

const SIZE: Size = Size { width: 640, height: 360 };
const LEFT: BBox = BBox { x: 50.0, y: 100.0, width: 100.0, height: 150.0 };
const RIGHT: BBox = BBox { x: 480.0, y: 100.0, width: 100.0, height: 150.0 };

fn frame(millis: i64) -> FrameRef {
    FrameRef {
        source: SourceId(0),
        index: millis as u64 / 200,
        media_time: MediaTime::from_millis(millis),
        size: SIZE,
    }
}

fn window(millis: i64, region_in_frame: BBox, strength: f32) -> Signal {
    let at = frame(millis);
    Signal {
        kind: IncidentKind::Violence,
        at,
        span: Span { start: MediaTime::from_millis((millis - 1800).max(0)), end: at.media_time },
        region_in_frame,
        tracks: Vec::new(),
        strength,
        evidence_rate: ((strength - 0.25) / 0.25).clamp(-0.5, 1.0),
        severity: Severity::Alert,
        reasons: vec![Reason::measured(ReasonCode::ModelProbability, strength)],
    }
}

/// Plays windows 400 ms apart; each entry is the strength on the left and on the right, where there is one.
fn play(windows: &[(Option<f32>, Option<f32>)]) -> Vec<IncidentEvent> {
    let mut keeper = IncidentKeeper::new(&Config::default());
    let mut events = Vec::new();
    for (i, (left, right)) in windows.iter().enumerate() {
        let millis = 2000 + i as i64 * 400;
        let signals = [(LEFT, left), (RIGHT, right)];
        let signals = signals.iter().filter_map(|(at, s)| s.map(|s| window(millis, *at, s))).collect();
        events.extend(keeper.push(frame(millis), signals));
    }
    events.extend(keeper.finish());
    events
}

fn names(events: &[IncidentEvent]) -> Vec<&'static str> {
    events.iter().map(IncidentEvent::name).collect()
}

fn repeated(strength: f32, times: usize) -> Vec<(Option<f32>, Option<f32>)> {
    vec![(Some(strength), None); times]
}

#[test]
fn a_single_odd_window_raises_nothing() {
    assert!(play(&[repeated(0.9, 1), repeated(0.1, 20)].concat()).is_empty());
}

#[test]
fn a_recording_that_stops_while_evidence_rises_is_flagged() {
    assert_eq!(names(&play(&repeated(0.9, 1))), ["new", "end"]);
    assert!(play(&[repeated(0.9, 1), repeated(0.1, 1)].concat()).is_empty());
}

#[test]
fn middling_scores_must_last() {
    assert!(play(&[repeated(0.4, 6), repeated(0.1, 6)].concat()).is_empty());
    assert!(play(&repeated(0.4, 6)).is_empty(), "nor does the end of a recording make them a flag");
    assert_eq!(names(&play(&[repeated(0.4, 12), repeated(0.1, 12)].concat())), ["new", "end"]);
}

#[test]
fn lasting_evidence_opens_once_and_ends_with_its_peak() {
    let events = play(&[repeated(0.6, 4), repeated(0.93, 1), repeated(0.2, 20)].concat());
    assert_eq!(names(&events), ["new", "update", "end"]);
    let last = events.last().unwrap().incident();
    assert_eq!(last.peak_score, 0.93);
    assert_eq!(last.peak_at, MediaTime::from_millis(3600));
    assert_eq!(last.span.end, MediaTime::from_millis(3600));
    assert!(!last.is_open);
}

#[test]
fn a_pause_shorter_than_quiet_is_one_incident_a_longer_one_two() {
    let fight = repeated(0.8, 4);
    let short = play(&[fight.clone(), repeated(0.1, 5), fight.clone()].concat());
    assert_eq!(names(&short).iter().filter(|n| **n == "new").count(), 1);
    let long = play(&[fight.clone(), repeated(0.1, 12), fight].concat());
    assert_eq!(names(&long).iter().filter(|n| **n == "new").count(), 2);
}

#[test]
fn two_places_are_two_incidents() {
    let events = play(&[(Some(0.8), Some(0.7)); 5]);
    let numbers: Vec<u32> =
        events.iter().filter(|e| e.name() == "new").map(|e| e.incident().number).collect();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn without_signals_time_alone_closes() {
    let mut keeper = IncidentKeeper::new(&Config::default());
    let mut events = Vec::new();
    for millis in [2000, 2400, 2800, 3200] {
        events.extend(keeper.push(frame(millis), vec![window(millis, LEFT, 0.9)]));
    }
    events.extend(keeper.push(frame(10_000), Vec::new()));
    assert_eq!(names(&events), ["new", "end"]);
}

#[test]
fn reasons_keep_their_strongest_form() {
    let mut kept = Vec::new();
    let close = |v| Reason::measured(ReasonCode::PeopleClose, v);
    let model = |v| Reason::measured(ReasonCode::ModelProbability, v);
    merge_reasons(&mut kept, &[close(0.5), model(0.6)]);
    merge_reasons(&mut kept, &[close(0.2), model(0.9)]);
    merge_reasons(&mut kept, &[close(0.7), model(0.1)]);
    assert_eq!(kept, [model(0.9), close(0.2)]);
}

#[test]
fn an_incident_is_as_severe_as_its_most_severe_signal() {
    let mut signal = window(9000, LEFT, 0.9);
    signal.kind = IncidentKind::PersonDown;
    let mut keeper = IncidentKeeper::new(&Config::default());
    let mut severities = Vec::new();
    for (i, severity) in [Severity::Alert, Severity::Urgent, Severity::Note].into_iter().enumerate() {
        signal.severity = severity;
        signal.strength = 0.5 + 0.1 * i as f32;
        let events = keeper.push(frame(9000 + i as i64 * 400), vec![signal.clone()]);
        severities.extend(events.iter().map(|e| e.incident().severity));
    }
    assert_eq!(severities, [Severity::Alert, Severity::Urgent, Severity::Urgent]);
}
