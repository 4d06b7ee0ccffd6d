//! The alarm level of a camera in words: which is in use, what it rests on, and what it may have cost.

use serde_json::{Value as Json, json};

use crate::domain::{Calibration, CameraLevel, LevelInUse};
use crate::text::{Texts, Value, printable};

/// Sentences on the level, the footage's hashes not among them.
pub fn level_sentences(level: &LevelInUse, texts: &Texts) -> Vec<String> {
    let mut values = vec![("camera", printable(&level.camera).into()), ("level", shown(level.level))];
    let id = match &level.newest {
        CameraLevel::Never => "level-own",
        CameraLevel::Removed { at } => {
            values.push(("made", texts.date_time(at).into()));
            "level-removed"
        }
        CameraLevel::Calibrated(c) => {
            values.push(("made", texts.date_time(&c.made_at).into()));
            if level.is_applied { "level-learnt" } else { "level-other-rules" }
        }
    };
    let mut sentences = vec![texts.with(id, &values), bounds(level, texts)];
    if let CameraLevel::Calibrated(calibration) = &level.newest {
        sentences.extend(learnt(calibration, texts));
    }
    sentences
}

/// SHA-256 of the recordings a level in use was learnt on.
pub fn level_footage(level: &LevelInUse) -> Vec<&str> {
    match &level.newest {
        CameraLevel::Calibrated(c) => c.footage.iter().map(|f| f.sha256.as_str()).collect(),
        CameraLevel::Never | CameraLevel::Removed { .. } => Vec::new(),
    }
}

fn shown(level: f32) -> Value {
    Value::Measure { value: level.into(), decimals: 2 }
}

fn bounds(level: &LevelInUse, texts: &Texts) -> String {
    let bounds = level.bounds;
    if bounds.lowest >= bounds.highest {
        return texts.with("level-fixed", &[("own", shown(bounds.own))]);
    }
    let values =
        [("own", shown(bounds.own)), ("lowest", shown(bounds.lowest)), ("highest", shown(bounds.highest))];
    let range = texts.with("level-bounds", &values);
    let known = match level.known_at_highest.as_slice() {
        [] => texts.get("level-unmeasured"),
        figures => texts.with("level-known", &[("figures", printable(&figures.join("; ")).into())]),
    };
    format!("{range} {known}")
}

/// On what it was learnt, how many flags it gave there, and whether that is what was wished for.
fn learnt(calibration: &Calibration, texts: &Texts) -> Vec<String> {
    let flags = |count: u64| texts.with("count-flags", &[("count", count.into())]);
    let c = calibration;
    let values = [
        ("recordings", texts.with("count-recordings", &[("count", c.footage.len().into())]).into()),
        ("usable", texts.duration(c.usable_secs()).into()),
        ("flags", flags(c.flags).into()),
        ("own_flags", flags(c.flags_at_own).into()),
        ("wanted", texts.number(c.wanted_per_hour, 1).into()),
        ("run", c.run.0.clone().into()),
    ];
    let mut sentences = vec![texts.with("level-basis", &values)];
    if c.is_noisier_than_wanted {
        sentences.push(texts.get("level-noisier"));
    }
    sentences
}

/// The line `alarm_level`.
pub fn level_line(level: &LevelInUse) -> Json {
    let mut line = json!({
        "type": "alarm_level",
        "schema": super::json_lines::SCHEMA,
        "camera": level.camera,
        "level": number(level.level),
        "own_level": number(level.bounds.own),
        "lowest_level": number(level.bounds.lowest),
        "highest_level": number(level.bounds.highest),
        "known_at_highest": level.known_at_highest,
        "calibrated": level.is_applied,
    });
    match &level.newest {
        CameraLevel::Never => {}
        CameraLevel::Removed { at } => line["removed_at"] = json!(at),
        CameraLevel::Calibrated(c) => line["calibration"] = calibration_value(c),
    }
    line
}

/// With as many digits as it was given, not as its binary form has.
fn number(level: f32) -> f64 {
    super::json_lines::rounded(level.into(), 4)
}

fn calibration_value(c: &Calibration) -> Json {
    json!({
        "made_at": c.made_at,
        "run": c.run.0,
        "level": number(c.level),
        "usable_secs": c.usable_secs(),
        "recordings": c.footage.len(),
        "sha256": c.footage.iter().map(|f| &f.sha256).collect::<Vec<_>>(),
        "flags": c.flags,
        "flags_at_own_level": c.flags_at_own,
        "wanted_per_hour": c.wanted_per_hour,
        "noisier_than_wanted": c.is_noisier_than_wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CalibrationFootage, LevelBounds, RunId};
    use crate::text::Lang;

    fn level(is_applied: bool, highest: f32) -> LevelInUse {
        let bounds = LevelBounds { own: 0.65, lowest: 0.65, highest };
        let calibration = Calibration {
            camera: "block 4".to_owned(),
            made_at: "2026-11-03T15:00:00Z".to_owned(),
            run: RunId("20261103T140507Z-3f9a1c".to_owned()),
            level: 0.65_f32.max(highest),
            bounds,
            wanted_per_hour: 2.0,
            flags: 3,
            flags_at_own: 9,
            is_noisier_than_wanted: true,
            rules_digest: "ab".repeat(32),
            footage: vec![CalibrationFootage { sha256: "cd".repeat(32), usable_secs: 4000.0 }],
        };
        LevelInUse {
            camera: "block 4".to_owned(),
            level: if is_applied { calibration.level } else { 0.65 },
            bounds,
            newest: CameraLevel::Calibrated(Box::new(calibration)),
            is_applied,
            known_at_highest: Vec::new(),
        }
    }

    #[test]
    fn a_raised_level_is_told_with_all_it_rests_on() {
        for lang in [Lang::En, Lang::Ru, Lang::Kk] {
            let text = level_sentences(&level(true, 0.75), &Texts::new(lang)).join("\n");
            let number = |n: &str| if lang == Lang::En { n.to_owned() } else { n.replace('.', ",") };
            for wanted in [number("0.75"), number("0.65"), "block 4".into(), "20261103T140507Z-3f9a1c".into()]
            {
                assert!(text.contains(&wanted), "{lang}: {wanted} is missing in {text}");
            }
        }
        let text = level_sentences(&level(true, 0.75), &Texts::new(Lang::En)).join("\n");
        for wanted in [
            "1 recording",
            "1\u{a0}h\u{a0}6\u{a0}min",
            "3 flags",
            "9 flags",
            "stays noisier",
            "has not been measured",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing in {text}");
        }
        assert_eq!(level_footage(&level(true, 0.75)), ["cd".repeat(32)]);
    }

    #[test]
    fn a_calibration_that_does_not_hold_is_told_too() {
        let text = level_sentences(&level(false, 0.65), &Texts::new(Lang::En)).join("\n");
        assert!(text.contains("other models or rules") && text.contains("allows no other level"), "{text}");
        let line = level_line(&level(false, 0.65));
        assert_eq!((&line["calibrated"], &line["calibration"]["recordings"]), (&false.into(), &1.into()));
    }
}
