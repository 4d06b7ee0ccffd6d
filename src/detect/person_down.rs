//! Somebody who lies and does not move.
//!
//! Kept by place rather than by track: a lying body is often lost and found again by the detector, and a track number
//! is soon a new one.

use std::collections::BTreeMap;

use super::body::{LYING_ASPECT, Stance, stance};
use super::faint::{Faint, FaintFinds};
use crate::config::PersonDownRule;
use crate::domain::{
    BBox, FrameRef, IncidentKind, MediaTime, Reason, ReasonCode, Severity, Signal, Span, TrackId,
    TrackedFrame, TrackedPose, ZoneKind, Zones,
};

/// A lying body may be missed by the detector for so long.
const UNSEEN_FOR: MediaTime = MediaTime::from_millis(6_000);
/// Being upright within this before lying is a fall.
const FALL_WITHIN: MediaTime = MediaTime::from_millis(5_000);
/// All boxes of a body together reach no further than this beyond the longest (in body lengths), or it has moved: of a
/// lying body the detector finds now the whole and now a part, and a part's middle is not the body's.
const STILL_BODY_LENGTHS: f32 = 0.35;
/// Whoever passes for upright, but with so much of their box where somebody lies, may be a part of that body,
const PART_OF_BODY: f32 = 0.7;
/// unless they rise above it by more than this share of their own height: who sits up does.
const RISES_SHARE: f32 = 0.1;
/// Two lying boxes that overlap so much are the same body.
const SAME_PLACE_IOU: f32 = 0.25;
/// Somebody unclear within a place known to be lain in is the same body, not yet up.
const STILL_THERE_IOU: f32 = 0.5;
/// Seen from above, a lying body's box is square: it counts as lying where the same person stood so much higher before.
const COLLAPSED_SHARE: f32 = 0.78;
const COLLAPSED_ASPECT: f32 = 0.8;
/// Of the analysed pictures at a place, at least so many must show it lying.
const LEAST_SEEN_SHARE: f32 = 0.4;

/// Whoever vanished is not looked for further from where they stood, in their own heights,
const NEAR_HEIGHTS: f32 = 1.0;
/// nor among things shorter or longer than a body that lies.
const LYING_HEIGHTS: std::ops::RangeInclusive<f32> = 0.3..=1.8;
/// What was faintly found for longer than this before somebody vanished is a thing.
const NEWS_WITHIN: MediaTime = MediaTime::from_millis(1_000);

/// Where somebody lies.
struct Place {
    /// The box that began it.
    bbox_in_frame: BBox,
    /// Around all its boxes.
    extent_in_frame: BBox,
    /// Of its boxes, the greatest width and height, frame pixels.
    longest: (f32, f32),
    since: MediaTime,
    last_seen: MediaTime,
    /// How high they stood just before, frame pixels; none where nobody was seen standing.
    stood_in_frame: Option<f32>,
    /// Found only by boxes that the model hardly takes for a person.
    is_faint: bool,
    pictures: u32,
    pictures_lying: u32,
    track: TrackId,
}

/// When a track stood last, and when it stood highest of late: while somebody falls, their box passes for that of somebody
/// upright and smaller.
#[derive(Clone, Copy)]
struct Upright {
    at: MediaTime,
    bbox_in_frame: BBox,
    highest_at: MediaTime,
    height_in_frame: f32,
}

/// Watches one source for people down.
pub struct PersonDownDetector {
    rule: PersonDownRule,
    zones: Zones,
    places: Vec<Place>,
    last_upright: BTreeMap<TrackId, Upright>,
    recent_violence: Vec<(MediaTime, BBox)>,
    faint: FaintFinds,
}

impl PersonDownDetector {
    /// With nobody seen yet.
    pub fn new(rule: PersonDownRule) -> Self {
        Self {
            rule,
            zones: Zones::default(),
            places: Vec::new(),
            last_upright: BTreeMap::new(),
            recent_violence: Vec::new(),
            faint: FaintFinds::default(),
        }
    }

    /// For a camera with these zones: who lies where people sleep is flagged only after possible violence.
    pub fn with_zones(self, zones: Zones) -> Self {
        Self { zones, ..self }
    }

    /// Notes that violence may have happened here, which makes a person down more urgent.
    pub fn note_violence(&mut self, at: MediaTime, region_in_frame: BBox) {
        let horizon = MediaTime::from_secs_f64(self.rule.after_violence_secs);
        self.recent_violence.retain(|(then, _)| at - *then <= horizon);
        self.recent_violence.push((at, region_in_frame));
    }

    /// Whether somebody lies somewhere, for however short.
    pub fn is_watching(&self) -> bool {
        !self.places.is_empty()
    }

    /// Takes the next picture and the boxes that the model hardly took for people; a signal for each place where somebody
    /// has been lying still for long enough.
    pub fn push(&mut self, frame: &TrackedFrame, faint_in_frame: &[BBox]) -> Vec<Signal> {
        let now = frame.at.media_time;
        for place in &mut self.places {
            place.pictures += 1;
        }
        for person in &frame.people {
            match stance(&person.pose) {
                Stance::Upright if self.is_part_of_body(person) => {}
                Stance::Upright => self.see_upright(person, now),
                Stance::Lying => self.see_lying(person.track, person.pose.bbox_in_frame, now, false),
                Stance::Unclear if self.has_collapsed(person) || self.lies_there(person) => {
                    self.see_lying(person.track, person.pose.bbox_in_frame, now, false);
                }
                Stance::Unclear => {}
            }
        }
        for faint in self.faint.push(now, faint_in_frame) {
            self.see_faint(faint, frame);
        }
        self.places.retain(|p| now - p.last_seen <= UNSEEN_FOR);
        self.last_upright.retain(|_, seen| now - seen.at <= FALL_WITHIN + UNSEEN_FOR);
        self.places.iter().filter_map(|place| self.signal(place, frame.at)).collect()
    }

    fn has_collapsed(&self, person: &TrackedPose) -> bool {
        let upright = self.last_upright.get(&person.track);
        upright.is_some_and(|upright| upright.has_become(person.pose.bbox_in_frame))
    }

    /// A faint find is somebody lying where it keeps a place known to be lain in, or appeared where somebody who stood
    /// vanished.
    fn see_faint(&mut self, faint: Faint, frame: &TrackedFrame) {
        let now = frame.at.media_time;
        let bbox = faint.bbox_in_frame;
        let is_new_there = |place: &&mut Place| {
            place.bbox_in_frame.iou(bbox) >= SAME_PLACE_IOU && faint.since + NEWS_WITHIN >= place.since
        };
        if let Some(place) = self.places.iter_mut().find(is_new_there) {
            if place.last_seen < now {
                place.last_seen = now;
                place.pictures_lying += 1;
            }
            return;
        }
        let is_seen = |track: &TrackId| frame.people.iter().any(|p| p.track == *track);
        let vanished = self.last_upright.iter().find(|(track, upright)| {
            !is_seen(track) && now - upright.at <= FALL_WITHIN && upright.may_lie_as(faint)
        });
        if let Some((&track, _)) = vanished {
            self.see_lying(track, bbox, now, true);
        }
    }

    fn is_part_of_body(&self, person: &TrackedPose) -> bool {
        self.places.iter().any(|place| place.has_as_part(person.pose.bbox_in_frame))
    }

    fn lies_there(&self, person: &TrackedPose) -> bool {
        self.places.iter().any(|p| p.bbox_in_frame.iou(person.pose.bbox_in_frame) >= STILL_THERE_IOU)
    }

    fn see_lying(&mut self, track: TrackId, bbox: BBox, now: MediaTime, is_faint: bool) {
        let known = self.places.iter_mut().find(|p| p.bbox_in_frame.iou(bbox) >= SAME_PLACE_IOU);
        if let Some(place) = known {
            if place.takes_in(bbox) {
                place.is_faint &= is_faint;
            } else {
                (place.since, place.pictures, place.pictures_lying) = (now, 0, 0);
                (place.bbox_in_frame, place.extent_in_frame) = (bbox, bbox);
                (place.longest, place.is_faint) = ((bbox.width, bbox.height), is_faint);
            }
            place.last_seen = now;
            place.track = track;
            place.pictures_lying += 1;
            return;
        }
        let stood = self.last_upright.get(&track).filter(|seen| now - seen.at <= FALL_WITHIN);
        let stood_in_frame = stood.map(|seen| seen.height_in_frame);
        self.places.push(Place {
            bbox_in_frame: bbox,
            extent_in_frame: bbox,
            longest: (bbox.width, bbox.height),
            since: now,
            last_seen: now,
            stood_in_frame,
            is_faint,
            pictures: 1,
            pictures_lying: 1,
            track,
        });
    }

    /// Standing up clears the place one stood up from.
    fn see_upright(&mut self, person: &TrackedPose, now: MediaTime) {
        let bbox_in_frame = person.pose.bbox_in_frame;
        let height_in_frame = bbox_in_frame.height;
        let fresh = Upright { at: now, bbox_in_frame, highest_at: now, height_in_frame };
        let upright = self.last_upright.entry(person.track).or_insert(fresh);
        (upright.at, upright.bbox_in_frame) = (now, bbox_in_frame);
        if height_in_frame >= upright.height_in_frame || now - upright.highest_at > FALL_WITHIN {
            *upright = fresh;
        }
        self.places.retain(|p| p.track != person.track);
    }

    fn signal(&self, place: &Place, at: FrameRef) -> Option<Signal> {
        let still_secs = (place.last_seen - place.since).secs_f64();
        let seen_share = place.pictures_lying as f32 / place.pictures.max(1) as f32;
        if seen_share < LEAST_SEEN_SHARE {
            return None;
        }
        let after_violence_secs = self.after_violence_secs(place);
        if after_violence_secs.is_none() && self.is_in_bed(place, at) {
            return None;
        }
        let is_suspicious = place.stood_in_frame.is_some() || after_violence_secs.is_some();
        let needed_secs = if is_suspicious { self.rule.still_after_fall_secs } else { self.rule.still_secs };
        if still_secs < needed_secs {
            return None;
        }
        let is_urgent = still_secs >= self.rule.urgent_secs || after_violence_secs.is_some();
        let mut reasons = vec![Reason::measured(ReasonCode::LyingStill, still_secs as f32)];
        if place.stood_in_frame.is_some() {
            reasons.push(Reason::fact(ReasonCode::Fell));
        }
        if place.is_faint {
            reasons.push(Reason::fact(ReasonCode::FoundFaintly));
        }
        if let Some(secs) = after_violence_secs {
            reasons.push(Reason::measured(ReasonCode::AfterViolence, secs));
        }
        Some(Signal {
            kind: IncidentKind::PersonDown,
            at,
            span: Span { start: place.since, end: place.last_seen },
            region_in_frame: place.bbox_in_frame.clipped(at.size),
            tracks: vec![place.track],
            strength: seen_share.min(1.0),
            evidence_rate: 1.0,
            severity: if is_urgent { Severity::Urgent } else { Severity::Alert },
            reasons,
        })
    }

    fn is_in_bed(&self, place: &Place, at: FrameRef) -> bool {
        self.zones.contains(ZoneKind::Bed, place.bbox_in_frame.centre(), at.size)
    }

    /// Seconds from the last possible violence at this place to the lying down.
    fn after_violence_secs(&self, place: &Place) -> Option<f32> {
        let horizon = self.rule.after_violence_secs;
        self.recent_violence
            .iter()
            .filter(|(_, region)| region.intersection_area(place.bbox_in_frame) > 0.0)
            .map(|(then, _)| (place.since - *then).secs_f64().max(0.0))
            .filter(|secs| *secs <= horizon)
            .min_by(f64::total_cmp)
            .map(|secs| secs as f32)
    }
}

impl Upright {
    /// Whether somebody who stood like this may be the body with this box: lower, and about as wide as high.
    fn has_become(&self, bbox: BBox) -> bool {
        bbox.height <= COLLAPSED_SHARE * self.height_in_frame && bbox.width >= COLLAPSED_ASPECT * bbox.height
    }

    /// Whether a faint find may be the one who stood here last, now lying.
    fn may_lie_as(&self, faint: Faint) -> bool {
        let bbox = faint.bbox_in_frame;
        let lies = bbox.width >= LYING_ASPECT * bbox.height || self.has_become(bbox);
        let away_heights =
            bbox.centre().distance(self.bbox_in_frame.centre()) / self.height_in_frame.max(1.0);
        let long_heights = bbox.body_length() / self.height_in_frame.max(1.0);
        lies && faint.since + NEWS_WITHIN >= self.at
            && away_heights <= NEAR_HEIGHTS
            && LYING_HEIGHTS.contains(&long_heights)
    }
}

impl Place {
    /// Takes one more box for the same body; false where it has moved.
    fn takes_in(&mut self, bbox: BBox) -> bool {
        let extent = self.extent_in_frame.union(bbox);
        let longest = (self.longest.0.max(bbox.width), self.longest.1.max(bbox.height));
        let leeway = STILL_BODY_LENGTHS * longest.0.max(longest.1);
        let is_still = extent.width - longest.0 <= leeway && extent.height - longest.1 <= leeway;
        if is_still {
            (self.extent_in_frame, self.longest) = (extent, longest);
        }
        is_still
    }

    /// Whether a box that passes for somebody upright is a part of the one who fell here: low, within it, not above it.
    fn has_as_part(&self, bbox: BBox) -> bool {
        let is_low = self.stood_in_frame.is_some_and(|stood| bbox.height <= COLLAPSED_SHARE * stood);
        let rises = self.extent_in_frame.y - bbox.y > RISES_SHARE * bbox.height;
        is_low && !rises && self.extent_in_frame.intersection_area(bbox) >= PART_OF_BODY * bbox.area()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Joint, Keypoint, Pose, Size, SourceId};

    const STANDING: BBox = BBox { x: 100.0, y: 100.0, width: 40.0, height: 120.0 };
    const LYING: BBox = BBox { x: 80.0, y: 190.0, width: 130.0, height: 45.0 };

    fn play(script: &[(Option<BBox>, usize)], violence: bool) -> Vec<Signal> {
        play_in(Zones::default(), script, violence)
    }

    fn play_in(zones: Zones, script: &[(Option<BBox>, usize)], violence: bool) -> Vec<Signal> {
        let seen: Vec<_> = script.iter().map(|(bbox, n)| (*bbox, vec![], *n)).collect();
        play_with_faint(zones, &seen, violence)
    }

    /// Who is seen, what is found faintly, in how many pictures.
    fn play_with_faint(
        zones: Zones,
        script: &[(Option<BBox>, Vec<BBox>, usize)],
        violence: bool,
    ) -> Vec<Signal> {
        let mut detector = PersonDownDetector::new(PersonDownRule::default()).with_zones(zones);
        let mut signals = Vec::new();
        let pictures = script.iter().flat_map(|(bbox, faint, n)| std::iter::repeat_n((*bbox, faint), *n));
        for (i, (bbox, faint)) in pictures.enumerate() {
            let at = FrameRef {
                source: SourceId(0),
                index: i as u64,
                media_time: MediaTime::from_millis(i as i64 * 200),
                size: Size { width: 640, height: 360 },
            };
            if violence && i == 2 {
                detector.note_violence(at.media_time, STANDING.enlarged(0.5));
            }
            let people = bbox.map(|bbox_in_frame| TrackedPose {
                track: TrackId(0),
                pose: Pose {
                    bbox_in_frame,
                    score: 0.9,
                    keypoints_in_frame: [Keypoint::default(); Joint::COUNT],
                },
            });
            signals = detector
                .push(&TrackedFrame { at, people: people.into_iter().collect(), ended: vec![] }, faint);
        }
        signals
    }

    fn codes(signals: &[Signal]) -> Vec<ReasonCode> {
        signals.iter().flat_map(|s| s.reasons.iter().map(|r| r.code)).collect()
    }

    #[test]
    fn a_fall_and_lying_still_is_flagged_soon() {
        let signals = play(&[(Some(STANDING), 10), (Some(LYING), 45)], false);
        assert_eq!(codes(&signals), [ReasonCode::LyingStill, ReasonCode::Fell]);
    }

    #[test]
    fn a_body_seen_from_above_lies_where_it_stood_higher_before() {
        let curled = BBox { x: 95.0, y: 150.0, width: 82.0, height: 84.0 };
        let signals = play(&[(Some(STANDING), 10), (Some(curled), 45)], false);
        assert_eq!(codes(&signals), [ReasonCode::LyingStill, ReasonCode::Fell]);
        assert!(play(&[(Some(curled), 400)], false).is_empty(), "a square box alone says nothing");
    }

    #[test]
    fn whoever_falls_is_measured_against_how_they_stood_and_not_against_the_fall() {
        let sinking = (0..8_u8)
            .map(|i| f32::from(i) * 8.0)
            .map(|lost| (Some(BBox { y: STANDING.y + lost, height: STANDING.height - lost, ..STANDING }), 1));
        let left = STANDING.height - 7.0 * 8.0;
        let square = BBox { y: STANDING.bottom() - left, width: 0.95 * left, height: left, ..STANDING };
        let fall: Vec<_> =
            std::iter::once((Some(STANDING), 10)).chain(sinking).chain([(Some(square), 45)]).collect();
        assert_eq!(codes(&play(&fall, false)), [ReasonCode::LyingStill, ReasonCode::Fell]);
    }

    #[test]
    fn a_detector_that_finds_now_the_whole_and_now_a_part_sees_somebody_still() {
        let part = BBox { x: 80.0, width: 60.0, ..LYING };
        let mut script = vec![(Some(STANDING), 10)];
        script.extend((0..23).flat_map(|_| [(Some(LYING), 1), (Some(part), 1)]));
        assert_eq!(codes(&play(&script, false)), [ReasonCode::LyingStill, ReasonCode::Fell]);
        let passes_for_upright = BBox { x: 90.0, y: 192.0, width: 28.0, height: 42.0 };
        let mut script = vec![(Some(STANDING), 10)];
        script.extend((0..23).flat_map(|_| [(Some(LYING), 1), (Some(passes_for_upright), 1)]));
        assert_eq!(
            codes(&play(&script, false)),
            [ReasonCode::LyingStill, ReasonCode::Fell],
            "a part of the body"
        );
        let crawling = (0..46_u8).map(|i| (Some(BBox { x: 80.0 + 8.0 * f32::from(i), ..LYING }), 1));
        let script: Vec<_> = std::iter::once((Some(STANDING), 10)).chain(crawling).collect();
        assert!(play(&script, false).is_empty(), "whoever crawls is not still");
    }

    #[test]
    fn whoever_vanishes_is_found_faintly_where_they_stood() {
        let play = |script: &[_]| play_with_faint(Zones::default(), script, false);
        let fall = [(Some(STANDING), vec![], 10), (None, vec![], 3), (None, vec![LYING], 45)];
        assert_eq!(codes(&play(&fall)), [ReasonCode::LyingStill, ReasonCode::Fell, ReasonCode::FoundFaintly]);
        let blinking: Vec<_> = std::iter::once((Some(STANDING), vec![], 10))
            .chain((0..23).map(|i| (None, if i % 2 == 0 { vec![LYING] } else { vec![] }, 2)))
            .collect();
        assert_eq!(codes(&play(&blinking)).len(), 3, "now and then is enough");
        let bench = [(Some(STANDING), vec![LYING], 10), (None, vec![LYING], 60)];
        assert!(play(&bench).is_empty(), "what was there before is a thing");
        let nobody_stood = [(None, vec![], 10), (None, vec![LYING], 60)];
        assert!(play(&nobody_stood).is_empty());
        let far = BBox { x: LYING.x + 200.0, ..LYING };
        assert!(play(&[(Some(STANDING), vec![], 10), (None, vec![far], 60)]).is_empty());
        let still_standing = [(Some(STANDING), vec![], 10), (Some(STANDING), vec![LYING], 60)];
        assert!(play(&still_standing).is_empty(), "nobody vanished");
    }

    #[test]
    fn lying_without_a_fall_needs_a_minute() {
        assert!(play(&[(Some(LYING), 200)], false).is_empty());
        assert_eq!(codes(&play(&[(Some(LYING), 305)], false)), [ReasonCode::LyingStill]);
    }

    #[test]
    fn after_violence_is_said_and_a_detector_that_blinks_is_forgiven() {
        let blinking = [(Some(STANDING), 5), (Some(LYING), 20), (None, 20), (Some(LYING), 20)];
        assert_eq!(
            codes(&play(&blinking, true)),
            [ReasonCode::LyingStill, ReasonCode::Fell, ReasonCode::AfterViolence]
        );
    }

    #[test]
    fn after_violence_or_for_long_it_is_urgent() {
        let severities = |script: &[(Option<BBox>, usize)], violence: bool| {
            play(script, violence).iter().map(|s| s.severity).collect::<Vec<_>>()
        };
        let fall = [(Some(STANDING), 10), (Some(LYING), 45)];
        assert_eq!(severities(&fall, true), [Severity::Urgent]);
        assert_eq!(severities(&fall, false), [Severity::Alert]);
        assert_eq!(severities(&[(Some(LYING), 1505)], false), [Severity::Urgent]);
    }

    #[test]
    fn who_lies_in_a_bed_zone_is_flagged_only_after_violence() {
        let bed = |right: f32| {
            let corners = vec![[0.0, 0.0], [right, 0.0], [right, 1.0], [0.0, 1.0]];
            let polygon = crate::domain::Polygon::new(corners);
            Zones::new(vec![crate::domain::Zone { name: "bunk".into(), kind: ZoneKind::Bed, polygon }])
        };
        let fall = [(Some(STANDING), 10), (Some(LYING), 45)];
        assert!(play_in(bed(0.5), &fall, false).is_empty());
        assert!(play_in(bed(0.5), &[(Some(LYING), 1600)], false).is_empty());
        assert_eq!(play_in(bed(0.5), &fall, true).len(), 1);
        assert_eq!(play_in(bed(0.1), &fall, false).len(), 1, "beside the bed");
    }

    #[test]
    fn standing_up_again_clears_it() {
        assert!(play(&[(Some(STANDING), 5), (Some(LYING), 45), (Some(STANDING), 3)], false).is_empty());
    }
}
