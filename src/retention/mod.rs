//! What must be kept, what may go, what is gone although it was held, and how long the disks last.
//!
//! Holds are only ever placed by a flag or a person and only ever lifted by two. This module never touches a recording: what
//! it lets go are the program's own files, each with a tombstone in the log that is written first.

mod disk;
mod expire;
mod holds;
mod survey;

/// Seconds of a day.
pub const SECS_PER_DAY: f64 = 86_400.0;

pub use disk::Disk;
pub use expire::{Expired, RemoveError, expire};
pub use holds::{HoldRules, RaisedFlag};
pub use survey::{Fate, Known, OwnFile, Presence, Survey, survey};
