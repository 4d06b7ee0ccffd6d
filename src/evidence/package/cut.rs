//! What a package says of a cut, and whether that is so.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{MediaTime, SourceInfo, Span};
use crate::media::{self, Cut, CutStream, MediaError, Payload, Run};

/// Its name beside the cut of the flag's recording.
pub(super) const LIST_NAME: &str = "cut.json";
/// More streams than this no recording of ours has.
const MOST_STREAMS: usize = 64;

const TOLERANCE: MediaTime = MediaTime::from_millis(1_000);

/// What is written of a cut, but for its file.
pub(super) fn record(cut: &Cut, source: &SourceInfo) -> Value {
    let stream = |s: &CutStream| {
        json!({
            "kind": s.kind,
            "codec": s.codec,
            "stream": s.run.stream,
            "first_packet": s.run.packets.start,
            "packets": s.payload.packets,
            "payload_bytes": s.payload.bytes,
            "payload_sha256": s.payload.sha256,
        })
    };
    json!({
        "cut": null,
        "original": {
            "name": source.path.to_string_lossy(), "sha256": source.sha256, "bytes": source.bytes,
        },
        "span": {"start_ns": cut.span.start.nanos(), "end_ns": cut.span.end.nanos()},
        "streams": cut.streams.iter().map(stream).collect::<Vec<_>>(),
        "left_out": cut.left_out.iter().map(|(n, kind)| json!({"stream": n, "kind": kind})).collect::<Vec<_>>(),
    })
}

/// A record as it is read from a package. Nothing in it is believed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CutRecord {
    pub cut: CutFile,
    pub original: Original,
    pub span: RecordSpan,
    pub streams: Vec<RecordStream>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CutFile {
    pub file: String,
    pub sha256: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Original {
    pub sha256: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct RecordSpan {
    pub start_ns: i64,
    pub end_ns: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RecordStream {
    stream: usize,
    first_packet: u64,
    packets: u64,
    payload_bytes: u64,
    payload_sha256: String,
}

impl CutRecord {
    /// The record that a value holds, if it holds one.
    pub fn of(value: Value) -> Option<Self> {
        let record: Self = serde_json::from_value(value).ok()?;
        (!record.streams.is_empty() && record.streams.len() <= MOST_STREAMS).then_some(record)
    }

    /// Whether the cut goes over a stretch of the recording, but for what the clocks of packets and of pictures may differ by.
    pub fn holds(&self, span: Span) -> bool {
        let starts = self.span.start_ns.saturating_sub(TOLERANCE.nanos());
        let ends = self.span.end_ns.saturating_add(TOLERANCE.nanos());
        starts <= span.start.nanos() && span.end.nanos() <= ends
    }

    /// Whether the cut holds what is said of its streams.
    ///
    /// # Errors
    /// Where it cannot be read as a recording.
    pub fn is_what_the_cut_holds(&self, cut: &Path) -> Result<bool, MediaError> {
        let whole = |stream| Run { stream, packets: 0..u64::MAX };
        self.is_held_by(cut, &(0..self.streams.len()).map(whole).collect::<Vec<_>>())
    }

    /// Whether the recording holds the same where the cut is said to be from.
    ///
    /// # Errors
    /// As [`Self::is_what_the_cut_holds`].
    pub fn is_part_of(&self, recording: &Path) -> Result<bool, MediaError> {
        let run = |s: &RecordStream| Run {
            stream: s.stream,
            packets: s.first_packet..s.first_packet.saturating_add(s.packets),
        };
        self.is_held_by(recording, &self.streams.iter().map(run).collect::<Vec<_>>())
    }

    fn is_held_by(&self, path: &Path, runs: &[Run]) -> Result<bool, MediaError> {
        media::init()?;
        let is_it = |(said, found): (&RecordStream, &Payload)| {
            (said.payload_bytes, &said.payload_sha256) == (found.bytes, &found.sha256)
        };
        Ok(self.streams.iter().zip(&media::payloads(path, runs)?).all(is_it))
    }
}
