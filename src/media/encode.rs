//! Writes pictures as H.264 in MP4, which every browser plays. Never an original: copies that say what they are.

use std::path::{Path, PathBuf};

use ffmpeg_next::codec::{self, Flags as CodecFlags};
use ffmpeg_next::format::{self, Pixel, context::Output};
use ffmpeg_next::frame::Video;
use ffmpeg_next::software::scaling::{Context as Scaler, Flags as Scaling};
use ffmpeg_next::{Codec, Dictionary, Error, Packet, Rational, encoder};

use super::MediaError;
use crate::domain::{MediaTime, Size};

/// What can write H.264, in the order of preference.
const ENCODERS: [&str; 2] = ["libx264", "libopenh264"];
/// Ticks a second of the copy's clock, as RTP has it.
const CLOCK: i32 = 90_000;
/// Seconds between key pictures, so that a player can jump.
const KEY_SECS: f64 = 2.0;

/// What a copy looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CopySpec {
    /// Its pictures' size; odd lengths are cut by one pixel, since H.264 stores colours by twos.
    pub size: Size,
    /// Pictures a second, about.
    pub fps: f64,
    /// Bits a second on average; none: good to look at, whatever that takes.
    pub bits_per_sec: Option<u64>,
}

/// A copy that is being written.
pub struct VideoWriter {
    path: PathBuf,
    output: Output,
    encoder: encoder::Video,
    scaler: Scaler,
    rgb: Video,
    yuv: Video,
    stream_base: Rational,
    last_tick: Option<i64>,
    picture_ticks: i64,
}

impl VideoWriter {
    /// Begins a copy at a path that ends in `.mp4`.
    ///
    /// # Errors
    /// Where there is no encoder, or the file cannot be begun.
    pub fn create(path: &Path, spec: &CopySpec) -> Result<Self, MediaError> {
        let failed = |e: Error| MediaError::Copy { reason: e.to_string(), path: path.to_owned() };
        let codec = find_encoder().ok_or_else(|| MediaError::NoEncoder { path: path.to_owned() })?;
        let size = Size { width: (spec.size.width & !1).max(2), height: (spec.size.height & !1).max(2) };
        let mut output = format::output(path).map_err(failed)?;
        let encoder = open_encoder(codec, spec, size).map_err(failed)?;
        let mut stream = output.add_stream(codec).map_err(failed)?;
        stream.set_parameters(&encoder);
        stream.set_time_base(Rational(1, CLOCK));
        let mut options = Dictionary::new();
        options.set("movflags", "+faststart");
        options.set("fflags", "+bitexact");
        output.write_header_with(options).map_err(failed)?;
        let stream_base = output.stream(0).map_or(Rational(1, CLOCK), |s| s.time_base());
        let (width, height) = (size.width, size.height);
        let scaler =
            Scaler::get(Pixel::RGB24, width, height, Pixel::YUV420P, width, height, Scaling::BILINEAR)
                .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            output,
            encoder,
            scaler,
            rgb: Video::new(Pixel::RGB24, width, height),
            yuv: Video::empty(),
            stream_base,
            last_tick: None,
            picture_ticks: (f64::from(CLOCK) / spec.fps.clamp(0.1, 120.0)) as i64,
        })
    }

    /// The size of the pictures that [`Self::write`] takes.
    pub fn size(&self) -> Size {
        Size { width: self.rgb.width(), height: self.rgb.height() }
    }

    /// Adds a picture, `[height][width][3]` RGB of [`Self::size`]. One that is not later than the last is left out.
    ///
    /// # Errors
    /// Where it cannot be encoded or written.
    pub fn write(&mut self, rgb: &[u8], at: MediaTime) -> Result<(), MediaError> {
        let tick = (i128::from(at.nanos()) * i128::from(CLOCK) / 1_000_000_000) as i64;
        if self.last_tick.is_some_and(|last| tick <= last) {
            return Ok(());
        }
        self.last_tick = Some(tick);
        let row = 3 * self.rgb.width() as usize;
        let stride = self.rgb.stride(0);
        for (to, from) in self.rgb.data_mut(0).chunks_mut(stride).zip(rgb.chunks_exact(row)) {
            to[..row].copy_from_slice(from);
        }
        self.encode(tick).map_err(|e| self.failed(e))
    }

    fn encode(&mut self, tick: i64) -> Result<(), Error> {
        self.scaler.run(&self.rgb, &mut self.yuv)?;
        self.yuv.set_pts(Some(tick));
        self.encoder.send_frame(&self.yuv)?;
        self.store()
    }

    /// Ends the copy.
    ///
    /// # Errors
    /// Where the rest cannot be written.
    pub fn finish(mut self) -> Result<(), MediaError> {
        let ended = self.encoder.send_eof().and_then(|()| self.store());
        ended.and_then(|()| self.output.write_trailer()).map_err(|e| self.failed(e))
    }

    fn store(&mut self) -> Result<(), Error> {
        let mut packet = Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            packet.set_stream(0);
            packet.set_duration(self.picture_ticks); // else players drop the last picture
            packet.rescale_ts(Rational(1, CLOCK), self.stream_base);
            packet.write_interleaved(&mut self.output)?;
        }
        Ok(())
    }

    fn failed(&self, error: Error) -> MediaError {
        MediaError::Copy { reason: error.to_string(), path: self.path.clone() }
    }
}

/// Name of the encoder that copies are written by; none where this FFmpeg has none.
pub fn encoder_present() -> Option<String> {
    find_encoder().map(|codec| codec.name().to_owned())
}

fn find_encoder() -> Option<Codec> {
    ENCODERS.into_iter().find_map(encoder::find_by_name)
}

fn open_encoder(codec: Codec, spec: &CopySpec, size: Size) -> Result<encoder::Video, Error> {
    let mut video = codec::Context::new_with_codec(codec).encoder().video()?;
    let fps = spec.fps.clamp(0.1, 120.0);
    video.set_width(size.width);
    video.set_height(size.height);
    video.set_format(Pixel::YUV420P);
    video.set_time_base(Rational(1, CLOCK));
    video.set_frame_rate(Some(Rational((fps * 1000.0).round() as i32, 1000)));
    video.set_gop((fps * KEY_SECS).ceil() as u32);
    // One thread: the same pictures make the same bytes on every machine.
    video.set_threading(codec::threading::Config {
        kind: codec::threading::Type::None,
        count: 1,
        ..Default::default()
    });
    video.set_flags(CodecFlags::GLOBAL_HEADER | CodecFlags::BITEXACT);
    let mut options = Dictionary::new();
    options.set("preset", "veryfast");
    match spec.bits_per_sec {
        Some(bits) => video.set_bit_rate(usize::try_from(bits).unwrap_or(usize::MAX)),
        None => options.set("crf", "20"),
    }
    video.open_with(options)
}
