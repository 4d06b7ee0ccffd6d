//! Rows of the ledger: where recordings stand, and what could be seen of each camera and hour.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use crate::domain::{BlindTime, CameraHour, RunId, SourcePlace, WallTime};

/// Writes the ledger of a run, in place of one that was written before.
pub(super) fn note(
    connection: &Connection,
    run: &RunId,
    places: &[SourcePlace],
    hours: &[CameraHour],
) -> rusqlite::Result<()> {
    let at = |time: WallTime| time.rfc3339();
    for place in places {
        let (start, source, error_secs) = match place.wall {
            Some(w) if at(w.at).is_some() => (at(w.at), Some(w.source.as_str()), Some(w.error_secs)),
            _ => (None, None, None),
        };
        connection
            .prepare_cached(
                "insert or replace into source_place (run_id, source_number, camera, wall_start_at, wall_source,
                     wall_error_secs, excluded_share) values (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![run.0, place.source.0, place.camera, start, source, error_secs, place.excluded_share])?;
    }
    connection.prepare_cached("delete from camera_hour where run_id = ?")?.execute([&run.0])?;
    for (position, hour) in (0i64..).zip(hours) {
        connection.prepare_cached("insert into camera_hour values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
            params![
                run.0,
                position,
                hour.camera,
                hour.hour.and_then(at),
                hour.expected_secs,
                hour.received_secs,
                hour.decoded_secs,
                hour.analysed_secs,
                hour.usable_secs,
                hour.excluded_secs
            ],
        )?;
        for blind in &hour.blind {
            connection
                .prepare_cached("insert into camera_hour_blind values (?, ?, ?, ?, ?)")?
                .execute(params![run.0, position, blind.cause, blind.secs, blind.explained_secs])?;
        }
    }
    Ok(())
}

/// The newest word on each camera and hour, by camera and hour (rows without an hour are those of the newest run that has
/// any for their camera), and how many incidents the runs raised from which they are.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<(Vec<CameraHour>, u64)> {
    let mut rows = connection.prepare_cached(
        "select h.*, r.started_at from camera_hour h join run r on r.id = h.run_id
         where h.run_id = (select h2.run_id from camera_hour h2 join run r2 on r2.id = h2.run_id
                           where h2.camera = h.camera and h2.hour_at is h.hour_at
                           order by r2.started_at desc, r2.id desc limit 1)
         order by h.camera, h.hour_at, h.position",
    )?;
    let mut causes = connection.prepare_cached(
        "select cause, secs, explained_secs from camera_hour_blind where run_id = ? and position = ? order by cause",
    )?;
    let found = rows.query_map([], |row| {
        let hour: Option<String> = row.get("hour_at")?;
        let of: (String, i64) = (row.get("run_id")?, row.get("position")?);
        let hour = CameraHour {
            camera: row.get("camera")?,
            hour: hour.and_then(|h| WallTime::from_rfc3339(&h)),
            expected_secs: row.get("expected_secs")?,
            received_secs: row.get("received_secs")?,
            decoded_secs: row.get("decoded_secs")?,
            analysed_secs: row.get("analysed_secs")?,
            usable_secs: row.get("usable_secs")?,
            excluded_secs: row.get("excluded_secs")?,
            blind: Vec::new(),
        };
        Ok((of, hour))
    })?;
    let (mut hours, mut runs) = (Vec::new(), BTreeSet::new());
    for row in found {
        let ((run, position), mut hour) = row?;
        let blind = causes.query_map(params![&run, position], |row| {
            Ok(BlindTime { cause: row.get(0)?, secs: row.get(1)?, explained_secs: row.get(2)? })
        })?;
        hour.blind = blind.collect::<rusqlite::Result<_>>()?;
        hours.push(hour);
        runs.insert(run);
    }
    let mut flagged = connection.prepare_cached("select count(*) from incident where run_id = ?")?;
    let mut flags = 0;
    for run in runs {
        flags += flagged.query_row([run], |row| row.get::<_, i64>(0))?.unsigned_abs();
    }
    Ok((hours, flags))
}
