//! From what the user typed to a list of files: files, folders, globs, standard input.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::MediaError;

/// Endings that never hold pictures; passed over inside folders (named files are always tried).
const NEVER_VIDEO: [&str; 26] = [
    "txt", "csv", "json", "jsonl", "md", "log", "xml", "html", "htm", "pdf", "doc", "docx", "xls", "xlsx",
    "ini", "idx", "db", "sqlite", "exe", "dll", "py", "rs", "toml", "jpg", "jpeg", "png",
];

/// The inputs of a run.
#[derive(Debug, Default)]
pub struct InputList {
    /// Files to open, sorted, each once.
    pub files: Vec<PathBuf>,
    /// What the user named that leads to no file.
    pub errors: Vec<MediaError>,
    /// Files passed over within folders.
    pub skipped: Skipped,
}

/// Counts of what was passed over within folders, so that it can be said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// By an ending that never holds pictures.
    pub by_ending: u64,
    /// Hidden files.
    pub hidden: u64,
}

/// Resolves paths, folders (all files below) and glob patterns. `-` is not handled here, see [`spool_stdin`].
///
/// A name that exists is taken as it is, even if it holds `*` or `[`; only then is it tried as a pattern.
pub fn find_inputs(arguments: &[PathBuf]) -> InputList {
    let mut list = InputList::default();
    let mut files = BTreeSet::new();
    for argument in arguments {
        if argument.is_dir() {
            walk(argument, &mut files, &mut list);
        } else if argument.symlink_metadata().is_ok() {
            take(argument.clone(), &mut files, &mut list);
        } else if !expand_glob(argument, &mut files, &mut list) {
            list.errors.push(MediaError::NotFound { path: argument.clone() });
        }
    }
    list.files = files.into_iter().collect();
    list
}

/// A file by its name. Pipes and devices could be waited for without end; a link to nowhere is told when it is opened.
fn take(path: PathBuf, files: &mut BTreeSet<PathBuf>, list: &mut InputList) {
    if path.metadata().is_ok_and(|m| !m.is_file()) {
        list.errors.push(MediaError::NotRegular { path });
    } else {
        files.insert(path);
    }
}

fn walk(folder: &Path, files: &mut BTreeSet<PathBuf>, list: &mut InputList) {
    let errors_before = list.errors.len();
    let mut found = BTreeSet::new();
    for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let name = entry.file_name().as_encoded_bytes();
                if name.starts_with(b".") {
                    list.skipped.hidden += 1;
                } else if has_hopeless_ending(entry.path()) {
                    list.skipped.by_ending += 1;
                } else {
                    found.insert(entry.into_path());
                }
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_path_buf();
                let source = error
                    .into_io_error()
                    .unwrap_or_else(|| io::Error::other("a folder that contains itself"));
                list.errors.push(MediaError::Unreadable { source, path });
            }
        }
    }
    if found.is_empty() && list.errors.len() == errors_before {
        list.errors.push(MediaError::NothingInFolder { path: folder.to_owned() });
    }
    files.append(&mut found);
}

fn has_hopeless_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|e| NEVER_VIDEO.contains(&e.as_str()))
}

fn expand_glob(argument: &Path, files: &mut BTreeSet<PathBuf>, list: &mut InputList) -> bool {
    let Some(pattern) = argument.to_str().filter(|p| p.contains(['*', '?', '['])) else { return false };
    let Ok(matches) = glob::glob(pattern) else { return false };
    let mut any = false;
    for path in matches.flatten() {
        any = true;
        if path.is_dir() {
            walk(&path, files, list);
        } else {
            take(path, files, list);
        }
    }
    any
}

/// Copies standard input into a file, so that any container can be sought in and the original bytes hashed.
///
/// # Errors
/// When nothing comes, or the disk cannot hold it.
pub fn spool_stdin(folder: &Path) -> Result<PathBuf, MediaError> {
    let path = folder.join("stdin");
    let failed = |source| MediaError::Spool { source, path: path.clone() };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut file = File::create(&path).map_err(failed)?;
    let copied = io::copy(&mut io::stdin().lock().by_ref(), &mut file);
    if copied.is_err() {
        std::fs::remove_file(&path).ok(); // half a stream is of no use, and its room is needed for the results
    }
    let bytes = copied.map_err(failed)?;
    if bytes == 0 {
        return Err(MediaError::Empty { path: PathBuf::from("-") });
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_globs_and_missing_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.mp4", "a.mp4", "notes.txt", ".hidden", "odd[1].mkv"] {
            std::fs::write(dir.path().join(name), b"x").unwrap();
        }
        let list = find_inputs(&[dir.path().to_path_buf()]);
        let names: Vec<_> = list.files.iter().map(|p| p.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.mp4", "b.mp4", "odd[1].mkv"]);
        assert_eq!(list.skipped, Skipped { by_ending: 1, hidden: 1 });

        assert_eq!(find_inputs(&[dir.path().join("*.mp4")]).files.len(), 2);
        assert_eq!(
            find_inputs(&[dir.path().join("odd[1].mkv")]).files.len(),
            1,
            "an existing name is no pattern"
        );
        assert_eq!(find_inputs(&[dir.path().join("none.mp4")]).errors.len(), 1);
        let twice =
            find_inputs(&[dir.path().join("a.mp4"), dir.path().join("*.m*"), dir.path().to_path_buf()]);
        assert_eq!((twice.files.len(), twice.errors.len()), (3, 0), "named and found again is one file");
    }
}
