//! Follows people from picture to picture by where they are and how they stand, never by how they look.
//!
//! In the style of OC-SORT (Cao et al., 2023): motion is taken from observations, not from a filter that drifts while
//! a person is hidden; a second pass keeps tracks alive on low scores (ByteTrack, Zhang et al., 2022). Similarity
//! joins box overlap, object keypoint similarity and distance, because at five pictures a second a running person's
//! boxes may not overlap at all. Track numbers end with the scene and are never given again.

use crate::domain::{BBox, MediaTime, Point, Pose, PoseFrame, Size, TrackId, TrackedFrame, TrackedPose};

/// First-pass detections.
const CERTAIN_SCORE: f32 = 0.5;
/// Weaker ones may go on with a track but not begin one.
const BEGIN_SCORE: f32 = 0.25;
/// Below this two are not the same person.
const LEAST_SIMILARITY: f32 = 0.15;
/// A track that pictures have not shown for so long is over.
const LOST_AFTER: MediaTime = MediaTime::from_millis(2_000);
/// Where no picture was looked at, because nothing moved, it lasts longer.
const UNLOOKED_AFTER: MediaTime = MediaTime::from_millis(12_000);
/// Observations over which velocity is taken.
const VELOCITY_SPAN: usize = 3;
/// Joints below this say nothing of likeness.
const JOINT_CONFIDENCE: f32 = 0.3;

struct Track {
    id: TrackId,
    pose: Pose,
    /// Latest observations, oldest first, at most [`VELOCITY_SPAN`].
    observations: Vec<(MediaTime, Point)>,
}

/// The tracker of one source.
#[derive(Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    next_id: u64,
    scene: Option<Size>,
    last_looked: Option<MediaTime>,
}

impl Tracker {
    /// Assigns the people of the next picture to tracks.
    pub fn push(&mut self, frame: PoseFrame) -> TrackedFrame {
        let at = frame.at;
        let mut ended = self.end_scene_on_new_size(at.size);
        ended.extend(self.drop_lost(at.media_time));
        let (certain, weak): (Vec<Pose>, Vec<Pose>) =
            frame.people.into_iter().partition(|p| p.score >= CERTAIN_SCORE);
        let mut seen = Vec::new();
        let unmatched = self.continue_tracks(certain, at.media_time, &mut seen);
        let weak_unmatched = self.continue_tracks(weak, at.media_time, &mut seen);
        for pose in unmatched.into_iter().chain(weak_unmatched).filter(|p| p.score >= BEGIN_SCORE) {
            seen.push(self.begin(pose, at.media_time));
        }
        let mut people: Vec<TrackedPose> = self
            .tracks
            .iter()
            .filter(|t| seen.contains(&t.id))
            .map(|t| TrackedPose { track: t.id, pose: t.pose.clone() })
            .collect();
        people.sort_by_key(|p| p.track);
        TrackedFrame { at, people, ended }
    }

    fn end_scene_on_new_size(&mut self, size: Size) -> Vec<TrackId> {
        if self.scene.replace(size).is_some_and(|before| before != size) {
            return self.tracks.drain(..).map(|t| t.id).collect();
        }
        Vec::new()
    }

    /// Gives poses to tracks not yet in `seen`, best pair first; returns the poses left over.
    fn continue_tracks(&mut self, poses: Vec<Pose>, now: MediaTime, seen: &mut Vec<TrackId>) -> Vec<Pose> {
        let mut pairs = Vec::new();
        for (t, track) in self.tracks.iter().enumerate().filter(|(_, t)| !seen.contains(&t.id)) {
            let expected = track.expected_bbox(now);
            for (p, pose) in poses.iter().enumerate() {
                let likeness = similarity(&track.pose, expected, pose);
                if likeness >= LEAST_SIMILARITY {
                    pairs.push((likeness, t, p));
                }
            }
        }
        // Greedy in order of likeness: at the handful of people a camera shows it gives what an optimal assignment
        // gives, and its order is plain to see.
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut is_taken = vec![false; poses.len()];
        for (_, t, p) in pairs {
            let track = &mut self.tracks[t];
            if !is_taken[p] && !seen.contains(&track.id) {
                is_taken[p] = true;
                seen.push(track.id);
                track.observe(poses[p].clone(), now);
            }
        }
        poses.into_iter().zip(is_taken).filter(|(_, taken)| !taken).map(|(pose, _)| pose).collect()
    }

    fn begin(&mut self, pose: Pose, now: MediaTime) -> TrackId {
        let id = TrackId(self.next_id);
        self.next_id += 1;
        let observations = vec![(now, pose.bbox_in_frame.centre())];
        self.tracks.push(Track { id, pose, observations });
        id
    }

    fn drop_lost(&mut self, now: MediaTime) -> Vec<TrackId> {
        let looked = self.last_looked.replace(now);
        let is_lost = |t: &Track| {
            let Some((seen, _)) = t.observations.last() else { return true };
            let lasts = if looked == Some(*seen) { UNLOOKED_AFTER } else { LOST_AFTER };
            now - *seen > lasts
        };
        let lost = self.tracks.iter().filter(|t| is_lost(t)).map(|t| t.id).collect();
        self.tracks.retain(|t| !is_lost(t));
        lost
    }
}

impl Track {
    fn observe(&mut self, pose: Pose, now: MediaTime) {
        self.observations.push((now, pose.bbox_in_frame.centre()));
        if self.observations.len() > VELOCITY_SPAN {
            self.observations.remove(0);
        }
        self.pose = pose;
    }

    /// Where the box should be now, from the observed velocity, for at most a second ahead.
    fn expected_bbox(&self, now: MediaTime) -> BBox {
        let last = self.pose.bbox_in_frame;
        let (Some((t0, from)), Some((t1, to))) = (self.observations.first(), self.observations.last()) else {
            return last;
        };
        let observed_secs = (*t1 - *t0).secs_f64() as f32;
        if observed_secs <= 0.0 {
            return last;
        }
        let ahead = (((now - *t1).secs_f64() as f32).min(1.0)) / observed_secs;
        BBox { x: last.x + (to.x - from.x) * ahead, y: last.y + (to.y - from.y) * ahead, ..last }
    }
}

/// 0 to 1: half box overlap, the rest keypoint similarity and nearness; 0 beyond one body length.
fn similarity(before: &Pose, expected: BBox, now: &Pose) -> f32 {
    let body = expected.body_length().max(now.bbox_in_frame.body_length()).max(1.0);
    let distance = expected.centre().distance(now.bbox_in_frame.centre()) / body;
    if distance > 1.0 {
        return 0.0;
    }
    let shift = Point { x: expected.x - before.bbox_in_frame.x, y: expected.y - before.bbox_in_frame.y };
    let overlap = expected.iou(now.bbox_in_frame);
    let nearness = 1.0 - distance;
    match keypoint_similarity(before, shift, now) {
        Some(oks) => 0.5 * overlap + 0.25 * oks + 0.25 * nearness,
        None => 0.6 * overlap + 0.4 * nearness,
    }
}

/// Object keypoint similarity (COCO) of a pose, moved by `shift`, and another; none with fewer than four joints.
fn keypoint_similarity(before: &Pose, shift: Point, now: &Pose) -> Option<f32> {
    let area = now.bbox_in_frame.area().max(1.0);
    let mut sum = 0.0;
    let mut count = 0;
    for joint in crate::domain::Joint::ALL {
        let (Some(a), Some(b)) = (before.joint(joint, JOINT_CONFIDENCE), now.joint(joint, JOINT_CONFIDENCE))
        else {
            continue;
        };
        let moved = Point { x: a.x + shift.x, y: a.y + shift.y };
        let sigma = 2.0 * joint.oks_sigma();
        sum += (-moved.distance(b).powi(2) / (2.0 * area * sigma * sigma)).exp();
        count += 1;
    }
    (count >= 4).then(|| sum / count as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameRef, Joint, Keypoint, SourceId};

    const SIZE: Size = Size { width: 640, height: 360 };

    fn pose(x: f32, score: f32) -> Pose {
        Pose {
            bbox_in_frame: BBox { x, y: 100.0, width: 40.0, height: 120.0 },
            score,
            keypoints_in_frame: [Keypoint::default(); Joint::COUNT],
        }
    }

    fn frame(index: u64, size: Size, people: Vec<Pose>) -> PoseFrame {
        let media_time = MediaTime::from_millis(index as i64 * 200);
        PoseFrame { at: FrameRef { source: SourceId(0), index, media_time, size }, people }
    }

    fn ids(tracked: &TrackedFrame) -> Vec<u64> {
        tracked.people.iter().map(|p| p.track.0).collect()
    }

    #[test]
    fn two_people_passing_keep_their_numbers() {
        let mut tracker = Tracker::default();
        for i in 0..12 {
            let x = i as f32 * 20.0;
            let people = vec![pose(100.0 + x, 0.9), pose(400.0 - x, 0.8)];
            let tracked = tracker.push(frame(i, SIZE, people));
            let of_first = tracked.people.iter().find(|p| p.pose.score == 0.9).unwrap();
            assert_eq!(of_first.track, TrackId(0), "picture {i}");
        }
    }

    #[test]
    fn a_runner_whose_boxes_do_not_overlap_is_one_track() {
        let mut tracker = Tracker::default();
        for i in 0..8 {
            let tracked = tracker.push(frame(i, SIZE, vec![pose(10.0 + i as f32 * 60.0, 0.9)]));
            assert_eq!(ids(&tracked), [0], "picture {i}");
        }
    }

    #[test]
    fn weak_detections_continue_but_do_not_begin() {
        let mut tracker = Tracker::default();
        assert!(tracker.push(frame(0, SIZE, vec![pose(10.0, 0.22)])).people.is_empty());
        tracker.push(frame(1, SIZE, vec![pose(10.0, 0.9)]));
        assert_eq!(ids(&tracker.push(frame(2, SIZE, vec![pose(11.0, 0.22)]))), [0]);
    }

    #[test]
    fn tracks_die_when_lost_or_when_the_scene_changes() {
        let mut tracker = Tracker::default();
        tracker.push(frame(0, SIZE, vec![pose(10.0, 0.9)]));
        let unlooked = tracker.push(frame(20, SIZE, vec![pose(10.0, 0.9)]));
        assert_eq!(ids(&unlooked), [0], "no picture was looked at in between: nothing moved");
        tracker.push(frame(25, SIZE, vec![]));
        let later = tracker.push(frame(40, SIZE, vec![pose(10.0, 0.9)]));
        assert_eq!((ids(&later), later.ended), (vec![1], vec![TrackId(0)]));
        let cut = tracker.push(frame(41, Size { width: 320, height: 240 }, vec![pose(10.0, 0.9)]));
        assert_eq!((ids(&cut), cut.ended), (vec![2], vec![TrackId(1)]));
    }
}
