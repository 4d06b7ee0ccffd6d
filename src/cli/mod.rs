//! The commands. The only folder that reads flags and the environment: a plan is resolved here once, and nothing
//! below looks at either again.

mod account;
mod bench;
mod calibrate;
mod choice;
mod config;
mod context;
mod coverage;
mod doctor;
mod drill;
mod eval;
mod export;
mod heads;
mod hold;
mod level;
mod log;
mod models;
mod output;
mod progress;
mod recordings;
mod retention;
mod scan;
mod settings;
mod site;
mod stamp;
mod storing;
mod verify;
mod zones;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::text::{Lang, printable};

/// How a command ended; `docs/ref/exit-codes.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    PartlyRead = 3,
    Tampered = 4,
    Flagged = 10,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a user may have to correct rather than the program.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

/// Flags possible incidents on custody footage for human review. A flag is a pointer, never a verdict.
#[derive(Parser)]
#[command(name = "kuager", version, about, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(clap::Args, Clone, Debug)]
struct Common {
    /// Where results are kept (default: KUAGER_DATA_DIR, else the user's data folder)
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Language of what people read (default: from the locale)
    #[arg(long, global = true, value_name = "kk|ru|en")]
    lang: Option<Lang>,
    /// JSON Lines on standard output and nothing else there
    #[arg(long, global = true)]
    json: bool,
    /// Configuration file (docs/ref/config.md)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Pictures analysed a second (default 5)
    #[arg(long, global = true, value_name = "N")]
    fps: Option<f64>,
    /// Decode and analyse everything, also where nothing moves
    #[arg(long, global = true)]
    no_gate: bool,
    /// Where models run: auto, cpu, cuda:N, tensorrt:N, openvino
    #[arg(long, global = true, value_name = "DEVICE", default_value = "auto")]
    device: String,
    /// What decodes recordings: auto (software), software, cuda:N, vaapi
    #[arg(long, global = true, value_name = "DECODER", default_value = "auto")]
    decoder: String,
    /// Use the processor where that device or decoder cannot run, instead of stopping
    #[arg(long, global = true, value_name = "cpu", value_parser = ["cpu"])]
    fallback: Option<String>,
    /// Threads to use, at most those of the machine (default: all)
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
    /// Use another model for a role: pose, detector, crop-pose or violence; a name from `kuager models list` or a
    /// folder with model.toml (may be given more than once)
    #[arg(long, global = true, value_name = "ROLE=NAME")]
    models: Vec<String>,
    /// Look only for these kinds, separated by commas
    #[arg(long, global = true, value_name = "LIST", value_delimiter = ',')]
    detectors: Option<Vec<String>>,
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Say only what is asked for and errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Analyse recorded footage: files, folders, globs; `-` for a stream on standard input
    Scan(scan::Args),
    /// Learn the alarm level of one camera from its quiet hours, within the bounds of the model's card
    Calibrate(calibrate::Args),
    /// Look through staged acts with a camera's settings: what would be found on it
    Drill(drill::Args),
    /// Whether recordings are all there and agree about their times, without analysing pictures
    Recordings(recordings::Args),
    /// What could be seen of each camera and hour, from the results that are kept
    Coverage(coverage::Args),
    /// Draw a camera's zones on a still, on a page of its own
    Zones(zones::Args),
    /// Measure detection on labelled material
    #[command(subcommand)]
    Eval(eval::Command),
    /// List, add, verify or time models
    #[command(subcommand)]
    Models(models::Command),
    /// Check that what is kept is still what was written: log, signatures, database, stills
    Verify(verify::Args),
    /// Make a package of a flag: recording, coverage, reports and proofs, for whoever is to decide
    Export(export::Args),
    /// Sign, show and prove the log of everything that was done and found
    #[command(subcommand)]
    Log(log::Command),
    /// Hold recordings against deletion, list what is held, let it go by two people
    #[command(subcommand)]
    Hold(hold::Command),
    /// What is kept, held, may go or is gone, and how long the disks last
    Retention(retention::Args),
    /// Have a signed head stamped with the time by somebody else (RFC 3161), without a network
    #[command(subcommand)]
    Stamp(stamp::Command),
    /// Throughput on this machine beside its limits
    Bench(bench::Args),
    /// What works here, what does not, and what to do about it
    Doctor(doctor::Args),
    /// Check a configuration file or print its schema
    #[command(subcommand)]
    Config(config::Command),
    /// Completions for a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            error.print().ok();
            return ExitCode::from(if error.use_stderr() { Exit::Usage } else { Exit::Done });
        }
    };
    match dispatch(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            if output::is_broken_pipe(&error) {
                return Exit::Done.into();
            }
            eprintln!("kuager: {}", printable(&with_causes(&error)));
            let is_usage = error.chain().any(|cause| cause.is::<UsageError>());
            (if is_usage { Exit::Usage } else { Exit::Failed }).into()
        }
    }
}

/// The message and those of its causes that it does not already contain.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |mut text, cause| {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        text
    })
}

fn dispatch(arguments: Arguments) -> anyhow::Result<Exit> {
    let common = &arguments.common;
    match arguments.command {
        Command::Scan(args) => scan::run(common, &args),
        Command::Calibrate(args) => calibrate::run(common, &args),
        Command::Drill(args) => drill::run(common, &args),
        Command::Recordings(args) => recordings::run(common, &args),
        Command::Coverage(args) => coverage::run(common, &args),
        Command::Zones(args) => zones::run(common, &args),
        Command::Eval(command) => eval::run(common, &command),
        Command::Models(command) => models::run(common, &command),
        Command::Verify(args) => verify::run(common, &args),
        Command::Export(args) => export::run(common, &args),
        Command::Log(command) => log::run(common, &command),
        Command::Hold(command) => hold::run(common, &command),
        Command::Retention(args) => retention::run(common, &args),
        Command::Stamp(command) => stamp::run(common, &command),
        Command::Bench(args) => bench::run(common, &args),
        Command::Doctor(args) => doctor::run(common, &args),
        Command::Config(command) => config::run(common, &command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "kuager", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
