//! A rectangle of one brightness lies over a part of the picture from one moment on, while the rest is seen as before.
//!
//! What is drawn into a picture is flatter than anything that a lens shows: no shade, no noise, straight edges along the
//! picture's own. It comes at once; a shadow, a lamp and a window grow.

use super::spell::Spell;
use crate::config::DegradedRule;
use crate::domain::{MediaTime, Reason, ReasonCode};
use crate::media::{LUMA_STEPS, LumaGrid};

/// Pictures closer together are not judged.
const EVERY: MediaTime = MediaTime::from_millis(1_000);
/// Pictures further apart do not show that something came at once.
const LONGEST_STEP: MediaTime = MediaTime::from_millis(13_000);
/// Neighbouring cells of a drawn area differ by at most so many steps of a grid, and so do its pictures.
const FLAT_STEPS: i16 = 4;
/// All cells of one differ from its middle by no more than this.
const WHOLE_STEPS: i16 = 6;
/// Weight of the latest picture in how usual it is that a cell is flat.
const USUAL_WEIGHT: f32 = 0.05;
/// Pictures from which it is known what is usual.
const LEAST_KNOWN: u32 = 10;
/// A cell that is flat more often is flat by itself.
const OFTEN_FLAT: f32 = 0.3;
/// Share of the area that must not be flat by itself.
const LEAST_NEW: f32 = 0.4;
/// Share of its own rectangle that the area must fill.
const LEAST_FILLED: f32 = 0.95;
/// Least cells down and across.
const LEAST_SIDE: usize = 4;
/// More of the picture is a covered camera.
const MOST_SHARE: f32 = 0.6;
/// Steps by which what lies around the area differs from it, in the middle.
const LEAST_EDGE_STEPS: i16 = 5 * LUMA_STEPS;
/// A lit window or a lamp is flat where it is as bright as the sensor can tell.
const GLARING_STEPS: i16 = 228 * LUMA_STEPS;
/// Share of the area that may have had its brightness before.
const MOST_BEFORE: f32 = 0.3;
/// Steps by which the rest of the picture may have changed meanwhile, in the middle.
const SAME_LIGHT_STEPS: i16 = 2 * LUMA_STEPS;

/// An area of one brightness: cells from the upper left one to before the lower right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    top: usize,
    left: usize,
    bottom: usize,
    right: usize,
    level: i16,
}

impl Area {
    fn cells(&self) -> usize {
        (self.bottom - self.top) * (self.right - self.left)
    }

    fn holds(&self, row: usize, column: usize) -> bool {
        (self.top..self.bottom).contains(&row) && (self.left..self.right).contains(&column)
    }
}

/// Watches one camera's pictures.
#[derive(Clone, Debug)]
pub(super) struct Masked {
    rule: DegradedRule,
    before: Option<(MediaTime, LumaGrid)>,
    /// How often each cell is flat, 0 to 1.
    often_flat: Vec<f32>,
    known: u32,
    area: Option<Area>,
    share: f32,
    spell: Spell,
    since: Option<MediaTime>,
}

impl Masked {
    pub fn new(rule: DegradedRule) -> Self {
        Self {
            rule,
            before: None,
            often_flat: Vec::new(),
            known: 0,
            area: None,
            share: 0.0,
            spell: Spell::default(),
            since: None,
        }
    }

    /// Takes the next picture. `is_seen`: it shows the usual scene.
    pub fn push(&mut self, at: MediaTime, grid: &LumaGrid, is_seen: bool) {
        if self.before.as_ref().is_some_and(|(then, _)| at - *then < EVERY) {
            return;
        }
        let before = self.before.replace((at, grid.clone()));
        let Some((then, before)) = before.filter(|(_, b)| (b.rows, b.columns) == (grid.rows, grid.columns))
        else {
            self.begin_anew(at, grid.cells.len());
            return;
        };
        if !is_seen {
            self.since = None;
            return;
        }
        let flat = flat_cells(&before, grid);
        match self.area.filter(|area| is_still_there(area, grid)) {
            Some(_) => self.goes_on(at),
            None => self.look_for_new((then, &before), (at, grid), &flat),
        }
        if self.area.is_none() {
            let often = self.often_flat.iter_mut().zip(&flat);
            often.for_each(|(often, flat)| *often += (f32::from(u8::from(*flat)) - *often) * USUAL_WEIGHT);
            self.known += 1;
        }
    }

    /// Since when an area is filled, and how much of the picture; none while there is none, or not for certain.
    pub fn told(&self) -> Option<(MediaTime, Vec<Reason>)> {
        Some((self.since?, vec![Reason::measured(ReasonCode::MaskedShare, self.share)]))
    }

    fn begin_anew(&mut self, at: MediaTime, cells: usize) {
        self.spell.end(at);
        (self.area, self.since, self.known) = (None, None, 0);
        self.often_flat = vec![0.0; cells];
    }

    fn goes_on(&mut self, at: MediaTime) {
        self.since = self.spell.wrong(at, self.rule.confirm_secs);
        if self.since.is_some_and(|since| (at - since).secs_f64() >= self.rule.accept_secs) {
            self.begin_anew(at, self.often_flat.len());
        }
    }

    /// `before` is the last picture without an area, or with another one.
    fn look_for_new(
        &mut self,
        (then, before): (MediaTime, &LumaGrid),
        (at, grid): (MediaTime, &LumaGrid),
        flat: &[bool],
    ) {
        self.spell.end(at);
        (self.area, self.since) = (None, None);
        if self.known < LEAST_KNOWN || at - then > LONGEST_STEP {
            return;
        }
        // What came with this picture is not flat over time yet.
        let flat_now = flat_cells(grid, grid);
        let cells = grid.cells.len();
        let least = (self.rule.masked_share * cells as f32) as usize;
        let most = (MOST_SHARE * cells as f32) as usize;
        let is_new = |i: usize| !flat[i] && self.often_flat[i] < OFTEN_FLAT;
        let is_drawn = |area: &Area| {
            let sides = (area.bottom - area.top).min(area.right - area.left);
            let inner = inside(area, grid.columns);
            let new = inner.iter().filter(|i| is_new(**i)).count();
            let had_level = inner.iter().filter(|i| (before.cells[**i] - area.level).abs() <= WHOLE_STEPS);
            (least..=most).contains(&area.cells())
                && sides >= LEAST_SIDE
                && area.level < GLARING_STEPS
                && new as f32 >= LEAST_NEW * inner.len() as f32
                && had_level.count() as f32 <= MOST_BEFORE * inner.len() as f32
                && stands_out(area, grid)
                && rest_is_the_same(area, before, grid)
        };
        let found = areas(grid, &flat_now).into_iter().filter(is_drawn).max_by_key(Area::cells);
        if let Some(area) = found {
            self.area = Some(area);
            self.share = area.cells() as f32 / cells as f32;
            self.spell.wrong(then, self.rule.confirm_secs);
        }
    }
}

/// Cells that are like their neighbours to the right and below, and like themselves before.
fn flat_cells(before: &LumaGrid, grid: &LumaGrid) -> Vec<bool> {
    let (rows, columns) = (grid.rows, grid.columns);
    let is_alike = |a: i16, b: i16| (a - b).abs() <= FLAT_STEPS;
    let mut flat: Vec<bool> = grid.cells.iter().zip(&before.cells).map(|(a, b)| is_alike(*a, *b)).collect();
    for row in 0..rows {
        let line = &grid.cells[row * columns..][..columns];
        let flat = &mut flat[row * columns..][..columns];
        for ((flat, here), right) in flat.iter_mut().zip(line).zip(&line[1..]) {
            *flat &= is_alike(*here, *right);
        }
        let below = grid.cells[(row + 1) * columns..].iter();
        for ((flat, here), below) in flat.iter_mut().zip(line).zip(below) {
            *flat &= is_alike(*here, *below);
        }
    }
    flat
}

/// The cells of an area but for its rim, where cells of a picture are half drawn.
fn inside(area: &Area, columns: usize) -> Vec<usize> {
    let rows = area.top + 1..area.bottom.saturating_sub(1);
    let across = area.left + 1..area.right.saturating_sub(1);
    rows.flat_map(|row| across.clone().map(move |column| row * columns + column)).collect()
}

fn is_still_there(area: &Area, grid: &LumaGrid) -> bool {
    let inner = inside(area, grid.columns);
    let there = inner.iter().filter(|i| (grid.cells[**i] - area.level).abs() <= WHOLE_STEPS).count();
    there as f32 >= LEAST_FILLED * inner.len() as f32 && stands_out(area, grid)
}

/// Whether the cells two beside the area differ from it, in the middle: those next to it may be half drawn.
fn stands_out(area: &Area, grid: &LumaGrid) -> bool {
    let (rows, columns) = (grid.rows, grid.columns);
    let mut around = Vec::new();
    for column in area.left..area.right {
        around.extend(area.top.checked_sub(2).map(|row| row * columns + column));
        around.extend((area.bottom + 1 < rows).then(|| (area.bottom + 1) * columns + column));
    }
    for row in area.top..area.bottom {
        around.extend(area.left.checked_sub(2).map(|column| row * columns + column));
        around.extend((area.right + 1 < columns).then(|| row * columns + area.right + 1));
    }
    let differences = around.into_iter().map(|i| (grid.cells[i] - area.level).abs()).collect();
    middle(differences).is_some_and(|difference| difference >= LEAST_EDGE_STEPS)
}

fn rest_is_the_same(area: &Area, before: &LumaGrid, grid: &LumaGrid) -> bool {
    let is_outside = |i: &usize| !area.holds(i / grid.columns, i % grid.columns);
    let changes = (0..grid.cells.len()).filter(is_outside).map(|i| (grid.cells[i] - before.cells[i]).abs());
    middle(changes.collect()).is_some_and(|change| change <= SAME_LIGHT_STEPS)
}

fn middle(mut values: Vec<i16>) -> Option<i16> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

/// The rectangles that flat cells of one brightness fill.
fn areas(grid: &LumaGrid, flat: &[bool]) -> Vec<Area> {
    let (rows, columns) = (grid.rows, grid.columns);
    let mut is_taken = vec![false; flat.len()];
    let mut found = Vec::new();
    for start in 0..flat.len() {
        if is_taken[start] || !flat[start] {
            continue;
        }
        let level = grid.cells[start];
        let mut waiting = vec![start];
        is_taken[start] = true;
        let (mut cells, mut area) = (0, Area { top: rows, left: columns, bottom: 0, right: 0, level });
        while let Some(i) = waiting.pop() {
            let (row, column) = (i / columns, i % columns);
            cells += 1;
            (area.top, area.bottom) = (area.top.min(row), area.bottom.max(row + 1));
            (area.left, area.right) = (area.left.min(column), area.right.max(column + 1));
            let beside = [
                (column > 0).then(|| i - 1),
                (column + 1 < columns).then(|| i + 1),
                (row > 0).then(|| i - columns),
                (row + 1 < rows).then(|| i + columns),
            ];
            for j in beside.into_iter().flatten() {
                if !is_taken[j] && flat[j] && (grid.cells[j] - level).abs() <= WHOLE_STEPS {
                    is_taken[j] = true;
                    waiting.push(j);
                }
            }
        }
        if cells as f32 >= LEAST_FILLED * area.cells() as f32 {
            found.push(area);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::test_scenes::{lit_room, noisy_room, person};

    type Picture = Box<dyn Fn(u64) -> LumaGrid>;

    /// A rectangle of one level drawn over a picture: rows and columns from, to.
    fn drawn(
        mut grid: LumaGrid,
        (top, left): (usize, usize),
        (bottom, right): (usize, usize),
        level: i16,
    ) -> LumaGrid {
        for row in top..bottom {
            grid.cells[row * grid.columns + left..row * grid.columns + right].fill(level * LUMA_STEPS);
        }
        grid
    }

    /// Plays seconds one by one; those at which something was told, and what share.
    fn told(stretches: Vec<(u64, Picture)>) -> (Vec<u64>, f32) {
        let mut masked = Masked::new(DegradedRule { accept_secs: 60.0, ..DegradedRule::default() });
        let (mut second, mut told, mut share) = (0, Vec::new(), 0.0);
        for (secs, picture) in stretches {
            for _ in 0..secs {
                masked.push(MediaTime::from_millis(second as i64 * 1000), &picture(second), true);
                if let Some((_, reasons)) = masked.told() {
                    told.push(second);
                    share = reasons[0].value.unwrap();
                }
                second += 1;
            }
        }
        (told, share)
    }

    fn room() -> (u64, Picture) {
        (30, Box::new(noisy_room))
    }

    #[test]
    fn a_rectangle_drawn_into_the_picture_is_told_with_its_share_until_it_is_usual() {
        for level in [0, 16, 90, 200] {
            let mask = move |s: u64| drawn(noisy_room(s), (20, 40), (50, 90), level);
            let (told, share) = told(vec![room(), (100, Box::new(mask))]);
            assert_eq!(told, (39..89).collect::<Vec<_>>(), "{level}");
            assert!((share - 30.0 * 50.0 / 14_400.0).abs() < 0.02, "{share}");
        }
    }

    #[test]
    fn people_behind_a_mask_change_nothing() {
        let mask = |s: u64| drawn(person(noisy_room(s), 40, (s * 7 % 140) as usize), (20, 40), (50, 90), 16);
        assert_eq!(told(vec![room(), (20, Box::new(mask))]).0, (39..50).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_there_all_along_and_what_grows_is_not_told() {
        let mask = |s: u64| drawn(noisy_room(s), (20, 40), (50, 90), 16);
        assert_eq!(told(vec![(60, Box::new(mask))]).0, [0; 0], "there from the start");
        let grows = |s: u64| drawn(noisy_room(s), (20, 40), (50, 41 + (s as usize - 30).min(50)), 16);
        let (told, _) = told(vec![room(), (45, Box::new(grows))]);
        assert_eq!(told, [0; 0], "a shadow grows");
    }

    #[test]
    fn lights_and_bright_windows_are_not_told() {
        let dim = |s: u64| drawn(lit_room(s, |l| l * 0.3), (20, 40), (50, 90), 16);
        assert_eq!(
            told(vec![room(), (30, Box::new(dim))]).0,
            [0; 0],
            "a doorway is black once the light is out"
        );
        let window = |s: u64| drawn(noisy_room(s), (20, 40), (50, 90), 235);
        assert_eq!(
            told(vec![room(), (30, Box::new(window))]).0,
            [0; 0],
            "a lit window is as bright as can be"
        );
        let shaded = |s: u64| {
            let mut grid = drawn(noisy_room(s), (20, 40), (50, 90), 60);
            for row in 20..50 {
                for column in 40..90 {
                    grid.cells[row * 160 + column] += (column as i16 - 40) * 2;
                }
            }
            grid
        };
        assert_eq!(told(vec![room(), (30, Box::new(shaded))]).0, [0; 0], "a board has shade");
    }
}
