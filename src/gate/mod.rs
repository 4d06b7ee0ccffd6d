//! Decides what is worth decoding and what is worth a model. Movement opens the gate, with some seconds before and
//! after; stillness never closes it for good: a look every few seconds passes always.
//!
//! Two gates of one make. [`GroupGate`] stands before the decoder: it knows key pictures and packet sizes. [`PictureGate`]
//! stands before the models: it knows the decoded pictures. Both are pure: the same recording gives the same decisions,
//! whatever the machine.

mod change;
mod groups;
mod looks;
mod opening;
mod pictures;
mod sampler;
mod sizes;

pub use change::ChangeDetector;
pub use groups::{Fate, GroupGate, WeighedGroup};
pub use looks::LookClock;
pub use opening::{Opening, Unit};
pub use pictures::PictureGate;
pub use sampler::FrameSampler;
pub use sizes::SizeJudge;
