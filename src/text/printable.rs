//! File names and foreign messages made safe to show.
//!
//! Whoever names a file may put escape sequences for the terminal into it, or marks that turn the direction of
//! writing around so that a name reads as another. Neither reaches a reader.

use std::path::Path;

/// The text with control characters and invisible direction marks written out as `\u{…}`.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_printable(&mut out, text);
    out
}

/// The path for people: like [`printable`], bytes that are not UTF-8 written out as `\x…`.
pub fn printable_path(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        push_printable(&mut out, chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

fn push_printable(out: &mut String, text: &str) {
    for c in text.chars() {
        if is_deceptive(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
}

fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_direction_marks_are_shown_not_obeyed() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}gpm.exe"), "a\\u{1b}[2Jb\\u{202e}gpm.exe");
        assert_eq!(printable("қарау — 1 080.mp4"), "қарау — 1 080.mp4");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_text_are_named() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(printable_path(Path::new(OsStr::from_bytes(b"a\xff.mp4"))), "a\\xff.mp4");
    }
}
