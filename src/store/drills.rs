//! Drills as rows, and back.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{count, count_at, named_at};
use crate::domain::{Drill, DrilledKind, Sensitivity, Staging};

/// Adds what was found of staged acts.
pub(super) fn add(connection: &Connection, drill: &Drill) -> rusqlite::Result<()> {
    let d = drill;
    let (size, fps, bits_per_sec) = match d.staging {
        Staging::Recorded { size, fps, bits_per_sec } => (Some(size), Some(fps), Some(bits_per_sec)),
        Staging::AsMade | Staging::ActedHere => (None, None, None),
    };
    let key: i64 = connection.query_row(
        "insert into drill (camera, made_at, program_version, rules_digest, clips_sha256, clips, analysed_secs, staging,
             width, height, fps, bits_per_sec)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning key",
        params![
            d.camera,
            d.made_at,
            d.program_version,
            d.rules_digest,
            d.clips_sha256,
            count(d.clips),
            d.analysed_secs,
            d.staging.as_str(),
            size.map(|s| s[0]),
            size.map(|s| s[1]),
            fps,
            bits_per_sec
        ],
        |row| row.get(0),
    )?;
    for kind in &d.kinds {
        connection.execute(
            "insert into drill_kind (drill_key, kind, staged, found, false_flags) values (?, ?, ?, ?, ?)",
            params![key, kind.kind.as_str(), count(kind.staged), count(kind.found), count(kind.false_flags)],
        )?;
    }
    Ok(())
}

/// All drills, the oldest first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Drill>> {
    let mut statement = connection.prepare("select * from drill order by key")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>("key")?, drill(row)?)))?;
    let keyed: Vec<(i64, Drill)> = rows.collect::<rusqlite::Result<_>>()?;
    keyed.into_iter().map(|(key, drill)| Ok(Drill { kinds: kinds(connection, key)?, ..drill })).collect()
}

/// What was found over the newest drills of these cameras that were made with `rules`; where these are not given, with
/// those of the newest run that has the camera in its ledger. None unless each camera has such a drill.
pub(super) fn sensitivity(
    connection: &Connection,
    cameras: &BTreeSet<String>,
    rules: Option<&str>,
) -> rusqlite::Result<Option<Sensitivity>> {
    let mut statement = connection.prepare(
        "select coalesce(sum(k.found), 0) as found, coalesce(sum(k.staged), 0) as staged
         from drill d left join drill_kind k on k.drill_key = d.key
         where d.key = (select max(key) from drill where camera = ?1 and rules_digest = coalesce(?2,
                           (select r.config_digest from run r join camera_hour h on h.run_id = r.id
                            where h.camera = ?1 order by r.started_at desc, r.id desc limit 1)))
         group by d.key",
    )?;
    let mut sum = Sensitivity::default();
    for camera in cameras {
        let found = statement.query_row(params![camera, rules], |row| {
            Ok(Sensitivity { found: count_at(row, "found")?, staged: count_at(row, "staged")? })
        });
        let Some(found) = found.optional()? else { return Ok(None) };
        sum.found += found.found;
        sum.staged += found.staged;
    }
    Ok(Some(sum).filter(|s| s.staged > 0))
}

/// Without its kinds, which lie in a table of their own.
fn drill(row: &Row<'_>) -> rusqlite::Result<Drill> {
    let staging = match row.get::<_, String>("staging")?.as_str() {
        "recorded" => Staging::Recorded {
            size: [row.get("width")?, row.get("height")?],
            fps: row.get("fps")?,
            bits_per_sec: row.get("bits_per_sec")?,
        },
        "acted_here" => Staging::ActedHere,
        _ => Staging::AsMade,
    };
    Ok(Drill {
        camera: row.get("camera")?,
        made_at: row.get("made_at")?,
        program_version: row.get("program_version")?,
        rules_digest: row.get("rules_digest")?,
        clips_sha256: row.get("clips_sha256")?,
        clips: count_at(row, "clips")?,
        analysed_secs: row.get("analysed_secs")?,
        staging,
        kinds: Vec::new(),
    })
}

fn kinds(connection: &Connection, key: i64) -> rusqlite::Result<Vec<DrilledKind>> {
    let mut statement =
        connection.prepare_cached("select * from drill_kind where drill_key = ? order by kind")?;
    let rows = statement.query_map([key], |row| {
        Ok(DrilledKind {
            kind: named_at(row, "kind")?,
            staged: count_at(row, "staged")?,
            found: count_at(row, "found")?,
            false_flags: count_at(row, "false_flags")?,
        })
    })?;
    rows.collect()
}
