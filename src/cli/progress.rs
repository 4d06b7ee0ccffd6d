//! How far a run is: a line on the terminal, or JSON lines once a second.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::domain::{MediaTime, SourceId, SourceInfo};
use crate::report::json_lines;
use crate::text::{Texts, Value};

/// Whom progress is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    Terminal,
    Machine,
    Nobody,
}

impl Audience {
    pub fn of(is_json: bool, is_quiet: bool) -> Self {
        match (is_json, is_quiet) {
            (true, _) => Self::Machine,
            (false, true) => Self::Nobody,
            (false, false) if std::io::stderr().is_terminal() => Self::Terminal,
            (false, false) => Self::Nobody,
        }
    }
}

/// Where a source stands.
#[derive(Clone, Copy)]
struct Standing {
    bytes: u64,
    done_secs: f64,
    expected_secs: Option<f64>,
    is_finished: bool,
}

/// Follows all sources of a run. The share done is reckoned in bytes, since the length of a file that has not been
/// opened is not known.
pub(super) struct Progress {
    audience: Audience,
    bar: ProgressBar,
    started: Instant,
    last_said: Option<Instant>,
    total_bytes: u64,
    total_files: usize,
    standings: BTreeMap<SourceId, Standing>,
}

const SAY_EVERY: Duration = Duration::from_secs(1);

impl Progress {
    pub fn new(audience: Audience, total_files: usize, total_bytes: u64) -> Self {
        let bar = ProgressBar::new(1000);
        let is_drawn = audience == Audience::Terminal;
        bar.set_draw_target(if is_drawn {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}") {
            bar.set_style(style);
        }
        Self {
            audience,
            bar,
            started: Instant::now(),
            last_said: None,
            total_bytes,
            total_files,
            standings: BTreeMap::new(),
        }
    }

    pub fn opened(&mut self, source: &SourceInfo) {
        let standing =
            Standing { bytes: source.bytes, done_secs: 0.0, expected_secs: None, is_finished: false };
        self.standings.insert(source.id, standing);
    }

    pub fn moved(
        &mut self,
        source: SourceId,
        at: MediaTime,
        expected_secs: Option<f64>,
        texts: &Texts,
    ) -> std::io::Result<()> {
        if let Some(standing) = self.standings.get_mut(&source) {
            standing.done_secs = at.secs_f64();
            standing.expected_secs = expected_secs;
        }
        self.say(texts)
    }

    pub fn finished(&mut self, source: SourceId, duration_secs: f64, texts: &Texts) -> std::io::Result<()> {
        if let Some(standing) = self.standings.get_mut(&source) {
            standing.done_secs = duration_secs;
            standing.is_finished = true;
        }
        self.say(texts)
    }

    /// Runs something that prints, without tearing the line.
    pub fn suspended(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&mut self, texts: &Texts) -> std::io::Result<()> {
        if self.audience == Audience::Nobody || self.last_said.is_some_and(|at| at.elapsed() < SAY_EVERY) {
            return Ok(());
        }
        self.last_said = Some(Instant::now());
        let (progress, share) = self.reckon();
        if self.audience == Audience::Machine {
            return output::json_line(&json_lines::progress(&progress));
        }
        let files_done = self.standings.values().filter(|s| s.is_finished).count();
        let mut parts = vec![texts.with(
            "progress-files",
            &[("done", Value::Count(files_done as u64)), ("total", Value::Count(self.total_files as u64))],
        )];
        if let Some(speed) = progress.speed {
            parts.push(texts.with("progress-speed", &[("speed", Value::Text(texts.number(speed, 1)))]));
        }
        if let Some(eta_secs) = progress.eta_secs {
            parts.push(texts.with("progress-eta", &[("eta", Value::Text(texts.duration(eta_secs)))]));
        }
        self.bar.set_position((share * 1000.0) as u64);
        self.bar.set_message(parts.join("  "));
        Ok(())
    }

    fn reckon(&self) -> (json_lines::Progress, f64) {
        let wall_secs = self.started.elapsed().as_secs_f64();
        let done_secs: f64 = self.standings.values().map(|s| s.done_secs).sum();
        let done_bytes: f64 = self.standings.values().map(Standing::done_bytes).sum();
        let share =
            if self.total_bytes > 0 { (done_bytes / self.total_bytes as f64).clamp(0.0, 1.0) } else { 0.0 };
        let is_telling = share > 0.001 && wall_secs > 0.5;
        let total_secs = is_telling.then(|| done_secs / share);
        let eta_secs = is_telling.then(|| wall_secs * (1.0 - share) / share);
        let speed = (wall_secs > 0.5).then(|| done_secs / wall_secs);
        (json_lines::Progress { done_secs, total_secs, speed, eta_secs }, share)
    }
}

impl Standing {
    fn done_bytes(&self) -> f64 {
        let share = match self.expected_secs {
            _ if self.is_finished => 1.0,
            Some(expected) if expected > 0.0 => (self.done_secs / expected).min(1.0),
            _ => 0.5,
        };
        share * self.bytes as f64
    }
}
