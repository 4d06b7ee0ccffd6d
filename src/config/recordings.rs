//! `[recordings]`: how their names are read, and how exactly clocks must agree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::camera_check::Refusal;
use super::place::Step;
use crate::recordings::NamePattern;

/// How recordings of a camera are put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingsConfig {
    /// Seconds up to which gaps, overlaps and differing clocks are not told (1 to 60).
    pub tolerance_secs: f64,
    /// How names of files are written, tried before the known ways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<PatternConfig>,
}

/// One way to name files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternConfig {
    /// Its name, for `kuager recordings`.
    pub name: String,
    /// Regular expression over the end of the path, with the groups `date` and `time` (or `unix`), and possibly `camera`,
    /// `box`, `end_date`, `end_time`, `offset`, `mode`.
    pub regex: String,
    /// Whether its times are UTC.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub utc: bool,
    /// A name that it must fit; checked when the configuration is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

impl Default for RecordingsConfig {
    fn default() -> Self {
        Self { tolerance_secs: 5.0, patterns: Vec::new() }
    }
}

impl RecordingsConfig {
    /// The first pattern that cannot be used.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        for (number, pattern) in self.patterns.iter().enumerate() {
            let at = |key, reason| {
                (
                    vec![Step::Key("recordings"), Step::Key("patterns"), Step::Entry(number), Step::Key(key)],
                    reason,
                )
            };
            let read = NamePattern::new(&pattern.name, &pattern.regex, pattern.utc)
                .map_err(|reason| at("regex", reason.replace('\n', " ")))?;
            if let Some(example) = pattern.example.as_ref().filter(|e| read.read(e).is_none()) {
                let reason =
                    format!("the pattern does not fit its example {example:?}, or reads no time in it");
                return Err(at("example", reason));
            }
        }
        Ok(())
    }
}
