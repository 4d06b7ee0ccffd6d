//! The alarm level that suits one camera, learnt from its quiet hours by replaying the incident rules.
//!
//! Pure: recorded window scores come in, a level goes out. The engine gives the same events for the same signals, so the
//! rules can be replayed at any level without looking at a picture again. The level can never leave the bounds of the
//! model's card: footage that staff of a site chose cannot make a camera blind.

use crate::config::Config;
use crate::detect::evidence_rate;
use crate::domain::{
    ClipScore, FrameRef, Incident, IncidentEvent, IncidentKind, LevelBounds, MediaTime, Severity, Signal,
    Size, SourceId,
};
use crate::incident::IncidentKeeper;

/// From one level that is tried to the next.
const LEVEL_STEP: f32 = 0.01;

/// What the violence model said of one recording, picture by picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedScores {
    pictures: Vec<(MediaTime, Vec<ClipScore>)>,
}

impl RecordedScores {
    /// The next picture was looked at.
    pub fn picture(&mut self, at: MediaTime) {
        self.pictures.push((at, Vec::new()));
    }

    /// A window was scored at the latest picture. Before any picture there is none.
    pub fn score(&mut self, score: ClipScore) {
        if let Some((_, scores)) = self.pictures.last_mut() {
            scores.push(score);
        }
    }

    /// The incidents of possible violence that the rules raise at an alarm level.
    pub fn incidents_at(&self, config: &Config, level: f32) -> Vec<Incident> {
        let mut keeper = IncidentKeeper::new(config);
        let mut events = Vec::new();
        for (index, (media_time, scores)) in self.pictures.iter().enumerate() {
            // The rules look at the time alone.
            let size = Size { width: 0, height: 0 };
            let at = FrameRef { source: SourceId(0), index: index as u64, media_time: *media_time, size };
            let signals =
                scores.iter().map(|s| signal(at, s, config.violence.neutral_share, level)).collect();
            events.extend(keeper.push(at, signals));
        }
        events.extend(keeper.finish());
        let ended = |event| match event {
            IncidentEvent::End(incident) => Some(incident),
            IncidentEvent::New(_) | IncidentEvent::Update(_) => None,
        };
        events.into_iter().filter_map(ended).collect()
    }
}

fn signal(at: FrameRef, score: &ClipScore, neutral_share: f32, level: f32) -> Signal {
    Signal {
        kind: IncidentKind::Violence,
        at,
        span: score.span,
        region_in_frame: score.region_in_frame,
        tracks: score.tracks.clone(),
        strength: score.probability,
        evidence_rate: evidence_rate(score.probability, level, neutral_share),
        severity: Severity::Alert,
        reasons: Vec::new(),
    }
}

/// The level chosen for a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The level, within the bounds.
    pub level: f32,
    /// Flags on the footage at that level.
    pub flags: u64,
    /// Flags on the footage at the model's own level.
    pub flags_at_own: u64,
    /// Whether even the highest level allowed raises more flags than wanted.
    pub is_noisier_than_wanted: bool,
}

/// The lowest level within the bounds at which the rules raise at most `most_flags` on the footage, else the highest.
pub fn choose(config: &Config, footage: &[&RecordedScores], bounds: LevelBounds, most_flags: f64) -> Choice {
    let flags_at = |level: f32| -> u64 {
        footage.iter().map(|recording| recording.incidents_at(config, level).len() as u64).sum()
    };
    let flags_at_own = flags_at(bounds.own);
    let found = levels(bounds).into_iter().map(|level| (level, flags_at(level)));
    let choice =
        |level, flags, is_noisier_than_wanted| Choice { level, flags, flags_at_own, is_noisier_than_wanted };
    let mut last = (bounds.highest, 0);
    for (level, flags) in found {
        if flags as f64 <= most_flags {
            return choice(level, flags, false);
        }
        last = (level, flags);
    }
    choice(last.0, last.1, true)
}

/// All levels to try, lowest first: the bounds, the model's own, and what lies between.
fn levels(bounds: LevelBounds) -> Vec<f32> {
    let mut levels = vec![bounds.lowest, bounds.own, bounds.highest];
    let steps = ((bounds.highest - bounds.lowest) / LEVEL_STEP).floor() as u32;
    levels.extend((1..=steps).map(|i| bounds.lowest + i as f32 * LEVEL_STEP));
    levels.retain(|level| (bounds.lowest..=bounds.highest).contains(level));
    levels.sort_by(f32::total_cmp);
    levels.dedup();
    levels
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{BBox, Span};

    /// Windows every 0.4 s with these scores, over one place.
    fn recorded(scores: &[f32]) -> RecordedScores {
        let mut recorded = RecordedScores::default();
        for (i, probability) in scores.iter().enumerate() {
            let at = MediaTime::from_millis(i as i64 * 400);
            recorded.picture(at);
            recorded.score(ClipScore {
                span: Span { start: at - MediaTime::from_millis(1800), end: at },
                tracks: Vec::new(),
                region_in_frame: BBox { x: 0.0, y: 0.0, width: 100.0, height: 100.0 },
                probability: *probability,
            });
        }
        recorded
    }

    /// A burst of five windows at each score, calm between them.
    fn bursts(scores: &[f32]) -> RecordedScores {
        let all: Vec<f32> = scores.iter().flat_map(|s| [vec![*s; 5], vec![0.0; 15]].concat()).collect();
        recorded(&all)
    }

    const BOUNDS: LevelBounds = LevelBounds { own: 0.6, lowest: 0.5, highest: 0.8 };

    #[test]
    fn the_lowest_level_that_is_quiet_enough_is_chosen() {
        let (config, footage) = (Config::default(), bursts(&[0.62, 0.65, 0.75, 0.3]));
        assert_eq!(footage.incidents_at(&config, 0.6).len(), 3);
        let strict = choose(&config, &[&footage], BOUNDS, 1.0);
        assert_eq!((strict.flags, strict.flags_at_own, strict.is_noisier_than_wanted), (1, 3, false));
        assert!(strict.level > 0.65 && strict.level <= 0.75, "{}", strict.level);
        let mild = choose(&config, &[&footage], BOUNDS, 10.0);
        assert_eq!((mild.level, mild.is_noisier_than_wanted), (0.5, false));
    }

    #[test]
    fn the_bound_holds_whatever_the_footage_shows() {
        let (config, loud) = (Config::default(), bursts(&[0.99; 6]));
        let choice = choose(&config, &[&loud, &loud], BOUNDS, 0.0);
        assert_eq!((choice.level, choice.flags, choice.is_noisier_than_wanted), (0.8, 12, true));
        let fixed = LevelBounds { own: 0.6, lowest: 0.6, highest: 0.6 };
        assert_eq!(choose(&config, &[&loud], fixed, 0.0).level, 0.6);
    }

    #[test]
    fn no_footage_is_the_most_sensitive_level() {
        assert_eq!(choose(&Config::default(), &[], BOUNDS, 0.0).level, 0.5);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_choice_keeps_to_its_bounds_and_counts_what_it_says(
            scores in prop::collection::vec(0.0f32..1.0, 0..80),
            (low, own, high) in (0.05f32..0.95, 0.0f32..1.0, 0.0f32..1.0)
                .prop_map(|(low, a, b)| {
                    let high = low + (0.99 - low) * a.max(b);
                    (low, low + (high - low) * a.min(b), high)
                }),
            most in 0.0..4.0f64,
        ) {
            let (config, footage) = (Config::default(), recorded(&scores));
            let bounds = LevelBounds { own, lowest: low, highest: high };
            let choice = choose(&config, &[&footage], bounds, most);
            prop_assert!((low..=high).contains(&choice.level));
            prop_assert_eq!(choice.flags, footage.incidents_at(&config, choice.level).len() as u64);
            prop_assert_eq!(choice.is_noisier_than_wanted, choice.flags as f64 > most);
        }
    }
}
