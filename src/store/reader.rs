//! Reading what was stored. Opens for reading only, beside a writer if need be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row, Transaction, params};

use super::connect::{database_path, open_to_read};
use super::values::{count_at, named_at, path_at, time_at, wall_at};
use super::{StoreError, calibrations, drills, holds, ledger};
use crate::domain::{
    BBox, BlindSpan, CameraHour, CameraLevel, Coverage, Drill, FlaggedIncident, HeldMissing, HoldChange,
    Incident, IncidentId, InputError, LevelCard, LevelInUse, LookedSpan, ModelUse, Reason, Region, RunId,
    RunInfo, RunTotals, Sensitivity, Settings, SourceId, SourceInfo, Span, StageSecs, StoredHold, Tombstone,
    WallStart,
};

/// How far a run got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// At work in some process, or ended without a word: killed, or the machine stopped.
    Running,
    /// Every input was dealt with.
    Finished,
    /// Stopped on request.
    Interrupted,
}

/// A run as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// What it was made of.
    pub info: RunInfo,
    /// How far it got.
    pub state: RunState,
    /// End, RFC 3339 UTC; `None` while running.
    pub finished_at: Option<String>,
    /// The closing account; `None` while running.
    pub totals: Option<RunTotals>,
}

/// An input as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSource {
    /// The input. `sha256` is empty where it is not known yet.
    pub source: SourceInfo,
    /// How the work on it ended; `None` if it has not, or if the run was killed in it.
    pub outcome: Option<SourceOutcome>,
}

/// How the work on an input ended.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceOutcome {
    /// Length of the recording in seconds, as far as it was read.
    pub duration_secs: f64,
    /// What really decoded it; none where it could not be opened, and in runs before schema 4.
    pub decoder: Option<String>,
    /// What could be seen.
    pub coverage: Coverage,
    /// Whether the analysis reached the end.
    pub is_complete: bool,
}

/// An incident as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredIncident {
    /// The input it was found in.
    pub source: SourceId,
    /// The incident in its latest form.
    pub flagged: FlaggedIncident,
}

/// A recording of a camera with its place on the wall's line of time.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedRecording {
    /// The run that analysed it.
    pub run: RunId,
    /// The recording.
    pub source: SourceInfo,
    /// When its first picture was taken.
    pub wall: WallStart,
    /// Its length, as far as it was read.
    pub duration_secs: f64,
}

/// A recording as a run met it, wherever it stands in time.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownRecording {
    /// The run that analysed it.
    pub run: RunId,
    /// When that began, RFC 3339 UTC.
    pub analysed_at: String,
    /// The recording; `sha256` is empty where it never became known.
    pub source: SourceInfo,
    /// Its camera, where the run's ledger has it.
    pub camera: Option<String>,
    /// When its first picture was taken, where that is known.
    pub wall: Option<WallStart>,
    /// Its length, as far as it was read; none where the run was killed in it.
    pub duration_secs: Option<f64>,
    /// In which folder the run was started; none in runs before schema 8.
    pub folder: Option<PathBuf>,
}

/// An input error as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredError {
    /// Number of the input, where the error concerns one.
    pub source: Option<SourceId>,
    /// The error.
    pub error: InputError,
}

/// Reads a database. Each call sees everything committed before it, and nothing half done.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Connection,
}

impl Reader {
    /// Opens the database of a data directory; one with an older schema is upgraded first.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self { path: database_path(data_dir), connection: open_to_read(data_dir)? })
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        let _snapshot = self.snapshot()?;
        let mut runs = self.rows("select * from run order by started_at, id", [], stored_run)?;
        for run in &mut runs {
            run.info.models = self.rows(
                "select name, sha256, provider from run_model where run_id = ? order by position",
                [&run.info.id.0],
                model_use,
            )?;
            if let Some(totals) = &mut run.totals {
                totals.stages = self.stages(&run.info.id)?;
            }
        }
        Ok(runs)
    }

    /// The runs in which a file of this SHA-256 (hex) was an input, oldest first.
    pub fn runs_of_file(&self, sha256: &str) -> Result<Vec<RunId>, StoreError> {
        self.rows(
            "select distinct run.id, run.started_at from run join source on run_id = run.id where sha256 = ?
             order by run.started_at, run.id",
            [sha256],
            |row| row.get(0).map(RunId),
        )
    }

    /// The inputs of a run, by number.
    pub fn sources(&self, run: &RunId) -> Result<Vec<StoredSource>, StoreError> {
        let _snapshot = self.snapshot()?;
        let mut sources =
            self.rows("select * from source where run_id = ? order by number", [&run.0], stored_source)?;
        for source in &mut sources {
            if let Some(outcome) = &mut source.outcome {
                outcome.coverage.blind = self.rows(
                    "select cause, start_ns, end_ns from blind_span where run_id = ? and source_number = ?
                     order by position",
                    params![run.0, source.source.id.0],
                    blind_span,
                )?;
                outcome.coverage.looked = self.rows(
                    "select attention, start_ns, end_ns from looked_span where run_id = ? and source_number = ?
                     order by position",
                    params![run.0, source.source.id.0],
                    looked_span,
                )?;
            }
        }
        Ok(sources)
    }

    /// The incidents of a run, by source, start and name.
    pub fn incidents(&self, run: &RunId) -> Result<Vec<StoredIncident>, StoreError> {
        let _snapshot = self.snapshot()?;
        let keyed = self.rows(
            "select * from incident where run_id = ? order by source_number, start_ns, incident_id",
            [&run.0],
            |row| Ok((row.get::<_, i64>("key")?, stored_incident(row)?)),
        )?;
        let complete = |(key, mut stored): (i64, StoredIncident)| {
            let incident = &mut stored.flagged.incident;
            incident.reasons = self.rows(
                "select code, value from incident_reason where incident_key = ? order by position",
                [key],
                |row| Ok(Reason { code: named_at(row, "code")?, value: row.get("value")? }),
            )?;
            incident.regions = self.rows(
                "select media_ns, x, y, width, height from incident_region where incident_key = ?
                 order by position",
                [key],
                region,
            )?;
            Ok(stored)
        };
        keyed.into_iter().map(complete).collect()
    }

    /// What could not be read in a run, in the order it was met.
    pub fn input_errors(&self, run: &RunId) -> Result<Vec<StoredError>, StoreError> {
        self.rows("select * from input_error where run_id = ? order by key", [&run.0], stored_error)
    }

    /// The newest word on a camera's alarm level.
    pub fn newest_calibration(&self, camera: &str) -> Result<CameraLevel, StoreError> {
        let _snapshot = self.snapshot()?;
        calibrations::newest(&self.connection, camera).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// The alarm level that a run used for the camera it was told of, by the card of the model that it used.
    pub fn level_of_run(&self, run: &RunId, card: &LevelCard) -> Result<Option<LevelInUse>, StoreError> {
        let _snapshot = self.snapshot()?;
        let found = calibrations::level_of_run(&self.connection, run);
        let found = found.map_err(|e| StoreError::from_sqlite(&self.path, &e))?;
        Ok(found.map(|(camera, level, newest, is_applied)| LevelInUse {
            camera,
            level,
            bounds: card.bounds,
            newest,
            is_applied,
            known_at_highest: card.known_at_highest.clone(),
        }))
    }

    /// All drills, the oldest first.
    pub fn drills(&self) -> Result<Vec<Drill>, StoreError> {
        let _snapshot = self.snapshot()?;
        drills::all(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// What is found of staged acts on these cameras together with `rules` (a run's digest); where none are given, with
    /// those of each camera's newest run. None unless each camera has such a drill.
    pub fn sensitivity(
        &self,
        cameras: &BTreeSet<String>,
        rules: Option<&str>,
    ) -> Result<Option<Sensitivity>, StoreError> {
        let _snapshot = self.snapshot()?;
        let found = drills::sensitivity(&self.connection, cameras, rules);
        found.map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// All recordings of a camera whose time of day is known and whose end was reached, in the order in which they were
    /// analysed.
    pub fn placed_recordings(&self, camera: &str) -> Result<Vec<PlacedRecording>, StoreError> {
        let sql = "select s.*, p.wall_start_at, p.wall_source, p.wall_error_secs
                   from source_place p join source s on s.run_id = p.run_id and s.number = p.source_number
                   join run r on r.id = s.run_id
                   where p.camera = ? and p.wall_start_at is not null and s.sha256 is not null
                     and s.duration_secs is not null
                   order by r.started_at, r.id, s.number";
        self.rows(sql, [camera], placed_recording)
    }

    /// All recordings of all runs, in the order in which they were analysed.
    pub fn known_recordings(&self) -> Result<Vec<KnownRecording>, StoreError> {
        let sql = "select s.*, r.started_at, p.camera, p.wall_start_at, p.wall_source, p.wall_error_secs,
                       f.folder
                   from source s join run r on r.id = s.run_id left join run_folder f on f.run_id = r.id
                   left join source_place p on p.run_id = s.run_id and p.source_number = s.number
                   order by r.started_at, r.id, s.number";
        self.rows(sql, [], known_recording)
    }

    /// Whether results were committed that are not in the log yet: a program is at work, or was killed.
    pub fn has_unlogged(&self) -> Result<bool, StoreError> {
        let found = self.rows("select exists (select 1 from log_outbox)", [], |row| row.get(0))?;
        Ok(found.first() == Some(&true))
    }

    /// All holds with what became of them, in the order in which they were placed.
    pub fn holds(&self) -> Result<Vec<StoredHold>, StoreError> {
        let _snapshot = self.snapshot()?;
        holds::all(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// The steps of all holds, the oldest first.
    pub fn hold_changes(&self) -> Result<Vec<HoldChange>, StoreError> {
        holds::changes(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// What was let go of the data directory, the oldest first.
    pub fn tombstones(&self) -> Result<Vec<Tombstone>, StoreError> {
        holds::tombstones(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// Held recordings that were found missing, the oldest first.
    pub fn held_missing(&self) -> Result<Vec<HeldMissing>, StoreError> {
        holds::missing(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// The settings of runs, the oldest first; those of a run that changed nothing are left out.
    pub fn settings(&self) -> Result<Vec<Settings>, StoreError> {
        holds::settings(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// All calibrations in the order in which they were made, also those that were taken back.
    pub fn calibrations(&self) -> Result<Vec<(String, CameraLevel)>, StoreError> {
        let _snapshot = self.snapshot()?;
        calibrations::all(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    /// The cameras of a run's recordings, as its ledger has them, by number of the recording.
    pub fn cameras(&self, run: &RunId) -> Result<Vec<(SourceId, String)>, StoreError> {
        let sql = "select source_number, camera from source_place where run_id = ? order by source_number";
        self.rows(sql, [&run.0], |row| Ok((SourceId(row.get(0)?), row.get(1)?)))
    }

    /// The newest word on each camera and hour, and how many incidents the runs raised from which they are.
    pub fn camera_hours(&self) -> Result<(Vec<CameraHour>, u64), StoreError> {
        let _snapshot = self.snapshot()?;
        ledger::newest(&self.connection).map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    fn stages(&self, run: &RunId) -> Result<StageSecs, StoreError> {
        let pairs = self.rows("select stage, cpu_secs from run_stage where run_id = ?", [&run.0], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, f64>(1)?))
        })?;
        let mut secs = StageSecs::default();
        for (stage, cpu_secs) in pairs {
            *stage_mut(&mut secs, &stage) += cpu_secs;
        }
        Ok(secs)
    }

    /// Until it is dropped, all statements see the same state, whatever a writer commits in between.
    fn snapshot(&self) -> Result<Transaction<'_>, StoreError> {
        self.connection.unchecked_transaction().map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }

    fn rows<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let all = || self.connection.prepare_cached(sql)?.query_map(values, read)?.collect();
        let all: rusqlite::Result<Vec<T>> = all();
        all.map_err(|e| StoreError::from_sqlite(&self.path, &e))
    }
}

/// The field of a stage. A stage this version does not have counts as `other`, so that the sum stays right.
fn stage_mut<'a>(secs: &'a mut StageSecs, stage: &str) -> &'a mut f64 {
    match stage {
        "demux" => &mut secs.demux,
        "decode" => &mut secs.decode,
        "gate" => &mut secs.gate,
        "preprocess" => &mut secs.preprocess,
        "pose" => &mut secs.pose,
        "track" => &mut secs.track,
        "violence" => &mut secs.violence,
        "integrity" => &mut secs.integrity,
        "store" => &mut secs.store,
        _ => &mut secs.other,
    }
}

/// Without models and stages, which lie in tables of their own.
fn stored_run(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    let state = match row.get::<_, String>("state")?.as_str() {
        "finished" => RunState::Finished,
        "interrupted" => RunState::Interrupted,
        _ => RunState::Running,
    };
    let info = RunInfo {
        id: RunId(row.get("id")?),
        started_at: row.get("started_at")?,
        program_version: row.get("program_version")?,
        command: row.get("command")?,
        config_digest: row.get("config_digest")?,
        models: Vec::new(),
        ffmpeg_version: row.get("ffmpeg_version")?,
        decoder: row.get("decoder")?,
    };
    let totals = if state == RunState::Running { None } else { Some(run_totals(row, state)?) };
    Ok(StoredRun { info, state, finished_at: row.get("finished_at")?, totals })
}

fn run_totals(row: &Row<'_>, state: RunState) -> rusqlite::Result<RunTotals> {
    Ok(RunTotals {
        inputs: row.get("inputs")?,
        analysed_secs: row.get("analysed_secs")?,
        decoded_frames: count_at(row, "decoded_frames")?,
        analysed_frames: count_at(row, "analysed_frames")?,
        wall_secs: row.get("wall_secs")?,
        cpu_secs: row.get("cpu_secs")?,
        stages: StageSecs::default(),
        is_interrupted: state == RunState::Interrupted,
    })
}

fn model_use(row: &Row<'_>) -> rusqlite::Result<ModelUse> {
    Ok(ModelUse { name: row.get("name")?, sha256: row.get("sha256")?, provider: row.get("provider")? })
}

/// Without blind and looked spans.
fn stored_source(row: &Row<'_>) -> rusqlite::Result<StoredSource> {
    let source = SourceInfo {
        id: SourceId(row.get("number")?),
        path: path_at(row, "path")?,
        sha256: row.get::<_, Option<String>>("sha256")?.unwrap_or_default(),
        bytes: count_at(row, "bytes")?,
    };
    let is_complete: Option<bool> = row.get("is_complete")?;
    let outcome = is_complete.map(|is_complete| source_outcome(row, is_complete)).transpose()?;
    Ok(StoredSource { source, outcome })
}

fn wall_start(row: &Row<'_>) -> rusqlite::Result<WallStart> {
    Ok(WallStart {
        at: wall_at(row, "wall_start_at")?,
        source: named_at(row, "wall_source")?,
        error_secs: row.get("wall_error_secs")?,
    })
}

fn placed_recording(row: &Row<'_>) -> rusqlite::Result<PlacedRecording> {
    Ok(PlacedRecording {
        run: RunId(row.get("run_id")?),
        source: stored_source(row)?.source,
        wall: wall_start(row)?,
        duration_secs: row.get("duration_secs")?,
    })
}

fn known_recording(row: &Row<'_>) -> rusqlite::Result<KnownRecording> {
    let is_placed = row.get::<_, Option<String>>("wall_start_at")?.is_some();
    Ok(KnownRecording {
        run: RunId(row.get("run_id")?),
        analysed_at: row.get("started_at")?,
        source: stored_source(row)?.source,
        camera: row.get("camera")?,
        wall: if is_placed { Some(wall_start(row)?) } else { None },
        duration_secs: row.get("duration_secs")?,
        folder: row.get::<_, Option<Vec<u8>>>("folder")?.map(super::values::path_of),
    })
}

fn source_outcome(row: &Row<'_>, is_complete: bool) -> rusqlite::Result<SourceOutcome> {
    let coverage = Coverage {
        expected_secs: row.get("expected_secs")?,
        received_secs: row.get("received_secs")?,
        decoded_secs: row.get("decoded_secs")?,
        analysed_secs: row.get("analysed_secs")?,
        usable_secs: row.get("usable_secs")?,
        blind: Vec::new(),
        looked: Vec::new(),
        excluded_share: 0.0,
    };
    let (duration_secs, decoder) = (row.get("duration_secs")?, row.get("decoder")?);
    Ok(SourceOutcome { duration_secs, decoder, coverage, is_complete })
}

fn span(row: &Row<'_>) -> rusqlite::Result<Span> {
    Ok(Span { start: time_at(row, "start_ns")?, end: time_at(row, "end_ns")? })
}

fn looked_span(row: &Row<'_>) -> rusqlite::Result<LookedSpan> {
    Ok(LookedSpan { attention: named_at(row, "attention")?, span: span(row)? })
}

fn blind_span(row: &Row<'_>) -> rusqlite::Result<BlindSpan> {
    Ok(BlindSpan { cause: named_at(row, "cause")?, span: span(row)? })
}

/// Without reasons and regions.
fn stored_incident(row: &Row<'_>) -> rusqlite::Result<StoredIncident> {
    let incident = Incident {
        number: row.get("number")?,
        kind: named_at(row, "kind")?,
        span: span(row)?,
        is_open: row.get::<_, String>("state")? == "open",
        peak_score: row.get("peak_score")?,
        peak_at: time_at(row, "peak_ns")?,
        severity: named_at(row, "severity")?,
        reasons: Vec::new(),
        regions: Vec::new(),
        people: row.get("people")?,
    };
    let still = row.get::<_, Option<Vec<u8>>>("still_path")?.map(super::values::path_of);
    let flagged = FlaggedIncident { id: IncidentId(row.get("incident_id")?), incident, still };
    Ok(StoredIncident { source: SourceId(row.get("source_number")?), flagged })
}

fn region(row: &Row<'_>) -> rusqlite::Result<Region> {
    let bbox_in_frame =
        BBox { x: row.get("x")?, y: row.get("y")?, width: row.get("width")?, height: row.get("height")? };
    Ok(Region { media_time: time_at(row, "media_ns")?, bbox_in_frame })
}

fn stored_error(row: &Row<'_>) -> rusqlite::Result<StoredError> {
    let at = row.get::<_, Option<i64>>("at_ns")?.map(crate::domain::MediaTime::from_nanos);
    let error = InputError {
        path: path_at(row, "path")?,
        stage: named_at(row, "stage")?,
        at,
        message: row.get("message")?,
        analysed_secs: row.get("analysed_secs")?,
        is_recoverable: row.get("is_recoverable")?,
    };
    let source = row.get::<_, Option<u32>>("source_number")?.map(SourceId);
    Ok(StoredError { source, error })
}
