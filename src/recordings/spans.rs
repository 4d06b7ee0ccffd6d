//! Sets of instants as sorted stretches that do not touch: what is in both, in either, in one without the other.

/// Whole milliseconds, each stretch from its start up to, without, its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// Of stretches in any order, that may overlap.
    pub fn new(stretches: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut sorted: Vec<_> = stretches.into_iter().filter(|(a, b)| a < b).collect();
        sorted.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (from, to) in sorted {
            match joined.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(to),
                None => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }

    pub fn secs(&self) -> f64 {
        self.0.iter().map(|(a, b)| b - a).sum::<i64>() as f64 / 1000.0
    }

    pub fn and(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            common.push((a.0.max(b.0), a.1.min(b.1)));
            if a.1 <= b.1 { i += 1 } else { j += 1 }
        }
        Self::new(common)
    }

    pub fn or(&self, other: &Self) -> Self {
        Self::new(self.iter().chain(other.iter()))
    }

    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (start, end) in self.iter() {
            let mut from = start;
            for (a, b) in other.iter().filter(|(a, b)| *b > start && *a < end) {
                left.push((from, a));
                from = from.max(b);
            }
            left.push((from, end));
        }
        Self::new(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_time_are_reckoned() {
        let a = Spans::new([(5, 10), (0, 3), (9, 20), (30, 30)]);
        assert_eq!(a, Spans::new([(0, 3), (5, 20)]));
        let b = Spans::new([(2, 6), (8, 12), (19, 40)]);
        assert_eq!(a.and(&b), Spans::new([(2, 3), (5, 6), (8, 12), (19, 20)]));
        assert_eq!(a.without(&b), Spans::new([(0, 2), (6, 8), (12, 19)]));
        assert_eq!(a.or(&b), Spans::new([(0, 40)]));
        assert_eq!(Spans::new([(0, 1500)]).secs(), 1.5);
    }

    proptest::proptest! {
        #[test]
        fn lengths_add_up(
            a in proptest::collection::vec((0_i64..200, 0_i64..200), 0..12),
            b in proptest::collection::vec((0_i64..200, 0_i64..200), 0..12),
        ) {
            let (a, b) = (Spans::new(a), Spans::new(b));
            let holds = |s: &Spans, t: i64| s.iter().any(|(from, to)| (from..to).contains(&t));
            for t in 0..200 {
                let (in_a, in_b) = (holds(&a, t), holds(&b, t));
                proptest::prop_assert_eq!(holds(&a.and(&b), t), in_a && in_b);
                proptest::prop_assert_eq!(holds(&a.or(&b), t), in_a || in_b);
                proptest::prop_assert_eq!(holds(&a.without(&b), t), in_a && !in_b);
            }
        }
    }
}
