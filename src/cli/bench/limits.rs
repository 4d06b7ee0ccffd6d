//! What no scan can be faster than, measured alone on the same footage: reading, decoding, and
//! the models on ready tensors.

use std::path::{Path, PathBuf};

use super::{Cost, ScanWork, measure};
use crate::cli::context::Context;
use crate::domain::{MediaTime, SourceId};
use crate::gate::FrameSampler;
use crate::infer::{
    Eyes, FeatureMap, Runtime, RuntimeOptions, SmallGrey, View, ViewMaker, ViolenceHead, WindowFrame,
    WindowRegion, WindowScorer,
};
use crate::media::{PacketGroup, Picture, Recording, Step};

/// What reading and decoding cost on one thread.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading {
    /// Reading the packets out of the container.
    pub packets: Cost,
    /// That, and decoding the picture that begins each group: what a scan of footage in which nothing moves comes down to.
    pub key_pictures: Cost,
    /// Reading and decoding everything.
    pub everything: Cost,
    /// Pictures in all.
    pub frames: u64,
    /// Length of all files.
    pub footage_secs: f64,
}

/// Measures all three; files that do not open are left out, as in a scan.
pub(super) fn read_all(files: &[PathBuf]) -> anyhow::Result<Reading> {
    let ((), packets) = measure(|| {
        each_group(files, |_, _| ());
        Ok(())
    })?;
    let ((), key_pictures) = measure(|| {
        each_group(files, |recording, group| drop(recording.key_picture(group)));
        Ok(())
    })?;
    let ((frames, footage_secs), everything) = measure(|| Ok(decode_all(files)))?;
    Ok(Reading { packets, key_pictures, everything, frames, footage_secs })
}

fn each_group(files: &[PathBuf], mut take: impl FnMut(&mut Recording, &PacketGroup)) {
    for file in files {
        let Ok(mut recording) = Recording::open(file, SourceId(0), 1) else { continue };
        while let Some(group) = recording.next_group() {
            take(&mut recording, &group);
        }
    }
}

/// Pictures and seconds.
fn decode_all(files: &[PathBuf]) -> (u64, f64) {
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
    (frames, footage_secs)
}

/// Calls `take` with each picture that the time grid picks.
pub(super) fn for_each_picked(
    file: &Path,
    step: MediaTime,
    mut take: impl FnMut(&Picture) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Ok(mut recording) = Recording::open(file, SourceId(0), 1) else { return Ok(()) };
    let mut sampler = FrameSampler::new(step);
    while let Ok(Step::Picture(picture, _)) = recording.step() {
        if sampler.picks(picture.at.media_time) {
            take(&picture)?;
        }
    }
    Ok(())
}

/// The models with real tensors at hand. Real ones, because a picture with many people costs more.
pub(super) struct ReadyModels {
    eyes: Eyes,
    views: Vec<View>,
    head: Option<ViolenceHead>,
}

/// Views kept ready, spread over the footage; 442 kB each, with the decoded picture where people are cut out of it.
const READY_VIEWS: usize = 64;

impl ReadyModels {
    pub(super) fn load(context: &Context, runtime: &Runtime, files: &[PathBuf]) -> anyhow::Result<Self> {
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
    pub(super) fn run(&mut self, work: &ScanWork) -> anyhow::Result<()> {
        let mut features: Vec<(FeatureMap, SmallGrey)> = Vec::new();
        for i in 0..work.count.analysed_frames as usize {
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
        for _ in 0..work.windows.len() {
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
        for_each_picked(file, step, |picture| {
            if picked % every == 0 {
                views.push(maker.view(picture, Vec::new).map_err(|e| anyhow::anyhow!(e))?);
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
            Ok(())
        })?;
    }
    Ok(views)
}
