//! The cameras of a site as the configuration names them, and which recording is whose.

use std::path::Path;

use super::names::{NamePattern, NamePatterns, NameSays};
use super::schedule::Schedule;
use super::zone::ZoneOfTime;
use crate::config::Config;

/// One camera of the site.
#[derive(Clone, Debug)]
pub struct SiteCamera {
    /// Its name.
    pub name: String,
    /// When it is meant to record.
    pub schedule: Schedule,
    /// The time zone of its recorder's clock, where that is known.
    pub zone: Option<ZoneOfTime>,
    /// Seconds that its recorder's clock is known to be ahead, from a person's measurement.
    pub clock_ahead_secs: Option<f64>,
    /// Where people go who leave its picture.
    pub neighbours: Vec<Neighbour>,
    patterns: Vec<glob::Pattern>,
    words: Vec<String>,
}

/// What lies beyond an exit of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// The camera that sees people next; none where no camera does.
    pub camera: Option<String>,
    /// The exit zone that leads there; none: any border of the picture.
    pub exit: Option<String>,
    /// Seconds from leaving here to arriving there, usually at most.
    pub transit_secs: f64,
}

/// What is known of a site before its recordings are looked at.
#[derive(Clone, Debug, Default)]
pub struct Site {
    cameras: Vec<SiteCamera>,
    patterns: NamePatterns,
    zone: Option<ZoneOfTime>,
    /// Differences up to this many seconds are those of clocks and of splitting files.
    pub tolerance_secs: f64,
}

impl Site {
    /// As configured. The configuration was checked when it was read.
    pub fn of(config: &Config) -> Self {
        let of_all = config.timezone.as_deref();
        let neighbour = |n: &crate::config::NeighbourConfig| Neighbour {
            camera: n.camera.clone(),
            exit: n.exit.clone(),
            transit_secs: n.transit_secs,
        };
        let camera = |c: &crate::config::CameraConfig| SiteCamera {
            name: c.name.clone(),
            schedule: c.schedule().unwrap_or_default(),
            zone: c.zone_of_time(of_all),
            clock_ahead_secs: c.clock_ahead_secs,
            neighbours: c.neighbours.iter().map(neighbour).collect(),
            patterns: c.matches.iter().filter_map(|m| glob::Pattern::new(m).ok()).collect(),
            words: c.matches.iter().map(|m| m.to_lowercase()).collect(),
        };
        let own = config.recordings.patterns.iter();
        let own = own.filter_map(|p| NamePattern::new(&p.name, &p.regex, p.utc).ok()).collect();
        Self {
            cameras: config.cameras.iter().map(camera).collect(),
            patterns: NamePatterns::with_own(own),
            zone: of_all.and_then(ZoneOfTime::named),
            tolerance_secs: config.recordings.tolerance_secs,
        }
    }

    /// What the name of a recording says.
    pub fn read_name(&self, path: &Path) -> Option<NameSays> {
        self.patterns.read(path)
    }

    /// The configured camera of a recording: the first with a pattern that fits its path or the camera that its name
    /// gives, else the one of that name.
    pub fn camera_of(&self, path: &Path, says: Option<&NameSays>) -> Option<usize> {
        let named = says.and_then(|s| s.camera.as_deref());
        let fits = |c: &SiteCamera| {
            let is_named = named.is_some_and(|n| c.words.contains(&n.to_lowercase()));
            is_named || c.patterns.iter().any(|p| fits_path(p, path))
        };
        let has_name = |c: &SiteCamera| named.is_some_and(|n| n.to_lowercase() == c.name.to_lowercase());
        self.cameras.iter().position(fits).or_else(|| self.cameras.iter().position(has_name))
    }

    /// A configured camera.
    pub fn camera(&self, number: usize) -> &SiteCamera {
        &self.cameras[number]
    }

    /// The camera of that name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.cameras.iter().position(|c| c.name == name)
    }

    /// The time zone of recorders that have none of their own.
    pub fn zone(&self) -> Option<&ZoneOfTime> {
        self.zone.as_ref()
    }
}

/// Whether a pattern fits a path, or its end from any folder on.
fn fits_path(pattern: &glob::Pattern, path: &Path) -> bool {
    let options = glob::MatchOptions { case_sensitive: false, ..glob::MatchOptions::default() };
    let names: Vec<_> = path.iter().map(|n| n.to_string_lossy()).collect();
    let ends = (0..names.len()).map(|from| names[from..].join("/"));
    pattern.matches_path_with(path, options)
        || ends.into_iter().any(|end| pattern.matches_with(&end, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_that_of_the_camera_whose_pattern_fits() {
        let text = "[[cameras]]\nname = 'Corridor'\nmatch = ['ch01/**', 'ch1']\n[[cameras]]\nname = 'ch02'\n\
                    [[cameras]]\nname = 'Gate'\nmatch = ['gate*.mp4']";
        let site = Site::of(&Config::parse(text).unwrap());
        let whose = |path: &str| {
            let path = Path::new(path);
            site.camera_of(path, site.read_name(path).as_ref()).map(|n| site.camera(n).name.clone())
        };
        assert_eq!(whose("/archive/ch01/20240229/230000.mp4").as_deref(), Some("Corridor"));
        assert_eq!(whose("/archive/CH1_20240229230000.mp4").as_deref(), Some("Corridor"));
        assert_eq!(whose("/archive/ch02_20240229230000.mp4").as_deref(), Some("ch02"));
        assert_eq!(whose("gate 7.mp4").as_deref(), Some("Gate"));
        assert_eq!(whose("/archive/ch011/20240229/230000.mp4"), None);
    }
}
