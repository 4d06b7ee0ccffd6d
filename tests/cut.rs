//! A long recording is packed as a stretch of it: the packets as they are, in a container that keeps them, and provably out of
//! the whole.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{Case, H264, Outcome, QUIET_MINUTE, copy_folder, rewrite_manifests};
use kuager::digest::sha256_hex;
use kuager::domain::{CameraSigning, MediaTime, Span};
use kuager::media::{Cut, Payload, Run, camera_signings, init, payloads, write_cut};
use serde_json::Value;

const HEVC: &str = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=20 -pix_fmt yuv420p";
const B_FRAMES: &str = "-c:v libx264 -preset veryfast -bf 3 -g 25 -pix_fmt yuv420p";
const SOUND: &str = "sine=frequency=440:sample_rate=16000:duration=40";

/// Forty seconds of picture and sound.
fn film(case: &Case, name: &str, video: &str, audio: &str) -> std::path::PathBuf {
    let picture = "testsrc2=s=128x96:r=10:d=40";
    let mut arguments = vec!["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", SOUND];
    arguments.extend(video.split_whitespace());
    arguments.extend(audio.split_whitespace());
    case.ffmpeg(&arguments, name)
}

fn span(from: f64, to: f64) -> Span {
    Span::between(MediaTime::from_secs_f64(from), MediaTime::from_secs_f64(to))
}

fn cut(case: &Case, recording: &Path, from: f64, to: f64) -> Cut {
    init().unwrap();
    write_cut(recording, span(from, to), &case.path("cut")).unwrap()
}

/// What the cut says of itself is what is in it, and what is in the recording.
fn assert_is_part_of(cut: &Cut, recording: &Path) {
    let of_recording: Vec<Run> = cut.streams.iter().map(|s| s.run.clone()).collect();
    let of_cut: Vec<Run> =
        (0..cut.streams.len()).map(|stream| Run { stream, packets: 0..u64::MAX }).collect();
    let said: Vec<Payload> = cut.streams.iter().map(|s| s.payload.clone()).collect();
    assert_eq!(payloads(recording, &of_recording).unwrap(), said);
    assert_eq!(payloads(&cut.path, &of_cut).unwrap(), said);
}

/// Pictures that the `ffmpeg` program decodes, and what it complains of.
fn decoded(path: &Path) -> (usize, String) {
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-i"]).arg(path).args(["-map", "0:v", "-f", "framemd5", "-"]);
    let output = command.output().unwrap();
    let frames = String::from_utf8(output.stdout).unwrap().lines().filter(|l| !l.starts_with('#')).count();
    (frames, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_cut_holds_the_recordings_packets_in_a_container_of_its_family() {
    let case = Case::new();
    for (name, video, audio, ending) in [
        ("a.mp4", H264, "-c:a aac", "mp4"),
        ("b.mp4", B_FRAMES, "-c:a aac", "mp4"),
        ("c.mp4", HEVC, "-c:a aac", "mp4"),
        ("d.mkv", H264, "-c:a libopus", "mkv"),
        ("e.mkv", HEVC, "-c:a pcm_alaw", "mkv"),
        ("f.ts", H264, "-c:a aac", "ts"),
        ("g.ts", HEVC, "-c:a mp2", "ts"),
        ("h.mov", H264, "-c:a pcm_alaw", "mov"),
        ("i.avi", "-c:v mjpeg", "-c:a pcm_s16le", "avi"),
        ("j.mkv", "-c:v mjpeg", "-c:a pcm_mulaw", "mkv"),
        // Of no writer that keeps what it reads: Matroska, other framing, same units.
        ("k.mpg", &format!("-f vob {H264}"), "-c:a mp2", "mkv"),
    ] {
        let recording = film(&case, name, video, audio);
        let cut = cut(&case, &recording, 12.0, 20.0);
        let found = cut.path.extension().unwrap().to_str().unwrap();
        assert_eq!((found, cut.left_out.len(), cut.streams.len()), (ending, 0, 2), "{name}");
        assert_is_part_of(&cut, &recording);
        let (starts, ends) = (cut.span.start.secs_f64(), cut.span.end.secs_f64());
        assert!((9.0..=12.0).contains(&starts) && (20.0..=23.0).contains(&ends), "{name}: {starts} {ends}");
        let video = &cut.streams[0];
        let wanted = ((ends - starts) * 10.0).round() as u64;
        // The pictures before the first that decodes are among them, where the encoder reorders.
        assert!(video.kind == "video" && video.payload.packets.abs_diff(wanted) <= 4, "{name}: {video:?}");
        let sound = &cut.streams[1];
        assert!(sound.kind == "audio" && sound.payload.bytes > 1_000, "{name}: {sound:?}");
        let (pictures, complaints) = decoded(&cut.path);
        assert!(complaints.is_empty(), "{name}: {complaints}");
        assert!((pictures as u64).abs_diff(wanted) <= 4, "{name}: {pictures} of {wanted}");
    }
}

#[test]
fn a_stream_of_neither_picture_nor_sound_is_kept_too() {
    let case = Case::new();
    let recording = film(&case, "a.mov", &format!("-timecode 10:00:00:00 {H264}"), "-c:a aac");
    let cut = cut(&case, &recording, 12.0, 20.0);
    let kinds: Vec<_> = cut.streams.iter().map(|s| s.kind).collect();
    assert_eq!((kinds, cut.left_out.len()), (vec!["video", "audio", "data"], 0));
    assert_is_part_of(&cut, &recording);
}

#[test]
fn what_a_camera_signed_is_found_in_the_recording_and_kept_in_the_cut() {
    let case = Case::new();
    for (uuid, signing) in [
        ("5369676e-6564-2056-6964-656f2e2e2e30", CameraSigning::AxisSignedVideo),
        ("005bc93f-2d71-5e95-ada4-796f90877a6f", CameraSigning::OnvifMediaSigning),
    ] {
        let marked = format!("{H264} -bsf:v h264_metadata=sei_user_data={uuid}+signature");
        for name in ["signed.mp4", "signed.ts"] {
            let recording = film(&case, name, &marked, "-c:a aac");
            let marks = camera_signings(&recording).unwrap();
            assert_eq!(marks.keys().collect::<Vec<_>>(), [&signing], "{name}");
            let cut = cut(&case, &recording, 12.0, 20.0);
            let in_cut = camera_signings(&cut.path).unwrap();
            assert!((5..marks[&signing]).contains(&in_cut[&signing]), "{marks:?} {in_cut:?}");
        }
    }
    let plain = film(&case, "plain.mp4", H264, "-c:a aac");
    assert_eq!(camera_signings(&plain).unwrap().len(), 0);
}

/// A minute with sound and three flags, and the package of the last with a cut.
struct Packed {
    case: Case,
    incident: String,
    recording: PathBuf,
    package: PathBuf,
}

static PACKED: LazyLock<Packed> = LazyLock::new(|| {
    let case = Case::new();
    let sound = "sine=frequency=440:sample_rate=16000:duration=60";
    let marked =
        format!("{H264} -c:a aac -bsf:v h264_metadata=sei_user_data=005bc93f-2d71-5e95-ada4-796f90877a6f+x");
    let mut arguments = vec!["-f", "lavfi", "-i", QUIET_MINUTE, "-f", "lavfi", "-i", sound];
    arguments.extend(marked.split_whitespace());
    let recording = case.ffmpeg(&arguments, "minute.mp4");
    let incident = case.flag_bright_stretches(&["minute.mp4"]).pop().unwrap();
    let outcome = export(&case, &incident, "out", &["--cut"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.lines[0]["original"], "cut");
    let package = case.path("out").join(format!("INC-{incident}"));
    Packed { case, incident, recording, package }
});

fn export(case: &Case, incident: &str, out: &str, more: &[&str]) -> Outcome {
    let out = case.path(out);
    let wanted = ["export", incident, "--json", "--no-viewing-copy", "--out", out.to_str().unwrap()];
    Outcome::of(case.kuager([wanted.as_slice(), more].concat()))
}

fn list_of(package: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(package.join("data/original/cut.json")).unwrap()).unwrap()
}

/// The codes that `verify` finds, and its exit code.
fn verified(package: &Path, more: &[&str]) -> (Vec<String>, i32) {
    let arguments = ["verify", "--json", package.to_str().unwrap()];
    let outcome = Outcome::of(PACKED.case.kuager([arguments.as_slice(), more].concat()));
    let code = |f: &&Value| f["code"].as_str().unwrap().to_owned();
    let mut codes: Vec<_> = outcome.of_type("finding").iter().map(code).collect();
    codes.sort();
    codes.dedup();
    (codes, outcome.code)
}

#[test]
fn the_package_of_a_cut_says_where_it_is_from_and_is_intact() {
    let list = list_of(&PACKED.package);
    let whole = std::fs::read(&PACKED.recording).unwrap();
    assert_eq!(list["original"]["sha256"], sha256_hex(&whole));
    let file = PACKED.package.join(list["cut"]["file"].as_str().unwrap());
    assert_eq!(list["cut"]["sha256"], sha256_hex(std::fs::read(&file).unwrap()));
    assert!(file.metadata().unwrap().len() < whole.len() as u64 * 3 / 4);
    let incident: Value =
        serde_json::from_slice(&std::fs::read(PACKED.package.join("data/incident.json")).unwrap()).unwrap();
    let [from, to] = ["start_ns", "end_ns"].map(|k| incident["record"][k].as_i64().unwrap() as f64 / 1e9);
    let [starts, ends] = ["start_ns", "end_ns"].map(|k| list["span"][k].as_i64().unwrap() as f64 / 1e9);
    assert!(starts <= from - 30.0 && starts > from - 32.0, "{starts} for {from}");
    assert!(ends >= (to + 30.0).min(59.9), "{ends} for {to}");
    let signed = &incident["camera_signatures"];
    assert_eq!(
        (&signed["found"][0]["kind"], &signed["is_verified"]),
        (&"onvif_media_signing".into(), &false.into())
    );
    let report = std::fs::read_to_string(PACKED.package.join("data/report.en.html")).unwrap();
    assert!(report.contains("ONVIF Media Signing") && report.contains("not verified"));
    assert_eq!(verified(&PACKED.package, &[]), (vec![], 0));
    assert_eq!(verified(&PACKED.package, &["--original", PACKED.recording.to_str().unwrap()]), (vec![], 0));
    let text = Outcome::of(PACKED.case.kuager(["verify", PACKED.package.to_str().unwrap()]));
    assert!(text.stdout.contains("--original"), "{}", text.stdout);
    let again = export(&PACKED.case, &PACKED.incident, "again", &["--cut"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let twin = PACKED.case.path("again").join(format!("INC-{}", PACKED.incident));
    assert_eq!(list_of(&twin), list, "the same cut twice is the same bytes");
}

#[test]
fn what_is_short_is_packed_whole_unless_a_cut_is_asked_for() {
    let outcome = export(&PACKED.case, &PACKED.incident, "by_length", &[]);
    assert_eq!((outcome.code, &outcome.lines[0]["original"]), (0, &"whole".into()));
    assert_eq!(export(&PACKED.case, &PACKED.incident, "both", &["--cut", "--whole"]).code, 2);
    let package = PACKED.case.path("by_length").join(format!("INC-{}", PACKED.incident));
    let packed = std::fs::read(package.join("data/original/minute.mp4")).unwrap();
    assert_eq!(packed, std::fs::read(&PACKED.recording).unwrap());
    assert_eq!(verified(&package, &["--original", PACKED.recording.to_str().unwrap()]), (vec![], 0));
}

#[test]
fn a_cut_that_is_not_of_the_recording_is_found_each_with_its_own_code() {
    let original = PACKED.recording.to_str().unwrap();
    let other = PACKED.case.film("other.mp4", 12, H264);
    let (codes, code) = verified(&PACKED.package, &["--original", other.to_str().unwrap()]);
    assert_eq!((codes, code), (vec!["original_differs".to_owned()], 4));
    type Spoil = fn(&Path, &mut Value);
    let spoils: [(Spoil, &str); 5] = [
        (|_, list| list["original"]["sha256"] = "0".repeat(64).into(), "cut_invalid"),
        (|_, list| list["span"]["start_ns"] = 51_000_000_000_i64.into(), "cut_invalid"),
        (|_, list| list["streams"] = Value::Array(Vec::new()), "cut_invalid"),
        (|_, list| list["streams"][0]["first_packet"] = 7.into(), "cut_not_in_original"),
        (
            |package, list| {
                // Another stretch of the same recording in its place.
                let file = package.join(list["cut"]["file"].as_str().unwrap());
                std::fs::remove_file(&file).unwrap();
                let cut =
                    write_cut(&PACKED.recording, span(0.0, 10.0), &package.with_extension("tmp")).unwrap();
                std::fs::rename(cut.path, &file).unwrap();
                list["cut"]["sha256"] = sha256_hex(std::fs::read(file).unwrap()).into();
            },
            "cut_differs",
        ),
    ];
    for (spoil, wanted) in spoils {
        let dir = tempfile::tempdir().unwrap();
        let package = dir.path().join("package");
        copy_folder(&PACKED.package, &package);
        let mut list = list_of(&package);
        spoil(&package, &mut list);
        std::fs::write(package.join("data/original/cut.json"), list.to_string()).unwrap();
        rewrite_manifests(&package);
        let (codes, code) = verified(&package, &["--original", original]);
        // The manifest is no longer the one that was signed, whatever else is wrong.
        assert_eq!((codes, code), (vec!["bag_file_differs".to_owned(), wanted.to_owned()], 4));
    }
}
