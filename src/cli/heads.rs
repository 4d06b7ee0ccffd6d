//! Signed heads of the log, handed out at the end of a run to the folders and the command that the configuration names. This
//! program opens no connection: whatever sends a head on is a program of its own.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::context::Context;
use crate::chain::{EntryKind, NewEntry, SignedHead, replace_file};
use crate::config::HeadsConfig;
use crate::domain::RunId;
use crate::store::open_data_log;
use crate::text::printable;

/// How long to sleep between two looks at a command.
const PAUSE: Duration = Duration::from_millis(20);
/// A head is there to be read by others, as far as the account lets them.
const FOR_ANYBODY: u32 = 0o666;
/// More of a command's complaint is of no use on one line.
const LONGEST_COMPLAINT: usize = 300;

/// Gives the head of the log to whom the configuration names. What fails is told and logged, and stops nothing.
pub(super) fn hand_out(context: &Context, run: &RunId) {
    let heads = &context.config.heads;
    if heads.copy_to.is_empty() && heads.command.is_empty() {
        return;
    }
    if let Err(error) = hand_out_logged(context, heads, run) {
        eprintln!("kuager: the head of the log was not given away: {error}");
    }
}

fn hand_out_logged(context: &Context, heads: &HeadsConfig, run: &RunId) -> anyhow::Result<()> {
    let mut log = open_data_log(&context.data_dir)?;
    let head = log.sign_head()?;
    let mut given: Vec<Value> = Vec::new();
    let mut tell = |to: String, done: Result<(), String>| {
        let mut record = json!({"to": to});
        if let Err(error) = done {
            eprintln!(
                "kuager: {}",
                printable(&format!("the head of the log was not given away ({error}): {to}"))
            );
            record["error"] = json!(error);
        }
        given.push(record);
    };
    for folder in &heads.copy_to {
        let path = copy_path(folder, &head);
        tell(path.to_string_lossy().into_owned(), copy(&path, &head));
    }
    if let Some((program, arguments)) = heads.command.split_first() {
        let limit = Duration::from_secs_f64(heads.command_secs);
        // Arguments may hold passwords.
        tell(format!("command {program}"), pipe(program, arguments, &head, limit));
    }
    let size = head.claimed().size;
    let body = json!({"run": run.0, "size": size, "given": given});
    log.append(vec![NewEntry { kind: EntryKind::HeadGiven, body }])?;
    log.sign_head()?;
    Ok(())
}

/// `kuager-9f86d081884c7d65-0000000042.head`: heads of a log sort by its length, and none replaces another.
fn copy_path(folder: &Path, head: &SignedHead) -> PathBuf {
    folder.join(format!("{}-{:010}.head", head.name().replace('/', "-"), head.claimed().size))
}

/// Writes a head as a whole or not at all. A folder that is not there is a stick that is not plugged in: it is not made.
fn copy(path: &Path, head: &SignedHead) -> Result<(), String> {
    replace_file(path, head.to_string().as_bytes(), FOR_ANYBODY).map_err(|e| {
        std::fs::remove_file(path.with_extension("new")).ok();
        e.to_string()
    })
}

/// Runs a program with the head on its standard input, and ends it where it takes too long.
fn pipe(program: &str, arguments: &[String], head: &SignedHead, limit: Duration) -> Result<(), String> {
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // A head is smaller than any pipe. A program that does not read it says with its exit code whether that is well.
        stdin.write_all(head.to_string().as_bytes()).ok();
    }
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if began.elapsed() >= limit => {
                child.kill().and_then(|()| child.wait().map(drop)).ok();
                return Err(format!("it took longer than {} s", limit.as_secs_f64()));
            }
            None => std::thread::sleep(PAUSE),
        }
    };
    if status.success() {
        return Ok(());
    }
    let mut complaint = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        // What the command left running may hold its end open for ever: only what was said until now is read.
        rustix::fs::fcntl_setfl(&stderr, rustix::fs::OFlags::NONBLOCK).map_err(|e| e.to_string())?;
        stderr.take(LONGEST_COMPLAINT as u64).read_to_end(&mut complaint).ok();
    }
    let complaint = String::from_utf8_lossy(&complaint);
    let complaint = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
    Err(format!("{status} {complaint}").trim_end().to_owned())
}
