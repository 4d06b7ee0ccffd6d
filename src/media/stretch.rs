//! The pictures of a stretch of a recording; what lies before it is passed over without decoding.

use std::collections::VecDeque;
use std::path::Path;

use super::MediaError;
use super::mask::Mask;
use super::packets::PacketGroup;
use super::picture::Picture;
use super::recording::Recording;
use crate::domain::{SourceId, Span};

/// A stretch that is being read.
pub struct Stretch {
    recording: Recording,
    span: Span,
    /// Groups from the last key picture before the stretch on, until they are decoded.
    held: VecDeque<PacketGroup>,
    is_dry: bool,
}

impl Stretch {
    /// Goes to the beginning of the stretch. What `mask` excludes is blanked in its pictures.
    ///
    /// # Errors
    /// As opening a recording does.
    pub fn open(path: &Path, span: Span, mask: Mask) -> Result<Self, MediaError> {
        let mut recording = Recording::open(path, SourceId(0), 1)?;
        recording.set_mask(mask);
        recording.run_dry(); // so that decoding begins cleanly at a key picture
        let mut held: VecDeque<PacketGroup> = recording.next_group().into_iter().collect();
        let mut has_passed = false;
        while let Some(next) = recording.next_group() {
            // Media time begins with the first picture, which has its place only once its group is passed over.
            let first = held.front().filter(|_| !has_passed).map(PacketGroup::stamped_start);
            let at = first.map_or_else(|| recording.locate(&next), |first| next.stamped_start() - first);
            let is_before = at <= span.start;
            if is_before && next.begins_with_key {
                held.drain(..).for_each(|group| drop(recording.pass_over(group, None)));
                has_passed = true;
            }
            held.push_back(next);
            if !is_before {
                break;
            }
        }
        Ok(Self { recording, span, held, is_dry: false })
    }

    /// The next picture; none behind the end of the stretch.
    ///
    /// # Errors
    /// FFmpeg's reason, where a picture cannot be blanked as it must be.
    pub fn next_picture(&mut self) -> Result<Option<Picture>, String> {
        loop {
            match self.recording.next_picture() {
                Some((picture, _)) if picture.at.media_time < self.span.start => {}
                Some((picture, _)) if picture.at.media_time >= self.span.end => return Ok(None),
                Some((picture, _)) => return self.recording.fetch(picture).map(Some),
                None => match self.held.pop_front().or_else(|| self.recording.next_group()) {
                    Some(group) => self.recording.decode(group),
                    None if self.is_dry => return Ok(None),
                    None => {
                        self.recording.run_dry();
                        self.is_dry = true;
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MediaTime;
    use crate::media::{Step, init};

    /// Media times of all pictures within a span, once by reading the stretch and once by decoding everything.
    fn both_ways(sample: &str, from: f64, to: f64) -> (Vec<MediaTime>, Vec<MediaTime>) {
        init().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
        let span = Span::between(MediaTime::from_secs_f64(from), MediaTime::from_secs_f64(to));
        let mut stretch = Stretch::open(&path, span, Mask::default()).unwrap();
        let read = std::iter::from_fn(|| stretch.next_picture().unwrap()).map(|p| p.at.media_time).collect();
        let mut recording = Recording::open(&path, SourceId(0), 1).unwrap();
        let mut all = Vec::new();
        while let Step::Picture(picture, _) = recording.step().unwrap() {
            all.push(picture.at.media_time);
        }
        all.retain(|at| (span.start..span.end).contains(at));
        (read, all)
    }

    #[test]
    fn a_stretch_has_the_pictures_that_decoding_everything_gives() {
        for (from, to) in [(0.0, 3.0), (0.5, 6.0), (4.0, 8.0), (5.3, 5.9), (11.0, 99.0), (50.0, 60.0)] {
            let (read, all) = both_ways("corridor_walking.mp4", from, to);
            assert_eq!(read, all, "{from} to {to}");
        }
    }
}
