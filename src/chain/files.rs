//! The log on disk, as it is written: one file a day, whole lines only, on disk before anybody is told.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use super::entry::{Entry, EntryKind, NewEntry};
use super::head::{Head, SignedHead};
use super::key::{LogKey, make_private_folder, write_whole};
use super::lines::{self, LONGEST_LINE, Read};
use super::tree::{Edge, LeafHash};
use super::{ChainError, lines::day_of};
use crate::digest::sha256_hex;

/// Held while entries are written, so that two programs never write at once.
const LOCK_NAME: &str = "lock";
/// Signed heads, one a day.
pub(super) const HEADS: &str = "heads";
/// What a cut-off write left, kept for whoever wants to know.
const TORN: &str = "torn";

/// Where the log of a data directory lies.
pub fn log_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("log")
}

/// The log of a data directory, open for adding.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    lock: File,
    key: LogKey,
    is_new: bool,
    /// Of all lines read or written so far.
    edge: Edge,
    last: Option<LeafHash>,
    /// The day file that was written last, and how far it is known.
    file: Option<(PathBuf, u64)>,
}

impl Log {
    /// Opens the log of a data directory; makes it, with its key, where there is none. What a crash left at its end is put
    /// aside, and logged.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub fn open(data_dir: &Path) -> Result<Self, ChainError> {
        let folder = log_folder(data_dir);
        make_private_folder(&folder.join(HEADS))?;
        let path = folder.join(LOCK_NAME);
        let lock = OpenOptions::new().create(true).append(true).open(&path);
        let lock = lock.map_err(|e| ChainError::write(&path, &e))?;
        lock.lock().map_err(|e| ChainError::write(&path, &e))?;
        let key = LogKey::load_or_make(data_dir)?; // with the lock held, so that there is one
        lock.unlock().map_err(|e| ChainError::write(&path, &e))?;
        let mut log =
            Self { folder, lock, key, is_new: false, edge: Edge::default(), last: None, file: None };
        log.append(Vec::new())?;
        Ok(log)
    }

    /// Adds entries at the end, in order, and waits until they are on the disk. Returns how many the log holds now.
    ///
    /// # Errors
    /// Where they cannot be written; then none of them is in the log.
    pub fn append(&mut self, entries: Vec<NewEntry>) -> Result<u64, ChainError> {
        self.append_with(|| Ok::<_, ChainError>(entries), |_| Ok(()))?;
        Ok(self.edge.size())
    }

    /// As [`Self::append`], with the lock held from gathering the entries until `done` has dealt with their being in the log.
    ///
    /// # Errors
    /// As [`Self::append`], and those of the two.
    pub fn append_with<E: From<ChainError>>(
        &mut self,
        gather: impl FnOnce() -> Result<Vec<NewEntry>, E>,
        done: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.folder.join(LOCK_NAME);
        self.lock.lock().map_err(|e| ChainError::write(&path, &e))?;
        let appended = gather().and_then(|entries| Ok(self.append_locked(entries)?));
        let appended = appended.and_then(|()| done(self));
        let unlocked = self.lock.unlock().map_err(|e| ChainError::write(&path, &e).into());
        appended.and(unlocked)
    }

    /// Whether this opening began the log.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The head over everything in the log, signed, and kept as the head of its day.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub fn sign_head(&mut self) -> Result<SignedHead, ChainError> {
        let mut signed = None;
        self.append_with(|| Ok(Vec::new()), |log| log.keep_head().map(|head| signed = Some(head)))?;
        Ok(signed.expect("set where it could be kept"))
    }

    fn keep_head(&self) -> Result<SignedHead, ChainError> {
        let head = SignedHead::sign(Head { size: self.edge.size(), root: self.edge.root() }, &self.key);
        let day = self.file.as_ref().map_or_else(String::new, |(path, _)| day_of(path));
        let path = self.folder.join(HEADS).join(format!("{day}.head"));
        write_whole(&path, head.to_string().as_bytes()).map_err(|e| ChainError::write(&path, &e))?;
        Ok(head)
    }

    fn append_locked(&mut self, entries: Vec<NewEntry>) -> Result<(), ChainError> {
        let mut new = Vec::new();
        if let Some(repair) = self.catch_up()? {
            new.push(repair);
        }
        if self.edge.size() == 0 {
            let public = self.key.public().to_string();
            self.is_new = true;
            let body = json!({"log": self.key.name(), "public_key": public});
            new.push(NewEntry { kind: EntryKind::LogCreated, body });
        }
        new.extend(entries);
        if new.is_empty() { Ok(()) } else { self.write(new) }
    }

    /// Reads what others wrote since; puts aside what a cut-off write left.
    fn catch_up(&mut self) -> Result<Option<NewEntry>, ChainError> {
        let files = lines::day_files(&self.folder)?;
        let known = self.file.take();
        let newer = |f: &&PathBuf| known.as_ref().is_none_or(|(k, _)| *f >= k);
        let mut repair = None;
        for file in files.iter().filter(newer) {
            let from = known.as_ref().filter(|(k, _)| k == file).map_or(0, |(_, at)| *at);
            let mut torn = None;
            let (edge, last) = (&mut self.edge, &mut self.last);
            let behind = lines::read_lines(file, from, |read| match read {
                Read::Line(line, _) => {
                    let leaf = LeafHash::of_line(line);
                    edge.push(leaf);
                    *last = Some(leaf);
                }
                Read::Torn(bytes, _) => torn = Some(bytes.len()),
                Read::TooLong(_) => {}
            })?;
            if torn.is_some() {
                repair = Some(self.put_aside(file, behind)?);
            }
            self.file = Some((file.clone(), behind));
        }
        if self.file.is_none() {
            self.file = known;
        }
        Ok(repair)
    }

    /// Moves the bytes behind the last whole line of a file out of it.
    fn put_aside(&self, file: &Path, behind: u64) -> Result<NewEntry, ChainError> {
        let failed = |e: std::io::Error| ChainError::write(file, &e);
        let mut opened = OpenOptions::new().read(true).write(true).open(file).map_err(failed)?;
        opened.seek(SeekFrom::Start(behind)).map_err(failed)?;
        let mut torn = Vec::new();
        (&opened).take(LONGEST_LINE as u64).read_to_end(&mut torn).map_err(failed)?;
        let folder = self.folder.join(TORN);
        make_private_folder(&folder)?;
        let name = format!("{}-{behind}.part", day_of(file));
        let kept = folder.join(&name);
        std::fs::write(&kept, &torn).map_err(|e| ChainError::write(kept, &e))?;
        opened.set_len(behind).map_err(failed)?;
        opened.sync_all().map_err(failed)?;
        let body = json!({
            "bytes": torn.len(),
            "day": day_of(file),
            "kept_as": format!("{TORN}/{name}"),
            "sha256": sha256_hex(&torn),
        });
        Ok(NewEntry { kind: EntryKind::LogRepaired, body })
    }

    /// Writes entries behind the last one in one piece.
    fn write(&mut self, entries: Vec<NewEntry>) -> Result<(), ChainError> {
        let now = OffsetDateTime::now_utc();
        let at = stamp(now);
        let (mut edge, mut last, mut bytes) = (self.edge.clone(), self.last, Vec::new());
        for new in entries {
            let entry = Entry::place(new, edge.size(), &at, last);
            let line = entry.line().map_err(|e| ChainError::Entry { detail: e.to_string() })?;
            if line.len() >= LONGEST_LINE {
                return Err(ChainError::Entry { detail: format!("{} bytes in one entry", line.len()) });
            }
            let leaf = LeafHash::of_line(&line);
            edge.push(leaf);
            last = Some(leaf);
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        let (path, before) = self.file_for(&at[..10]);
        if let Err(e) = write_behind(&path, before, &bytes) {
            return Err(ChainError::write(path, &e));
        }
        (self.edge, self.last) = (edge, last);
        self.file = Some((path, before + bytes.len() as u64));
        Ok(())
    }

    /// The file that a line of this day goes to: never one older than the last, even if the clock was set back.
    fn file_for(&self, day: &str) -> (PathBuf, u64) {
        let of_day = self.folder.join(format!("{day}.jsonl"));
        match &self.file {
            Some((path, length)) if *path >= of_day => (path.clone(), *length),
            _ => (of_day, 0),
        }
    }
}

/// Adds bytes at the known end of a file and waits for the disk. What a failure left there is taken off again.
fn write_behind(path: &Path, end: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if written.is_err() {
        // If even this fails, the next opening finds the torn line.
        file.set_len(end).ok();
    }
    written
}

/// RFC 3339, UTC, milliseconds.
fn stamp(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.format(form).expect("every instant has these parts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> NewEntry {
        NewEntry { kind: EntryKind::InputError, body: json!({"text": text}) }
    }

    fn all_lines(data_dir: &Path) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for file in lines::day_files(&log_folder(data_dir)).unwrap() {
            lines::read_lines(&file, 0, |read| match read {
                Read::Line(line, _) => found.push(line.to_vec()),
                Read::Torn(..) | Read::TooLong(_) => panic!("only whole lines"),
            })
            .unwrap();
        }
        found
    }

    #[test]
    fn entries_follow_each_other_across_openings_and_programs() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (Log::open(folder.path()).unwrap(), Log::open(folder.path()).unwrap());
        assert_eq!(one.append(vec![entry("a"), entry("b")]).unwrap(), 3);
        assert_eq!(two.append(vec![entry("c")]).unwrap(), 4);
        assert_eq!(one.append(vec![entry("d")]).unwrap(), 5);
        drop(one);
        assert_eq!(Log::open(folder.path()).unwrap().append(vec![entry("e")]).unwrap(), 6);
        let lines = all_lines(folder.path());
        let mut previous = LeafHash([0; 32]);
        for (serial, line) in lines.iter().enumerate() {
            let entry = Entry::of_line(line).unwrap();
            assert_eq!((entry.serial, entry.previous), (serial as u64, previous.to_string()));
            previous = LeafHash::of_line(line);
        }
        assert_eq!(Entry::of_line(&lines[0]).unwrap().kind, EntryKind::LogCreated);
        let leaves: Vec<_> = lines.iter().map(|l| LeafHash::of_line(l)).collect();
        let head = two.sign_head().unwrap().claimed();
        assert_eq!(head, Head { size: 6, root: super::super::root_of(&leaves) });
    }

    #[test]
    fn a_torn_line_is_put_aside_and_said() {
        let folder = tempfile::tempdir().unwrap();
        Log::open(folder.path()).unwrap().append(vec![entry("a")]).unwrap();
        let file = lines::day_files(&log_folder(folder.path())).unwrap().remove(0);
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, [&whole[..], b"{\"at\":\"20"].concat()).unwrap();
        assert_eq!(Log::open(folder.path()).unwrap().append(vec![entry("b")]).unwrap(), 4);
        let lines = all_lines(folder.path());
        let repair = Entry::of_line(&lines[2]).unwrap();
        assert_eq!(repair.kind, EntryKind::LogRepaired);
        let kept = log_folder(folder.path()).join(repair.body["kept_as"].as_str().unwrap());
        assert_eq!(std::fs::read(kept).unwrap(), b"{\"at\":\"20");
        assert!(std::fs::read(&file).unwrap().starts_with(&whole), "nothing that was whole has changed");
    }

    #[test]
    fn a_clock_set_back_does_not_put_entries_before_others() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(folder.path()).unwrap();
        let file = lines::day_files(&log_folder(folder.path())).unwrap().remove(0);
        let tomorrow = file.with_file_name("2999-01-01.jsonl");
        std::fs::rename(&file, &tomorrow).unwrap();
        drop(log);
        log = Log::open(folder.path()).unwrap();
        log.append(vec![entry("a")]).unwrap();
        assert_eq!(lines::day_files(&log_folder(folder.path())).unwrap(), [tomorrow]);
    }
}
