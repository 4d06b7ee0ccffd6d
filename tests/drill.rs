//! `kuager drill`: staged acts are counted, kept, and stand in the sentence under every account of the camera.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::Path;

use common::{Case, H264, Outcome, QUIET_MINUTE, repository, sample};
use kuager::media::{Recording, Step, camera_picture};
use kuager::viewing::record_as;
use rusqlite::Connection;
use serde_json::json;

/// Flagged are 10 to 12 s, 30 to 32 s and 50 to 52 s.
const LABELS: &str = "path,kind,start_secs,end_secs\nminute.mp4,violence,9,13\nminute.mp4,violence,29,33\n\
                      minute.mp4,violence,20,22\nminute.mp4,dragging,40,44\n";
const FOUND: &str = "On staged tests the detector found 2 of 3.";
const NOT_MEASURED: &str = "has not been measured";

fn staged() -> Case {
    let case = Case::new();
    case.film_of(QUIET_MINUTE, "clips/minute.mp4", H264);
    case.write("clips/labels.csv", LABELS);
    case
}

fn kuager(case: &Case, arguments: &[&str]) -> Outcome {
    let models = repository().join("tests/data/models");
    let mut command = case.kuager(arguments);
    command.args(["--models", &format!("pose={}", models.join("tiny-u8").display())]);
    command.args(["--models", &format!("violence={}", models.join("tiny-violence").display())]);
    command.args(["--detectors", "violence", "--no-gate"]);
    Outcome::of(command)
}

fn drill(case: &Case, more: &[&str]) -> Outcome {
    kuager(case, &[["drill", "clips", "--json", "--camera", "block 4"].as_slice(), more].concat())
}

fn statement(case: &Case, arguments: &[&str]) -> String {
    let outcome = kuager(case, arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.lines.last().unwrap()["statement"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_found_stands_under_every_account_with_the_same_settings() {
    let case = staged();
    let scan = ["scan", "--json", "--no-stills", "clips/minute.mp4", "--camera", "block 4"];
    assert!(statement(&case, &scan).contains(NOT_MEASURED));
    let outcome = drill(&case, &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let line = outcome.of_type("drill")[0];
    assert_eq!((&line["found"], &line["staged"]), (&json!(2), &json!(3)));
    let kind = &line["by_kind"]["violence"];
    assert_eq!((&kind["false_flags"], &line["not_looked_for"]), (&json!(1), &json!({"dragging": 1})));
    assert!(statement(&case, &scan).contains(FOUND));
    assert!(statement(&case, &["coverage", "--json"]).contains(FOUND));
    let other_settings = [scan.as_slice(), &["--fps", "4"]].concat();
    assert!(statement(&case, &other_settings).contains(NOT_MEASURED), "4 pictures a second were not tried");
    let other_camera = ["scan", "--json", "--no-stills", "clips/minute.mp4", "--camera", "yard"];
    assert!(statement(&case, &other_camera).contains(NOT_MEASURED));
}

#[test]
fn a_figure_that_was_bettered_is_found() {
    let case = staged();
    drill(&case, &[]);
    let verify = || Outcome::of(case.kuager(["verify", "--json"]));
    assert_eq!(verify().code, 0, "{}", verify().stdout);
    let database = Connection::open(case.data_dir().join("kuager.sqlite")).unwrap();
    assert!(database.execute("update drill set clips = 9", []).is_err(), "rows are only ever added");
    database.execute("update drill_kind set found = 3", []).unwrap();
    let found = verify();
    assert_eq!((found.code, &found.of_type("finding")[0]["code"]), (4, &json!("row_differs")));
    database.execute("drop trigger drill_is_not_deleted", []).unwrap();
    database.execute_batch("delete from drill_kind; delete from drill;").unwrap();
    let found = verify();
    assert_eq!((found.code, &found.of_type("finding")[0]["code"]), (4, &json!("row_missing")));
}

#[test]
fn clips_are_recorded_again_as_the_camera_records() {
    let case = staged();
    let like = case.film_of("testsrc2=s=72x48:r=5:d=4", "camera.mp4", H264);
    let outcome = drill(&case, &["--like", like.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let line = outcome.of_type("drill")[0];
    assert_eq!((&line["like"]["width"], &line["like"]["fps"]), (&json!(72), &json!(5.0)));
    assert_eq!((&line["staging"], &line["found"]), (&json!("recorded"), &json!(2)));
    assert_eq!(std::fs::read_dir(case.data_dir().join("spool")).unwrap().count(), 0, "no copy is left");
}

#[test]
fn a_copy_has_the_cameras_size_rate_and_bits() {
    let case = Case::new();
    let like = case.film_of("testsrc2=s=320x240:r=5:d=8", "camera.mp4", "-c:v libx264 -b:v 100k -g 10");
    let camera = camera_picture(&like).unwrap();
    let copy = case.path("copy.mp4");
    let original = sample("corridor_walking.mp4");
    let before = std::fs::read(&original).unwrap();
    record_as(&original, &copy, &camera).unwrap();
    assert_eq!(std::fs::read(&original).unwrap(), before);
    let made = camera_picture(&copy).unwrap();
    assert_eq!((made.size.width, made.size.height), (320, 180));
    assert!(
        (made.fps - 5.0).abs() < 0.1 && made.bits_per_sec < 1.3 * camera.bits_per_sec,
        "{made:?} {camera:?}"
    );
    let secs = |path: &Path| {
        let mut recording = Recording::open(path, kuager::domain::SourceId(0), 1).unwrap();
        let mut last = 0.0;
        while let Step::Picture(picture, _) = recording.step().unwrap() {
            last = picture.at.media_time.secs_f64();
        }
        last
    };
    assert!((secs(&original) - secs(&copy)).abs() < 0.2, "{} {}", secs(&original), secs(&copy));
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_way_out() {
    let case = staged();
    let refused = |arguments: &[&str], code: i32, wanted: &str| {
        let outcome = kuager(&case, arguments);
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(wanted), "{wanted:?} is missing in {}", outcome.stderr);
    };
    case.write("empty/readme.txt", "");
    refused(&["drill", "empty", "--camera", "a"], 2, "no labels.csv");
    refused(&["drill", "clips", "--camera", ""], 2, "1 to 100 characters");
    case.write("clips/calm.csv", "path,kind,start_secs,end_secs\nminute.mp4,,,\n");
    refused(&["drill", "clips/calm.csv", "--camera", "a"], 2, "stage nothing");
    case.write("clips/broken.mp4", "not a film");
    case.write(
        "clips/odd.csv",
        "path,kind,start_secs,end_secs\nbroken.mp4,violence,1,2\nminute.mp4,violence,9,13\n",
    );
    refused(&["drill", "clips/odd.csv", "--camera", "a"], 1, "no sensitivity is kept");
    case.write("clips/gone.csv", "path,kind,start_secs,end_secs\ngone.mp4,violence,1,2\n");
    refused(&["drill", "clips/gone.csv", "--camera", "a"], 2, "gone.mp4");
}
