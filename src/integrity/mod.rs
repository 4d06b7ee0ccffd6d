//! Whether the camera can see at all: the look of whole pictures, before anybody in them.
//!
//! Only fresh, confirmed changes alarm, and the wording stays neutral as to cause: a covered lens, fog and a lamp shone
//! into the camera look alike.

mod colour;
mod covered;
mod stats;

pub use colour::colourfulness;
pub use covered::{CoveredDetector, Sight};
pub use stats::PictureStats;
