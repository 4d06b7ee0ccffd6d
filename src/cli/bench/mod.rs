//! `kuager bench`: throughput on this machine beside its limits, all measured in one run on the same footage, and what the
//! machine could carry at that rate.

mod capacity;
mod detections;
mod limits;
mod tell;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crossbeam_channel::unbounded;

use self::capacity::Measured;
use self::limits::{ReadyModels, read_all};
use self::tell::Bench;
use super::context::{Context, available_threads};
use super::{Common, Exit, UsageError, output};
use crate::clock::{peak_memory_mib, process_cpu_secs};
use crate::domain::{ClipScore, LookedSpan, SourceId};
use crate::infer::Runtime;
use crate::media::{self, find_inputs};
use crate::pipeline::{LaneCount, RunEvent, analyse};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files, folders or globs
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How many cameras the capacity plan is to carry
    #[arg(long, value_name = "N", default_value_t = 45_000)]
    cameras: u64,
    /// Measure nothing; write people and windows of each picture to FILE, one JSON line each
    #[arg(long, value_name = "FILE", hide = true)]
    detections: Option<PathBuf>,
}

/// What a piece of work took.
#[derive(Clone, Copy, Default)]
struct Cost {
    cpu_secs: f64,
    wall_secs: f64,
}

fn measure<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Cost)> {
    let (cpu, wall) = (process_cpu_secs(), Instant::now());
    let result = work()?;
    let wall_secs = wall.elapsed().as_secs_f64();
    Ok((result, Cost { cpu_secs: process_cpu_secs() - cpu, wall_secs }))
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    media::init()?;
    let files = find_inputs(&args.paths).files;
    if files.is_empty() {
        return Err(UsageError("nothing to measure: the paths hold no file".to_owned()).into());
    }
    let runtime = context.load_runtime()?;
    if let Some(out) = &args.detections {
        let work = scan_all(&context, &runtime, &files)?;
        detections::write(&context, &runtime, &files, &work, out)?;
        return Ok(Exit::Done);
    }
    let reading = read_all(&files)?;
    let (work, scan) = measure(|| scan_all(&context, &runtime, &files))?;
    // Before the models are loaded once more: the views kept ready for them are no part of a scan.
    let peak_memory_mib = peak_memory_mib();
    let mut ready = ReadyModels::load(&context, &runtime, &files)?;
    let ((), models) = measure(|| ready.run(&work))?;
    let capacity = Measured {
        scan_cpu_secs: scan.cpu_secs,
        footage_secs: reading.footage_secs,
        cores: available_threads(),
        fps: context.config.fps,
        cameras: args.cameras,
    };
    let threads = context.threads;
    let bench = Bench { files: files.len(), threads, reading, models, scan, work, peak_memory_mib, capacity };
    if common.json {
        output::json_line(&bench.to_json())?;
    } else {
        output::text(&bench.to_text())?;
    }
    Ok(Exit::Done)
}

/// What a scan did.
#[derive(Default)]
struct ScanWork {
    count: LaneCount,
    windows: Vec<(SourceId, ClipScore)>,
    looked: Vec<(SourceId, LookedSpan)>,
}

fn scan_all(context: &Context, runtime: &Runtime, files: &[PathBuf]) -> anyhow::Result<ScanWork> {
    let mut plan = context.plan()?;
    plan.reports_scores = true;
    let (events_tx, events) = unbounded();
    analyse(&plan, runtime, files, &events_tx, &AtomicBool::new(false))?;
    drop(events_tx);
    let mut work = ScanWork::default();
    for event in events {
        match event {
            RunEvent::Finished { count, result, .. } => {
                work.looked.extend(result.coverage.looked.iter().map(|l| (result.source.id, *l)));
                work.count.decoded_frames += count.decoded_frames;
                work.count.analysed_frames += count.analysed_frames;
                work.count.stages.add(&count.stages);
            }
            RunEvent::Score { source, score } => work.windows.push((source, score)),
            RunEvent::Failed { error } => return Err(error.into()),
            _ => {}
        }
    }
    Ok(work)
}
