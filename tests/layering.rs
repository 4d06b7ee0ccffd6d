//! Each foreign library lives in one folder, and some things live nowhere. The sources themselves are read.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::Path;

use common::repository;

/// A source file: its path below `src/`, and its code without comments and test modules.
struct Source {
    path: String,
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = repository().join("src");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(|e| e.unwrap().into_path());
    files.filter(|p| p.extension().is_some_and(|e| e == "rs")).map(|p| source(&root, &p)).collect()
}

fn source(root: &Path, path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
    Source { code: shipped_code(&text), lines: text.lines().count(), path }
}

/// Without comments, and without what follows the last `#[cfg(test)] mod … {`, which by custom ends a file.
fn shipped_code(text: &str) -> String {
    let end = text.rfind("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text[..end].lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// Files that hold nothing but tests.
fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs") || path.ends_with("fixture.rs")
}

/// Whether `code` names the crate `name` (as a path, not as a part of another word).
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let is_start =
            !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == ':');
        let rest = &code[at + name.len()..];
        let is_used = code[..at].ends_with("use ") && rest.starts_with([';', ' ']);
        is_start && (rest.starts_with("::") || is_used)
    })
}

/// Offenders against "only these folders (or files) may `name` it".
fn outside(allowed: &[&str], offends: impl Fn(&str) -> bool) -> Vec<String> {
    let is_allowed = |s: &Source| is_test_file(&s.path) || allowed.iter().any(|a| s.path.starts_with(a));
    sources().into_iter().filter(|s| !is_allowed(s) && offends(&s.code)).map(|s| s.path).collect()
}

#[test]
fn each_foreign_library_lives_in_one_folder() {
    for (name, folder) in [
        ("ort", "infer/"),
        ("ffmpeg_next", "media/"),
        ("rusqlite", "store/"),
        ("ed25519_dalek", "chain/"),
        ("getrandom", "chain/"),
        ("serde_json_canonicalizer", "chain/"),
        ("der", "chain/"),
        ("cms", "chain/"),
        ("x509_cert", "chain/"),
        ("rsa", "chain/"),
        ("p256", "chain/"),
        ("p384", "chain/"),
        ("clap", "cli/"),
        ("clap_complete", "cli/"),
        ("indicatif", "cli/"),
        ("anyhow", "cli/"),
        ("signal_hook", "cli/"),
        ("minijinja", "report/"),
        ("tiny_skia", "report/"),
        ("image", "report/"),
        ("qrcode", "report/"),
        ("jiff", "recordings/"),
        ("regex", "recordings/"),
        ("fluent_bundle", "text/"),
        ("fluent", "text/"),
    ] {
        assert_eq!(
            outside(&[folder], |code| names_crate(code, name)),
            [""; 0],
            "{name} outside src/{folder}"
        );
    }
}

#[test]
fn the_fence_sees_what_it_must() {
    for line in
        ["use ort::session::Session;", "let e = ort::init();", "use ort as runtime;", "fn f(e: ort::Error)"]
    {
        assert!(names_crate(line, "ort"), "{line}");
    }
    for line in ["report::draw()", "use crate::ort_like::x;", "cohort::x()", "self.ort::<u8>()"] {
        assert!(!names_crate(line, "ort"), "{line}");
    }
    assert_eq!(shipped_code("a();\n// unsafe\n#[cfg(test)]\nmod tests {\n b(); }"), "a();");
}

#[test]
fn only_commands_read_the_environment() {
    let reads = |code: &str| code.contains("std::env") || code.contains("env::var");
    assert_eq!(outside(&["cli/", "main.rs"], reads), [""; 0]);
}

#[test]
fn only_commands_print() {
    let prints = |code: &str| ["println!", "eprintln!", "print!", "eprint!"].iter().any(|p| code.contains(p));
    assert_eq!(outside(&["cli/", "main.rs"], prints), [""; 0]);
}

#[test]
fn threads_are_started_in_few_places() {
    let starts = |code: &str| {
        ["thread::spawn", "thread::scope", "thread::Builder", "rayon::", "tokio::"]
            .iter()
            .any(|t| code.contains(t))
    };
    // Following the events of an analysis while it runs takes one thread of its own.
    let allowed = ["pipeline/", "store/writer.rs", "cli/scan.rs", "cli/eval/watch.rs"];
    assert_eq!(outside(&allowed, starts), [""; 0]);
}

#[test]
fn the_engine_knows_no_thread_file_socket_or_clock() {
    let engine = ["detect/", "incident/", "track/", "gate/", "integrity/", "domain/", "pipeline/engine.rs"];
    let reaches_out = ["std::fs", "std::net", "std::thread", "std::time", "crossbeam", "println!"];
    for source in sources().iter().filter(|s| engine.iter().any(|e| s.path.starts_with(e))) {
        for reach in reaches_out {
            assert!(!source.code.contains(reach), "{reach} in src/{}", source.path);
        }
    }
}

#[test]
fn unsafe_code_is_where_hardware_decoders_are_bound_and_nowhere_else() {
    assert_eq!(
        outside(&["media/hardware.rs"], |code| code
            .split(|c: char| !c.is_alphanumeric())
            .any(|w| w == "unsafe")),
        [""; 0]
    );
}

/// What is embedded may be expected to be whole, with the reason in words; a bare `unwrap` gives none.
#[test]
fn nothing_shipped_unwraps() {
    let unwraps = |code: &str| [".unwrap()", "unreachable!(", "todo!("].iter().any(|u| code.contains(u));
    assert_eq!(outside(&[], unwraps), [""; 0]);
}

#[test]
fn what_reads_recordings_and_models_cannot_give_up() {
    let read_by =
        ["media/", "infer/", "pipeline/", "detect/", "incident/", "track/", "gate/", "integrity/", "store/"];
    for source in
        sources().iter().filter(|s| !is_test_file(&s.path) && read_by.iter().any(|r| s.path.starts_with(r)))
    {
        for end in [".expect(", "panic!(", "process::exit"] {
            assert!(!source.code.contains(end), "{end} in src/{}", source.path);
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    let long: Vec<_> = sources().into_iter().filter(|s| s.lines > 900).map(|s| (s.path, s.lines)).collect();
    assert_eq!(long, []);
}
