//! Packages of every form stay readable, clean ones give no finding, hostile ones do no harm, and an export that cannot be
//! written leaves nothing.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use common::{Case, Dice, Outcome, QUIET_MINUTE, copy_folder, files_of, repository, rewrite_manifests};
use kuager::chain::PublicKey;
use kuager::evidence::{Export, Extent, Outside, State, export, verify_package};

/// Memory that checking a package may take, in kilobytes.
const MOST_KILOBYTES: u64 = 200_000;

/// A minute with three flags, large enough not to fit where little is left, and their ids.
struct Scanned {
    case: Case,
    incidents: Vec<String>,
}

static SCANNED: LazyLock<Scanned> = LazyLock::new(|| {
    let case = Case::new();
    case.film_of(QUIET_MINUTE, "minute.mkv", "-c:v rawvideo -pix_fmt gray");
    let incidents = case.flag_bright_stretches(&["minute.mkv"]);
    assert_eq!(incidents.len(), 3);
    Scanned { case, incidents }
});

static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| made(&SCANNED.incidents[0], "out", Extent::Cut));

fn made(incident: &str, out: &str, extent: Extent) -> PathBuf {
    let plan = Export {
        data_dir: SCANNED.case.data_dir(),
        incident: incident.to_owned(),
        out: SCANNED.case.path(out),
        original: Some(SCANNED.case.path("minute.mkv")),
        extent,
        uncovered_because: None,
        level_card: None,
        places: Default::default(),
    };
    export(&plan, None).unwrap().folder
}

/// A copy of the package that may be spoilt.
fn copied() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("package");
    copy_folder(&PACKAGE, &to);
    (dir, to)
}

fn codes(package: &Path) -> Vec<&'static str> {
    let found = verify_package(package, Outside::default()).unwrap();
    let mut codes: Vec<_> = found.findings.iter().map(|f| f.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn forms() -> Vec<PathBuf> {
    let root = repository().join("tests/data/package");
    let entries = std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path());
    let mut forms: Vec<_> = entries.filter(|p| p.is_dir()).collect();
    forms.sort();
    forms
}

#[test]
fn packages_of_every_form_stay_intact_and_every_change_of_them_is_found() {
    let mut dice = Dice(1);
    assert!(forms().len() >= 3);
    for form in forms() {
        let key = PublicKey::from_path(&form.join("custody/log.pub")).unwrap();
        let found = verify_package(&form, Outside { key: Some(&key), ..Outside::default() }).unwrap();
        assert_eq!((found.findings, found.state), (vec![], State::Intact), "{}", form.display());
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("package");
        copy_folder(&form, &copy);
        for file in files_of(&copy) {
            let whole = std::fs::read(&file).unwrap();
            let is_of_a_stamp = file.parent().is_some_and(|p| p.ends_with("stamps"));
            for _ in 0..4 {
                let mut bytes = whole.clone();
                // What an authority did not sign around its token it does not vouch for.
                let at = if is_of_a_stamp { bytes.len() - 1 } else { dice.roll(bytes.len()) };
                bytes[at] ^= 1 << dice.roll(7);
                std::fs::write(&file, bytes).unwrap();
                let state = verify_package(&copy, Outside::default()).unwrap().state;
                let is_harmless = is_of_a_stamp && file.extension().is_none_or(|e| e != "tsr");
                assert!(state == State::Broken || is_harmless, "byte {at} of {}", file.display());
            }
            std::fs::write(&file, whole).unwrap();
        }
    }
}

/// Fifty; `KUAGER_EXPORTS=1000` makes as many more.
#[test]
fn clean_exports_give_no_finding() {
    let exports = std::env::var("KUAGER_EXPORTS").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    for number in 0..exports {
        let extent = [Extent::Whole, Extent::Cut, Extent::ByLength][number % 3];
        let incident = &SCANNED.incidents[number / 3 % 3];
        let package = made(incident, &format!("many/{number}"), extent);
        let original = SCANNED.case.path("minute.mkv");
        let outside = Outside { original: Some(&original), ..Outside::default() };
        let found = verify_package(&package, outside).unwrap();
        assert_eq!((found.findings, found.state), (vec![], State::IntactUnknownKey), "export {number}");
        std::fs::remove_dir_all(package).unwrap();
    }
}

#[test]
fn what_leads_out_of_a_package_or_is_no_file_is_not_opened() {
    type Spoil = fn(&Path);
    let spoils: [Spoil; 5] = [
        |p| std::os::unix::fs::symlink("/etc", p.join("data/context")).unwrap(),
        |p| std::os::unix::fs::symlink("/dev/zero", p.join("data/original/zero.mp4")).unwrap(),
        |p| {
            // Waited for without end, if it were opened.
            let made = Command::new("mkfifo").arg(p.join("data/pipe")).status().unwrap();
            assert!(made.success());
        },
        |p| {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"data/\xff\xfe.txt");
            std::fs::write(p.join(name), b"x").unwrap();
        },
        |p| std::fs::write(p.join("data/line\nbreak"), b"x").unwrap(),
    ];
    for (number, spoil) in spoils.into_iter().enumerate() {
        let (_dir, package) = copied();
        spoil(&package);
        assert_eq!(codes(&package), ["bag_path_outside"], "{number}");
    }
    for name in
        ["data/../../../etc/passwd", "/etc/passwd", "data//x", "data/./x", "data\\x", "C:x", "data/%2e%2e/x"]
    {
        let (_dir, package) = copied();
        let manifest = package.join("manifest-sha256.txt");
        let text = std::fs::read_to_string(&manifest).unwrap();
        std::fs::write(&manifest, format!("{text}{}  {name}\n", "0".repeat(64))).unwrap();
        assert!(codes(&package).contains(&"bag_path_outside"), "{name}");
    }
}

/// What checking a package took at most, in kilobytes, and the state it told.
fn checked_by_program(package: &Path) -> (u64, String) {
    let script = "import resource, subprocess, sys\n\
                  subprocess.run(sys.argv[1:])\n\
                  print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let mut command = Command::new("python3");
    command.args(["-c", script, env!("CARGO_BIN_EXE_kuager"), "verify", "--json"]).arg(package);
    let output = command.output().expect("python3 is there; `./x test` installs it");
    let said = String::from_utf8(output.stdout).unwrap();
    let last = said.lines().rev().find(|l| l.contains("\"verified\"")).unwrap_or(&said).to_owned();
    (said.lines().last().unwrap().trim().parse().unwrap(), last)
}

#[test]
fn hostile_packages_are_refused_in_little_memory() {
    let list = |package: &Path| package.join("data/original/cut.json");
    let spoilt = |spoil: &dyn Fn(&Path)| {
        let (_dir, package) = copied();
        spoil(&package);
        rewrite_manifests(&package);
        let (kilobytes, said) = checked_by_program(&package);
        assert!(said.contains("\"state\":\"broken\""), "{said}");
        assert!(kilobytes < MOST_KILOBYTES, "{kilobytes} kB");
    };
    for file in ["data/incident.json", "data/context.json", "data/original/cut.json", "custody/proofs.json"] {
        spoilt(&|package| std::fs::write(package.join(file), "[".repeat(4_000_000)).unwrap());
        spoilt(&|package| std::fs::write(package.join(file), b"{\"a\":\"\xff\xfe\"}").unwrap());
    }
    spoilt(&|package| {
        let text = std::fs::read_to_string(list(package)).unwrap();
        let text = text.replace("\"first_packet\": ", "\"first_packet\": 1844674407370955161");
        std::fs::write(list(package), text).unwrap();
    });
    spoilt(&|package| {
        let (text, most) = (std::fs::read_to_string(list(package)).unwrap(), u64::MAX.to_string());
        let text = text.replacen("\"packets\": ", &format!("\"packets\": {most}, \"was\": "), 1);
        std::fs::write(list(package), text.replacen("\"stream\": 0", "\"stream\": 4294967295", 1)).unwrap();
    });
    // A cut whose container claims boxes of 4 GB.
    spoilt(&|package| {
        let mut record: serde_json::Value =
            serde_json::from_slice(&std::fs::read(list(package)).unwrap()).unwrap();
        let bomb =
            [&[0, 0, 0, 16][..], b"ftypisom", &[0; 4], &[0xff; 4], b"moov", &[0xff; 4], b"trak", &[0xff; 64]];
        let file = package.join(record["cut"]["file"].as_str().unwrap());
        std::fs::write(&file, bomb.concat()).unwrap();
        record["cut"]["sha256"] = kuager::digest::sha256_hex(bomb.concat()).into();
        std::fs::write(list(package), record.to_string()).unwrap();
    });
}

#[test]
fn where_nothing_can_be_written_that_is_said_and_nothing_is_left() {
    let case = &SCANNED.case;
    let incident = SCANNED.incidents[1].as_str();
    case.write("a file", b"x");
    for out in ["/proc/kuager-was-here", &case.path("a file/below").to_string_lossy()] {
        let outcome = Outcome::of(case.kuager(["export", incident, "--no-viewing-copy", "--out", out]));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains(out) && outcome.stderr.contains("another folder"),
            "{}",
            outcome.stderr
        );
    }
    // No file may be longer than 256 KB, as on a disk that fills up while it is written.
    let out = case.path("full");
    for (extent, words) in [("--whole", "cannot be written"), ("--cut", "no stretch could be cut")] {
        let mut command = Command::new("bash");
        command.args([
            "-c",
            "trap '' XFSZ; ulimit -f 256; exec \"$@\"",
            "bash",
            env!("CARGO_BIN_EXE_kuager"),
        ]);
        command.args(["export", incident, "--no-viewing-copy", extent, "--out"]).arg(&out);
        command.current_dir(case.path("")).env("KUAGER_DATA_DIR", case.data_dir()).env("LC_ALL", "C.UTF-8");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(words), "{extent}: {said}");
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0, "{extent}: no half a package");
    }
    assert_eq!(Outcome::of(case.kuager(["verify", "--json"])).code, 0, "and the log is whole");
}
