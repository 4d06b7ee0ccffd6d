//! A data directory: its log, then each row and still against what the log says of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use crate::chain::Held;
use crate::chain::{Checked, Entry, EntryKind, Finding, FindingCode, PublicKey, check_log, is_same_json};
use crate::domain::{Drill, RunId, SourceId};
use crate::store::{
    Reader, StoreError, StoredIncident, coverage_record, database_path, drill_record, incident_record,
    still_sha256,
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
}

/// Names a flag: its run, number of the source, and lasting name.
type FlagName = (String, u64, String);

/// What the log says last of each flag, still and recording.
#[derive(Default)]
struct Logged {
    flags: BTreeMap<FlagName, Value>,
    stills: BTreeMap<(String, String), Value>,
    coverage: BTreeMap<(String, u64), Value>,
    /// In the order in which they were made.
    drills: Vec<Value>,
}

/// Checks everything a data directory keeps. `known` is a public key that did not come with it.
///
/// # Errors
/// Where log or database cannot be read at all.
pub fn verify_directory(
    data_dir: &Path,
    known: Option<&PublicKey>,
    held: &[Held],
) -> Result<Findings, StoreError> {
    let mut logged = Logged::default();
    let checked = check_log(data_dir, known, held, |entry| logged.take(entry))?;
    let Checked { mut findings, leaves, signed, held_sound, is_known_key } = checked;
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
    Ok(Findings { findings, state, entries: leaves.len() as u64, signed, flags, held_sound })
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
            EntryKind::RunTakenOver => {
                items(&body["incidents"]).for_each(|flag| self.flag(flag));
                items(&body["sources"]).for_each(|source| self.recording(source, text(body, "run")));
            }
            EntryKind::Drilled => self.drills.push(without_ref(body)),
            _ => {}
        }
    }

    fn flag(&mut self, record: &Value) {
        let source = record["source"].as_u64();
        if let (Some(run), Some(source), Some(id)) = (text(record, "run"), source, text(record, "incident")) {
            self.flags.insert((run, source, id), record.clone());
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
    compare_drills(&reader.drills()?, &logged.drills, &database, findings);
    let flags = logged.flags.into_keys().map(|(run, source, id)| format!("{run}/{source}/{id}"));
    let recordings = logged.coverage.into_keys().map(|(run, source)| format!("{run}/{source}"));
    let missing = flags.chain(recordings);
    findings.extend(missing.map(|name| finding(FindingCode::RowMissing, database.clone(), name)));
    Ok(())
}

/// Drills are only ever added, in the database as in the log: the n-th of one is the n-th of the other.
fn compare_drills(drills: &[Drill], logged: &[Value], database: &Path, findings: &mut Vec<Finding>) {
    for number in 0..drills.len().max(logged.len()) {
        let code = match (drills.get(number), logged.get(number)) {
            (Some(drill), Some(said)) if is_same_json(said, &drill_record(drill)) => continue,
            (Some(_), Some(_)) => FindingCode::RowDiffers,
            (Some(_), None) => FindingCode::RowUnlogged,
            (None, _) => FindingCode::RowMissing,
        };
        findings.push(finding(code, database.to_owned(), format!("drill/{number}")));
    }
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
        let code = match still_sha256(&path) {
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

fn text(body: &Value, key: &str) -> Option<String> {
    body[key].as_str().map(str::to_owned)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
