//! Whom the models see in each picked picture and what each window scored, one JSON line each: to be compared with
//! another program's.
//!
//! People are looked for in every picked picture; `how` tells how the scan, which may pass over still stretches, looked at
//! the moment: `analysed`, `gated` or `skipped`. Windows are the scan's own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ScanWork;
use super::limits::for_each_picked;
use crate::cli::context::Context;
use crate::domain::{BBox, MediaTime, Pose, SourceId};
use crate::infer::{Eyes, Runtime, RuntimeOptions, ViewMaker};

/// Writes the lines of all files to `out`.
pub(super) fn write(
    context: &Context,
    runtime: &Runtime,
    files: &[PathBuf],
    scan: &ScanWork,
    out: &Path,
) -> anyhow::Result<()> {
    let options = RuntimeOptions { intra_threads: 1, ..context.options };
    let mut eyes = Eyes::new(runtime, &context.plan()?.eyes, options)?;
    let mut views = ViewMaker::new(eyes.view_spec());
    let mut out = BufWriter::new(File::create(out)?);
    let how = |source: SourceId, at: MediaTime| {
        let mut spans = scan.looked.iter().filter(|(of, _)| *of == source).map(|(_, looked)| looked);
        let looked = spans.find(|l| l.span.start <= at && at < l.span.end);
        looked.map(|l| l.attention.as_str())
    };
    for (number, file) in files.iter().enumerate() {
        let source = SourceId(number as u32);
        for_each_picked(file, context.config.analysis_step(), |picture| {
            let at = picture.at.media_time;
            let view = views.view(picture, Vec::new).map_err(|e| anyhow::anyhow!(e))?;
            let people: Vec<Value> = eyes.look(&view)?.people.iter().map(person).collect();
            let line = json!({
                "type": "picture", "path": file.to_string_lossy(), "media_ns": at.nanos(),
                "how": how(source, at), "people": people,
            });
            Ok(writeln!(out, "{line}")?)
        })?;
        for (_, score) in scan.windows.iter().filter(|(of, _)| *of == source) {
            let line = json!({
                "type": "window", "path": file.to_string_lossy(), "media_ns": score.span.end.nanos(),
                "box": corners(score.region_in_frame), "is_group": !score.tracks.is_empty(),
                "probability": score.probability,
            });
            writeln!(out, "{line}")?;
        }
    }
    Ok(out.flush()?)
}

/// A box as left, top, right, bottom; joints as x, y, confidence; pixels of the picture as displayed.
fn person(pose: &Pose) -> Value {
    let joints: Vec<[f32; 3]> =
        pose.keypoints_in_frame.iter().map(|k| [k.at.x, k.at.y, k.confidence]).collect();
    json!({ "box": corners(pose.bbox_in_frame), "score": pose.score, "joints": joints })
}

fn corners(bbox: BBox) -> [f32; 4] {
    [bbox.x, bbox.y, bbox.right(), bbox.bottom()]
}
