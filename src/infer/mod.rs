//! Runs the ONNX models: people and skeletons of a picture, violence in a window of pictures.
//!
//! The only folder that may name `ort`. What a model wants and gives is data, its card; nothing here knows a
//! particular network. It never falls back to another execution provider than the one asked for.

mod card;
mod error;
mod eye;
mod people;
mod runtime;
mod shelf;
mod window;

pub use card::{Card, CardError, Measured, PeopleFamily, PoseCard, Task, Use, ViolenceCard};
pub use error::InferError;
pub use eye::{Eye, FeatureMap, Seen};
pub use people::suppress_overlaps;
pub use runtime::{Device, Runtime, RuntimeOptions, find_library};
pub use shelf::{Bundle, Shelf, ShelfError, embedded, embedded_for};
pub use window::{GridMask, ViolenceHead, WindowScorer};
