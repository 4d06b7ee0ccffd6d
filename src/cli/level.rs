//! The alarm level of a named camera.

use super::UsageError;
use super::context::Context;
use crate::digest::sha256_hex;
use crate::domain::{CameraLevel, LevelBounds, LevelCard, LevelInUse};
use crate::infer::{Task, ViolenceCard};
use crate::pipeline::AnalysisPlan;
use crate::store::Reader;

/// Longest name of a camera, in characters.
const LONGEST_NAME: usize = 100;
/// By these words in `what` a figure of a card speaks of its highest level.
const AT_HIGHEST: &str = "alarm_highest";

/// A camera's name as given: something to be read on one line.
pub(super) fn camera_name(name: &str) -> Result<String, String> {
    let is_plain = !name.trim().is_empty()
        && name.trim() == name
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    if is_plain {
        return Ok(name.to_owned());
    }
    Err(format!("a camera's name is 1 to {LONGEST_NAME} characters on one line, without blanks around it"))
}

/// The card of the plan's violence model; none where no violence is looked for.
pub(super) fn violence_card(plan: &AnalysisPlan) -> Option<&ViolenceCard> {
    match &plan.violence.as_ref()?.card.task {
        Task::Violence(card) => Some(card),
        _ => None,
    }
}

/// How far the card allows the level to be moved.
pub(super) fn bounds(card: &ViolenceCard) -> LevelBounds {
    LevelBounds { own: card.alarm, lowest: card.alarm_lowest, highest: card.alarm_highest }
}

/// What the card of the plan's violence model says of its level; none where no violence is looked for.
pub(super) fn level_card(plan: &AnalysisPlan) -> Option<LevelCard> {
    let model_sha256 = plan.violence.as_ref()?.card.sha256.clone();
    let bounds = violence_card(plan).map(bounds)?;
    Some(LevelCard { model_sha256, bounds, known_at_highest: known_at_highest(plan) })
}

/// Sets the plan's alarm level to that learnt for a camera, and says which it is. None where no violence is looked for.
pub(super) fn set(
    context: &Context,
    camera: &str,
    plan: &mut AnalysisPlan,
) -> anyhow::Result<Option<LevelInUse>> {
    let Some(bounds) = violence_card(plan).map(bounds) else { return Ok(None) };
    let newest = Reader::open(&context.data_dir)?.newest_calibration(camera)?;
    let configured = plan.config.violence.alarm;
    let mut in_use = LevelInUse {
        camera: camera.to_owned(),
        level: configured.unwrap_or(bounds.own),
        bounds,
        is_applied: false,
        known_at_highest: known_at_highest(plan),
        newest,
    };
    let CameraLevel::Calibrated(calibration) = &in_use.newest else { return Ok(Some(in_use)) };
    if configured.is_some() {
        let message = format!(
            "violence.alarm is configured and camera {camera} is calibrated, and only one can hold: remove it from the \
             configuration, or take the calibration back with `kuager calibrate --camera NAME --remove`"
        );
        return Err(UsageError(message).into());
    }
    // The bounds are checked again: the database is not the model's card.
    let is_within = (bounds.lowest..=bounds.highest).contains(&calibration.level);
    if calibration.rules_digest == plan.config_digest && is_within {
        in_use.level = calibration.level;
        in_use.is_applied = true;
        plan.config.violence.alarm = Some(in_use.level);
        plan.config_digest = sha256_hex(format!("{} {}", plan.config_digest, in_use.level));
    }
    Ok(Some(in_use))
}

/// What the card's measured figures say of its highest level.
pub(super) fn known_at_highest(plan: &AnalysisPlan) -> Vec<String> {
    let figures = plan.violence.iter().flat_map(|b| &b.card.measured);
    let told = figures.filter(|m| m.what.contains(AT_HIGHEST)).map(|m| {
        let interval = m.interval.map(|[low, high]| format!(" ({low} to {high})")).unwrap_or_default();
        format!("{}: {}{interval}, {}", m.what, m.value, m.data)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_on_one_line() {
        assert_eq!(camera_name("Блок 4, север"), Ok("Блок 4, север".to_owned()));
        for odd in ["", " ", " a", "a\nb", &"x".repeat(101)] {
            assert!(camera_name(odd).is_err(), "{odd:?}");
        }
    }
}
