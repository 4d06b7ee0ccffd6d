//! Which models a run uses: those chosen with `--models`, the embedded ones for the rest.

use super::UsageError;
use crate::infer::{Bundle, EyesPlan, InferError, Shelf, Task, ViolenceCard, embedded_for};

const ROLES: [&str; 4] = ["pose", "detector", "crop-pose", "violence"];

/// What `--models` says: role and name, the last of a role counts.
pub(super) struct ModelChoice(Vec<(String, String)>);

impl ModelChoice {
    pub fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let choices = arguments.iter().map(|argument| match argument.split_once('=') {
            Some((role, name)) if ROLES.contains(&role) && !name.is_empty() => {
                Ok((role.to_owned(), name.to_owned()))
            }
            _ => {
                let roles = ROLES.map(|role| format!("{role}=NAME")).join(", ");
                Err(UsageError(format!("--models {argument}: must be one of {roles}")).into())
            }
        });
        choices.collect::<anyhow::Result<_>>().map(Self)
    }

    fn name(&self, role: &str) -> Option<&str> {
        self.0.iter().rev().find(|(r, _)| r == role).map(|(_, name)| name.as_str())
    }

    fn chosen(&self, shelf: &Shelf, role: &str) -> anyhow::Result<Option<Bundle>> {
        let Some(name) = self.name(role) else { return Ok(None) };
        let bundle = shelf.find(name).map_err(|e| UsageError(e.to_string()))?;
        let found = bundle.card.task.role();
        if found != role {
            let name = &bundle.card.name;
            let message =
                format!("{name} is a {found} model, not a {role} model; write --models {found}={name}");
            return Err(UsageError(message).into());
        }
        Ok(Some(bundle))
    }

    /// The model for a role: the chosen one, else the embedded one.
    pub fn bundle(&self, shelf: &Shelf, role: &str) -> anyhow::Result<Bundle> {
        match self.chosen(shelf, role)? {
            Some(bundle) => Ok(bundle),
            None => Ok(embedded_for(role)?),
        }
    }

    /// The models that look at pictures. A violence model goes on with the features it was trained with, whoever
    /// finds the people: where that is another model, both run. Whom a detector finds gets joints from the crop model.
    pub fn eyes(&self, shelf: &Shelf, violence: Option<&Bundle>) -> anyhow::Result<EyesPlan> {
        let (detector, pose) = (self.chosen(shelf, "detector")?, self.chosen(shelf, "pose")?);
        let has_both = detector.is_some() && pose.is_some();
        let people = match detector.or_else(|| pose.clone()) {
            Some(chosen) => chosen,
            None => embedded_for("detector")?,
        };
        let features = match violence.map(|v| &v.card.task) {
            Some(Task::Violence(card)) => Some(self.features_for(shelf, card)?),
            _ => None,
        };
        let is_used = |p: &Bundle| features.as_ref().is_some_and(|f| f.card.sha256 == p.card.sha256);
        if let Some(pose) = pose.filter(|p| has_both && !is_used(p)) {
            let message = format!(
                "--models pose={}: nothing would use it, since {} finds the people and no violence model takes its \
                 features; leave one of the two out",
                pose.card.name, people.card.name
            );
            return Err(UsageError(message).into());
        }
        let features = features.filter(|f| f.card.sha256 != people.card.sha256);
        let has_joints = people.card.task.role() == "pose";
        let crop_pose = match self.chosen(shelf, "crop-pose")? {
            None if !has_joints => Some(embedded_for("crop-pose")?),
            chosen => chosen,
        };
        Ok(EyesPlan { people, features, crop_pose })
    }

    /// The model whose features a violence model takes: a chosen one, else the embedded one, by hash.
    pub fn features_for(&self, shelf: &Shelf, violence: &ViolenceCard) -> anyhow::Result<Bundle> {
        let chosen = [self.chosen(shelf, "pose")?, self.chosen(shelf, "detector")?];
        let candidates: Vec<Bundle> =
            chosen.into_iter().flatten().chain([embedded_for("detector")?]).collect();
        let found = candidates[0].card.name.clone();
        let fits = |bundle: &Bundle| bundle.card.sha256 == violence.features_sha256;
        let Some(bundle) = candidates.into_iter().find(fits) else {
            let error = InferError::FeaturesMismatch {
                wanted: violence.features_from.clone(),
                wanted_sha256: violence.features_sha256.clone(),
                found,
            };
            return Err(UsageError(error.to_string()).into());
        };
        let gives_features = bundle.card.task.people().is_some_and(|p| p.features.is_some());
        if !gives_features {
            let message = format!(
                "the violence model takes the features of {0}, whose card names none; put the name of that output \
                 into output.features of the card of {0}, or leave violence out of --detectors",
                bundle.card.name
            );
            return Err(UsageError(message).into());
        }
        Ok(bundle)
    }
}
