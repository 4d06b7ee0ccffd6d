//! One plane of a picture at another size: a row at a time, both directions in one pass, in whole numbers.
//!
//! Linear between pixels, the filter widened when shrinking, as swscale's `SWS_BILINEAR`; without FFmpeg.

/// Where the samples of one direction are taken, in pixels of the plane: the centre of pixel 0 lies at 0.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Samples {
    pub first: f64,
    pub step: f64,
    pub count: usize,
}

impl Samples {
    /// All of `length` pixels as `count` samples.
    pub fn of_all(length: u32, count: usize) -> Self {
        let step = f64::from(length) / count.max(1) as f64;
        Self { first: step / 2.0, step, count }
    }

    /// The same places from the far end of `length` pixels, in the order of the plane.
    pub fn mirrored(self, length: u32) -> Self {
        let last = self.first + self.step * self.count.saturating_sub(1) as f64;
        Self { first: f64::from(length) - last, ..self }
    }

    /// The same places in a plane that has one pixel where this has `pixels`.
    pub fn shrunk(self, pixels: f64) -> Self {
        Self { first: self.first / pixels, step: self.step / pixels, ..self }
    }

    /// A sample between each two.
    pub fn halved(self) -> Self {
        let count = self.count.div_ceil(2);
        Self { first: self.first + self.step / 2.0, step: self.step * 2.0, count }
    }
}

/// What a sample beyond the plane's edge sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// The edge's own pixels.
    Edge,
    /// One level.
    Level(u8),
}

/// Weights of 1 down and across: down in 8 bits, so that a column's sum fits 16; across as far as 16 signed bits reach.
const DOWN_ONE: i32 = 1 << 8;
const ACROSS_ONE: i32 = 1 << 14;
/// Taps across come in eights, which the processor multiplies in one step.
const LANES: usize = 8;
/// Columns that are summed at once.
const COLUMNS: usize = 64;
/// A sample reaches no further, which is twice the largest picture.
const WIDEST: f64 = 16384.0;

/// For each sample of one direction the pixels it is made of. Buffers are kept.
#[derive(Default)]
struct Axis {
    taps: usize,
    firsts: Vec<usize>,
    /// `[sample][taps]`.
    weights: Vec<i16>,
    /// The share that lies beyond the plane.
    beyond: Vec<i16>,
    shares: Vec<f64>,
}

impl Axis {
    /// `lanes` is what the number of taps is a multiple of; taps past the plane's end have no weight.
    fn set(&mut self, samples: Samples, length: usize, beyond: Beyond, (one, lanes): (i32, usize)) {
        let reach = samples.step.abs().clamp(1.0, WIDEST);
        self.taps = ((2.0 * reach).ceil() as usize).min(length).next_multiple_of(lanes);
        self.firsts.clear();
        self.weights.clear();
        self.beyond.clear();
        for i in 0..samples.count {
            let centre = (samples.first + i as f64 * samples.step - 0.5).clamp(-4.0 * WIDEST, 4.0 * WIDEST);
            self.add(centre, reach, length, beyond, one);
        }
    }

    /// `centre` in pixels, the centre of pixel 0 at 0.
    fn add(&mut self, centre: f64, reach: f64, length: usize, beyond: Beyond, one: i32) {
        let last = length as i64 - 1;
        let (from, to) = ((centre - reach).floor() as i64 + 1, (centre + reach).ceil() as i64 - 1);
        // Not so far that taps without weight would lie past the end, unless there are more taps than pixels.
        let first = from.clamp(0, (length.saturating_sub(self.taps)) as i64);
        self.shares.clear();
        self.shares.resize(self.taps, 0.0);
        let (mut outside, mut sum) = (0.0, 0.0);
        let slope = 1.0 / reach;
        for pixel in from..=to {
            let share = 1.0 - (pixel as f64 - centre).abs() * slope;
            sum += share;
            if (0..=last).contains(&pixel) || beyond == Beyond::Edge {
                self.shares[(pixel.clamp(first, last) - first) as usize] += share;
            } else {
                outside += share;
            }
        }
        self.firsts.push(first as usize);
        // Rounding errors are handed on, so that the whole is exactly one. No share is below 0, so that half of one may
        // stand for `round`, which is a call.
        let (mut wanted, mut given) = (0.5, 0);
        let scale = f64::from(one) / sum;
        let mut rounded = |share: f64| {
            wanted += share * scale;
            let weight = wanted as i32 - given;
            given += weight;
            weight as i16
        };
        self.beyond.push(rounded(outside));
        self.weights.extend(self.shares.iter().map(|share| rounded(*share)));
    }
}

/// Pixels of a plane in memory, one byte each.
#[derive(Clone, Copy)]
pub(super) struct Plane<'a> {
    pub data: &'a [u8],
    pub stride: usize,
    pub width: usize,
    pub height: usize,
}

/// Takes the same samples of any number of planes of one size. Buffers are kept.
#[derive(Default)]
pub(super) struct Resampler {
    made_for: Option<(Samples, Samples, [usize; 2], Beyond)>,
    across: Axis,
    down: Axis,
    beyond_level: u8,
    /// The columns in use, and their sums for one row, 128 a level.
    columns: std::ops::Range<usize>,
    sums: Vec<i16>,
    /// For each sample across, what its sum begins with: what lies beyond the plane, and a half.
    starts: Vec<i32>,
}

impl Resampler {
    /// Readies it for planes of `size` (width, height).
    pub fn set(&mut self, across: Samples, down: Samples, size: [usize; 2], beyond: Beyond) {
        let key = Some((across, down, size, beyond));
        if self.made_for == key {
            return;
        }
        self.across.set(across, size[0], beyond, (ACROSS_ONE, LANES));
        self.down.set(down, size[1], beyond, (DOWN_ONE, 1));
        self.beyond_level = if let Beyond::Level(level) = beyond { level } else { 0 };
        let (first, last) = (self.across.firsts.iter().min(), self.across.firsts.iter().max());
        let start = first.copied().unwrap_or(0);
        let end = (last.copied().unwrap_or(0) + self.across.taps).min(size[0]);
        self.columns = start..end;
        self.sums.clear();
        self.sums.resize(end - start + self.across.taps, 0);
        let level = i32::from(self.beyond_level) << 7;
        self.starts.clear();
        self.starts.extend(self.across.beyond.iter().map(|b| i32::from(*b) * level + (ACROSS_ONE >> 1)));
        self.made_for = key;
    }

    /// One row of samples, 128 a level, into `out` (as long as there are samples across).
    #[inline(always)]
    pub fn row(&mut self, plane: Plane<'_>, row: usize, out: &mut [i16]) {
        self.sum_columns(plane, row);
        match self.across.taps {
            LANES => self.weigh::<LANES>(out),
            16 => self.weigh::<16>(out),
            taps => self.weigh_any(taps, out),
        }
    }

    /// Known lengths become straight code, which is what makes this fast.
    #[inline(always)]
    fn weigh<const TAPS: usize>(&self, out: &mut [i16]) {
        let (weights, _) = self.across.weights.as_chunks::<TAPS>();
        let samples = self.across.firsts.iter().zip(weights).zip(&self.starts).zip(out);
        for (((first, weights), start), out) in samples {
            let pixels = &self.sums[first - self.columns.start..][..TAPS];
            let products = pixels.iter().zip(weights).map(|(p, w)| i32::from(*p) * i32::from(*w));
            *out = ((start + products.sum::<i32>()) >> 14) as i16;
        }
    }

    #[inline(always)]
    fn weigh_any(&self, taps: usize, out: &mut [i16]) {
        let weights = self.across.weights.chunks_exact(taps);
        let samples = self.across.firsts.iter().zip(weights).zip(&self.starts).zip(out);
        for (((first, weights), start), out) in samples {
            let pixels = &self.sums[first - self.columns.start..][..taps];
            let products = pixels.iter().zip(weights).map(|(p, w)| i32::from(*p) * i32::from(*w));
            *out = ((start + products.sum::<i32>()) >> 14) as i16;
        }
    }

    #[inline(always)]
    fn sum_columns(&mut self, plane: Plane<'_>, row: usize) {
        let taps = self.down.taps;
        let weights = &self.down.weights[row * taps..][..taps];
        let level = u16::from(self.beyond_level) * self.down.beyond[row] as u16;
        let lines = &plane.data[self.down.firsts[row] * plane.stride..];
        let count = self.columns.len();
        let mut done = 0;
        while done < count {
            let (at, left) = (self.columns.start + done, count - done);
            let out = &mut self.sums[done..];
            done += if left >= COLUMNS {
                sum_block::<COLUMNS>(lines, plane.stride, at, weights, level, out)
            } else if left >= LANES {
                sum_block::<LANES>(lines, plane.stride, at, weights, level, out)
            } else {
                sum_block::<1>(lines, plane.stride, at, weights, level, out)
            };
        }
    }
}

/// Weighted sums of `N` columns from column `at` on; gives `N`.
#[inline(always)]
fn sum_block<const N: usize>(
    lines: &[u8],
    stride: usize,
    at: usize,
    weights: &[i16],
    level: u16,
    out: &mut [i16],
) -> usize {
    let mut sums = [level; N];
    for (line, weight) in weights.iter().enumerate() {
        let pixels = &lines[line * stride + at..][..N];
        for (sum, pixel) in sums.iter_mut().zip(pixels) {
            *sum += u16::from(*pixel) * *weight as u16;
        }
    }
    for (out, sum) in out[..N].iter_mut().zip(sums) {
        *out = (sum >> 1) as i16;
    }
    N
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(width: usize, pixels: &[u8], across: Samples, down: Samples, beyond: Beyond) -> Vec<i16> {
        let height = pixels.len() / width;
        let plane = Plane { data: pixels, stride: width, width, height };
        let mut resampler = Resampler::default();
        resampler.set(across, down, [width, height], beyond);
        let mut rows = vec![0; across.count * down.count];
        for (row, out) in rows.chunks_mut(across.count).enumerate() {
            resampler.row(plane, row, out);
        }
        rows.iter().map(|v| (v + 64) >> 7).collect()
    }

    #[test]
    fn a_flat_plane_stays_flat_at_any_size() {
        for (width, height, to) in [(1, 1, 7), (3, 5, 2), (100, 70, 33), (500, 20, 1), (20, 300, 64)] {
            let (across, down) = (Samples::of_all(width, to), Samples::of_all(height, to));
            let pixels = vec![255; (width * height) as usize];
            let out = resampled(width as usize, &pixels, across, down, Beyond::Edge);
            assert_eq!(out, vec![255; to * to], "{width}x{height} as {to}x{to}");
        }
    }

    #[test]
    fn shrinking_takes_every_pixel_into_account() {
        let line: Vec<u8> = (0..240).map(|x| if x % 2 == 0 { 0 } else { 200 }).collect();
        let out = resampled(240, &line, Samples::of_all(240, 60), Samples::of_all(1, 1), Beyond::Edge);
        assert!(out[1..59].iter().all(|v| v.abs_diff(100) <= 1), "{out:?}");
    }

    #[test]
    fn between_pixels_is_between_their_values_and_beyond_them_is_the_level() {
        let across = Samples { first: -0.5, step: 0.5, count: 8 };
        let down = Samples { first: 0.5, step: 1.0, count: 1 };
        let line = [0, 40, 80];
        assert_eq!(resampled(3, &line, across, down, Beyond::Level(200)), [200, 100, 0, 20, 40, 60, 80, 140]);
        assert_eq!(resampled(3, &line, across, down, Beyond::Edge), [0, 0, 0, 20, 40, 60, 80, 80]);
    }

    #[test]
    fn places_far_outside_are_the_level_and_cost_no_memory() {
        for first in [-1e30, 1e30, 1e9] {
            let far = Samples { first, step: 1e9, count: 2 };
            let out = resampled(2, &[10, 20], far, Samples::of_all(1, 1), Beyond::Level(114));
            assert_eq!(out, [114, 114]);
        }
    }

    #[test]
    fn mirrored_places_are_the_same_from_the_other_end() {
        let samples = Samples { first: 1.0, step: 2.0, count: 3 };
        assert_eq!(samples.mirrored(10), Samples { first: 5.0, step: 2.0, count: 3 });
        assert_eq!(Samples::of_all(8, 4).mirrored(8), Samples::of_all(8, 4));
        assert_eq!(Samples::of_all(8, 4).halved(), Samples::of_all(8, 2));
    }
}
