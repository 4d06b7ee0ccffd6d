//! One recording's clocks against each other: name, folder, container, file date, sidecar, and the time of the check.

use super::examine::Facts;
use super::found::SidecarSays;
use super::names::NamedTime;
use super::series::{Finding, Member, measured, whole};
use super::zone::ZoneOfTime;
use crate::domain::{IncidentKind, Reason, ReasonCode, Severity, WallTime};

/// A file may be dated so much before its first picture: clocks of recorder and file system differ.
const FILE_DATE_SECS: f64 = 60.0;
/// Nothing is recorded later than now, give or take.
const FUTURE_SECS: f64 = 60.0;
/// Where the zone of a clock is not known, its times may be off by this much.
const ANY_ZONE_SECS: f64 = 15.0 * 3600.0;
/// Container times that scatter by more than this were not written by the recorder: the files were made anew.
const SCATTER_SECS: f64 = 120.0;
/// One container this far from what is usual for the camera stands out.
const STANDS_OUT_SECS: f64 = 60.0;
/// A difference that grows or shrinks by more than this over the recordings is drift.
const DRIFT_SECS: f64 = 5.0;
/// So many containers must speak before anything is called usual.
const LEAST_USUAL: usize = 3;

/// All that can be told of single recordings.
pub(super) fn of_each(members: &[Member<'_>], now: WallTime, zone: Option<&ZoneOfTime>) -> Vec<Finding> {
    members.iter().flat_map(|m| of_one(m, now, zone.is_some())).collect()
}

fn of_one(member: &Member<'_>, now: WallTime, is_zone_known: bool) -> Vec<Finding> {
    let Member { file, facts, placed } = member;
    let says_instant = facts.says.as_ref().is_some_and(|s| matches!(s.start, NamedTime::Instant(_)));
    let slack_secs = if is_zone_known || says_instant { 0.0 } else { ANY_ZONE_SECS };
    let told = |code, secs: f64| measured(*file, IncidentKind::TimeMismatch, code, secs, whole(facts));
    let mut findings = Vec::new();
    let ahead_secs = placed.start.secs_since(now);
    if ahead_secs > FUTURE_SECS + slack_secs {
        findings.push(told(ReasonCode::ClockInFuture, ahead_secs));
    }
    if let Some(modified) = facts.found.modified_at {
        let older_secs = placed.start.secs_since(modified);
        if older_secs > FILE_DATE_SECS + slack_secs && ahead_secs <= FUTURE_SECS + slack_secs {
            findings.push(told(ReasonCode::FileDateDiffers, older_secs));
        }
    }
    if let Some(secs) = folder_differs_secs(facts) {
        findings.push(told(ReasonCode::FolderDateDiffers, secs));
    }
    match facts.found.sidecar {
        SidecarSays::Nothing => {}
        SidecarSays::Empty => findings.push(Finding {
            reasons: vec![Reason::fact(ReasonCode::SidecarEmpty)],
            severity: Severity::Note,
            ..told(ReasonCode::SidecarEmpty, 0.0)
        }),
        SidecarSays::Start(at) => {
            let secs = at.secs_since(placed.start);
            if secs.abs() > 5.0 + slack_secs {
                findings.push(told(ReasonCode::SidecarDiffers, secs));
            }
        }
    }
    findings
}

/// Seconds from the folder's day to the name's, where they are different days. A recording of the minutes around midnight
/// may lie in either folder.
fn folder_differs_secs(facts: &Facts<'_>) -> Option<f64> {
    const DAY_SECS: f64 = 86_400.0;
    const MIDNIGHT_SECS: f64 = 3600.0;
    let says = facts.says.as_ref()?;
    let NamedTime::Local(local) = says.start else { return None };
    let noon_of_folder = super::LocalTime::new(says.folder_date?, (12, 0, 0))?.as_if_utc();
    let from_noon_secs = local.as_if_utc().secs_since(noon_of_folder);
    let is_other_day = from_noon_secs.abs() > DAY_SECS / 2.0 + MIDNIGHT_SECS;
    is_other_day.then(|| (from_noon_secs / DAY_SECS).round() * DAY_SECS)
}

/// What the containers of one camera say, against the names. A difference that all share is one finding; a single file that
/// differs from the others is one of its own.
pub(super) fn of_containers(
    members: &[Member<'_>],
    tolerance_secs: f64,
    zone: Option<&ZoneOfTime>,
) -> Vec<Finding> {
    let mut speaking: Vec<(&Member<'_>, f64)> =
        members.iter().filter_map(|m| container_differs_secs(m, zone).map(|secs| (m, secs))).collect();
    speaking.sort_by_key(|(m, _)| (m.placed.start, m.file));
    let told = |m: &Member<'_>, code, secs: f64| {
        measured(m.file, IncidentKind::TimeMismatch, code, secs, whole(m.facts))
    };
    let Some((first, _)) = speaking.first() else { return Vec::new() };
    if speaking.len() < LEAST_USUAL {
        let differing = speaking.iter().filter(|(_, secs)| secs.abs() > STANDS_OUT_SECS);
        return differing.map(|(m, secs)| told(m, ReasonCode::ContainerDiffers, *secs)).collect();
    }
    let differences: Vec<f64> = speaking.iter().map(|(_, secs)| *secs).collect();
    let usual = median(&differences);
    let scatter = median(&differences.iter().map(|d| (d - usual).abs()).collect::<Vec<_>>());
    if scatter > SCATTER_SECS {
        let mut finding = told(first, ReasonCode::ContainersMadeAnew, usual);
        finding.reasons.push(Reason::measured(ReasonCode::RecordingsConcerned, speaking.len() as f32));
        return vec![finding];
    }
    let mut findings = Vec::new();
    if usual.abs() > tolerance_secs {
        let mut finding = told(first, ReasonCode::ContainerDiffers, usual);
        finding.reasons.push(Reason::measured(ReasonCode::RecordingsConcerned, speaking.len() as f32));
        findings.push(finding);
    }
    findings.extend(drift(&differences).map(|secs| told(first, ReasonCode::DriftSecs, secs)));
    let outlying = speaking.iter().filter(|(_, secs)| (secs - usual).abs() > STANDS_OUT_SECS);
    findings.extend(outlying.map(|(m, secs)| told(m, ReasonCode::ContainerDiffers, secs - usual)));
    findings
}

/// How far a container's time is from the stretch that the name and the pictures claim; 0 within it. Recorders that write
/// local time as if it were UTC are taken at their word in whichever way fits better.
fn container_differs_secs(member: &Member<'_>, zone: Option<&ZoneOfTime>) -> Option<f64> {
    let at = member.facts.found.container_at?;
    let offset_secs = zone.map_or(0, |z| z.offset_secs(member.placed.start)) as f64;
    let length_secs = member.facts.found.duration_secs.unwrap_or(0.0);
    let outside = |at: WallTime| {
        let secs = at.secs_since(member.placed.start);
        if secs < 0.0 { secs } else { (secs - length_secs).max(0.0) }
    };
    let (as_told, as_local) = (outside(at), outside(at.after_secs(-offset_secs)));
    Some(if as_local.abs() < as_told.abs() { as_local } else { as_told })
}

/// How much the difference changes from the first third of the recordings to the last.
fn drift(differences: &[f64]) -> Option<f64> {
    let third = differences.len() / 3;
    if third == 0 {
        return None;
    }
    let change = median(&differences[differences.len() - third..]) - median(&differences[..third]);
    (change.abs() > DRIFT_SECS).then_some(change)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
