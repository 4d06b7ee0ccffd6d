//! Fills the ledger: for each camera and hour what was expected, what arrived, and what could be seen of it.

use std::collections::{BTreeMap, BTreeSet};

use super::site::Site;
use super::spans::Spans;
use super::work_orders::WorkOrder;
use super::{Finding, Schedule, ZoneOfTime};
use crate::domain::{
    BlindCause, BlindTime, CameraHour, Coverage, IncidentKind, MediaTime, SourcePlace, SourceResult, Span,
    WallStart, WallTime,
};

const HOUR_MILLIS: i64 = 3_600_000;
/// Time that is expected, and for which nothing else gives a cause.
const NOT_ANALYSED: &str = "not_analysed";

/// What one camera's recordings hold, on the line of wall time.
#[derive(Default)]
struct Line {
    received: Spans,
    decoded: Spans,
    analysed: Spans,
    usable: Spans,
    /// By cause; a later cause only counts what an earlier one does not.
    blind: BTreeMap<String, Spans>,
    /// From the first to the last that a recording stands for.
    reach: Option<(i64, i64)>,
    excluded_share: f64,
}

/// The ledger of a run. Recordings whose time of day is not known each get a row of their own, without an hour.
pub fn ledger(
    site: &Site,
    sources: &[(&SourcePlace, &SourceResult)],
    findings: &[Finding],
    orders: &[WorkOrder],
) -> Vec<CameraHour> {
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    let mut hours = Vec::new();
    for (place, result) in sources {
        match place.wall {
            Some(wall) => lines.entry(&place.camera).or_default().add(
                wall,
                place,
                &result.coverage,
                result.duration_secs,
            ),
            None => hours.push(without_hour(place, &result.coverage)),
        }
    }
    for finding in findings {
        let Some((place, _)) = sources.get(finding.file) else { continue };
        if let (Some((from, to)), Some(line)) = (finding.missing, lines.get_mut(place.camera.as_str())) {
            line.miss(finding.kind, (from, to));
        }
    }
    for (camera, line) in lines {
        hours.extend(line.into_hours(camera, site, orders));
    }
    hours.sort_by(|a, b| (&a.camera, a.hour).cmp(&(&b.camera, b.hour)));
    hours
}

impl Line {
    fn add(&mut self, wall: WallStart, place: &SourcePlace, coverage: &Coverage, duration_secs: f64) {
        let millis = |at: MediaTime| wall.of(at).millis();
        let of = |span: Span| (millis(span.start), millis(span.end));
        let all =
            Spans::new([of(Span { start: MediaTime::ZERO, end: MediaTime::from_secs_f64(duration_secs) })]);
        let cause = |cause: BlindCause| {
            Spans::new(coverage.blind.iter().filter(|b| b.cause == cause).map(|b| of(b.span)))
        };
        let received = all.without(&cause(BlindCause::RecordingGap));
        let decoded = received.without(&cause(BlindCause::Damaged));
        let analysed = Spans::new(coverage.looked.iter().map(|l| of(l.span))).and(&decoded);
        let unseen = Spans::new(coverage.blind.iter().map(|b| of(b.span)));
        let usable = analysed.without(&unseen);
        for blind in &coverage.blind {
            let known = self.blind.entry(blind.cause.as_str().to_owned()).or_default();
            *known = known.or(&Spans::new([of(blind.span)]));
        }
        self.received = self.received.or(&received);
        self.decoded = self.decoded.or(&decoded);
        self.analysed = self.analysed.or(&analysed);
        self.usable = self.usable.or(&usable);
        self.excluded_share = self.excluded_share.max(place.excluded_share);
        for (from, to) in all.iter() {
            self.reaches(from, to);
        }
    }

    fn miss(&mut self, kind: IncidentKind, (from, to): (WallTime, WallTime)) {
        let known = self.blind.entry(kind.as_str().to_owned()).or_default();
        *known = known.or(&Spans::new([(from.millis(), to.millis())]));
        self.reaches(from.millis(), to.millis());
    }

    fn reaches(&mut self, from: i64, to: i64) {
        self.reach = Some(self.reach.map_or((from, to), |(a, b)| (a.min(from), b.max(to))));
    }

    fn into_hours(self, camera: &str, site: &Site, orders: &[WorkOrder]) -> Vec<CameraHour> {
        let Some((first, last)) = self.reach else { return Vec::new() };
        let known = site.named(camera).map(|n| site.camera(n));
        let always = Schedule::Always;
        let schedule = known.map_or(&always, |c| &c.schedule);
        let utc = ZoneOfTime::utc();
        let zone = known.and_then(|c| c.zone.as_ref()).or(site.zone()).unwrap_or(&utc);
        let meant = schedule.expected(WallTime::from_millis(first), WallTime::from_millis(last), zone);
        let meant = Spans::new(meant.iter().map(|(a, b)| (a.millis(), b.millis())));
        // A recorder that waits for movement is expected to hold what it holds.
        let expected = if schedule.expects_anything() { meant } else { self.received.clone() };
        let missing = expected.without(&self.usable);
        let explained = explained(&missing, camera, orders);
        let mut causes = Vec::new();
        let mut rest = missing;
        for (cause, spans) in &self.blind {
            causes.push((cause.as_str(), rest.and(spans)));
            rest = rest.without(spans);
        }
        causes.push((NOT_ANALYSED, rest));
        let numbers: BTreeSet<i64> =
            (first.div_euclid(HOUR_MILLIS)..=(last - 1).div_euclid(HOUR_MILLIS)).collect();
        let hours = numbers.into_iter().map(|number| {
            let hour = Spans::new([(number * HOUR_MILLIS, (number + 1) * HOUR_MILLIS)]);
            let within = |spans: &Spans| spans.and(&hour);
            let blind = causes.iter().map(|(cause, spans)| BlindTime {
                cause: (*cause).to_owned(),
                secs: within(spans).secs(),
                explained_secs: within(spans).and(&explained).secs(),
            });
            let usable_secs = within(&self.usable).secs();
            CameraHour {
                camera: camera.to_owned(),
                hour: Some(WallTime::from_millis(number * HOUR_MILLIS)),
                expected_secs: within(&expected).secs(),
                received_secs: within(&self.received).secs(),
                decoded_secs: within(&self.decoded).secs(),
                analysed_secs: within(&self.analysed).secs(),
                usable_secs,
                excluded_secs: usable_secs * self.excluded_share,
                blind: blind.filter(|b| b.secs > 0.0).collect(),
            }
        });
        hours.filter(|h| h.expected_secs > 0.0 || h.received_secs > 0.0).collect()
    }
}

/// The missing stretches, as far as a work order covers them that was entered before they began.
fn explained(missing: &Spans, camera: &str, orders: &[WorkOrder]) -> Spans {
    let covered = missing.iter().flat_map(|(from, to)| {
        let is_meant =
            move |o: &&WorkOrder| (o.camera == "*" || o.camera == camera) && o.entered_at.millis() < from;
        let within = move |o: &WorkOrder| (o.from.millis().max(from), o.to.millis().min(to));
        orders.iter().filter(is_meant).map(within)
    });
    Spans::new(covered)
}

fn without_hour(place: &SourcePlace, coverage: &Coverage) -> CameraHour {
    let expected_secs = coverage.expected_secs.unwrap_or(coverage.received_secs).max(coverage.usable_secs);
    let missing_secs = expected_secs - coverage.usable_secs;
    let mut left_secs = missing_secs;
    let mut causes: BTreeMap<&str, f64> = BTreeMap::new();
    for blind in &coverage.blind {
        let secs = blind.span.duration_secs().min(left_secs);
        *causes.entry(blind.cause.as_str()).or_default() += secs;
        left_secs -= secs;
    }
    *causes.entry(NOT_ANALYSED).or_default() += left_secs;
    let blind = |(cause, secs): (&str, f64)| BlindTime { cause: cause.to_owned(), secs, explained_secs: 0.0 };
    CameraHour {
        camera: place.camera.clone(),
        hour: None,
        expected_secs,
        received_secs: coverage.received_secs,
        decoded_secs: coverage.decoded_secs,
        analysed_secs: coverage.analysed_secs,
        usable_secs: coverage.usable_secs,
        excluded_secs: coverage.usable_secs * place.excluded_share,
        blind: causes.into_iter().map(blind).filter(|b| b.secs > 1e-6).collect(),
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
