//! Opening the database: the settings every connection has, and the checks before the first statement.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::StoreError;
use super::migrate::{Age, Schema};

/// Name of the database within a data directory.
pub const DATABASE_NAME: &str = "kuager.sqlite";

/// How long a statement waits for another process. A writer holds the lock for well under a second at a time.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the database of a data directory lies.
pub fn database_path(data_dir: &Path) -> PathBuf {
    data_dir.join(DATABASE_NAME)
}

/// Opens for writing; makes folder, file and schema where they are missing, upgrades an older schema.
pub(super) fn open_to_write(data_dir: &Path) -> Result<Connection, StoreError> {
    let path = database_path(data_dir);
    std::fs::create_dir_all(data_dir)
        .map_err(|e| StoreError::Unusable { path: path.clone(), detail: e.to_string() })?;
    let mut connection = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let schema = Schema::current();
    schema.inspect(&connection, &path)?; // before anything is changed: the file may be another program's
    configure(&connection).map_err(|e| StoreError::from_sqlite(&path, &e))?;
    schema.apply(&mut connection, &path)?;
    Ok(connection)
}

/// Opens for reading only; upgrades an older schema first.
pub(super) fn open_to_read(data_dir: &Path) -> Result<Connection, StoreError> {
    let path = database_path(data_dir);
    if !path.try_exists().unwrap_or(true) {
        return Err(StoreError::Missing { path });
    }
    let connection = open(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let age = Schema::current().inspect(&connection, &path);
    if matches!(age, Err(StoreError::Unusable { .. })) && is_whole(&path) {
        // SQLite keeps notes beside the database even to read it, which a medium that cannot be written does not take.
        let unchanging = open_unchanging(&path)?;
        return match Schema::current().inspect(&unchanging, &path)? {
            Age::Current => Ok(unchanging),
            _ => Err(StoreError::ReadOnlyOlder { path }),
        };
    }
    if age? != Age::Current {
        drop(connection);
        drop(open_to_write(data_dir)?);
        return open(&path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    }
    Ok(connection)
}

/// Whether all that was committed is in the database's own file.
fn is_whole(path: &Path) -> bool {
    let log = path.with_extension("sqlite-wal");
    log.metadata().map_or(true, |meta| meta.len() == 0)
}

/// As a file that nobody changes meanwhile: a copy on a disc, a disk behind a write blocker.
fn open_unchanging(path: &Path) -> Result<Connection, StoreError> {
    let escaped: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(*b).to_string(),
            other => format!("%{other:02x}"),
        })
        .collect();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    open(Path::new(&format!("file:{escaped}?immutable=1")), flags)
}

/// Without URI names, so that a folder called `file:x` is a folder.
fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let sqlite = |e| StoreError::from_sqlite(path, &e);
    let connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(sqlite)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
    Ok(connection)
}

/// A write-ahead log lets others read while one writes. With it, `synchronous = normal` means: a killed process loses
/// nothing that was committed, a power cut may lose the last commits but never damages the file.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    enter_wal(connection)?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// The switch to the log does not wait for other connections by itself, as statements do.
fn enter_wal(connection: &Connection) -> rusqlite::Result<()> {
    let pause = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < BUSY_TIMEOUT => {
                std::thread::sleep(pause);
                waited += pause;
            }
            done => return done,
        }
    }
}
