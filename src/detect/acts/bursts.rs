//! Fast movements of a hand or a foot toward another person: what blows look like, and other things too.

use std::collections::{BTreeMap, VecDeque};

use super::figure::JOINT_CONFIDENCE;
use super::lying::Lying;
use crate::detect::body::{Stance, stance};
use crate::domain::{BBox, Joint, MediaTime, Point, Pose, TrackId, TrackedFrame};

/// A limb that moves at least so fast against its own body, in body heights a second.
const FAST_BODY_HEIGHTS_PER_SEC: f32 = 0.9;
/// Faster than a body can move: a jump of the pose model.
const MOST_BODY_HEIGHTS_PER_SEC: f32 = 12.0;
/// The limb must end within the other's box, enlarged by this share.
const REACH_SHARE: f32 = 0.3;
/// Two boxes that overlap more than this may be one person, seen twice.
const MAY_BE_SAME_IOU: f32 = 0.5;
/// Pictures further apart say nothing of speed.
const LONGEST_STEP_SECS: f64 = 0.6;
/// Two bursts of one person nearer in time than this are one.
const ONE_BLOW: MediaTime = MediaTime::from_millis(350);
/// Bursts are remembered so long.
const KEPT: MediaTime = MediaTime::from_millis(10_000);

/// One fast movement toward somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    pub at: MediaTime,
    pub by: TrackId,
    pub by_bbox_in_frame: BBox,
    pub toward: TrackId,
    pub toward_bbox_in_frame: BBox,
    pub toward_stance: Stance,
    pub body_heights_per_sec: f32,
}

/// The latest bursts of a source.
#[derive(Default)]
pub(super) struct Bursts {
    last: BTreeMap<TrackId, (MediaTime, Pose)>,
    kept: VecDeque<Burst>,
}

impl Bursts {
    /// Takes the next picture; `lying` has seen it.
    pub fn push(&mut self, frame: &TrackedFrame, lying: &Lying) {
        let now = frame.at.media_time;
        while self.kept.front().is_some_and(|b| now - b.at > KEPT) {
            self.kept.pop_front();
        }
        for person in &frame.people {
            let before = self.last.insert(person.track, (now, person.pose.clone()));
            let Some((then, before)) = before else { continue };
            let elapsed_secs = (now - then).secs_f64();
            if elapsed_secs <= 0.0
                || elapsed_secs > LONGEST_STEP_SECS
                || stance(&person.pose) == Stance::Lying
            {
                continue;
            }
            let limbs = fast_limbs(&before, &person.pose, elapsed_secs as f32);
            let others = frame.people.iter().map(|o| (o.track, o.pose.bbox_in_frame, stance(&o.pose)));
            // A body on the floor is often not seen just while others stand over it.
            let bodies = lying.bodies().map(|b| (b.track, b.bbox_in_frame, Stance::Lying));
            for (toward, toward_bbox_in_frame, toward_stance) in bodies.chain(others) {
                let by_bbox_in_frame = person.pose.bbox_in_frame;
                if toward == person.track || toward_bbox_in_frame.iou(by_bbox_in_frame) > MAY_BE_SAME_IOU {
                    continue;
                }
                let reached = toward_bbox_in_frame.enlarged(REACH_SHARE);
                let fastest = limbs.iter().filter(|(at, _)| reached.contains(*at)).map(|(_, speed)| *speed);
                if let Some(body_heights_per_sec) = fastest.max_by(f32::total_cmp) {
                    let (at, by) = (now, person.track);
                    self.note(Burst {
                        at,
                        by,
                        by_bbox_in_frame,
                        toward,
                        toward_bbox_in_frame,
                        toward_stance,
                        body_heights_per_sec,
                    });
                }
            }
        }
        self.last.retain(|_, (seen, _)| now - *seen <= KEPT);
    }

    /// A movement seen over several pictures is one, at its fastest.
    fn note(&mut self, burst: Burst) {
        let same = self
            .kept
            .iter_mut()
            .rev()
            .find(|b| b.by == burst.by && b.toward == burst.toward && burst.at - b.at < ONE_BLOW);
        match same {
            Some(known) => {
                known.body_heights_per_sec = known.body_heights_per_sec.max(burst.body_heights_per_sec);
            }
            None => self.kept.push_back(burst),
        }
    }

    /// Bursts of the last seconds, oldest first.
    pub fn within(&self, now: MediaTime, secs: f64) -> impl Iterator<Item = &Burst> {
        self.kept.iter().filter(move |b| (now - b.at).secs_f64() <= secs)
    }
}

/// Where each fast hand or foot ends, and how fast it is, against the movement of the body.
fn fast_limbs(before: &Pose, after: &Pose, elapsed_secs: f32) -> Vec<(Point, f32)> {
    let body = before.bbox_in_frame.body_length().max(after.bbox_in_frame.body_length()).max(1.0);
    let (c0, c1) = (trunk(before), trunk(after));
    let pairs = [(Joint::LeftWrist, Joint::RightWrist), (Joint::LeftAnkle, Joint::RightAnkle)];
    let limbs = pairs.into_iter().flat_map(|(left, right)| [(left, right), (right, left)]);
    let seen = limbs.filter_map(|(joint, twin)| {
        let b = after.joint(joint, JOINT_CONFIDENCE)?;
        // Left and right are often taken for each other: the nearer of the two is where it came from.
        let came = |from: Point| ((b.x - c1.x) - (from.x - c0.x)).hypot((b.y - c1.y) - (from.y - c0.y));
        let a = before.joint(joint, JOINT_CONFIDENCE).map(came)?;
        let way = before.joint(twin, JOINT_CONFIDENCE).map_or(a, |other| a.min(came(other)));
        Some((b, way / body / elapsed_secs))
    });
    seen.filter(|(_, v)| (FAST_BODY_HEIGHTS_PER_SEC..=MOST_BODY_HEIGHTS_PER_SEC).contains(v)).collect()
}

/// What a body moves as a whole: the middle of its hips, or of its box.
fn trunk(pose: &Pose) -> Point {
    pose.midpoint(Joint::LeftHip, Joint::RightHip, JOINT_CONFIDENCE)
        .unwrap_or_else(|| pose.bbox_in_frame.centre())
}
