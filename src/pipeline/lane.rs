//! One lane analyses one source at a time: a thread that decodes and scales, and this one that looks and judges.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::clock::incidents_of_clock;
use super::coverage::{Sightings, account};
use super::engine::{Engine, EngineEvent, SeenPicture};
use super::feed::{Feed, FeedLines, FeedReport};
use super::plan::{AnalysisPlan, LaneCount, RunEvent, incident_id};
use super::shared::LaneEyes;
use super::still::write_still;
use crate::domain::{
    FlaggedIncident, FrameRef, IncidentEvent, InputError, LooseEnds, MediaTime, PictureLook, Pose,
    SourceInfo, SourceResult, Span, Stage,
};
use crate::infer::{InferError, View, WindowScorer};
use crate::integrity::{Finding, PictureStats, colourfulness};
use crate::media::{InputImage, Jump, Mask, MediaError, Recording};

/// Views waiting between the two threads: 442 kB each with the embedded models. Where people are cut out of
/// the picture, the decoded picture waits with each (3 MB at 1080p).
const QUEUED_INPUTS: usize = 2;
/// Damaged stretches told one by one; the rest are summed up.
const MOST_DAMAGE_ERRORS: usize = 20;
/// A recording that ends this much before its declared end was cut.
const CUT_TOLERANCE_SECS: f64 = 1.5;
/// A glance stands for at most so much time.
const LONGEST_GLANCE: MediaTime = MediaTime::from_millis(12_000);
/// Least time between two progress messages.
const PROGRESS_EVERY_MILLIS: u128 = 200;

/// The models of a lane; loaded once, used for all its sources.
pub(super) struct Lane<'a> {
    pub plan: &'a AnalysisPlan,
    pub eyes: LaneEyes,
    pub scorer: Option<Box<dyn WindowScorer>>,
    pub events: Sender<RunEvent>,
    pub stop: &'a AtomicBool,
    pub decode_threads: usize,
}

/// Lets the two threads of a lane work one at a time where the user granted a single thread.
pub(super) struct Turn(Option<Mutex<()>>);

impl Turn {
    fn new(threads: usize) -> Self {
        Self((threads <= 1).then(|| Mutex::new(())))
    }

    pub fn take(&self) -> Option<MutexGuard<'_, ()>> {
        self.0.as_ref().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// From the decoding thread.
pub(super) struct Prepared {
    pub at: FrameRef,
    pub view: View,
    pub stats: PictureStats,
    /// What was found wrong with the camera's sight since the picture before it.
    pub findings: Vec<Finding>,
    /// One look in a stretch where nothing moves; the feed waits to hear whether somebody is there.
    pub is_glance: bool,
}

/// What goes back to the decoding thread.
struct Back {
    spent: Sender<Vec<u8>>,
    answers: Sender<bool>,
}

/// What a source came to.
pub(super) struct Analysed {
    pub result: SourceResult,
    pub count: LaneCount,
    pub loose: LooseEnds,
}

impl Lane<'_> {
    /// Analyses one source to its end, or until asked to stop.
    ///
    /// # Errors
    /// Only when a model fails; what is wrong with the input is part of the result.
    pub fn analyse(&mut self, source: &SourceInfo) -> Result<Analysed, InferError> {
        let decoding = &self.plan.decoding;
        let opened = Recording::open_on(decoding, &source.path, source.id, self.decode_threads);
        let mut recording = match opened {
            Ok(recording) => recording,
            Err(error) => {
                let result = self.unreadable(source, &error);
                return Ok(Analysed { result, count: LaneCount::default(), loose: LooseEnds::default() });
            }
        };
        let scene = self.plan.scenes.of(&source.path);
        let mask = Mask::of(&scene.zones);
        recording.set_mask(mask.clone());
        let expected_secs = recording.info().expected_secs;
        let longest = self.plan.config.analysis_step().max(recording.info().nominal);
        let (inputs_tx, inputs) = bounded(QUEUED_INPUTS);
        let (spent, spent_rx) = bounded(QUEUED_INPUTS + 2);
        let (answers, answers_rx) = bounded(1);
        let spec = self.eyes.view_spec().with_grey(self.scorer.is_some());
        let step = self.plan.config.analysis_step();
        let turn = Turn::new(self.plan.threads);
        let lines = FeedLines {
            inputs: inputs_tx,
            spent: spent_rx,
            answers: answers_rx,
            stop: self.stop,
            turn: &turn,
        };
        let is_gated = self.plan.config.gate.enabled;
        let rules = self.plan.config.integrity();
        let mut engine = Engine::new(&self.plan.config, self.scorer.take()).with_zones(&scene.zones);
        let (seen, report) = std::thread::scope(|scope| {
            // The feed is made in its own thread: FFmpeg's scaler may not travel.
            let decoder = scope.spawn(|| Feed::new(recording, (step, &rules), spec, lines).run(is_gated));
            let back = Back { spent, answers };
            let seen = self.look(source, (expected_secs, longest), &mut engine, &inputs, back, &turn);
            drop(inputs); // lets the decoder end where looking failed
            (seen, decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let mut looked = seen?;
        let engine_stages = engine.stages;
        let finished = engine.finish(looked.last, &report.findings)?;
        self.scorer = finished.scorer;
        for event in finished.events {
            self.report_event(source, event, &mut looked.incidents);
        }
        let next_number = looked.incidents.iter().map(|i| i.incident.number + 1).max().unwrap_or(0);
        let clock = (report.gaps.as_slice(), report.resets.as_slice());
        for incident in incidents_of_clock(&self.plan.config, clock, scene.records_on_motion, next_number) {
            for event in [IncidentEvent::New(incident.clone()), IncidentEvent::End(incident)] {
                self.report_event(source, EngineEvent::Incident(event), &mut looked.incidents);
            }
        }
        let mut count = report.count;
        count.analysed_frames = looked.analysed_frames;
        count.stages.pose = looked.pose_secs;
        count.stages.track = engine_stages.track;
        count.stages.violence = engine_stages.violence;
        count.stages.integrity += engine_stages.integrity;
        let mut result = self.conclude(source, looked, report, &mask);
        result.coverage.excluded_share = scene.zones.excluded_share();
        Ok(Analysed { result, count, loose: finished.loose })
    }

    fn look(
        &mut self,
        source: &SourceInfo,
        (expected_secs, longest): (Option<f64>, MediaTime),
        engine: &mut Engine,
        inputs: &Receiver<Prepared>,
        back: Back,
        turn: &Turn,
    ) -> Result<Looked, InferError> {
        let mut looked = Looked::default();
        let mut last_progress = Instant::now();
        for Prepared { at, view, stats, findings, is_glance } in inputs {
            // Where another thread looks, this one only waits, and the decoder may work.
            let working = if self.eyes.are_shared() { None } else { turn.take() };
            let (mut view, seen) = self.eyes.look(view, &mut looked.pose_secs)?;
            let working = working.or_else(|| turn.take());
            if is_glance {
                let is_somebody_here = !seen.people.is_empty() || engine.is_watching_somebody();
                back.answers.send(is_somebody_here).ok(); // nobody asks where the feed has ended
            }
            let stands_for = looked.count(at, is_glance, longest);
            let grey = view.grey.take();
            let image = view.of_features();
            if self.plan.reports_scores {
                let look = picture_look(image, (at, is_glance, stands_for), stats, &seen.people);
                self.send(RunEvent::Look { source: source.id, look });
            }
            let picture = SeenPicture {
                at,
                is_glance,
                seen,
                stats,
                findings,
                grey,
                frame_from_input: image.frame_from_input,
                content_in_input: image.content_in_input,
                input_size: image.size,
            };
            for buffer in view.into_buffers() {
                back.spent.try_send(buffer).ok(); // a full shelf of spare buffers needs no more
            }
            let events = engine.push(picture)?;
            drop(working);
            for event in events {
                self.report_event(source, event, &mut looked.incidents);
            }
            if last_progress.elapsed().as_millis() >= PROGRESS_EVERY_MILLIS {
                last_progress = Instant::now();
                self.send(RunEvent::Progress { source: source.id, at: at.media_time, expected_secs });
            }
        }
        Ok(looked)
    }

    fn report_event(&self, source: &SourceInfo, event: EngineEvent, incidents: &mut Vec<FlaggedIncident>) {
        match event {
            EngineEvent::Score(score) => {
                if self.plan.reports_scores {
                    self.send(RunEvent::Score { source: source.id, score });
                }
            }
            EngineEvent::Incident(event) => {
                let id = incident_id(self.plan, source, event.incident());
                if let IncidentEvent::End(incident) = &event {
                    incidents.push(FlaggedIncident {
                        id: id.clone(),
                        incident: incident.clone(),
                        still: None,
                    });
                }
                self.send(RunEvent::Incident { source: source.id, id, event });
            }
        }
    }

    pub(super) fn send(&self, event: RunEvent) {
        // The receiver only goes away when the run is being given up.
        self.events.send(event).ok();
    }

    fn conclude(
        &mut self,
        source: &SourceInfo,
        looked: Looked,
        report: FeedReport,
        mask: &Mask,
    ) -> SourceResult {
        let is_complete = !self.stop.load(Ordering::Relaxed);
        let mut incidents = looked.incidents;
        incidents.sort_by_key(|i| (i.incident.span.start, i.incident.number));
        let is_steady = report.resets.is_empty();
        let coverage = account(Sightings {
            expected_secs: report.expected_secs,
            end: report.end,
            gaps: report.gaps.clone(),
            damaged: report.damage.iter().map(|d| d.span).collect(),
            blind: report.blind.clone(),
            looked: report.looked.clone(),
        });
        let mut errors = input_errors(source, &report, coverage.analysed_secs, is_complete);
        if let Some(folder) = &self.plan.stills_folder {
            for flagged in &mut incidents {
                match write_still(&mut self.eyes, folder, source, flagged, (is_steady, mask)) {
                    Ok(path) => flagged.still = Some(path),
                    Err(message) => errors.push(InputError {
                        path: source.path.clone(),
                        stage: Stage::Store,
                        at: Some(flagged.incident.peak_at),
                        message,
                        analysed_secs: coverage.analysed_secs,
                        is_recoverable: true,
                    }),
                }
            }
        }
        let duration_secs = report.end.secs_f64();
        SourceResult {
            source: source.clone(),
            duration_secs,
            decoder: Some(report.decoder),
            coverage,
            incidents,
            errors,
            is_complete,
        }
    }

    fn unreadable(&self, source: &SourceInfo, error: &MediaError) -> SourceResult {
        SourceResult {
            source: source.clone(),
            duration_secs: 0.0,
            decoder: None,
            coverage: Default::default(),
            incidents: Vec::new(),
            errors: vec![InputError::unopened(&source.path, error.to_string())],
            is_complete: true,
        }
    }
}

/// What the looking thread gathers.
#[derive(Default)]
struct Looked {
    incidents: Vec<FlaggedIncident>,
    last: Option<FrameRef>,
    has_glanced: bool,
    analysed_frames: u64,
    pose_secs: f64,
}

impl Looked {
    /// A picture stands for the time since the one before, but never for more than twice the usual time, `longest`, or,
    /// where nothing moved, for more than the longest time between two glances. Returns that time.
    fn count(&mut self, at: FrameRef, is_glance: bool, longest: MediaTime) -> MediaTime {
        let was_still = std::mem::replace(&mut self.has_glanced, is_glance);
        let most = if is_glance || was_still { LONGEST_GLANCE } else { longest + longest };
        let stands_for = match self.last {
            Some(last) => (at.media_time - last.media_time).min(most),
            None => longest,
        };
        self.analysed_frames += 1;
        self.last = Some(at);
        stands_for
    }
}

fn picture_look(
    image: &InputImage,
    (at, is_glance, stands_for): (FrameRef, bool, MediaTime),
    stats: PictureStats,
    people: &[Pose],
) -> PictureLook {
    PictureLook {
        at: at.media_time,
        is_glance,
        stands_for_secs: stands_for.secs_f64(),
        mean_luma: stats.mean,
        colourfulness: colourfulness(image),
        body_lengths_in_frame: people.iter().map(|p| p.bbox_in_frame.body_length()).collect(),
    }
}

/// Everything a reader must know was not read, with its place and the way out.
fn input_errors(
    source: &SourceInfo,
    report: &FeedReport,
    analysed_secs: f64,
    is_complete: bool,
) -> Vec<InputError> {
    let error = |stage, at, message: String, is_recoverable| InputError {
        path: source.path.clone(),
        stage,
        at,
        message: format!("{message}: {}", source.path.display()),
        analysed_secs,
        is_recoverable,
    };
    if let Some(failure) = &report.failure {
        let error =
            InputError { message: failure.to_string(), ..error(Stage::Decode, None, String::new(), false) };
        return vec![error];
    }
    let mut errors = Vec::new();
    for damage in report.damage.iter().take(MOST_DAMAGE_ERRORS) {
        let Span { start, end } = damage.span;
        let secs = damage.span.duration_secs();
        let message = format!(
            "damaged from {} to {} ({secs:.1} s lost: {}); analysed around it, compare with the original medium",
            start.clock(),
            end.clock(),
            damage.reason
        );
        errors.push(error(Stage::Decode, Some(start), message, true));
    }
    if let Some(rest) = report.damage.get(MOST_DAMAGE_ERRORS..).filter(|r| !r.is_empty()) {
        let secs: f64 = rest.iter().map(|d| d.span.duration_secs()).sum();
        let message = format!("{} more damaged stretches, {secs:.1} s in all", rest.len());
        errors.push(error(Stage::Decode, Some(rest[0].span.start), message, true));
    }
    for jump in &report.resets {
        if let Jump::Reset { at, step_nanos } = *jump {
            let secs = step_nanos as f64 / 1e9;
            let message = format!(
                "the recording's clock jumps by {secs:+.1} s at {}; times after it are counted on from there, check \
                 them against the picture's own clock",
                at.clock()
            );
            errors.push(error(Stage::Demux, Some(at), message, true));
        }
    }
    if is_complete {
        errors.extend(cut_error(report).map(|message| error(Stage::Demux, Some(report.end), message, true)));
    }
    errors
}

fn cut_error(report: &FeedReport) -> Option<String> {
    let end_secs = report.end.secs_f64();
    let missing_secs = report.expected_secs.map_or(0.0, |expected| expected - end_secs);
    let is_short = missing_secs > CUT_TOLERANCE_SECS + 0.01 * end_secs;
    if is_short {
        return Some(format!(
            "the pictures end at {}, {missing_secs:.1} s before the declared end: the file was cut; ask for the rest",
            report.end.clock()
        ));
    }
    let failure = report.read_failure.as_ref()?;
    Some(format!("reading stopped at {} ({failure}); what follows was not analysed", report.end.clock()))
}
