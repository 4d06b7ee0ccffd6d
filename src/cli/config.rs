//! `kuager config`: the schema of the configuration file, and whether a file keeps to it.

use std::path::PathBuf;

use super::{Common, Exit, UsageError, output};
use crate::config::Config;

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
            let digest = config.digest();
            if common.json {
                output::json_line(&serde_json::json!({ "type": "config", "schema": 1, "digest": digest }))?;
            } else {
                output::text(&format!("ok, digest {digest}\n"))?;
            }
        }
    }
    Ok(Exit::Done)
}
