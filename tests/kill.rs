//! Killed at any moment: no flag that was committed is lost, and log and database still say the same.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kuager::domain::*;
use kuager::evidence::{State, verify_directory};
use kuager::store::{Reader, Writer};

/// Names the data directory to a child of this test.
const CHILD: &str = "KUAGER_TEST_KILLED_CHILD";
const KILLS: u64 = 200;

/// The child's part: raises flags as fast as it can, and says each that was committed.
#[test]
fn child_raises_flags_until_it_is_killed() {
    let Some(data_dir) = std::env::var_os(CHILD) else { return };
    let writer = Writer::spawn(Path::new(&data_dir)).unwrap();
    let run = RunInfo {
        id: RunId(format!("run-{}", std::process::id())),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        program_version: "0".to_owned(),
        command: "scan".to_owned(),
        config_digest: "0".repeat(64),
        models: Vec::new(),
        ffmpeg_version: "0".to_owned(),
        decoder: "software".to_owned(),
    };
    writer.begin_run(&run).unwrap();
    let source = SourceInfo { id: SourceId(0), path: "clip.mp4".into(), sha256: "0".repeat(64), bytes: 1 };
    writer.source_opened(&run.id, &source).unwrap();
    for number in 0.. {
        let id = IncidentId(format!("flag-{number}"));
        writer.incident(&run.id, source.id, &id, &IncidentEvent::New(flag(number)), None).unwrap();
        writer.flush().unwrap();
        println!("\n{}/{id}", run.id.0);
        std::io::stdout().flush().unwrap();
    }
}

fn flag(number: u32) -> Incident {
    let at = MediaTime::from_millis(i64::from(number) * 100);
    Incident {
        number,
        kind: IncidentKind::Violence,
        span: Span { start: at, end: at + MediaTime::from_millis(50) },
        is_open: true,
        peak_score: 1.0,
        peak_at: at,
        severity: Severity::Alert,
        reasons: vec![Reason::fact(ReasonCode::WholePicture)],
        regions: Vec::new(),
        people: 2,
    }
}

/// Starts the child, kills it after so long, and returns the flags it said were committed.
fn raised_before_kill(data_dir: &Path, after: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_raises_flags_until_it_is_killed", "--nocapture"])
        .env(CHILD, data_dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.filter(|l| l.starts_with("run-") && l.contains("/flag-")).collect()
}

#[test]
fn no_committed_flag_is_lost_by_a_kill_at_any_moment() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut said = Vec::new();
    for kill in 0..KILLS {
        // Spread over start-up, first commits and full swing, the same in every run of this test.
        let after = Duration::from_millis(5 + (kill * 37) % 90);
        said.extend(raised_before_kill(dir.path(), after));
    }
    assert!(said.len() > 100, "only {} flags were raised in all", said.len());
    Writer::spawn(dir.path()).unwrap().finish().unwrap(); // as the next start does
    let found = verify_directory(dir.path(), None, &[], None).unwrap();
    let breaches: Vec<_> = found.findings.iter().filter(|f| f.code.is_breach()).collect();
    assert!(breaches.is_empty(), "{breaches:?}");
    assert_eq!(found.state, State::IntactUnknownKey);
    let reader = Reader::open(dir.path()).unwrap();
    let mut kept = Vec::new();
    for run in reader.runs().unwrap() {
        let incidents = reader.incidents(&run.info.id).unwrap();
        kept.extend(incidents.iter().map(|i| format!("{}/{}", run.info.id.0, i.flagged.id)));
    }
    let lost: Vec<_> = said.iter().filter(|flag| !kept.contains(flag)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(found.flags as usize, kept.len(), "each flag is logged, none twice");
}
