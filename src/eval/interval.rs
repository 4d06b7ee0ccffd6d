//! How sure a figure is: 95 % intervals for shares, rates and whatever can be resampled.

use serde::Serialize;

/// Two-sided 95 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Share left out at each end of a 95 % interval.
const TAIL: f64 = 0.025;

/// Resamples a bootstrap interval rests on.
pub const RESAMPLES: u32 = 2000;

/// A 95 % interval, both ends included; serialised as `[lo, hi]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(into = "[f64; 2]")]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.lo, interval.hi]
    }
}

impl Interval {
    /// Whether the value lies within.
    pub fn contains(self, value: f64) -> bool {
        (self.lo..=self.hi).contains(&value)
    }
}

/// Wilson's score interval for the share `hits / trials`; `None` without trials. Unlike the textbook's plus-minus it
/// stays within 0..=1 and keeps its promise for few trials and for shares near 0 and 1 (Wilson 1927).
pub fn wilson(hits: u64, trials: u64) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = hits.min(trials) as f64 / n;
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let centre = share + Z * Z / (2.0 * n);
    let (lo, hi) = ((centre - spread) / scale, (centre + spread) / scale);
    Some(Interval {
        lo: if hits == 0 { 0.0 } else { lo.max(0.0) },
        hi: if hits >= trials { 1.0 } else { hi.min(1.0) },
    })
}

/// Garwood's exact interval for the mean of a Poisson count, given that `events` were counted (Garwood 1936). Divide by
/// the exposure (camera hours) for a rate. Seeing none is not a rate of 0: the upper end is then 3.689.
pub fn poisson_mean(events: u64) -> Interval {
    let k = events as f64;
    let width = 10.0 * (k + 1.0).sqrt() + 10.0;
    // Upper: so many events that seeing no more than these is as rare as the tail. Lower: so few that seeing these or
    // more is.
    let hi = bisect(k, k + width, |mean| poisson_at_most(events, mean) > TAIL);
    let lo = if events == 0 { 0.0 } else { bisect(0.0, k, |mean| poisson_at_least(events, mean) < TAIL) };
    Interval { lo, hi }
}

/// Where `is_below` turns from true to false between two points.
fn bisect(mut below: f64, mut above: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(below, above);
        if middle <= below || middle >= above {
            break;
        }
        if is_below(middle) {
            below = middle;
        } else {
            above = middle;
        }
    }
    f64::midpoint(below, above)
}

/// Probability of `k` events or fewer. Meant for `mean >= k`, where the terms fall off downwards from `k`.
fn poisson_at_most(k: u64, mean: f64) -> f64 {
    let mut term = poisson_exactly(k, mean);
    let mut sum = term;
    for i in (1..=k).rev() {
        term *= i as f64 / mean;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Probability of `k` events or more. Meant for `mean <= k`, where the terms fall off upwards from `k`.
fn poisson_at_least(k: u64, mean: f64) -> f64 {
    let mut term = poisson_exactly(k, mean);
    let mut sum = term;
    let mut i = k as f64;
    while term > sum * 1e-17 {
        i += 1.0;
        term *= mean / i;
        sum += term;
    }
    sum
}

/// Probability of exactly `k` events, by logarithms: neither `mean^k` nor `k!` fits a float for long.
fn poisson_exactly(k: u64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return if k == 0 { 1.0 } else { 0.0 };
    }
    (k as f64 * mean.ln() - mean - ln_factorial(k)).exp()
}

/// `ln(k!)`: summed where few factors make it exact, else Stirling's series, whose error is below 1e-12 from there.
fn ln_factorial(k: u64) -> f64 {
    if k < 32 {
        return (2..=k).map(|i| (i as f64).ln()).sum();
    }
    let n = k as f64;
    let series = 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3)) + 1.0 / (1260.0 * n.powi(5));
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + series
}

/// What a bootstrap came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// The interval; `None` with fewer than two groups, or where more than half of the resamples had no figure (for
    /// instance no positives among them).
    pub interval: Option<Interval>,
    /// Resamples that had a figure, of [`RESAMPLES`].
    pub usable: u32,
}

/// Percentile bootstrap over groups: clips of one camera or one recording resemble each other, so whole groups are
/// drawn with replacement, never single clips (an interval over clips would be far too narrow).
///
/// `group_of_item` gives each item's group as `0..groups`. `figure` gets a weight for each item, how often its group was
/// drawn, and returns `None` where there is no figure.
pub fn bootstrap_groups(
    group_of_item: &[usize],
    groups: usize,
    seed: u64,
    mut figure: impl FnMut(&[u32]) -> Option<f64>,
) -> Resampling {
    if groups < 2 {
        return Resampling { interval: None, usable: 0 };
    }
    let mut random = SplitMix64(seed);
    let mut weight_of_group = vec![0u32; groups];
    let mut weight_of_item = vec![0u32; group_of_item.len()];
    let mut figures = Vec::with_capacity(RESAMPLES as usize);
    for _ in 0..RESAMPLES {
        weight_of_group.fill(0);
        for _ in 0..groups {
            weight_of_group[random.below(groups)] += 1;
        }
        for (weight, &group) in weight_of_item.iter_mut().zip(group_of_item) {
            *weight = weight_of_group[group];
        }
        figures.extend(figure(&weight_of_item));
    }
    figures.sort_by(f64::total_cmp);
    let usable = figures.len() as u32;
    let interval = (usable * 2 > RESAMPLES)
        .then(|| Interval { lo: quantile(&figures, TAIL), hi: quantile(&figures, 1.0 - TAIL) });
    Resampling { interval, usable }
}

/// Quantile of sorted values, linear between neighbours.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// Steele, Lea and Flood's SplitMix64. Own code, because a report must come out the same with every version of every
/// crate; far better than resampling needs.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `0..n`; the bias is below `n / 2^64`.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance
    }

    #[test]
    fn wilson_matches_published_values() {
        let of = |hits, trials| wilson(hits, trials).unwrap();
        assert!(close(of(50, 60).lo, 0.7197, 5e-4) && close(of(50, 60).hi, 0.9069, 5e-4), "{:?}", of(50, 60));
        // Newcombe 1998, table I, method 3.
        assert!(close(of(81, 263).lo, 0.2553, 5e-5) && close(of(81, 263).hi, 0.3662, 5e-5));
        assert!(close(of(15, 148).lo, 0.0624, 5e-5) && close(of(15, 148).hi, 0.1605, 5e-5));
        assert!(close(of(0, 20).lo, 0.0, 0.0) && close(of(0, 20).hi, 0.1611, 5e-5));
        assert!(close(of(1, 29).lo, 0.0061, 5e-5) && close(of(1, 29).hi, 0.1718, 5e-5));
        assert_eq!(of(20, 20).hi, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn poisson_matches_published_values() {
        // Garwood 1936; chi-square quantiles halved.
        for (events, lo, hi) in [
            (0, 0.0, 3.6889),
            (1, 0.0253, 5.5716),
            (2, 0.2422, 7.2247),
            (5, 1.6235, 11.6683),
            (10, 4.7954, 18.3904),
            (50, 37.1110, 65.9188),
            (100, 81.3640, 121.6268),
        ] {
            let interval = poisson_mean(events);
            assert!(close(interval.lo, lo, 2e-4) && close(interval.hi, hi, 2e-4), "{events}: {interval:?}");
        }
        // By Wilson and Hilferty's approximation of the chi-square quantile.
        let many = poisson_mean(1_000_000);
        assert!(close(many.lo, 998_040.98, 0.05) && close(many.hi, 1_001_961.91, 0.05), "{many:?}");
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix64(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([random.next(), random.next(), random.next()], expected);
    }

    /// Mean of ten groups with two values each.
    fn interval_of_mean(values: &[f64], seed: u64) -> Resampling {
        let groups: Vec<usize> = (0..values.len()).map(|i| i / 2).collect();
        bootstrap_groups(&groups, values.len() / 2, seed, |weights| {
            let sum: f64 = values.iter().zip(weights).map(|(v, &w)| v * f64::from(w)).sum();
            Some(sum / f64::from(weights.iter().sum::<u32>()))
        })
    }

    #[test]
    fn the_bootstrap_draws_groups_and_is_repeatable() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i / 2 % 2)).collect();
        let first = interval_of_mean(&values, 7);
        assert_eq!(first, interval_of_mean(&values, 7));
        let interval = first.interval.unwrap();
        // 20 groups of share 0.5: standard error sqrt(0.25 / 20) = 0.112. Over 40 items it would be 0.079.
        let expected = Interval { lo: 0.5 - 1.96 * 0.112, hi: 0.5 + 1.96 * 0.112 };
        assert!(
            close(interval.lo, expected.lo, 0.04) && close(interval.hi, expected.hi, 0.04),
            "{interval:?}"
        );
    }

    #[test]
    fn the_bootstrap_gives_no_interval_it_cannot_stand_for() {
        assert_eq!(interval_of_mean(&[1.0, 2.0], 1).interval, None);
        let rare = bootstrap_groups(&[0, 1], 2, 1, |w| (w[0] == 2).then_some(1.0));
        assert!(rare.interval.is_none() && rare.usable > 0, "{rare:?}");
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert!(close(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0, 1e-12));
        assert!(close(quantile(&[1.0], 0.975), 1.0, 0.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn shares_lie_in_their_interval(trials in 1u64..100_000, share in 0.0..=1.0f64) {
            let hits = (trials as f64 * share) as u64;
            let interval = wilson(hits, trials).expect("there are trials");
            prop_assert!(interval.contains(hits as f64 / trials as f64));
            prop_assert!(interval.lo >= 0.0 && interval.hi <= 1.0);
        }

        #[test]
        fn counts_lie_in_their_interval(events in 0u64..100_000) {
            let interval = poisson_mean(events);
            prop_assert!(interval.contains(events as f64));
            prop_assert!(interval.hi < poisson_mean(events + 1).hi);
        }
    }
}
