//! A report for people: one figure a line, what belongs together indented below its name.

use serde_json::Value;

/// Lists of every single item: for programs, not for people.
const LISTS: [&str; 3] = ["scores", "matches", "false_alarm_list"];
/// Columns that names take.
const NAME_WIDTH: usize = 34;

/// The report as lines of text.
pub(super) fn text(report: &Value) -> String {
    let mut lines = String::new();
    for (key, value) in report.as_object().into_iter().flatten() {
        if !["type", "schema", "notes"].contains(&key.as_str()) && !LISTS.contains(&key.as_str()) {
            put(&mut lines, 0, key, value);
        }
    }
    for note in report["notes"].as_array().into_iter().flatten() {
        lines.push_str(&format!("note: {}\n", note["text"].as_str().unwrap_or_default()));
    }
    lines
}

fn put(lines: &mut String, depth: usize, key: &str, value: &Value) {
    let indent = "  ".repeat(depth);
    let width = NAME_WIDTH.saturating_sub(indent.len());
    match value.as_object() {
        Some(parts) => {
            lines.push_str(&format!("{indent}{key}\n"));
            for (key, value) in parts {
                put(lines, depth + 1, key, value);
            }
        }
        None => lines.push_str(&format!("{indent}{key:<width$} {}\n", shown(value))),
    }
}

/// Numbers with at most four decimals, intervals as `low to high`.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(n) if n.is_f64() => {
            let text = format!("{:.4}", n.as_f64().unwrap_or_default());
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Value::Array(ends) => ends.iter().map(shown).collect::<Vec<_>>().join(" to "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_one_a_line_below_what_they_belong_to() {
        let report = serde_json::json!({
            "type": "eval_events", "schema": 1, "events": 3, "recall": 2.0 / 3.0, "recall_ci": [0.25, 1.0],
            "by_kind": {"violence": {"hit": 2}}, "notes": [{"code": "x", "text": "Said plainly."}], "matches": [1]
        });
        let lines: Vec<String> = text(&report).lines().map(str::to_owned).collect();
        let wanted = [
            "events                             3",
            "recall                             0.6667",
            "recall_ci                          0.25 to 1",
            "by_kind",
            "  violence",
            "    hit                            2",
            "note: Said plainly.",
        ];
        assert_eq!(lines, wanted);
    }
}
