//! Holds the locale files to each other and to the domain.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::*;
use crate::chain::FindingCode;
use crate::domain::{BlindCause, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Stage};

const REASONS: [ReasonCode; 34] = [
    ReasonCode::ModelProbability,
    ReasonCode::PeopleTogether,
    ReasonCode::PeopleClose,
    ReasonCode::LimbSpeed,
    ReasonCode::WholePicture,
    ReasonCode::Fell,
    ReasonCode::FoundFaintly,
    ReasonCode::LyingStill,
    ReasonCode::AfterViolence,
    ReasonCode::DetailLost,
    ReasonCode::BlindSecs,
    ReasonCode::Lies,
    ReasonCode::LimbBursts,
    ReasonCode::PostureHeld,
    ReasonCode::PeopleOver,
    ReasonCode::Moved,
    ReasonCode::FacesAway,
    ReasonCode::PeopleLeft,
    ReasonCode::PeopleCame,
    ReasonCode::TransitSecs,
    ReasonCode::SharpnessLeft,
    ReasonCode::SceneGone,
    ReasonCode::Brightness,
    ReasonCode::SamePictureSecs,
    ReasonCode::RepeatsAfterSecs,
    ReasonCode::RepeatedSecs,
    ReasonCode::MaskedShare,
    ReasonCode::PictureRate,
    ReasonCode::PictureRateBefore,
    ReasonCode::PictureLines,
    ReasonCode::PictureLinesBefore,
    ReasonCode::GapAfterViolence,
    ReasonCode::GapAfterGathering,
    ReasonCode::GapAfterRaisedScore,
];

/// Message or `message.attribute` with the variables it uses.
fn messages(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    let (mut message, mut current) = (String::new(), String::new());
    for line in lang.source().lines().filter(|l| !l.starts_with('#')) {
        let head = line.trim_start().split(" =").next().unwrap_or_default();
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            message = head.to_owned();
            current = message.clone();
        } else if head.starts_with('.') {
            current = format!("{message}{head}");
        }
        if !current.is_empty() {
            found.entry(current.clone()).or_default().extend(variables(line));
        }
    }
    found
}

fn variables(line: &str) -> impl Iterator<Item = String> {
    line.split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
}

#[test]
fn all_languages_have_the_same_messages_and_variables() {
    let english = messages(Lang::En);
    assert!(english.len() > 100, "the files were read");
    for lang in [Lang::Kk, Lang::Ru] {
        assert_eq!(messages(lang), english, "{lang} differs from en");
    }
}

#[test]
fn every_message_formats_in_every_language() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        for (id, variables) in messages(lang) {
            let values: Vec<_> = variables.iter().map(|v| (v.as_str(), Value::Count(21))).collect();
            let text = texts.try_with(&id, &values).unwrap();
            assert!(!text.is_empty() && !text.contains(['{', '\u{2068}']), "{id}: {text}");
        }
    }
}

#[test]
fn everything_the_domain_can_say_has_words() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        for code in REASONS {
            assert!(!texts.reason(&Reason::fact(code)).is_empty());
            assert!(!texts.reason(&Reason::measured(code, 0.5)).is_empty());
        }
        for kind in IncidentKind::ALL {
            assert!(!texts.kind(kind).is_empty());
            assert!(!texts.get(&format!("kind-{kind}.about")).is_empty());
        }
        for severity in [Severity::Note, Severity::Alert, Severity::Urgent] {
            assert!(!texts.severity(severity).is_empty());
        }
        for stage in [Stage::Open, Stage::Demux, Stage::Decode, Stage::Infer, Stage::Store] {
            assert!(!texts.stage(stage).is_empty());
        }
        for code in FindingCode::ALL {
            assert!(!texts.get(&format!("finding-{}", code.as_str())).is_empty());
        }
        for cause in BlindCause::ALL {
            assert!(!texts.blind_cause(cause).is_empty());
        }
    }
}

/// Every text named in the sources exists: `texts.get("…")`, `texts.with("…")` and `t("…")` in templates.
#[test]
fn every_text_named_in_the_sources_exists() {
    let known = messages(Lang::En);
    let mut named = 0;
    for (file, content) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for call in ["texts.get(\"", "texts.with(\"", "self.with(\"", "{{ t(\""] {
            for rest in content.split(call).skip(1) {
                let id = rest.split('"').next().unwrap_or_default();
                assert!(known.contains_key(id), "{file} names {id}");
                named += 1;
            }
        }
    }
    assert!(named > 20, "the sources were read");
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.file_name().is_some_and(|n| n != "locale_tests.rs") {
            let name = path.display().to_string();
            found.extend(fs::read_to_string(&path).ok().map(|content| (name, content)));
        }
    }
    found
}

#[test]
fn a_missing_message_is_an_error() {
    let texts = Texts::new(Lang::Kk);
    let missing = TextError::Missing { lang: Lang::Kk, id: "no-such-message".into() };
    assert_eq!(texts.try_with("no-such-message", &[]), Err(missing));
    assert!(matches!(texts.try_with("count-flags", &[]), Err(TextError::Unfit { .. })));
}

#[test]
#[should_panic(expected = "no message in locales/ru.ftl: no-such-message")]
fn a_missing_message_is_not_passed_over_in_silence() {
    Texts::new(Lang::Ru).get("no-such-message");
}

#[test]
fn russian_plurals() {
    let texts = Texts::new(Lang::Ru);
    let flags = |n: u64| texts.with("count-flags", &[("count", n.into())]);
    assert_eq!(flags(0), "0 отметок");
    assert_eq!(flags(1), "1 отметка");
    assert_eq!(flags(2), "2 отметки");
    assert_eq!(flags(5), "5 отметок");
    assert_eq!(flags(11), "11 отметок");
    assert_eq!(flags(21), "21 отметка");
    let fraction = Value::Measure { value: 1.5, decimals: 1 };
    assert_eq!(texts.with("count-flags", &[("count", fraction)]), "1,5 отметки");
}

#[test]
fn kazakh_and_english_plurals() {
    let kk = Texts::new(Lang::Kk);
    let people = |n: u64| kk.with("count-people", &[("count", n.into())]);
    assert_eq!((people(1).as_str(), people(3).as_str()), ("бір адам", "3 адамға дейін"));
    let en = Texts::new(Lang::En);
    let flags = |n: u64| en.with("count-flags", &[("count", n.into())]);
    assert_eq!((flags(1).as_str(), flags(21).as_str()), ("1 flag", "21 flags"));
}

#[test]
fn reasons_in_words() {
    let reason = |lang, code, value| Texts::new(lang).reason(&Reason::measured(code, value));
    assert_eq!(reason(Lang::En, ReasonCode::PeopleClose, 0.8), "two people within 0.8 body heights");
    assert_eq!(reason(Lang::En, ReasonCode::PeopleClose, 0.0), "two people touch in the picture");
    assert_eq!(reason(Lang::En, ReasonCode::LimbSpeed, 4.1), "limb speed 4.1 body heights/s");
    assert_eq!(reason(Lang::En, ReasonCode::ModelProbability, 0.93), "model 0.93");
    assert_eq!(reason(Lang::Ru, ReasonCode::ModelProbability, 0.93), "модель 0,93");
    assert_eq!(reason(Lang::En, ReasonCode::DetailLost, 0.04), "4\u{a0}% of the picture's detail is left");
    assert_eq!(reason(Lang::Kk, ReasonCode::LyingStill, 75.0), "75\u{a0}с қозғалыссыз жатыр");
    assert_eq!(reason(Lang::Ru, ReasonCode::PeopleTogether, 3.0), "рядом 3 человека");
}

#[test]
fn times_and_lengths() {
    let (en, ru) = (Texts::new(Lang::En), Texts::new(Lang::Ru));
    assert_eq!(en.duration(12.3), "12.3\u{a0}s");
    assert_eq!(en.duration(59.99), "59.9\u{a0}s");
    assert_eq!(ru.duration(12.0), "12\u{a0}с");
    assert_eq!(ru.duration(200.7), "3\u{a0}мин\u{a0}20\u{a0}с");
    assert_eq!(en.duration(18_755.0), "5\u{a0}h\u{a0}12\u{a0}min");
    assert_eq!(en.clock(MediaTime::from_millis(3_723_945)), "01:02:03");
    assert_eq!(ru.clock_millis(MediaTime::from_millis(3_723_045)), "01:02:03,045");
    assert_eq!(ru.date_time("2026-11-03T19:05:07.25+05:00"), "03.11.2026 14:05:07 UTC");
    assert_eq!(en.date_time("2026-11-03T14:05:07Z"), "2026-11-03 14:05:07 UTC");
    assert_eq!(en.date_time("yesterday"), "yesterday");
}
