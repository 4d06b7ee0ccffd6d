//! Runs the ONNX models: people and skeletons of a picture, violence in a window of pictures.
//!
//! The only folder that may name `ort`. What a model wants and gives is data, its card; nothing here knows a
//! particular network. It never falls back to another execution provider than the one asked for.

mod batching;
mod bodies;
mod bound;
mod card;
mod crop;
mod error;
mod eye;
mod eyes;
mod grey;
mod people;
mod runtime;
mod shared;
mod shelf;
mod tensors;
mod window;

pub use batching::{Batching, Gathering};
pub use card::{
    Card, CardError, CropHead, CropPoseCard, Dtype, ImageCard, Measured, PeopleCard, PeopleHead, Task, Use,
    ViolenceCard,
};
pub use crop::CropPose;
pub use error::InferError;
pub use eye::{Eye, FeatureMap, Seen};
pub use eyes::{Eyes, EyesPlan, View, ViewMaker, ViewSpec};
pub use grey::SmallGrey;
pub use people::suppress_overlaps;
pub use runtime::{Device, Runtime, RuntimeOptions, find_library};
pub use shelf::{Bundle, Shelf, ShelfError, embedded, embedded_for};
pub use window::{GridMask, ViolenceHead, WindowFrame, WindowRegion, WindowScorer};
