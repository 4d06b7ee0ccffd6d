//! What a recording holds before anything is decoded: packets, read in order and gathered from key picture to key
//! picture.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, Rational};

use crate::clock::timed;
use crate::domain::MediaTime;

/// A demuxer that fails this often in a row has come to its end.
const MOST_READ_FAILURES: u32 = 100;
/// Key pictures closer together than this are gathered into one group: intra-only streams, half-second cadences.
const SHORTEST_GROUP: MediaTime = MediaTime::from_millis(900);
/// A group is held in memory until it is known whether it is worth decoding; a longer or larger one is cut.
const LONGEST_GROUP: MediaTime = MediaTime::from_millis(12_500);
const MOST_GROUP_BYTES: usize = 16 << 20;
const MOST_GROUP_PACKETS: usize = 4_096;

/// A group of pictures: a key picture's packet and all that follow it up to the next key picture, in decoding order.
pub struct PacketGroup {
    pub(super) packets: Vec<Packet>,
    time_base: Rational,
    /// Whether it begins with a key picture. If not, it can only be decoded after the group before it.
    pub begins_with_key: bool,
    /// Whether it ends where the next key picture begins; otherwise it was cut for its length, or the recording ends.
    pub ends_at_key: bool,
}

/// One packet, as far as it is known without decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketNote {
    /// The stamp in the container's own time, which need not begin at 0.
    pub stamped: MediaTime,
    /// Compressed bytes.
    pub bytes: usize,
    /// Whether it decodes without any other.
    pub is_key: bool,
}

impl PacketGroup {
    /// The packets in decoding order; none where a packet lacks its stamp or is marked as damaged, so that nothing can
    /// be said of the group without decoding it.
    pub fn notes(&self) -> Option<Vec<PacketNote>> {
        let note = |p: &Packet| {
            let stamp = p.pts().filter(|_| !p.is_corrupt() && p.size() > 0)?;
            Some(PacketNote { stamped: self.time_of(stamp), bytes: p.size(), is_key: p.is_key() })
        };
        self.packets.iter().map(note).collect()
    }

    /// Compressed bytes in all.
    pub fn bytes(&self) -> usize {
        self.packets.iter().map(Packet::size).sum()
    }

    /// Size of the key picture's packet in bytes, and a digest of what it holds; none without one. Equal digests mean equal
    /// bytes, but for chance.
    pub fn key_packet(&self) -> Option<(usize, u64)> {
        let data = self.packets.first().filter(|p| p.is_key())?.data()?;
        let mut hash = DefaultHasher::new();
        hash.write(data);
        Some((data.len(), hash.finish()))
    }

    /// Its first picture by the container's own time; zero where that is not known.
    pub(super) fn stamped_start(&self) -> MediaTime {
        self.stamps().into_iter().flatten().next().map_or(MediaTime::ZERO, |stamp| self.time_of(stamp))
    }

    /// Stamps in the order of presentation, in ticks.
    pub(super) fn stamps(&self) -> Vec<Option<i64>> {
        let mut stamps: Vec<_> = self.packets.iter().map(|p| p.pts().or(p.dts())).collect();
        stamps.sort_unstable();
        stamps
    }

    fn time_of(&self, stamp: i64) -> MediaTime {
        MediaTime::from_ticks(stamp, self.time_base.numerator(), self.time_base.denominator())
    }

    fn length(&self) -> MediaTime {
        let ends = [self.packets.first(), self.packets.last()];
        let [Some(first), Some(last)] = ends.map(|p| p.and_then(|p| p.dts().or(p.pts()))) else {
            return MediaTime::ZERO;
        };
        self.time_of(last.saturating_sub(first))
    }

    fn is_full(&self) -> bool {
        self.packets.len() >= MOST_GROUP_PACKETS
            || self.length() > LONGEST_GROUP
            || self.bytes() > MOST_GROUP_BYTES
    }
}

/// Reads the packets of one stream.
pub(super) struct PacketReader {
    pub input: Input,
    pub stream: usize,
    read_failures: u32,
    read_failure: Option<String>,
    /// The key picture that ended the group read last.
    ahead: Option<Packet>,
    /// Processor seconds spent here.
    pub demux_secs: f64,
}

impl PacketReader {
    pub fn new(input: Input, stream: usize) -> Self {
        Self { input, stream, read_failures: 0, read_failure: None, ahead: None, demux_secs: 0.0 }
    }

    /// Why reading stopped, where it was not the regular end.
    pub fn take_failure(&mut self) -> Option<String> {
        self.read_failure.take()
    }

    /// The next packet of the stream; none at the end.
    pub fn next(&mut self) -> Option<Packet> {
        if let Some(packet) = self.ahead.take() {
            return Some(packet);
        }
        loop {
            let packet = self.next_of_any()?;
            if packet.stream() == self.stream {
                return Some(packet);
            }
        }
    }

    /// The next packet of whatever stream; none at the end.
    pub fn next_of_any(&mut self) -> Option<Packet> {
        let mut packet = Packet::empty();
        loop {
            match timed(&mut self.demux_secs, || packet.read(&mut self.input)) {
                Ok(()) => {
                    self.read_failures = 0;
                    return Some(packet);
                }
                Err(Error::Eof) => return None,
                Err(error) => {
                    self.read_failures += 1;
                    if self.read_failures >= MOST_READ_FAILURES {
                        self.read_failure = Some(error.to_string());
                        return None;
                    }
                }
            }
        }
    }

    /// The next group; none at the end.
    pub fn next_group(&mut self) -> Option<PacketGroup> {
        let first = self.next()?;
        let time_base = self.input.stream(self.stream).map_or(Rational(1, 90_000), |s| s.time_base());
        let begins_with_key = first.is_key();
        let mut group = PacketGroup { packets: vec![first], time_base, begins_with_key, ends_at_key: false };
        while !group.is_full() {
            let Some(packet) = self.next() else { break };
            let is_long_enough = group.length() >= SHORTEST_GROUP || !begins_with_key;
            if packet.is_key() && is_long_enough {
                group.ends_at_key = true;
                self.ahead = Some(packet);
                break;
            }
            group.packets.push(packet);
        }
        Some(group)
    }
}
