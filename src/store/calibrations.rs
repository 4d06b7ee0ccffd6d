//! Calibrations as rows, and back.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{count, count_at};
use crate::domain::{Calibration, CalibrationFootage, CameraLevel, LevelBounds, LevelInUse, RunId};

/// Adds what was learnt for a camera.
pub(super) fn add(connection: &Connection, calibration: &Calibration) -> rusqlite::Result<()> {
    let c = calibration;
    let key: i64 = connection.query_row(
        "insert into calibration (camera, made_at, action, run_id, level, own_level, lowest_level, highest_level,
             wanted_per_hour, flags, flags_at_own, is_noisier_than_wanted, rules_digest)
         values (?, ?, 'learnt', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning key",
        params![
            c.camera,
            c.made_at,
            c.run.0,
            c.level,
            c.bounds.own,
            c.bounds.lowest,
            c.bounds.highest,
            c.wanted_per_hour,
            count(c.flags),
            count(c.flags_at_own),
            c.is_noisier_than_wanted,
            c.rules_digest
        ],
        |row| row.get(0),
    )?;
    for (position, footage) in (0i64..).zip(&c.footage) {
        connection.execute(
            "insert into calibration_footage (calibration_key, position, sha256, usable_secs) values (?, ?, ?, ?)",
            params![key, position, footage.sha256, footage.usable_secs],
        )?;
    }
    Ok(())
}

/// Adds that a camera's calibration was taken back.
pub(super) fn remove(connection: &Connection, camera: &str, made_at: &str) -> rusqlite::Result<()> {
    let sql = "insert into calibration (camera, made_at, action) values (?, ?, 'removed')";
    connection.execute(sql, params![camera, made_at]).map(drop)
}

/// Notes the level of a run.
pub(super) fn note_level(connection: &Connection, run: &RunId, level: &LevelInUse) -> rusqlite::Result<()> {
    let learnt_in = match &level.newest {
        CameraLevel::Calibrated(c) if level.is_applied => Some(&c.run.0),
        _ => None,
    };
    connection
        .execute(
            "insert into run_level (run_id, camera, level, calibration_key)
             values (?, ?, ?, (select max(key) from calibration where run_id = ?))",
            params![run.0, level.camera, level.level, learnt_in],
        )
        .map(drop)
}

/// The camera that a run was told of, its level, what was last said of it when the run began, and whether that set the level.
pub(super) fn level_of_run(
    connection: &Connection,
    run: &RunId,
) -> rusqlite::Result<Option<(String, f32, CameraLevel, bool)>> {
    let sql = "select l.camera, l.level, l.calibration_key,
                 coalesce(l.calibration_key, (select max(c.key) from calibration c
                                              where c.camera = l.camera and c.made_at <= r.started_at)) as word_key
               from run_level l join run r on r.id = l.run_id where l.run_id = ?";
    let found = connection.query_row(sql, [&run.0], |row| {
        let keys: (Option<i64>, Option<i64>) = (row.get("calibration_key")?, row.get("word_key")?);
        Ok((row.get::<_, String>("camera")?, row.get::<_, f32>("level")?, keys))
    });
    let Some((camera, level, (set_by, word_key))) = found.optional()? else { return Ok(None) };
    let newest = match word_key {
        Some(key) => by_key(connection, key)?,
        None => CameraLevel::Never,
    };
    Ok(Some((camera, level, newest, set_by.is_some())))
}

fn by_key(connection: &Connection, key: i64) -> rusqlite::Result<CameraLevel> {
    match connection.query_row("select * from calibration where key = ?", [key], word)? {
        CameraLevel::Calibrated(mut calibration) => {
            calibration.footage = footage(connection, key)?;
            Ok(CameraLevel::Calibrated(calibration))
        }
        other => Ok(other),
    }
}

/// The newest word on a camera.
pub(super) fn newest(connection: &Connection, camera: &str) -> rusqlite::Result<CameraLevel> {
    let sql = "select max(key) from calibration where camera = ?";
    match connection.query_row(sql, [camera], |row| row.get::<_, Option<i64>>(0))? {
        None => Ok(CameraLevel::Never),
        Some(key) => by_key(connection, key),
    }
}

/// All of them with their cameras, the oldest first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<(String, CameraLevel)>> {
    let mut statement = connection.prepare("select * from calibration order by key")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>("key")?, row.get::<_, String>("camera")?, word(row)?)))?;
    let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    let with_footage = |(key, camera, mut level): (i64, String, CameraLevel)| {
        if let CameraLevel::Calibrated(calibration) = &mut level {
            calibration.footage = footage(connection, key)?;
        }
        Ok((camera, level))
    };
    rows.into_iter().map(with_footage).collect()
}

/// Without footage, which lies in a table of its own.
fn word(row: &Row<'_>) -> rusqlite::Result<CameraLevel> {
    if row.get::<_, String>("action")? == "removed" {
        return Ok(CameraLevel::Removed { at: row.get("made_at")? });
    }
    Ok(CameraLevel::Calibrated(Box::new(Calibration {
        camera: row.get("camera")?,
        made_at: row.get("made_at")?,
        run: RunId(row.get("run_id")?),
        level: row.get("level")?,
        bounds: LevelBounds {
            own: row.get("own_level")?,
            lowest: row.get("lowest_level")?,
            highest: row.get("highest_level")?,
        },
        wanted_per_hour: row.get("wanted_per_hour")?,
        flags: count_at(row, "flags")?,
        flags_at_own: count_at(row, "flags_at_own")?,
        is_noisier_than_wanted: row.get("is_noisier_than_wanted")?,
        rules_digest: row.get("rules_digest")?,
        footage: Vec::new(),
    })))
}

fn footage(connection: &Connection, key: i64) -> rusqlite::Result<Vec<CalibrationFootage>> {
    let sql =
        "select sha256, usable_secs from calibration_footage where calibration_key = ? order by position";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([key], |row| {
        Ok(CalibrationFootage { sha256: row.get("sha256")?, usable_secs: row.get("usable_secs")? })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Reader, Writer};

    fn calibration(run: &str, level: f32) -> Calibration {
        Calibration {
            camera: "block 4".to_owned(),
            made_at: "2026-11-03T15:00:00Z".to_owned(),
            run: RunId(run.to_owned()),
            level,
            bounds: LevelBounds { own: 0.65, lowest: 0.5, highest: 0.75 },
            wanted_per_hour: 2.0,
            flags: 3,
            flags_at_own: 9,
            is_noisier_than_wanted: true,
            rules_digest: "ab".repeat(32),
            footage: vec![
                CalibrationFootage { sha256: "cd".repeat(32), usable_secs: 1800.5 },
                CalibrationFootage { sha256: "ef".repeat(32), usable_secs: 60.25 },
            ],
        }
    }

    fn run(id: &str) -> crate::domain::RunInfo {
        crate::domain::RunInfo {
            id: RunId(id.to_owned()),
            started_at: "2026-11-03T14:05:07Z".to_owned(),
            program_version: "0.1.0".to_owned(),
            command: "calibrate".to_owned(),
            config_digest: "0".repeat(64),
            models: Vec::new(),
            ffmpeg_version: "x".to_owned(),
            decoder: "software".to_owned(),
        }
    }

    #[test]
    fn the_newest_word_on_a_camera_counts_and_older_ones_stay() {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::spawn(dir.path()).unwrap();
        let newest = || {
            writer.flush().unwrap();
            Reader::open(dir.path()).unwrap().newest_calibration("block 4").unwrap()
        };
        assert_eq!(newest(), CameraLevel::Never);
        for (id, level) in [("a", 0.7), ("b", 0.75)] {
            writer.begin_run(&run(id)).unwrap();
            writer.calibrated(&calibration(id, level)).unwrap();
        }
        assert_eq!(newest(), CameraLevel::Calibrated(Box::new(calibration("b", 0.75))));
        writer.calibration_removed("block 4", "2026-11-04T08:00:00Z").unwrap();
        assert_eq!(newest(), CameraLevel::Removed { at: "2026-11-04T08:00:00Z".to_owned() });
        writer.finish().unwrap();
        let connection = Connection::open(dir.path().join("kuager.sqlite")).unwrap();
        let rows: i64 = connection.query_row("select count(*) from calibration", [], |r| r.get(0)).unwrap();
        assert_eq!(rows, 3);
        for forbidden in ["update calibration set level = 0.5", "delete from calibration"] {
            let error = connection.execute(forbidden, []).unwrap_err().to_string();
            assert!(error.contains("never"), "{error}");
        }
    }

    #[test]
    fn a_level_out_of_its_bounds_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::spawn(dir.path()).unwrap();
        writer.begin_run(&run("a")).unwrap();
        writer.calibrated(&calibration("a", 0.8)).unwrap();
        assert!(writer.flush().is_err());
    }
}
