//! Possible violence: windows over the people who interact, scored by the model, explained by what is measured.

use std::collections::VecDeque;

use super::body::limb_speed;
use super::groups::{Group, find_groups};
use crate::config::ViolenceRule;
use crate::domain::{
    BBox, ClipScore, FrameFromInput, IncidentKind, MediaTime, Pose, Reason, ReasonCode, Severity, Signal,
    Size, Span, TrackId, TrackedFrame,
};
use crate::infer::{FeatureMap, InferError, SmallGrey, WindowFrame, WindowRegion, WindowScorer};

/// One analysed picture as the window needs it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Who was where.
    pub tracked: TrackedFrame,
    /// The pose model's features of the picture.
    pub features: FeatureMap,
    /// The picture itself, small and grey.
    pub grey: SmallGrey,
    /// How the model's input maps to the frame.
    pub frame_from_input: FrameFromInput,
    /// The part of the input that shows the picture.
    pub content_in_input: BBox,
    /// Size of the model's input.
    pub input_size: Size,
}

impl Moment {
    /// Heights of the boxes whose centre lies in a region, all in the model's input.
    fn heights_in(&self, region_in_input: BBox) -> impl Iterator<Item = f32> {
        let boxes =
            self.tracked.people.iter().map(|p| self.frame_from_input.inverse_bbox(p.pose.bbox_in_frame));
        boxes.filter(move |b| region_in_input.contains(b.centre())).map(|b| b.height)
    }

    fn pose_of(&self, track: TrackId) -> Option<&Pose> {
        self.tracked.people.iter().find(|p| p.track == track).map(|p| &p.pose)
    }
}

/// Evidence that a second of calm windows takes away, in seconds.
const FADING: f32 = -0.5;
/// More groups than this at once are a crowd; the largest are looked at.
const MOST_GROUPS: usize = 6;

/// Seconds of evidence that a second of windows of this probability is worth: 1 from the alarm level on, falling to 0 at
/// the neutral level and to `FADING` well below it. A long struggle at middling scores adds up, a single odd window
/// does not.
pub fn evidence_rate(probability: f32, alarm: f32, neutral_share: f32) -> f32 {
    let neutral = neutral_share * alarm;
    ((probability - neutral) / (alarm - neutral).max(1e-3)).clamp(FADING, 1.0)
}

/// Runs the violence model over one source.
pub struct ViolenceDetector {
    rule: ViolenceRule,
    scorer: Box<dyn WindowScorer>,
    ring: VecDeque<Moment>,
    next_due: MediaTime,
    scored_any: bool,
}

impl ViolenceDetector {
    /// With a model that has just been loaded.
    pub fn new(rule: ViolenceRule, scorer: Box<dyn WindowScorer>) -> Self {
        Self { rule, scorer, ring: VecDeque::new(), next_due: MediaTime::ZERO, scored_any: false }
    }

    /// Gives the model back for the next source.
    pub fn into_scorer(self) -> Box<dyn WindowScorer> {
        self.scorer
    }

    /// Probability from which a window counts.
    pub fn alarm(&self) -> f32 {
        self.rule.alarm.unwrap_or_else(|| self.scorer.alarm())
    }

    /// Takes the next picture; scores when a window is due.
    ///
    /// # Errors
    /// When the model fails.
    pub fn push(&mut self, moment: Moment) -> Result<Vec<(ClipScore, Signal)>, InferError> {
        let now = moment.tracked.at.media_time;
        let is_new_scene = self.ring.back().is_some_and(|last| {
            last.tracked.at.size != moment.tracked.at.size
                || now - last.tracked.at.media_time > self.window_length() + self.window_length()
        });
        if is_new_scene {
            self.ring.clear();
        }
        self.ring.push_back(moment);
        while self.ring.front().is_some_and(|m| now - m.tracked.at.media_time > self.window_length()) {
            self.ring.pop_front();
        }
        if now < self.next_due || !self.is_full() {
            return Ok(Vec::new());
        }
        self.next_due = now + MediaTime::from_secs_f64(self.rule.stride_secs);
        self.score()
    }

    /// At the end of a recording too short for a full window: scores what there is.
    ///
    /// # Errors
    /// When the model fails.
    pub fn finish(&mut self) -> Result<Vec<(ClipScore, Signal)>, InferError> {
        let is_worth_it = !self.scored_any && self.ring.len() >= self.scorer.min_frames();
        if is_worth_it { self.score() } else { Ok(Vec::new()) }
    }

    /// Whether the pictures span a whole window. Windows filled up with repeated pictures are less certain, so they
    /// are scored only where a recording holds nothing better.
    fn is_full(&self) -> bool {
        let (Some(first), Some(last)) = (self.ring.front(), self.ring.back()) else { return false };
        let spanned = last.tracked.at.media_time - first.tracked.at.media_time;
        let wanted_nanos = self.scorer.step().nanos() * (self.scorer.frames() as i64 - 1);
        spanned.nanos() >= wanted_nanos - self.scorer.step().nanos() / 4
    }

    fn window_length(&self) -> MediaTime {
        MediaTime::from_nanos(self.scorer.step().nanos() * (self.scorer.frames() as i64 - 1).max(1))
            + MediaTime::from_nanos(self.scorer.step().nanos() / 2)
    }

    fn score(&mut self) -> Result<Vec<(ClipScore, Signal)>, InferError> {
        self.scored_any = true;
        let frames: Vec<&TrackedFrame> = self.ring.iter().map(|m| &m.tracked).collect();
        let mut groups = find_groups(&frames, self.rule.reach_body_heights);
        groups.truncate(MOST_GROUPS);
        let groups: Vec<Option<Group>> =
            if groups.is_empty() { vec![None] } else { groups.into_iter().map(Some).collect() };
        let moments: Vec<&Moment> = self.resampled().into_iter().map(|i| &self.ring[i]).collect();
        let window: Vec<WindowFrame<'_>> =
            moments.iter().map(|m| WindowFrame { features: &m.features, grey: &m.grey }).collect();
        let regions: Vec<WindowRegion> =
            groups.iter().map(|group| self.region(group.as_ref(), &moments)).collect();
        let probabilities = self.scorer.score_all(&window, &regions)?;
        Ok(groups.into_iter().zip(probabilities).map(|(group, p)| self.judge(group, p)).collect())
    }

    /// Where the model is to look for a group, or in the whole picture, and who is there.
    fn region(&self, group: Option<&Group>, moments: &[&Moment]) -> WindowRegion {
        let last = &self.ring[self.ring.len() - 1];
        let region_in_input = match group {
            Some(group) => last.frame_from_input.inverse_bbox(group.region_in_frame),
            None => last.content_in_input,
        };
        WindowRegion::new(
            region_in_input,
            last.input_size,
            &last.features,
            moments.len(),
            moments.iter().flat_map(|m| m.heights_in(region_in_input)).collect(),
            group.is_some(),
        )
    }

    /// What a probability means.
    fn judge(&self, group: Option<Group>, probability: f32) -> (ClipScore, Signal) {
        let (first, last) = (&self.ring[0], &self.ring[self.ring.len() - 1]);
        let at = last.tracked.at;
        let span = Span::between(first.tracked.at.media_time, at.media_time);
        let region_in_frame = match &group {
            Some(group) => group.region_in_frame.clipped(at.size),
            None => BBox::of_picture(at.size),
        };
        let reasons = self.reasons(group.as_ref(), probability);
        let tracks = group.map(|g| g.tracks).unwrap_or_default();
        let evidence_rate = evidence_rate(probability, self.alarm(), self.rule.neutral_share);
        let score = ClipScore { span, tracks: tracks.clone(), region_in_frame, probability };
        let signal = Signal {
            kind: IncidentKind::Violence,
            at,
            span,
            region_in_frame,
            tracks,
            strength: probability,
            evidence_rate,
            severity: Severity::Alert,
            reasons,
        };
        (score, signal)
    }

    /// For each place of the window the picture nearest in time, the oldest repeated where there are too few.
    fn resampled(&self) -> Vec<usize> {
        let now = self.ring[self.ring.len() - 1].tracked.at.media_time;
        let frames = self.scorer.frames() as i64;
        (0..frames)
            .map(|place| {
                let wanted = now - MediaTime::from_nanos(self.scorer.step().nanos() * (frames - 1 - place));
                let distance = |i: usize| (self.ring[i].tracked.at.media_time - wanted).nanos().abs();
                (0..self.ring.len()).min_by_key(|i| distance(*i)).unwrap_or(0)
            })
            .collect()
    }

    fn reasons(&self, group: Option<&Group>, probability: f32) -> Vec<Reason> {
        let mut reasons = vec![Reason::measured(ReasonCode::ModelProbability, probability)];
        match group {
            Some(group) => {
                reasons.push(Reason::measured(ReasonCode::PeopleTogether, group.people as f32));
                reasons.push(Reason::measured(ReasonCode::PeopleClose, group.nearest_body_heights));
                if let Some(speed) = self.fastest_limb(group) {
                    reasons.push(Reason::measured(ReasonCode::LimbSpeed, speed));
                }
            }
            None => reasons.push(Reason::fact(ReasonCode::WholePicture)),
        }
        reasons
    }

    fn fastest_limb(&self, group: &Group) -> Option<f32> {
        let pairs = self.ring.iter().zip(self.ring.iter().skip(1));
        pairs
            .flat_map(|(before, after)| {
                let elapsed_secs =
                    (after.tracked.at.media_time - before.tracked.at.media_time).secs_f64() as f32;
                group.tracks.iter().filter_map(move |track| {
                    limb_speed(before.pose_of(*track)?, after.pose_of(*track)?, elapsed_secs)
                })
            })
            .max_by(f32::total_cmp)
    }
}
