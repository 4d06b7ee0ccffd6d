//! Which cameras a flag or a complaint holds, and from when to when.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::digest::sha256_hex;
use crate::domain::{
    HeldFlag, Hold, HoldGround, HoldId, Incident, IncidentId, RunId, Severity, SourceId, WallStart, WallTime,
};

const SECS_PER_HOUR: f64 = 3600.0;
/// Who places the holds of flags.
const PROGRAM: &str = "kuager";

/// What the configuration says of holds.
#[derive(Clone, Debug)]
pub struct HoldRules {
    before_secs: f64,
    after_secs: f64,
    from: Severity,
    /// The place of each camera that has one.
    places: BTreeMap<String, String>,
}

/// A flag as it was raised.
#[derive(Clone, Copy, Debug)]
pub struct RaisedFlag<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The recording.
    pub source: SourceId,
    /// Its camera.
    pub camera: &'a str,
    /// The flag's lasting name.
    pub id: &'a IncidentId,
    /// The flag.
    pub incident: &'a Incident,
    /// When the recording's first picture was taken, where that is known.
    pub wall: Option<WallStart>,
}

impl HoldRules {
    /// The rules of a configuration.
    pub fn of(config: &Config) -> Self {
        let cameras = config.cameras.iter();
        Self {
            before_secs: config.retention.hold_before_hours * SECS_PER_HOUR,
            after_secs: config.retention.hold_after_hours * SECS_PER_HOUR,
            from: config.retention.holds_from(),
            places: cameras.filter_map(|c| Some((c.name.clone(), c.place.clone()?))).collect(),
        }
    }

    /// The hold that a flag places; none where the flag is below what places one.
    pub fn of_flag(&self, flag: &RaisedFlag<'_>, placed_at: String) -> Option<Hold> {
        (flag.incident.severity >= self.from).then(|| {
            let (place, cameras) = self.cameras_with(flag.camera);
            Hold {
                id: flag_hold_id(flag),
                placed_at,
                ground: HoldGround::Flag,
                reason: flag.incident.kind.as_str().to_owned(),
                placed_by: PROGRAM.to_owned(),
                place,
                cameras,
                window: self.window_of(flag),
                flag: Some(HeldFlag {
                    run: flag.run.clone(),
                    source: flag.source,
                    incident: flag.id.clone(),
                }),
            }
        })
    }

    /// From when to when a flag holds, with what its clock may be off.
    fn window_of(&self, flag: &RaisedFlag<'_>) -> Option<(WallTime, WallTime)> {
        let (wall, span) = (flag.wall?, flag.incident.span);
        let around = (self.before_secs + wall.error_secs, self.after_secs + wall.error_secs);
        let window = (
            wall.of(span.start).after_secs(-around.0),
            wall.of(span.end.max(span.start)).after_secs(around.1),
        );
        // Outside of the years that can be written there is no window to keep.
        (window.0.rfc3339().is_some() && window.1.rfc3339().is_some()).then_some(window)
    }

    /// The hold of a flag, and how far it reaches now that the flag has ended; none where there is no such hold.
    pub fn end_of_flag(&self, flag: &RaisedFlag<'_>) -> Option<(HoldId, WallTime)> {
        let (_, to) = self.window_of(flag)?;
        (flag.incident.severity >= self.from).then(|| (flag_hold_id(flag), to))
    }

    /// From when to when something that a person tells of is held: it began at `from` and was over at `to`.
    pub fn around(&self, from: WallTime, to: WallTime) -> (WallTime, WallTime) {
        (from.after_secs(-self.before_secs), to.max(from).after_secs(self.after_secs))
    }

    /// The place of a camera and all cameras there; the camera alone where no place is configured for it.
    pub fn cameras_with(&self, camera: &str) -> (Option<String>, Vec<String>) {
        match self.places.get(camera) {
            Some(place) => (Some(place.clone()), self.cameras_of(place)),
            None => (None, vec![camera.to_owned()]),
        }
    }

    /// The cameras of a place, sorted; none where no such place is configured.
    pub fn cameras_of(&self, place: &str) -> Vec<String> {
        let there = self.places.iter().filter(|(_, at)| *at == place);
        there.map(|(camera, _)| camera.clone()).collect()
    }

    /// The configured places, sorted.
    pub fn places(&self) -> Vec<&str> {
        let mut places: Vec<&str> = self.places.values().map(String::as_str).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// The same for the same flag of the same camera, so that looking again at a recording places no second hold.
fn flag_hold_id(flag: &RaisedFlag<'_>) -> HoldId {
    HoldId(format!("H-{}", &sha256_hex(format!("{}\n{}", flag.id, flag.camera))[..10]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{IncidentKind, MediaTime, Span, WallSource};

    const SITE: &str = "[[cameras]]\nname = 'A'\nplace = 'block'\n[[cameras]]\nname = 'B'\nplace = 'block'\n\
                        [[cameras]]\nname = 'C'\nplace = 'yard'\n[[cameras]]\nname = 'D'\n";

    fn incident(severity: Severity) -> Incident {
        Incident {
            number: 0,
            kind: IncidentKind::PersonDown,
            span: Span { start: MediaTime::from_millis(60_000), end: MediaTime::from_millis(90_000) },
            is_open: true,
            peak_score: 1.0,
            peak_at: MediaTime::from_millis(60_000),
            severity,
            reasons: Vec::new(),
            regions: Vec::new(),
            people: 1,
        }
    }

    fn hold(camera: &str, severity: Severity, wall: Option<WallStart>) -> Option<Hold> {
        let (run, id) = (RunId("r".to_owned()), IncidentId("f".to_owned()));
        let incident = incident(severity);
        let flag = RaisedFlag { run: &run, source: SourceId(0), camera, id: &id, incident: &incident, wall };
        HoldRules::of(&Config::parse(SITE).unwrap()).of_flag(&flag, "2026-11-25T10:00:00Z".to_owned())
    }

    fn at(text: &str) -> WallTime {
        WallTime::from_rfc3339(text).unwrap()
    }

    #[test]
    fn a_flag_holds_all_cameras_of_its_place_from_two_hours_before_to_six_after() {
        let wall =
            WallStart { at: at("2026-11-25T12:00:00Z"), source: WallSource::Filename, error_secs: 5.0 };
        let held = hold("A", Severity::Urgent, Some(wall)).unwrap();
        assert_eq!((held.place.as_deref(), held.cameras), (Some("block"), vec!["A".into(), "B".into()]));
        assert_eq!(held.window, Some((at("2026-11-25T10:00:55Z"), at("2026-11-25T18:01:35Z"))));
        let alone = hold("D", Severity::Alert, Some(wall)).unwrap();
        assert_eq!((alone.place, alone.cameras), (None, vec!["D".to_owned()]));
        assert_ne!(alone.id, held.id);
    }

    #[test]
    fn a_flag_of_an_unknown_time_holds_its_recording_and_a_note_holds_nothing() {
        assert_eq!(hold("A", Severity::Alert, None).unwrap().window, None);
        assert_eq!(hold("A", Severity::Note, None), None);
    }
}
