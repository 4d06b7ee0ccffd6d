//! What one recording leaves open, to be joined with what others show.

use super::{MediaTime, Reason};

/// Somebody passes the border of the picture. Nobody is known by it: only that a person went, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When they were seen last, or first.
    pub at: MediaTime,
    /// The exit zone they passed; none: an edge of the picture.
    pub exit: Option<String>,
}

/// What a recording leaves open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LooseEnds {
    /// What happened so soon before its end that the end may hide more.
    pub escalation: Vec<Reason>,
    /// People who left the picture, by time.
    pub left: Vec<Passage>,
    /// People who came into it, by time.
    pub came: Vec<Passage>,
}
