//! Container timestamps to media time: non-zero starts, wraps, jumps, missing stamps.
//!
//! Pure arithmetic, so that each trick of a recorder's clock is a line in a test.

use crate::domain::{MediaTime, Span};

/// A step of the container's clock that a steady camera would not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// Nothing for a while; media time goes on with the gap in it.
    Gap(Span),
    /// The clock was set back (or leapt a day ahead) by so many nanoseconds; media time is counted on from the last
    /// picture instead.
    Reset {
        /// Where in media time.
        at: MediaTime,
        /// New stamp minus the expected one, nanoseconds.
        step_nanos: i64,
    },
}

/// A picture's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Never before the picture placed previously.
    pub media_time: MediaTime,
    /// What was odd about the stamp.
    pub jump: Option<Jump>,
}

/// Turns stamps into media time, picture by picture in presentation order.
#[derive(Clone, Debug)]
pub struct Timeline {
    time_base: (i32, i32),
    nominal: MediaTime,
    /// Media time minus stamp, once known.
    offset: Option<MediaTime>,
    last: Option<MediaTime>,
}

/// Stamps may be slightly out of order around B-frames of broken muxers.
const TOLERATED_BACKSTEP: MediaTime = MediaTime::from_millis(500);
/// Shorter silences are a slow camera, not a gap.
const SHORTEST_GAP: MediaTime = MediaTime::from_millis(5_000);
/// A leap ahead of more than this is a clock that was set, not a gap in a recording.
const LONGEST_GAP: MediaTime = MediaTime::from_millis(24 * 3_600_000);
/// MPEG stamps count 33 bits of 90 kHz.
const MPEG_WRAP: MediaTime = MediaTime::from_millis((1_i64 << 33) / 90);

impl Timeline {
    /// `time_base` in seconds as num/den; `nominal` is one picture's length, used where stamps are missing.
    pub fn new(time_base: (i32, i32), nominal: MediaTime) -> Self {
        let nominal = nominal.max(MediaTime::from_millis(1));
        Self { time_base, nominal, offset: None, last: None }
    }

    /// One picture's nominal length.
    pub fn nominal(&self) -> MediaTime {
        self.nominal
    }

    /// Seconds per tick as num/den.
    pub fn time_base(&self) -> (i32, i32) {
        self.time_base
    }

    /// Where the last picture was placed; 0 before the first.
    pub fn last(&self) -> MediaTime {
        self.last.unwrap_or(MediaTime::ZERO)
    }

    /// Where a stamp would fall, without placing it: for pictures that were lost.
    pub fn locate(&self, stamp: Option<i64>) -> MediaTime {
        let Some(last) = self.last else { return MediaTime::ZERO };
        let expected = last + self.nominal;
        let located = stamp.zip(self.offset).map(|(ticks, offset)| self.nanos_of(ticks) + offset);
        located.filter(|at| *at >= last && *at - last <= LONGEST_GAP).unwrap_or(expected)
    }

    /// Places the next picture.
    pub fn place(&mut self, stamp: Option<i64>) -> Placed {
        let Some(last) = self.last else { return self.start(stamp) };
        let expected = last + self.nominal;
        let Some(ticks) = stamp else { return self.settle(expected, None) };
        let raw = self.nanos_of(ticks);
        let offset = *self.offset.get_or_insert(expected - raw);
        let step = raw + offset - last;

        if step >= MediaTime::ZERO && step <= LONGEST_GAP {
            let is_gap = step > SHORTEST_GAP && step.nanos() > 8 * self.nominal.nanos();
            let jump = is_gap.then(|| Jump::Gap(Span { start: expected, end: last + step }));
            return self.settle(last + step, jump);
        }
        if step < MediaTime::ZERO && step > MediaTime::ZERO - TOLERATED_BACKSTEP {
            return self.settle(last, None);
        }
        self.offset = Some(expected - raw);
        let is_wrap = (step + MPEG_WRAP).nanos().abs() < 10 * SHORTEST_GAP.nanos();
        let step_nanos = (step - self.nominal).nanos();
        self.settle(expected, (!is_wrap).then_some(Jump::Reset { at: expected, step_nanos }))
    }

    fn start(&mut self, stamp: Option<i64>) -> Placed {
        self.offset = stamp.map(|t| MediaTime::ZERO - self.nanos_of(t));
        self.settle(MediaTime::ZERO, None)
    }

    fn settle(&mut self, media_time: MediaTime, jump: Option<Jump>) -> Placed {
        self.last = Some(media_time);
        Placed { media_time, jump }
    }

    fn nanos_of(&self, ticks: i64) -> MediaTime {
        MediaTime::from_ticks(ticks, self.time_base.0, self.time_base.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS40: MediaTime = MediaTime::from_millis(40);

    fn place_all(stamps: &[Option<i64>]) -> (Vec<i64>, Vec<Jump>) {
        let mut timeline = Timeline::new((1, 90_000), MS40);
        let placed: Vec<_> = stamps.iter().map(|s| timeline.place(*s)).collect();
        (
            placed.iter().map(|p| p.media_time.nanos() / 1_000_000).collect(),
            placed.iter().filter_map(|p| p.jump).collect(),
        )
    }

    #[test]
    fn starts_at_hours_become_zero() {
        let hour = 3600 * 90_000;
        assert_eq!(place_all(&[Some(hour), Some(hour + 3600)]), (vec![0, 40], vec![]));
    }

    #[test]
    fn variable_rate_keeps_its_times() {
        assert_eq!(place_all(&[Some(0), Some(90), Some(90_000)]).0, [0, 1, 1000]);
    }

    #[test]
    fn a_silence_is_a_gap_with_its_ends() {
        let (times, jumps) = place_all(&[Some(0), Some(3600), Some(90_000 * 60)]);
        assert_eq!(times, [0, 40, 60_000]);
        let span = Span { start: MediaTime::from_millis(80), end: MediaTime::from_millis(60_000) };
        assert_eq!(jumps, [Jump::Gap(span)]);
    }

    #[test]
    fn a_clock_set_back_goes_on_from_the_last_picture() {
        let (times, jumps) = place_all(&[Some(90_000 * 100), Some(90_000 * 100 + 3600), Some(0), Some(3600)]);
        assert_eq!(times, [0, 40, 80, 120]);
        assert!(matches!(jumps[..], [Jump::Reset { step_nanos, .. }] if step_nanos < -99_000_000_000));
    }

    #[test]
    fn the_33_bit_wrap_is_silent() {
        let top = (1_i64 << 33) - 3600;
        assert_eq!(place_all(&[Some(top), Some(0), Some(3600)]), (vec![0, 40, 80], vec![]));
    }

    #[test]
    fn missing_stamps_follow_the_nominal_rate() {
        assert_eq!(place_all(&[None, None, Some(7_200), Some(10_800)]).0, [0, 40, 80, 120]);
    }

    proptest::proptest! {
        #[test]
        fn media_time_never_goes_back(stamps in proptest::collection::vec(proptest::option::of(proptest::num::i64::ANY), 1..60)) {
            let (times, _) = place_all(&stamps);
            proptest::prop_assert!(times.windows(2).all(|w| w[0] <= w[1]));
        }
    }
}
