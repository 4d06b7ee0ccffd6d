//! `kuager verify`: whether a package, or what a data directory keeps, is still what was written.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::chain::{Finding, HeadWords, PublicKey, StampCertificate, log_folder};
use crate::evidence::{Findings, FoundStamp, Held, Outside, State, verify_directory, verify_package};
use crate::store::database_path;
use crate::text::{Texts, Value, printable, printable_path};

#[derive(clap::Args)]
pub(super) struct Args {
    /// A package, or a data directory (default: the one in use)
    #[arg(value_name = "PACKAGE|DATA-DIR")]
    path: Option<PathBuf>,
    /// The public key, as a file or as text, that did not come with it: only with it is "intact" more than a claim
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The whole recording, to prove that the cut in a package is part of it
    #[arg(long, value_name = "FILE")]
    original: Option<PathBuf>,
    /// The certificate of who stamped heads (RFC 3161), as it was given out by them
    #[arg(long, value_name = "FILE")]
    tsa: Option<PathBuf>,
    /// A signed head that somebody else kept (may be given more than once): proves that nothing before it changed
    #[arg(long = "head", value_name = "FILE")]
    heads: Vec<PathBuf>,
    /// A head as it was read aloud: its number and eight words (may be given more than once)
    #[arg(long, value_name = "WORDS")]
    head_words: Vec<String>,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    let data_dir = args.path.as_ref().unwrap_or(&context.data_dir);
    if data_dir.join("bagit.txt").exists() {
        return package(common, &context.texts, data_dir, args);
    }
    if !log_folder(data_dir).exists() && !database_path(data_dir).exists() {
        let message = "this is neither a package nor a data directory of Kuager: name the folder that holds bagit.txt, or kuager.sqlite and log/";
        return Err(UsageError(format!("{message}: {}", data_dir.display())).into());
    }
    let known = args.key.as_deref().map(key).transpose()?;
    let spoken = args.head_words.iter().map(|words| spoken(words));
    let held = args.heads.iter().map(held).chain(spoken).collect::<Result<Vec<_>, _>>()?;
    let authority = args.tsa.as_deref().map(authority).transpose()?;
    let found = verify_directory(data_dir, known.as_ref(), &held, authority.as_ref())?;
    if common.json {
        print_json(&found)?
    } else {
        print_text(&context.texts, &found, held.len())?
    }
    Ok(exit_of(found.state))
}

fn package(common: &Common, texts: &Texts, folder: &Path, args: &Args) -> anyhow::Result<Exit> {
    let known = args.key.as_deref().map(key).transpose()?;
    let authority = args.tsa.as_deref().map(authority).transpose()?;
    let original = args.original.as_deref();
    let outside = Outside { key: known.as_ref(), original, authority: authority.as_ref() };
    let found = verify_package(folder, outside)?;
    if common.json {
        found.findings.iter().try_for_each(finding_json)?;
        output::json_line(&json!({
            "type": "verified", "schema": 1, "state": found.state.as_str(), "files_sound": found.files_sound,
            "incident": found.incident, "findings": found.findings.len(),
            "original": if found.is_cut { "cut" } else { "whole" }, "original_given": args.original.is_some(),
            "stamps": stamps_json(&found.stamps),
        }))?;
    } else {
        let lines: String = found.findings.iter().map(|f| finding_line(texts, f)).collect();
        let count = texts.with("verify-files", &[("files", Value::Count(found.files_sound))]);
        let cut = match (found.is_cut, args.original.is_some()) {
            (true, false) => format!("{}\n", texts.get("verify-cut")),
            _ => String::new(),
        };
        output::text(&format!(
            "{lines}{count}\n{cut}{}{}\n",
            stamps_text(texts, &found.stamps),
            state_text(texts, found.state)
        ))?;
    }
    Ok(exit_of(found.state))
}

fn exit_of(state: State) -> Exit {
    if state == State::Broken { Exit::Tampered } else { Exit::Done }
}

fn state_text(texts: &Texts, state: State) -> String {
    match state {
        State::Intact => texts.get("verify-intact"),
        State::IntactUnknownKey => texts.get("verify-intact_unknown_key"),
        State::Broken => texts.get("verify-broken"),
    }
}

fn key(given: &str) -> Result<PublicKey, UsageError> {
    PublicKey::parse(given)
        .map_or_else(|| PublicKey::from_path(given.as_ref()).map_err(|e| UsageError(e.to_string())), Ok)
}

fn authority(path: &Path) -> Result<StampCertificate, UsageError> {
    let bytes = std::fs::read(path)
        .map_err(|e| UsageError(format!("the certificate cannot be read ({e}): {}", path.display())))?;
    StampCertificate::parse(&bytes)
        .ok_or_else(|| UsageError(format!("this is no certificate (X.509, PEM or DER): {}", path.display())))
}

fn stamps_json(stamps: &[FoundStamp]) -> Json {
    let stamp = |s: &FoundStamp| json!({"at": s.stamped.at, "authority": s.stamped.authority, "is_known_certificate": s.is_known});
    stamps.iter().map(stamp).collect()
}

fn stamps_text(texts: &Texts, stamps: &[FoundStamp]) -> String {
    let line = |s: &FoundStamp| {
        let values =
            [("at", printable(&s.stamped.at).into()), ("authority", printable(&s.stamped.authority).into())];
        let id = if s.is_known { "verify-stamp" } else { "verify-stamp-unknown" };
        format!("{}\n", texts.with(id, &values))
    };
    stamps.iter().map(line).collect()
}

fn held(path: &PathBuf) -> Result<Held, UsageError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| UsageError(format!("the head cannot be read ({e}): {}", path.display())))?;
    Ok(Held { path: path.clone(), text })
}

/// Words that were misheard are no finding: they are asked for again.
fn spoken(words: &str) -> Result<Held, UsageError> {
    HeadWords::parse(words).map_err(|e| UsageError(format!("--head-words: {e}")))?;
    Ok(Held { path: "--head-words".into(), text: words.to_owned() })
}

fn finding_json(f: &Finding) -> std::io::Result<()> {
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
    output::json_line(&line)
}

fn print_json(found: &Findings) -> std::io::Result<()> {
    found.findings.iter().try_for_each(finding_json)?;
    output::json_line(&json!({
        "type": "verified", "schema": 1, "state": found.state.as_str(), "entries": found.entries,
        "signed": found.signed, "flags": found.flags, "findings": found.findings.len(),
        "held_heads_sound": found.held_sound, "stamps": stamps_json(&found.stamps),
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
    text.push_str(&stamps_text(texts, &found.stamps));
    text.push_str(&format!("{}\n", state_text(texts, found.state)));
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
