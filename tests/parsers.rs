//! What is read from outside, fed with anything: an answer or a refusal, never a panic. The same properties as in
//! `fuzz/`, over random mutations of good texts.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

use kuager::config::Config;
use kuager::eval::{parse_clip_labels, parse_event_labels, parse_pose_labels};
use kuager::infer::{Card, ImageCard, Task};
use proptest::prelude::*;

const POSE_CARD: &str = include_str!("data/models/tiny-f32/model.toml");
const DETECTOR_CARD: &str = include_str!("data/models/tiny-yolox/model.toml");
const CROP_CARD: &str = include_str!("data/models/tiny-simcc/model.toml");
const VIOLENCE_CARD: &str = include_str!("data/models/tiny-violence/model.toml");
const CONFIG: &str =
    "fps = 5.0\ndetectors = ['violence']\n[violence]\nalarm = 0.5\n[person_down]\nstill_secs = 60.0\n";
const CLIPS: &str = "path,label,group\na.mp4,fight,g1\n\"b, c.mp4\",other,g2\n";
const EVENTS: &str =
    "path,kind,start_secs,end_secs\na.mp4,violence,1.5,4\na.mp4,person_down,2,9\n\"b, c.mp4\",,,\n";
const POSES: &str = r#"[{"image": "a.jpg", "joints": [[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,1],[1,2,0],[1,2,1]]}]"#;

/// Texts like `seed`: with pieces cut out, repeated or replaced by something nasty.
fn like(seed: &'static str) -> impl Strategy<Value = String> {
    let nasty = prop_oneof![
        Just(String::new()),
        Just("nan".to_owned()),
        Just("-inf".to_owned()),
        Just("1e999".to_owned()),
        Just("9223372036854775807".to_owned()),
        Just("\"\u{0}\u{202e}\"".to_owned()),
        Just("[[[[".to_owned()),
        "\\PC{0,8}",
    ];
    let change = (any::<prop::sample::Index>(), 0_usize..12, nasty);
    prop::collection::vec(change, 0..4).prop_map(move |changes| {
        let mut text: Vec<char> = seed.chars().collect();
        for (at, length, nasty) in changes {
            let from = at.index(text.len() + 1);
            let to = (from + length).min(text.len());
            text.splice(from..to, nasty.chars());
        }
        text.into_iter().collect()
    })
}

fn anything(seed: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![4 => like(seed), 1 => any::<String>()]
}

fn check_image(image: &ImageCard) {
    assert!([image.size.width, image.size.height].iter().all(|side| (16..=4096).contains(side)));
    assert!(image.mean.iter().all(|m| m.is_finite()), "mean {:?}", image.mean);
    assert!(image.std.iter().all(|s| s.is_finite() && *s > 0.0), "std {:?}", image.std);
}

/// A card that is accepted holds nothing that could make the analysis fail.
fn check_card(text: &str) {
    let Ok(card) = Card::parse(text) else { return };
    assert_eq!(card.sha256.len(), 64);
    assert!(!card.file.contains('/'));
    match card.task {
        Task::PersonPose(people) | Task::PersonDetector(people) => {
            check_image(&people.image);
            assert!([people.score, people.nms_iou, people.keypoint].iter().all(|t| (0.0..=1.0).contains(t)));
            assert!(!people.head.outputs().is_empty());
        }
        Task::CropPose(crop) => {
            check_image(&crop.image);
            assert!((1.0..=3.0).contains(&crop.crop_padding) && (0.0..=1.0).contains(&crop.keypoint));
        }
        Task::Violence(violence) => {
            assert!((1..=violence.frames).contains(&violence.min_frames) && violence.frames <= 64);
            assert!(violence.step.nanos() > 0 && (0.0..=1.0).contains(&violence.alarm));
            assert!((0.0..=violence.alarm).contains(&violence.alarm_lowest));
            assert!((violence.alarm..=1.0).contains(&violence.alarm_highest));
        }
    }
}

/// A configuration that is accepted is in its ranges, and is read again as the same.
fn check_config(text: &str) {
    let Ok(config) = Config::parse(text) else { return };
    assert!(config.analysis_step().nanos() > 0);
    assert!(config.check().is_ok());
    let again = toml::to_string(&config).unwrap();
    assert_eq!(Config::parse(&again).unwrap().digest(), config.digest());
}

fn check_clips(text: &str) {
    match parse_clip_labels(text) {
        Ok(clips) => {
            assert!(clips.iter().all(|c| !c.path.is_empty() && !c.label.is_empty() && !c.group.is_empty()))
        }
        Err(error) => assert!(error.line >= 1 && !error.problem.is_empty(), "{error}"),
    }
}

fn check_poses(text: &str) {
    match parse_pose_labels(text) {
        Ok(poses) => {
            let points = poses.iter().flat_map(|p| p.joints_in_image).flatten();
            assert!(points.into_iter().all(|p| p.x.is_finite() && p.y.is_finite()));
        }
        Err(error) => assert!(!error.problem.is_empty()),
    }
}

/// No event that cannot be paired gets through.
fn check_events(text: &str) {
    match parse_event_labels(text) {
        Ok(recordings) => {
            assert!(!recordings.is_empty());
            for recording in &recordings {
                assert!(recording.events.iter().all(|e| e.span.start < e.span.end && e.line >= 2));
                assert!(recording.events.is_sorted_by_key(|e| e.span.start));
            }
        }
        Err(error) => assert!(error.line >= 1 && !error.problem.is_empty()),
    }
}

#[test]
fn the_seeds_are_good() {
    for card in [POSE_CARD, DETECTOR_CARD, CROP_CARD, VIOLENCE_CARD] {
        Card::parse(card).unwrap();
    }
    assert!(Config::parse(CONFIG).is_ok());
    assert!(parse_clip_labels(CLIPS).is_ok() && parse_pose_labels(POSES).is_ok());
    assert!(parse_event_labels(EVENTS).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cards(
        pose in anything(POSE_CARD),
        detector in anything(DETECTOR_CARD),
        crop in anything(CROP_CARD),
        violence in anything(VIOLENCE_CARD),
    ) {
        check_card(&pose);
        check_card(&detector);
        check_card(&crop);
        check_card(&violence);
    }

    #[test]
    fn configurations(text in anything(CONFIG)) {
        check_config(&text);
    }

    #[test]
    fn clip_labels(text in anything(CLIPS)) {
        check_clips(&text);
    }

    #[test]
    fn event_labels(text in anything(EVENTS)) {
        check_events(&text);
    }

    #[test]
    fn pose_labels(text in anything(POSES)) {
        check_poses(&text);
    }
}

#[test]
fn a_card_bounds_what_a_calibration_may_choose() {
    let of =
        |more: &str| Card::parse(&VIOLENCE_CARD.replace("alarm = 0.5\n", &format!("alarm = 0.5\n{more}")));
    let bounds = |more: &str| match of(more).unwrap().task {
        Task::Violence(v) => (v.alarm_lowest, v.alarm_highest),
        _ => panic!("a violence card"),
    };
    assert_eq!(bounds(""), (0.5, 0.5), "nothing may be moved without a word");
    assert_eq!(bounds("alarm_highest = 0.75\nalarm_lowest = 0.25\n"), (0.25, 0.75));
    for wrong in
        ["alarm_highest = 0.4\n", "alarm_lowest = 0.6\n", "alarm_highest = 1.5\n", "alarm_lowest = nan\n"]
    {
        assert!(of(wrong).unwrap_err().to_string().contains("thresholds.alarm_"), "{wrong}");
    }
}

#[test]
fn deep_nesting_is_refused_rather_than_followed() {
    let deep = "[".repeat(100_000);
    check_card(&format!("a = {deep}"));
    check_config(&format!("a = {deep}"));
    check_poses(&deep);
}

#[test]
fn numbers_that_are_none_are_refused() {
    for key in ["mean = [10.0", "std = [2.0", "score = 0.25"] {
        let (name, value) = key.rsplit_once(['[', ' ']).unwrap();
        let separator = &key[name.len()..key.len() - value.len()];
        for nonsense in ["nan", "inf", "-inf"] {
            let text = POSE_CARD.replacen(key, &format!("{name}{separator}{nonsense}"), 1);
            assert!(text != POSE_CARD && Card::parse(&text).is_err(), "{key} as {nonsense}");
        }
    }
}
