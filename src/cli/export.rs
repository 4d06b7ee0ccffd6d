//! `kuager export`: a flag with its recording, its coverage and its proof, as a package that anybody can check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::Context;
use super::level::level_card;
use super::{Common, Exit, UsageError, output, site};
use crate::domain::Span;
use crate::evidence::{Export, Extent, PackageError, Viewer, ViewingCopy, export};
use crate::infer::Eyes;
use crate::media::{self, Mask};
use crate::text::{Value, printable_path};
use crate::viewing::{Shown, find_people, shown_span, write_copy};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The flags' ids, as `scan --json` and the report name them
    #[arg(required = true, value_name = "INCIDENT")]
    incidents: Vec<String>,
    /// The folder in which the packages are made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// An unchanged copy of the recording, where it no longer lies in its old place
    #[arg(long, value_name = "FILE")]
    original: Option<PathBuf>,
    /// Also make a copy to look at with people as they are, for this reason, which is logged
    #[arg(long, value_name = "REASON", value_parser = reason, conflicts_with = "no_viewing_copy")]
    uncovered: Option<String>,
    /// Pack the whole recordings, however long
    #[arg(long)]
    whole: bool,
    /// Pack a cut of each recording, however short: its packets from 30 s before the flag to 30 s after
    #[arg(long, conflicts_with = "whole")]
    cut: bool,
    /// Make no copies to look at: no decoding, no models
    #[arg(long)]
    no_viewing_copy: bool,
}

/// Shorter words are no reason.
const LEAST_REASON: usize = 10;

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() < LEAST_REASON {
        return Err(format!(
            "say why people are to be shown, in at least {LEAST_REASON} characters: it is logged"
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    let level_card = context.plan().ok().and_then(|plan| level_card(&plan));
    let mut viewer = (!args.no_viewing_copy).then(|| Copies { context: &context, eyes: None });
    for incident in &args.incidents {
        let plan = Export {
            data_dir: context.data_dir.clone(),
            incident: incident.clone(),
            out: args.out.clone(),
            original: args.original.clone(),
            extent: extent(args),
            uncovered_because: args.uncovered.clone(),
            level_card: level_card.clone(),
            places: places(&context),
        };
        let viewer = viewer.as_mut().map(|v| v as &mut dyn Viewer);
        let exported = export(&plan, viewer).map_err(explained)?;
        let package = exported.folder;
        if common.json {
            output::json_line(&json!({
                "type": "exported", "schema": 1, "incident": incident, "package": package.to_string_lossy(),
                "original": if exported.is_cut { "cut" } else { "whole" },
            }))?;
        } else {
            let values = [("package", Value::from(printable_path(&package)))];
            let mut said = format!("{}\n", context.texts.with("export-done", &values));
            if exported.is_cut {
                said.push_str(&format!("{}\n", context.texts.get("export-cut")));
            }
            output::text(&said)?;
        }
    }
    Ok(Exit::Done)
}

fn extent(args: &Args) -> Extent {
    match (args.whole, args.cut) {
        (true, _) => Extent::Whole,
        (false, true) => Extent::Cut,
        (false, false) => Extent::ByLength,
    }
}

fn places(context: &Context) -> BTreeMap<String, String> {
    let cameras = context.config.cameras.iter();
    cameras.filter_map(|c| Some((c.name.clone(), c.place.clone()?))).collect()
}

/// Makes the copies of packages, with the models in use.
struct Copies<'a> {
    context: &'a Context,
    /// Loaded for the first copy with people covered.
    eyes: Option<Eyes>,
}

impl Copies<'_> {
    fn copy(&mut self, wanted: &ViewingCopy<'_>, to: &Path) -> anyhow::Result<()> {
        media::init()?;
        let path = wanted.recording.to_owned();
        let scenes = site::scenes(&self.context.config, std::slice::from_ref(&path), wanted.camera);
        let mask = Mask::of(&scenes.of(&path).zones);
        let shown = Shown { recording: wanted.recording, span: self.span(wanted.incident), mask };
        if !wanted.is_masked {
            return Ok(write_copy(&shown, None, to)?);
        }
        let eyes = match &mut self.eyes {
            Some(eyes) => eyes,
            None => {
                let runtime = self.context.load_runtime()?;
                self.eyes.insert(Eyes::new(&runtime, &self.context.plan()?.eyes, self.context.options)?)
            }
        };
        let people = find_people(&shown, eyes)?;
        Ok(write_copy(&shown, Some(&people), to)?)
    }
}

impl Viewer for Copies<'_> {
    fn write(&mut self, wanted: &ViewingCopy<'_>, to: &Path) -> Result<(), String> {
        self.copy(wanted, to).map_err(|e| e.to_string())
    }

    fn span(&self, incident: Span) -> Span {
        shown_span(incident)
    }
}

/// What the user can correct is a matter of usage.
fn explained(error: PackageError) -> anyhow::Error {
    match error {
        PackageError::NoSuchFlag { .. } | PackageError::NoOriginal { .. } | PackageError::Exists { .. } => {
            UsageError(error.to_string()).into()
        }
        other => other.into(),
    }
}
