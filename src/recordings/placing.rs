//! Places the recordings of one camera in time: by their names, with the hour that a clock showed twice told apart where
//! the recordings themselves allow it.

use super::examine::Facts;
use super::names::NamedTime;
use super::site::SiteCamera;
use super::zone::{LocalTime, Resolved, ZoneOfTime};
use crate::domain::{WallSource, WallStart, WallTime};

/// Names give whole seconds.
const NAME_ERROR_SECS: f64 = 1.0;
/// What is not known of an hour that the clock showed twice, or never.
const HOUR_SECS: f64 = 3600.0;
/// A container's time this near to one of two instants decides for it.
const DECIDES_WITHIN_SECS: f64 = 600.0;

/// Where a recording stands in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    /// Its beginning on the line on which this camera's recordings are compared: UTC where the zone is known, else what
    /// the clock showed.
    pub start: WallTime,
    /// The same as wall time, where the zone is known.
    pub wall: Option<WallStart>,
    /// Its end, where the name gives one.
    pub named_end: Option<WallTime>,
    /// Whether it is from an hour that the clock showed twice, and which one is not known.
    pub is_either_hour: bool,
}

/// Places each recording; none where its name gives no time.
pub(super) fn place(
    files: &[&Facts<'_>],
    camera: Option<&SiteCamera>,
    zone: Option<&ZoneOfTime>,
) -> Vec<Option<Placed>> {
    let zone = camera.and_then(|c| c.zone.as_ref()).or(zone);
    let ahead_secs = camera.and_then(|c| c.clock_ahead_secs);
    let hours = zone.map(|zone| twice_lived(files, zone)).unwrap_or_default();
    let place_one = |(number, file): (usize, &&Facts<'_>)| {
        let says = file.says.as_ref()?;
        let (start, error_secs) = match (says.start, zone) {
            (NamedTime::Instant(at), _) => (at, NAME_ERROR_SECS),
            (NamedTime::Local(local), None) => (local.as_if_utc(), NAME_ERROR_SECS),
            (NamedTime::Local(local), Some(zone)) => match zone.resolve(local) {
                Resolved::Once(at) => (at, NAME_ERROR_SECS),
                Resolved::Never { by_old_offset } => (by_old_offset, HOUR_SECS),
                Resolved::Twice { .. } => hours.get(&number).copied()?,
            },
        };
        let is_known = zone.is_some() || matches!(says.start, NamedTime::Instant(_));
        let shift_secs = says.end.map(|end| shown_secs(end) - shown_secs(says.start));
        let named_end = shift_secs.map(|secs| start.after_secs(secs));
        let corrected = start.after_secs(-ahead_secs.unwrap_or(0.0));
        let source = if ahead_secs.is_some() { WallSource::Operator } else { WallSource::Filename };
        Some(Placed {
            start,
            wall: is_known.then_some(WallStart { at: corrected, source, error_secs }),
            named_end,
            is_either_hour: error_secs >= HOUR_SECS,
        })
    };
    files.iter().enumerate().map(place_one).collect()
}

/// Seconds as the clock showed them; only for differences between two times of one name.
fn shown_secs(time: NamedTime) -> f64 {
    let shown = match time {
        NamedTime::Local(local) => local.as_if_utc(),
        NamedTime::Instant(at) => at,
    };
    shown.millis() as f64 / 1000.0
}

/// For each recording from an hour that the clock showed twice: the instant, and how far it may be off.
///
/// The container's own time decides. Where it says nothing, recordings that cannot have been made at the same time are
/// told apart by order: the first of two is from the first hour. With nothing to tell by, it is the first, give or take
/// the hour.
fn twice_lived(
    files: &[&Facts<'_>],
    zone: &ZoneOfTime,
) -> std::collections::BTreeMap<usize, (WallTime, f64)> {
    let mut doubtful: Vec<(LocalTime, usize, WallTime, WallTime)> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let Some(NamedTime::Local(local)) = file.says.as_ref().map(|s| s.start) else { continue };
        if let Resolved::Twice { earlier, later } = zone.resolve(local) {
            doubtful.push((local, number, earlier, later));
        }
    }
    doubtful.sort_by_key(|(local, number, ..)| (*local, *number));
    let mut decided = std::collections::BTreeMap::new();
    let mut undecided = Vec::new();
    for (local, number, earlier, later) in doubtful {
        let container = files[number].found.container_at;
        let is_near = |at: WallTime| container.is_some_and(|c| c.secs_since(at).abs() <= DECIDES_WITHIN_SECS);
        match (is_near(earlier), is_near(later)) {
            (true, false) => drop(decided.insert(number, (earlier, NAME_ERROR_SECS))),
            (false, true) => drop(decided.insert(number, (later, NAME_ERROR_SECS))),
            _ => undecided.push((local, number, earlier, later)),
        }
    }
    decided.extend(by_order(files, undecided));
    decided
}

/// Two rows of recordings that each do not overlap; what fits the first row is from the first hour.
fn by_order(
    files: &[&Facts<'_>],
    undecided: Vec<(LocalTime, usize, WallTime, WallTime)>,
) -> Vec<(usize, (WallTime, f64))> {
    const SPLIT_SECS: f64 = 2.0;
    let mut first_until: Option<WallTime> = None;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (_, number, earlier, later) in undecided {
        let is_free = first_until.is_none_or(|until| earlier.secs_since(until) >= -SPLIT_SECS);
        if is_free {
            let length_secs = files[number].found.duration_secs.unwrap_or(0.0);
            first_until = Some(earlier.after_secs(length_secs));
            first.push((number, earlier));
        } else {
            second.push((number, later));
        }
    }
    let error_secs = if second.is_empty() { HOUR_SECS } else { NAME_ERROR_SECS };
    first.into_iter().chain(second).map(|(number, at)| (number, (at, error_secs))).collect()
}
