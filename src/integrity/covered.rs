//! The lens is covered, sprayed over or fogged: nothing of the usual scene can be made out, and it is not for want of light.

use super::scene::{GROUND_STAYS, LEAST_TEXTURED, Likeness, Look};

/// Below this step between neighbouring cells (levels) there is nothing to see, whatever was usual…
const NOTHING_TO_SEE: f32 = 0.8;
/// … if this little shape is left as well.
const NO_SHAPE: f32 = 3.0;
/// Share of the blocks with edges that must have lost them…
const LEAST_LOST: f32 = 0.6;
/// … where edges are seen all over as well: weak ones, of a weave, rather than those of another view.
const LEAST_LOST_IF_RICH: f32 = 0.7;
/// Share of them that may still show the same edges.
const MOST_SAME: f32 = 0.2;
/// From this share of the usual number of blocks with edges on, something is seen, if not the usual scene.
pub(super) const RICH: f32 = 0.5;
/// Large shapes that are still so alike are those of the scene, out of focus.
const SHAPES_REMAIN: f32 = 0.55;

/// Whether a picture shows nothing at all, whatever is usual.
pub(super) fn is_empty(look: &Look) -> bool {
    look.detail < NOTHING_TO_SEE && look.structure < NO_SHAPE
}

/// Whether nothing of the usual scene can be made out, by whatever cause. Without a usual scene, whether there is nothing.
pub(super) fn is_unseen(look: &Look, likeness: Option<&Likeness>) -> bool {
    let Some(likeness) = likeness.filter(|l| l.textured >= LEAST_TEXTURED) else { return is_empty(look) };
    let is_poor = (likeness.textured_now as f32) < RICH * likeness.textured as f32;
    let least_lost = if is_poor { LEAST_LOST } else { LEAST_LOST_IF_RICH };
    let is_gone = likeness.lost >= least_lost && likeness.same <= MOST_SAME;
    is_gone && likeness.coarse_alike < SHAPES_REMAIN && likeness.ground < GROUND_STAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Look = Look { mean: 110.0, structure: 40.0, detail: 6.0, glaring_share: 0.0 };
    const AS_USUAL: Likeness = Likeness {
        textured: 60,
        textured_now: 60,
        shaped: 12,
        same: 0.95,
        lost: 0.02,
        other: 0.03,
        fine_left: 1.0,
        energy_left: 1.0,
        coarse_left: 1.0,
        coarse_alike: 0.98,
        ground: 0.95,
    };
    const GONE: Likeness =
        Likeness { textured_now: 3, same: 0.02, lost: 0.9, coarse_alike: 0.1, ground: 0.1, ..AS_USUAL };

    #[test]
    fn a_scene_is_unseen_when_edges_and_shapes_are_gone() {
        assert!(is_unseen(&SEEN, Some(&GONE)));
        assert!(!is_unseen(&SEEN, Some(&AS_USUAL)));
        assert!(!is_unseen(&SEEN, Some(&Likeness { coarse_alike: 0.9, ..GONE })), "out of focus");
        assert!(
            !is_unseen(&SEEN, Some(&Likeness { lost: 0.1, other: 0.88, ..GONE })),
            "something else is seen"
        );
        assert!(!is_unseen(&SEEN, Some(&Likeness { ground: 0.8, ..GONE })), "people left a plain yard");
        let weave = Likeness { textured_now: 70, lost: 0.8, other: 0.18, ..GONE };
        assert!(is_unseen(&SEEN, Some(&weave)), "the weave of a cloth has many weak edges");
        assert!(!is_unseen(&SEEN, Some(&Likeness { same: 0.35, lost: 0.62, ..GONE })), "a part is seen");
    }

    #[test]
    fn without_a_usual_scene_only_an_empty_picture_is_unseen() {
        let empty = Look { mean: 90.0, structure: 0.5, detail: 0.1, glaring_share: 0.0 };
        assert!(is_unseen(&empty, None) && !is_unseen(&SEEN, None));
        let blank_wall = Likeness { textured: 2, ..GONE };
        assert!(is_unseen(&empty, Some(&blank_wall)) && !is_unseen(&SEEN, Some(&blank_wall)));
    }
}
