//! `kuager scan`: recorded footage becomes flagged incidents that a person can look at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use crossbeam_channel::{Receiver, bounded};

use super::context::{Context, new_run, stop_flag, this_moment};
use super::heads::hand_out;
use super::progress::{Audience, Progress};
use super::settings::settings_of;
use super::site::{self, Recorded};
use super::storing::Storing;
use super::{Common, Exit, UsageError, level, output};
use crate::calibrate::RecordedScores;
use crate::clock::process_cpu_secs;
use crate::domain::{
    CameraHour, ClipScore, FlaggedIncident, HoldChange, HoldStep, IncidentEvent, IncidentId, IncidentKind,
    InputError, LevelInUse, LooseEnds, ModelUse, RunInfo, RunTotals, Sensitivity, SourceId, SourceInfo,
    SourcePlace, SourceResult,
};
use crate::infer::InferError;
use crate::media::{self, InputList, MediaError, Skipped, find_inputs, spool_stdin};
use crate::pipeline::{AnalysisPlan, LaneCount, RunEvent, analyse, incident_id};
use crate::recordings::{Finding, WorkOrder, ledger};
use crate::report::{Denominator, ReportData, json_lines, level_line, render, table};
use crate::retention::{HoldRules, RaisedFlag};
use crate::store::{Reader, Writer};
use crate::text::{Value, printable, printable_path};

/// Events waiting to be printed and stored.
const QUEUED_EVENTS: usize = 256;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files, folders or globs; `-` for a stream on standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The camera that all inputs are recordings of: its calibration is used (default: each file's name)
    #[arg(long, value_name = "NAME", value_parser = super::level::camera_name)]
    pub(super) camera: Option<String>,
    /// Write one self-contained page with stills, timelines and what was not analysed
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
    /// Exit with 10 if anything was flagged
    #[arg(long)]
    pub(super) fail_on_incident: bool,
    /// Announced outages, entered before they began: CSV with camera, entered_at, from, to
    #[arg(long, value_name = "FILE.csv")]
    pub(super) work_orders: Option<PathBuf>,
    /// Do not draw stills
    #[arg(long)]
    pub(super) no_stills: bool,
}

/// What the inputs are looked through for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To flag, at the camera's alarm level.
    Scan,
    /// To learn that level, at the model's own.
    Calibrate,
}

impl Purpose {
    fn command(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Calibrate => "calibrate",
        }
    }
}

/// What a run says of cameras and hours.
struct Ledger {
    places: Vec<SourcePlace>,
    hours: Vec<CameraHour>,
}

/// All that a run left.
pub(super) struct Done {
    pub exit: Exit,
    pub data: ReportData,
    /// Scores of each source, where they were asked for.
    pub scores: BTreeMap<SourceId, RecordedScores>,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    Ok(look_through(common, &context, args, Purpose::Scan)?.exit)
}

/// Analyses the inputs, prints and stores what is flagged.
pub(super) fn look_through(
    common: &Common,
    context: &Context,
    args: &Args,
    purpose: Purpose,
) -> anyhow::Result<Done> {
    let started = Instant::now();
    if let Some(report) = &args.report {
        check_writable(report)?;
    }
    media::init()?;
    let stop = stop_flag()?;
    let (run_id, started_at) = new_run()?;
    let spool = context.spool(&run_id);
    context.make_data_dir()?;
    let inputs = gather(&args.paths, spool.path())?;
    tell_passed_over(context, common, inputs.skipped);
    let mut plan = context.plan()?;
    plan.scenes = site::scenes(&context.config, &inputs.files, args.camera.as_deref());
    plan.reports_scores = common.verbose || purpose == Purpose::Calibrate;
    if !args.no_stills {
        plan.stills_folder = Some(context.data_dir.join("stills").join(&run_id.0));
    }
    let writer = Writer::spawn(&context.data_dir)?;
    let level = match (&args.camera, purpose) {
        (Some(camera), Purpose::Scan) => level::set(context, camera, &mut plan)?,
        (None, _) | (_, Purpose::Calibrate) => None,
    };
    let run = RunInfo {
        id: run_id,
        started_at,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: purpose.command().to_owned(),
        config_digest: plan.config_digest.clone(),
        models: Vec::new(),
        ffmpeg_version: media::ffmpeg_version(),
        decoder: plan.decoding.label(),
    };
    let total_bytes = inputs.files.iter().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
    let audience = Audience::of(common.json, common.quiet);
    let orders = site::work_orders(args.work_orders.as_ref())?;
    let recorded = Recorded::before(&context.config, &inputs.files, args.camera.as_deref());
    let session = Session {
        context,
        common,
        recorded,
        holds: HoldRules::of(&context.config),
        orders,
        level,
        run,
        store: Storing::new(writer, context.config.storage.goes_on()),
        progress: Progress::new(audience, inputs.files.len(), total_bytes),
        sources: BTreeMap::new(),
        results: BTreeMap::new(),
        errors: Vec::new(),
        flags: BTreeMap::new(),
        totals: RunTotals::default(),
        failure: None,
        scores: (purpose == Purpose::Calibrate).then(BTreeMap::new),
        loose: BTreeMap::new(),
    };
    session.go(&plan, inputs, &stop, started, args)
}

/// What is found of staged acts on the cameras of a run, with its settings; none where there are no recordings.
fn sensitivity(
    data_dir: &Path,
    run: &RunInfo,
    places: &[SourcePlace],
) -> anyhow::Result<Option<Sensitivity>> {
    let cameras = places.iter().map(|p| p.camera.clone()).collect();
    Ok(Reader::open(data_dir)?.sensitivity(&cameras, Some(&run.config_digest))?)
}

/// The files to analyse; standard input is spooled beside the results first.
fn gather(paths: &[PathBuf], spool: &Path) -> anyhow::Result<InputList> {
    let (streams, paths): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.iter().cloned().partition(|p| p == Path::new("-"));
    let mut inputs = find_inputs(&paths);
    if !streams.is_empty() {
        match spool_stdin(spool) {
            Ok(path) => inputs.files.push(path),
            Err(error) => inputs.errors.push(error),
        }
    }
    Ok(inputs)
}

/// Files that a folder holds and that are not even tried are named by number, so that nothing is passed over unsaid.
fn tell_passed_over(context: &Context, common: &Common, skipped: Skipped) {
    let count = skipped.by_ending + skipped.hidden;
    if count > 0 && !common.quiet && !common.json {
        eprintln!("kuager: {}", context.texts.with("run-passed-over", &[("count", Value::Count(count))]));
    }
}

/// Fails before hours of work rather than after.
fn check_writable(path: &Path) -> anyhow::Result<()> {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|e| UsageError(format!("the report cannot be written ({e}): {}", path.display())))?;
    Ok(())
}

/// A run from its first event to its exit code.
struct Session<'a> {
    context: &'a Context,
    common: &'a Common,
    recorded: Recorded,
    holds: HoldRules,
    orders: Vec<WorkOrder>,
    level: Option<LevelInUse>,
    run: RunInfo,
    store: Storing,
    progress: Progress,
    sources: BTreeMap<SourceId, SourceInfo>,
    results: BTreeMap<SourceId, SourceResult>,
    errors: Vec<InputError>,
    flags: BTreeMap<IncidentKind, u64>,
    totals: RunTotals,
    failure: Option<InferError>,
    scores: Option<BTreeMap<SourceId, RecordedScores>>,
    /// What each recording leaves for others to settle.
    loose: BTreeMap<SourceId, LooseEnds>,
}

impl Session<'_> {
    fn go(
        mut self,
        plan: &AnalysisPlan,
        inputs: InputList,
        stop: &Arc<AtomicBool>,
        started: Instant,
        args: &Args,
    ) -> anyhow::Result<Done> {
        let runtime = self.context.load_runtime()?;
        let (events_tx, events) = bounded(QUEUED_EVENTS);
        let files = inputs.files;
        self.totals.inputs = (files.len() + inputs.errors.len()) as u32;
        let (analysed, followed) = std::thread::scope(|scope| {
            let analysis = scope.spawn(|| {
                let events_tx = events_tx; // dropped at the end, so that following ends too
                analyse(plan, &runtime, &files, &events_tx, stop)
            });
            let followed = self.follow(plan, &events, inputs.errors);
            if followed.is_err() {
                stop.store(true, Ordering::Relaxed);
                events.iter().for_each(drop);
            }
            drop(events);
            (analysis.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), followed)
        });
        self.progress.clear();
        followed?;
        analysed?;
        if let Some(failure) = self.failure.take() {
            return Err(failure.into());
        }
        self.totals.is_interrupted = stop.load(Ordering::Relaxed);
        let ledger = self.compare_recordings(plan)?;
        self.conclude(started, args, ledger)
    }

    /// Prints and stores what happens, as it happens.
    fn follow(
        &mut self,
        plan: &AnalysisPlan,
        events: &Receiver<RunEvent>,
        unfound: Vec<MediaError>,
    ) -> anyhow::Result<()> {
        for event in events {
            if let RunEvent::Ready { models } = event {
                self.begin(plan, models, &unfound)?;
                continue;
            }
            self.take(event)?;
        }
        Ok(())
    }

    fn begin(
        &mut self,
        plan: &AnalysisPlan,
        models: Vec<ModelUse>,
        unfound: &[MediaError],
    ) -> anyhow::Result<()> {
        self.run.models = models;
        self.store.write(|w| w.begin_run(&self.run))?;
        if let Ok(folder) = std::env::current_dir() {
            self.store.write(|w| w.run_folder(&self.run.id, &folder))?;
        }
        let settings = settings_of(&self.context.config, plan, &self.run);
        self.store.write(|w| w.settings(&settings))?;
        self.json(|s| json_lines::run_started(&s.run))?;
        if let Some(level) = &self.level {
            self.store.write(|w| w.run_level(&self.run.id, level))?;
            self.json(|_| level_line(level))?;
        }
        for error in unfound {
            self.unreadable(InputError::unopened(error.path(), error.to_string()))?;
        }
        Ok(())
    }

    fn take(&mut self, event: RunEvent) -> anyhow::Result<()> {
        match event {
            RunEvent::Ready { .. } => {}
            RunEvent::Look { source, look } => {
                if let Some(scores) = &mut self.scores {
                    scores.entry(source).or_default().picture(look.at);
                }
            }
            RunEvent::Score { source, score } if !self.common.verbose => self.keep(source, score),
            RunEvent::Score { source, score } => {
                let (from, to) = (score.span.start.clock(), score.span.end.clock());
                let (people, p) = (score.tracks.len(), score.probability);
                let file = printable_path(&self.sources[&source].path);
                self.progress.suspended(|| {
                    eprintln!("kuager: window {from} to {to}: {p:.3}, {people} people: {file}")
                });
                self.keep(source, score);
            }
            RunEvent::Opened { source } => {
                self.store.write(|w| w.source_opened(&self.run.id, &source))?;
                self.progress.opened(&source);
                self.sources.insert(source.id, source);
            }
            RunEvent::Progress { source, at, expected_secs } => {
                self.progress.moved(source, at, expected_secs, &self.context.texts)?;
            }
            RunEvent::Incident { source, id, event } => {
                self.keep_flag(source, &id, &event)?;
                if matches!(event, IncidentEvent::New(_)) {
                    *self.flags.entry(event.incident().kind).or_default() += 1;
                }
                self.json_of(source, |s| {
                    json_lines::incident(&s.run.id, &s.sources[&source], &id, &event, &s.context.texts)
                })?;
            }
            RunEvent::Finished { result, count, loose } => {
                self.loose.insert(result.source.id, loose);
                self.finished(*result, count)?;
            }
            RunEvent::Unreadable { error } => self.unreadable(error)?,
            RunEvent::Failed { error } => self.failure = Some(error),
        }
        Ok(())
    }

    /// Stores a flag, with the hold that it places on the recordings of its place.
    fn keep_flag(&mut self, source: SourceId, id: &IncidentId, event: &IncidentEvent) -> anyhow::Result<()> {
        let (run, path) = (&self.run.id, &self.sources[&source].path);
        let camera = self.recorded.camera_or_name(source, path);
        let (incident, wall) = (event.incident(), self.recorded.wall(source));
        let flag = RaisedFlag { run, source, camera: &camera, id, incident, wall };
        let now = this_moment()?;
        let hold = self.holds.of_flag(&flag, now.clone());
        self.store.write(|w| match hold {
            Some(hold) => w.held_incident(run, source, id, event, hold),
            None => w.incident(run, source, id, event, None),
        })?;
        if let (IncidentEvent::End(_), Some((hold, to))) = (event, self.holds.end_of_flag(&flag)) {
            let change = HoldChange { hold, at: now, step: HoldStep::Extended { to } };
            self.store.write(|w| w.hold_changed(&change))?;
        }
        Ok(())
    }

    fn keep(&mut self, source: SourceId, score: ClipScore) {
        if let Some(scores) = &mut self.scores {
            scores.entry(source).or_default().score(score);
        }
    }

    fn finished(&mut self, result: SourceResult, count: LaneCount) -> anyhow::Result<()> {
        self.store.write(|w| w.source_finished(&self.run.id, &result))?;
        self.totals.analysed_secs += result.coverage.analysed_secs;
        self.totals.decoded_frames += count.decoded_frames;
        self.totals.analysed_frames += count.analysed_frames;
        self.totals.stages.add(&count.stages);
        let id = result.source.id;
        self.progress.finished(id, result.duration_secs, &self.context.texts)?;
        self.tell_stand_in(&result);
        for error in &result.errors {
            self.tell_error(error)?;
        }
        self.json_of(id, |_| json_lines::coverage(&result))?;
        self.results.insert(id, result);
        Ok(())
    }

    /// Says where a decoder that opened could not decode a recording, so that software did.
    fn tell_stand_in(&self, result: &SourceResult) {
        let asked = &self.run.decoder;
        if let Some(used) = result.decoder.as_ref().filter(|used| *used != asked) {
            let path = printable_path(&result.source.path);
            self.progress.suspended(|| eprintln!("kuager: decoded by {used}, not by {asked} alone: {path}"));
        }
    }

    fn unreadable(&mut self, error: InputError) -> anyhow::Result<()> {
        self.store.write(|w| w.input_error(&self.run.id, None, &error))?;
        self.tell_error(&error)?;
        self.errors.push(error);
        Ok(())
    }

    fn tell_error(&self, error: &InputError) -> anyhow::Result<()> {
        self.json(|_| json_lines::input_error(error))?;
        if !self.common.json {
            self.progress.suspended(|| {
                eprintln!("kuager: {}", printable(&error.message));
            });
        }
        Ok(())
    }

    fn json(&self, line: impl FnOnce(&Self) -> serde_json::Value) -> std::io::Result<()> {
        if !self.common.json {
            return Ok(());
        }
        output::json_line(&line(self))
    }

    /// A line about one recording: with its camera's name and the time of day, where they are known.
    fn json_of(
        &self,
        source: SourceId,
        line: impl FnOnce(&Self) -> serde_json::Value,
    ) -> std::io::Result<()> {
        self.json(|s| {
            let line = line(s);
            let line = match s.recorded.camera(source) {
                Some(camera) => json_lines::of_camera(line, camera),
                None => line,
            };
            match s.recorded.wall(source) {
                Some(wall) => json_lines::with_wall(line, &wall),
                None => line,
            }
        })
    }

    /// Over all recordings: what is missing between them or disagrees becomes incidents, and the ledger is filled.
    fn compare_recordings(&mut self, plan: &AnalysisPlan) -> anyhow::Result<Ledger> {
        let findings = self.recorded.after(&self.results, &self.loose);
        let flagged: Vec<_> =
            findings.iter().filter(|f| self.context.config.looks_for(f.kind)).cloned().collect();
        for finding in &flagged {
            self.flag(plan, finding)?;
        }
        // The log holds each recording's flags together: said again where some were added.
        let mut added: Vec<SourceId> = flagged.iter().map(|f| SourceId(f.file as u32)).collect();
        added.dedup();
        for result in added.iter().filter_map(|id| self.results.get(id)) {
            self.store.write(|w| w.source_finished(&self.run.id, result))?;
        }
        let places = self.recorded.places(&self.results);
        let sources: Vec<_> = places.iter().filter_map(|p| Some((p, self.results.get(&p.source)?))).collect();
        // A finding names its file by number; those that were not opened have no place.
        let number_of = |file: usize| places.iter().position(|p| p.source.0 as usize == file);
        let placed = findings.iter().filter_map(|f| Some(Finding { file: number_of(f.file)?, ..f.clone() }));
        let placed: Vec<Finding> = placed.collect();
        let hours = ledger(self.recorded.site(), &sources, &placed, &self.orders);
        self.store.write(|w| w.ledger(&self.run.id, &places, &hours))?;
        for hour in &hours {
            self.json(|_| json_lines::camera_hour(hour))?;
        }
        Ok(Ledger { places, hours })
    }

    fn flag(&mut self, plan: &AnalysisPlan, finding: &Finding) -> anyhow::Result<()> {
        let id = SourceId(finding.file as u32);
        let Some(source) = self.sources.get(&id).cloned() else { return Ok(()) };
        let Some(result) = self.results.get_mut(&id) else { return Ok(()) };
        let number = result.incidents.iter().map(|i| i.incident.number + 1).max().unwrap_or(0);
        let incident = site::incident(finding, number);
        let name = incident_id(plan, &source, &incident);
        result.incidents.push(FlaggedIncident { id: name.clone(), incident: incident.clone(), still: None });
        result.incidents.sort_by_key(|i| (i.incident.span.start, i.incident.number));
        for event in [IncidentEvent::New(incident.clone()), IncidentEvent::End(incident)] {
            self.take(RunEvent::Incident { source: id, id: name.clone(), event })?;
        }
        Ok(())
    }

    fn conclude(mut self, started: Instant, args: &Args, ledger: Ledger) -> anyhow::Result<Done> {
        let store_secs = self.store.cpu_secs()?;
        self.totals.wall_secs = started.elapsed().as_secs_f64();
        self.totals.cpu_secs = process_cpu_secs();
        self.totals.stages.store = store_secs;
        self.totals.stages.other = (self.totals.cpu_secs - self.totals.stages.total()).max(0.0);
        self.store.write(|w| w.run_finished(&self.run.id, &self.totals))?;
        let unstored = self.store.finish()?;
        let sensitivity = match &unstored {
            None => {
                hand_out(self.context, &self.run.id);
                sensitivity(&self.context.data_dir, &self.run, &ledger.places)?
            }
            Some(_) => None,
        };

        let has_errors = !self.errors.is_empty() || self.results.values().any(|r| !r.errors.is_empty());
        let is_interrupted = self.totals.is_interrupted;
        let texts = &self.context.texts;
        let data = ReportData {
            run: self.run,
            sources: self.results.into_values().collect(),
            errors: self.errors,
            totals: self.totals,
            level: self.level,
            places: ledger.places,
            hours: ledger.hours,
            sensitivity,
            signings: None,
        };
        if self.common.json {
            let mut line = json_lines::run_finished(&data.run.id, &data.totals, &self.flags);
            if unstored.is_some() {
                line["stored"] = serde_json::json!(false);
            }
            let denominator = Denominator::of_run(&data);
            output::json_line(&json_lines::with_statement(line, denominator, &data.statement(texts)))?;
        } else {
            output::text(&table(&data, texts, output::terminal_width()))?;
        }
        if let Some(path) = &args.report {
            std::fs::write(path, render(&data, texts.lang())).with_context(|| {
                format!(
                    "the report could not be written; the results are in the data folder: {}",
                    path.display()
                )
            })?;
            if !self.common.json && !self.common.quiet {
                let path = Value::Text(printable_path(path));
                eprintln!("{}", texts.with("run-report-written", &[("path", path)]));
            }
        }
        if is_interrupted && !self.common.json {
            eprintln!("{}", texts.get("run-interrupted"));
        }
        let exit = match () {
            () if unstored.is_some() => Exit::Failed,
            () if is_interrupted => Exit::Interrupted,
            () if args.fail_on_incident && !self.flags.is_empty() => Exit::Flagged,
            () if has_errors => Exit::PartlyRead,
            () => Exit::Done,
        };
        Ok(Done { exit, data, scores: self.scores.unwrap_or_default() })
    }
}
