//! Where on the page's timeline everything of one recording stands. All places are per cent of the width, so that
//! the drawing stretches with the page while its letters keep their size.

use serde::Serialize;

use crate::domain::{BlindSpan, FlaggedIncident, MediaTime, SourceResult, Span};
use crate::text::Texts;

/// Labels wanted on the time axis, at most.
const MAX_TICKS: f64 = 6.0;
/// Distances between ticks, in seconds.
const STEPS: [f64; 17] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0,
    21_600.0, 43_200.0,
];
/// A recording may fall short of its declared length by this share without being called unanalysed: pictures are
/// looked at a few times a second, and the last one ends a little early.
const SHORTFALL_SHARE: f64 = 0.01;
/// The same, in seconds.
const SHORTFALL_SECS: f64 = 1.0;

/// The drawing of one recording.
#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    /// What was analysed, blind stretches included.
    analysed: Bar,
    blind: Vec<Bar>,
    flags: Vec<FlagBar>,
    problems: Vec<Mark>,
    ticks: Vec<Tick>,
}

#[derive(Debug, Serialize)]
struct Bar {
    left: String,
    width: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct FlagBar {
    bar: Bar,
    severity: &'static str,
    /// The flag's place within the recording, from 1.
    number: usize,
}

#[derive(Debug, Serialize)]
struct Mark {
    left: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct Tick {
    left: String,
    label: String,
    /// SVG's `text-anchor`.
    anchor: &'static str,
}

impl Timeline {
    pub(super) fn new(source: &SourceResult, texts: &Texts) -> Self {
        let axis = Axis { total_secs: total_secs(source) };
        let analysed =
            Span { start: MediaTime::ZERO, end: MediaTime::from_secs_f64(analysed_end_secs(source)) };
        let problem = |at: MediaTime, message: &str| Mark {
            left: axis.percent(at.secs_f64()),
            title: format!("{} {}", texts.clock(at), crate::text::printable(message)),
        };
        Self {
            analysed: axis.bar(analysed, texts.get("report-legend-analysed")),
            blind: source.coverage.blind.iter().map(|b| axis.bar(b.span, blind_title(b, texts))).collect(),
            flags: (1..).zip(&source.incidents).map(|(n, f)| axis.flag(n, f, texts)).collect(),
            problems: source.errors.iter().filter_map(|e| Some(problem(e.at?, &e.message))).collect(),
            ticks: axis.ticks(texts),
        }
    }

    /// Whether something of the recording was not analysed.
    pub(super) fn has_rest(&self) -> bool {
        self.analysed.width != "100.000%"
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }
}

fn blind_title(blind: &BlindSpan, texts: &Texts) -> String {
    let (from, to) = texts.clocks(blind.span);
    format!("{from}–{to} {}", texts.blind_cause(blind.cause))
}

/// The longest of what the file declares, what was read of it, and what was found in it.
fn total_secs(source: &SourceResult) -> f64 {
    let found = source.incidents.iter().map(|f| f.incident.span.end);
    let ends = found.chain(source.coverage.blind.iter().map(|b| b.span.end)).map(MediaTime::secs_f64);
    let declared = source.coverage.expected_secs.unwrap_or_default();
    ends.fold(source.duration_secs.max(declared), f64::max).max(0.001)
}

/// Up to where the recording was looked at. The ledger knows how much, not where: what is missing is drawn at the
/// end, where an analysis that stops leaves it.
fn analysed_end_secs(source: &SourceResult) -> f64 {
    let blind: f64 = source.coverage.blind.iter().map(|b| b.span.duration_secs()).sum();
    let accounted = source.coverage.analysed_secs + blind;
    let shortfall = source.duration_secs - accounted;
    if source.coverage.analysed_secs <= 0.0 {
        0.0
    } else if shortfall > SHORTFALL_SECS && shortfall > SHORTFALL_SHARE * source.duration_secs {
        accounted
    } else {
        source.duration_secs
    }
}

struct Axis {
    total_secs: f64,
}

impl Axis {
    fn percent(&self, secs: f64) -> String {
        format!("{:.3}%", (secs / self.total_secs).clamp(0.0, 1.0) * 100.0)
    }

    fn bar(&self, span: Span, title: String) -> Bar {
        let (start, end) = (span.start.secs_f64().max(0.0), span.end.secs_f64().min(self.total_secs));
        Bar { left: self.percent(start), width: self.percent((end - start).max(0.0)), title }
    }

    fn flag(&self, number: usize, flagged: &FlaggedIncident, texts: &Texts) -> FlagBar {
        let incident = &flagged.incident;
        let (from, to) = texts.clocks(incident.span);
        let title = format!("{from}–{to} {}", texts.kind(incident.kind));
        FlagBar { bar: self.bar(incident.span, title), severity: incident.severity.as_str(), number }
    }

    fn ticks(&self, texts: &Texts) -> Vec<Tick> {
        let days = (self.total_secs / MAX_TICKS / 86_400.0).ceil() * 86_400.0;
        let step = STEPS.into_iter().find(|step| self.total_secs / step <= MAX_TICKS).unwrap_or(days);
        let count = (self.total_secs / step).floor() as u32;
        (0..=count).map(|i| self.tick(f64::from(i) * step, texts)).collect()
    }

    fn tick(&self, secs: f64, texts: &Texts) -> Tick {
        let share = secs / self.total_secs;
        let anchor = match share {
            s if s < 0.04 => "start",
            s if s > 0.96 => "end",
            _ => "middle",
        };
        Tick { left: self.percent(secs), label: texts.clock(MediaTime::from_secs_f64(secs)), anchor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::text::Lang;

    #[test]
    fn everything_stands_at_its_share_of_the_length() {
        let data = fixture::report(std::path::Path::new("/stills"));
        let timeline = Timeline::new(&data.sources[0], &Texts::new(Lang::En));
        assert_eq!(timeline.flags[0].bar.left, "13.333%");
        assert_eq!(timeline.flags[0].bar.width, "5.944%");
        assert_eq!(timeline.ticks.len(), 7);
        assert_eq!(timeline.ticks[1].label, "00:00:30");
        assert!(!timeline.has_rest());
    }

    #[test]
    fn an_interrupted_analysis_leaves_a_rest() {
        let data = fixture::report(std::path::Path::new("/stills"));
        let timeline = Timeline::new(&data.sources[2], &Texts::new(Lang::En));
        assert!(timeline.has_rest() && timeline.has_problems());
    }

    #[test]
    fn axes_of_any_length_have_few_labels() {
        let texts = Texts::new(Lang::En);
        for total_secs in [0.001, 0.9, 6.0, 59.9, 3601.0, 86_400.0, 1e7] {
            let ticks = Axis { total_secs }.ticks(&texts);
            assert!((1..=7).contains(&ticks.len()), "{total_secs} s: {} ticks", ticks.len());
        }
    }
}
