//! Compares what the report writes with the files in `tests/golden/report/`.
//!
//! After a wanted change: `KUAGER_UPDATE_GOLDEN=1 cargo test report::`, then read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use crate::domain::{IncidentEvent, IncidentKind};
use crate::text::{Lang, Texts};

fn assert_golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/report").join(name);
    if std::env::var_os("KUAGER_UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    if let Some((number, (wanted, got))) = first_difference(&golden, actual) {
        panic!("{} differs in line {number}\nwanted: {wanted}\n   got: {got}", path.display());
    }
}

fn first_difference<'a>(golden: &'a str, actual: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    let lines = golden.lines().count().max(actual.lines().count());
    let at = |text: &'a str, n| text.lines().nth(n).unwrap_or("(no such line)");
    (0..lines).map(|n| (n + 1, (at(golden, n), at(actual, n)))).find(|(_, (wanted, got))| wanted != got)
}

/// Pictures may differ by a bit from one processor to another; their place in the page may not.
fn without_pictures(html: &str) -> String {
    let mut parts = html.split("base64,");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (jpeg, rest) = part.split_once('"').unwrap();
        assert!(jpeg.len() > 1000, "there is a picture");
        out += "base64,…\"";
        out += rest;
    }
    out
}

fn rendered(lang: Lang) -> String {
    let stills = tempfile::tempdir().unwrap();
    fixture::write_stills(stills.path());
    let html = render(&fixture::report(stills.path()), lang);
    let folder = stills.path().display().to_string().replace('/', "&#x2f;");
    html.replace(&folder, "/data/stills").replace("/data/stills&#x2f;", "/data/stills/")
}

#[test]
fn the_page() {
    for lang in Lang::ALL {
        assert_golden(&format!("report.{lang}.html"), &without_pictures(&rendered(lang)));
    }
}

#[test]
fn a_run_without_flags() {
    let mut data = fixture::report(Path::new("/data/stills"));
    data.sources = vec![data.sources.remove(1)];
    data.errors.clear();
    data.totals.is_interrupted = false;
    assert_golden("report.none.en.html", &render(&data, Lang::En));
    assert_golden("table.none.en.txt", &table(&data, &Texts::new(Lang::En), 80));
}

#[test]
fn many_recordings_are_told_by_their_news_and_their_most_urgent_flags() {
    let mut data = fixture::report(Path::new("/data/stills"));
    let flagged = data.sources.iter().find(|s| !s.incidents.is_empty()).unwrap().clone();
    let mut quiet = flagged.clone();
    (quiet.incidents, quiet.errors, quiet.coverage.blind, quiet.is_complete) = (vec![], vec![], vec![], true);
    quiet.source.path = "/footage/quiet.mp4".into();
    data.sources = vec![quiet; 30];
    data.sources.extend(vec![flagged; 6]);
    let text = table(&data, &Texts::new(Lang::En), 110);
    assert!(!text.contains("quiet.mp4"), "{text}");
    assert!(text.contains("in 30 recordings more"), "{text}");
    let first = text.split("Look first at:\n").nth(1).unwrap().lines().next().unwrap();
    assert!(first.contains("urgent"), "{first}");
}

#[test]
fn the_table() {
    let data = fixture::report(Path::new("/data/stills"));
    for lang in Lang::ALL {
        assert_golden(&format!("table.{lang}.txt"), &table(&data, &Texts::new(lang), 110));
    }
    assert_golden("table.narrow.en.txt", &table(&data, &Texts::new(Lang::En), 60));
}

#[test]
fn the_json_lines() {
    let data = fixture::report(Path::new("/data/stills"));
    let (texts, run) = (Texts::new(Lang::En), &data.run);
    let progress = json_lines::Progress {
        done_secs: 61.0,
        total_secs: Some(180.0),
        speed: Some(9.5),
        eta_secs: Some(12.5),
    };
    let mut lines = vec![json_lines::run_started(run), json_lines::progress(&progress)];
    let mut by_kind = BTreeMap::<IncidentKind, u64>::new();
    for result in &data.sources {
        for flagged in &result.incidents {
            let incident = flagged.incident.clone();
            *by_kind.entry(incident.kind).or_default() += 1;
            let event = match incident.is_open {
                true => IncidentEvent::New(incident),
                false => IncidentEvent::End(incident),
            };
            lines.push(json_lines::incident(&run.id, &result.source, &flagged.id, &event, &texts));
        }
        lines.extend(result.errors.iter().map(json_lines::input_error));
        lines.push(json_lines::coverage(result));
    }
    lines.extend(data.errors.iter().map(json_lines::input_error));
    lines.push(json_lines::run_finished(&run.id, &data.totals, &by_kind));
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert_golden("lines.jsonl", &lines);
}

#[test]
fn the_page_is_safe_from_file_names_and_needs_no_network() {
    let html = rendered(Lang::Kk);
    assert!(html.contains("&lt;script&gt;alert"), "the name is shown");
    assert!(!html.contains("<script"), "and not obeyed");
    for reference in ["http:", "https:", "//cdn", "@import", "url(http", "<link", "<iframe"] {
        assert!(!html.contains(reference), "{reference} in the page");
    }
    assert_eq!(html.matches("<img ").count(), 2);
    assert!(html.contains("/data/stills/missing.jpg"), "a missing still is named");
}

#[test]
fn no_verdicts() {
    for (lang, words) in [
        (Lang::En, ["torture", "guilty", "crime"]),
        (Lang::Ru, ["пытк", "виновн", "преступлени"]),
        (Lang::Kk, ["азаптау", "кінәлі", "қылмыс"]),
    ] {
        let html = rendered(lang).to_lowercase();
        let data = fixture::report(Path::new("/data/stills"));
        let table = table(&data, &Texts::new(lang), 100).to_lowercase();
        for word in words {
            assert!(!html.contains(word) && !table.contains(word), "{word} in {lang}");
        }
        let fixed = Texts::new(lang).get("statement-no-flag").to_lowercase();
        assert!(html.contains(&fixed) && table.replace('\n', " ").contains(&fixed), "{lang}");
    }
}
