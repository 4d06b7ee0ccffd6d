//! What the log is told of each result: enough to find out years later that a row was changed or taken out.

use serde_json::{Map, Value, json};

use super::outbox::still_sha256;
use super::record::Write;
use crate::chain::{EntryKind, NewEntry};
use crate::digest::sha256_hex;
use crate::domain::{
    Calibration, CalibrationFootage, CameraHour, Coverage, Drill, DrilledKind, FlaggedIncident, Incident,
    IncidentId, Reason, RunId, RunInfo, RunTotals, SourceId, SourceInfo, SourcePlace, SourceResult, Staging,
};

/// The entry for a result; none where it is known only with the row whether there is anything to say.
pub(super) fn entry_of(write: &Write) -> Option<NewEntry> {
    let (kind, body) = match write {
        Write::BeginRun(run) => (EntryKind::RunStarted, run_record(run)),
        Write::SourceOpened(run, source) => (EntryKind::SourceOpened, source_record(run, source)),
        Write::Incident { run, source, id, incident, is_open, .. } => {
            (EntryKind::Incident, incident_record(run, *source, id, incident, *is_open))
        }
        Write::Still { run, id, still } => {
            (EntryKind::Still, json!({"run": run.0, "incident": id.0, "sha256": still_sha256(still)}))
        }
        Write::SourceFinished(run, result) => (EntryKind::SourceFinished, result_record(run, result)),
        Write::InputError(run, source, error) => (
            EntryKind::InputError,
            json!({
                "run": run.0,
                "source": source.map(|s| s.0),
                "path": error.path.to_string_lossy(),
                "stage": error.stage.as_str(),
                "at_ns": error.at.map(|at| at.nanos()),
                "message": error.message,
            }),
        ),
        Write::RunFinished(run, totals) => (EntryKind::RunFinished, totals_record(run, totals)),
        Write::Calibrated(c) => (EntryKind::Calibrated, calibration_record(c)),
        Write::CalibrationRemoved { camera, at } => {
            (EntryKind::CalibrationRemoved, calibration_removed_record(camera, at))
        }
        Write::Drilled(drill) => (EntryKind::Drilled, drill_record(drill)),
        Write::Ledger { run, places, hours } => (
            EntryKind::Ledger,
            json!({
                "run": run.0,
                "places": places.iter().map(place_record).collect::<Vec<_>>(),
                "hours": hours.iter().map(hour_record).collect::<Vec<_>>(),
            }),
        ),
        Write::RunLevel(run, level) => (
            EntryKind::RunLevel,
            json!({
                "run": run.0, "camera": level.camera, "level": f64::from(level.level),
                "is_applied": level.is_applied,
            }),
        ),
        Write::Kept(_) => return None,
    };
    Some(NewEntry { kind, body })
}

/// A calibration as the log keeps it. Entries of earlier versions lack what stands below `rules_digest`.
pub fn calibration_record(c: &Calibration) -> Value {
    let footage = |f: &CalibrationFootage| json!({"sha256": f.sha256, "usable_secs": f.usable_secs});
    json!({
        "camera": c.camera, "run": c.run.0, "made_at": c.made_at, "level": f64::from(c.level),
        "own": f64::from(c.bounds.own), "flags": c.flags, "flags_at_own": c.flags_at_own,
        "rules_digest": c.rules_digest,
        "lowest": f64::from(c.bounds.lowest), "highest": f64::from(c.bounds.highest),
        "wanted_per_hour": c.wanted_per_hour, "is_noisier_than_wanted": c.is_noisier_than_wanted,
        "footage": c.footage.iter().map(footage).collect::<Vec<_>>(),
    })
}

/// That a calibration was taken back, as the log keeps it.
pub fn calibration_removed_record(camera: &str, at: &str) -> Value {
    json!({"camera": camera, "at": at})
}

/// A drill as the log keeps it: the same for the same rows, whoever makes it.
pub fn drill_record(drill: &Drill) -> Value {
    let mut kinds: Vec<_> = drill.kinds.iter().collect();
    kinds.sort_by_key(|k| k.kind.as_str());
    let kind = |k: &&DrilledKind| json!({"kind": k.kind.as_str(), "staged": k.staged, "found": k.found, "false_flags": k.false_flags});
    let like = match drill.staging {
        Staging::Recorded { size, fps, bits_per_sec } => {
            json!({"width": size[0], "height": size[1], "fps": fps, "bits_per_sec": bits_per_sec})
        }
        Staging::AsMade | Staging::ActedHere => Value::Null,
    };
    json!({
        "camera": drill.camera,
        "made_at": drill.made_at,
        "program_version": drill.program_version,
        "rules_digest": drill.rules_digest,
        "clips_sha256": drill.clips_sha256,
        "clips": drill.clips,
        "analysed_secs": drill.analysed_secs,
        "staging": drill.staging.as_str(),
        "like": like,
        "kinds": kinds.iter().map(kind).collect::<Vec<_>>(),
    })
}

fn place_record(place: &SourcePlace) -> Value {
    json!({
        "source": place.source.0,
        "camera": place.camera,
        "wall": place.wall.and_then(|w| w.at.rfc3339()),
        "excluded_share": place.excluded_share,
    })
}

fn hour_record(hour: &CameraHour) -> Value {
    json!({
        "camera": hour.camera,
        "hour": hour.hour.and_then(|h| h.rfc3339()),
        "expected_secs": hour.expected_secs,
        "usable_secs": hour.usable_secs,
        "blind_secs": hour.blind_secs(),
        "unexplained_secs": hour.unexplained_secs(),
    })
}

fn run_record(run: &RunInfo) -> Value {
    let model =
        |m: &crate::domain::ModelUse| json!({"name": m.name, "sha256": m.sha256, "provider": m.provider});
    json!({
        "run": run.id.0,
        "started_at": run.started_at,
        "program_version": run.program_version,
        "command": run.command,
        "config_digest": run.config_digest,
        "models": run.models.iter().map(model).collect::<Vec<_>>(),
        "ffmpeg_version": run.ffmpeg_version,
        "decoder": run.decoder,
    })
}

fn totals_record(run: &RunId, totals: &RunTotals) -> Value {
    json!({
        "run": run.0,
        "state": if totals.is_interrupted { "interrupted" } else { "finished" },
        "inputs": totals.inputs,
        "analysed_secs": totals.analysed_secs,
        "decoded_frames": totals.decoded_frames,
        "analysed_frames": totals.analysed_frames,
    })
}

fn source_record(run: &RunId, source: &SourceInfo) -> Value {
    json!({
        "run": run.0,
        "source": source.id.0,
        "path": source.path.to_string_lossy(),
        "sha256": source.sha256,
        "bytes": source.bytes,
    })
}

fn result_record(run: &RunId, result: &SourceResult) -> Value {
    let incident =
        |f: &FlaggedIncident| incident_record(run, result.source.id, &f.id, &f.incident, f.incident.is_open);
    let still = |f: &FlaggedIncident| Some((f.id.0.clone(), json!(still_sha256(f.still.as_deref()?))));
    json!({
        "run": run.0,
        "source": result.source.id.0,
        "sha256": result.source.sha256,
        "is_complete": result.is_complete,
        "coverage": coverage_record(&result.coverage),
        "incidents": result.incidents.iter().map(incident).collect::<Vec<_>>(),
        "stills": result.incidents.iter().filter_map(still).collect::<Map<_, _>>(),
    })
}

/// What could be seen of a recording, as the log keeps it.
pub fn coverage_record(coverage: &Coverage) -> Value {
    let blind = |b: &crate::domain::BlindSpan| json!({"cause": b.cause.as_str(), "start_ns": b.span.start.nanos(), "end_ns": b.span.end.nanos()});
    json!({
        "expected_secs": coverage.expected_secs,
        "received_secs": coverage.received_secs,
        "decoded_secs": coverage.decoded_secs,
        "analysed_secs": coverage.analysed_secs,
        "usable_secs": coverage.usable_secs,
        "blind": coverage.blind.iter().map(blind).collect::<Vec<_>>(),
    })
}

/// A flag as the log keeps it: the same for the same row, whoever makes it.
pub fn incident_record(
    run: &RunId,
    source: SourceId,
    id: &IncidentId,
    incident: &Incident,
    is_open: bool,
) -> Value {
    let reason = |r: &Reason| json!({"code": r.code.as_str(), "value": r.value.map(f64::from)});
    json!({
        "run": run.0,
        "source": source.0,
        "incident": id.0,
        "number": incident.number,
        "kind": incident.kind.as_str(),
        "state": if is_open { "open" } else { "ended" },
        "start_ns": incident.span.start.nanos(),
        "end_ns": incident.span.end.nanos(),
        "peak_ns": incident.peak_at.nanos(),
        "peak_score": f64::from(incident.peak_score),
        "severity": incident.severity.as_str(),
        "people": incident.people,
        "reasons": incident.reasons.iter().map(reason).collect::<Vec<_>>(),
        "regions_sha256": regions_sha256(incident),
    })
}

fn regions_sha256(incident: &Incident) -> String {
    let mut text = String::new();
    for region in &incident.regions {
        let b = region.bbox_in_frame;
        text.push_str(&format!("{} {} {} {} {}\n", region.media_time.nanos(), b.x, b.y, b.width, b.height));
    }
    sha256_hex(text)
}
