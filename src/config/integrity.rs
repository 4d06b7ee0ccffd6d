//! When a picture that does not show what it should becomes an incident.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A limit: key, value, lowest, highest, unit.
pub(super) type Limit = (&'static str, f64, f64, f64, &'static str);

/// When a picture without detail becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CoveredRule {
    /// Share of a place's usual edges below which it counts as covered, if its large shapes are gone too (0 to 1).
    pub detail_share: f32,
    /// Seconds it must stay so (0.2 to 600).
    pub confirm_secs: f64,
}

/// When a picture out of focus becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BlurredRule {
    /// Share of the usual sharpness below which the picture counts as blurred (0 to 1).
    pub sharpness_share: f32,
    /// Seconds it must stay so (0.2 to 600).
    pub confirm_secs: f64,
}

/// When another view becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MovedRule {
    /// Seconds another view must stay (0.2 to 600).
    pub confirm_secs: f64,
    /// Seconds after which it counts as the camera's view (10 to 86400).
    pub accept_secs: f64,
    /// true: the camera goes to preset views of its own; another view is a note, and its time counts as usable.
    pub presets: bool,
}

/// When a picture that is too dark or too bright becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DarkRule {
    /// Mean luma up to which a picture in which nothing can be made out is dark rather than covered (0 to 128).
    pub dark_level: f32,
    /// Mean luma from which it is blinded by light (128 to 255).
    pub bright_level: f32,
    /// Seconds it must stay so (0.2 to 600).
    pub confirm_secs: f64,
}

/// When a picture that does not change becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FrozenRule {
    /// Share of the usual sensor noise below which two key pictures may be the same one (0 to 1).
    pub noise_share: f32,
    /// Seconds it must stay so (1 to 600).
    pub confirm_secs: f64,
}

/// When pictures that were shown before become an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoopedRule {
    /// How alike what moves, or the noise, must be to what was before (0.3 to 1).
    pub likeness: f32,
    /// Seconds of movement, or of key pictures, that must repeat (1 to 600).
    pub confirm_secs: f64,
}

/// When less of a picture than before becomes an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DegradedRule {
    /// Share of the picture that must be filled with one brightness (0.002 to 0.6).
    pub masked_share: f32,
    /// Share of the usual pictures a second up to which there are far fewer (0 to 1).
    pub rate_share: f32,
    /// Share of the usual pixels up to which pictures are smaller (0 to 1).
    pub pixels_share: f32,
    /// Seconds it must stay so (1 to 600).
    pub confirm_secs: f64,
    /// Seconds after which it counts as usual (10 to 86400).
    pub accept_secs: f64,
}

/// When a loss of sight is urgent for what went before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EscalationRule {
    /// Seconds after possible violence, a gathering or a raised score within which it is (1 to 3600).
    pub within_secs: f64,
    /// People seen at once from which a growing number is a gathering (2 to 100).
    pub gathering_people: u32,
}

/// What the detectors of the camera's own state are told.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // each has its own section in the configuration
pub struct IntegrityRules {
    pub camera_covered: CoveredRule,
    pub camera_blurred: BlurredRule,
    pub camera_moved: MovedRule,
    pub camera_dark: DarkRule,
    pub camera_frozen: FrozenRule,
    pub camera_looped: LoopedRule,
    pub camera_degraded: DegradedRule,
}

impl IntegrityRules {
    pub(super) fn limits(&self) -> Vec<Limit> {
        let (c, b, m) = (&self.camera_covered, &self.camera_blurred, &self.camera_moved);
        let (d, f, l) = (&self.camera_dark, &self.camera_frozen, &self.camera_looped);
        let g = &self.camera_degraded;
        vec![
            ("camera_degraded.masked_share", g.masked_share.into(), 0.002, 0.6, "(a share)"),
            ("camera_degraded.rate_share", g.rate_share.into(), 0.0, 1.0, "(a share)"),
            ("camera_degraded.pixels_share", g.pixels_share.into(), 0.0, 1.0, "(a share)"),
            ("camera_degraded.confirm_secs", g.confirm_secs, 1.0, 600.0, "s"),
            ("camera_degraded.accept_secs", g.accept_secs, 10.0, 86_400.0, "s"),
            ("camera_covered.detail_share", c.detail_share.into(), 0.0, 1.0, "(a share)"),
            ("camera_covered.confirm_secs", c.confirm_secs, 0.2, 600.0, "s"),
            ("camera_blurred.sharpness_share", b.sharpness_share.into(), 0.0, 1.0, "(a share)"),
            ("camera_blurred.confirm_secs", b.confirm_secs, 0.2, 600.0, "s"),
            ("camera_moved.confirm_secs", m.confirm_secs, 0.2, 600.0, "s"),
            ("camera_moved.accept_secs", m.accept_secs, 10.0, 86_400.0, "s"),
            ("camera_dark.dark_level", d.dark_level.into(), 0.0, 128.0, "levels of luma"),
            ("camera_dark.bright_level", d.bright_level.into(), 128.0, 255.0, "levels of luma"),
            ("camera_dark.confirm_secs", d.confirm_secs, 0.2, 600.0, "s"),
            ("camera_frozen.noise_share", f.noise_share.into(), 0.0, 1.0, "(a share)"),
            ("camera_frozen.confirm_secs", f.confirm_secs, 1.0, 600.0, "s"),
            ("camera_looped.likeness", l.likeness.into(), 0.3, 1.0, "(a correlation)"),
            ("camera_looped.confirm_secs", l.confirm_secs, 1.0, 600.0, "s"),
        ]
    }
}

impl EscalationRule {
    pub(super) fn limits(&self) -> Vec<Limit> {
        vec![
            ("gap_after_escalation.within_secs", self.within_secs, 1.0, 3600.0, "s"),
            ("gap_after_escalation.gathering_people", self.gathering_people.into(), 2.0, 100.0, "people"),
        ]
    }
}

impl Default for CoveredRule {
    fn default() -> Self {
        Self { detail_share: 0.5, confirm_secs: 5.0 }
    }
}

impl Default for BlurredRule {
    fn default() -> Self {
        Self { sharpness_share: 0.5, confirm_secs: 4.0 }
    }
}

impl Default for MovedRule {
    fn default() -> Self {
        Self { confirm_secs: 4.0, accept_secs: 300.0, presets: false }
    }
}

impl Default for DarkRule {
    fn default() -> Self {
        Self { dark_level: 32.0, bright_level: 224.0, confirm_secs: 3.0 }
    }
}

impl Default for FrozenRule {
    fn default() -> Self {
        Self { noise_share: 0.75, confirm_secs: 5.0 }
    }
}

impl Default for LoopedRule {
    fn default() -> Self {
        Self { likeness: 0.7, confirm_secs: 3.0 }
    }
}

impl Default for DegradedRule {
    fn default() -> Self {
        Self {
            masked_share: 0.01,
            rate_share: 0.4,
            pixels_share: 0.6,
            confirm_secs: 10.0,
            accept_secs: 300.0,
        }
    }
}

impl Default for EscalationRule {
    fn default() -> Self {
        Self { within_secs: 120.0, gathering_people: 4 }
    }
}
