//! The name of one picture: small, copied freely, and all that travels once pixels are dropped.

use serde::Serialize;

use super::{MediaTime, Size};

/// One recording or camera within a run, numbered from 0 in the order of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceId(pub u32);

/// Which picture: source, running number among the *decoded* pictures of that source, and media time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FrameRef {
    /// The recording it came from.
    pub source: SourceId,
    /// Number of the decoded picture, from 0.
    pub index: u64,
    /// Time from the first picture.
    pub media_time: MediaTime,
    /// Size of the picture as displayed, the space of all `*_in_frame` values.
    pub size: Size,
}
