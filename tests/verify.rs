//! What a scan leaves can be checked, and whatever is changed, removed or added afterwards is found.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::PathBuf;
use std::sync::LazyLock;

use common::{Case, Outcome, copy_folder, sample};
use rusqlite::Connection;

/// One scan with a flag and a still, copied by each test.
static SCANNED: LazyLock<Case> = LazyLock::new(|| {
    let case = Case::new();
    let outcome = case.scan([sample("cell_camera_covered.mp4")]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    case
});

/// A copy of the scanned data directory, in a place of its own.
struct Copy {
    case: Case,
}

impl Copy {
    fn new() -> Self {
        let case = Case::new();
        copy_folder(&SCANNED.data_dir(), &case.data_dir());
        Self { case }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.case.data_dir().join(name)
    }

    /// The one file in a folder with this ending.
    fn file(&self, folder: &str, ending: &str) -> PathBuf {
        let files = walkdir::WalkDir::new(self.folder(folder)).into_iter().map(|e| e.unwrap().into_path());
        files.into_iter().find(|p| p.extension().is_some_and(|e| e == ending)).unwrap()
    }

    fn sql(&self, statement: &str) -> usize {
        Connection::open(self.folder("kuager.sqlite")).unwrap().execute(statement, []).unwrap()
    }

    fn verify(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.case.kuager([&["verify", "--json"], arguments].concat()))
    }

    /// The codes found, each once, and that the program says so with its exit code.
    #[track_caller]
    fn assert_found(&self, arguments: &[&str], codes: &[&str]) {
        let outcome = self.verify(arguments);
        let mut found: Vec<_> =
            outcome.of_type("finding").iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect();
        found.dedup();
        assert_eq!(found, codes, "{}", outcome.stdout);
        assert_eq!(outcome.code, 4);
        assert_eq!(outcome.of_type("verified")[0]["state"], "broken");
    }
}

#[test]
fn what_a_scan_left_is_intact_wherever_it_is_copied_to() {
    let copy = Copy::new();
    let outcome = copy.verify(&[]);
    assert_eq!((outcome.code, outcome.of_type("finding").len()), (0, 0), "{}", outcome.stdout);
    let verified = outcome.of_type("verified")[0];
    assert_eq!((&verified["state"], &verified["flags"]), (&"intact_unknown_key".into(), &1.into()));
    assert_eq!(verified["entries"], verified["signed"]);
    let key = copy.file("keys", "pub");
    let known = copy.verify(&["--key", key.to_str().unwrap()]);
    assert_eq!(known.of_type("verified")[0]["state"], "intact");
    let text = Outcome::of(copy.case.kuager(["verify"]));
    assert!(text.stdout.contains("Intact by its own key"), "{}", text.stdout);
}

#[test]
fn a_row_that_was_changed_removed_or_added_is_found() {
    for (statement, code) in [
        ("delete from incident", "row_missing"),
        ("update incident set severity = 'note'", "row_differs"),
        ("update incident set peak_score = 0.125", "row_differs"),
        ("update incident set start_ns = start_ns + 1", "row_differs"),
        ("delete from incident_reason where position = 0", "row_differs"),
        ("update incident_region set x = x + 1 where position = 0", "row_differs"),
        ("update source set usable_secs = analysed_secs", "row_differs"),
        ("delete from blind_span", "row_differs"),
        ("delete from run", "row_missing"),
        (
            "insert into incident (run_id, source_number, incident_id, number, kind, state, start_ns, end_ns, peak_ns,
                 peak_score, severity, people) select run_id, source_number, 'other', 9, kind, state, start_ns, end_ns,
                 peak_ns, peak_score, severity, people from incident",
            "row_unlogged",
        ),
    ] {
        let copy = Copy::new();
        assert!(copy.sql(statement) > 0, "{statement}");
        copy.assert_found(&[], &[code]);
    }
    let copy = Copy::new();
    std::fs::remove_file(copy.folder("kuager.sqlite")).unwrap();
    copy.assert_found(&[], &["row_missing"]);
}

#[test]
fn a_still_that_was_changed_or_removed_is_found() {
    let copy = Copy::new();
    let still = copy.file("stills", "jpg");
    let mut bytes = std::fs::read(&still).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&still, bytes).unwrap();
    copy.assert_found(&[], &["still_differs"]);
    // The one that the database names lies where it was made, and is the right one.
    std::fs::remove_file(&still).unwrap();
    assert_eq!(copy.verify(&[]).code, 0);
    copy.sql("update incident set still_path = cast('/nowhere.jpg' as blob)");
    copy.assert_found(&[], &["still_missing"]);
}

#[test]
fn a_head_that_others_keep_shows_what_was_taken_off_later() {
    let copy = Copy::new();
    let head = copy.case.path("held.head");
    let given = copy.case.kuager(["log", "head", "--out", head.to_str().unwrap()]).output().unwrap();
    assert!(given.status.success());
    let held = ["--head", head.to_str().unwrap()];
    assert_eq!(copy.verify(&held).of_type("verified")[0]["held_heads_sound"], 1);

    let log = copy.file("log", "jsonl");
    let whole = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let fewer = lines[..lines.len() - 2].join("\n") + "\n";
    std::fs::write(&log, fewer).unwrap();
    std::fs::remove_file(copy.file("log", "head")).unwrap();
    let found = copy.verify(&held);
    let codes: Vec<_> = found.of_type("finding").iter().map(|f| f["code"].clone()).collect();
    assert!(codes.contains(&"head_ahead".into()), "{}", found.stdout);
    assert_eq!(found.code, 4);
}

#[test]
fn an_entry_is_proved_to_be_in_the_log() {
    let copy = Copy::new();
    let outcome = Outcome::of(copy.case.kuager(["log", "prove", "2"]));
    let proof = &outcome.lines[0];
    let hash =
        |value: &serde_json::Value| kuager::chain::LeafHash::from_hex(value.as_str().unwrap()).unwrap();
    let path: Vec<_> = proof["proof"].as_array().unwrap().iter().map(hash).collect();
    let size = proof["size"].as_u64().unwrap();
    assert!(kuager::chain::verify_inclusion(hash(&proof["leaf"]), 2, size, &path, hash(&proof["root"])));
    let line = serde_json_canonicalizer::to_vec(&proof["entry"]).unwrap();
    assert_eq!(kuager::chain::LeafHash::of_line(&line), hash(&proof["leaf"]));
    let none = copy.case.kuager(["log", "prove", "999"]).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no entry 999"));
}

#[test]
fn the_log_is_checked_by_hand_without_the_program() {
    let has = |program: &str| std::process::Command::new(program).arg("version").output().is_ok();
    if !has("openssl") || !has("python3") {
        eprintln!("skipped: needs the programs python3 and openssl");
        return;
    }
    let copy = Copy::new();
    let head = copy.case.path("held.head");
    copy.case.kuager(["log", "head", "--out", head.to_str().unwrap()]).assert().success();
    let check = || {
        let script = common::repository().join("docs/guide/verify-by-hand/check.py");
        let mut command = std::process::Command::new("python3");
        command.arg(script).arg(copy.folder("log")).arg(&head).arg(copy.file("keys", "pub"));
        command.output().unwrap()
    };
    let output = check();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("entries, the first"), "{said}");

    let text = std::fs::read_to_string(&head).unwrap();
    let size = text.lines().nth(1).unwrap().to_owned();
    std::fs::write(&head, text.replacen(&size, "3", 1)).unwrap();
    assert!(String::from_utf8_lossy(&check().stderr).contains("signature"));
    std::fs::write(&head, &text).unwrap();
    let log = copy.file("log", "jsonl");
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, whole.replacen("camera_covered", "camera_covereD", 1)).unwrap();
    assert!(!check().status.success());
}

#[test]
fn what_a_crash_left_is_found_and_put_right_without_throwing_anything_away() {
    let copy = Copy::new();
    let still = copy.file("stills", "jpg");
    let orphan = still.with_file_name("orphan.jpg");
    std::fs::copy(&still, &orphan).unwrap();
    let spooled = copy.folder("spool/20260101T000000Z-000000");
    std::fs::create_dir_all(&spooled).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let head = copy.file("log", "head").with_extension("new");
    std::fs::write(&head, "kuager/").unwrap();
    for path in [&orphan, &spooled, &head] {
        std::fs::File::open(path).unwrap().set_modified(long_ago).unwrap();
    }
    let log = copy.file("log", "jsonl");
    let whole = std::fs::read(&log).unwrap();
    std::fs::write(&log, [&whole[..], b"{\"at\""].concat()).unwrap();
    copy.sql(r#"insert into log_outbox (kind, body) values ('input_error', '{"path":"committed"}')"#);

    let doctor = |arguments: &[&str]| {
        let said = Outcome::of(copy.case.kuager([&["doctor", "--json"], arguments].concat()));
        let lines = said.of_type("doctor");
        lines.iter().map(|l| l["detail"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
    };
    let said = doctor(&["--data"]);
    for code in ["torn_line", "still_without_flag", "spooled", "unfinished_head", "unlogged"] {
        assert!(said.contains(code), "{code}: {said}");
    }
    assert!(orphan.exists() && spooled.exists(), "looking changes nothing");
    assert!(doctor(&["--data", "--repair"]).contains("5 put right"));
    assert!(doctor(&["--data"]).contains("left nothing behind"));
    let kept = copy.folder("lost/stills").join(still.parent().unwrap().file_name().unwrap());
    assert!(kept.join("orphan.jpg").exists() && still.exists());
    assert_eq!(copy.verify(&[]).code, 0);
    assert!(std::fs::read_to_string(&log).unwrap().contains("committed"), "what was committed is logged");
    std::fs::remove_file(&still).unwrap();
    copy.sql("update incident set still_path = cast('/nowhere.jpg' as blob)");
    assert!(doctor(&["--data", "--repair"]).contains("flag_without_still"), "and cannot be brought back");
}

#[test]
fn a_folder_that_is_none_of_ours_is_named() {
    let case = Case::new();
    let output = case.kuager(["verify", "/nowhere/at/all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("/nowhere/at/all") && said.contains("kuager.sqlite"), "{said}");
}
