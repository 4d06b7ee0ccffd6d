//! What an analysis is told before it begins, and what it tells while it goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::digest::hex;
use crate::domain::{
    ClipScore, Incident, IncidentEvent, IncidentId, InputError, LooseEnds, MediaTime, ModelUse, PictureLook,
    SourceId, SourceInfo, SourceResult, StageSecs, Zones,
};
use crate::infer::{Batching, Bundle, EyesPlan, InferError, RuntimeOptions};
use crate::media::Decoding;

/// All that an analysis needs to know; resolved once, read by every lane.
pub struct AnalysisPlan {
    /// Rules and thresholds.
    pub config: Config,
    /// SHA-256 of the rules and whatever else steers results.
    pub config_digest: String,
    /// The models that look at pictures.
    pub eyes: EyesPlan,
    /// The violence model, where violence is looked for.
    pub violence: Option<Bundle>,
    /// What decodes the recordings.
    pub decoding: Decoding,
    /// Device and threads; `intra_threads` is set by the number of lanes.
    pub runtime: RuntimeOptions,
    /// All lanes look through one set of models, gathered like this; none: each has its own.
    pub batching: Option<Batching>,
    /// Threads to use in all.
    pub threads: usize,
    /// Where stills are written; none: no stills.
    pub stills_folder: Option<PathBuf>,
    /// Whether every picture's look and every window's score are told (for measuring).
    pub reports_scores: bool,
    /// What is known of the camera of each recording.
    pub scenes: Scenes,
}

/// What is known of a recording's camera before it is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Parts of its picture.
    pub zones: Zones,
    /// Whether it only records while something moves, so that a silence of its clock says nothing.
    pub records_on_motion: bool,
}

/// The scenes of a run, by the path of the recording. Of one that is not listed, nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Scenes(BTreeMap<PathBuf, Scene>);

impl Scenes {
    /// These scenes.
    pub fn new(scenes: BTreeMap<PathBuf, Scene>) -> Self {
        Self(scenes)
    }

    /// The scene of a recording.
    pub fn of(&self, path: &Path) -> Scene {
        self.0.get(path).cloned().unwrap_or_default()
    }
}

/// What a run tells while it goes on.
#[derive(Debug)]
#[allow(missing_docs)] // fields are the domain's own nouns
pub enum RunEvent {
    /// The models are loaded.
    Ready { models: Vec<ModelUse> },
    /// A source was found and hashed.
    Opened { source: SourceInfo },
    /// How far a source is.
    Progress { source: SourceId, at: MediaTime, expected_secs: Option<f64> },
    /// A picture was looked at; told before anything that follows from it.
    Look { source: SourceId, look: PictureLook },
    /// A window was scored.
    Score { source: SourceId, score: ClipScore },
    /// An incident opened, grew or ended.
    Incident { source: SourceId, id: IncidentId, event: IncidentEvent },
    /// A source is done; its errors are in the result. `loose` is what only other recordings can settle.
    Finished { result: Box<SourceResult>, count: LaneCount, loose: LooseEnds },
    /// A source could not even be hashed.
    Unreadable { error: InputError },
    /// A model failed; its lane is given up.
    Failed { error: InferError },
}

/// What a lane counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LaneCount {
    /// Pictures decoded.
    pub decoded_frames: u64,
    /// Pictures analysed.
    pub analysed_frames: u64,
    /// Processor seconds by stage.
    pub stages: StageSecs,
}

/// The lasting name of an incident: the same file, models and configuration give the same name.
pub fn incident_id(plan: &AnalysisPlan, source: &SourceInfo, incident: &Incident) -> IncidentId {
    let violence = plan.violence.as_ref().map_or("", |b| b.card.sha256.as_str());
    let number = incident.number.to_string();
    let mut hash = Sha256::new();
    for part in [
        &source.sha256,
        plan.eyes.people.card.sha256.as_str(),
        violence,
        &plan.config_digest,
        incident.kind.as_str(),
        &number,
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    IncidentId(hex(&hash.finalize()[..8]))
}
