//! When acts over poses and tracks become an incident: durations and counts, in seconds and movements.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One checked value: its key, the value, the least, the most, the unit.
pub(super) type Range = (&'static str, f64, f64, f64, &'static str);

/// How long, or how often, an act must be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActsRule {
    /// Fast limbs toward somebody who lies, within five seconds (1 to 50).
    pub strike_bursts: u32,
    /// People whose fast limbs reach the same person within five seconds (2 to 20).
    pub group_strikers: u32,
    /// Seconds that others lean on somebody who lies (1 to 3600).
    pub prone_restraint_secs: f64,
    /// Seconds of it from which it is urgent (1 to 3600).
    pub prone_restraint_urgent_secs: f64,
    /// Seconds without movement of whoever lies below, from which it is urgent (1 to 3600).
    pub prone_restraint_still_secs: f64,
    /// Seconds that somebody who lies is pulled along (0.6 to 5).
    pub dragging_secs: f64,
    /// Seconds with the hands on a wall (1 to 36000).
    pub hands_on_wall_secs: f64,
    /// Seconds of it from which it is urgent (1 to 36000).
    pub hands_on_wall_urgent_secs: f64,
    /// Seconds in a squat (1 to 36000).
    pub squat_secs: f64,
    /// Seconds upright on the knees (1 to 36000).
    pub kneel_secs: f64,
    /// Seconds with both arms above the head (1 to 36000).
    pub raised_arms_secs: f64,
    /// Seconds that one person stands at a spot (1 to 86400).
    pub standing_secs: f64,
    /// The same for a group with their faces turned away (1 to 86400).
    pub standing_group_secs: f64,
}

impl Default for ActsRule {
    fn default() -> Self {
        Self {
            strike_bursts: 2,
            group_strikers: 2,
            prone_restraint_secs: 20.0,
            prone_restraint_urgent_secs: 60.0,
            prone_restraint_still_secs: 20.0,
            dragging_secs: 2.0,
            hands_on_wall_secs: 180.0,
            hands_on_wall_urgent_secs: 900.0,
            squat_secs: 60.0,
            kneel_secs: 180.0,
            raised_arms_secs: 60.0,
            standing_secs: 3600.0,
            standing_group_secs: 1200.0,
        }
    }
}

impl ActsRule {
    /// Every value with its range.
    pub(super) fn ranges(&self) -> [Range; 13] {
        let long = 36_000.0;
        [
            ("acts.strike_bursts", f64::from(self.strike_bursts), 1.0, 50.0, "movements"),
            ("acts.group_strikers", f64::from(self.group_strikers), 2.0, 20.0, "people"),
            ("acts.prone_restraint_secs", self.prone_restraint_secs, 1.0, 3600.0, "s"),
            ("acts.prone_restraint_urgent_secs", self.prone_restraint_urgent_secs, 1.0, 3600.0, "s"),
            ("acts.prone_restraint_still_secs", self.prone_restraint_still_secs, 1.0, 3600.0, "s"),
            ("acts.dragging_secs", self.dragging_secs, 0.6, 5.0, "s"),
            ("acts.hands_on_wall_secs", self.hands_on_wall_secs, 1.0, long, "s"),
            ("acts.hands_on_wall_urgent_secs", self.hands_on_wall_urgent_secs, 1.0, long, "s"),
            ("acts.squat_secs", self.squat_secs, 1.0, long, "s"),
            ("acts.kneel_secs", self.kneel_secs, 1.0, long, "s"),
            ("acts.raised_arms_secs", self.raised_arms_secs, 1.0, long, "s"),
            ("acts.standing_secs", self.standing_secs, 1.0, 86_400.0, "s"),
            ("acts.standing_group_secs", self.standing_group_secs, 1.0, 86_400.0, "s"),
        ]
    }
}
