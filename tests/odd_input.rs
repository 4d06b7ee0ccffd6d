//! Recordings that are whole but unusual: analysed like any other, with exact times, without a complaint.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use common::{Case, H264, Outcome, secs};

const SLOW: [&str; 2] = ["--fps", "2"];

/// Clear for 4 s, then black for 4 s: raises `camera_dark` at about 4 s, over the whole picture.
const GOES_DARK: &str = "testsrc2=s=128x96:r=10:d=4[a];color=black:s=128x96:r=10:d=4[b];[a][b]concat";

fn assert_dark_from_4(outcome: &Outcome, bbox: [f64; 4]) {
    let incidents = outcome.incidents();
    assert_eq!(incidents.len(), 1, "{outcome:#?}");
    let incident = incidents[0];
    assert_eq!(incident["kind"], "camera_dark");
    assert!((3.5..4.6).contains(&secs(&incident["start"])), "{incident}");
    let found: Vec<f64> = serde_json::from_value(incident["regions"][0]["bbox_in_frame"].clone()).unwrap();
    assert_eq!(found, bbox);
}

#[test]
fn every_codec_that_recorders_write() {
    let case = Case::new();
    let x265 = "-x265-params log-level=error:keyint=10 -preset ultrafast";
    let films = [
        ("h264-10-bit.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le".to_owned()),
        ("h264-444.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv444p".to_owned()),
        ("h264.ts", H264.to_owned()),
        ("h264.flv", H264.to_owned()),
        ("h264.264", format!("{H264} -f h264")),
        ("hevc.mp4", format!("-c:v libx265 {x265}")),
        ("hevc-10-bit.mkv", format!("-c:v libx265 -pix_fmt yuv420p10le {x265}")),
        ("hevc.265", format!("-c:v libx265 {x265} -f hevc")),
        ("mjpeg.avi", "-c:v mjpeg".to_owned()),
        ("mpeg4.avi", "-c:v mpeg4 -bf 2".to_owned()),
        ("mpeg2.mpg", "-c:v mpeg2video -r 25".to_owned()),
        ("av1.mp4", "-c:v libsvtav1 -preset 12 -svtav1-params enable-overlays=0".to_owned()),
        ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8".to_owned()),
        ("ffv1.mkv", "-c:v ffv1 -pix_fmt gray".to_owned()),
        ("wmv2.wmv", "-c:v wmv2".to_owned()),
    ];
    for (name, encoding) in &films {
        case.film(&format!("in/{name}"), 3, encoding);
    }
    let outcome = case.scan(SLOW.iter().chain(&["in"]));
    for (name, _) in &films {
        outcome.assert_whole(name, 3.0, 0.6);
    }
    assert_eq!(outcome.code, 0);
}

#[test]
fn odd_sizes_down_to_a_single_pixel() {
    let case = Case::new();
    let sizes = ["1x1", "3x5", "17x33", "2x600", "1500x2", "641x359"];
    for size in sizes {
        let source = format!("testsrc2=s=160x120:r=5:d=2,scale={}", size.replace('x', ":"));
        case.film_of(&source, &format!("in/{size}.mkv"), "-c:v ffv1 -pix_fmt yuv444p");
        case.film_of(&source, &format!("in/{size}.avi"), "-c:v mjpeg -pix_fmt yuvj420p");
    }
    let outcome = case.scan(SLOW.iter().chain(&["in"]));
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    for size in sizes {
        outcome.assert_whole(&format!("/{size}.mkv"), 2.0, 0.2);
        outcome.assert_whole(&format!("/{size}.avi"), 2.0, 0.2);
    }
}

#[test]
fn a_variable_frame_rate_keeps_its_times() {
    let case = Case::new();
    let source = "testsrc2=s=128x96:r=10:d=4,setpts='if(lt(N,20),N*0.1,2+(N-20)*0.4)/TB'";
    case.film_of(source, "uneven.mkv", &format!("-vsync vfr {H264}"));
    let outcome = case.scan(["uneven.mkv"]);
    assert_eq!(outcome.code, 0);
    outcome.assert_whole("uneven.mkv", 10.0, 0.6);
    assert!((outcome.finished()["decoded_frames"].as_u64().unwrap()) == 40);
}

#[test]
fn a_clock_that_starts_at_hours_starts_at_zero() {
    let case = Case::new();
    for name in ["late.ts", "late.mkv", "late.mp4"] {
        case.film_of(GOES_DARK, name, &format!("{H264} -output_ts_offset 7200"));
        let outcome = case.scan(SLOW.iter().chain(&[name]));
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        outcome.assert_whole(name, 8.0, 0.6);
        assert_dark_from_4(&outcome, [0.0, 0.0, 128.0, 96.0]);
    }
}

#[test]
fn a_clock_that_wraps_goes_on() {
    let case = Case::new();
    // 2^33 ticks of 90 kHz are 95443.7 s.
    case.film_of(GOES_DARK, "wrap.ts", &format!("{H264} -output_ts_offset 95438"));
    let outcome = case.scan(SLOW.iter().chain(&["wrap.ts"]));
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    outcome.assert_whole("wrap.ts", 8.0, 0.6);
    assert_dark_from_4(&outcome, [0.0, 0.0, 128.0, 96.0]);
    assert_has_stills(&case, 1);
}

/// Seeking for the still must not be fooled by the clock.
fn assert_has_stills(case: &Case, count: usize) {
    let stills = walkdir::WalkDir::new(case.data_dir().join("stills"));
    let jpegs = stills.into_iter().flatten().filter(|e| e.path().extension().is_some_and(|x| x == "jpg"));
    assert_eq!(jpegs.count(), count);
}

#[test]
fn a_clock_set_back_is_told_and_time_counts_on() {
    let case = Case::new();
    let mut bytes = std::fs::read(case.film("first.ts", 3, H264)).unwrap();
    bytes.extend(std::fs::read(case.film_of(GOES_DARK, "second.ts", H264)).unwrap());
    case.write("joined.ts", bytes);
    let outcome = case.scan(SLOW.iter().chain(&["joined.ts"]));
    assert_eq!(outcome.code, 3);
    let error =
        outcome.the_error_of("joined.ts", &["clock jumps by -3.", "at 00:00:0", "picture's own clock"]);
    assert!((2.9..3.2).contains(&secs(&error["at"])), "{error}");
    outcome.assert_analysed("joined.ts", 11.0, 0.6);
    assert!((6.5..7.6).contains(&secs(&outcome.incidents()[0]["start"])), "{outcome:#?}");
    let jump = outcome.incidents()[1];
    assert_eq!((&jump["kind"], &jump["reasons"][0]["code"]), (&"time_mismatch".into(), &"clock_jump".into()));
    assert_has_stills(&case, 2);
}

#[test]
fn a_size_that_changes_midway() {
    let case = Case::new();
    for name in ["joined.264", "joined.ts"] {
        let ending = name.split_once('.').unwrap().1;
        let format = if ending == "264" { "-f h264" } else { "-output_ts_offset 3" };
        let first =
            case.film(&format!("first.{ending}"), 3, &H264.replace("-g 10", "-g 10 -bsf:v dump_extra"));
        let second = case.film_of(
            "testsrc2=s=320x180:r=10:d=3",
            &format!("second.{ending}"),
            &format!("{H264} {format}"),
        );
        case.write(name, [std::fs::read(first).unwrap(), std::fs::read(second).unwrap()].concat());
        let outcome = case.scan(SLOW.iter().chain(&[name]));
        assert_eq!(outcome.code, 0, "{name}: {outcome:#?}");
        assert_eq!(outcome.finished()["decoded_frames"], 60, "{name}");
    }
}

#[test]
fn a_phone_held_upright() {
    let case = Case::new();
    case.film_of(GOES_DARK, "flat.mp4", H264);
    case.ffmpeg(&["-i", "flat.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=90"], "upright.mp4");
    let outcome = case.scan(SLOW.iter().chain(&["upright.mp4"]));
    assert_eq!(outcome.code, 0);
    assert_dark_from_4(&outcome, [0.0, 0.0, 96.0, 128.0]);
    assert_has_stills(&case, 1);
}

#[test]
fn wide_pixels_widen_the_picture() {
    let case = Case::new();
    case.film_of(&format!("{GOES_DARK},setsar=2"), "wide.mp4", H264);
    let outcome = case.scan(SLOW.iter().chain(&["wide.mp4"]));
    assert_dark_from_4(&outcome, [0.0, 0.0, 256.0, 96.0]);
}

#[test]
fn sound_beside_the_picture_changes_nothing() {
    let case = Case::new();
    let inputs = ["-f", "lavfi", "-i", "sine=d=3", "-f", "lavfi", "-i", "testsrc2=s=128x96:r=10:d=3"];
    let encoding = ["-c:a", "aac", "-c:v", "libx264", "-preset", "ultrafast"];
    case.ffmpeg(&[&inputs[..], &encoding[..]].concat(), "talk.mp4");
    let outcome = case.scan(SLOW.iter().chain(&["talk.mp4"]));
    assert_eq!(outcome.code, 0);
    outcome.assert_whole("talk.mp4", 3.0, 0.2);
}
