//! From a heap of files to cameras, times and findings. Pure: the same files and the same moment give the same findings.

use std::collections::BTreeMap;

use super::found::Found;
use super::names::NameSays;
use super::placing::place;
use super::series::{Finding, Member, Rules, copies, walk};
use super::site::{Site, SiteCamera};
use super::zone::ZoneOfTime;
use super::{Schedule, clocks};
use crate::domain::{IncidentKind, Reason, ReasonCode, Severity, WallStart, WallTime};

/// A file with what its name says.
pub(super) struct Facts<'a> {
    pub found: &'a Found,
    pub says: Option<NameSays>,
}

/// Whose a recording is, and from when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacedFile {
    /// The camera; absent where neither the configuration nor the name gives one.
    pub camera: Option<String>,
    /// Wall time of its first picture, where that is known.
    pub wall: Option<WallStart>,
    /// The same by the camera's own clock, also where its time zone is not known: good for comparing with its other recordings
    /// alone.
    pub starts_at: Option<WallTime>,
    /// The pattern that its name follows.
    pub pattern: Option<String>,
}

/// What was concluded of a set of files.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// For each file, in the order given.
    pub files: Vec<PlacedFile>,
    /// What is missing or disagrees, by file and time.
    pub findings: Vec<Finding>,
    /// Cameras and how many of their recordings could be placed in time.
    pub cameras: BTreeMap<String, usize>,
}

/// Groups files into cameras and compares what their names, containers, dates and neighbours say. `operator` is a camera
/// that a person named for all of them. `now` is the moment of the check.
pub fn examine(site: &Site, files: &[Found], operator: Option<&str>, now: WallTime) -> Examined {
    let facts: Vec<Facts<'_>> =
        files.iter().map(|found| Facts { found, says: site.read_name(&found.path) }).collect();
    let mut groups: BTreeMap<String, (Option<usize>, Vec<usize>)> = BTreeMap::new();
    let mut examined = Examined { files: vec![PlacedFile::default(); files.len()], ..Examined::default() };
    for (number, facts) in facts.iter().enumerate() {
        let (camera, name) = camera_of(site, facts, operator);
        examined.files[number].pattern = facts.says.as_ref().map(|s| s.pattern.clone());
        if let Some(name) = name {
            examined.files[number].camera = Some(name.clone());
            groups.entry(name).or_insert((camera, Vec::new())).1.push(number);
        }
    }
    let mut missing: Vec<(String, usize)> = Vec::new();
    for (name, (camera, numbers)) in &groups {
        let camera = camera.map(|number| site.camera(number));
        let (placed, findings) = examine_camera(site, camera, &facts, numbers, now);
        examined.cameras.insert(name.clone(), placed.len());
        for (number, starts_at, wall) in placed {
            examined.files[number].starts_at = Some(starts_at);
            examined.files[number].wall = wall;
        }
        let before = examined.findings.len();
        examined.findings.extend(findings);
        missing.extend((before..examined.findings.len()).map(|f| (name.clone(), f)));
    }
    note_others(&mut examined.findings, &missing);
    examined.findings.sort_by_key(|f| (f.file, f.span.start, f.kind));
    examined
}

/// The configured camera, and its name or that which the file's name gives.
fn camera_of(site: &Site, facts: &Facts<'_>, operator: Option<&str>) -> (Option<usize>, Option<String>) {
    if let Some(name) = operator {
        return (site.named(name), Some(name.to_owned()));
    }
    match site.camera_of(&facts.found.path, facts.says.as_ref()) {
        Some(number) => (Some(number), Some(site.camera(number).name.clone())),
        None => (None, facts.says.as_ref().and_then(|s| s.camera.clone())),
    }
}

type PlacedWall = Vec<(usize, WallTime, Option<WallStart>)>;

fn examine_camera(
    site: &Site,
    camera: Option<&SiteCamera>,
    facts: &[Facts<'_>],
    numbers: &[usize],
    now: WallTime,
) -> (PlacedWall, Vec<Finding>) {
    let files: Vec<&Facts<'_>> = numbers.iter().map(|n| &facts[*n]).collect();
    let placed = place(&files, camera, site.zone());
    let members: Vec<Member<'_>> = numbers
        .iter()
        .zip(&placed)
        .filter_map(|(file, placed)| Some(Member { file: *file, facts: &facts[*file], placed: (*placed)? }))
        .collect();
    let zone = camera.and_then(|c| c.zone.as_ref()).or(site.zone());
    let utc = ZoneOfTime::utc();
    let schedule = camera.map(|c| c.schedule.clone()).unwrap_or(Schedule::Always);
    let rules =
        Rules { schedule: &schedule, zone: zone.unwrap_or(&utc), tolerance_secs: site.tolerance_secs };
    let (mut findings, copied) = copies(&members);
    let own: Vec<&Member<'_>> = members.iter().filter(|m| !copied.contains(&m.file)).collect();
    findings.extend(walk(own, &rules));
    findings.extend(clocks::of_each(&members, now, zone));
    findings.extend(clocks::of_containers(&members, site.tolerance_secs, zone));
    findings.extend(either_hour(&members));
    let walls = members.iter().map(|m| (m.file, m.placed.start, m.placed.wall)).collect();
    (walls, findings)
}

/// Recordings of the hour that the clock showed twice, where nothing tells which one it was: one word for all.
fn either_hour(members: &[Member<'_>]) -> Option<Finding> {
    let doubtful: Vec<_> = members.iter().filter(|m| m.placed.is_either_hour).collect();
    let first: &&Member<'_> = doubtful.first()?;
    let (kind, code) = (IncidentKind::TimeMismatch, ReasonCode::HourTwice);
    let mut finding =
        super::series::measured(first.file, kind, code, 3600.0, super::series::whole(first.facts));
    finding.reasons.push(Reason::measured(ReasonCode::RecordingsConcerned, doubtful.len() as f32));
    finding.severity = Severity::Note;
    Some(finding)
}

/// Whether other cameras were missing at the same time: a power cut and a pulled plug look different.
fn note_others(findings: &mut [Finding], by_camera: &[(String, usize)]) {
    let spans: Vec<(&str, usize, (WallTime, WallTime))> = by_camera
        .iter()
        .filter_map(|(camera, number)| Some((camera.as_str(), *number, findings[*number].missing?)))
        .collect();
    let mut others: Vec<(usize, usize)> = Vec::new();
    for (camera, number, (from, to)) in &spans {
        let shares_half = |(a, b): (WallTime, WallTime)| {
            let common = (*to).min(b).secs_since((*from).max(a));
            common > 0.0 && common >= 0.5 * to.secs_since(*from)
        };
        let mut cameras: Vec<&str> =
            spans.iter().filter(|(c, _, span)| c != camera && shares_half(*span)).map(|(c, ..)| *c).collect();
        cameras.dedup();
        if !cameras.is_empty() {
            others.push((*number, cameras.len()));
        }
    }
    for (number, count) in others {
        findings[number].reasons.push(Reason::measured(ReasonCode::OtherCamerasToo, count as f32));
    }
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
