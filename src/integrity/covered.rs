//! A picture that loses its detail and stays without.

use super::PictureStats;
use crate::config::CoveredRule;
use crate::domain::{BlindCause, BlindSpan, MediaTime, Span};

/// Whether the camera could see at a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight {
    /// It can.
    Clear,
    /// Detail is gone, not yet for long enough to say so.
    Doubtful,
    /// Covered or blinded since the given time.
    Blind {
        /// First picture without detail.
        since: MediaTime,
        /// Share of the usual detail that is left, 0 to 1.
        detail_left: f32,
    },
}

/// Below this (luma steps between neighbouring samples) there is nothing to see, whatever was usual.
const NOTHING_TO_SEE: f32 = 0.8;
/// And this is how little shape such a picture has.
const NO_SHAPE: f32 = 3.0;
/// A covered picture also loses its large shapes; a scene whose lights go out keeps more of them.
const STRUCTURE_SHARE: f32 = 0.3;
/// How fast the usual look follows slow changes (dusk, infrared), per second.
const ADAPT_PER_SEC: f32 = 0.02;

/// Watches one camera's pictures for lost detail.
#[derive(Clone, Debug)]
pub struct CoveredDetector {
    rule: CoveredRule,
    usual: Option<PictureStats>,
    blind_since: Option<MediaTime>,
    last: Option<MediaTime>,
    spans: Vec<Span>,
}

impl CoveredDetector {
    /// With nothing known of the camera yet.
    pub fn new(rule: CoveredRule) -> Self {
        Self { rule, usual: None, blind_since: None, last: None, spans: Vec::new() }
    }

    /// Judges the next picture.
    pub fn push(&mut self, at: MediaTime, stats: PictureStats) -> Sight {
        let elapsed_secs = self.last.replace(at).map_or(0.0, |last| (at - last).secs_f64() as f32);
        let Some(detail_left) = self.lost_detail(stats) else {
            self.close(at);
            self.adapt(stats, elapsed_secs);
            return Sight::Clear;
        };
        let since = *self.blind_since.get_or_insert(at);
        if (at - since).secs_f64() >= self.rule.confirm_secs {
            Sight::Blind { since, detail_left }
        } else {
            Sight::Doubtful
        }
    }

    /// Everything that could not be seen, by time.
    pub fn finish(mut self) -> Vec<BlindSpan> {
        if let Some(last) = self.last {
            self.close(last);
        }
        self.spans.into_iter().map(|span| BlindSpan { cause: BlindCause::CameraCovered, span }).collect()
    }

    fn close(&mut self, at: MediaTime) {
        if let Some(since) = self.blind_since.take() {
            let span = Span { start: since, end: at };
            if span.duration_secs() >= self.rule.confirm_secs {
                self.spans.push(span);
            }
        }
    }

    /// The share of detail left, if so little is that the picture counts as covered.
    fn lost_detail(&self, stats: PictureStats) -> Option<f32> {
        let is_empty = stats.detail < NOTHING_TO_SEE && stats.structure < NO_SHAPE;
        let Some(usual) = self.usual else { return is_empty.then_some(0.0) };
        let left = stats.detail / usual.detail.max(0.1);
        let has_dropped =
            left < self.rule.detail_share && stats.structure < STRUCTURE_SHARE * usual.structure;
        (is_empty || has_dropped).then_some(left.min(1.0))
    }

    fn adapt(&mut self, stats: PictureStats, elapsed_secs: f32) {
        let Some(usual) = &mut self.usual else {
            self.usual = Some(stats);
            return;
        };
        let weight = (ADAPT_PER_SEC * elapsed_secs).min(1.0);
        usual.mean += (stats.mean - usual.mean) * weight;
        usual.structure += (stats.structure - usual.structure) * weight;
        usual.detail += (stats.detail - usual.detail) * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: PictureStats = PictureStats { mean: 110.0, structure: 40.0, detail: 9.0 };
    const CLOTH: PictureStats = PictureStats { mean: 20.0, structure: 5.0, detail: 2.4 };
    const LIGHTS_OUT: PictureStats = PictureStats { mean: 30.0, structure: 15.0, detail: 3.0 };

    fn run(looks: &[(PictureStats, usize)]) -> (Vec<Sight>, Vec<BlindSpan>) {
        let mut detector = CoveredDetector::new(CoveredRule::default());
        let pictures = looks.iter().flat_map(|(stats, n)| std::iter::repeat_n(*stats, *n));
        let sights = pictures
            .enumerate()
            .map(|(i, s)| detector.push(MediaTime::from_millis(i as i64 * 200), s))
            .collect();
        (sights, detector.finish())
    }

    #[test]
    fn a_cloth_over_the_lens_is_blind_until_it_is_gone() {
        let (sights, spans) = run(&[(CLEAR, 10), (CLOTH, 30), (CLEAR, 5)]);
        assert_eq!(sights[12], Sight::Doubtful);
        assert!(matches!(sights[25], Sight::Blind { since, .. } if since == MediaTime::from_millis(2000)));
        assert_eq!(sights[40], Sight::Clear);
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].span.duration_secs(), 6.0);
    }

    #[test]
    fn a_hand_passing_or_lights_out_is_not() {
        let (sights, spans) = run(&[(CLEAR, 10), (CLOTH, 5), (CLEAR, 10), (LIGHTS_OUT, 40)]);
        assert!(spans.is_empty());
        assert!(!sights.iter().any(|s| matches!(s, Sight::Blind { .. })));
    }

    #[test]
    fn a_recording_that_is_black_from_its_start_is_blind() {
        let black = PictureStats { mean: 16.0, structure: 0.2, detail: 0.0 };
        assert_eq!(run(&[(black, 50)]).1.len(), 1);
    }
}
