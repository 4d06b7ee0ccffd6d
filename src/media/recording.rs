//! One recording: opened by its bytes, decoded picture by picture, with every loss accounted for.
//!
//! Two ways to read it, which are not mixed: [`Recording::step`] decodes everything. [`Recording::next_group`] reads
//! compressed groups, each of which is then decoded ([`Recording::decode`]), or passed over
//! ([`Recording::pass_over`]) with at most its key picture decoded ([`Recording::key_picture`]).

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg_next::codec::packet::side_data::Type as SideData;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error, Packet, decoder};

use super::MediaError;
use super::damage::{Damage, DamageLog};
use super::hardware::{DecoderChoice, Decoding, in_memory, is_on_device};
use super::mask::Mask;
use super::opening::{best_video_stream, displayed_size, expected_secs, nominal_length, not_video};
use super::opening::{open_container, open_decoder};
use super::packets::{PacketGroup, PacketReader};
use super::picture::{Picture, Turn};
use super::timeline::{Jump, Timeline};
use crate::clock::timed;
use crate::domain::{FrameRef, MediaTime, SourceId};

/// What is known once a recording is open.
#[derive(Clone, Debug)]
pub struct RecordingInfo {
    /// The length the container declares, where it says so reliably.
    pub expected_secs: Option<f64>,
    /// One picture's nominal length.
    pub nominal: MediaTime,
}

/// What comes next out of a recording.
pub enum Step {
    /// A picture, and what was odd about its time.
    Picture(Picture, Option<Jump>),
    /// No more.
    End,
}

/// A group that was not decoded.
#[derive(Debug)]
pub struct PassedOver {
    /// Media time of its first picture.
    pub start: MediaTime,
    /// What was odd about its times.
    pub jumps: Vec<Jump>,
    /// How many pictures it holds.
    pub pictures: u64,
}

/// An open recording.
pub struct Recording {
    path: PathBuf,
    source: SourceId,
    info: RecordingInfo,
    reader: PacketReader,
    turn: Turn,
    decoder: decoder::Video,
    decoding: Decoding,
    decoded: Decoded,
    /// Decodes key pictures alone; opened when the first is asked for.
    key_decoder: Option<decoder::Video>,
    /// Packets of groups to be decoded.
    pending: VecDeque<Packet>,
    timeline: Timeline,
    damage: DamageLog,
    next_index: u64,
    first_loss: Option<String>,
    is_drained: bool,
    /// Pictures before this stamp belong to a group that was passed over.
    wanted_from: Option<i64>,
    mask: Mask,
    /// Processor seconds spent decoding on the calling thread.
    pub decode_secs: f64,
}

impl Recording {
    /// Opens a recording by what it holds, whatever its name, to be decoded in software.
    ///
    /// # Errors
    /// Each way in which a file is no recording has its own [`MediaError`].
    pub fn open(path: &Path, source: SourceId, decode_threads: usize) -> Result<Self, MediaError> {
        Self::open_on(&Decoding::software(), path, source, decode_threads)
    }

    /// As [`Self::open`], decoded by `decoding`. Key pictures by themselves are decoded in software all the same.
    ///
    /// # Errors
    /// As [`Self::open`], and where the device has no decoder for it and software may not take over.
    pub fn open_on(
        decoding: &Decoding,
        path: &Path,
        source: SourceId,
        decode_threads: usize,
    ) -> Result<Self, MediaError> {
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
        let on = (decoding, decode_threads);
        let decoder = open_decoder(stream.parameters(), stream.time_base(), on, path)?;
        let info = RecordingInfo { expected_secs: expected_secs(&input, &stream), nominal };
        let stream = stream.index();
        Ok(Self {
            path: path.to_owned(),
            source,
            info,
            reader: PacketReader::new(input, stream),
            turn,
            decoder,
            decoding: decoding.clone(),
            decoded: Decoded::default(),
            key_decoder: None,
            pending: VecDeque::new(),
            timeline: Timeline::new(time_base, nominal),
            damage: DamageLog::default(),
            next_index: 0,
            first_loss: None,
            is_drained: false,
            wanted_from: None,
            mask: Mask::default(),
            decode_secs: 0.0,
        })
    }

    /// From here on, what is excluded is blanked in pictures before they are given out to be looked at.
    pub fn set_mask(&mut self, mask: Mask) {
        self.mask = mask;
    }

    /// What is known of it.
    pub fn info(&self) -> &RecordingInfo {
        &self.info
    }

    /// Processor seconds spent reading the container.
    pub fn demux_secs(&self) -> f64 {
        self.reader.demux_secs
    }

    /// The next picture. Damaged stretches are stepped over and kept for [`Self::finish`].
    ///
    /// # Errors
    /// Only [`MediaError::NothingDecoded`]: at the end, when there was no picture at all.
    pub fn step(&mut self) -> Result<Step, MediaError> {
        loop {
            match self.receive() {
                Received::Picture(picture, jump) => return Ok(Step::Picture(picture, jump)),
                Received::End => return self.check_any().map(|()| Step::End),
                Received::Hungry => match self.reader.next() {
                    Some(packet) => self.send(&packet),
                    None => self.drain(),
                },
            }
        }
    }

    /// Reads on to the next key picture without decoding; none at the end.
    pub fn next_group(&mut self) -> Option<PacketGroup> {
        self.reader.next_group()
    }

    /// Hands a group to the decoder; its pictures come out of [`Self::next_picture`].
    pub fn decode(&mut self, group: PacketGroup) {
        if self.is_drained {
            // The decoder ran dry before a group was passed over, and begins anew.
            self.decoder.flush();
            self.is_drained = false;
            self.wanted_from = group.packets.first().and_then(Packet::pts);
        }
        self.pending.extend(group.packets);
    }

    /// The next picture of the groups handed over; none when the decoder wants more. It keeps some back for their order
    /// until [`Self::run_dry`].
    pub fn next_picture(&mut self) -> Option<(Picture, Option<Jump>)> {
        loop {
            match self.receive() {
                Received::Picture(picture, jump) => return Some((picture, jump)),
                Received::End => return None,
                Received::Hungry => {
                    let packet = self.pending.pop_front()?;
                    self.send(&packet);
                }
            }
        }
    }

    /// Nothing follows for now: [`Self::next_picture`] gives what the decoder still holds.
    pub fn run_dry(&mut self) {
        self.drain();
    }

    /// The key picture of a group by itself; none where it does not decode. Its time is that of the last picture placed,
    /// until the group is passed over.
    pub fn key_picture(&mut self, group: &PacketGroup) -> Option<Picture> {
        let packet = group.packets.first().filter(|p| p.is_key())?;
        if self.key_decoder.is_none() {
            let stream = self.reader.input.stream(self.reader.stream)?;
            let on = (&Decoding::software(), 1);
            self.key_decoder = open_decoder(stream.parameters(), stream.time_base(), on, &self.path).ok();
        }
        let decoder = self.key_decoder.as_mut()?;
        let frame = timed(&mut self.decode_secs, || decode_alone(decoder, packet))?;
        let size = self.turn.apply(displayed_size(&frame));
        let media_time = self.locate(group);
        let at = FrameRef { source: self.source, index: self.next_index, media_time, size };
        self.mask.blanked(Picture { at, frame: Arc::new(frame), turn: self.turn }).ok()
    }

    /// Leaves a group undecoded. Its stamps are placed, so that the clock's jumps are found in it all the same. Must only
    /// be called when the decoder has run dry. `key` gets its true place.
    pub fn pass_over(&mut self, group: PacketGroup, key: Option<&mut Picture>) -> PassedOver {
        let key_stamp = group.packets.first().and_then(Packet::pts);
        let mut passed = PassedOver { start: MediaTime::ZERO, jumps: Vec::new(), pictures: 0 };
        let mut key = key;
        for stamp in group.stamps() {
            let placed = self.timeline.place(stamp);
            passed.jumps.extend(placed.jump);
            self.damage.good(placed.media_time);
            if passed.pictures == 0 {
                passed.start = placed.media_time;
            }
            if stamp == key_stamp
                && let Some(key) = key.take()
            {
                (key.at.index, key.at.media_time) = (self.next_index, placed.media_time);
            }
            passed.pictures += 1;
            self.next_index += 1;
        }
        passed
    }

    /// Where the key picture of a group would fall in media time.
    pub fn locate(&self, group: &PacketGroup) -> MediaTime {
        self.timeline.locate(group.packets.first().and_then(Packet::pts))
    }

    /// A picture with its pixels in memory, to be looked at: one that a device decoded is copied from there, and what is
    /// excluded is blanked.
    ///
    /// # Errors
    /// FFmpeg's reason, where it cannot be copied, or that excluded zones cannot be blanked in it.
    pub fn fetch(&mut self, picture: Picture) -> Result<Picture, String> {
        if !is_on_device(&picture.frame) {
            return self.mask.blanked(picture);
        }
        let frame = timed(&mut self.decode_secs, || in_memory(&picture.frame))?;
        self.mask.blanked(Picture { frame: Arc::new(frame), ..picture })
    }

    /// What really decoded: `software`, a device, or both where software took over.
    pub fn decoder_used(&self) -> String {
        let device = self.decoding.label();
        match self.decoded {
            Decoded { by_device: false, in_software: true } => DecoderChoice::Software.label(),
            Decoded { by_device: true, in_software: true } => {
                format!("{device}, {}", DecoderChoice::Software.label())
            }
            Decoded { in_software: false, .. } => device,
        }
    }

    /// Media time of the last picture placed.
    pub fn last_placed(&self) -> MediaTime {
        self.timeline.last()
    }

    /// Closes the account: what was damaged, and why reading stopped if it was not the regular end.
    pub fn finish(mut self) -> (Vec<Damage>, Option<String>) {
        (self.damage.finish(), self.reader.take_failure())
    }

    /// At the end: whether there was any picture.
    ///
    /// # Errors
    /// [`MediaError::NothingDecoded`] where there was none.
    pub fn check_any(&mut self) -> Result<(), MediaError> {
        if self.next_index > 0 {
            return Ok(());
        }
        let reason = self.reader.take_failure().or(self.first_loss.take());
        let mut reason = reason.unwrap_or_else(|| "the decoder gave none".to_owned());
        if self.decoding.is_hardware() {
            reason.push_str("; try `--decoder software` or allow `--fallback cpu`");
        }
        Err(MediaError::NothingDecoded { reason, path: self.path.clone() })
    }

    fn receive(&mut self) -> Received {
        loop {
            let mut frame = Video::empty();
            let received = timed(&mut self.decode_secs, || self.decoder.receive_frame(&mut frame));
            match received {
                Ok(()) if frame.width() == 0 || frame.height() == 0 => {}
                Ok(()) if self.is_leading(&frame) => {}
                Ok(()) => {
                    self.wanted_from = None;
                    return self.place(frame);
                }
                Err(Error::Eof) => return Received::End,
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => {
                    return Received::Hungry;
                }
                Err(error) if self.is_drained => {
                    self.lost(None, &error.to_string());
                    return Received::End;
                }
                Err(error) => self.lost(None, &error.to_string()),
            }
        }
    }

    /// Whether a picture is shown before the key picture that decoding began with: it leans on what was not decoded.
    fn is_leading(&self, frame: &Video) -> bool {
        self.wanted_from.zip(frame.timestamp()).is_some_and(|(from, stamp)| stamp < from)
    }

    fn place(&mut self, frame: Video) -> Received {
        let is_by_device = is_on_device(&frame);
        self.decoded.by_device |= is_by_device;
        self.decoded.in_software |= !is_by_device;
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
        Received::Picture(Picture { at, frame: Arc::new(frame), turn: self.turn }, placed.jump)
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
        let reason = match self.decoding.is_hardware() {
            true => format!("{reason}, by {}", self.decoding.label()),
            false => reason.to_owned(),
        };
        self.damage.bad(at, self.info.nominal, &reason);
        self.first_loss.get_or_insert(reason);
    }

    /// Goes to the last key picture at or before a stamp of the video stream; only for stills.
    pub(super) fn seek_to_stamp(&mut self, stamp: i64) -> bool {
        let input = &mut self.reader.input;
        let Some(stream) = input.stream(self.reader.stream) else { return false };
        let base = stream.time_base();
        let micros = MediaTime::from_ticks(stamp, base.numerator(), base.denominator()).nanos() / 1000;
        let found = input.seek(micros, ..micros.saturating_add(1)).is_ok();
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

/// Where pictures came from so far.
#[derive(Clone, Copy, Debug, Default)]
struct Decoded {
    by_device: bool,
    in_software: bool,
}

/// What the decoder answers.
enum Received {
    Picture(Picture, Option<Jump>),
    Hungry,
    End,
}

/// One packet in, its picture out; the decoder is ready for the next afterwards.
fn decode_alone(decoder: &mut decoder::Video, packet: &Packet) -> Option<Video> {
    let mut frame = Video::empty();
    let is_sent = decoder.send_packet(packet).is_ok() && decoder.send_eof().is_ok();
    let is_received = is_sent && decoder.receive_frame(&mut frame).is_ok();
    decoder.flush();
    let is_sound = is_received && frame.width() > 0 && !frame.is_corrupt() && !frame.has_decode_errors();
    is_sound.then_some(frame)
}
