//! Media time: where a picture stands in its recording.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Nanoseconds from the first picture of a recording.
///
/// An integer, so that equality and ordering are exact for any container time base. It says nothing about the
/// time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaTime(i64);

impl MediaTime {
    /// The first picture.
    pub const ZERO: Self = Self(0);

    /// From whole nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From whole milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 1_000_000)
    }

    /// From seconds, rounded to the nearest nanosecond. For configuration and labels, never for arithmetic on frames.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9).round() as i64)
    }

    /// From a container's tick count and time base `num/den` seconds; saturates instead of overflowing.
    pub fn from_ticks(ticks: i64, time_base_num: i32, time_base_den: i32) -> Self {
        let den = i128::from(time_base_den.max(1));
        let nanos = i128::from(ticks) * i128::from(time_base_num) * 1_000_000_000 / den;
        Self(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// Nanoseconds from the start.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Seconds from the start, for display and for ratios.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// `hh:mm:ss.mmm`, for people.
    pub fn clock(self) -> String {
        let millis = self.0.max(0) / 1_000_000;
        let (secs, millis) = (millis / 1000, millis % 1000);
        format!("{:02}:{:02}:{:02}.{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
    }
}

impl Add for MediaTime {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for MediaTime {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A stretch of a recording, `start` inclusive, `end` exclusive, `start <= end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First instant.
    pub start: MediaTime,
    /// First instant after it.
    pub end: MediaTime,
}

impl Span {
    /// The span between two instants, in whichever order they are given.
    pub fn between(a: MediaTime, b: MediaTime) -> Self {
        Self { start: a.min(b), end: a.max(b) }
    }

    /// Length in seconds.
    pub fn duration_secs(self) -> f64 {
        (self.end - self.start).secs_f64()
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_convert_exactly_in_common_time_bases() {
        assert_eq!(MediaTime::from_ticks(90_000, 1, 90_000), MediaTime::from_millis(1000));
        assert_eq!(MediaTime::from_ticks(1001, 1, 30_000).nanos(), 33_366_666);
        assert_eq!(MediaTime::from_ticks(i64::MAX, 1, 1).nanos(), i64::MAX);
    }

    #[test]
    fn clock_reads_like_a_recorder() {
        assert_eq!(MediaTime::from_millis(3_723_045).clock(), "01:02:03.045");
    }
}
