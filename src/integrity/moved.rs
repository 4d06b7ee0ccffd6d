//! The camera shows another view: edges that are not those of the usual scene, and that stay.

use super::covered::RICH;
use super::scene::{GROUND_STAYS, LEAST_TEXTURED, Likeness};

/// Share of the usual blocks with edges that may still show them.
const MOST_SAME: f32 = 0.2;
/// A view that stays shows the same in so large a share of its blocks as a moment ago. People who crowd before the lens do not.
const STAYS: f32 = 0.6;

/// The share of the usual scene that is not where it was, if that is most of it and something else is seen instead.
pub(super) fn scene_gone(likeness: &Likeness) -> Option<f32> {
    let is_rich = likeness.textured_now as f32 >= RICH * likeness.textured as f32;
    let is_other = likeness.textured >= LEAST_TEXTURED
        && likeness.textured_now >= LEAST_TEXTURED
        && is_rich
        && likeness.same <= MOST_SAME
        && likeness.ground < GROUND_STAYS;
    is_other.then_some(1.0 - likeness.same)
}

/// Whether what is seen is what was seen a moment ago.
pub(super) fn stays(since_a_moment_ago: &Likeness) -> bool {
    since_a_moment_ago.textured >= LEAST_TEXTURED && since_a_moment_ago.same >= STAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURNED: Likeness = Likeness {
        textured: 50,
        textured_now: 40,
        shaped: 12,
        same: 0.06,
        lost: 0.3,
        other: 0.64,
        fine_left: 0.02,
        energy_left: 0.8,
        coarse_left: 0.05,
        coarse_alike: 0.1,
        ground: 0.2,
    };

    #[test]
    fn another_view_has_edges_of_its_own() {
        assert_eq!(scene_gone(&TURNED), Some(0.94));
        assert_eq!(scene_gone(&Likeness { same: 0.5, other: 0.4, ..TURNED }), None, "half of it is there");
        assert_eq!(scene_gone(&Likeness { textured_now: 4, ..TURNED }), None, "nothing is seen instead");
        assert_eq!(scene_gone(&Likeness { textured_now: 20, lost: 0.84, ..TURNED }), None, "covered");
        assert_eq!(
            scene_gone(&Likeness { ground: 0.8, ..TURNED }),
            None,
            "people stand elsewhere in a plain yard"
        );
        assert!(stays(&Likeness { same: 0.9, ..TURNED }) && !stays(&TURNED));
    }
}
