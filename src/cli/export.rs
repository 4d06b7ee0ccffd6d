//! `kuager export`: a flag with its recording, its coverage and its proof, as a package that anybody can check.

use std::path::PathBuf;

use serde_json::json;

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::evidence::{Export, PackageError, export};
use crate::text::{Value, printable_path};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The flags' ids, as `scan --json` and the report name them
    #[arg(required = true, value_name = "INCIDENT")]
    incidents: Vec<String>,
    /// The folder in which the packages are made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// An unchanged copy of the recording, where it no longer lies in its old place
    #[arg(long, value_name = "FILE")]
    original: Option<PathBuf>,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    for incident in &args.incidents {
        let plan = Export {
            data_dir: context.data_dir.clone(),
            incident: incident.clone(),
            out: args.out.clone(),
            original: args.original.clone(),
        };
        let package = export(&plan).map_err(explained)?;
        if common.json {
            output::json_line(&json!({
                "type": "exported", "schema": 1, "incident": incident, "package": package.to_string_lossy(),
            }))?;
        } else {
            let values = [("package", Value::from(printable_path(&package)))];
            output::text(&format!("{}\n", context.texts.with("export-done", &values)))?;
        }
    }
    Ok(Exit::Done)
}

/// What the user can correct is a matter of usage.
fn explained(error: PackageError) -> anyhow::Error {
    match error {
        PackageError::NoSuchFlag { .. } | PackageError::NoOriginal { .. } | PackageError::Exists { .. } => {
            UsageError(error.to_string()).into()
        }
        other => other.into(),
    }
}
