//! What the integration tests share: a scratch folder, recordings made by the `ffmpeg` program, and the program under
//! test with everything it said.
#![allow(dead_code)] // each test file uses a part

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kuager::digest::sha256_hex;
use kuager::store::{Reader, StoredRun};
use serde_json::Value;

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// H.264 as cameras send it: a key picture each second at 10 pictures a second, no reordering.
pub const H264: &str = "-c:v libx264 -preset ultrafast -tune zerolatency -g 10 -pix_fmt yuv420p";

/// For `tiny-violence`, whose score is the brightness: a minute in which it is 0.11, but 0.59 for two seconds at 10 s and at 30 s, and 0.79 for two at 50 s. Its left
/// half is darker than its right, so that there is something to see.
pub const QUIET_MINUTE: &str = "color=black:s=144x96:r=10:d=60,geq=cb=128:cr=128:lum='if(between(mod(T\\,20)\\,10\\,12)\\,\
                            if(gt(T\\,40)\\,190\\,145)\\,40)+if(gt(X\\,71)\\,20\\,-20)'";

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rendered clips that travel with the program.
pub fn sample(name: &str) -> PathBuf {
    repository().join("samples").join(name)
}

/// A folder of development footage, or none with a word on standard error.
pub fn dev_data(below: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KUAGER_DEV_DATA").map(|root| PathBuf::from(root).join("data").join(below));
    let found = folder.filter(|f| f.is_dir());
    if found.is_none() {
        eprintln!("skipped: KUAGER_DEV_DATA names no folder with data/{below}");
    }
    found
}

/// A scratch folder: recordings and results of one test.
pub struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes bytes, making folders as needed.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A moving test picture, 128x96 at 10 pictures a second, encoded as `encoding` says.
    pub fn film(&self, name: &str, secs: u32, encoding: &str) -> PathBuf {
        self.film_of(&format!("testsrc2=s=128x96:r=10:d={secs}"), name, encoding)
    }

    /// What FFmpeg's filter `source` draws, encoded as `encoding` says.
    pub fn film_of(&self, source: &str, name: &str, encoding: &str) -> PathBuf {
        let mut arguments = vec!["-f", "lavfi", "-i", source];
        arguments.extend(encoding.split_whitespace());
        self.ffmpeg(&arguments, name)
    }

    /// Runs `ffmpeg` in this folder with an output of that name.
    pub fn ffmpeg(&self, arguments: &[&str], name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut command = Command::new("ffmpeg");
        command
            .args(["-nostdin", "-v", "error", "-y"])
            .args(arguments)
            .arg(&path)
            .current_dir(self.dir.path());
        let output =
            command.output().expect("the ffmpeg program makes the recordings; `./x test` installs it");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        path
    }

    /// Scans as a program would: JSON Lines, English.
    pub fn scan<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Outcome {
        let mut command = self.kuager(["scan", "--json"]);
        command.args(arguments);
        Outcome::of(command)
    }

    /// Flags bright stretches as possible violence, by models that are hardly there: quick, and the same everywhere. Returns the
    /// flags' ids in the order of their times.
    pub fn flag_bright_stretches(&self, arguments: &[&str]) -> Vec<String> {
        let models = repository().join("tests/data/models");
        let mut command = self.kuager(["scan", "--json", "--no-gate", "--detectors", "violence"]);
        command.args(["--models", &format!("pose={}", models.join("tiny-u8").display())]);
        command.args(["--models", &format!("violence={}", models.join("tiny-violence").display())]);
        command.args(arguments);
        let outcome = Outcome::of(command);
        let mut flags = outcome.incidents();
        flags.sort_by_key(|i| i["start"]["media_ns"].as_i64());
        flags.iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Any command of the program, in this folder, ready to be run.
    pub fn kuager<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::from_std(self.program());
        command.args(arguments).timeout(PATIENCE);
        command
    }

    /// The program with its results in this folder, without arguments.
    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kuager"));
        command.current_dir(self.dir.path()).env("KUAGER_DATA_DIR", self.data_dir());
        command.env("LC_ALL", "en_GB.UTF-8").env("ORT_DYLIB_PATH", onnx_runtime());
        command
    }

    /// The runs kept in this folder, oldest first.
    pub fn runs(&self) -> Vec<StoredRun> {
        Reader::open(&self.data_dir()).unwrap().runs().unwrap()
    }
}

/// The library that `./x setup` fetched, unless another is named.
pub fn onnx_runtime() -> PathBuf {
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|v| !v.is_empty()).map(PathBuf::from);
    named.unwrap_or_else(|| repository().join(".kuager/onnxruntime/libonnxruntime.so"))
}

/// All that a finished command said.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    /// Standard output, where it is JSON Lines.
    pub lines: Vec<Value>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Runs to the end. Whatever the input: no panic, no death by signal, and JSON is JSON.
    pub fn of(mut command: assert_cmd::Command) -> Self {
        let output = command.output().unwrap();
        let stdout = String::from_utf8(output.stdout).expect("standard output is UTF-8");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!stderr.contains("panicked at"), "{stderr}");
        let code = output.status.code().unwrap_or_else(|| panic!("{}: {stderr}", output.status));
        let lines = if stdout.starts_with('{') { parse_lines(&stdout) } else { Vec::new() };
        Self { code, lines, stdout, stderr }
    }

    /// Lines of one type, in order.
    pub fn of_type(&self, kind: &str) -> Vec<&Value> {
        self.lines.iter().filter(|l| l["type"] == kind).collect()
    }

    /// The closing account.
    pub fn finished(&self) -> &Value {
        let all = self.of_type("run_finished");
        assert_eq!(all.len(), 1, "one run_finished: {self:#?}");
        all[0]
    }

    /// What was said to be wrong with a file, by the end of its path.
    pub fn errors_of(&self, file: &str) -> Vec<&Value> {
        let mut errors = self.of_type("input_error");
        errors.retain(|e| e["path"].as_str().unwrap().ends_with(file));
        errors
    }

    /// The one error of a file; it must name the file and say all of `hints`.
    pub fn the_error_of(&self, file: &str, hints: &[&str]) -> &Value {
        let errors = self.errors_of(file);
        assert_eq!(errors.len(), 1, "one error of {file}: {self:#?}");
        assert_says(errors[0], file, hints);
        errors[0]
    }

    /// The ledger of a file.
    pub fn coverage_of(&self, file: &str) -> &Value {
        let mut all = self.of_type("coverage");
        all.retain(|c| c["source"]["path"].as_str().unwrap().ends_with(file));
        assert_eq!(all.len(), 1, "one coverage of {file}: {self:#?}");
        all[0]
    }

    /// The file was analysed for so many seconds, give or take `tolerance_secs`, without a word of complaint.
    pub fn assert_whole(&self, file: &str, secs: f64, tolerance_secs: f64) {
        assert_eq!(self.errors_of(file), [&Value::Null; 0], "{file}");
        self.assert_analysed(file, secs, tolerance_secs);
    }

    /// The file was analysed for so many seconds, give or take `tolerance_secs`.
    pub fn assert_analysed(&self, file: &str, secs: f64, tolerance_secs: f64) {
        let analysed = self.coverage_of(file)["analysed_secs"].as_f64().unwrap();
        assert!((analysed - secs).abs() <= tolerance_secs, "{file}: {analysed} s analysed, wanted {secs} s");
    }

    /// Incidents in their final form.
    pub fn incidents(&self) -> Vec<&Value> {
        let ended = self.lines.iter().filter(|l| l["event"] == "end");
        ended.map(|l| &l["incident"]).collect()
    }
}

/// An error line names the file and says all of `hints`.
pub fn assert_says(error: &Value, file: &str, hints: &[&str]) {
    let message = error["message"].as_str().unwrap();
    for wanted in hints.iter().chain([&file]) {
        assert!(message.contains(wanted), "{wanted:?} is missing in: {message}");
    }
}

/// Each line on its own is JSON with its type first.
pub fn parse_lines(stdout: &str) -> Vec<Value> {
    let parse = |line: &str| -> Value {
        assert!(line.starts_with(r#"{"type":"#), "{line}");
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))
    };
    stdout.lines().map(parse).collect()
}

/// Nanoseconds of a `{"media_ns": …}` as seconds.
pub fn secs(time: &Value) -> f64 {
    time["media_ns"].as_i64().unwrap_or_else(|| panic!("no media_ns: {time}")) as f64 / 1e9
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }
}

/// Copies a folder with all below it.
pub fn copy_folder(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(|e| e.unwrap()) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All files below a folder, in order.
pub fn files_of(package: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(package).sort_by_file_name().into_iter().map(|e| e.unwrap());
    files.filter(|e| e.file_type().is_file()).map(|e| e.into_path()).collect()
}

/// Writes both manifests anew, as somebody would who changed a file and knows BagIt.
pub fn rewrite_manifests(package: &Path) {
    let mut lists: BTreeMap<bool, String> = BTreeMap::new();
    let named = |p: &PathBuf| p.strip_prefix(package).unwrap().to_str().unwrap().to_owned();
    for is_payload in [true, false] {
        for file in files_of(package) {
            let name = named(&file);
            if name.starts_with("data/") == is_payload && name != "tagmanifest-sha256.txt" {
                let line = format!("{}  {name}\n", sha256_hex(std::fs::read(&file).unwrap()));
                lists.entry(is_payload).or_default().push_str(&line);
            }
        }
        let manifest = if is_payload { "manifest-sha256.txt" } else { "tagmanifest-sha256.txt" };
        std::fs::write(package.join(manifest), &lists[&is_payload]).unwrap();
    }
}

/// Compares with a file below `tests/golden/`; `KUAGER_UPDATE_GOLDEN=1` writes it instead.
pub fn assert_golden(name: &str, found: &str) {
    let path = repository().join("tests/golden").join(name);
    if std::env::var_os("KUAGER_UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    let place = differing.map_or("the number of lines".to_owned(), |n| format!("line {}", n + 1));
    assert!(
        expected == found,
        "{} differs in {place}; if the change is meant, update it with KUAGER_UPDATE_GOLDEN=1 and look at the \
         difference; found:\n{found}",
        path.display()
    );
}
