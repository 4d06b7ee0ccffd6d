//! What is kept of every run: one SQLite file in the data directory.
//!
//! One thread writes ([`Writer`]), anybody reads ([`Reader`]), from this process or another. Runs are only ever
//! added: analysing a file again replaces nothing that was said of it before. `schema.sql` explains every column. This
//! module never looks at a recording, and nothing outside of it speaks to SQLite.

mod calibrations;
mod connect;
mod drills;
mod error;
mod ledger;
mod logged;
mod migrate;
mod outbox;
mod reader;
mod record;
#[cfg(test)]
mod tests;
mod values;
mod writer;

pub use connect::{DATABASE_NAME, database_path};
pub use error::StoreError;
pub use logged::{coverage_record, drill_record, incident_record};
pub use outbox::still_sha256;
pub use reader::{
    PlacedRecording, Reader, RunState, SourceOutcome, StoredError, StoredIncident, StoredRun, StoredSource,
};
pub use writer::Writer;
