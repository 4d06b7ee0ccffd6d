//! Wires the stages. The engine is pure; threads are in `run` and `lane` alone.

mod clock;
mod coverage;
mod engine;
mod feed;
mod lane;
mod lessons;
mod looked;
mod plan;
mod run;
mod shared;
mod still;

pub use coverage::{Sightings, account};
pub use engine::{Engine, EngineEvent, Finished, SeenPicture};
pub use plan::{AnalysisPlan, LaneCount, RunEvent, Scene, Scenes, incident_id};
pub use run::analyse;
