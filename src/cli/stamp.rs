//! `kuager stamp`: a signed head stamped with the time by somebody else (RFC 3161). A request goes out as a file, the response
//! comes back as a file, on whatever medium: no connection is opened.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::chain::{EntryKind, Log, NewEntry, log_folder};
use crate::evidence::{
    StampFileError, accept_stamp, package_head, package_stamps_folder, request_stamp, stamps_folder,
};
use crate::text::{Value, printable, printable_path};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Write a request (.tsq) for a stamp on a package's head, or on the log's head as it is now
    Request {
        /// A package, or a data directory (default: the one in use)
        #[arg(value_name = "PACKAGE|DATA-DIR")]
        path: Option<PathBuf>,
        /// The request, to be carried to an authority
        #[arg(long, value_name = "FILE.tsq")]
        out: PathBuf,
    },
    /// Check a response (.tsr) and keep it beside what it stamps
    Accept {
        /// The response that came back
        #[arg(value_name = "FILE.tsr")]
        response: PathBuf,
        /// A package, or a data directory (default: the one in use)
        #[arg(value_name = "PACKAGE|DATA-DIR")]
        path: Option<PathBuf>,
        /// The authority's certificate as it was given out by it (PEM or DER), or that of who issued it
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
    },
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    match command {
        Command::Request { path, out } => request(common, &context, path.as_deref(), out)?,
        Command::Accept { response, path, certificate } => {
            accept(common, &context, path.as_deref(), (response, certificate))?;
        }
    }
    Ok(Exit::Done)
}

/// What is stamped: a package, or a data directory with a log.
enum Place<'a> {
    Package(&'a Path),
    Data(&'a Path),
}

fn place<'a>(context: &'a Context, path: Option<&'a Path>) -> Result<Place<'a>, UsageError> {
    let path = path.unwrap_or(&context.data_dir);
    if path.join("bagit.txt").exists() {
        Ok(Place::Package(path))
    } else if log_folder(path).exists() {
        Ok(Place::Data(path))
    } else {
        let message = "this is neither a package nor a data directory of Kuager: name the folder that holds bagit.txt, or log/";
        Err(UsageError(format!("{message}: {}", path.display())))
    }
}

fn request(common: &Common, context: &Context, path: Option<&Path>, out: &Path) -> anyhow::Result<()> {
    match place(context, path)? {
        Place::Package(folder) => {
            request_stamp(&package_stamps_folder(folder), &package_head(folder)?, false, out)
        }
        Place::Data(data_dir) => {
            let mut log = Log::open(data_dir)?;
            let body = json!({"to": out.to_string_lossy()});
            log.append(vec![NewEntry { kind: EntryKind::HeadGiven, body }])?;
            let head = log.sign_head()?.to_string();
            request_stamp(&stamps_folder(data_dir), head.as_bytes(), true, out)
        }
    }
    .map_err(explained)?;
    if common.json {
        output::json_line(
            &json!({"type": "stamp_requested", "schema": 1, "request": out.to_string_lossy()}),
        )?;
    } else {
        let values = [("request", Value::from(printable_path(out)))];
        output::text(&format!("{}\n", context.texts.with("stamp-requested", &values)))?;
    }
    Ok(())
}

fn accept(
    common: &Common,
    context: &Context,
    path: Option<&Path>,
    came: (&Path, &Path),
) -> anyhow::Result<()> {
    let stamped = match place(context, path)? {
        Place::Package(folder) => {
            accept_stamp(&package_stamps_folder(folder), Some(&package_head(folder)?), came)
        }
        Place::Data(data_dir) => accept_stamp(&stamps_folder(data_dir), None, came),
    }
    .map_err(explained)?;
    if common.json {
        output::json_line(&json!({
            "type": "stamp_accepted", "schema": 1, "at": stamped.at, "authority": stamped.authority,
        }))?;
    } else {
        let values =
            [("at", printable(&stamped.at).into()), ("authority", printable(&stamped.authority).into())];
        output::text(&format!("{}\n", context.texts.with("stamp-accepted", &values)))?;
    }
    Ok(())
}

/// What the user can correct is a matter of usage.
fn explained(error: StampFileError) -> anyhow::Error {
    match error {
        StampFileError::NoRequest { .. }
        | StampFileError::NoCertificate { .. }
        | StampFileError::Read { .. } => UsageError(error.to_string()).into(),
        other => other.into(),
    }
}
