//! The lines of `--json`, as `docs/ref/` describes them.
//!
//! Every line is an object with `type` first and `schema` second. What is not known is absent, never 0. Fields keep
//! the order in which they are written here; that rests on the `preserve_order` feature of `serde_json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Denominator;
use crate::digest::hex;
use crate::domain::{
    Attention, BBox, BlindSpan, CameraHour, IncidentEvent, IncidentId, IncidentKind, InputError, LookedSpan,
    MediaTime, Reason, RunId, RunInfo, RunTotals, SourceInfo, SourceResult, StageSecs, WallStart,
};
use crate::recordings::{Examined, Finding, Found, PlacedFile};
use crate::text::Texts;

/// Version of the shapes below.
pub const SCHEMA: u32 = 1;

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Seconds of recording done.
    pub done_secs: f64,
    /// Seconds of recording in all, once known.
    pub total_secs: Option<f64>,
    /// Seconds of recording done in a second by the clock, once it can be told.
    pub speed: Option<f64>,
    /// Seconds by the clock that are left, once they can be told.
    pub eta_secs: Option<f64>,
}

/// The first line of a run.
pub fn run_started(run: &RunInfo) -> Value {
    let mut line = Line::new("run_started");
    line.put("run", json!(run.id.0));
    line.put("program_version", json!(run.program_version));
    line.put("command", json!(run.command));
    line.put("config_digest", json!(run.config_digest));
    let model =
        |m: &crate::domain::ModelUse| json!({ "name": m.name, "sha256": m.sha256, "provider": m.provider });
    line.put("models", run.models.iter().map(model).collect());
    line.put("ffmpeg_version", json!(run.ffmpeg_version));
    line.put("decoder", json!(run.decoder));
    line.into_value()
}

/// The line with another camera's name than that of the file, where it names one.
pub fn of_camera(mut line: Value, camera: &str) -> Value {
    if let Some(incident) = line.get_mut("incident") {
        incident["camera"] = json!(camera);
    } else if line.get("camera").is_some() {
        line["camera"] = json!(camera);
    }
    line
}

/// The line with the time of day beside each time of the recording, regions aside: they are many and stand beside a start.
pub fn with_wall(mut line: Value, wall: &WallStart) -> Value {
    add_wall(&mut line, wall);
    line
}

fn add_wall(value: &mut Value, wall: &WallStart) {
    match value {
        Value::Object(fields) => {
            if let Some(nanos) = fields.get("media_ns").and_then(Value::as_i64)
                && let Some(at) = wall.of(MediaTime::from_nanos(nanos)).rfc3339()
            {
                fields.insert("wall".to_owned(), json!(at));
                fields.insert("wall_source".to_owned(), json!(wall.source.as_str()));
                fields.insert("wall_error_secs".to_owned(), json!(wall.error_secs));
            }
            let inner = fields.iter_mut().filter(|(name, _)| *name != "regions");
            inner.for_each(|(_, value)| add_wall(value, wall));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| add_wall(value, wall)),
        _ => {}
    }
}

/// The line with what its counts are measured against, and the sentence that says so.
pub fn with_statement(mut line: Value, denominator: Denominator, statement: &str) -> Value {
    line["usable_secs"] = json!(rounded(denominator.usable_secs, 3));
    line["of_secs"] = json!(rounded(denominator.of_secs, 3));
    line["usable_percent"] = json!(rounded(denominator.usable_percent(), 1));
    line["blind_percent"] = json!(rounded(denominator.unseen_percent(), 1));
    line["unexplained_percent"] = json!(rounded(denominator.unexplained_percent(), 1));
    line["statement"] = json!(statement);
    line
}

/// What the name of a recording was read as.
pub fn recording(path: &Path, placed: &PlacedFile) -> Value {
    let mut line = Line::new("recording");
    line.put_path(path);
    line.put_known("camera", placed.camera.clone().map(Value::from));
    line.put_known("pattern", placed.pattern.clone().map(Value::from));
    if let Some(wall) = placed.wall {
        line.put_known("wall", wall.at.rfc3339().map(Value::from));
        line.put("wall_source", json!(wall.source.as_str()));
        line.put_number("wall_error_secs", Some(wall.error_secs));
    }
    line.into_value()
}

/// Something that is missing or disagrees, found without looking at pictures.
pub fn finding(found: &Found, placed: &PlacedFile, finding: &Finding, texts: &Texts) -> Value {
    let mut line = Line::new("recording_finding");
    line.put("kind", json!(finding.kind.as_str()));
    line.put_known("camera", placed.camera.clone().map(Value::from));
    let mut source = Line::default();
    source.put_path(&found.path);
    source.put_known("sha256", found.sha256.clone().map(Value::from));
    line.put("source", source.into_value());
    line.put("start", time(finding.span.start));
    line.put("end", time(finding.span.end));
    line.put("severity", json!(finding.severity.as_str()));
    line.put("reasons", finding.reasons.iter().map(|r| reason(r, texts)).collect());
    line.into_value()
}

/// The last line of `kuager recordings`.
pub fn recordings(files: usize, examined: &Examined, by_kind: &BTreeMap<IncidentKind, u64>) -> Value {
    let mut line = Line::new("recordings");
    line.put("files", json!(files));
    line.put("cameras", json!(examined.cameras));
    line.put("without_time", json!(examined.files.iter().filter(|f| f.pattern.is_none()).count()));
    line.put("findings", json!(examined.findings.len()));
    let counts = by_kind.iter().map(|(kind, n)| (kind.as_str().to_owned(), json!(n)));
    line.put("by_kind", Value::Object(counts.collect()));
    line.into_value()
}

/// What could be seen of one camera in one hour.
pub fn camera_hour(hour: &CameraHour) -> Value {
    let mut line = Line::new("camera_hour");
    line.put("camera", json!(hour.camera));
    line.put_known("hour", hour.hour.and_then(|h| h.rfc3339()).map(Value::from));
    line.put_secs("expected_secs", Some(hour.expected_secs));
    line.put_secs("received_secs", Some(hour.received_secs));
    line.put_secs("decoded_secs", Some(hour.decoded_secs));
    line.put_secs("analysed_secs", Some(hour.analysed_secs));
    line.put_secs("usable_secs", Some(hour.usable_secs));
    line.put_secs("excluded_secs", Some(hour.excluded_secs));
    line.put_secs("blind_secs", Some(hour.blind_secs()));
    line.put_secs("unexplained_secs", Some(hour.unexplained_secs()));
    let blind = |b: &crate::domain::BlindTime| json!({ "cause": b.cause, "secs": rounded(b.secs, 3), "explained_secs": rounded(b.explained_secs, 3) });
    line.put("blind", hour.blind.iter().map(blind).collect());
    line.into_value()
}

/// A possible incident was opened, grew or ended. The reasons' words are in the language of `texts`.
pub fn incident(
    run: &RunId,
    source: &SourceInfo,
    id: &IncidentId,
    event: &IncidentEvent,
    texts: &Texts,
) -> Value {
    let found = event.incident();
    let mut body = Line::default();
    body.put("id", json!(id.0));
    body.put("kind", json!(found.kind.as_str()));
    body.put("camera", json!(camera(&source.path)));
    body.put("source", source_value(source));
    body.put("start", time(found.span.start));
    if !found.is_open {
        body.put("end", time(found.span.end));
    }
    body.put_number("peak_score", Some(rounded(found.peak_score.into(), 4)));
    body.put("severity", json!(found.severity.as_str()));
    body.put("reasons", found.reasons.iter().map(|r| reason(r, texts)).collect());
    let region = |r: &crate::domain::Region| json!({ "media_ns": r.media_time.nanos(), "bbox_in_frame": bbox(r.bbox_in_frame) });
    body.put("regions", found.regions.iter().map(region).collect());
    body.put("people", json!(found.people));
    body.put("run", json!(run.0));

    let mut line = Line::new("incident");
    line.put("event", json!(event.name()));
    line.put("incident", body.into_value());
    line.into_value()
}

/// What could be seen of a recording.
pub fn coverage(result: &SourceResult) -> Value {
    let SourceResult { source, duration_secs, coverage, .. } = result;
    let mut line = Line::new("coverage");
    line.put("camera", json!(camera(&source.path)));
    line.put("source", source_value(source));
    line.put("from", time(MediaTime::ZERO));
    line.put("to", time(MediaTime::from_secs_f64(*duration_secs)));
    line.put_secs("expected_secs", coverage.expected_secs);
    line.put_secs("received_secs", Some(coverage.received_secs));
    line.put_secs("decoded_secs", Some(coverage.decoded_secs));
    line.put_secs("analysed_secs", Some(coverage.analysed_secs));
    line.put_secs("gated_secs", Some(coverage.attended_secs(Attention::Gated)));
    line.put_secs("skipped_secs", Some(coverage.attended_secs(Attention::Skipped)));
    line.put_secs("usable_secs", Some(coverage.usable_secs));
    line.put_secs("excluded_secs", Some(coverage.excluded_secs()));
    if coverage.excluded_share > 0.0 {
        line.put_number("excluded_share", Some(rounded(coverage.excluded_share, 4)));
    }
    let blind = |b: &BlindSpan| {
        json!({
            "cause": b.cause.as_str(), "from": time(b.span.start), "to": time(b.span.end), "explained": false
        })
    };
    line.put("blind", coverage.blind.iter().map(blind).collect());
    let looked = |l: &LookedSpan| json!({ "how": l.attention.as_str(), "from": time(l.span.start), "to": time(l.span.end) });
    if let Some(decoder) = &result.decoder {
        line.put("decoder", json!(decoder));
    }
    line.put("looked", coverage.looked.iter().map(looked).collect());
    line.into_value()
}

/// Something could not be read fully.
pub fn input_error(error: &InputError) -> Value {
    let mut line = Line::new("input_error");
    line.put_path(&error.path);
    line.put("stage", json!(error.stage.as_str()));
    if let Some(at) = error.at {
        line.put("at", time(at));
    }
    line.put("message", json!(error.message));
    line.put_secs("analysed_secs", Some(error.analysed_secs));
    line.put("recoverable", json!(error.is_recoverable));
    line.into_value()
}

/// How far the run is; at most one a second is wanted.
pub fn progress(progress: &Progress) -> Value {
    let mut line = Line::new("progress");
    line.put_secs("done_secs", Some(progress.done_secs));
    line.put_secs("total_secs", progress.total_secs);
    line.put_number("speed", progress.speed.map(|s| rounded(s, 3)));
    line.put_number("eta_secs", progress.eta_secs.map(|s| rounded(s, 1)));
    line.into_value()
}

/// The last line of a run. `by_kind` counts what was flagged; kinds without flags may be left out.
pub fn run_finished(run: &RunId, totals: &RunTotals, by_kind: &BTreeMap<IncidentKind, u64>) -> Value {
    let mut line = Line::new("run_finished");
    line.put("run", json!(run.0));
    line.put("inputs", json!(totals.inputs));
    line.put_secs("analysed_secs", Some(totals.analysed_secs));
    line.put("decoded_frames", json!(totals.decoded_frames));
    line.put("analysed_frames", json!(totals.analysed_frames));
    line.put("incidents", json!(by_kind.values().sum::<u64>()));
    let counts = by_kind.iter().map(|(kind, n)| (kind.as_str().to_owned(), json!(n)));
    line.put("by_kind", Value::Object(counts.collect()));
    line.put_secs("wall_secs", Some(totals.wall_secs));
    line.put_secs("cpu_secs", Some(totals.cpu_secs));
    line.put("stages", stages(&totals.stages));
    if totals.is_interrupted {
        line.put("interrupted", json!(true));
    }
    line.into_value()
}

/// The name a recording goes by: its file name without the extension.
pub fn camera(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Processor seconds by stage.
pub fn stages(stages: &StageSecs) -> Value {
    let StageSecs { demux, decode, gate, preprocess, pose, track, violence, integrity, store, other } =
        *stages;
    let mut body = Line::default();
    for (name, secs) in [
        ("demux", demux),
        ("decode", decode),
        ("gate", gate),
        ("preprocess", preprocess),
        ("pose", pose),
        ("track", track),
        ("violence", violence),
        ("integrity", integrity),
        ("store", store),
        ("other", other),
    ] {
        body.put_secs(name, Some(secs));
    }
    body.into_value()
}

fn source_value(source: &SourceInfo) -> Value {
    let mut body = Line::default();
    body.put_path(&source.path);
    body.put("sha256", json!(source.sha256));
    body.into_value()
}

fn reason(reason: &Reason, texts: &Texts) -> Value {
    let mut body = Line::default();
    body.put("code", json!(reason.code.as_str()));
    body.put("text", json!(texts.reason(reason)));
    if let Some(value) = reason.value {
        body.put_number("value", Some(rounded(value.into(), 4)));
        body.put_known("unit", reason.code.unit().map(Value::from));
    }
    body.into_value()
}

fn time(at: MediaTime) -> Value {
    json!({ "media_ns": at.nanos() })
}

fn bbox(bbox: BBox) -> [f64; 4] {
    [bbox.x, bbox.y, bbox.width, bbox.height].map(|v| rounded(v.into(), 1))
}

/// Rounded in `f64`: an `f32` written as such shows digits that it does not have.
pub(super) fn rounded(value: f64, decimals: i32) -> f64 {
    let factor = 10_f64.powi(decimals);
    (value * factor).round() / factor
}

/// An object under construction.
#[derive(Default)]
struct Line(Map<String, Value>);

impl Line {
    fn new(kind: &str) -> Self {
        let mut line = Self::default();
        line.put("type", json!(kind));
        line.put("schema", json!(SCHEMA));
        line
    }

    fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    fn put_known(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Leaves out what is unknown or no number.
    fn put_number(&mut self, name: &str, value: Option<f64>) {
        self.put_known(name, value.filter(|v| v.is_finite()).map(Value::from));
    }

    fn put_secs(&mut self, name: &str, secs: Option<f64>) {
        self.put_number(name, secs.map(|s| rounded(s, 6)));
    }

    /// The path as text; where it is not UTF-8, also its bytes in hex, so that the file can be found.
    fn put_path(&mut self, path: &Path) {
        self.put("path", json!(path.to_string_lossy()));
        if path.to_str().is_none() {
            let bytes = path.as_os_str().as_encoded_bytes();
            self.put("path_bytes", json!(hex(bytes)));
        }
    }

    fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Coverage, SourceId, Stage};

    #[test]
    fn type_comes_first_and_unknown_is_absent() {
        let line = progress(&Progress { done_secs: 3.0, speed: Some(f64::NAN), ..Progress::default() });
        assert_eq!(line.to_string(), r#"{"type":"progress","schema":1,"done_secs":3.0}"#);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_keeps_its_bytes() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let error = InputError {
            path: Path::new(OsStr::from_bytes(b"a\xff.mp4")).to_owned(),
            stage: Stage::Open,
            at: None,
            message: "gone".into(),
            analysed_secs: 0.0,
            is_recoverable: false,
        };
        let line = input_error(&error);
        assert_eq!(line["path"], "a\u{fffd}.mp4");
        assert_eq!(line["path_bytes"], "61ff2e6d7034");
        assert!(line.get("at").is_none());
    }

    #[test]
    fn the_time_of_day_stands_beside_each_time_of_the_recording() {
        let at = crate::domain::WallTime::from_rfc3339("2026-03-01T00:00:00Z").unwrap();
        let wall = WallStart { at, source: crate::domain::WallSource::Filename, error_secs: 1.0 };
        let line = json!({ "from": { "media_ns": 0 }, "blind": [{ "to": { "media_ns": 1_500_000_000 } }],
                           "regions": [{ "media_ns": 5 }] });
        let line = with_wall(line, &wall);
        assert_eq!(
            line["from"].to_string(),
            r#"{"media_ns":0,"wall":"2026-03-01T00:00:00Z","wall_source":"filename","wall_error_secs":1.0}"#
        );
        assert_eq!(line["blind"][0]["to"]["wall"], "2026-03-01T00:00:01.5Z");
        assert!(line["regions"][0].get("wall").is_none());
    }

    #[test]
    fn the_camera_is_named_after_the_file() {
        assert_eq!(camera(Path::new("/a/block 4.north.mp4")), "block 4.north");
        assert_eq!(camera(Path::new("-")), "-");
    }

    #[test]
    fn coverage_leaves_out_an_unknown_expectation() {
        let source = SourceInfo { id: SourceId(0), path: "a.mp4".into(), sha256: "00".into(), bytes: 1 };
        let line = coverage(&SourceResult {
            source,
            duration_secs: 1.5,
            decoder: None,
            coverage: Coverage::default(),
            incidents: Vec::new(),
            errors: Vec::new(),
            is_complete: true,
        });
        assert!(line.get("expected_secs").is_none() && line.get("decoder").is_none());
        assert_eq!(line["to"]["media_ns"], 1_500_000_000_i64);
    }
}
