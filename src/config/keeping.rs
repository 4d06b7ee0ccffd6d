//! `[retention]`, `[heads]` and `[storage]`: how long things are kept, where signed heads are copied to, and what happens on a
//! full disk. None changes what is flagged, so none is part of the digest; that they changed is logged all the same.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::integrity::Limit;
use super::place::{Place, Step};
use crate::domain::Severity;

const STOP: &str = "stop";
const GO_ON: &str = "go_on";

/// How long things are kept, and what a flag holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Days after which what is not held may expire (1 to 36500); absent: nothing may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<f64>,
    /// The least severe flags that place a hold by themselves: `note`, `alert` or `urgent`.
    pub hold_from: String,
    /// Hours before a flag, a complaint or a death that are held (2 to 720).
    pub hold_before_hours: f64,
    /// Hours after it (6 to 720).
    pub hold_after_hours: f64,
    /// Days left on a disk, at the rate of the last days, from which it is warned of (1 to 3650).
    pub warn_days_left: f64,
}

/// What happens when the disk of the data directory no longer takes what is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// `stop`: the run ends with the reason. `go_on`: the analysis goes on, what is flagged is printed and not stored, and the
    /// run ends as a failed one.
    pub on_failure: String,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { on_failure: STOP.to_owned() }
    }
}

impl StorageConfig {
    /// Whether the analysis goes on without storing.
    pub fn goes_on(&self) -> bool {
        self.on_failure == GO_ON
    }

    pub(super) fn check(&self) -> Result<(), (Place, String)> {
        if [STOP, GO_ON].contains(&self.on_failure.as_str()) {
            return Ok(());
        }
        let reason = format!("{:?} is unknown; known are \"{STOP}\", \"{GO_ON}\"", self.on_failure);
        Err((vec![Step::Key("storage"), Step::Key("on_failure")], reason))
    }
}

/// Where signed heads of the log are copied to at the end of each run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeadsConfig {
    /// Folders: a USB stick, a mounted share.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy_to: Vec<PathBuf>,
    /// A program and its arguments, run with the head on its standard input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Seconds after which the program is ended (1 to 600).
    pub command_secs: f64,
}

impl Default for HeadsConfig {
    fn default() -> Self {
        Self { copy_to: Vec::new(), command: Vec::new(), command_secs: 30.0 }
    }
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            days: None,
            hold_from: Severity::Alert.as_str().to_owned(),
            hold_before_hours: 2.0,
            hold_after_hours: 6.0,
            warn_days_left: 30.0,
        }
    }
}

impl RetentionConfig {
    /// The least severe flags that place a hold.
    pub fn holds_from(&self) -> Severity {
        Severity::from_name(&self.hold_from).unwrap_or(Severity::Alert)
    }

    pub(super) fn limits(&self) -> [Limit; 4] {
        [
            ("retention.days", self.days.unwrap_or(1.0), 1.0, 36500.0, "days"),
            ("retention.hold_before_hours", self.hold_before_hours, 2.0, 720.0, "h"),
            ("retention.hold_after_hours", self.hold_after_hours, 6.0, 720.0, "h"),
            ("retention.warn_days_left", self.warn_days_left, 1.0, 3650.0, "days"),
        ]
    }

    pub(super) fn check(&self) -> Result<(), (Place, String)> {
        if Severity::from_name(&self.hold_from).is_some() {
            return Ok(());
        }
        let reason =
            format!("{:?} is no severity; known are \"note\", \"alert\", \"urgent\"", self.hold_from);
        Err((vec![Step::Key("retention"), Step::Key("hold_from")], reason))
    }
}

impl HeadsConfig {
    pub(super) fn limits(&self) -> [Limit; 1] {
        [("heads.command_secs", self.command_secs, 1.0, 600.0, "s")]
    }

    pub(super) fn check(&self) -> Result<(), (Place, String)> {
        if self.command.first().is_some_and(String::is_empty) {
            let reason = "the first entry names the program to run".to_owned();
            return Err((vec![Step::Key("heads"), Step::Key("command")], reason));
        }
        Ok(())
    }
}
