//! Matches with the past that keep their distance: a loop shows each picture again after the same time.

use crate::domain::MediaTime;

/// More matches at once say that something goes round by itself (a fan, an escalator), not what was shown before.
const MOST_AT_ONCE: usize = 40;
/// Without a picture that could match for so long, a chain is given up.
const LONGEST_PAUSE: MediaTime = MediaTime::from_millis(20_000);
/// A rival of so large a share of the best chain's matches, at no multiple of its distance, makes it periodic movement.
const RIVAL_SHARE: f32 = 0.6;

/// Consecutive matches at one distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chain {
    /// How long before it was shown.
    pub lag: MediaTime,
    /// First picture that matched.
    pub since: MediaTime,
    /// Last one that did.
    pub last: MediaTime,
    pub hits: u32,
    misses: u32,
}

/// All distances that are being followed.
#[derive(Clone, Debug)]
pub(super) struct Chains {
    /// Distances that differ by no more are the same.
    tolerance: MediaTime,
    /// Share of pictures that may fail to match.
    most_missed: f32,
    chains: Vec<Chain>,
}

impl Chains {
    pub fn new(tolerance: MediaTime, most_missed: f32) -> Self {
        Self { tolerance, most_missed, chains: Vec::new() }
    }

    /// A picture that could match did so with pictures this long before it.
    pub fn push(&mut self, at: MediaTime, lags: &[MediaTime]) {
        self.chains.retain(|c| at - c.last <= LONGEST_PAUSE);
        if lags.len() > MOST_AT_ONCE {
            return;
        }
        let mut is_taken = vec![false; lags.len()];
        for chain in &mut self.chains {
            let near = lags.iter().position(|l| distance(*l, chain.lag) <= self.tolerance);
            match near {
                Some(i) => {
                    (chain.hits, chain.last) = (chain.hits + 1, at);
                    is_taken[i] = true;
                }
                None => chain.misses += 1,
            }
        }
        let most_missed = self.most_missed;
        self.chains.retain(|c| c.misses as f32 <= 1.0 + most_missed * (c.hits + c.misses) as f32);
        for (lag, _) in lags.iter().zip(is_taken).filter(|(_, taken)| !taken) {
            let is_followed = self.chains.iter().any(|c| distance(c.lag, *lag) <= self.tolerance);
            if !is_followed {
                self.chains.push(Chain { lag: *lag, since: at, last: at, hits: 1, misses: 0 });
            }
        }
    }

    /// The longest chain, where it ends at this picture, has so many matches over so long a time, and no rival.
    pub fn best(&self, at: MediaTime, least_hits: u32, least_secs: f64) -> Option<Chain> {
        let best = *self.chains.iter().max_by_key(|c| (c.hits, std::cmp::Reverse(c.lag)))?;
        let is_long = best.hits >= least_hits && (best.last - best.since).secs_f64() >= least_secs;
        let is_rival = |c: &&Chain| {
            let ratio = c.lag.secs_f64() / best.lag.secs_f64().max(1e-3);
            let is_multiple = [ratio, 1.0 / ratio.max(1e-6)].iter().any(|r| (r - r.round()).abs() < 0.02);
            **c != best && !is_multiple && c.hits as f32 >= RIVAL_SHARE * best.hits as f32
        };
        (is_long && best.last == at && !self.chains.iter().any(|c| is_rival(&c))).then_some(best)
    }
}

fn distance(a: MediaTime, b: MediaTime) -> MediaTime {
    MediaTime::from_nanos((a - b).nanos().abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn a_constant_distance_makes_a_chain_and_a_wandering_one_does_not() {
        let mut constant = Chains::new(ms(200), 0.2);
        let mut wandering = constant.clone();
        for i in 0..20 {
            constant.push(ms(60_000 + i * 200), &[ms(30_000 + (i % 2) * 40)]);
            wandering.push(ms(60_000 + i * 200), &[ms(30_000 + i * 500)]);
        }
        let chain = constant.best(ms(63_800), 15, 3.0).unwrap();
        assert_eq!((chain.since, chain.hits), (ms(60_000), 20));
        assert_eq!(wandering.best(ms(63_800), 2, 0.0), None);
    }

    #[test]
    fn what_goes_round_by_itself_is_no_loop() {
        let mut fan = Chains::new(ms(200), 0.2);
        for i in 0..40 {
            fan.push(ms(60_000 + i * 200), &[ms(7_000), ms(12_400), ms(17_800)]);
        }
        assert_eq!(fan.best(ms(67_800), 15, 3.0), None, "matches at three distances at once");
    }
}
