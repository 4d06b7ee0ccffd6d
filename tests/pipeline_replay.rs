//! What was once seen in the samples, played into the engine: the events must be those of the golden file. No video,
//! no model, a few milliseconds.
//!
//! `KUAGER_UPDATE_GOLDEN=1 cargo test --test pipeline_replay` writes the events anew, after a rule was changed on
//! purpose. `KUAGER_UPDATE_GOLDEN=recordings` looks at the samples again first, with the embedded models.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Once;

use common::{assert_golden, onnx_runtime, repository, sample};
use kuager::config::Config;
use kuager::domain::{
    BBox, FrameFromInput, FrameRef, IncidentKind, Keypoint, MediaTime, Point, Pose, Reason, Severity, Size,
    SourceId,
};
use kuager::gate::FrameSampler;
use kuager::infer::{
    Device, Eyes, EyesPlan, FeatureMap, InferError, Runtime, RuntimeOptions, Seen, SmallGrey, ViewMaker,
    WindowFrame, WindowRegion, WindowScorer, embedded,
};
use kuager::integrity::{Finding, PictureStats, Watch, Wrong};
use kuager::media::{LumaGrid, Recording, Step};
use kuager::pipeline::{Engine, EngineEvent, Finished, SeenPicture};
use serde::{Deserialize, Serialize};

/// The clips that are played, and from when to when the stand-in for the violence model is alarmed, in seconds.
const PLAYED: [(&str, [f64; 2]); 3] = [
    ("corridor_blows_two_on_one", [3.4, 12.6]),
    ("room_collapse_alone", [0.0, 0.0]),
    ("cell_camera_covered", [0.0, 0.0]),
];

const INPUT: Size = Size { width: 512, height: 288 };
const CELLS: usize = 9 * 16;

/// One analysed picture: a line of a recording.
#[derive(Serialize, Deserialize)]
struct Line {
    millis: i64,
    index: u64,
    size: [u32; 2],
    /// Mean, structure and detail.
    stats: [f32; 3],
    people: Vec<Person>,
    /// What was wrong with the camera's sight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wrong: Vec<Told>,
}

#[derive(Serialize, Deserialize)]
struct Told {
    millis: i64,
    since_millis: i64,
    cause: IncidentKind,
    strength: f32,
    severity: Severity,
    reasons: Vec<Reason>,
}

#[derive(Serialize, Deserialize)]
struct Person {
    bbox: [f32; 4],
    score: f32,
    /// x, y and confidence of each joint.
    joints: Vec<f32>,
}

fn recording_path(clip: &str) -> PathBuf {
    repository().join("tests/data/detections").join(format!("{clip}.jsonl"))
}

fn recorded(clip: &str) -> Vec<Line> {
    static RENEWED: Once = Once::new();
    RENEWED.call_once(|| {
        if std::env::var("KUAGER_UPDATE_GOLDEN").is_ok_and(|v| v == "recordings") {
            let runtime = Runtime::load(&onnx_runtime()).unwrap();
            PLAYED.iter().for_each(|(clip, _)| record(clip, &runtime));
        }
    });
    let text = std::fs::read_to_string(recording_path(clip)).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Looks at a sample five times a second and writes down what was seen.
fn record(clip: &str, runtime: &Runtime) {
    kuager::media::init().unwrap();
    let options = RuntimeOptions { device: Device::Cpu, is_cpu_fallback_allowed: false, intra_threads: 1 };
    let [people, crop_pose, _] = embedded().unwrap();
    let plan = EyesPlan { people, features: None, crop_pose: Some(crop_pose) };
    let mut eyes = Eyes::new(runtime, &plan, options).unwrap();
    let mut views = ViewMaker::new(eyes.view_spec());
    let mut sampler = FrameSampler::new(Config::default().analysis_step());
    let mut recording = Recording::open(&sample(&format!("{clip}.mp4")), SourceId(0), 1).unwrap();
    let mut watch = Watch::new(&Config::default().integrity());
    let mut text = String::new();
    while let Step::Picture(picture, _) = recording.step().unwrap() {
        if sampler.picks(picture.at.media_time) {
            let view = views.view(&picture, Vec::new).unwrap();
            let people = eyes.look(&view).unwrap().people;
            watch.push(picture.at, &LumaGrid::of_picture(&picture).unwrap());
            let findings = watch.due(picture.at.media_time);
            let line = to_line(picture.at, &people, PictureStats::of_input(view.of_features()), &findings);
            writeln!(text, "{}", serde_json::to_string(&line).unwrap()).unwrap();
        }
    }
    std::fs::create_dir_all(recording_path(clip).parent().unwrap()).unwrap();
    std::fs::write(recording_path(clip), text).unwrap();
}

fn to_line(at: FrameRef, people: &[Pose], stats: PictureStats, findings: &[Finding]) -> Line {
    let tenth = |v: f32| (v * 10.0).round() / 10.0;
    let hundredth = |v: f32| (v * 100.0).round() / 100.0;
    let person = |p: &Pose| Person {
        bbox: <[f32; 4]>::from(p.bbox_in_frame).map(tenth),
        score: hundredth(p.score),
        joints: p
            .keypoints_in_frame
            .iter()
            .flat_map(|k| [k.at.x.round(), k.at.y.round(), hundredth(k.confidence)])
            .collect(),
    };
    Line {
        millis: at.media_time.nanos() / 1_000_000,
        index: at.index,
        size: [at.size.width, at.size.height],
        stats: [stats.mean, stats.structure, stats.detail].map(hundredth),
        people: people.iter().map(person).collect(),
        wrong: findings.iter().map(to_told).collect(),
    }
}

fn to_told(finding: &Finding) -> Told {
    let Finding { at, wrong } = finding;
    let hundredth = |v: f32| (v * 100.0).round() / 100.0;
    let reason = |r: &Reason| Reason { value: r.value.map(hundredth), ..*r };
    Told {
        millis: at.media_time.nanos() / 1_000_000,
        since_millis: wrong.since.nanos() / 1_000_000,
        cause: wrong.kind,
        strength: hundredth(wrong.strength),
        severity: wrong.severity,
        reasons: wrong.reasons.iter().map(reason).collect(),
    }
}

fn to_finding(at: FrameRef, told: &Told) -> Finding {
    let wrong = Wrong {
        kind: told.cause,
        since: MediaTime::from_millis(told.since_millis),
        strength: told.strength,
        severity: told.severity,
        reasons: told.reasons.clone(),
    };
    Finding { at: FrameRef { media_time: MediaTime::from_millis(told.millis), ..at }, wrong }
}

/// The picture as the engine takes it. Its feature map holds nothing but its own time, for [`Script`].
fn to_picture(line: &Line) -> SeenPicture {
    let size = Size { width: line.size[0], height: line.size[1] };
    let scale = size.width as f32 / INPUT.width as f32;
    let [mean, structure, detail] = line.stats;
    let features = FeatureMap {
        values: vec![line.millis as f32 / 1000.0; CELLS].into(),
        channels: 1,
        rows: 9,
        columns: 16,
    };
    let at = FrameRef {
        source: SourceId(0),
        index: line.index,
        media_time: MediaTime::from_millis(line.millis),
        size,
    };
    SeenPicture {
        is_glance: false,
        at,
        findings: line.wrong.iter().map(|told| to_finding(at, told)).collect(),
        seen: Seen {
            people: line.people.iter().map(to_pose).collect(),
            faint_in_frame: Vec::new(),
            features: Some(features),
        },
        stats: PictureStats { mean, structure, detail },
        grey: Some(SmallGrey { values: vec![0; 4].into(), rows: 2, columns: 2 }),
        frame_from_input: FrameFromInput { scale: [scale; 2], offset_in_input: Point::default() },
        content_in_input: BBox::of_picture(INPUT),
        input_size: INPUT,
    }
}

fn to_pose(person: &Person) -> Pose {
    let mut keypoints_in_frame = [Keypoint::default(); 17];
    for (keypoint, values) in keypoints_in_frame.iter_mut().zip(person.joints.chunks_exact(3)) {
        *keypoint = Keypoint { at: Point { x: values[0], y: values[1] }, confidence: values[2] };
    }
    Pose { bbox_in_frame: person.bbox.into(), score: person.score, keypoints_in_frame }
}

/// Stands in for the violence model: alarmed between two times.
struct Script([f64; 2]);

impl WindowScorer for Script {
    fn frames(&self) -> usize {
        10
    }

    fn step(&self) -> MediaTime {
        MediaTime::from_millis(200)
    }

    fn min_frames(&self) -> usize {
        5
    }

    fn alarm(&self) -> f32 {
        0.9
    }

    fn score(&mut self, window: &[WindowFrame<'_>], region: &WindowRegion) -> Result<f32, InferError> {
        assert_eq!((window.len(), region.mask.cells.len()), (10, CELLS));
        let times: Vec<f32> = window.iter().map(|m| m.features.values[0]).collect();
        assert!(times.is_sorted(), "oldest first: {times:?}");
        let last = f64::from(times[9]);
        Ok(if (self.0[0]..self.0[1]).contains(&last) { 0.95 } else { 0.05 })
    }
}

/// Plays a clip; one line an event.
fn events_of(clip: &str, alarmed: [f64; 2], config: &Config) -> String {
    let mut engine = Engine::new(config, Some(Box::new(Script(alarmed))));
    let (mut events, mut last) = (Vec::new(), None);
    for line in recorded(clip) {
        let picture = to_picture(&line);
        last = Some(picture.at);
        events.extend(engine.push(picture).unwrap());
    }
    events.extend(engine.finish(last, &[]).unwrap().events);
    events.iter().filter_map(tell).collect()
}

fn tell(event: &EngineEvent) -> Option<String> {
    let EngineEvent::Incident(event) = event else { return None };
    let i = event.incident();
    let reason = |r: &kuager::domain::Reason| {
        let value = r.value.map_or(String::new(), |v| format!(" {v:.1}"));
        format!("{}{value}", r.code.as_str())
    };
    let reasons: Vec<String> = i.reasons.iter().map(reason).collect();
    Some(format!(
        "{} {} {} from {} to {} peak {:.2} at {} {} people {} regions {} because {}\n",
        event.name(),
        i.number,
        i.kind,
        i.span.start.clock(),
        i.span.end.clock(),
        i.peak_score,
        i.peak_at.clock(),
        i.severity.as_str(),
        i.people,
        i.regions.len(),
        reasons.join(", ")
    ))
}

#[test]
fn recorded_detections_give_the_recorded_events() {
    for (clip, alarmed) in PLAYED {
        assert_golden(&format!("replay/{clip}.txt"), &events_of(clip, alarmed, &Config::default()));
    }
}

#[test]
fn playing_twice_gives_the_same() {
    let (clip, alarmed) = PLAYED[0];
    let config = Config::default();
    assert_eq!(events_of(clip, alarmed, &config), events_of(clip, alarmed, &config));
}

#[test]
fn only_the_kinds_that_are_looked_for_are_raised() {
    for wanted in [
        "violence",
        "person_down",
        "camera_covered",
        "strike_on_person_down",
        "group_assault",
        "gap_after_escalation",
    ] {
        let config = Config { detectors: vec![wanted.to_owned()], ..Config::default() };
        for (clip, alarmed) in PLAYED {
            for line in events_of(clip, alarmed, &config).lines() {
                assert_eq!(line.split(' ').nth(2), Some(wanted), "{line}");
            }
        }
    }
}

#[test]
fn an_empty_source_raises_nothing() {
    let engine = Engine::new(&Config::default(), Some(Box::new(Script([0.0, 1e9]))));
    let Finished { events, scorer, .. } = engine.finish(None, &[]).unwrap();
    assert!(events.is_empty() && scorer.is_some());
}
