//! `kuager retention`: what is kept, held, may go or is gone, how long the disks last; and letting the program's own files go.

use std::collections::BTreeMap;

use serde_json::json;

use super::account::{account, log_view};
use super::context::{Context, this_moment};
use super::hold::{missing_text, person, reason};
use super::{Common, Exit, UsageError, output, site};
use crate::domain::WallTime;
use crate::retention::{Disk, Expired, Fate, Known, OwnFile, Presence, SECS_PER_DAY, Survey, expire, survey};
use crate::store::Writer;
use crate::text::{Texts, Value, printable, printable_path};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Let the program's own files go (stills, what was put aside); never a recording
    Expire {
        /// Those last written before this day or instant (2026-03-01, or RFC 3339)
        #[arg(long, value_name = "DATE")]
        before: String,
        /// Why: it stays in the log beside the hash of each file
        #[arg(long, value_parser = reason)]
        ground: String,
        /// Who lets them go (default: the account of the system)
        #[arg(long, value_name = "NAME", value_parser = person)]
        by: Option<String>,
    },
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    match &args.command {
        None => show(common, &context),
        Some(Command::Expire { before, ground, by }) => {
            let by = by.clone().unwrap_or_else(account);
            let_go(common, &context, before, (ground, &by))
        }
    }
}

fn show(common: &Common, context: &Context) -> anyhow::Result<Exit> {
    let days = context.config.retention.days;
    let survey = survey(&context.data_dir, days, site::now())?;
    log_view(context, "retention", json!({}));
    let now = this_moment()?;
    let missing = survey.held_missing(&now);
    if !missing.is_empty() {
        let writer = Writer::spawn(&context.data_dir)?;
        missing.iter().try_for_each(|m| writer.held_missing(m))?;
        writer.finish()?;
    }
    if common.json {
        json(context, &survey)?;
    } else {
        output::text(&text(context, &survey, days))?;
    }
    Ok(if missing.is_empty() { Exit::Done } else { Exit::Tampered })
}

fn let_go(common: &Common, context: &Context, before: &str, why: (&str, &str)) -> anyhow::Result<Exit> {
    let now = site::now();
    let Some(days) = context.config.retention.days else {
        let message = "retention.days is not configured, so nothing may expire: give the configuration that says how long \
                       things are kept with --config";
        return Err(UsageError(message.to_owned()).into());
    };
    let at =
        WallTime::from_rfc3339(before).or_else(|| WallTime::from_rfc3339(&format!("{before}T00:00:00Z")));
    let Some(at) = at else {
        return Err(UsageError(format!("--before {before}: must be a day like 2026-03-01")).into());
    };
    if now.secs_since(at) < days * SECS_PER_DAY {
        let message = format!("--before {before}: things are kept for {days} days (retention.days)");
        return Err(UsageError(message).into());
    }
    let found = survey(&context.data_dir, Some(days), now)?;
    let stamp = this_moment()?;
    let done = expire(&context.data_dir, &found, at, (why.0, why.1, &stamp))?;
    if common.json {
        for t in &done.removed {
            output::json_line(&json!({
                "type": "expired", "schema": 1, "path": t.path, "sha256": t.sha256, "bytes": t.bytes,
            }))?;
        }
        output::json_line(&json!({
            "type": "expire_total", "schema": 1, "removed": done.removed.len(), "held": done.held.len(),
            "bytes": done.removed.iter().map(|t| t.bytes).sum::<u64>(),
        }))?;
    } else {
        output::text(&expired_text(&context.texts, &done))?;
    }
    Ok(Exit::Done)
}

fn expired_text(texts: &Texts, done: &Expired) -> String {
    let bytes: u64 = done.removed.iter().map(|t| t.bytes).sum();
    let values = [
        ("removed", done.removed.len().into()),
        ("size", size(texts, bytes).into()),
        ("held", done.held.len().into()),
    ];
    format!("{}\n", texts.with("retention-expired", &values))
}

fn json(context: &Context, survey: &Survey) -> anyhow::Result<()> {
    for r in &survey.recordings {
        let mut line = json!({
            "type": "retention_recording", "schema": 1, "sha256": r.sha256, "camera": r.camera, "bytes": r.bytes,
            "fate": r.fate.as_str(), "presence": r.presence.as_str(), "holds": ids(&r.holds),
        });
        if let Some((from, to)) = r.taken {
            line["from"] = json!(from.rfc3339());
            line["to"] = json!(to.rfc3339());
        }
        if let Some(path) = r.presence.path() {
            line["path"] = json!(path.to_string_lossy());
        }
        output::json_line(&line)?;
    }
    for f in &survey.own {
        output::json_line(&json!({
            "type": "retention_file", "schema": 1, "path": f.name, "bytes": f.bytes, "fate": f.fate.as_str(),
            "holds": ids(&f.holds),
        }))?;
    }
    for d in &survey.disks {
        let mut line = json!({
            "type": "retention_disk", "schema": 1, "folder": d.folder.to_string_lossy(), "free_bytes": d.free_bytes,
            "held_bytes": d.held_bytes, "may_expire_bytes": d.may_expire_bytes, "is_low": is_low(context, d),
        });
        if let (Some(rate), Some(days)) = (d.bytes_per_day, d.days_left()) {
            line["bytes_per_day"] = json!(rate.round());
            line["days_left"] = json!((days * 10.0).floor() / 10.0);
        }
        output::json_line(&line)?;
    }
    let count = |is: &dyn Fn(&Known) -> bool| survey.recordings.iter().filter(|r| is(r)).count();
    let mut line = json!({
        "type": "retention", "schema": 1, "recordings": survey.recordings.len(),
        "held": count(&|r| r.fate == Fate::Held), "may_expire": count(&|r| r.fate == Fate::MayExpire),
        "held_missing": count(&|r| r.fate == Fate::Held && r.presence.is_missing()),
    });
    if let Some(days) = context.config.retention.days {
        line["days"] = json!(days);
    }
    Ok(output::json_line(&line)?)
}

fn ids(holds: &[crate::domain::HoldId]) -> Vec<&str> {
    holds.iter().map(|h| h.0.as_str()).collect()
}

/// Whether a disk is to be warned of.
fn is_low(context: &Context, disk: &Disk) -> bool {
    disk.days_left().is_some_and(|days| days < context.config.retention.warn_days_left)
}

fn text(context: &Context, survey: &Survey, days: Option<f64>) -> String {
    let texts = &context.texts;
    let mut lines = vec![match days {
        Some(days) => texts.with("retention-days", &[("days", measure(days, 0))]),
        None => texts.get("retention-no-days"),
    }];
    let mut cameras: BTreeMap<&str, Vec<&Known>> = BTreeMap::new();
    for recording in &survey.recordings {
        cameras.entry(&recording.camera).or_default().push(recording);
    }
    lines.extend(cameras.into_iter().map(|(camera, known)| camera_line(texts, camera, &known)));
    let missing = survey.recordings.iter().filter(|r| r.fate == Fate::Held && r.presence.is_missing());
    for recording in missing {
        let holds = ids(&recording.holds).join(", ");
        lines.push(format!(
            "{} {}",
            texts.with("retention-held-missing", &[("holds", holds.into())]),
            missing_text(texts, recording)
        ));
    }
    lines.push(own_line(texts, &survey.own));
    lines.extend(survey.disks.iter().map(|disk| disk_line(context, disk)));
    lines.push(texts.get("retention-never-deletes"));
    lines.join("\n") + "\n"
}

fn camera_line(texts: &Texts, camera: &str, known: &[&Known]) -> String {
    let there: Vec<&&Known> = known.iter().filter(|r| matches!(r.presence, Presence::There(_))).collect();
    let oldest = there.iter().filter_map(|r| r.dated).min().and_then(WallTime::rfc3339);
    let bytes = there.iter().map(|r| r.bytes).sum();
    let of = |fate: Fate| there.iter().filter(|r| r.fate == fate).count();
    let values = [
        ("camera", Value::from(printable(camera))),
        ("there", there.len().into()),
        ("size", size(texts, bytes).into()),
        ("oldest", oldest.map_or_else(|| "–".to_owned(), |at| texts.date_time(&at)).into()),
        ("held", of(Fate::Held).into()),
        ("expired", of(Fate::MayExpire).into()),
        ("missing", known.iter().filter(|r| r.presence.is_missing()).count().into()),
    ];
    texts.with("retention-camera", &values)
}

fn own_line(texts: &Texts, own: &[OwnFile]) -> String {
    let of = |fate: Fate| own.iter().filter(|f| f.fate == fate).count();
    let values = [
        ("files", own.len().into()),
        ("size", size(texts, own.iter().map(|f| f.bytes).sum()).into()),
        ("held", of(Fate::Held).into()),
        ("expired", of(Fate::MayExpire).into()),
    ];
    texts.with("retention-own", &values)
}

fn disk_line(context: &Context, disk: &Disk) -> String {
    let texts = &context.texts;
    let folder = ("folder", Value::from(printable_path(&disk.folder)));
    let free = ("free", Value::from(size(texts, disk.free_bytes)));
    let (Some(rate), Some(days)) = (disk.bytes_per_day, disk.days_left()) else {
        return texts.with("retention-disk-still", &[folder, free]);
    };
    let values =
        [folder, free, ("rate", size(texts, rate as u64).into()), ("days", measure(days.floor(), 0))];
    let mut line = texts.with("retention-disk", &values);
    if is_low(context, disk) {
        let values = [
            ("held", size(texts, disk.held_bytes).into()),
            ("expired", size(texts, disk.may_expire_bytes).into()),
        ];
        line = format!("{line}\n    {}", texts.with("retention-disk-low", &values));
    }
    line
}

fn measure(value: f64, decimals: usize) -> Value {
    Value::Measure { value, decimals }
}

/// Bytes in the unit that fits.
fn size(texts: &Texts, bytes: u64) -> String {
    let (unit, by) = match bytes {
        0..1_000_000 => ("unit-kb", 1e3),
        1_000_000..1_000_000_000 => ("unit-mb", 1e6),
        _ => ("unit-gb", 1e9),
    };
    texts.with(unit, &[("value", measure(bytes as f64 / by, 1))])
}
