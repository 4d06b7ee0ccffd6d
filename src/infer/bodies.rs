//! Bodies that keep still keep their joints: looking at them again would cost as much and tell nothing new.

use crate::domain::{BBox, FrameRef, Joint, Keypoint, MediaTime, SourceId};

/// Boxes that overlap so much may be of the same body, keeping still.
const SAME_BOX_IOU: f32 = 0.8;
/// Side of a block of the crop, in pixels, of which means are compared: noise evens out in it.
const BLOCK: usize = 8;
/// Blocks that differ by so many levels show movement…
const MOVED_LEVELS: i32 = 6;
/// … where there are so many of them.
const MOVED_BLOCKS: usize = 2;
/// Joints are looked at anew after so long.
const KEPT_FOR: MediaTime = MediaTime::from_millis(10_000);

/// A body whose joints were seen.
struct Body {
    bbox_in_frame: BBox,
    /// The part of the picture that the model was shown.
    crop_in_frame: BBox,
    look: Vec<u8>,
    keypoints_in_frame: [Keypoint; Joint::COUNT],
    seen_at: MediaTime,
}

/// Sources that are remembered: more than there are lanes that share a model.
const MOST_SOURCES: usize = 1024;

/// What is remembered of each source, so that sources that take turns at one model find what they would find alone.
#[derive(Default)]
pub(super) struct StillBodies {
    /// The one whose picture is looked at is the last.
    sources: Vec<BodiesOfSource>,
}

impl StillBodies {
    /// Before the people of a picture: nothing is known of another source, or of what comes later in this one.
    pub fn begin(&mut self, at: FrameRef) {
        let place = self.sources.iter().position(|s| s.source == at.source);
        let mut source = match place {
            Some(place) => self.sources.remove(place),
            None => BodiesOfSource::new(at.source),
        };
        if self.sources.len() >= MOST_SOURCES {
            self.sources.remove(0);
        }
        source.begin(at.media_time);
        self.sources.push(source);
    }

    /// The crop that must look as it did for the joints of the body in this box to be known.
    pub fn crop_to_compare(&self, bbox_in_frame: BBox) -> Option<BBox> {
        self.sources.last()?.crop_to_compare(bbox_in_frame)
    }

    /// The joints of the body in this box, if the crop named by [`Self::crop_to_compare`] shows that it kept still.
    pub fn joints(
        &mut self,
        bbox_in_frame: BBox,
        crop_rgb: &[u8],
        width: usize,
    ) -> Option<[Keypoint; Joint::COUNT]> {
        self.sources.last_mut()?.joints(bbox_in_frame, crop_rgb, width)
    }

    /// The model saw these joints in this crop.
    pub fn seen(
        &mut self,
        (bbox_in_frame, crop_in_frame): (BBox, BBox),
        crop: (&[u8], usize),
        keypoints_in_frame: [Keypoint; Joint::COUNT],
    ) {
        if let Some(source) = self.sources.last_mut() {
            source.seen((bbox_in_frame, crop_in_frame), crop, keypoints_in_frame);
        }
    }
}

/// What is remembered from the last picture of one source.
struct BodiesOfSource {
    source: SourceId,
    bodies: Vec<Body>,
    next: Vec<Body>,
    last: Option<MediaTime>,
}

impl BodiesOfSource {
    fn new(source: SourceId) -> Self {
        Self { source, bodies: Vec::new(), next: Vec::new(), last: None }
    }

    fn begin(&mut self, at: MediaTime) {
        let goes_on = self.last.is_some_and(|last| last < at);
        std::mem::swap(&mut self.bodies, &mut self.next);
        self.next.clear();
        if !goes_on {
            self.bodies.clear();
        }
        self.bodies.retain(|body| at - body.seen_at < KEPT_FOR);
        self.last = Some(at);
    }

    fn crop_to_compare(&self, bbox_in_frame: BBox) -> Option<BBox> {
        self.place(bbox_in_frame).map(|place| self.bodies[place].crop_in_frame)
    }

    fn joints(
        &mut self,
        bbox_in_frame: BBox,
        crop_rgb: &[u8],
        width: usize,
    ) -> Option<[Keypoint; Joint::COUNT]> {
        let place = self.place(bbox_in_frame)?;
        let now = block_means(crop_rgb, width);
        let moved = now.iter().zip(&self.bodies[place].look);
        let moved =
            moved.filter(|(now, then)| (i32::from(**now) - i32::from(**then)).abs() >= MOVED_LEVELS).count();
        let kept = (moved < MOVED_BLOCKS).then(|| self.bodies.swap_remove(place))?;
        let joints = kept.keypoints_in_frame;
        self.next.push(kept);
        Some(joints)
    }

    fn seen(
        &mut self,
        (bbox_in_frame, crop_in_frame): (BBox, BBox),
        (crop_rgb, width): (&[u8], usize),
        keypoints_in_frame: [Keypoint; Joint::COUNT],
    ) {
        let Some(seen_at) = self.last else { return };
        let look = block_means(crop_rgb, width);
        self.next.push(Body { bbox_in_frame, crop_in_frame, look, keypoints_in_frame, seen_at });
    }

    fn place(&self, bbox_in_frame: BBox) -> Option<usize> {
        let overlaps = self.bodies.iter().map(|b| b.bbox_in_frame.iou(bbox_in_frame)).enumerate();
        let best = overlaps.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        best.filter(|(_, iou)| *iou >= SAME_BOX_IOU).map(|(place, _)| place)
    }
}

/// Mean green of blocks of 8 x 8 pixels.
fn block_means(rgb: &[u8], width: usize) -> Vec<u8> {
    let across = width / BLOCK;
    let mut means = Vec::with_capacity(across * (rgb.len() / 3 / width.max(1) / BLOCK));
    for band in rgb.chunks_exact(width * 3 * BLOCK) {
        for column in 0..across {
            let rows = band.chunks_exact(width * 3).map(|row| &row[column * BLOCK * 3..][..BLOCK * 3]);
            let sum: u32 = rows.flat_map(|row| row.iter().skip(1).step_by(3)).map(|v| u32::from(*v)).sum();
            means.push((sum / (BLOCK * BLOCK) as u32) as u8);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Size;

    const WIDTH: usize = 64;

    fn at(millis: i64, source: u32) -> FrameRef {
        let size = Size { width: 640, height: 360 };
        FrameRef { source: SourceId(source), index: 0, media_time: MediaTime::from_millis(millis), size }
    }

    fn crop(limb_at: usize, noise: u8) -> Vec<u8> {
        let pixel = |i: usize| {
            if (limb_at..limb_at + 10).contains(&(i % WIDTH)) { 200 } else { 90 + (i as u8 % 3) * noise }
        };
        (0..WIDTH * WIDTH).flat_map(|i| [pixel(i); 3]).collect()
    }

    #[test]
    fn only_a_body_that_keeps_still_keeps_its_joints() {
        let bbox = BBox { x: 100.0, y: 50.0, width: 40.0, height: 120.0 };
        let shaken = BBox { x: 102.0, ..bbox };
        let mut joints = [Keypoint::default(); Joint::COUNT];
        joints[3].confidence = 0.7;
        let mut bodies = StillBodies::default();
        bodies.begin(at(0, 0));
        assert!(bodies.crop_to_compare(bbox).is_none());
        bodies.seen((bbox, bbox.enlarged(0.2)), (&crop(20, 1), WIDTH), joints);

        bodies.begin(at(200, 0));
        assert_eq!(bodies.crop_to_compare(shaken), Some(bbox.enlarged(0.2)), "the crop of then");
        assert_eq!(bodies.joints(shaken, &crop(20, 4), WIDTH), Some(joints), "noise is no movement");
        bodies.begin(at(400, 0));
        assert!(bodies.joints(shaken, &crop(28, 1), WIDTH).is_none(), "a limb moved");
        assert!(bodies.crop_to_compare(BBox { x: 180.0, ..bbox }).is_none(), "elsewhere");
    }

    #[test]
    fn sources_that_take_turns_find_what_they_would_find_alone() {
        let bbox = BBox { x: 100.0, y: 50.0, width: 40.0, height: 120.0 };
        let mut joints = [[Keypoint::default(); Joint::COUNT]; 2];
        joints[1][3].confidence = 0.7;
        let mut bodies = StillBodies::default();
        for source in [0, 1] {
            bodies.begin(at(1_000, source));
            bodies.seen((bbox, bbox), (&crop(20, 1), WIDTH), joints[source as usize]);
        }
        for source in [1, 0] {
            bodies.begin(at(1_200, source));
            let known = bodies.joints(bbox, &crop(20, 1), WIDTH);
            assert_eq!(known, Some(joints[source as usize]), "source {source}");
        }
        (2..MOST_SOURCES as u32 + 10).for_each(|source| bodies.begin(at(0, source)));
        assert_eq!(bodies.sources.len(), MOST_SOURCES, "of those that ended long ago nothing is kept");
    }

    #[test]
    fn nothing_is_known_of_another_source_an_earlier_time_or_long_ago() {
        let bbox = BBox { x: 100.0, y: 50.0, width: 40.0, height: 120.0 };
        for (later, is_known) in
            [(at(9_000, 0), true), (at(9_000, 1), false), (at(500, 0), false), (at(11_500, 0), false)]
        {
            let mut bodies = StillBodies::default();
            bodies.begin(at(1_000, 0));
            bodies.seen((bbox, bbox), (&crop(20, 1), WIDTH), [Keypoint::default(); Joint::COUNT]);
            bodies.begin(later);
            assert_eq!(bodies.crop_to_compare(bbox).is_some(), is_known, "{later:?}");
        }
    }
}
