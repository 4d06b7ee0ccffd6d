//! Whether what is kept can still be believed: the log checked against itself, against heads that others hold, and against
//! the database and stills beside it; and the package that leaves the machine with a flag.
//!
//! Checks change nothing, and the answer is never a bare yes or no: each finding has a lasting code and a place.

mod directory;
mod leftovers;
mod package;
mod stamps;

pub use directory::{Findings, Held, State, stamps_folder, verify_directory};
pub use leftovers::{Leftover, find_leftovers, repair_leftovers};
pub use package::{
    Export, Exported, Extent, LONG_BYTES, LONG_SECS, Outside, PackageError, PackageFindings, Viewer,
    ViewingCopy, export, package_head, package_stamps_folder, verify_package,
};
pub use stamps::{FoundStamp, StampFileError, accept_stamp, request_stamp};
