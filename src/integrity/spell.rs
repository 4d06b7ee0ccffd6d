//! A stretch in which something about the picture is wrong: when it begins, when it is believed, when it ends.

use crate::domain::{MediaTime, Span};

/// Normal for so long ends a spell; an odd picture in between does not.
const NORMAL_AGAIN: MediaTime = MediaTime::from_millis(1_000);

/// One condition over time.
#[derive(Clone, Debug, Default)]
pub(super) struct Spell {
    since: Option<MediaTime>,
    normal_from: Option<MediaTime>,
    last_wrong: MediaTime,
    is_confirmed: bool,
}

impl Spell {
    /// Something is wrong at this time. Since when, once that has lasted for `confirm_secs`.
    pub fn wrong(&mut self, at: MediaTime, confirm_secs: f64) -> Option<MediaTime> {
        self.normal_from = None;
        self.last_wrong = at;
        let since = *self.since.get_or_insert(at);
        self.is_confirmed |= (at - since).secs_f64() >= confirm_secs;
        self.is_confirmed.then_some(since)
    }

    /// Nothing is wrong at this time. The whole stretch, where a believed one ends now.
    pub fn normal(&mut self, at: MediaTime) -> Option<Span> {
        self.since?;
        let from = *self.normal_from.get_or_insert(at);
        if self.is_confirmed && at - from < NORMAL_AGAIN {
            return None;
        }
        self.end(from)
    }

    /// Ends here, whatever follows. The whole stretch, where it was believed.
    pub fn end(&mut self, at: MediaTime) -> Option<Span> {
        let spell = std::mem::take(self);
        let since = spell.since?;
        spell.is_confirmed.then_some(Span { start: since, end: at.max(since) })
    }

    /// Whether something is wrong, believed or not.
    pub fn is_open(&self) -> bool {
        self.since.is_some()
    }

    /// The last time something was wrong.
    pub fn last_wrong(&self) -> MediaTime {
        self.last_wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_believed_after_a_while_and_outlives_an_odd_picture() {
        let ms = MediaTime::from_millis;
        let mut spell = Spell::default();
        assert_eq!(spell.wrong(ms(0), 2.0), None);
        assert_eq!(spell.normal(ms(1_000)), None);
        assert!(!spell.is_open(), "what is not believed yet ends at once");
        for at in [2_000, 3_000] {
            assert_eq!(spell.wrong(ms(at), 2.0), None);
        }
        assert_eq!(spell.wrong(ms(4_000), 2.0), Some(ms(2_000)));
        assert_eq!(spell.normal(ms(4_200)), None);
        assert_eq!(spell.wrong(ms(4_400), 2.0), Some(ms(2_000)));
        assert_eq!(spell.normal(ms(5_000)), None);
        assert_eq!(spell.normal(ms(6_000)), Some(Span { start: ms(2_000), end: ms(5_000) }));
        assert_eq!(spell.end(ms(7_000)), None);
    }
}
