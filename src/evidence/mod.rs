//! Whether what is kept can still be believed: the log checked against itself, against heads that others hold, and against
//! the database and stills beside it.
//!
//! Nothing here changes anything, and the answer is never a bare yes or no: each finding has a lasting code and a place.

mod directory;

pub use directory::{Findings, Held, State, verify_directory};
