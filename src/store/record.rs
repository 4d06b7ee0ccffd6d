//! How each result becomes rows.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::kept::{self, Kept};
use super::logged::entry_of;
use super::values::{count, path_bytes};
use super::{calibrations, drills, ledger, outbox};
use crate::chain::Log;
use crate::domain::{
    BlindSpan, Calibration, CameraHour, Drill, FlaggedIncident, Incident, IncidentId, InputError, LevelInUse,
    LookedSpan, Reason, Region, RunId, RunInfo, RunTotals, SourceId, SourceInfo, SourcePlace, SourceResult,
    StageSecs,
};

/// One result on its way into the database.
#[derive(Debug)]
pub(super) enum Write {
    BeginRun(RunInfo),
    SourceOpened(RunId, SourceInfo),
    Incident {
        run: RunId,
        source: SourceId,
        id: IncidentId,
        incident: Incident,
        is_open: bool,
        still: Option<PathBuf>,
        /// Placed with the flag, in one transaction.
        hold: Option<Box<Kept>>,
    },
    Still {
        run: RunId,
        id: IncidentId,
        still: PathBuf,
    },
    SourceFinished(RunId, SourceResult),
    InputError(RunId, Option<SourceId>, InputError),
    RunFinished(RunId, RunTotals),
    Calibrated(Calibration),
    CalibrationRemoved {
        camera: String,
        at: String,
    },
    RunLevel(RunId, LevelInUse),
    Drilled(Drill),
    Ledger {
        run: RunId,
        places: Vec<SourcePlace>,
        hours: Vec<CameraHour>,
    },
    Kept(Kept),
}

/// Turns results into rows, within a transaction it opens as needed.
#[derive(Debug)]
pub(super) struct Recorder {
    connection: Connection,
    /// Regions as they stand in the database, by key of the incident, while it is open. An incident of an hour has
    /// thousands, and each update only adds to their end.
    regions: HashMap<i64, Vec<Region>>,
}

impl Recorder {
    /// Over an open database with the schema of today.
    pub fn new(connection: Connection) -> Self {
        Self { connection, regions: HashMap::new() }
    }

    /// Writes one result, uncommitted.
    pub fn write(&mut self, write: &Write) -> rusqlite::Result<()> {
        self.begin()?;
        if let Some(entry) = entry_of(write) {
            outbox::put(&self.connection, &entry)?;
        }
        match write {
            Write::BeginRun(run) => self.begin_run(run),
            Write::SourceOpened(run, source) => self.source_opened(run, source),
            Write::Incident { run, source, id, incident, is_open, still, hold } => {
                let row = IncidentRow { run, source: *source, id, incident, is_open: *is_open };
                self.incident(&row, still.as_deref())?;
                hold.as_deref().map_or(Ok(()), |hold| kept::write(&self.connection, hold))
            }
            Write::Still { run, id, still } => self.still(run, id, still),
            Write::SourceFinished(run, result) => self.source_finished(run, result),
            Write::InputError(run, source, error) => self.input_error(run, *source, error),
            Write::RunFinished(run, totals) => self.run_finished(run, totals),
            Write::Calibrated(calibration) => calibrations::add(&self.connection, calibration),
            Write::CalibrationRemoved { camera, at } => calibrations::remove(&self.connection, camera, at),
            Write::RunLevel(run, level) => calibrations::note_level(&self.connection, run, level),
            Write::Drilled(drill) => drills::add(&self.connection, drill),
            Write::Ledger { run, places, hours } => ledger::note(&self.connection, run, places, hours),
            Write::Kept(kept) => kept::write(&self.connection, kept),
        }
    }

    /// Makes what was written since the last commit lasting.
    pub fn commit(&mut self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("commit") }
    }

    /// Brings what was committed into the log.
    pub fn log(&self, data_dir: &Path, log: &mut Log) -> Result<(), StoreError> {
        outbox::drain(&self.connection, data_dir, log)
    }

    /// Gives up what was written since the last commit. Best effort: SQLite does so by itself on grave errors, and on
    /// the next opening in any case.
    pub fn roll_back(&mut self) {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("rollback");
        }
        self.regions.clear();
    }

    /// Takes the write lock at once: a lock taken later than the first read cannot be waited for.
    fn begin(&mut self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            self.connection.execute_batch("begin immediate")
        } else {
            Ok(())
        }
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(values)
    }

    fn begin_run(&self, run: &RunInfo) -> rusqlite::Result<()> {
        self.execute(
            "insert into run (id, started_at, program_version, command, config_digest, ffmpeg_version, decoder)
             values (?, ?, ?, ?, ?, ?, ?)",
            params![
                run.id.0,
                run.started_at,
                run.program_version,
                run.command,
                run.config_digest,
                run.ffmpeg_version,
                run.decoder
            ],
        )?;
        for (position, model) in (0i64..).zip(&run.models) {
            self.execute(
                "insert into run_model (run_id, position, name, sha256, provider) values (?, ?, ?, ?, ?)",
                params![run.id.0, position, model.name, model.sha256, model.provider],
            )?;
        }
        Ok(())
    }

    fn run_finished(&self, run: &RunId, totals: &RunTotals) -> rusqlite::Result<()> {
        let changed = self.execute(
            "update run set state = ?, finished_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), inputs = ?,
                 analysed_secs = ?, decoded_frames = ?, analysed_frames = ?, wall_secs = ?, cpu_secs = ?
             where id = ?",
            params![
                if totals.is_interrupted { "interrupted" } else { "finished" },
                totals.inputs,
                totals.analysed_secs,
                count(totals.decoded_frames),
                count(totals.analysed_frames),
                totals.wall_secs,
                totals.cpu_secs,
                run.0
            ],
        )?;
        require(changed)?;
        for (stage, cpu_secs) in stages(&totals.stages) {
            self.execute(
                "insert or replace into run_stage (run_id, stage, cpu_secs) values (?, ?, ?)",
                params![run.0, stage, cpu_secs],
            )?;
        }
        Ok(())
    }

    fn source_opened(&self, run: &RunId, source: &SourceInfo) -> rusqlite::Result<()> {
        self.execute(
            "insert into source (run_id, number, path, path_display, sha256, bytes)
             values (?, ?, ?, ?, nullif(?, ''), ?)",
            params![
                run.0,
                source.id.0,
                path_bytes(&source.path),
                source.path.to_string_lossy(),
                source.sha256,
                count(source.bytes)
            ],
        )?;
        Ok(())
    }

    fn source_finished(&mut self, run: &RunId, result: &SourceResult) -> rusqlite::Result<()> {
        let source = result.source.id;
        self.close_source(run, result)?;
        self.blind_spans(run, source, &result.coverage.blind)?;
        self.looked_spans(run, source, &result.coverage.looked)?;
        for FlaggedIncident { id, incident, still } in &result.incidents {
            let row = IncidentRow { run, source, id, incident, is_open: incident.is_open };
            self.incident(&row, still.as_deref())?;
        }
        result.errors.iter().try_for_each(|error| self.input_error(run, Some(source), error))
    }

    fn close_source(&self, run: &RunId, result: &SourceResult) -> rusqlite::Result<()> {
        let coverage = &result.coverage;
        let changed = self.execute(
            "update source set sha256 = coalesce(nullif(?, ''), sha256), bytes = ?, is_complete = ?,
                 duration_secs = ?, expected_secs = ?, received_secs = ?, decoded_secs = ?, analysed_secs = ?,
                 usable_secs = ?, decoder = ?
             where run_id = ? and number = ?",
            params![
                result.source.sha256,
                count(result.source.bytes),
                result.is_complete,
                result.duration_secs,
                coverage.expected_secs,
                coverage.received_secs,
                coverage.decoded_secs,
                coverage.analysed_secs,
                coverage.usable_secs,
                result.decoder,
                run.0,
                result.source.id.0
            ],
        )?;
        require(changed)
    }

    fn looked_spans(&self, run: &RunId, source: SourceId, spans: &[LookedSpan]) -> rusqlite::Result<()> {
        self.execute(
            "delete from looked_span where run_id = ? and source_number = ?",
            params![run.0, source.0],
        )?;
        for (position, looked) in (0i64..).zip(spans) {
            self.execute(
                "insert into looked_span (run_id, source_number, position, attention, start_ns, end_ns)
                 values (?, ?, ?, ?, ?, ?)",
                params![
                    run.0,
                    source.0,
                    position,
                    looked.attention.as_str(),
                    looked.span.start.nanos(),
                    looked.span.end.nanos()
                ],
            )?;
        }
        Ok(())
    }

    fn blind_spans(&self, run: &RunId, source: SourceId, spans: &[BlindSpan]) -> rusqlite::Result<()> {
        self.execute(
            "delete from blind_span where run_id = ? and source_number = ?",
            params![run.0, source.0],
        )?;
        for (position, blind) in (0i64..).zip(spans) {
            self.execute(
                "insert into blind_span (run_id, source_number, position, cause, start_ns, end_ns)
                 values (?, ?, ?, ?, ?, ?)",
                params![
                    run.0,
                    source.0,
                    position,
                    blind.cause.as_str(),
                    blind.span.start.nanos(),
                    blind.span.end.nanos()
                ],
            )?;
        }
        Ok(())
    }

    fn incident(&mut self, row: &IncidentRow<'_>, still: Option<&Path>) -> rusqlite::Result<()> {
        let key = self.upsert_incident(row, still)?;
        self.reasons(key, &row.incident.reasons)?;
        self.regions(key, &row.incident.regions, row.is_open)
    }

    /// The incident's own row; returns its key.
    fn upsert_incident(&self, row: &IncidentRow<'_>, still: Option<&Path>) -> rusqlite::Result<i64> {
        let incident = row.incident;
        let mut statement = self.connection.prepare_cached(
            "insert into incident (run_id, source_number, incident_id, number, kind, state, start_ns, end_ns,
                 peak_ns, peak_score, severity, people, still_path)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             on conflict (run_id, source_number, incident_id) do update set
                 number = excluded.number, kind = excluded.kind, state = excluded.state,
                 start_ns = excluded.start_ns, end_ns = excluded.end_ns, peak_ns = excluded.peak_ns,
                 peak_score = excluded.peak_score, severity = excluded.severity, people = excluded.people,
                 still_path = coalesce(excluded.still_path, still_path)
             returning key",
        )?;
        statement.query_row(
            params![
                row.run.0,
                row.source.0,
                row.id.0,
                incident.number,
                incident.kind.as_str(),
                if row.is_open { "open" } else { "ended" },
                incident.span.start.nanos(),
                incident.span.end.nanos(),
                incident.peak_at.nanos(),
                incident.peak_score,
                incident.severity.as_str(),
                incident.people,
                still.map(path_bytes)
            ],
            |r| r.get(0),
        )
    }

    fn reasons(&self, key: i64, reasons: &[Reason]) -> rusqlite::Result<()> {
        self.execute("delete from incident_reason where incident_key = ?", [key])?;
        for (position, reason) in (0i64..).zip(reasons) {
            self.execute(
                "insert into incident_reason (incident_key, position, code, value) values (?, ?, ?, ?)",
                params![key, position, reason.code.as_str(), reason.value],
            )?;
        }
        Ok(())
    }

    /// Writes only what differs from the last time.
    fn regions(&mut self, key: i64, regions: &[Region], is_open: bool) -> rusqlite::Result<()> {
        let stored = self.regions.remove(&key).unwrap_or_default();
        let same = stored.iter().zip(regions).take_while(|(a, b)| a == b).count();
        self.execute(
            "delete from incident_region where incident_key = ? and position >= ?",
            params![key, count(same as u64)],
        )?;
        for (position, region) in (0i64..).zip(regions).skip(same) {
            let bbox = region.bbox_in_frame;
            self.execute(
                "insert into incident_region (incident_key, position, media_ns, x, y, width, height)
                 values (?, ?, ?, ?, ?, ?, ?)",
                params![key, position, region.media_time.nanos(), bbox.x, bbox.y, bbox.width, bbox.height],
            )?;
        }
        if is_open {
            self.regions.insert(key, regions.to_vec());
        }
        Ok(())
    }

    fn still(&self, run: &RunId, id: &IncidentId, still: &Path) -> rusqlite::Result<()> {
        let changed = self.execute(
            "update incident set still_path = ? where run_id = ? and incident_id = ?",
            params![path_bytes(still), run.0, id.0],
        )?;
        require(changed)
    }

    /// An error that is stored already only has its analysed time brought up to date.
    fn input_error(&self, run: &RunId, source: Option<SourceId>, error: &InputError) -> rusqlite::Result<()> {
        let (path, at_ns) = (path_bytes(&error.path), error.at.map(|t| t.nanos()));
        let number = source.map(|s| s.0);
        let mut find = self.connection.prepare_cached(
            "select key from input_error where run_id = ? and path = ? and source_number is ? and stage = ?
                 and at_ns is ? and message = ? and is_recoverable = ?",
        )?;
        let same =
            params![run.0, path, number, error.stage.as_str(), at_ns, error.message, error.is_recoverable];
        if let Some(key) = find.query_row(same, |r| r.get::<_, i64>(0)).optional()? {
            let update = "update input_error set analysed_secs = ? where key = ?";
            return self.execute(update, params![error.analysed_secs, key]).map(drop);
        }
        self.execute(
            "insert into input_error (run_id, path, path_display, source_number, stage, at_ns, message,
                 analysed_secs, is_recoverable)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                run.0,
                path,
                error.path.to_string_lossy(),
                number,
                error.stage.as_str(),
                at_ns,
                error.message,
                error.analysed_secs,
                error.is_recoverable
            ],
        )
        .map(drop)
    }
}

/// One incident with all that names it.
struct IncidentRow<'a> {
    run: &'a RunId,
    source: SourceId,
    id: &'a IncidentId,
    incident: &'a Incident,
    is_open: bool,
}

/// An update that met no row was sent before what it belongs to: the same fault as a missing parent.
fn require(changed: usize) -> rusqlite::Result<()> {
    if changed > 0 {
        return Ok(());
    }
    let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY);
    Err(rusqlite::Error::SqliteFailure(error, Some("the row to be updated was never written".to_owned())))
}

/// Stage names and their times, in the order of a frame's journey.
fn stages(secs: &StageSecs) -> [(&'static str, f64); 10] {
    [
        ("demux", secs.demux),
        ("decode", secs.decode),
        ("gate", secs.gate),
        ("preprocess", secs.preprocess),
        ("pose", secs.pose),
        ("track", secs.track),
        ("violence", secs.violence),
        ("integrity", secs.integrity),
        ("store", secs.store),
        ("other", secs.other),
    ]
}
