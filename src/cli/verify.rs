//! `kuager verify`: whether what a data directory keeps is still what was written.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::chain::{Finding, PublicKey, log_folder};
use crate::evidence::{Findings, Held, State, verify_directory};
use crate::store::database_path;
use crate::text::{Texts, Value, printable, printable_path};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The data directory to check (default: the one in use)
    #[arg(value_name = "DATA-DIR")]
    path: Option<PathBuf>,
    /// The public key, as a file or as text, that did not come with it: only with it is "intact" more than a claim
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A signed head that somebody else kept (may be given more than once): proves that nothing before it changed
    #[arg(long = "head", value_name = "FILE")]
    heads: Vec<PathBuf>,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    let data_dir = args.path.as_ref().unwrap_or(&context.data_dir);
    if !log_folder(data_dir).exists() && !database_path(data_dir).exists() {
        let message =
            "this is no data directory of Kuager: name the folder that holds kuager.sqlite and log/";
        return Err(UsageError(format!("{message}: {}", data_dir.display())).into());
    }
    let known = args.key.as_deref().map(key).transpose()?;
    let held = args.heads.iter().map(held).collect::<Result<Vec<_>, _>>()?;
    let found = verify_directory(data_dir, known.as_ref(), &held)?;
    if common.json {
        print_json(&found)?
    } else {
        print_text(&context.texts, &found, held.len())?
    }
    Ok(if found.state == State::Broken { Exit::Tampered } else { Exit::Done })
}

fn key(given: &str) -> Result<PublicKey, UsageError> {
    PublicKey::parse(given)
        .map_or_else(|| PublicKey::from_path(given.as_ref()).map_err(|e| UsageError(e.to_string())), Ok)
}

fn held(path: &PathBuf) -> Result<Held, UsageError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| UsageError(format!("the head cannot be read ({e}): {}", path.display())))?;
    Ok(Held { path: path.clone(), text })
}

fn print_json(found: &Findings) -> std::io::Result<()> {
    for f in &found.findings {
        let mut line = json!({
            "type": "finding", "schema": 1, "code": f.code.as_str(), "is_breach": f.code.is_breach(),
            "path": f.path.to_string_lossy(),
        });
        if let Some(number) = f.line {
            line["line"] = number.into();
        }
        if !f.detail.is_empty() {
            line["detail"] = Json::from(f.detail.as_str());
        }
        output::json_line(&line)?;
    }
    output::json_line(&json!({
        "type": "verified", "schema": 1, "state": found.state.as_str(), "entries": found.entries,
        "signed": found.signed, "flags": found.flags, "findings": found.findings.len(),
        "held_heads_sound": found.held_sound,
    }))
}

fn print_text(texts: &Texts, found: &Findings, held: usize) -> std::io::Result<()> {
    let mut text = String::new();
    for finding in &found.findings {
        text.push_str(&finding_line(texts, finding));
    }
    let counts = [
        ("entries", Value::Count(found.entries)),
        ("signed", Value::Count(found.signed)),
        ("flags", Value::Count(found.flags)),
    ];
    text.push_str(&format!("{}\n", texts.with("verify-counts", &counts)));
    if held > 0 {
        let values = [("sound", Value::Count(found.held_sound as u64)), ("held", Value::Count(held as u64))];
        text.push_str(&format!("{}\n", texts.with("verify-heads", &values)));
    }
    let state = match found.state {
        State::Intact => texts.get("verify-intact"),
        State::IntactUnknownKey => texts.get("verify-intact_unknown_key"),
        State::Broken => texts.get("verify-broken"),
    };
    text.push_str(&format!("{state}\n"));
    output::text(&text)
}

fn finding_line(texts: &Texts, finding: &Finding) -> String {
    let place = match finding.line {
        Some(number) => format!("{}:{number}", printable_path(&finding.path)),
        None => printable_path(&finding.path).to_string(),
    };
    let detail = match finding.detail.as_str() {
        "" => String::new(),
        detail => format!(" ({})", printable(detail)),
    };
    let what = texts.get(&format!("finding-{}", finding.code.as_str()));
    format!("{}: {what}{detail}\n    {place}\n", finding.code.as_str())
}
