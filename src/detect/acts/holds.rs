//! How long something has been so at a place: kept by place, since tracks break and people are hidden for moments.
//!
//! It counts time, not pictures: where nothing moves, pictures come every few seconds only.

use crate::domain::{BBox, MediaTime, TrackId};

/// One picture stands for at most so much time, in seconds.
const LONGEST_STEP_SECS: f64 = 12.0;
/// A place at which nobody was seen for so long is given up.
const UNSEEN_FOR_SECS: f64 = 15.0;
/// Seen in another posture for so long, or for [`PAUSE_SHARE`] of the time held: it is over.
const PAUSE_SECS: f64 = 2.5;
const PAUSE_SHARE: f64 = 0.05;
/// Of the time that speaks either way, at least this must speak for it.
const LEAST_SHARE: f64 = 0.6;
/// Somebody whose centre is within this of a place, in body lengths, is at it.
const AT_PLACE_BODY_LENGTHS: f32 = 0.45;
/// A place follows the body that is at it by this share of the way in a picture.
const FOLLOW: f32 = 0.1;

/// What one person in one picture says of a posture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    For,
    Against,
    /// Too little is seen.
    Nothing,
}

/// One person in one picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    pub track: TrackId,
    pub bbox_in_frame: BBox,
    pub says: Says,
}

/// A place at which the posture is held.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub bbox_in_frame: BBox,
    pub track: TrackId,
    pub since: MediaTime,
    /// Last seen in the posture.
    pub last_for: MediaTime,
    last_seen: MediaTime,
    for_secs: f64,
    against_secs: f64,
    pause_secs: f64,
}

impl Hold {
    fn begin(seen: &Sighting, now: MediaTime) -> Self {
        Self {
            bbox_in_frame: seen.bbox_in_frame,
            track: seen.track,
            since: now,
            last_for: now,
            last_seen: now,
            for_secs: 0.0,
            against_secs: 0.0,
            pause_secs: 0.0,
        }
    }

    /// Seconds from the first to the last picture that shows it.
    pub fn held_secs(&self) -> f64 {
        (self.last_for - self.since).secs_f64()
    }

    /// Share of the time that shows it, of the time that shows it or something else.
    pub fn share(&self) -> f32 {
        let all = self.for_secs + self.against_secs;
        if all > 0.0 { (self.for_secs / all) as f32 } else { 1.0 }
    }

    fn see(&mut self, seen: &Sighting, now: MediaTime, step_secs: f64) {
        self.last_seen = now;
        match seen.says {
            Says::For => {
                self.for_secs += step_secs;
                self.pause_secs = 0.0;
                self.last_for = now;
                self.track = seen.track;
            }
            Says::Against => {
                self.against_secs += step_secs;
                self.pause_secs += step_secs;
            }
            Says::Nothing => {}
        }
        let (a, b) = (self.bbox_in_frame, seen.bbox_in_frame);
        let towards = |from: f32, to: f32| from + FOLLOW * (to - from);
        self.bbox_in_frame = BBox {
            x: towards(a.x, b.x),
            y: towards(a.y, b.y),
            width: towards(a.width, b.width),
            height: towards(a.height, b.height),
        };
    }

    fn is_over(&self, now: MediaTime) -> bool {
        let pause_secs = PAUSE_SECS.max(PAUSE_SHARE * self.held_secs());
        (now - self.last_seen).secs_f64() > UNSEEN_FOR_SECS
            || (now - self.last_for).secs_f64() > 2.0 * UNSEEN_FOR_SECS
            || self.pause_secs > pause_secs
    }
}

/// All places at which one posture is held.
#[derive(Default)]
pub(super) struct Holds {
    places: Vec<Hold>,
    last: Option<MediaTime>,
}

impl Holds {
    /// Takes everybody seen in the next picture.
    pub fn push(&mut self, now: MediaTime, seen: &[Sighting]) {
        let step = self.last.replace(now).map_or(MediaTime::ZERO, |last| now - last);
        let step_secs = step.secs_f64().min(LONGEST_STEP_SECS);
        let mut is_placed = vec![false; seen.len()];
        for place in &mut self.places {
            let nearest = (0..seen.len())
                .filter(|i| !is_placed[*i])
                .map(|i| (distance(place.bbox_in_frame, seen[i].bbox_in_frame), i))
                .filter(|(distance, _)| *distance <= AT_PLACE_BODY_LENGTHS)
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, i)) = nearest {
                is_placed[i] = true;
                place.see(&seen[i], now, step_secs);
            } else if let Some(gone) = seen.iter().find(|s| s.track == place.track) {
                // The same person, elsewhere: walked off.
                let elsewhere = Sighting { says: Says::Against, ..*gone };
                place.see(&Sighting { bbox_in_frame: place.bbox_in_frame, ..elsewhere }, now, step_secs);
            }
        }
        self.places.retain(|p| !p.is_over(now));
        let begun = seen.iter().zip(is_placed).filter(|(s, placed)| !placed && s.says == Says::For);
        self.places.extend(begun.map(|(s, _)| Hold::begin(s, now)));
    }

    /// Places at which it was held for so long, and is.
    pub fn held_for(&self, secs: f64) -> impl Iterator<Item = &Hold> {
        self.places.iter().filter(move |p| p.held_secs() >= secs && f64::from(p.share()) >= LEAST_SHARE)
    }
}

/// Between two centres, in lengths of the longer body.
fn distance(a: BBox, b: BBox) -> f32 {
    a.centre().distance(b.centre()) / a.body_length().max(b.body_length()).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(track: u64, x: f32, says: Says) -> Sighting {
        Sighting {
            track: TrackId(track),
            bbox_in_frame: BBox { x, y: 50.0, width: 40.0, height: 100.0 },
            says,
        }
    }

    /// Plays sightings of one person at a step of so many milliseconds; seconds held at the end, longest first.
    fn held_secs(step_millis: i64, script: &[(Option<Sighting>, usize)]) -> Vec<f64> {
        let mut holds = Holds::default();
        let pictures = script.iter().flat_map(|(seen, n)| std::iter::repeat_n(*seen, *n));
        for (i, seen) in pictures.enumerate() {
            holds.push(MediaTime::from_millis(i as i64 * step_millis), &seen.into_iter().collect::<Vec<_>>());
        }
        holds.held_for(0.0).map(Hold::held_secs).collect()
    }

    #[test]
    fn time_is_counted_whether_pictures_are_many_or_few() {
        let seen = Some(sighting(0, 10.0, Says::For));
        assert_eq!(held_secs(200, &[(seen, 301)]), [60.0]);
        assert_eq!(held_secs(3000, &[(seen, 21)]), [60.0]);
    }

    #[test]
    fn another_track_number_a_moment_unseen_or_unclear_does_not_end_it() {
        let script = [
            (Some(sighting(0, 10.0, Says::For)), 50),
            (None, 40),
            (Some(sighting(7, 14.0, Says::Nothing)), 30),
            (Some(sighting(7, 14.0, Says::Against)), 8),
            (Some(sighting(8, 12.0, Says::For)), 50),
        ];
        assert_eq!(held_secs(200, &script), [35.4]);
    }

    #[test]
    fn another_posture_or_another_place_ends_it() {
        let held = (Some(sighting(0, 10.0, Says::For)), 100);
        assert!(held_secs(200, &[held, (Some(sighting(0, 10.0, Says::Against)), 20)]).is_empty());
        assert!(held_secs(200, &[held, (Some(sighting(0, 200.0, Says::Nothing)), 20)]).is_empty());
        assert!(held_secs(200, &[held, (None, 80)]).is_empty());
    }

    #[test]
    fn a_posture_seen_half_of_the_time_is_not_held() {
        let flicker: Vec<_> = (0..100)
            .map(|i| (Some(sighting(0, 10.0, if i % 2 == 0 { Says::For } else { Says::Against })), 1))
            .collect();
        assert!(held_secs(200, &flicker).is_empty());
    }
}
