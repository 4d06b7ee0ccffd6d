//! The picture has lost its fine edges and kept its large shapes: out of focus, smeared, steamed up.

use super::scene::{LEAST_TEXTURED, Likeness};
use crate::config::BlurredRule;

/// So alike must the large shapes be to speak of the same scene.
const SAME_SHAPES: f32 = 0.6;
/// Fewer blocks with large shapes do not tell the scene.
const LEAST_SHAPED: usize = 4;
/// Edges that are as strong as this share of the shapes are there, if not where they were: a camera that sways, a crowd.
const EDGES_REMAIN: f32 = 0.85;
/// With less left of the large shapes the light is gone, not the focus.
const LEAST_SHAPES: f32 = 0.25;

/// How sharp the picture still is against usual, 0 to 1, if that is little: fine edges by themselves, since less light
/// weakens all shapes alike.
pub(super) fn sharpness_left(likeness: &Likeness, rule: &BlurredRule) -> Option<f32> {
    let is_same_scene = likeness.textured >= LEAST_TEXTURED
        && likeness.shaped >= LEAST_SHAPED
        && likeness.coarse_alike >= SAME_SHAPES
        && likeness.coarse_left >= LEAST_SHAPES;
    let shapes = likeness.coarse_left.clamp(LEAST_SHAPES, 1.5);
    let left = (likeness.fine_left / shapes).max(0.0);
    let is_weak = likeness.energy_left < EDGES_REMAIN * shapes;
    (is_same_scene && is_weak && left < rule.sharpness_share).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fine_edges_must_be_gone_while_shapes_remain() {
        let likeness = |fine_left, coarse_left, coarse_alike| Likeness {
            textured: 40,
            shaped: 12,
            fine_left,
            energy_left: fine_left + 0.1,
            coarse_left,
            coarse_alike,
            ..Likeness::default()
        };
        let left = |l: Likeness| sharpness_left(&l, &BlurredRule::default());
        assert_eq!(left(likeness(0.2, 0.8, 0.9)), Some(0.25));
        assert_eq!(left(likeness(0.9, 1.0, 1.0)), None);
        assert_eq!(left(likeness(0.28, 0.3, 0.9)), None, "lights out: all shapes are weaker");
        assert_eq!(left(likeness(0.1, 0.5, 0.2)), None, "another scene, or none");
        let swaying = Likeness { energy_left: 1.0, ..likeness(0.3, 0.9, 0.9) };
        assert_eq!(left(swaying), None, "edges as strong as ever, a little beside their place");
    }
}
