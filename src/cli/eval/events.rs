//! `kuager eval events`: flags in whole recordings against labelled events.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::watch::{Watched, watch};
use super::{beside, in_file, read_labels, tell};
use crate::cli::context::Context;
use crate::cli::{Common, Exit, site};
use crate::domain::{IncidentKind, SourceId};
use crate::eval::{
    EventsReport, LabelledEvent, RecordingLabels, WatchedRecording, check_ends, events_report,
    parse_event_labels,
};
use crate::media::Recording;
use crate::pipeline::AnalysisPlan;

pub(super) fn events(common: &Common, context: &Context, labels_path: &Path) -> anyhow::Result<Exit> {
    let labelled = Labelled::read(labels_path)?;
    let mut plan = context.plan()?;
    plan.scenes = site::scenes(&context.config, &labelled.files, None);
    let (report, is_incomplete) = labelled.judge(common, context, plan)?;
    tell(common, &serde_json::to_value(&report)?)?;
    Ok(if is_incomplete { Exit::PartlyRead } else { Exit::Done })
}

/// Recordings with their labelled events.
pub(in crate::cli) struct Labelled {
    labels_path: PathBuf,
    labels: Vec<RecordingLabels>,
    /// In the order of the labels.
    pub files: Vec<PathBuf>,
    /// The lengths that the containers declare.
    declared: Vec<Option<f64>>,
}

impl Labelled {
    /// Reads the labels and holds them against the lengths that the recordings declare: before hours of work rather
    /// than after.
    pub fn read(labels_path: &Path) -> anyhow::Result<Self> {
        let labels = parse_event_labels(&read_labels(labels_path)?).map_err(|e| in_file(&e, labels_path))?;
        let files: Vec<PathBuf> = labels.iter().map(|l| beside(labels_path, &l.path)).collect();
        let declared: Vec<Option<f64>> = files.iter().map(|f| declared_secs(f)).collect();
        for (recording, secs) in labels.iter().zip(&declared) {
            secs.map_or(Ok(()), |secs| check_ends(recording, secs)).map_err(|e| in_file(&e, labels_path))?;
        }
        Ok(Self { labels_path: labels_path.to_owned(), labels, files, declared })
    }

    /// Looks through the files and holds what was flagged against the labels. Also whether something could not be read.
    pub fn judge(
        &self,
        common: &Common,
        context: &Context,
        plan: AnalysisPlan,
    ) -> anyhow::Result<(EventsReport, bool)> {
        let (mut watched, is_incomplete) = watch(common, context, plan, &self.files)?;
        let mut recordings = Vec::with_capacity(self.labels.len());
        let mut not_looked_for = BTreeMap::new();
        for (i, (label, declared)) in self.labels.iter().zip(&self.declared).enumerate() {
            let watched = watched.remove(&SourceId(i as u32)).unwrap_or_default();
            if declared.is_none() && watched.duration_secs > 0.0 {
                let checked = check_ends(label, watched.duration_secs);
                checked.map_err(|e| in_file(&e, &self.labels_path))?;
            }
            recordings.push(judged(context, label, watched, &mut not_looked_for));
        }
        let report = events_report(&recordings, not_looked_for);
        Ok((report.map_err(|e| in_file(&e, &self.labels_path))?, is_incomplete))
    }
}

/// What the container declares to hold; none where that is not known, or nothing can be opened (the analysis will say so).
fn declared_secs(file: &Path) -> Option<f64> {
    Recording::open(file, SourceId(0), 1).ok()?.info().expected_secs
}

/// A recording with its events of the kinds that are looked for; the others are counted.
fn judged(
    context: &Context,
    labels: &RecordingLabels,
    watched: Watched,
    not_looked_for: &mut BTreeMap<String, u64>,
) -> WatchedRecording {
    let looked_for = |kind: &IncidentKind| context.config.looks_for(*kind);
    let mut events = Vec::new();
    for label in &labels.events {
        match label.known_kind().filter(looked_for) {
            Some(kind) => events.push(LabelledEvent { kind, span: label.span }),
            None => *not_looked_for.entry(label.kind.clone()).or_default() += 1,
        }
    }
    WatchedRecording {
        path: labels.path.clone(),
        events,
        alarms: watched.alarms,
        looks: watched.looks,
        duration_secs: watched.duration_secs,
        gaps: watched.gaps,
        analysed_secs: watched.analysed_secs,
    }
}
