//! Brings a database to the schema of today, or says why that cannot be.
//!
//! An empty file gets `schema.sql` as it is; an older database gets every step after its version, in one transaction.
//! A database of a later version is refused: reading half of what it says would be worse than nothing.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Marks the file as Kuager's in its header: `KUAG` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x4B55_4147;

/// What leads from the schema before to `version`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    /// The schema it leads to.
    pub version: u32,
    /// Statements.
    pub sql: &'static str,
}

/// A schema and the way to it from every earlier one.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    /// All statements for an empty database.
    pub fresh: &'static str,
    /// Steps after version 1, by version without gaps. When the schema changes: edit `schema.sql`, add the step here,
    /// and keep a dump of the new version in `tests/data/store/`.
    pub steps: Vec<Migration>,
}

impl Schema {
    /// The schema of this program.
    pub fn current() -> Self {
        Self {
            fresh: concat!(
                include_str!("schema.sql"),
                include_str!("calibration.sql"),
                include_str!("looked.sql"),
                include_str!("outbox.sql"),
                include_str!("ledger.sql"),
                include_str!("drill.sql"),
                include_str!("hold.sql")
            ),
            steps: vec![
                Migration { version: 2, sql: include_str!("calibration.sql") },
                Migration { version: 3, sql: include_str!("looked.sql") },
                Migration { version: 4, sql: include_str!("decoder.sql") },
                Migration { version: 5, sql: include_str!("outbox.sql") },
                Migration { version: 6, sql: include_str!("ledger.sql") },
                Migration { version: 7, sql: include_str!("drill.sql") },
                Migration { version: 8, sql: include_str!("hold.sql") },
            ],
        }
    }

    /// Its version; the first is 1.
    pub fn version(&self) -> u32 {
        self.steps.last().map_or(1, |m| m.version)
    }

    /// How far an opened file is from this schema. Changes nothing.
    pub fn inspect(&self, connection: &Connection, path: &Path) -> Result<Age, StoreError> {
        let sqlite = |e| StoreError::from_sqlite(path, &e);
        // One statement, so that all three are of the same moment: another process may be making the database.
        let (application_id, version, tables): (i32, i64, i64) = connection
            .query_row(
                "select application_id, user_version, (select count(*) from sqlite_schema)
                 from pragma_application_id, pragma_user_version",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .map_err(sqlite)?;
        if application_id == 0 && version == 0 && tables == 0 {
            return Ok(Age::Empty);
        }
        if application_id != APPLICATION_ID {
            return Err(StoreError::Foreign { path: path.to_owned(), application_id });
        }
        let known = self.version();
        match u32::try_from(version) {
            Ok(found) if found > known => Err(StoreError::Newer { path: path.to_owned(), found, known }),
            Ok(found) if found == known => Ok(Age::Current),
            Ok(found) if found > 0 => Ok(Age::Older(found)),
            _ => Err(StoreError::Damaged {
                path: path.to_owned(),
                detail: format!("schema version {version} never existed"),
            }),
        }
    }

    /// Brings the database to this schema; does nothing where it has it.
    pub fn apply(&self, connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
        if self.inspect(connection, path)? == Age::Current {
            return Ok(());
        }
        let sqlite = |e| StoreError::from_sqlite(path, &e);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        // Looked at again under the lock: another process may have done the work in between.
        match self.inspect(&transaction, path)? {
            Age::Current => return Ok(()),
            Age::Empty => transaction.execute_batch(self.fresh).map_err(sqlite)?,
            Age::Older(found) => {
                for step in self.steps.iter().filter(|m| m.version > found) {
                    transaction.execute_batch(step.sql).map_err(sqlite)?;
                }
            }
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
        transaction.pragma_update(None, "user_version", self.version()).map_err(sqlite)?;
        transaction.commit().map_err(sqlite)
    }
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Nothing: a new file, or one whose making was cut short.
    Empty,
    /// An earlier schema of this program.
    Older(u32),
    /// The schema itself.
    Current,
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The first schema as it was shipped, with a run in it. Never edited.
    const V1: &str = include_str!("../../tests/data/store/v1.sql");

    /// The second, with a calibration in it. Never edited.
    const V2: &str = include_str!("../../tests/data/store/v2.sql");

    /// The third, with what was looked at closely. Never edited.
    const V3: &str = include_str!("../../tests/data/store/v3.sql");

    /// The fourth, with what decoded. Never edited.
    const V4: &str = include_str!("../../tests/data/store/v4.sql");

    /// The fifth, with an entry on its way to the log. Never edited.
    const V5: &str = include_str!("../../tests/data/store/v5.sql");

    /// The sixth, with a ledger of cameras and hours. Never edited.
    const V6: &str = include_str!("../../tests/data/store/v6.sql");

    /// The seventh, with a drill. Never edited.
    const V7: &str = include_str!("../../tests/data/store/v7.sql");

    /// The eighth, with holds, a tombstone and settings. Never edited.
    const V8: &str = include_str!("../../tests/data/store/v8.sql");

    fn at(dump: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(dump).unwrap();
        connection
    }

    fn fresh(schema: &Schema) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        schema.apply(&mut connection, Path::new("fresh")).unwrap();
        connection
    }

    /// Every statement of the schema by name, without comments and with single spaces.
    fn normalised(connection: &Connection) -> Vec<(String, String)> {
        let mut statement = connection
            .prepare("select name, sql from sqlite_schema where sql is not null order by name")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
        rows.map(|row| {
            let (name, sql) = row.unwrap();
            let code: Vec<&str> = sql.lines().map(|l| l.split("--").next().unwrap_or("")).collect();
            let words = code.join(" ").replace(',', " , ").replace('(', " ( ").replace(')', " ) ");
            (name, words.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect()
    }

    /// The schema of today and one more step, written both ways.
    fn with_another_step() -> Schema {
        Schema {
            fresh: concat!(
                include_str!("schema.sql"),
                include_str!("calibration.sql"),
                include_str!("looked.sql"),
                include_str!("outbox.sql"),
                include_str!("ledger.sql"),
                include_str!("drill.sql"),
                include_str!("hold.sql"),
                "create table note (key integer primary key, run_id text not null, text text not null) strict;"
            ),
            steps: [
                Schema::current().steps,
                vec![Migration {
                    version: 9,
                    sql: "create table note (\n  key integer primary key, -- unlike above\n run_id text not null,
                          text text not null\n) strict;",
                }],
            ]
            .concat(),
        }
    }

    #[test]
    fn every_old_schema_upgrades_to_the_schema_of_today() {
        let (current, later) = (Schema::current(), with_another_step());
        let dumps = [V1, V2, V3, V4, V5, V6, V7, V8];
        for (schema, dump) in dumps.iter().flat_map(|dump| [(&current, dump), (&later, dump)]) {
            let mut old = at(dump);
            schema.apply(&mut old, Path::new("old")).unwrap();
            assert_eq!(normalised(&old), normalised(&fresh(schema)));
            assert_eq!(schema.inspect(&old, Path::new("old")), Ok(Age::Current));
            let runs: i64 = old.query_row("select count(*) from run", [], |r| r.get(0)).unwrap();
            assert_eq!(runs, 1, "an upgrade keeps what was stored");
        }
    }

    #[test]
    fn the_comparison_sees_a_difference() {
        assert_ne!(normalised(&fresh(&Schema::current())), normalised(&fresh(&with_another_step())));
    }

    #[test]
    fn a_failed_step_leaves_the_database_as_it_was() {
        let mut old = at(V1);
        let before = normalised(&old);
        let schema = Schema {
            fresh: "",
            steps: vec![
                Migration { version: 2, sql: "create table note (key integer primary key) strict;" },
                Migration { version: 3, sql: "alter table nowhere add column x;" },
            ],
        };
        assert!(schema.apply(&mut old, Path::new("old")).is_err());
        assert_eq!(normalised(&old), before);
        assert_eq!(
            schema.inspect(&old, Path::new("old")),
            Ok(Age::Older(1)),
            "of {} steps",
            schema.steps.len()
        );
    }

    #[test]
    fn a_later_schema_is_refused_with_file_and_way_out() {
        let connection = fresh(&with_another_step());
        let error = Schema::current().inspect(&connection, Path::new("/data/kuager.sqlite")).unwrap_err();
        let path = PathBuf::from("/data/kuager.sqlite");
        assert_eq!(error, StoreError::Newer { path, found: 9, known: 8 });
        let text = error.to_string();
        assert!(text.contains("/data/kuager.sqlite") && text.contains("--data-dir"), "{text}");
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table bookmarks (url text);").unwrap();
        let error = Schema::current().apply(&mut connection, Path::new("places.sqlite")).unwrap_err();
        assert!(matches!(error, StoreError::Foreign { application_id: 0, .. }), "{error}");
    }
}
