//! `kuager coverage`: for each camera and hour what was expected, what could be seen, and what is missing unexplained.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::account::log_view;
use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::domain::{CameraHour, Sensitivity, WallTime};
use crate::recordings::ZoneOfTime;
use crate::report::{
    Denominator, HeatRow, fixed_sentence, heat_cause, heat_page, heat_png, heat_rows, json_lines, row_percent,
};
use crate::store::Reader;
use crate::text::{Texts, printable};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// Only hours from this instant on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only hours before this instant (RFC 3339)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Write a heat map as one self-contained page
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
    /// Write a heat map as a picture
    #[arg(long, value_name = "FILE.png")]
    png: Option<PathBuf>,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    let (from, to) = (instant("--from", args.from.as_deref())?, instant("--to", args.to.as_deref())?);
    let reader = Reader::open(&context.data_dir)?;
    let (mut hours, flags) = reader.camera_hours()?;
    let cameras: BTreeSet<String> = hours.iter().map(|h| h.camera.clone()).collect();
    let sensitivity = reader.sensitivity(&cameras, None)?;
    log_view(
        &context,
        "coverage",
        serde_json::json!({"camera": args.camera, "from": args.from, "to": args.to}),
    );
    hours.retain(|h| args.camera.as_ref().is_none_or(|c| *c == h.camera));
    hours.retain(|h| from.is_none_or(|t| h.hour.is_some_and(|at| at >= t)));
    hours.retain(|h| to.is_none_or(|t| h.hour.is_some_and(|at| at < t)));
    let zone = context.config.timezone.as_deref().and_then(ZoneOfTime::named).unwrap_or_else(ZoneOfTime::utc);
    let rows = heat_rows(&hours, |at| zone.offset_secs(at));
    let fixed = fixed(&context.texts, &hours, (flags, sensitivity), args);
    for (path, bytes) in [
        (&args.html, args.html.as_ref().map(|_| heat_page(&rows, &fixed, &context.texts).into_bytes())),
        (&args.png, args.png.as_ref().map(|_| heat_png(&rows))),
    ] {
        if let (Some(path), Some(bytes)) = (path, bytes) {
            write(path, &bytes)?;
        }
    }
    if common.json {
        for hour in &hours {
            output::json_line(&json_lines::camera_hour(hour))?;
        }
        let line = serde_json::json!({ "type": "coverage_total", "schema": json_lines::SCHEMA });
        output::json_line(&json_lines::with_statement(line, Denominator::of_hours(&hours), &fixed))?;
    } else {
        output::text(&table(&rows, &fixed, &context.texts))?;
    }
    Ok(Exit::Done)
}

fn instant(flag: &str, text: Option<&str>) -> anyhow::Result<Option<WallTime>> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || UsageError(format!("{flag} {text}: must be a time like 2026-03-01T08:00:00+05:00"));
    Ok(Some(WallTime::from_rfc3339(text).ok_or_else(wrong)?))
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = std::fs::write(path, bytes);
    written.map_err(|e| anyhow::anyhow!("the heat map cannot be written ({e}): {}", path.display()))
}

/// Flags are counted over whole runs, so that a part of the ledger has none to name.
fn fixed(
    texts: &Texts,
    hours: &[CameraHour],
    (flags, sensitivity): (u64, Option<Sensitivity>),
    args: &Args,
) -> String {
    let is_whole = args.camera.is_none() && args.from.is_none() && args.to.is_none();
    let denominator = Denominator::of_hours(hours);
    if is_whole {
        return fixed_sentence(flags, 2, denominator, sensitivity, texts);
    }
    texts.with("coverage-part", &denominator.values(texts))
}

fn table(rows: &[HeatRow], fixed: &str, texts: &Texts) -> String {
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, texts)).collect();
    lines.push(String::new());
    lines.push(fixed.to_owned());
    lines.join("\n") + "\n"
}

fn line(row: &HeatRow, texts: &Texts) -> String {
    let sum = |of: fn(&CameraHour) -> f64| row.accounts().map(of).sum::<f64>();
    let mut causes: std::collections::BTreeMap<&str, f64> = std::collections::BTreeMap::new();
    for blind in row.accounts().flat_map(|h| &h.blind) {
        *causes.entry(&blind.cause).or_default() += blind.secs;
    }
    let causes = causes.into_iter().filter(|(_, secs)| *secs >= 0.1);
    let causes: Vec<_> =
        causes.map(|(name, secs)| format!("{} {}", heat_cause(name, texts), texts.duration(secs))).collect();
    let day = if row.day.is_empty() { "–" } else { &row.day };
    format!(
        "{}  {day}  {} / {} ({})  {}",
        printable(&row.camera),
        texts.duration(sum(|h| h.usable_secs)),
        texts.duration(sum(|h| h.expected_secs)),
        texts.with(
            "percent",
            &[("value", crate::text::Value::Measure { value: row_percent(row), decimals: 1 })]
        ),
        causes.join("; ")
    )
    .trim_end()
    .to_owned()
}
