//! Whether something moved between two pictures of a camera that stands still.
//!
//! Cells of mean luma are compared; each cell has its own noise, learnt from comparisons in which it was calm. What the
//! picture as a whole grew brighter is taken off first, unless a light was switched. Movement is several changed cells
//! that hang together.

use std::collections::VecDeque;

use crate::media::{LUMA_STEPS, LumaGrid};

/// A cell that differs by less, in levels of luma, has not changed, however calm it usually is.
const LEAST_LEVELS: f32 = 2.5;
/// A cell that differs by more has changed, however restless it usually is.
const MOST_LEVELS: f32 = 8.0;
/// Where the whole picture changes by so many levels, a light was switched or the lens covered.
const SWITCHED_LEVELS: f32 = 12.0;
/// A change is so many times a cell's usual difference.
const NOISE_FACTOR: f32 = 5.0;
/// Weight of the latest comparison in a cell's usual difference.
const NOISE_WEIGHT: f32 = 0.05;
/// So many changed cells must hang together.
const LEAST_JOINED: usize = 4;
/// Against an older picture, a change must be so many times larger: more has drifted since.
const CREPT_FACTOR: f32 = 1.5;
/// The spread of Gaussian noise over the size that a fifth of it exceeds: what a fifth of the picture does is noise, as when
/// a key picture sharpens everything a little.
const NOISE_OVER_FIFTH: f32 = 0.78;

/// The recorder's own clock is drawn at the upper or lower edge, within this share of the height.
const CLOCK_BAND: f32 = 0.14;
/// Cells changed in so large a share of the latest comparisons belong to it…
const CLOCK_RESTLESS: f32 = 0.35;
/// … counted with this weight of the latest, where digits on any ground differ by so many levels …
const CLOCK_WEIGHT: f32 = 0.12;
const CLOCK_LEVELS: f32 = 12.0;
/// … and so do their neighbours: digits of minutes and hours to the left, a cell above and below.
const CLOCK_LEFT: usize = 16;
const CLOCK_RIGHT: usize = 3;
/// A clock is small. Where more of the picture is restless, nothing is left out of account.
const CLOCK_MOST_SHARE: f32 = 0.03;

/// Compares the pictures of one source, each with the one some places before it and with an older one.
#[derive(Clone, Debug)]
pub struct ChangeDetector {
    lag: usize,
    settle: usize,
    recent: VecDeque<LumaGrid>,
    /// An older picture: what creeps is seen against it.
    reference: Option<LumaGrid>,
    since_reference: usize,
    since_clock: usize,
    noise_levels: Vec<f32>,
    restless: Vec<f32>,
}

impl ChangeDetector {
    /// Compares with the picture `lag` places before (at least 1), and with one at least `settle` places before.
    pub fn new(lag: usize, settle: usize) -> Self {
        Self {
            lag: lag.max(1),
            settle,
            recent: VecDeque::new(),
            reference: None,
            since_reference: 0,
            since_clock: 0,
            noise_levels: Vec::new(),
            restless: Vec::new(),
        }
    }

    /// Takes the next picture; whether something moved. The first of its size always counts as moved.
    pub fn push(&mut self, grid: LumaGrid) -> bool {
        let has_new_shape =
            self.reference.as_ref().is_none_or(|r| (r.rows, r.columns) != (grid.rows, grid.columns));
        if has_new_shape {
            *self = Self::new(self.lag, self.settle);
            self.noise_levels = vec![LEAST_LEVELS / NOISE_FACTOR; grid.cells.len()];
            self.restless = vec![0.0; grid.cells.len()];
            self.reference = Some(grid.clone());
        }
        if self.recent.is_empty() {
            self.recent.push_back(grid);
            return has_new_shape;
        }
        let (differences, common) = differences_in_levels(&self.recent[0], &grid);
        let clock = self.clock_cells(grid.rows, grid.columns);
        let changed = self.changed(&differences, 1.0);
        let mut has_moved = common.abs() >= SWITCHED_LEVELS || has_cluster(&changed, &clock, grid.columns);
        self.learn(&differences, &changed, has_moved, &grid);
        self.since_reference += 1;
        let is_settled = self.since_reference >= self.settle;
        if let Some(reference) = self.reference.as_ref().filter(|_| is_settled && !has_moved) {
            let crept = self.changed(&differences_in_levels(reference, &grid).0, CREPT_FACTOR);
            has_moved = has_cluster(&crept, &clock, grid.columns);
        }
        if is_settled || has_moved {
            self.reference = Some(grid.clone());
            self.since_reference = 0;
        }
        self.recent.push_back(grid);
        while self.recent.len() > self.lag {
            self.recent.pop_front();
        }
        has_moved
    }

    /// Some time goes by unseen: the next picture is compared with nothing, only what was learnt is kept.
    pub fn pause(&mut self) {
        self.recent.clear();
    }

    /// Which cells differ by more than their noise, or than the noise of this picture as a whole.
    fn changed(&self, differences: &[f32], factor: f32) -> Vec<bool> {
        let mut sizes: Vec<f32> = differences.iter().map(|d| d.abs()).collect();
        let fifth = sizes.len() * 4 / 5;
        let everywhere = NOISE_OVER_FIFTH * *sizes.select_nth_unstable_by(fifth, f32::total_cmp).1;
        let exceeds = |(difference, noise): (&f32, &f32)| {
            let level = (NOISE_FACTOR * noise.max(everywhere)).max(LEAST_LEVELS);
            difference.abs() > (factor * level).min(MOST_LEVELS)
        };
        differences.iter().zip(&self.noise_levels).map(exceeds).collect()
    }

    /// Noise is learnt where nothing changed, and from single odd cells; the clock while nothing moves away from the edges.
    fn learn(&mut self, differences: &[f32], changed: &[bool], has_moved: bool, grid: &LumaGrid) {
        let nowhere = vec![false; changed.len()];
        let mut inside = changed.to_vec();
        let band = clock_band(grid.rows);
        inside[..band * grid.columns].fill(false);
        inside[(grid.rows - band) * grid.columns..].fill(false);
        let is_clock_apart = !has_cluster(&inside, &nowhere, grid.columns);
        self.since_clock += 1;
        let learns_clock = is_clock_apart && self.since_clock >= self.lag;
        if learns_clock {
            self.since_clock = 0;
        }
        for (i, (difference, changed)) in differences.iter().zip(changed).enumerate() {
            if !changed || !has_moved {
                let squared = self.noise_levels[i].powi(2);
                self.noise_levels[i] = (squared + (difference.powi(2) - squared) * NOISE_WEIGHT).sqrt();
            }
            if learns_clock {
                let is_restless = f32::from(u8::from(difference.abs() >= CLOCK_LEVELS));
                self.restless[i] += (is_restless - self.restless[i]) * CLOCK_WEIGHT;
            }
        }
    }

    /// Where the recorder draws its clock: empty where there is none.
    fn clock_cells(&self, rows: usize, columns: usize) -> Vec<bool> {
        let band = clock_band(rows);
        let in_band = |row: usize| row < band || row + band >= rows;
        let mut clock = vec![false; rows * columns];
        for (i, _) in self.restless.iter().enumerate().filter(|(_, share)| **share >= CLOCK_RESTLESS) {
            let (row, column) = (i / columns, i % columns);
            if in_band(row) {
                let (left, right) =
                    (column.saturating_sub(CLOCK_LEFT), (column + CLOCK_RIGHT).min(columns - 1));
                for near in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
                    clock[near * columns + left..=near * columns + right].fill(true);
                }
            }
        }
        let count = clock.iter().filter(|c| **c).count();
        if count as f32 > CLOCK_MOST_SHARE * clock.len() as f32 {
            clock.fill(false);
        }
        clock
    }
}

/// Rows at either edge in which a clock may be drawn.
fn clock_band(rows: usize) -> usize {
    ((rows as f32 * CLOCK_BAND).ceil() as usize).min(rows / 2)
}

/// Levels by which each cell grew brighter, less what the whole picture did (the median), and that.
fn differences_in_levels(before: &LumaGrid, now: &LumaGrid) -> (Vec<f32>, f32) {
    let mut steps: Vec<i16> = now.cells.iter().zip(&before.cells).map(|(now, before)| now - before).collect();
    let differences = steps.clone();
    let middle = steps.len() / 2;
    let common = *steps.select_nth_unstable(middle).1;
    let levels = |steps: i16| f32::from(steps) / f32::from(LUMA_STEPS);
    (differences.into_iter().map(|d| levels(d - common)).collect(), levels(common))
}

/// Whether enough changed cells hang together, at sides or corners; those of the clock do not count.
fn has_cluster(changed: &[bool], clock: &[bool], columns: usize) -> bool {
    let mut counts: Vec<bool> =
        changed.iter().zip(clock).map(|(changed, clock)| *changed && !clock).collect();
    let least = LEAST_JOINED.min(counts.len());
    (0..counts.len()).any(|i| counts[i] && joined(&mut counts, i, columns, least) >= least)
}

/// How many cells hang together with the one at `start`, counted up to `enough`. Counted cells are taken out.
fn joined(counts: &mut [bool], start: usize, columns: usize, enough: usize) -> usize {
    let (rows, mut waiting, mut size) = (counts.len() / columns, vec![start], 0);
    counts[start] = false;
    while let Some(i) = waiting.pop() {
        size += 1;
        if size >= enough {
            break;
        }
        let (row, column) = (i / columns, i % columns);
        for near_row in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
            for near_column in column.saturating_sub(1)..=(column + 1).min(columns - 1) {
                let near = near_row * columns + near_column;
                if std::mem::take(&mut counts[near]) {
                    waiting.push(near);
                }
            }
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 90;
    const COLUMNS: usize = 160;

    /// A scene with sensor noise from a seed, a person as a bright rectangle, and a clock's seconds at the lower edge.
    fn scene(seed: u64, person_at: Option<(usize, usize)>, clock: Option<u64>, light: i16) -> LumaGrid {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut noise = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 17) as i16 - 8
        };
        let cells = (0..ROWS * COLUMNS)
            .map(|i| {
                let (row, column) = (i / COLUMNS, i % COLUMNS);
                let ground = (80 + (row * 7 + column * 3) % 40) as i16 * LUMA_STEPS;
                let is_person =
                    person_at.is_some_and(|(r, c)| (r..r + 6).contains(&row) && (c..c + 2).contains(&column));
                let digit = clock.filter(|_| (84..87).contains(&row) && (60..64).contains(&column));
                let digit =
                    digit.map_or(0, |second| ((second * 37 + i as u64 * 11) % 80) as i16 * LUMA_STEPS);
                ground + noise() + light * LUMA_STEPS + digit + if is_person { 12 * LUMA_STEPS } else { 0 }
            })
            .collect();
        LumaGrid { cells, rows: ROWS, columns: COLUMNS }
    }

    fn moved(scenes: impl Iterator<Item = LumaGrid>) -> Vec<bool> {
        let mut detector = ChangeDetector::new(1, 12);
        scenes.map(|s| detector.push(s)).collect()
    }

    #[test]
    fn noise_and_light_are_no_movement_and_a_small_person_is() {
        let calm = moved((0..200).map(|i| scene(i, None, None, 0)));
        assert_eq!(calm.iter().filter(|m| **m).count(), 1, "the first only");
        let dusk = moved((0..40).map(|i| scene(i, None, None, -(i as i16))));
        assert_eq!(dusk.iter().filter(|m| **m).count(), 1, "the light fades by a level a picture");
        let switched = moved((0..40).map(|i| scene(i, None, None, -((i / 20) as i16) * 30)));
        assert!(switched[20] && !switched[19] && !switched[22], "the light goes off: {switched:?}");
        let walking = moved((0..40).map(|i| scene(i, (i >= 20).then_some((40, i as usize)), None, 0)));
        assert!(walking[20..].iter().all(|m| *m), "a person of 6 x 2 cells walks in at 20: {walking:?}");
    }

    #[test]
    fn what_creeps_is_seen_against_an_older_picture() {
        // A lying body brightens by three quarters of a level a picture.
        let scenes = (0..40).map(|i| {
            let mut grid = scene(i, None, None, 0);
            for row in 30..36 {
                for column in 50..60 {
                    grid.cells[row * COLUMNS + column] += i as i16 * LUMA_STEPS * 3 / 4;
                }
            }
            grid
        });
        assert!(moved(scenes)[1..].iter().any(|m| *m));
    }

    #[test]
    fn the_recorders_clock_is_soon_left_out_and_people_are_not() {
        let clock = moved((0..120).map(|i| scene(i, None, Some(i), 0)));
        assert!(clock[30..].iter().all(|m| !m), "{clock:?}");
        let walking = moved((0..120).map(|i| scene(i, (i >= 60).then_some((40, i as usize)), Some(i), 0)));
        assert!(walking[60..].iter().all(|m| *m), "with the clock running");
        let in_place = moved((0..120).map(|i| scene(i, Some((40, 70 + (i % 2) as usize)), None, 0)));
        assert!(in_place.iter().all(|m| *m), "what is always restless in the middle is never left out");
    }

    #[test]
    fn another_size_is_a_new_scene() {
        let small = LumaGrid { cells: vec![0; 6], rows: 2, columns: 3 };
        let mut detector = ChangeDetector::new(4, 5);
        assert!(detector.push(scene(0, None, None, 0)));
        assert!(detector.push(small.clone()));
        assert!(!detector.push(small));
    }
}
