//! Puts threads around the engine: lanes that take sources one after the other, and one stream of events out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::Sender;

use super::lane::{Lane, hash_file};
use super::plan::{AnalysisPlan, RunEvent};
use crate::domain::{InputError, ModelUse, SourceId, SourceInfo};
use crate::infer::{Eyes, InferError, Runtime, RuntimeOptions, ViolenceHead, WindowScorer};
use crate::media::MediaError;

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
    // The first lane's models are loaded here, so that a model that cannot run fails before anything begins.
    let (eyes, scorer, models) = load_models(plan, runtime, options)?;
    events.send(RunEvent::Ready { models }).ok();
    let decode_threads = spread.decode_threads;
    let first = Lane { plan, eyes, scorer, events: events.clone(), stop, decode_threads };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 1..spread.lanes {
            scope.spawn(|| match load_models(plan, runtime, options) {
                Ok((eyes, scorer, _)) => {
                    let lane = Lane { plan, eyes, scorer, events: events.clone(), stop, decode_threads };
                    run_lane(lane, files, &next);
                }
                Err(error) => {
                    events.send(RunEvent::Failed { error }).ok();
                }
            });
        }
        run_lane(first, files, &next);
    });
    Ok(())
}

#[allow(clippy::type_complexity)]
fn load_models(
    plan: &AnalysisPlan,
    runtime: &Runtime,
    options: RuntimeOptions,
) -> Result<(Eyes, Option<Box<dyn WindowScorer>>, Vec<ModelUse>), InferError> {
    let eyes = Eyes::new(runtime, &plan.eyes, options)?;
    let mut models = eyes.usages();
    let scorer = match &plan.violence {
        None => None,
        Some(bundle) => {
            let head = ViolenceHead::new(runtime, bundle, eyes.features_usage(), options)?;
            models.push(head.usage().clone());
            Some(Box::new(head) as Box<dyn WindowScorer>)
        }
    };
    Ok((eyes, scorer, models))
}

fn run_lane(mut lane: Lane<'_>, files: &[PathBuf], next: &AtomicUsize) {
    while !lane.stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(path) = files.get(number) else { return };
        let source = match identify(number, path) {
            Ok(source) => source,
            Err(error) => {
                lane.send(RunEvent::Unreadable { error });
                continue;
            }
        };
        lane.send(RunEvent::Opened { source: source.clone() });
        match lane.analyse(&source) {
            Ok((result, count)) => lane.send(RunEvent::Finished { result: Box::new(result), count }),
            Err(error) => return lane.send(RunEvent::Failed { error }),
        }
    }
}

fn identify(number: usize, path: &Path) -> Result<SourceInfo, InputError> {
    match hash_file(path) {
        Ok((sha256, bytes)) => {
            Ok(SourceInfo { id: SourceId(number as u32), path: path.to_owned(), sha256, bytes })
        }
        Err(source) => {
            let error = MediaError::Unreadable { source, path: path.to_owned() };
            Err(InputError::unopened(path, error.to_string()))
        }
    }
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
