//! Boxes that the model hardly takes for people, and which of them are new: a chair is believed a little in every picture,
//! somebody who fell only since then. Nobody is compared by looks.

use crate::domain::{BBox, MediaTime};

/// Boxes that overlap so much are one and the same thing.
const SAME_THING_IOU: f32 = 0.4;
/// What has not been believed for so long is forgotten.
const KEPT_FOR: MediaTime = MediaTime::from_millis(60_000);

struct Known {
    bbox_in_frame: BBox,
    since: MediaTime,
    last_seen: MediaTime,
}

/// A faint find and since when something has been found at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Faint {
    pub bbox_in_frame: BBox,
    pub since: MediaTime,
}

/// The faint finds of one source.
#[derive(Default)]
pub(super) struct FaintFinds {
    known: Vec<Known>,
}

impl FaintFinds {
    /// Takes the faint finds of the next picture; each with its age.
    pub fn push(&mut self, now: MediaTime, faint_in_frame: &[BBox]) -> Vec<Faint> {
        self.known.retain(|k| now - k.last_seen <= KEPT_FOR);
        faint_in_frame
            .iter()
            .map(|bbox| Faint { bbox_in_frame: *bbox, since: self.note(now, *bbox) })
            .collect()
    }

    /// Since when something has been found there.
    fn note(&mut self, now: MediaTime, bbox_in_frame: BBox) -> MediaTime {
        let same = |k: &&mut Known| k.bbox_in_frame.iou(bbox_in_frame) >= SAME_THING_IOU;
        match self.known.iter_mut().find(same) {
            Some(known) => {
                (known.bbox_in_frame, known.last_seen) = (bbox_in_frame, now);
                known.since
            }
            None => {
                self.known.push(Known { bbox_in_frame, since: now, last_seen: now });
                now
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_is_told_from_what_is_new() {
        let chair = BBox { x: 10.0, y: 10.0, width: 40.0, height: 50.0 };
        let nudged = BBox { x: 12.0, ..chair };
        let body = BBox { x: 200.0, y: 100.0, width: 120.0, height: 40.0 };
        let at = MediaTime::from_millis;
        let mut finds = FaintFinds::default();
        finds.push(at(0), &[chair]);
        let found = finds.push(at(5_000), &[nudged, body]);
        assert_eq!(found.iter().map(|f| f.since).collect::<Vec<_>>(), [at(0), at(5_000)]);
        let much_later = finds.push(at(70_000), &[chair]);
        assert_eq!(much_later[0].since, at(70_000), "forgotten after a minute");
    }
}
