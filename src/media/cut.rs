//! A stretch of a recording by itself: the packets as they are, every stream, nothing decoded and nothing encoded.
//!
//! A cut is a run of packets in the order in which they are read, from a key picture on. It is believed only once it was read
//! again and holds, stream by stream, what the recording holds there.

use std::path::{Path, PathBuf};

use ffmpeg_next::codec::Id;
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Dictionary, Error, Packet, Rational, format, media};

use super::MediaError;
use super::opening::{best_video_stream, nominal_length, not_video, open_container};
use super::packets::PacketReader;
use super::payload::{Digesting, Payload, Run, codecs, payloads};
use super::timeline::Timeline;
use crate::domain::{MediaTime, Span};

/// Writers by the reader that opened the recording, first the one of the same family. Matroska takes nearly everything.
const WRITERS: [(&str, &[&str]); 9] = [
    ("mov", &["mp4", "mov"]),
    ("mpegts", &["mpegts"]),
    ("avi", &["avi"]),
    ("flv", &["flv"]),
    ("asf", &["asf"]),
    ("h264", &["h264"]),
    ("hevc", &["hevc"]),
    ("mjpeg", &["mjpeg"]),
    ("ivf", &["ivf"]),
];
const MATROSKA: &str = "matroska";
/// Packets that are looked at together where no key picture comes: ten seconds and more.
const LONGEST_STRETCH: usize = 250;

/// A stream of a cut, and where its packets lie in the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutStream {
    /// Which packets of the recording they are.
    pub run: Run,
    /// `video`, `audio`, `subtitle` or `data`.
    pub kind: &'static str,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// What they hold.
    pub payload: Payload,
}

/// A cut that was written and read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where it lies.
    pub path: PathBuf,
    /// FFmpeg's name of its container.
    pub container: &'static str,
    /// From its first picture to the end of its last, in the recording's media time.
    pub span: Span,
    /// Its streams, in the order of the cut.
    pub streams: Vec<CutStream>,
    /// Streams of the recording that no container takes beside the others: number and kind.
    pub left_out: Vec<(usize, &'static str)>,
}

/// The run of the pictures' packets that holds a stretch.
struct Found {
    stream: usize,
    packets: std::ops::Range<u64>,
    span: Span,
}

/// Writes the packets of a stretch to `stem` with the container's ending: from the last key picture at or before its start
/// until its end is reached, or the recording's.
///
/// # Errors
/// As opening a recording does, and [`MediaError::NoCut`] where no container keeps the packets as they are.
pub fn write_cut(recording: &Path, wanted: Span, stem: &Path) -> Result<Cut, MediaError> {
    let no_cut = |reason: String| MediaError::NoCut { reason, path: recording.to_owned() };
    let found = find(recording, wanted)?;
    let mut reasons = Vec::new();
    for (container, has_all) in attempts(&open_container(recording)?) {
        let path = with_ending(stem, container);
        match attempt(recording, &found, (container, has_all), &path) {
            Ok(cut) => return Ok(cut),
            Err(Refused::By(error)) => reasons.push(format!("{container}: {error}")),
            Err(Refused::Changed) => reasons.push(format!("{container}: it changes what packets hold")),
            Err(Refused::Reading(error)) => return Err(error),
        }
        std::fs::remove_file(&path).ok(); // it may not even have been begun
    }
    Err(no_cut(reasons.join("; ")))
}

/// Which containers are tried, and whether with streams that hold neither picture nor sound.
fn attempts(input: &Input) -> Vec<(&'static str, bool)> {
    let name = input.format().name().to_owned();
    let family = WRITERS.iter().find(|(reader, _)| name.split(',').any(|part| part == *reader));
    let mut writers = family.map(|(_, writers)| writers.to_vec()).unwrap_or_default();
    writers.push(MATROSKA);
    let has_others = input.streams().any(|s| !is_seen_or_heard(s.parameters().medium()));
    let of = |has_all: bool| writers.iter().map(move |w| (*w, has_all));
    if has_others { of(true).chain(of(false)).collect() } else { of(true).collect() }
}

fn is_seen_or_heard(kind: media::Type) -> bool {
    matches!(kind, media::Type::Video | media::Type::Audio)
}

fn with_ending(stem: &Path, container: &str) -> PathBuf {
    let ending = match container {
        MATROSKA => "mkv",
        "mpegts" => "ts",
        other => other,
    };
    let mut name = stem.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    stem.with_file_name(name)
}

fn find(path: &Path, wanted: Span) -> Result<Found, MediaError> {
    let input = open_container(path)?;
    let stream = best_video_stream(&input).and_then(|n| input.stream(n));
    let stream = stream.ok_or_else(|| not_video("it holds no video stream", path))?;
    let nominal = nominal_length(stream.avg_frame_rate(), stream.rate());
    let mut timeline =
        Timeline::new((stream.time_base().numerator(), stream.time_base().denominator()), nominal);
    let number = stream.index();
    let mut reader = PacketReader::new(input, number);
    let (mut begin, mut read, mut end) = (None, 0_u64, MediaTime::ZERO);
    let mut ahead = reader.next().map(|packet| Stamp::of(&packet));
    while let Some(stretch) = next_stretch(&mut reader, &mut ahead) {
        let placed: Vec<_> =
            stamps(&stretch).into_iter().map(|stamp| (stamp, timeline.place(stamp).media_time)).collect();
        let Some((_, shown_first)) = placed.first() else { break };
        // Pictures that are shown before their key picture come behind it.
        if begin.is_some() && *shown_first >= wanted.end {
            break;
        }
        let Stamp { at: key, is_key } = stretch[0];
        let key_at = placed.iter().find(|(stamp, _)| *stamp == key).map_or(*shown_first, |(_, at)| *at);
        if begin.is_none() || (is_key && key_at <= wanted.start) {
            begin = Some((read, key_at));
        }
        read += stretch.len() as u64;
        end = timeline.last() + nominal;
    }
    let (first, start) = begin.ok_or_else(|| not_video("it holds no packets", path))?;
    Ok(Found { stream: number, packets: first..read, span: Span::between(start, end) })
}

/// What is known of a packet of the pictures: when it is shown, by the container's clock, and whether it decodes alone.
#[derive(Clone, Copy)]
struct Stamp {
    at: Option<i64>,
    is_key: bool,
}

impl Stamp {
    fn of(packet: &Packet) -> Self {
        Self { at: packet.pts(), is_key: packet.is_key() }
    }
}

/// From one key picture up to the next, or for so many packets; none at the end. `ahead` is the packet that was read already.
fn next_stretch(reader: &mut PacketReader, ahead: &mut Option<Stamp>) -> Option<Vec<Stamp>> {
    let mut stretch = vec![ahead.take()?];
    while let Some(packet) = reader.next() {
        let stamp = Stamp::of(&packet);
        if stamp.is_key || stretch.len() >= LONGEST_STRETCH {
            *ahead = Some(stamp);
            break;
        }
        stretch.push(stamp);
    }
    Some(stretch)
}

/// When the pictures of a stretch are shown, in order; those that do not say are left out where others do.
fn stamps(stretch: &[Stamp]) -> Vec<Option<i64>> {
    let mut stamps: Vec<_> = stretch.iter().map(|s| s.at).collect();
    if stamps.iter().any(Option::is_some) {
        stamps.retain(Option::is_some);
    }
    stamps.sort_unstable();
    stamps
}

enum Refused {
    By(Error),
    Changed,
    Reading(MediaError),
}

fn attempt(
    recording: &Path,
    found: &Found,
    (container, has_all): (&'static str, bool),
    path: &Path,
) -> Result<Cut, Refused> {
    let input = open_container(recording).map_err(Refused::Reading)?;
    let is_in = |kind| has_all || is_seen_or_heard(kind);
    let (taken, left): (Vec<_>, Vec<_>) =
        input.streams().map(|s| (s.index(), s.parameters().medium())).partition(|(_, kind)| is_in(*kind));
    let mut writer = Writer::begin(&input, &taken, container, path).map_err(Refused::By)?;
    let mut reader = PacketReader::new(input, found.stream);
    let mut pictures = 0_u64;
    while let Some(packet) = reader.next_of_any() {
        let is_picture = packet.stream() == found.stream;
        if is_picture && pictures >= found.packets.end {
            break;
        }
        let is_within = pictures > found.packets.start || (is_picture && pictures == found.packets.start);
        writer.take(packet, is_within).map_err(Refused::By)?;
        pictures += u64::from(is_picture);
    }
    let streams = writer.finish().map_err(Refused::By)?;
    let whole: Vec<Run> = (0..streams.len()).map(|stream| Run { stream, packets: 0..u64::MAX }).collect();
    let kept = payloads(path, &whole).map_err(|_| Refused::Changed)?;
    let is_same = |(stream, kept): (&CutStream, &Payload)| {
        (stream.payload.bytes, &stream.payload.sha256) == (kept.bytes, &kept.sha256)
    };
    if !streams.iter().zip(&kept).all(is_same) {
        return Err(Refused::Changed);
    }
    let left_out = left.into_iter().map(|(number, kind)| (number, kind_name(kind))).collect();
    Ok(Cut { path: path.to_owned(), container, span: found.span, streams, left_out })
}

fn kind_name(kind: media::Type) -> &'static str {
    match kind {
        media::Type::Video => "video",
        media::Type::Audio => "audio",
        media::Type::Subtitle => "subtitle",
        _ => "data",
    }
}

/// A cut that is being written.
struct Writer {
    output: Output,
    lanes: Vec<Lane>,
    /// When the first packet of the cut is, by the recording's own clock, in nanoseconds; known with that packet.
    zero: Option<MediaTime>,
}

/// A stream on its way from the recording to the cut.
struct Lane {
    source: usize,
    kind: &'static str,
    codec: Id,
    base: Rational,
    /// Packets of the stream so far, and which of them was the first to be taken.
    read: u64,
    first: Option<u64>,
    digest: Digesting,
    /// What its clock was set on by so far, where it went back, in ticks.
    shift: i64,
    last: Option<i64>,
}

impl Writer {
    fn begin(
        input: &Input,
        taken: &[(usize, media::Type)],
        container: &str,
        path: &Path,
    ) -> Result<Self, Error> {
        let mut output = format::output_as(path, container)?;
        let codecs = codecs(input);
        let mut lanes = Vec::new();
        for (number, kind) in taken {
            let stream = input.stream(*number).ok_or(Error::StreamNotFound)?;
            let mut to = output.add_stream(Id::None)?;
            to.set_parameters(stream.parameters());
            to.set_time_base(stream.time_base());
            to.set_avg_frame_rate(stream.avg_frame_rate());
            to.set_metadata(stream.metadata().to_owned());
            lanes.push(Lane {
                source: *number,
                kind: kind_name(*kind),
                codec: codecs.get(*number).copied().unwrap_or(Id::None),
                base: stream.time_base(),
                read: 0,
                first: None,
                digest: Digesting::default(),
                shift: 0,
                last: None,
            });
        }
        output.set_metadata(input.metadata().to_owned());
        let mut options = Dictionary::new();
        // The same packets make the same bytes; and a codec's tag of the one container may be unknown to the other.
        options.set("fflags", "+bitexact");
        options.set("strict", "unofficial");
        output.write_header_with(options)?;
        Ok(Self { output, lanes, zero: None })
    }

    fn take(&mut self, mut packet: Packet, is_within: bool) -> Result<(), Error> {
        let Some(number) = self.lanes.iter().position(|lane| lane.source == packet.stream()) else {
            return Ok(());
        };
        let lane = &mut self.lanes[number];
        lane.read += 1;
        if !is_within {
            return Ok(());
        }
        lane.first.get_or_insert(lane.read - 1);
        lane.digest.add(lane.codec, &packet);
        if packet.size() == 0 {
            return Ok(());
        }
        let time = |stamp| MediaTime::from_ticks(stamp, lane.base.numerator(), lane.base.denominator());
        let begins = packet.dts().or(packet.pts()).map(time).unwrap_or_default();
        let zero = *self.zero.get_or_insert(begins);
        lane.stamp(&mut packet, zero);
        let base = self.output.stream(number).ok_or(Error::StreamNotFound)?.time_base();
        packet.rescale_ts(lane.base, base);
        packet.set_stream(number);
        packet.set_position(-1);
        packet.write_interleaved(&mut self.output)
    }

    fn finish(mut self) -> Result<Vec<CutStream>, Error> {
        self.output.write_trailer()?;
        let stream = |lane: Lane| {
            let payload = lane.digest.finish();
            let first = lane.first.unwrap_or(lane.read);
            CutStream {
                run: Run { stream: lane.source, packets: first..first + payload.packets },
                kind: lane.kind,
                codec: lane.codec.name().to_owned(),
                payload,
            }
        };
        Ok(self.lanes.into_iter().map(stream).collect())
    }
}

impl Lane {
    /// Stamps count from the beginning of the cut and never go back: containers refuse them otherwise.
    fn stamp(&mut self, packet: &mut Packet, zero: MediaTime) {
        let per_sec = i128::from(self.base.denominator());
        let zero =
            i128::from(zero.nanos()) * per_sec / (i128::from(self.base.numerator().max(1)) * 1_000_000_000);
        let length = packet.duration().max(1);
        let moved = |stamp: i64, shift: i64| stamp.saturating_sub(zero as i64).saturating_add(shift);
        let next = self.last.map_or(0, |last| last.saturating_add(length));
        let mut dts = packet.dts().or(packet.pts()).map_or(next, |stamp| moved(stamp, self.shift));
        if self.last.is_some_and(|last| dts <= last) {
            self.shift = self.shift.saturating_add(next.saturating_sub(dts));
            dts = next;
        }
        let pts = packet.pts().map_or(dts, |stamp| moved(stamp, self.shift)).max(dts);
        packet.set_dts(Some(dts));
        packet.set_pts(Some(pts));
        self.last = Some(dts);
    }
}
