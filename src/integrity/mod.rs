//! Whether the camera can see at all: the look of whole pictures, before anybody in them.
//!
//! Only fresh, confirmed changes alarm, and the wording stays neutral as to cause: a covered lens, fog and a lamp shone
//! into the camera look alike. It never says who or what did it.

mod blurred;
mod chains;
mod colour;
mod covered;
mod dark;
mod degraded;
mod frozen;
mod looped;
mod masked;
mod moved;
mod noise;
mod scene;
mod slower;
mod smaller;
mod spell;
mod stats;
#[cfg(test)]
mod test_scenes;
mod view;
mod watch;

pub use colour::colourfulness;
pub use stats::PictureStats;
pub use watch::Watch;

use crate::domain::{FrameRef, IncidentKind, MediaTime, Reason, Severity};

/// What is wrong with a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// What it looks like.
    pub kind: IncidentKind,
    /// Since when.
    pub since: MediaTime,
    /// How sure, 0 to 1.
    pub strength: f32,
    /// How soon to look.
    pub severity: Severity,
    /// Why, for people.
    pub reasons: Vec<Reason>,
}

/// A picture that does not show what it should, once that is sure.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The picture.
    pub at: FrameRef,
    /// What is wrong.
    pub wrong: Wrong,
}
