//! What the other cameras of the place recorded at the time of a flag, or why there is nothing of theirs.

use serde_json::{Value, json};

use super::files::Bag;
use super::original::{AROUND_SECS, Extent, Packed, Wanted, pack};
use super::{CONTEXT, CONTEXT_LIST, Export, PackageError, plain_name};
use crate::domain::{MediaTime, RunId, SourceId, Span, WallTime};
use crate::store::{PlacedRecording, Reader};

/// The flag whose surroundings are wanted.
pub(super) struct Flag<'a> {
    pub run: &'a RunId,
    pub source: SourceId,
    pub camera: Option<&'a str>,
    pub span: Span,
}

/// Puts the recordings of the other cameras of the place into the bag, unchanged, of long ones a cut, and a list that says for each camera what
/// is there or why nothing is.
pub(super) fn put_context(plan: &Export, flag: &Flag<'_>, bag: &mut Bag) -> Result<(), PackageError> {
    let reader = Reader::open(&plan.data_dir)?;
    let list = match (flag.camera, flag.camera.and_then(|c| plan.places.get(c))) {
        (Some(camera), Some(place)) => {
            let others = plan.places.iter().filter(|(name, at)| *at == place && *name != camera);
            let others: Vec<&str> = others.map(|(name, _)| name.as_str()).collect();
            let window = window(&reader, flag, camera)?;
            let of_camera = |(number, name): (usize, &&str)| -> Result<Value, PackageError> {
                match window {
                    Some(window) => camera_record(&reader, plan.extent, (number + 1, name), window, bag),
                    None => Ok(absent(name, "time_of_flag_unknown")),
                }
            };
            let cameras = others.iter().enumerate().map(of_camera).collect::<Result<Vec<_>, _>>()?;
            let times = window.map(|(from, to)| json!({"from": from.rfc3339(), "to": to.rfc3339()}));
            json!({"place": place, "window": times, "cameras": cameras})
        }
        _ => json!({"place": null, "window": null, "cameras": []}),
    };
    bag.put(CONTEXT_LIST, format!("{list:#}\n").as_bytes()).map(drop)
}

/// The flag's time by the clock, with what the clock may be off; none where the time of day is not known.
fn window(
    reader: &Reader,
    flag: &Flag<'_>,
    camera: &str,
) -> Result<Option<(WallTime, WallTime)>, PackageError> {
    let own = reader.placed_recordings(camera)?;
    let own = own.into_iter().find(|r| r.run == *flag.run && r.source.id == flag.source);
    Ok(own.map(|r| {
        let around_secs = AROUND_SECS + r.wall.error_secs;
        let at = |media_time| r.wall.of(media_time);
        (at(flag.span.start).after_secs(-around_secs), at(flag.span.end).after_secs(around_secs))
    }))
}

fn camera_record(
    reader: &Reader,
    extent: Extent,
    (place, camera): (usize, &str),
    (from, to): (WallTime, WallTime),
    bag: &mut Bag,
) -> Result<Value, PackageError> {
    // By number too: names in other letters may look alike once they are made plain.
    let folder = format!("{CONTEXT}{place}_{}", plain_name(camera.as_ref()));
    let mut packed: Vec<(String, Value)> = Vec::new();
    let overlaps = |r: &PlacedRecording| {
        let (starts, ends) = (r.wall.at, r.wall.at.after_secs(r.duration_secs));
        starts.after_secs(-r.wall.error_secs) < to && ends.after_secs(r.wall.error_secs) > from
    };
    // The newest run's word comes first; the same bytes are packed once.
    for recording in reader.placed_recordings(camera)?.into_iter().rev().filter(overlaps) {
        if !packed.iter().any(|(sha256, _)| *sha256 == recording.source.sha256) {
            let place = format!("{folder}/{}_", packed.len());
            let span = within(&recording, from, to);
            let record = put(&recording, (span, extent), &place, bag)?;
            packed.push((recording.source.sha256.clone(), record));
        }
    }
    if packed.is_empty() {
        return Ok(absent(camera, "no_recording_known"));
    }
    packed.sort_by_key(|(_, record)| record["starts_at"].to_string());
    let recordings: Vec<Value> = packed.into_iter().map(|(_, record)| record).collect();
    Ok(json!({"camera": camera, "recordings": recordings}))
}

/// The window in the recording's media time, with what its clock may be off.
fn within(recording: &PlacedRecording, from: WallTime, to: WallTime) -> Span {
    let wall = &recording.wall;
    let at = |time: WallTime, error_secs: f64| {
        let secs = time.secs_since(wall.at) + error_secs;
        MediaTime::from_secs_f64(secs.clamp(0.0, recording.duration_secs.max(0.0)))
    };
    Span::between(at(from, -wall.error_secs), at(to, wall.error_secs))
}

fn put(
    recording: &PlacedRecording,
    (span, extent): (Span, Extent),
    place: &str,
    bag: &mut Bag,
) -> Result<Value, PackageError> {
    let (source, duration_secs) = (&recording.source, recording.duration_secs);
    let path = &source.path;
    let mut record = json!({
        "name": path.to_string_lossy(),
        "sha256": recording.source.sha256,
        "starts_at": recording.wall.at.rfc3339(),
        "duration_secs": recording.duration_secs,
    });
    match pack(&Wanted { source, from: path, duration_secs, span, extent }, place, bag) {
        Ok(Packed::Whole { file }) => record["file"] = json!(file),
        Ok(Packed::Cut { file, record: cut }) => {
            record["file"] = json!(file);
            record["cut"] = cut;
        }
        Err(PackageError::OtherOriginal { .. }) => record["reason"] = json!("changed_since_analysis"),
        Err(PackageError::NoOriginal { .. }) => record["reason"] = json!("no_longer_there"),
        Err(error) => return Err(error),
    }
    Ok(record)
}

fn absent(camera: &str, reason: &str) -> Value {
    json!({"camera": camera, "recordings": [], "reason": reason})
}
