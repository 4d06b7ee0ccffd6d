//! `kuager bench`: throughput on this machine beside its limits, all measured in one run on the same footage.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crossbeam_channel::unbounded;
use serde_json::json;

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::clock::{peak_memory_mib, process_cpu_secs};
use crate::domain::SourceId;
use crate::infer::{Eye, RuntimeOptions};
use crate::media::{self, Recording, Step, find_inputs};
use crate::pipeline::{RunEvent, analyse};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files, folders or globs
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
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
    Ok((result, Cost { cpu_secs: process_cpu_secs() - cpu, wall_secs: wall.elapsed().as_secs_f64() }))
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    media::init()?;
    let files = find_inputs(&args.paths).files;
    if files.is_empty() {
        return Err(UsageError("nothing to measure: the paths hold no file".to_owned()).into());
    }
    let ((decoded_frames, footage_secs), decode) = measure(|| decode_all(&files))?;
    let (analysed_frames, ours) = measure(|| analyse_all(&context, &files))?;
    let ((), models) = measure(|| run_pose_model(&context, analysed_frames))?;
    let limit_secs = decode.cpu_secs + models.cpu_secs;
    let ratio = ours.cpu_secs / limit_secs.max(1e-9);
    let memory = peak_memory_mib();
    if common.json {
        output::json_line(&json!({
            "type": "bench", "schema": 1, "files": files.len(), "footage_secs": footage_secs,
            "decoded_frames": decoded_frames, "analysed_frames": analysed_frames, "decode_cpu_secs": decode.cpu_secs,
            "pose_cpu_secs": models.cpu_secs, "scan_cpu_secs": ours.cpu_secs, "scan_wall_secs": ours.wall_secs,
            "cpu_ratio": ratio, "speed": footage_secs / ours.wall_secs.max(1e-9), "peak_memory_mib": memory,
        }))?;
        return Ok(Exit::Done);
    }
    let row = |what: &str, cost: Cost| {
        format!(
            "{what:<34} {:>9.2} {:>9.2} {:>9.1}\n",
            cost.cpu_secs,
            cost.wall_secs,
            footage_secs / cost.wall_secs.max(1e-9)
        )
    };
    let mut text = format!("{:<34} {:>9} {:>9} {:>9}\n", "", "CPU s", "wall s", "x real");
    text.push_str(&row("limit: decoding alone", decode));
    text.push_str(&row("limit: pose model alone", models));
    text.push_str(&row("scan, everything", ours));
    text.push_str(&format!(
        "\nCPU of scan against both limits: {ratio:.2}\n{} file(s), {footage_secs:.1} s, {decoded_frames} pictures decoded, \
         {analysed_frames} analysed, {} thread(s)\n",
        files.len(),
        context.threads
    ));
    if let Some(memory) = memory {
        text.push_str(&format!("peak memory {memory} MiB\n"));
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

/// Decodes everything on one thread: the first limit.
fn decode_all(files: &[PathBuf]) -> anyhow::Result<(u64, f64)> {
    let (mut frames, mut footage_secs) = (0, 0.0);
    for file in files {
        let Ok(mut recording) = Recording::open(file, SourceId(0), 1) else { continue };
        let nominal = recording.info().nominal;
        let mut end_secs = 0.0;
        while let Ok(Step::Picture(picture, _)) = recording.step() {
            frames += 1;
            end_secs = (picture.at.media_time + nominal).secs_f64();
        }
        footage_secs += end_secs;
    }
    Ok((frames, footage_secs))
}

fn analyse_all(context: &Context, files: &[PathBuf]) -> anyhow::Result<u64> {
    let plan = context.plan()?;
    let runtime = context.load_runtime()?;
    let (events_tx, events) = unbounded();
    analyse(&plan, &runtime, files, &events_tx, &AtomicBool::new(false))?;
    drop(events_tx);
    let counts = events.into_iter().map(|e| match e {
        RunEvent::Finished { count, .. } => count.analysed_frames,
        _ => 0,
    });
    Ok(counts.sum())
}

/// The pose model on a ready tensor, as often as pictures were analysed: the second limit.
fn run_pose_model(context: &Context, times: u64) -> anyhow::Result<()> {
    let runtime = context.load_runtime()?;
    let options = RuntimeOptions { intra_threads: 1, ..context.options };
    let mut eye = Eye::new(&runtime, &context.bundle("pose")?, options)?;
    let image = super::models::grey_input(&eye);
    for _ in 0..times {
        eye.look(&image)?;
    }
    Ok(())
}
