//! Copies of recordings, above all to look at: a stretch that any browser plays, marked as a copy, with people as plain figures.
//!
//! The recording stays the evidence; the copy only shows where to look. Who is not found is not covered: somebody must look
//! through a copy before it is given away.

mod people;
mod recorded;

use std::path::Path;

pub use people::{Around, People};
pub use recorded::record_as;

use crate::domain::{MediaTime, Pose, Size, Span};
use crate::infer::{Eyes, InferError, ViewMaker};
use crate::media::{
    CopySpec, Fit, Letterbox, LetterboxSpec, Mask, MediaError, Picture, Stretch, VideoWriter,
};
use crate::report::{marked, marked_size};

/// Wider pictures are scaled down, in pixels.
const MOST_WIDTH: u32 = 1280;
/// Before and after an incident so much is shown.
const AROUND: MediaTime = MediaTime::from_millis(30_000);
/// A copy is no longer.
const LONGEST: MediaTime = MediaTime::from_millis(300_000);
/// People are looked for so often.
const LOOK_EVERY: MediaTime = MediaTime::from_millis(160);

/// Why a copy could not be made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum ViewingError {
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Infer(#[from] InferError),
    #[error("the picture at {} cannot be shown in a copy: {reason}", at.clock())]
    Picture { reason: String, at: MediaTime },
    #[error("the recording has no picture between {} and {}", span.start.clock(), span.end.clock())]
    Nothing { span: Span },
}

/// What is to be shown.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The recording, which is only read.
    pub recording: &'a Path,
    /// From when to when.
    pub span: Span,
    /// What is never shown.
    pub mask: Mask,
}

/// The stretch around an incident that a copy shows: from half a minute before to half a minute after, five minutes at most.
pub fn shown_span(incident: Span) -> Span {
    let start = (incident.start - AROUND).max(MediaTime::ZERO);
    Span::between(start, (incident.end + AROUND).min(start + LONGEST))
}

/// Looks for the people of a stretch.
///
/// # Errors
/// Where the recording cannot be read or a model fails.
pub fn find_people(shown: &Shown<'_>, eyes: &mut Eyes) -> Result<People, ViewingError> {
    let mut stretch = Stretch::open(shown.recording, shown.span, shown.mask.clone())?;
    let mut views = ViewMaker::new(eyes.view_spec());
    let mut found: Vec<(MediaTime, Vec<Pose>)> = Vec::new();
    while let Some(picture) = next(&mut stretch, shown.span)? {
        let at = picture.at.media_time;
        if found.last().is_some_and(|(last, _)| at - *last < LOOK_EVERY) {
            continue;
        }
        let failed = |reason| ViewingError::Picture { reason, at };
        let view = views.view(&picture, Vec::new).map_err(failed)?;
        found.push((at, eyes.look(&view)?.people));
    }
    Ok(People::new(found))
}

/// Writes a copy (`.mp4`); with `people` covered, where they are given.
///
/// # Errors
/// Where the recording cannot be read, holds nothing there, or the copy cannot be written.
pub fn write_copy(shown: &Shown<'_>, people: Option<&People>, to: &Path) -> Result<(), ViewingError> {
    let mut stretch = Stretch::open(shown.recording, shown.span, shown.mask.clone())?;
    let mut copy: Option<Copy> = None;
    while let Some(picture) = next(&mut stretch, shown.span)? {
        let open = match &mut copy {
            Some(open) => open,
            None => copy.insert(Copy::begin(&picture, people.is_some(), to)?),
        };
        let at = picture.at.media_time;
        let people = people.map(|p| p.at(at)).unwrap_or_default();
        open.add(&picture, people, at - shown.span.start)?;
    }
    match copy {
        Some(copy) => Ok(copy.writer.finish()?),
        None => Err(ViewingError::Nothing { span: shown.span }),
    }
}

fn next(stretch: &mut Stretch, span: Span) -> Result<Option<Picture>, ViewingError> {
    stretch.next_picture().map_err(|reason| ViewingError::Picture { reason, at: span.start })
}

/// A copy that is being written.
struct Copy {
    writer: VideoWriter,
    letterbox: Letterbox,
    size: Size,
    factor: f32,
    is_masked: bool,
}

impl Copy {
    fn begin(picture: &Picture, is_masked: bool, to: &Path) -> Result<Self, ViewingError> {
        let frame = picture.at.size;
        let factor = (MOST_WIDTH as f32 / frame.width as f32).min(1.0);
        let even = |length: u32| (((length as f32 * factor).round() as u32) & !1).max(2);
        let size = Size { width: even(frame.width), height: even(frame.height) };
        let whole = marked_size(size, &caption(is_masked, MediaTime::ZERO));
        let spec = CopySpec { size: whole, fps: 12.5, bits_per_sec: None };
        Ok(Self {
            writer: VideoWriter::create(to, &spec)?,
            letterbox: Letterbox::new(LetterboxSpec { size, fit: Fit::Stretch, pad_value: 0 }),
            size,
            factor,
            is_masked,
        })
    }

    fn add(&mut self, picture: &Picture, people: Around, at_in_copy: MediaTime) -> Result<(), ViewingError> {
        let at = picture.at.media_time;
        let failed = |reason: &str| ViewingError::Picture { reason: reason.to_owned(), at };
        let image = self.letterbox.fill(picture, Vec::new()).map_err(|reason| failed(&reason))?;
        let [seen, perhaps] = [people.seen, people.perhaps].map(|p| self.scaled(p));
        let rgb = marked(image.rgb, self.size, (&seen, &perhaps), &caption(self.is_masked, at));
        let rgb = rgb.ok_or_else(|| failed("its size changed"))?;
        Ok(self.writer.write(&rgb, at_in_copy)?)
    }

    /// From pixels of the picture to pixels of the copy.
    fn scaled(&self, mut people: Vec<Pose>) -> Vec<Pose> {
        for person in &mut people {
            person.bbox_in_frame = person.bbox_in_frame.scaled(self.factor);
            for keypoint in &mut person.keypoints_in_frame {
                (keypoint.at.x, keypoint.at.y) = (keypoint.at.x * self.factor, keypoint.at.y * self.factor);
            }
        }
        people
    }
}

/// In capitals of the small font; the time is that of the recording.
fn caption(is_masked: bool, at: MediaTime) -> String {
    let what = if is_masked { "VIEWING COPY, PEOPLE COVERED" } else { "VIEWING COPY" };
    format!("{} {what}, NOT THE ORIGINAL", at.clock())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shows_half_a_minute_around_and_never_more_than_five() {
        let secs = |a: f64, b: f64| Span::between(MediaTime::from_secs_f64(a), MediaTime::from_secs_f64(b));
        assert_eq!(shown_span(secs(10.0, 20.0)), secs(0.0, 50.0));
        assert_eq!(shown_span(secs(100.0, 4000.0)), secs(70.0, 370.0));
    }
}
