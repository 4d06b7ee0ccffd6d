//! How a camera records, told by one of its recordings.

use std::path::Path;

use super::MediaError;
use super::opening::{best_video_stream, not_video, open_container};
use super::packets::PacketReader;
use super::recording::{Recording, Step};
use crate::domain::{Size, SourceId};

/// So much of a recording tells how many bits its camera spends.
const MEASURED_SECS: f64 = 120.0;
/// Fewer bits a second are none that a camera can be told by.
pub const LEAST_BITS_PER_SEC: f64 = 8_000.0;

/// How a camera records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraPicture {
    /// Size of its pictures, as displayed.
    pub size: Size,
    /// Pictures a second.
    pub fps: f64,
    /// Bits of video a second.
    pub bits_per_sec: f64,
}

/// Reads from one of its recordings how a camera records.
///
/// # Errors
/// As opening a recording does, and where it holds no picture.
pub fn camera_picture(path: &Path) -> Result<CameraPicture, MediaError> {
    let mut recording = Recording::open(path, SourceId(0), 1)?;
    let fps = 1.0 / recording.info().nominal.secs_f64().max(1e-3);
    let size = match recording.step()? {
        Step::Picture(picture, _) => picture.at.size,
        Step::End => return Err(not_video("it holds no picture", path)),
    };
    Ok(CameraPicture { size, fps, bits_per_sec: bits_per_sec(path, fps)? })
}

/// Over the first minutes, by packets and the nominal rate: stamps may jump.
fn bits_per_sec(path: &Path, fps: f64) -> Result<f64, MediaError> {
    let input = open_container(path)?;
    let number = best_video_stream(&input).ok_or_else(|| not_video("it holds no video stream", path))?;
    let mut reader = PacketReader::new(input, number);
    let most = (MEASURED_SECS * fps).ceil() as usize;
    let sizes: Vec<usize> = std::iter::from_fn(|| reader.next()).take(most).map(|p| p.size()).collect();
    let bits = 8.0 * sizes.iter().sum::<usize>() as f64;
    Ok((bits * fps / sizes.len().max(1) as f64).max(LEAST_BITS_PER_SEC))
}
