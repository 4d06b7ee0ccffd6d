//! Slices: the same figures for the dark and the bright, the colourful and the grey, the near and the far, the few and
//! the many.
//!
//! Bands are fixed, not terciles of the set at hand: "dark" then means the same for every set of recordings, and a band
//! that a set does not hold is absent instead of being filled with the least bright of a bright set. People and their
//! sizes are those that the pose model found, since nothing else is known of them.

use std::collections::BTreeMap;

use crate::domain::{PictureLook, Span};

/// Mean luma (0 to 255) below which a picture counts as dark, and from which it counts as bright.
const LUMA_BANDS: [f32; 2] = [60.0, 120.0];
/// Mean colourfulness (0 to 255) below which a picture counts as grey: infrared, or black and white. Compression and
/// burnt-in text leave a little colour in a grey picture.
const GREY_BELOW: f32 = 6.0;
/// Median body length in pixels of the picture as displayed that parts small, middling and large people.
const BODY_BANDS: [f32; 2] = [60.0, 120.0];

/// The slices that pictures fall into, one of each sort; all of one sort unknown where there is no picture.
pub type SliceNames = [&'static str; 4];

/// Slices of the pictures within a span, by the medians over them.
pub fn slices_within(looks: &[PictureLook], span: Span) -> SliceNames {
    let is_within = |l: &&PictureLook| (span.start..span.end).contains(&l.at);
    slices_of(&looks.iter().filter(is_within).collect::<Vec<_>>())
}

/// Slices of some pictures, by the medians over them.
pub fn slices_of(looks: &[&PictureLook]) -> SliceNames {
    let median_of = |value: fn(&PictureLook) -> f32| median(looks.iter().map(|l| value(l)).collect());
    let lengths = looks.iter().filter_map(|l| median(l.body_lengths_in_frame.clone())).collect();
    [
        light(median_of(|l| l.mean_luma)),
        colour(median_of(|l| l.colourfulness)),
        people(median_of(|l| l.body_lengths_in_frame.len() as f32)),
        body(median(lengths)),
    ]
}

/// Seconds that the pictures of each slice stand for.
pub fn secs_by_slice(looks: &[PictureLook]) -> BTreeMap<&'static str, f64> {
    let mut secs = BTreeMap::new();
    for look in looks {
        for name in slices_of(&[look]) {
            *secs.entry(name).or_default() += look.stands_for_secs;
        }
    }
    secs
}

fn light(mean_luma: Option<f32>) -> &'static str {
    match mean_luma {
        None => "light_unknown",
        Some(l) if l < LUMA_BANDS[0] => "light_dark",
        Some(l) if l < LUMA_BANDS[1] => "light_middling",
        Some(_) => "light_bright",
    }
}

fn colour(colourfulness: Option<f32>) -> &'static str {
    match colourfulness {
        None => "colour_unknown",
        Some(c) if c < GREY_BELOW => "colour_grey",
        Some(_) => "colour_full",
    }
}

fn people(count: Option<f32>) -> &'static str {
    match count.map(|c| c as u32) {
        None => "people_unknown",
        Some(0) => "people_0",
        Some(1) => "people_1",
        Some(2) => "people_2",
        Some(_) => "people_3_or_more",
    }
}

fn body(length: Option<f32>) -> &'static str {
    match length {
        None => "body_not_seen",
        Some(l) if l < BODY_BANDS[0] => "body_below_60_px",
        Some(l) if l < BODY_BANDS[1] => "body_60_to_120_px",
        Some(_) => "body_from_120_px",
    }
}

/// The middle value, the upper of two; none of nothing.
fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MediaTime;

    fn look(at_millis: i64, mean_luma: f32, colourfulness: f32, bodies: &[f32]) -> PictureLook {
        PictureLook {
            is_glance: false,
            at: MediaTime::from_millis(at_millis),
            stands_for_secs: 0.2,
            mean_luma,
            colourfulness,
            body_lengths_in_frame: bodies.to_vec(),
        }
    }

    fn span(from: i64, to: i64) -> Span {
        Span { start: MediaTime::from_millis(from), end: MediaTime::from_millis(to) }
    }

    #[test]
    fn a_span_has_the_slices_of_its_usual_pictures() {
        let looks = [
            look(0, 200.0, 40.0, &[]),
            look(200, 30.0, 2.0, &[50.0, 130.0]),
            look(400, 40.0, 3.0, &[50.0]),
            look(600, 210.0, 2.0, &[70.0, 55.0]),
        ];
        let names = slices_within(&looks, span(200, 800));
        assert_eq!(names, ["light_dark", "colour_grey", "people_2", "body_60_to_120_px"]);
        assert_eq!(slices_within(&looks, span(0, 200))[2..], ["people_0", "body_not_seen"]);
        let unknown = ["light_unknown", "colour_unknown", "people_unknown", "body_not_seen"];
        assert_eq!(slices_within(&looks, span(900, 999)), unknown);
    }

    #[test]
    fn time_counts_by_each_picture_of_its_own() {
        let looks = [look(0, 200.0, 40.0, &[130.0]), look(200, 30.0, 2.0, &[]), look(400, 30.0, 2.0, &[])];
        let secs = secs_by_slice(&looks);
        assert_eq!(secs["light_bright"], 0.2);
        assert_eq!((secs["light_dark"], secs["colour_grey"], secs["people_0"]), (0.4, 0.4, 0.4));
        assert!(!secs.contains_key("people_2"));
    }
}
