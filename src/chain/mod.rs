//! The log of everything that was done and found: entries that can be added, never changed or taken out unnoticed.
//!
//! One line is one entry, in canonical JSON (RFC 8785), in one file a day. Each names the hash of the one before it, and all
//! together are the leaves of a Merkle tree (RFC 9162) whose head is signed. Whoever holds an older head elsewhere can prove
//! that nothing before it was changed or removed. This module knows neither database nor recordings, never rewrites a
//! complete line, and does not keep anybody from deleting files: it makes that visible.

mod check;
mod entry;
mod error;
mod files;
mod head;
mod key;
mod lines;
mod stamp;
mod tree;
mod words;

pub use check::{Checked, Finding, FindingCode, Held, check_log};
pub use entry::{Entry, EntryKind, NewEntry, is_same_json};
pub use error::ChainError;
pub use files::{Log, log_folder};
pub use head::{Head, HeadError, SignedHead};
pub use key::{LogKey, PublicKey, keys_folder, replace_file};
pub use stamp::{StampCertificate, StampError, StampRequest, Stamped, check_stamp};
pub use tree::{LeafHash, consistency_proof, inclusion_proof, root_of, verify_consistency, verify_inclusion};
pub use words::{HeadWords, WordsError};
