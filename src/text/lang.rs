//! The languages the program speaks.

use std::fmt;
use std::str::FromStr;

use unic_langid::LanguageIdentifier;

/// A language of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    #[default]
    En,
}

/// A language the program does not speak.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown language, known are kk, ru and en: {0}")]
pub struct UnknownLang(pub String);

impl Lang {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kk, Self::Ru, Self::En];

    /// Its BCP 47 tag, as in `--lang` and in the `lang` attribute of pages.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language a POSIX locale variable asks for (`kk_KZ.UTF-8`, or a list as in `LANGUAGE=kk:ru`): the first
    /// known one, else English.
    pub fn from_locale_env(value: &str) -> Self {
        value.split(':').find_map(|locale| Self::of_locale(locale).ok()).unwrap_or_default()
    }

    fn of_locale(locale: &str) -> Result<Self, UnknownLang> {
        locale.split(['_', '-', '.', '@']).next().unwrap_or_default().parse()
    }

    pub(super) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().expect("a tag of two letters is a language identifier")
    }

    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Kk => include_str!("../../locales/kk.ftl"),
            Self::Ru => include_str!("../../locales/ru.ftl"),
            Self::En => include_str!("../../locales/en.ftl"),
        }
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(tag: &str) -> Result<Self, UnknownLang> {
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(tag))
            .ok_or_else(|| UnknownLang(tag.to_owned()))
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_variables_choose_the_first_known_language() {
        assert_eq!(Lang::from_locale_env("kk_KZ.UTF-8"), Lang::Kk);
        assert_eq!(Lang::from_locale_env("ru_KZ@euro"), Lang::Ru);
        assert_eq!(Lang::from_locale_env("uz:ru:en"), Lang::Ru);
        assert_eq!(Lang::from_locale_env("C.UTF-8"), Lang::En);
        assert_eq!(Lang::from_locale_env(""), Lang::En);
    }

    #[test]
    fn an_unknown_tag_is_refused() {
        assert_eq!("KK".parse(), Ok(Lang::Kk));
        assert_eq!("de".parse::<Lang>(), Err(UnknownLang("de".into())));
    }
}
