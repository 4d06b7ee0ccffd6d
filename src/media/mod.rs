//! Everything FFmpeg: from bytes to pictures with exact media time, and from pictures to model input.
//!
//! The only folder that may name `ffmpeg_next`. It never decides what is worth looking at, and writes no file but a copy or
//! a cut that is asked for.

mod camera;
mod cut;
mod damage;
mod encode;
mod error;
mod facts;
mod hardware;
mod inputs;
mod letterbox;
mod luma;
mod mask;
mod nal;
mod opening;
mod packets;
mod payload;
mod picture;
mod recording;
mod resample;
mod signing;
mod still;
mod stretch;
mod timeline;
mod yuv;

pub use camera::{CameraPicture, LEAST_BITS_PER_SEC, camera_picture};
pub use cut::{Cut, CutStream, write_cut};
pub use damage::{Damage, DamageLog};
pub use encode::{CopySpec, VideoWriter, encoder_present};
pub use error::MediaError;
pub use facts::{ContainerFacts, container_facts};
pub use hardware::{DecoderChoice, Decoding};
pub use inputs::{InputList, Skipped, find_inputs, spool_stdin};
pub use letterbox::{Fit, InputImage, Letterbox, LetterboxSpec};
pub use luma::{LUMA_STEPS, LumaGrid};
pub use mask::Mask;
pub use packets::{PacketGroup, PacketNote};
pub use payload::{Payload, Run, camera_signings, payloads};
pub use picture::Picture;
pub use recording::{PassedOver, Recording, RecordingInfo, Step};
pub use still::{StillPicture, read_still};
pub use stretch::Stretch;
pub use timeline::{Jump, Placed, Timeline};

/// Readies FFmpeg once a process; its own messages are silenced, errors carry what matters.
///
/// # Errors
/// When FFmpeg's libraries refuse to start.
pub fn init() -> Result<(), MediaError> {
    ffmpeg_next::init().map_err(|e| MediaError::Library { message: e.to_string() })?;
    ffmpeg_next::util::log::set_level(ffmpeg_next::util::log::Level::Quiet);
    Ok(())
}

/// `libavcodec a.b.c, libavformat a.b.c` of the libraries in use.
pub fn ffmpeg_version() -> String {
    let dotted = |v: u32| format!("{}.{}.{}", v >> 16, v >> 8 & 0xff, v & 0xff);
    format!(
        "libavcodec {}, libavformat {}",
        dotted(ffmpeg_next::codec::version()),
        dotted(ffmpeg_next::format::version())
    )
}

/// Decoders a site's recordings need, and whether this FFmpeg has each.
pub fn decoders_present() -> Vec<(&'static str, bool)> {
    ["h264", "hevc", "mjpeg", "mpeg4", "av1", "vp9"]
        .into_iter()
        .map(|name| {
            let found = ffmpeg_next::decoder::find_by_name(name)
                .or_else(|| ffmpeg_next::decoder::find_by_name(&format!("lib{name}")))
                .or_else(|| {
                    (name == "av1").then(|| ffmpeg_next::decoder::find_by_name("libdav1d")).flatten()
                });
            (name, found.is_some())
        })
        .collect()
}
