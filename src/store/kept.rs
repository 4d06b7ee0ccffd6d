//! What must not go, what was let go, and with which settings: rows and their entries in the log, each only where it is new.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::holds::{
    add_missing, add_tombstone, change, missing_state, note_folder, note_settings, place, written,
};
use super::outbox;
use crate::chain::{EntryKind, NewEntry};
use crate::digest::sha256_hex;
use crate::domain::{HeldMissing, Hold, HoldChange, HoldStep, RunId, Settings, Tombstone};

/// One such thing on its way into the database.
#[derive(Debug)]
pub(super) enum Kept {
    Hold(Hold),
    Change(HoldChange),
    Tombstone(Tombstone),
    Missing(HeldMissing),
    Settings(Settings),
    Folder(RunId, PathBuf),
}

/// Writes it, and what the log is told of it, uncommitted.
pub(super) fn write(connection: &Connection, kept: &Kept) -> rusqlite::Result<()> {
    let entry = match kept {
        Kept::Hold(hold) => place(connection, hold)?.then(|| (EntryKind::HoldPlaced, hold_record(hold))),
        Kept::Change(step) => {
            let kind = match step.step {
                HoldStep::Extended { .. } => EntryKind::HoldExtended,
                HoldStep::ReleaseRequested(_) => EntryKind::HoldReleaseRequested,
                HoldStep::Released(_) => EntryKind::HoldReleased,
            };
            change(connection, step)?.then(|| (kind, hold_change_record(step)))
        }
        Kept::Tombstone(tombstone) => {
            add_tombstone(connection, tombstone)?;
            Some((EntryKind::Expired, tombstone_record(tombstone)))
        }
        Kept::Missing(missing) => {
            add_missing(connection, missing)?.then(|| (EntryKind::HeldMissing, missing_record(missing)))
        }
        Kept::Folder(run, folder) => {
            note_folder(connection, run, folder)?;
            None
        }
        Kept::Settings(settings) => note_settings(connection, settings)?
            .map(|before| (EntryKind::SettingsChanged, settings_record(before.as_ref(), settings))),
    };
    match entry {
        Some((kind, body)) => outbox::put(connection, &NewEntry { kind, body }),
        None => Ok(()),
    }
}

/// A hold as the log keeps it: the same for the same row, whoever makes it.
pub fn hold_record(hold: &Hold) -> Value {
    let (from, to) = written(hold.window);
    let flag = hold.flag.as_ref();
    json!({
        "hold": hold.id.0,
        "placed_at": hold.placed_at,
        "ground": hold.ground.as_str(),
        "reason": hold.reason,
        "by": hold.placed_by,
        "place": hold.place,
        "cameras": hold.cameras,
        "from": from,
        "to": to,
        "flag": flag.map(|f| json!({"run": f.run.0, "source": f.source.0, "incident": f.incident.0})),
    })
}

/// A step of a hold as the log keeps it.
pub fn hold_change_record(change: &HoldChange) -> Value {
    let mut record = json!({"hold": change.hold.0, "at": change.at, "step": change.step.as_str()});
    match &change.step {
        HoldStep::Extended { to } => record["to"] = json!(to.rfc3339()),
        HoldStep::ReleaseRequested(release) | HoldStep::Released(release) => {
            record["by"] = json!(release.by);
            record["ground"] = json!(release.ground);
            record["account"] = json!(release.account);
        }
    }
    record
}

/// A tombstone as the log keeps it.
pub fn tombstone_record(t: &Tombstone) -> Value {
    json!({
        "removed_at": t.removed_at,
        "path": t.path,
        "sha256": t.sha256,
        "bytes": t.bytes,
        "run": t.run.as_ref().map(|r| &r.0),
        "incident": t.incident.as_ref().map(|i| &i.0),
        "ground": t.ground,
        "by": t.by,
    })
}

/// What was found missing, as the log keeps it.
pub fn missing_record(m: &HeldMissing) -> Value {
    json!({
        "hold": m.hold.0, "sha256": m.sha256, "path": m.path, "found_at": m.found_at, "state": missing_state(m),
    })
}

/// Settings as the log keeps them: what is other than in the run before, with the digests of both.
pub fn settings_record(before: Option<&Settings>, now: &Settings) -> Value {
    let none = BTreeMap::new();
    let old = before.map_or(&none, |b| &b.values);
    let names: std::collections::BTreeSet<&String> = old.keys().chain(now.values.keys()).collect();
    let changed: Map<String, Value> = names
        .into_iter()
        .filter(|name| old.get(*name) != now.values.get(*name))
        .map(|name| (name.clone(), json!({"from": old.get(name), "to": now.values.get(name)})))
        .collect();
    json!({
        "run": now.run.0,
        "config_digest": now.config_digest,
        "settings_sha256": digest(now),
        "before": before.map(|b| json!({
            "run": b.run.0, "config_digest": b.config_digest, "settings_sha256": digest(b),
        })),
        "changed": changed,
    })
}

/// Over all values by name.
fn digest(settings: &Settings) -> String {
    sha256_hex(json!(settings.values).to_string())
}
