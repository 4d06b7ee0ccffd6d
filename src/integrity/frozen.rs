//! The same picture shown on and on: a live sensor makes noise, and key pictures, which are coded by themselves, show it.
//!
//! An encoder that is given one picture again and again makes it better from key picture to key picture, so the same picture
//! need not look the same: but the difference shrinks, while live noise stays what it is, in less light or in more. Pictures
//! between key pictures say nothing here: where little moves, an encoder repeats what it has.

use std::collections::VecDeque;

use super::Wrong;
use super::noise::noise_steps;
use super::spell::Spell;
use crate::config::FrozenRule;
use crate::domain::{BlindCause, BlindSpan, IncidentKind, MediaTime, Reason, ReasonCode, Severity};
use crate::media::LumaGrid;

/// Pairs of key pictures that the usual noise is taken from.
const REMEMBERED: usize = 40;
/// Fewer say nothing yet.
const LEAST_REMEMBERED: usize = 3;
/// With less usual noise than this (steps of a grid) a frozen picture cannot be told from a live one.
const LEAST_NOISE_STEPS: f32 = 0.5;
/// By the time it is told, the difference must have shrunk to this share of what counts as the same…
const SHRUNK: f32 = 0.6;
/// … and be shrinking still, to this share of the one before…
const SHRINKING: f32 = 0.85;
/// … or be next to nothing, as a share of the usual noise.
const NOTHING: f32 = 0.12;
/// Key pictures further apart are not compared.
const LONGEST_STEP: MediaTime = MediaTime::from_millis(30_000);

/// Watches the key pictures of one recording.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    rule: FrozenRule,
    last: Option<(MediaTime, LumaGrid)>,
    usual: VecDeque<f32>,
    last_steps: f32,
    spell: Spell,
    is_same: bool,
    /// Whether what stands still has been told.
    is_told: bool,
    spans: Vec<BlindSpan>,
}

impl Frozen {
    pub fn new(rule: FrozenRule) -> Self {
        Self {
            rule,
            last: None,
            usual: VecDeque::new(),
            last_steps: 0.0,
            spell: Spell::default(),
            is_same: false,
            is_told: false,
            spans: Vec::new(),
        }
    }

    /// Takes the next key picture. `is_seen`: it shows the scene; where nothing can be seen there is no noise to miss.
    pub fn push(&mut self, at: MediaTime, grid: &LumaGrid, is_seen: bool) -> Option<Wrong> {
        let last = self.last.replace((at, grid.clone()));
        let comparable = last.filter(|(then, before)| {
            is_seen
                && (before.rows, before.columns) == (grid.rows, grid.columns)
                && at - *then <= LONGEST_STEP
        });
        let noise = comparable.and_then(|(then, before)| Some((then, noise_steps(&before, grid)?)));
        let Some((then, steps)) = noise else {
            self.is_same = false;
            self.end(at);
            return None;
        };
        let share = self.share_of_usual(steps);
        self.is_same = share.is_some_and(|share| share <= self.rule.noise_share);
        let before_steps = std::mem::replace(&mut self.last_steps, steps);
        if !self.is_same {
            self.end(then);
            self.usual.push_back(steps);
            if self.usual.len() > REMEMBERED {
                self.usual.pop_front();
            }
            return None;
        }
        if !self.spell.is_open() {
            self.spell.wrong(then, self.rule.confirm_secs);
        }
        let since = self.spell.wrong(at, self.rule.confirm_secs)?;
        let has_shrunk = share.is_some_and(|share| {
            let is_shrinking = steps <= SHRINKING * before_steps || share <= NOTHING;
            is_shrinking && share <= SHRUNK * self.rule.noise_share
        });
        self.is_told |= has_shrunk;
        if !self.is_told {
            return None;
        }
        let secs = (at - since).secs_f64() as f32;
        Some(Wrong {
            kind: IncidentKind::CameraFrozen,
            since,
            strength: 0.9,
            severity: Severity::Alert,
            reasons: vec![Reason::measured(ReasonCode::SamePictureSecs, secs)],
        })
    }

    /// Whether the last key picture was the one before it, shown again.
    pub fn is_same(&self) -> bool {
        self.is_same
    }

    /// Everything that stood still, by time.
    pub fn finish(mut self) -> Vec<BlindSpan> {
        if let Some((at, _)) = self.last.take() {
            self.end(at);
        }
        self.spans
    }

    fn end(&mut self, at: MediaTime) {
        let ended = self.spell.end(at.max(self.spell.last_wrong()));
        let ended = ended.filter(|_| std::mem::take(&mut self.is_told));
        self.spans.extend(ended.map(|span| BlindSpan { cause: BlindCause::CameraFrozen, span }));
    }

    /// A difference as a share of the usual noise; none where that is not known, or too little to tell by.
    fn share_of_usual(&self, steps: f32) -> Option<f32> {
        if self.usual.len() < LEAST_REMEMBERED {
            return None;
        }
        let mut usual: Vec<f32> = self.usual.iter().copied().collect();
        let middle = usual.len() / 2;
        let usual = *usual.select_nth_unstable_by(middle, f32::total_cmp).1;
        (usual >= LEAST_NOISE_STEPS).then(|| steps / usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::test_scenes::{clock, noisy_room};
    use crate::media::LUMA_STEPS;

    /// Key pictures every 2 s: live for so many, then one of them repeated, then live again; a clock runs on top.
    fn told(live: u64, frozen: u64) -> (Vec<bool>, Vec<BlindSpan>) {
        let mut detector = Frozen::new(FrozenRule::default());
        let mut told = Vec::new();
        for i in 0..live + frozen + 5 {
            let seed = if (live..live + frozen).contains(&i) { live } else { i };
            let grid = clock(noisy_room(seed), i);
            told.push(detector.push(MediaTime::from_millis(i as i64 * 2000), &grid, true).is_some());
        }
        (told, detector.finish())
    }

    #[test]
    fn a_picture_that_stands_still_under_a_running_clock_is_frozen() {
        let (told, spans) = told(20, 15);
        assert!(told[..23].iter().all(|t| !t) && told[23..35].iter().all(|t| *t), "{told:?}");
        assert!(told[35..].iter().all(|t| !t));
        let [span] = spans[..] else { panic!("{spans:?}") };
        assert_eq!(
            (span.span.start, span.span.end),
            (MediaTime::from_millis(40_000), MediaTime::from_millis(68_000))
        );
    }

    #[test]
    fn a_still_scene_is_not_frozen_while_its_noise_lives() {
        assert!(told(60, 0).1.is_empty());
    }

    #[test]
    fn less_noise_in_another_light_is_not_frozen() {
        let mut detector = Frozen::new(FrozenRule::default());
        for i in 0..60_u64 {
            let mut grid = noisy_room(i);
            if i >= 30 {
                // By day, a third of the noise.
                let calm = noisy_room(0);
                let mixed = calm.cells.iter().zip(&grid.cells).map(|(calm, noisy)| calm + (noisy - calm) / 3);
                grid.cells = mixed.map(|cell| cell + 30 * LUMA_STEPS).collect();
            }
            assert!(detector.push(MediaTime::from_millis(i as i64 * 2000), &grid, true).is_none(), "at {i}");
        }
    }

    #[test]
    fn where_noise_was_never_seen_nothing_is_said() {
        assert!(told(1, 40).1.is_empty(), "it was so from the beginning");
    }

    #[test]
    fn a_dark_picture_is_not_called_frozen() {
        let mut detector = Frozen::new(FrozenRule::default());
        let dark = LumaGrid { cells: vec![256; 90 * 160], rows: 90, columns: 160 };
        for i in 0..40_u64 {
            let (grid, is_seen) = if i < 20 { (noisy_room(i), true) } else { (dark.clone(), false) };
            assert!(detector.push(MediaTime::from_millis(i as i64 * 2000), &grid, is_seen).is_none());
        }
    }
}
