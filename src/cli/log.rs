//! `kuager log`: the log's head, to be given to others, and the proof that an entry is in it.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::chain::{EntryKind, HeadWords, NewEntry, PublicKey, check_log, inclusion_proof, root_of};
use crate::report::slip;
use crate::store::open_data_log;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Sign the log as it is now; whoever keeps the text can prove later that nothing before it was changed
    Head {
        /// Write it to a file instead of printing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Write a page to be printed: the head as text and as a QR code
        #[arg(long, value_name = "FILE.html", conflicts_with = "out")]
        slip: Option<PathBuf>,
    },
    /// The public key that signatures are checked with: give it to whoever is to check them
    Key,
    /// The proof that an entry is in the log (RFC 9162 inclusion proof), as JSON
    Prove {
        /// The entry's serial number
        #[arg(value_name = "SERIAL")]
        serial: u64,
    },
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    match command {
        Command::Head { out, slip } => head(common, &context, out.as_deref(), slip.as_deref())?,
        Command::Key => {
            open_data_log(&context.data_dir)?;
            output::text(&format!("{}\n", PublicKey::load(&context.data_dir)?))?;
        }
        Command::Prove { serial } => prove(&context, *serial)?,
    }
    Ok(Exit::Done)
}

fn head(common: &Common, context: &Context, out: Option<&Path>, page: Option<&Path>) -> anyhow::Result<()> {
    let mut log = open_data_log(&context.data_dir)?;
    let given_to = out.or(page).map_or_else(|| "printed".into(), |path| path.to_string_lossy());
    log.append(vec![NewEntry { kind: EntryKind::HeadGiven, body: json!({"to": given_to}) }])?;
    let signed = log.sign_head()?;
    let words = HeadWords::of(signed.claimed());
    let file = match page {
        Some(path) => Some((path, slip(&signed.to_string(), &words, context.texts.lang())?)),
        None => out.map(|path| (path, signed.to_string())),
    };
    if let Some((path, text)) = file {
        let written = std::fs::write(path, text);
        return written
            .map_err(|e| UsageError(format!("the head cannot be written ({e}): {}", path.display())).into());
    }
    if common.json {
        let head = signed.claimed();
        output::json_line(&json!({
            "type": "log_head", "schema": 1, "log": signed.name(), "size": head.size,
            "root": head.root.to_string(), "text": signed.to_string(), "words": words.to_string(),
        }))?;
    } else {
        output::text(&signed.to_string())?;
        if !common.quiet {
            // Beside the head, not in it: what is printed is kept as it is.
            eprintln!("{}", context.texts.with("head-words", &[("words", words.to_string().into())]));
        }
    }
    Ok(())
}

fn prove(context: &Context, serial: u64) -> anyhow::Result<()> {
    let mut found = None;
    let checked = check_log(&context.data_dir, None, &[], |entry| {
        if entry.serial == serial {
            found = Some(entry.clone());
        }
    })?;
    let size = checked.leaves.len();
    let proof = usize::try_from(serial).ok().and_then(|index| inclusion_proof(&checked.leaves, index));
    let (Some(entry), Some(proof)) = (found, proof) else {
        return Err(UsageError(format!("there is no entry {serial} in the log: it holds {size}")).into());
    };
    let proof: Vec<String> = proof.iter().map(ToString::to_string).collect();
    output::json_line(&json!({
        "type": "inclusion_proof", "schema": 1, "entry": entry, "size": size, "proof": proof,
        "leaf": checked.leaves[serial as usize].to_string(), "root": root_of(&checked.leaves).to_string(),
    }))?;
    Ok(())
}
