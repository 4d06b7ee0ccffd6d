//! One run of the program over its inputs: what it was made of, what it met, what it found.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Coverage, Incident, IncidentId, MediaTime, SourceId};

/// Names a run: start time in UTC and a random tail, sortable, e.g. `20261103T140507Z-3f9a1c`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

/// A model as it took part in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUse {
    /// Name on its card.
    pub name: String,
    /// SHA-256 of the weights, hex.
    pub sha256: String,
    /// Execution provider it really ran on: `cpu`, `cuda:0`, …
    pub provider: String,
}

/// What makes a run repeatable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Its name.
    pub id: RunId,
    /// Start, RFC 3339 UTC.
    pub started_at: String,
    /// Version of this program.
    pub program_version: String,
    /// The subcommand: `scan`, …
    pub command: String,
    /// SHA-256 over everything that can change a result besides file, models and program, hex.
    pub config_digest: String,
    /// The models used.
    pub models: Vec<ModelUse>,
    /// Version of FFmpeg's libavcodec and libavformat.
    pub ffmpeg_version: String,
    /// The decoder that opened, not the one asked for: `software`, `cuda:0`, `vaapi`.
    pub decoder: String,
}

/// One input file as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// Its number in the run.
    pub id: SourceId,
    /// Where it lies, as given (may not be UTF-8).
    pub path: PathBuf,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// Where in the work an input failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Finding or opening the file.
    Open,
    /// Reading the container.
    Demux,
    /// Decoding pictures.
    Decode,
    /// Running a model.
    Infer,
    /// Writing what was found.
    Store,
}

impl Stage {
    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Demux => "demux",
            Self::Decode => "decode",
            Self::Infer => "infer",
            Self::Store => "store",
        }
    }
}

/// Something in an input that could not be read fully. Never silent: printed, stored, in the report, exit code 3.
#[derive(Clone, Debug, PartialEq)]
pub struct InputError {
    /// The file.
    pub path: PathBuf,
    /// What was being done.
    pub stage: Stage,
    /// From where on, where that is known.
    pub at: Option<MediaTime>,
    /// What happened and what to do about it, one line.
    pub message: String,
    /// Seconds of the file that were analysed all the same.
    pub analysed_secs: f64,
    /// Whether the analysis went on behind it.
    pub is_recoverable: bool,
}

impl InputError {
    /// An input that could not even be opened: nothing of it was analysed.
    pub fn unopened(path: &Path, message: String) -> Self {
        Self {
            path: path.to_owned(),
            stage: Stage::Open,
            at: None,
            message,
            analysed_secs: 0.0,
            is_recoverable: false,
        }
    }
}

/// An incident with its lasting name and the picture that shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FlaggedIncident {
    /// Stable over re-runs.
    pub id: IncidentId,
    /// The incident in its final form.
    pub incident: Incident,
    /// JPEG of the peak with region and skeletons drawn, if it could be made.
    pub still: Option<PathBuf>,
}

/// All that a run says of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceResult {
    /// The input.
    pub source: SourceInfo,
    /// Length of the recording in seconds, as far as it was read.
    pub duration_secs: f64,
    /// What really decoded it: `software`, `cuda:0`, `cuda:0, software`; none where it could not be opened.
    pub decoder: Option<String>,
    /// What could be seen.
    pub coverage: Coverage,
    /// What was flagged, by start.
    pub incidents: Vec<FlaggedIncident>,
    /// What could not be read.
    pub errors: Vec<InputError>,
    /// Whether the analysis reached the end, or was interrupted.
    pub is_complete: bool,
}

/// CPU seconds by stage; they add up to `cpu_secs` of the run, what no stage owns being in `other`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the stage names of the architecture
pub struct StageSecs {
    pub demux: f64,
    pub decode: f64,
    pub gate: f64,
    pub preprocess: f64,
    pub pose: f64,
    pub track: f64,
    pub violence: f64,
    pub integrity: f64,
    pub store: f64,
    /// Hashing, stills, reports, start-up.
    pub other: f64,
}

impl StageSecs {
    /// Adds another account, stage by stage.
    pub fn add(&mut self, part: &Self) {
        self.demux += part.demux;
        self.decode += part.decode;
        self.gate += part.gate;
        self.preprocess += part.preprocess;
        self.pose += part.pose;
        self.track += part.track;
        self.violence += part.violence;
        self.integrity += part.integrity;
        self.store += part.store;
        self.other += part.other;
    }

    /// All stages together.
    pub fn total(&self) -> f64 {
        let models = self.pose + self.track + self.violence + self.integrity;
        self.demux + self.decode + self.gate + self.preprocess + models + self.store + self.other
    }
}

/// The closing account of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTotals {
    /// Inputs met, readable or not.
    pub inputs: u32,
    /// Seconds of recording analysed.
    pub analysed_secs: f64,
    /// Pictures decoded.
    pub decoded_frames: u64,
    /// Pictures the models looked at.
    pub analysed_frames: u64,
    /// Time by the clock on the wall.
    pub wall_secs: f64,
    /// Processor time of the whole process.
    pub cpu_secs: f64,
    /// Where it went.
    pub stages: StageSecs,
    /// Whether it was interrupted.
    pub is_interrupted: bool,
}
