//! One camera's recordings in order of time: what is missing, too short, without pictures, overlapping, or there twice.

use std::collections::BTreeMap;

use super::examine::Facts;
use super::placing::Placed;
use super::schedule::Schedule;
use super::zone::ZoneOfTime;
use crate::domain::{IncidentKind, MediaTime, Reason, ReasonCode, Severity, Span, WallTime};

/// From so many seconds on a finding is for review, below worth knowing.
pub(super) const ALERT_SECS: f64 = 60.0;
/// Times in names are whole seconds, so that two names of one moment may differ by one.
const SAME_TIME_SECS: f64 = 1.5;

/// Something that is missing or disagrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The file it is told at.
    pub file: usize,
    /// What hides acts.
    pub kind: IncidentKind,
    /// When, by the recording's own clock; a gap begins where the recording ends.
    pub span: Span,
    /// How soon to look.
    pub severity: Severity,
    /// Why, with numbers.
    pub reasons: Vec<Reason>,
    /// What was not recorded, on the camera's line of time.
    pub missing: Option<(WallTime, WallTime)>,
}

/// How one camera's recordings are compared.
pub(super) struct Rules<'a> {
    pub schedule: &'a Schedule,
    pub zone: &'a ZoneOfTime,
    pub tolerance_secs: f64,
}

/// A recording on the line, with its number among the files.
pub(super) struct Member<'a> {
    pub file: usize,
    pub facts: &'a Facts<'a>,
    pub placed: Placed,
}

/// A finding that is measured in seconds.
pub(super) fn measured(file: usize, kind: IncidentKind, code: ReasonCode, secs: f64, span: Span) -> Finding {
    let severity = if secs.abs() > ALERT_SECS { Severity::Alert } else { Severity::Note };
    let reasons = vec![Reason::measured(code, secs as f32)];
    Finding { file, kind, span, severity, reasons, missing: None }
}

pub(super) fn span_secs(from: f64, to: f64) -> Span {
    Span::between(MediaTime::from_secs_f64(from), MediaTime::from_secs_f64(to))
}

/// The whole of a recording.
pub(super) fn whole(facts: &Facts<'_>) -> Span {
    span_secs(0.0, facts.found.duration_secs.unwrap_or(0.0))
}

/// Same bytes, or same pictures in another container, under more than one name. Returns findings, and which files count as
/// copies: they stand for no time of their own.
pub(super) fn copies(members: &[Member<'_>]) -> (Vec<Finding>, Vec<usize>) {
    let mut by_bytes: BTreeMap<&str, Vec<&Member<'_>>> = BTreeMap::new();
    let mut by_pictures: BTreeMap<&str, Vec<&Member<'_>>> = BTreeMap::new();
    for member in members.iter().filter(|m| m.facts.found.bytes > 0) {
        if let Some(sha256) = &member.facts.found.sha256 {
            by_bytes.entry(sha256).or_default().push(member);
        }
        if let Some(sha256) = &member.facts.found.pictures_sha256 {
            by_pictures.entry(sha256).or_default().push(member);
        }
    }
    let (mut findings, mut copies) = (Vec::new(), Vec::new());
    let groups = by_bytes.into_values().map(|g| (g, ReasonCode::SameBytes));
    for (group, code) in groups.chain(by_pictures.into_values().map(|g| (g, ReasonCode::SamePictures))) {
        let group: Vec<_> = group.into_iter().filter(|m| !copies.contains(&m.file)).collect();
        let Some(original) = original_of(&group) else { continue };
        for copy in group.iter().filter(|m| m.file != original.file) {
            let secs = copy.placed.start.secs_since(original.placed.start);
            let secs = if secs.abs() <= SAME_TIME_SECS { 0.0 } else { secs };
            findings.push(measured(copy.file, IncidentKind::TimeMismatch, code, secs, whole(copy.facts)));
            copies.push(copy.file);
        }
    }
    (findings, copies)
}

/// Of several files with the same pictures, the one whose name and other clocks agree best; the earliest where nothing
/// else tells.
fn original_of<'m>(group: &[&'m Member<'m>]) -> Option<&'m Member<'m>> {
    let other_clock = |m: &Member<'_>| {
        let apart = |at: WallTime| at.secs_since(m.placed.start).abs();
        m.facts.found.container_at.map_or(f64::MAX, apart)
    };
    group
        .iter()
        .min_by(|a, b| {
            let by_clock = other_clock(a).total_cmp(&other_clock(b));
            by_clock.then(a.placed.start.cmp(&b.placed.start)).then(a.file.cmp(&b.file))
        })
        .copied()
}

/// Goes along the line and tells gaps, overlaps, and recordings that are not as long as they say.
pub(super) fn walk(mut members: Vec<&Member<'_>>, rules: &Rules<'_>) -> Vec<Finding> {
    members.sort_by_key(|m| (m.placed.start, m.file));
    let usual_secs = usual_length_secs(&members);
    let mut findings = Vec::new();
    // Up to where the line is accounted for, and by which recording.
    let mut until: Option<(WallTime, usize, f64)> = None;
    for (place, member) in members.iter().enumerate() {
        let start = member.placed.start;
        if let Some((covered, before, before_secs)) = until {
            findings.extend(gap((covered, start), (before, before_secs), rules));
            let overlap_secs = covered.secs_since(start);
            if overlap_secs > rules.tolerance_secs && member.facts.found.duration_secs.is_some() {
                let span = span_secs(0.0, overlap_secs.min(member.facts.found.duration_secs.unwrap_or(0.0)));
                let (kind, code) = (IncidentKind::TimeMismatch, ReasonCode::OverlapSecs);
                findings.push(measured(member.file, kind, code, overlap_secs, span));
            }
        }
        let next = members.get(place + 1).map(|m| m.placed.start);
        let end = match member.facts.found.duration_secs {
            None => lost(member, (next, usual_secs), rules, &mut findings),
            Some(secs) => ended(member, secs, rules, &mut findings),
        };
        let length_secs = member.facts.found.duration_secs.unwrap_or(0.0);
        if until.is_none_or(|(covered, ..)| end >= covered) {
            until = Some((end, member.file, length_secs));
        }
    }
    findings
}

/// The median, to stand for recordings whose length cannot be read.
fn usual_length_secs(members: &[&Member<'_>]) -> f64 {
    let mut lengths: Vec<f64> = members.iter().filter_map(|m| m.facts.found.duration_secs).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.get(lengths.len() / 2).copied().unwrap_or(0.0)
}

/// What is missing between two recordings, where recording was meant to go on.
fn gap(
    (from, to): (WallTime, WallTime),
    (file, length_secs): (usize, f64),
    rules: &Rules<'_>,
) -> Vec<Finding> {
    if to.secs_since(from) <= rules.tolerance_secs {
        return Vec::new();
    }
    let expected = rules.schedule.expected(from, to, rules.zone);
    let told = expected.into_iter().filter(|(a, b)| b.secs_since(*a) > rules.tolerance_secs);
    let finding = |(a, b): (WallTime, WallTime)| {
        let starts_secs = length_secs + a.secs_since(from);
        let secs = b.secs_since(a);
        let span = span_secs(starts_secs, starts_secs + secs);
        let found = measured(file, IncidentKind::RecordingGap, ReasonCode::GapSecs, secs, span);
        Finding { missing: Some((a, b)), ..found }
    };
    told.map(finding).collect()
}

/// A file without pictures: nobody sees what it should hold. Returns up to when it stands for.
fn lost(
    member: &Member<'_>,
    (next, usual_secs): (Option<WallTime>, f64),
    rules: &Rules<'_>,
    findings: &mut Vec<Finding>,
) -> WallTime {
    let start = member.placed.start;
    let by_habit = start.after_secs(usual_secs);
    let end = member.placed.named_end.unwrap_or_else(|| next.map_or(by_habit, |n| n.min(by_habit)));
    let secs = end.secs_since(start).max(0.0);
    let code = if member.facts.found.bytes == 0 { ReasonCode::EmptyFile } else { ReasonCode::NoPictures };
    let found = measured(member.file, IncidentKind::SignalLost, code, secs, span_secs(0.0, secs));
    let is_expected = rules.schedule.expects_anything();
    let severity = if is_expected { Severity::Alert } else { Severity::Note };
    findings.push(Finding { severity, missing: Some((start, end)), ..found });
    end.max(start)
}

/// A recording that is shorter or longer than its name says. Returns up to when it stands for.
fn ended(member: &Member<'_>, secs: f64, rules: &Rules<'_>, findings: &mut Vec<Finding>) -> WallTime {
    let end = member.placed.start.after_secs(secs);
    let Some(named_end) = member.placed.named_end else { return end };
    let named_secs = named_end.secs_since(member.placed.start);
    let short_secs = named_secs - secs;
    // Recorders that wait for movement write what they caught, under the name of the whole stretch.
    let allowed_secs = rules.tolerance_secs.max(0.01 * named_secs);
    if short_secs > allowed_secs && rules.schedule.expects_anything() {
        let span = span_secs(secs, named_secs);
        let found =
            measured(member.file, IncidentKind::RecordingGap, ReasonCode::ShortSecs, short_secs, span);
        findings.push(Finding { missing: Some((end, named_end)), ..found });
        return named_end;
    }
    if -short_secs > allowed_secs {
        let (kind, code) = (IncidentKind::TimeMismatch, ReasonCode::LongerSecs);
        findings.push(measured(member.file, kind, code, -short_secs, span_secs(named_secs.max(0.0), secs)));
    }
    end
}
