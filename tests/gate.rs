//! The gate: what does not move is passed over, what happens is not, and the analysis of the chosen pictures is the same
//! as if they had been chosen otherwise.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::sync::atomic::AtomicBool;

use common::{Case, Outcome, onnx_runtime, sample};
use kuager::config::Config;
use kuager::domain::{IncidentEvent, MediaTime, PictureLook, SourceId};
use kuager::infer::{
    Device, Eyes, EyesPlan, Runtime, RuntimeOptions, SmallGrey, ViewMaker, ViolenceHead, embedded,
};
use kuager::integrity::PictureStats;
use kuager::media::{Decoding, Recording, Step};
use kuager::pipeline::{AnalysisPlan, Engine, EngineEvent, RunEvent, SeenPicture, analyse};

/// A still picture with sensor noise, 64 s at 10 pictures a second; a box crosses it from second 40 to 44.
const VISITED: &str = "color=0x606060:s=320x180:r=10:d=64,drawgrid=w=40:h=30:c=0x909090[room];\
    color=white:s=24x60:r=10:d=64[box];\
    [room][box]overlay=x='(t-40)*60':y=60:enable='between(t,40,44)',noise=alls=6:allf=t";
const X264: &str = "-c:v libx264 -preset ultrafast -tune zerolatency -sc_threshold 0 -pix_fmt yuv420p";

/// How a second of the only recording was looked at.
fn attention(outcome: &Outcome, second: f64) -> &str {
    let coverage = outcome.of_type("coverage")[0];
    let secs = |end: &serde_json::Value| end["media_ns"].as_i64().unwrap() as f64 / 1e9;
    let is_there = |l: &&serde_json::Value| secs(&l["from"]) <= second && second < secs(&l["to"]);
    let found = coverage["looked"].as_array().unwrap().iter().find(is_there);
    found.unwrap_or_else(|| panic!("second {second} of {coverage}"))["how"].as_str().unwrap()
}

/// Scans one encoding of the visited still: the visit must be analysed picture by picture, the ledger must be whole.
fn visited(name: &str, encoding: &str) -> Outcome {
    let case = Case::new();
    case.film_of(VISITED, name, encoding);
    let outcome = case.scan(["--no-stills", name]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    outcome.assert_whole(name, 64.0, 0.5);
    for tenth in 395..445 {
        assert_eq!(attention(&outcome, f64::from(tenth) / 10.0), "analysed", "{name} at {tenth} tenths");
    }
    let coverage = outcome.of_type("coverage")[0];
    let secs = |key: &str| coverage[key].as_f64().unwrap();
    let closely_secs = secs("analysed_secs") - secs("gated_secs") - secs("skipped_secs");
    assert!((4.0..25.0).contains(&closely_secs), "{name}: {closely_secs} s picture by picture, {coverage}");
    outcome
}

#[test]
fn only_key_pictures_of_a_still_recording_are_decoded() {
    let two_secs = visited("two.mp4", &format!("{X264} -g 20"));
    assert_eq!([20.5, 58.5].map(|s| attention(&two_secs, s)), ["skipped", "skipped"]);
    let decoded = two_secs.finished()["decoded_frames"].as_u64().unwrap();
    assert!(decoded < 300, "{decoded} of 640 pictures decoded");
    visited("reordered.mkv", "-c:v libx264 -preset veryfast -bf 3 -g 20 -sc_threshold 0 -pix_fmt yuv420p");
    visited("rated.mp4", &format!("{X264} -g 20 -b:v 300k -maxrate 300k -bufsize 300k"));
    visited(
        "open.mp4",
        "-c:v libx265 -preset ultrafast -x265-params keyint=20:open-gop=1:scenecut=0:log-level=none -pix_fmt yuv420p",
    );
}

#[test]
fn every_picture_of_an_intra_only_stream_is_a_key_picture() {
    let motion_jpeg = visited("motion.avi", "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p");
    assert_eq!(attention(&motion_jpeg, 30.5), "skipped");
}

#[test]
fn where_nothing_can_be_known_beforehand_all_is_decoded_and_the_models_rest() {
    // Key pictures 16 s apart under rate control; and a bare stream without stamps.
    let long = visited("long.mp4", &format!("{X264} -g 160 -b:v 300k -maxrate 300k -bufsize 300k"));
    assert_eq!(attention(&long, 30.5), "gated");
    let no_keys = visited("refreshed.mp4", &format!("{X264} -g 2000 -x264-params intra-refresh=1"));
    assert_eq!(attention(&no_keys, 30.5), "gated");
    let bare = visited("bare.h264", &format!("{X264} -g 20 -f h264"));
    assert_eq!(attention(&bare, 30.5), "gated");
    assert_eq!(bare.finished()["decoded_frames"], 640);
}

#[test]
fn without_the_gate_everything_is_analysed() {
    let case = Case::new();
    case.film_of(VISITED, "film.mp4", &format!("{X264} -g 20"));
    let outcome = case.scan(["--no-stills", "--no-gate", "film.mp4"]);
    let coverage = outcome.of_type("coverage")[0];
    assert_eq!((&coverage["gated_secs"], &coverage["skipped_secs"]), (&0.0.into(), &0.0.into()));
    assert_eq!(outcome.finished()["decoded_frames"], 640);
}

/// The blows of the sample, with stillness before and after.
fn blows_between_stillness(case: &Case) -> std::path::PathBuf {
    let clip = sample("corridor_blows_two_on_one.mp4");
    let still = "tpad=start_mode=clone:start_duration=10:stop_mode=clone:stop_duration=10";
    let mut arguments = vec!["-i", clip.to_str().unwrap(), "-vf", still];
    arguments.extend("-c:v libx264 -preset veryfast -g 50 -sc_threshold 0 -pix_fmt yuv420p".split(' '));
    case.ffmpeg(&arguments, "blows.mp4")
}

#[test]
fn flags_are_the_same_with_one_thread_and_two_and_with_the_gate() {
    let case = Case::new();
    blows_between_stillness(&case);
    let flags = |arguments: &[&str]| -> Vec<(String, f64, f64)> {
        let outcome = case.scan(arguments.iter().chain(&["--no-stills", "blows.mp4"]));
        let secs = |end: &serde_json::Value| end["media_ns"].as_i64().unwrap() as f64 / 1e9;
        let flag = |i: &&serde_json::Value| (i["kind"].to_string(), secs(&i["start"]), secs(&i["end"]));
        outcome.incidents().iter().map(flag).collect()
    };
    let one = flags(&["--threads", "1"]);
    assert_eq!(one, flags(&["--threads", "2"]));
    let ungated = flags(&["--no-gate"]);
    let kinds = |flags: &[(String, f64, f64)]| flags.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&one), kinds(&ungated), "{one:?} and {ungated:?}");
    for ((kind, start, _), (_, wanted, _)) in one.iter().zip(&ungated) {
        assert!((start - wanted).abs() < 1.0, "{kind} from {start}, without the gate from {wanted}");
    }
}

#[test]
fn the_pictures_that_the_gate_chose_give_the_same_incidents_without_it() {
    kuager::media::init().unwrap();
    let case = Case::new();
    let film = blows_between_stillness(&case);
    let options = RuntimeOptions { device: Device::Cpu, is_cpu_fallback_allowed: false, intra_threads: 1 };
    let [people, crop_pose, violence] = embedded().unwrap();
    let plan = AnalysisPlan {
        // What is found about the camera's sight is found on the way to the models, not by the engine.
        config: Config {
            detectors: vec!["violence".to_owned(), "person_down".to_owned()],
            ..Config::default()
        },
        config_digest: String::new(),
        eyes: EyesPlan { people, features: None, crop_pose: Some(crop_pose) },
        violence: Some(violence),
        decoding: Decoding::software(),
        runtime: options,
        batching: None,
        threads: 2,
        stills_folder: None,
        reports_scores: true,
        scenes: Default::default(),
    };
    let runtime = Runtime::load(&onnx_runtime()).unwrap();
    let (told, events) = crossbeam_channel::unbounded();
    analyse(&plan, &runtime, std::slice::from_ref(&film), &told, &AtomicBool::new(false)).unwrap();
    drop(told);
    let (mut looks, mut gated) = (Vec::<PictureLook>::new(), Vec::<IncidentEvent>::new());
    for event in events {
        match event {
            RunEvent::Look { look, .. } => looks.push(look),
            RunEvent::Incident { event, .. } => gated.push(event),
            _ => {}
        }
    }
    assert!(looks.iter().any(|l| l.is_glance) && looks.iter().any(|l| !l.is_glance));
    assert!(!gated.is_empty());

    let mut eyes = Eyes::new(&runtime, &plan.eyes, options).unwrap();
    let head = ViolenceHead::new(&runtime, plan.violence.as_ref().unwrap(), eyes.features_usage(), options);
    let mut engine = Engine::new(&plan.config, Some(Box::new(head.unwrap())));
    let mut views = ViewMaker::new(eyes.view_spec());
    let mut recording = Recording::open(&film, SourceId(0), 1).unwrap();
    let (mut ungated, mut last) = (Vec::new(), None);
    let at = |time: MediaTime| looks.iter().find(|l| l.at == time);
    while let Step::Picture(picture, _) = recording.step().unwrap() {
        let Some(look) = at(picture.at.media_time) else { continue };
        let view = views.view(&picture, Vec::new).unwrap();
        let image = view.of_features();
        let seen = SeenPicture {
            at: picture.at,
            is_glance: look.is_glance,
            seen: eyes.look(&view).unwrap(),
            stats: PictureStats::of_input(image),
            findings: Vec::new(),
            grey: Some(SmallGrey::of_input(image)),
            frame_from_input: image.frame_from_input,
            content_in_input: image.content_in_input,
            input_size: image.size,
        };
        ungated.extend(engine.push(seen).unwrap());
        last = Some(picture.at);
    }
    ungated.extend(engine.finish(last, &[]).unwrap().events);
    let incidents: Vec<IncidentEvent> = ungated
        .into_iter()
        .filter_map(|e| match e {
            EngineEvent::Incident(incident) => Some(incident),
            EngineEvent::Score(_) => None,
        })
        .collect();
    assert_eq!(gated, incidents);
}
