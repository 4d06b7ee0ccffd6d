//! Postures that matter only when they last: hands on a wall, squatting or kneeling, arms held up, standing.
//!
//! Each says of one person in one picture whether they hold it; how long is [`super::holds`]' to count. A posture says
//! nothing of why it is held: a flag names it and its time.

use super::figure::Figure;
use super::holds::Says;
use crate::detect::body::Stance;

/// Wrists this much above the shoulders, in trunks, are over the head; hands on a wall are lower.
const OVER_HEAD: f32 = 0.5;
/// Wrists at least at this height on the whole are up: a wall before somebody seen from the front puts them lower.
const HANDS_UP: f32 = -0.15;
/// One of them may be so much lower.
const ONE_HAND_UP: f32 = -0.4;
/// Wrists lower than this hang or work.
const HANDS_DOWN: f32 = -0.5;
/// A trunk further from the vertical than this does not stand.
const STANDING_TRUNK_DEGREES: f32 = 45.0;
/// Ankles at least so far below the hips, in trunks: the legs carry, nearly straight.
const LEGS_STRAIGHT: f32 = 1.15;
/// Ankles nearer to the hips than this: no standing, whatever the lens.
const MAY_STAND_ANKLES: f32 = 0.85;
/// Ankles nearer to the hips than this: a squat, or a kneeling body that sits on its heels.
const SQUAT_ANKLES: f32 = 0.75;
/// Knees at least so far below the hips, with the ankles less than [`KNEEL_ANKLES`] below them: upright on the knees.
const KNEEL_KNEES: f32 = 0.4;
const KNEEL_ANKLES: f32 = 0.4;
/// Sitting on a seat: knees hardly below the hips, and a whole shin below them.
const SEAT_SHIN: f32 = 0.6;

/// Hands on a wall, as far as arms tell: at shoulder height or up to the head, on somebody who stands.
pub(super) fn hands_on_wall(figure: &Figure) -> Says {
    if !may_stand(figure) {
        return Says::Against;
    }
    match wrists(figure) {
        Some((mean, low)) if (HANDS_UP..OVER_HEAD).contains(&mean) && low >= ONE_HAND_UP => Says::For,
        Some((mean, _)) if !(HANDS_DOWN..OVER_HEAD).contains(&mean) => Says::Against,
        _ => Says::Nothing,
    }
}

/// Both arms above the head, on somebody who stands.
pub(super) fn raised_arms(figure: &Figure) -> Says {
    if !may_stand(figure) {
        return Says::Against;
    }
    match wrists(figure) {
        Some((mean, low)) if mean >= OVER_HEAD && low >= HANDS_UP => Says::For,
        Some((mean, _)) if mean < HANDS_UP => Says::Against,
        _ => Says::Nothing,
    }
}

/// How high the wrists are on the whole, and the lower one; one alone stands for both, the other is behind the body.
fn wrists(figure: &Figure) -> Option<(f32, f32)> {
    let higher = figure.higher_wrist_above_shoulders?;
    let lower = figure.lower_wrist_above_shoulders.unwrap_or(higher);
    Some(((lower + higher) / 2.0, lower))
}

/// Not lying, not bent, not squatting or kneeling, as far as it is seen.
fn may_stand(figure: &Figure) -> bool {
    figure.stance != Stance::Lying
        && figure.is_trunk_within(STANDING_TRUNK_DEGREES) != Some(false)
        && figure.ankles_below_hips.is_none_or(|a| a >= MAY_STAND_ANKLES)
}

/// A low posture that is held upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Low {
    Squat,
    Kneel,
}

/// Squatting or kneeling with an upright trunk; none for sitting on a seat, standing, lying, or too little seen.
pub(super) fn low_posture(figure: &Figure) -> (Says, Option<Low>) {
    if figure.stance == Stance::Lying || figure.is_trunk_within(STANDING_TRUNK_DEGREES) == Some(false) {
        return (Says::Against, None);
    }
    let (Some(ankles), Some(knees), Some(shin)) =
        (figure.ankles_below_hips, figure.knees_below_hips, figure.ankles_below_knees)
    else {
        return (Says::Nothing, None);
    };
    if ankles >= LEGS_STRAIGHT {
        return (Says::Against, None);
    }
    if knees >= KNEEL_KNEES && shin < KNEEL_ANKLES {
        return (Says::For, Some(Low::Kneel));
    }
    if ankles < SQUAT_ANKLES {
        return (Says::For, Some(Low::Squat));
    }
    if shin >= SEAT_SHIN { (Says::Against, None) } else { (Says::Nothing, None) }
}

/// Standing upright.
pub(super) fn standing(figure: &Figure) -> Says {
    let legs_are_straight = figure.ankles_below_hips.is_none_or(|a| a >= LEGS_STRAIGHT);
    match figure.stance {
        Stance::Lying => Says::Against,
        Stance::Upright if legs_are_straight => Says::For,
        Stance::Upright | Stance::Unclear => match figure.ankles_below_hips {
            Some(ankles) if ankles < SQUAT_ANKLES => Says::Against,
            _ => Says::Nothing,
        },
    }
}
