//! The look that no gate can close: whoever lies still or is held against a wall does not move.

use crate::domain::MediaTime;

/// With somebody there, a picture is looked at this often.
const SOMEBODY_EVERY: MediaTime = MediaTime::from_millis(3_000);
/// With nobody there.
const NOBODY_EVERY: MediaTime = MediaTime::from_millis(9_000);

/// Says when the next look is due.
#[derive(Clone, Debug)]
pub struct LookClock {
    last: Option<MediaTime>,
    is_somebody_there: bool,
}

impl Default for LookClock {
    /// Until the first look somebody may be there.
    fn default() -> Self {
        Self { last: None, is_somebody_there: true }
    }
}

impl LookClock {
    /// Whether a picture at this time is to be looked at.
    pub fn is_due(&self, at: MediaTime) -> bool {
        let every = if self.is_somebody_there { SOMEBODY_EVERY } else { NOBODY_EVERY };
        self.last.is_none_or(|last| at - last >= every)
    }

    /// What the look at this time found.
    pub fn looked(&mut self, at: MediaTime, is_somebody_there: bool) {
        *self = Self { last: Some(at), is_somebody_there };
    }

    /// A picture was analysed because something moved: somebody may be there.
    pub fn analysed(&mut self, at: MediaTime) {
        self.looked(at, true);
    }

    /// Whether stillness must be watched closely: somebody was there at the last look, or may be.
    pub fn is_somebody_there(&self) -> bool {
        self.is_somebody_there
    }

    /// Whether a stretch of this length may go by with one look at its beginning.
    pub fn may_pass(&self, length: MediaTime) -> bool {
        let longest = if self.is_somebody_there { SOMEBODY_EVERY } else { NOBODY_EVERY };
        length <= longest + MediaTime::from_millis(1_500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_looked_at_every_few_seconds() {
        let at = |secs: i64| MediaTime::from_millis(secs * 1000);
        let mut clock = LookClock::default();
        assert!(clock.is_due(at(0)));
        clock.looked(at(0), true);
        assert!(!clock.is_due(at(2)) && clock.is_due(at(3)));
        clock.looked(at(3), false);
        assert!(!clock.is_due(at(11)) && clock.is_due(at(12)));
        clock.analysed(at(20));
        assert!(clock.is_due(at(23)), "whoever moved may still be there");
    }
}
