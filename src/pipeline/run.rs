//! Puts threads around the engine: lanes that take sources one after the other, and one stream of events out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Sender, bounded};

use super::lane::{Analysed, Lane};
use super::plan::{AnalysisPlan, RunEvent};
use super::shared::{Exchange, LaneEyes, Line, serve};
use crate::digest::sha256_of_file;
use crate::domain::{InputError, ModelUse, SourceId, SourceInfo};
use crate::infer::{Batching, Device, Eyes, InferError, Runtime, RuntimeOptions, ViolenceHead, WindowScorer};
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
    let decode_threads = spread.decode_threads;
    let lane = |(eyes, scorer)| Lane { plan, eyes, scorer, events: events.clone(), stop, decode_threads };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        // The first models are loaded before anything begins, so that one that cannot run fails there.
        let exchange = match plan.batching {
            None => None,
            Some(batching) => share_models(scope, (plan, runtime, options), spread.lanes, batching)?,
        };
        let line = || exchange.as_ref().map(Exchange::line);
        let (first, models) = load_models(plan, runtime, options, line())?;
        events.send(RunEvent::Ready { models }).ok();
        for _ in 1..spread.lanes {
            let (line, lane, next) = (line(), &lane, &next);
            scope.spawn(move || match load_models(plan, runtime, options, line) {
                Ok((models, _)) => run_lane(lane(models), files, next),
                Err(error) => {
                    events.send(RunEvent::Failed { error }).ok();
                }
            });
        }
        drop(exchange); // the thread of the models ends with the last lane
        run_lane(lane(first), files, &next);
        Ok(())
    })
}

/// Starts the thread of the models that all lanes look through. None where another device than the processor was asked
/// for and the processor has to stand in: there, models of its own serve a lane better.
fn share_models<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    (plan, runtime, options): (&'env AnalysisPlan, &'env Runtime, RuntimeOptions),
    lanes: usize,
    batching: Batching,
) -> Result<Option<Exchange>, InferError> {
    let (asks, asked) = bounded(lanes);
    let (loaded, when_loaded) = bounded(1);
    // Models stay in the thread that made them: FFmpeg's scaler may not travel.
    scope.spawn(move || match Eyes::new(runtime, &plan.eyes, options) {
        Err(error) => {
            loaded.send(Err(error)).ok();
        }
        Ok(eyes) if fell_back(plan.runtime.device, &eyes.usages()) => {
            loaded.send(Ok(None)).ok();
        }
        Ok(eyes) => {
            let exchange = Exchange::new(asks, &eyes);
            if loaded.send(Ok(Some(exchange))).is_ok() {
                serve(eyes, &asked, batching);
            }
        }
    });
    when_loaded.recv().unwrap_or(Ok(None)) // a panic over there is passed on when the scope ends
}

fn fell_back(asked: Device, models: &[ModelUse]) -> bool {
    let is_on_cpu = |model: &ModelUse| model.provider == Device::Cpu.label();
    asked != Device::Cpu && models.iter().all(is_on_cpu)
}

/// The models of one lane.
type LaneModels = (LaneEyes, Option<Box<dyn WindowScorer>>);

/// The models of a lane, and what they are; those that look at pictures only where it has no `line` to shared ones.
fn load_models(
    plan: &AnalysisPlan,
    runtime: &Runtime,
    options: RuntimeOptions,
    line: Option<Line>,
) -> Result<(LaneModels, Vec<ModelUse>), InferError> {
    let eyes = match line {
        Some(line) => LaneEyes::Shared(line),
        None => LaneEyes::Own(Box::new(Eyes::new(runtime, &plan.eyes, options)?)),
    };
    let mut models = eyes.usages();
    let Some(bundle) = &plan.violence else { return Ok(((eyes, None), models)) };
    let head = ViolenceHead::new(runtime, bundle, eyes.features_usage(), options)?;
    models.push(head.usage().clone());
    Ok(((eyes, Some(Box::new(head))), models))
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
            Ok(Analysed { result, count, loose }) => {
                lane.send(RunEvent::Finished { result: Box::new(result), count, loose });
            }
            Err(error) => return lane.send(RunEvent::Failed { error }),
        }
    }
}

fn identify(number: usize, path: &Path) -> Result<SourceInfo, InputError> {
    match sha256_of_file(path) {
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
