//! Whether packet sizes tell movement, judged stream by stream.
//!
//! Where an encoder keeps the quality constant, a second in which something moves is larger than one of stillness. Where it
//! keeps the bit rate constant, all seconds are alike. So sizes are believed only once the stream's own key pictures have
//! borne them out, and no longer once these contradict them.

use crate::domain::MediaTime;
use crate::media::PacketNote;

/// Calm seconds that the usual size is taken from.
const REMEMBERED: usize = 90;
/// Fewer say nothing yet.
const LEAST_REMEMBERED: usize = 8;
/// A second stands out when it is larger than the usual by so many times its usual spread…
const SPREADS: f32 = 6.0;
/// … and by this share.
const LEAST_SHARE: f32 = 0.06;
/// Movements that the sizes must have told before they are believed.
const LEAST_TOLD: u32 = 3;
/// Of the movements that the key pictures show, at most this share may be missed.
const MOST_MISSED: f32 = 0.02;

/// Learns one stream's sizes.
#[derive(Clone, Debug, Default)]
pub struct SizeJudge {
    /// Bytes of calm seconds, oldest first.
    calm: Vec<f32>,
    told: u32,
    missed: u32,
}

impl SizeJudge {
    /// Whether the packets of a group stand out. None while too little is known.
    pub fn stands_out(&self, group: &[PacketNote]) -> Option<bool> {
        if self.calm.len() < LEAST_REMEMBERED {
            return None;
        }
        let usual = median(self.calm.clone());
        let spread = 1.4826 * median(self.calm.iter().map(|b| (b - usual).abs()).collect());
        let level = usual + (SPREADS * spread).max(LEAST_SHARE * usual);
        Some(seconds(group).iter().any(|bytes| *bytes > level))
    }

    /// What the key pictures at both ends of the group showed.
    pub fn learn(&mut self, group: &[PacketNote], has_moved: bool) {
        match (has_moved, self.stands_out(group)) {
            (true, Some(true)) => self.told += 1,
            (true, Some(false)) => self.missed += 1,
            (true, None) => {}
            (false, _) => {
                self.calm.extend(seconds(group));
                let excess = self.calm.len().saturating_sub(REMEMBERED);
                self.calm.drain(..excess);
            }
        }
    }

    /// Whether sizes told movement whenever the key pictures did, and often enough to be believed.
    pub fn is_proven(&self) -> bool {
        self.told >= LEAST_TOLD && self.missed as f32 <= MOST_MISSED * (self.told + self.missed) as f32
    }
}

/// Bytes of all packets but the key pictures', by seconds from the group's start; a rest shorter than half a second is
/// left out, a longer one is counted in full.
fn seconds(group: &[PacketNote]) -> Vec<f32> {
    let Some(start) = group.iter().map(|n| n.stamped).min() else { return Vec::new() };
    let mut sums: Vec<(f32, MediaTime)> = Vec::new();
    for note in group {
        let since = note.stamped - start;
        let second = (since.nanos() / 1_000_000_000) as usize;
        if sums.len() <= second {
            sums.resize(second + 1, (0.0, MediaTime::ZERO));
        }
        sums[second].1 = sums[second].1.max(since - MediaTime::from_millis(second as i64 * 1000));
        if !note.is_key {
            sums[second].0 += note.bytes as f32;
        }
    }
    if sums.len() > 1 && sums.last().is_some_and(|(_, reaches)| reaches.secs_f64() < 0.8) {
        sums.pop();
    }
    sums.into_iter().map(|(bytes, _)| bytes).collect()
}

fn median(mut values: Vec<f32>) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
