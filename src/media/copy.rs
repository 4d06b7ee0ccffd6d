//! Copies of a recording as a certain camera would have recorded it.

use std::path::Path;

use super::MediaError;
use super::encode::{CopySpec, VideoWriter};
use super::letterbox::{Fit, Letterbox, LetterboxSpec};
use super::opening::{best_video_stream, not_video, open_container};
use super::packets::PacketReader;
use super::recording::{Recording, Step};
use crate::domain::{MediaTime, Size, SourceId};

/// So much of a recording tells how many bits its camera spends.
const MEASURED_SECS: f64 = 120.0;
/// Fewer bits a second are none that a camera can be told by.
const LEAST_BITS_PER_SEC: f64 = 8_000.0;

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

/// Writes a copy (`.mp4`) of a recording as a camera would have made it: no larger, with no more pictures a second, and
/// with as many bits a pixel. Never enlarged: pixels that were not there show nothing.
///
/// # Errors
/// As reading a recording does, and where the copy cannot be written.
pub fn record_as(from: &Path, to: &Path, camera: &CameraPicture) -> Result<(), MediaError> {
    let mut recording = Recording::open(from, SourceId(0), 1)?;
    let fps = (1.0 / recording.info().nominal.secs_f64().max(1e-3)).min(camera.fps);
    let mut copy: Option<(VideoWriter, Letterbox, Vec<u8>)> = None;
    let mut thinning = Thinning::new(fps);
    while let Step::Picture(picture, _) = recording.step()? {
        let at = picture.at.media_time;
        if !thinning.takes(at) {
            continue;
        }
        let (writer, letterbox, rgb) = match &mut copy {
            Some(open) => open,
            None => {
                let writer = VideoWriter::create(to, &spec(picture.at.size, fps, camera))?;
                let shape = LetterboxSpec { size: writer.size(), fit: Fit::Stretch, pad_value: 0 };
                copy.insert((writer, Letterbox::new(shape), Vec::new()))
            }
        };
        let reason = |reason| MediaError::Convert { reason, at, path: from.to_owned() };
        let image = letterbox.fill(&picture, std::mem::take(rgb)).map_err(reason)?;
        *rgb = image.rgb;
        writer.write(rgb, at)?;
    }
    match copy {
        Some((writer, ..)) => writer.finish(),
        None => Err(not_video("it holds no picture", from)),
    }
}

fn spec(size: Size, fps: f64, camera: &CameraPicture) -> CopySpec {
    let shrink = |have: u32, most: u32| f64::from(most) / f64::from(have.max(1));
    let scale = shrink(size.width, camera.size.width).min(shrink(size.height, camera.size.height)).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(2);
    let size = Size { width: scaled(size.width), height: scaled(size.height) };
    let pixels_per_sec = |size: Size, fps: f64| f64::from(size.width) * f64::from(size.height) * fps;
    let share = pixels_per_sec(size, fps) / pixels_per_sec(camera.size, camera.fps).max(1.0);
    let bits = (camera.bits_per_sec * share).max(LEAST_BITS_PER_SEC);
    CopySpec { size, fps, bits_per_sec: Some(bits as u64) }
}

/// Takes pictures so that no more than so many a second are left.
struct Thinning {
    apart: MediaTime,
    due: MediaTime,
}

impl Thinning {
    fn new(fps: f64) -> Self {
        Self { apart: MediaTime::from_secs_f64(1.0 / fps.max(0.01)), due: MediaTime::ZERO }
    }

    /// Half a millisecond early is in time: stamps are rounded.
    fn takes(&mut self, at: MediaTime) -> bool {
        if at + MediaTime::from_nanos(500_000) < self.due {
            return false;
        }
        self.due = self.due.max(at - self.apart) + self.apart;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_thinned_to_a_rate_and_never_added() {
        let taken = |from: f64, to: f64| {
            let mut thinning = Thinning::new(to);
            let at = |i: u32| MediaTime::from_secs_f64(f64::from(i) / from);
            (0..(10.0 * from) as u32).filter(|i| thinning.takes(at(*i))).count()
        };
        assert_eq!((taken(25.0, 25.0), taken(25.0, 12.5), taken(30.0, 8.0)), (250, 125, 80));
    }

    #[test]
    fn a_copy_is_never_larger_than_its_original_or_the_camera() {
        let camera =
            |width, height| CameraPicture { size: Size { width, height }, fps: 10.0, bits_per_sec: 1e6 };
        let size = |have: (u32, u32), camera: &CameraPicture| {
            let spec = spec(Size { width: have.0, height: have.1 }, 10.0, camera);
            (spec.size.width, spec.size.height, spec.bits_per_sec)
        };
        assert_eq!(size((640, 360), &camera(1920, 1080)), (640, 360, Some(111_111)));
        assert_eq!(size((640, 360), &camera(320, 240)), (320, 180, Some(750_000)));
        assert_eq!(size((640, 480), &camera(640, 360)).1, 360);
    }
}
