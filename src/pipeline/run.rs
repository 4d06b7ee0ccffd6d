//! Puts threads around the engine: lanes that take sources one after the other, and one stream of events out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::Sender;
use sha2::{Digest, Sha256};

use super::lane::{Lane, LaneCount, hash_file};
use crate::config::Config;
use crate::domain::{
    ClipScore, FlaggedIncident, Incident, IncidentEvent, IncidentId, InputError, MediaTime, ModelUse,
    SourceId, SourceInfo, SourceResult, Stage,
};
use crate::infer::{Bundle, Eye, InferError, Runtime, RuntimeOptions, ViolenceHead, WindowScorer};
use crate::media::read_still;
use crate::report::draw_still as draw;

/// All that an analysis needs to know; resolved once, read by every lane.
pub struct AnalysisPlan {
    /// Rules and thresholds.
    pub config: Config,
    /// SHA-256 of the rules and whatever else steers results.
    pub config_digest: String,
    /// The pose model.
    pub pose: Bundle,
    /// The violence model, where violence is looked for.
    pub violence: Option<Bundle>,
    /// Device and threads; `intra_threads` is set by the number of lanes.
    pub runtime: RuntimeOptions,
    /// Threads to use in all.
    pub threads: usize,
    /// Where stills are written; none: no stills.
    pub stills_folder: Option<PathBuf>,
    /// Whether every window's score is told (for measuring).
    pub reports_scores: bool,
}

/// What a run tells while it goes on.
#[derive(Debug)]
#[allow(missing_docs)] // fields are the domain's own nouns
pub enum RunEvent {
    /// The models are loaded.
    Ready { models: Vec<ModelUse> },
    /// A source was found and hashed.
    Opened { source: SourceInfo },
    /// How far a source is.
    Progress { source: SourceId, at: MediaTime, expected_secs: Option<f64> },
    /// A window was scored.
    Score { source: SourceId, score: ClipScore },
    /// An incident opened, grew or ended.
    Incident { source: SourceId, id: IncidentId, event: IncidentEvent },
    /// A source is done; its errors are in the result.
    Finished { result: Box<SourceResult>, count: LaneCount },
    /// A source could not even be hashed.
    Unreadable { error: InputError },
    /// A model failed; its lane is given up.
    Failed { error: InferError },
}

/// How work is spread over the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spread {
    lanes: usize,
    decode_threads: usize,
    intra_threads: usize,
}

/// As many lanes as there are sources and threads, each decoding and inferring on one thread: that costs least in all.
/// Only where threads are left over do they go into a lane.
fn spread(sources: usize, threads: usize) -> Spread {
    let lanes = sources.clamp(1, threads.max(1));
    let per_lane = threads.max(1) / lanes;
    let inner = (per_lane / 2).max(1);
    Spread { lanes, decode_threads: inner, intra_threads: inner }
}

/// Analyses all files and sends what happens to `events`; returns when everything is done or `stop` was set.
///
/// # Errors
/// When the models cannot be loaded. Whatever is wrong with inputs is told as events.
pub fn analyse(
    plan: &AnalysisPlan,
    runtime: &Runtime,
    files: &[PathBuf],
    events: &Sender<RunEvent>,
    stop: &AtomicBool,
) -> Result<(), InferError> {
    let spread = spread(files.len(), plan.threads);
    let options = RuntimeOptions { intra_threads: spread.intra_threads, ..plan.runtime };
    let mut lanes = Vec::new();
    for _ in 0..spread.lanes {
        let (eye, scorer, models) = load_models(plan, runtime, options)?;
        if lanes.is_empty() {
            events.send(RunEvent::Ready { models }).ok();
        }
        let decode_threads = spread.decode_threads;
        lanes.push(Lane { plan, eye, scorer, events: events.clone(), stop, decode_threads });
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for lane in lanes {
            let (next, events) = (&next, events.clone());
            scope.spawn(move || run_lane(lane, files, next, &events));
        }
    });
    Ok(())
}

#[allow(clippy::type_complexity)]
fn load_models(
    plan: &AnalysisPlan,
    runtime: &Runtime,
    options: RuntimeOptions,
) -> Result<(Eye, Option<Box<dyn WindowScorer>>, Vec<ModelUse>), InferError> {
    let eye = Eye::new(runtime, &plan.pose, options)?;
    let mut models = vec![eye.usage().clone()];
    let scorer = match &plan.violence {
        None => None,
        Some(bundle) => {
            let head = ViolenceHead::new(runtime, bundle, eye.usage(), options)?;
            models.push(head.usage().clone());
            Some(Box::new(head) as Box<dyn WindowScorer>)
        }
    };
    Ok((eye, scorer, models))
}

fn run_lane(mut lane: Lane<'_>, files: &[PathBuf], next: &AtomicUsize, events: &Sender<RunEvent>) {
    while !lane.stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(path) = files.get(number) else { return };
        let source = match identify(number, path) {
            Ok(source) => source,
            Err(error) => {
                events.send(RunEvent::Unreadable { error }).ok();
                continue;
            }
        };
        events.send(RunEvent::Opened { source: source.clone() }).ok();
        match lane.analyse(&source) {
            Ok((result, count)) => {
                events.send(RunEvent::Finished { result: Box::new(result), count }).ok();
            }
            Err(error) => {
                events.send(RunEvent::Failed { error }).ok();
                return;
            }
        }
    }
}

fn identify(number: usize, path: &Path) -> Result<SourceInfo, InputError> {
    match hash_file(path) {
        Ok((sha256, bytes)) => {
            Ok(SourceInfo { id: SourceId(number as u32), path: path.to_owned(), sha256, bytes })
        }
        Err(source) => Err(InputError {
            path: path.to_owned(),
            stage: Stage::Open,
            at: None,
            message: crate::media::MediaError::Unreadable { source, path: path.to_owned() }.to_string(),
            analysed_secs: 0.0,
            is_recoverable: false,
        }),
    }
}

/// The lasting name of an incident: the same file, models and configuration give the same name.
pub fn incident_id(plan: &AnalysisPlan, source: &SourceInfo, incident: &Incident) -> IncidentId {
    let violence = plan.violence.as_ref().map_or("", |b| b.card.sha256.as_str());
    let number = incident.number.to_string();
    let mut hash = Sha256::new();
    for part in [
        &source.sha256,
        plan.pose.card.sha256.as_str(),
        violence,
        &plan.config_digest,
        incident.kind.as_str(),
        &number,
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    IncidentId(digest.iter().take(8).map(|b| format!("{b:02x}")).collect())
}

/// Draws the peak of an incident, seen again, and writes it as JPEG.
pub(super) fn draw_still(
    eye: &mut Eye,
    folder: &Path,
    source: &SourceInfo,
    flagged: &FlaggedIncident,
    is_steady: bool,
) -> Result<PathBuf, String> {
    let at = flagged.incident.peak_at;
    let still = read_still(&source.path, source.id, at, is_steady).map_err(|e| e.to_string())?;
    let mut letterbox = crate::media::Letterbox::new(eye.letterbox_spec());
    let input = letterbox.fill(&still.picture, Vec::new())?;
    let people = eye.look(&input).map_err(|e| e.to_string())?.people;
    let nearest = flagged.incident.regions.iter().min_by_key(|r| (r.media_time - at).nanos().abs());
    let region = nearest.map(|r| r.bbox_in_frame).unwrap_or_default();
    let caption = format!("{} {}", at.clock(), flagged.incident.kind);
    let jpeg =
        draw(&still.image.rgb, still.image.size, &people, region, &caption).map_err(|e| e.to_string())?;
    let path = folder.join(format!("{}.jpg", flagged.id));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, jpeg)).map_err(|e| {
        format!(
            "the still could not be written ({e}); free space or choose another --data-dir: {}",
            path.display()
        )
    })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_go_to_lanes_first() {
        let of = |sources, threads| {
            let s = spread(sources, threads);
            (s.lanes, s.decode_threads, s.intra_threads)
        };
        assert_eq!(of(1, 2), (1, 1, 1));
        assert_eq!(of(2, 2), (2, 1, 1));
        assert_eq!(of(100, 8), (8, 1, 1));
        assert_eq!(of(1, 8), (1, 4, 4));
        assert_eq!(of(0, 0), (1, 1, 1));
    }
}
