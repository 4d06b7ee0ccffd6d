//! `kuager bench` and the comparison with another program: shapes, and numbers that follow from each other. What a machine
//! takes is asserted nowhere.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use common::{Case, H264, Outcome, sample};
use serde_json::Value;

fn number(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap_or_else(|| panic!("{name} is no number: {of}"))
}

fn assert_close(found: f64, wanted: f64, what: &str) {
    assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "{what}: {found}, not {wanted}");
}

#[test]
fn a_bench_tells_limits_ratios_stages_and_what_the_machine_could_carry() {
    let case = Case::new();
    case.film("film.mp4", 4, H264);
    let told =
        Outcome::of(case.kuager(["bench", "--json", "--threads", "1", "--cameras", "1000", "film.mp4"]));
    assert_eq!(told.code, 0, "{}", told.stderr);
    let [bench] = &told.lines[..] else { panic!("one line: {}", told.stdout) };
    assert_eq!(
        (&bench["type"], &bench["decoded_frames"], &bench["analysed_frames"]),
        (&"bench".into(), &40.into(), &20.into())
    );
    assert_close(number(bench, "footage_secs"), 4.0, "footage");

    let scan = number(bench, "scan_cpu_secs");
    let limits = number(bench, "decode_cpu_secs") + number(bench, "models_cpu_secs");
    assert_close(number(bench, "cpu_ratio"), scan / limits, "ratio to both limits");
    assert_close(
        number(bench, "cpu_against_decode"),
        scan / number(bench, "decode_cpu_secs"),
        "ratio to decoding",
    );
    assert!(
        number(bench, "packets_cpu_secs") > 0.0 && number(bench, "key_pictures_cpu_secs") > 0.0,
        "{bench}"
    );
    assert_close(number(bench, "analysed_share"), 1.0, "the test picture moves all the time: share analysed");
    let outside = (scan - number(bench, "models_cpu_secs")) / 4.0;
    assert_close(number(bench, "outside_models_per_footage_sec"), outside, "besides the models");
    assert_close(number(bench, "speed"), 4.0 / number(bench, "scan_wall_secs"), "speed");
    let stages: f64 = bench["stages"].as_object().unwrap().values().map(|secs| secs.as_f64().unwrap()).sum();
    assert!((stages - scan).abs() < 0.001, "the stages add up to {stages}, the scan took {scan}");
    assert!(number(&bench["stages"], "pose") > 0.0, "{bench}");

    let plan = &bench["capacity"];
    let cost = number(plan, "cpu_secs_per_footage_sec");
    assert_close(cost, scan / 4.0, "cost of a second");
    assert_close(number(plan, "archive_hours_per_hour"), number(plan, "cores") / cost, "archive");
    let live = (number(plan, "cores") * number(plan, "live_share") / cost).floor();
    assert_eq!(number(plan, "live_cameras"), live);
    let machines = plan["machines"].as_f64();
    assert_eq!(machines, (live > 0.0).then(|| (1000.0 / live).ceil()));
    assert!(plan["assumptions"].as_array().is_some_and(|told| told.len() > 3), "{plan}");
}

#[test]
fn people_read_the_same_with_every_assumption() {
    let case = Case::new();
    case.film("film.mp4", 2, H264);
    let told = Outcome::of(case.kuager(["bench", "--threads", "1", "--fps", "2.5", "film.mp4"]));
    assert_eq!(told.code, 0, "{}", told.stderr);
    for wanted in [
        "limit: reading packets alone",
        "limit: key pictures alone",
        "limit: decoding alone",
        "limit: models alone",
        "scan, everything",
        "CPU of scan by stage: demux",
        "20 pictures, 5 analysed (2.50 a second)",
        "peak memory",
        "live at 2.5 pictures a second",
        "100.0 % of the time looked at picture by picture",
        "assuming that",
        "these 2 s",
    ] {
        assert!(told.stdout.contains(wanted), "{wanted} is not in\n{}", told.stdout);
    }
}

#[test]
fn detections_hold_whom_the_models_see_in_each_picked_picture() {
    let case = Case::new();
    let whole = sample("reception_handshake.mp4");
    case.ffmpeg(&["-i", whole.to_str().unwrap(), "-t", "4", "-c", "copy"], "clip.mp4");
    let told = Outcome::of(case.kuager(["bench", "--detections", "seen", "clip.mp4"]));
    assert_eq!((told.code, told.stdout.as_str()), (0, ""), "{}", told.stderr);
    let lines: Vec<Value> = std::fs::read_to_string(case.path("seen"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let pictures: Vec<&Value> = lines.iter().filter(|l| l["type"] == "picture").collect();
    assert!((20..=22).contains(&pictures.len()), "five a second, the cut a little later: {}", pictures.len());
    let times: Vec<i64> = pictures.iter().map(|p| p["media_ns"].as_i64().unwrap()).collect();
    assert!(
        times.windows(2).all(|pair| pair[1] - pair[0] >= 100_000_000),
        "one at each fifth of a second: {times:?}"
    );
    let known = ["analysed", "gated", "skipped"];
    assert!(
        pictures.iter().all(|p| p["how"].as_str().is_some_and(|how| known.contains(&how))),
        "{pictures:?}"
    );
    let people = pictures.iter().flat_map(|p| p["people"].as_array().unwrap());
    let mut count = 0;
    for person in people {
        let corners: Vec<f64> =
            person["box"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        assert!(corners[0] < corners[2] && corners[1] < corners[3], "left, top, right, bottom: {corners:?}");
        assert_eq!(person["joints"].as_array().unwrap().len(), 17);
        count += 1;
    }
    assert!(count >= pictures.len(), "two people shake hands: {count} seen in {} pictures", pictures.len());
    let window = lines.iter().find(|l| l["type"] == "window").expect("windows were scored");
    assert!((0.0..=1.0).contains(&number(window, "probability")), "{window}");
}
