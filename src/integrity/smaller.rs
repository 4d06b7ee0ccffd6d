//! The pictures of a stream become smaller from one moment on.

use super::spell::Spell;
use crate::config::DegradedRule;
use crate::domain::{MediaTime, Reason, ReasonCode, Size};

/// Watches the size of one camera's pictures.
#[derive(Clone, Debug)]
pub(super) struct Smaller {
    rule: DegradedRule,
    usual: Option<Size>,
    now: Size,
    spell: Spell,
    since: Option<MediaTime>,
}

impl Smaller {
    pub fn new(rule: DegradedRule) -> Self {
        Self { rule, usual: None, now: Size { width: 0, height: 0 }, spell: Spell::default(), since: None }
    }

    /// Takes the size of the next picture.
    pub fn push(&mut self, at: MediaTime, size: Size) {
        self.now = size;
        let usual = *self.usual.get_or_insert(size);
        if pixels(size) > f64::from(self.rule.pixels_share) * pixels(usual) {
            self.spell.normal(at);
            if !self.spell.is_open() {
                (self.since, self.usual) = (None, Some(size));
            }
            return;
        }
        self.since = self.spell.wrong(at, self.rule.confirm_secs);
        if self.since.is_some_and(|since| (at - since).secs_f64() >= self.rule.accept_secs) {
            self.spell.end(at);
            (self.since, self.usual) = (None, Some(size));
        }
    }

    /// Since when pictures are smaller, and how; none while they are not, or not for certain.
    pub fn told(&self) -> Option<(MediaTime, Vec<Reason>)> {
        let (since, usual) = (self.since?, self.usual?);
        let lines = |size: Size| size.height as f32;
        let now = Reason::measured(ReasonCode::PictureLines, lines(self.now));
        Some((since, vec![now, Reason::measured(ReasonCode::PictureLinesBefore, lines(usual))]))
    }
}

fn pixels(size: Size) -> f64 {
    f64::from(size.width) * f64::from(size.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Size = Size { width: 1920, height: 1080 };
    const SMALL: Size = Size { width: 640, height: 360 };

    /// Sizes second by second; the seconds at which something was told.
    fn told(sizes: impl Iterator<Item = Size>) -> Vec<usize> {
        let mut smaller = Smaller::new(DegradedRule { accept_secs: 60.0, ..DegradedRule::default() });
        let told = sizes.enumerate().filter_map(|(i, size)| {
            smaller.push(MediaTime::from_millis(i as i64 * 1000), size);
            smaller.told().map(|_| i)
        });
        told.collect()
    }

    #[test]
    fn smaller_pictures_are_told_until_they_are_the_usual_ones() {
        let sizes = (0..200).map(|i| if i < 30 { FULL } else { SMALL });
        assert_eq!(told(sizes), (40..90).collect::<Vec<_>>());
        assert_eq!(told((0..200).map(|i| if i < 30 { SMALL } else { FULL })), [0; 0], "larger is no loss");
    }

    #[test]
    fn a_moment_and_a_crop_of_a_few_lines_are_not() {
        assert_eq!(told((0..60).map(|i| if (30..36).contains(&i) { SMALL } else { FULL })), [0; 0]);
        let cropped = Size { width: 1920, height: 1072 };
        assert_eq!(told((0..60).map(|i| if i < 30 { FULL } else { cropped })), [0; 0]);
    }
}
