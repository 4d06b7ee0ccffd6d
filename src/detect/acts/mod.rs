//! Acts over poses and tracks: blows on somebody who lies, several on one, restraint, dragging, postures held for long, a
//! way between two rows.
//!
//! Thresholds are in body heights, trunks and seconds, so no camera needs tuning. What is kept is kept by place: tracks
//! break when bodies touch. A flag names what is seen; whether it was allowed, or wanted, is for people to say.

mod bursts;
mod dragging;
mod figure;
mod held;
mod holds;
mod lying;
mod postures;
mod restraint;
mod strikes;
#[cfg(test)]
mod tests;

use crate::config::{ActsRule, Config};
use crate::domain::{BBox, IncidentKind, MediaTime, Signal, TrackedFrame};

/// Watches one source for acts.
pub struct ActsDetector {
    rule: ActsRule,
    wanted: Vec<IncidentKind>,
    lying: lying::Lying,
    bursts: bursts::Bursts,
    alarmed: strikes::Alarmed,
    restraint: restraint::RestraintRule,
    dragging: dragging::DraggingRule,
    held: held::HeldRules,
}

impl ActsDetector {
    /// The kinds that it can find.
    pub const KINDS: [IncidentKind; 9] = [
        IncidentKind::StrikeOnPersonDown,
        IncidentKind::GroupAssault,
        IncidentKind::ProneRestraint,
        IncidentKind::Dragging,
        IncidentKind::HandsOnWall,
        IncidentKind::SquatOrKneel,
        IncidentKind::RaisedArmsFixed,
        IncidentKind::ForcedStanding,
        IncidentKind::Gauntlet,
    ];

    /// With nobody seen yet; none where no such kind is looked for.
    pub fn new(config: &Config) -> Option<Self> {
        let wanted: Vec<_> = Self::KINDS.into_iter().filter(|k| config.looks_for(*k)).collect();
        (!wanted.is_empty()).then(|| Self {
            rule: config.acts.clone(),
            wanted,
            lying: Default::default(),
            bursts: Default::default(),
            alarmed: Default::default(),
            restraint: Default::default(),
            dragging: Default::default(),
            held: Default::default(),
        })
    }

    /// Notes what the violence model said of a window: fast limbs count only where it sees violence too.
    pub fn note_violence(&mut self, at: MediaTime, region_in_frame: BBox, evidence_rate: f32) {
        self.alarmed.note(at, region_in_frame, evidence_rate);
    }

    /// Takes the next picture; the signals of all acts that are looked for.
    pub fn push(&mut self, frame: &TrackedFrame) -> Vec<Signal> {
        self.lying.push(frame);
        self.bursts.push(frame, &self.lying);
        let mut signals =
            strikes::strike_signals(&self.rule, frame.at, &self.bursts, &self.lying, &self.alarmed);
        signals.extend(self.restraint.push(&self.rule, frame, &self.lying));
        signals.extend(self.dragging.push(&self.rule, frame, &self.lying));
        signals.extend(self.held.push(&self.rule, frame, &self.lying));
        signals.retain(|s| self.wanted.contains(&s.kind));
        signals
    }
}
