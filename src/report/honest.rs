//! What a count of flags is measured against, and the sentence that stands where there are none.

use crate::domain::Coverage;
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
}

impl Denominator {
    /// The sum over recordings.
    pub fn of<'a>(coverages: impl IntoIterator<Item = &'a Coverage>) -> Self {
        let start = Self { is_expected: true, ..Self::default() };
        coverages.into_iter().fold(start, |sum, c| Self {
            usable_secs: sum.usable_secs + c.usable_secs,
            of_secs: sum.of_secs + c.expected_secs.unwrap_or(c.received_secs),
            is_expected: sum.is_expected && c.expected_secs.is_some(),
        })
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
    if !denominator.has_sight() {
        return format!("{} {}", texts.get("honest-zero-nothing"), texts.get("statement-no-flag"));
    }
    let values = [
        ("usable", texts.duration(denominator.usable_secs).into()),
        ("usable_share", shown_percent(denominator.usable_percent())),
        ("unseen_share", shown_percent(denominator.unseen_percent())),
    ];
    let zero = match denominator.is_expected {
        true => texts.with("honest-zero-expected", &values),
        false => texts.with("honest-zero-received", &values),
    };
    [
        zero,
        texts.with("honest-not-measured", &[("recordings", recordings.into())]),
        texts.get("honest-not-evidence"),
        texts.get("statement-no-flag"),
    ]
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
             26.7\u{a0}% could not be seen or was not analysed). Sensitivity on these cameras has not been \
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
