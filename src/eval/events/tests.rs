use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn span(from_secs: f64, to_secs: f64) -> Span {
    Span { start: MediaTime::from_secs_f64(from_secs), end: MediaTime::from_secs_f64(to_secs) }
}

fn event(from_secs: f64, to_secs: f64) -> LabelledEvent {
    LabelledEvent { kind: IncidentKind::Violence, span: span(from_secs, to_secs) }
}

fn alarm(from_secs: f64, to_secs: f64, peak_score: f64) -> Alarm {
    let raised_at = MediaTime::from_secs_f64(from_secs + 2.0);
    Alarm { kind: IncidentKind::Violence, span: span(from_secs, to_secs), raised_at, peak_score }
}

fn recording(events: &[LabelledEvent], alarms: &[Alarm]) -> WatchedRecording {
    WatchedRecording {
        path: "a.mp4".to_owned(),
        events: events.to_vec(),
        alarms: alarms.to_vec(),
        looks: Vec::new(),
        duration_secs: 1800.0,
        gaps: Vec::new(),
        analysed_secs: 1800.0,
    }
}

fn report(recordings: &[WatchedRecording]) -> EventsReport {
    events_report(recordings, BTreeMap::new()).unwrap()
}

fn close(found: Option<f64>, wanted: f64) -> bool {
    found.is_some_and(|f| (f - wanted).abs() < 1e-9)
}

/// Two events found (10 to 20 s, 100 to 104 s), one missed, one flag beside them, one repeated: in half an hour.
fn half_an_hour() -> WatchedRecording {
    recording(
        &[event(10.0, 20.0), event(100.0, 104.0), event(500.0, 510.0)],
        &[alarm(11.0, 21.0, 0.9), alarm(19.0, 24.0, 0.7), alarm(101.0, 121.0, 0.6), alarm(800.0, 810.0, 0.8)],
    )
}

#[test]
fn figures_are_those_reckoned_by_hand() {
    let report = report(&[half_an_hour()]);
    let f = &report.figures;
    assert_eq!((f.events, f.hit, f.alarms, f.false_alarms, f.repeated_alarms), (3, 2, 4, 2, 1));
    assert!(close(f.recall, 2.0 / 3.0) && close(f.precision, 0.5));
    assert_eq!((f.camera_hours, f.false_alarms_per_hour), (0.5, Some(4.0)));
    // Garwood for 2 events, over half an hour.
    let rate = f.rate_ci.unwrap();
    assert!((rate.lo - 0.4844).abs() < 1e-3 && (rate.hi - 14.4494).abs() < 1e-3, "{rate:?}");
    // Raised at 13 and 103 s, three seconds after each start.
    assert_eq!((f.median_delay_secs, f.median_delay_with_misses_secs), (Some(3.0), Some(3.0)));
    assert_eq!(f.censored_delays, 1);
    // 9 s of 11 shared; 3 s of 21.
    assert!(close(f.tiou_0_3, 1.0 / 3.0) && close(f.tiou_0_5, 1.0 / 3.0));
    // Flagged: 11 to 24, 101 to 121, 800 to 810. Outside events: 20 to 24, 104 to 121, 800 to 810.
    assert!(close(f.flagged_share, 43.0 / 1800.0));
    assert!(close(f.flagged_share_outside_events, 31.0 / (1800.0 - 24.0)));
    // (a + 1) R P / (R + a P) with R = 2/3, P = 1/2.
    assert!(close(f.f1_alert, 1.25 / 3.0 / (2.0 / 3.0 + 0.125)));
    assert!(close(f.f1_recording, 5.0 / 3.0 / (2.0 / 3.0 + 2.0)));
    assert_eq!(report.matches.iter().filter(|m| m.hit).count(), 2);
    let repeats: Vec<bool> = report.false_alarm_list.iter().map(|a| a.is_repeat).collect();
    assert_eq!(repeats, [true, false]);
}

#[test]
fn misses_at_a_rate_follow_the_peak_score() {
    let report = report(&[half_an_hour()]);
    let at = &report.by_kind["violence"].miss_at_rate;
    // One an hour allows none in half an hour: only the flag at 0.9 is let through.
    assert_eq!(
        at["1"],
        MissAtRate {
            miss_rate: 2.0 / 3.0,
            false_alarms_per_hour: 0.0,
            least_score: Some(0.9),
            all_alarms: false
        }
    );
    let all =
        MissAtRate { miss_rate: 1.0 / 3.0, false_alarms_per_hour: 4.0, least_score: None, all_alarms: true };
    assert_eq!((at["10"], at["60"]), (all, all));
    // Localised at 0.3: only the flag at 0.9. Precision 1 there, a third of the recall.
    assert!(close(report.by_kind["violence"].ap_at_tiou.get("0.3").copied(), 1.0 / 3.0));
}

#[test]
fn one_second_makes_a_hit_and_half_of_a_shorter_event() {
    let is_hit = |e, a| report(&[recording(&[e], &[a])]).figures.hit == 1;
    assert!(is_hit(event(10.0, 20.0), alarm(19.0, 30.0, 0.5)));
    assert!(!is_hit(event(10.0, 20.0), alarm(19.1, 30.0, 0.5)));
    assert!(is_hit(event(10.0, 10.6), alarm(10.3, 30.0, 0.5)));
    assert!(!is_hit(event(10.0, 10.6), alarm(10.4, 30.0, 0.5)));
    assert!(!is_hit(event(10.0, 11.0), alarm(10.1, 11.0, 0.5)), "1 s is not shorter than 1 s");
}

#[test]
fn one_flag_finds_one_event_and_kinds_do_not_mix() {
    let long = report(&[recording(&[event(10.0, 12.0), event(20.0, 22.0)], &[alarm(9.0, 30.0, 0.9)])]);
    assert_eq!((long.figures.hit, long.figures.false_alarms), (1, 0));
    let lying = Alarm { kind: IncidentKind::PersonDown, ..alarm(10.0, 20.0, 0.9) };
    let other = report(&[recording(&[event(10.0, 20.0)], &[lying])]);
    assert_eq!((other.figures.hit, other.figures.false_alarms, other.figures.repeated_alarms), (0, 1, 0));
    assert_eq!(other.by_kind["person_down"].figures.recall, None);
    assert!(other.by_kind["person_down"].miss_at_rate.is_empty());
}

#[test]
fn a_flag_raised_before_the_event_has_no_delay_and_most_misses_leave_no_median() {
    let early = report(&[recording(&[event(10.0, 30.0)], &[alarm(5.0, 20.0, 0.9)])]);
    assert_eq!(early.figures.median_delay_secs, Some(0.0));
    let events = [event(10.0, 20.0), event(40.0, 50.0), event(60.0, 70.0)];
    let rare = report(&[recording(&events, &[alarm(12.0, 20.0, 0.9)])]);
    assert_eq!(
        (rare.figures.median_delay_secs, rare.figures.median_delay_with_misses_secs),
        (Some(4.0), None)
    );
}

#[test]
fn no_false_alarm_is_no_rate_of_zero() {
    let report = report(&[recording(&[], &[])]);
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(value["false_alarms"], 0);
    assert!((value["rate_ci"][1].as_f64().unwrap() - 7.3778).abs() < 1e-3);
    let codes: Vec<&str> = report.notes.iter().map(|n| n.code).collect();
    assert_eq!(codes, ["no_events", "no_false_alarms", "short_footage"]);
    assert!(report.notes[1].text.contains("only by 3/H = 6.000 an hour"), "{}", report.notes[1].text);
    for absent in ["recall", "recall_ci", "precision", "median_delay_secs", "tiou_0_3", "f1_alert"] {
        assert!(value.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn what_was_not_looked_for_or_not_read_is_said() {
    let mut cut = recording(&[event(10.0, 20.0), event(900.0, 910.0)], &[alarm(10.0, 20.0, 0.9)]);
    (cut.duration_secs, cut.analysed_secs) = (600.0, 600.0);
    let report = events_report(&[cut], BTreeMap::from([("dragging".to_owned(), 2)])).unwrap();
    assert_eq!((report.figures.events, report.figures.hit), (2, 1));
    let codes: Vec<&str> = report.notes.iter().map(|n| n.code).collect();
    assert_eq!(codes, ["no_false_alarms", "short_footage", "kinds_not_looked_for", "events_unread"]);
    assert!(report.notes[2].text.ends_with("dragging (2)"));
}

#[test]
fn silences_of_the_recorder_are_no_footage() {
    let mut paused = recording(&[event(10.0, 20.0)], &[alarm(15.0, 45.0, 0.9)]);
    (paused.duration_secs, paused.gaps) = (100.0, vec![span(40.0, 60.0)]);
    let figures = report(&[paused]).figures;
    assert!(close(figures.flagged_share, 25.0 / 80.0));
    assert!(close(figures.flagged_share_outside_events, 20.0 / 70.0));
}

#[test]
fn slices_share_out_events_flags_and_hours() {
    let mut dark = half_an_hour();
    dark.duration_secs = 1800.0;
    dark.looks = (0..1800)
        .map(|second| PictureLook {
            is_glance: false,
            at: MediaTime::from_millis(second * 1000),
            stands_for_secs: 1.0,
            mean_luma: if second < 450 { 20.0 } else { 200.0 },
            colourfulness: 0.0,
            body_lengths_in_frame: vec![80.0; 2],
        })
        .collect();
    let report = report(&[dark]);
    let slice = &report.by_slice["light_dark"];
    assert_eq!((slice.events, slice.hit, slice.false_alarms, slice.camera_hours), (2, 2, 1, 0.125));
    let slice = &report.by_slice["light_bright"];
    assert_eq!((slice.events, slice.hit, slice.false_alarms, slice.camera_hours), (1, 0, 1, 0.375));
    assert_eq!(report.by_slice["people_2"].events, 3);
    assert_eq!(report.by_slice.len(), 5);
}

#[test]
fn the_line_is_that_of_the_contract() {
    let line = serde_json::to_string(&report(&[half_an_hour()])).unwrap();
    assert!(line.starts_with(r#"{"type":"eval_events","schema":1,"events":3,"hit":2,"recall":"#), "{line}");
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    for field in [
        "recall_ci",
        "false_alarms",
        "camera_hours",
        "false_alarms_per_hour",
        "rate_ci",
        "median_delay_secs",
        "tiou_0_3",
        "flagged_share",
        "by_kind",
    ] {
        assert!(value.get(field).is_some(), "{field}");
    }
    assert_eq!(value["f1_alphas"], serde_json::json!({"alert": 0.25, "recording": 4.0}));
}

#[test]
fn a_score_that_is_no_number_is_an_error() {
    let odd = recording(&[], &[alarm(1.0, 5.0, f64::NAN)]);
    assert!(events_report(&[odd], BTreeMap::new()).unwrap_err().to_string().contains("a.mp4"));
}

fn recordings() -> impl Strategy<Value = WatchedRecording> {
    let stretch = || (0u32..300, 1u32..200);
    let alarms = prop::collection::vec((stretch(), 0u32..10), 0..8);
    (prop::collection::vec(stretch(), 0..6), alarms).prop_map(|(events, alarms)| {
        let secs = |(from, length): (u32, u32)| (f64::from(from) / 10.0, f64::from(from + length) / 10.0);
        let events: Vec<_> = events.into_iter().map(secs).map(|(a, b)| event(a, b)).collect();
        let alarms: Vec<_> = alarms
            .into_iter()
            .map(|(s, score)| (secs(s), f64::from(score) / 10.0))
            .map(|((a, b), score)| alarm(a, b, score))
            .collect();
        WatchedRecording { duration_secs: 60.0, analysed_secs: 60.0, ..recording(&events, &alarms) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counts_add_up_and_shares_stay_shares(watched in recordings()) {
        let report = report(std::slice::from_ref(&watched));
        let f = &report.figures;
        prop_assert!(f.hit <= f.events.min(f.alarms));
        prop_assert_eq!(f.hit + f.false_alarms, f.alarms);
        prop_assert!(f.repeated_alarms <= f.false_alarms);
        prop_assert_eq!(report.matches.iter().filter(|m| m.hit).count() as u64, f.hit);
        prop_assert_eq!(report.false_alarm_list.len() as u64, f.false_alarms);
        let shares = [f.recall, f.precision, f.tiou_0_3, f.tiou_0_5, f.flagged_share, f.flagged_share_outside_events, f.f1_alert, f.f1_recording];
        prop_assert!(shares.into_iter().flatten().all(|s| (0.0..=1.0 + 1e-9).contains(&s)), "{shares:?}");
        prop_assert!(f.tiou_0_5 <= f.tiou_0_3);
    }

    #[test]
    fn more_false_alarms_allowed_never_miss_more(watched in recordings()) {
        let report = report(&[watched]);
        for kind in report.by_kind.values() {
            let misses: Vec<f64> = kind.miss_at_rate.values().map(|m| m.miss_rate).collect();
            // By name: 1, 10, 60.
            prop_assert!(misses.is_sorted_by(|a, b| a >= b), "{misses:?}");
            let floor = kind.figures.recall.map(|r| 1.0 - r);
            prop_assert!(misses.iter().all(|m| Some(*m) >= floor.map(|f| f - 1e-9)));
        }
    }

    #[test]
    fn the_order_of_labels_and_flags_changes_no_figure(watched in recordings(), by in 0usize..8) {
        let mut turned = watched.clone();
        turned.events.reverse();
        let by = by % turned.alarms.len().max(1);
        turned.alarms.rotate_left(by);
        let (a, b) = (report(&[watched]).figures, report(&[turned]).figures);
        prop_assert_eq!((a.hit, a.false_alarms, a.tiou_0_3, a.flagged_share), (b.hit, b.false_alarms, b.tiou_0_3, b.flagged_share));
    }
}
