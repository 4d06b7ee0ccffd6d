//! A package whose lists, records and stamps are from anywhere is never intact, and is checked to its end.
#![no_main]

use kuager::evidence::{Outside, State, verify_package};
use libfuzzer_sys::fuzz_target;

/// The files that a package's checks read, by the first byte of a piece.
const FILES: [&str; 12] = [
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "bagit.txt",
    "custody/found.json",
    "custody/exported.json",
    "custody/proofs.json",
    "custody/head.txt",
    "custody/log.pub",
    "data/incident.json",
    "data/context.json",
    "data/original/cut.json",
    "custody/stamps/1.tsr",
];

fuzz_target!(|pieces: Vec<(u8, Vec<u8>)>| {
    let dir = tempfile::tempdir().expect("a folder for the package");
    for (which, bytes) in pieces {
        let path = dir.path().join(FILES[usize::from(which) % FILES.len()]);
        std::fs::create_dir_all(path.parent().expect("below the package")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    let found = verify_package(dir.path(), Outside::default()).expect("a folder that can be read");
    assert_eq!(found.state, State::Broken);
});
