//! `kuager eval`: how well the models do on labelled material, with intervals.

mod events;
mod tell;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::{Common, Exit, UsageError, output, site};
use crate::domain::{BBox, Pose, SourceId};
use crate::eval::{
    ClipLabel, ClipScoreRow, ClipsSetup, LabelledPose, PoseImage, clips_report, parse_clip_labels,
    parse_pose_labels, poses_report, slices_of,
};
use crate::infer::{Eyes, RuntimeOptions, Task, ViewMaker};
use crate::media::{self, Recording, Step};
pub(super) use events::Labelled;
use watch::{Watched, watch};

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
    /// Score flags in whole recordings against labelled events: recall, false alarms an hour, delay
    Events {
        /// Columns path,kind,start_secs,end_secs; a row with a path alone is a recording without events
        #[arg(long, value_name = "CSV")]
        labels: PathBuf,
    },
    /// Score keypoints on labelled pictures: PCK at 0.2 torso
    Poses {
        /// joints.json; pictures beside it or in a folder `images` there
        #[arg(long, value_name = "JSON")]
        labels: PathBuf,
        /// Use every N-th picture only
        #[arg(long, default_value_t = 1, value_name = "N")]
        every: usize,
        /// Pass over the first N pictures, for instance those a model was trained on
        #[arg(long, default_value_t = 0, value_name = "N")]
        skip: usize,
        /// Look for joints in the labelled person's box instead of in the boxes that the detector finds
        #[arg(long)]
        box_given: bool,
    },
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    media::init()?;
    match command {
        Command::Clips { labels, positive } => clips(common, &context, labels, positive),
        Command::Events { labels } => events::events(common, &context, labels),
        Command::Poses { labels, every, skip, box_given } => {
            let choice = PoseChoice { every: (*every).max(1), skip: *skip, is_box_given: *box_given };
            poses(common, &context, labels, choice)
        }
    }
}

fn clips(common: &Common, context: &Context, labels_path: &Path, positive: &str) -> anyhow::Result<Exit> {
    let labels = parse_clip_labels(&read_labels(labels_path)?).map_err(|e| in_file(&e, labels_path))?;
    let files: Vec<PathBuf> = labels.iter().map(|l| beside(labels_path, &l.path)).collect();
    let mut plan = context.plan()?;
    if plan.violence.is_none() {
        let message = "eval clips needs the violence detector; leave it in --detectors".to_owned();
        return Err(UsageError(message).into());
    }
    plan.scenes = site::scenes(&context.config, &files, None);
    plan.config.gate.enabled = false; // a clip is labelled as a whole: all of it is scored
    let (watched, is_incomplete) = watch(common, context, plan, &files)?;
    let setup = ClipsSetup {
        positive: positive.to_owned(),
        threshold: threshold(context)?,
        slices: slices(&watched),
        seed: SEED,
    };
    let report = clips_report(rows(labels, &watched), &setup).map_err(|e| in_file(&e, labels_path))?;
    tell(common, &serde_json::to_value(&report)?)?;
    Ok(if is_incomplete { Exit::PartlyRead } else { Exit::Done })
}

/// Places of the clips in each slice. A clip that could not be read is in none.
fn slices(watched: &BTreeMap<SourceId, Watched>) -> BTreeMap<String, Vec<usize>> {
    let mut slices: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (source, clip) in watched.iter().filter(|(_, w)| !w.looks.is_empty()) {
        for name in slices_of(&clip.looks.iter().collect::<Vec<_>>()) {
            slices.entry(name.to_owned()).or_default().push(source.0 as usize);
        }
    }
    slices
}

/// A clip in which nobody was found scores 0: the program would not have flagged it.
fn rows(labels: Vec<ClipLabel>, watched: &BTreeMap<SourceId, Watched>) -> Vec<ClipScoreRow> {
    let score = |i: usize| watched.get(&SourceId(i as u32)).and_then(|w| w.best_score).map_or(0.0, f64::from);
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

/// Which pictures `eval poses` looks at, and where in them.
#[derive(Clone, Copy)]
struct PoseChoice {
    skip: usize,
    every: usize,
    is_box_given: bool,
}

fn poses(common: &Common, context: &Context, labels_path: &Path, choice: PoseChoice) -> anyhow::Result<Exit> {
    let labels = parse_pose_labels(&read_labels(labels_path)?).map_err(|e| in_file(&e, labels_path))?;
    let labels: Vec<LabelledPose> = labels.into_iter().skip(choice.skip).step_by(choice.every).collect();
    let runtime = context.load_runtime()?;
    let options = RuntimeOptions { intra_threads: context.threads, ..context.options };
    let mut eyes = Eyes::new(&runtime, &context.plan()?.eyes, options)?;
    let mut views = ViewMaker::new(eyes.view_spec());
    let mut found = Vec::with_capacity(labels.len());
    for label in &labels {
        let path = picture_beside(labels_path, &label.image);
        let given = choice.is_box_given.then(|| label.bbox_in_image()).flatten();
        found.push(people_in(&path, given, &mut eyes, &mut views)?);
    }
    let images: Vec<PoseImage<'_>> =
        labels.iter().zip(&found).map(|(truth, people)| PoseImage { truth, people }).collect();
    let report = poses_report(&images, SEED);
    tell(common, &serde_json::to_value(&report)?)?;
    Ok(Exit::Done)
}

/// With a given box, the one person in it; else everybody whom the detector finds.
fn people_in(
    path: &Path,
    given: Option<BBox>,
    eyes: &mut Eyes,
    views: &mut ViewMaker,
) -> anyhow::Result<Vec<Pose>> {
    let mut recording = Recording::open(path, SourceId(0), 1)?;
    let Step::Picture(picture, _) = recording.step()? else { return Ok(Vec::new()) };
    let view = views.view(&picture, Vec::new).map_err(|e| anyhow::anyhow!("{e}: {}", path.display()))?;
    match given {
        Some(bbox_in_frame) => Ok(eyes.look_at(&view, bbox_in_frame)?.into_iter().collect()),
        None => Ok(eyes.look(&view)?.people),
    }
}

/// The report as one JSON line, or for people one figure a line without the single items.
fn tell(common: &Common, report: &serde_json::Value) -> std::io::Result<()> {
    if common.json { output::json_line(report) } else { output::text(&tell::text(report)) }
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
