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
    /// Mean bytes of a packet in calm seconds, oldest first.
    calm: Vec<f32>,
    told: u32,
    missed: u32,
}

impl SizeJudge {
    /// Whether the packets of a group stand out. None while too little is known.
    pub fn stands_out(&self, group: &[PacketNote]) -> Option<bool> {
        self.level().map(|level| seconds(group).iter().any(|(_, bytes)| *bytes > level))
    }

    /// Mean bytes of a packet from which a second stands out; none while too little is known.
    fn level(&self) -> Option<f32> {
        if self.calm.len() < LEAST_REMEMBERED {
            return None;
        }
        let usual = median(self.calm.clone());
        let spread = 1.4826 * median(self.calm.iter().map(|b| (b - usual).abs()).collect());
        Some(usual + (SPREADS * spread).max(LEAST_SHARE * usual))
    }

    fn remember(&mut self, calm: impl IntoIterator<Item = f32>) {
        self.calm.extend(calm);
        let excess = self.calm.len().saturating_sub(REMEMBERED);
        self.calm.drain(..excess);
    }

    /// What the key pictures at both ends of the group showed.
    pub fn learn(&mut self, group: &[PacketNote], has_moved: bool) {
        match (has_moved, self.stands_out(group)) {
            (true, Some(true)) => self.told += 1,
            (true, Some(false)) => self.missed += 1,
            (true, None) => {}
            (false, _) => self.remember(seconds(group).into_iter().map(|(_, bytes)| bytes)),
        }
    }

    /// What the decoded pictures of a group showed: times from the group's start, and whether something moved. Seconds that
    /// are neither still nor in motion throughout say nothing.
    pub fn learn_from_pictures(&mut self, group: &[PacketNote], pictures: &[(MediaTime, bool)]) {
        for (second, bytes) in seconds(group) {
            let is_within = |at: MediaTime| at.nanos().div_euclid(1_000_000_000) == second as i64;
            let shown = || pictures.iter().filter(|(at, _)| is_within(*at));
            let moved = shown().filter(|(_, has_moved)| *has_moved).count();
            let stands_out = self.level().map(|level| bytes > level);
            if moved == 0 && shown().count() > 0 {
                self.remember([bytes]);
            } else if moved > 0 && moved == shown().count() {
                self.told += u32::from(stands_out == Some(true));
                self.missed += u32::from(stands_out == Some(false));
            }
        }
    }

    /// Whether sizes told movement whenever the key pictures did, and often enough to be believed.
    pub fn is_proven(&self) -> bool {
        self.told >= LEAST_TOLD && self.missed as f32 <= MOST_MISSED * (self.told + self.missed) as f32
    }
}

/// Seconds from the group's start, each with its packets' mean bytes, the key pictures' packets left out.
fn seconds(group: &[PacketNote]) -> Vec<(usize, f32)> {
    let Some(start) = group.iter().map(|n| n.stamped).min() else { return Vec::new() };
    let mut sums: Vec<(usize, usize)> = Vec::new();
    for note in group.iter().filter(|n| !n.is_key) {
        let second = ((note.stamped - start).nanos() / 1_000_000_000) as usize;
        if sums.len() <= second {
            sums.resize(second + 1, (0, 0));
        }
        sums[second] = (sums[second].0 + note.bytes, sums[second].1 + 1);
    }
    let whole = sums.into_iter().enumerate().filter(|(_, (_, packets))| *packets > 0);
    whole.map(|(second, (bytes, packets))| (second, bytes as f32 / packets as f32)).collect()
}

fn median(mut values: Vec<f32>) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A group of two seconds at five packets a second, each of about so many bytes.
    fn group(bytes: usize, wobble: usize) -> Vec<PacketNote> {
        let note = |i: usize| PacketNote {
            stamped: MediaTime::from_millis(i as i64 * 200),
            bytes: if i == 0 { 40_000 } else { bytes + (i * 7 + wobble * 13) % 20 },
            is_key: i == 0,
        };
        (0..10).map(note).collect()
    }

    /// Learns a stream in which every tenth group moves; what is said of a moving group afterwards, and of a calm one.
    fn learnt(moving: usize, calm: usize) -> (SizeJudge, Option<bool>, Option<bool>) {
        let mut judge = SizeJudge::default();
        for i in 0..60 {
            let has_moved = i % 10 == 9;
            judge.learn(&group(if has_moved { moving } else { calm }, i), has_moved);
        }
        let says = [moving, calm].map(|bytes| judge.stands_out(&group(bytes, 3)));
        (judge, says[0], says[1])
    }

    #[test]
    fn sizes_that_follow_movement_are_believed() {
        let (judge, moving, calm) = learnt(900, 700);
        assert_eq!((judge.is_proven(), moving, calm), (true, Some(true), Some(false)));
    }

    #[test]
    fn a_constant_bit_rate_is_never_believed() {
        let (judge, moving, _) = learnt(702, 700);
        assert_eq!((judge.is_proven(), moving), (false, Some(false)));
    }

    #[test]
    fn decoded_pictures_prove_a_stream_by_one_movement() {
        let mut judge = SizeJudge::default();
        let pictures =
            |has_moved| (0..10).map(|i| (MediaTime::from_millis(i * 200), has_moved)).collect::<Vec<_>>();
        for i in 0..10 {
            judge.learn_from_pictures(&group(700, i), &pictures(false));
        }
        assert!(!judge.is_proven(), "stillness alone proves nothing");
        (0..2).for_each(|i| judge.learn_from_pictures(&group(900, i), &pictures(true)));
        assert!(judge.is_proven());
        judge.learn_from_pictures(&group(700, 0), &pictures(true));
        assert!(!judge.is_proven(), "moved, and the sizes did not tell");
    }

    #[test]
    fn one_contradiction_ends_belief_and_little_says_nothing() {
        let (mut judge, ..) = learnt(900, 700);
        judge.learn(&group(700, 1), true);
        assert!(!judge.is_proven());
        assert_eq!(SizeJudge::default().stands_out(&group(700, 1)), None);
        assert!(!SizeJudge::default().is_proven());
    }
}
