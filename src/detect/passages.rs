//! Who leaves the picture where, and who comes: counted, never recognised.

use std::collections::BTreeMap;

use crate::domain::{
    BBox, FrameRef, MediaTime, Passage, Point, Size, TrackId, TrackedFrame, TrackedPose, ZoneKind, Zones,
};

/// Whoever is followed for less may be a false find.
const LEAST_SECS: f64 = 1.5;
/// Whoever is there within this time from the first picture on did not come, but was there.
const BEGINNING_SECS: f64 = 3.0;
/// A box so near to an edge, in shares of the picture, is cut by it.
const EDGE_SHARE: f32 = 0.03;

/// Follows tracks to where they begin and end.
#[derive(Debug, Default)]
pub struct PassageLog {
    zones: Zones,
    began: Option<MediaTime>,
    walks: BTreeMap<TrackId, Walk>,
    left: Vec<Passage>,
    came: Vec<Passage>,
}

/// One track so far.
#[derive(Clone, Copy, Debug)]
struct Walk {
    first: (MediaTime, BBox),
    last: (MediaTime, BBox),
    has_come: bool,
    size: Size,
}

impl PassageLog {
    /// For a camera with these zones.
    pub fn new(zones: Zones) -> Self {
        Self { zones, ..Self::default() }
    }

    /// Takes the next picture.
    pub fn push(&mut self, tracked: &TrackedFrame) {
        let began = *self.began.get_or_insert(tracked.at.media_time);
        for id in &tracked.ended {
            if let Some(walk) = self.walks.remove(id) {
                self.end(&walk);
            }
        }
        for person in &tracked.people {
            self.follow(tracked.at, person, began);
        }
    }

    /// Who left and who came, each by time. Whoever is still there at the end has not left.
    pub fn finish(mut self) -> (Vec<Passage>, Vec<Passage>) {
        self.left.sort_by_key(|p| p.at);
        self.came.sort_by_key(|p| p.at);
        (self.left, self.came)
    }

    fn follow(&mut self, at: FrameRef, person: &TrackedPose, began: MediaTime) {
        let now = (at.media_time, person.pose.bbox_in_frame);
        let walk = self.walks.entry(person.track).or_insert(Walk {
            first: now,
            last: now,
            has_come: false,
            size: at.size,
        });
        walk.last = now;
        if walk.has_come || walk.secs() < LEAST_SECS {
            return;
        }
        walk.has_come = true;
        let (first, bbox, size) = (walk.first.0, walk.first.1, walk.size);
        if (first - began).secs_f64() > BEGINNING_SECS
            && let Some(exit) = self.way_out(bbox, size)
        {
            self.came.push(Passage { at: first, exit });
        }
    }

    fn end(&mut self, walk: &Walk) {
        if walk.secs() < LEAST_SECS {
            return;
        }
        if let Some(exit) = self.way_out(walk.last.1, walk.size) {
            self.left.push(Passage { at: walk.last.0, exit });
        }
    }

    /// Whether a person stands in an exit zone, by the feet, or is cut by an edge of the picture.
    fn way_out(&self, bbox: BBox, size: Size) -> Option<Option<String>> {
        let feet = Point { x: bbox.centre().x, y: bbox.bottom() - 1.0 };
        if let Some(zone) = self.zones.at(ZoneKind::Exit, feet, size) {
            return Some(Some(zone.name.clone()));
        }
        let (across, down) = (EDGE_SHARE * size.width as f32, EDGE_SHARE * size.height as f32);
        let is_cut = bbox.x <= across
            || bbox.y <= down
            || bbox.right() >= size.width as f32 - across
            || bbox.bottom() >= size.height as f32 - down;
        is_cut.then_some(None)
    }
}

impl Walk {
    fn secs(&self) -> f64 {
        (self.last.0 - self.first.0).secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Keypoint, Polygon, Pose, SourceId, Zone};

    const SIZE: Size = Size { width: 640, height: 360 };

    /// Each person: track, from and to (seconds), from and to (left edge of a box 40 wide, its feet at 250).
    fn passages(people: &[(u64, [f64; 2], [f32; 2])], zones: Zones) -> (Vec<Passage>, Vec<Passage>) {
        let mut log = PassageLog::new(zones);
        let mut gone = Vec::new();
        for tick in 0..200_u32 {
            let secs = f64::from(tick) / 5.0;
            let at = FrameRef {
                source: SourceId(0),
                index: u64::from(tick),
                media_time: MediaTime::from_secs_f64(secs),
                size: SIZE,
            };
            let is_there = |p: &&(u64, [f64; 2], [f32; 2])| (p.1[0]..=p.1[1]).contains(&secs);
            let person = |(track, [from, to], [left, right]): &(u64, [f64; 2], [f32; 2])| {
                let along = ((secs - from) / (to - from).max(0.1)) as f32;
                let bbox_in_frame =
                    BBox { x: left + along * (right - left), y: 130.0, width: 40.0, height: 120.0 };
                let nowhere = Keypoint { at: bbox_in_frame.centre(), confidence: 0.0 };
                let pose = Pose { bbox_in_frame, score: 0.9, keypoints_in_frame: [nowhere; 17] };
                TrackedPose { track: TrackId(*track), pose }
            };
            let ended = people.iter().filter(|p| p.1[1] + 2.0 < secs && !gone.contains(&p.0)).map(|p| p.0);
            let ended: Vec<u64> = ended.collect();
            gone.extend(&ended);
            let people = people.iter().filter(is_there).map(person).collect();
            log.push(&TrackedFrame { at, people, ended: ended.into_iter().map(TrackId).collect() });
        }
        log.finish()
    }

    fn door() -> Zones {
        let corners = vec![[0.7, 0.5], [0.9, 0.5], [0.9, 0.9], [0.7, 0.9]];
        Zones::new(vec![Zone {
            name: "door".to_owned(),
            kind: ZoneKind::Exit,
            polygon: Polygon::new(corners),
        }])
    }

    #[test]
    fn people_leave_and_come_by_zones_and_edges() {
        let (left, came) = passages(
            &[
                (1, [0.0, 10.0], [100.0, 470.0]), // there from the beginning, leaves by the door
                (2, [12.0, 20.0], [0.0, 300.0]),  // comes by the edge, vanishes in the middle
                (3, [14.0, 25.0], [480.0, 600.0]), // comes by the door, leaves by the edge
            ],
            door(),
        );
        let told = |passages: &[Passage]| -> Vec<(i64, Option<String>)> {
            passages.iter().map(|p| (p.at.secs_f64().round() as i64, p.exit.clone())).collect()
        };
        assert_eq!(told(&left), [(10, Some("door".to_owned())), (25, None)]);
        assert_eq!(told(&came), [(12, None), (14, Some("door".to_owned()))]);
    }

    #[test]
    fn a_short_find_and_whoever_stays_are_no_passage() {
        let (left, came) =
            passages(&[(1, [10.0, 11.0], [0.0, 5.0]), (2, [0.0, 39.8], [300.0, 600.0])], Zones::default());
        assert!(left.is_empty() && came.is_empty(), "{left:?} {came:?}");
    }
}
