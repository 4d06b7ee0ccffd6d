//! Scenes for tests: a room with edges and sensor noise, as a grid.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::media::{LUMA_STEPS, LumaGrid};

pub const ROWS: usize = 90;
pub const COLUMNS: usize = 160;

/// Brightness of a room with a door, a window, beds and tiles, in levels, at a cell of an endless wall.
fn room_level(row: i64, column: i64) -> f32 {
    let tile = if (row.div_euclid(7) + column.div_euclid(11)) % 2 == 0 { 14.0 } else { 0.0 };
    let object = |top: i64, left: i64, high: i64, wide: i64| {
        (top..top + high).contains(&row) && (left..left + wide).contains(&column.rem_euclid(173))
    };
    let furniture = match () {
        () if object(10, 20, 50, 18) => -45.0,
        () if object(12, 70, 25, 40) => 60.0,
        () if object(60, 90, 18, 50) => -30.0,
        () if object(55, 10, 12, 60) => 35.0,
        () if object(20, 130, 40, 9) => -50.0,
        () => 0.0,
    };
    110.0 + tile + furniture + (column as f32 * 0.05)
}

/// A noise value of mean 0 within half a level, from a seed.
fn noise(seed: u64, i: usize) -> f32 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (i as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 31;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    (x % 1000) as f32 / 1000.0 - 0.5
}

/// A picture whose levels are given by row and column, with noise.
pub fn scene(seed: u64, level: impl Fn(i64, i64) -> f32) -> LumaGrid {
    let cell = |i: usize| {
        let (row, column) = ((i / COLUMNS) as i64, (i % COLUMNS) as i64);
        ((level(row, column) + noise(seed, i)).clamp(0.0, 255.0) * f32::from(LUMA_STEPS)) as i16
    };
    LumaGrid { cells: (0..ROWS * COLUMNS).map(cell).collect(), rows: ROWS, columns: COLUMNS }
}

/// The room, with sensor noise from a seed.
pub fn noisy_room(seed: u64) -> LumaGrid {
    scene(seed, room_level)
}

/// The room seen so many cells further to the right and down.
pub fn turned_room(seed: u64, down: i64, right: i64) -> LumaGrid {
    scene(seed, |row, column| room_level(row + down, column + right))
}

/// The room with its brightness changed.
pub fn lit_room(seed: u64, light: impl Fn(f32) -> f32) -> LumaGrid {
    scene(seed, |row, column| light(room_level(row, column)))
}

/// The room out of focus by so many cells either way.
pub fn blurred_room(seed: u64, reach: i64) -> LumaGrid {
    thread_local! {
        /// The room without noise, by reach: every picture needs it again.
        static BLURRED: RefCell<HashMap<i64, Vec<f32>>> = RefCell::default();
    }
    let around = |row: i64, column: i64| {
        let square = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dy, dx)));
        let sum: f32 = square.map(|(dy, dx)| room_level(row + dy, column + dx)).sum();
        sum / ((2 * reach + 1) * (2 * reach + 1)) as f32
    };
    BLURRED.with_borrow_mut(|known| {
        let cells = known.entry(reach).or_insert_with(|| {
            (0..ROWS * COLUMNS).map(|i| around((i / COLUMNS) as i64, (i % COLUMNS) as i64)).collect()
        });
        scene(seed, |row, column| cells[row as usize * COLUMNS + column as usize])
    })
}

/// Somebody of 20 x 7 cells stands with the upper left corner there.
pub fn person(mut grid: LumaGrid, row: usize, column: usize) -> LumaGrid {
    for y in row..(row + 20).min(ROWS) {
        for x in column..(column + 7).min(COLUMNS) {
            grid.cells[y * COLUMNS + x] = (20 + (y - row) as i16 * 4) * LUMA_STEPS;
        }
    }
    grid
}

/// A recorder's clock that shows a second.
pub fn clock(mut grid: LumaGrid, second: u64) -> LumaGrid {
    for y in 84..88 {
        for x in 20..50 {
            let ink = (second * 37 + (y * 7 + x / 3) as u64 * 11).is_multiple_of(2);
            grid.cells[y * COLUMNS + x] = if ink { 235 } else { 20 } * LUMA_STEPS;
        }
    }
    grid
}
