//! `kuager drill`: what the settings of a camera find of acts that were staged.
//!
//! "Nothing was flagged" is worth what would have been flagged. The figures stand in the sentence under every account of
//! the camera, as long as its settings stay as they are.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::context::{Context, new_run};
use super::eval::Labelled;
use super::heads::hand_out;
use super::{Common, Exit, UsageError, level, output, site};
use crate::digest::{hex, sha256_of_file};
use crate::domain::{Drill, DrilledKind, IncidentKind, Staging};
use crate::eval::EventsReport;
use crate::media::{self, CameraPicture, camera_picture};
use crate::report::{drill_line, drill_text};
use crate::store::{Reader, Writer};
use crate::viewing::record_as;

/// Names of label files in a folder of clips, in the order of preference.
const LABELS: [&str; 2] = ["labels.csv", "events.csv"];

#[derive(clap::Args)]
pub(super) struct Args {
    /// Staged clips: their labels (CSV with path, kind, start_secs, end_secs), or a folder with `labels.csv`
    #[arg(value_name = "CLIPS")]
    clips: PathBuf,
    /// The camera's name, as in results
    #[arg(long, value_name = "NAME", value_parser = level::camera_name)]
    camera: String,
    /// A recording of the camera: the clips are recorded again as it records (size, pictures and bits a second)
    #[arg(long, value_name = "RECORDING", conflicts_with = "acted_here")]
    like: Option<PathBuf>,
    /// The clips were acted before this camera: its zones hold in them too
    #[arg(long)]
    acted_here: bool,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    media::init()?;
    let labels_path = labels_of(&args.clips)?;
    let mut labelled = Labelled::read(&labels_path)?;
    let clips_sha256 = digest(&labels_path, &labelled.files)?;
    context.make_data_dir()?;
    let writer = Writer::spawn(&context.data_dir)?;
    writer.flush()?;
    let mut plan = context.plan()?;
    level::set(&context, &args.camera, &mut plan)?;
    let rules_digest = plan.config_digest.clone();
    let (run_id, made_at) = new_run()?;
    let spool = context.spool(&run_id);
    let mut staging = if args.acted_here { Staging::ActedHere } else { Staging::AsMade };
    if let Some(like) = &args.like {
        let camera = camera_picture(like)?;
        labelled.files = recorded_again(&labelled.files, spool.path(), &camera)?;
        let size = [camera.size.width, camera.size.height];
        staging = Staging::Recorded { size, fps: camera.fps, bits_per_sec: camera.bits_per_sec };
    }
    if args.acted_here {
        plan.scenes = site::scenes(&context.config, &labelled.files, Some(&args.camera));
    }
    let (report, is_incomplete) = labelled.judge(common, &context, plan)?;
    if is_incomplete {
        anyhow::bail!(
            "not all clips could be read, so no sensitivity is kept: mend or leave out those named above: {}",
            labels_path.display()
        );
    }
    let drill = Drill {
        camera: args.camera.clone(),
        made_at,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        rules_digest,
        clips_sha256,
        clips: labelled.files.len() as u64,
        analysed_secs: report.figures.camera_hours * 3600.0,
        staging,
        kinds: kinds(&report),
    };
    if drill.sensitivity().staged == 0 {
        let message = "the labels stage nothing that is looked for, so there is no sensitivity to measure";
        return Err(UsageError(format!("{message}: {}", labels_path.display())).into());
    }
    writer.drilled(&drill)?;
    writer.finish()?;
    hand_out(&context, &run_id);
    tell(common, &context, &drill, &report)?;
    Ok(Exit::Done)
}

fn labels_of(clips: &Path) -> anyhow::Result<PathBuf> {
    if !clips.is_dir() {
        return Ok(clips.to_owned());
    }
    let found = LABELS.into_iter().map(|name| clips.join(name)).find(|path| path.is_file());
    let missing =
        || UsageError(format!("the folder holds no labels.csv with what is staged: {}", clips.display()));
    Ok(found.ok_or_else(missing)?)
}

/// Over the labels and every clip: two drills with the same digest staged the same.
fn digest(labels_path: &Path, files: &[PathBuf]) -> anyhow::Result<String> {
    let mut whole = Sha256::new();
    for path in std::iter::once(labels_path).chain(files.iter().map(PathBuf::as_path)) {
        let (sha256, _) = sha256_of_file(path).map_err(|e| {
            UsageError(format!("a clip of the drill cannot be read ({e}): {}", path.display()))
        })?;
        whole.update(sha256);
    }
    Ok(hex(whole.finalize()))
}

/// Copies as the camera would have recorded the clips, each under its clip's name.
fn recorded_again(files: &[PathBuf], spool: &Path, camera: &CameraPicture) -> anyhow::Result<Vec<PathBuf>> {
    let copy = |(number, file): (usize, &PathBuf)| {
        let folder = spool.join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        let name = file.file_stem().unwrap_or_default();
        let to = folder.join(name).with_extension("mp4");
        record_as(file, &to, camera)?;
        Ok(to)
    };
    files.iter().enumerate().map(copy).collect()
}

/// What was staged, and what was flagged in vain, by kind.
fn kinds(report: &EventsReport) -> Vec<DrilledKind> {
    let kind = |(name, of_kind): (&&str, &crate::eval::KindReport)| {
        let f = &of_kind.figures;
        let kind = IncidentKind::from_name(name)?;
        Some(DrilledKind { kind, staged: f.events, found: f.hit, false_flags: f.false_alarms })
    };
    report.by_kind.iter().filter_map(kind).collect()
}

fn tell(common: &Common, context: &Context, drill: &Drill, report: &EventsReport) -> anyhow::Result<()> {
    if common.json {
        let mut line = drill_line(drill);
        if !report.not_looked_for.is_empty() {
            line["not_looked_for"] = serde_json::json!(report.not_looked_for);
        }
        return Ok(output::json_line(&line)?);
    }
    let earlier = Reader::open(&context.data_dir)?.drills()?;
    let earlier = earlier.iter().rev().skip(1).find(|d| d.camera == drill.camera);
    let not_looked_for: Vec<(&str, u64)> =
        report.not_looked_for.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    Ok(output::text(&drill_text(drill, earlier, &not_looked_for, &context.texts))?)
}
