//! A flag leaves the machine as a package that anybody can check, and that shows whatever was done to it afterwards.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use common::{Case, H264, Outcome, copy_folder, files_of, repository, rewrite_manifests, sample};
use kuager::chain::PublicKey;
use kuager::domain::{MediaTime, SourceId};
use kuager::evidence::{Outside, PackageError, PackageFindings, State};
use kuager::media::read_still;

const CLIP: &str = "room_collapse_alone.mp4";

/// A scan with one flag, and its package.
struct Scanned {
    case: Case,
    incident: String,
    package: PathBuf,
}

static SCANNED: LazyLock<Scanned> = LazyLock::new(|| {
    let case = Case::new();
    std::fs::copy(sample(CLIP), case.path(CLIP)).unwrap();
    let outcome = case.scan([case.path(CLIP)]);
    let incident = outcome.incidents()[0]["id"].as_str().unwrap().to_owned();
    let package = case.path("out").join(format!("INC-{incident}"));
    let exported = export(&case, &incident, "out");
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    Scanned { case, incident, package }
});

fn export(case: &Case, incident: &str, out: &str) -> Outcome {
    export_with(case, incident, out, &[])
}

fn export_with(case: &Case, incident: &str, out: &str, more: &[&str]) -> Outcome {
    let out = case.path(out);
    let mut arguments = vec!["export", incident, "--json", "--out", out.to_str().unwrap()];
    arguments.extend(more);
    Outcome::of(case.kuager(arguments))
}

/// A copy of the package that may be spoilt.
fn copied() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("package");
    copy_folder(&SCANNED.package, &to);
    (dir, to)
}

/// Checks a package with a key from outside, or without.
fn verify_package(folder: &Path, key: Option<&PublicKey>) -> Result<PackageFindings, PackageError> {
    kuager::evidence::verify_package(folder, Outside { key, ..Outside::default() })
}

fn codes(found: &PackageFindings) -> Vec<&'static str> {
    let mut codes: Vec<_> = found.findings.iter().map(|f| f.code.as_str()).collect();
    codes.dedup();
    codes
}

#[test]
fn a_package_is_intact_and_says_under_whose_key() {
    let found = verify_package(&SCANNED.package, None).unwrap();
    assert_eq!((codes(&found), found.state), (vec![], State::IntactUnknownKey));
    assert_eq!(found.incident.as_deref(), Some(SCANNED.incident.as_str()));
    let known = PublicKey::load(&SCANNED.case.data_dir()).unwrap();
    assert_eq!(verify_package(&SCANNED.package, Some(&known)).unwrap().state, State::Intact);
    let text = Outcome::of(SCANNED.case.kuager(["verify", SCANNED.package.to_str().unwrap()]));
    assert!(text.code == 0 && text.stdout.contains("Intact by its own key"), "{}", text.stdout);
    let recording = SCANNED.package.join("data/original").join(CLIP);
    assert_eq!(std::fs::read(recording).unwrap(), std::fs::read(sample(CLIP)).unwrap());
    for lang in ["kk", "ru", "en"] {
        let page = std::fs::read_to_string(SCANNED.package.join(format!("data/report.{lang}.html"))).unwrap();
        assert!(page.contains(&format!("lang=\"{lang}\"")) && page.contains("data:image/jpeg"), "{lang}");
    }
}

#[test]
fn tools_that_are_not_ours_find_it_whole() {
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let mut command = Command::new("sha256sum");
        let output =
            command.args(["--quiet", "-c", manifest]).current_dir(&SCANNED.package).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let script = "import bagit, sys; bagit.Bag(sys.argv[1]).validate()";
    let mut command = Command::new("python3");
    command.args(["-c", script]).arg(&SCANNED.package).env("PYTHONPATH", repository().join(".kuager/python"));
    let output = command.output().expect("python3 is there; `./x test` installs it");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("No module named 'bagit'") {
        eprintln!("skipped: the BagIt validator is not there; `./x test` fetches it");
        return;
    }
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_same_export_twice_differs_only_in_its_place_in_the_log() {
    let again = export(&SCANNED.case, &SCANNED.incident, "again");
    assert_eq!(again.code, 0, "{}", again.stderr);
    let other = SCANNED.case.path("again").join(format!("INC-{}", SCANNED.incident));
    for file in files_of(&SCANNED.package.join("data")) {
        let twin = other.join(file.strip_prefix(&SCANNED.package).unwrap());
        assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(twin).unwrap(), "{}", file.display());
    }
    assert_eq!(verify_package(&other, None).unwrap().state, State::IntactUnknownKey);
}

/// Pixels of a copy at a time: width, and `[height][width][3]` RGB.
fn picture_of(copy: &Path, secs: f64) -> (usize, Vec<u8>) {
    let at = MediaTime::from_secs_f64(secs);
    let still = read_still(copy, SourceId(0), at, true).unwrap();
    (still.image.size.width as usize, still.image.rgb)
}

#[test]
fn heads_are_covered_in_the_copy_to_look_at_unless_a_reason_is_given() {
    let viewing = SCANNED.package.join("data/viewing");
    let names: Vec<_> = std::fs::read_dir(&viewing).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["masked.mp4"]);
    let refused = export_with(&SCANNED.case, &SCANNED.incident, "plain", &["--uncovered", "so"]);
    assert_eq!(refused.code, 2, "two letters are no reason");
    let why = "asked for by the prosecutor";
    let with_both = export_with(&SCANNED.case, &SCANNED.incident, "plain", &["--uncovered", why]);
    assert_eq!(with_both.code, 0, "{}", with_both.stderr);
    let package = SCANNED.case.path("plain").join(format!("INC-{}", SCANNED.incident));
    let logged = std::fs::read_to_string(package.join("custody/exported.json")).unwrap();
    assert!(logged.contains(why), "{logged}");
    let (covered, plain) = (viewing.join("masked.mp4"), package.join("data/viewing/uncovered.mp4"));
    let truth = std::fs::read_to_string(sample("room_collapse_alone.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
    let (mut heads, mut hidden) = (0, 0);
    for frame in truth["frames"].as_array().unwrap().iter().step_by(12) {
        let secs = frame["secs"].as_f64().unwrap();
        let nose = &frame["people"][0]["keypoints_in_frame"][0];
        if nose[2] != 2 {
            continue;
        }
        let [x, y] = [0, 1].map(|i| nose[i].as_f64().unwrap() as usize);
        let [(width, covered), (_, plain)] = [picture_of(&covered, secs), picture_of(&plain, secs)];
        let differs = |x: usize, y: usize| {
            let at = 3 * (y * width + x);
            (0..3).any(|c| covered[at + c].abs_diff(plain[at + c]) > 24)
        };
        heads += 1;
        hidden += usize::from(differs(x, y));
        assert!(!differs(width - 4, 20), "what is nobody's is shown as it is, {secs} s");
    }
    assert!(heads >= 4 && hidden == heads, "{hidden} of {heads} heads are covered");
}

#[test]
fn what_the_other_cameras_of_the_place_recorded_goes_along_or_why_not() {
    let case = Case::new();
    std::fs::copy(sample(CLIP), case.path("cell_20261103_140000.mp4")).unwrap();
    case.film("hall_20261103_140010.mp4", 8, H264);
    case.film("gate_20261103_140010.mp4", 8, H264);
    case.film("hall_20261103_150000.mp4", 8, H264); // another time
    case.film("yard_20261103_140010.mp4", 8, H264); // another place
    let camera = |name: &str, place: &str| format!("[[cameras]]\nname = '{name}'\nplace = '{place}'\n");
    let cameras = [
        ("cell", "block 4"),
        ("hall", "block 4"),
        ("gate", "block 4"),
        ("roof", "block 4"),
        ("yard", "yard"),
    ];
    let config: String = cameras.iter().map(|(name, place)| camera(name, place)).collect();
    let config = case.write("site.toml", format!("timezone = '+05:00'\n{config}"));
    let config = ["--config", config.to_str().unwrap()];
    let films = [
        "cell_20261103_140000.mp4",
        "hall_20261103_140010.mp4",
        "hall_20261103_150000.mp4",
        "gate_20261103_140010.mp4",
        "yard_20261103_140010.mp4",
    ];
    let scanned = case.scan([config.as_slice(), &films].concat());
    let fallen = scanned.incidents().into_iter().find(|i| i["kind"] == "person_down").unwrap();
    let incident = fallen["id"].as_str().unwrap().to_owned();
    std::fs::remove_file(case.path("gate_20261103_140010.mp4")).unwrap();
    let more = [config.as_slice(), &["--no-viewing-copy"]].concat();
    let exported = export_with(&case, &incident, "out", &more);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let package = case.path("out").join(format!("INC-{incident}"));
    let list = std::fs::read_to_string(package.join("data/context.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let told = |c: &serde_json::Value| {
        let first = &c["recordings"][0];
        (c["camera"].clone(), c["reason"].clone(), first["reason"].clone(), first["file"].clone())
    };
    let told: Vec<_> = list["cameras"].as_array().unwrap().iter().map(told).collect();
    let null = serde_json::Value::Null;
    let film = "data/context/2_hall/0_hall_20261103_140010.mp4";
    assert_eq!(
        told,
        [
            ("gate".into(), null.clone(), "no_longer_there".into(), null.clone()),
            ("hall".into(), null.clone(), null.clone(), film.into()),
            ("roof".into(), "no_recording_known".into(), null.clone(), null.clone()),
        ]
    );
    assert_eq!(list["cameras"][1]["recordings"].as_array().unwrap().len(), 1, "not that of another hour");
    let original = std::fs::read(case.path("hall_20261103_140010.mp4")).unwrap();
    assert_eq!(std::fs::read(package.join(film)).unwrap(), original);
    assert_eq!(verify_package(&package, None).unwrap().state, State::IntactUnknownKey);
}

#[test]
fn any_changed_byte_of_any_file_is_found() {
    let (_dir, package) = copied();
    for file in files_of(&package) {
        let whole = std::fs::read(&file).unwrap();
        let step = (whole.len() / 16).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&file, bytes).unwrap();
            let state = verify_package(&package, None).unwrap().state;
            assert_eq!(state, State::Broken, "byte {at} of {}", file.display());
        }
        std::fs::write(&file, whole).unwrap();
    }
    assert_eq!(verify_package(&package, None).unwrap().state, State::IntactUnknownKey);
}

#[test]
fn what_was_changed_together_with_the_manifests_is_found_by_the_signed_log() {
    for (file, from, to, code) in [
        ("data/incident.json", "person_down", "person_dowm", "row_differs"),
        ("data/coverage.json", "\"usable_secs\": ", "\"usable_secs\": 1", "row_differs"),
        ("data/report.ru.html", "</html>", "</html> ", "bag_file_differs"),
        ("custody/found.json", "person_down", "person_dowm", "proof_invalid"),
        ("custody/head.txt", "\n\n", "\n \n", "head_unreadable"),
    ] {
        let (_dir, package) = copied();
        let path = package.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        rewrite_manifests(&package);
        let found = verify_package(&package, None).unwrap();
        assert!(found.state == State::Broken && codes(&found).contains(&code), "{file}: {:?}", codes(&found));
    }
    let (_dir, package) = copied();
    std::fs::write(package.join("data/original").join(CLIP), b"another recording").unwrap();
    rewrite_manifests(&package);
    assert!(codes(&verify_package(&package, None).unwrap()).contains(&"original_differs"));
}

#[test]
fn who_makes_a_whole_package_of_his_own_lacks_the_known_key() {
    let other = Case::new();
    std::fs::copy(sample(CLIP), other.path(CLIP)).unwrap();
    let incident = other.scan([other.path(CLIP)]).incidents()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(export_with(&other, &incident, "out", &["--no-viewing-copy"]).code, 0);
    let forged = other.path("out").join(format!("INC-{incident}"));
    let known = PublicKey::load(&SCANNED.case.data_dir()).unwrap();
    let found = verify_package(&forged, Some(&known)).unwrap();
    assert_eq!(found.state, State::Broken);
    assert!(codes(&found).contains(&"key_changed") && codes(&found).contains(&"head_other_key"));
}

#[test]
fn files_added_removed_renamed_or_linked_are_found() {
    type Spoil = fn(&Path);
    let spoils: [(Spoil, &str); 7] = [
        (|p| std::fs::write(p.join("data/extra.txt"), b"x").unwrap(), "bag_file_unlisted"),
        (|p| std::fs::remove_file(p.join("data/still.jpg")).unwrap(), "bag_file_missing"),
        (
            |p| std::fs::rename(p.join("data/still.jpg"), p.join("data/stilL.jpg")).unwrap(),
            "bag_file_missing",
        ),
        (|p| std::fs::remove_file(p.join("custody/head.txt")).unwrap(), "bag_file_missing"),
        (
            |p| {
                std::fs::remove_file(p.join("data/still.jpg")).unwrap();
                std::os::unix::fs::symlink("/etc/hostname", p.join("data/still.jpg")).unwrap();
            },
            "bag_path_outside",
        ),
        (
            |p| {
                let line = format!("{}  data/../../../etc/hostname\n", "0".repeat(64));
                let manifest = p.join("manifest-sha256.txt");
                let text = std::fs::read_to_string(&manifest).unwrap();
                std::fs::write(manifest, text + &line).unwrap();
            },
            "bag_path_outside",
        ),
        (|p| std::fs::write(p.join("manifest-sha256.txt"), [0xff, 0xfe, 0x00]).unwrap(), "bag_file_differs"),
    ];
    for (spoil, code) in spoils {
        let (_dir, package) = copied();
        spoil(&package);
        let found = verify_package(&package, None).unwrap();
        assert!(found.state == State::Broken && codes(&found).contains(&code), "{code}: {:?}", codes(&found));
    }
}

#[test]
fn hostile_json_is_no_danger() {
    let (_dir, package) = copied();
    for (file, bytes) in [
        ("data/incident.json", "[".repeat(1_000_000)),
        ("custody/proofs.json", "{\"found\":".repeat(100_000)),
        ("custody/found.json", "9".repeat(9_000_000)),
        ("custody/head.txt", "kuager/x\n99999999999999999999\nAAAA\n\n— kuager/x AAAA\n".to_owned()),
    ] {
        let path = package.join(file);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        rewrite_manifests(&package);
        assert_eq!(verify_package(&package, None).unwrap().state, State::Broken, "{file}");
        std::fs::write(&path, whole).unwrap();
    }
}

#[test]
fn what_cannot_be_exported_is_said_and_nothing_is_left_behind() {
    let case = Case::new();
    let clip = case.path(CLIP);
    std::fs::copy(sample(CLIP), &clip).unwrap();
    let incident = case.scan([&clip]).incidents()[0]["id"].as_str().unwrap().to_owned();
    let refused = |arguments: &[&str], words: &[&str], code: i32| {
        let outcome = Outcome::of(case.kuager(arguments));
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        assert!(words.iter().all(|w| outcome.stderr.contains(w)), "{}", outcome.stderr);
    };
    let out = case.path("out").to_str().unwrap().to_owned();
    refused(&["export", "0000", "--out", &out], &["0000", "kuager scan"], 2);
    let mut bytes = std::fs::read(&clip).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&clip, bytes).unwrap();
    refused(&["export", &incident, "--out", &out], &["not the recording that was analysed", "--original"], 1);
    std::fs::remove_file(&clip).unwrap();
    refused(&["export", &incident, "--out", &out], &["no longer there", "--original"], 2);
    let left = std::fs::read_dir(&out).map_or(0, Iterator::count);
    assert_eq!(left, 0, "no half a package");
    let original = sample(CLIP);
    let with_copy =
        ["export", &incident, "--out", &out, "--original", original.to_str().unwrap(), "--no-viewing-copy"];
    assert_eq!(Outcome::of(case.kuager(with_copy)).code, 0);
    refused(&["export", &incident, "--out", &out], &["there is one already"], 2);
    rusqlite::Connection::open(case.data_dir().join("kuager.sqlite"))
        .unwrap()
        .execute("update incident set severity = 'note'", [])
        .unwrap();
    refused(&["export", &incident, "--out", &case.path("b").to_string_lossy()], &["kuager verify"], 1);
}
