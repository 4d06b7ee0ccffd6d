//! Digests of what streams hold, so that the same packets can be known again in another file, and marks of cameras in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use ffmpeg_next::Packet;
use ffmpeg_next::codec::Id;
use ffmpeg_next::format::context::Input;
use sha2::{Digest, Sha256};

use super::MediaError;
use super::nal::units;
use super::opening::{best_video_stream, open_container};
use super::packets::PacketReader;
use super::signing::signings;
use crate::digest::hex;
use crate::domain::CameraSigning;

/// What a run of packets holds, without the framing that containers differ in.
///
/// Hashed are, one after the other: of H.264 and H.265 each NAL unit, with its length in bytes as eight bytes, most
/// significant first, before it; of AAC each frame without its ADTS header; of anything else the packets as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Packets, as they are read.
    pub packets: u64,
    /// Bytes that were hashed, the lengths of units not counted.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// Packets of a stream, counted from 0 in the order of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number of the stream in its file.
    pub stream: usize,
    /// Which of its packets.
    pub packets: Range<u64>,
}

/// A digest that is being made.
#[derive(Default)]
pub(super) struct Digesting {
    packets: u64,
    bytes: u64,
    hash: Sha256,
}

impl Digesting {
    pub fn add(&mut self, codec: Id, packet: &Packet) {
        self.packets += 1;
        for unit in units(codec, packet.data().unwrap_or_default()) {
            if matches!(codec, Id::H264 | Id::HEVC) {
                self.hash.update((unit.len() as u64).to_be_bytes());
            }
            self.hash.update(unit);
            self.bytes += unit.len() as u64;
        }
    }

    pub fn finish(self) -> Payload {
        Payload { packets: self.packets, bytes: self.bytes, sha256: hex(self.hash.finalize()) }
    }
}

/// Codec of each stream.
pub(super) fn codecs(input: &Input) -> Vec<Id> {
    input.streams().map(|s| s.parameters().id()).collect()
}

/// What the wanted runs of a recording hold, in their order; where the recording has less, what there is.
///
/// # Errors
/// As opening a recording does.
pub fn payloads(path: &Path, wanted: &[Run]) -> Result<Vec<Payload>, MediaError> {
    let input = open_container(path)?;
    let codecs = codecs(&input);
    let mut reader = PacketReader::new(input, 0);
    let mut digests: Vec<Digesting> = wanted.iter().map(|_| Digesting::default()).collect();
    let mut read = BTreeMap::<usize, u64>::new();
    while let Some(packet) = reader.next_of_any() {
        let stream = packet.stream();
        let number = read.entry(stream).or_default();
        for (run, digest) in wanted.iter().zip(&mut digests) {
            if run.stream == stream && run.packets.contains(number) {
                digest.add(codecs.get(stream).copied().unwrap_or(Id::None), &packet);
            }
        }
        *number += 1;
        let is_behind = |run: &Run| read.get(&run.stream).is_some_and(|n| *n >= run.packets.end);
        if wanted.iter().all(is_behind) {
            break;
        }
    }
    Ok(digests.into_iter().map(Digesting::finish).collect())
}

/// How many marks of each way of signing the pictures of a recording hold. Reads all packets, decodes none.
///
/// # Errors
/// As opening a recording does.
pub fn camera_signings(path: &Path) -> Result<BTreeMap<CameraSigning, u64>, MediaError> {
    let input = open_container(path)?;
    let mut found = BTreeMap::new();
    let Some(stream) = best_video_stream(&input) else { return Ok(found) };
    let codec = codecs(&input).get(stream).copied().unwrap_or(Id::None);
    if !matches!(codec, Id::H264 | Id::HEVC) {
        return Ok(found);
    }
    let mut reader = PacketReader::new(input, stream);
    while let Some(packet) = reader.next() {
        let units = units(codec, packet.data().unwrap_or_default());
        units
            .into_iter()
            .flat_map(|unit| signings(codec, unit))
            .for_each(|s| *found.entry(s).or_default() += 1);
    }
    Ok(found)
}
