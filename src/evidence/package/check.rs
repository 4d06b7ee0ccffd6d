//! Whether a package is what was made: every byte against the manifests, the manifests against the signed head.
//!
//! Nothing the package says is trusted: no path leaves it, no link is followed, no length is believed, and only small files
//! are read whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cut::CutRecord;
use super::{
    CONTEXT_LIST, COVERAGE, CUT_LIST, DECLARATION, EXPORTED, FOUND, HEAD, INCIDENT, INFO, KEY, MANIFEST,
    ORIGINAL, PROOFS, PackageError, STAMPS, STILL, TAG_MANIFEST,
};
use crate::chain::{
    Entry, Finding, FindingCode, Head, HeadError, LeafHash, PublicKey, SignedHead, StampCertificate,
    is_same_json, verify_inclusion,
};
use crate::digest::{sha256_hex, sha256_of_file};
use crate::domain::{MediaTime, Span};
use crate::evidence::State;
use crate::evidence::stamps::{FoundStamp, StampFiles, check_all};

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
    /// Whether it holds a cut instead of the whole recording.
    pub is_cut: bool,
    /// Time stamps by others on its head that hold.
    pub stamps: Vec<FoundStamp>,
}

/// What did not come with a package, to check it with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outside<'a> {
    /// The public key.
    pub key: Option<&'a PublicKey>,
    /// The whole recording; it is only read.
    pub original: Option<&'a Path>,
    /// The certificate of who stamped the head.
    pub authority: Option<&'a StampCertificate>,
}

/// A package under examination.
struct Package<'a> {
    folder: &'a Path,
    findings: Vec<Finding>,
    /// SHA-256 of each file as it is, by its path in the bag.
    actual: BTreeMap<String, String>,
}

/// Checks a package.
///
/// # Errors
/// Where the folder, or the recording that was given, cannot be read at all.
pub fn verify_package(folder: &Path, outside: Outside<'_>) -> Result<PackageFindings, PackageError> {
    let mut package = Package { folder, findings: Vec::new(), actual: BTreeMap::new() };
    package.list()?;
    let payload = package.manifest(MANIFEST, |name| name.starts_with("data/"));
    let tags = package.manifest(TAG_MANIFEST, |name| !name.starts_with("data/") && name != TAG_MANIFEST);
    package.declaration();
    let files_sound = package.compare(&payload, &tags);
    let is_known = package.custody(outside.key);
    let incident = package.contents(outside.original)?;
    package.cuts_of_others();
    let stamps = package.stamps(outside.authority);
    let is_broken = package.findings.iter().any(|f| f.code.is_breach());
    let state = match is_known {
        _ if is_broken => State::Broken,
        true => State::Intact,
        false => State::IntactUnknownKey,
    };
    let is_cut = package.actual.contains_key(CUT_LIST);
    Ok(PackageFindings { findings: package.findings, state, files_sound, incident, is_cut, stamps })
}

impl Package<'_> {
    fn note(&mut self, code: FindingCode, name: &str, detail: impl Into<String>) {
        self.note_at(code, self.folder.join(name), detail);
    }

    fn note_at(&mut self, code: FindingCode, path: PathBuf, detail: impl Into<String>) {
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
        let is_known = |name: &str| name == TAG_MANIFEST || stamp_name(name).is_some();
        let unlisted: Vec<String> =
            self.actual.keys().filter(|n| !is_known(n) && !is_listed(n)).cloned().collect();
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

    /// Stamps that were added later: no list names them, each proves itself.
    fn stamps(&mut self, authority: Option<&StampCertificate>) -> Vec<FoundStamp> {
        let mut stamps = BTreeMap::<u32, StampFiles>::new();
        for name in self.actual.keys() {
            if let Some((number, ending)) = stamp_name(name) {
                stamps.entry(number).or_default().add(ending, self.read(name).unwrap_or_default());
            }
        }
        let head = self.read(HEAD).unwrap_or_default();
        check_all(
            &stamps,
            |_| head.as_slice(),
            authority,
            |number, code| {
                self.note(code, &format!("{STAMPS}{number}.tsr"), "");
            },
        )
    }

    /// What the package shows is what was logged.
    fn contents(&mut self, original: Option<&Path>) -> Result<Option<String>, PackageError> {
        let (Some(logged), Some(incident)) = (self.entry(FOUND).map(|e| e.body), self.json(INCIDENT)) else {
            return Ok(None);
        };
        let record = &incident["record"];
        let name = record["incident"].as_str().map(str::to_owned);
        let is_it = |said: &Value| is_same_json(said, record);
        if !logged["incidents"].as_array().is_some_and(|all| all.iter().any(is_it)) {
            self.note(FindingCode::RowDiffers, INCIDENT, "");
        }
        if self.json(COVERAGE).is_some_and(|coverage| !is_same_json(&coverage, &logged["coverage"])) {
            self.note(FindingCode::RowDiffers, COVERAGE, "");
        }
        self.recording(&logged, record, original)?;
        let still = name.as_ref().map(|n| logged["stills"][n].clone()).unwrap_or_default();
        match (still.as_str(), self.actual.get(STILL)) {
            (Some(said), Some(found)) if said != found => self.note(FindingCode::StillDiffers, STILL, ""),
            (Some(_), None) => self.note(FindingCode::StillMissing, STILL, ""),
            _ => {}
        }
        Ok(name)
    }

    /// The recording is the one that was analysed: the whole of it, or a cut of it that holds the flag.
    fn recording(
        &mut self,
        logged: &Value,
        record: &Value,
        given: Option<&Path>,
    ) -> Result<(), PackageError> {
        let is_logged = |sha256: &str| logged["sha256"] == sha256;
        let mut is_given_sound = false;
        if let Some(given) = given {
            let failed = |source| PackageError::Read { source, path: given.to_owned() };
            is_given_sound = is_logged(&sha256_of_file(given).map_err(failed)?.0);
            if !is_given_sound {
                self.note_at(FindingCode::OriginalDiffers, given.to_owned(), "");
            }
        }
        if !self.actual.contains_key(CUT_LIST) {
            let packed = self.actual.iter().find(|(name, _)| name.starts_with(ORIGINAL));
            match packed.map(|(name, sha256)| (name.clone(), sha256.clone())) {
                Some((_, sha256)) if is_logged(&sha256) => {}
                Some((name, _)) => self.note(FindingCode::OriginalDiffers, &name, ""),
                None => self.note(FindingCode::BagFileMissing, ORIGINAL, ""),
            }
            return Ok(());
        }
        let cut = self.json(CUT_LIST).and_then(CutRecord::of);
        let Some(cut) = cut.filter(|c| is_logged(&c.original.sha256) && c.holds(span_of(record))) else {
            self.note(FindingCode::CutInvalid, CUT_LIST, "");
            return Ok(());
        };
        self.cut(&cut);
        let given = given.filter(|_| is_given_sound);
        if given.is_some_and(|given| !cut.is_part_of(given).unwrap_or(false)) {
            self.note(FindingCode::CutNotInOriginal, &cut.cut.file, "");
        }
        Ok(())
    }

    /// A cut holds the packets that are said to be in it.
    fn cut(&mut self, cut: &CutRecord) {
        let file = &cut.cut.file;
        if self.actual.get(file) != Some(&cut.cut.sha256) {
            return self.note(FindingCode::CutInvalid, file_or(file, CUT_LIST), "");
        }
        if !cut.is_what_the_cut_holds(&self.folder.join(file)).unwrap_or(false) {
            self.note(FindingCode::CutDiffers, file, "");
        }
    }

    /// Cuts of what other cameras recorded.
    fn cuts_of_others(&mut self) {
        let list = self.json(CONTEXT_LIST).unwrap_or_default();
        let cameras = list["cameras"].as_array().into_iter().flatten();
        let recordings = cameras.flat_map(|c| c["recordings"].as_array().into_iter().flatten());
        let cuts: Vec<_> =
            recordings.filter_map(|r| r.get("cut")).map(|c| CutRecord::of(c.clone())).collect();
        for cut in cuts {
            match cut {
                Some(cut) => self.cut(&cut),
                None => self.note(FindingCode::CutInvalid, CONTEXT_LIST, ""),
            }
        }
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

/// Number and ending, where a path is that of a stamp's file.
fn stamp_name(name: &str) -> Option<(u32, &str)> {
    StampFiles::name(name.strip_prefix(STAMPS)?)
}

/// A name that a package gives, if it may be shown and joined; else another.
fn file_or<'a>(name: &'a str, other: &'a str) -> &'a str {
    if is_safe(name) { name } else { other }
}

/// The stretch of a flag, as its record has it.
fn span_of(record: &Value) -> Span {
    let at = |key: &str| MediaTime::from_nanos(record[key].as_i64().unwrap_or(0));
    Span::between(at("start_ns"), at("end_ns"))
}

/// Whether a path stays in the package, is written in one way only, and shows what it is.
fn is_safe(name: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let is_harmless = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | ':' | '%');
    name.len() <= 1024 && name.split('/').all(is_plain) && name.chars().all(is_harmless)
}
