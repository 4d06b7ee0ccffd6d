//! Writing to standard output: one place that knows what a closed pipe means.

use std::io::{self, Write};

use serde_json::Value;

/// Prints one JSON line at once, so that a reader at the other end never waits for a buffer.
pub(super) fn json_line(value: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

/// Prints text for people.
pub(super) fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether the reader at the other end went away, which is no failure of ours.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Columns of the terminal, or a width that fits a report where there is none.
pub(super) fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map_or(100, |size| usize::from(size.ws_col)).max(60)
}
