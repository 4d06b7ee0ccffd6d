//! What a count of flags is measured against, and the sentence that stands where there are none.

use super::ReportData;
use crate::domain::{CameraHour, Coverage, Sensitivity};
use crate::text::{Texts, Value};

/// How much could be seen, beside how much there should have been.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Denominator {
    /// Seconds that were analysed while the camera could see.
    pub usable_secs: f64,
    /// Seconds that were expected; where an expected length is not known, seconds that were received.
    pub of_secs: f64,
    /// Whether `of_secs` is the expected time throughout.
    pub is_expected: bool,
    /// Seconds of it that could not be seen and that a work order from before explains.
    pub explained_secs: f64,
}

impl Denominator {
    /// The sum over recordings.
    pub fn of<'a>(coverages: impl IntoIterator<Item = &'a Coverage>) -> Self {
        let start = Self { is_expected: true, ..Self::default() };
        coverages.into_iter().fold(start, |sum, c| Self {
            usable_secs: sum.usable_secs + c.usable_secs,
            of_secs: sum.of_secs + c.expected_secs.unwrap_or(c.received_secs),
            is_expected: sum.is_expected && c.expected_secs.is_some(),
            explained_secs: 0.0,
        })
    }

    /// What a run is measured against: its cameras and hours, where they were reckoned, else its recordings.
    pub fn of_run(data: &ReportData) -> Self {
        let of_recordings = Self::of(data.sources.iter().map(|s| &s.coverage));
        if data.hours.is_empty() {
            return of_recordings;
        }
        let is_timed = data.hours.iter().all(|h| h.hour.is_some());
        Self { is_expected: is_timed || of_recordings.is_expected, ..Self::of_hours(&data.hours) }
    }

    /// The sum over cameras and hours. What was recorded beyond what was expected makes up for nothing.
    pub fn of_hours(hours: &[CameraHour]) -> Self {
        let sum = |of: fn(&CameraHour) -> f64| hours.iter().map(of).fold(0.0, |sum, secs| sum + secs);
        let blind_secs = sum(CameraHour::blind_secs);
        let usable_secs = sum(|h| h.usable_secs);
        Self {
            usable_secs,
            of_secs: sum(|h| h.expected_secs).max(blind_secs + usable_secs),
            is_expected: true,
            explained_secs: blind_secs - sum(CameraHour::unexplained_secs),
        }
    }

    /// Usable time in per cent, cut to tenths, so that 100 means all of it; 0 where there is nothing to measure
    /// against.
    pub fn usable_percent(self) -> f64 {
        if self.of_secs <= 0.0 {
            return 0.0;
        }
        let percent = 100.0 * self.usable_secs / self.of_secs;
        ((percent * 10.0 + 1e-6).floor() / 10.0).clamp(0.0, 100.0)
    }

    /// The rest to 100 per cent.
    pub fn unseen_percent(self) -> f64 {
        100.0 - self.usable_percent()
    }

    /// Of that, what no work order from before explains; rounded up, so that none is hidden.
    pub fn unexplained_percent(self) -> f64 {
        if self.of_secs <= 0.0 {
            return self.unseen_percent();
        }
        let explained_percent = (1000.0 * self.explained_secs / self.of_secs + 1e-6).floor() / 10.0;
        (self.unseen_percent() - explained_percent).clamp(0.0, 100.0)
    }

    /// The values that its messages want.
    pub fn values(self, texts: &Texts) -> [(&'static str, Value); 4] {
        [
            ("usable", texts.duration(self.usable_secs).into()),
            ("usable_share", shown_percent(self.usable_percent())),
            ("unseen_share", shown_percent(self.unseen_percent())),
            ("unexplained_share", shown_percent(self.unexplained_percent())),
        ]
    }

    /// Whether a statement about the recording is possible at all.
    pub fn has_sight(self) -> bool {
        self.usable_secs > 0.0
    }
}

/// A per cent value for a message: tenths, where there are any.
pub(super) fn shown_percent(percent: f64) -> Value {
    let decimals = usize::from((percent * 10.0).round() % 10.0 != 0.0);
    Value::Measure { value: percent, decimals }
}

/// What "no flags" means for these recordings: how much could be seen, that the sensitivity is not known, and that it
/// is no evidence that nothing happened.
pub fn honest_zero<'a>(coverages: impl IntoIterator<Item = &'a Coverage>, texts: &Texts) -> String {
    let mut recordings = 0_u64;
    let denominator = Denominator::of(coverages.into_iter().inspect(|_| recordings += 1));
    fixed_sentence(0, recordings, denominator, None, texts)
}

/// The sentence under every run: flags in how much usable time, of how much that was expected, how much was blind and how
/// much of that unexplained; the measured sensitivity (found of staged) or that there is none; and that it is no evidence
/// that nothing happened.
pub fn fixed_sentence(
    flags: u64,
    recordings: u64,
    denominator: Denominator,
    sensitivity: Option<Sensitivity>,
    texts: &Texts,
) -> String {
    if !denominator.has_sight() {
        return format!("{} {}", texts.get("honest-zero-nothing"), texts.get("statement-no-flag"));
    }
    let flagged = texts.with("count-flags", &[("count", flags.into())]).into();
    let values = [denominator.values(texts).as_slice(), &[("flags", flagged)]].concat();
    let id = match (flags, denominator.is_expected) {
        (0, true) => "honest-zero-expected",
        (0, false) => "honest-zero-received",
        (_, true) => "honest-flags-expected",
        (_, false) => "honest-flags-received",
    };
    let sensitivity = match sensitivity {
        Some(Sensitivity { found, staged }) => {
            texts.with("honest-measured", &[("found", found.into()), ("staged", staged.into())])
        }
        None => texts.with("honest-not-measured", &[("recordings", recordings.into())]),
    };
    [texts.with(id, &values), sensitivity, texts.get("honest-not-evidence"), texts.get("statement-no-flag")]
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn seen(usable_secs: f64, expected_secs: Option<f64>) -> Coverage {
        Coverage { expected_secs, received_secs: 40.0, usable_secs, ..Coverage::default() }
    }

    #[test]
    fn the_zero_names_its_denominators() {
        let zero = honest_zero(&[seen(30.0, Some(60.0)), seen(58.0, Some(60.0))], &Texts::new(Lang::En));
        assert_eq!(
            zero,
            "No flags were raised in 1\u{a0}min\u{a0}28\u{a0}s of usable recording (73.3\u{a0}% of expected; \
             26.7\u{a0}% blind, 26.7\u{a0}% unexplained). Sensitivity on these cameras has not been \
             measured. This is not evidence that no ill-treatment occurred. No flag does not mean that nothing \
             happened."
        );
    }

    #[test]
    fn an_unknown_expected_length_is_said() {
        let zero = honest_zero(&[seen(30.0, None)], &Texts::new(Lang::En));
        assert!(
            zero.contains("75\u{a0}% of what was expected or, where that is not known, received"),
            "{zero}"
        );
        assert!(zero.contains("on this camera"), "{zero}");
    }

    #[test]
    fn nothing_seen_claims_nothing() {
        let zero = honest_zero(&[seen(0.0, Some(60.0))], &Texts::new(Lang::En));
        assert!(zero.starts_with("Nothing could be seen"), "{zero}");
    }

    #[test]
    fn hundred_per_cent_means_all() {
        let percent = |usable| Denominator::of(&[seen(usable, Some(1000.0))]).usable_percent();
        assert_eq!((percent(1000.0), percent(999.99), percent(0.4)), (100.0, 99.9, 0.0));
    }
}
