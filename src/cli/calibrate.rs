//! `kuager calibrate`: the alarm level of one camera, learnt from footage of its quiet hours.
//!
//! Staff of a site choose the footage, so nothing may be hidden by it: what is flagged at the model's own level is kept
//! and listed like the flags of any scan, the level stays within the bounds of the model's card, and every calibration
//! stays on record.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::context::{Context, this_moment};
use super::heads::hand_out;
use super::scan::{self, Done, Purpose};
use super::{Common, Exit, UsageError, level, output};
use crate::calibrate::{RecordedScores, choose};
use crate::domain::{
    Calibration, CalibrationFootage, CameraLevel, LevelBounds, LevelInUse, SourceId, SourceResult,
};
use crate::eval::poisson_mean;
use crate::media::{self, Recording, find_inputs};
use crate::report::{level_line, level_sentences};
use crate::store::Writer;
use crate::text::{Value, printable};

/// Below this much usable footage the rate of flags is too uncertain to go without a word.
const PLENTY_SECS: f64 = 2.0 * 3600.0;
/// A declared length may be a little wrong.
const DECLARED_TOLERANCE: f64 = 1.05;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Recordings of this camera's quiet hours: files, folders or globs
    #[arg(required_unless_present = "remove", conflicts_with = "remove", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The camera's name, as it will be given to `scan --camera`
    #[arg(long, value_name = "NAME", value_parser = level::camera_name)]
    camera: String,
    /// Flags of possible violence an hour that are wished for at most
    #[arg(long, value_name = "X", default_value_t = 2.0)]
    flags_per_hour: f64,
    /// Usable footage below which nothing is learnt, minutes
    #[arg(long, value_name = "N", default_value_t = 30.0)]
    least_minutes: f64,
    /// Take the camera's calibration back: the model's own level counts again
    #[arg(long)]
    remove: bool,
    /// Do not draw stills
    #[arg(long)]
    no_stills: bool,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    if args.remove {
        return take_back(common, &context, &args.camera);
    }
    let (bounds, rules_digest) = check(&context, args)?;
    media::init()?;
    check_declared(args)?;
    let request = scan::Args {
        paths: args.paths.clone(),
        camera: Some(args.camera.clone()),
        report: None,
        fail_on_incident: false,
        no_stills: args.no_stills,
        work_orders: None,
    };
    let done = scan::look_through(common, &context, &request, Purpose::Calibrate)?;
    if done.exit == Exit::Interrupted {
        return Ok(done.exit);
    }
    let calibration = learn(&context, args, &done, bounds, rules_digest)?;
    keep_and_tell(common, &context, calibration)?;
    Ok(done.exit)
}

/// What cannot work is said before any work. Returns the bounds of the card and the digest of the rules.
fn check(context: &Context, args: &Args) -> anyhow::Result<(LevelBounds, String)> {
    let plan = context.plan()?;
    let refuse = |message: &str| -> anyhow::Result<(LevelBounds, String)> {
        Err(UsageError(message.to_owned()).into())
    };
    if args.paths.iter().any(|p| p == Path::new("-")) {
        return refuse(
            "a calibration is learnt from files: it names them by their SHA-256 for ever; give files",
        );
    }
    for (flag, value) in [("--flags-per-hour", args.flags_per_hour), ("--least-minutes", args.least_minutes)]
    {
        if !(value.is_finite() && value >= 0.0) {
            return refuse(&format!("{flag} {value}: must be a number, 0 or more"));
        }
    }
    if plan.config.violence.alarm.is_some() {
        return refuse("violence.alarm is configured, so there is no level to learn: remove it");
    }
    match level::violence_card(&plan).map(level::bounds) {
        Some(bounds) => Ok((bounds, plan.config_digest)),
        None => refuse("calibrate needs the violence detector; leave it in --detectors"),
    }
}

/// Refuses footage that declares to be too short, before hours of work.
fn check_declared(args: &Args) -> anyhow::Result<()> {
    let files = find_inputs(&args.paths).files;
    let declared_secs =
        |file: &PathBuf| Recording::open(file, SourceId(0), 1).map_or(Some(0.0), |r| r.info().expected_secs);
    let declared: Option<f64> = files.iter().map(declared_secs).sum();
    match declared {
        Some(secs) if secs * DECLARED_TOLERANCE < args.least_minutes * 60.0 => {
            Err(too_little(args, secs, files.len(), "declared").into())
        }
        _ => Ok(()),
    }
}

fn too_little(args: &Args, secs: f64, recordings: usize, what: &str) -> UsageError {
    UsageError(format!(
        "{:.1} min {what} in {recordings} recordings of camera {}, at least {} min are needed: nothing was learnt; give \
         more footage of this camera's quiet hours, each recording counts once",
        secs / 60.0,
        args.camera,
        args.least_minutes
    ))
}

/// The level that the footage asks for.
fn learn(
    context: &Context,
    args: &Args,
    done: &Done,
    bounds: LevelBounds,
    rules_digest: String,
) -> anyhow::Result<Calibration> {
    let sources = counted_once(&done.data.sources);
    let footage: Vec<CalibrationFootage> = sources
        .iter()
        .map(|s| CalibrationFootage { sha256: s.source.sha256.clone(), usable_secs: s.coverage.usable_secs })
        .collect();
    let usable_secs: f64 = footage.iter().map(|f| f.usable_secs).sum();
    if usable_secs < args.least_minutes * 60.0 {
        return Err(too_little(args, usable_secs, footage.len(), "usable").into());
    }
    let scores: Vec<&RecordedScores> = sources.iter().filter_map(|s| done.scores.get(&s.source.id)).collect();
    let choice = choose(&context.config, &scores, bounds, args.flags_per_hour * usable_secs / 3600.0);
    let made_at = this_moment()?;
    Ok(Calibration {
        camera: args.camera.clone(),
        made_at,
        run: done.data.run.id.clone(),
        level: choice.level,
        bounds,
        wanted_per_hour: args.flags_per_hour,
        flags: choice.flags,
        flags_at_own: choice.flags_at_own,
        is_noisier_than_wanted: choice.is_noisier_than_wanted,
        rules_digest,
        footage,
    })
}

/// Recordings in which something could be seen, each once however often it was given: a quiet hour given ten times is
/// no ten quiet hours.
fn counted_once(sources: &[SourceResult]) -> Vec<&SourceResult> {
    let mut seen = BTreeSet::new();
    let mut counted = Vec::new();
    for source in sources.iter().filter(|s| s.coverage.usable_secs > 0.0) {
        if seen.insert(source.source.sha256.as_str()) {
            counted.push(source);
        }
    }
    counted
}

fn keep_and_tell(common: &Common, context: &Context, calibration: Calibration) -> anyhow::Result<()> {
    let writer = Writer::spawn(&context.data_dir)?;
    writer.calibrated(&calibration)?;
    writer.finish()?;
    hand_out(context, &calibration.run);
    let plan = context.plan()?;
    let in_use = LevelInUse {
        camera: calibration.camera.clone(),
        level: calibration.level,
        bounds: calibration.bounds,
        is_applied: true,
        known_at_highest: level::known_at_highest(&plan),
        newest: CameraLevel::Calibrated(Box::new(calibration.clone())),
    };
    if common.json {
        return Ok(output::json_line(&level_line(&in_use))?);
    }
    let texts = &context.texts;
    let mut lines = vec![String::new()];
    lines.extend(level_sentences(&in_use, texts));
    lines.push(texts.get("level-nothing-hidden"));
    if calibration.usable_secs() < PLENTY_SECS {
        let hours = calibration.usable_secs() / 3600.0;
        let mean = poisson_mean(calibration.flags);
        let rate = |count: f64| Value::Measure { value: count / hours, decimals: 1 };
        let values = [
            ("flags", texts.with("count-flags", &[("count", calibration.flags.into())]).into()),
            ("usable", texts.duration(calibration.usable_secs()).into()),
            ("low", rate(mean.lo)),
            ("high", rate(mean.hi)),
        ];
        lines.push(texts.with("level-rate", &values));
    }
    Ok(output::text(&(lines.join("\n") + "\n"))?)
}

fn take_back(common: &Common, context: &Context, camera: &str) -> anyhow::Result<Exit> {
    context.make_data_dir()?;
    let writer = Writer::spawn(&context.data_dir)?;
    writer.flush()?;
    let newest = crate::store::Reader::open(&context.data_dir)?.newest_calibration(camera)?;
    if !matches!(newest, CameraLevel::Calibrated(_)) {
        let message =
            format!("camera {camera} has no calibration to take back: {}", context.data_dir.display());
        return Err(UsageError(message).into());
    }
    let at = this_moment()?;
    writer.calibration_removed(camera, &at)?;
    writer.finish()?;
    if common.json {
        let line =
            serde_json::json!({ "type": "calibration_removed", "schema": 1, "camera": camera, "at": at });
        output::json_line(&line)?;
    } else {
        let text = context.texts.with("level-taken-back", &[("camera", printable(camera).into())]);
        output::text(&(text + "\n"))?;
    }
    Ok(Exit::Done)
}
