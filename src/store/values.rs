//! How domain values look in a column, and back.

use std::path::{Path, PathBuf};

use rusqlite::Row;
use rusqlite::types::Type;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as NameError, StrDeserializer};

use crate::domain::{MediaTime, WallTime};

/// The bytes of a path, whatever its encoding.
pub(super) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// The path of those bytes.
pub(super) fn path_of(bytes: Vec<u8>) -> PathBuf {
    #[cfg(unix)]
    let path = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    #[cfg(not(unix))]
    let path = String::from_utf8_lossy(&bytes).into_owned();
    let path: std::ffi::OsString = path;
    PathBuf::from(path)
}

/// A count as SQLite holds it. Above 2^63 - 1 it is not a count of anything on this planet.
pub(super) fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A count out of a column that the schema keeps at or above 0.
pub(super) fn count_at(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// An instant of a recording.
pub(super) fn time_at(row: &Row<'_>, column: &str) -> rusqlite::Result<MediaTime> {
    row.get(column).map(MediaTime::from_nanos)
}

/// A time of day.
pub(super) fn wall_at(row: &Row<'_>, column: &str) -> rusqlite::Result<WallTime> {
    let text: String = row.get(column)?;
    WallTime::from_rfc3339(&text).ok_or_else(|| {
        let index = row.as_ref().column_index(column).unwrap_or(0);
        let reason = format!("column {column}: {text:?} is no time");
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, reason.into())
    })
}

/// A path.
pub(super) fn path_at(row: &Row<'_>, column: &str) -> rusqlite::Result<PathBuf> {
    row.get(column).map(path_of)
}

/// A value of a domain enumeration by its contract name. An unknown name is an error: leaving a row out or guessing
/// would change what was said.
pub(super) fn named_at<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    let deserializer: StrDeserializer<'_, NameError> = name.as_str().into_deserializer();
    T::deserialize(deserializer).map_err(|e| {
        let index = row.as_ref().column_index(column).unwrap_or(0);
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, format!("column {column}: {e}").into())
    })
}
