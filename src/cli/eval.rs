//! `kuager eval`: how well the models do on labelled material, with intervals.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::unbounded;

use super::context::{Context, stop_flag};
use super::{Common, Exit, UsageError, output};
use crate::domain::{Pose, SourceId};
use crate::eval::{
    ClipLabel, ClipScoreRow, ClipsSetup, LabelledPose, PoseImage, clips_report, parse_clip_labels,
    parse_pose_labels, poses_report,
};
use crate::infer::{Eye, RuntimeOptions, Task};
use crate::media::{self, Letterbox, Recording, Step};
use crate::pipeline::{RunEvent, analyse};
use crate::text::printable;

/// Seed of the bootstrap; the same labels and scores give the same intervals.
const SEED: u64 = 2026;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Score labelled clips: AUC, recall at fixed false-positive rates
    Clips {
        /// Columns path,label,group; paths relative to the file
        #[arg(long, value_name = "CSV")]
        labels: PathBuf,
        /// The label that means violence
        #[arg(long, default_value = "fight")]
        positive: String,
    },
    /// Score keypoints on labelled pictures: PCK at 0.2 torso
    Poses {
        /// joints.json; pictures beside it or in a folder `images` there
        #[arg(long, value_name = "JSON")]
        labels: PathBuf,
        /// Use every N-th picture only
        #[arg(long, default_value_t = 1, value_name = "N")]
        every: usize,
    },
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    media::init()?;
    match command {
        Command::Clips { labels, positive } => clips(common, &context, labels, positive),
        Command::Poses { labels, every } => poses(common, &context, labels, (*every).max(1)),
    }
}

fn clips(common: &Common, context: &Context, labels_path: &Path, positive: &str) -> anyhow::Result<Exit> {
    let labels = parse_clip_labels(&read_labels(labels_path)?).map_err(|e| in_file(&e, labels_path))?;
    let files: Vec<PathBuf> = labels.iter().map(|l| beside(labels_path, &l.path)).collect();
    let (scores, failures) = score_clips(context, &files, &stop_flag()?)?;
    let is_incomplete = !failures.is_empty();
    for failure in failures {
        eprintln!("kuager: {}", printable(&failure));
    }
    let setup = ClipsSetup {
        positive: positive.to_owned(),
        threshold: threshold(context)?,
        slices: BTreeMap::new(),
        seed: SEED,
    };
    let report = clips_report(rows(labels, &scores), &setup).map_err(|e| in_file(&e, labels_path))?;
    tell(common, &serde_json::to_value(&report)?)?;
    Ok(if is_incomplete { Exit::PartlyRead } else { Exit::Done })
}

/// Highest violence score of each file's windows, and what could not be read.
fn score_clips(
    context: &Context,
    files: &[PathBuf],
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<(BTreeMap<SourceId, f32>, Vec<String>)> {
    let mut plan = context.plan()?;
    if plan.violence.is_none() {
        return Err(
            UsageError("eval clips needs the violence detector; leave it in --detectors".to_owned()).into()
        );
    }
    plan.reports_scores = true;
    let runtime = context.load_runtime()?;
    let (events_tx, events) = unbounded();
    analyse(&plan, &runtime, files, &events_tx, stop)?;
    drop(events_tx);
    if stop.load(Ordering::Relaxed) {
        anyhow::bail!("interrupted; a figure over a part of the clips would mislead, so none is given");
    }
    let (mut scores, mut failures) = (BTreeMap::new(), Vec::new());
    for event in events {
        match event {
            RunEvent::Score { source, score } => {
                let best = scores.entry(source).or_insert(0.0_f32);
                *best = best.max(score.probability);
            }
            RunEvent::Finished { result, .. } => {
                failures.extend(result.errors.into_iter().map(|e| e.message))
            }
            RunEvent::Unreadable { error } => failures.push(error.message),
            RunEvent::Failed { error } => return Err(error.into()),
            _ => {}
        }
    }
    Ok((scores, failures))
}

/// A clip in which nobody was found scores 0: the program would not have flagged it.
fn rows(labels: Vec<ClipLabel>, scores: &BTreeMap<SourceId, f32>) -> Vec<ClipScoreRow> {
    let score = |i: usize| scores.get(&SourceId(i as u32)).copied().map_or(0.0, f64::from);
    let row = |(i, l): (usize, ClipLabel)| ClipScoreRow {
        path: l.path,
        label: l.label,
        group: l.group,
        score: score(i),
    };
    labels.into_iter().enumerate().map(row).collect()
}

fn threshold(context: &Context) -> anyhow::Result<f64> {
    if let Some(alarm) = context.config.violence.alarm {
        return Ok(f64::from(alarm));
    }
    match &context.bundle("violence")?.card.task {
        Task::Violence(card) => Ok(f64::from(card.alarm)),
        _ => anyhow::bail!("the violence model's card is of another kind"),
    }
}

fn poses(common: &Common, context: &Context, labels_path: &Path, every: usize) -> anyhow::Result<Exit> {
    let labels = parse_pose_labels(&read_labels(labels_path)?).map_err(|e| in_file(&e, labels_path))?;
    let labels: Vec<LabelledPose> = labels.into_iter().step_by(every).collect();
    let runtime = context.load_runtime()?;
    let options = RuntimeOptions { intra_threads: context.threads, ..context.options };
    let mut eye = Eye::new(&runtime, &context.bundle("pose")?, options)?;
    let mut letterbox = Letterbox::new(eye.letterbox_spec());
    let mut found = Vec::with_capacity(labels.len());
    for label in &labels {
        let path = picture_beside(labels_path, &label.image);
        found.push(people_in(&path, &mut eye, &mut letterbox)?);
    }
    let images: Vec<PoseImage<'_>> =
        labels.iter().zip(&found).map(|(truth, people)| PoseImage { truth, people }).collect();
    let report = poses_report(&images, SEED);
    tell(common, &serde_json::to_value(&report)?)?;
    Ok(Exit::Done)
}

fn people_in(path: &Path, eye: &mut Eye, letterbox: &mut Letterbox) -> anyhow::Result<Vec<Pose>> {
    let mut recording = Recording::open(path, SourceId(0), 1)?;
    let Step::Picture(picture, _) = recording.step()? else { return Ok(Vec::new()) };
    let image =
        letterbox.fill(&picture, Vec::new()).map_err(|e| anyhow::anyhow!("{e}: {}", path.display()))?;
    Ok(eye.look(&image)?.people)
}

/// The report as one JSON line, or for people one figure a line without the single scores.
fn tell(common: &Common, report: &serde_json::Value) -> std::io::Result<()> {
    if common.json {
        return output::json_line(report);
    }
    let mut text = String::new();
    for (key, value) in report.as_object().into_iter().flatten() {
        if !["type", "schema", "scores"].contains(&key.as_str()) {
            text.push_str(&format!("{key:<22} {value}\n"));
        }
    }
    output::text(&text)
}

fn read_labels(path: &Path) -> anyhow::Result<String> {
    let read = std::fs::read_to_string(path);
    read.map_err(|e| UsageError(format!("cannot read the labels ({e}): {}", path.display())).into())
}

fn in_file(error: &dyn std::fmt::Display, path: &Path) -> anyhow::Error {
    UsageError(format!("{error}: {}", path.display())).into()
}

/// Pictures lie beside the labels or in a folder `images` there.
fn picture_beside(labels_path: &Path, image: &str) -> PathBuf {
    let path = beside(labels_path, image);
    if path.exists() { path } else { beside(labels_path, "images").join(image) }
}

fn beside(labels_path: &Path, path: &str) -> PathBuf {
    labels_path.parent().unwrap_or(Path::new(".")).join(path)
}
