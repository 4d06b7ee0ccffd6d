//! What is found about the cameras' sight in recordings, without any model, and what that costs against decoding them.
//!
//!     cargo bench --bench sight -- RECORDINGS…
//!
//! One JSON line a recording: each cause with its stretches, in seconds, and processor seconds. All is decoded, as with
//! `--no-gate`.

use std::path::Path;

use kuager::clock::timed;
use kuager::config::Config;
use kuager::domain::{BlindCause, FrameRef, IncidentKind, SourceId};
use kuager::gate::FrameSampler;
use kuager::integrity::{Finding, Watch};
use kuager::media::{LumaGrid, Recording, Step};
use serde_json::{Value, json};

const DEGRADED: IncidentKind = IncidentKind::CameraDegraded;
/// Findings further apart are of two stretches.
const QUIET_SECS: f64 = 15.0;

/// Stretches in which less of a picture was told, which are no blind ones: start, end, when first told.
fn degraded(findings: &[Finding]) -> Vec<[f64; 3]> {
    let mut found: Vec<[f64; 3]> = Vec::new();
    for Finding { at, wrong } in findings.iter().filter(|f| f.wrong.kind == DEGRADED) {
        let (since, at) = (wrong.since.secs_f64(), at.media_time.secs_f64());
        match found.last_mut().filter(|last| at - last[1] <= QUIET_SECS) {
            Some(last) => last[1] = at,
            None => found.push([since, at, at]),
        }
    }
    found
}

fn main() -> anyhow::Result<()> {
    kuager::media::init()?;
    for path in std::env::args().skip(1).filter(|a| !a.starts_with("--")) {
        println!("{}", watched(Path::new(&path))?);
    }
    Ok(())
}

fn watched(path: &Path) -> anyhow::Result<Value> {
    let config = Config::default();
    let mut recording = Recording::open(path, SourceId(0), 1)?;
    let mut sampler = FrameSampler::new(config.analysis_step());
    let mut watch = Watch::new(&config.integrity());
    let (mut grid_secs, mut watch_secs, mut end_secs) = (0.0, 0.0, 0.0);
    let mut last: Option<FrameRef> = None;
    while let Step::Picture(picture, _) = recording.step()? {
        let (is_picked, is_key) = (sampler.picks(picture.at.media_time), picture.is_key());
        end_secs = picture.at.media_time.secs_f64();
        last = Some(picture.at);
        timed(&mut watch_secs, || watch.count(picture.at.media_time, picture.at.media_time, 1));
        if !(is_picked || is_key) {
            continue;
        }
        let Some(grid) = timed(&mut grid_secs, || LumaGrid::of_picture(&picture)) else { continue };
        timed(&mut watch_secs, || {
            if is_picked {
                watch.push(picture.at, &grid);
            }
            if is_key {
                watch.push_key(picture.at, grid, None);
            }
        });
    }
    let size = last.map(|l| [l.size.width, l.size.height]);
    let (findings, blind) = watch.finish();
    let told = |cause: BlindCause| {
        findings.iter().find(|f| f.wrong.kind.as_str() == cause.as_str()).map(|f| f.at.media_time.secs_f64())
    };
    let mut spans: Vec<Value> = blind
        .iter()
        .map(|b| json!([b.cause.as_str(), b.span.start.secs_f64(), b.span.end.secs_f64(), told(b.cause)]))
        .collect();
    spans.extend(
        degraded(&findings).iter().map(|[start, end, told]| json!([DEGRADED.as_str(), start, end, told])),
    );
    Ok(json!({
        "path": path, "secs": end_secs, "size": size, "spans": spans,
        "decode_secs": recording.decode_secs, "grid_secs": grid_secs, "watch_secs": watch_secs,
    }))
}
