//! Recordings with bytes flipped, wiped, cut out and repeated, through the whole pipeline: whatever they hold, the scan
//! ends by itself, with exit code 0 or 3, and never panics.
//!
//! `KUAGER_FLIPS=500 cargo test --test byte_flips` tries so many variants of each recording instead of a few.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::Path;

use common::{Case, Dice, H264, repository, sample};

/// Variants of each recording where `KUAGER_FLIPS` does not say.
const FEW: usize = 3;

/// The same bytes, spoilt in a way that the seed decides.
fn spoilt(mut bytes: Vec<u8>, seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let from = dice.roll(bytes.len());
    let length = 1 + dice.roll(bytes.len() / 8);
    let to = (from + length).min(bytes.len());
    // Half of the time among the first kilobyte, where the headers are.
    let reach = if dice.roll(2) == 0 { bytes.len().min(1024) } else { bytes.len() };
    match dice.roll(6) {
        0 | 1 => (0..1 + dice.roll(30)).for_each(|_| bytes[dice.roll(reach)] ^= 1 << dice.roll(8)),
        2 => {
            (0..1 + dice.roll(8)).for_each(|_| bytes[dice.roll(reach)] = [0, 0x7f, 0x80, 0xff][dice.roll(4)])
        }
        3 => bytes[from..to].fill(0),
        4 => drop(bytes.drain(from..to)),
        _ => {
            let part = bytes[from..to].to_vec();
            let at = dice.roll(bytes.len());
            bytes.splice(at..at, part);
        }
    }
    bytes
}

fn variants() -> usize {
    std::env::var("KUAGER_FLIPS").ok().and_then(|v| v.parse().ok()).unwrap_or(FEW)
}

/// Scans spoilt variants of a recording with models that cost nothing.
fn assert_survives(case: &Case, recording: &Path, first_seed: u64) {
    let bytes = std::fs::read(recording).unwrap();
    let name = recording.file_name().unwrap().to_str().unwrap();
    let folder = format!("in-{name}");
    for seed in first_seed..first_seed + variants() as u64 {
        case.write(&format!("{folder}/{seed}-{name}"), spoilt(bytes.clone(), seed));
    }
    let tiny = |role: &str, model: &str| {
        format!("{role}={}", repository().join("tests/data/models").join(model).display())
    };
    let models = [tiny("pose", "tiny-u8"), tiny("violence", "tiny-violence")];
    let outcome = case.scan(["--fps", "5", "--models", &models[0], "--models", &models[1], &folder]);
    assert!([0, 3].contains(&outcome.code), "{name}: {}: {}", outcome.code, outcome.stderr);
    assert_eq!(outcome.finished()["inputs"], variants(), "{name}");
    let told = outcome.of_type("coverage").len();
    assert_eq!(told, variants(), "each file has its ledger: {name}: {outcome:#?}");
}

#[test]
fn every_codec() {
    let case = Case::new();
    let size = "testsrc2=s=96x64:r=10:d=3";
    let films = [
        ("a.mp4", H264.to_owned()),
        ("b.mp4", format!("{H264} -movflags +faststart")),
        ("c.ts", H264.to_owned()),
        (
            "d.mkv",
            "-c:v libx265 -pix_fmt yuv420p10le -preset ultrafast -x265-params log-level=error:keyint=10"
                .to_owned(),
        ),
        ("e.avi", "-c:v mjpeg".to_owned()),
        ("f.avi", "-c:v mpeg4 -bf 2".to_owned()),
        ("g.mp4", "-c:v libsvtav1 -preset 12".to_owned()),
        ("h.264", format!("{H264} -f h264")),
    ];
    for (seed, (name, encoding)) in films.iter().enumerate() {
        assert_survives(&case, &case.film_of(size, name, encoding), 1000 * seed as u64);
    }
}

#[test]
fn every_sample() {
    let case = Case::new();
    let clips = [
        "cell_camera_covered",
        "corridor_blows_two_on_one",
        "corridor_walking",
        "reception_handshake",
        "room_collapse_alone",
    ];
    for (seed, clip) in clips.iter().enumerate() {
        let whole = sample(&format!("{clip}.mp4"));
        let piece =
            case.ffmpeg(&["-i", whole.to_str().unwrap(), "-t", "4", "-c", "copy"], &format!("{clip}.mp4"));
        assert_survives(&case, &piece, 100_000 + 1000 * seed as u64);
    }
}
