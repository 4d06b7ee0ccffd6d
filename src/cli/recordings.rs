//! `kuager recordings`: whether files of a site are all there and agree about their times, without analysing pictures.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::context::Context;
use super::{Common, Exit, UsageError, output, site};
use crate::digest::sha256_of_file;
use crate::domain::IncidentKind;
use crate::media::{self, find_inputs};
use crate::recordings::{Examined, Found, Site, examine};
use crate::report::json_lines;
use crate::text::{Texts, Value, printable, printable_path};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files, folders or globs
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The camera that all of them are recordings of
    #[arg(long, value_name = "NAME", value_parser = super::level::camera_name)]
    camera: Option<String>,
    /// Say of each file what its name was read as
    #[arg(long)]
    names: bool,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    media::init()?;
    let inputs = find_inputs(&args.paths);
    for error in &inputs.errors {
        eprintln!("kuager: {}", printable(&error.to_string()));
    }
    if inputs.files.is_empty() {
        return Err(UsageError("none of the paths leads to a file".to_owned()).into());
    }
    let found = look_at(&inputs.files);
    let site = Site::of(&context.config);
    let examined = examine(&site, &found, args.camera.as_deref(), site::now());
    match common.json {
        true => tell_lines(&examined, &found, &context.texts, args.names)?,
        false => output::text(&table(&examined, &found, &context.texts, args.names))?,
    }
    Ok(if inputs.errors.is_empty() { Exit::Done } else { Exit::PartlyRead })
}

/// Reads all packets; hashes only what could be a copy of something else.
fn look_at(files: &[PathBuf]) -> Vec<Found> {
    let mut found: Vec<Found> = files.iter().map(|path| site::find(path, true)).collect();
    let mut by_size: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (number, file) in found.iter().enumerate() {
        by_size.entry(file.bytes).or_default().push(number);
    }
    for number in by_size.into_values().filter(|same| same.len() > 1).flatten() {
        found[number].sha256 = sha256_of_file(&found[number].path).ok().map(|(sha256, _)| sha256);
    }
    found
}

fn counts(examined: &Examined) -> BTreeMap<IncidentKind, u64> {
    let mut counts = BTreeMap::new();
    for finding in &examined.findings {
        *counts.entry(finding.kind).or_default() += 1;
    }
    counts
}

fn tell_lines(examined: &Examined, found: &[Found], texts: &Texts, with_names: bool) -> std::io::Result<()> {
    if with_names {
        for (file, placed) in found.iter().zip(&examined.files) {
            output::json_line(&json_lines::recording(&file.path, placed))?;
        }
    }
    for finding in &examined.findings {
        let placed = &examined.files[finding.file];
        let line = json_lines::finding(&found[finding.file], placed, finding, texts);
        output::json_line(&match &placed.wall {
            Some(wall) => json_lines::with_wall(line, wall),
            None => line,
        })?;
    }
    output::json_line(&json_lines::recordings(found.len(), examined, &counts(examined)))
}

fn table(examined: &Examined, found: &[Found], texts: &Texts, with_names: bool) -> String {
    let mut text = String::new();
    let mut line = |l: String| text = format!("{text}{l}\n");
    if with_names {
        for (file, placed) in found.iter().zip(&examined.files) {
            let camera = placed.camera.as_deref().unwrap_or("–");
            let at = placed.wall.and_then(|w| w.at.rfc3339()).map(|t| texts.date_time(&t));
            let pattern = placed.pattern.as_deref().unwrap_or("–");
            let at = at.unwrap_or_else(|| "–".to_owned());
            line(format!("{camera}  {at}  {pattern}  {}", printable_path(&file.path)));
        }
        line(String::new());
    }
    for finding in &examined.findings {
        let reasons: Vec<_> = finding.reasons.iter().map(|r| texts.reason(r)).collect();
        line(printable_path(&found[finding.file].path));
        let (kind, severity) = (texts.kind(finding.kind), texts.severity(finding.severity));
        line(format!("  {kind}  {severity}  {}", reasons.join("; ")));
        if let Some(times) = finding.missing.filter(|_| examined.files[finding.file].wall.is_some()) {
            let [from, to] = [times.0, times.1].map(|t| t.rfc3339().unwrap_or_default());
            line(format!("  {} – {}", texts.date_time(&from), texts.date_time(&to)));
        }
    }
    let unplaced = examined.files.iter().filter(|f| f.pattern.is_none()).count();
    let values = [
        ("recordings", texts.with("count-recordings", &[("count", found.len().into())]).into()),
        ("cameras", Value::Count(examined.cameras.len() as u64)),
        ("findings", Value::Count(examined.findings.len() as u64)),
        ("unplaced", Value::Count(unplaced as u64)),
    ];
    line(texts.with("recordings-total", &values));
    line(texts.get("recordings-limits"));
    text
}
