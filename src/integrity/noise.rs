//! The noise of a sensor between two key pictures, and how alike two of them are.

use crate::domain::MediaTime;
use crate::media::LumaGrid;

/// One in so many cells is looked at for noise.
const NOISE_EVERY: usize = 5;
/// Steps of a grid beyond which a difference is movement rather than noise.
const MOST_NOISE_STEPS: f32 = 24.0;
/// Key pictures with less noise than this, in steps, cannot be told apart.
const LEAST_NOISE_STEPS: f32 = 0.6;
/// A picture's change since the one before, or its noise, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub at: MediaTime,
    pub values: Vec<i8>,
    pub length: f32,
}

impl Trace {
    /// Correlation with another one of the same scene, -1 to 1.
    #[cfg(test)]
    pub fn likeness(&self, other: &Self) -> f32 {
        let both: f32 =
            self.values.iter().zip(&other.values).map(|(a, b)| f32::from(*a) * f32::from(*b)).sum();
        both / (self.length * other.length).max(1e-3)
    }
}

/// What differs between two key pictures at some cells, in steps, once large shapes and changes of light are taken off; none
/// where something moved.
fn differences(before: &LumaGrid, now: &LumaGrid) -> Vec<Option<f32>> {
    let (columns, rows) = (now.columns, now.rows);
    if rows < 3 || columns < 3 {
        return Vec::new();
    }
    let sharp = |grid: &LumaGrid, i: usize| {
        let beside = f32::from(grid.cells[i - 1]) + f32::from(grid.cells[i + 1]);
        let above = f32::from(grid.cells[i - columns]) + f32::from(grid.cells[i + columns]);
        f32::from(grid.cells[i]) - (beside + above) / 4.0
    };
    let inner = (columns..columns * (rows - 1)).filter(|i| (1..columns - 1).contains(&(i % columns)));
    let pairs: Vec<(f32, f32)> =
        inner.step_by(NOISE_EVERY).map(|i| (sharp(now, i) - sharp(before, i), sharp(now, i))).collect();
    let still = pairs.iter().filter(|(d, _)| d.abs() <= MOST_NOISE_STEPS);
    let (both, squared) = still.fold((0.0, 1e-3), |(b, s), (d, k)| (b + d * k, s + k * k));
    let gain = both / squared;
    let value = |(d, k): (f32, f32)| (d.abs() <= MOST_NOISE_STEPS).then_some(d - gain * k);
    pairs.into_iter().map(value).collect()
}

/// The noise between two key pictures, ready to be compared; none where there is too little.
pub(super) fn noise_trace(at: MediaTime, before: &LumaGrid, now: &LumaGrid) -> Option<Trace> {
    let differences = differences(before, now);
    let value = |d: Option<f32>| d.map_or(0, |d| (4.0 * d).clamp(-127.0, 127.0) as i8);
    let values: Vec<i8> = differences.into_iter().map(value).collect();
    let length = length(&values);
    let is_noisy = length >= 4.0 * LEAST_NOISE_STEPS * (values.len() as f32).sqrt();
    is_noisy.then_some(Trace { at, values, length })
}

/// How large the noise between two key pictures is: the middle size in steps; none where too much moves to tell.
pub(super) fn noise_steps(before: &LumaGrid, now: &LumaGrid) -> Option<f32> {
    let differences = differences(before, now);
    let mut sizes: Vec<f32> = differences.iter().flatten().map(|d| d.abs()).collect();
    if sizes.is_empty() || sizes.len() * 3 < differences.len() {
        return None;
    }
    let middle = sizes.len() / 2;
    Some(*sizes.select_nth_unstable_by(middle, f32::total_cmp).1)
}

pub(super) fn length(values: &[i8]) -> f32 {
    values.iter().map(|v| f32::from(*v).powi(2)).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::test_scenes::{lit_room, noisy_room};

    #[test]
    fn the_noise_of_a_live_sensor_turns_back_on_itself() {
        let trace = |a, b| noise_trace(MediaTime::ZERO, &noisy_room(a), &noisy_room(b)).unwrap();
        let (first, second, apart) = (trace(1, 2), trace(2, 3), trace(5, 6));
        assert!((-0.6..-0.4).contains(&first.likeness(&second)), "{}", first.likeness(&second));
        assert!(first.likeness(&apart).abs() < 0.1);
        assert!(noise_trace(MediaTime::ZERO, &noisy_room(1), &noisy_room(1)).is_none(), "the same picture");
    }

    #[test]
    fn light_is_no_noise() {
        let brighter = noise_trace(MediaTime::ZERO, &noisy_room(1), &lit_room(2, |l| l * 1.2)).unwrap();
        let plain = noise_trace(MediaTime::ZERO, &noisy_room(1), &noisy_room(2)).unwrap();
        assert!(brighter.likeness(&plain) > 0.6, "{}", brighter.likeness(&plain));
    }
}
