//! Messages with their values filled in.

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::{FluentNumber, FluentNumberOptions};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::{Lang, number};
use crate::domain::{
    BlindCause, IncidentKind, MediaTime, Reason, ReasonCode, Severity, SourcePlace, Span, Stage,
};

/// A value for a variable of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, put in as it is.
    Text(String),
    /// A count; chooses the plural form.
    Count(u64),
    /// A measure, shown with exactly so many decimals; chooses the plural form as shown.
    Measure {
        /// The number.
        value: f64,
        /// Digits after the decimal separator.
        decimals: usize,
    },
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl Value {
    fn into_fluent(self) -> FluentValue<'static> {
        match self {
            Self::Text(text) => text.into(),
            Self::Count(count) => fluent_number(count as f64, 0),
            Self::Measure { value, decimals } => fluent_number(value, decimals),
        }
    }
}

fn fluent_number(value: f64, decimals: usize) -> FluentValue<'static> {
    let decimals = (decimals > 0).then_some(decimals); // as in a literal `1`, which a message may select by
    let options = FluentNumberOptions {
        minimum_fraction_digits: decimals,
        maximum_fraction_digits: decimals,
        ..Default::default()
    };
    FluentValue::Number(FluentNumber::new(value, options))
}

/// Why a message could not be made. A fault of the program, never of its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is no such message or attribute.
    #[error("no message in locales/{lang}.ftl: {id}")]
    Missing {
        /// The language.
        lang: Lang,
        /// The message, or `message.attribute`.
        id: String,
    },
    /// The message exists, but not with these values.
    #[error("message of locales/{lang}.ftl does not fit its values ({reason}): {id}")]
    Unfit {
        /// The language.
        lang: Lang,
        /// The message, or `message.attribute`.
        id: String,
        /// What Fluent says.
        reason: String,
    },
}

/// All texts in one language. Cheap to share between threads, not to make.
pub struct Texts {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The texts of a language.
    ///
    /// # Panics
    /// If an embedded locale file is broken; a test reads all of them.
    pub fn new(lang: Lang) -> Self {
        let resource = FluentResource::try_new(lang.source().to_owned())
            .unwrap_or_else(|(_, errors)| panic!("locales/{lang}.ftl is broken: {errors:?}"));
        let mut bundle = FluentBundle::new_concurrent(vec![lang.identifier()]);
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::Kk => |value, _| format_number(Lang::Kk, value),
            Lang::Ru => |value, _| format_number(Lang::Ru, value),
            Lang::En => |value, _| format_number(Lang::En, value),
        }));
        bundle
            .add_resource(resource)
            .unwrap_or_else(|errors| panic!("locales/{lang}.ftl defines a message twice: {errors:?}"));
        Self { lang, bundle }
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A message without variables; `id` or `id.attribute`.
    ///
    /// # Panics
    /// As [`Self::with`].
    pub fn get(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with its variables.
    ///
    /// # Panics
    /// In builds with debug assertions, if the message does not exist or does not fit. Other builds show the id in
    /// brackets: an account with one odd word is worth more than none.
    pub fn with(&self, id: &str, values: &[(&str, Value)]) -> String {
        self.try_with(id, values).unwrap_or_else(|error| {
            debug_assert!(false, "{error}");
            format!("⟦{id}⟧")
        })
    }

    /// A message with its variables, or why there is none.
    pub fn try_with(&self, id: &str, values: &[(&str, Value)]) -> Result<String, TextError> {
        let missing = || TextError::Missing { lang: self.lang, id: id.to_owned() };
        let (message, attribute) = id.split_once('.').map_or((id, None), |(m, a)| (m, Some(a)));
        let message = self.bundle.get_message(message).ok_or_else(missing)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name).map(|a| a.value()),
            None => message.value(),
        }
        .ok_or_else(missing)?;
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(Cow::Owned((*name).to_owned()), value.clone().into_fluent());
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(e) => Err(TextError::Unfit { lang: self.lang, id: id.to_owned(), reason: e.to_string() }),
        }
    }

    /// Why something was flagged: "two people within 0.8 body heights".
    pub fn reason(&self, reason: &Reason) -> String {
        let id = format!("reason-{}", reason.code.as_str());
        match reason.value.map(f64::from) {
            // Boxes that meet have no distance to tell.
            Some(value) if reason.code == ReasonCode::PeopleClose && value < 0.05 => {
                self.get(&format!("{id}.touching"))
            }
            Some(value) if is_difference_of_clocks(reason.code) => {
                let sign = if value < 0.0 { "\u{2212}" } else { "" };
                let shown = format!("{sign}{}", self.duration(value.abs()));
                self.with(&id, &[("value", shown.into())])
            }
            Some(value) if reason.code.unit().is_some() => {
                self.with(&id, &[("value", shown_value(reason.code, value))])
            }
            None if reason.code.unit().is_some() => self.get(&format!("{id}.bare")),
            _ => self.get(&id),
        }
    }

    /// The visible act.
    pub fn kind(&self, kind: IncidentKind) -> String {
        self.get(&format!("kind-{}", kind.as_str()))
    }

    /// How soon to look.
    pub fn severity(&self, severity: Severity) -> String {
        self.get(&format!("severity-{}", severity.as_str()))
    }

    /// What was being done.
    pub fn stage(&self, stage: Stage) -> String {
        self.get(&format!("stage-{}", stage.as_str()))
    }

    /// Why nothing could be seen.
    pub fn blind_cause(&self, cause: BlindCause) -> String {
        self.get(&format!("blind-{}", cause.as_str()))
    }

    /// A number with so many decimals, in the language's digits.
    pub fn number(&self, value: f64, decimals: usize) -> String {
        number::format(self.lang, value, decimals)
    }

    /// A length of time, cut (not rounded up) to what is shown: `12.4 s`, `3 min 20 s`, `5 h 12 min`.
    pub fn duration(&self, secs: f64) -> String {
        let secs = secs.max(0.0) + 1e-9; // 12.3 must not be shown as 12.2
        let whole = secs as u64;
        if whole < 60 {
            return self.with("unit-secs", &[("value", shown_secs((secs * 10.0).floor() / 10.0))]);
        }
        if whole < 3600 {
            let (mins, secs) = (whole / 60, whole % 60);
            return self.with("unit-mins-secs", &[("mins", mins.into()), ("secs", secs.into())]);
        }
        let (hours, mins) = (whole / 3600, whole / 60 % 60);
        self.with("unit-hours-mins", &[("hours", hours.into()), ("mins", mins.into())])
    }

    /// `hh:mm:ss`, cut to the second.
    pub fn clock(&self, at: MediaTime) -> String {
        let clock = at.clock();
        clock.split_once('.').map_or(clock.as_str(), |(secs, _)| secs).to_owned()
    }

    /// `hh:mm:ss` of start and end, the end rounded up, so that what is shown holds the whole stretch.
    pub fn clocks(&self, span: Span) -> (String, String) {
        const SECOND: i64 = 1_000_000_000;
        let end = span.end.nanos().saturating_add(SECOND - 1) / SECOND * SECOND;
        (self.clock(span.start), self.clock(MediaTime::from_nanos(end)))
    }

    /// `hh:mm:ss.mmm`, with the language's decimal separator.
    pub fn clock_millis(&self, at: MediaTime) -> String {
        at.clock().replace('.', &number::decimal_separator(self.lang).to_string())
    }

    /// An RFC 3339 instant as date and time in UTC: `03.11.2026 14:05:07 UTC`, in English `2026-11-03 14:05:07 UTC`.
    /// What is no such instant is given back as it is.
    pub fn date_time(&self, rfc3339: &str) -> String {
        let Ok(at) = OffsetDateTime::parse(rfc3339, &Rfc3339) else { return rfc3339.to_owned() };
        format!("{} UTC", self.date_and_clock(at.to_offset(UtcOffset::UTC)))
    }

    /// Date and time of an instant of a recording by the clocks of the place where it was made, `03.11.2026 19:05:07`; none
    /// where its time of day is not known.
    pub fn local_time(&self, place: &SourcePlace, at: MediaTime) -> Option<String> {
        let local = place.wall?.of(at).after_secs(place.ahead_of_utc_secs as f64);
        let local = OffsetDateTime::from_unix_timestamp(local.millis().div_euclid(1000)).ok()?;
        Some(self.date_and_clock(local))
    }

    fn date_and_clock(&self, at: OffsetDateTime) -> String {
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second) = at.to_hms();
        let date = match self.lang {
            Lang::Kk | Lang::Ru => format!("{day:02}.{:02}.{year:04}", u8::from(month)),
            Lang::En => format!("{year:04}-{:02}-{day:02}", u8::from(month)),
        };
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}

fn format_number(lang: Lang, value: &FluentValue) -> Option<String> {
    let FluentValue::Number(n) = value else { return None };
    Some(number::format(lang, n.value, n.options.maximum_fraction_digits.unwrap_or_default()))
}

/// Lengths of time from seconds to years, which are shown as such; negative where the other clock is behind.
fn is_difference_of_clocks(code: ReasonCode) -> bool {
    use ReasonCode::{
        ClockInFuture, ClockJump, ContainerDiffers, ContainersMadeAnew, DriftSecs, EmptyFile,
        FileDateDiffers, FolderDateDiffers, GapSecs, HourTwice, LongerSecs, NoPictures, OverlapSecs,
        SameBytes, SamePictures, ShortSecs, SidecarDiffers,
    };
    matches!(
        code,
        GapSecs | ShortSecs | LongerSecs | EmptyFile | NoPictures | OverlapSecs | SameBytes | SamePictures
    ) || matches!(
        code,
        ContainerDiffers | ContainersMadeAnew | DriftSecs | FileDateDiffers | FolderDateDiffers
    ) || matches!(code, SidecarDiffers | ClockInFuture | ClockJump | HourTwice)
}

/// How precisely a reason's value is worth showing; shares of what is left or gone become per cent.
fn shown_value(code: ReasonCode, value: f64) -> Value {
    match code {
        ReasonCode::PeopleTogether
        | ReasonCode::PeopleOver
        | ReasonCode::PeopleLeft
        | ReasonCode::PeopleCame
        | ReasonCode::LimbBursts => Value::Count(value.round().max(0.0) as u64),
        ReasonCode::ModelProbability => Value::Measure { value, decimals: 2 },
        ReasonCode::DetailLost | ReasonCode::SharpnessLeft | ReasonCode::SceneGone => {
            Value::Measure { value: value * 100.0, decimals: 0 }
        }
        ReasonCode::MaskedShare => Value::Measure { value: value * 100.0, decimals: 0 },
        ReasonCode::Brightness | ReasonCode::PictureLines | ReasonCode::PictureLinesBefore => {
            Value::Measure { value, decimals: 0 }
        }
        ReasonCode::RecordingsConcerned | ReasonCode::OtherCamerasToo => {
            Value::Count(value.round().max(0.0) as u64)
        }
        code if code.unit() == Some("secs") => shown_secs(value),
        _ => Value::Measure { value, decimals: 1 },
    }
}

fn shown_secs(secs: f64) -> Value {
    let decimals = usize::from(secs.fract() != 0.0 && secs < 60.0);
    Value::Measure { value: secs, decimals }
}
