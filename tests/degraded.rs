//! A camera whose picture is cut down within one recording, and one that only rests where nothing moves.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use common::{Case, Outcome, sample, secs};
use serde_json::Value;

/// Of what the rendered corridor shows when played over and over, what FFmpeg's filter leaves of 45 s of it; key pictures
/// every 2 s.
fn film(case: &Case, name: &str, filter: &str) {
    let corridor = sample("corridor_walking.mp4");
    let corridor = corridor.to_str().unwrap();
    let how =
        "-vsync passthrough -c:v libx264 -preset superfast -crf 26 -force_key_frames expr:gte(t,n_forced*2)";
    let mut arguments = vec!["-stream_loop", "2", "-i", corridor, "-t", "45", "-vf", filter];
    arguments.extend(how.split_whitespace());
    case.ffmpeg(&arguments, name);
}

/// The one flag of a scan, and the value of one of its reasons.
fn the_flag<'a>(outcome: &'a Outcome, reason: &str) -> (&'a Value, f64) {
    let [flag] = outcome.incidents()[..] else { panic!("{outcome:#?}") };
    let reasons = flag["reasons"].as_array().unwrap();
    let found = reasons.iter().find(|r| r["code"] == reason).unwrap_or_else(|| panic!("{flag:#}"));
    (flag, found["value"].as_f64().unwrap())
}

fn scan(case: &Case, name: &str) -> Outcome {
    case.scan([
        "--detectors",
        "camera_covered,camera_moved,camera_blurred,camera_frozen,camera_degraded",
        name,
    ])
}

#[test]
fn a_mask_drawn_in_is_told_with_its_share_and_a_still_and_its_time_stays_usable() {
    let case = Case::new();
    film(&case, "masked.mp4", "drawbox=200:120:240:120:black:fill:enable='gte(t,20)'");
    let outcome = scan(&case, "masked.mp4");
    let (flag, share) = the_flag(&outcome, "masked_share");
    assert_eq!(flag["kind"], "camera_degraded");
    assert!((share - 0.125).abs() < 0.02, "{flag:#}");
    assert!((18.0..20.5).contains(&secs(&flag["start"])), "{flag:#}");
    // The corridor plays over and over, which is told as well; the mask takes nothing off the usable time.
    let blind = outcome.coverage_of("masked.mp4")["blind"].as_array().unwrap();
    assert!(blind.iter().all(|b| b["cause"] == "camera_looped"), "{blind:#?}");
    let stills = walkdir::WalkDir::new(case.data_dir().join("stills")).into_iter().flatten();
    assert_eq!(stills.filter(|e| e.path().extension().is_some_and(|x| x == "jpg")).count(), 1);
}

#[test]
fn far_fewer_pictures_a_second_are_told_with_both_rates() {
    let case = Case::new();
    film(&case, "slow.mp4", "select='lt(t,25)+not(mod(n,10))'");
    let outcome = scan(&case, "slow.mp4");
    let (flag, before) = the_flag(&outcome, "picture_rate_before");
    assert_eq!(flag["kind"], "camera_degraded");
    assert!((before - 12.5).abs() < 0.5, "{flag:#}");
    assert!((the_flag(&outcome, "picture_rate").1 - 1.25).abs() < 0.3, "{flag:#}");
    assert!((23.0..30.0).contains(&secs(&flag["start"])), "{flag:#}");
}

#[test]
fn smaller_pictures_in_one_stream_are_told_with_their_lines() {
    let case = Case::new();
    for (name, filter) in [("whole.ts", "trim=0:12"), ("small.ts", "trim=0:16,scale=320:180")] {
        film(&case, name, filter);
    }
    let parts = ["whole.ts", "small.ts"].map(|name| std::fs::read(case.path(name)).unwrap());
    case.write("joined.ts", parts.concat());
    let outcome = case.scan(["--detectors", "camera_degraded", "joined.ts"]);
    let (flag, lines) = the_flag(&outcome, "picture_lines");
    assert_eq!((lines, the_flag(&outcome, "picture_lines_before").1), (180.0, 360.0), "{flag:#}");
    assert!((11.0..13.0).contains(&secs(&flag["start"])), "{flag:#}");
}
