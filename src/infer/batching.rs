//! When pictures of several sources go to a model together: at once where nobody else can come, else when the first has
//! waited long enough.
//!
//! Pure: it is told the time and starts nothing.

use std::collections::VecDeque;
use std::time::Duration;

/// That all lanes look through one set of models, and how they are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// How long a picture waits for others at most.
    pub patience: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self { patience: Duration::from_millis(3) }
    }
}

/// What waits to be looked at together, oldest first.
#[derive(Debug)]
pub struct Gathering<T> {
    most: usize,
    patience: Duration,
    sources: usize,
    waiting: VecDeque<(Duration, T)>,
}

impl<T> Gathering<T> {
    /// For a model that looks at `most` at once.
    pub fn new(most: usize, Batching { patience }: Batching) -> Self {
        Self { most: most.max(1), patience, sources: 0, waiting: VecDeque::new() }
    }

    /// One more source, which waits for each answer before it asks again.
    pub fn come(&mut self) {
        self.sources += 1;
    }

    /// One source less; whatever it asked stays.
    pub fn leave(&mut self) {
        self.sources = self.sources.saturating_sub(1);
    }

    /// Something to be looked at since `now`.
    pub fn push(&mut self, now: Duration, item: T) {
        self.waiting.push_back((now, item));
    }

    /// How long to wait for others; none where nothing waits.
    pub fn due_in(&self, now: Duration) -> Option<Duration> {
        let (since, _) = self.waiting.front()?;
        let is_full = self.waiting.len() >= self.most.min(self.sources.max(1));
        Some(if is_full { Duration::ZERO } else { (*since + self.patience).saturating_sub(now) })
    }

    /// What is to be looked at now, oldest first; empty where nothing is due.
    pub fn take_due(&mut self, now: Duration) -> Vec<T> {
        if self.due_in(now) != Some(Duration::ZERO) {
            return Vec::new();
        }
        let count = self.waiting.len().min(self.most);
        self.waiting.drain(..count).map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(3);

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn gathering(most: usize, sources: usize) -> Gathering<u32> {
        let mut gathering = Gathering::new(most, Batching { patience: PATIENCE });
        (0..sources).for_each(|_| gathering.come());
        gathering
    }

    #[test]
    fn a_full_batch_goes_at_once() {
        let mut gathering = gathering(2, 8);
        gathering.push(millis(10), 1);
        assert_eq!(gathering.take_due(millis(10)), [0; 0]);
        gathering.push(millis(11), 2);
        assert_eq!(gathering.take_due(millis(11)), [1, 2]);
        assert_eq!(gathering.due_in(millis(11)), None);
    }

    #[test]
    fn a_lone_picture_goes_at_the_deadline() {
        let mut gathering = gathering(4, 8);
        gathering.push(millis(10), 1);
        assert_eq!(gathering.due_in(millis(11)), Some(millis(2)));
        assert_eq!(gathering.take_due(millis(12)), [0; 0]);
        assert_eq!(gathering.take_due(millis(13)), [1]);
    }

    #[test]
    fn the_deadline_is_that_of_the_oldest() {
        let mut gathering = gathering(4, 8);
        gathering.push(millis(10), 1);
        gathering.push(millis(12), 2);
        assert_eq!(gathering.due_in(millis(12)), Some(millis(1)));
        assert_eq!(gathering.take_due(millis(14)), [1, 2]);
    }

    #[test]
    fn nobody_waits_for_sources_that_are_not_there() {
        let mut gathering = gathering(8, 2);
        gathering.push(millis(10), 1);
        gathering.push(millis(10), 2);
        assert_eq!(gathering.take_due(millis(10)), [1, 2], "both that there are");
        gathering.push(millis(20), 3);
        assert_eq!(gathering.take_due(millis(20)), [0; 0]);
        gathering.leave();
        assert_eq!(gathering.take_due(millis(20)), [3], "the other one left");
    }

    #[test]
    fn a_model_that_takes_one_at_a_time_never_waits() {
        let mut gathering = gathering(1, 8);
        gathering.push(millis(10), 1);
        gathering.push(millis(10), 2);
        assert_eq!(gathering.take_due(millis(10)), [1]);
        assert_eq!(gathering.take_due(millis(10)), [2]);
    }

    #[test]
    fn what_does_not_fit_goes_first_next_time() {
        let mut gathering = gathering(2, 8);
        (1..=5).for_each(|item| gathering.push(millis(10), item));
        assert_eq!(gathering.take_due(millis(10)), [1, 2]);
        assert_eq!(gathering.take_due(millis(10)), [3, 4]);
        assert_eq!(gathering.take_due(millis(12)), [0; 0]);
        assert_eq!(gathering.take_due(millis(13)), [5]);
    }
}
