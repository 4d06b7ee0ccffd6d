//! The store as the rest of the program sees it.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rusqlite::Connection;

use super::connect::open_to_write;
use super::*;
use crate::chain::Log;
use crate::domain::{
    Attention, BBox, BlindCause, BlindSpan, Coverage, FlaggedIncident, Incident, IncidentEvent, IncidentId,
    IncidentKind, InputError, LookedSpan, MediaTime, ModelUse, Reason, ReasonCode, Region, RunId, RunInfo,
    RunTotals, Severity, SourceId, SourceInfo, SourceResult, Span, Stage, StageSecs,
};

fn run_info(id: &str) -> RunInfo {
    RunInfo {
        id: RunId(id.to_owned()),
        started_at: "2026-11-03T14:05:07Z".to_owned(),
        program_version: "0.1.0".to_owned(),
        command: "scan".to_owned(),
        config_digest: "c".repeat(64),
        models: vec![
            ModelUse { name: "violence".to_owned(), sha256: "a".repeat(64), provider: "cpu".to_owned() },
            ModelUse { name: "people".to_owned(), sha256: "b".repeat(64), provider: "cuda:0".to_owned() },
        ],
        ffmpeg_version: "avcodec 59.37.100".to_owned(),
        decoder: "cuda:0".to_owned(),
    }
}

/// A name that is no UTF-8 where the system allows one.
fn odd_path() -> PathBuf {
    #[cfg(unix)]
    return PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(
        b"/footage/cam\xe9ra \xff.mp4".to_vec(),
    ));
    #[cfg(not(unix))]
    PathBuf::from("/footage/caméra.mp4")
}

fn source_info(number: u32) -> SourceInfo {
    SourceInfo { id: SourceId(number), path: odd_path(), sha256: "d".repeat(64), bytes: 5_000_000_000 }
}

fn span_secs(start: i64, end: i64) -> Span {
    Span { start: MediaTime::from_millis(start * 1000), end: MediaTime::from_millis(end * 1000) }
}

fn incident(number: u32, regions: usize) -> Incident {
    let region = |i: usize| Region {
        media_time: MediaTime::from_nanos(33_366_667 * i as i64),
        bbox_in_frame: BBox { x: -0.1 + i as f32, y: 60.0, width: 80.3, height: 120.25 },
    };
    Incident {
        number,
        kind: IncidentKind::Violence,
        span: span_secs(2, 6),
        is_open: true,
        peak_score: 0.93,
        peak_at: MediaTime::from_nanos(4_433_333_333),
        severity: Severity::Alert,
        reasons: vec![Reason::measured(ReasonCode::LimbSpeed, 4.1), Reason::fact(ReasonCode::WholePicture)],
        regions: (0..regions).map(region).collect(),
        people: 2,
    }
}

fn input_error(at: Option<MediaTime>) -> InputError {
    InputError {
        path: odd_path(),
        stage: Stage::Decode,
        at,
        message: "0.4 s of damaged pictures were skipped".to_owned(),
        analysed_secs: 9.6,
        is_recoverable: true,
    }
}

fn result(source: SourceInfo, incidents: Vec<FlaggedIncident>, errors: Vec<InputError>) -> SourceResult {
    let coverage = Coverage {
        expected_secs: Some(10.1),
        received_secs: 10.0,
        decoded_secs: 9.6,
        analysed_secs: 9.6,
        usable_secs: 1.0 / 3.0,
        blind: vec![
            BlindSpan { cause: BlindCause::CameraCovered, span: span_secs(1, 3) },
            BlindSpan { cause: BlindCause::Damaged, span: span_secs(7, 8) },
        ],
        looked: vec![
            LookedSpan { attention: Attention::Analysed, span: span_secs(0, 4) },
            LookedSpan { attention: Attention::Gated, span: span_secs(4, 6) },
            LookedSpan { attention: Attention::Skipped, span: span_secs(6, 10) },
        ],
        excluded_share: 0.0,
    };
    let decoder = Some("cuda:0, software".to_owned());
    SourceResult { source, duration_secs: 10.0, decoder, coverage, incidents, errors, is_complete: true }
}

fn totals() -> RunTotals {
    RunTotals {
        inputs: 2,
        analysed_secs: 9.6,
        decoded_frames: 300,
        analysed_frames: 50,
        wall_secs: 4.5,
        cpu_secs: 7.25,
        stages: StageSecs {
            demux: 0.1,
            decode: 3.0,
            pose: 4.0,
            store: 0.05,
            other: 0.1,
            ..Default::default()
        },
        is_interrupted: false,
    }
}

/// The run of the fixture tests: one source, one incident that grows and ends, one error.
fn write_a_run(writer: &Writer, id: &str) -> (RunInfo, SourceResult) {
    let run = run_info(id);
    writer.begin_run(&run).unwrap();
    let source = source_info(0);
    writer.source_opened(&run.id, &source).unwrap();
    let name = IncidentId("v-1".to_owned());
    writer.incident(&run.id, source.id, &name, &IncidentEvent::New(incident(0, 1)), None).unwrap();
    writer.still(&run.id, &name, &odd_path()).unwrap();
    writer.incident(&run.id, source.id, &name, &IncidentEvent::Update(incident(0, 40)), None).unwrap();
    let last = Incident { is_open: false, peak_score: 0.97, ..incident(0, 20) };
    writer.incident(&run.id, source.id, &name, &IncidentEvent::End(last.clone()), None).unwrap();
    let error = input_error(Some(MediaTime::from_millis(9600)));
    writer.input_error(&run.id, Some(source.id), &error).unwrap();
    let flagged = FlaggedIncident { id: name, incident: last, still: Some(odd_path()) };
    let result = result(source, vec![flagged], vec![error]);
    writer.source_finished(&run.id, &result).unwrap();
    (run, result)
}

#[test]
fn everything_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::spawn(&dir.path().join("new/folder")).unwrap();
    let (run, result) = write_a_run(&writer, "r1");
    let unopened = InputError { stage: Stage::Open, at: None, ..input_error(None) };
    writer.input_error(&run.id, Some(SourceId(1)), &unopened).unwrap();
    writer.input_error(&run.id, None, &unopened).unwrap();
    writer.run_finished(&run.id, &totals()).unwrap();
    let cpu_secs = writer.finish().unwrap();
    assert!(cpu_secs > 0.0 && cpu_secs < 60.0, "{cpu_secs}");

    let reader = Reader::open(&dir.path().join("new/folder")).unwrap();
    let runs = reader.runs().unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((&runs[0].info, runs[0].state), (&run, RunState::Finished));
    assert_eq!(runs[0].totals, Some(totals()));
    assert!(runs[0].finished_at.as_deref().is_some_and(|t| t.starts_with("20") && t.ends_with('Z')));

    let SourceResult { source, duration_secs, decoder, coverage, incidents, errors, is_complete } = result;
    let outcome = Some(SourceOutcome { duration_secs, decoder, coverage, is_complete });
    assert_eq!(reader.sources(&run.id).unwrap(), [StoredSource { source, outcome }]);
    let stored = StoredIncident { source: SourceId(0), flagged: incidents[0].clone() };
    assert_eq!(reader.incidents(&run.id).unwrap(), [stored]);
    let stored = |source, error: &InputError| StoredError { source, error: error.clone() };
    let expected = [
        stored(Some(SourceId(0)), &errors[0]),
        stored(Some(SourceId(1)), &unopened),
        stored(None, &unopened),
    ];
    assert_eq!(reader.input_errors(&run.id).unwrap(), expected);
}

#[test]
fn flush_makes_an_open_incident_visible_to_others() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::spawn(dir.path()).unwrap();
    let run = run_info("r1");
    writer.begin_run(&run).unwrap();
    writer.source_opened(&run.id, &source_info(0)).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    let name = IncidentId("v-1".to_owned());
    for regions in [1, 5, 3, 4] {
        let event = IncidentEvent::Update(incident(0, regions));
        writer.incident(&run.id, SourceId(0), &name, &event, None).unwrap();
        writer.flush().unwrap();
        let stored = reader.incidents(&run.id).unwrap();
        assert_eq!(stored[0].flagged.incident, incident(0, regions));
        assert_eq!(stored[0].flagged.still, None);
    }
    let sources = reader.sources(&run.id).unwrap();
    assert_eq!(sources, [StoredSource { source: source_info(0), outcome: None }]);
}

#[test]
fn a_stream_gets_its_sha256_when_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::spawn(dir.path()).unwrap();
    let run = run_info("r1");
    writer.begin_run(&run).unwrap();
    let stream = SourceInfo { sha256: String::new(), bytes: 0, ..source_info(0) };
    writer.source_opened(&run.id, &stream).unwrap();
    writer.flush().unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.sources(&run.id).unwrap()[0].source, stream);
    writer.source_finished(&run.id, &result(source_info(0), vec![], vec![])).unwrap();
    writer.flush().unwrap();
    assert_eq!(reader.sources(&run.id).unwrap()[0].source, source_info(0));
}

#[test]
fn analysing_a_file_again_keeps_both_results() {
    let dir = tempfile::tempdir().unwrap();
    for id in ["r1", "r2"] {
        let writer = Writer::spawn(dir.path()).unwrap();
        write_a_run(&writer, id);
        writer.finish().unwrap();
    }
    let reader = Reader::open(dir.path()).unwrap();
    let of = |id: &str| RunId(id.to_owned());
    assert_eq!(reader.incidents(&of("r1")).unwrap(), reader.incidents(&of("r2")).unwrap());
    assert_eq!(reader.incidents(&of("r1")).unwrap().len(), 1);
    assert_eq!(reader.runs_of_file(&"d".repeat(64)).unwrap(), [of("r1"), of("r2")]);
    assert_eq!(reader.runs_of_file(&"e".repeat(64)).unwrap(), []);
}

#[test]
fn two_copies_of_a_file_in_one_run_keep_their_incidents_apart() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::spawn(dir.path()).unwrap();
    let run = run_info("r1");
    writer.begin_run(&run).unwrap();
    let name = IncidentId("v-1".to_owned());
    for number in 0..2 {
        writer.source_opened(&run.id, &source_info(number)).unwrap();
        let event = IncidentEvent::End(incident(0, 1));
        writer.incident(&run.id, SourceId(number), &name, &event, None).unwrap();
    }
    writer.finish().unwrap();
    let incidents = Reader::open(dir.path()).unwrap().incidents(&run.id).unwrap();
    assert_eq!(incidents.iter().map(|i| i.source.0).collect::<Vec<_>>(), [0, 1]);
    assert!(incidents.iter().all(|i| !i.flagged.incident.is_open));
}

#[test]
fn writers_of_two_processes_start_and_write_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let work = |id: &str| {
        let writer = Writer::spawn(dir.path()).unwrap();
        write_a_run(&writer, id);
        writer.finish().unwrap();
    };
    std::thread::scope(|scope| {
        for id in ["r1", "r2", "r3"] {
            scope.spawn(move || work(id));
        }
    });
    assert_eq!(Reader::open(dir.path()).unwrap().runs().unwrap().len(), 3);
}

#[test]
fn a_full_disk_is_told_once_and_for_all() {
    let dir = tempfile::tempdir().unwrap();
    let connection = open_to_write(dir.path()).unwrap();
    let pages: i64 = connection.query_row("pragma page_count", [], |r| r.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages + 10).unwrap();
    let log = Log::open(dir.path()).unwrap();
    let writer = Writer::start(connection, log, dir.path()).unwrap();
    write_a_run(&writer, "r1");
    writer.flush().unwrap();
    let name = |n: u32| IncidentId(format!("v-{n}"));
    let run = RunId("r1".to_owned());
    let failed = (2..10_000).find_map(|n| {
        writer.incident(&run, SourceId(0), &name(n), &IncidentEvent::New(incident(n, 50)), None).err()
    });
    let error = writer.flush().unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    assert_eq!(failed, Some(error.clone()), "calls after the failure answer with it");
    let text = error.to_string();
    let path = database_path(dir.path()).display().to_string();
    assert!(text.contains(&path) && text.contains("free space") && text.contains("--data-dir"), "{text}");
    assert_eq!(writer.begin_run(&run_info("r2")), Err(error.clone()));
    assert_eq!(writer.finish(), Err(error));

    let reader = Reader::open(dir.path()).unwrap();
    assert!(
        reader.incidents(&run).unwrap().iter().any(|i| i.flagged.id == name(1)),
        "earlier results are kept"
    );
    assert!(Writer::spawn(dir.path()).unwrap().finish().is_ok(), "usable again once there is room");
}

#[test]
fn a_result_out_of_range_or_order_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |write: &dyn Fn(&Writer) -> Result<(), StoreError>| {
        let writer = Writer::spawn(dir.path()).unwrap();
        let _ = write(&writer);
        let error = writer.finish().unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    };
    refused(&|w| w.begin_run(&RunInfo { config_digest: "short".to_owned(), ..run_info("r1") }));
    refused(&|w| w.source_opened(&RunId("nowhere".to_owned()), &source_info(0)));
    refused(&|w| w.run_finished(&RunId("nowhere".to_owned()), &totals()));
    refused(&|w| {
        write_a_run(w, "r1");
        let wrong = Incident { peak_score: 1.5, ..incident(0, 0) };
        let event = IncidentEvent::New(wrong);
        w.incident(&RunId("r1".to_owned()), SourceId(0), &IncidentId("x".to_owned()), &event, None)
    });
}

#[test]
fn the_first_schema_still_reads() {
    let dir = tempfile::tempdir().unwrap();
    let connection = Connection::open(database_path(dir.path())).unwrap();
    connection.execute_batch(include_str!("../../tests/data/store/v1.sql")).unwrap();
    drop(connection);
    let reader = Reader::open(dir.path()).unwrap();
    let run = reader.runs().unwrap().remove(0);
    assert_eq!(run.totals.unwrap().stages, StageSecs { decode: 11.5, pose: 30.0, ..Default::default() });
    let sources = reader.sources(&run.info.id).unwrap();
    assert_eq!(sources[0].outcome.as_ref().unwrap().coverage.blind[0].span.end.nanos(), 12_250_000_000);
    let incident = reader.incidents(&run.info.id).unwrap().remove(0).flagged.incident;
    assert_eq!(incident.reasons[0], Reason::measured(ReasonCode::PeopleTogether, 2.0));
    assert_eq!(incident.regions[0].bbox_in_frame.height, 120.25);
    assert_eq!(reader.input_errors(&run.info.id).unwrap()[0].error.stage, Stage::Decode);
}

#[test]
fn what_is_no_database_of_ours_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = database_path(dir.path());
    assert_eq!(Reader::open(dir.path()).unwrap_err(), StoreError::Missing { path: path.clone() });
    assert!(!path.exists(), "reading makes no file");

    let text = b"Not a database, but a letter that somebody saved under this name. ".repeat(20);
    std::fs::write(&path, &text).unwrap();
    let expected = StoreError::NotADatabase { path: path.clone() };
    assert_eq!(Writer::spawn(dir.path()).unwrap_err(), expected);
    assert_eq!(Reader::open(dir.path()).unwrap_err(), expected);
    assert_eq!(std::fs::read(&path).unwrap(), text);

    std::fs::write(&path, b"").unwrap();
    assert_eq!(Reader::open(dir.path()).unwrap().runs(), Ok(vec![]), "making it was cut short");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), b"").unwrap();
    let error = Writer::spawn(&dir.path().join("file/data")).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unusable { .. }) && error.to_string().contains("file/data"),
        "{error}"
    );
}

/// Environment variable that tells [`child_that_writes_until_killed`] where to write.
const CHILD_DIR: &str = "KUAGER_TEST_STORE_CHILD";

/// Not a test of its own: what [`a_killed_run_is_seen_as_unfinished`] starts and kills.
#[test]
fn child_that_writes_until_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let writer = Writer::spawn(Path::new(&dir)).unwrap();
    write_a_run(&writer, "killed");
    let run = RunId("killed".to_owned());
    for n in 2.. {
        let event = IncidentEvent::New(incident(n, 20));
        writer.incident(&run, SourceId(0), &IncidentId(format!("v-{n}")), &event, None).unwrap();
    }
}

#[test]
fn a_killed_run_is_seen_as_unfinished() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::child_that_writes_until_killed"])
        .env(CHILD_DIR, dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let run = RunId("killed".to_owned());
    let stored = || Reader::open(dir.path()).and_then(|r| r.incidents(&run)).map_or(0, |i| i.len());
    while stored() < 3 {
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let writer = Writer::spawn(dir.path()).unwrap();
    write_a_run(&writer, "after");
    writer.finish().unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    let runs = reader.runs().unwrap();
    let killed = runs.iter().find(|r| r.info.id == run).unwrap();
    assert_eq!((killed.state, &killed.totals, &killed.finished_at), (RunState::Running, &None, &None));
    let incidents = reader.incidents(&run).unwrap();
    assert!(incidents.len() >= 3);
    assert!(incidents.iter().skip(1).all(|i| i.flagged.incident.regions.len() == 20), "nothing half written");
}

/// Reads everything; only that it returns matters.
fn read_all(dir: &Path) {
    let Ok(reader) = Reader::open(dir) else { return };
    for run in reader.runs().unwrap_or_default() {
        let _ =
            (reader.sources(&run.info.id), reader.incidents(&run.info.id), reader.input_errors(&run.info.id));
    }
}

/// A closed database with one run in it.
fn sound_database() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(make_database)
}

fn make_database() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::spawn(dir.path()).unwrap();
    write_a_run(&writer, "r1");
    writer.finish().unwrap();
    std::fs::read(database_path(dir.path())).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..4096), with_magic: bool) {
        let dir = tempfile::tempdir().unwrap();
        let magic: &[u8] = if with_magic { b"SQLite format 3\0\x10\0\x02\x02\0\x40\x20\x20" } else { b"" };
        std::fs::write(database_path(dir.path()), [magic, &bytes].concat()).unwrap();
        read_all(dir.path());
        let _ = Writer::spawn(dir.path()).map(Writer::finish);
    }

    #[test]
    fn no_damage_makes_reading_or_writing_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        let mut bytes = sound_database().to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(database_path(dir.path()), bytes).unwrap();
        read_all(dir.path());
        if let Ok(writer) = Writer::spawn(dir.path()) {
            let _ = writer.begin_run(&run_info("r2"));
            let _ = writer.finish();
        }
    }
}
