//! `kuager config`: the schema of the configuration file, and whether a file keeps to it.

use std::path::PathBuf;

use super::{Common, Exit, UsageError, output};
use crate::config::Config;
use crate::text::printable;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Print the JSON Schema
    Schema,
    /// Check a file and print its digest
    Check {
        /// The file
        file: PathBuf,
    },
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Schema => output::text(&format!("{:#}\n", Config::schema()))?,
        Command::Check { file } => {
            let config = Config::from_path(file).map_err(|e| {
                let message = e.to_string();
                let place = file.display().to_string();
                UsageError(if message.contains(&place) { message } else { format!("{message}: {place}") })
            })?;
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let remarks = config.remarks(&text);
            let digest = config.digest();
            if common.json {
                let mut line = serde_json::json!({ "type": "config", "schema": 1, "digest": digest });
                if !remarks.is_empty() {
                    line["remarks"] = serde_json::json!(remarks);
                }
                output::json_line(&line)?;
            } else {
                for remark in &remarks {
                    eprintln!("kuager: {}", printable(remark));
                }
                output::text(&format!("ok, digest {digest}\n"))?;
            }
        }
    }
    Ok(Exit::Done)
}
