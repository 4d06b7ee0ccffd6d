//! The engine: from what was seen in pictures to possible incidents.
//!
//! It knows no thread, file, socket or database. The same pictures, models and configuration give the same events.

use crate::clock::timed;
use crate::config::Config;
use crate::detect::{
    ActsDetector, EscalationMemory, Moment, PassageLog, PersonDownDetector, ViolenceDetector, sight_signal,
};
use crate::domain::{
    BBox, ClipScore, FrameFromInput, FrameRef, IncidentEvent, IncidentKind, LooseEnds, PoseFrame, Signal,
    Size, StageSecs, TrackedFrame, Zones,
};
use crate::incident::IncidentKeeper;
use crate::infer::{InferError, Seen, SmallGrey, WindowScorer};
use crate::integrity::{Finding, PictureStats};
use crate::track::Tracker;

/// One analysed picture, all but its small grey copy already dropped.
#[derive(Clone, Debug)]
pub struct SeenPicture {
    /// Which picture.
    pub at: FrameRef,
    /// One look in a stretch where nothing moves: it feeds the rules of posture and sight, not the violence model.
    pub is_glance: bool,
    /// What the pose model saw.
    pub seen: Seen,
    /// The look of the whole picture.
    pub stats: PictureStats,
    /// What was found wrong with the camera's sight since the picture before it.
    pub findings: Vec<Finding>,
    /// The picture itself, small and grey, where violence is looked for.
    pub grey: Option<SmallGrey>,
    /// How the model's input maps to the frame.
    pub frame_from_input: FrameFromInput,
    /// The part of the input that showed the picture.
    pub content_in_input: BBox,
    /// Size of the input.
    pub input_size: Size,
}

/// What comes out.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineEvent {
    /// An incident opened, grew or ended.
    Incident(IncidentEvent),
    /// The violence model scored a window.
    Score(ClipScore),
}

/// What is left of a source at its end.
pub struct Finished {
    /// What still came out.
    pub events: Vec<EngineEvent>,
    /// The violence model, for the next source.
    pub scorer: Option<Box<dyn WindowScorer>>,
    /// What only other recordings can settle.
    pub loose: LooseEnds,
}

/// The stages of one source, in order.
pub struct Engine {
    tracker: Tracker,
    violence: Option<ViolenceDetector>,
    is_violence_flagged: bool,
    person_down: Option<PersonDownDetector>,
    acts: Option<ActsDetector>,
    escalation: EscalationMemory,
    passages: PassageLog,
    wanted: Vec<IncidentKind>,
    keeper: IncidentKeeper,
    /// Processor seconds by stage on the calling thread.
    pub stages: StageSecs,
}

impl Engine {
    /// For one source. Without a scorer neither violence is looked for, nor blows of any other kind.
    pub fn new(config: &Config, scorer: Option<Box<dyn WindowScorer>>) -> Self {
        let scorer = scorer.filter(|_| config.needs_violence_model());
        Self {
            tracker: Tracker::default(),
            violence: scorer.map(|s| ViolenceDetector::new(config.violence.clone(), s)),
            person_down: config
                .looks_for(IncidentKind::PersonDown)
                .then(|| PersonDownDetector::new(config.person_down.clone())),
            is_violence_flagged: config.looks_for(IncidentKind::Violence),
            acts: ActsDetector::new(config),
            escalation: EscalationMemory::new(config.gap_after_escalation.clone()),
            passages: PassageLog::default(),
            wanted: IncidentKind::ALL.into_iter().filter(|k| config.looks_for(*k)).collect(),
            keeper: IncidentKeeper::new(config),
            stages: StageSecs::default(),
        }
    }

    /// For a camera with these zones.
    pub fn with_zones(mut self, zones: &Zones) -> Self {
        self.person_down = self.person_down.map(|rule| rule.with_zones(zones.clone()));
        self.passages = PassageLog::new(zones.clone());
        self
    }

    /// Whether somebody is known to lie in the picture, whom the model may not find in every one.
    pub fn is_watching_somebody(&self) -> bool {
        self.person_down.as_ref().is_some_and(PersonDownDetector::is_watching)
    }

    /// Takes the next picture of the source.
    ///
    /// # Errors
    /// When the violence model fails.
    pub fn push(&mut self, mut picture: SeenPicture) -> Result<Vec<EngineEvent>, InferError> {
        let at = picture.at;
        let findings = std::mem::take(&mut picture.findings);
        let mut signals = self.sight_signals(&findings);
        self.escalation.note_people(at.media_time, picture.seen.people.len() as u32);
        let faint_in_frame = std::mem::take(&mut picture.seen.faint_in_frame);
        let wants_moment = self.violence.is_some() && !picture.is_glance;
        let (moment, tracked) =
            timed(&mut self.stages.track, || track(&mut self.tracker, picture, wants_moment));
        let scored = match (&mut self.violence, moment) {
            (Some(violence), Some(moment)) => timed(&mut self.stages.violence, || violence.push(moment))?,
            _ => Vec::new(),
        };
        let mut events = self.take_scores(scored, &mut signals);
        timed(&mut self.stages.track, || {
            self.passages.push(&tracked);
            if let Some(rule) = &mut self.person_down {
                signals.extend(rule.push(&tracked, &faint_in_frame));
            }
            if let Some(acts) = &mut self.acts {
                signals.extend(acts.push(&tracked));
            }
            events.extend(self.keeper.push(at, signals).into_iter().map(EngineEvent::Incident));
        });
        Ok(events)
    }

    /// At the end of the source: what was found since the last picture is taken in, and what is still open ends.
    ///
    /// # Errors
    /// When the violence model fails.
    pub fn finish(mut self, last: Option<FrameRef>, findings: &[Finding]) -> Result<Finished, InferError> {
        let mut signals = self.sight_signals(findings);
        let scored = match &mut self.violence {
            Some(violence) => violence.finish()?,
            None => Vec::new(),
        };
        let mut events = self.take_scores(scored, &mut signals);
        if let Some(at) = last {
            events.extend(self.keeper.push(at, signals).into_iter().map(EngineEvent::Incident));
        }
        events.extend(self.keeper.finish().into_iter().map(EngineEvent::Incident));
        let escalation = last.map_or_else(Vec::new, |at| self.escalation.reasons_before(at.media_time));
        let (left, came) = self.passages.finish();
        Ok(Finished {
            events,
            scorer: self.violence.map(ViolenceDetector::into_scorer),
            loose: LooseEnds { escalation, left, came },
        })
    }

    fn sight_signals(&self, findings: &[Finding]) -> Vec<Signal> {
        let signals = findings.iter().flat_map(|f| [sight_signal(f), self.escalation.gap_signal(f)]);
        signals.flatten().filter(|s| self.wanted.contains(&s.kind)).collect()
    }

    fn take_scores(
        &mut self,
        scored: Vec<(ClipScore, Signal)>,
        signals: &mut Vec<Signal>,
    ) -> Vec<EngineEvent> {
        let mut events = Vec::with_capacity(scored.len());
        for (score, signal) in scored {
            if let Some(rule) = self.person_down.as_mut().filter(|_| signal.evidence_rate > 0.0) {
                rule.note_violence(signal.at.media_time, signal.region_in_frame);
            }
            if let Some(acts) = &mut self.acts {
                acts.note_violence(signal.at.media_time, signal.region_in_frame, signal.evidence_rate);
            }
            self.escalation.note_violence(&signal);
            events.push(EngineEvent::Score(score));
            if self.is_violence_flagged {
                signals.push(signal);
            }
        }
        events
    }
}

/// Follows the people of a picture, and keeps what a window of the violence model will need of it.
fn track(tracker: &mut Tracker, picture: SeenPicture, wants_moment: bool) -> (Option<Moment>, TrackedFrame) {
    let SeenPicture { at, seen, grey, frame_from_input, content_in_input, input_size, .. } = picture;
    let tracked = tracker.push(PoseFrame { at, people: seen.people });
    let moment = seen.features.zip(grey).filter(|_| wants_moment).map(|(features, grey)| Moment {
        tracked: tracked.clone(),
        features,
        grey,
        frame_from_input,
        content_in_input,
        input_size,
    });
    (moment, tracked)
}
