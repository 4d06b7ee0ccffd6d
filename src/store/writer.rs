//! The one thread that writes, and the handle the rest of the program holds.
//!
//! Calls hand over a copy and return at once, unless the queue is full: then they wait, so that memory stays bounded.
//! Results are committed as soon as the queue is empty and at least every [`COMMIT_INTERVAL`], which is all that a
//! killed process can lose. The first failure ends the writing: every later call answers with it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;

use super::StoreError;
use super::connect::{database_path, open_to_write};
use super::kept::Kept;
use super::outbox::open_log;
use super::record::{Recorder, Write};
use crate::chain::Log;
use crate::domain::{
    Calibration, CameraHour, Drill, HeldMissing, Hold, HoldChange, IncidentEvent, IncidentId, InputError,
    LevelInUse, RunId, RunInfo, RunTotals, Settings, SourceId, SourceInfo, SourcePlace, SourceResult,
    Tombstone,
};

/// Longest time that writes stay uncommitted while more keep coming.
const COMMIT_INTERVAL: Duration = Duration::from_millis(100);

/// Writes that may wait. One is a few kilobytes at most; a source's final result with all its regions may be more.
const QUEUE_LENGTH: usize = 1024;

/// Hands results to the thread that keeps them. Shared between threads by reference.
///
/// The order of calls is kept: a run is begun before its sources are opened, a source is opened before its incidents.
/// Dropping it commits what was handed over; [`Writer::finish`] also says whether that went well.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    queue: Option<Sender<Command>>,
    first_error: Arc<OnceLock<StoreError>>,
    thread: Option<JoinHandle<f64>>,
}

/// What the thread is asked to do.
enum Command {
    Write(Box<Write>),
    /// Commit, then answer with the processor seconds used so far.
    Flush(Sender<f64>),
}

impl Writer {
    /// Opens the database of a data directory, makes or upgrades it as needed, and starts the thread.
    pub fn spawn(data_dir: &Path) -> Result<Self, StoreError> {
        let connection = open_to_write(data_dir)?;
        let log = open_log(&connection, data_dir)?;
        Self::start(connection, log, data_dir)
    }

    /// Starts the thread over an open database.
    pub(super) fn start(connection: Connection, log: Log, data_dir: &Path) -> Result<Self, StoreError> {
        let path = database_path(data_dir);
        let (queue, commands) = bounded(QUEUE_LENGTH);
        let first_error = Arc::new(OnceLock::new());
        let worker = Worker {
            recorder: Recorder::new(connection),
            log,
            data_dir: data_dir.to_owned(),
            path: path.clone(),
            first_error: Arc::clone(&first_error),
        };
        let thread = std::thread::Builder::new()
            .name("kuager-store".to_owned())
            .spawn(move || worker.run(&commands))
            .map_err(|e| StoreError::Unusable { path: path.clone(), detail: e.to_string() })?;
        Ok(Self { path, queue: Some(queue), first_error, thread: Some(thread) })
    }

    /// A run begins.
    pub fn begin_run(&self, run: &RunInfo) -> Result<(), StoreError> {
        self.write(Write::BeginRun(run.clone()))
    }

    /// An input was opened. An empty `sha256` stands for "not known yet", as for a stream.
    pub fn source_opened(&self, run: &RunId, source: &SourceInfo) -> Result<(), StoreError> {
        self.write(Write::SourceOpened(run.clone(), source.clone()))
    }

    /// An incident was opened, grew or ended: stored in its latest form. A still given before stays if none is given.
    pub fn incident(
        &self,
        run: &RunId,
        source: SourceId,
        id: &IncidentId,
        event: &IncidentEvent,
        still: Option<&Path>,
    ) -> Result<(), StoreError> {
        self.flag(run, source, id, event, still, None)
    }

    /// As [`Self::incident`], with the hold that the flag places; one that was placed for it before stays as it is.
    pub fn held_incident(
        &self,
        run: &RunId,
        source: SourceId,
        id: &IncidentId,
        event: &IncidentEvent,
        hold: Hold,
    ) -> Result<(), StoreError> {
        self.flag(run, source, id, event, None, Some(hold))
    }

    fn flag(
        &self,
        run: &RunId,
        source: SourceId,
        id: &IncidentId,
        event: &IncidentEvent,
        still: Option<&Path>,
        hold: Option<Hold>,
    ) -> Result<(), StoreError> {
        let ended = matches!(event, IncidentEvent::End(_));
        self.write(Write::Incident {
            run: run.clone(),
            source,
            id: id.clone(),
            incident: event.incident().clone(),
            is_open: event.incident().is_open && !ended,
            still: still.map(Path::to_owned),
            hold: hold.map(|hold| Box::new(Kept::Hold(hold))),
        })
    }

    /// The still of an incident was written to disk.
    pub fn still(&self, run: &RunId, id: &IncidentId, still: &Path) -> Result<(), StoreError> {
        self.write(Write::Still { run: run.clone(), id: id.clone(), still: still.to_owned() })
    }

    /// The work on an input is over. Stores everything the result holds, adding to what was stored before: incidents
    /// and errors that were handed over already are not stored twice.
    pub fn source_finished(&self, run: &RunId, result: &SourceResult) -> Result<(), StoreError> {
        self.write(Write::SourceFinished(run.clone(), result.clone()))
    }

    /// Something could not be read. The source need not have been opened.
    pub fn input_error(
        &self,
        run: &RunId,
        source: Option<SourceId>,
        error: &InputError,
    ) -> Result<(), StoreError> {
        self.write(Write::InputError(run.clone(), source, error.clone()))
    }

    /// The run is over, finished or interrupted.
    pub fn run_finished(&self, run: &RunId, totals: &RunTotals) -> Result<(), StoreError> {
        self.write(Write::RunFinished(run.clone(), totals.clone()))
    }

    /// A level was learnt for a camera. Its run must have begun.
    pub fn calibrated(&self, calibration: &Calibration) -> Result<(), StoreError> {
        self.write(Write::Calibrated(calibration.clone()))
    }

    /// A camera's calibration was taken back; `at` is RFC 3339 UTC.
    pub fn calibration_removed(&self, camera: &str, at: &str) -> Result<(), StoreError> {
        self.write(Write::CalibrationRemoved { camera: camera.to_owned(), at: at.to_owned() })
    }

    /// Staged acts were looked through with the settings of a camera.
    pub fn drilled(&self, drill: &Drill) -> Result<(), StoreError> {
        self.write(Write::Drilled(drill.clone()))
    }

    /// The alarm level of a run that has begun.
    pub fn run_level(&self, run: &RunId, level: &LevelInUse) -> Result<(), StoreError> {
        self.write(Write::RunLevel(run.clone(), level.clone()))
    }

    /// Where the recordings of a run stand, and what could be seen of each camera and hour. Their sources must have been
    /// opened; takes the place of what was noted before.
    pub fn ledger(
        &self,
        run: &RunId,
        places: &[SourcePlace],
        hours: &[CameraHour],
    ) -> Result<(), StoreError> {
        self.write(Write::Ledger { run: run.clone(), places: places.to_vec(), hours: hours.to_vec() })
    }

    /// A person holds recordings.
    pub fn hold(&self, hold: &Hold) -> Result<(), StoreError> {
        self.write(Write::Kept(Kept::Hold(hold.clone())))
    }

    /// A step of a hold. An extension that reaches no further than the hold does is left out.
    pub fn hold_changed(&self, change: &HoldChange) -> Result<(), StoreError> {
        self.write(Write::Kept(Kept::Change(change.clone())))
    }

    /// A file of the data directory is about to be let go.
    pub fn expired(&self, tombstone: &Tombstone) -> Result<(), StoreError> {
        self.write(Write::Kept(Kept::Tombstone(tombstone.clone())))
    }

    /// A held recording is not there any more; noted once for each hold.
    pub fn held_missing(&self, missing: &HeldMissing) -> Result<(), StoreError> {
        self.write(Write::Kept(Kept::Missing(missing.clone())))
    }

    /// The folder in which a run was started: what its relative paths mean.
    pub fn run_folder(&self, run: &RunId, folder: &Path) -> Result<(), StoreError> {
        self.write(Write::Kept(Kept::Folder(run.clone(), folder.to_owned())))
    }

    /// The settings of a run; noted where they are other than those of the run before.
    pub fn settings(&self, settings: &Settings) -> Result<(), StoreError> {
        self.write(Write::Kept(Kept::Settings(settings.clone())))
    }

    /// Waits until everything handed over is committed, or says why it is not. Returns the processor time the thread
    /// has used so far, in seconds.
    pub fn flush(&self) -> Result<f64, StoreError> {
        let (done, wait) = bounded(1);
        self.send(Command::Flush(done))?;
        let cpu_secs = wait.recv().map_err(|_| self.failure())?;
        self.health().map(|()| cpu_secs)
    }

    /// Commits everything, closes the database and returns the processor time the thread used, in seconds.
    pub fn finish(mut self) -> Result<f64, StoreError> {
        let cpu_secs = self.join().ok_or_else(|| self.failure())?;
        self.health()?;
        Ok(cpu_secs)
    }

    fn write(&self, write: Write) -> Result<(), StoreError> {
        self.health()?;
        self.send(Command::Write(Box::new(write)))
    }

    fn send(&self, command: Command) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or_else(|| self.failure())?;
        queue.send(command).map_err(|_| self.failure())
    }

    fn health(&self) -> Result<(), StoreError> {
        self.first_error.get().map_or(Ok(()), |e| Err(e.clone()))
    }

    /// The first error, or that the thread is gone without one.
    fn failure(&self) -> StoreError {
        let gone = || StoreError::WriterGone { path: self.path.clone() };
        self.first_error.get().cloned().unwrap_or_else(gone)
    }

    /// Lets the thread end and waits for it; `None` if it panicked.
    fn join(&mut self) -> Option<f64> {
        self.queue = None;
        self.thread.take()?.join().ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.join();
    }
}

/// The thread's side.
struct Worker {
    recorder: Recorder,
    log: Log,
    data_dir: PathBuf,
    path: PathBuf,
    first_error: Arc<OnceLock<StoreError>>,
}

impl Worker {
    /// Works until the handle is gone; returns the processor time used in seconds.
    fn run(mut self, commands: &Receiver<Command>) -> f64 {
        while let Ok(command) = commands.recv() {
            let mut flushes = Vec::new();
            if let Err(error) = self.batch(command, commands, &mut flushes) {
                self.recorder.roll_back();
                // Only the first is kept: what follows is a consequence of it.
                let _ = self.first_error.set(error);
            }
            for done in flushes {
                // Whoever asked may be gone; nothing is left to tell then.
                let _ = done.send(crate::clock::thread_cpu_secs());
            }
        }
        if let Err(error) = self.log.sign_head() {
            let _ = self.first_error.set(error.into());
        }
        drop(self.recorder); // closing moves the log into the file: part of the cost
        crate::clock::thread_cpu_secs()
    }

    /// One transaction: the command, and what comes until the queue is empty or the time is up.
    fn batch(
        &mut self,
        first: Command,
        commands: &Receiver<Command>,
        flushes: &mut Vec<Sender<f64>>,
    ) -> Result<(), StoreError> {
        let began = Instant::now();
        let mut next = Some(first);
        let mut outcome = Ok(());
        while let Some(command) = next {
            match command {
                Command::Flush(done) => flushes.push(done),
                // After a failure the rest is taken and dropped, so that nobody waits for room in the queue.
                Command::Write(_) if outcome.is_err() || self.first_error.get().is_some() => {}
                Command::Write(write) => outcome = self.recorder.write(&write),
            }
            next = if began.elapsed() < COMMIT_INTERVAL { commands.try_recv().ok() } else { None };
        }
        outcome.and_then(|()| self.recorder.commit()).map_err(|e| StoreError::from_sqlite(&self.path, &e))?;
        self.recorder.log(&self.data_dir, &mut self.log)
    }
}
