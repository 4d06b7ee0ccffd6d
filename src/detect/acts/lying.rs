//! Who lies where, kept for moments: a body on the floor is hidden by those around it and lost by the detector.

use std::collections::VecDeque;

use crate::detect::body::{Stance, stance};
use crate::domain::{BBox, MediaTime, TrackId, TrackedFrame};

/// A body that is not seen any more is taken to lie where it lay, for so long.
const UNSEEN_FOR: MediaTime = MediaTime::from_millis(5_000);
/// Two boxes whose centres are nearer than this, in body lengths, are the same body.
const SAME_BODY_LENGTHS: f32 = 0.5;
/// Its way is kept for so long.
const WAY_KEPT: MediaTime = MediaTime::from_millis(6_000);
/// Lying in fewer pictures than this is a stumble of the detector.
const LEAST_PICTURES: u32 = 3;

/// A body that lies.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub bbox_in_frame: BBox,
    pub track: TrackId,
    pub last_seen: MediaTime,
    /// Where it was, oldest first, over the last seconds.
    pub way: VecDeque<(MediaTime, BBox)>,
    pictures: u32,
}

/// All that lie in one source.
#[derive(Default)]
pub(super) struct Lying {
    bodies: Vec<Body>,
}

impl Lying {
    /// Takes the next picture.
    pub fn push(&mut self, frame: &TrackedFrame) {
        let now = frame.at.media_time;
        for person in frame.people.iter().filter(|p| stance(&p.pose) == Stance::Lying) {
            self.see(person.track, person.pose.bbox_in_frame, now);
        }
        // Somebody who stands does not lie, however they were taken to a moment ago.
        let up = |b: &Body| {
            let stands =
                |p: &&crate::domain::TrackedPose| p.track == b.track && stance(&p.pose) == Stance::Upright;
            frame.people.iter().any(|p| stands(&p))
        };
        self.bodies.retain(|b| now - b.last_seen <= UNSEEN_FOR && !up(b));
    }

    fn see(&mut self, track: TrackId, bbox: BBox, now: MediaTime) {
        let nearest = self
            .bodies
            .iter_mut()
            .map(|b| (b.bbox_in_frame.centre().distance(bbox.centre()) / bbox.body_length().max(1.0), b))
            .filter(|(distance, b)| *distance <= SAME_BODY_LENGTHS && b.last_seen < now)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, body)) => {
                (body.bbox_in_frame, body.track, body.last_seen) = (bbox, track, now);
                body.pictures += 1;
                body.way.push_back((now, bbox));
                while body.way.front().is_some_and(|(then, _)| now - *then > WAY_KEPT) {
                    body.way.pop_front();
                }
            }
            None => self.bodies.push(Body {
                bbox_in_frame: bbox,
                track,
                last_seen: now,
                way: VecDeque::from([(now, bbox)]),
                pictures: 1,
            }),
        }
    }

    /// The bodies that lie, seen often enough.
    pub fn bodies(&self) -> impl Iterator<Item = &Body> {
        self.bodies.iter().filter(|b| b.pictures >= LEAST_PICTURES)
    }
}
