//! What is kept of every run: one SQLite file in the data directory.
//!
//! One thread writes ([`Writer`]), anybody reads ([`Reader`]), from this process or another. Runs are only ever
//! added: analysing a file again replaces nothing that was said of it before. `schema.sql` explains every column. This
//! module never looks at a recording, and nothing outside of it speaks to SQLite.

mod calibrations;
mod connect;
mod drills;
mod error;
mod holds;
mod kept;
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
pub use kept::{hold_change_record, hold_record, missing_record, settings_record, tombstone_record};
pub use logged::{
    calibration_record, calibration_removed_record, coverage_record, drill_record, incident_record,
};
pub use outbox::{open_data_log, still_sha256};
pub use reader::{
    KnownRecording, PlacedRecording, Reader, RunState, SourceOutcome, StoredError, StoredIncident, StoredRun,
    StoredSource,
};
pub use writer::Writer;
