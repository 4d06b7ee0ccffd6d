//! Who interacts with whom: people near enough to touch, and the part of the picture they fill.

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
///
/// As in training: in each picture, people within reach of one another belong together, chains included; groups of
/// different pictures belong together where their boxes overlap. Tracks only say who is in a group: a lost track does
/// not change the region that the model sees.
pub fn find_groups(window: &[&TrackedFrame], reach_body_heights: f32) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for found in window.iter().flat_map(|frame| groups_in(frame, reach_body_heights)) {
        merge_into(&mut groups, found);
    }
    for group in &mut groups {
        group.region_in_frame = group.region_in_frame.enlarged(REGION_MARGIN);
        group.tracks.sort();
        group.tracks.dedup();
    }
    groups.sort_by(|a, b| {
        b.region_in_frame.area().total_cmp(&a.region_in_frame.area()).then(a.tracks.cmp(&b.tracks))
    });
    groups
}

/// Groups of one picture, their regions not yet enlarged.
fn groups_in(frame: &TrackedFrame, reach_body_heights: f32) -> Vec<Group> {
    let people: Vec<(TrackId, BBox)> = frame.people.iter().map(|p| (p.track, p.pose.bbox_in_frame)).collect();
    let mut label: Vec<usize> = (0..people.len()).collect();
    let mut nearest = vec![f32::INFINITY; people.len()];
    for (i, (_, a)) in people.iter().enumerate() {
        for (j, (_, b)) in people.iter().enumerate().skip(i + 1) {
            let body = (a.body_length() + b.body_length()) / 2.0;
            let distance = a.gap(*b) / body.max(1.0);
            if distance < reach_body_heights {
                let (kept, joined) = (label[i], label[j]);
                label.iter_mut().filter(|l| **l == joined).for_each(|l| *l = kept);
                nearest[i] = nearest[i].min(distance);
            }
        }
    }
    let group = |name: usize| {
        let inside: Vec<usize> = (0..people.len()).filter(|i| label[*i] == name).collect();
        let region = inside.iter().map(|i| people[*i].1).reduce(BBox::union)?;
        (inside.len() > 1).then(|| Group {
            tracks: inside.iter().map(|i| people[*i].0).collect(),
            region_in_frame: region,
            nearest_body_heights: inside.iter().map(|i| nearest[*i]).fold(f32::INFINITY, f32::min),
            people: inside.len() as u32,
        })
    };
    (0..people.len()).filter_map(group).collect()
}

/// Adds a group, united with all that it overlaps.
fn merge_into(groups: &mut Vec<Group>, mut found: Group) {
    while let Some(place) = groups.iter().position(|g| overlaps(g.region_in_frame, found.region_in_frame)) {
        let other = groups.remove(place);
        found.tracks.extend(other.tracks);
        found.region_in_frame = found.region_in_frame.union(other.region_in_frame);
        found.nearest_body_heights = found.nearest_body_heights.min(other.nearest_body_heights);
        found.people = found.people.max(other.people);
    }
    groups.push(found);
}

fn overlaps(a: BBox, b: BBox) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
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
    fn a_group_that_walks_on_is_one_even_when_its_tracks_are_lost() {
        let frames = [frame(&[(0, 0.0), (1, 50.0)]), frame(&[(2, 40.0), (3, 80.0)]), frame(&[(4, 400.0)])];
        let groups = find_groups(&frames.iter().collect::<Vec<_>>(), 0.8);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].tracks, [0, 1, 2, 3].map(TrackId));
        assert_eq!(groups[0].people, 2, "at once");
        let whole = BBox { x: 0.0, y: 0.0, width: 120.0, height: 100.0 };
        assert_eq!(groups[0].region_in_frame, whole.enlarged(REGION_MARGIN));
    }

    #[test]
    fn chains_join_and_strangers_do_not() {
        let frames = [frame(&[(0, 0.0), (1, 100.0), (2, 200.0), (3, 590.0)])];
        let groups = find_groups(&frames.iter().collect::<Vec<_>>(), 0.8);
        assert_eq!(groups[0].tracks, [TrackId(0), TrackId(1), TrackId(2)]);
        assert_eq!(groups.len(), 1);
    }
}
