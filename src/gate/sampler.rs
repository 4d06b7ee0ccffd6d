//! Picks pictures by time, so that any frame rate is analysed alike.

use crate::domain::MediaTime;

/// Picks pictures on a time grid: the first at or after each multiple of the step.
#[derive(Clone, Debug)]
pub struct FrameSampler {
    step: MediaTime,
    next_due: MediaTime,
}

impl FrameSampler {
    /// One picture every `step` (at least a millisecond).
    pub fn new(step: MediaTime) -> Self {
        Self { step: step.max(MediaTime::from_millis(1)), next_due: MediaTime::ZERO }
    }

    /// Whether the picture at this time is to be analysed. Times must not go back.
    pub fn picks(&mut self, at: MediaTime) -> bool {
        if at < self.next_due {
            return false;
        }
        let slots_passed = at.nanos().div_euclid(self.step.nanos());
        self.next_due = MediaTime::from_nanos((slots_passed + 1).saturating_mul(self.step.nanos()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(fps: f64, times_ms: impl Iterator<Item = i64>) -> Vec<i64> {
        let mut sampler = FrameSampler::new(MediaTime::from_secs_f64(1.0 / fps));
        times_ms.filter(|t| sampler.picks(MediaTime::from_millis(*t))).collect()
    }

    #[test]
    fn five_a_second_from_any_rate() {
        assert_eq!(picked(5.0, (0..50).map(|i| i * 40)), (0..10).map(|i| i * 200).collect::<Vec<_>>());
        assert_eq!(
            picked(5.0, (0..5).map(|i| i * 400)),
            [0, 400, 800, 1200, 1600],
            "a slow camera gives all it has"
        );
        assert_eq!(picked(5.0, [0, 190, 210, 390, 500, 601].into_iter()), [0, 210, 500, 601], "uneven rates");
    }
}
