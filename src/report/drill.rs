//! What a drill found: for people and as a line.

use serde_json::{Value as Json, json};

use super::json_lines::rounded;
use crate::domain::{Drill, DrilledKind, Staging};
use crate::eval::wilson;
use crate::text::{Texts, Value, printable};

/// The drill for people, kind by kind. `earlier` is the drill of the camera before; `not_looked_for` what was staged of
/// kinds that its settings do not look for.
pub fn drill_text(
    drill: &Drill,
    earlier: Option<&Drill>,
    not_looked_for: &[(&str, u64)],
    texts: &Texts,
) -> String {
    let made = [("camera", printable(&drill.camera).into()), ("made", drill.made_at.clone().into())];
    let mut lines = vec![texts.with("drill-title", &made), String::new()];
    lines.extend(drill.kinds.iter().map(|kind| row(kind, texts)));
    lines.push(String::new());
    let sum = drill.sensitivity();
    lines.push(texts.with("drill-together", &shares(sum.found, sum.staged)));
    lines.push(staging(&drill.staging, texts));
    if !not_looked_for.is_empty() {
        let named = not_looked_for.iter().map(|(kind, count)| format!("{} {count}", kind_name(kind, texts)));
        let kinds = named.collect::<Vec<_>>().join(", ");
        lines.push(texts.with("drill-not-looked-for", &[("kinds", kinds.into())]));
    }
    if let Some(earlier) = earlier {
        let sum = earlier.sensitivity();
        let values = [
            ("made", earlier.made_at.clone().into()),
            ("found", sum.found.into()),
            ("staged", sum.staged.into()),
        ];
        lines.push(texts.with("drill-earlier", &values));
    }
    lines.push(texts.get("drill-meaning"));
    lines.join("\n") + "\n"
}

fn row(kind: &DrilledKind, texts: &Texts) -> String {
    let name = texts.kind(kind.kind);
    let found = match kind.staged {
        0 => texts.get("drill-none-staged"),
        staged => texts.with("drill-found", &shares(kind.found, staged)),
    };
    let mut row = format!("  {name}: {found}");
    if kind.false_flags > 0 {
        let flags = texts.with("count-flags", &[("count", kind.false_flags.into())]);
        row.push_str(&format!("; {}", texts.with("drill-false", &[("flags", flags.into())])));
    }
    row
}

/// How many of how many, and the interval in per cent.
fn shares(found: u64, staged: u64) -> [(&'static str, Value); 4] {
    let percent = |share: f64| Value::Measure { value: 100.0 * share, decimals: 0 };
    let interval = wilson(found, staged);
    let (low, high) = interval.map_or((0.0, 1.0), |i| (i.lo, i.hi));
    [("found", found.into()), ("staged", staged.into()), ("low", percent(low)), ("high", percent(high))]
}

fn staging(staging: &Staging, texts: &Texts) -> String {
    let id = format!("drill-staging-{}", staging.as_str());
    match staging {
        Staging::AsMade | Staging::ActedHere => texts.get(&id),
        Staging::Recorded { size, fps, bits_per_sec } => {
            let values = [
                ("size", format!("{}×{}", size[0], size[1]).into()),
                ("fps", texts.number(*fps, 1).into()),
                ("kbits", texts.number(bits_per_sec / 1000.0, 0).into()),
            ];
            texts.with(&id, &values)
        }
    }
}

/// A kind of the labels need not be one of ours.
fn kind_name(kind: &str, texts: &Texts) -> String {
    crate::domain::IncidentKind::from_name(kind).map_or_else(|| printable(kind), |kind| texts.kind(kind))
}

/// The line `drill`.
pub fn drill_line(drill: &Drill) -> Json {
    let sum = drill.sensitivity();
    let kinds: serde_json::Map<String, Json> =
        drill.kinds.iter().map(|k| (k.kind.to_string(), of_kind(k))).collect();
    let mut line = json!({
        "type": "drill",
        "schema": super::json_lines::SCHEMA,
        "camera": drill.camera,
        "made_at": drill.made_at,
        "program_version": drill.program_version,
        "rules_digest": drill.rules_digest,
        "clips": drill.clips,
        "clips_sha256": drill.clips_sha256,
        "analysed_secs": rounded(drill.analysed_secs, 3),
        "staging": drill.staging.as_str(),
        "found": sum.found,
        "staged": sum.staged,
        "found_ci": interval(sum.found, sum.staged),
        "by_kind": kinds,
    });
    if let Staging::Recorded { size, fps, bits_per_sec } = drill.staging {
        line["like"] = json!({
            "width": size[0], "height": size[1], "fps": rounded(fps, 3), "bits_per_sec": bits_per_sec.round(),
        });
    }
    line
}

fn of_kind(kind: &DrilledKind) -> Json {
    json!({
        "staged": kind.staged,
        "found": kind.found,
        "found_ci": interval(kind.found, kind.staged),
        "false_flags": kind.false_flags,
    })
}

/// Null where nothing was staged.
fn interval(found: u64, staged: u64) -> Json {
    wilson(found, staged).map_or(Json::Null, |i| json!([rounded(i.lo, 4), rounded(i.hi, 4)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::IncidentKind;
    use crate::text::Lang;

    fn drill() -> Drill {
        Drill {
            camera: "Block 4".to_owned(),
            made_at: "2026-11-03T16:00:00Z".to_owned(),
            program_version: "0.1.0".to_owned(),
            rules_digest: "a".repeat(64),
            clips_sha256: "b".repeat(64),
            clips: 6,
            analysed_secs: 80.0,
            staging: Staging::Recorded { size: [704, 576], fps: 12.5, bits_per_sec: 512_000.0 },
            kinds: vec![
                DrilledKind { kind: IncidentKind::Violence, staged: 4, found: 3, false_flags: 1 },
                DrilledKind { kind: IncidentKind::PersonDown, staged: 0, found: 0, false_flags: 2 },
            ],
        }
    }

    #[test]
    fn every_share_has_its_interval() {
        let text = drill_text(&drill(), None, &[("dragging", 2)], &Texts::new(Lang::En));
        assert!(text.contains("possible violence: 3 of 4 found (30 to 95\u{a0}%)"), "{text}");
        assert!(text.contains("person down: none staged"), "{text}");
        assert!(text.contains("704×576") && text.contains("dragging 2"), "{text}");
        let line = drill_line(&drill());
        assert_eq!((&line["found"], &line["staged"]), (&json!(3), &json!(4)));
        assert_eq!(line["by_kind"]["person_down"]["found_ci"], Json::Null);
        assert_eq!(line["by_kind"]["violence"]["found_ci"], json!([0.3006, 0.9544]));
    }

    #[test]
    fn a_drill_before_is_told_in_every_language() {
        for lang in Lang::ALL {
            let texts = Texts::new(lang);
            let alone = drill_text(&drill(), None, &[], &texts).lines().count();
            assert_eq!(drill_text(&drill(), Some(&drill()), &[], &texts).lines().count(), alone + 1);
        }
    }
}
