//! Configuration: a TOML file to a checked plan. What it says can change a result, so its digest is kept with a run.

mod acts;
mod camera_check;
#[cfg(test)]
mod camera_tests;
mod cameras;
mod integrity;
mod keeping;
mod place;
mod recordings;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::integrity::Limit;
use crate::digest::sha256_hex;
use crate::domain::{IncidentKind, MediaTime};

pub use acts::ActsRule;
pub use cameras::{CameraConfig, NeighbourConfig, ZoneConfig};
pub use integrity::{
    BlurredRule, CoveredRule, DarkRule, DegradedRule, EscalationRule, FrozenRule, IntegrityRules, LoopedRule,
    MovedRule,
};
pub use keeping::{HeadsConfig, RetentionConfig, StorageConfig};
use place::{Place, Step};
pub use recordings::{PatternConfig, RecordingsConfig};

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum ConfigError {
    #[error("cannot read the configuration: {source}: {}", path.display())]
    Io { source: std::io::Error, path: PathBuf },
    #[error("the configuration cannot be understood: {reason}")]
    Syntax { reason: String },
    #[error("{key} = {value}: must be {low} to {high} {unit}")]
    Range { key: &'static str, value: f64, low: f64, high: f64, unit: &'static str },
    #[error("unknown detector {name:?}; known are: {known}")]
    Detector { name: String, known: String },
    #[error("{reason}: {}", place::written(place))]
    Camera { place: Place, reason: String },
    #[error("line {line}: {error}")]
    AtLine { line: usize, error: Box<ConfigError> },
}

impl ConfigError {
    /// With the line at which the refused value stands, where it stands in the text.
    fn with_line(self, text: &str) -> Self {
        let place = match &self {
            Self::Camera { place, .. } => place.clone(),
            Self::Range { key, .. } => key.split('.').map(Step::Key).collect(),
            Self::Detector { .. } => vec![Step::Key("detectors")],
            _ => return self,
        };
        match place::line_of(text, &place) {
            Some(line) => Self::AtLine { line, error: Box::new(self) },
            None => self,
        }
    }
}

/// Everything that steers the analysis. Every key has a default; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Pictures analysed a second (0.2 to 30). Chosen by time, never by counting.
    pub fps: f64,
    /// Kinds of incident to look for.
    pub detectors: Vec<String>,
    /// What is passed by because nothing moves.
    pub gate: GateRule,
    /// Possible violence.
    pub violence: ViolenceRule,
    /// Somebody down and still.
    pub person_down: PersonDownRule,
    /// The lens covered.
    pub camera_covered: CoveredRule,
    /// The picture out of focus.
    pub camera_blurred: BlurredRule,
    /// Another view.
    pub camera_moved: MovedRule,
    /// Too dark or too bright.
    pub camera_dark: DarkRule,
    /// One picture on and on.
    pub camera_frozen: FrozenRule,
    /// The same seconds again.
    pub camera_looped: LoopedRule,
    /// Less of a picture than before.
    pub camera_degraded: DegradedRule,
    /// Sight lost soon after possible violence, a gathering or a raised score.
    pub gap_after_escalation: EscalationRule,
    /// Time zone of the recorders' clocks (`Asia/Almaty`, `+05:00`); absent: times in file names are compared with each
    /// other, but not turned into times of day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// How names of recordings are read, and how exactly clocks must agree.
    #[serde(skip_serializing_if = "is_default")]
    pub recordings: RecordingsConfig,
    /// The cameras of the site.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cameras: Vec<CameraConfig>,
    /// Acts over poses and tracks.
    pub acts: ActsRule,
    /// How long things are kept, and what a flag holds.
    #[serde(skip_serializing)]
    pub retention: RetentionConfig,
    /// Where signed heads of the log are copied to.
    #[serde(skip_serializing)]
    pub heads: HeadsConfig,
    /// What happens when the disk is full.
    #[serde(skip_serializing)]
    pub storage: StorageConfig,
}

/// Whether still stretches of a recording are only looked at every few seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateRule {
    /// false: every stretch is decoded and analysed picture by picture, at many times the cost.
    pub enabled: bool,
}

/// When windows of the violence model become an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ViolenceRule {
    /// Probability from which a window counts (0 to 1); absent: the model card's.
    pub alarm: Option<f32>,
    /// Share of that probability at which a window says nothing either way; between the two it counts in proportion
    /// (0 to 0.95).
    pub neutral_share: f32,
    /// Seconds of evidence before an incident opens (0 to 60).
    pub evidence_secs: f64,
    /// Seconds without a counting window before it ends (0.5 to 600).
    pub quiet_secs: f64,
    /// Seconds from one window to the next (0.1 to 10).
    pub stride_secs: f64,
    /// Two people interact below this distance, in body heights (0 to 5).
    pub reach_body_heights: f32,
}

/// When a lying person becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersonDownRule {
    /// Seconds lying still that raise a flag by themselves (1 to 3600).
    pub still_secs: f64,
    /// Seconds lying still that suffice after a fall or possible violence (1 to 3600).
    pub still_after_fall_secs: f64,
    /// Seconds lying still from which it is urgent (1 to 36000).
    pub urgent_secs: f64,
    /// Seconds for which possible violence nearby counts (0 to 3600).
    pub after_violence_secs: f64,
}

/// What is as it is by default is left out, so that the digest of a configuration stays what it was.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for Config {
    fn default() -> Self {
        Self {
            fps: 5.0,
            detectors: IncidentKind::ALL.iter().map(|k| k.as_str().to_owned()).collect(),
            gate: GateRule::default(),
            violence: ViolenceRule::default(),
            person_down: PersonDownRule::default(),
            camera_covered: CoveredRule::default(),
            camera_blurred: BlurredRule::default(),
            camera_moved: MovedRule::default(),
            camera_dark: DarkRule::default(),
            camera_frozen: FrozenRule::default(),
            camera_looped: LoopedRule::default(),
            camera_degraded: DegradedRule::default(),
            gap_after_escalation: EscalationRule::default(),
            timezone: None,
            recordings: RecordingsConfig::default(),
            cameras: Vec::new(),
            acts: ActsRule::default(),
            retention: RetentionConfig::default(),
            heads: HeadsConfig::default(),
            storage: StorageConfig::default(),
        }
    }
}

impl Default for GateRule {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for ViolenceRule {
    fn default() -> Self {
        Self {
            alarm: None,
            neutral_share: 0.5,
            evidence_secs: 1.6,
            quiet_secs: 3.0,
            stride_secs: 0.4,
            reach_body_heights: 0.8,
        }
    }
}

impl Default for PersonDownRule {
    fn default() -> Self {
        Self { still_secs: 60.0, still_after_fall_secs: 8.0, urgent_secs: 300.0, after_violence_secs: 120.0 }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Names the key, its value and what it must be.
    pub fn from_path(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&Self::text_of(path)?)
    }

    /// A file's text, unread.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn text_of(path: &Path) -> Result<String, ConfigError> {
        std::fs::read_to_string(path).map_err(|source| ConfigError::Io { source, path: path.to_owned() })
    }

    /// Reads and checks TOML text.
    ///
    /// # Errors
    /// As [`Self::from_path`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|e| ConfigError::Syntax { reason: e.to_string().trim().to_owned() })?;
        config.check().map_err(|error| error.with_line(text))?;
        Ok(config)
    }

    /// What is allowed but worth a look, one line each, with its line in the text.
    pub fn remarks(&self, text: &str) -> Vec<String> {
        let remarks = camera_check::remarks(&self.cameras, self.timezone.as_deref());
        let told = remarks.into_iter().map(|(place, reason)| match place::line_of(text, &place) {
            Some(line) => format!("line {line}: {reason}: {}", place::written(&place)),
            None => format!("{reason}: {}", place::written(&place)),
        });
        told.collect()
    }

    /// Checks every range and all cameras.
    ///
    /// # Errors
    /// The first value out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let v = &self.violence;
        let d = &self.person_down;
        let ranges: [Limit; 12] = [
            ("recordings.tolerance_secs", self.recordings.tolerance_secs, 1.0, 60.0, "s"),
            ("violence.neutral_share", f64::from(v.neutral_share), 0.0, 0.95, "(a share)"),
            ("fps", self.fps, 0.2, 30.0, "pictures a second"),
            ("violence.alarm", f64::from(v.alarm.unwrap_or(0.5)), 0.0, 1.0, "(a probability)"),
            ("violence.evidence_secs", v.evidence_secs, 0.0, 60.0, "s"),
            ("violence.quiet_secs", v.quiet_secs, 0.5, 600.0, "s"),
            ("violence.stride_secs", v.stride_secs, 0.1, 10.0, "s"),
            ("violence.reach_body_heights", f64::from(v.reach_body_heights), 0.0, 5.0, "body heights"),
            ("person_down.still_secs", d.still_secs, 1.0, 3600.0, "s"),
            ("person_down.still_after_fall_secs", d.still_after_fall_secs, 1.0, 3600.0, "s"),
            ("person_down.urgent_secs", d.urgent_secs, 1.0, 36000.0, "s"),
            ("person_down.after_violence_secs", d.after_violence_secs, 0.0, 3600.0, "s"),
        ];
        let ranges = ranges.into_iter().chain(self.integrity().limits());
        let ranges = ranges.chain(self.retention.limits()).chain(self.heads.limits());
        for (key, value, low, high, unit) in
            ranges.chain(self.gap_after_escalation.limits()).chain(self.acts.ranges())
        {
            if !(low..=high).contains(&value) {
                return Err(ConfigError::Range { key, value, low, high, unit });
            }
        }
        for name in &self.detectors {
            if IncidentKind::from_name(name).is_none() {
                let known = IncidentKind::ALL.map(IncidentKind::as_str).join(", ");
                return Err(ConfigError::Detector { name: name.clone(), known });
            }
        }
        self.recordings
            .check()
            .and_then(|()| self.retention.check())
            .and_then(|()| self.heads.check())
            .and_then(|()| self.storage.check())
            .and_then(|()| camera_check::check(&self.cameras, self.timezone.as_deref()))
            .map_err(|(place, reason)| ConfigError::Camera { place, reason })
    }

    /// What the detectors of the camera's own state are told.
    pub fn integrity(&self) -> IntegrityRules {
        IntegrityRules {
            camera_covered: self.camera_covered.clone(),
            camera_blurred: self.camera_blurred.clone(),
            camera_moved: self.camera_moved.clone(),
            camera_dark: self.camera_dark.clone(),
            camera_frozen: self.camera_frozen.clone(),
            camera_looped: self.camera_looped.clone(),
            camera_degraded: self.camera_degraded.clone(),
        }
    }

    /// Whether a kind is to be looked for.
    pub fn looks_for(&self, kind: IncidentKind) -> bool {
        self.detectors.iter().any(|d| d == kind.as_str())
    }

    /// Whether any kind that is looked for rests on the violence model.
    pub fn needs_violence_model(&self) -> bool {
        IncidentKind::ALL.into_iter().any(|kind| kind.needs_violence_model() && self.looks_for(kind))
    }

    /// Time from one analysed picture to the next.
    pub fn analysis_step(&self) -> MediaTime {
        MediaTime::from_secs_f64(1.0 / self.fps)
    }

    /// SHA-256 over the resolved values that can change a result, hex: two runs with the same digest were steered alike.
    pub fn digest(&self) -> String {
        let canonical = serde_json::to_vec(self).expect("numbers, lists and names always serialise");
        sha256_hex(canonical)
    }

    /// JSON Schema of the file.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Config).to_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn errors_name_the_key_and_the_range() {
        let message = |text: &str| Config::parse(text).unwrap_err().to_string();
        assert_eq!(message("fps = 100"), "line 1: fps = 100: must be 0.2 to 30 pictures a second");
        assert!(message("[violence]\nalram = 0.5").contains("alram"));
        assert!(message("detectors = ['face']").contains("violence, person_down, camera_covered"));
        assert!(message("[retention]\nhold_from = 'never'").contains("line 2: \"never\" is no severity"));
        assert_eq!(
            message("[retention]\nhold_after_hours = 1"),
            "line 2: retention.hold_after_hours = 1: must be 6 to 720 h"
        );
        assert_eq!(message("[acts]\nkneel_secs = 0"), "line 2: acts.kneel_secs = 0: must be 1 to 36000 s");
    }

    #[test]
    fn the_digest_follows_the_values() {
        let changed = Config::parse("fps = 4").unwrap();
        assert_ne!(changed.digest(), Config::default().digest());
        assert_eq!(Config::parse("fps = 5.0").unwrap().digest(), Config::default().digest());
        let kept_longer = Config::parse("[retention]\ndays = 90").unwrap();
        assert_eq!(kept_longer.digest(), Config::default().digest(), "it changes no result");
    }
}
