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
/// A block is as bright as it was within this share of what sets blocks off from each other…
const SAME_GROUND_SHARE: f32 = 0.2;
/// … but at least and at most so many levels…
const LEAST_GROUND_LEVELS: f32 = 0.5;
const MOST_GROUND_LEVELS: f32 = 5.0;
/// … once a common change of light up to this is taken off.
const MOST_COMMON_LEVELS: f32 = 4.0;
/// Where so many blocks are as bright as they were, the camera sees what it saw: its edges came and went with people.
pub(super) const GROUND_STAYS: f32 = 0.6;
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
        let mut cells = vec![0.0_f32; rows * columns];
        for (row, line) in self.cells.chunks_exact(self.columns.max(1)).take(rows * COARSE).enumerate() {
            let means = &mut cells[row / COARSE * columns..][..columns];
            for (mean, square) in means.iter_mut().zip(line.chunks_exact(COARSE)) {
                *mean += square.iter().sum::<f32>() / (COARSE * COARSE) as f32;
            }
        }
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
    /// How strong edges still are at the same places, of whatever they are now. The middle block's.
    pub energy_left: f32,
    /// The same as [`Self::fine_left`] for shapes four times as large.
    pub coarse_left: f32,
    /// How alike the large shapes are, -1 to 1.
    pub coarse_alike: f32,
    /// Share of all blocks that are as bright as they were, by what sets one block off from another.
    pub ground: f32,
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

    fn energy_left(&self) -> f32 {
        (self.squared_now / self.squared.max(1e-3)).sqrt()
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
        energy_left: median(textured.iter().map(|s| s.energy_left())),
        coarse_left: median(shaped.iter().map(|s| s.left())),
        coarse_alike: median(shaped.iter().map(|s| s.likeness())),
        ground: ground_left(usual, now),
    }
}

/// Share of blocks that kept their brightness. A little more or less light all over is no difference.
fn ground_left(usual: &Plane, now: &Plane) -> f32 {
    let (before, after) = (block_means(usual), block_means(now));
    let spread = deviation(&before);
    let tolerance = (SAME_GROUND_SHARE * spread).clamp(LEAST_GROUND_LEVELS, MOST_GROUND_LEVELS);
    let changes: Vec<f32> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
    let common = median(changes.iter().copied());
    let common = if common.abs() <= MOST_COMMON_LEVELS { common } else { 0.0 };
    let kept = changes.iter().filter(|change| (*change - common).abs() <= tolerance).count();
    kept as f32 / changes.len().max(1) as f32
}

/// The look of a picture by itself.
pub(super) fn look(plane: &Plane) -> Look {
    let count = plane.cells.len().max(1) as f32;
    let means = block_means(plane);
    let mean = plane.cells.iter().sum::<f32>() / count;
    let detail = median(edges(plane).into_iter());
    let glaring = plane.cells.iter().filter(|c| **c >= GLARING).count();
    Look { mean, structure: deviation(&means), detail, glaring_share: glaring as f32 / count }
}

fn deviation(values: &[f32]) -> f32 {
    let count = values.len().max(1) as f32;
    let middle = values.iter().sum::<f32>() / count;
    (values.iter().map(|v| (v - middle).powi(2)).sum::<f32>() / count).sqrt()
}

fn block_means(plane: &Plane) -> Vec<f32> {
    let across = plane.columns.div_ceil(BLOCK);
    let mut blocks = vec![(0.0_f32, 0.0_f32); across * plane.rows.div_ceil(BLOCK)];
    for (row, line) in plane.cells.chunks_exact(plane.columns.max(1)).enumerate() {
        let blocks = &mut blocks[row / BLOCK * across..][..across];
        for ((sum, count), cells) in blocks.iter_mut().zip(line.chunks(BLOCK)) {
            *sum += cells.iter().sum::<f32>();
            *count += cells.len() as f32;
        }
    }
    blocks.into_iter().map(|(sum, count)| sum / count.max(1.0)).collect()
}

/// Root mean square step between neighbouring cells, block by block.
fn edges(plane: &Plane) -> Vec<f32> {
    let (rows, columns) = (plane.rows, plane.columns);
    let (high, wide) = (rows.saturating_sub(1), columns.saturating_sub(1));
    let across = columns.div_ceil(BLOCK);
    let mut blocks = vec![(0.0_f32, 0.0_f32); across * rows.div_ceil(BLOCK)];
    let mut squares = vec![0.0_f32; wide];
    for row in 0..high {
        let (line, below) =
            (&plane.cells[row * columns..][..columns], &plane.cells[(row + 1) * columns..][..wide]);
        for (((square, here), right), below) in squares.iter_mut().zip(line).zip(&line[1..]).zip(below) {
            *square = (right - here).powi(2) + (below - here).powi(2);
        }
        let blocks = &mut blocks[row / BLOCK * across..][..across];
        for ((sum, count), squares) in blocks.iter_mut().zip(squares.chunks(BLOCK)) {
            *sum += squares.iter().sum::<f32>();
            *count += squares.len() as f32;
        }
    }
    blocks.retain(|(_, count)| *count > 0.0);
    blocks.into_iter().map(|(sum, count)| (sum / count).sqrt()).collect()
}

/// Sums that are kept, one row of cells each, in the order of the fields of [`Sums`] after the number of cells.
const KEPT: usize = 8;

fn block_sums(usual: &Plane, now: &Plane, block: usize) -> Vec<Sums> {
    let (rows, columns) = (usual.rows, usual.columns);
    let (high, wide) = (rows.saturating_sub(1), columns.saturating_sub(1));
    let across = columns.div_ceil(block);
    let mut blocks = vec![Sums::default(); across * rows.div_ceil(block)];
    if high == 0 || wide == 0 {
        return Vec::new(); // no cell has two neighbours
    }
    // Column by column down a row of blocks: a compiler makes it several columns at a time.
    let mut kept = vec![0.0_f32; KEPT * wide];
    for row in 0..high {
        add_row(&mut kept, wide, &usual.cells[row * columns..], &now.cells[row * columns..]);
        let is_last = row + 1 == high;
        if (row + 1) % block == 0 || is_last {
            let lines = (row % block + 1) as f32;
            let blocks = &mut blocks[row / block * across..][..across];
            for (place, sums) in blocks.iter_mut().enumerate() {
                let (from, to) = ((place * block).min(wide), ((place + 1) * block).min(wide));
                let sum = |kind: usize| kept[kind * wide + from..kind * wide + to].iter().sum::<f32>();
                *sums = Sums {
                    cells: lines * (to - from) as f32,
                    squared: sum(0),
                    squared_now: sum(1),
                    both: sum(2),
                    size: sum(3),
                    size_now: sum(4),
                    sizes_squared: sum(5),
                    sizes_squared_now: sum(6),
                    sizes_both: sum(7),
                };
            }
            kept.fill(0.0);
        }
    }
    blocks.retain(|s| s.cells > 0.0);
    blocks
}

/// Adds what one row of cells and the one below it give; both planes from that row on, `wide` is one less than their columns.
fn add_row(kept: &mut [f32], wide: usize, usual: &[f32], now: &[f32]) {
    let columns = wide + 1;
    let (u, u_right, u_below) = (&usual[..wide], &usual[1..=wide], &usual[columns..columns + wide]);
    let (n, n_right, n_below) = (&now[..wide], &now[1..=wide], &now[columns..columns + wide]);
    let mut kept = kept.chunks_exact_mut(wide.max(1));
    let mut next = || kept.next().unwrap_or_default();
    let (a, b, c, d) = (next(), next(), next(), next());
    let (e, f, g, h) = (next(), next(), next(), next());
    for i in 0..wide {
        let (x, y) = (u_right[i] - u[i], u_below[i] - u[i]);
        let (x_now, y_now) = (n_right[i] - n[i], n_below[i] - n[i]);
        let (size, size_now) = (x.abs() + y.abs(), x_now.abs() + y_now.abs());
        a[i] += x * x + y * y;
        b[i] += x_now * x_now + y_now * y_now;
        c[i] += x * x_now + y * y_now;
        d[i] += size;
        e[i] += size_now;
        f[i] += size * size;
        g[i] += size_now * size_now;
        h[i] += size * size_now;
    }
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
