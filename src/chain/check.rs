//! Whether a log is whole: every line, their chain, the signed heads that lie beside it, and those that others hold.

use std::path::{Path, PathBuf};

use super::entry::{Entry, EntryKind};
use super::files::HEADS;
use super::head::{Head, HeadError, SignedHead};
use super::key::{LogKey, PublicKey};
use super::lines::{self, Read, day_of};
use super::tree::{LeafHash, root_of};
use super::words::HeadWords;
use super::{ChainError, log_folder};

/// What is not as it was written. The names are lasting; `docs/ref/verify.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // each is explained by its text in locales/
pub enum FindingCode {
    LogMissing,
    LogLineAltered,
    LogSerialGap,
    LogChainBroken,
    LogLineMisplaced,
    LogTorn,
    LogUnsignedTail,
    KeyUnusable,
    KeyChanged,
    HeadUnreadable,
    HeadOtherKey,
    HeadForged,
    HeadAhead,
    HeadDiffers,
    RowMissing,
    RowDiffers,
    RowUnlogged,
    StillMissing,
    StillDiffers,
    HeldLetGo,
    BagInvalid,
    BagPathOutside,
    BagFileMissing,
    BagFileDiffers,
    BagFileUnlisted,
    OriginalDiffers,
    CutInvalid,
    CutDiffers,
    CutNotInOriginal,
    ProofInvalid,
    StampUnreadable,
    StampOtherHead,
    StampOtherRequest,
    StampCertificate,
    StampForged,
}

impl FindingCode {
    /// All codes.
    pub const ALL: [Self; 35] = [
        Self::LogMissing,
        Self::LogLineAltered,
        Self::LogSerialGap,
        Self::LogChainBroken,
        Self::LogLineMisplaced,
        Self::LogTorn,
        Self::LogUnsignedTail,
        Self::KeyUnusable,
        Self::KeyChanged,
        Self::HeadUnreadable,
        Self::HeadOtherKey,
        Self::HeadForged,
        Self::HeadAhead,
        Self::HeadDiffers,
        Self::RowMissing,
        Self::RowDiffers,
        Self::RowUnlogged,
        Self::StillMissing,
        Self::StillDiffers,
        Self::HeldLetGo,
        Self::BagInvalid,
        Self::BagPathOutside,
        Self::BagFileMissing,
        Self::BagFileDiffers,
        Self::BagFileUnlisted,
        Self::OriginalDiffers,
        Self::CutInvalid,
        Self::CutDiffers,
        Self::CutNotInOriginal,
        Self::ProofInvalid,
        Self::StampUnreadable,
        Self::StampOtherHead,
        Self::StampOtherRequest,
        Self::StampCertificate,
        Self::StampForged,
    ];

    /// The lasting name, also in the locale files (`finding-<code>`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogMissing => "log_missing",
            Self::LogLineAltered => "log_line_altered",
            Self::LogSerialGap => "log_serial_gap",
            Self::LogChainBroken => "log_chain_broken",
            Self::LogLineMisplaced => "log_line_misplaced",
            Self::LogTorn => "log_torn",
            Self::LogUnsignedTail => "log_unsigned_tail",
            Self::KeyUnusable => "key_unusable",
            Self::KeyChanged => "key_changed",
            Self::HeadUnreadable => "head_unreadable",
            Self::HeadOtherKey => "head_other_key",
            Self::HeadForged => "head_forged",
            Self::HeadAhead => "head_ahead",
            Self::HeadDiffers => "head_differs",
            Self::RowMissing => "row_missing",
            Self::RowDiffers => "row_differs",
            Self::RowUnlogged => "row_unlogged",
            Self::StillMissing => "still_missing",
            Self::StillDiffers => "still_differs",
            Self::HeldLetGo => "held_let_go",
            Self::BagInvalid => "bag_invalid",
            Self::BagPathOutside => "bag_path_outside",
            Self::BagFileMissing => "bag_file_missing",
            Self::BagFileDiffers => "bag_file_differs",
            Self::BagFileUnlisted => "bag_file_unlisted",
            Self::OriginalDiffers => "original_differs",
            Self::CutInvalid => "cut_invalid",
            Self::CutDiffers => "cut_differs",
            Self::CutNotInOriginal => "cut_not_in_original",
            Self::ProofInvalid => "proof_invalid",
            Self::StampUnreadable => "stamp_unreadable",
            Self::StampOtherHead => "stamp_other_head",
            Self::StampOtherRequest => "stamp_other_request",
            Self::StampCertificate => "stamp_certificate",
            Self::StampForged => "stamp_forged",
        }
    }

    /// Whether something was changed or removed; the others are traces that a crash leaves too, and no damage to what is
    /// kept.
    pub fn is_breach(self) -> bool {
        !matches!(self, Self::LogTorn | Self::LogUnsignedTail)
    }
}

/// One thing that is not as it was written, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// In which file.
    pub path: PathBuf,
    /// In which line of it, from 1.
    pub line: Option<u64>,
    /// What exactly: names and numbers, no sentence.
    pub detail: String,
}

/// A head that somebody else holds: a text file, or its words.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text: a signed head, or [`HeadWords`].
    pub text: String,
}

/// What a check of a log gave.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Everything that is not as it was written, in order of place.
    pub findings: Vec<Finding>,
    /// Hash of each line, for proofs.
    pub leaves: Vec<LeafHash>,
    /// Entries that the newest sound head beside the log covers.
    pub signed: u64,
    /// Heads held by others that the log is consistent with.
    pub held_sound: usize,
    /// Whether a key from outside was given and every sound head is signed with it.
    pub is_known_key: bool,
}

/// Checks the log of a data directory. `known` is a public key that did not come with it; `take` gets each sound entry.
///
/// # Errors
/// Where files cannot be read at all.
pub fn check_log(
    data_dir: &Path,
    known: Option<&PublicKey>,
    held: &[Held],
    mut take: impl FnMut(&Entry),
) -> Result<Checked, ChainError> {
    let folder = log_folder(data_dir);
    let mut checked = Checked::default();
    let files = if folder.is_dir() { lines::day_files(&folder)? } else { Vec::new() };
    if files.is_empty() {
        checked.note(FindingCode::LogMissing, &folder, None, String::new());
    }
    let mut first = None;
    for file in &files {
        check_file(&mut checked, file, &mut |entry: &Entry| {
            if entry.serial == 0 {
                first = Some(entry.clone());
            }
            take(entry);
        })?;
    }
    let key = checked.check_keys(data_dir, known, first.as_ref());
    checked.check_own_heads(&folder.join(HEADS), key.as_ref())?;
    for head in held {
        let is_sound = match HeadWords::parse(&head.text) {
            Ok(words) => checked.check_words(&head.path, words),
            Err(_) => checked.check_head(&head.path, &head.text, key.as_ref()).is_some(),
        };
        checked.held_sound += usize::from(is_sound);
    }
    let size = checked.leaves.len() as u64;
    if checked.signed < size {
        let detail = format!("{} - {size}", checked.signed);
        checked.note(FindingCode::LogUnsignedTail, &folder, None, detail);
    }
    checked.is_known_key = known.is_some() && known == key.as_ref();
    Ok(checked)
}

fn check_file(checked: &mut Checked, file: &Path, take: &mut dyn FnMut(&Entry)) -> Result<(), ChainError> {
    let day = day_of(file);
    lines::read_lines(file, 0, |read| match read {
        Read::Line(line, number) => checked.check_line(file, &day, line, number, take),
        Read::Torn(bytes, number) => {
            checked.note(FindingCode::LogTorn, file, Some(number), format!("{} bytes", bytes.len()));
        }
        Read::TooLong(number) => {
            checked.note(FindingCode::LogLineAltered, file, Some(number), String::new());
            checked.leaves.push(LeafHash([0; 32]));
        }
    })?;
    Ok(())
}

impl Checked {
    fn note(&mut self, code: FindingCode, path: &Path, line: Option<u64>, detail: String) {
        self.findings.push(Finding { code, path: path.to_owned(), line, detail });
    }

    fn check_line(&mut self, file: &Path, day: &str, line: &[u8], number: u64, take: &mut dyn FnMut(&Entry)) {
        let expected = self.leaves.len() as u64;
        let before = self.leaves.last().copied().unwrap_or(LeafHash([0; 32]));
        self.leaves.push(LeafHash::of_line(line));
        let Some(entry) = Entry::of_line(line) else {
            return self.note(FindingCode::LogLineAltered, file, Some(number), String::new());
        };
        if entry.serial != expected {
            let detail = format!("{} <> {expected}", entry.serial);
            self.note(FindingCode::LogSerialGap, file, Some(number), detail);
        }
        if entry.previous != before.to_string() {
            self.note(FindingCode::LogChainBroken, file, Some(number), entry.previous.clone());
        }
        // The other way about happens where a clock was set back.
        if entry.at.get(..10).is_none_or(|d| d > day) {
            self.note(FindingCode::LogLineMisplaced, file, Some(number), entry.at.clone());
        }
        take(&entry);
    }

    /// The key that heads are checked with: the one from outside, else the one that the log itself was begun with.
    fn check_keys(
        &mut self,
        data_dir: &Path,
        known: Option<&PublicKey>,
        first: Option<&Entry>,
    ) -> Option<PublicKey> {
        let folder = super::keys_folder(data_dir);
        let stated = first.filter(|e| e.kind == EntryKind::LogCreated);
        let stated = stated.and_then(|e| PublicKey::parse(e.body.get("public_key")?.as_str()?));
        let beside = match PublicKey::load(data_dir) {
            Ok(key) => Some(key),
            Err(error) => {
                self.note(FindingCode::KeyUnusable, &folder, None, error.to_string());
                None
            }
        };
        match LogKey::load(data_dir) {
            Ok(secret) if Some(secret.public()) != beside && beside.is_some() => {
                self.note(FindingCode::KeyChanged, &folder, None, secret.public().to_string());
            }
            Ok(_) => {}
            Err(error) => self.note(FindingCode::KeyUnusable, &folder, None, error.to_string()),
        }
        let key = known.cloned().or_else(|| stated.clone()).or_else(|| beside.clone());
        for other in [stated, beside].into_iter().flatten() {
            if key.as_ref() != Some(&other) {
                self.note(FindingCode::KeyChanged, &folder, None, other.to_string());
            }
        }
        key
    }

    fn check_own_heads(&mut self, folder: &Path, key: Option<&PublicKey>) -> Result<(), ChainError> {
        if !folder.is_dir() {
            return Ok(());
        }
        let listed = std::fs::read_dir(folder).map_err(|e| ChainError::read(folder, &e))?;
        let mut heads: Vec<PathBuf> = listed.filter_map(|e| e.ok().map(|e| e.path())).collect();
        heads.retain(|p| p.extension().is_some_and(|e| e == "head"));
        heads.sort();
        for path in heads {
            let text = std::fs::read(&path).map_err(|e| ChainError::read(&path, &e))?;
            let text = String::from_utf8_lossy(&text).into_owned();
            if let Some(head) = self.check_head(&path, &text, key) {
                self.signed = self.signed.max(head.size);
            }
        }
        Ok(())
    }

    /// The head, if it is signed with the key and the log is what it was then, or more.
    fn check_head(&mut self, path: &Path, text: &str, key: Option<&PublicKey>) -> Option<Head> {
        let read = SignedHead::parse(text).and_then(|signed| match key {
            Some(key) => signed.check(key),
            None => Err(HeadError::OtherKey),
        });
        let head = match read {
            Ok(head) => head,
            Err(error) => {
                let code = match error {
                    HeadError::Form => FindingCode::HeadUnreadable,
                    HeadError::OtherKey => FindingCode::HeadOtherKey,
                    HeadError::Signature => FindingCode::HeadForged,
                };
                self.note(code, path, None, String::new());
                return None;
            }
        };
        let root = self.root_at(head.size, path)?;
        if root != head.root {
            self.note(FindingCode::HeadDiffers, path, None, head.size.to_string());
            return None;
        }
        Some(head)
    }

    /// Whether the log is what it was when its head was told in words, or more. Words carry no signature.
    fn check_words(&mut self, path: &Path, words: HeadWords) -> bool {
        let Some(root) = self.root_at(words.size(), path) else { return false };
        let is_same = HeadWords::of(Head { size: words.size(), root }) == words;
        if !is_same {
            self.note(FindingCode::HeadDiffers, path, None, words.size().to_string());
        }
        is_same
    }

    /// The root over so many entries; a log that holds fewer was cut off.
    fn root_at(&mut self, size: u64, path: &Path) -> Option<LeafHash> {
        let whole = self.leaves.len() as u64;
        if size > whole {
            self.note(FindingCode::HeadAhead, path, None, format!("{size} > {whole}"));
            return None;
        }
        Some(root_of(&self.leaves[..size as usize]))
    }
}

#[cfg(test)]
mod tests;
