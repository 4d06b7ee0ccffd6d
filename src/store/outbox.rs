//! From committed rows to the log beside the database: each exactly once, whenever the program is killed.

use std::path::Path;

use rusqlite::{Connection, params};
use serde_json::Value;

use super::StoreError;
use super::connect::database_path;
use super::reader::Reader;
use super::{coverage_record, incident_record};
use crate::chain::{EntryKind, Log, NewEntry, check_log, is_same_json};
use crate::digest::sha256_of_file;

/// Puts an entry beside the rows it speaks of, in their transaction.
pub(super) fn put(connection: &Connection, entry: &NewEntry) -> rusqlite::Result<()> {
    let kind = serde_json::to_value(entry.kind).map_err(unwritable)?;
    connection
        .prepare_cached("insert into log_outbox (kind, body) values (?, ?)")?
        .execute(params![kind.as_str(), entry.body.to_string()])?;
    Ok(())
}

fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// Brings what was committed into the log. Must be called outside a transaction.
pub(super) fn drain(connection: &Connection, data_dir: &Path, log: &mut Log) -> Result<(), StoreError> {
    let sqlite = |e| StoreError::from_sqlite(&database_path(data_dir), &e);
    // Under the log's lock from reading to deleting, so that two programs never log the same row.
    log.append_with(
        || Ok(waiting(connection).map_err(sqlite)?.into_iter().map(|(_, entry)| entry).collect()),
        |_| connection.execute_batch("delete from log_outbox").map_err(sqlite),
    )
}

/// Opens the log of a data directory and brings it up to date with the database: what a killed program had committed and
/// not logged, and, where the log is new, all runs from before there was one.
pub(super) fn open_log(connection: &Connection, data_dir: &Path) -> Result<Log, StoreError> {
    let sqlite = |e| StoreError::from_sqlite(&database_path(data_dir), &e);
    let mut log = Log::open(data_dir)?;
    if log.is_new() {
        for entry in runs_before(data_dir)? {
            put(connection, &entry).map_err(sqlite)?;
        }
    } else {
        forget_logged(connection, data_dir)?;
    }
    drain(connection, data_dir, &mut log)?;
    Ok(log)
}

/// The log of a data directory, open for adding, and up to date with the database where there is one: a log that was begun
/// without what the database held before would make its rows look as if they had been put in behind its back.
///
/// # Errors
/// Where log or database cannot be read or written.
pub fn open_data_log(data_dir: &Path) -> Result<Log, StoreError> {
    if !database_path(data_dir).exists() {
        return Ok(Log::open(data_dir)?);
    }
    let connection = super::connect::open_to_write(data_dir)?;
    open_log(&connection, data_dir)
}

/// Takes out of the outbox what a program had logged when it was killed before it could do so itself.
fn forget_logged(connection: &Connection, data_dir: &Path) -> Result<(), StoreError> {
    let sqlite = |e| StoreError::from_sqlite(&database_path(data_dir), &e);
    let waiting = waiting(connection).map_err(sqlite)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let mut logged = Vec::new();
    check_log(data_dir, None, &[], |entry| {
        let is_same =
            |(_, new): &&(i64, NewEntry)| new.kind == entry.kind && is_same_json(&new.body, &entry.body);
        logged.extend(waiting.iter().find(is_same).map(|(id, _)| *id));
    })?;
    for id in logged {
        connection.execute("delete from log_outbox where id = ?", [id]).map_err(sqlite)?;
    }
    Ok(())
}

fn waiting(connection: &Connection) -> rusqlite::Result<Vec<(i64, NewEntry)>> {
    let mut statement = connection.prepare_cached("select id, kind, body from log_outbox order by id")?;
    let rows = statement.query_map([], |row| {
        let (id, kind, body): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind: EntryKind = serde_json::from_value(Value::String(kind)).map_err(unwritable)?;
        let mut body: Value = serde_json::from_str(&body).map_err(unwritable)?;
        body["ref"] = id.into();
        Ok((id, NewEntry { kind, body }))
    })?;
    rows.collect()
}

/// What the database held before there was a log.
fn runs_before(data_dir: &Path) -> Result<Vec<NewEntry>, StoreError> {
    let reader = Reader::open(data_dir)?;
    let mut entries = Vec::new();
    for run in reader.runs()? {
        let id = &run.info.id;
        let incidents = reader.incidents(id)?.into_iter().map(|stored| {
            let f = stored.flagged;
            incident_record(id, stored.source, &f.id, &f.incident, f.incident.is_open)
        });
        let sources = reader.sources(id)?.into_iter().filter_map(|stored| {
            let coverage = coverage_record(&stored.outcome?.coverage);
            Some(serde_json::json!({"source": stored.source.id.0, "coverage": coverage}))
        });
        let body = serde_json::json!({
            "run": id.0,
            "sources": sources.collect::<Vec<_>>(),
            "incidents": incidents.collect::<Vec<_>>(),
        });
        entries.push(NewEntry { kind: EntryKind::RunTakenOver, body });
    }
    Ok(entries)
}

/// The SHA-256 that the log keeps of a still, of the file as it is now; none where it cannot be read.
pub fn still_sha256(path: &Path) -> Option<String> {
    sha256_of_file(path).ok().map(|(sha256, _)| sha256)
}
