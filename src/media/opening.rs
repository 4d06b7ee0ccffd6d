//! Opens a container by what it holds, and a decoder for its video stream.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::format::stream::Disposition;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Dictionary, Error, Rational, Stream, decoder, media};

use super::MediaError;
use super::hardware::Decoding;
use crate::domain::{MediaTime, Size};

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

pub(super) fn not_video(reason: &str, path: &Path) -> MediaError {
    MediaError::NotVideo { reason: reason.to_owned(), path: path.to_owned() }
}

pub(super) fn open_container(path: &Path) -> Result<Input, MediaError> {
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
pub(super) fn best_video_stream(input: &Input) -> Option<usize> {
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

/// A decoder on the device of `decoding`; in software where there is none, or where the device has no decoder for the
/// codec and software may take over.
pub(super) fn open_decoder(
    parameters: codec::Parameters,
    time_base: Rational,
    (decoding, threads): (&Decoding, usize),
    path: &Path,
) -> Result<decoder::Video, MediaError> {
    let codec_id = parameters.id();
    let codec_name = || codec_id.name().to_owned();
    let no_decoder = || MediaError::NoDecoder { codec: codec_name(), path: path.to_owned() };
    let on_device = decoding.codec(codec_id);
    if decoding.is_hardware() && on_device.is_none() && !decoding.is_software_allowed() {
        let decoder = decoding.label();
        return Err(MediaError::NotInHardware { decoder, codec: codec_name(), path: path.to_owned() });
    }
    let codec = on_device.or_else(|| decoder::find(codec_id)).ok_or_else(no_decoder)?;
    let mut context = codec::Context::from_parameters(parameters).map_err(|_| no_decoder())?;
    let threads = if on_device.is_some() { 1 } else { threads };
    if on_device.is_some() {
        decoding.prepare(&mut context);
    }
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

pub(super) fn nominal_length(average: Rational, guessed: Rational) -> MediaTime {
    let length = |rate: Rational| {
        let is_sane = |rate: f64| (0.001..=1000.0).contains(&rate);
        let plausible = rate.numerator() > 0 && rate.denominator() > 0 && is_sane(f64::from(rate));
        plausible.then(|| MediaTime::from_ticks(1, rate.denominator(), rate.numerator()))
    };
    length(average).or_else(|| length(guessed)).unwrap_or(MediaTime::from_millis(40))
}

pub(super) fn expected_secs(input: &Input, stream: &Stream<'_>) -> Option<f64> {
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
pub(super) fn displayed_size(frame: &Video) -> Size {
    let aspect = frame.aspect_ratio();
    let ratio = f64::from(aspect);
    let is_sane = aspect.numerator() > 0 && aspect.denominator() > 0 && (0.25..=4.0).contains(&ratio);
    let width = if is_sane { (f64::from(frame.width()) * ratio).round() as u32 } else { frame.width() };
    Size { width: width.max(1), height: frame.height() }
}
