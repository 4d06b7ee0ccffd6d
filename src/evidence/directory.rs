//! A data directory: its log, then each row and still against what the log says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::stamps::{FoundStamp, StampFiles, check_all, read_folder};
pub use crate::chain::Held;
use crate::chain::{
    Checked, Entry, EntryKind, Finding, FindingCode, PublicKey, StampCertificate, check_log, is_same_json,
};
use crate::domain::{CameraLevel, RunId, SourceId, WallTime};
use crate::store::{
    Reader, StoreError, StoredIncident, calibration_record, calibration_removed_record, coverage_record,
    database_path, drill_record, hold_change_record, hold_record, incident_record, missing_record,
    settings_record, still_sha256, tombstone_record,
};

/// What can be said of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing was changed, and a key that came from elsewhere says so.
    Intact,
    /// Nothing is changed against its own key; whether that key is the right one is not known.
    IntactUnknownKey,
    /// Something was changed or removed.
    Broken,
}

impl State {
    /// The lasting name, also in the locale files (`verify-<state>`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::IntactUnknownKey => "intact_unknown_key",
            Self::Broken => "broken",
        }
    }
}

/// What a check of a data directory gave.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Everything that is not as it was written.
    pub findings: Vec<Finding>,
    /// What can be said of the whole.
    pub state: State,
    /// Entries in the log.
    pub entries: u64,
    /// Of these, covered by the newest signed head.
    pub signed: u64,
    /// Flags in the log, each counted once.
    pub flags: u64,
    /// Heads held by others that it is consistent with.
    pub held_sound: usize,
    /// Time stamps by others on its heads that hold.
    pub stamps: Vec<FoundStamp>,
}

/// Names a flag: its run, number of the source, and lasting name.
type FlagName = (String, u64, String);

/// What the log says last of each flag, still and recording.
#[derive(Default)]
struct Logged {
    flags: BTreeMap<FlagName, Value>,
    stills: BTreeMap<(String, String), Value>,
    coverage: BTreeMap<(String, u64), Value>,
    /// What is only ever added, in the order in which it was.
    added: Added<Value>,
    /// Entries that stand for a file that was let go: of which still, with which hash.
    tombstones: BTreeMap<(String, String), Value>,
    /// Flags whose holds stand, by hold.
    standing: BTreeMap<String, FlagName>,
    /// Files that were let go while a flag's hold stood.
    let_go_while_held: Vec<String>,
    /// Runs from before there was a log.
    taken_over: BTreeSet<String>,
    /// When the log was begun.
    began_at: Option<WallTime>,
}

/// Everything that is only ever added, in the database as in the log: the n-th of one is the n-th of the other.
#[derive(Default)]
struct Added<T> {
    drills: Vec<T>,
    calibrations: Vec<T>,
    holds: Vec<T>,
    hold_changes: Vec<T>,
    tombstones: Vec<T>,
    missing: Vec<T>,
    settings: Vec<T>,
}

/// Checks everything a data directory keeps. `known` is a public key that did not come with it, `authority` the certificate of
/// who stamped.
///
/// # Errors
/// Where log or database cannot be read at all.
pub fn verify_directory(
    data_dir: &Path,
    known: Option<&PublicKey>,
    held: &[Held],
    authority: Option<&StampCertificate>,
) -> Result<Findings, StoreError> {
    let mut logged = Logged::default();
    let stamped = Stamps::read(data_dir);
    let heads = [held, &stamped.heads].concat();
    let checked = check_log(data_dir, known, &heads, |entry| logged.take(entry))?;
    let Checked { mut findings, leaves, signed, held_sound, is_known_key } = checked;
    let unsound = findings.iter().filter(|f| stamped.heads.iter().any(|h| h.path == f.path)).count();
    let held_sound = held_sound.saturating_sub(stamped.heads.len().saturating_sub(unsound));
    let stamps = stamped.check(authority, &mut findings);
    let flags = logged.flags.len() as u64;
    if database_path(data_dir).exists() {
        compare(data_dir, logged, &mut findings)?;
    } else if flags > 0 {
        findings.push(finding(FindingCode::RowMissing, database_path(data_dir), String::new()));
    }
    let state = match is_known_key {
        _ if findings.iter().any(|f| f.code.is_breach()) => State::Broken,
        true => State::Intact,
        false => State::IntactUnknownKey,
    };
    Ok(Findings { findings, state, entries: leaves.len() as u64, signed, flags, held_sound, stamps })
}

/// Where stamps on the heads of a log lie.
pub fn stamps_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("stamps")
}

/// Time stamps on heads of the log. Each head is also one that somebody else has seen.
struct Stamps {
    folder: PathBuf,
    files: BTreeMap<u32, StampFiles>,
    heads: Vec<Held>,
    is_readable: bool,
}

impl Stamps {
    fn read(data_dir: &Path) -> Self {
        let folder = stamps_folder(data_dir);
        let read = read_folder(&folder);
        let is_readable = read.is_ok();
        let files = read.unwrap_or_default();
        let head = |(number, files): (&u32, &StampFiles)| {
            let text = String::from_utf8_lossy(files.head()?).into_owned();
            Some(Held { path: folder.join(format!("{number}.head")), text })
        };
        let heads = files.iter().filter_map(head).collect();
        Self { folder, files, heads, is_readable }
    }

    fn check(self, authority: Option<&StampCertificate>, findings: &mut Vec<Finding>) -> Vec<FoundStamp> {
        if !self.is_readable {
            findings.push(finding(FindingCode::StampUnreadable, self.folder.clone(), String::new()));
        }
        check_all(
            &self.files,
            |files| files.head().unwrap_or_default(),
            authority,
            |number, code| {
                findings.push(finding(code, self.folder.join(format!("{number}.tsr")), String::new()));
            },
        )
    }
}

impl Logged {
    fn take(&mut self, entry: &Entry) {
        let body = &entry.body;
        match entry.kind {
            EntryKind::Incident => self.flag(&without_ref(body)),
            EntryKind::Still => {
                if let (Some(run), Some(incident)) = (text(body, "run"), text(body, "incident")) {
                    self.stills.insert((run, incident), body["sha256"].clone());
                }
            }
            EntryKind::SourceFinished => {
                items(&body["incidents"]).for_each(|flag| self.flag(flag));
                self.recording(body, text(body, "run"));
                let stills = body["stills"].as_object().into_iter().flatten();
                for (incident, sha256) in stills {
                    let run = text(body, "run").unwrap_or_default();
                    self.stills.insert((run, incident.clone()), sha256.clone());
                }
            }
            EntryKind::LogCreated => self.began_at = WallTime::from_rfc3339(&entry.at),
            EntryKind::RunTakenOver => {
                self.taken_over.extend(text(body, "run"));
                items(&body["incidents"]).for_each(|flag| self.flag(flag));
                items(&body["sources"]).for_each(|source| self.recording(source, text(body, "run")));
            }
            _ => self.take_added(entry.kind, without_ref(body)),
        }
    }

    fn take_added(&mut self, kind: EntryKind, record: Value) {
        match kind {
            EntryKind::Drilled => self.added.drills.push(record),
            EntryKind::Calibrated | EntryKind::CalibrationRemoved => self.added.calibrations.push(record),
            EntryKind::HoldPlaced => {
                if let (Some(hold), Some(name)) = (text(&record, "hold"), flag_name(&record["flag"])) {
                    self.standing.insert(hold, name);
                }
                self.added.holds.push(record);
            }
            EntryKind::HoldExtended | EntryKind::HoldReleaseRequested | EntryKind::HoldReleased => {
                if kind == EntryKind::HoldReleased {
                    self.standing.remove(record["hold"].as_str().unwrap_or_default());
                }
                self.added.hold_changes.push(record);
            }
            EntryKind::Expired => {
                if let (Some(run), Some(incident)) = (text(&record, "run"), text(&record, "incident")) {
                    let is_it = |held: &FlagName| held.0 == run && held.2 == incident;
                    if self.standing.values().any(is_it) {
                        self.let_go_while_held.extend(text(&record, "path"));
                    }
                    self.tombstones.insert((run, incident), record["sha256"].clone());
                }
                self.added.tombstones.push(record);
            }
            EntryKind::HeldMissing => self.added.missing.push(record),
            EntryKind::SettingsChanged => self.added.settings.push(record),
            _ => {}
        }
    }

    fn flag(&mut self, record: &Value) {
        if let Some(name) = flag_name(record) {
            self.flags.insert(name, record.clone());
        }
    }

    fn recording(&mut self, record: &Value, run: Option<String>) {
        if let (Some(run), Some(source)) = (run, record["source"].as_u64()) {
            self.coverage.insert((run, source), record["coverage"].clone());
        }
    }
}

/// Compares each row with the log, and the log with the rows.
fn compare(data_dir: &Path, mut logged: Logged, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let database = database_path(data_dir);
    let reader = Reader::open(data_dir)?;
    for run in reader.runs()? {
        let run = run.info.id;
        for stored in reader.incidents(&run)? {
            compare_flag(data_dir, &run, &stored, &mut logged, findings);
        }
        for stored in reader.sources(&run)? {
            let Some(outcome) = stored.outcome else { continue };
            let name = (run.0.clone(), u64::from(stored.source.id.0));
            let code = match logged.coverage.remove(&name) {
                None => FindingCode::RowUnlogged,
                Some(said) if !is_same_json(&said, &coverage_record(&outcome.coverage)) => {
                    FindingCode::RowDiffers
                }
                Some(_) => continue,
            };
            findings.push(finding(code, database.clone(), recording_name(&run, stored.source.id)));
        }
    }
    compare_added(&reader, &logged, &database, findings)?;
    let let_go = std::mem::take(&mut logged.let_go_while_held).into_iter();
    findings.extend(let_go.map(|path| finding(FindingCode::HeldLetGo, data_dir.join(path), String::new())));
    let flags = logged.flags.into_keys().map(|(run, source, id)| format!("{run}/{source}/{id}"));
    let recordings = logged.coverage.into_keys().map(|(run, source)| format!("{run}/{source}"));
    let missing = flags.chain(recordings);
    findings.extend(missing.map(|name| finding(FindingCode::RowMissing, database.clone(), name)));
    Ok(())
}

/// Compares everything that is only ever added.
fn compare_added(
    reader: &Reader,
    logged: &Logged,
    database: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let rows = added_rows(reader, logged)?;
    let said = &logged.added;
    for (name, rows, said) in [
        ("drill", &rows.drills, &said.drills),
        ("calibration", &rows.calibrations, &said.calibrations),
        ("hold", &rows.holds, &said.holds),
        ("hold_change", &rows.hold_changes, &said.hold_changes),
        ("tombstone", &rows.tombstones, &said.tombstones),
        ("held_missing", &rows.missing, &said.missing),
        ("settings", &rows.settings, &said.settings),
    ] {
        for number in 0..rows.len().max(said.len()) {
            let code = match (rows.get(number), said.get(number)) {
                (Some(row), Some(said)) if is_as_said(said, row) => continue,
                (Some(_), Some(_)) => FindingCode::RowDiffers,
                (Some(_), None) => FindingCode::RowUnlogged,
                (None, _) => FindingCode::RowMissing,
            };
            findings.push(finding(code, database.to_owned(), format!("{name}/{number}")));
        }
    }
    Ok(())
}

/// The database's side of it.
fn added_rows(reader: &Reader, logged: &Logged) -> Result<Added<Value>, StoreError> {
    let mut rows = Added {
        drills: reader.drills()?.iter().map(drill_record).collect(),
        tombstones: reader.tombstones()?.iter().map(tombstone_record).collect(),
        missing: reader.held_missing()?.iter().map(missing_record).collect(),
        ..Added::default()
    };
    let holds = reader.holds()?;
    rows.holds = holds.iter().map(|h| hold_record(&h.hold)).collect();
    rows.hold_changes = reader.hold_changes()?.iter().map(hold_change_record).collect();
    let settings = reader.settings()?;
    rows.settings = (0..settings.len())
        .map(|n| settings_record(n.checked_sub(1).and_then(|before| settings.get(before)), &settings[n]))
        .collect();
    // What is older than the log itself was never logged.
    let is_older = |level: &CameraLevel| match level {
        CameraLevel::Calibrated(c) => logged.taken_over.contains(&c.run.0),
        CameraLevel::Removed { at } => {
            !logged.taken_over.is_empty()
                && WallTime::from_rfc3339(at).is_some_and(|at| Some(at) < logged.began_at)
        }
        CameraLevel::Never => false,
    };
    let calibrations = reader.calibrations()?;
    let older = calibrations.iter().take_while(|(_, level)| is_older(level)).count();
    let skipped = older.min(calibrations.len().saturating_sub(logged.added.calibrations.len()));
    rows.calibrations = calibrations[skipped..].iter().filter_map(calibration_row).collect();
    Ok(rows)
}

fn calibration_row((camera, level): &(String, CameraLevel)) -> Option<Value> {
    match level {
        CameraLevel::Never => None,
        CameraLevel::Removed { at } => Some(calibration_removed_record(camera, at)),
        CameraLevel::Calibrated(calibration) => Some(calibration_record(calibration)),
    }
}

/// Whether a row says all that the log says. An earlier version may have logged less of it.
fn is_as_said(said: &Value, row: &Value) -> bool {
    let Some(fields) = said.as_object() else { return false };
    fields.iter().all(|(name, value)| row.get(name).is_some_and(|found| is_same_json(found, value)))
}

fn compare_flag(
    data_dir: &Path,
    run: &RunId,
    stored: &StoredIncident,
    logged: &mut Logged,
    findings: &mut Vec<Finding>,
) {
    let flagged = &stored.flagged;
    let name = (run.0.clone(), u64::from(stored.source.0), flagged.id.0.clone());
    let record =
        incident_record(run, stored.source, &flagged.id, &flagged.incident, flagged.incident.is_open);
    let place = format!("{}/{}", recording_name(run, stored.source), flagged.id);
    let code = match logged.flags.remove(&name) {
        None => Some(FindingCode::RowUnlogged),
        Some(said) if !is_same_json(&said, &record) => Some(FindingCode::RowDiffers),
        Some(_) => None,
    };
    findings.extend(code.map(|code| finding(code, database_path(data_dir), place)));
    let said = logged.stills.get(&(run.0.clone(), flagged.id.0.clone())).and_then(Value::as_str);
    if let Some(said) = said {
        let path = still_path(data_dir, run, &flagged.id.0, flagged.still.as_deref());
        let tombstone = logged.tombstones.get(&(run.0.clone(), flagged.id.0.clone()));
        let code = match still_sha256(&path) {
            // It was let go, and the log says so of this very picture.
            None if tombstone.and_then(Value::as_str) == Some(said) => return,
            None => FindingCode::StillMissing,
            Some(found) if found != said => FindingCode::StillDiffers,
            Some(_) => return,
        };
        findings.push(finding(code, path, String::new()));
    }
}

/// Where a still lies now: data directories are copied and moved, and the database keeps the place it had.
fn still_path(data_dir: &Path, run: &RunId, id: &str, stored: Option<&Path>) -> PathBuf {
    let here = data_dir.join("stills").join(&run.0).join(format!("{id}.jpg"));
    match stored {
        Some(stored) if !here.exists() && stored.exists() => stored.to_owned(),
        _ => here,
    }
}

/// "ref" belongs to the entry, not to the record.
fn without_ref(body: &Value) -> Value {
    let mut record = body.clone();
    if let Some(object) = record.as_object_mut() {
        object.remove("ref");
    }
    record
}

fn finding(code: FindingCode, path: PathBuf, detail: String) -> Finding {
    Finding { code, path, line: None, detail }
}

fn recording_name(run: &RunId, source: SourceId) -> String {
    format!("{}/{}", run.0, source.0)
}

fn flag_name(record: &Value) -> Option<FlagName> {
    Some((text(record, "run")?, record["source"].as_u64()?, text(record, "incident")?))
}

fn text(body: &Value, key: &str) -> Option<String> {
    body[key].as_str().map(str::to_owned)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
