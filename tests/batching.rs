//! Pictures that are looked at together are seen as each would be alone. Runs on the processor, through the same code as on a
//! graphics device; the graphs are made by `tests/data/models/make.py`.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use common::{Case, H264, onnx_runtime, repository, sample};
use crossbeam_channel::unbounded;
use kuager::config::Config;
use kuager::domain::{BBox, ClipScore, FrameFromInput, PictureLook, Point, Size, SourceId, SourceResult};
use kuager::infer::{
    Batching, Bundle, Device, Eye, Eyes, EyesPlan, InferError, Runtime, RuntimeOptions, Seen, View, embedded,
};
use kuager::media::{Decoding, InputImage};
use kuager::pipeline::{AnalysisPlan, RunEvent, analyse};

const ON_CPU: RuntimeOptions =
    RuntimeOptions { device: Device::Cpu, is_cpu_fallback_allowed: false, intra_threads: 1 };

const INPUT: Size = Size { width: 24, height: 16 };

fn tiny(name: &str) -> PathBuf {
    repository().join("tests/data/models").join(name)
}

fn bundle(name: &str) -> Bundle {
    Bundle::from_path(&tiny(name)).unwrap()
}

/// A process loads ONNX Runtime once.
fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::load(&onnx_runtime()).unwrap());
    &RUNTIME
}

/// Pictures of which no two are alike.
fn pictures(count: usize) -> Vec<InputImage> {
    let picture = |number: usize| InputImage {
        rgb: (0..24 * 16 * 3).map(|i| ((i * 7 + number * 31 + i / 72 * number) % 256) as u8).collect(),
        size: INPUT,
        content_in_input: BBox::of_picture(INPUT),
        frame_from_input: FrameFromInput {
            scale: [1.0 + number as f32; 2],
            offset_in_input: Point::default(),
        },
    };
    (0..count).map(picture).collect()
}

fn assert_alike(together: &Seen, alone: &Seen) {
    assert_eq!(together.people, alone.people);
    let values =
        |seen: &Seen| seen.features.as_ref().map(|f| (f.channels, f.rows, f.columns, f.values.clone()));
    assert_eq!(values(together), values(alone));
}

#[test]
fn together_is_as_alone() {
    for name in ["tiny-together", "tiny-together-f32", "tiny-u8", "tiny-f32"] {
        let mut eye = Eye::new(runtime(), &bundle(name), ON_CPU).unwrap();
        for count in [1, 2, 3, 4, 7, 1] {
            let pictures = pictures(count);
            let alone: Vec<Seen> = pictures.iter().map(|p| eye.look(p).unwrap()).collect();
            let together = eye.look_together(&pictures.iter().collect::<Vec<_>>());
            assert_eq!(together.len(), count);
            for (together, alone) in together.iter().zip(&alone) {
                assert_alike(together.as_ref().unwrap(), alone);
            }
            let joints = |seen: &Seen| seen.people[0].keypoints_in_frame[0].at.x;
            assert!(alone.windows(2).all(|pair| joints(&pair[0]) != joints(&pair[1])), "no two are alike");
        }
    }
}

#[test]
fn features_of_another_model_come_from_it_together_too() {
    let plan = EyesPlan {
        people: bundle("tiny-together-f32"),
        features: Some(bundle("tiny-together")),
        crop_pose: None,
    };
    let mut eyes = Eyes::new(runtime(), &plan, ON_CPU).unwrap();
    assert_eq!(eyes.most_at_once(), 4);
    let view = |people: InputImage| {
        let features = Some(people.clone());
        View { people, features, grey: None, picture: None }
    };
    let views: Vec<View> = pictures(6).into_iter().map(view).collect();
    let together = eyes.look_together(&views.iter().collect::<Vec<_>>());
    for (together, view) in together.iter().zip(&views) {
        assert_alike(together.as_ref().unwrap(), &eyes.look(view).unwrap());
    }
}

#[test]
fn the_embedded_eye_sees_the_same_through_kept_buffers() {
    let [eye, ..] = embedded().unwrap();
    let mut eye = Eye::new(runtime(), &eye, ON_CPU).unwrap();
    let size = eye.letterbox_spec().size;
    let picture = |number: usize| InputImage {
        rgb: (0..size.width as usize * size.height as usize * 3)
            .map(|i| ((i * 7 + i / 1536 * number) % 256) as u8)
            .collect(),
        size,
        content_in_input: BBox::of_picture(size),
        frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
    };
    let pictures: Vec<InputImage> = (1..4).map(picture).collect();
    let together = eye.look_together(&pictures.iter().collect::<Vec<_>>());
    for (together, picture) in together.iter().zip(&pictures) {
        assert_alike(together.as_ref().unwrap(), &eye.look(picture).unwrap());
    }
}

#[test]
fn a_picture_that_gives_no_numbers_spoils_no_other() {
    let card = std::fs::read_to_string(tiny("tiny-together-f32").join("model.toml")).unwrap();
    let graph = std::fs::read(tiny("tiny-together-f32").join("tiny-together-f32.onnx")).unwrap();
    // Divided by next to nothing, all levels but 0 become infinite.
    let card = card.replace("mean = [10.0, 20.0, 30.0]", "mean = [0.0, 0.0, 0.0]");
    let card = card.replace("std = [2.0, 4.0, 5.0]", "std = [1e-38, 1e-38, 1e-38]");
    let bundle = Bundle::from_parts(&card, graph, Path::new("x")).unwrap();
    let mut eye = Eye::new(runtime(), &bundle, ON_CPU).unwrap();
    let [mut black, bright, mut dark] = <[InputImage; 3]>::try_from(pictures(3)).unwrap();
    black.rgb.fill(0);
    dark.rgb.fill(0);
    let seen = eye.look_together(&[&black, &bright, &dark]);
    assert!(matches!(seen[1], Err(InferError::NoNumbers { .. })), "{:?}", seen[1]);
    assert!(seen[0].as_ref().is_ok_and(|s| s.people.len() == 1), "{:?}", seen[0]);
    assert!(seen[2].as_ref().is_ok_and(|s| s.people.len() == 1), "{:?}", seen[2]);
}

#[test]
fn a_card_must_not_promise_more_pictures_than_the_graph_takes() {
    let bundle_of = |extra: &str| {
        let card = std::fs::read_to_string(tiny("tiny-u8").join("model.toml")).unwrap();
        let graph = std::fs::read(tiny("tiny-u8").join("tiny-u8.onnx")).unwrap();
        let card = card.replace("pad_value = 114\n", &format!("pad_value = 114\n{extra}"));
        Bundle::from_parts(&card, graph, Path::new("x"))
    };
    assert!(Eye::new(runtime(), &bundle_of("max_batch = 1\n").unwrap(), ON_CPU).is_ok());
    let error = Eye::new(runtime(), &bundle_of("max_batch = 4\n").unwrap(), ON_CPU).err().unwrap();
    assert!(matches!(error, InferError::TensorKind { .. }), "{error}");
    assert!(error.to_string().contains("input.max_batch"), "{error}");
    for bad in ["max_batch = 0\n", "max_batch = 65\n"] {
        assert!(bundle_of(bad).unwrap_err().to_string().contains("input.max_batch"), "{bad}");
    }
}

/// What an analysis told of each source, without what it cost.
#[derive(Debug, Default, PartialEq)]
struct Told {
    result: Option<SourceResult>,
    looks: Vec<PictureLook>,
    scores: Vec<ClipScore>,
}

/// By source.
type AllTold = BTreeMap<SourceId, Told>;

/// Without a model for violence and crops.
fn tiny_models(people: &str) -> (EyesPlan, Option<Bundle>) {
    (EyesPlan { people: bundle(people), features: None, crop_pose: None }, None)
}

fn analysed(
    (eyes, violence): (EyesPlan, Option<Bundle>),
    files: &[PathBuf],
    batching: Option<Batching>,
) -> (AllTold, Vec<InferError>) {
    let mut config = Config::default();
    config.gate.enabled = false;
    let plan = AnalysisPlan {
        config,
        config_digest: String::new(),
        eyes,
        violence,
        decoding: Decoding::software(),
        runtime: ON_CPU,
        batching,
        threads: files.len(),
        stills_folder: None,
        reports_scores: true,
        scenes: Default::default(),
    };
    let (events_tx, events) = unbounded();
    analyse(&plan, runtime(), files, &events_tx, &AtomicBool::new(false)).unwrap();
    drop(events_tx);
    let (mut told, mut failures) = (AllTold::new(), Vec::new());
    for event in events {
        match event {
            RunEvent::Look { source, look } => told.entry(source).or_default().looks.push(look),
            RunEvent::Score { source, score } => told.entry(source).or_default().scores.push(score),
            RunEvent::Finished { result, .. } => {
                let source = result.source.id;
                told.entry(source).or_default().result = Some(*result);
            }
            RunEvent::Failed { error } => failures.push(error),
            _ => {}
        }
    }
    (told, failures)
}

fn films(case: &Case) -> Vec<PathBuf> {
    kuager::media::init().unwrap();
    let film = |(name, secs)| case.film(name, secs, H264);
    [("a.mp4", 4), ("b.mp4", 2), ("c.mp4", 3)].into_iter().map(film).collect()
}

#[test]
fn lanes_that_share_their_models_tell_what_lanes_with_their_own_tell() {
    let case = Case::new();
    let files = films(&case);
    let (alone, failures) = analysed(tiny_models("tiny-together"), &files, None);
    assert!(failures.is_empty());
    assert!(
        alone.len() == 3 && alone.values().all(|told| told.looks.len() >= 10),
        "each source was looked at"
    );
    for patience_millis in [0, 3] {
        let batching = Batching { patience: Duration::from_millis(patience_millis) };
        for people in ["tiny-together", "tiny-u8"] {
            let (shared, failures) = analysed(tiny_models(people), &files, Some(batching));
            assert!(failures.is_empty(), "{failures:?}");
            assert_eq!(shared, alone, "{people}, {patience_millis} ms");
        }
    }
}

#[test]
fn a_shared_model_that_fails_ends_every_lane_with_the_reason() {
    let case = Case::new();
    let (told, failures) = analysed(tiny_models("wrong-rows"), &films(&case), Some(Batching::default()));
    assert!(told.is_empty());
    assert_eq!(failures.len(), 3);
    assert!(failures.iter().all(|e| matches!(e, InferError::Shape { .. })), "{failures:?}");
}

#[test]
fn the_embedded_models_find_the_same_whoever_shares_them() {
    let case = Case::new();
    kuager::media::init().unwrap();
    let cut = |(name, from)| {
        let clip = sample(name);
        case.ffmpeg(&["-ss", from, "-t", "5", "-i", clip.to_str().unwrap(), "-c:v", "libx264"], name)
    };
    let clips = [("corridor_blows_two_on_one.mp4", "6"), ("room_collapse_alone.mp4", "8")];
    let files: Vec<PathBuf> = clips.into_iter().map(cut).collect();
    let models = || {
        let [people, crop_pose, violence] = embedded().unwrap();
        (EyesPlan { people, features: None, crop_pose: Some(crop_pose) }, Some(violence))
    };
    let (alone, failures) = analysed(models(), &files, None);
    assert!(failures.is_empty());
    assert!(alone.values().all(|told| told.looks.iter().any(|look| !look.body_lengths_in_frame.is_empty())));
    assert!(alone.values().any(|told| !told.scores.is_empty()));
    let (shared, failures) = analysed(models(), &files, Some(Batching::default()));
    assert!(failures.is_empty());
    assert_eq!(shared, alone);
}
