//! A copy of a recording as a certain camera would have made it.

use std::path::Path;

use crate::domain::{MediaTime, Size, SourceId};
use crate::gate::FrameSampler;
use crate::media::{
    CameraPicture, CopySpec, Fit, LEAST_BITS_PER_SEC, Letterbox, LetterboxSpec, MediaError, Recording, Step,
    VideoWriter,
};

/// Writes a copy (`.mp4`) of a recording as a camera would have made it: no larger, with no more pictures a second, and
/// with as many bits a pixel. Never enlarged: pixels that were not there show nothing.
///
/// # Errors
/// As reading a recording does, and where the copy cannot be written.
pub fn record_as(from: &Path, to: &Path, camera: &CameraPicture) -> Result<(), MediaError> {
    let mut recording = Recording::open(from, SourceId(0), 1)?;
    let own_fps = 1.0 / recording.info().nominal.secs_f64().max(1e-3);
    let fps = own_fps.min(camera.fps);
    let mut copy: Option<(VideoWriter, Letterbox, Vec<u8>)> = None;
    let mut sampler = sampler(own_fps, camera.fps);
    while let Step::Picture(picture, _) = recording.step()? {
        let at = picture.at.media_time;
        if sampler.as_mut().is_some_and(|s| !s.picks(at)) {
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
        None => {
            let reason = "it holds no picture".to_owned();
            Err(MediaError::NotVideo { reason, path: from.to_owned() })
        }
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

/// Leaves out what is more than the camera's rate; none where nothing is.
fn sampler(own_fps: f64, camera_fps: f64) -> Option<FrameSampler> {
    let step = MediaTime::from_secs_f64(1.0 / camera_fps.max(0.01));
    (camera_fps < own_fps).then(|| FrameSampler::new(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_thinned_to_a_rate_and_never_added() {
        let taken = |from: f64, to: f64| {
            let mut sampler = sampler(from, to);
            let at = |i: u32| MediaTime::from_secs_f64(f64::from(i) / from);
            (0..(10.0 * from) as u32).filter(|i| sampler.as_mut().is_none_or(|s| s.picks(at(*i)))).count()
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
