//! Labels of events in whole recordings: a CSV with `path`, `kind`, `start_secs` and `end_secs`.

use std::collections::BTreeMap;

use super::labels::{LabelError, csv_error, csv_reader, find_columns, line_of, without_mark};
use crate::domain::{IncidentKind, MediaTime, Span};

/// Columns a row needs.
const COLUMNS: [&str; 4] = ["path", "kind", "start_secs", "end_secs"];

/// Kinds that labels may name. Material is labelled once and for longer than a version lasts, so it may name acts that
/// this version does not look for; such events are counted and told, never scored.
const LABEL_KINDS: [&str; 23] = [
    "violence",
    "group_assault",
    "strike_on_person_down",
    "prone_restraint",
    "dragging",
    "person_down",
    "hands_on_wall",
    "squat_or_kneel",
    "raised_arms_fixed",
    "forced_standing",
    "gauntlet",
    "camera_covered",
    "camera_blurred",
    "camera_moved",
    "camera_dark",
    "camera_frozen",
    "camera_looped",
    "camera_degraded",
    "signal_lost",
    "recording_gap",
    "time_mismatch",
    "gap_after_escalation",
    "removal_out_of_view",
];

/// Labels and containers are rounded: so much later than the recording an event may end.
pub const END_TOLERANCE_SECS: f64 = 1.0;
/// Later than any recording; keeps times within whole nanoseconds.
const LATEST_SECS: f64 = 1e9;

/// A labelled event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLabel {
    /// Line of the file, from 1.
    pub line: u64,
    /// What happens, by its name.
    pub kind: String,
    /// When.
    pub span: Span,
}

impl EventLabel {
    /// The kind, where this version looks for it.
    pub fn known_kind(&self) -> Option<IncidentKind> {
        IncidentKind::from_name(&self.kind)
    }
}

/// A labelled recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingLabels {
    /// The recording, as a rule relative to the label file.
    pub path: String,
    /// Its events by start, possibly none.
    pub events: Vec<EventLabel>,
}

/// Reads event labels: CSV with a header that has `path`, `kind`, `start_secs` and `end_secs` in any order; other columns
/// are ignored, and so are empty lines. One row an event; a row with a path alone is a recording without events.
/// Recordings come out in the order in which they first appear.
///
/// # Errors
/// Names line, column and the way out: a missing or unknown cell, an event that ends before it starts, two events of one
/// kind at the same time in one recording, a recording said to have events and none.
pub fn parse_event_labels(csv: &str) -> Result<Vec<RecordingLabels>, LabelError> {
    let csv = without_mark(csv);
    let mut reader = csv_reader(csv);
    let headers = reader.headers().map_err(|e| csv_error(&e))?.clone();
    let columns = find_columns(&headers, COLUMNS)?;
    let mut recordings: Vec<RecordingLabels> = Vec::new();
    let mut place_of_path = BTreeMap::new();
    let mut bare_line_of_path = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| csv_error(&e))?;
        let line = line_of(csv, &record);
        let (path, event) = row(&record, columns, line)?;
        let place = *place_of_path.entry(path.clone()).or_insert(recordings.len());
        if place == recordings.len() {
            recordings.push(RecordingLabels { path: path.clone(), events: Vec::new() });
        }
        match event {
            Some(event) => recordings[place].events.push(event),
            None => refuse_twice(bare_line_of_path.insert(path.clone(), line), line, &path)?,
        }
    }
    if recordings.is_empty() {
        return Err(LabelError::new(
            2,
            1,
            "there is no row below the header; add one an event, or a path alone",
        ));
    }
    for recording in &mut recordings {
        check_recording(recording, bare_line_of_path.get(&recording.path).copied())?;
    }
    Ok(recordings)
}

fn refuse_twice(first: Option<u64>, line: u64, path: &str) -> Result<(), LabelError> {
    let Some(first) = first else { return Ok(()) };
    let problem = format!("this recording is said to be without events on line {first} already: {path}");
    Err(LabelError::in_column(line, "path", problem))
}

/// The path of a row and its event, if it has one.
fn row(
    record: &csv::StringRecord,
    columns: [usize; 4],
    line: u64,
) -> Result<(String, Option<EventLabel>), LabelError> {
    // A path may begin or end with a blank, the others are words and numbers.
    let path = record.get(columns[0]).unwrap_or_default();
    let [kind, start, end] = [1, 2, 3].map(|i| record.get(columns[i]).unwrap_or_default().trim());
    if path.is_empty() {
        return Err(LabelError::in_column(line, "path", "empty; every row needs the path of a recording"));
    }
    if [kind, start, end].iter().all(|cell| cell.is_empty()) {
        return Ok((path.to_owned(), None));
    }
    if !LABEL_KINDS.contains(&kind) {
        let problem = match kind {
            "" => "empty beside a time; name the kind, or empty the whole row for a recording without events",
            _ => "no kind of that name",
        };
        let problem = format!("{problem}: {kind:?}; known are {}", LABEL_KINDS.join(", "));
        return Err(LabelError::in_column(line, "kind", problem));
    }
    let (from_secs, to_secs) = (seconds(start, line, "start_secs")?, seconds(end, line, "end_secs")?);
    let span = Span { start: MediaTime::from_secs_f64(from_secs), end: MediaTime::from_secs_f64(to_secs) };
    if span.end <= span.start {
        let problem = format!(
            "the event ends at {to_secs} s, not after its start at {from_secs} s; swap or correct them"
        );
        return Err(LabelError::in_column(line, "end_secs", problem));
    }
    Ok((path.to_owned(), Some(EventLabel { line, kind: kind.to_owned(), span })))
}

fn seconds(cell: &str, line: u64, column: &str) -> Result<f64, LabelError> {
    match cell.parse::<f64>() {
        Ok(secs) if (0.0..=LATEST_SECS).contains(&secs) => Ok(secs),
        _ => {
            let problem = format!(
                "{cell:?} is no time; seconds from the start of the recording, 0 or more, for instance 12.5"
            );
            Err(LabelError::in_column(line, column, problem))
        }
    }
}

/// Sorts a recording's events and refuses what would count twice.
fn check_recording(recording: &mut RecordingLabels, bare_line: Option<u64>) -> Result<(), LabelError> {
    let path = &recording.path;
    if let (Some(line), Some(event)) = (bare_line, recording.events.first()) {
        let problem =
            format!("said to be without events, but line {} has one; remove either: {path}", event.line);
        return Err(LabelError::in_column(line, "path", problem));
    }
    recording.events.sort_by_key(|e| (e.span.start, e.span.end, e.line));
    let mut last_of_kind: BTreeMap<&str, &EventLabel> = BTreeMap::new();
    for event in &recording.events {
        if let Some(last) = last_of_kind.get(event.kind.as_str()).filter(|l| l.span.end > event.span.start) {
            let (first, second) = (last.line.min(event.line), last.line.max(event.line));
            let problem = format!(
                "this event overlaps the one on line {first} of the same kind and recording, and one alarm could not \
                 find both; make them one event: {path}"
            );
            return Err(LabelError::in_column(second, "start_secs", problem));
        }
        let is_latest = last_of_kind.get(event.kind.as_str()).is_none_or(|l| l.span.end <= event.span.end);
        if is_latest {
            last_of_kind.insert(&event.kind, event);
        }
    }
    Ok(())
}

/// Refuses an event that ends later than its recording is long.
///
/// # Errors
/// Names the line, the length and what may be the matter.
pub fn check_ends(recording: &RecordingLabels, length_secs: f64) -> Result<(), LabelError> {
    let is_late = |e: &&EventLabel| e.span.end.secs_f64() > length_secs + END_TOLERANCE_SECS;
    let Some(event) = recording.events.iter().find(is_late) else { return Ok(()) };
    let problem = format!(
        "the event ends at {} s, but the recording is {length_secs:.2} s long; give seconds from its start, and check \
         that this is the file that was labelled: {}",
        event.span.end.secs_f64(),
        recording.path
    );
    Err(LabelError::in_column(event.line, "end_secs", problem))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "path,kind,start_secs,end_secs\n";

    #[test]
    fn recordings_keep_their_order_and_events_are_sorted() {
        let csv = "\u{feff}kind, end_secs ,note,path,start_secs\r\nviolence,9.5,\"a, b\",b.mp4,8\r\n,,,a.mp4,\r\n\r\nperson_down,4,,b.mp4,2.25\r\nviolence,8,,b.mp4,7";
        let found = parse_event_labels(csv).unwrap();
        let told: Vec<_> = found.iter().map(|r| (r.path.as_str(), r.events.len())).collect();
        assert_eq!(told, [("b.mp4", 3), ("a.mp4", 0)]);
        let events: Vec<_> = found[0].events.iter().map(|e| (e.line, e.kind.as_str(), e.span)).collect();
        let span = |from, to| Span { start: MediaTime::from_millis(from), end: MediaTime::from_millis(to) };
        assert_eq!(
            events,
            [
                (5, "person_down", span(2250, 4000)),
                (6, "violence", span(7000, 8000)),
                (2, "violence", span(8000, 9500))
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (rows, line, column, hint) in [
            ("", 2, "1", "no row below the header"),
            (",violence,1,2\n", 2, "`path`", "path of a recording"),
            ("a,fight,1,2\n", 2, "`kind`", "known are violence, group_assault"),
            ("a,,1,2\n", 2, "`kind`", "empty beside a time"),
            ("a,violence\n", 2, "`start_secs`", "is no time"),
            ("a,violence,1,\n", 2, "`end_secs`", "is no time"),
            ("a,violence,-1,2\n", 2, "`start_secs`", "0 or more"),
            ("a,violence,NaN,2\n", 2, "`start_secs`", "is no time"),
            ("a,violence,1,1e30\n", 2, "`end_secs`", "is no time"),
            ("a,violence,0:10,2\n", 2, "`start_secs`", "for instance 12.5"),
            ("a,violence,5,5\n", 2, "`end_secs`", "not after its start"),
            ("a,violence,5,4\n", 2, "`end_secs`", "ends at 4 s"),
            ("a,violence,5,8\nb,,,\na,violence,2,6\n", 4, "`start_secs`", "overlaps the one on line 2"),
            ("a,violence,1,9\na,violence,2,3\na,violence,8,10\n", 3, "`start_secs`", "line 2"),
            ("a,violence,1,2\na,,,\n", 3, "`path`", "line 2 has one"),
            ("a\na\n", 3, "`path`", "on line 2 already"),
        ] {
            let text = parse_event_labels(&format!("{HEAD}{rows}")).unwrap_err().to_string();
            assert!(text.starts_with(&format!("line {line}, column {column}: ")), "{rows}: {text}");
            assert!(text.contains(hint), "{rows}: {text}");
        }
        let text = parse_event_labels("path,kind,start,end\n").unwrap_err().to_string();
        assert!(text.contains("must name the columns path,kind,start_secs,end_secs, but reads"), "{text}");
    }

    #[test]
    fn an_event_beyond_the_recording_is_refused() {
        let recording =
            &parse_event_labels(&format!("{HEAD}a,violence,1,2\na,violence,20,24.8\n")).unwrap()[0];
        assert_eq!(check_ends(recording, 24.0), Ok(()), "rounding");
        let text = check_ends(recording, 20.5).unwrap_err().to_string();
        assert!(text.starts_with("line 3, column `end_secs`: ") && text.contains("20.50 s long"), "{text}");
    }

    #[test]
    fn events_of_different_kinds_may_overlap() {
        assert!(parse_event_labels(&format!("{HEAD}a,violence,1,9\na,person_down,2,3\n")).is_ok());
    }

    #[test]
    fn every_kind_that_is_looked_for_can_be_labelled() {
        for kind in IncidentKind::ALL {
            assert!(LABEL_KINDS.contains(&kind.as_str()), "{kind}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_parsing_panic(text in "(path,kind,start_secs,end_secs\n)?[a-c,.0-9\n\"\\PC]{0,200}") {
            if let Ok(recordings) = parse_event_labels(&text) {
                for recording in recordings {
                    let _ = check_ends(&recording, 1.0);
                    prop_assert!(recording.events.iter().all(|e| e.span.start < e.span.end));
                }
            }
        }
    }
}
