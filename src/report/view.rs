//! The report as the page's template wants it: words and numbers, ready to be put in.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

use super::ReportData;
use super::honest::{Denominator, honest_zero, shown_percent};
use super::level::{level_footage, level_sentences};
use super::still::thumbnail;
use super::timeline::Timeline;
use crate::domain::{
    CameraSigning, Coverage, FlaggedIncident, IncidentKind, InputError, RunInfo, Severity, SourcePlace,
    SourceResult, Stage,
};
use crate::text::{Texts, printable, printable_path};

/// Width of the stills in the page, in pixels.
const STILL_WIDTH: u32 = 480;
/// Stills put into one page, the most urgent first; at some 30 kB each a page stays below 20 MB.
const MAX_STILLS: usize = 500;
/// Blind stretches listed for one recording; the timeline shows all.
const MAX_BLIND_ROWS: usize = 30;

#[derive(Serialize)]
pub(super) struct Page {
    lang: &'static str,
    /// Run, program and start in one line.
    origin: String,
    is_interrupted: bool,
    zero: Option<String>,
    /// The sentence under every report.
    fixed: String,
    totals: Vec<Fact>,
    by_kind: Vec<Fact>,
    by_severity: Vec<Fact>,
    files: Vec<File>,
    other_problems: Vec<Problem>,
    has_problems: bool,
    has_file_problems: bool,
    limits: Vec<String>,
    level: Vec<String>,
    level_footage: Vec<String>,
    provenance: Vec<Fact>,
    models: Vec<Model>,
}

/// A name with its value and, where it helps, what it means.
#[derive(Serialize)]
struct Fact {
    name: String,
    value: String,
    about: String,
}

#[derive(Serialize)]
struct Model {
    name: String,
    sha256: String,
    on: String,
}

#[derive(Serialize)]
struct File {
    name: String,
    path: String,
    sha256: String,
    length: String,
    usable: String,
    flag_count: String,
    problem_count: String,
    facts: Vec<Fact>,
    timeline: Timeline,
    timeline_label: String,
    has_rest: bool,
    has_problem_marks: bool,
    coverage: Vec<Fact>,
    blind: Vec<String>,
    blind_more: String,
    is_incomplete: bool,
    zero: Option<String>,
    flags: Vec<Flag>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Flag {
    kind: String,
    about: String,
    severity: &'static str,
    severity_name: String,
    time: String,
    is_open: bool,
    facts: Vec<Fact>,
    reasons: Vec<String>,
    id: String,
    still: Still,
}

/// A picture as base64 JPEG, or the words that stand in its place.
#[derive(Serialize)]
struct Still {
    jpeg: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct Problem {
    path: String,
    place: String,
    stage: String,
    message: String,
    outcome: String,
}

/// Makes the view; reads the stills.
pub(super) fn page(data: &ReportData, texts: &Texts) -> Page {
    let flagged = || data.sources.iter().flat_map(|s| &s.incidents);
    let shown = most_urgent(&data.sources);
    let file = |(index, source): (usize, &SourceResult)| {
        file(source, data.place_of(source), texts, &|n| shown.contains(&(index, n)))
    };
    Page {
        lang: texts.lang().tag(),
        origin: origin(&data.run, texts),
        is_interrupted: data.totals.is_interrupted,
        zero: (flagged().count() == 0).then(|| data.statement(texts)),
        fixed: data.statement(texts),
        totals: totals(data, texts),
        by_kind: counted(flagged().map(|f| f.incident.kind), |k| texts.kind(k), texts),
        by_severity: counted(flagged().map(|f| f.incident.severity), |s| severity(s, texts), texts),
        files: data.sources.iter().enumerate().map(file).collect(),
        other_problems: data.errors.iter().map(|e| problem(e, texts)).collect(),
        has_problems: problem_count(data) > 0,
        has_file_problems: data.sources.iter().any(|s| !s.errors.is_empty()),
        limits: limits(texts),
        level: data.level.as_ref().map(|l| level_sentences(l, texts)).unwrap_or_default(),
        level_footage: footage(data),
        provenance: provenance(data, texts),
        models: models(&data.run, texts),
    }
}

fn footage(data: &ReportData) -> Vec<String> {
    data.level.iter().flat_map(level_footage).map(str::to_owned).collect()
}

/// The incidents whose stills are shown, as places in `sources` and in their incidents.
fn most_urgent(sources: &[SourceResult]) -> HashSet<(usize, usize)> {
    let mut ranked: Vec<_> = sources
        .iter()
        .enumerate()
        .flat_map(|(s, source)| source.incidents.iter().enumerate().map(move |(i, f)| (&f.incident, (s, i))))
        .collect();
    ranked.sort_by(|(a, _), (b, _)| a.rank(b));
    ranked.into_iter().take(MAX_STILLS).map(|(_, place)| place).collect()
}

fn problem_count(data: &ReportData) -> usize {
    data.errors.len() + data.sources.iter().map(|s| s.errors.len()).sum::<usize>()
}

fn fact(name: String, value: String) -> Fact {
    Fact { name, value, about: String::new() }
}

fn totals(data: &ReportData, texts: &Texts) -> Vec<Fact> {
    let count = |id: &str, count: usize| texts.with(id, &[("count", count.into())]);
    let flags = data.sources.iter().map(|s| s.incidents.len()).sum();
    let length = data.sources.iter().map(|s| s.duration_secs).sum();
    let denominator = Denominator::of_run(data);
    vec![
        fact(texts.get("report-recordings"), count("count-recordings", data.sources.len())),
        fact(texts.get("report-length"), texts.duration(length)),
        Fact {
            name: texts.get("coverage-usable"),
            value: usable(denominator, texts),
            about: match denominator.is_expected {
                true => texts.get("report-usable-of-expected"),
                false => texts.get("report-usable-of-received"),
            },
        },
        fact(texts.get("report-flags"), count("count-flags", flags)),
        fact(texts.get("report-contents-problems"), count("count-problems", problem_count(data))),
    ]
}

/// `3 min 20 s (93.4 %)`
fn usable(denominator: Denominator, texts: &Texts) -> String {
    let share = texts.with("percent", &[("value", shown_percent(denominator.usable_percent()))]);
    format!("{} ({share})", texts.duration(denominator.usable_secs))
}

fn counted<T: Ord + Copy>(
    items: impl Iterator<Item = T>,
    name: impl Fn(T) -> String,
    texts: &Texts,
) -> Vec<Fact> {
    let mut counts = BTreeMap::<T, u64>::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts.into_iter().rev().map(|(item, n)| fact(name(item), texts.number(n as f64, 0))).collect()
}

fn file(
    source: &SourceResult,
    place: Option<&SourcePlace>,
    texts: &Texts,
    is_still_shown: &dyn Fn(usize) -> bool,
) -> File {
    let path = &source.source.path;
    let name = path.file_name().map_or_else(|| printable_path(path), |n| printable_path(Path::new(n)));
    let timeline = Timeline::new(source, texts);
    let more = source.coverage.blind.len().saturating_sub(MAX_BLIND_ROWS);
    let flag = |(n, f)| flag(f, place, texts, is_still_shown(n));
    File {
        path: printable_path(path),
        sha256: source.source.sha256.clone(),
        length: texts.duration(source.duration_secs),
        usable: usable(Denominator::of([&source.coverage]), texts),
        flag_count: texts.number(source.incidents.len() as f64, 0),
        problem_count: texts.number(source.errors.len() as f64, 0),
        facts: file_facts(source, texts),
        has_rest: timeline.has_rest(),
        has_problem_marks: timeline.has_problems(),
        timeline,
        timeline_label: texts.with("report-timeline", &[("name", name.clone().into())]),
        coverage: coverage(&source.coverage, texts),
        blind: blind(&source.coverage, texts),
        blind_more: match more {
            0 => String::new(),
            more => texts.with("count-more", &[("count", more.into())]),
        },
        is_incomplete: !source.is_complete,
        zero: source.incidents.is_empty().then(|| honest_zero([&source.coverage], texts)),
        flags: source.incidents.iter().enumerate().map(flag).collect(),
        problems: source.errors.iter().map(|e| problem(e, texts)).collect(),
        name,
    }
}

fn file_facts(source: &SourceResult, texts: &Texts) -> Vec<Fact> {
    vec![
        fact(texts.get("report-length"), texts.duration(source.duration_secs)),
        fact(texts.get("report-bytes"), texts.number(source.source.bytes as f64, 0)),
    ]
}

fn coverage(coverage: &Coverage, texts: &Texts) -> Vec<Fact> {
    let row = |id: &str, secs: Option<f64>| Fact {
        name: texts.get(id),
        value: secs.map_or_else(|| texts.get("value-unknown"), |secs| texts.duration(secs)),
        about: texts.get(&format!("{id}.about")),
    };
    vec![
        row("coverage-expected", coverage.expected_secs),
        row("coverage-received", Some(coverage.received_secs)),
        row("coverage-decoded", Some(coverage.decoded_secs)),
        row("coverage-analysed", Some(coverage.analysed_secs)),
        row("coverage-closely", Some(coverage.closely_secs())),
        row("coverage-usable", Some(coverage.usable_secs)),
    ]
}

fn blind(coverage: &Coverage, texts: &Texts) -> Vec<String> {
    let row = |b: &crate::domain::BlindSpan| {
        let (from, to) = texts.clocks(b.span);
        let length = texts.duration(b.span.duration_secs());
        format!("{from}–{to} · {length} · {}", texts.blind_cause(b.cause))
    };
    coverage.blind.iter().take(MAX_BLIND_ROWS).map(row).collect()
}

fn flag(flagged: &FlaggedIncident, place: Option<&SourcePlace>, texts: &Texts, is_still_shown: bool) -> Flag {
    let incident = &flagged.incident;
    let (from, to) = texts.clocks(incident.span);
    let time = if incident.is_open { format!("{from}–…") } else { format!("{from}–{to}") };
    let mut facts = vec![
        fact(texts.get("report-field-length"), texts.duration(incident.span.duration_secs())),
        fact(texts.get("report-field-peak"), texts.clock(incident.peak_at)),
        fact(texts.get("report-field-score"), texts.number(incident.peak_score.into(), 2)),
    ];
    if let Some(at) = place.and_then(|p| texts.local_time(p, incident.span.start)) {
        facts.insert(0, fact(texts.get("report-field-local-time"), at));
    }
    if incident.people > 0 {
        let people = texts.with("count-people", &[("count", incident.people.into())]);
        facts.push(fact(texts.get("report-field-people"), people));
    }
    Flag {
        kind: texts.kind(incident.kind),
        about: texts.get(&format!("kind-{}.about", incident.kind.as_str())),
        severity: incident.severity.as_str(),
        severity_name: texts.severity(incident.severity),
        still: still(flagged.still.as_deref(), is_still_shown, &texts.kind(incident.kind), &time, texts),
        time,
        is_open: incident.is_open,
        facts,
        reasons: incident.reasons.iter().map(|r| texts.reason(r)).collect(),
        id: flagged.id.to_string(),
    }
}

/// The severity with what it asks for.
fn severity(severity: Severity, texts: &Texts) -> String {
    let about = texts.get(&format!("severity-{}.about", severity.as_str()));
    format!("{}: {about}", texts.severity(severity))
}

fn still(path: Option<&Path>, is_shown: bool, kind: &str, time: &str, texts: &Texts) -> Still {
    let Some(path) = path else {
        return Still { jpeg: None, text: texts.get("report-still-none") };
    };
    let shown_path = || [("path", printable_path(path).into())];
    if !is_shown {
        return Still { jpeg: None, text: texts.with("report-still-left-out", &shown_path()) };
    }
    match fs::read(path).ok().and_then(|jpeg| thumbnail(&jpeg, STILL_WIDTH).ok()) {
        None => Still { jpeg: None, text: texts.with("report-still-missing", &shown_path()) },
        Some(jpeg) => Still {
            jpeg: Some(BASE64.encode(jpeg)),
            text: texts.with("report-still-alt", &[("kind", kind.into()), ("time", time.into())]),
        },
    }
}

fn problem(error: &InputError, texts: &Texts) -> Problem {
    let place = match error.at {
        Some(at) => texts.with("report-problem-at", &[("at", texts.clock(at).into())]),
        None if error.stage == Stage::Open => String::new(), // it has no place
        None => texts.get("report-problem-place-unknown"),
    };
    let went_on = match error.is_recoverable {
        true => texts.get("report-problem-recovered"),
        false => texts.get("report-problem-stopped"),
    };
    let analysed = [("analysed", texts.duration(error.analysed_secs).into())];
    Problem {
        path: printable_path(&error.path),
        place,
        stage: texts.stage(error.stage),
        message: printable(&error.message),
        outcome: format!("{went_on}; {}", texts.with("report-problem-analysed", &analysed)),
    }
}

fn limits(texts: &Texts) -> Vec<String> {
    let kinds = IncidentKind::ALL.map(|kind| texts.kind(kind)).join(", ");
    let mut limits = vec![texts.with("limit-kinds", &[("kinds", kinds.into())])];
    limits.extend(
        ["sound", "unfilmed", "slow", "small", "meaning", "identity", "accuracy"]
            .map(|limit| texts.get(&format!("limit-{limit}"))),
    );
    limits
}

fn provenance(data: &ReportData, texts: &Texts) -> Vec<Fact> {
    let (run, totals) = (&data.run, &data.totals);
    let count = |n: u64| texts.number(n as f64, 0).into();
    let frames = [("decoded", count(totals.decoded_frames)), ("analysed", count(totals.analysed_frames))];
    let effort =
        [("wall", texts.duration(totals.wall_secs).into()), ("cpu", texts.duration(totals.cpu_secs).into())];
    let mut facts = vec![
        fact(texts.get("report-run"), run.id.0.clone()),
        fact(texts.get("report-started"), texts.date_time(&run.started_at)),
        fact(texts.get("report-program"), format!("Kuager {}", run.program_version)),
        fact(texts.get("report-command"), run.command.clone()),
        fact(texts.get("report-ffmpeg"), decoded_with(run)),
        fact(texts.get("report-inputs"), texts.number(totals.inputs.into(), 0)),
        fact(texts.get("report-frames"), texts.with("report-frames-value", &frames)),
        fact(texts.get("report-effort"), texts.with("report-effort-value", &effort)),
        fact(texts.get("report-config"), run.config_digest.clone()),
    ];
    facts.extend(data.signings.as_ref().map(|found| signings(found, texts)));
    facts
}

/// Which marks of cameras were found; never whether they are genuine.
fn signings(found: &BTreeMap<CameraSigning, u64>, texts: &Texts) -> Fact {
    let told = |(signing, marks): (&CameraSigning, &u64)| {
        let values = [("name", signing.title().to_owned().into()), ("marks", (*marks).into())];
        texts.with("report-signing-found", &values)
    };
    let value = match found.is_empty() {
        true => texts.get("report-signing-none"),
        false => found.iter().map(told).collect::<Vec<_>>().join("; "),
    };
    fact(texts.get("report-signing"), value)
}

/// FFmpeg's version, and its decoder where that is not the usual one.
fn decoded_with(run: &RunInfo) -> String {
    match run.decoder.as_str() {
        "software" => run.ffmpeg_version.clone(),
        decoder => format!("{}; {decoder}", run.ffmpeg_version),
    }
}

fn origin(run: &RunInfo, texts: &Texts) -> String {
    let started = texts.date_time(&run.started_at);
    format!("{} {} · {started} · Kuager {}", texts.get("report-run"), run.id.0, run.program_version)
}

fn models(run: &RunInfo, texts: &Texts) -> Vec<Model> {
    run.models
        .iter()
        .map(|m| Model {
            name: m.name.clone(),
            sha256: m.sha256.clone(),
            on: texts.with("report-model-on", &[("provider", m.provider.clone().into())]),
        })
        .collect()
}
