//! Wires the stages. The engine is pure; threads are in `run` and `lane` alone.

mod coverage;
mod engine;
mod lane;
mod run;

pub use coverage::{Sightings, account};
pub use engine::{Engine, EngineEvent, SeenPicture};
pub use lane::{LaneCount, hash_file};
pub use run::{AnalysisPlan, RunEvent, analyse, incident_id};
