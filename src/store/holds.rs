//! Holds, tombstones, what was found missing and the settings of runs as rows, and back.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{count, count_at, named_at, path_bytes, wall_at};
use crate::domain::{
    HeldFlag, HeldMissing, Hold, HoldChange, HoldId, HoldStep, IncidentId, Release, RunId, Settings,
    SourceId, StoredHold, Tombstone, WallTime,
};

/// Adds a hold. A flag's hold is placed once, however often the recording is looked through: returns whether it was.
pub(super) fn place(connection: &Connection, hold: &Hold) -> rusqlite::Result<bool> {
    let (from, to) = written(hold.window);
    let flag = hold.flag.as_ref();
    let mut placed = connection.prepare_cached(
        "insert into hold (id, placed_at, ground, reason, placed_by, place, from_at, to_at, run_id, source_number, incident_id)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing returning key",
    )?;
    let key: Option<i64> = placed
        .query_row(
            params![
                hold.id.0,
                hold.placed_at,
                hold.ground.as_str(),
                hold.reason,
                hold.placed_by,
                hold.place,
                from,
                to,
                flag.map(|f| &f.run.0),
                flag.map(|f| f.source.0),
                flag.map(|f| &f.incident.0)
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(key) = key else { return Ok(false) };
    for (position, camera) in (0i64..).zip(&hold.cameras) {
        connection
            .prepare_cached("insert into hold_camera (hold_key, position, camera) values (?, ?, ?)")?
            .execute(params![key, position, camera])?;
    }
    Ok(true)
}

/// Adds a step of a hold. An extension that reaches no further is none: returns whether there is something new.
pub(super) fn change(connection: &Connection, change: &HoldChange) -> rusqlite::Result<bool> {
    let (to, release) = match &change.step {
        HoldStep::Extended { to } => (to.rfc3339(), None),
        HoldStep::ReleaseRequested(r) | HoldStep::Released(r) => (None, Some(r)),
    };
    if let HoldStep::Extended { to } = &change.step {
        let until = "select to_at from hold where id = ?1 and to_at is not null union all
                     select c.to_at from hold_change c join hold h on h.key = c.hold_key
                     where h.id = ?1 and c.to_at is not null";
        let mut statement = connection.prepare_cached(until)?;
        let ends = statement.query_map([&change.hold.0], |row| wall_at(row, "to_at"))?;
        let ends: Vec<WallTime> = ends.collect::<rusqlite::Result<_>>()?;
        if ends.into_iter().max().is_none_or(|until| until >= *to) {
            return Ok(false);
        }
    }
    connection.execute(
        "insert into hold_change (hold_key, changed_at, step, to_at, by_name, ground, account)
         values ((select key from hold where id = ?), ?, ?, ?, ?, ?, ?)",
        params![
            change.hold.0,
            change.at,
            change.step.as_str(),
            to,
            release.map(|r| &r.by),
            release.map(|r| &r.ground),
            release.map(|r| &r.account)
        ],
    )?;
    Ok(true)
}

/// All holds in the order in which they were placed.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<StoredHold>> {
    let mut cameras: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let mut statement =
        connection.prepare("select hold_key, camera from hold_camera order by hold_key, position")?;
    for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (key, camera) = row?;
        cameras.entry(key).or_default().push(camera);
    }
    let mut changed: BTreeMap<HoldId, Vec<HoldChange>> = BTreeMap::new();
    for change in changes(connection)? {
        changed.entry(change.hold.clone()).or_default().push(change);
    }
    let mut statement = connection.prepare("select * from hold order by key")?;
    let rows = statement.query_map([], |row| {
        let key: i64 = row.get("key")?;
        let hold = Hold { cameras: cameras.remove(&key).unwrap_or_default(), ..hold(row)? };
        let changes = changed.remove(&hold.id).unwrap_or_default();
        Ok(StoredHold { hold, changes })
    })?;
    rows.collect()
}

/// The steps of all holds, the oldest first.
pub(super) fn changes(connection: &Connection) -> rusqlite::Result<Vec<HoldChange>> {
    let sql = "select c.*, h.id from hold_change c join hold h on h.key = c.hold_key order by c.key";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], hold_change)?.collect()
}

/// Without its cameras, which lie in a table of their own.
fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let is_timed = row.get::<_, Option<String>>("from_at")?.is_some();
    let run: Option<String> = row.get("run_id")?;
    let flag = match run {
        Some(run) => Some(HeldFlag {
            run: RunId(run),
            source: SourceId(row.get("source_number")?),
            incident: IncidentId(row.get("incident_id")?),
        }),
        None => None,
    };
    Ok(Hold {
        id: HoldId(row.get("id")?),
        placed_at: row.get("placed_at")?,
        ground: named_at(row, "ground")?,
        reason: row.get("reason")?,
        placed_by: row.get("placed_by")?,
        place: row.get("place")?,
        cameras: Vec::new(),
        window: if is_timed { Some((wall_at(row, "from_at")?, wall_at(row, "to_at")?)) } else { None },
        flag,
    })
}

fn hold_change(row: &Row<'_>) -> rusqlite::Result<HoldChange> {
    let release = || -> rusqlite::Result<Release> {
        Ok(Release { by: row.get("by_name")?, ground: row.get("ground")?, account: row.get("account")? })
    };
    let step = match row.get::<_, String>("step")?.as_str() {
        "extended" => HoldStep::Extended { to: wall_at(row, "to_at")? },
        "release_requested" => HoldStep::ReleaseRequested(release()?),
        _ => HoldStep::Released(release()?),
    };
    Ok(HoldChange { hold: HoldId(row.get("id")?), at: row.get("changed_at")?, step })
}

/// Adds that a file was let go.
pub(super) fn add_tombstone(connection: &Connection, t: &Tombstone) -> rusqlite::Result<()> {
    connection
        .execute(
            "insert into tombstone (removed_at, path, sha256, bytes, run_id, incident_id, ground, by_name)
             values (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                t.removed_at,
                t.path,
                t.sha256,
                count(t.bytes),
                t.run.as_ref().map(|r| &r.0),
                t.incident.as_ref().map(|i| &i.0),
                t.ground,
                t.by
            ],
        )
        .map(drop)
}

/// Notes in which folder a run was started.
pub(super) fn note_folder(connection: &Connection, run: &RunId, folder: &Path) -> rusqlite::Result<()> {
    let sql = "insert into run_folder (run_id, folder) values (?, ?)";
    connection.execute(sql, params![run.0, path_bytes(folder)]).map(drop)
}

/// All tombstones, the oldest first.
pub(super) fn tombstones(connection: &Connection) -> rusqlite::Result<Vec<Tombstone>> {
    let mut statement = connection.prepare("select * from tombstone order by key")?;
    let rows = statement.query_map([], |row| {
        Ok(Tombstone {
            removed_at: row.get("removed_at")?,
            path: row.get("path")?,
            sha256: row.get("sha256")?,
            bytes: count_at(row, "bytes")?,
            run: row.get::<_, Option<String>>("run_id")?.map(RunId),
            incident: row.get::<_, Option<String>>("incident_id")?.map(IncidentId),
            ground: row.get("ground")?,
            by: row.get("by_name")?,
        })
    })?;
    rows.collect()
}

/// Adds that a held recording is missing; returns whether that is new.
pub(super) fn add_missing(connection: &Connection, m: &HeldMissing) -> rusqlite::Result<bool> {
    let added = connection.execute(
        "insert into held_missing (hold_id, sha256, path_display, found_at, state) values (?, ?, ?, ?, ?)
         on conflict do nothing",
        params![m.hold.0, m.sha256, m.path, m.found_at, missing_state(m)],
    )?;
    Ok(added > 0)
}

/// The lasting name of how something held is missing.
pub(super) fn missing_state(missing: &HeldMissing) -> &'static str {
    if missing.is_other_size { "other_size" } else { "not_there" }
}

/// All that was found missing, the oldest first.
pub(super) fn missing(connection: &Connection) -> rusqlite::Result<Vec<HeldMissing>> {
    let mut statement = connection.prepare("select * from held_missing order by key")?;
    let rows = statement.query_map([], |row| {
        Ok(HeldMissing {
            hold: HoldId(row.get("hold_id")?),
            sha256: row.get("sha256")?,
            path: row.get("path_display")?,
            found_at: row.get("found_at")?,
            is_other_size: row.get::<_, String>("state")? == "other_size",
        })
    })?;
    rows.collect()
}

/// Adds the settings of a run where they are other than those of the run before. Returns what was before: nothing where
/// nothing changed, nothing in it where there was no run before.
pub(super) fn note_settings(
    connection: &Connection,
    settings: &Settings,
) -> rusqlite::Result<Option<Option<Settings>>> {
    let mut statement = connection.prepare("select * from settings order by key desc limit 1")?;
    let newest = statement.query_row([], read_settings).optional()?;
    if newest.as_ref().is_some_and(|n| n.values == settings.values) {
        return Ok(None);
    }
    let values = serde_json::to_string(&settings.values)
        .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    connection.execute(
        "insert into settings (run_id, config_digest, values_json) values (?, ?, ?)",
        params![settings.run.0, settings.config_digest, values],
    )?;
    Ok(Some(newest))
}

/// The settings of runs, the oldest first; those of a run that changed nothing are left out.
pub(super) fn settings(connection: &Connection) -> rusqlite::Result<Vec<Settings>> {
    let mut statement = connection.prepare("select * from settings order by key")?;
    statement.query_map([], read_settings)?.collect()
}

fn read_settings(row: &Row<'_>) -> rusqlite::Result<Settings> {
    let text: String = row.get("values_json")?;
    let values = serde_json::from_str(&text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, e.into()))?;
    Ok(Settings { run: RunId(row.get("run_id")?), config_digest: row.get("config_digest")?, values })
}

/// RFC 3339 of both ends.
pub(super) fn written(window: Option<(WallTime, WallTime)>) -> (Option<String>, Option<String>) {
    window.map_or((None, None), |(from, to)| (from.rfc3339(), to.rfc3339()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::chain::{Entry, EntryKind, check_log};
    use crate::domain::{
        HoldGround, Incident, IncidentEvent, IncidentKind, MediaTime, RunInfo, Severity, SourceInfo, Span,
    };
    use crate::store::{Reader, Writer};

    fn at(text: &str) -> WallTime {
        WallTime::from_rfc3339(text).unwrap()
    }

    fn flag() -> (RunId, SourceId, IncidentId) {
        (RunId("r".to_owned()), SourceId(0), IncidentId("f".to_owned()))
    }

    fn hold(id: &str) -> Hold {
        let (run, source, incident) = flag();
        Hold {
            id: HoldId(id.to_owned()),
            placed_at: "2026-11-03T14:05:07Z".to_owned(),
            ground: HoldGround::Flag,
            reason: "violence".to_owned(),
            placed_by: "kuager".to_owned(),
            place: Some("block".to_owned()),
            cameras: vec!["b".to_owned(), "a".to_owned()],
            window: Some((at("2026-11-03T12:00:00Z"), at("2026-11-03T20:00:00.5Z"))),
            flag: Some(HeldFlag { run, source, incident }),
        }
    }

    fn step(id: &str, step: HoldStep) -> HoldChange {
        HoldChange { hold: HoldId(id.to_owned()), at: "2026-11-04T08:00:00Z".to_owned(), step }
    }

    fn release(by: &str) -> Release {
        Release { by: by.to_owned(), ground: "the case is closed".to_owned(), account: "duty".to_owned() }
    }

    fn begun(folder: &std::path::Path) -> Writer {
        let writer = Writer::spawn(folder).unwrap();
        let (id, source, _) = flag();
        let run = RunInfo {
            id,
            started_at: "2026-11-03T14:05:07Z".to_owned(),
            program_version: "0".to_owned(),
            command: "scan".to_owned(),
            config_digest: "0".repeat(64),
            models: Vec::new(),
            ffmpeg_version: "0".to_owned(),
            decoder: "software".to_owned(),
        };
        writer.begin_run(&run).unwrap();
        let source = SourceInfo { id: source, path: "a.mp4".into(), sha256: "0".repeat(64), bytes: 1 };
        writer.source_opened(&run.id, &source).unwrap();
        writer
    }

    fn raise(writer: &Writer, hold: Hold) {
        let (run, source, id) = flag();
        let time = MediaTime::from_millis(1000);
        let incident = Incident {
            number: 0,
            kind: IncidentKind::Violence,
            span: Span { start: time, end: time },
            is_open: true,
            peak_score: 1.0,
            peak_at: time,
            severity: Severity::Alert,
            reasons: Vec::new(),
            regions: Vec::new(),
            people: 2,
        };
        writer.held_incident(&run, source, &id, &IncidentEvent::New(incident), hold).unwrap();
    }

    fn logged(folder: &std::path::Path, kind: EntryKind) -> Vec<Entry> {
        let mut found = Vec::new();
        check_log(folder, None, &[], |e| found.extend((e.kind == kind).then(|| e.clone()))).unwrap();
        found
    }

    #[test]
    fn a_flag_and_its_hold_are_written_together_and_the_hold_once() {
        let dir = tempfile::tempdir().unwrap();
        let writer = begun(dir.path());
        raise(&writer, hold("H-1"));
        raise(&writer, Hold { placed_at: "2027-01-01T00:00:00Z".to_owned(), ..hold("H-1") });
        let later = HoldStep::Extended { to: at("2026-11-03T20:00:01Z") };
        let sooner = HoldStep::Extended { to: at("2026-11-03T20:00:00.25Z") };
        writer.hold_changed(&step("H-1", sooner)).unwrap();
        writer.hold_changed(&step("H-1", later.clone())).unwrap();
        writer.finish().unwrap();
        let stored = Reader::open(dir.path()).unwrap().holds().unwrap();
        assert_eq!(stored, [StoredHold { hold: hold("H-1"), changes: vec![step("H-1", later)] }]);
        assert_eq!(stored[0].window().unwrap().1, at("2026-11-03T20:00:01Z"));
        let mut kinds = Vec::new();
        check_log(dir.path(), None, &[], |e| kinds.push(e.kind)).unwrap();
        use EntryKind::{HoldExtended, HoldPlaced, Incident, LogCreated, RunStarted, SourceOpened};
        let expected = [LogCreated, RunStarted, SourceOpened, Incident, HoldPlaced, Incident, HoldExtended];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn the_database_itself_refuses_a_release_by_one_person() {
        for (requested, released, is_well) in
            [(Some("A"), "B", true), (Some("A"), "A", false), (None, "B", false)]
        {
            let dir = tempfile::tempdir().unwrap();
            let writer = begun(dir.path());
            raise(&writer, hold("H-1"));
            if let Some(by) = requested {
                writer.hold_changed(&step("H-1", HoldStep::ReleaseRequested(release(by)))).unwrap();
            }
            writer.flush().unwrap();
            assert!(!Reader::open(dir.path()).unwrap().holds().unwrap()[0].is_released());
            writer.hold_changed(&step("H-1", HoldStep::Released(release(released)))).unwrap();
            assert_eq!(writer.flush().is_ok(), is_well, "{requested:?} {released}");
            drop(writer);
            assert_eq!(Reader::open(dir.path()).unwrap().holds().unwrap()[0].is_released(), is_well);
            assert_eq!(logged(dir.path(), EntryKind::HoldReleased).len(), usize::from(is_well));
        }
    }

    #[test]
    fn nothing_of_a_hold_can_be_changed_or_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let writer = begun(dir.path());
        raise(&writer, hold("H-1"));
        writer.finish().unwrap();
        let connection = Connection::open(dir.path().join("kuager.sqlite")).unwrap();
        for forbidden in ["update hold set to_at = from_at", "delete from hold", "delete from hold_camera"] {
            let error = connection.execute(forbidden, []).unwrap_err().to_string();
            assert!(error.contains("never"), "{error}");
        }
    }

    #[test]
    fn settings_are_noted_where_they_change_and_the_log_says_what_changed() {
        let dir = tempfile::tempdir().unwrap();
        let writer = begun(dir.path());
        let settings = |run: &str, alarm: f64| Settings {
            run: RunId(run.to_owned()),
            config_digest: "0".repeat(64),
            values: [("fps", json!(5.0)), ("violence.alarm", json!(alarm))]
                .map(|(k, v)| (k.to_owned(), v))
                .into(),
        };
        for (run, alarm) in [("a", 0.5), ("b", 0.5), ("c", 0.75)] {
            writer.settings(&settings(run, alarm)).unwrap();
        }
        writer.finish().unwrap();
        let stored = Reader::open(dir.path()).unwrap().settings().unwrap();
        assert_eq!(stored, [settings("a", 0.5), settings("c", 0.75)]);
        let entries = logged(dir.path(), EntryKind::SettingsChanged);
        assert_eq!(entries[0].body["changed"]["fps"], json!({"from": null, "to": 5}));
        assert_eq!(entries[1].body["changed"], json!({"violence.alarm": {"from": 0.5, "to": 0.75}}));
        assert_eq!(entries[1].body["before"]["run"], "a");
        assert_eq!(entries[1].body["before"]["settings_sha256"], entries[0].body["settings_sha256"]);
    }
}
