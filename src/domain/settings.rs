//! What a run was steered by, so that a change between two runs can be told.

use std::collections::BTreeMap;

use serde_json::Value;

use super::RunId;

/// Every setting and model of a run by name: what a change is told by.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The run.
    pub run: RunId,
    /// Its digest, hex.
    pub config_digest: String,
    /// Values as JSON, by name. Nothing secret.
    pub values: BTreeMap<String, Value>,
}
