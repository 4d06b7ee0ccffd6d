//! Reading the log's files: their names, their order, their lines.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::ChainError;

/// A line longer than this is none of ours; the writer refuses to make one.
pub(super) const LONGEST_LINE: usize = 4 << 20;

/// The day files of a log folder, oldest first.
pub(super) fn day_files(folder: &Path) -> Result<Vec<PathBuf>, ChainError> {
    let listed = std::fs::read_dir(folder).map_err(|e| ChainError::read(folder, &e))?;
    let mut files = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|e| ChainError::read(folder, &e))?;
        let is_file = entry.file_type().is_ok_and(|t| t.is_file());
        if is_file && entry.file_name().to_str().is_some_and(is_day_name) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a name is that of a day's file: `2026-11-25.jsonl`.
pub(super) fn is_day_name(name: &str) -> bool {
    name.strip_suffix(".jsonl").is_some_and(|day| {
        let is_digit = |i: usize, b: u8| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() };
        day.len() == 10 && day.bytes().enumerate().all(|(i, b)| is_digit(i, b))
    })
}

/// The day of a file: its name without the ending.
pub(super) fn day_of(file: &Path) -> String {
    file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What reading a file gave.
pub(super) enum Read<'a> {
    /// A whole line without its newline, and its number in the file from 1.
    Line(&'a [u8], u64),
    /// Bytes at the end without a newline: a write that was cut off, or a cut file.
    Torn(&'a [u8], u64),
    /// A line longer than any of ours.
    TooLong(u64),
}

/// Reads a file from an offset on, line by line. Returns the offset behind the last whole line.
pub(super) fn read_lines(file: &Path, from: u64, mut take: impl FnMut(Read<'_>)) -> Result<u64, ChainError> {
    use std::io::Seek;
    let failed = |e: std::io::Error| ChainError::read(file, &e);
    let mut opened = File::open(file).map_err(failed)?;
    opened.seek(std::io::SeekFrom::Start(from)).map_err(failed)?;
    let mut reader = BufReader::with_capacity(1 << 16, opened);
    let (mut line, mut behind, mut number) = (Vec::new(), from, 0);
    loop {
        line.clear();
        let length = take_line(&mut reader, &mut line).map_err(failed)?;
        if length == 0 {
            return Ok(behind);
        }
        number += 1;
        if line.last() == Some(&b'\n') && length as usize == line.len() {
            behind += length;
            take(Read::Line(&line[..line.len() - 1], number));
        } else if length as usize > line.len() {
            behind += length;
            take(Read::TooLong(number));
        } else {
            take(Read::Torn(&line, number));
            return Ok(behind);
        }
    }
}

/// Reads up to and with a newline, keeping at most the longest line and one byte. Returns how many bytes there were.
fn take_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    let mut length = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(length);
        }
        let end = buffer.iter().position(|b| *b == b'\n').map(|i| i + 1);
        let part = end.unwrap_or(buffer.len());
        let room = (LONGEST_LINE + 1).saturating_sub(line.len());
        line.extend_from_slice(&buffer[..part.min(room)]);
        reader.consume(part);
        length += part as u64;
        if end.is_some() {
            return Ok(length);
        }
    }
}
