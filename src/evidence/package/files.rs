//! Writing a bag: each file once, hashed on the way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::PackageError;
use crate::digest::{sha256_hex, sha256_of_file, sha256_of_pieces};

/// A bag that is being written.
pub(super) struct Bag {
    folder: PathBuf,
    /// SHA-256 of each file by its path in the bag, with its size.
    written: BTreeMap<String, (String, u64)>,
}

impl Bag {
    pub fn begin(folder: PathBuf) -> Result<Self, PackageError> {
        std::fs::create_dir(&folder)
            .map_err(|source| PackageError::Write { source, path: folder.clone() })?;
        Ok(Self { folder, written: BTreeMap::new() })
    }

    /// Writes bytes; returns their SHA-256.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<String, PackageError> {
        let path = self.place(name)?;
        std::fs::write(&path, bytes).map_err(|source| PackageError::Write { source, path })?;
        Ok(self.note(name, sha256_hex(bytes), bytes.len() as u64))
    }

    /// Copies a file, which is only read; returns the SHA-256 of what was copied.
    pub fn copy(&mut self, name: &str, from: &Path) -> Result<String, PackageError> {
        let path = self.place(name)?;
        let gone =
            |e: std::io::Error| PackageError::NoOriginal { detail: e.to_string(), path: from.to_owned() };
        let mut source = File::open(from).map_err(gone)?;
        let failed = |source| PackageError::Write { source, path: path.clone() };
        let mut target = File::create_new(&path).map_err(failed)?;
        let (sha256, bytes) = sha256_of_pieces(|piece| -> Result<_, PackageError> {
            let length = source.read(piece).map_err(gone)?;
            target.write_all(&piece[..length]).map_err(failed)?;
            Ok(length)
        })?;
        target.sync_all().map_err(failed)?;
        Ok(self.note(name, sha256, bytes))
    }

    /// Takes out a file, or what a copy that failed left of it, and its folder where nothing else is in it.
    pub fn take_out(&mut self, name: &str) -> Result<(), PackageError> {
        let path = self.folder.join(name);
        self.written.remove(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(PackageError::Write { source, path });
            }
            _ => {}
        }
        if let Some(folder) = path.parent() {
            std::fs::remove_dir(folder).ok(); // fails, as it should, where something else is in it
        }
        Ok(())
    }

    /// Lets somebody else write a file, and notes what was written.
    pub fn make(
        &mut self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<(), PackageError>,
    ) -> Result<(), PackageError> {
        write(&self.place(name)?)?;
        self.note_written(name).map(drop)
    }

    /// Notes a file that somebody else wrote at its [`Self::place`]; returns its SHA-256 and size.
    pub fn note_written(&mut self, name: &str) -> Result<(String, u64), PackageError> {
        let path = self.folder.join(name);
        let (sha256, bytes) =
            sha256_of_file(&path).map_err(|source| PackageError::Write { source, path: path.clone() })?;
        Ok((self.note(name, sha256, bytes), bytes))
    }

    /// The manifest of the files whose path passes, as RFC 8493 wants it.
    pub fn manifest(&self, is_in: impl Fn(&str) -> bool) -> String {
        let lines = self.written.iter().filter(|(name, _)| is_in(name));
        lines.map(|(name, (sha256, _))| format!("{sha256}  {name}\n")).collect()
    }

    /// Bytes and number of the payload's files.
    pub fn payload(&self) -> (u64, usize) {
        let sizes =
            self.written.iter().filter(|(name, _)| name.starts_with("data/")).map(|(_, (_, bytes))| bytes);
        (sizes.clone().sum(), sizes.count())
    }

    /// Where a file of the bag lies; its folder is made.
    pub fn place(&self, name: &str) -> Result<PathBuf, PackageError> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(parent)
            .map_err(|source| PackageError::Write { source, path: parent.to_owned() })?;
        Ok(path)
    }

    fn note(&mut self, name: &str, sha256: String, bytes: u64) -> String {
        self.written.insert(name.to_owned(), (sha256.clone(), bytes));
        sha256
    }
}
