//! `kuager bench`: throughput on this machine beside its limits, all measured in one run on the same footage.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crossbeam_channel::unbounded;
use serde_json::json;

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::clock::{peak_memory_mib, process_cpu_secs};
use crate::domain::{MediaTime, SourceId};
use crate::gate::FrameSampler;
use crate::infer::{
    Eyes, FeatureMap, Runtime, RuntimeOptions, SmallGrey, View, ViewMaker, ViolenceHead, WindowFrame,
    WindowRegion, WindowScorer,
};
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
    let runtime = context.load_runtime()?;
    let ((decoded_frames, footage_secs), decode) = measure(|| decode_all(&files))?;
    let (work, ours) = measure(|| analyse_all(&context, &runtime, &files))?;
    let memory = peak_memory_mib();
    let mut ready = ReadyModels::load(&context, &runtime, &files)?;
    let ((), models) = measure(|| ready.run(work))?;
    let analysed_frames = work.pictures;
    let limit_secs = decode.cpu_secs + models.cpu_secs;
    let ratio = ours.cpu_secs / limit_secs.max(1e-9);
    if common.json {
        output::json_line(&json!({
            "type": "bench", "schema": 1, "files": files.len(), "footage_secs": footage_secs,
            "decoded_frames": decoded_frames, "analysed_frames": analysed_frames, "decode_cpu_secs": decode.cpu_secs,
            "windows": work.windows, "models_cpu_secs": models.cpu_secs, "scan_cpu_secs": ours.cpu_secs, "scan_wall_secs": ours.wall_secs,
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
    text.push_str(&row("limit: models alone, ready tensors", models));
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

/// How often the models ran.
#[derive(Clone, Copy, Default)]
struct ModelWork {
    pictures: u64,
    windows: u64,
}

fn analyse_all(context: &Context, runtime: &Runtime, files: &[PathBuf]) -> anyhow::Result<ModelWork> {
    let mut plan = context.plan()?;
    plan.reports_scores = true;
    let (events_tx, events) = unbounded();
    analyse(&plan, runtime, files, &events_tx, &AtomicBool::new(false))?;
    drop(events_tx);
    let mut work = ModelWork::default();
    for event in events {
        match event {
            RunEvent::Finished { count, .. } => work.pictures += count.analysed_frames,
            RunEvent::Score { .. } => work.windows += 1,
            _ => {}
        }
    }
    Ok(work)
}

/// The models with real tensors at hand: the second limit. Real ones, because a picture with many people costs more.
struct ReadyModels {
    eyes: Eyes,
    views: Vec<View>,
    head: Option<ViolenceHead>,
}

/// Views kept ready, spread over the footage; 442 kB each, with the decoded picture where people are cut out of it.
const READY_VIEWS: usize = 64;

impl ReadyModels {
    fn load(context: &Context, runtime: &Runtime, files: &[PathBuf]) -> anyhow::Result<Self> {
        let options = RuntimeOptions { intra_threads: 1, ..context.options };
        let plan = context.plan()?;
        let eyes = Eyes::new(runtime, &plan.eyes, options)?;
        let head = match &plan.violence {
            Some(bundle) => Some(ViolenceHead::new(runtime, bundle, eyes.features_usage(), options)?),
            None => None,
        };
        let views = spread_views(files, &eyes, context.config.analysis_step())?;
        anyhow::ensure!(
            !views.is_empty(),
            "no picture could be decoded; `kuager scan` on the same paths says why"
        );
        Ok(Self { eyes, views, head })
    }

    /// As often as the scan ran them.
    fn run(&mut self, work: ModelWork) -> anyhow::Result<()> {
        let mut features: Vec<(FeatureMap, SmallGrey)> = Vec::new();
        for i in 0..work.pictures as usize {
            let view = &self.views[i % self.views.len()];
            let seen = self.eyes.look(view)?;
            if features.len() < 16 {
                features.extend(seen.features.map(|f| (f, SmallGrey::of_input(view.of_features()))));
            }
        }
        let (Some(head), Some(first)) = (&mut self.head, features.first()) else { return Ok(()) };
        let region = WindowRegion::whole(&first.0, self.views[0].of_features().size);
        let frames = features.iter().map(|(features, grey)| WindowFrame { features, grey });
        let window: Vec<WindowFrame<'_>> = frames.cycle().take(head.frames()).collect();
        for _ in 0..work.windows {
            head.score(&window, &region)?;
        }
        Ok(())
    }
}

/// Up to [`READY_VIEWS`] inputs: every second one is dropped whenever they become too many.
fn spread_views(files: &[PathBuf], eyes: &Eyes, step: MediaTime) -> anyhow::Result<Vec<View>> {
    let mut maker = ViewMaker::new(eyes.view_spec());
    let (mut views, mut every, mut picked) = (Vec::new(), 1, 0);
    for file in files {
        let Ok(mut recording) = Recording::open(file, SourceId(0), 1) else { continue };
        let mut sampler = FrameSampler::new(step);
        while let Ok(Step::Picture(picture, _)) = recording.step() {
            if !sampler.picks(picture.at.media_time) {
                continue;
            }
            if picked % every == 0 {
                views.push(maker.view(&picture, Vec::new).map_err(|e| anyhow::anyhow!(e))?);
            }
            picked += 1;
            if views.len() > READY_VIEWS {
                let mut keep = false;
                views.retain(|_| {
                    keep = !keep;
                    keep
                });
                every *= 2;
            }
        }
    }
    Ok(views)
}
