//! One recording: opened by its bytes, decoded picture by picture, with every loss accounted for.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg_next::codec::packet::side_data::Type as SideData;
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::format::stream::Disposition;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Dictionary, Error, Packet, Rational, Stream, decoder, media};

use super::MediaError;
use super::damage::{Damage, DamageLog};
use super::timeline::{Jump, Timeline};
use crate::clock::timed;
use crate::domain::{BBox, FrameRef, MediaTime, Point, Size, SourceId};

/// Containers that are opened. Playlists and session descriptions are not among them: they could name other files
/// or hosts.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,mjpeg,asf,\
    flv,dhav,ivf,obu,av1,ogg,mxf,nut,wtv,dv,rm,gxf,avs,jpeg_pipe,png_pipe";
/// Containers whose declared length is only guessed from the bit rate.
const GUESSED_LENGTH: [&str; 7] = ["h264", "hevc", "mpegvideo", "m4v", "mjpeg", "obu", "mpeg"];
/// 8192 x 8192: larger pictures are a bomb, not a camera.
const MOST_PIXELS: &str = "67108864";
/// What FFmpeg says where there is no time stamp.
const NO_STAMP: i64 = i64::MIN;
/// A demuxer that fails this often in a row has come to its end.
const MOST_READ_FAILURES: u32 = 100;

/// What is known once a recording is open.
#[derive(Clone, Debug)]
pub struct RecordingInfo {
    /// The length the container declares, where it says so reliably.
    pub expected_secs: Option<f64>,
    /// One picture's nominal length.
    pub nominal: MediaTime,
}

/// How a stored picture is turned for display (container metadata of phones and body-worn cameras).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As stored.
    None,
    /// A quarter to the right.
    Clockwise,
    /// Upside down.
    Half,
    /// A quarter to the left.
    CounterClockwise,
}

impl Turn {
    /// The size after (or before) turning.
    pub fn apply(self, size: Size) -> Size {
        match self {
            Self::None | Self::Half => size,
            Self::Clockwise | Self::CounterClockwise => Size { width: size.height, height: size.width },
        }
    }

    /// From a display matrix: nine 16.16 integers, row by row (ISO/IEC 14496-12, `tkhd`).
    fn from_display_matrix(bytes: &[u8]) -> Self {
        let entry = |i: usize| -> i32 {
            bytes.get(i * 4..i * 4 + 4).and_then(|b| b.try_into().ok()).map_or(0, i32::from_ne_bytes)
        };
        let degrees = f64::from(entry(1)).atan2(f64::from(entry(0))).to_degrees().round() as i32;
        match degrees {
            45..=135 => Self::Clockwise,
            -135..=-45 => Self::CounterClockwise,
            136..=180 | -180..=-136 => Self::Half,
            _ => Self::None,
        }
    }
}

/// A decoded picture: reference-counted YUV as the decoder made it, never copied.
#[derive(Clone)]
pub struct Picture {
    /// Its name.
    pub at: FrameRef,
    pub(super) frame: Arc<Video>,
    pub(super) turn: Turn,
}

impl Picture {
    /// A displayed region in stored pixels, with even edges, within the picture.
    pub(super) fn stored_region(&self, region_in_frame: BBox) -> BBox {
        let (w, h) = (self.frame.width() as f32, self.frame.height() as f32);
        let shown = self.at.size;
        let b = region_in_frame.clipped(shown);
        let (u0, v0) = (b.x / shown.width as f32, b.y / shown.height as f32);
        let (u1, v1) = (b.right() / shown.width as f32, b.bottom() / shown.height as f32);
        let (x0, y0, x1, y1) = match self.turn {
            Turn::None => (u0, v0, u1, v1),
            Turn::Clockwise => (v0, 1.0 - u1, v1, 1.0 - u0),
            Turn::Half => (1.0 - u1, 1.0 - v1, 1.0 - u0, 1.0 - v0),
            Turn::CounterClockwise => (1.0 - v1, u0, 1.0 - v0, u1),
        };
        let even = |v: f32| ((v / 2.0).floor() * 2.0).max(0.0);
        let (x, y) = (even(x0 * w), even(y0 * h));
        BBox {
            x,
            y,
            width: even(x1 * w - x).max(2.0).min(w - x),
            height: even(y1 * h - y).max(2.0).min(h - y),
        }
    }

    /// Top left corner and size, as displayed, of a region in stored pixels.
    pub(super) fn shown_region(&self, stored: BBox) -> (Point, Size) {
        let shown = self.at.size;
        let stored_size = self.turn.apply(shown);
        let sx = stored_size.width as f32 / self.frame.width() as f32;
        let sy = stored_size.height as f32 / self.frame.height() as f32;
        let (x, y, w, h) = (stored.x * sx, stored.y * sy, stored.width * sx, stored.height * sy);
        let (full_w, full_h) = (stored_size.width as f32, stored_size.height as f32);
        let (origin, size) = match self.turn {
            Turn::None => ((x, y), (w, h)),
            Turn::Clockwise => ((full_h - y - h, x), (h, w)),
            Turn::Half => ((full_w - x - w, full_h - y - h), (w, h)),
            Turn::CounterClockwise => ((y, full_w - x - w), (h, w)),
        };
        let size = Size { width: (size.0.round() as u32).max(1), height: (size.1.round() as u32).max(1) };
        (Point { x: origin.0, y: origin.1 }, size)
    }
}

/// What comes next out of a recording.
pub enum Step {
    /// A picture, and what was odd about its time.
    Picture(Picture, Option<Jump>),
    /// No more.
    End,
}

/// An open recording.
pub struct Recording {
    path: PathBuf,
    source: SourceId,
    info: RecordingInfo,
    input: Input,
    stream: usize,
    turn: Turn,
    decoder: decoder::Video,
    timeline: Timeline,
    damage: DamageLog,
    next_index: u64,
    read_failures: u32,
    read_failure: Option<String>,
    first_loss: Option<String>,
    is_drained: bool,
    /// Processor seconds spent reading the container.
    pub demux_secs: f64,
    /// Processor seconds spent decoding on the calling thread.
    pub decode_secs: f64,
}

impl Recording {
    /// Opens a recording by what it holds, whatever its name.
    ///
    /// # Errors
    /// Each way in which a file is no recording has its own [`MediaError`].
    pub fn open(path: &Path, source: SourceId, decode_threads: usize) -> Result<Self, MediaError> {
        let input = open_container(path)?;
        let Some(stream) = best_video_stream(&input) else {
            let mut found: Vec<_> =
                input.streams().map(|s| format!("{:?}", s.parameters().medium())).collect();
            found.dedup();
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ").to_lowercase() };
            return Err(MediaError::NoVideoStream { found, path: path.to_owned() });
        };
        let stream = input.stream(stream).ok_or_else(|| not_video("stream vanished", path))?;
        let nominal = nominal_length(stream.avg_frame_rate(), stream.rate());
        let time_base = (stream.time_base().numerator(), stream.time_base().denominator());
        let turn = stream
            .side_data()
            .find(|d| d.kind() == SideData::DisplayMatrix)
            .map_or(Turn::None, |d| Turn::from_display_matrix(d.data()));
        let decoder = open_decoder(stream.parameters(), stream.time_base(), decode_threads, path)?;
        let info = RecordingInfo { expected_secs: expected_secs(&input, &stream), nominal };
        let stream = stream.index();
        Ok(Self {
            path: path.to_owned(),
            source,
            info,
            input,
            stream,
            turn,
            decoder,
            timeline: Timeline::new(time_base, nominal),
            damage: DamageLog::default(),
            next_index: 0,
            read_failures: 0,
            read_failure: None,
            first_loss: None,
            is_drained: false,
            demux_secs: 0.0,
            decode_secs: 0.0,
        })
    }

    /// What is known of it.
    pub fn info(&self) -> &RecordingInfo {
        &self.info
    }

    /// The next picture. Damaged stretches are stepped over and kept for [`Self::finish`].
    ///
    /// # Errors
    /// Only [`MediaError::NothingDecoded`]: at the end, when there was no picture at all.
    pub fn step(&mut self) -> Result<Step, MediaError> {
        loop {
            let mut frame = Video::empty();
            let received = timed(&mut self.decode_secs, || self.decoder.receive_frame(&mut frame));
            match received {
                Ok(()) if frame.width() == 0 || frame.height() == 0 => {}
                Ok(()) => return Ok(self.place(frame)),
                Err(Error::Eof) => return self.end(),
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => self.feed(),
                Err(error) if self.is_drained => {
                    self.lost(None, &error.to_string());
                    return self.end();
                }
                Err(error) => self.lost(None, &error.to_string()),
            }
        }
    }

    /// Closes the account: what was damaged, and why reading stopped if it was not the regular end.
    pub fn finish(self) -> (Vec<Damage>, Option<String>) {
        (self.damage.finish(), self.read_failure)
    }

    fn end(&mut self) -> Result<Step, MediaError> {
        if self.next_index == 0 {
            let reason = self.read_failure.take().or(self.first_loss.take());
            let reason = reason.unwrap_or_else(|| "the decoder gave none".to_owned());
            return Err(MediaError::NothingDecoded { reason, path: self.path.clone() });
        }
        Ok(Step::End)
    }

    fn place(&mut self, frame: Video) -> Step {
        let stamp = frame.timestamp();
        let placed = self.timeline.place(stamp);
        if frame.is_corrupt() || frame.has_decode_errors() {
            self.damage.bad(placed.media_time, self.info.nominal, "damaged picture data");
        } else {
            self.damage.good(placed.media_time);
        }
        let size = self.turn.apply(displayed_size(&frame));
        let at =
            FrameRef { source: self.source, index: self.next_index, media_time: placed.media_time, size };
        self.next_index += 1;
        Step::Picture(Picture { at, frame: Arc::new(frame), turn: self.turn }, placed.jump)
    }

    /// Reads one packet of the stream into the decoder.
    fn feed(&mut self) {
        let mut packet = Packet::empty();
        let read = timed(&mut self.demux_secs, || packet.read(&mut self.input));
        match read {
            Ok(()) => {
                self.read_failures = 0;
                if packet.stream() == self.stream {
                    self.send(&packet);
                }
            }
            Err(Error::Eof) => self.drain(),
            Err(error) => {
                self.read_failures += 1;
                let reason = error.to_string();
                if self.read_failures >= MOST_READ_FAILURES {
                    self.read_failure = Some(reason);
                    self.drain();
                }
            }
        }
    }

    fn send(&mut self, packet: &Packet) {
        let sent = timed(&mut self.decode_secs, || self.decoder.send_packet(packet));
        if let Err(error) = sent {
            self.lost(packet.pts().or(packet.dts()), &error.to_string());
        }
    }

    fn drain(&mut self) {
        if !self.is_drained {
            self.is_drained = true;
            // The only failure is "already at the end", which is what is wanted.
            self.decoder.send_eof().ok();
        }
    }

    fn lost(&mut self, stamp: Option<i64>, reason: &str) {
        let at = self.timeline.locate(stamp);
        self.damage.bad(at, self.info.nominal, reason);
        self.first_loss.get_or_insert_with(|| reason.to_owned());
    }

    /// Goes to the last key picture at or before a stamp of the video stream; only for stills.
    pub(super) fn seek_to_stamp(&mut self, stamp: i64) -> bool {
        let Some(stream) = self.input.stream(self.stream) else { return false };
        let base = stream.time_base();
        let micros = MediaTime::from_ticks(stamp, base.numerator(), base.denominator()).nanos() / 1000;
        let found = self.input.seek(micros, ..micros.saturating_add(1)).is_ok();
        self.decoder.flush();
        found
    }

    /// The next raw frame with its stamp, past the timeline; only for stills.
    pub(super) fn next_frame(&mut self) -> Option<(Option<i64>, Picture)> {
        match self.step() {
            Ok(Step::Picture(picture, _)) => Some((picture.frame.timestamp(), picture)),
            _ => None,
        }
    }

    /// How many ticks of the stream a media time is.
    pub(super) fn ticks_of(&self, at: MediaTime) -> i64 {
        let (num, den) = self.timeline.time_base();
        let ticks = i128::from(at.nanos()) * i128::from(den) / (i128::from(num.max(1)) * 1_000_000_000);
        ticks as i64
    }
}

fn not_video(reason: &str, path: &Path) -> MediaError {
    MediaError::NotVideo { reason: reason.to_owned(), path: path.to_owned() }
}

fn open_container(path: &Path) -> Result<Input, MediaError> {
    let unreadable = |source| MediaError::Unreadable { source, path: path.to_owned() };
    let mut file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if meta.is_dir() {
        return Err(not_video("it is a folder", path));
    }
    let mut head = Vec::new();
    file.by_ref().take(12).read_to_end(&mut head).map_err(unreadable)?;
    if head.is_empty() {
        return Err(MediaError::Empty { path: path.to_owned() });
    }
    std::io::Seek::rewind(&mut file).map_err(unreadable)?;
    let mut options = Dictionary::new();
    options.set("format_whitelist", CONTAINERS);
    options.set("protocol_whitelist", "");
    let io =
        StreamIo::from_read_seek_with_capacity(file, 1 << 18).map_err(|e| not_video(&e.to_string(), path))?;
    ffmpeg_next::format::input_from_stream(io, None, Some(options)).map_err(|error| {
        let is_mp4 = head.get(4..8).is_some_and(|tag| tag == b"ftyp" || tag == b"mdat");
        if is_mp4 && error == Error::InvalidData {
            MediaError::NoIndex { path: path.to_owned() }
        } else {
            not_video(&error.to_string(), path)
        }
    })
}

/// The default video stream that is no cover picture, else the largest.
fn best_video_stream(input: &Input) -> Option<usize> {
    let best = input.streams().best(media::Type::Video);
    best.filter(|s| !s.disposition().contains(Disposition::ATTACHED_PIC))
        .or_else(|| {
            input.streams().find(|s| {
                s.parameters().medium() == media::Type::Video
                    && !s.disposition().contains(Disposition::ATTACHED_PIC)
            })
        })
        .map(|s| s.index())
}

fn open_decoder(
    parameters: codec::Parameters,
    time_base: Rational,
    threads: usize,
    path: &Path,
) -> Result<decoder::Video, MediaError> {
    let codec_id = parameters.id();
    let no_decoder = || MediaError::NoDecoder { codec: codec_id.name().to_owned(), path: path.to_owned() };
    let codec = decoder::find(codec_id).ok_or_else(no_decoder)?;
    let mut context = codec::Context::from_parameters(parameters).map_err(|_| no_decoder())?;
    context.set_threading(threading::Config {
        kind: if threads > 1 { threading::Type::Frame } else { threading::Type::None },
        count: threads.max(1),
        ..Default::default()
    });
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(time_base);
    let mut options = Dictionary::new();
    options.set("max_pixels", MOST_PIXELS);
    decoder.open_as_with(codec, options).and_then(|opened| opened.video()).map_err(|_| no_decoder())
}

fn nominal_length(average: Rational, guessed: Rational) -> MediaTime {
    let length = |rate: Rational| {
        let is_sane = |rate: f64| (0.001..=1000.0).contains(&rate);
        let plausible = rate.numerator() > 0 && rate.denominator() > 0 && is_sane(f64::from(rate));
        plausible.then(|| MediaTime::from_ticks(1, rate.denominator(), rate.numerator()))
    };
    length(average).or_else(|| length(guessed)).unwrap_or(MediaTime::from_millis(40))
}

fn expected_secs(input: &Input, stream: &Stream<'_>) -> Option<f64> {
    if GUESSED_LENGTH.contains(&input.format().name()) {
        return None;
    }
    let secs = |ticks: i64| ticks as f64 * f64::from(stream.time_base());
    let of_stream = (stream.duration() > 0).then(|| secs(stream.duration()));
    // Matroska declares when the recording ends by its own clock, which need not begin at 0.
    let begins = Some(secs(stream.start_time())).filter(|s| stream.start_time() != NO_STAMP && *s > 0.0);
    let of_container = (input.duration() > 0).then(|| input.duration() as f64 / 1e6);
    let of_container = of_container.map(|ends| ends - begins.filter(|b| *b < ends).unwrap_or(0.0));
    of_stream.or(of_container)
}

/// The stored size with the pixel aspect applied (wider pixels widen the picture).
fn displayed_size(frame: &Video) -> Size {
    let aspect = frame.aspect_ratio();
    let ratio = f64::from(aspect);
    let is_sane = aspect.numerator() > 0 && aspect.denominator() > 0 && (0.25..=4.0).contains(&ratio);
    let width = if is_sane { (f64::from(frame.width()) * ratio).round() as u32 } else { frame.width() };
    Size { width: width.max(1), height: frame.height() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_matrices_turn() {
        let matrix = |a: i32, b: i32, c: i32, d: i32| {
            let entries = [a, b, 0, c, d, 0, 0, 0, 1 << 30];
            entries.iter().flat_map(|v| v.to_ne_bytes()).collect::<Vec<u8>>()
        };
        let one = 1 << 16;
        assert_eq!(Turn::from_display_matrix(&matrix(one, 0, 0, one)), Turn::None);
        assert_eq!(Turn::from_display_matrix(&matrix(0, one, -one, 0)), Turn::Clockwise);
        assert_eq!(Turn::from_display_matrix(&matrix(-one, 0, 0, -one)), Turn::Half);
        assert_eq!(Turn::from_display_matrix(&matrix(0, -one, one, 0)), Turn::CounterClockwise);
        assert_eq!(Turn::from_display_matrix(&[1, 2]), Turn::None);
    }
}
