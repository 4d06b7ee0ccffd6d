//! From a recorder's local time to UTC, by the time zone data that is built into the program.
//!
//! Nothing is read from the system: an old machine would not know that Kazakhstan has had one time since 2024-03-01.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::domain::WallTime;

/// A date and a time of day as a clock shows it, whatever its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(civil::DateTime);

impl LocalTime {
    /// From its parts; none where there is no such day or time. 24:00 is midnight of the next day, a leap second the
    /// second before it.
    pub fn new(date: (i16, i8, i8), time: (i8, i8, i8)) -> Option<Self> {
        let (year, month, day) = date;
        let (hour, minute, second) = time;
        let date = civil::Date::new(year, month, day).ok()?;
        let (date, hour) = match (hour, minute, second) {
            (24, 0, 0) => (date.tomorrow().ok()?, 0),
            _ => (date, hour),
        };
        let time = civil::Time::new(hour, minute, second.min(59 + i8::from(second > 60)), 0).ok()?;
        Some(Self(date.to_datetime(time)))
    }

    /// The day: year, month, day of the month.
    pub fn date(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// The same time of day on another day.
    pub fn on(self, (year, month, day): (i16, i8, i8)) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(|date| Self(date.to_datetime(self.0.time())))
    }

    /// The same time of day, so many days later.
    pub fn days_later(self, days: i32) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(Self)
    }

    /// As if it were UTC. Differences of such times are those that the clock shows.
    pub fn as_if_utc(self) -> WallTime {
        let instant = TimeZone::UTC.to_timestamp(self.0);
        WallTime::from_millis(instant.map_or(0, |t| t.as_millisecond()))
    }
}

/// What a local time stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// One instant.
    Once(WallTime),
    /// The clock showed it twice, because it was put back.
    Twice {
        /// The first time.
        earlier: WallTime,
        /// The second time.
        later: WallTime,
    },
    /// No right clock ever showed it, because clocks were put forward over it.
    Never {
        /// The instant, reckoned by the offset before the change.
        by_old_offset: WallTime,
    },
}

/// A place's time.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneOfTime(TimeZone);

impl ZoneOfTime {
    /// UTC itself.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// By its name in the tz database (`Asia/Almaty`), or a fixed offset (`+05:00`). None where there is no such zone.
    pub fn named(name: &str) -> Option<Self> {
        if let Some(minutes) = fixed_offset_minutes(name) {
            let offset = jiff::tz::Offset::from_seconds(minutes * 60).ok()?;
            return Some(Self(TimeZone::fixed(offset)));
        }
        jiff::tz::TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// What a local time stands for here.
    pub fn resolve(&self, local: LocalTime) -> Resolved {
        let at = |offset: jiff::tz::Offset| {
            let instant = offset.to_timestamp(local.0);
            WallTime::from_millis(instant.map_or(0, |t| t.as_millisecond()))
        };
        match self.0.to_ambiguous_timestamp(local.0).offset() {
            AmbiguousOffset::Unambiguous { offset } => Resolved::Once(at(offset)),
            AmbiguousOffset::Fold { before, after } => {
                Resolved::Twice { earlier: at(before), later: at(after) }
            }
            AmbiguousOffset::Gap { before, .. } => Resolved::Never { by_old_offset: at(before) },
        }
    }

    /// Seconds that local time is ahead of UTC at an instant.
    pub fn offset_secs(&self, at: WallTime) -> i64 {
        let instant = jiff::Timestamp::from_millisecond(at.millis());
        instant.map_or(0, |t| i64::from(self.0.to_offset(t).seconds()))
    }

    /// Day of the week (0 = Monday) and minutes since midnight, as a clock there shows.
    pub fn week_minute(&self, at: WallTime) -> (usize, u32) {
        let Ok(instant) = jiff::Timestamp::from_millisecond(at.millis()) else { return (0, 0) };
        let local = self.0.to_datetime(instant);
        let day = local.weekday().to_monday_zero_offset().unsigned_abs();
        let minute = u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs());
        (usize::from(day), minute)
    }
}

/// `+05:00`, `+0500`, `-03:30` or `Z` in minutes.
fn fixed_offset_minutes(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("utc") || text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(day: (i16, i8, i8), time: (i8, i8, i8)) -> LocalTime {
        LocalTime::new(day, time).unwrap()
    }

    fn wall(text: &str) -> WallTime {
        WallTime::from_rfc3339(text).unwrap()
    }

    #[test]
    fn the_hour_that_eastern_kazakhstan_lived_twice_has_two_instants() {
        for place in ["Asia/Almaty", "Asia/Qostanay"] {
            let zone = ZoneOfTime::named(place).unwrap();
            let resolve = |day, time| zone.resolve(local(day, time));
            assert_eq!(
                resolve((2024, 2, 29), (22, 59, 59)),
                Resolved::Once(wall("2024-02-29T16:59:59Z")),
                "{place}"
            );
            assert_eq!(
                resolve((2024, 2, 29), (23, 30, 0)),
                Resolved::Twice {
                    earlier: wall("2024-02-29T17:30:00Z"),
                    later: wall("2024-02-29T18:30:00Z")
                },
                "{place}"
            );
            assert_eq!(resolve((2024, 3, 1), (0, 0, 0)), Resolved::Once(wall("2024-02-29T19:00:00Z")));
        }
        let aqtobe = ZoneOfTime::named("Asia/Aqtobe").unwrap();
        let once = aqtobe.resolve(local((2024, 2, 29), (23, 30, 0)));
        assert_eq!(once, Resolved::Once(wall("2024-02-29T18:30:00Z")), "the west did not change");
    }

    #[test]
    fn an_hour_that_was_left_out_is_known() {
        let berlin = ZoneOfTime::named("Europe/Berlin").unwrap();
        let found = berlin.resolve(local((2026, 3, 29), (2, 30, 0)));
        assert_eq!(found, Resolved::Never { by_old_offset: wall("2026-03-29T01:30:00Z") });
    }

    #[test]
    fn offsets_are_zones_and_nonsense_is_not() {
        let at = |name: &str| ZoneOfTime::named(name).unwrap().resolve(local((2026, 1, 1), (5, 0, 0)));
        assert_eq!(at("+05:00"), Resolved::Once(wall("2026-01-01T00:00:00Z")));
        assert_eq!(at("+0500"), at("Asia/Almaty"));
        assert_eq!(at("UTC"), Resolved::Once(wall("2026-01-01T05:00:00Z")));
        for name in ["Asia/Almata", "", "+5", "+25:00", "<+05>-5", "+05:60"] {
            assert_eq!(ZoneOfTime::named(name), None, "{name}");
        }
    }

    #[test]
    fn times_that_do_not_exist_are_none() {
        assert_eq!(LocalTime::new((2023, 2, 29), (0, 0, 0)), None);
        assert_eq!(LocalTime::new((2024, 1, 1), (24, 0, 1)), None);
        assert_eq!(LocalTime::new((2024, 1, 1), (12, 61, 0)), None);
        assert_eq!(LocalTime::new((2024, 1, 1), (12, 0, 61)), None);
        assert_eq!(LocalTime::new((2024, 12, 31), (24, 0, 0)), LocalTime::new((2025, 1, 1), (0, 0, 0)));
        assert_eq!(
            LocalTime::new((2016, 12, 31), (23, 59, 60)),
            LocalTime::new((2016, 12, 31), (23, 59, 59))
        );
    }

    #[test]
    fn a_week_has_its_minutes_by_the_local_clock() {
        let zone = ZoneOfTime::named("Asia/Almaty").unwrap();
        assert_eq!(zone.week_minute(wall("2026-11-22T19:30:00Z")), (0, 30), "Monday by the clock in Almaty");
        assert_eq!(zone.offset_secs(wall("2024-02-29T17:59:59Z")), 6 * 3600);
        assert_eq!(zone.offset_secs(wall("2024-02-29T18:00:00Z")), 5 * 3600);
    }
}
