//! Whether a package is what was made: every byte against the manifests, the manifests against the signed head.
//!
//! Nothing the package says is trusted: no path leaves it, no link is followed, no length is believed, and only small files
//! are read whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::{
    COVERAGE, DECLARATION, EXPORTED, FOUND, HEAD, INCIDENT, INFO, KEY, MANIFEST, ORIGINAL, PROOFS,
    PackageError, STILL, TAG_MANIFEST,
};
use crate::chain::{
    Entry, Finding, FindingCode, Head, HeadError, LeafHash, PublicKey, SignedHead, is_same_json,
    verify_inclusion,
};
use crate::digest::{sha256_hex, sha256_of_file};
use crate::evidence::State;

/// Larger files of ours there are not, but for the recording.
const MOST_READ: u64 = 8 << 20;
/// More files than this hold no package of ours.
const MOST_FILES: usize = 10_000;

/// What a check of a package gave.
#[derive(Clone, Debug)]
pub struct PackageFindings {
    /// Everything that is not as it was made.
    pub findings: Vec<Finding>,
    /// What can be said of the whole.
    pub state: State,
    /// Files whose bytes are those of the manifests.
    pub files_sound: u64,
    /// The flag that it claims to hold.
    pub incident: Option<String>,
}

/// A package under examination.
struct Package<'a> {
    folder: &'a Path,
    findings: Vec<Finding>,
    /// SHA-256 of each file as it is, by its path in the bag.
    actual: BTreeMap<String, String>,
}

/// Checks a package. `known` is a public key that did not come with it.
///
/// # Errors
/// Where the folder cannot be read at all.
pub fn verify_package(folder: &Path, known: Option<&PublicKey>) -> Result<PackageFindings, PackageError> {
    let mut package = Package { folder, findings: Vec::new(), actual: BTreeMap::new() };
    package.list()?;
    let payload = package.manifest(MANIFEST, |name| name.starts_with("data/"));
    let tags = package.manifest(TAG_MANIFEST, |name| !name.starts_with("data/") && name != TAG_MANIFEST);
    package.declaration();
    let files_sound = package.compare(&payload, &tags);
    let is_known = package.custody(known);
    let incident = package.contents();
    let is_broken = package.findings.iter().any(|f| f.code.is_breach());
    let state = match is_known {
        _ if is_broken => State::Broken,
        true => State::Intact,
        false => State::IntactUnknownKey,
    };
    Ok(PackageFindings { findings: package.findings, state, files_sound, incident })
}

impl Package<'_> {
    fn note(&mut self, code: FindingCode, name: &str, detail: impl Into<String>) {
        let path = self.folder.join(name);
        self.findings.push(Finding { code, path, line: None, detail: detail.into() });
    }

    /// All files, hashed; links and other things that are no files are findings.
    fn list(&mut self) -> Result<(), PackageError> {
        let folder = self.folder;
        let unreadable = |e: walkdir::Error| {
            let path = e.path().unwrap_or(folder).to_owned();
            PackageError::Read { source: e.into(), path }
        };
        for entry in walkdir::WalkDir::new(folder).follow_links(false).sort_by_file_name() {
            let entry = entry.map_err(unreadable)?;
            if entry.file_type().is_dir() {
                continue;
            }
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let name = relative.to_str().map(str::to_owned);
            match name.filter(|n| entry.file_type().is_file() && is_safe(n)) {
                Some(name) if self.actual.len() < MOST_FILES => {
                    let failed = |source| PackageError::Read { source, path: entry.path().to_owned() };
                    let (sha256, _) = sha256_of_file(entry.path()).map_err(failed)?;
                    self.actual.insert(name, sha256);
                }
                _ => self.note(FindingCode::BagPathOutside, &relative.to_string_lossy(), ""),
            }
        }
        Ok(())
    }

    /// The files that a manifest lists, with their hashes.
    fn manifest(&mut self, name: &str, is_in: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let mut listed = BTreeMap::new();
        let Some(text) = self.text(name) else { return listed };
        for (number, line) in (1_u64..).zip(text.lines()) {
            let parts = line.split_once("  ").filter(|(sha256, _)| LeafHash::from_hex(sha256).is_some());
            let Some((sha256, file)) = parts else {
                self.note(FindingCode::BagInvalid, name, format!("line {number}"));
                continue;
            };
            if !is_safe(file) || !is_in(file) {
                self.note(FindingCode::BagPathOutside, name, format!("line {number}"));
            } else if listed.insert(file.to_owned(), sha256.to_owned()).is_some() {
                self.note(FindingCode::BagInvalid, name, format!("line {number}"));
            }
        }
        listed
    }

    fn declaration(&mut self) {
        if self.text(DECLARATION.0).is_some_and(|text| text != DECLARATION.1) {
            self.note(FindingCode::BagInvalid, DECLARATION.0, "");
        }
    }

    /// Each listed file is there with its bytes, and each file is listed. Returns how many are sound.
    fn compare(&mut self, payload: &BTreeMap<String, String>, tags: &BTreeMap<String, String>) -> u64 {
        let mut sound = 0;
        for (name, sha256) in payload.iter().chain(tags) {
            match self.actual.get(name) {
                Some(actual) if actual == sha256 => sound += 1,
                Some(_) => self.note(FindingCode::BagFileDiffers, name, ""),
                None => self.note(FindingCode::BagFileMissing, name, ""),
            }
        }
        let is_listed = |name: &String| payload.contains_key(name) || tags.contains_key(name);
        let unlisted: Vec<String> =
            self.actual.keys().filter(|n| *n != TAG_MANIFEST && !is_listed(n)).cloned().collect();
        for name in unlisted {
            self.note(FindingCode::BagFileUnlisted, &name, "");
        }
        let required = [INFO, MANIFEST, FOUND, EXPORTED, PROOFS, HEAD, INCIDENT, COVERAGE];
        let missing = required.iter().filter(|n| !tags.contains_key(**n) && !payload.contains_key(**n));
        for name in missing.copied().collect::<BTreeSet<_>>() {
            self.note(FindingCode::BagFileMissing, name, "");
        }
        sound
    }

    /// The signed head vouches for both entries, and the entry of the export for the manifest. Returns whether the key is
    /// one from outside.
    fn custody(&mut self, known: Option<&PublicKey>) -> bool {
        let beside = self.text(KEY).and_then(|text| PublicKey::parse(text.trim()));
        if beside.is_none() {
            self.note(FindingCode::KeyUnusable, KEY, "");
        }
        if let (Some(known), Some(beside)) = (known, &beside)
            && known != beside
        {
            self.note(FindingCode::KeyChanged, KEY, beside.to_string());
        }
        let key = known.cloned().or(beside);
        let head = self.head(key.as_ref());
        let proofs = self.json(PROOFS).unwrap_or(Value::Null);
        for (name, proof) in [(FOUND, &proofs["found"]), (EXPORTED, &proofs["exported"])] {
            let is_proved = head.is_some_and(|head| self.is_in(name, proof, head));
            if !is_proved {
                self.note(FindingCode::ProofInvalid, name, "");
            }
        }
        let said = self.entry(EXPORTED).map(|e| e.body["manifest_sha256"].clone());
        let manifest = self.text(MANIFEST).map(sha256_hex);
        if said.as_ref().and_then(Value::as_str) != manifest.as_deref() {
            self.note(FindingCode::BagFileDiffers, MANIFEST, "");
        }
        known.is_some() && known == key.as_ref()
    }

    fn head(&mut self, key: Option<&PublicKey>) -> Option<Head> {
        let text = self.text(HEAD)?;
        let read = SignedHead::parse(&text)
            .and_then(|signed| key.map_or(Err(HeadError::OtherKey), |key| signed.check(key)));
        let code = match read {
            Ok(head) => return Some(head),
            Err(HeadError::Form) => FindingCode::HeadUnreadable,
            Err(HeadError::OtherKey) => FindingCode::HeadOtherKey,
            Err(HeadError::Signature) => FindingCode::HeadForged,
        };
        self.note(code, HEAD, "");
        None
    }

    /// Whether the proof leads from an entry's line to the head.
    fn is_in(&self, name: &str, proof: &Value, head: Head) -> bool {
        let (Some(entry), Some(line)) = (self.entry(name), self.read(name)) else { return false };
        let hashes =
            proof.as_array().map(|all| all.iter().map(|h| LeafHash::from_hex(h.as_str()?)).collect());
        let Some(Some(path)) = hashes else { return false };
        let path: Vec<LeafHash> = path;
        verify_inclusion(LeafHash::of_line(&line), entry.serial, head.size, &path, head.root)
    }

    /// What the package shows is what was logged.
    fn contents(&mut self) -> Option<String> {
        let logged = self.entry(FOUND)?.body;
        let incident = self.json(INCIDENT)?;
        let record = &incident["record"];
        let name = record["incident"].as_str().map(str::to_owned);
        let is_it = |said: &Value| is_same_json(said, record);
        if !logged["incidents"].as_array().is_some_and(|all| all.iter().any(is_it)) {
            self.note(FindingCode::RowDiffers, INCIDENT, "");
        }
        if self.json(COVERAGE).is_some_and(|coverage| !is_same_json(&coverage, &logged["coverage"])) {
            self.note(FindingCode::RowDiffers, COVERAGE, "");
        }
        let original = self
            .actual
            .iter()
            .find(|(name, _)| name.starts_with(ORIGINAL))
            .map(|(n, s)| (n.clone(), s.clone()));
        match original {
            Some((_, sha256)) if logged["sha256"] == sha256.as_str() => {}
            Some((name, _)) => self.note(FindingCode::OriginalDiffers, &name, ""),
            None => self.note(FindingCode::BagFileMissing, ORIGINAL, ""),
        }
        let still = name.as_ref().map(|n| logged["stills"][n].clone()).unwrap_or_default();
        match (still.as_str(), self.actual.get(STILL)) {
            (Some(said), Some(found)) if said != found => self.note(FindingCode::StillDiffers, STILL, ""),
            (Some(_), None) => self.note(FindingCode::StillMissing, STILL, ""),
            _ => {}
        }
        name
    }

    fn entry(&self, name: &str) -> Option<Entry> {
        Entry::of_line(&self.read(name)?)
    }

    fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_slice(&self.read(name)?).ok()
    }

    fn text(&self, name: &str) -> Option<String> {
        String::from_utf8(self.read(name)?).ok()
    }

    /// A small file of the package, if it is one that was listed.
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        if !self.actual.contains_key(name) {
            return None;
        }
        let mut bytes = Vec::new();
        let file = File::open(self.folder.join(name)).ok()?;
        file.take(MOST_READ + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= MOST_READ).then_some(bytes)
    }
}

/// Whether a path stays in the package, is written in one way only, and shows what it is.
fn is_safe(name: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let is_harmless = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | ':' | '%');
    name.len() <= 1024 && name.split('/').all(is_plain) && name.chars().all(is_harmless)
}
