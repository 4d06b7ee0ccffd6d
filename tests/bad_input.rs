//! Recordings that are broken: each is named with the place and the way out, the exit code is 3, all else is done.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use common::{Case, Dice, H264, assert_says, secs};

const SLOW: [&str; 2] = ["--fps", "2"];

#[test]
fn an_empty_file() {
    let case = Case::new();
    case.write("in/empty.mp4", "");
    let outcome = case.scan(["in"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("empty.mp4", &["is empty", "copy it again"]);
}

#[test]
fn text_under_the_name_of_a_recording() {
    let case = Case::new();
    case.write("in/notes.mp4", "Tuesday: the camera in block 4 was repaired.\n".repeat(100));
    let outcome = case.scan(["in"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("notes.mp4", &["not a recording in any known format", "export it natively"]);
}

#[test]
fn sound_without_pictures() {
    let case = Case::new();
    case.film_of("sine=d=2", "voice.mp4", "-c:a aac");
    let outcome = case.scan(["voice.mp4"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("voice.mp4", &["no video stream", "audio"]);
}

#[test]
fn an_mp4_whose_index_was_never_written() {
    let case = Case::new();
    let bytes = std::fs::read(case.film("whole.mp4", 3, H264)).unwrap();
    let index = bytes.windows(4).rposition(|w| w == b"moov").unwrap();
    case.write("died.mp4", &bytes[..index - 4]);
    let outcome = case.scan(["died.mp4"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("died.mp4", &["index", "moov", "ask for the original"]);
}

#[test]
fn an_mp4_cut_in_the_middle_is_analysed_up_to_the_cut() {
    let case = Case::new();
    let bytes = std::fs::read(case.film("whole.mp4", 10, &format!("{H264} -movflags +faststart"))).unwrap();
    case.write("cut.mp4", &bytes[..bytes.len() * 6 / 10]);
    let outcome = case.scan(SLOW.iter().chain(&["cut.mp4"]));
    assert_eq!(outcome.code, 3);
    let errors = outcome.errors_of("cut.mp4");
    let cut = errors.last().unwrap();
    assert_says(cut, "cut.mp4", &["before the declared end", "ask for the rest"]);
    assert!((4.0..8.0).contains(&secs(&cut["at"])), "{cut}");
    outcome.assert_analysed("cut.mp4", secs(&cut["at"]), 0.6);
    assert_eq!(outcome.coverage_of("cut.mp4")["expected_secs"], 10.0);
}

/// Ten seconds as MPEG-TS with `spoil` applied to the bytes from 40 % to 50 %.
fn spoilt_stream(case: &Case, spoil: impl Fn(&mut [u8])) {
    let mut bytes = std::fs::read(case.film("whole.ts", 10, H264)).unwrap();
    let packets = bytes.len() / 188;
    spoil(&mut bytes[packets * 4 / 10 * 188..packets / 2 * 188]);
    case.write("spoilt.ts", bytes);
}

#[test]
fn bad_bytes_in_a_stream_are_analysed_around() {
    let case = Case::new();
    spoilt_stream(&case, |bytes| {
        let mut dice = Dice(7);
        bytes.iter_mut().for_each(|b| *b = dice.roll(256) as u8);
    });
    let outcome = case.scan(["spoilt.ts"]);
    assert_eq!(outcome.code, 3);
    let errors = outcome.errors_of("spoilt.ts");
    assert_says(
        errors[0],
        "spoilt.ts",
        &["damaged from 00:00:0", "s lost", "compare with the original medium"],
    );
    let coverage = outcome.coverage_of("spoilt.ts");
    let lost = coverage["received_secs"].as_f64().unwrap() - coverage["decoded_secs"].as_f64().unwrap();
    assert!((0.5..2.5).contains(&lost), "a tenth of ten seconds and the rest of its key picture: {coverage}");
    assert!(coverage["analysed_secs"].as_f64().unwrap() > 7.0, "{coverage}");
    assert_eq!(coverage["blind"][0]["cause"], "damaged", "{coverage}");
    let place = secs(&coverage["blind"][0]["from"]);
    assert!((3.0..5.5).contains(&place), "{coverage}");
}

#[test]
fn a_stretch_of_a_stream_that_was_wiped_is_not_passed_over_in_silence() {
    let case = Case::new();
    spoilt_stream(&case, |bytes| bytes.fill(0));
    let outcome = case.scan(["spoilt.ts"]);
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    let coverage = outcome.coverage_of("spoilt.ts");
    let blind_secs: f64 =
        coverage["blind"].as_array().unwrap().iter().map(|b| secs(&b["to"]) - secs(&b["from"])).sum();
    assert!((0.7..2.5).contains(&blind_secs), "about a second is missing: {coverage}");
}

#[test]
fn names_that_lead_to_no_file() {
    let case = Case::new();
    symlink("nowhere.mp4", case.path("dangling.mp4")).unwrap();
    let outcome = case.scan(["dangling.mp4", "missing.mp4"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("dangling.mp4", &["cannot read the file", "check permissions"]);
    outcome.the_error_of("missing.mp4", &["no such file or folder", "check the path"]);
}

#[test]
fn a_folder_that_leads_into_itself() {
    let case = Case::new();
    case.film("in/good.mp4", 1, H264);
    symlink(case.path("in"), case.path("in/again")).unwrap();
    let outcome = case.scan(["in"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("again", &["contains itself"]);
    outcome.assert_whole("good.mp4", 1.0, 0.2);
}

#[test]
fn a_file_that_may_not_be_read() {
    let case = Case::new();
    let path = case.film("secret.mp4", 1, H264);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped: this user may read every file (root)");
        return;
    }
    let outcome = case.scan(["secret.mp4"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("secret.mp4", &["Permission denied", "check permissions"]);
}

#[test]
fn what_is_no_regular_file_is_refused_rather_than_waited_for() {
    let case = Case::new();
    let made = std::process::Command::new("mkfifo").arg(case.path("pipe.ts")).status().unwrap();
    assert!(made.success());
    let outcome = case.scan(["*.ts", "/dev/zero"]);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("pipe.ts", &["not a regular file", "`-`"]);
    outcome.the_error_of("/dev/zero", &["not a regular file"]);
}

#[test]
fn names_that_are_not_utf8() {
    let case = Case::new();
    let bad = OsStr::from_bytes(b"bl\xf6ck.mp4");
    let good = OsStr::from_bytes(b"h\xf6f.mp4");
    std::fs::write(case.path(bad), "no recording").unwrap();
    std::fs::rename(case.film("hof.mp4", 1, H264), case.path(good)).unwrap();
    let outcome = case.scan([bad, good]);
    assert_eq!(outcome.code, 3);
    assert_eq!(outcome.the_error_of("ck.mp4", &[])["path_bytes"], "626cf6636b2e6d7034");
    assert_eq!(outcome.coverage_of("f.mp4")["source"]["path_bytes"], "68f6662e6d7034");
    outcome.assert_whole("f.mp4", 1.0, 0.2);
}

#[test]
fn good_recordings_among_bad_ones_are_finished() {
    let case = Case::new();
    case.write("in/a.mp4", "");
    case.film("in/b.mp4", 2, H264);
    case.write("in/c.avi", "RIFF....AVI LIST");
    case.write("in/d.mkv", [0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3]);
    case.film("in/e.mkv", 2, H264);
    let outcome = case.scan(SLOW.iter().chain(&["in"]));
    assert_eq!(outcome.code, 3);
    outcome.assert_whole("b.mp4", 2.0, 0.2);
    outcome.assert_whole("e.mkv", 2.0, 0.2);
    assert_eq!(outcome.of_type("input_error").len(), 3);
    assert_eq!(outcome.finished()["inputs"], 5);
    assert!(outcome.of_type("input_error").iter().all(|e| e["analysed_secs"] == 0.0), "{outcome:#?}");
}

#[test]
fn a_folder_of_thousands() {
    let case = Case::new();
    for n in 0..2000 {
        case.write(&format!("in/{}/{n:05}.mp4", n % 10), "");
    }
    case.film("in/zz.mp4", 1, H264);
    let outcome = case.scan(["in"]);
    assert_eq!(outcome.code, 3);
    assert_eq!(outcome.of_type("input_error").len(), 2000);
    assert_eq!(outcome.finished()["inputs"], 2001);
    outcome.assert_whole("zz.mp4", 1.0, 0.2);
}

#[test]
fn people_are_told_on_standard_error() {
    let case = Case::new();
    case.write("in/empty.mp4", "");
    case.write("in/notes.mp4", "words");
    let outcome = common::Outcome::of(case.kuager(["scan", "in"]));
    assert_eq!(outcome.code, 3);
    for said in ["is empty (0 bytes)", "in/empty.mp4", "not a recording", "in/notes.mp4"] {
        assert!(outcome.stderr.contains(said), "{said:?} is missing in {}", outcome.stderr);
    }
}
