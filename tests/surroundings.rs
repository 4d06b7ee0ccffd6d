//! What happens around a run: full disks, places that cannot be written, interruption, death.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Case, H264, Outcome, parse_lines};
use kuager::store::RunState;

/// Long enough to be stopped in.
const LONG_SECS: u32 = 60;

/// A scan of a long film that has begun; its film is `long.mp4`.
fn begun_scan(case: &Case) -> (Child, BufReader<std::process::ChildStdout>, String) {
    case.film("long.mp4", LONG_SECS, H264);
    let mut command = case.program();
    command.args(["scan", "--json", "--fps", "10", "--threads", "1", "long.mp4"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains(r#""type":"progress""#) {
        assert!(lines.read_line(&mut said).unwrap() > 0, "it ended too soon: {said}");
    }
    (child, lines, said)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits for the end; the exit code and what was said on standard error.
fn end_of(mut child: Child) -> (Option<i32>, String) {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(!stderr.contains("panicked at"), "{stderr}");
    (child.wait().unwrap().code(), stderr)
}

#[test]
fn ctrl_c_saves_the_state() {
    let case = Case::new();
    let (child, mut lines, mut said) = begun_scan(&case);
    signal(&child, "-INT");
    lines.read_to_string(&mut said).unwrap();
    let (code, _) = end_of(child);
    assert_eq!(code, Some(130));
    let last = parse_lines(&said).pop().unwrap();
    assert_eq!((&last["type"], &last["interrupted"]), (&"run_finished".into(), &true.into()), "{last}");
    let analysed = last["analysed_secs"].as_f64().unwrap();
    assert!(analysed > 0.0 && analysed < f64::from(LONG_SECS), "{last}");
    assert_eq!(case.runs()[0].state, RunState::Interrupted);
}

#[test]
fn a_killed_run_leaves_a_database_that_opens() {
    let case = Case::new();
    let (child, ..) = begun_scan(&case);
    signal(&child, "-KILL");
    assert_eq!(end_of(child).0, None);
    assert_eq!(case.runs()[0].state, RunState::Running);
    let again = case.scan(["--fps", "1", "long.mp4"]);
    assert_eq!(again.code, 0);
    let states: Vec<_> = case.runs().iter().map(|r| r.state).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&RunState::Running) && states.contains(&RunState::Finished), "{states:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let case = Case::new();
    let (child, lines, _) = begun_scan(&case);
    drop(lines);
    let (code, stderr) = end_of(child);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
fn runs_that_begin_at_once_share_a_new_data_folder() {
    let case = Case::new();
    case.film("good.mp4", 1, H264);
    let mut command = case.program();
    command.args(["scan", "--json", "--fps", "1", "good.mp4"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let children: Vec<Child> = (0..4).map(|_| command.spawn().unwrap()).collect();
    for child in children {
        assert_eq!(end_of(child), (Some(0), String::new()));
    }
    assert_eq!(case.runs().len(), 4);
}

#[test]
fn more_threads_than_the_machine_has_are_not_started() {
    let case = Case::new();
    case.film("good.mp4", 1, H264);
    let outcome = case.scan(["--fps", "1", "--threads", "1000000", "good.mp4"]);
    assert_eq!(outcome.code, 0);
}

#[test]
fn a_data_folder_that_is_a_file() {
    let case = Case::new();
    case.film("good.mp4", 1, H264);
    case.write("data", "a file");
    let outcome = case.scan(["good.mp4"]);
    assert_eq!(outcome.code, 1);
    assert_names(&outcome, &["data", "--data-dir"]);
}

#[test]
fn a_data_folder_with_the_database_of_another_program() {
    let case = Case::new();
    case.film("good.mp4", 1, H264);
    case.write("data/kuager.sqlite", "these are not the results you are looking for".repeat(50));
    let outcome = case.scan(["good.mp4"]);
    assert_eq!(outcome.code, 1);
    assert_names(&outcome, &["not an SQLite database", "kuager.sqlite", "move it away"]);
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_the_work() {
    let case = Case::new();
    case.film("good.mp4", 1, H264);
    std::fs::create_dir(case.path("folder.html")).unwrap();
    for place in ["folder.html", "missing/report.html"] {
        let outcome = case.scan(["good.mp4", "--report", place]);
        assert_eq!(outcome.code, 2);
        assert_names(&outcome, &["report cannot be written", place]);
        assert_eq!(outcome.lines.len(), 0, "nothing was analysed");
    }
}

fn assert_names(outcome: &Outcome, hints: &[&str]) {
    for hint in hints {
        assert!(outcome.stderr.contains(hint), "{hint:?} is missing in: {}", outcome.stderr);
    }
}

/// A file system of its own with little room; unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mounted_at(path: PathBuf, kilobytes: u32) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let options = format!("size={kilobytes}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).output();
        let is_mounted = mount.is_ok_and(|o| o.status.success());
        if !is_mounted {
            eprintln!("skipped: only root may mount a small disk, and not everywhere");
        }
        is_mounted.then_some(Self(path))
    }

    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        std::io::copy(&mut std::io::repeat(0), &mut filler).unwrap_err();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().ok();
    }
}

#[test]
fn a_full_disk_is_said_with_the_way_out() {
    let case = Case::new();
    let Some(disk) = SmallDisk::mounted_at(case.data_dir(), 64) else { return };
    case.film("good.mp4", 1, H264);
    disk.fill();
    let outcome = case.scan(["good.mp4"]);
    assert_eq!(outcome.code, 1);
    assert_names(&outcome, &["free space", "--data-dir", "kuager.sqlite"]);
}

#[test]
fn a_disk_that_fills_up_midway_ends_the_run_with_the_reason() {
    let case = Case::new();
    let Some(_disk) = SmallDisk::mounted_at(case.data_dir(), 640) else { return };
    for n in 0..3000 {
        case.write(&format!("in/{}{n}.mp4", "long-name-".repeat(20)), "");
    }
    let outcome = case.scan(["in"]);
    assert_eq!(outcome.code, 1);
    assert_names(&outcome, &["free space", "--data-dir"]);
    assert_eq!(outcome.of_type("run_finished").len(), 0, "a run that was not stored is not called finished");
    assert_eq!(case.runs().len(), 1, "what was stored until then is kept");
}

/// What is printed is all there is where the disk took no more: so it is not called stored.
#[test]
fn a_run_goes_on_over_a_full_disk_where_it_was_configured_so() {
    let case = Case::new();
    let Some(_disk) = SmallDisk::mounted_at(case.data_dir(), 640) else { return };
    for n in 0..3000 {
        case.write(&format!("in/{}{n}.mp4", "long-name-".repeat(20)), "");
    }
    case.write("site.toml", "[storage]\non_failure = 'go_on'\n");
    let outcome = case.scan(["--config", "site.toml", "in"]);
    assert_eq!(outcome.code, 1);
    assert_names(&outcome, &["free space", "the analysis goes on"]);
    assert_eq!(outcome.of_type("input_error").len(), 3000, "all were looked at");
    assert_eq!(outcome.finished()["stored"], false);
    assert_eq!(case.runs()[0].state, RunState::Running, "the database does not call it finished");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_said_and_can_still_be_checked_and_looked_at() {
    let case = Case::new();
    let Some(disk) = SmallDisk::mounted_at(case.data_dir(), 4000) else { return };
    case.film("good.mp4", 1, H264);
    assert_eq!(case.scan(["--fps", "1", "good.mp4"]).code, 0);
    let remount = Command::new("mount").args(["-o", "remount,ro"]).arg(&disk.0).status();
    assert!(remount.unwrap().success());
    let before = contents(&disk.0);
    let scan = case.scan(["--fps", "1", "good.mp4"]);
    assert_eq!((scan.code, scan.lines.len()), (1, 0), "said before the work: {}", scan.stdout);
    assert_names(&scan, &["Read-only", "writable", "--data-dir"]);
    let verified = Outcome::of(case.kuager(["verify", "--json"]));
    assert_eq!((verified.code, verified.of_type("finding").len()), (0, 0), "{}", verified.stdout);
    let looked_at = Outcome::of(case.kuager(["coverage", "--json"]));
    assert_eq!((looked_at.code, looked_at.of_type("camera_hour").len()), (0, 1));
    assert_names(&looked_at, &["not in the log"]);
    assert_eq!(contents(&disk.0), before);
}

/// Every file with its bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|e| e.unwrap().into_path());
    files.filter(|p| p.is_file()).map(|p| (p.clone(), std::fs::read(&p).unwrap())).collect()
}

#[test]
fn no_room_for_standard_input() {
    let case = Case::new();
    let Some(_disk) = SmallDisk::mounted_at(case.data_dir(), 640) else { return };
    let film = std::fs::read(case.film("big.mkv", 12, "-c:v rawvideo")).unwrap();
    assert!(film.len() > 400_000);
    let mut command = case.kuager(["scan", "--json", "-"]);
    command.write_stdin(film);
    let outcome = Outcome::of(command);
    assert_ne!(outcome.code, 0);
    let told = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(told.contains("No space left") && told.contains("--data-dir"), "{told}");
}

#[test]
fn nothing_of_standard_input_stays_behind() {
    let case = Case::new();
    let film = std::fs::read(case.film("a.mp4", 1, H264)).unwrap();
    let mut command = case.kuager(["scan", "--json", "--fps", "2", "-"]);
    command.write_stdin(film);
    let outcome = Outcome::of(command);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.of_type("coverage")[0]["analysed_secs"], 1.0);
    assert!(is_empty(&case.data_dir().join("spool")));
    let mode = std::fs::metadata(case.data_dir()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "what was flagged is the owner's alone");
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

#[test]
fn an_empty_standard_input() {
    let case = Case::new();
    let mut command = case.kuager(["scan", "--json", "-"]);
    command.write_stdin("");
    let outcome = Outcome::of(command);
    assert_eq!(outcome.code, 3);
    outcome.the_error_of("-", &["is empty"]);
}
