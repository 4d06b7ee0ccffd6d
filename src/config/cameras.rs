//! `[[cameras]]`: which recordings are a camera's, where its zones are, when it is meant to record, what lies beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Polygon, Zone, ZoneKind, Zones};
use crate::recordings::{Hours, Schedule, ZoneOfTime};

/// One camera of the site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraConfig {
    /// Its name in results: 1 to 100 characters on one line.
    pub name: String,
    /// Where it hangs, as the site calls it: packages of its flags hold what the other cameras of the place recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Which recordings are its: patterns of paths (`archive/ch01/**`), or the camera that file names give (`ch01`).
    /// Without any, recordings whose names give the camera's own name.
    #[serde(default, rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<String>,
    /// When it is meant to record: `always`, `motion` (only while something moves) or `hours`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// With `recording = "hours"`: stretches of the week by local time, like `mon-fri 08:00-20:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<String>,
    /// Time zone of its recorder's clock (`Asia/Almaty`, `+05:00`); absent: that of the whole configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Seconds that its recorder's clock is known to be ahead of true time (-86400 to 86400); measured by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_secs: Option<f64>,
    /// Parts of its picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneConfig>,
    /// Where people go who leave its picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<NeighbourConfig>,
}

/// A part of a camera's picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneConfig {
    /// Its name, unique within the camera.
    pub name: String,
    /// `bed`, `yard`, `excluded` (never analysed) or `exit` (where people leave the picture).
    pub kind: String,
    /// Its corners, each `[x, y]` in shares of the picture's width and height (0 to 1), from the top left.
    pub polygon: Vec<[f32; 2]>,
}

/// What lies beyond an exit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeighbourConfig {
    /// Name of the camera that sees people next; absent where no camera does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
    /// The place without a camera, in words; instead of `camera`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind_place: Option<String>,
    /// The exit zone that leads there; absent: any edge of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
    /// Seconds from leaving here to arriving there, usually at most (1 to 3600).
    pub transit_secs: f64,
}

impl CameraConfig {
    /// When it is meant to record.
    ///
    /// # Errors
    /// The key, the line of `hours` where one is at fault, and what is wrong.
    pub fn schedule(&self) -> Result<Schedule, (&'static str, Option<usize>, String)> {
        let recording = self.recording.as_deref().unwrap_or("always");
        if recording != "hours" && !self.hours.is_empty() {
            let way_out = format!("hours only count with recording = \"hours\", not \"{recording}\"");
            return Err(("hours", None, way_out));
        }
        match recording {
            "always" => Ok(Schedule::Always),
            "motion" => Ok(Schedule::Motion),
            "hours" => match Hours::parse(&self.hours) {
                Ok(hours) if hours.week_minutes() == 0 => Err((
                    "hours",
                    None,
                    "no hours are given; write them like [\"mon-fri 08:00-20:00\"]".to_owned(),
                )),
                Ok(hours) => Ok(Schedule::Hours(hours)),
                Err((line, reason)) => Err(("hours", Some(line), reason)),
            },
            other => Err((
                "recording",
                None,
                format!("{other:?} is no way to record; known are \"always\", \"motion\", \"hours\""),
            )),
        }
    }

    /// Its zones, as the analysis wants them. Those of a kind that is not known are refused by the check before.
    pub fn zones(&self) -> Zones {
        let zone = |z: &ZoneConfig| {
            let kind = ZoneKind::from_name(&z.kind)?;
            Some(Zone { name: z.name.clone(), kind, polygon: Polygon::new(z.polygon.clone()) })
        };
        Zones::new(self.zones.iter().filter_map(zone).collect())
    }

    /// The time zone of its recorder's clock; none where neither it nor the configuration names one.
    pub fn zone_of_time(&self, of_all: Option<&str>) -> Option<ZoneOfTime> {
        self.timezone.as_deref().or(of_all).and_then(ZoneOfTime::named)
    }
}
