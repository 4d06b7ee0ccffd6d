//! What a flag or a complaint holds stays held until two people agree; what goes leaves a tombstone; heads reach others.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use common::{Case, Outcome, sample};
use kuager::chain::{Entry, EntryKind, check_log};
use rusqlite::Connection;
use serde_json::Value;

/// A site five hours ahead of UTC. The name of the recording gives its time.
const SITE: &str = "timezone = '+05:00'\n[retention]\ndays = 30\n\
                    [[cameras]]\nname = 'Corridor'\nmatch = ['ch01']\nplace = 'block 4'\n\
                    [[cameras]]\nname = 'Stairs'\nmatch = ['ch02']\nplace = 'block 4'\n\
                    [[cameras]]\nname = 'Yard'\nmatch = ['ch03']\nplace = 'yard'\n";
const FLAGGED: &str = "in/ch01_20240305120000.mp4";

/// One scan of a flagged recording, an unflagged one of the same place and one of another, copied by each test.
static SCANNED: LazyLock<Case> = LazyLock::new(|| {
    let case = Case::new();
    case.write("site.toml", SITE);
    case.write("in/.keep", "");
    std::fs::copy(sample("cell_camera_covered.mp4"), case.path(FLAGGED)).unwrap();
    case.film("in/ch02_20240305173000.mp4", 2, common::H264);
    case.film("in/ch03_20240305120000.mp4", 3, common::H264);
    let outcome = case.scan(["--config", "site.toml", "--detectors", "camera_covered", "--fps", "2", "in"]);
    assert_eq!((outcome.code, outcome.incidents().len()), (0, 1), "{} {}", outcome.stdout, outcome.stderr);
    case
});

/// A copy of it. Its recordings lie where they were scanned, its results in a place of its own.
fn copy() -> Case {
    let case = Case::new();
    for entry in walkdir::WalkDir::new(SCANNED.data_dir()).into_iter().map(|e| e.unwrap()) {
        let target = case.data_dir().join(entry.path().strip_prefix(SCANNED.data_dir()).unwrap());
        match entry.file_type().is_dir() {
            true => std::fs::create_dir_all(target).unwrap(),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
    case.write("site.toml", SITE);
    case
}

fn kuager(case: &Case, arguments: &[&str]) -> Outcome {
    Outcome::of(case.kuager([arguments, ["--json", "--config", "site.toml"].as_slice()].concat()))
}

fn verify_codes(case: &Case) -> Vec<String> {
    let outcome = kuager(case, &["verify"]);
    outcome.of_type("finding").iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect()
}

fn entries(case: &Case, kind: EntryKind) -> Vec<Entry> {
    let mut found = Vec::new();
    check_log(&case.data_dir(), None, &[], |e| found.extend((e.kind == kind).then(|| e.clone()))).unwrap();
    found
}

fn the_hold(case: &Case) -> String {
    kuager(case, &["hold", "list"]).of_type("hold")[0]["hold"].as_str().unwrap().to_owned()
}

fn release(case: &Case, hold: &str, by: &str) -> Outcome {
    kuager(case, &["hold", "release", hold, "--by", by, "--ground", "the case was closed by the court"])
}

fn names(recordings: &Value) -> Vec<String> {
    let name = |r: &Value| {
        PathBuf::from(r["path"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned()
    };
    recordings.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn a_flag_holds_all_recordings_of_its_place_around_it_until_two_people_agree() {
    let case = copy();
    let listed = kuager(&case, &["hold", "list"]);
    let hold = listed.of_type("hold")[0];
    assert_eq!((&hold["ground"], &hold["state"]), (&"flag".into(), &"standing".into()), "{hold}");
    assert_eq!(hold["cameras"], serde_json::json!(["Corridor", "Stairs"]));
    assert_eq!(names(&hold["recordings"]), ["ch01_20240305120000.mp4", "ch02_20240305173000.mp4"]);
    assert!(hold["from"].as_str().unwrap().starts_with("2024-03-05T05:0"), "two hours before: {hold}");
    assert!(hold["to"].as_str().unwrap().starts_with("2024-03-05T13:0"), "six hours after: {hold}");

    let id = the_hold(&case);
    let asked = release(&case, &id, "A. Serikova");
    assert_eq!(asked.of_type("hold_released")[0]["is_over"], false);
    assert_eq!(kuager(&case, &["hold", "list"]).of_type("hold")[0]["state"], "release_requested");
    let again = release(&case, &id, "a.  serikova");
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("another person must agree"), "{}", again.stderr);
    assert_eq!(release(&case, &id, "B. Omarov").of_type("hold_released")[0]["is_over"], true);
    assert_eq!(kuager(&case, &["hold", "list"]).of_type("hold").len(), 0);
    let all = kuager(&case, &["hold", "list", "--all"]);
    assert_eq!(all.of_type("hold")[0]["steps"].as_array().unwrap().len(), 2);
    assert_eq!(entries(&case, EntryKind::HoldReleaseRequested)[0].body["by"], "A. Serikova");
    assert_eq!(entries(&case, EntryKind::HoldReleased)[0].body["by"], "B. Omarov");
    assert_eq!(verify_codes(&case), [""; 0]);
    assert_eq!(release(&case, &id, "C. Akhmetov").code, 2, "it is over already");
}

#[test]
fn a_complaint_holds_a_place_for_as_long_as_it_is_told_to_have_lasted() {
    let case = copy();
    let told = [
        "--around",
        "2024-03-05T22:00:00+05:00",
        "--until",
        "2024-03-06T01:00:00+05:00",
        "--ground",
        "complaint",
        "--reason",
        "told of blows on the stairs",
    ];
    let added = kuager(&case, &[["hold", "add", "--camera", "Stairs"].as_slice(), &told].concat());
    let hold = added.of_type("hold")[0];
    assert_eq!(hold["from"], "2024-03-05T15:00:00Z");
    assert_eq!(hold["to"], "2024-03-06T02:00:00Z");
    assert_eq!((&hold["place"], hold["recordings"].as_array().unwrap().len()), (&"block 4".into(), 0));
    let nowhere = kuager(&case, &[["hold", "add", "--place", "cellar"].as_slice(), &told].concat());
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("block 4, yard"), "{}", nowhere.stderr);
    let by_program = [
        &["hold", "add", "--camera", "Stairs", "--around", "2024-03-05T22:00:00Z"][..],
        &["--ground", "flag", "--reason", "told of blows on the stairs"],
    ]
    .concat();
    assert_eq!(kuager(&case, &by_program).code, 2, "flags place theirs by themselves");
    assert_eq!(verify_codes(&case), [""; 0]);
}

#[test]
fn what_is_held_and_gone_is_told_with_an_exit_code_and_logged_once() {
    let case = copy();
    case.write("site.toml", SITE.replace("days = 30\n", ""));
    let well = kuager(&case, &["retention"]);
    assert_eq!(well.code, 0, "{}", well.stdout);
    let recordings = well.of_type("retention_recording");
    let fates: Vec<_> =
        recordings.iter().map(|r| (r["camera"].as_str().unwrap(), r["fate"].as_str().unwrap())).collect();
    assert_eq!(fates, [("Corridor", "held"), ("Stairs", "held"), ("Yard", "kept")]);
    let disks = well.of_type("retention_disk");
    assert!(disks.iter().all(|d| d["days_left"].as_f64().is_some_and(|days| days > 0.0)), "{disks:?}");

    let database = Connection::open(case.data_dir().join("kuager.sqlite")).unwrap();
    let gone = "update source set path = cast('/archive/gone.mp4' as blob) where path_display like '%ch02%'";
    assert_eq!(database.execute(gone, []).unwrap(), 1);
    for _ in 0..2 {
        let told = kuager(&case, &["retention"]);
        assert_eq!((told.code, told.of_type("retention")[0]["held_missing"].as_u64()), (4, Some(1)));
    }
    let logged = entries(&case, EntryKind::HeldMissing);
    assert_eq!((logged.len(), &logged[0].body["path"]), (1, &"/archive/gone.mp4".into()));
    let text = Outcome::of(case.kuager(["retention", "--config", "site.toml"]));
    assert!(
        text.stdout.contains("missing; not where it was analysed") && text.stdout.contains("never deletes"),
        "{}",
        text.stdout
    );
    assert_eq!(verify_codes(&case), [""; 0]);
}

/// The one still, made older than its time.
fn old_still(case: &Case) -> PathBuf {
    let files =
        walkdir::WalkDir::new(case.data_dir().join("stills")).into_iter().map(|e| e.unwrap().into_path());
    let still = files.into_iter().find(|p| p.is_file()).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(100 * 86_400);
    std::fs::File::open(&still).unwrap().set_modified(long_ago).unwrap();
    still
}

fn days_ago(days: i64) -> String {
    let at = time::OffsetDateTime::now_utc() - time::Duration::days(days);
    at.date().to_string()
}

fn expire(case: &Case, before: &str) -> Outcome {
    kuager(case, &["retention", "expire", "--before", before, "--ground", "thirty days by order no. 1"])
}

#[test]
fn only_what_is_not_held_goes_and_leaves_a_tombstone_that_verify_and_doctor_understand() {
    let case = copy();
    let still = old_still(&case);
    let sha256 = kuager::store::still_sha256(&still).unwrap();
    let refused = expire(&case, &days_ago(10));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("kept for 30 days"), "{}", refused.stderr);
    let held = expire(&case, &days_ago(60));
    assert_eq!((held.of_type("expire_total")[0]["held"].as_u64(), still.exists()), (Some(1), true));

    let id = the_hold(&case);
    release(&case, &id, "A. Serikova");
    assert_eq!(expire(&case, &days_ago(60)).of_type("expired").len(), 0, "one person is not enough");
    release(&case, &id, "B. Omarov");
    let expired = expire(&case, &days_ago(60));
    assert_eq!(expired.of_type("expired")[0]["sha256"], sha256.as_str());
    assert!(!still.exists());
    let tombstone = &entries(&case, EntryKind::Expired)[0];
    assert_eq!(
        (&tombstone.body["sha256"], &tombstone.body["ground"]),
        (&sha256.as_str().into(), &"thirty days by order no. 1".into())
    );
    assert_eq!(verify_codes(&case), [""; 0]);
    let doctor = kuager(&case, &["doctor", "--data"]);
    assert!(doctor.stdout.contains("left nothing behind"), "{}", doctor.stdout);
    assert!(SCANNED.path(FLAGGED).exists(), "recordings are not touched");
}

#[test]
fn a_still_that_was_taken_away_without_a_tombstone_is_found() {
    let case = copy();
    std::fs::remove_file(old_still(&case)).unwrap();
    // Where it was made it lies still; the database of this copy must not know of that.
    let database = Connection::open(case.data_dir().join("kuager.sqlite")).unwrap();
    database.execute("update incident set still_path = cast('/nowhere.jpg' as blob)", []).unwrap();
    assert_eq!(verify_codes(&case), ["still_missing"]);
}

#[test]
fn a_tombstone_of_what_was_held_is_found() {
    let case = copy();
    let still = old_still(&case);
    let stored = kuager::store::Reader::open(&case.data_dir()).unwrap();
    let run = stored.runs().unwrap().remove(0).info.id;
    let incident = stored.incidents(&run).unwrap().remove(0).flagged.id;
    let writer = kuager::store::Writer::spawn(&case.data_dir()).unwrap();
    let inside = still.strip_prefix(case.data_dir()).unwrap().to_string_lossy().into_owned();
    let tombstone = kuager::domain::Tombstone {
        removed_at: "2026-12-01T00:00:00Z".to_owned(),
        path: inside,
        sha256: kuager::store::still_sha256(&still).unwrap(),
        bytes: 1,
        run: Some(run),
        incident: Some(incident),
        ground: "none at all".to_owned(),
        by: "somebody".to_owned(),
    };
    writer.expired(&tombstone).unwrap();
    writer.finish().unwrap();
    assert_eq!(verify_codes(&case), ["held_let_go"]);
    let doctor = kuager(&case, &["doctor", "--data"]);
    assert!(doctor.stdout.contains("not_removed"), "{}", doctor.stdout);
}

#[test]
fn rows_of_holds_tombstones_settings_and_calibrations_are_compared_with_the_log() {
    let calibration = "insert into calibration (camera, made_at, action) values ('Yard', '2024-03-05T00:00:00Z', 'removed')";
    for (statements, code) in [
        (vec!["drop trigger hold_is_not_changed", "update hold set to_at = from_at"], "row_differs"),
        (vec!["drop trigger hold_camera_is_not_deleted", "delete from hold_camera where position = 1"], "row_differs"),
        (vec!["drop trigger hold_is_not_deleted", "drop trigger hold_camera_is_not_deleted", "delete from hold_change",
              "delete from hold_camera", "delete from hold"], "row_missing"),
        (vec!["insert into hold_change (hold_key, changed_at, step, by_name, ground, account) values (1, '2024-03-05T00:00:00Z',
               'release_requested', 'A', 'closed', 'x')"], "row_unlogged"),
        (vec!["drop trigger settings_are_not_changed", "update settings set values_json = '{}'"], "row_differs"),
        (vec!["insert into tombstone (removed_at, path, sha256, bytes, ground, by_name) values ('2024-03-05T00:00:00Z', 'x',
               printf('%064d', 0), 1, 'none', 'x')"], "row_unlogged"),
        (vec![calibration], "row_unlogged"),
    ] {
        let case = copy();
        let database = Connection::open(case.data_dir().join("kuager.sqlite")).unwrap();
        database.execute("drop trigger hold_change_is_not_deleted", []).unwrap();
        for statement in &statements {
            database.execute(statement, []).unwrap();
        }
        let mut codes = verify_codes(&case);
        codes.dedup();
        assert_eq!(codes, [code], "{statements:?}");
    }
}

#[test]
fn the_log_says_who_looked_and_what_was_changed_between_runs() {
    let case = copy();
    kuager(&case, &["coverage", "--camera", "Corridor"]);
    let viewed = &entries(&case, EntryKind::Viewed)[0].body;
    assert_eq!((&viewed["command"], &viewed["what"]["camera"]), (&"coverage".into(), &"Corridor".into()));
    assert!(!viewed["account"].as_str().unwrap().is_empty());
    assert_eq!(entries(&case, EntryKind::SettingsChanged).len(), 1, "the first run");

    case.write(
        "site.toml",
        SITE.replace("days = 30", "days = 7")
            .replace("'block 4'\n[[cameras]]\nname = 'Yard'", "'stairs'\n[[cameras]]\nname = 'Yard'"),
    );
    case.film("more.mp4", 1, common::H264);
    for _ in 0..2 {
        let again =
            case.scan(["--config", "site.toml", "--detectors", "camera_covered", "--fps", "2", "more.mp4"]);
        assert_eq!(again.code, 0, "{}", again.stderr);
    }
    let settings = entries(&case, EntryKind::SettingsChanged);
    assert_eq!(settings.len(), 2, "the run that changed them, not the one after it");
    let changed = settings[1].body["changed"].as_object().unwrap();
    let names: Vec<&str> = changed.keys().map(String::as_str).collect();
    assert_eq!(names, ["cameras[Stairs].place", "retention.days"]);
    assert_eq!(changed["retention.days"], serde_json::json!({"from": 30, "to": 7}));
    assert_eq!(verify_codes(&case), [""; 0]);
}

#[test]
fn a_head_read_over_the_telephone_is_checked_against_the_log() {
    let case = copy();
    let head = kuager(&case, &["log", "head"]);
    let words = head.lines[0]["words"].as_str().unwrap().to_owned();
    let well = kuager(&case, &["verify", "--head-words", &words]);
    assert_eq!((well.code, well.of_type("verified")[0]["held_heads_sound"].as_u64()), (0, Some(1)));
    let misheard = words.replacen(&words[words.len() - 5..], "babad", 1);
    let asked_again = kuager(&case, &["verify", "--head-words", &misheard]);
    assert_eq!(asked_again.code, 2);
    assert!(asked_again.stderr.contains("ask for them again"), "{}", asked_again.stderr);

    let other = kuager(&SCANNED, &["log", "head"]).lines[0]["words"].as_str().unwrap().to_owned();
    let found = kuager(&case, &["verify", "--head-words", &other]);
    let codes: Vec<_> = found.of_type("finding").iter().map(|f| f["code"].clone()).collect();
    assert_eq!((found.code, codes), (4, vec!["head_differs".into()]), "another log of the same length");
}

#[test]
fn heads_go_to_folders_and_a_command_and_what_fails_stops_nothing() {
    let case = Case::new();
    case.film("a.mp4", 1, common::H264);
    case.write("stick/.keep", "");
    let command = "heads.command = ['sh', '-c', 'cat > sent.head']\n";
    case.write("site.toml", format!("heads.copy_to = ['stick', 'unplugged']\n{command}"));
    let scan =
        || case.scan(["--config", "site.toml", "--detectors", "camera_covered", "--fps", "2", "a.mp4"]);
    let outcome = scan();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("was not given away") && outcome.stderr.contains("unplugged"),
        "{}",
        outcome.stderr
    );
    let sent = case.path("sent.head");
    let copies: Vec<_> = std::fs::read_dir(case.path("stick")).unwrap().map(|e| e.unwrap().path()).collect();
    let copy = copies.iter().find(|p| p.extension().is_some_and(|e| e == "head")).unwrap();
    assert_eq!(std::fs::read(copy).unwrap(), std::fs::read(&sent).unwrap());
    assert!(!case.path("unplugged").exists(), "a stick that is not plugged in is not made up");
    let well = kuager(&case, &["verify", "--head", sent.to_str().unwrap(), "--head", copy.to_str().unwrap()]);
    assert_eq!(
        (well.code, well.of_type("verified")[0]["held_heads_sound"].as_u64()),
        (0, Some(2)),
        "{}",
        well.stdout
    );
    let given = &entries(&case, EntryKind::HeadGiven)[0].body["given"];
    let failed: Vec<bool> = given.as_array().unwrap().iter().map(|g| g.get("error").is_some()).collect();
    assert_eq!(failed, [false, true, false], "{given}");

    case.write("site.toml", "[heads]\ncommand = ['sh', '-c', 'sleep 30']\ncommand_secs = 1\n");
    let slow = scan();
    assert_eq!(slow.code, 0);
    assert!(slow.stderr.contains("it took longer than 1 s"), "{}", slow.stderr);
    case.write("site.toml", "[heads]\ncommand = ['sh', '-c', 'echo no route >&2; exit 7']\n");
    let failing = scan();
    assert!(failing.stderr.contains("exit status: 7 no route"), "{}", failing.stderr);
    case.write("site.toml", "[heads]\ncommand = ['sh', '-c', 'echo gone >&2; sleep 300 & exit 7']\n");
    let left_running = scan();
    assert!(
        left_running.stderr.contains("exit status: 7 gone"),
        "it is not waited for: {}",
        left_running.stderr
    );
    assert_eq!(verify_codes(&case), [""; 0]);
}
