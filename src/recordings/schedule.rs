//! When a camera is meant to record, so that a gap is told from a recorder that rests.

use super::zone::ZoneOfTime;
use crate::domain::WallTime;

/// Minutes of a day.
const DAY_MINUTES: u32 = 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When a camera is meant to record.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Schedule {
    /// Day and night.
    #[default]
    Always,
    /// Only while something moves: what is missing says nothing.
    Motion,
    /// In these hours of the week.
    Hours(Hours),
}

/// Stretches of a week by the local clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hours(Vec<Stretch>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    days: [bool; 7],
    from_minute: u32,
    /// Up to 24:00; a stretch over midnight is two.
    to_minute: u32,
}

impl Hours {
    /// From lines like `mon-fri 08:00-20:00`, `sat,sun 00:00-24:00` or `20:00-06:00` (every day).
    ///
    /// # Errors
    /// Number of the line and what is wrong with it.
    pub fn parse(lines: &[String]) -> Result<Self, (usize, String)> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            for stretch in parse_line(line).map_err(|reason| (number, reason))? {
                if let Some(day) = stretches.iter().find_map(|s| s.shares_a_day_with(&stretch)) {
                    return Err((number, format!("it overlaps an earlier line on {}", DAYS[day])));
                }
                stretches.push(stretch);
            }
        }
        Ok(Self(stretches))
    }

    /// Minutes of a week.
    pub fn week_minutes(&self) -> u32 {
        self.0
            .iter()
            .map(|s| s.days.iter().filter(|d| **d).count() as u32 * (s.to_minute - s.from_minute))
            .sum()
    }

    fn hold(&self, day: usize, minute: u32) -> bool {
        self.0.iter().any(|s| s.days[day] && (s.from_minute..s.to_minute).contains(&minute))
    }
}

impl Stretch {
    fn shares_a_day_with(&self, other: &Self) -> Option<usize> {
        let is_apart = self.to_minute <= other.from_minute || other.to_minute <= self.from_minute;
        if is_apart { None } else { (0..7).find(|d| self.days[*d] && other.days[*d]) }
    }
}

fn parse_line(line: &str) -> Result<Vec<Stretch>, String> {
    let (days, hours) = match line.trim().rsplit_once(' ') {
        Some((days, hours)) => (parse_days(days)?, hours),
        None => ([true; 7], line.trim()),
    };
    let unclear = || format!("{line:?} is no stretch of a week; write it like \"mon-fri 08:00-20:00\"");
    let (from, to) = hours.split_once('-').ok_or_else(unclear)?;
    let (from, to) = (minute_of(from).ok_or_else(unclear)?, minute_of(to).ok_or_else(unclear)?);
    if from == to || from == DAY_MINUTES {
        return Err(format!("{line:?} has no length; a whole day is 00:00-24:00"));
    }
    let stretch = |days, from_minute, to_minute| Stretch { days, from_minute, to_minute };
    if from < to {
        return Ok(vec![stretch(days, from, to)]);
    }
    let mut next_days = days;
    next_days.rotate_right(1);
    let mut both = vec![stretch(days, from, DAY_MINUTES)];
    both.extend((to > 0).then(|| stretch(next_days, 0, to)));
    Ok(both)
}

fn parse_days(text: &str) -> Result<[bool; 7], String> {
    let number = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        let found = DAYS.iter().position(|d| *d == name);
        found.ok_or_else(|| format!("{name:?} is no day; known are {}", DAYS.join(", ")))
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (from, to) = match part.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(part)?, number(part)?),
        };
        let mut day = from;
        loop {
            days[day] = true;
            if day == to {
                break;
            }
            day = (day + 1) % 7;
        }
    }
    Ok(days)
}

fn minute_of(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_digits = |t: &str| (1..=2).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(hour) || minute.len() != 2 || !is_digits(minute) {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

impl Schedule {
    /// Whether what is missing is told from what was never meant to be recorded.
    pub fn expects_anything(&self) -> bool {
        *self != Self::Motion
    }

    /// The parts of a stretch in which recording is meant to go on. Nothing for a recorder that waits for movement.
    pub fn expected(&self, from: WallTime, to: WallTime, zone: &ZoneOfTime) -> Vec<(WallTime, WallTime)> {
        if to <= from {
            return Vec::new();
        }
        match self {
            Self::Always => vec![(from, to)],
            Self::Motion => Vec::new(),
            Self::Hours(hours) => expected_in(hours, (from, to), zone),
        }
    }
}

/// Walks the stretch from minute to minute of the clock, so that changes of the clock need no care of their own.
fn expected_in(
    hours: &Hours,
    (from, to): (WallTime, WallTime),
    zone: &ZoneOfTime,
) -> Vec<(WallTime, WallTime)> {
    const MINUTE_MILLIS: i64 = 60_000;
    let mut spans: Vec<(WallTime, WallTime)> = Vec::new();
    let mut at = from.millis();
    while at < to.millis() {
        let next = ((at.div_euclid(MINUTE_MILLIS) + 1) * MINUTE_MILLIS).min(to.millis());
        let (day, minute) = zone.week_minute(WallTime::from_millis(at));
        if hours.hold(day, minute) {
            match spans.last_mut().filter(|s| s.1.millis() == at) {
                Some(last) => last.1 = WallTime::from_millis(next),
                None => spans.push((WallTime::from_millis(at), WallTime::from_millis(next))),
            }
        }
        at = next;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(lines: &[&str]) -> Result<Hours, (usize, String)> {
        Hours::parse(&lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>())
    }

    fn wall(text: &str) -> WallTime {
        WallTime::from_rfc3339(text).unwrap()
    }

    #[test]
    fn a_night_shift_goes_on_the_next_day() {
        let schedule = Schedule::Hours(hours(&["fri 22:00-06:00"]).unwrap());
        let zone = ZoneOfTime::named("Asia/Almaty").unwrap();
        let (from, to) = (wall("2026-11-27T00:00:00+05:00"), wall("2026-11-30T00:00:00+05:00"));
        assert_eq!(
            schedule.expected(from, to, &zone),
            [(wall("2026-11-27T22:00:00+05:00"), wall("2026-11-28T06:00:00+05:00"))]
        );
        assert_eq!(Schedule::Motion.expected(from, to, &zone), []);
        assert_eq!(Schedule::Always.expected(from, to, &zone), [(from, to)]);
    }

    #[test]
    fn absurd_schedules_are_refused_with_their_line() {
        for (lines, number, word) in [
            (&["mon 08:00-08:00"][..], 0, "no length"),
            (&["mon-fri 08:00-20:00", "wed 19:00-21:00"], 1, "overlaps an earlier line on wed"),
            (&["funday 08:00-20:00"], 0, "no day"),
            (&["mon 8-20"], 0, "write it like"),
            (&["mon 08:00-25:00"], 0, "write it like"),
            (&["mon 08:00-20:99"], 0, "write it like"),
            (&["24:00-06:00"], 0, "no length"),
            (&[""], 0, "write it like"),
        ] {
            let (line, reason) = hours(lines).unwrap_err();
            assert!(line == number && reason.contains(word), "{lines:?}: {line} {reason}");
        }
    }

    #[test]
    fn a_week_adds_up() {
        assert_eq!(hours(&["00:00-24:00"]).unwrap().week_minutes(), 7 * 24 * 60);
        assert_eq!(hours(&["sat-mon 09:30-10:00"]).unwrap().week_minutes(), 90);
        assert_eq!(hours(&["sun 23:00-01:00"]).unwrap().week_minutes(), 120);
    }
}
