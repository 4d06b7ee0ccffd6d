//! The main job on the clips that travel with the program, with the embedded models.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::LazyLock;

use common::{Case, H264, Outcome, repository, sample, secs};
use kuager::store::{Reader, RunState};
use serde_json::Value;

/// One scan of all samples, shared by the tests that only look at it.
static SAMPLES: LazyLock<(Case, Outcome)> = LazyLock::new(|| {
    let case = Case::new();
    let outcome = case.scan([repository().join("samples")]);
    (case, outcome)
});

/// Event rows of `samples/labels.csv`: clip, kind, start and end in seconds.
fn labelled_events() -> Vec<(String, String, f64, f64)> {
    let text = std::fs::read_to_string(sample("labels.csv")).unwrap();
    let rows = text.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
    let events = rows.filter(|r| r.len() == 4 && !r[1].is_empty());
    events.map(|r| (r[0].clone(), r[1].clone(), r[2].parse().unwrap(), r[3].parse().unwrap())).collect()
}

/// Incidents of a clip, in their final form.
fn flags_in(clip: &str) -> Vec<&'static Value> {
    let all = SAMPLES.1.incidents();
    all.into_iter().filter(|i| i["source"]["path"].as_str().unwrap().ends_with(clip)).collect()
}

/// Each labelled event of a kind has a flag of that kind that overlaps it by a second or more.
fn assert_found(kind: &str) {
    let mut events = labelled_events();
    events.retain(|e| e.1 == kind);
    assert!(!events.is_empty(), "no {kind} in the labels");
    for (clip, _, from, to) in events {
        let overlap = |i: &&Value| secs(&i["end"]).min(to) - secs(&i["start"]).max(from);
        let is_found = flags_in(&clip).iter().any(|i| i["kind"] == kind && overlap(i) >= 1.0);
        assert!(is_found, "{clip}: no {kind} between {from} s and {to} s: {:#?}", flags_in(&clip));
    }
}

#[test]
fn log_database_and_stills_agree_afterwards() {
    let (case, _) = &*SAMPLES;
    let outcome = Outcome::of(case.kuager(["verify", "--json"]));
    assert_eq!((outcome.code, outcome.of_type("finding").len()), (0, 0), "{}", outcome.stdout);
}

#[test]
fn people_down_are_flagged() {
    assert_found("person_down");
}

#[test]
fn covered_cameras_are_flagged() {
    assert_found("camera_covered");
}

#[test]
fn blows_are_flagged() {
    assert_found("violence");
}

#[test]
fn harmless_clips_raise_nothing() {
    for clip in ["corridor_walking.mp4", "reception_handshake.mp4"] {
        assert_eq!(flags_in(clip), [&Value::Null; 0], "{clip}");
    }
}

#[test]
fn every_line_has_the_shape_of_the_contract() {
    let lines = &SAMPLES.1.lines;
    for line in lines {
        assert_fields(line, &[("schema", is_count)]);
        let fields: &[(&str, Check)] = match line["type"].as_str().unwrap() {
            "run_started" => &[
                ("run", is_text),
                ("program_version", is_text),
                ("command", is_text),
                ("config_digest", is_sha256),
                ("models", is_list),
                ("ffmpeg_version", is_text),
                ("decoder", is_text),
            ],
            "incident" => &[("event", is_text), ("incident", Value::is_object)],
            "coverage" => &[
                ("camera", is_text),
                ("from", is_time),
                ("to", is_time),
                ("received_secs", is_secs),
                ("decoded_secs", is_secs),
                ("analysed_secs", is_secs),
                ("usable_secs", is_secs),
                ("excluded_secs", is_secs),
                ("blind", is_list),
                ("decoder", is_text),
            ],
            "camera_hour" => &[
                ("camera", is_text),
                ("expected_secs", is_secs),
                ("usable_secs", is_secs),
                ("blind_secs", is_secs),
                ("unexplained_secs", is_secs),
                ("blind", is_list),
            ],
            "progress" => &[("done_secs", is_secs)],
            "run_finished" => &[
                ("run", is_text),
                ("inputs", is_count),
                ("analysed_secs", is_secs),
                ("decoded_frames", is_count),
                ("analysed_frames", is_count),
                ("incidents", is_count),
                ("by_kind", Value::is_object),
                ("statement", is_text),
                ("wall_secs", is_secs),
                ("cpu_secs", is_secs),
                ("stages", Value::is_object),
            ],
            other => panic!("a line of type {other} in a scan of whole files"),
        };
        assert_fields(line, fields);
    }
    for model in lines[0]["models"].as_array().unwrap() {
        assert_fields(model, &[("name", is_text), ("sha256", is_sha256), ("provider", is_text)]);
    }
}

#[test]
fn every_incident_has_the_shape_of_the_contract() {
    let incidents = SAMPLES.1.of_type("incident");
    assert!(!incidents.is_empty());
    for line in incidents {
        let incident = &line["incident"];
        let checks: [(&str, Check); 10] = [
            ("id", is_text),
            ("kind", is_text),
            ("camera", is_text),
            ("start", is_time),
            ("peak_score", |v| v.as_f64().is_some_and(|s| (0.0..=1.0).contains(&s))),
            ("severity", |v| ["note", "alert", "urgent"].iter().any(|s| v == s)),
            ("reasons", is_list),
            ("regions", is_list),
            ("people", is_count),
            ("run", |v| *v == SAMPLES.1.lines[0]["run"]),
        ];
        assert_fields(incident, &checks);
        assert_fields(&incident["source"], &[("path", is_text), ("sha256", is_sha256)]);
        assert_eq!(incident.get("end").is_some(), line["event"] == "end", "{line}");
        for reason in incident["reasons"].as_array().unwrap() {
            assert_fields(reason, &[("code", is_text), ("text", is_text)]);
        }
        for region in incident["regions"].as_array().unwrap() {
            assert_fields(
                region,
                &[("media_ns", is_count), ("bbox_in_frame", |b| is_inside(b, 640.0, 360.0))],
            );
        }
    }
}

type Check = fn(&Value) -> bool;

fn assert_fields(object: &Value, fields: &[(&str, Check)]) {
    for (name, check) in fields {
        let value = object.get(*name).unwrap_or_else(|| panic!("no {name} in {object}"));
        assert!(check(value), "{name} = {value} in {object}");
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|t| !t.is_empty())
}

fn is_count(value: &Value) -> bool {
    value.is_u64()
}

fn is_list(value: &Value) -> bool {
    value.is_array()
}

fn is_secs(value: &Value) -> bool {
    value.as_f64().is_some_and(|s| s >= 0.0)
}

fn is_time(value: &Value) -> bool {
    value["media_ns"].is_i64()
}

fn is_sha256(value: &Value) -> bool {
    value.as_str().is_some_and(|t| t.len() == 64 && t.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_inside(bbox: &Value, width: f64, height: f64) -> bool {
    let Ok([x, y, w, h]) = serde_json::from_value::<[f64; 4]>(bbox.clone()) else { return false };
    x >= 0.0 && y >= 0.0 && w > 0.0 && h > 0.0 && x + w <= width + 0.1 && y + h <= height + 0.1
}

#[test]
fn a_run_begins_and_ends_once_and_counts_what_it_told() {
    let (_, outcome) = &*SAMPLES;
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.of_type("run_started").len(), 1);
    assert_eq!(outcome.lines[0]["type"], "run_started");
    let finished = outcome.finished();
    assert_eq!(outcome.lines.last().unwrap(), finished);
    assert_eq!(finished["run"], outcome.lines[0]["run"]);
    assert_eq!(finished["inputs"], 5, "the label files beside the clips are no inputs");
    assert_eq!(outcome.of_type("coverage").len(), 5);
    let mut by_kind = BTreeMap::new();
    for incident in outcome.incidents() {
        *by_kind.entry(incident["kind"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(finished["by_kind"], serde_json::to_value(&by_kind).unwrap());
    assert_eq!(finished["incidents"], by_kind.values().sum::<i32>());
}

#[test]
fn an_incident_opens_grows_and_ends() {
    let mut lives: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in SAMPLES.1.of_type("incident") {
        let life = lives.entry(line["incident"]["id"].as_str().unwrap()).or_default();
        life.push(line["event"].as_str().unwrap());
    }
    for (id, life) in lives {
        let (first, last) = (life[0], life[life.len() - 1]);
        assert_eq!((first, last), ("new", "end"), "{id}: {life:?}");
        assert!(life[1..life.len() - 1].iter().all(|e| *e == "update"), "{id}: {life:?}");
    }
}

#[test]
fn the_stages_add_up_to_the_processor_time() {
    let finished = SAMPLES.1.finished();
    let stages = finished["stages"].as_object().unwrap();
    for stage in ["demux", "decode", "gate", "preprocess", "pose", "track", "violence", "integrity", "store"]
    {
        assert!(stages.contains_key(stage), "{stage}: {finished}");
    }
    let sum: f64 = stages.values().map(|v| v.as_f64().unwrap()).sum();
    let cpu_secs = finished["cpu_secs"].as_f64().unwrap();
    assert!((sum - cpu_secs).abs() <= 0.01 * cpu_secs, "{sum} s in stages, {cpu_secs} s in all");
}

#[test]
fn the_ledger_of_a_clip_only_shrinks() {
    for coverage in SAMPLES.1.of_type("coverage") {
        let names = ["expected_secs", "received_secs", "decoded_secs", "analysed_secs", "usable_secs"];
        let lengths = names.map(|n| coverage[n].as_f64().unwrap_or_else(|| panic!("{n}: {coverage}")));
        assert!(lengths.windows(2).all(|w| w[0] + 1e-3 >= w[1]), "{coverage}");
        assert!((lengths[0] - lengths[3]).abs() < 0.3, "all of it was analysed: {coverage}");
    }
}

#[test]
fn names_of_incidents_last_and_both_runs_are_kept() {
    let clips = ["cell_camera_covered.mp4", "room_collapse_alone.mp4"];
    let case = Case::new();
    let ids = |threads: &str| {
        let paths = clips.map(|c| sample(c).display().to_string());
        let outcome = case.scan(["--threads", threads].into_iter().map(str::to_owned).chain(paths));
        let mut found: Vec<_> = outcome.incidents().into_iter().map(redacted).collect();
        found.sort_by_key(|i| i["id"].to_string());
        found
    };
    let first = ids("1");
    let mut of_all: Vec<_> = clips.iter().flat_map(|c| flags_in(c)).map(redacted).collect();
    of_all.sort_by_key(|i| i["id"].to_string());
    assert_eq!(first, of_all, "one thread on two clips as against all threads on the folder");
    assert_eq!(ids("2"), first, "a second run");
    let runs = case.runs();
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|r| r.state == RunState::Finished));
    let reader = Reader::open(&case.data_dir()).unwrap();
    for run in &runs {
        assert_eq!(reader.incidents(&run.info.id).unwrap().len(), first.len());
    }
}

/// An incident without what differs from run to run, scores to three digits.
fn redacted(incident: &Value) -> Value {
    let mut incident = incident.clone();
    let body = incident.as_object_mut().unwrap();
    body.remove("run");
    body.remove("regions");
    body.remove("reasons");
    let score = body["peak_score"].as_f64().unwrap();
    body.insert("peak_score".to_owned(), ((score * 1000.0).round() / 1000.0).into());
    incident
}

#[test]
fn every_incident_has_a_still() {
    let (case, outcome) = &*SAMPLES;
    let run = &case.runs()[0].info.id;
    let stored = Reader::open(&case.data_dir()).unwrap().incidents(run).unwrap();
    assert_eq!(stored.len(), outcome.incidents().len());
    for incident in stored {
        let bytes = std::fs::read(incident.flagged.still.unwrap()).unwrap();
        assert_eq!(bytes[..3], [0xff, 0xd8, 0xff], "a JPEG");
        assert!(bytes.len() > 5000, "{} bytes", bytes.len());
    }
}

#[test]
fn flags_can_fail_a_script() {
    let case = Case::new();
    let dark = "testsrc2=s=128x96:r=5:d=4[a];color=black:s=128x96:r=5:d=4[b];[a][b]concat";
    case.film_of(dark, "dark.mp4", H264);
    assert_eq!(case.scan(["--fps", "2", "dark.mp4"]).code, 0);
    assert_eq!(case.scan(["--fps", "2", "--fail-on-incident", "dark.mp4"]).code, 10);
    let without = ["--fps", "2", "--fail-on-incident", "--detectors", "violence", "dark.mp4"];
    assert_eq!(case.scan(without).code, 0);
}

#[test]
fn standard_input_gives_what_the_file_gives() {
    let case = Case::new();
    let mut command = case.kuager(["scan", "--json", "-"]);
    command.pipe_stdin(sample("cell_camera_covered.mp4")).unwrap();
    let outcome = Outcome::of(command);
    assert_eq!(outcome.code, 0);
    let ids = |incidents: Vec<&Value>| incidents.iter().map(|i| i["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(outcome.incidents()), ids(flags_in("cell_camera_covered.mp4")));
}

#[test]
fn the_report_is_one_page_in_three_languages() {
    let case = Case::new();
    let clip = case.path("dark.mp4");
    let dark = "testsrc2=s=128x96:r=5:d=4[a];color=black:s=128x96:r=5:d=4[b];[a][b]concat";
    case.film_of(dark, "dark.mp4", H264);
    let mut pages = Vec::new();
    for lang in ["kk", "ru", "en"] {
        let page = case.path(format!("{lang}.html"));
        let outcome = case.scan([
            "--fps",
            "2",
            "--lang",
            lang,
            "--report",
            page.to_str().unwrap(),
            clip.to_str().unwrap(),
        ]);
        assert_eq!(outcome.code, 0);
        let html = std::fs::read_to_string(page).unwrap();
        assert!(html.contains(&format!("lang=\"{lang}\"")) && html.contains("data:image/jpeg;base64,"));
        assert_self_contained(&html);
        pages.push(html);
    }
    assert!(pages[0] != pages[1] && pages[1] != pages[2]);
}

fn assert_self_contained(html: &str) {
    for attribute in ["src=", "href=", "url(", "@import"] {
        for (at, _) in html.match_indices(attribute) {
            let value: String = html[at + attribute.len()..].chars().take(40).collect();
            let value = value.trim_start_matches(['"', '\'']);
            assert!(value.starts_with("data:") || value.starts_with('#'), "{attribute}{value}");
        }
    }
}

#[test]
fn what_the_user_must_correct_exits_2() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    case.write("bad.toml", "[violence]\nalram = 0.5\n");
    for (arguments, hint) in [
        (&["--device", "gpu"][..], "use auto, cpu"),
        (&["--device", "cuda:x"], "use auto, cpu"),
        (&["--decoder", "nvdec"], "use auto, software"),
        (&["--fps", "0"], "0.2 to 30"),
        (&["--fps", "nan"], "0.2 to 30"),
        (&["--fps", "fast"], "--fps"),
        (&["--threads", "0"], "at least 1 thread"),
        (&["--config", "bad.toml"], "alram"),
        (&["--config", "missing.toml"], "missing.toml"),
        (&["--models", "pose"], "pose=NAME"),
        (&["--models", "pose=nobody"], "nobody"),
        (&["--models", "violence=kuager-eye"], "not a violence model"),
        (&["--detectors", "faces"], "camera_covered"),
        (&["--lang", "de"], "kk, ru and en"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let outcome = case.scan(arguments.iter().chain(&["a.mp4"]));
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(hint), "{hint:?} is missing in: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
    }
    assert_eq!(case.scan([] as [&str; 0]).code, 2, "no path");
}

#[test]
fn a_device_is_used_or_refused_but_never_replaced_in_silence() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    let refused = case.scan(["--device", "openvino", "a.mp4"]);
    if refused.code == 0 {
        eprintln!("skipped: OpenVINO runs here");
        return;
    }
    assert_eq!(refused.code, 1);
    for hint in ["openvino", "--device cpu", "--fallback cpu"] {
        assert!(refused.stderr.contains(hint), "{hint:?} is missing in: {}", refused.stderr);
    }
    let fallen_back = case.scan(["--device", "openvino", "--fallback", "cpu", "a.mp4"]);
    assert_eq!(fallen_back.code, 0);
    assert_eq!(fallen_back.lines[0]["models"][0]["provider"], "cpu");
    assert_eq!(case.runs().last().unwrap().info.models[0].provider, "cpu");
}

#[test]
fn a_decoder_is_used_or_refused_but_never_replaced_in_silence() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    for decoder in ["cuda:0", "vaapi"] {
        let refused = case.scan(["--decoder", decoder, "a.mp4"]);
        if refused.code == 0 {
            eprintln!("skipped: {decoder} runs here");
            assert_eq!(refused.lines[0]["decoder"], decoder);
            continue;
        }
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
        for hint in [decoder, "--decoder software", "--fallback cpu"] {
            assert!(refused.stderr.contains(hint), "{hint:?} is missing in: {}", refused.stderr);
        }
        let fallen_back = case.scan(["--decoder", decoder, "--fallback", "cpu", "a.mp4"]);
        assert_eq!(fallen_back.code, 0);
        let told = format!("decoder {decoder} cannot be used here");
        assert!(fallen_back.stderr.contains(&told), "{}", fallen_back.stderr);
        assert!(fallen_back.stderr.contains("decoding in software"), "{}", fallen_back.stderr);
        assert_eq!(fallen_back.lines[0]["decoder"], "software");
        assert_eq!(fallen_back.of_type("coverage")[0]["decoder"], "software");
        assert_eq!(case.runs().last().unwrap().info.decoder, "software");
    }
}

#[test]
fn cuda_without_a_gpu_names_the_way_out() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    let refused = case.scan(["--device", "cuda:0", "a.mp4"]);
    if refused.code == 0 {
        eprintln!("skipped: CUDA runs here");
        assert_eq!(refused.lines[0]["models"][0]["provider"], "cuda:0");
        return;
    }
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("device cuda:0 cannot run here"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--fallback cpu"), "{}", refused.stderr);
}

#[test]
fn a_table_is_cut_short_quietly() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    let mut child = case.program();
    let mut child = child
        .args(["scan", "--fps", "1", "a.mp4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take()); // like `| head -0`
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
}

#[test]
fn a_folder_without_recordings_is_said() {
    let case = Case::new();
    std::fs::create_dir(case.path("empty")).unwrap();
    case.write("papers/a.txt", "words");
    let outcome = case.scan(["empty", "papers"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("empty", &["could be a recording", "check the path"]);
    outcome.the_error_of("papers", &["could be a recording", "check the path"]);
    let told = Outcome::of(case.kuager(["scan", "papers"])).stderr;
    assert!(told.contains("could be a recording") && told.contains("papers"), "{told}");
}

#[test]
fn a_file_that_is_named_twice_is_analysed_once() {
    let case = Case::new();
    case.film("in/a.mp4", 1, H264);
    let outcome = case.scan(["--fps", "1", "in/a.mp4", "in", "in/*.mp4"]);
    assert_eq!((outcome.code, &outcome.finished()["inputs"]), (0, &1.into()), "{outcome:#?}");
}

#[test]
fn benign_footage_can_be_scanned() {
    let Some(folder) = common::dev_data("benign") else { return };
    let clip = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let is_video = |p: &Path| p.extension().is_some_and(|e| e == "mp4" || e == "webm" || e == "avi");
    let clip = clip.map(walkdir::DirEntry::into_path).find(|p| is_video(p)).unwrap();
    let case = Case::new();
    let short = case.ffmpeg(&["-i", clip.to_str().unwrap(), "-t", "5", "-an", "-s", "320x180"], "short.mp4");
    assert_eq!(case.scan([short]).code, 0);
}
