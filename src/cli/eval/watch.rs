//! Runs the analysis over labelled recordings, as `scan` does, and keeps what the measures need.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, unbounded};

use crate::cli::Common;
use crate::cli::context::{Context, stop_flag};
use crate::cli::progress::{Audience, Progress};
use crate::domain::{BlindCause, BlindSpan, IncidentEvent, MediaTime, PictureLook, SourceId, Span};
use crate::eval::Alarm;
use crate::pipeline::{AnalysisPlan, RunEvent, analyse};
use crate::text::{Texts, printable};

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
/// told on standard error, on a terminal also how far the work is.
pub(super) fn watch(
    common: &Common,
    context: &Context,
    mut plan: AnalysisPlan,
    files: &[PathBuf],
) -> anyhow::Result<(BTreeMap<SourceId, Watched>, bool)> {
    let stop: Arc<AtomicBool> = stop_flag()?;
    plan.reports_scores = true;
    let runtime = context.load_runtime()?;
    let audience = Audience::of(false, common.quiet || common.json);
    let bytes = files.iter().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
    let mut progress = Progress::new(audience, files.len(), bytes);
    let (events_tx, events) = unbounded();
    let (analysed, gathered) = std::thread::scope(|scope| {
        let analysis = scope.spawn(|| {
            let events_tx = events_tx; // dropped at the end, so that gathering ends too
            analyse(&plan, &runtime, files, &events_tx, &stop)
        });
        let gathered = gather(&events, &mut progress, &context.texts);
        if gathered.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        (analysis.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), gathered)
    });
    progress.clear();
    let gathered = gathered?;
    analysed?;
    if stop.load(Ordering::Relaxed) {
        anyhow::bail!("interrupted; a figure over a part of the recordings would mislead, so none is given");
    }
    for failure in &gathered.failures {
        eprintln!("kuager: {}", printable(failure));
    }
    Ok((gathered.watched, !gathered.failures.is_empty()))
}

fn gather(events: &Receiver<RunEvent>, progress: &mut Progress, texts: &Texts) -> anyhow::Result<Gathered> {
    let mut gathered = Gathered::default();
    for event in events {
        match &event {
            RunEvent::Opened { source } => progress.opened(source),
            RunEvent::Progress { source, at, expected_secs } => {
                progress.moved(*source, *at, *expected_secs, texts)?;
            }
            RunEvent::Finished { result, .. } => {
                progress.finished(result.source.id, result.duration_secs, texts)?;
            }
            _ => {}
        }
        gathered.take(event)?;
    }
    Ok(gathered)
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
