//! Where people are in every picture of a stretch, also between the looks at it and through short gaps.

use crate::domain::{MediaTime, Pose};

/// Whoever is lost is covered for so long where they were, and so long before they are found where they will be.
const HELD: MediaTime = MediaTime::from_millis(1_000);
/// Boxes that overlap more are of the same person, or cover each other well enough.
const SAME_PLACE: f32 = 0.2;

/// The people of a stretch.
#[derive(Clone, Debug, Default)]
pub struct People {
    looks: Vec<Look>,
}

#[derive(Clone, Debug)]
struct Look {
    at: MediaTime,
    seen: Vec<Pose>,
    /// Not seen now, but lost or found within a second.
    held: Vec<Pose>,
}

/// Whom one picture may show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// The people of the nearest look.
    pub seen: Vec<Pose>,
    /// Wherever else somebody may be: the people of the other look beside it, and those who were lost.
    pub perhaps: Vec<Pose>,
}

impl People {
    /// Out of looks in order of time.
    pub fn new(found: Vec<(MediaTime, Vec<Pose>)>) -> Self {
        let lost = held(found.iter());
        let coming = held(found.iter().rev());
        let held =
            lost.into_iter().zip(coming.into_iter().rev()).map(|(lost, coming)| [lost, coming].concat());
        let looks = found.into_iter().zip(held).map(|((at, seen), held)| Look { at, seen, held });
        Self { looks: looks.collect() }
    }

    /// Whom a picture may show.
    pub fn at(&self, at: MediaTime) -> Around {
        let after = self.looks.partition_point(|look| look.at < at);
        let before = after.checked_sub(1).and_then(|i| self.looks.get(i));
        let after = self.looks.get(after);
        let (near, far) = match (before, after) {
            (_, Some(look)) if look.at == at => (Some(look), None),
            (Some(before), Some(after)) if after.at - at < at - before.at => (Some(after), Some(before)),
            (Some(before), after) => (Some(before), after),
            (None, after) => (after, None),
        };
        let perhaps = far.into_iter().flat_map(|l| l.seen.iter().chain(&l.held));
        let perhaps = near.into_iter().flat_map(|l| &l.held).chain(perhaps);
        Around { seen: near.map_or_else(Vec::new, |l| l.seen.clone()), perhaps: perhaps.cloned().collect() }
    }
}

/// For each look, in the order given, whoever is not seen in it and was within a second.
fn held<'a>(looks: impl Iterator<Item = &'a (MediaTime, Vec<Pose>)>) -> Vec<Vec<Pose>> {
    let mut last: Vec<(MediaTime, &Pose)> = Vec::new();
    let mut all = Vec::new();
    for (at, seen) in looks {
        let is_here = |p: &Pose| seen.iter().any(|s| s.bbox_in_frame.iou(p.bbox_in_frame) > SAME_PLACE);
        last.retain(|(then, person)| (*then - *at).nanos().abs() <= HELD.nanos() && !is_here(person));
        all.push(last.iter().map(|(_, person)| (*person).clone()).collect());
        last.extend(seen.iter().map(|person| (*at, person)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    fn at(secs: f64) -> MediaTime {
        MediaTime::from_secs_f64(secs)
    }

    /// Looks five a second; who stands where (left edge) in each.
    fn people(looks: &[&[f32]]) -> People {
        let person = |x: &f32| Pose {
            bbox_in_frame: BBox { x: *x, y: 10.0, width: 40.0, height: 120.0 },
            score: 0.9,
            keypoints_in_frame: Default::default(),
        };
        let look = |(i, people): (usize, &&[f32])| (at(0.2 * i as f64), people.iter().map(person).collect());
        People::new(looks.iter().enumerate().map(look).collect())
    }

    fn places(people: &People, secs: f64) -> Vec<f32> {
        let around = people.at(at(secs));
        around.seen.iter().chain(&around.perhaps).map(|p| p.bbox_in_frame.x).collect()
    }

    #[test]
    fn between_looks_both_places_are_covered() {
        let people = people(&[&[100.0], &[120.0], &[140.0]]);
        let found = places(&people, 0.1);
        assert!(found.contains(&100.0) && found.contains(&120.0), "{found:?}");
        assert_eq!(places(&people, 0.2), [120.0], "whoever walks on leaves no trail");
    }

    #[test]
    fn whoever_is_lost_for_a_moment_stays_covered() {
        let gap: Vec<&[f32]> = vec![&[100.0], &[100.0], &[], &[], &[], &[102.0], &[102.0]];
        let people = people(&gap);
        assert!((0..7).all(|i| !places(&people, 0.2 * f64::from(i)).is_empty()));
        assert_eq!(places(&people, 0.0), [100.0], "one person is covered once");
    }

    #[test]
    fn whoever_left_is_not_covered_for_ever() {
        let mut looks: Vec<&[f32]> = vec![&[100.0]];
        looks.extend(vec![&[] as &[f32]; 10]);
        let people = people(&looks);
        assert_eq!((places(&people, 0.8), places(&people, 1.6)), (vec![100.0], vec![]));
    }
}
