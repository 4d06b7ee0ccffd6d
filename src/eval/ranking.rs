//! Figures of a ranking: does a higher score mean that the act is more likely there?

/// One scored item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The higher, the more likely an act. Finite.
    pub score: f64,
    /// Whether there is one.
    pub is_positive: bool,
}

/// Items in order of score, ready to be counted many times with different weights.
#[derive(Clone, Debug)]
pub struct Ranking {
    items: Vec<Ranked>,
    /// Indices of items, highest score first, those of equal score together.
    tiers: Vec<Vec<usize>>,
}

/// Weight that a threshold lets through, cumulated.
#[derive(Clone, Copy, Debug, Default)]
struct Flagged {
    positives: f64,
    negatives: f64,
}

impl Ranking {
    /// Sorts the items.
    pub fn new(items: Vec<Ranked>) -> Self {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by(|&a, &b| items[b].score.total_cmp(&items[a].score));
        // `==` rather than the total order: 0.0 and -0.0 are a tie.
        let tiers =
            order.chunk_by(|&a, &b| items[a].score == items[b].score).map(<[usize]>::to_vec).collect();
        Self { items, tiers }
    }

    /// Each item once.
    pub fn plain_weights(&self) -> Vec<u32> {
        vec![1; self.items.len()]
    }

    /// Area under the ROC curve: the probability that a positive is scored above a negative, a tie counting half.
    /// `weights` says how often each item counts. `None` where a class is missing.
    pub fn auc(&self, weights: &[u32]) -> Option<f64> {
        let mut before = Flagged::default();
        let mut wins = 0.0;
        for tier in &self.tiers {
            let here = self.weigh(tier, weights);
            wins += here.negatives * (before.positives + here.positives / 2.0);
            before.positives += here.positives;
            before.negatives += here.negatives;
        }
        let pairs = before.positives * before.negatives;
        (pairs > 0.0).then(|| wins / pairs)
    }

    /// Average precision: precision at each threshold, weighted by the recall it adds. `None` without positives.
    pub fn average_precision(&self) -> Option<f64> {
        let curve = self.curve();
        let positives = curve.last()?.positives;
        let mut before = 0.0;
        let mut sum = 0.0;
        for flagged in &curve {
            let precision = flagged.positives / (flagged.positives + flagged.negatives);
            sum += (flagged.positives - before) * precision;
            before = flagged.positives;
        }
        (positives > 0.0).then(|| sum / positives)
    }

    /// Highest share of positives found by a threshold that flags at most this share of the negatives. `None` where a
    /// class is missing.
    pub fn recall_at_fpr(&self, fpr: f64) -> Option<f64> {
        let curve = self.curve();
        let all = *curve.last()?;
        if all.positives <= 0.0 || all.negatives <= 0.0 {
            return None;
        }
        // A hair of room: 0.05 * 20 must allow one false alarm though no float is exactly 0.05.
        let allowed = fpr * all.negatives + 1e-9;
        let within = curve.iter().take_while(|f| f.negatives <= allowed);
        Some(within.last().map_or(0.0, |f| f.positives / all.positives))
    }

    /// How many items a threshold (flag when `score >= threshold`) puts on the right side.
    pub fn correct_at(&self, threshold: f64) -> u64 {
        self.items.iter().filter(|i| (i.score >= threshold) == i.is_positive).count() as u64
    }

    /// What is flagged as the threshold falls from one tier to the next.
    fn curve(&self) -> Vec<Flagged> {
        let weights = self.plain_weights();
        let mut sum = Flagged::default();
        let add = |tier: &Vec<usize>| {
            let here = self.weigh(tier, &weights);
            sum.positives += here.positives;
            sum.negatives += here.negatives;
            sum
        };
        self.tiers.iter().map(add).collect()
    }

    fn weigh(&self, tier: &[usize], weights: &[u32]) -> Flagged {
        let mut sum = Flagged::default();
        for &i in tier {
            let class = if self.items[i].is_positive { &mut sum.positives } else { &mut sum.negatives };
            *class += f64::from(weights[i]);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranking(positives: &[f64], negatives: &[f64]) -> Ranking {
        let ranked = |is_positive| move |&score: &f64| Ranked { score, is_positive };
        let items = positives.iter().map(ranked(true)).chain(negatives.iter().map(ranked(false)));
        Ranking::new(items.collect())
    }

    fn auc(r: &Ranking) -> Option<f64> {
        r.auc(&r.plain_weights())
    }

    #[test]
    fn auc_of_known_lists() {
        assert_eq!(auc(&ranking(&[0.9, 0.8], &[0.1, 0.2])), Some(1.0));
        assert_eq!(auc(&ranking(&[0.1], &[0.9])), Some(0.0));
        assert_eq!(auc(&ranking(&[0.5, 0.5], &[0.5])), Some(0.5));
        // The example of scikit-learn's roc_auc_score: 3 of 4 pairs in order.
        assert_eq!(auc(&ranking(&[0.35, 0.8], &[0.1, 0.4])), Some(0.75));
        // One tie among six pairs, one lost: (4 + 0.5) / 6.
        assert_eq!(auc(&ranking(&[0.9, 0.4], &[0.4, 0.5, 0.1])), Some(4.5 / 6.0));
        assert_eq!(auc(&ranking(&[0.0], &[-0.0])), Some(0.5));
        assert_eq!(auc(&ranking(&[0.3], &[])), None);
        assert_eq!(auc(&ranking(&[], &[])), None);
    }

    #[test]
    fn a_weight_counts_as_copies() {
        let weighted = ranking(&[0.9, 0.4], &[0.5, 0.1]).auc(&[1, 3, 2, 1]);
        assert_eq!(weighted, auc(&ranking(&[0.9, 0.4, 0.4, 0.4], &[0.5, 0.5, 0.1])));
    }

    #[test]
    fn average_precision_of_known_lists() {
        // The example of scikit-learn's average_precision_score.
        let ap = ranking(&[0.35, 0.8], &[0.1, 0.4]).average_precision().unwrap();
        assert!((ap - 0.833_333_333).abs() < 1e-8, "{ap}");
        assert_eq!(ranking(&[1.0], &[0.0]).average_precision(), Some(1.0));
        assert_eq!(ranking(&[0.5], &[0.5, 0.5, 0.5]).average_precision(), Some(0.25));
        assert_eq!(ranking(&[], &[0.5]).average_precision(), None);
    }

    #[test]
    fn recall_never_exceeds_the_false_positive_rate() {
        // 20 negatives at 0.01 … 0.20; one false alarm is 0.05.
        let negatives: Vec<f64> = (1..=20).map(|i| f64::from(i) / 100.0).collect();
        let r = ranking(&[0.3, 0.195, 0.185, 0.05], &negatives);
        assert_eq!(r.recall_at_fpr(0.0), Some(0.25));
        assert_eq!(r.recall_at_fpr(0.05), Some(0.5));
        assert_eq!(r.recall_at_fpr(0.1), Some(0.75));
        // The tie takes the negative along: no threshold finds the positive alone.
        assert_eq!(ranking(&[0.5], &[0.5, 0.1]).recall_at_fpr(0.1), Some(0.0));
        assert_eq!(ranking(&[0.5], &[]).recall_at_fpr(0.1), None);
    }

    #[test]
    fn a_score_at_the_threshold_is_flagged() {
        assert_eq!(ranking(&[0.5, 0.4], &[0.5, 0.1]).correct_at(0.5), 2);
    }

    fn lists() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        // Few distinct values, so that ties are common.
        let scores = || prop::collection::vec((0u8..12).prop_map(|v| f64::from(v) / 12.0), 1..30);
        (scores(), scores())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn only_the_order_matters((positives, negatives) in lists()) {
            let stretch = |v: &[f64]| v.iter().map(|s| (5.0 * s).exp() - 3.0).collect::<Vec<_>>();
            let (plain, stretched) =
                (ranking(&positives, &negatives), ranking(&stretch(&positives), &stretch(&negatives)));
            prop_assert_eq!(auc(&plain), auc(&stretched));
            prop_assert_eq!(plain.average_precision(), stretched.average_precision());
            prop_assert_eq!(plain.recall_at_fpr(0.1), stretched.recall_at_fpr(0.1));
        }

        #[test]
        fn swapping_the_classes_mirrors_the_auc((positives, negatives) in lists()) {
            let there = auc(&ranking(&positives, &negatives)).expect("both classes");
            let back = auc(&ranking(&negatives, &positives)).expect("both classes");
            prop_assert!((there + back - 1.0).abs() < 1e-12);
        }

        #[test]
        fn auc_is_the_share_of_pairs_in_order((positives, negatives) in lists()) {
            let pair = |p: f64, n: f64| if p > n { 1.0 } else if p == n { 0.5 } else { 0.0 };
            let wins: f64 = positives.iter().flat_map(|&p| negatives.iter().map(move |&n| pair(p, n))).sum();
            let expected = wins / (positives.len() * negatives.len()) as f64;
            let got = auc(&ranking(&positives, &negatives)).expect("both classes");
            prop_assert!((got - expected).abs() < 1e-12);
        }

        #[test]
        fn recall_grows_with_the_allowance((positives, negatives) in lists(), a in 0.0..1.0f64, b in 0.0..1.0f64) {
            let r = ranking(&positives, &negatives);
            prop_assert!(r.recall_at_fpr(a.min(b)) <= r.recall_at_fpr(a.max(b)));
        }
    }
}
