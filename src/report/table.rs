//! The table for the terminal: what was flagged in each file, then how much of it could be seen.

use unicode_width::UnicodeWidthStr;

use super::honest::shown_percent;
use super::{Denominator, ReportData, level_footage, level_sentences};
use crate::domain::{Coverage, FlaggedIncident, InputError, LevelInUse, SourcePlace, SourceResult};
use crate::text::{Texts, printable, printable_path};

const INDENT: usize = 2;
const GAP: usize = 2;
/// Fewer columns than this are not left to the reasons; the entry is stacked instead.
const MIN_REASONS_WIDTH: usize = 24;
/// From so many recordings on, those with nothing to tell are only counted.
const MANY_RECORDINGS: usize = 20;
/// From more flags than this on, the first to look at are named again at the end.
const MANY_FLAGS: usize = 5;
/// Recordings of a calibration named one by one; the page and the JSON line name all.
const MAX_FOOTAGE_LINES: usize = 5;
/// Blind stretches named one by one in a file's summary.
const MAX_BLIND_LINES: usize = 5;

/// The table of all inputs, `width` columns wide; paths of stills stay in one piece, so that they can be copied.
/// Ends with what the absence of flags means.
pub fn table(data: &ReportData, texts: &Texts, width: usize) -> String {
    let mut out = Printer { lines: Vec::new(), width: width.max(40) };
    let is_told = |s: &&SourceResult| data.sources.len() < MANY_RECORDINGS || has_news(s);
    let told: Vec<&SourceResult> = data.sources.iter().filter(is_told).collect();
    for source in &told {
        file(&mut out, source, data.place_of(source), texts);
        out.line(String::new());
    }
    let quiet = data.sources.len() - told.len();
    if quiet > 0 {
        let count = texts.with("count-recordings", &[("count", quiet.into())]);
        out.wrapped(0, &texts.with("table-quiet", &[("recordings", count.into())]));
        out.line(String::new());
    }
    for error in &data.errors {
        out.line(printable_path(&error.path));
        let message = printable(&error.message);
        out.wrapped(INDENT, &texts.with("table-problem-whole", &[("message", message.into())]));
        out.line(String::new());
    }
    if let Some(level) = &data.level {
        alarm_level(&mut out, level, texts);
    }
    closing(&mut out, data, texts);
    out.lines.join("\n") + "\n"
}

fn has_news(source: &SourceResult) -> bool {
    let s = source;
    !(s.incidents.is_empty() && s.errors.is_empty() && s.coverage.blind.is_empty() && s.is_complete)
}

fn file(out: &mut Printer, source: &SourceResult, place: Option<&SourcePlace>, texts: &Texts) {
    out.line(printable_path(&source.source.path));
    if !source.incidents.is_empty() {
        incidents(out, &source.incidents, place, texts);
    }
    out.wrapped(INDENT, &summary(source, texts));
    for blind in source.coverage.blind.iter().take(MAX_BLIND_LINES) {
        let (from, to) = texts.clocks(blind.span);
        let cause = texts.blind_cause(blind.cause);
        let values = [("cause", cause.into()), ("from", from.into()), ("to", to.into())];
        out.wrapped(INDENT, &texts.with("table-blind", &values));
    }
    let more = source.coverage.blind.len().saturating_sub(MAX_BLIND_LINES);
    if more > 0 {
        out.wrapped(INDENT, &texts.with("count-more", &[("count", more.into())]));
    }
    for error in &source.errors {
        out.wrapped(INDENT, &problem(error, texts));
    }
    if !source.is_complete {
        out.wrapped(INDENT, &texts.get("table-interrupted"));
    }
}

fn summary(source: &SourceResult, texts: &Texts) -> String {
    let seen = seen(&source.coverage, texts);
    let could_see = Denominator::of([&source.coverage]).has_sight();
    match source.incidents.is_empty() && could_see {
        true => format!("{}; {seen}", texts.get("table-no-flags")),
        false => seen,
    }
}

fn seen(coverage: &Coverage, texts: &Texts) -> String {
    let denominator = Denominator::of([coverage]);
    if !denominator.has_sight() {
        return texts.get("table-summary-nothing");
    }
    let of = texts.duration(denominator.of_secs);
    let mut values = vec![
        ("usable", texts.duration(coverage.usable_secs).into()),
        ("usable_share", shown_percent(denominator.usable_percent())),
        ("analysed", texts.duration(coverage.analysed_secs).into()),
        ("closely", texts.duration(coverage.closely_secs()).into()),
    ];
    if denominator.is_expected {
        values.push(("expected", of.into()));
        texts.with("table-summary-expected", &values)
    } else {
        values.push(("received", of.into()));
        texts.with("table-summary-received", &values)
    }
}

fn problem(error: &InputError, texts: &Texts) -> String {
    let message = ("message", printable(&error.message).into());
    match error.at {
        None => texts.with("table-problem", &[message]),
        Some(at) => texts.with("table-problem-at", &[message, ("at", texts.clock(at).into())]),
    }
}

/// Which alarm level was used, and on what it rests.
fn alarm_level(out: &mut Printer, level: &LevelInUse, texts: &Texts) {
    for sentence in level_sentences(level, texts) {
        out.wrapped(0, &sentence);
    }
    let footage = level_footage(level);
    for sha256 in footage.iter().take(MAX_FOOTAGE_LINES) {
        out.wrapped(INDENT, &format!("SHA-256 {sha256}"));
    }
    let more = footage.len().saturating_sub(MAX_FOOTAGE_LINES);
    if more > 0 {
        out.wrapped(INDENT, &texts.with("count-more", &[("count", more.into())]));
    }
    out.line(String::new());
}

fn closing(out: &mut Printer, data: &ReportData, texts: &Texts) {
    let sources = &data.sources;
    let flags: usize = sources.iter().map(|s| s.incidents.len()).sum();
    let denominator = Denominator::of_run(data);
    let fixed = data.statement(texts);
    if flags == 0 {
        out.wrapped(0, &fixed);
        return;
    }
    let usable = denominator.usable_secs;
    let total = texts.with(
        "table-total",
        &[
            ("flags", texts.with("count-flags", &[("count", flags.into())]).into()),
            ("recordings", texts.with("count-recordings", &[("count", sources.len().into())]).into()),
            ("usable", texts.duration(usable).into()),
        ],
    );
    out.wrapped(0, &total);
    if flags > MANY_FLAGS {
        look_first(out, sources, texts);
    }
    out.wrapped(0, &texts.get("statement-pointer"));
    out.wrapped(0, &fixed);
}

/// The most urgent flags of all recordings, in the order in which to look at them.
fn look_first(out: &mut Printer, sources: &[SourceResult], texts: &Texts) {
    let mut ranked: Vec<(&SourceResult, &FlaggedIncident)> =
        sources.iter().flat_map(|s| s.incidents.iter().map(move |i| (s, i))).collect();
    ranked.sort_by(|(_, a), (_, b)| a.incident.rank(&b.incident));
    out.line(texts.get("table-first"));
    for (source, flagged) in ranked.into_iter().take(MANY_FLAGS) {
        let [time, kind, severity, score, _] = cells(flagged, texts);
        let path = printable_path(&source.source.path);
        out.line(format!("{:INDENT$}{time}  {kind}  {severity}  {score}  {path}", ""));
    }
}

/// One incident's cells: time, act, severity, score, reasons.
type Cells = [String; 5];

fn incidents(out: &mut Printer, incidents: &[FlaggedIncident], place: Option<&SourcePlace>, texts: &Texts) {
    let head = ["table-time", "table-kind", "table-severity", "table-score", "table-reasons"]
        .map(|id| texts.get(id));
    let rows: Vec<Cells> = incidents.iter().map(|i| cells(i, texts)).collect();
    let widths = [0, 1, 2, 3]
        .map(|column| rows.iter().chain([&head]).map(|row| row[column].width()).max().unwrap_or_default());
    let before: usize = INDENT + widths.iter().map(|w| w + GAP).sum::<usize>();
    let is_stacked = out.width < before + MIN_REASONS_WIDTH;
    if !is_stacked {
        out.columns(&head, widths, before);
    }
    for (row, incident) in rows.iter().zip(incidents) {
        if is_stacked {
            out.wrapped(INDENT, &format!("{}  {}", row[0], row[1]));
            out.wrapped(INDENT + GAP, &format!("{} · {} · {}", row[2], row[3], row[4]));
        } else {
            out.columns(row, widths, before);
        }
        if let Some(at) = place.and_then(|p| texts.local_time(p, incident.incident.span.start)) {
            out.line(format!("{:4}{} {at}", "", texts.get("table-local-time")));
        }
        if let Some(still) = &incident.still {
            out.line(format!("{:4}{} {}", "", texts.get("table-still"), printable_path(still)));
        }
    }
}

fn cells(flagged: &FlaggedIncident, texts: &Texts) -> Cells {
    let incident = &flagged.incident;
    let (from, to) = texts.clocks(incident.span);
    let reasons: Vec<_> = incident.reasons.iter().map(|r| texts.reason(r)).collect();
    [
        if incident.is_open { format!("{from}–…") } else { format!("{from}–{to}") },
        texts.kind(incident.kind),
        texts.severity(incident.severity),
        texts.number(incident.peak_score.into(), 2),
        reasons.join("; "),
    ]
}

struct Printer {
    lines: Vec<String>,
    width: usize,
}

impl Printer {
    fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    fn wrapped(&mut self, indent: usize, text: &str) {
        for part in wrap(text, self.width.saturating_sub(indent)) {
            self.line(format!("{:indent$}{part}", ""));
        }
    }

    fn columns(&mut self, row: &Cells, widths: [usize; 4], before: usize) {
        let mut first = " ".repeat(INDENT);
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let fill = " ".repeat(width - cell.width());
            let is_number = column == 3;
            first += &if is_number { format!("{fill}{cell}") } else { format!("{cell}{fill}") };
            first += &" ".repeat(GAP);
        }
        let mut reasons = wrap(&row[4], self.width - before).into_iter();
        self.line((first + &reasons.next().unwrap_or_default()).trim_end().to_owned());
        for part in reasons {
            self.line(format!("{:before$}{part}", ""));
        }
    }
}

/// Breaks at spaces; a word wider than the line stays whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_counts_columns_not_bytes() {
        assert_eq!(wrap("екі адам жақын", 9), ["екі адам", "жақын"]);
        assert_eq!(wrap("/a/very/long/path b", 6), ["/a/very/long/path", "b"]);
        assert_eq!(wrap("日本 語", 5), ["日本", "語"]);
    }
}
