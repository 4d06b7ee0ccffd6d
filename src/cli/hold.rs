//! `kuager hold`: what must be kept because of something that was told, and the two people it takes to let it go.

use serde_json::{Value as Json, json};

use super::account::{account, log_view};
use super::context::{Context, this_moment};
use super::{Common, Exit, UsageError, level, output, site};
use crate::digest::sha256_hex;
use crate::domain::{
    Hold, HoldChange, HoldGround, HoldId, HoldStep, Release, StoredHold, WallTime, is_same_person,
};
use crate::retention::{HoldRules, Known, Presence, Survey, survey};
use crate::store::{Reader, Writer};
use crate::text::{Texts, Value, printable, printable_path};

/// Shorter words are no reason.
const LEAST_REASON: usize = 10;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Hold all recordings of a camera's place around something that was told
    Add(AddArgs),
    /// What is held, since when and why, and what of it is missing
    List {
        /// Also those that two people let go
        #[arg(long)]
        all: bool,
    },
    /// Let a hold go: takes two different people, one after the other
    Release(ReleaseArgs),
}

#[derive(clap::Args)]
pub(super) struct AddArgs {
    /// The camera; all cameras of its place are held
    #[arg(long, value_name = "NAME", value_parser = level::camera_name, required_unless_present = "place")]
    camera: Option<String>,
    /// The place, as configured
    #[arg(long, value_name = "NAME", conflicts_with = "camera")]
    place: Option<String>,
    /// When it happened, or began (RFC 3339: 2026-03-01T08:00:00+05:00)
    #[arg(long, value_name = "TIME")]
    around: String,
    /// When it was over, where it lasted
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// complaint, death, injury, request or other
    #[arg(long, value_parser = told_ground)]
    ground: HoldGround,
    /// What was told, without names: it stays in the log
    #[arg(long, value_parser = reason)]
    reason: String,
    /// Who places it (default: the account of the system)
    #[arg(long, value_name = "NAME", value_parser = person)]
    by: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct ReleaseArgs {
    /// The hold, as `kuager hold list` names it
    #[arg(value_name = "ID")]
    id: String,
    /// Who asks for it, or agrees to it
    #[arg(long, value_name = "NAME", value_parser = person)]
    by: String,
    /// Why it may go
    #[arg(long, value_parser = reason)]
    ground: String,
}

/// A ground that a person gives: flags place theirs by themselves.
fn told_ground(text: &str) -> Result<HoldGround, String> {
    let told = HoldGround::ALL.into_iter().filter(|g| *g != HoldGround::Flag);
    let known: Vec<&str> = told.clone().map(HoldGround::as_str).collect();
    told.into_iter().find(|g| g.as_str() == text).ok_or_else(|| format!("known are {}", known.join(", ")))
}

/// Words that say why; they stay in the log.
pub(super) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() < LEAST_REASON || text.chars().any(char::is_control) {
        return Err(format!("say why, in at least {LEAST_REASON} characters on one line: it is logged"));
    }
    Ok(text.to_owned())
}

/// The name of a person.
pub(super) fn person(text: &str) -> Result<String, String> {
    level::camera_name(text).map_err(|_| "a name is 1 to 100 characters on one line".to_owned())
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    match command {
        Command::Add(args) => add(common, &context, args),
        Command::List { all } => list(common, &context, *all),
        Command::Release(args) => release(common, &context, args),
    }
}

fn add(common: &Common, context: &Context, args: &AddArgs) -> anyhow::Result<Exit> {
    let rules = HoldRules::of(&context.config);
    let from = instant("--around", &args.around)?;
    let to = args.until.as_deref().map_or(Ok(from), |until| instant("--until", until))?;
    if to < from {
        return Err(UsageError("--until: must not be before --around".to_owned()).into());
    }
    let (place, cameras) = held_cameras(&rules, args)?;
    let placed_at = this_moment()?;
    let placed_by = args.by.clone().unwrap_or_else(account);
    let seed = format!("{placed_at} {} {cameras:?} {}", std::process::id(), args.reason);
    let hold = Hold {
        id: HoldId(format!("H-{}", &sha256_hex(seed)[..10])),
        placed_at,
        ground: args.ground,
        reason: args.reason.clone(),
        placed_by,
        place,
        cameras,
        window: Some(rules.around(from, to)),
        flag: None,
    };
    context.make_data_dir()?;
    let writer = Writer::spawn(&context.data_dir)?;
    writer.hold(&hold)?;
    writer.finish()?;
    let survey = survey(&context.data_dir, context.config.retention.days, site::now())?;
    let stored = survey.holds.iter().find(|h| h.hold.id == hold.id);
    let stored = stored.ok_or_else(|| anyhow::anyhow!("the hold was written and is not there"))?;
    tell(common, context, stored, &survey)?;
    Ok(Exit::Done)
}

fn held_cameras(rules: &HoldRules, args: &AddArgs) -> anyhow::Result<(Option<String>, Vec<String>)> {
    let Some(place) = &args.place else {
        return Ok(rules.cameras_with(args.camera.as_deref().unwrap_or_default()));
    };
    let cameras = rules.cameras_of(place);
    if cameras.is_empty() {
        let known = rules.places().join(", ");
        let message = format!("no camera is configured at {place:?}; configured places: {known}");
        return Err(UsageError(message).into());
    }
    Ok((Some(place.clone()), cameras))
}

fn instant(flag: &str, text: &str) -> Result<WallTime, UsageError> {
    let wrong = || UsageError(format!("{flag} {text}: must be a time like 2026-03-01T08:00:00+05:00"));
    WallTime::from_rfc3339(text).ok_or_else(wrong)
}

fn list(common: &Common, context: &Context, is_all: bool) -> anyhow::Result<Exit> {
    let survey = survey(&context.data_dir, context.config.retention.days, site::now())?;
    log_view(context, "hold list", json!({"all": is_all}));
    let shown: Vec<&StoredHold> = survey.holds.iter().filter(|h| is_all || !h.is_released()).collect();
    for stored in &shown {
        tell(common, context, stored, &survey)?;
    }
    if !common.json {
        let standing = survey.holds.iter().filter(|h| !h.is_released()).count();
        output::text(&format!("{}\n", context.texts.with("hold-count", &[("count", standing.into())])))?;
    }
    Ok(Exit::Done)
}

fn release(common: &Common, context: &Context, args: &ReleaseArgs) -> anyhow::Result<Exit> {
    let holds = Reader::open(&context.data_dir)?.holds()?;
    let Some(stored) = holds.iter().find(|h| h.hold.id.0 == args.id) else {
        return Err(UsageError(format!("there is no hold {}; see `kuager hold list`", args.id)).into());
    };
    if stored.is_released() {
        return Err(UsageError(format!("hold {} is over already", args.id)).into());
    }
    let (mine, others): (Vec<_>, Vec<_>) =
        stored.requests().partition(|(release, _)| is_same_person(&release.by, &args.by));
    if others.is_empty() && !mine.is_empty() {
        let message = format!(
            "{} has asked for the release of {} already: another person must agree; until then it stands",
            args.by, args.id
        );
        return Err(UsageError(message).into());
    }
    let at = this_moment()?;
    let release = Release { by: args.by.clone(), ground: args.ground.clone(), account: account() };
    let step = match others.is_empty() {
        true => HoldStep::ReleaseRequested(release),
        false => HoldStep::Released(release),
    };
    let change = HoldChange { hold: stored.hold.id.clone(), at, step };
    let writer = Writer::spawn(&context.data_dir)?;
    writer.hold_changed(&change)?;
    writer.finish()?;
    let is_over = matches!(change.step, HoldStep::Released(_));
    if common.json {
        output::json_line(&json!({
            "type": "hold_released", "schema": 1, "hold": args.id, "by": args.by, "at": change.at, "is_over": is_over,
        }))?;
    } else {
        let text = if is_over { "hold-released" } else { "hold-release-requested" };
        let values = [("hold", Value::from(printable(&args.id))), ("by", printable(&args.by).into())];
        output::text(&format!("{}\n", context.texts.with(text, &values)))?;
    }
    Ok(Exit::Done)
}

fn tell(common: &Common, context: &Context, stored: &StoredHold, survey: &Survey) -> anyhow::Result<()> {
    let held: Vec<&Known> = survey.held_by(&stored.hold.id).collect();
    if common.json {
        return Ok(output::json_line(&hold_line(stored, &held))?);
    }
    Ok(output::text(&hold_text(&context.texts, stored, &held))?)
}

fn state(stored: &StoredHold) -> &'static str {
    match stored.is_released() {
        true => "released",
        false if stored.requests().next().is_some() => "release_requested",
        false => "standing",
    }
}

fn hold_line(stored: &StoredHold, held: &[&Known]) -> Json {
    let hold = &stored.hold;
    let mut line = json!({
        "type": "hold", "schema": 1, "hold": hold.id.0, "state": state(stored), "ground": hold.ground.as_str(),
        "reason": hold.reason, "placed_at": hold.placed_at, "by": hold.placed_by, "cameras": hold.cameras,
    });
    if let Some(place) = &hold.place {
        line["place"] = json!(place);
    }
    if let Some((from, to)) = stored.window() {
        line["from"] = json!(from.rfc3339());
        line["to"] = json!(to.rfc3339());
    }
    if let Some(flag) = &hold.flag {
        line["flag"] = json!({"run": flag.run.0, "source": flag.source.0, "incident": flag.incident.0});
    }
    let steps = stored.changes.iter().filter_map(|c| match &c.step {
        HoldStep::Extended { .. } => None,
        HoldStep::ReleaseRequested(r) | HoldStep::Released(r) => Some(json!({
            "step": c.step.as_str(), "at": c.at, "by": r.by, "ground": r.ground, "account": r.account,
        })),
    });
    line["steps"] = Json::from(steps.collect::<Vec<_>>());
    let recording = |r: &&Known| {
        let mut record = json!({
            "sha256": r.sha256, "camera": r.camera, "bytes": r.bytes, "presence": r.presence.as_str(),
        });
        if let Some(path) = r.presence.path() {
            record["path"] = json!(path.to_string_lossy());
        }
        record
    };
    line["recordings"] = Json::from(held.iter().map(recording).collect::<Vec<_>>());
    line
}

fn hold_text(texts: &Texts, stored: &StoredHold, held: &[&Known]) -> String {
    let hold = &stored.hold;
    let ground = texts.get(&format!("hold-ground-{}", hold.ground.as_str()));
    let reason = match &hold.flag {
        Some(_) => texts.get(&format!("kind-{}", hold.reason)),
        None => printable(&hold.reason),
    };
    let mut lines = vec![format!("{}  {ground}: {reason}", hold.id)];
    let cameras: Vec<String> = hold.cameras.iter().map(|c| printable(c)).collect();
    lines.push(match &hold.place {
        Some(place) => format!("    {}: {}", printable(place), cameras.join(", ")),
        None => format!("    {}", cameras.join(", ")),
    });
    lines.push(format!(
        "    {}",
        match stored.window() {
            Some((from, to)) => {
                let at = |time: WallTime| time.rfc3339().map_or(String::new(), |t| texts.date_time(&t));
                texts.with("hold-window", &[("from", at(from).into()), ("to", at(to).into())])
            }
            None => texts.get("hold-recording-alone"),
        }
    ));
    let placed = [("by", printable(&hold.placed_by).into()), ("at", texts.date_time(&hold.placed_at).into())];
    lines.push(format!("    {}", texts.with("hold-placed", &placed)));
    lines.extend(stored.changes.iter().filter_map(|change| step_line(texts, change)));
    if !stored.is_released() {
        lines.extend(held_lines(texts, held));
    }
    lines.join("\n") + "\n\n"
}

/// Who asked for a release or agreed to it; none for an extension, which the stretch shows.
fn step_line(texts: &Texts, change: &HoldChange) -> Option<String> {
    let (text, release) = match &change.step {
        HoldStep::Extended { .. } => return None,
        HoldStep::ReleaseRequested(release) => ("hold-step-release_requested", release),
        HoldStep::Released(release) => ("hold-step-released", release),
    };
    let values = [
        ("by", printable(&release.by).into()),
        ("at", texts.date_time(&change.at).into()),
        ("ground", printable(&release.ground).into()),
    ];
    Some(format!("    {}", texts.with(text, &values)))
}

/// How many recordings are held, and those that are missing.
fn held_lines(texts: &Texts, held: &[&Known]) -> Vec<String> {
    let there = held.iter().filter(|r| matches!(r.presence, Presence::There(_))).count();
    let missing: Vec<&&Known> = held.iter().filter(|r| r.presence.is_missing()).collect();
    let values = [("there", there.into()), ("missing", missing.len().into())];
    let missing = missing.into_iter().map(|recording| missing_text(texts, recording));
    let lines = std::iter::once(texts.with("hold-recordings", &values)).chain(missing);
    lines.map(|line| format!("    {line}")).collect()
}

/// A held recording that is missing, with where it lay.
pub(super) fn missing_text(texts: &Texts, recording: &Known) -> String {
    let path = recording.presence.path().map(printable_path).unwrap_or_default();
    let text = format!("presence-{}", recording.presence.as_str());
    format!("{}: {path}", texts.get(&text))
}
