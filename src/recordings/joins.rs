//! What no recording shows by itself: sight that ends with a file soon after an escalation, and people who leave one camera
//! and do not come to the next.
//!
//! Nobody is recognised. People are counted as they pass the borders of pictures, and times decide.

use std::collections::BTreeMap;

use super::examine::PlacedFile;
use super::series::{Finding, span_secs};
use super::site::{Neighbour, Site};
use crate::domain::{
    IncidentKind, LooseEnds, Passage, Reason, ReasonCode, Severity, Span, WallStart, WallTime,
};

/// People who leave within this time of each other go together.
const TOGETHER_SECS: f64 = 10.0;
/// So many who go together are led, or lead; one alone is somebody who walks.
const LEAST_TOGETHER: usize = 2;
/// How much earlier or later than reckoned somebody may be seen, beside the errors of the clocks.
const SLACK_SECS: f64 = 3.0;

/// A recording that was analysed, with what it leaves open.
#[derive(Clone, Debug)]
pub struct OpenEnded<'a> {
    /// Its number among the files.
    pub file: usize,
    /// Seconds of it that were read.
    pub duration_secs: f64,
    /// What is to be joined.
    pub loose: &'a LooseEnds,
}

/// Recordings whose camera and true time are known.
struct Line<'a> {
    placed: Vec<(&'a str, WallStart, &'a OpenEnded<'a>)>,
    tolerance_secs: f64,
}

/// Findings that need more than one recording. `files` says whose each is and from when; `findings` are what is missing
/// between them.
pub fn join(
    site: &Site,
    files: &[PlacedFile],
    recordings: &[OpenEnded<'_>],
    findings: &[Finding],
) -> Vec<Finding> {
    let on_line = recordings.iter().filter_map(|r| {
        let file = files.get(r.file)?;
        Some((file.camera.as_deref()?, file.wall?, r))
    });
    let line = Line { placed: on_line.collect(), tolerance_secs: site.tolerance_secs };
    let mut joined = cut_after_escalation(files, recordings, findings, site.tolerance_secs);
    joined.extend(line.removals(site));
    joined.sort_by_key(|f| (f.file, f.span.start));
    joined
}

/// Gaps that begin where a recording ends which had just escalated.
fn cut_after_escalation(
    files: &[PlacedFile],
    recordings: &[OpenEnded<'_>],
    findings: &[Finding],
    tolerance_secs: f64,
) -> Vec<Finding> {
    let mut joined: Vec<Finding> = Vec::new();
    for finding in findings {
        let Some((from, to)) = finding.missing else { continue };
        let Some(camera) = files.get(finding.file).and_then(|f| f.camera.as_deref()) else { continue };
        // Seconds from the end of a recording of the camera to where the gap begins, by the camera's own clock.
        let apart_secs = |r: &OpenEnded<'_>| -> Option<f64> {
            let file = files.get(r.file).filter(|f| f.camera.as_deref() == Some(camera))?;
            Some(file.starts_at?.after_secs(r.duration_secs).secs_since(from).abs())
        };
        let near = recordings.iter().filter_map(|r| Some((apart_secs(r)?, r)));
        let near = near.filter(|(secs, _)| *secs <= tolerance_secs + SLACK_SECS);
        let Some((_, before)) = near.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        let has_it = joined.iter().any(|j| j.file == before.file);
        if before.loose.escalation.is_empty() || has_it {
            continue;
        }
        let secs = to.secs_since(from);
        let mut reasons = before.loose.escalation.clone();
        reasons.push(Reason::measured(ReasonCode::GapSecs, secs as f32));
        joined.push(Finding {
            file: before.file,
            kind: IncidentKind::GapAfterEscalation,
            span: span_secs(before.duration_secs, before.duration_secs + secs),
            severity: Severity::Urgent,
            reasons,
            missing: None,
        });
    }
    joined
}

impl<'a> Line<'a> {
    /// People who left together toward a neighbour and did not come to it.
    fn removals(&self, site: &Site) -> Vec<Finding> {
        let mut arrivals = self.arrivals();
        let mut groups: Vec<Group<'_>> =
            self.placed.iter().flat_map(|(camera, wall, r)| groups(camera, wall, r)).collect();
        groups.sort_by_key(|g| g.first);
        let missing = |group: &Group<'_>| self.missing(site, group, &mut arrivals);
        groups.iter().filter_map(missing).collect()
    }

    /// Who came, by camera and time; each is taken once.
    fn arrivals(&self) -> BTreeMap<&'a str, Vec<WallTime>> {
        let mut arrivals: BTreeMap<&str, Vec<WallTime>> = BTreeMap::new();
        for (camera, wall, recording) in &self.placed {
            let times = recording.loose.came.iter().map(|p| wall.of(p.at));
            arrivals.entry(camera).or_default().extend(times);
        }
        arrivals.values_mut().for_each(|times| times.sort());
        arrivals
    }

    fn missing(
        &self,
        site: &Site,
        group: &Group<'_>,
        arrivals: &mut BTreeMap<&'a str, Vec<WallTime>>,
    ) -> Option<Finding> {
        let number = site.named(group.camera)?;
        let leads_there = |n: &&Neighbour| n.exit.is_none() || n.exit == group.exit;
        let neighbours: Vec<&Neighbour> = site.camera(number).neighbours.iter().filter(leads_there).collect();
        let cameras: Vec<&str> = neighbours.iter().filter_map(|n| n.camera.as_deref()).collect();
        let transit_secs = neighbours.iter().map(|n| n.transit_secs).reduce(f64::max)?;
        let error_secs = group.wall.error_secs + SLACK_SECS;
        let window = (group.first.after_secs(-error_secs), group.last.after_secs(transit_secs + error_secs));
        // Where one of the places they may have gone to was not recorded, nothing can be said.
        if cameras.is_empty() || !cameras.iter().all(|camera| self.is_recorded(camera, window)) {
            return None;
        }
        let mut came = 0;
        for camera in cameras {
            let error_secs = self.error_secs(camera);
            let Some(times) = arrivals.get_mut(camera) else { continue };
            times.retain(|at| {
                let is_in = *at >= window.0.after_secs(-error_secs) && *at <= window.1.after_secs(error_secs);
                let is_taken = is_in && came < group.people;
                came += usize::from(is_taken);
                !is_taken
            });
        }
        (came < group.people).then(|| group.finding(came, transit_secs))
    }

    fn error_secs(&self, camera: &str) -> f64 {
        let of_camera = self.placed.iter().filter(|(name, ..)| *name == camera);
        of_camera.map(|(_, wall, _)| wall.error_secs).fold(0.0, f64::max)
    }

    /// Whether recordings of a camera stand for all of a stretch, but for what splitting files leaves.
    fn is_recorded(&self, camera: &str, (from, to): (WallTime, WallTime)) -> bool {
        let mut spans: Vec<(WallTime, WallTime)> = self
            .placed
            .iter()
            .filter(|(name, ..)| *name == camera)
            .map(|(_, wall, r)| (wall.at, wall.at.after_secs(r.duration_secs)))
            .collect();
        spans.sort();
        let mut until = from;
        for (start, end) in spans {
            if start.secs_since(until) <= self.tolerance_secs && end > until {
                until = end;
            }
        }
        to.secs_since(until) <= self.tolerance_secs
    }
}

/// People who left a picture together.
struct Group<'a> {
    file: usize,
    camera: &'a str,
    wall: WallStart,
    exit: Option<String>,
    people: usize,
    first: WallTime,
    last: WallTime,
    span: Span,
}

impl Group<'_> {
    fn finding(&self, came: usize, transit_secs: f64) -> Finding {
        Finding {
            file: self.file,
            kind: IncidentKind::RemovalOutOfView,
            span: self.span,
            severity: Severity::Urgent,
            reasons: vec![
                Reason::measured(ReasonCode::PeopleLeft, self.people as f32),
                Reason::measured(ReasonCode::PeopleCame, came as f32),
                Reason::measured(ReasonCode::TransitSecs, transit_secs as f32),
            ],
            missing: None,
        }
    }
}

fn groups<'a>(camera: &'a str, wall: &WallStart, recording: &OpenEnded<'_>) -> Vec<Group<'a>> {
    let mut by_exit: BTreeMap<&Option<String>, Vec<&Passage>> = BTreeMap::new();
    for passage in &recording.loose.left {
        by_exit.entry(&passage.exit).or_default().push(passage);
    }
    let mut groups = Vec::new();
    for (exit, passages) in by_exit {
        let is_together = |a: &&Passage, b: &&Passage| (b.at - a.at).secs_f64() <= TOGETHER_SECS;
        for together in passages.chunk_by(is_together).filter(|g| g.len() >= LEAST_TOGETHER) {
            let (first, last) = (together[0].at, together[together.len() - 1].at);
            groups.push(Group {
                file: recording.file,
                camera,
                wall: *wall,
                exit: exit.clone(),
                people: together.len(),
                first: wall.of(first),
                last: wall.of(last),
                span: Span::between(first, last),
            });
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::{MediaTime, WallSource};

    const SITE: &str = "[[cameras]]\nname = 'corridor'\n\
        zones = [{ name = 'stairs', kind = 'exit', polygon = [[0.7, 0.5], [0.9, 0.5], [0.9, 0.9]] }]\n\
        neighbours = [{ camera = 'yard', exit = 'stairs', transit_secs = 30 }]\n\
        [[cameras]]\nname = 'yard'\n";

    fn passages(secs: &[f64], exit: Option<&str>) -> Vec<Passage> {
        let passage = |s: &f64| Passage { at: MediaTime::from_secs_f64(*s), exit: exit.map(str::to_owned) };
        secs.iter().map(passage).collect()
    }

    fn file(camera: &str, starts_secs: f64) -> PlacedFile {
        let at = WallTime::from_rfc3339("2026-11-03T09:00:00Z").unwrap().after_secs(starts_secs);
        let wall = WallStart { at, source: WallSource::Filename, error_secs: 1.0 };
        PlacedFile { camera: Some(camera.to_owned()), wall: Some(wall), starts_at: Some(at), pattern: None }
    }

    /// Ten minutes of a corridor and of a yard that begins later, in the first of which people leave by the stairs.
    fn removals(
        left: &[f64],
        came: &[f64],
        (yard_starts, yard_lasts): (f64, f64),
    ) -> Vec<(IncidentKind, Vec<f32>)> {
        let site = Site::of(&Config::parse(SITE).unwrap());
        let files = [file("corridor", 0.0), file("yard", yard_starts)];
        let corridor = LooseEnds { left: passages(left, Some("stairs")), ..LooseEnds::default() };
        let yard = LooseEnds { came: passages(came, None), ..LooseEnds::default() };
        let recordings = [
            OpenEnded { file: 0, duration_secs: 600.0, loose: &corridor },
            OpenEnded { file: 1, duration_secs: yard_lasts, loose: &yard },
        ];
        let found = join(&site, &files, &recordings, &[]);
        found.into_iter().map(|f| (f.kind, f.reasons.iter().filter_map(|r| r.value).collect())).collect()
    }

    #[test]
    fn people_who_leave_together_and_do_not_come_are_told() {
        let whole = (0.0, 600.0);
        let removal = |people, came| vec![(IncidentKind::RemovalOutOfView, vec![people, came, 30.0])];
        assert_eq!(removals(&[100.0, 102.0, 104.0], &[], whole), removal(3.0, 0.0));
        assert_eq!(removals(&[100.0, 102.0, 104.0], &[120.0, 125.0], whole), removal(3.0, 2.0));
        assert_eq!(removals(&[100.0, 102.0], &[120.0, 125.0], whole), []);
        assert_eq!(removals(&[100.0, 102.0], &[200.0, 205.0], whole), removal(2.0, 0.0), "too late");
        assert_eq!(removals(&[100.0, 102.0], &[50.0, 55.0], whole), removal(2.0, 0.0), "others, before");
        assert_eq!(removals(&[100.0, 120.0], &[], whole), [], "one by one is nobody led");
        let both = removals(&[100.0, 102.0, 115.0, 117.0], &[120.0, 122.0], whole);
        assert_eq!(both, removal(2.0, 0.0), "two arrivals are not those of four");
    }

    #[test]
    fn where_the_next_camera_did_not_record_nothing_is_said() {
        assert_eq!(removals(&[100.0, 102.0], &[], (0.0, 120.0)), []);
        assert_eq!(removals(&[100.0, 102.0], &[], (110.0, 600.0)), []);
        assert_eq!(removals(&[100.0, 102.0], &[], (-400.0, 600.0)).len(), 1);
    }

    #[test]
    fn an_exit_that_leads_nowhere_configured_is_not_judged() {
        let site = Site::of(&Config::parse(SITE).unwrap());
        let files = [file("corridor", 0.0), file("yard", 0.0)];
        let corridor = LooseEnds { left: passages(&[100.0, 101.0], None), ..LooseEnds::default() };
        let nothing = LooseEnds::default();
        let recordings = [
            OpenEnded { file: 0, duration_secs: 600.0, loose: &corridor },
            OpenEnded { file: 1, duration_secs: 600.0, loose: &nothing },
        ];
        assert_eq!(join(&site, &files, &recordings, &[]), []);
    }

    #[test]
    fn a_recording_that_stops_after_an_escalation_is_urgent() {
        let site = Site::of(&Config::default());
        let files = [file("cell", 0.0), file("cell", 900.0)];
        let escalation = vec![Reason::measured(ReasonCode::GapAfterViolence, 12.0)];
        let first = LooseEnds { escalation, ..LooseEnds::default() };
        let nothing = LooseEnds::default();
        let recordings = [
            OpenEnded { file: 0, duration_secs: 600.0, loose: &first },
            OpenEnded { file: 1, duration_secs: 600.0, loose: &nothing },
        ];
        let wall = |secs: f64| WallTime::from_rfc3339("2026-11-03T09:00:00Z").unwrap().after_secs(secs);
        let gap = |from: f64| Finding {
            file: 0,
            kind: IncidentKind::RecordingGap,
            span: span_secs(600.0, 900.0),
            severity: Severity::Alert,
            reasons: Vec::new(),
            missing: Some((wall(from), wall(900.0))),
        };
        let found = join(&site, &files, &recordings, &[gap(600.0), gap(602.0)]);
        assert_eq!(found.len(), 1, "once for one end");
        let told = (found[0].file, found[0].kind, found[0].severity);
        assert_eq!(told, (0, IncidentKind::GapAfterEscalation, Severity::Urgent));
        let values: Vec<_> = found[0].reasons.iter().map(|r| (r.code, r.value)).collect();
        assert_eq!(values, [(ReasonCode::GapAfterViolence, Some(12.0)), (ReasonCode::GapSecs, Some(300.0))]);
        assert_eq!(join(&site, &files, &recordings, &[gap(700.0)]), [], "it ended earlier by itself");
    }
}
