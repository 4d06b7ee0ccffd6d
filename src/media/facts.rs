//! What a container says of itself beside the pictures: when it was made, how long it is, and what its first packets are.

use std::path::Path;

use ffmpeg_next::Rational;
use sha2::{Digest, Sha256};

use super::MediaError;
use super::opening::{best_video_stream, expected_secs, not_video, open_container};
use super::packets::PacketReader;
use crate::digest::hex;
use crate::domain::{MediaTime, WallTime};

/// So many packets make the fingerprint of a recording's pictures.
const FINGERPRINT_PACKETS: usize = 48;
/// Muxers that know no time write the beginning of their epoch, 1904 or 1970.
const EARLIEST_CREATION: WallTime = WallTime::from_millis(631_152_000_000); // 1990-01-01

/// What a container says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerFacts {
    /// When it says that it was made. Many recorders write local time as if it were UTC.
    pub created_at: Option<WallTime>,
    /// The length it declares, where it says so reliably.
    pub expected_secs: Option<f64>,
    /// SHA-256 over the first video packets, hex: the same pictures in another container keep it.
    pub pictures_sha256: Option<String>,
    /// From the first packet to the end of the last, where all were read.
    pub packets_secs: Option<f64>,
}

/// Reads a container's own words, and its first packets; all packets where `reads_all`, for its true length.
///
/// # Errors
/// As opening a recording does.
pub fn container_facts(path: &Path, reads_all: bool) -> Result<ContainerFacts, MediaError> {
    let input = open_container(path)?;
    let created_at = input.metadata().get("creation_time").and_then(WallTime::from_rfc3339);
    let created_at = created_at.filter(|at| *at >= EARLIEST_CREATION);
    let Some(number) = best_video_stream(&input) else {
        return Ok(ContainerFacts { created_at, ..ContainerFacts::default() });
    };
    let stream = input.stream(number).ok_or_else(|| not_video("stream vanished", path))?;
    let expected_secs = expected_secs(&input, &stream);
    let time_base = stream.time_base();
    let mut reader = PacketReader::new(input, number);
    let (mut hash, mut packets) = (Sha256::new(), 0_usize);
    let mut stamps: Option<(i64, i64)> = None;
    while let Some(packet) = reader.next() {
        if packets < FINGERPRINT_PACKETS
            && let Some(data) = packet.data()
        {
            hash.update(data);
        }
        packets += 1;
        if let Some(stamp) = packet.pts().or(packet.dts()) {
            let end = stamp.saturating_add(packet.duration().max(0));
            stamps = Some(stamps.map_or((stamp, end), |(from, to)| (from.min(stamp), to.max(end))));
        }
        if packets >= FINGERPRINT_PACKETS && !reads_all {
            break;
        }
    }
    let length = |(from, to): (i64, i64)| ticks(to.saturating_sub(from), time_base).secs_f64();
    Ok(ContainerFacts {
        created_at,
        expected_secs,
        pictures_sha256: (packets > 0).then(|| hex(hash.finalize())),
        packets_secs: stamps.filter(|_| reads_all).map(length),
    })
}

fn ticks(count: i64, time_base: Rational) -> MediaTime {
    MediaTime::from_ticks(count, time_base.numerator(), time_base.denominator())
}
