//! What the name of a recording says: which camera, from when to when, why it was made.
//!
//! A table of patterns, tried in order; users put their own before it. A name is only read, and what it says is compared
//! with the other clocks: a name can be written by anybody.

use std::path::Path;

use regex::{Captures, Regex};

use super::zone::{LocalTime, ZoneOfTime};
use crate::domain::WallTime;

/// So many names from the end of a path are looked at: recorders put the date, the channel and the hour into folders.
const LAST_NAMES: usize = 7;

/// How names are written by one maker.
#[derive(Clone, Debug)]
pub struct NamePattern {
    name: String,
    regex: Regex,
    is_utc: bool,
}

/// Date and time digits, with or without separators.
const DATE: &str = r"\d{4}[-.]?\d{2}[-.]?\d{2}";
const TIME: &str = r"\d{2}[-.:]?\d{2}[-.:]?\d{2}";

/// Name, regular expression, and whether the times are UTC. Matched against the last names of the path, joined by `/`.
/// `{D}` and `{T}` stand for a date and a time.
const KNOWN: [(&str, &str, bool); 11] = [
    (
        // .../2018-05-01/001/dav/19/19.53.47-19.54.00[M][0@0][0].dav
        "dahua-card",
        r"(?:(?P<box>[^/]+)/)?(?P<date>\d{4}-\d{2}-\d{2})/(?P<camera>\d{3})/\w+/\d{2}/(?P<time>\d{2}\.\d{2}\.\d{2})-(?P<end_time>\d{2}\.\d{2}\.\d{2})\[(?P<mode>[A-Z])\][^/]*$",
        false,
    ),
    (
        // .../ch01/2018-05-01/19.53.47-19.54.00[R][0@0][0].dav
        "dahua-folder",
        r"(?:(?P<camera>[^/]+)/)?(?P<date>{D})/(?P<time>\d{2}\.\d{2}\.\d{2})-(?P<end_time>\d{2}\.\d{2}\.\d{2})\[(?P<mode>[A-Z])\][^/]*$",
        false,
    ),
    (
        // XVR_ch1_main_20240229230000_20240229235959.dav, ch01_20240229230000.mp4, site_cam_20240229T180000Z_..._ab12cd34.mkv
        "hikvision-and-exports",
        r"(?:^|/)(?P<camera>[^/]+?)(?:_(?:main|sub))?[_-](?P<date>\d{8})T?(?P<time>\d{6})(?:\d{3})?(?P<offset>Z|[+-]\d{4})?(?:[_-](?P<end_date>\d{8})T?(?P<end_time>\d{6})(?:\d{3})?(?:Z|[+-]\d{4})?)?(?:[_(-][0-9a-zA-Z]+\)?)?\.\w+$",
        false,
    ),
    (
        // 20240229-230000-231000_10.0.0.7-CH3.avi
        "generic-range",
        r"(?:^|/)(?P<date>\d{8})-(?P<time>\d{6})-(?P<end_time>\d{6})(?:_(?P<camera>[^/]+?))?\.\w+$",
        false,
    ),
    (
        // cam1_20240229_230000_UTC.mp4, 20240229-230000GMT.mp4
        "named-utc",
        r"(?:^|/)(?:(?P<camera>[^/]+?)[_ -])?(?P<date>{D})[T_ -](?P<time>{T})[_ -]?(?:UTC|GMT)(?:[_ -](?P<end_date>{D})[T_ -](?P<end_time>{T})[_ -]?(?:UTC|GMT))?\.\w+$",
        true,
    ),
    (
        // cam 2_2024-02-29T23-00-00+0600.mp4, 2024-02-29 23.00.00.mkv
        "iso",
        r"(?:^|/)(?:(?P<camera>[^/]+?)[_ -])?(?P<date>\d{4}-\d{2}-\d{2})[T_ ](?P<time>{T})(?P<offset>Z|[+-]\d{2}:?\d{2})?(?:(?:_to_|--|_| - )(?P<end_date>\d{4}-\d{2}-\d{2})[T_ ](?P<end_time>{T})(?:Z|[+-]\d{2}:?\d{2})?)?\.\w+$",
        false,
    ),
    (
        // cam1_20240229_230000.mp4, VID_20240229_230000_231000.mp4
        "generic",
        r"(?:^|/)(?:(?P<camera>[^/]+?)[_ -])?(?P<date>\d{8})[T_ -](?P<time>\d{6})(?:[_-](?P<end_time>\d{6}))?(?:[_ -]\d{1,5})?\.\w+$",
        false,
    ),
    (
        // 29.02.2024_23-00-00.avi: the day first, as written in Kazakhstan
        "day-first",
        r"(?:^|/)(?:(?P<camera>[^/]+?)[_ -])?(?P<day>\d{2})[-.](?P<month>\d{2})[-.](?P<year>\d{4})[T_ -](?P<time>{T})(?:[_-](?P<end_time>{T}))?\.\w+$",
        false,
    ),
    (
        // ch1/20240229/230000-231000.mp4
        "date-folder",
        r"(?:(?P<camera>[^/]+)/)?(?P<date>{D})/(?:\d{2}/)?(?P<time>{T})(?:[-_](?P<end_time>{T}))?\.\w+$",
        false,
    ),
    (
        // cam1_1709228400.mp4
        "unix-seconds",
        r"(?:^|/)(?:(?P<camera>[^/]+?)[_-])?(?P<unix>1\d{9})(?:\d{3})?\.\w+$",
        true,
    ),
    (
        // ch1/20240229230000.mp4
        "digits",
        r"(?:^|/)(?P<date>\d{8})(?P<time>\d{6})(?:\d{3})?(?:[_-](?P<end_date>\d{8})(?P<end_time>\d{6}))?\.\w+$",
        false,
    ),
];

/// Why a recording was made, as the letter in its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedBecause {
    /// R: it records all the time.
    Regular,
    /// M: something moved.
    Motion,
    /// A: an alarm input.
    Alarm,
}

/// What a name says.
#[derive(Clone, Debug, PartialEq)]
pub struct NameSays {
    /// Which pattern it follows.
    pub pattern: String,
    /// The camera, where the name or its folder gives one.
    pub camera: Option<String>,
    /// When it begins.
    pub start: NamedTime,
    /// When it ends, where it says so.
    pub end: Option<NamedTime>,
    /// Why it was made, where it says so.
    pub because: Option<RecordedBecause>,
    /// The day that the nearest folder gives, where both it and the name give one.
    pub folder_date: Option<(i16, i8, i8)>,
}

/// A time as a name gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NamedTime {
    /// By the recorder's local clock.
    Local(LocalTime),
    /// With its offset, or as UTC.
    Instant(WallTime),
}

/// All patterns of a run: the user's first.
#[derive(Clone, Debug)]
pub struct NamePatterns(Vec<NamePattern>);

impl Default for NamePatterns {
    fn default() -> Self {
        Self(
            KNOWN
                .iter()
                .filter_map(|(name, regex, is_utc)| NamePattern::new(name, regex, *is_utc).ok())
                .collect(),
        )
    }
}

impl NamePatterns {
    /// The user's patterns, then the known ones.
    pub fn with_own(own: Vec<NamePattern>) -> Self {
        Self([own, Self::default().0].concat())
    }

    /// What the name of a recording says; none where no pattern fits, or what it gives is no time.
    pub fn read(&self, path: &Path) -> Option<NameSays> {
        let names: Vec<_> = path.iter().rev().take(LAST_NAMES).map(|n| n.to_string_lossy()).collect();
        let text = names.into_iter().rev().collect::<Vec<_>>().join("/");
        let mut says = self.0.iter().find_map(|pattern| pattern.read(&text))?;
        let parent = path.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        says.folder_date = says.folder_date.or_else(|| parent.as_deref().and_then(date_of_folder));
        let is_date = |name: &String| date_of_folder(name).is_some();
        says.camera = says.camera.or_else(|| parent.filter(|p| !is_date(p)));
        Some(says)
    }
}

impl NamePattern {
    /// A pattern with the named groups `date` (or `year`, `month`, `day`) and `time`, or `unix`; and optionally `camera`,
    /// `box`, `end_date`, `end_time`, `offset`, `mode`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(name: &str, regex: &str, is_utc: bool) -> Result<Self, String> {
        let written = regex.replace("{D}", DATE).replace("{T}", TIME);
        let regex = Regex::new(&format!("(?i){written}")).map_err(|e| e.to_string())?;
        let groups: Vec<_> = regex.capture_names().flatten().collect();
        let has = |name: &str| groups.contains(&name);
        let has_date = has("date") || (has("year") && has("month") && has("day"));
        let names_a_time = has("unix") || (has_date && has("time"));
        if !names_a_time {
            return Err(
                "it names no time; give the groups (?P<date>…) and (?P<time>…), or (?P<unix>…)".to_owned()
            );
        }
        Ok(Self { name: name.to_owned(), regex, is_utc })
    }

    /// What a text says by this pattern; none where it does not fit.
    pub fn read(&self, text: &str) -> Option<NameSays> {
        let found = self.regex.captures(text)?;
        let (start, end) = self.times(&found)?;
        let group = |name: &str| found.name(name).map(|m| m.as_str().to_owned());
        let camera = match (group("box"), group("camera")) {
            (Some(recorder), Some(camera)) => Some(format!("{recorder}/{camera}")),
            (_, camera) => camera,
        };
        let because = group("mode").and_then(|m| match m.to_ascii_uppercase().as_str() {
            "R" => Some(RecordedBecause::Regular),
            "M" => Some(RecordedBecause::Motion),
            "A" => Some(RecordedBecause::Alarm),
            _ => None,
        });
        Some(NameSays { pattern: self.name.clone(), camera, start, end, because, folder_date: None })
    }

    fn times(&self, found: &Captures<'_>) -> Option<(NamedTime, Option<NamedTime>)> {
        let group = |name: &str| found.name(name).map(|m| m.as_str());
        if let Some(secs) = group("unix") {
            let at = WallTime::from_millis(secs.parse::<i64>().ok()?.checked_mul(1000)?);
            return Some((NamedTime::Instant(at), None));
        }
        let date = match group("date") {
            Some(date) => date_of(date)?,
            None => {
                (group("year")?.parse().ok()?, group("month")?.parse().ok()?, group("day")?.parse().ok()?)
            }
        };
        let start = LocalTime::new(date, time_of(group("time")?)?)?;
        let end = match group("end_time").and_then(time_of) {
            None => None,
            Some(time) => {
                let end = LocalTime::new(group("end_date").and_then(date_of).unwrap_or(date), time)?;
                let is_next_day = group("end_date").is_none() && end < start;
                if is_next_day { end.days_later(1) } else { Some(end) }
            }
        };
        let zone = match group("offset") {
            Some(offset) => Some(ZoneOfTime::named(&offset.to_ascii_uppercase())?),
            None => self.is_utc.then(ZoneOfTime::utc),
        };
        let placed = |local| match &zone {
            Some(zone) => match zone.resolve(local) {
                super::Resolved::Once(at) => NamedTime::Instant(at),
                _ => NamedTime::Local(local),
            },
            None => NamedTime::Local(local),
        };
        Some((placed(start), end.map(placed)))
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn date_of(text: &str) -> Option<(i16, i8, i8)> {
    let digits = digits(text);
    let part = |from: usize, to: usize| digits.get(from..to);
    if digits.len() != 8 {
        return None;
    }
    let date = (part(0, 4)?.parse().ok()?, part(4, 6)?.parse().ok()?, part(6, 8)?.parse().ok()?);
    LocalTime::new(date, (0, 0, 0)).map(LocalTime::date)
}

fn time_of(text: &str) -> Option<(i8, i8, i8)> {
    let digits = digits(text);
    let part = |from: usize, to: usize| digits.get(from..to)?.parse().ok();
    if digits.len() != 6 {
        return None;
    }
    Some((part(0, 2)?, part(2, 4)?, part(4, 6)?))
}

/// The day that a folder's whole name gives.
fn date_of_folder(name: &str) -> Option<(i16, i8, i8)> {
    let is_plain = name.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '_'));
    if is_plain { date_of(name) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<NameSays> {
        NamePatterns::default().read(Path::new(path))
    }

    /// Pattern, camera, start and end by the clock of the name.
    fn told(path: &str) -> (String, String, String, String) {
        let says = read(path).unwrap_or_else(|| panic!("no pattern fits {path}"));
        let shown = |time: NamedTime| match time {
            NamedTime::Local(local) => local.as_if_utc().rfc3339().unwrap().replace('Z', ""),
            NamedTime::Instant(at) => at.rfc3339().unwrap(),
        };
        let end = says.end.map(shown).unwrap_or_default();
        (says.pattern, says.camera.unwrap_or_default(), shown(says.start), end)
    }

    #[test]
    fn the_table_reads_what_recorders_write() {
        for (path, pattern, camera, start, end) in [
            (
                "/mnt/3A0/2018-05-01/001/dav/19/19.53.47-19.54.00[M][0@0][0].dav",
                "dahua-card",
                "3A0/001",
                "2018-05-01T19:53:47",
                "2018-05-01T19:54:00",
            ),
            (
                "/a/ch01/2018-05-01/23.53.47-00.04.00[R][0@0][0].dav",
                "dahua-folder",
                "ch01",
                "2018-05-01T23:53:47",
                "2018-05-02T00:04:00",
            ),
            (
                "/a/XVR_ch1_main_20240229230000_20240229235959.dav",
                "hikvision-and-exports",
                "XVR_ch1",
                "2024-02-29T23:00:00",
                "2024-02-29T23:59:59",
            ),
            ("/a/ch01_20240229230000.mp4", "hikvision-and-exports", "ch01", "2024-02-29T23:00:00", ""),
            (
                "/a/192.168.1.64_01_20240229230000123_1.mp4",
                "hikvision-and-exports",
                "192.168.1.64_01",
                "2024-02-29T23:00:00",
                "",
            ),
            (
                "/a/almaty_north_20240229T180000Z_20240229T181000Z_ab12cd34.mkv",
                "hikvision-and-exports",
                "almaty_north",
                "2024-02-29T18:00:00Z",
                "2024-02-29T18:10:00",
            ),
            (
                "/a/20240229-230000-001000_10.0.0.7-CH3.avi",
                "generic-range",
                "10.0.0.7-CH3",
                "2024-02-29T23:00:00",
                "2024-03-01T00:10:00",
            ),
            ("/a/cam1_20240229_230000_UTC.mp4", "named-utc", "cam1", "2024-02-29T23:00:00Z", ""),
            ("/a/20240229-230000GMT.mp4", "named-utc", "a", "2024-02-29T23:00:00Z", ""),
            ("/a/cam 2_2024-02-29T23-00-00+0600.mp4", "iso", "cam 2", "2024-02-29T17:00:00Z", ""),
            ("/a/2024-02-29 23.00.00.mkv", "iso", "a", "2024-02-29T23:00:00", ""),
            (
                "/a/k_2024-02-29_23-00-00_to_2024-02-29_23-10-00.mkv",
                "iso",
                "k",
                "2024-02-29T23:00:00",
                "2024-02-29T23:10:00",
            ),
            ("/a/VID_20240229_230000.mp4", "generic", "VID", "2024-02-29T23:00:00", ""),
            (
                "/a/cam-9_20240229_230000_231000.mp4",
                "generic",
                "cam-9",
                "2024-02-29T23:00:00",
                "2024-02-29T23:10:00",
            ),
            ("/a/29.02.2024_23-00-00.avi", "day-first", "a", "2024-02-29T23:00:00", ""),
            (
                "/a/ch1/20240229/230000-231000.mp4",
                "date-folder",
                "ch1",
                "2024-02-29T23:00:00",
                "2024-02-29T23:10:00",
            ),
            ("/a/cam1_1709228400.mp4", "unix-seconds", "cam1", "2024-02-29T17:40:00Z", ""),
            ("/a/ch1/20240229230000.mp4", "digits", "ch1", "2024-02-29T23:00:00", ""),
        ] {
            let wanted = (
                pattern.to_owned(),
                camera.to_owned(),
                start.to_owned(),
                end.trim_end_matches('Z').to_owned(),
            );
            let mut found = told(path);
            found.3 = found.3.trim_end_matches('Z').to_owned();
            assert_eq!(found, wanted, "{path}");
        }
    }

    #[test]
    fn names_without_a_time_say_nothing() {
        for path in [
            "/a/corridor.mp4",
            "/a/hiv00000.mp4",
            "/a/20241399230000.mp4",
            "/a/20240230_230000.mp4",
            "/a/13.25.2024_23-00-00.avi",
            "/a/ch01_20240229250000.mp4",
            "/a/holiday 2024.mp4",
            "",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn the_letter_and_the_folder_are_read_too() {
        let says = read("/a/ch01/2018-05-01/10.00.00-10.10.00[A][0@0][0].dav").unwrap();
        assert_eq!((says.because, says.folder_date), (Some(RecordedBecause::Alarm), Some((2018, 5, 1))));
        let moved = read("/a/2024-03-05/ch01_20240229230000.mp4").unwrap();
        assert_eq!(moved.folder_date, Some((2024, 3, 5)), "the folder's day stays beside the name's");
    }

    #[test]
    fn users_extend_the_table() {
        let own =
            NamePattern::new("site", r"(?P<camera>K\d+)-(?P<date>\d{8})x(?P<time>\d{6})\.", false).unwrap();
        let patterns = NamePatterns::with_own(vec![own]);
        let says = patterns.read(Path::new("/a/K7-20240229x230000.bin")).unwrap();
        assert_eq!((says.pattern.as_str(), says.camera.as_deref()), ("site", Some("K7")));
        assert!(patterns.read(Path::new("/a/ch01_20240229230000.mp4")).is_some());
        for (regex, word) in [("(", "unclosed"), ("(?P<time>x)", "names no time"), ("abc", "names no time")] {
            let error = NamePattern::new("site", regex, false).unwrap_err();
            assert!(error.contains(word), "{regex}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_name_makes_it_panic(name in ".{0,60}", digits in "[0-9_T.-]{0,30}") {
            NamePatterns::default().read(Path::new(&name));
            NamePatterns::default().read(Path::new(&format!("a/{digits}.mp4")));
        }
    }
}
