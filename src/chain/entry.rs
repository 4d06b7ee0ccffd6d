//! One entry of the log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tree::LeafHash;

/// What an entry records. The names are lasting: logs of all versions stay readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The first entry of every log: its name and its first key.
    LogCreated,
    /// What a crash left was put right; nothing was thrown away.
    LogRepaired,
    /// A run from before there was a log: what the database held of it when the log was begun.
    RunTakenOver,
    /// A run began: program, models, configuration.
    RunStarted,
    /// A recording was opened and hashed.
    SourceOpened,
    /// A flag was raised, grew or ended: its latest form.
    Incident,
    /// The still of a flag was written.
    Still,
    /// The work on a recording is over: what could be seen of it.
    SourceFinished,
    /// Something could not be read.
    InputError,
    /// A run is over.
    RunFinished,
    /// A camera's alarm level was learnt.
    Calibrated,
    /// A camera's alarm level was taken back.
    CalibrationRemoved,
    /// The alarm level that a run uses.
    RunLevel,
    /// Where the recordings of a run stand, and what could be seen of each camera and hour.
    Ledger,
    /// Staged acts were looked through with the settings of a camera: how many of them were found.
    Drilled,
    /// A signed head was copied out.
    HeadGiven,
    /// A package with a flag left the machine.
    Exported,
    /// Recordings must be kept: of which cameras, from when to when, and why.
    HoldPlaced,
    /// The flag of a hold lasted longer, and the hold with it.
    HoldExtended,
    /// One person asks for the end of a hold; it stands.
    HoldReleaseRequested,
    /// Another person agreed: the hold is over.
    HoldReleased,
    /// A file of the data directory is let go, its time being over.
    Expired,
    /// A held recording is not there any more.
    HeldMissing,
    /// A run has other settings or models than the one before: which.
    SettingsChanged,
    /// Somebody looked at results: who, with which command, at what.
    Viewed,
}

/// Whether two values are written alike: 1 and 1.0 are one number in canonical JSON.
pub fn is_same_json(one: &Value, other: &Value) -> bool {
    let written = |value: &Value| serde_json_canonicalizer::to_vec(value).ok();
    written(one).is_some() && written(one) == written(other)
}

/// An entry that has no place in the log yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntry {
    /// What it records.
    pub kind: EntryKind,
    /// What happened, as the kind asks.
    pub body: Value,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When it was written: RFC 3339, UTC, milliseconds.
    pub at: String,
    /// What happened.
    pub body: Value,
    /// Hash of the line before; 64 zeros before the first.
    pub previous: String,
    /// Its number, from 0, without gaps.
    pub serial: u64,
    /// What it records.
    #[serde(rename = "type")]
    pub kind: EntryKind,
}

impl Entry {
    /// Puts a new entry behind the line with hash `previous`.
    pub(super) fn place(new: NewEntry, serial: u64, at: &str, previous: Option<LeafHash>) -> Self {
        let previous = previous.unwrap_or(LeafHash([0; 32])).to_string();
        Self { at: at.to_owned(), body: new.body, previous, serial, kind: new.kind }
    }

    /// The line that is written and hashed, without its newline: canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// Where a number cannot be written in JSON.
    pub(crate) fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json_canonicalizer::to_vec(self)
    }

    /// The entry that a line holds, if it holds one in canonical form.
    pub(crate) fn of_line(line: &[u8]) -> Option<Self> {
        let entry: Self = serde_json::from_slice(line).ok()?;
        (entry.line().ok()? == line).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_is_the_same_with_and_without_a_point() {
        assert!(is_same_json(&json!({"a": [1.0, null], "b": "x"}), &json!({"b": "x", "a": [1, null]})));
        assert!(!is_same_json(&json!({"a": 1.5}), &json!({"a": 1})));
    }

    #[test]
    fn every_number_a_record_may_hold_is_read_back_as_it_was_written() {
        for i in 0..20_000_u32 {
            let value = f64::from(f32::from_bits(0x3f00_0000 + i * 797));
            let new = NewEntry { kind: EntryKind::Incident, body: json!({"peak_score": value}) };
            let line = Entry::place(new, 0, "2026-01-02T03:04:05.678Z", None).line().unwrap();
            let read = Entry::of_line(&line).expect("a line of ours");
            assert_eq!(read.body["peak_score"].as_f64(), Some(value));
        }
    }

    #[test]
    fn a_line_is_canonical_and_nothing_else_is_taken_for_it() {
        let new = NewEntry {
            kind: EntryKind::Incident,
            body: json!({"kind": "violence", "peak_score": 0.59, "id": "é"}),
        };
        let entry = Entry::place(new, 7, "2026-01-02T03:04:05.678Z", None);
        let line = entry.line().unwrap();
        let zeros = "0".repeat(64);
        let expected = format!(
            "{{\"at\":\"2026-01-02T03:04:05.678Z\",\"body\":{{\"id\":\"é\",\"kind\":\"violence\",\"peak_score\":0.59}},\
             \"previous\":\"{zeros}\",\"serial\":7,\"type\":\"incident\"}}"
        );
        assert_eq!(String::from_utf8(line.clone()).unwrap(), expected);
        assert_eq!(Entry::of_line(&line), Some(entry));
        assert_eq!(Entry::of_line(format!(" {expected}").as_bytes()), None, "a space more");
        assert_eq!(Entry::of_line(expected.replace("0.59", "0.590").as_bytes()), None, "another number form");
        let doubled = expected.replace("\"serial\":7", "\"serial\":7,\"serial\":7");
        assert_eq!(Entry::of_line(doubled.as_bytes()), None, "a key twice");
    }
}
