//! What must hold of `[[cameras]]`, each refusal with its place and the way out.

use super::cameras::{CameraConfig, NeighbourConfig, ZoneConfig};
use super::place::{Place, Step};
use crate::domain::{Polygon, ZoneKind, Zones};
use crate::recordings::ZoneOfTime;

/// A smaller zone is a slip of the hand.
const LEAST_AREA_SHARE: f32 = 0.0002;
/// Where more is excluded, nothing is left to look at.
const MOST_EXCLUDED_SHARE: f64 = 0.9;
/// From here on a person should hear of it.
const MUCH_EXCLUDED_SHARE: f64 = 0.5;
/// Two zones of different meaning may have so much of the smaller one in common: nobody draws to the pixel.
const MOST_COMMON_SHARE: f64 = 0.05;
/// Longest name of a camera or zone, in characters.
const LONGEST_NAME: usize = 100;
/// A camera that is meant to record for less than this in a week is configured by mistake.
const LEAST_WEEK_MINUTES: u32 = 15;

/// Something refused: where, and why with the way out.
pub(super) type Refusal = (Place, String);

/// Checks all cameras.
pub(super) fn check(cameras: &[CameraConfig], timezone: Option<&str>) -> Result<(), Refusal> {
    if let Some(name) = timezone {
        check_zone_of_time(name).map_err(|reason| (vec![Step::Key("timezone")], reason))?;
    }
    for (number, camera) in cameras.iter().enumerate() {
        let at = |inner: Place, reason| {
            ([vec![Step::Key("cameras"), Step::Entry(number)], inner].concat(), reason)
        };
        let same_name = |c: &CameraConfig| c.name.to_lowercase() == camera.name.to_lowercase();
        if let Some(first) = cameras[..number].iter().position(same_name) {
            let reason = format!(
                "two cameras are named {:?} (cameras[{first}] and cameras[{number}]); give each its own name",
                camera.name
            );
            return Err(at(vec![Step::Key("name")], reason));
        }
        if let Some(pattern) = camera
            .matches
            .iter()
            .position(|m| cameras[..number].iter().any(|earlier| earlier.matches.contains(m)))
        {
            let reason = format!(
                "another camera has the pattern {:?} too, so a recording would be both's; make them differ",
                camera.matches[pattern]
            );
            return Err(at(vec![Step::Key("match"), Step::Entry(pattern)], reason));
        }
        check_camera(camera).map_err(|(place, reason)| at(place, reason))?;
    }
    for (number, camera) in cameras.iter().enumerate() {
        let at = |inner: Place| [vec![Step::Key("cameras"), Step::Entry(number)], inner].concat();
        check_neighbours(camera, cameras).map_err(|(place, reason)| (at(place), reason))?;
    }
    Ok(())
}

/// What is allowed but worth a look, in words.
pub(super) fn remarks(cameras: &[CameraConfig], timezone: Option<&str>) -> Vec<(Place, String)> {
    let mut remarks = Vec::new();
    let zone_of = |c: &CameraConfig| c.timezone.clone().or_else(|| timezone.map(str::to_owned));
    let mut zones: Vec<_> = cameras.iter().map(zone_of).collect();
    zones.sort();
    zones.dedup();
    if zones.len() > 1 {
        let names: Vec<_> = zones.iter().map(|z| z.as_deref().unwrap_or("none")).collect();
        let reason = format!(
            "the cameras have different time zones ({}); right only where their recorders' clocks really differ",
            names.join(", ")
        );
        remarks.push((vec![Step::Key("cameras")], reason));
    }
    for (number, camera) in cameras.iter().enumerate() {
        let share = camera.zones().excluded_share();
        if share > MUCH_EXCLUDED_SHARE {
            let place = vec![Step::Key("cameras"), Step::Entry(number), Step::Key("zones")];
            let reason =
                format!("{:.0} % of the picture of {:?} is never analysed", 100.0 * share, camera.name);
            remarks.push((place, reason));
        }
    }
    remarks
}

fn check_camera(camera: &CameraConfig) -> Result<(), Refusal> {
    check_name(&camera.name).map_err(|reason| (vec![Step::Key("name")], reason))?;
    if let Some(place) = &camera.place {
        check_name(place).map_err(|reason| (vec![Step::Key("place")], reason))?;
    }
    for (number, pattern) in camera.matches.iter().enumerate() {
        let place = || vec![Step::Key("match"), Step::Entry(number)];
        if pattern.trim().is_empty() {
            return Err((place(), "an empty pattern would match nothing; remove it".to_owned()));
        }
        glob::Pattern::new(pattern).map_err(|e| (place(), format!("{pattern:?} is no pattern: {e}")))?;
    }
    if let Some(name) = &camera.timezone {
        check_zone_of_time(name).map_err(|reason| (vec![Step::Key("timezone")], reason))?;
    }
    if let Some(secs) = camera.clock_ahead_secs.filter(|s| !(-86_400.0..=86_400.0).contains(s)) {
        let reason =
            format!("{secs}: must be -86400 to 86400 s; a clock further off has a wrong date: give the date");
        return Err((vec![Step::Key("clock_ahead_secs")], reason));
    }
    check_schedule(camera)?;
    check_zones(&camera.zones)
}

fn check_schedule(camera: &CameraConfig) -> Result<(), Refusal> {
    let schedule = camera.schedule().map_err(|(key, line, reason)| {
        (std::iter::once(Step::Key(key)).chain(line.map(Step::Entry)).collect(), reason)
    })?;
    if let crate::recordings::Schedule::Hours(hours) = &schedule
        && hours.week_minutes() < LEAST_WEEK_MINUTES
    {
        let reason = format!("{} min a week: nothing would be expected of this camera", hours.week_minutes());
        return Err((vec![Step::Key("hours")], reason));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let is_plain = !name.trim().is_empty()
        && name.trim() == name
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    match is_plain {
        true => Ok(()),
        false => {
            Err(format!("a name is 1 to {LONGEST_NAME} characters on one line, without blanks around it"))
        }
    }
}

fn check_zone_of_time(name: &str) -> Result<(), String> {
    ZoneOfTime::named(name).map(drop).ok_or_else(|| {
        format!("{name:?} is no time zone; write one of the tz database (\"Asia/Almaty\") or an offset (\"+05:00\")")
    })
}

fn check_zones(zones: &[ZoneConfig]) -> Result<(), Refusal> {
    let mut drawn: Vec<(&str, ZoneKind, Polygon)> = Vec::new();
    for (number, zone) in zones.iter().enumerate() {
        let at =
            |inner: Place, reason| ([vec![Step::Key("zones"), Step::Entry(number)], inner].concat(), reason);
        check_name(&zone.name).map_err(|reason| at(vec![Step::Key("name")], reason))?;
        if drawn.iter().any(|(name, ..)| *name == zone.name) {
            return Err(at(
                vec![Step::Key("name")],
                format!("two zones are named {:?}; rename one", zone.name),
            ));
        }
        let Some(kind) = ZoneKind::from_name(&zone.kind) else {
            let known = ZoneKind::ALL.map(ZoneKind::as_str).join(", ");
            let reason = format!("{:?} is no kind of zone; known are: {known}", zone.kind);
            return Err(at(vec![Step::Key("kind")], reason));
        };
        let polygon = check_polygon(&zone.polygon).map_err(|(corner, reason)| {
            at(std::iter::once(Step::Key("polygon")).chain(corner.map(Step::Entry)).collect(), reason)
        })?;
        check_overlap(&drawn, (&zone.name, kind, &polygon))
            .map_err(|reason| at(vec![Step::Key("polygon")], reason))?;
        drawn.push((&zone.name, kind, polygon));
    }
    let excluded = drawn.iter().filter(|(_, kind, _)| *kind == ZoneKind::Excluded);
    let zone = |(name, kind, polygon): &(&str, ZoneKind, Polygon)| crate::domain::Zone {
        name: (*name).to_owned(),
        kind: *kind,
        polygon: polygon.clone(),
    };
    let share = Zones::new(excluded.map(zone).collect()).excluded_share();
    if share > MOST_EXCLUDED_SHARE {
        let reason = format!(
            "{:.0} % of the picture would never be analysed; leave at least a tenth, or do not scan this camera",
            100.0 * share
        );
        return Err((vec![Step::Key("zones")], reason));
    }
    Ok(())
}

fn check_polygon(corners: &[[f32; 2]]) -> Result<Polygon, (Option<usize>, String)> {
    if corners.len() < 3 {
        return Err((None, format!("{} corners make no area; give at least 3", corners.len())));
    }
    let is_outside = |c: &[f32; 2]| c.iter().any(|v| !(0.0..=1.0).contains(v));
    if let Some(number) = corners.iter().position(is_outside) {
        let [x, y] = corners[number];
        let way_out = match x.abs().max(y.abs()) > 2.0 {
            true => "corners are shares of the picture, not pixels: divide by its width and height",
            false => "corners are shares of the picture from 0 to 1; draw them with `kuager zones`",
        };
        return Err((Some(number), format!("[{x}, {y}] lies outside the picture; {way_out}")));
    }
    let polygon = Polygon::new(corners.to_vec());
    if polygon.crosses_itself() {
        let reason = "its edges cross each other; give the corners in order around the zone".to_owned();
        return Err((None, reason));
    }
    if polygon.area_share() < LEAST_AREA_SHARE {
        return Err((
            None,
            "it covers next to nothing of the picture; draw it with `kuager zones`".to_owned(),
        ));
    }
    Ok(polygon)
}

/// Zones of different kinds would say two things of one place. People may leave from anywhere.
fn check_overlap(
    drawn: &[(&str, ZoneKind, Polygon)],
    (name, kind, polygon): (&str, ZoneKind, &Polygon),
) -> Result<(), String> {
    for (other_name, other_kind, other) in drawn {
        let is_told_apart = *other_kind != kind && kind != ZoneKind::Exit && *other_kind != ZoneKind::Exit;
        let common = if is_told_apart { Zones::common_share(polygon, other) } else { 0.0 };
        let smaller = f64::from(polygon.area_share().min(other.area_share()));
        if common > MOST_COMMON_SHARE * smaller {
            return Err(format!(
                "zone {name:?} ({}) overlaps zone {other_name:?} ({}), so one place would mean two things; redraw one",
                kind.as_str(),
                other_kind.as_str()
            ));
        }
    }
    Ok(())
}

fn check_neighbours(camera: &CameraConfig, cameras: &[CameraConfig]) -> Result<(), Refusal> {
    for (number, neighbour) in camera.neighbours.iter().enumerate() {
        check_neighbour(camera, neighbour, cameras).map_err(|(key, reason)| {
            (vec![Step::Key("neighbours"), Step::Entry(number), Step::Key(key)], reason)
        })?;
    }
    Ok(())
}

fn check_neighbour(
    camera: &CameraConfig,
    neighbour: &NeighbourConfig,
    cameras: &[CameraConfig],
) -> Result<(), (&'static str, String)> {
    match (&neighbour.camera, &neighbour.blind_place) {
        (Some(name), None) if *name == camera.name => {
            return Err(("camera", "a camera is no neighbour of itself".to_owned()));
        }
        (Some(name), None) if !cameras.iter().any(|c| c.name == *name) => {
            let known: Vec<_> = cameras.iter().map(|c| c.name.as_str()).collect();
            return Err(("camera", format!("no camera is named {name:?}; there are: {}", known.join(", "))));
        }
        (Some(_), None) => {}
        (None, Some(place)) => check_name(place).map_err(|reason| ("blind_place", reason))?,
        _ => {
            let reason = "a neighbour is either a camera or a blind_place; give one of the two".to_owned();
            return Err(("camera", reason));
        }
    }
    let secs = neighbour.transit_secs;
    if !(1.0..=3600.0).contains(&secs) {
        return Err(("transit_secs", format!("{secs}: must be 1 to 3600 s")));
    }
    let is_exit = |z: &ZoneConfig, name: &str| z.name == name && z.kind == ZoneKind::Exit.as_str();
    match &neighbour.exit {
        Some(name) if !camera.zones.iter().any(|z| is_exit(z, name)) => Err((
            "exit",
            format!("this camera has no zone of kind \"exit\" named {name:?}; draw one or leave it out"),
        )),
        _ => Ok(()),
    }
}
