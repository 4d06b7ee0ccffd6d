//! `kuager calibrate` and `scan --camera`: with a tiny model whose score is the picture's brightness, so that footage
//! with known scores can be drawn.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};

use common::{Case, H264, Outcome, QUIET_MINUTE, repository};
use kuager::store::Reader;
use serde_json::Value;

/// Alarm level 0.5, which calibration may raise to `highest`.
fn model(case: &Case, highest: Option<f32>) -> PathBuf {
    let shipped = repository().join("tests/data/models/tiny-violence");
    let card = std::fs::read_to_string(shipped.join("model.toml")).unwrap();
    let known = "[[measured]]\nwhat = \"recall at alarm_highest\"\nvalue = 0.4\ndata = \"nothing\"\ncommand = \"none\"\n";
    let raised = highest.map(|h| format!("alarm = 0.5\nalarm_highest = {h}\n\n{known}"));
    let card = card.replace("alarm = 0.5\n", raised.as_deref().unwrap_or("alarm = 0.5\n"));
    case.write("model/model.toml", card);
    let graph = std::fs::read(shipped.join("tiny-violence.onnx")).unwrap();
    case.write("model/tiny-violence.onnx", graph).parent().unwrap().to_owned()
}

fn kuager(case: &Case, arguments: &[&str], violence: &Path) -> Outcome {
    let pose = repository().join("tests/data/models/tiny-u8");
    let mut command = case.kuager(arguments);
    command.args(["--models", &format!("pose={}", pose.display())]);
    command.args(["--models", &format!("violence={}", violence.display()), "--detectors", "violence"]);
    command.arg("--no-gate"); // the stand-in for a model goes by how bright a flat picture is
    Outcome::of(command)
}

/// What a calibration of a minute of footage says: one flag a minute is wished for.
fn calibrate(case: &Case, violence: &Path, more: &[&str]) -> Outcome {
    let wish = [
        "calibrate",
        "--camera",
        "block 4",
        "--flags-per-hour",
        "61",
        "--least-minutes",
        "0.9",
        "--no-stills",
    ];
    kuager(case, &[wish.as_slice(), more].concat(), violence)
}

fn scan(case: &Case, violence: &Path, more: &[&str]) -> Outcome {
    kuager(case, &[["scan", "--no-stills", "--camera", "block 4"].as_slice(), more].concat(), violence)
}

fn flags(outcome: &Outcome) -> u64 {
    outcome.finished()["incidents"].as_u64().unwrap()
}

#[test]
fn a_noisy_camera_gets_a_level_and_nothing_is_hidden() {
    let case = Case::new();
    let violence = model(&case, Some(0.7));
    case.film_of(QUIET_MINUTE, "minute.mp4", H264);
    let learnt = calibrate(&case, &violence, &["--json", "minute.mp4"]);
    assert_eq!(learnt.code, 0, "{}", learnt.stderr);
    assert_eq!(flags(&learnt), 3, "all that the model's own level flags is listed");
    let line = learnt.of_type("alarm_level")[0];
    assert_eq!(
        (&line["calibration"]["flags"], &line["calibration"]["flags_at_own_level"]),
        (&1.into(), &3.into())
    );
    let level = line["level"].as_f64().unwrap();
    assert!(level > 0.5 && level <= 0.7001, "{level}");
    let stored = &case.runs()[0].info;
    assert_eq!(stored.command, "calibrate");
    let kept = Reader::open(&case.data_dir()).unwrap().incidents(&stored.id).unwrap();
    assert_eq!(kept.len(), 3, "and kept");

    let scanned = scan(&case, &violence, &["--json", "minute.mp4"]);
    assert_eq!(flags(&scanned), 1);
    let in_use = scanned.of_type("alarm_level")[0];
    assert_eq!(
        (&in_use["level"], &in_use["own_level"], &in_use["calibrated"]),
        (&line["level"], &0.5.into(), &true.into())
    );
    assert_eq!(in_use["calibration"]["sha256"], line["calibration"]["sha256"]);
    assert_eq!(in_use["known_at_highest"], serde_json::json!(["recall at alarm_highest: 0.4, nothing"]));
    assert_eq!(scanned.incidents()[0]["camera"], "block 4");
    let elsewhere = kuager(&case, &["scan", "--json", "--no-stills", "minute.mp4"], &violence);
    assert_eq!(
        (flags(&elsewhere), elsewhere.of_type("alarm_level").len()),
        (3, 0),
        "only for the camera that is named"
    );
    assert_ne!(elsewhere.lines[0]["config_digest"], scanned.lines[0]["config_digest"]);
}

#[test]
fn reports_for_people_say_what_the_level_rests_on() {
    let case = Case::new();
    let violence = model(&case, Some(0.7));
    case.film_of(QUIET_MINUTE, "minute.mp4", H264);
    let learnt = calibrate(&case, &violence, &["minute.mp4"]);
    for wanted in
        ["learnt for this camera", "3 flags at the model's own", "kept for review", "an hour (95 %)"]
    {
        assert!(joined(&learnt.stdout).contains(wanted), "{wanted:?} is missing in {}", learnt.stdout);
    }
    let scanned = scan(&case, &violence, &["minute.mp4", "--report", "report.html"]);
    let sha256 = &case.runs()[0].info.id;
    let sha256 = Reader::open(&case.data_dir()).unwrap().sources(sha256).unwrap()[0].source.sha256.clone();
    let page = std::fs::read_to_string(case.path("report.html")).unwrap();
    for wanted in ["Camera block 4", "recall at alarm_highest: 0.4", "1 recording", &sha256] {
        assert!(joined(&scanned.stdout).contains(wanted), "{wanted:?} is missing in {}", scanned.stdout);
        assert!(page.contains(wanted), "{wanted:?} is missing in the page");
    }
    let run = &case.runs()[1].info.id;
    let flag = Reader::open(&case.data_dir()).unwrap().incidents(run).unwrap()[0].flagged.id.0.clone();
    let exported = kuager(&case, &["export", &flag, "--no-viewing-copy", "--out", "out"], &violence);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let page = case.path("out").join(format!("INC-{flag}/data/report.en.html"));
    let page = std::fs::read_to_string(page).unwrap();
    for wanted in ["learnt for this camera", "recall at alarm_highest: 0.4", "1 recording", &sha256] {
        assert!(page.contains(wanted), "{wanted:?} is missing in the package's page");
    }
}

/// Without line breaks.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn no_footage_can_raise_the_level_above_what_the_card_allows() {
    let case = Case::new();
    let violence = model(&case, None);
    case.film_of(QUIET_MINUTE, "minute.mp4", H264);
    let learnt = calibrate(&case, &violence, &["--json", "minute.mp4"]);
    let line = learnt.of_type("alarm_level")[0];
    assert_eq!((&line["level"], &line["calibration"]["noisier_than_wanted"]), (&0.5.into(), &true.into()));
    assert_eq!(flags(&scan(&case, &violence, &["--json", "minute.mp4"])), 3);
}

#[test]
fn a_calibration_is_taken_back_by_another_row_and_holds_only_for_its_rules() {
    let case = Case::new();
    let violence = model(&case, Some(0.7));
    case.film_of(QUIET_MINUTE, "minute.mp4", H264);
    assert_eq!(calibrate(&case, &violence, &["minute.mp4"]).code, 0);
    let other_rules = scan(&case, &violence, &["--json", "--fps", "6", "minute.mp4"]);
    assert_eq!(other_rules.of_type("alarm_level")[0]["calibrated"], Value::Bool(false));
    assert_eq!(other_rules.of_type("alarm_level")[0]["level"], 0.5);
    let remove = ["calibrate", "--camera", "block 4", "--remove"];
    assert_eq!(kuager(&case, &remove, &violence).code, 0);
    let back = scan(&case, &violence, &["--json", "minute.mp4"]);
    assert_eq!(flags(&back), 3);
    assert!(back.of_type("alarm_level")[0]["removed_at"].is_string());
    let again = kuager(&case, &remove, &violence);
    assert_eq!(again.code, 2, "there is nothing left to take back");
}

#[test]
fn too_little_footage_is_refused_and_copies_do_not_count() {
    let case = Case::new();
    let violence = model(&case, Some(0.7));
    let film = case.film_of(QUIET_MINUTE, "minute.mp4", H264);
    std::fs::copy(film, case.path("copy.mp4")).unwrap();
    let short = kuager(&case, &["calibrate", "--camera", "x", "minute.mp4"], &violence);
    assert_eq!(short.code, 2);
    assert!(
        short.stderr.contains("1.0 min declared in 1 recordings") && short.stderr.contains("at least 30 min")
    );
    assert!(!case.data_dir().join("kuager.sqlite").exists(), "refused before any work");
    let least =
        ["calibrate", "--camera", "x", "--least-minutes", "1.5", "--no-stills", "minute.mp4", "copy.mp4"];
    let copied = kuager(&case, &least, &violence);
    assert_eq!(copied.code, 2);
    assert!(copied.stderr.contains("1.0 min usable in 1 recordings"), "{}", copied.stderr);
    let none = kuager(&case, &["scan", "--json", "--no-stills", "--camera", "x", "minute.mp4"], &violence);
    assert!(none.of_type("alarm_level")[0].get("calibration").is_none(), "nothing was learnt");
}

#[test]
fn what_cannot_work_is_said_before_any_work() {
    let case = Case::new();
    let violence = model(&case, Some(0.7));
    case.write("own.toml", "[violence]\nalarm = 0.4\n");
    for (arguments, hint) in [
        (["--config", "own.toml", "minute.mp4"].as_slice(), "violence.alarm is configured"),
        (&["--flags-per-hour", "nan", "minute.mp4"], "must be a number"),
        (&["-"], "give files"),
    ] {
        let outcome =
            kuager(&case, &[["calibrate", "--camera", "x"].as_slice(), arguments].concat(), &violence);
        assert_eq!(outcome.code, 2, "{arguments:?}");
        assert!(outcome.stderr.contains(hint), "{arguments:?}: {}", outcome.stderr);
    }
}
