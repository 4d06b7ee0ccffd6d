//! Who interacts with whom: people near enough to touch, and the part of the picture they fill.

use std::collections::BTreeMap;

use crate::domain::{BBox, TrackId, TrackedFrame};

/// People who come within reach of each other during a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Who, by track number.
    pub tracks: Vec<TrackId>,
    /// All their boxes during the window, enlarged a little.
    pub region_in_frame: BBox,
    /// Smallest distance between two of them, in body heights.
    pub nearest_body_heights: f32,
    /// Most of them seen in one picture.
    pub people: u32,
}

/// Margin around the people, so that a swung arm stays inside. As in training.
const REGION_MARGIN: f32 = 0.15;

/// Groups of two or more during a window, the largest region first.
pub fn find_groups(window: &[&TrackedFrame], reach_body_heights: f32) -> Vec<Group> {
    let mut leader: BTreeMap<TrackId, TrackId> = BTreeMap::new();
    let mut nearest: Vec<(TrackId, TrackId, f32)> = Vec::new();
    for frame in window {
        for person in &frame.people {
            leader.entry(person.track).or_insert(person.track);
        }
        for (i, a) in frame.people.iter().enumerate() {
            for b in &frame.people[i + 1..] {
                let (box_a, box_b) = (a.pose.bbox_in_frame, b.pose.bbox_in_frame);
                let body = (box_a.body_length() + box_b.body_length()) / 2.0;
                let distance = box_a.gap(box_b) / body.max(1.0);
                if distance < reach_body_heights {
                    join(&mut leader, a.track, b.track);
                    nearest.push((a.track, b.track, distance));
                }
            }
        }
    }
    let mut groups: BTreeMap<TrackId, Vec<TrackId>> = BTreeMap::new();
    for track in leader.keys().copied().collect::<Vec<_>>() {
        groups.entry(find(&mut leader, track)).or_default().push(track);
    }
    let mut groups: Vec<Group> = groups
        .into_values()
        .filter(|g| g.len() > 1)
        .map(|tracks| describe(window, tracks, &nearest))
        .collect();
    groups.sort_by(|a, b| {
        b.region_in_frame.area().total_cmp(&a.region_in_frame.area()).then(a.tracks.cmp(&b.tracks))
    });
    groups
}

fn describe(window: &[&TrackedFrame], tracks: Vec<TrackId>, nearest: &[(TrackId, TrackId, f32)]) -> Group {
    let of_group = |frame: &TrackedFrame| -> Vec<BBox> {
        frame.people.iter().filter(|p| tracks.contains(&p.track)).map(|p| p.pose.bbox_in_frame).collect()
    };
    let boxes = window.iter().flat_map(|frame| of_group(frame));
    let region = boxes.reduce(BBox::union).unwrap_or_default();
    let people = window.iter().map(|frame| of_group(frame).len() as u32).max().unwrap_or(0);
    let nearest_body_heights =
        nearest.iter().filter(|(a, _, _)| tracks.contains(a)).map(|n| n.2).fold(f32::INFINITY, f32::min);
    Group { region_in_frame: region.enlarged(REGION_MARGIN), people, nearest_body_heights, tracks }
}

fn find(leader: &mut BTreeMap<TrackId, TrackId>, track: TrackId) -> TrackId {
    let mut root = track;
    while leader[&root] != root {
        root = leader[&root];
    }
    leader.insert(track, root);
    root
}

fn join(leader: &mut BTreeMap<TrackId, TrackId>, a: TrackId, b: TrackId) {
    let (a, b) = (find(leader, a), find(leader, b));
    leader.insert(a.max(b), a.min(b));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameRef, Joint, Keypoint, MediaTime, Pose, Size, SourceId, TrackedPose};

    fn frame(boxes: &[(u64, f32)]) -> TrackedFrame {
        let at = FrameRef {
            source: SourceId(0),
            index: 0,
            media_time: MediaTime::ZERO,
            size: Size { width: 640, height: 360 },
        };
        let people = boxes
            .iter()
            .map(|(track, x)| TrackedPose {
                track: TrackId(*track),
                pose: Pose {
                    bbox_in_frame: BBox { x: *x, y: 0.0, width: 40.0, height: 100.0 },
                    score: 0.9,
                    keypoints_in_frame: [Keypoint::default(); Joint::COUNT],
                },
            })
            .collect();
        TrackedFrame { at, people, ended: vec![] }
    }

    #[test]
    fn people_within_reach_at_any_time_are_one_group() {
        let frames = [frame(&[(0, 0.0), (1, 90.0), (2, 500.0)]), frame(&[(0, 0.0), (1, 300.0), (2, 500.0)])];
        let groups = find_groups(&frames.iter().collect::<Vec<_>>(), 0.8);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].tracks, [TrackId(0), TrackId(1)]);
        assert!((groups[0].nearest_body_heights - 0.5).abs() < 1e-6);
        assert_eq!(groups[0].people, 2);
    }

    #[test]
    fn chains_join_and_strangers_do_not() {
        let frames = [frame(&[(0, 0.0), (1, 100.0), (2, 200.0), (3, 590.0)])];
        let groups = find_groups(&frames.iter().collect::<Vec<_>>(), 0.8);
        assert_eq!(groups[0].tracks, [TrackId(0), TrackId(1), TrackId(2)]);
        assert_eq!(groups.len(), 1);
    }
}
