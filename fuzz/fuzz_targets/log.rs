//! A log from anywhere is checked to its end, and only what is written in one way counts as an entry.
#![no_main]

use kuager::chain::{FindingCode, check_log, is_same_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let dir = tempfile::tempdir().expect("a folder for the log");
    let day = dir.path().join("log/2026-11-03.jsonl");
    std::fs::create_dir_all(dir.path().join("log")).expect("a folder for the log");
    std::fs::write(&day, bytes).expect("a log");
    let mut entries = 0;
    let checked = check_log(dir.path(), None, &[], |entry| {
        entries += 1;
        let text = serde_json::to_value(entry).expect("an entry is JSON");
        assert!(is_same_json(&text, &text));
    })
    .expect("a log that can be read");
    assert!(entries <= checked.leaves.len());
    // No key signed it.
    assert!(checked.findings.iter().any(|f| f.code == FindingCode::KeyUnusable));
});
