//! What is found about the cameras' sight in recordings, without any model, and what that costs against decoding them.
//!
//!     cargo bench --bench sight -- RECORDINGS…
//!
//! One JSON line a recording: each cause with its stretches, in seconds, and processor seconds. All is decoded, as with
//! `--no-gate`.

use std::path::Path;

use kuager::clock::timed;
use kuager::config::Config;
use kuager::domain::{FrameRef, SourceId};
use kuager::gate::FrameSampler;
use kuager::integrity::Watch;
use kuager::media::{LumaGrid, Recording, Step};
use serde_json::{Value, json};

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
    let told = |cause| findings.iter().find(|f| f.wrong.cause == cause).map(|f| f.at.media_time.secs_f64());
    let spans: Vec<Value> = blind
        .iter()
        .map(|b| json!([b.cause.as_str(), b.span.start.secs_f64(), b.span.end.secs_f64(), told(b.cause)]))
        .collect();
    Ok(json!({
        "path": path, "secs": end_secs, "size": size, "spans": spans,
        "decode_secs": recording.decode_secs, "grid_secs": grid_secs, "watch_secs": watch_secs,
    }))
}
