//! Archives with planted gaps, overlaps and files that were given another time: all found, none invented.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use common::{Case, Dice, H264, Outcome, QUIET_MINUTE, repository, sample, secs};
use kuager::store::Reader;

const SEGMENTS: usize = 1000;
/// Length of each, and from one name to the next.
const SECS: usize = 10;
/// The first so many are those of the first camera.
const FIRST_CAMERA: usize = 600;
const SMALL: &str = "-c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p";

/// A finding: end of the file's path, kind, first reason, seconds.
type Told = BTreeSet<(String, String, String, i64)>;

/// The archive: segment `n` is the `n`-th of one film, under the name that its recorder would give.
struct Archive {
    case: Case,
    planted: Told,
    used: BTreeSet<usize>,
    dice: Dice,
}

impl Archive {
    fn new() -> Self {
        let case = Case::new();
        case.write("cut/.keep", "");
        let film = format!("testsrc2=s=128x96:r=1:d={}", SEGMENTS * SECS);
        let mut arguments = vec!["-f", "lavfi", "-i", film.as_str()];
        arguments.extend(SMALL.split_whitespace());
        let cut = "-keyint_min 10 -sc_threshold 0 -f segment -segment_time 10 -reset_timestamps 1";
        arguments.extend(cut.split_whitespace());
        case.ffmpeg(&arguments, "cut/%04d.mp4");
        std::fs::create_dir_all(case.path("archive/a")).unwrap();
        for n in 0..SEGMENTS {
            std::fs::rename(case.path(format!("cut/{n:04}.mp4")), case.path(name(n))).unwrap();
        }
        Self { case, planted: Told::new(), used: BTreeSet::new(), dice: Dice(20_240_305) }
    }

    /// A place with nothing planted near it, away from the ends of both cameras.
    fn place(&mut self) -> usize {
        loop {
            let n = self.dice.roll(SEGMENTS - 8) + 4;
            let is_free = (n - 3..n + 6).all(|near| !self.used.contains(&near));
            if is_free && !(FIRST_CAMERA - 6..FIRST_CAMERA + 4).contains(&n) {
                self.used.extend(n..n + 3);
                return n;
            }
        }
    }

    fn path(&self, n: usize) -> PathBuf {
        self.case.path(name(n))
    }

    fn expect(&mut self, n: usize, kind: &str, reason: &str, secs: i64) {
        self.planted.insert((name(n), kind.to_owned(), reason.to_owned(), secs));
    }

    fn gap(&mut self) {
        let n = self.place();
        let count = self.dice.roll(3) + 1;
        (n..n + count).for_each(|n| std::fs::remove_file(self.path(n)).unwrap());
        self.expect(n - 1, "recording_gap", "gap_secs", (count * SECS) as i64);
    }

    fn empty(&mut self) {
        let n = self.place();
        std::fs::write(self.path(n), "").unwrap();
        self.expect(n, "signal_lost", "empty_file", SECS as i64);
    }

    /// A longer recording in place of a segment reaches into the next one.
    fn overlap(&mut self, secs: usize) {
        let n = self.place();
        self.case.film_of(&format!("testsrc=s=128x96:r=1:d={secs}"), &name(n), SMALL);
        self.expect(n + 1, "time_mismatch", "overlap_secs", (secs - SECS) as i64);
    }

    /// An earlier segment's bytes under the name of a later one: what it stands in for is missing.
    fn give_another_time(&mut self, is_remuxed: bool) {
        let (a, b) = (self.place(), self.place());
        let (from, to) = (a.min(b), a.max(b));
        let is_same_camera = (from < FIRST_CAMERA) == (to < FIRST_CAMERA);
        if !is_same_camera {
            return self.give_another_time(is_remuxed);
        }
        std::fs::remove_file(self.path(to)).unwrap();
        let mut told_at = name(to);
        if is_remuxed {
            told_at = told_at.replace(".mp4", ".mkv");
            let source = self.path(from);
            self.case.ffmpeg(&["-i", source.to_str().unwrap(), "-c", "copy"], &told_at);
        } else {
            std::fs::copy(self.path(from), self.path(to)).unwrap();
        }
        let reason = if is_remuxed { "same_pictures" } else { "same_bytes" };
        let secs = ((to - from) * SECS) as i64;
        self.planted.insert((told_at, "time_mismatch".into(), reason.into(), secs));
        self.expect(to - 1, "recording_gap", "gap_secs", SECS as i64);
    }

    fn copy_elsewhere(&mut self) {
        let n = self.place();
        let copy = name(n).replace("archive/a", "archive/copies");
        std::fs::create_dir_all(self.case.path("archive/copies")).unwrap();
        std::fs::copy(self.path(n), self.case.path(&copy)).unwrap();
        self.planted.insert((copy, "time_mismatch".into(), "same_bytes".into(), 0));
    }

    fn date_before(&mut self) {
        let n = self.place();
        let file = std::fs::File::options().write(true).open(self.path(n)).unwrap();
        let start_secs = FIRST_SECS + (n * SECS) as u64;
        file.set_modified(UNIX_EPOCH + Duration::from_secs(start_secs - 7200)).unwrap();
        self.expect(n, "time_mismatch", "file_date_differs", 7200);
    }

    fn found(&self) -> Told {
        self.case.write("site.toml", "timezone = 'Asia/Almaty'\n");
        let arguments = ["recordings", "archive", "--json", "--config", "site.toml"];
        let outcome = Outcome::of(self.case.kuager(arguments));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let total = outcome.of_type("recordings")[0];
        assert_eq!(total["cameras"].as_object().unwrap().len(), 2);
        let found = outcome.of_type("recording_finding").into_iter().map(|line| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let reason = &line["reasons"][0];
            let secs = reason["value"].as_f64().unwrap().round() as i64;
            (text(&line["source"]["path"]), text(&line["kind"]), text(&reason["code"]), secs)
        });
        found.collect()
    }
}

/// 2024-03-05T08:00:00+05:00.
const FIRST_SECS: u64 = 1_709_607_600;

fn name(n: usize) -> String {
    let secs = 8 * 3600 + n * SECS;
    let camera = if n < FIRST_CAMERA { "ch01" } else { "ch02" };
    format!("archive/a/{camera}_20240305{:02}{:02}{:02}.mp4", secs / 3600, secs / 60 % 60, secs % 60)
}

#[test]
fn in_a_thousand_segments_all_that_was_planted_is_found_and_nothing_else() {
    let mut archive = Archive::new();
    assert_eq!(archive.found(), Told::new(), "an archive that is whole");
    for _ in 0..12 {
        archive.gap();
    }
    for _ in 0..5 {
        archive.empty();
        archive.copy_elsewhere();
        archive.date_before();
        archive.give_another_time(false);
    }
    archive.give_another_time(true);
    archive.give_another_time(true);
    for secs in [16, 17, 18, 20] {
        archive.overlap(secs);
    }
    let (planted, found) = (archive.planted.clone(), archive.found());
    let missed: Vec<_> = planted.difference(&found).collect();
    let invented: Vec<_> = found.difference(&planted).collect();
    assert!(missed.is_empty() && invented.is_empty(), "missed: {missed:#?}\ninvented: {invented:#?}");
    assert_eq!(planted.len(), 12 + 3 * 5 + 2 * 5 + 2 * 2 + 4);
}

/// Three recordings of one camera with half a minute missing.
fn small_archive() -> Case {
    let case = Case::new();
    // Of different sources: the same pictures under two names would be a finding.
    case.film_of("testsrc2=s=128x96:r=10:d=10", "a/ch01_20240228235900.mp4", H264);
    case.film_of("rgbtestsrc=s=128x96:r=10:d=9", "a/ch01_20240228235910.mp4", H264);
    case.film_of("testsrc=s=128x96:r=10:d=10", "a/ch01_20240228235950.mp4", H264);
    let config = "timezone = 'Asia/Almaty'\n[[cameras]]\nname = 'Block 4'\nmatch = ['ch01']\n";
    case.write("site.toml", config);
    case
}

#[test]
fn a_scan_tells_the_camera_the_time_of_day_and_what_is_missing() {
    let case = small_archive();
    let orders =
        "camera,entered_at,from,to\nBlock 4,2024-02-01T00:00:00Z,2024-02-28T18:59:00Z,2024-02-28T18:59:30Z\n";
    case.write("orders.csv", orders);
    let arguments = ["a", "--config", "site.toml", "--no-stills", "--work-orders", "orders.csv"];
    let outcome = case.scan(arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let flags = outcome.incidents();
    let gaps: Vec<_> = flags.iter().filter(|i| i["kind"] == "recording_gap").collect();
    assert_eq!(gaps.len(), 1, "{flags:#?}");
    let gap = gaps[0];
    assert_eq!((&gap["camera"], &gap["severity"]), (&"Block 4".into(), &"note".into()));
    assert!(gap["source"]["path"].as_str().unwrap().ends_with("235910.mp4"));
    assert_eq!(gap["start"]["wall"], "2024-02-28T17:59:19Z", "{gap:#}");
    assert_eq!(gap["end"]["wall"], "2024-02-28T17:59:50Z");
    assert_eq!(
        (&gap["start"]["wall_source"], gap["start"]["wall_error_secs"].as_f64()),
        (&"filename".into(), Some(1.0))
    );
    let hours = outcome.of_type("camera_hour");
    assert_eq!(hours.len(), 1);
    assert_eq!(hours[0]["hour"], "2024-02-28T17:00:00Z");
    assert_eq!(hours[0]["expected_secs"].as_f64().unwrap().round(), 60.0);
    assert_eq!(hours[0]["blind"][0]["cause"], "recording_gap");
    let (stored, flags) = Reader::open(&case.data_dir()).unwrap().camera_hours().unwrap();
    assert_eq!(flags as usize, flags_raised(&outcome));
    assert_eq!((stored.len(), stored[0].camera.as_str()), (1, "Block 4"));
    assert!((stored[0].blind_secs() - 31.0).abs() < 0.5, "{stored:?}");
    assert_eq!(stored[0].blind_secs(), stored[0].unexplained_secs(), "the order is for another time");
    let data_dir = case.data_dir();
    let verified = Outcome::of(case.kuager(["verify".as_ref(), data_dir.as_os_str()]));
    assert_eq!(verified.code, 0, "what was added after the analysis is logged too: {}", verified.stdout);
}

fn flags_raised(outcome: &Outcome) -> usize {
    outcome.incidents().len()
}

#[test]
fn the_ledger_is_printed_drawn_and_ends_with_its_sentence() {
    let case = small_archive();
    assert_eq!(case.scan(["a", "--config", "site.toml", "--no-stills"]).code, 0);
    let arguments = ["coverage", "--json", "--config", "site.toml", "--html", "c.html", "--png", "c.png"];
    let outcome = Outcome::of(case.kuager(arguments));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let total = outcome.of_type("coverage_total")[0];
    let statement = total["statement"].as_str().unwrap();
    let (blind, unexplained) = (&total["blind_percent"], &total["unexplained_percent"]);
    assert!((blind.as_f64().unwrap() - 51.7).abs() < 1.0 && blind == unexplained, "{total}");
    assert!(statement.contains("blind") && statement.contains("This is not evidence"), "{statement}");
    assert!(std::fs::read_to_string(case.path("c.html")).unwrap().contains("2024-02-28"));
    assert!(std::fs::read(case.path("c.png")).unwrap().starts_with(b"\x89PNG"));
    let outcome = Outcome::of(case.kuager(["coverage", "--lang", "ru", "--config", "site.toml"]));
    assert!(outcome.stdout.contains("пробел в записи 31\u{a0}с"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("без объяснения"), "{}", outcome.stdout);
    let outcome = Outcome::of(case.kuager(["coverage", "--camera", "Block 4"]));
    assert!(outcome.stdout.contains("Flags are counted over whole runs"), "{}", outcome.stdout);
}

#[test]
fn an_excluded_zone_is_blanked_counted_and_leaves_its_mark() {
    let case = small_archive();
    let path = |name: &str| Path::new("a").join(name);
    let zone = "  [[cameras.zones]]\n  name = 'washroom'\n  kind = 'excluded'\n  polygon = [[0,0],[0.5,0],[0.5,1],[0,1]]\n";
    let text = std::fs::read_to_string(case.path("site.toml")).unwrap() + zone;
    case.write("zones.toml", text);
    let one = path("ch01_20240228235900.mp4");
    let with = case.scan([one.as_os_str(), "--config".as_ref(), "zones.toml".as_ref()]);
    let without = case.scan([one.as_os_str(), "--config".as_ref(), "site.toml".as_ref()]);
    let coverage = with.coverage_of("235900.mp4");
    assert!((coverage["excluded_share"].as_f64().unwrap() - 0.5).abs() < 0.01);
    let (usable, excluded) =
        (coverage["usable_secs"].as_f64().unwrap(), coverage["excluded_secs"].as_f64().unwrap());
    assert!((excluded - usable / 2.0).abs() < 0.1, "{coverage}");
    assert_eq!(without.coverage_of("235900.mp4")["excluded_secs"], 0.0);
    let digest = |o: &Outcome| o.of_type("run_started")[0]["config_digest"].clone();
    assert_ne!(digest(&with), digest(&without));
}

#[test]
fn people_who_leave_together_and_do_not_come_to_the_next_camera_are_flagged() {
    let case = Case::new();
    let clip = sample("corridor_blows_two_on_one.mp4"); // two leave by the lower edge, 15 and 16 s after the beginning
    std::fs::copy(clip, case.path("hall_20261103_140000.mp4")).unwrap();
    let empty = "color=0x606060:s=160x96:r=5:d=90,drawgrid=w=40:h=30:c=0x909090,noise=alls=6:allf=t";
    case.film_of(empty, "yard_20261103_135930.mp4", H264);
    let config = "timezone = '+05:00'\n[[cameras]]\nname = 'hall'\n\
                  neighbours = [{ camera = 'yard', transit_secs = 20 }]\n[[cameras]]\nname = 'yard'\n";
    case.write("site.toml", config);
    let arguments = ["--config", "site.toml", "--detectors", "removal_out_of_view", "--no-stills"];
    let films = ["hall_20261103_140000.mp4", "yard_20261103_135930.mp4"];
    let outcome = case.scan([arguments.as_slice(), &films].concat());
    let flagged = outcome.incidents();
    assert_eq!(flagged.len(), 1, "{flagged:?}");
    assert_eq!(
        (&flagged[0]["kind"], &flagged[0]["severity"]),
        (&"removal_out_of_view".into(), &"urgent".into())
    );
    assert_eq!(flagged[0]["camera"], "hall");
    assert!((secs(&flagged[0]["start"]) - 14.5).abs() < 1.5, "{}", flagged[0]["start"]);
    let reasons: Vec<_> =
        flagged[0]["reasons"].as_array().unwrap().iter().map(|r| r["value"].clone()).collect();
    assert_eq!(reasons, [2.0, 0.0, 20.0]);
}

#[test]
fn a_camera_that_stops_recording_after_an_escalation_is_urgent() {
    let case = Case::new();
    case.film_of(QUIET_MINUTE, "cell_20261103_140000.mp4", H264); // possible violence 8 s before its end
    case.film("cell_20261103_140500.mp4", 20, H264);
    let models = repository().join("tests/data/models");
    let mut command = case.kuager(["scan", "--json", "--no-stills", "--no-gate"]);
    command.args(["cell_20261103_140000.mp4", "cell_20261103_140500.mp4"]);
    command.args(["--detectors", "violence,recording_gap,gap_after_escalation"]);
    command.args(["--models", &format!("pose={}", models.join("tiny-u8").display())]);
    command.args(["--models", &format!("violence={}", models.join("tiny-violence").display())]);
    let outcome = Outcome::of(command);
    let first = "cell_20261103_140000.mp4";
    let urgent = |i: &&serde_json::Value| i["kind"] == "gap_after_escalation" && i["source"]["path"] == first;
    let incidents = outcome.incidents();
    let urgent: Vec<_> = incidents.into_iter().filter(urgent).collect();
    assert_eq!(urgent.len(), 1, "{}", outcome.stdout);
    assert_eq!(urgent[0]["severity"], "urgent");
    assert!((secs(&urgent[0]["start"]) - 60.0).abs() < 0.5, "it begins where the recording ends");
    let codes: Vec<_> = urgent[0]["reasons"].as_array().unwrap().iter().map(|r| r["code"].clone()).collect();
    assert!(codes.contains(&"gap_after_violence".into()) && codes.contains(&"gap_secs".into()), "{codes:?}");
}
