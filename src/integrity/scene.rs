//! How a picture stands to the usual look of its camera: block by block, by the edges that stay where they are.
//!
//! Edges are compared by their gradients, so that dusk, exposure and infrared, which change brightness and contrast, leave
//! them alike, while a cover takes them away, a lens out of focus weakens the fine ones alone, and a turned camera
//! shows others.

use crate::media::{LUMA_STEPS, LumaGrid};

/// Side of a block, in cells of a grid (16 across).
const BLOCK: usize = 10;
/// Side of a coarse cell, in cells.
const COARSE: usize = 4;
/// Side of a coarse block, in coarse cells.
const COARSE_BLOCK: usize = 5;
/// Mean squared step between neighbouring cells, in levels, from which a block has edges to hold on to.
const TEXTURED_SQUARED_LEVELS: f32 = 5.0;
/// The same for coarse cells.
const TEXTURED_COARSE_SQUARED_LEVELS: f32 = 12.0;
/// Gradients that correlate so well show the same thing…
const SAME: f32 = 0.5;
/// … as do their sizes, where light comes from elsewhere and turned dark edges into bright ones.
const SAME_SIZES: f32 = 0.6;
/// Fewer blocks with edges say nothing about the view.
pub(super) const LEAST_TEXTURED: usize = 8;

/// A picture's luma in levels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub cells: Vec<f32>,
    pub rows: usize,
    pub columns: usize,
}

impl Plane {
    pub fn of_grid(grid: &LumaGrid) -> Self {
        let level = |steps: &i16| f32::from(*steps) / f32::from(LUMA_STEPS);
        Self { cells: grid.cells.iter().map(level).collect(), rows: grid.rows, columns: grid.columns }
    }

    pub fn has_shape_of(&self, other: &Self) -> bool {
        (self.rows, self.columns) == (other.rows, other.columns)
    }

    /// Means of squares of cells.
    fn coarse(&self) -> Self {
        let (rows, columns) = (self.rows / COARSE, self.columns / COARSE);
        let mean = |row: usize, column: usize| {
            let sum: f32 = (0..COARSE)
                .flat_map(|dy| (0..COARSE).map(move |dx| (row * COARSE + dy, column * COARSE + dx)))
                .map(|(y, x)| self.cells[y * self.columns + x])
                .sum();
            sum / (COARSE * COARSE) as f32
        };
        let cells = (0..rows * columns).map(|i| mean(i / columns, i % columns)).collect();
        Self { cells, rows, columns }
    }
}

/// What a picture looks like by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Mean luma, 0 to 255.
    pub mean: f32,
    /// Standard deviation of the means of blocks: the large shapes.
    pub structure: f32,
    /// Root mean square step between neighbouring cells in the middle block by that: edges, whatever text lies at the rim.
    pub detail: f32,
    /// Share of cells that are as bright as the sensor can tell.
    pub glaring_share: f32,
}

/// A cell from here on is as bright as the sensor can tell, in levels.
const GLARING: f32 = 240.0;

/// How a picture stands to another one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Blocks of the other one that have edges.
    pub textured: usize,
    /// Blocks of this one that have.
    pub textured_now: usize,
    /// Blocks of the other one with large shapes.
    pub shaped: usize,
    /// Share of the textured blocks that show the same edges.
    pub same: f32,
    /// Share that lost their edges.
    pub lost: f32,
    /// Share that show other edges.
    pub other: f32,
    /// How strong the edges still are, at the size of cells: 1 as before, 0 gone. The middle block's.
    pub fine_left: f32,
    /// The same for shapes four times as large.
    pub coarse_left: f32,
    /// How alike the large shapes are, -1 to 1.
    pub coarse_alike: f32,
}

/// Sums over a block: of the squared gradients of both, of their products, and the same of their sizes.
#[derive(Clone, Copy, Default)]
struct Sums {
    cells: f32,
    squared: f32,
    squared_now: f32,
    both: f32,
    size: f32,
    size_now: f32,
    sizes_squared: f32,
    sizes_squared_now: f32,
    sizes_both: f32,
}

impl Sums {
    fn is_textured(&self, least: f32) -> bool {
        self.squared >= least * self.cells
    }

    fn likeness(&self) -> f32 {
        self.both / (self.squared * self.squared_now).sqrt().max(1e-3)
    }

    fn likeness_of_sizes(&self) -> f32 {
        let n = self.cells.max(1.0);
        let covariance = self.sizes_both - self.size * self.size_now / n;
        let spread = self.sizes_squared - self.size * self.size / n;
        let spread_now = self.sizes_squared_now - self.size_now * self.size_now / n;
        covariance / (spread.max(0.0) * spread_now.max(0.0)).sqrt().max(1e-3)
    }

    fn left(&self) -> f32 {
        self.both / self.squared.max(1e-3)
    }
}

/// How `now` stands to `usual`, of the same shape. A block that keeps less than `lost_share` of its edges has lost them.
pub(super) fn compare(usual: &Plane, now: &Plane, lost_share: f32) -> Likeness {
    let fine = block_sums(usual, now, BLOCK);
    let textured: Vec<&Sums> = fine.iter().filter(|s| s.is_textured(TEXTURED_SQUARED_LEVELS)).collect();
    let (mut same, mut lost) = (0_usize, 0_usize);
    for sums in &textured {
        if sums.likeness() >= SAME || sums.likeness_of_sizes() >= SAME_SIZES {
            same += 1;
        } else if sums.squared_now < lost_share * lost_share * sums.squared {
            lost += 1;
        }
    }
    let share = |count: usize| count as f32 / textured.len().max(1) as f32;
    let coarse = block_sums(&usual.coarse(), &now.coarse(), COARSE_BLOCK);
    let shaped: Vec<&Sums> =
        coarse.iter().filter(|s| s.is_textured(TEXTURED_COARSE_SQUARED_LEVELS)).collect();
    Likeness {
        textured: textured.len(),
        textured_now: fine.iter().filter(|s| s.squared_now >= TEXTURED_SQUARED_LEVELS * s.cells).count(),
        shaped: shaped.len(),
        same: share(same),
        lost: share(lost),
        other: share(textured.len() - same - lost),
        fine_left: median(textured.iter().map(|s| s.left())),
        coarse_left: median(shaped.iter().map(|s| s.left())),
        coarse_alike: median(shaped.iter().map(|s| s.likeness())),
    }
}

/// The look of a picture by itself.
pub(super) fn look(plane: &Plane) -> Look {
    let count = plane.cells.len().max(1) as f32;
    let means = block_means(plane);
    let mean = plane.cells.iter().sum::<f32>() / count;
    let middle = means.iter().sum::<f32>() / means.len().max(1) as f32;
    let variance = means.iter().map(|m| (m - middle).powi(2)).sum::<f32>() / means.len().max(1) as f32;
    let detail =
        median(block_sums(plane, plane, BLOCK).iter().map(|s| (s.squared / s.cells.max(1.0)).sqrt()));
    let glaring = plane.cells.iter().filter(|c| **c >= GLARING).count();
    Look { mean, structure: variance.sqrt(), detail, glaring_share: glaring as f32 / count }
}

fn block_means(plane: &Plane) -> Vec<f32> {
    let across = plane.columns.div_ceil(BLOCK);
    let mut blocks = vec![(0.0_f32, 0.0_f32); across * plane.rows.div_ceil(BLOCK)];
    for (i, cell) in plane.cells.iter().enumerate() {
        let block = &mut blocks[i / plane.columns / BLOCK * across + i % plane.columns / BLOCK];
        *block = (block.0 + cell, block.1 + 1.0);
    }
    blocks.into_iter().map(|(sum, count)| sum / count.max(1.0)).collect()
}

fn block_sums(usual: &Plane, now: &Plane, block: usize) -> Vec<Sums> {
    let (rows, columns) = (usual.rows, usual.columns);
    let across = columns.div_ceil(block);
    let mut blocks = vec![Sums::default(); across * rows.div_ceil(block)];
    for row in 0..rows.saturating_sub(1) {
        let line = row * columns;
        for column in 0..columns.saturating_sub(1) {
            let i = line + column;
            let step = |p: &Plane| (p.cells[i + 1] - p.cells[i], p.cells[i + columns] - p.cells[i]);
            let ((x, y), (x_now, y_now)) = (step(usual), step(now));
            let (size, size_now) = (x.abs() + y.abs(), x_now.abs() + y_now.abs());
            let sums = &mut blocks[row / block * across + column / block];
            sums.cells += 1.0;
            sums.squared += x * x + y * y;
            sums.squared_now += x_now * x_now + y_now * y_now;
            sums.both += x * x_now + y * y_now;
            sums.size += size;
            sums.size_now += size_now;
            sums.sizes_squared += size * size;
            sums.sizes_squared_now += size_now * size_now;
            sums.sizes_both += size * size_now;
        }
    }
    blocks.retain(|s| s.cells > 0.0);
    blocks
}

/// The middle value; 0 where there is none.
pub(super) fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
