//! The picture is too dark to see in, or blinded by light. Lights that go out while the scene can still be made out are
//! neither.

use super::scene::{LEAST_TEXTURED, Likeness, Look};
use crate::config::DarkRule;

/// Share of cells at the sensor's limit from which a lamp blinds it, whatever the mean.
const BLINDING_SHARE: f32 = 0.6;

/// Share of the large shapes' contrast below which a dark scene cannot be made out by eye, even where traces of it remain.
const LEAST_CONTRAST: f32 = 0.08;

/// Whether there is too little light to see by, though what is left resembles the scene.
pub(super) fn is_too_dark(look: &Look, likeness: &Likeness, rule: &DarkRule) -> bool {
    let is_known = likeness.textured >= LEAST_TEXTURED;
    is_known && look.mean <= rule.dark_level && likeness.coarse_left < LEAST_CONTRAST
}

/// Of a picture in which the scene cannot be made out: whether that is for too little light, or too much.
pub(super) fn is_for_light(look: &Look, rule: &DarkRule) -> bool {
    look.mean <= rule.dark_level || look.mean >= rule.bright_level || look.glaring_share >= BLINDING_SHARE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_of_a_scene_are_not_enough_and_a_dim_one_is() {
        let look = Look { mean: 20.0, structure: 1.0, detail: 0.5, glaring_share: 0.0 };
        let likeness = |coarse_left| Likeness { textured: 40, same: 0.7, coarse_left, ..Likeness::default() };
        let is_too_dark = |left| is_too_dark(&look, &likeness(left), &DarkRule::default());
        assert!(is_too_dark(0.03) && !is_too_dark(0.18));
    }

    #[test]
    fn darkness_and_glare_are_told_from_a_cover() {
        let look = |mean, glaring_share| Look { mean, structure: 4.0, detail: 0.4, glaring_share };
        let rule = DarkRule::default();
        let told = [(12.0, 0.0), (60.0, 0.0), (180.0, 0.1), (190.0, 0.7), (250.0, 1.0)];
        let told = told.map(|(mean, share)| is_for_light(&look(mean, share), &rule));
        assert_eq!(told, [true, false, false, true, true]);
    }
}
