//! The scene is still seen, but in less: a part of the picture is filled, or there are far fewer or smaller pictures than
//! this recording had before. Whether somebody decided so or a device did is not in the picture.

use super::Wrong;
use super::masked::Masked;
use super::slower::Slower;
use super::smaller::Smaller;
use crate::config::DegradedRule;
use crate::domain::{FrameRef, IncidentKind, MediaTime, Severity};
use crate::media::LumaGrid;

/// Watches one recording.
#[derive(Clone, Debug)]
pub(super) struct Degraded {
    masked: Masked,
    slower: Slower,
    smaller: Smaller,
}

impl Degraded {
    pub fn new(rule: &DegradedRule) -> Self {
        Self {
            masked: Masked::new(rule.clone()),
            slower: Slower::new(rule.clone()),
            smaller: Smaller::new(rule.clone()),
        }
    }

    /// So many pictures lie between two times, looked at or not.
    pub fn count(&mut self, start: MediaTime, end: MediaTime, pictures: u64) {
        self.slower.count(start, end, pictures);
    }

    /// The recording's clock jumps.
    pub fn pause(&mut self) {
        self.slower.pause();
    }

    /// Takes the next of the pictures that are compared. `is_seen`: it shows the usual scene.
    pub fn push(&mut self, at: FrameRef, grid: &LumaGrid, is_seen: bool) -> Option<Wrong> {
        self.slower.push(at.media_time, grid);
        self.smaller.push(at.media_time, at.size);
        self.masked.push(at.media_time, grid, is_seen);
        let told = [self.masked.told(), self.slower.told(), self.smaller.told()];
        let told: Vec<_> = told.into_iter().flatten().collect();
        let since = told.iter().map(|(since, _)| *since).min()?;
        Some(Wrong {
            kind: IncidentKind::CameraDegraded,
            since,
            strength: 0.9,
            severity: Severity::Alert,
            reasons: told.into_iter().flat_map(|(_, reasons)| reasons).collect(),
        })
    }
}
