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
            let text = Config::text_of(file).map_err(|e| UsageError(e.to_string()))?;
            let config = Config::parse(&text).map_err(|e| UsageError(format!("{e}: {}", file.display())))?;
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
