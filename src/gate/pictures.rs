//! The gate before the models: which decoded pictures are worth them.

use super::change::ChangeDetector;
use super::opening::{Opening, Unit};
use crate::domain::{MediaTime, Span};
use crate::media::LumaGrid;

/// A picture is compared with the one this long before it: at five pictures a second a slow arm moves too little.
const COMPARED_AFTER: MediaTime = MediaTime::from_millis(800);
/// And with one this old, for what creeps.
const CREEPS_FOR: MediaTime = MediaTime::from_millis(10_000);
/// Open so long before and after movement.
const BEFORE: MediaTime = MediaTime::from_millis(1_000);
const AFTER: MediaTime = MediaTime::from_millis(2_000);

/// Decides picture by picture. `T` is whatever waits for the verdict.
pub struct PictureGate<T> {
    step: MediaTime,
    change: ChangeDetector,
    opening: Opening<T>,
    has_moved: bool,
}

impl<T> PictureGate<T> {
    /// For pictures about `step` apart.
    pub fn new(step: MediaTime) -> Self {
        let places = |time: MediaTime| (time.nanos() / step.nanos().max(1)).max(1) as usize;
        Self {
            step,
            change: ChangeDetector::new(places(COMPARED_AFTER), places(CREEPS_FOR)),
            opening: Opening::new(BEFORE, AFTER),
            has_moved: false,
        }
    }

    /// Whether something moved in the picture pushed last.
    pub fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Takes the next picture. Gives those whose verdict is now known, and whether each is worth the models. A picture
    /// without a grid always is.
    pub fn push(&mut self, at: MediaTime, grid: Option<LumaGrid>, what: T) -> Vec<(T, bool)> {
        self.has_moved = grid.is_none_or(|grid| self.change.push(grid));
        let unit = Unit { span: Span { start: at, end: at + self.step }, is_active: self.has_moved, what };
        self.opening.push(unit).into_iter().map(|(unit, is_open)| (unit.what, is_open)).collect()
    }

    /// Whether a picture at this time would be open because of movement before it.
    pub fn is_open(&self, at: MediaTime) -> bool {
        self.opening.is_open(at)
    }

    /// No picture follows for a while: those that wait were followed by nothing that moved.
    pub fn flush(&mut self) -> Vec<(T, bool)> {
        self.change.pause();
        self.opening.flush().into_iter().map(|(unit, is_open)| (unit.what, is_open)).collect()
    }
}
