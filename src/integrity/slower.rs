//! A camera gives far fewer pictures a second from one moment on, though as much moves as before.
//!
//! Some cameras give fewer by themselves where nothing moves. So rates are compared between stretches in which something
//! does; stillness counts only once this stream has shown that it keeps its rate in it.

use std::collections::VecDeque;

use super::scene::median;
use super::spell::Spell;
use crate::config::DegradedRule;
use crate::domain::{MediaTime, Reason, ReasonCode};
use crate::media::{LUMA_STEPS, LumaGrid};

/// Pictures are counted over stretches of this length.
const STRETCH: MediaTime = MediaTime::from_millis(4_000);
/// Stretches that the usual rate is taken from…
const REMEMBERED: usize = 30;
/// … and how many there must be.
const LEAST_REMEMBERED: usize = 4;
/// Still stretches at the usual rate that show that this stream keeps it in stillness.
const LEAST_STILL: usize = 15;
/// A rate within this share of the usual one is the usual one.
const SAME_RATE: f32 = 0.2;
/// Fewer pictures a second than this are too few to lose some.
const LEAST_RATE: f32 = 3.0;

/// Cells that differ by so many levels between two pictures…
const MOVED_LEVELS: i16 = 8;
/// … so many of them, at least, show movement…
const LEAST_MOVED: usize = 30;
/// … unless it is this share of the picture: light, or the camera itself.
const MOST_MOVED_SHARE: f32 = 0.4;
/// Pictures further apart are not compared.
const LONGEST_STEP: MediaTime = MediaTime::from_millis(3_000);
/// Share of the compared pictures that must show movement.
const LEAST_MOVING: f32 = 0.3;
/// Where the whole picture changed by so many levels the light is another, and with it the shutter.
const OTHER_LIGHT_LEVELS: f32 = 12.0;

/// The stretch that is being counted.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: MediaTime,
    pictures: u32,
    compared: u32,
    moving: u32,
}

#[derive(Clone, Copy, Debug)]
struct Usual {
    rate: f32,
    level: f32,
}

/// Watches the rate of one camera's pictures.
#[derive(Clone, Debug)]
pub(super) struct Slower {
    rule: DegradedRule,
    stretch: Option<Stretch>,
    before: Option<(MediaTime, LumaGrid)>,
    level: f32,
    usual: VecDeque<Usual>,
    still_at_usual: usize,
    spell: Spell,
    since: Option<MediaTime>,
    rate: f32,
}

impl Slower {
    pub fn new(rule: DegradedRule) -> Self {
        Self {
            rule,
            stretch: None,
            before: None,
            level: 0.0,
            usual: VecDeque::new(),
            still_at_usual: 0,
            spell: Spell::default(),
            since: None,
            rate: 0.0,
        }
    }

    /// So many pictures lie between two times, evenly.
    pub fn count(&mut self, start: MediaTime, end: MediaTime, pictures: u64) {
        let step = (end - start).nanos() / pictures.max(1) as i64;
        for i in 0..pictures as i64 {
            self.count_one(start + MediaTime::from_nanos(i * step));
        }
    }

    /// The next of the pictures that are compared.
    pub fn push(&mut self, at: MediaTime, grid: &LumaGrid) {
        let cells = grid.cells.len().max(1);
        let sum: i64 = grid.cells.iter().map(|c| i64::from(*c)).sum();
        self.level = sum as f32 / cells as f32 / f32::from(LUMA_STEPS);
        let before = self.before.replace((at, grid.clone()));
        let comparable = before.filter(|(then, b)| {
            at - *then <= LONGEST_STEP && (b.rows, b.columns) == (grid.rows, grid.columns)
        });
        if let (Some((_, before)), Some(stretch)) = (comparable, &mut self.stretch) {
            let pairs = grid.cells.iter().zip(&before.cells);
            let moved = pairs.filter(|(a, b)| (*a - *b).abs() > MOVED_LEVELS * LUMA_STEPS).count();
            let has_moved = moved >= LEAST_MOVED && (moved as f32) < MOST_MOVED_SHARE * cells as f32;
            stretch.compared += 1;
            stretch.moving += u32::from(has_moved);
        }
    }

    /// The recording's clock jumps: what was being counted is left.
    pub fn pause(&mut self) {
        (self.stretch, self.before) = (None, None);
    }

    /// Since when there are fewer, and how many; none while there are not, or not for certain.
    pub fn told(&self) -> Option<(MediaTime, Vec<Reason>)> {
        let now = Reason::measured(ReasonCode::PictureRate, self.rate);
        let before = Reason::measured(ReasonCode::PictureRateBefore, self.usual()?.rate);
        Some((self.since?, vec![now, before]))
    }

    fn count_one(&mut self, at: MediaTime) {
        let fresh = Stretch { start: at, pictures: 0, compared: 0, moving: 0 };
        let stretch = *self.stretch.get_or_insert(fresh);
        if at - stretch.start >= STRETCH {
            self.judge(stretch, at);
            self.stretch = Some(fresh);
        }
        if let Some(stretch) = &mut self.stretch {
            stretch.pictures += 1;
        }
    }

    /// A stretch is over.
    fn judge(&mut self, stretch: Stretch, end: MediaTime) {
        let rate = (f64::from(stretch.pictures) / (end - stretch.start).secs_f64()) as f32;
        let is_moving = stretch.moving as f32 >= LEAST_MOVING * stretch.compared.max(1) as f32;
        let Some(usual) = self.usual() else {
            self.learn(rate, is_moving);
            return;
        };
        if rate > self.rule.rate_share * usual.rate {
            self.spell.normal(end);
            if !self.spell.is_open() {
                self.since = None;
                self.learn(rate, is_moving);
            }
            self.still_at_usual += usize::from(!is_moving && (rate / usual.rate - 1.0).abs() <= SAME_RATE);
            return;
        }
        let is_telling = is_moving || self.still_at_usual >= LEAST_STILL;
        let is_other_light = (self.level - usual.level).abs() > OTHER_LIGHT_LEVELS;
        if usual.rate < LEAST_RATE || is_other_light && !self.spell.is_open() || !is_telling {
            return;
        }
        self.rate = rate;
        if !self.spell.is_open() {
            self.spell.wrong(stretch.start, self.rule.confirm_secs);
        }
        self.since = self.spell.wrong(end, self.rule.confirm_secs);
        if self.since.is_some_and(|since| (end - since).secs_f64() >= self.rule.accept_secs) {
            self.spell.end(end);
            (self.since, self.still_at_usual) = (None, 0);
            self.usual.clear();
        }
    }

    fn learn(&mut self, rate: f32, is_moving: bool) {
        if is_moving {
            self.usual.push_back(Usual { rate, level: self.level });
            if self.usual.len() > REMEMBERED {
                self.usual.pop_front();
            }
        }
    }

    /// What is usual where something moves; none while too little is known.
    fn usual(&self) -> Option<Usual> {
        let middle = |value: fn(&Usual) -> f32| median(self.usual.iter().map(value));
        (self.usual.len() >= LEAST_REMEMBERED)
            .then(|| Usual { rate: middle(|u| u.rate), level: middle(|u| u.level) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::test_scenes::{lit_room, noisy_room, person};

    /// Stretches of so many seconds: pictures a second, whether somebody walks, how bright it is.
    type Part = (u64, u64, bool, f32);

    /// The seconds at which fewer pictures were told, and what was said.
    fn told(parts: &[Part]) -> (Vec<u64>, Option<Vec<f32>>) {
        let mut slower = Slower::new(DegradedRule { accept_secs: 60.0, ..DegradedRule::default() });
        let (mut second, mut told, mut said) = (0, Vec::new(), None);
        for (secs, rate, walks, light) in parts {
            for _ in 0..*secs {
                for i in 0..*rate {
                    let millis = second * 1000 + i * 1000 / rate;
                    let at = MediaTime::from_millis(millis as i64);
                    slower.count(at, at, 1);
                    if i % (rate / 5).max(1) == 0 {
                        let room =
                            if *light == 1.0 { noisy_room(millis) } else { lit_room(millis, |l| l * light) };
                        let column = (millis / 60 % 140) as usize;
                        slower.push(at, &if *walks { person(room, 40, column) } else { room });
                    }
                }
                if let Some((_, reasons)) = slower.told() {
                    told.push(second);
                    said = Some(reasons.iter().filter_map(|r| r.value).collect());
                }
                second += 1;
            }
        }
        (told, said)
    }

    #[test]
    fn fewer_pictures_of_the_same_movement_are_told_until_they_are_usual() {
        let (told, said) = told(&[(40, 25, true, 1.0), (120, 2, true, 1.0)]);
        assert!(told.first().is_some_and(|s| (48..58).contains(s)), "{told:?}");
        assert!(told.last().is_some_and(|s| *s < 110), "{told:?}");
        let said = said.unwrap();
        assert!((said[0] - 2.0).abs() < 0.1 && (said[1] - 25.0).abs() < 0.1, "{said:?}");
    }

    #[test]
    fn a_camera_that_rests_where_nothing_moves_is_not_told() {
        let pattern = [(40, 25, true, 1.0), (60, 2, false, 1.0), (20, 25, true, 1.0), (60, 1, false, 1.0)];
        assert_eq!(told(&pattern).0, [0; 0]);
    }

    #[test]
    fn where_stillness_kept_its_rate_a_cut_is_told_in_stillness() {
        let (told, _) = told(&[(30, 25, true, 1.0), (80, 25, false, 1.0), (60, 2, false, 1.0)]);
        assert!(told.first().is_some_and(|s| (118..130).contains(s)), "{told:?}");
    }

    #[test]
    fn a_slow_shutter_in_another_light_half_of_the_rate_and_a_short_lapse_are_not() {
        assert_eq!(told(&[(40, 25, true, 1.0), (60, 5, true, 0.6)]).0, [0; 0], "another light");
        assert_eq!(told(&[(40, 25, true, 1.0), (60, 12, true, 1.0)]).0, [0; 0], "half");
        assert_eq!(told(&[(40, 25, true, 1.0), (6, 2, true, 1.0), (40, 25, true, 1.0)]).0, [0; 0], "a lapse");
    }
}
