//! Time stamps by an authority elsewhere (RFC 3161), which the `openssl` program plays here: what it stamped holds, and whatever
//! is not a stamp on what was asked for is refused, each for its own reason.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use common::{Case, H264, Outcome, QUIET_MINUTE, copy_folder, repository};
use serde_json::Value;

const SETTINGS: &str = "
[tsa]
default_tsa = here
[here]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
clock_precision_digits = 3
[stamping]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
";

/// An authority with keys of its own: RSA or over a curve.
struct Authority {
    dir: tempfile::TempDir,
}

impl Authority {
    fn new(key: &str) -> Self {
        let authority = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::write(authority.path("tsa.cnf"), SETTINGS).unwrap();
        authority
            .openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=Root");
        authority.openssl(&format!(
            "req -newkey {key} -nodes -keyout tsa.key -out tsa.csr -subj /O=Test/CN=Stamps"
        ));
        authority.openssl(
            "x509 -req -in tsa.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile tsa.cnf -extensions \
             stamping -out tsa.crt",
        );
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.dir.path());
        let output =
            command.output().expect("the openssl program plays the authority; `./x test` installs it");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Answers a request.
    fn stamp(&self, request: &Path, name: &str) -> PathBuf {
        std::fs::copy(request, self.path("asked.tsq")).unwrap();
        self.openssl(&format!(
            "ts -reply -config tsa.cnf -section here -queryfile asked.tsq -signer tsa.crt -inkey tsa.key -out {name}"
        ));
        self.path(name)
    }
}

static RSA: LazyLock<Authority> = LazyLock::new(|| Authority::new("rsa:2048"));

/// A data directory with a flag, and its package.
struct Scanned {
    case: Case,
    package: PathBuf,
}

static SCANNED: LazyLock<Scanned> = LazyLock::new(|| {
    let case = Case::new();
    case.film_of(QUIET_MINUTE, "minute.mp4", H264);
    let incident = case.flag_bright_stretches(&["minute.mp4"]).pop().unwrap();
    let exported = case.kuager(["export", &incident, "--no-viewing-copy", "--out", "out"]).output().unwrap();
    assert!(exported.status.success());
    let package = case.path("out").join(format!("INC-{incident}"));
    Scanned { case, package }
});

fn kuager(arguments: &[&str]) -> Outcome {
    Outcome::of(SCANNED.case.kuager(arguments))
}

/// A copy of the package that nobody stamped yet.
fn package() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("package");
    copy_folder(&SCANNED.package, &package);
    (dir, package)
}

/// Asks for a stamp; returns the request.
fn ask(place: &Path, dir: &Path) -> PathBuf {
    let request = dir.join("out.tsq");
    let asked = kuager(&["stamp", "request", place.to_str().unwrap(), "--out", request.to_str().unwrap()]);
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    request
}

fn accept(place: &Path, response: &Path, certificate: &Path) -> Outcome {
    let [place, response, certificate] = [place, response, certificate].map(|p| p.to_str().unwrap());
    kuager(&["stamp", "accept", response, place, "--certificate", certificate, "--json"])
}

fn verified(place: &Path, more: &[&str]) -> (Vec<String>, Value) {
    let outcome = kuager(&[&["verify", "--json", place.to_str().unwrap()], more].concat());
    let codes = outcome.of_type("finding").iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect();
    (codes, outcome.of_type("verified")[0].clone())
}

#[test]
fn a_stamp_comes_back_by_file_is_kept_in_the_package_and_is_told_of() {
    for key in ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-384"] {
        let authority = Authority::new(key);
        for certificate in ["tsa.crt", "ca.crt"] {
            let (dir, package) = package();
            let response = authority.stamp(&ask(&package, dir.path()), "back.tsr");
            let certificate = authority.path(certificate);
            let accepted = accept(&package, &response, &certificate);
            assert_eq!(accepted.code, 0, "{key}: {}", accepted.stderr);
            assert_eq!(accepted.lines[0]["authority"], "CN=Stamps,O=Test");
            let (codes, line) = verified(&package, &[]);
            assert_eq!(
                (codes, &line["stamps"][0]["is_known_certificate"]),
                (vec![], &Value::Bool(false)),
                "{key}"
            );
            let (codes, line) = verified(&package, &["--tsa", certificate.to_str().unwrap()]);
            assert_eq!(
                (codes, &line["stamps"][0]["is_known_certificate"]),
                (vec![], &Value::Bool(true)),
                "{key}"
            );
            assert_eq!(line["stamps"][0]["at"], accepted.lines[0]["at"]);
            let text = kuager(&["verify", package.to_str().unwrap()]);
            assert!(text.stdout.contains("CN=Stamps,O=Test"), "{}", text.stdout);
        }
    }
}

#[test]
fn a_stamped_package_is_still_a_bag() {
    let (dir, package) = package();
    let response = RSA.stamp(&ask(&package, dir.path()), "bag.tsr");
    assert_eq!(accept(&package, &response, &RSA.path("tsa.crt")).code, 0);
    let script = "import bagit, sys; bagit.Bag(sys.argv[1]).validate()";
    let mut command = Command::new("python3");
    command.args(["-c", script]).arg(&package).env("PYTHONPATH", repository().join(".kuager/python"));
    let output = command.output().expect("python3 is there; `./x test` installs it");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("No module named 'bagit'") {
        eprintln!("skipped: the BagIt validator is not there; `./x test` fetches it");
        return;
    }
    assert!(output.status.success(), "{said}");
}

#[test]
fn a_stamped_head_of_the_log_binds_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    copy_folder(&SCANNED.case.data_dir(), &data);
    let response = RSA.stamp(&ask(&data, dir.path()), "log.tsr");
    let accepted = accept(&data, &response, &RSA.path("tsa.crt"));
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
    let (codes, line) = verified(&data, &[]);
    assert_eq!((codes, line["stamps"].as_array().unwrap().len()), (vec![], 1));
    // The log cut back to before the stamp, as somebody would who owns key and heads too.
    let day = std::fs::read_dir(data.join("log")).unwrap().map(|e| e.unwrap().path());
    let day = day.into_iter().find(|p| p.extension().is_some_and(|e| e == "jsonl")).unwrap();
    let text = std::fs::read_to_string(&day).unwrap();
    let lines: Vec<_> = text.lines().collect();
    std::fs::write(&day, format!("{}\n", lines[..lines.len() - 1].join("\n"))).unwrap();
    std::fs::remove_dir_all(data.join("log/heads")).unwrap();
    let (codes, _) = verified(&data, &[]);
    assert!(codes.contains(&"head_ahead".to_owned()), "{codes:?}");
}

#[test]
fn what_is_no_stamp_on_what_was_asked_for_is_refused_and_not_kept() {
    let (dir, place) = package();
    let request = ask(&place, dir.path());
    let good = RSA.stamp(&request, "good.tsr");
    let other = Authority::new("rsa:2048");
    let refused = |response: &Path, certificate: &Path, words: &str| {
        let outcome = accept(&place, response, certificate);
        assert!(outcome.code != 0 && outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
        let kept = std::fs::read_dir(place.join("custody/stamps")).unwrap().count();
        assert_eq!(kept, 1, "the request alone");
    };
    refused(&good, &other.path("tsa.crt"), "holder of the certificate");
    refused(&good, &place.join("bagit.txt"), "no certificate");
    refused(&place.join("bagit.txt"), &RSA.path("tsa.crt"), "not a time-stamp response");
    let again = dir.path().join("again");
    copy_folder(&SCANNED.package, &again);
    let another = RSA.stamp(&ask(&again, dir.path()), "another.tsr");
    refused(&another, &RSA.path("tsa.crt"), "another request");
    std::fs::write(RSA.path("text"), "something else").unwrap();
    RSA.openssl("ts -query -data text -cert -out text.tsq");
    refused(&RSA.stamp(&RSA.path("text.tsq"), "text.tsr"), &RSA.path("tsa.crt"), "stamps something else");
    RSA.openssl("req -x509 -key tsa.key -out plain.crt -days 30 -subj /CN=Plain");
    refused(&good, &RSA.path("plain.crt"), "holder of the certificate");
    assert_eq!(accept(&place, &good, &RSA.path("tsa.crt")).code, 0, "and the right one is taken");
    let twice = accept(&place, &good, &RSA.path("tsa.crt"));
    assert!(twice.code == 2 && twice.stderr.contains("stamp request"), "nothing is open: {}", twice.stderr);
}

#[test]
fn a_kept_stamp_that_was_tampered_with_is_found_each_with_its_own_code() {
    let (dir, stamped) = package();
    let response = RSA.stamp(&ask(&stamped, dir.path()), "kept.tsr");
    assert_eq!(accept(&stamped, &response, &RSA.path("tsa.crt")).code, 0);
    let whole = std::fs::read(&response).unwrap();
    let (second_dir, second) = package();
    let elsewhere = RSA.stamp(&ask(&second, second_dir.path()), "elsewhere.tsr");
    let other = Authority::new("rsa:2048");
    // The last byte is of the signature; the one that names the second is of what was signed.
    let mut forged = whole.clone();
    *forged.last_mut().unwrap() ^= 1;
    let mut redated = whole.clone();
    // A GeneralizedTime of this century; zeros at the end of its fraction are left out, so its length varies.
    let is_time = |w: &[u8]| w[0] == 0x18 && (0x0f..=0x13).contains(&w[1]) && &w[2..] == b"20";
    let at = whole.windows(4).position(is_time).expect("the time of the stamp");
    redated[at + 15] ^= 1;
    let spoils: [(&str, Vec<u8>, &str); 6] = [
        ("1.tsr", forged, "stamp_forged"),
        ("1.tsr", redated, "stamp_forged"),
        ("1.tsr", std::fs::read(elsewhere).unwrap(), "stamp_other_request"),
        ("1.tsr", b"nothing".to_vec(), "stamp_unreadable"),
        ("1.crt", std::fs::read(other.path("tsa.crt")).unwrap(), "stamp_certificate"),
        ("1.tsq", b"nothing".to_vec(), "stamp_unreadable"),
    ];
    for (name, bytes, code) in spoils {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("package");
        copy_folder(&stamped, &copy);
        std::fs::write(copy.join("custody/stamps").join(name), bytes).unwrap();
        let (codes, line) = verified(&copy, &[]);
        assert_eq!((codes, &line["state"]), (vec![code.to_owned()], &Value::from("broken")), "{name} {code}");
    }
    std::fs::write(stamped.join("custody/stamps/2.exe"), b"x").unwrap();
    assert_eq!(verified(&stamped, &[]).0, ["bag_file_unlisted"], "nothing but stamps may be added");
}
