//! Wall time: the time of the day at which something was recorded, with where it is known from and how far it may be off.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::MediaTime;

/// Milliseconds since 1970-01-01T00:00Z. Never mixed with [`MediaTime`]: the one is what clocks said, the other what
/// passed within a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(i64);

impl WallTime {
    /// From milliseconds since 1970-01-01T00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// So much later, in whole milliseconds.
    pub fn after_secs(self, secs: f64) -> Self {
        Self(self.0.saturating_add((secs * 1000.0).round() as i64))
    }

    /// How much later this is than `earlier`; negative where it is earlier.
    pub fn secs_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1000.0
    }

    /// RFC 3339 in UTC, to the millisecond where there is a fraction: `2024-02-29T18:30:00Z`. None outside of the years
    /// that can be written so.
    pub fn rfc3339(self) -> Option<String> {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()?;
        at.format(&Rfc3339).ok()
    }

    /// From RFC 3339 text with any offset.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }
}

/// Where a wall time is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WallSource {
    /// The sender's clock, told with the stream.
    Rtcp,
    /// The name of the file or its folder.
    Filename,
    /// A file beside it.
    Sidecar,
    /// The clock drawn into the picture.
    Overlay,
    /// A person.
    Operator,
    /// Nothing: there is no wall time.
    None,
}

impl WallSource {
    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rtcp => "rtcp",
            Self::Filename => "filename",
            Self::Sidecar => "sidecar",
            Self::Overlay => "overlay",
            Self::Operator => "operator",
            Self::None => "none",
        }
    }
}

/// The wall time of a recording's first picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallStart {
    /// When.
    pub at: WallTime,
    /// Known from where.
    pub source: WallSource,
    /// How far it may be off, either way, as far as the source tells. What other clocks say is a finding of its own.
    pub error_secs: f64,
}

impl WallStart {
    /// The wall time of an instant of the recording.
    pub fn of(&self, media_time: MediaTime) -> WallTime {
        WallTime(self.at.0.saturating_add(media_time.nanos().div_euclid(1_000_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_times_are_told_in_utc() {
        let at = WallTime::from_rfc3339("2024-02-29T23:30:00.250+06:00").unwrap();
        assert_eq!(at.rfc3339().unwrap(), "2024-02-29T17:30:00.25Z");
        let start = WallStart { at, source: WallSource::Filename, error_secs: 1.0 };
        assert_eq!(start.of(MediaTime::from_millis(750)).rfc3339().unwrap(), "2024-02-29T17:30:01Z");
        assert_eq!(at.after_secs(-30.5).secs_since(at), -30.5);
        assert_eq!(WallTime::from_rfc3339("yesterday"), None);
    }
}
