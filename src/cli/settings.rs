//! Every setting and model of a run by name, so that the log can say what was changed between two runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::config::{Config, HeadsConfig};
use crate::digest::sha256_hex;
use crate::domain::{ModelUse, RunInfo, Settings};
use crate::pipeline::AnalysisPlan;

/// The settings of a run. Commands may hold passwords, so only their program and digest are named.
pub(super) fn settings_of(config: &Config, plan: &AnalysisPlan, run: &RunInfo) -> Settings {
    let mut values = BTreeMap::new();
    flatten("", &json!(config), &mut values);
    flatten("retention", &json!(config.retention), &mut values);
    flatten("storage", &json!(config.storage), &mut values);
    heads(&config.heads, &mut values);
    values.insert("program_version".to_owned(), json!(run.program_version));
    values.insert("decoder".to_owned(), json!(run.decoder));
    for ModelUse { name, sha256, provider } in &run.models {
        values.insert(format!("models[{name}].sha256"), json!(sha256));
        values.insert(format!("models[{name}].provider"), json!(provider));
    }
    for bundle in plan.eyes.bundles().chain(plan.violence.as_ref()) {
        values.insert(
            format!("models[{}].card_sha256", bundle.card.name),
            json!(sha256_hex(&bundle.card_text)),
        );
    }
    Settings { run: run.id.clone(), config_digest: run.config_digest.clone(), values }
}

fn heads(heads: &HeadsConfig, values: &mut BTreeMap<String, Value>) {
    if !heads.copy_to.is_empty() {
        values.insert("heads.copy_to".to_owned(), json!(heads.copy_to));
    }
    if let Some(program) = heads.command.first() {
        values.insert("heads.command.program".to_owned(), json!(program));
        values.insert("heads.command.sha256".to_owned(), json!(sha256_hex(json!(heads.command).to_string())));
    }
}

/// Leaves by their names: `violence.quiet_secs`, `cameras[Yard].zones[bunks].kind`. What has no name of its own stays whole.
fn flatten(prefix: &str, value: &Value, values: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&name, value, values);
            }
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|i| i["name"].is_string()) => {
            for item in items {
                flatten(&format!("{prefix}[{}]", item["name"].as_str().unwrap_or_default()), item, values);
            }
        }
        leaf => {
            values.insert(prefix.to_owned(), leaf.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_named_down_to_their_leaves_and_tell_no_password() {
        let text = "[[cameras]]\nname = 'Yard'\n[[cameras.zones]]\nname = 'beds'\nkind = 'bed'\n\
                    polygon = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]\n\
                    [heads]\ncommand = ['mosquitto_pub', '-P', 'secret']\n";
        let config = Config::parse(text).unwrap();
        let mut values = BTreeMap::new();
        flatten("", &json!(config), &mut values);
        heads(&config.heads, &mut values);
        assert_eq!(values["cameras[Yard].zones[beds].kind"], "bed");
        assert_eq!(values["violence.quiet_secs"], 3.0);
        assert_eq!(values["heads.command.program"], "mosquitto_pub");
        assert!(!json!(values).to_string().contains("secret"));
    }
}
