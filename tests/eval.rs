//! `kuager eval events` and `eval clips` on the clips that travel with the program, and on labels that are wrong.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::sync::LazyLock;

use common::{Case, H264, Outcome, assert_golden, repository, sample};
use serde_json::Value;

/// Events of all samples, all detectors; shared by the tests that only look at it.
static SAMPLES: LazyLock<Outcome> = LazyLock::new(|| {
    let case = Case::new();
    let labels = sample("labels.csv");
    Outcome::of(case.kuager(["eval", "events", "--json", "--labels", labels.to_str().unwrap()]))
});

fn events(case: &Case, csv: &str, more: &[&str]) -> Outcome {
    let labels = case.write("labels.csv", csv);
    let mut command = case.kuager(["eval", "events", "--labels", labels.to_str().unwrap()]);
    command.args(more);
    Outcome::of(command)
}

fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(n) if n.is_f64() => {
            serde_json::json!((n.as_f64().unwrap() * 1000.0).round() / 1000.0)
        }
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), rounded(v))).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_samples_are_judged_as_labelled() {
    assert_eq!(SAMPLES.code, 0, "{}", SAMPLES.stderr);
    let report = &SAMPLES.lines[0];
    assert_eq!(report["type"], "eval_events");
    // All labelled events are of kinds that are looked for.
    assert_eq!((&report["events"], &report["recordings"]), (&6.into(), &5.into()));
    assert!(report.get("not_looked_for").is_none(), "{report}");
    let hit = report["hit"].as_u64().unwrap();
    assert_eq!(report["recall"].as_f64(), Some(hit as f64 / 6.0));
    assert_eq!(report["alarms"].as_u64().unwrap(), hit + report["false_alarms"].as_u64().unwrap());
    let hours = report["camera_hours"].as_f64().unwrap();
    assert!((hours * 3600.0 - 102.4).abs() < 1.0, "{hours}");
    let slice_hours = |name: &str| report["by_slice"][name]["camera_hours"].as_f64().unwrap_or(0.0);
    for sort in [
        ["light_dark", "light_middling", "light_bright"].as_slice(),
        &["colour_grey", "colour_full"],
        &["people_0", "people_1", "people_2", "people_3_or_more"],
    ] {
        let sum: f64 = sort.iter().map(|name| slice_hours(name)).sum();
        assert!((sum - hours).abs() < 1e-3, "{sort:?} hold {sum} of {hours} hours");
    }
}

/// What does not depend on the models' weights.
#[test]
fn the_report_on_covered_cameras_is_the_golden_one() {
    let case = Case::new();
    let labels = sample("labels.csv");
    let arguments = ["eval", "events", "--json", "--detectors", "camera_covered", "--labels"];
    let outcome = Outcome::of(case.kuager(arguments.into_iter().chain([labels.to_str().unwrap()])));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let mut report = rounded(&outcome.lines[0]);
    // People are counted by the pose model.
    report["by_slice"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !name.starts_with("people") && !name.starts_with("body"));
    assert_golden("eval/events_covered.json", &(serde_json::to_string_pretty(&report).unwrap() + "\n"));
}

#[test]
fn people_get_one_figure_a_line() {
    let case = Case::new();
    case.film("film.mp4", 3, H264);
    let outcome = events(&case, "path,kind,start_secs,end_secs\nfilm.mp4,,,\n", &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let line =
        |name: &str| outcome.stdout.lines().find(|l| l.trim_start().starts_with(name)).map(str::to_owned);
    assert_eq!(line("events ").unwrap().split_whitespace().collect::<Vec<_>>(), ["events", "0"]);
    assert!(line("rate_ci").unwrap().contains("0 to "));
    assert!(outcome.stdout.contains("note: no event of a kind that was looked for"), "{}", outcome.stdout);
    assert!(line("recall").is_none(), "no figure that cannot be given");
}

#[test]
fn wrong_labels_are_refused_before_any_work() {
    let case = Case::new();
    case.film("film.mp4", 3, H264);
    for (rows, hint) in [
        ("film.mp4,fight,1,2\n", "line 2, column `kind`"),
        ("film.mp4,violence,2,1\n", "line 2, column `end_secs`: the event ends at 1 s"),
        ("film.mp4,violence,1,9.5\n", "the recording is 3.00 s long"),
        (
            "film.mp4,violence,0,2\nfilm.mp4,violence,1,3\n",
            "line 3, column `start_secs`: this event overlaps",
        ),
    ] {
        let outcome = events(&case, &format!("path,kind,start_secs,end_secs\n{rows}"), &["--json"]);
        assert_eq!(outcome.code, 2, "{rows}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(hint) && outcome.stderr.contains("labels.csv"), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_recording_that_is_missing_is_told_and_its_events_count_as_missed() {
    let case = Case::new();
    case.film("film.mp4", 3, H264);
    let rows = "path,kind,start_secs,end_secs\nfilm.mp4,,,\ngone.mp4,violence,1,2\n";
    let outcome = events(&case, rows, &["--json"]);
    assert_eq!(outcome.code, 3);
    assert!(outcome.stderr.contains("gone.mp4"), "{}", outcome.stderr);
    let report = &outcome.lines[0];
    assert_eq!((&report["events"], &report["hit"]), (&1.into(), &0.into()));
    let codes: Vec<&Value> = report["notes"].as_array().unwrap().iter().map(|n| &n["code"]).collect();
    assert!(codes.contains(&&"events_unread".into()), "{codes:?}");
}

#[test]
fn clips_have_slices_too() {
    let case = Case::new();
    let labels = repository().join("samples/clips.csv");
    let arguments =
        ["eval", "clips", "--json", "--positive", "violence", "--labels", labels.to_str().unwrap()];
    let outcome = Outcome::of(case.kuager(arguments));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let slices = outcome.lines[0]["by_slice"].as_object().unwrap();
    let clips = |prefix: &str| -> u64 {
        let of_sort = slices.iter().filter(|(name, _)| name.starts_with(prefix));
        of_sort.map(|(_, s)| s["clips"].as_u64().unwrap()).sum()
    };
    for prefix in ["light_", "colour_", "people_", "body_"] {
        assert_eq!(clips(prefix), 5, "{prefix}: {slices:?}");
    }
}
