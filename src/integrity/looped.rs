//! The same seconds shown again: what moves, or the noise of the sensor, or the very bytes repeat at a constant distance.
//!
//! Nobody walks the same way twice to a fifth of a second, and noise never comes back. Three tests, each strong where the
//! others are blind: movement in decoded pictures; noise in key pictures, where nothing moves and the repeat keeps step
//! with the key pictures; and the bytes of key pictures, where packets were copied.

use std::collections::VecDeque;

use super::Wrong;
use super::chains::{Chain, Chains};
use super::noise::{Trace, length, noise_trace};
use crate::config::LoopedRule;
use crate::domain::{BlindCause, BlindSpan, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Span};
use crate::media::LumaGrid;

/// What was shown so long ago is forgotten.
const REMEMBERED: MediaTime = MediaTime::from_millis(600_000);
/// A repeat comes at least so long after.
const SHORTEST_LAG: MediaTime = MediaTime::from_millis(4_000);

/// Pictures at most so far apart show a movement.
const LONGEST_MOVE: MediaTime = MediaTime::from_millis(450);
/// Side of the squares of cells in which movement is compared.
const MOVE_CELL: usize = 2;
/// Levels by which a square must change, beyond the picture as a whole, to move.
const LEAST_MOVE_LEVELS: f32 = 3.0;
/// Squares that must move: less says too little to be told again.
const LEAST_MOVING: usize = 12;
/// Largest share of moving squares; more is a light or the camera itself.
const MOST_MOVING_SHARE: f32 = 0.4;
/// Pictures a second in which a repeated movement must show.
const HITS_PER_SEC: f64 = 4.0;

/// Noise so alike is the same. Two thousand independent cells correlate by 0.02.
const SAME_NOISE: f32 = 0.2;
/// Key pictures in a row whose noise or bytes must repeat.
const LEAST_KEYS: u32 = 3;
/// A key picture of fewer bytes may repeat by chance: black, or no signal.
const LEAST_KEY_BYTES: usize = 600;

/// Watches one recording for seconds that come again.
#[derive(Clone, Debug)]
pub(super) struct Looped {
    rule: LoopedRule,
    before: Option<(MediaTime, Vec<f32>)>,
    moves: VecDeque<Trace>,
    move_chains: Chains,
    key_before: Option<LumaGrid>,
    noises: VecDeque<Trace>,
    noise_chains: Chains,
    bytes: VecDeque<(MediaTime, u64)>,
    byte_chains: Chains,
    open: Option<Span>,
    spans: Vec<BlindSpan>,
}

impl Looped {
    pub fn new(rule: LoopedRule) -> Self {
        let key_chains = Chains::new(MediaTime::from_millis(60), 0.0);
        Self {
            rule,
            before: None,
            moves: VecDeque::new(),
            move_chains: Chains::new(MediaTime::from_millis(210), 0.2),
            key_before: None,
            noises: VecDeque::new(),
            noise_chains: key_chains.clone(),
            bytes: VecDeque::new(),
            byte_chains: key_chains,
            open: None,
            spans: Vec::new(),
        }
    }

    /// Takes the next decoded picture.
    pub fn push(&mut self, at: MediaTime, grid: &LumaGrid) -> Option<Wrong> {
        let squares = squares_in_levels(grid);
        let before = self.before.replace((at, squares.clone()));
        let (_, before) =
            before.filter(|(then, b)| at - *then <= LONGEST_MOVE && b.len() == squares.len())?;
        let trace = move_trace(at, &before, &squares)?;
        forget(&mut self.moves, at, |t| t.at);
        let lags = matches(&self.moves, &trace, self.rule.likeness);
        self.moves.push_back(trace);
        self.move_chains.push(at, &lags);
        let least_hits = (self.rule.confirm_secs * HITS_PER_SEC) as u32;
        let chain = self.move_chains.best(at, least_hits, self.rule.confirm_secs);
        chain.map(|chain| self.tell(at, chain))
    }

    /// Takes the next key picture; `packet` is its size and a digest of its bytes. Not to be asked for one that is the one
    /// before it shown again.
    pub fn push_key(
        &mut self,
        at: MediaTime,
        grid: &LumaGrid,
        packet: Option<(usize, u64)>,
    ) -> Option<Wrong> {
        let same_noise = self.same_noise(at, grid);
        let same_bytes = packet.and_then(|packet| self.same_bytes(at, packet));
        same_bytes.or(same_noise).map(|chain| self.tell(at, chain))
    }

    /// A key picture that is the one before it: nothing can be said of it.
    pub fn skip_key(&mut self) {
        self.key_before = None;
    }

    /// Everything that was shown again, by time.
    pub fn finish(mut self) -> Vec<BlindSpan> {
        self.close();
        self.spans
    }

    fn same_noise(&mut self, at: MediaTime, grid: &LumaGrid) -> Option<Chain> {
        let before = self.key_before.replace(grid.clone());
        let before = before.filter(|b| (b.rows, b.columns) == (grid.rows, grid.columns))?;
        let trace = noise_trace(at, &before, grid)?;
        forget(&mut self.noises, at, |t| t.at);
        let lags = matches(&self.noises, &trace, SAME_NOISE);
        self.noises.push_back(trace);
        self.noise_chains.push(at, &lags);
        self.noise_chains.best(at, LEAST_KEYS, self.rule.confirm_secs)
    }

    fn same_bytes(&mut self, at: MediaTime, (bytes, digest): (usize, u64)) -> Option<Chain> {
        if bytes < LEAST_KEY_BYTES {
            return None;
        }
        forget(&mut self.bytes, at, |(then, _)| *then);
        let is_same = |(then, other): &&(MediaTime, u64)| *other == digest && at - *then >= SHORTEST_LAG;
        let lags: Vec<MediaTime> = self.bytes.iter().filter(is_same).map(|(then, _)| at - *then).collect();
        self.bytes.push_back((at, digest));
        self.byte_chains.push(at, &lags);
        self.byte_chains.best(at, LEAST_KEYS, self.rule.confirm_secs)
    }

    fn tell(&mut self, at: MediaTime, chain: Chain) -> Wrong {
        let span = Span { start: chain.since, end: at };
        match &mut self.open {
            Some(open) if chain.since <= open.end => open.end = open.end.max(at),
            _ => {
                self.close();
                self.open = Some(span);
            }
        }
        Wrong {
            kind: IncidentKind::CameraLooped,
            since: chain.since,
            strength: 0.9,
            severity: Severity::Alert,
            reasons: vec![
                Reason::measured(ReasonCode::RepeatsAfterSecs, chain.lag.secs_f64() as f32),
                Reason::measured(ReasonCode::RepeatedSecs, (at - chain.since).secs_f64() as f32),
            ],
        }
    }

    fn close(&mut self) {
        let ended = self.open.take();
        self.spans.extend(ended.map(|span| BlindSpan { cause: BlindCause::CameraLooped, span }));
    }
}

fn forget<T>(past: &mut VecDeque<T>, at: MediaTime, when: impl Fn(&T) -> MediaTime) {
    while past.front().is_some_and(|oldest| at - when(oldest) > REMEMBERED) {
        past.pop_front();
    }
}

/// How long before this one those were that are alike.
fn matches(past: &VecDeque<Trace>, trace: &Trace, least: f32) -> Vec<MediaTime> {
    let told: Vec<(usize, f32)> =
        trace.values.iter().enumerate().filter(|(_, v)| **v != 0).map(|(i, v)| (i, f32::from(*v))).collect();
    let is_alike = |then: &&Trace| {
        let is_comparable = trace.at - then.at >= SHORTEST_LAG && then.values.len() == trace.values.len();
        // Lengths that differ this much cannot be alike.
        let (short, long) = (then.length.min(trace.length), then.length.max(trace.length));
        is_comparable && short >= 0.6 * long && {
            let both: f32 = told.iter().map(|(i, v)| v * f32::from(then.values[*i])).sum();
            both >= least * trace.length * then.length
        }
    };
    past.iter().filter(is_alike).map(|then| trace.at - then.at).collect()
}

/// Mean levels of squares of cells.
fn squares_in_levels(grid: &LumaGrid) -> Vec<f32> {
    let (rows, columns) = (grid.rows / MOVE_CELL, grid.columns / MOVE_CELL);
    let scale = 1.0 / (f32::from(crate::media::LUMA_STEPS) * (MOVE_CELL * MOVE_CELL) as f32);
    let mut squares = vec![0.0; rows * columns];
    for row in 0..rows * MOVE_CELL {
        let line = &grid.cells[row * grid.columns..][..columns * MOVE_CELL];
        for (column, cell) in line.iter().enumerate() {
            squares[row / MOVE_CELL * columns + column / MOVE_CELL] += f32::from(*cell) * scale;
        }
    }
    squares
}

fn move_trace(at: MediaTime, before: &[f32], now: &[f32]) -> Option<Trace> {
    if now.is_empty() {
        return None; // a picture of a few pixels
    }
    let mut changes: Vec<f32> = now.iter().zip(before).map(|(a, b)| a - b).collect();
    let kept = changes.clone();
    let middle = changes.len() / 2;
    let common = *changes.select_nth_unstable_by(middle, f32::total_cmp).1;
    let value = |change: f32| {
        let own = change - common;
        if own.abs() < LEAST_MOVE_LEVELS { 0 } else { (own * 2.0).clamp(-127.0, 127.0) as i8 }
    };
    let values: Vec<i8> = kept.into_iter().map(value).collect();
    let moving = values.iter().filter(|v| **v != 0).count();
    let is_telling = moving >= LEAST_MOVING && (moving as f32) < MOST_MOVING_SHARE * values.len() as f32;
    is_telling.then(|| Trace { at, length: length(&values), values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::test_scenes::{noisy_room, person};

    fn secs(secs: f64) -> MediaTime {
        MediaTime::from_secs_f64(secs)
    }

    /// Somebody walks about, his way given by a seed.
    fn walk(i: u64, seed: u64) -> LumaGrid {
        let t = i as f64 * 0.2;
        let at = |speed: f64, phase: f64| (t * speed + phase + seed as f64).sin();
        let (row, column) = (45.0 + 20.0 * at(0.9, 0.3), 80.0 + 50.0 * at(0.53, 1.7));
        person(noisy_room(i * 31 + seed), row as usize, column as usize)
    }

    fn first_told(pictures: impl Iterator<Item = LumaGrid>) -> Option<usize> {
        let mut detector = Looped::new(LoopedRule::default());
        pictures.enumerate().find_map(|(i, grid)| detector.push(secs(i as f64 * 0.2), &grid).map(|_| i))
    }

    #[test]
    fn a_way_walked_again_to_the_step_is_a_loop() {
        let looped = (0..150).chain(50..150).map(|i| walk(i, 0));
        let told = first_told(looped);
        assert!(told.is_some_and(|i| (160..180).contains(&i)), "{told:?}");
    }

    #[test]
    fn other_ways_of_the_same_person_are_not() {
        let again = (0..150).map(|i| walk(i, 0)).chain((0..200).map(|i| walk(i * 11 / 10 + 7, 3)));
        assert_eq!(first_told(again), None);
    }

    fn first_key_told(seeds: impl Iterator<Item = u64>, digest: impl Fn(u64) -> u64) -> Option<usize> {
        let mut detector = Looped::new(LoopedRule::default());
        let key = |(i, seed): (usize, u64)| {
            detector.push_key(secs(i as f64 * 2.0), &noisy_room(seed), Some((9_000, digest(seed)))).map(|_| i)
        };
        seeds.enumerate().find_map(key)
    }

    #[test]
    fn noise_that_comes_again_is_a_loop_in_an_empty_room() {
        let unlike = std::cell::Cell::new(0);
        let never_the_same = |_| unlike.replace(unlike.get() + 1);
        assert_eq!(first_key_told((0..30).chain(10..30), never_the_same), Some(32));
        assert_eq!(first_key_told(0..200, never_the_same), None);
    }

    #[test]
    fn copied_bytes_are_a_loop() {
        assert_eq!(first_key_told((0..30).chain(10..30), |seed| seed), Some(32));
    }
}
