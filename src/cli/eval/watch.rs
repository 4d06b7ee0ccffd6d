//! Runs the analysis over labelled recordings, as `scan` does, and keeps what the measures need.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::unbounded;

use crate::cli::context::{Context, stop_flag};
use crate::cli::site;
use crate::domain::{BlindCause, BlindSpan, IncidentEvent, MediaTime, PictureLook, SourceId, Span};
use crate::eval::Alarm;
use crate::pipeline::{RunEvent, analyse};
use crate::text::printable;

/// What one recording showed. Empty for one that could not be read.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Highest violence score of its windows; absent where none was scored.
    pub best_score: Option<f32>,
    /// Pictures looked at, by time.
    pub looks: Vec<PictureLook>,
    /// What was flagged.
    pub alarms: Vec<Alarm>,
    /// Length in seconds, as far as it was read.
    pub duration_secs: f64,
    /// Silences of the recording's own clock.
    pub gaps: Vec<Span>,
    /// Seconds looked at by the models.
    pub analysed_secs: f64,
}

/// All recordings by their place in the list, and whether something of one could not be read. What could not be read is
/// told on standard error. `is_gated` false looks at every picture, whatever the configuration says.
pub(super) fn watch(
    context: &Context,
    files: &[PathBuf],
    is_gated: bool,
) -> anyhow::Result<(BTreeMap<SourceId, Watched>, bool)> {
    let stop: Arc<AtomicBool> = stop_flag()?;
    let mut plan = context.plan()?;
    plan.reports_scores = true;
    plan.scenes = site::scenes(&context.config, files, None);
    plan.config.gate.enabled &= is_gated;
    let runtime = context.load_runtime()?;
    let (events_tx, events) = unbounded();
    analyse(&plan, &runtime, files, &events_tx, &stop)?;
    drop(events_tx);
    if stop.load(Ordering::Relaxed) {
        anyhow::bail!("interrupted; a figure over a part of the recordings would mislead, so none is given");
    }
    let mut gathered = Gathered::default();
    for event in events {
        gathered.take(event)?;
    }
    for failure in &gathered.failures {
        eprintln!("kuager: {}", printable(failure));
    }
    Ok((gathered.watched, !gathered.failures.is_empty()))
}

#[derive(Default)]
struct Gathered {
    watched: BTreeMap<SourceId, Watched>,
    /// When each incident was first told.
    raised_at: BTreeMap<(SourceId, u32), MediaTime>,
    failures: Vec<String>,
}

impl Gathered {
    fn take(&mut self, event: RunEvent) -> anyhow::Result<()> {
        match event {
            RunEvent::Look { source, look } => self.of(source).looks.push(look),
            RunEvent::Score { source, score } => {
                let best = &mut self.of(source).best_score;
                *best = Some(best.map_or(score.probability, |b| b.max(score.probability)));
            }
            RunEvent::Incident { source, event: IncidentEvent::New(incident), .. } => {
                // A picture's look is told before what follows from it.
                let at = self.of(source).looks.last().map_or(incident.span.end, |l| l.at);
                self.raised_at.insert((source, incident.number), at);
            }
            RunEvent::Incident { source, event: IncidentEvent::End(incident), .. } => {
                let raised_at = self.raised_at.get(&(source, incident.number)).copied();
                self.of(source).alarms.push(Alarm {
                    kind: incident.kind,
                    span: incident.span,
                    raised_at: raised_at.unwrap_or(incident.span.end),
                    peak_score: incident.peak_score.into(),
                });
            }
            RunEvent::Finished { result, .. } => {
                let watched = self.of(result.source.id);
                watched.duration_secs = result.duration_secs;
                watched.analysed_secs = result.coverage.analysed_secs;
                let is_gap = |b: &&BlindSpan| b.cause == BlindCause::RecordingGap;
                watched.gaps = result.coverage.blind.iter().filter(is_gap).map(|b| b.span).collect();
                self.failures.extend(result.errors.into_iter().map(|e| e.message));
            }
            RunEvent::Unreadable { error } => self.failures.push(error.message),
            RunEvent::Failed { error } => return Err(error.into()),
            RunEvent::Ready { .. }
            | RunEvent::Opened { .. }
            | RunEvent::Progress { .. }
            | RunEvent::Incident { .. } => {}
        }
        Ok(())
    }

    fn of(&mut self, source: SourceId) -> &mut Watched {
        self.watched.entry(source).or_default()
    }
}
