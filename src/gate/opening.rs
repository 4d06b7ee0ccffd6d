//! Opens for what moves, with some time before and after it.

use std::collections::VecDeque;

use crate::domain::{MediaTime, Span};

/// A stretch of a recording, waiting for its verdict.
#[derive(Clone, Debug)]
pub struct Unit<T> {
    /// When.
    pub span: Span,
    /// Whether something moved in it.
    pub is_active: bool,
    /// What is decided upon.
    pub what: T,
}

/// Holds units back until it is known whether something moves soon after them.
#[derive(Debug)]
pub struct Opening<T> {
    before: MediaTime,
    after: MediaTime,
    held: VecDeque<Unit<T>>,
    open_until: Option<MediaTime>,
}

impl<T> Opening<T> {
    /// Opens so long before and after each active unit.
    pub fn new(before: MediaTime, after: MediaTime) -> Self {
        Self { before, after, held: VecDeque::new(), open_until: None }
    }

    /// Takes the next unit in time; gives those whose verdict is now known, in order, and whether each is open.
    pub fn push(&mut self, unit: Unit<T>) -> Vec<(Unit<T>, bool)> {
        let now = unit.span;
        let mut decided = Vec::new();
        if unit.is_active {
            let opens = |u: &Unit<T>| u.span.end + self.before > now.start;
            decided.extend(self.held.drain(..).map(|u| (opens(&u), u)).map(|(is_open, u)| (u, is_open)));
            self.open_until = Some(now.end + self.after);
            decided.push((unit, true));
            return decided;
        }
        if self.is_open(now.start) {
            return vec![(unit, true)];
        }
        self.held.push_back(unit);
        while self.held.front().is_some_and(|u| u.span.end + self.before <= now.end) {
            decided.extend(self.held.pop_front().map(|u| (u, false)));
        }
        decided
    }

    /// How many units wait.
    pub fn held(&self) -> impl Iterator<Item = &T> {
        self.held.iter().map(|u| &u.what)
    }

    /// Opens the units that wait: too much is held.
    pub fn release(&mut self) -> Vec<(Unit<T>, bool)> {
        self.held.drain(..).map(|u| (u, true)).collect()
    }

    /// Whether a unit that starts then would be open because of movement before it.
    pub fn is_open(&self, start: MediaTime) -> bool {
        self.held.is_empty() && self.open_until.is_some_and(|until| start < until)
    }

    /// Nothing moves soon after the units that wait.
    pub fn flush(&mut self) -> Vec<(Unit<T>, bool)> {
        self.held.drain(..).map(|u| (u, false)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit a second; which are open, with 2 s before and 3 s after.
    fn opened(active: &[usize], count: usize) -> Vec<usize> {
        let secs = |s: usize| MediaTime::from_millis(s as i64 * 1000);
        let mut opening = Opening::new(secs(2), secs(3));
        let mut decided = Vec::new();
        for i in 0..count {
            let span = Span { start: secs(i), end: secs(i + 1) };
            decided.extend(opening.push(Unit { span, is_active: active.contains(&i), what: i }));
        }
        decided.extend(opening.flush());
        let order: Vec<_> = decided.iter().map(|(u, _)| u.what).collect();
        assert_eq!(order, (0..count).collect::<Vec<_>>(), "each once, in order");
        decided.into_iter().filter(|(_, is_open)| *is_open).map(|(u, _)| u.what).collect()
    }

    #[test]
    fn some_time_before_and_after_is_open_too() {
        assert_eq!(opened(&[10], 20), [8, 9, 10, 11, 12, 13]);
        assert_eq!(opened(&[0], 6), [0, 1, 2, 3]);
        assert_eq!(opened(&[5, 10], 20), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(opened(&[], 5), [0_usize; 0]);
        assert_eq!(opened(&[4], 5), [2, 3, 4]);
    }
}
