//! The report of `eval clips`: one score a clip against one label a clip.

use std::collections::BTreeMap;

use serde::Serialize;

use super::interval::{Interval, RESAMPLES, Resampling, bootstrap_groups, wilson};
use super::ranking::{Ranked, Ranking};
use super::{EvalError, Note};

/// False-positive rates at which recall is reported: one harmless clip in twenty, and one in ten.
const REPORTED_FPR: [f64; 2] = [0.05, 0.1];

/// A clip with its label and its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClipScoreRow {
    /// The clip, as in the labels.
    pub path: String,
    /// What it shows, as in the labels.
    pub label: String,
    /// Clips of one group (camera, recording) resemble each other; intervals respect that.
    pub group: String,
    /// Highest violence score of its windows, 0 to 1.
    pub score: f64,
}

/// How scores are judged.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipsSetup {
    /// The label that counts as positive; all others are negative.
    pub positive: String,
    /// A clip whose score reaches it counts as flagged.
    pub threshold: f64,
    /// Subsets to be reported on their own: name, and indices into the rows.
    pub slices: BTreeMap<String, Vec<usize>>,
    /// Of the bootstrap.
    pub seed: u64,
}

/// The last line of `eval clips --json`. A figure that cannot be given is absent, and `notes` says why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClipsReport {
    /// `eval_clips`.
    #[serde(rename = "type")]
    pub line_type: &'static str,
    /// Version of the line format.
    pub schema: u32,
    /// Clips scored.
    pub clips: usize,
    /// Those with the positive label.
    pub positives: usize,
    /// Groups they come from.
    pub groups: usize,
    /// Area under the ROC curve, 0 to 1, ties counting half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
    /// Its interval, resampled by group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc_ci: Option<Interval>,
    /// Average precision, 0 to 1; that of guessing is the share of positives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ap: Option<f64>,
    /// Share of positives found at a threshold that flags no more than this share of the negatives, by that share.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub recall_at_fpr: BTreeMap<String, f64>,
    /// Share of clips on the right side of the threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_at_threshold: Option<f64>,
    /// Its Wilson interval, as if clips were independent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_ci: Option<Interval>,
    /// The threshold of the accuracy.
    pub threshold: f64,
    /// The same for subsets.
    pub by_slice: BTreeMap<String, SliceReport>,
    /// Why a figure is missing or weak.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Every clip, in the order given.
    pub scores: Vec<ClipScoreRow>,
}

/// Figures of a subset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliceReport {
    /// Clips in it.
    pub clips: usize,
    /// Those with the positive label.
    pub positives: usize,
    /// Area under the ROC curve; absent where a class is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
    /// Its interval, resampled by group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc_ci: Option<Interval>,
    /// Share of clips on the right side of the threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_at_threshold: Option<f64>,
    /// Its Wilson interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_ci: Option<Interval>,
}

/// Judges scores against labels.
pub fn clips_report(rows: Vec<ClipScoreRow>, setup: &ClipsSetup) -> Result<ClipsReport, EvalError> {
    if let Some(row) = rows.iter().find(|r| !r.score.is_finite()) {
        return Err(EvalError::NotFinite { path: row.path.clone(), score: row.score });
    }
    let by_slice = setup.slices.iter().map(|(name, indices)| {
        let picked = pick(&rows, name, indices)?;
        Ok((name.clone(), Judged::new(&picked, setup).slice_report()))
    });
    let by_slice = by_slice.collect::<Result<_, EvalError>>()?;
    let judged = Judged::new(&rows.iter().collect::<Vec<_>>(), setup);
    let SliceReport { clips, positives, auc, auc_ci, accuracy_at_threshold, accuracy_ci } =
        judged.slice_report();
    let recall = |fpr| Some((format!("{fpr}"), judged.ranking.recall_at_fpr(fpr)?));
    Ok(ClipsReport {
        line_type: "eval_clips",
        schema: 1,
        clips,
        positives,
        groups: judged.groups,
        auc,
        auc_ci,
        ap: judged.ranking.average_precision(),
        recall_at_fpr: REPORTED_FPR.into_iter().filter_map(recall).collect(),
        accuracy_at_threshold,
        accuracy_ci,
        threshold: setup.threshold,
        by_slice,
        notes: judged.notes(&setup.positive),
        scores: rows,
    })
}

fn pick<'a>(
    rows: &'a [ClipScoreRow],
    slice: &str,
    indices: &[usize],
) -> Result<Vec<&'a ClipScoreRow>, EvalError> {
    let row = |&index: &usize| {
        let missing = || EvalError::NoSuchClip { slice: slice.to_owned(), index, clips: rows.len() };
        rows.get(index).ok_or_else(missing)
    };
    indices.iter().map(row).collect()
}

/// Rows ready to be counted.
struct Judged {
    ranking: Ranking,
    clips: usize,
    positives: usize,
    correct: u64,
    groups: usize,
    resampled_auc: Resampling,
}

impl Judged {
    fn new(rows: &[&ClipScoreRow], setup: &ClipsSetup) -> Self {
        let is_positive = |r: &ClipScoreRow| r.label == setup.positive;
        let ranked = |r: &&ClipScoreRow| Ranked { score: r.score, is_positive: is_positive(r) };
        let ranking = Ranking::new(rows.iter().map(ranked).collect());
        let mut numbers = BTreeMap::new();
        let mut number = |r: &&ClipScoreRow| {
            let next = numbers.len();
            *numbers.entry(r.group.clone()).or_insert(next)
        };
        let group_of_clip: Vec<usize> = rows.iter().map(&mut number).collect();
        let groups = numbers.len();
        Self {
            clips: rows.len(),
            positives: rows.iter().filter(|r| is_positive(r)).count(),
            correct: ranking.correct_at(setup.threshold),
            resampled_auc: bootstrap_groups(&group_of_clip, groups, setup.seed, |w| ranking.auc(w)),
            ranking,
            groups,
        }
    }

    fn slice_report(&self) -> SliceReport {
        let auc = self.ranking.auc(&self.ranking.plain_weights());
        SliceReport {
            clips: self.clips,
            positives: self.positives,
            auc,
            auc_ci: auc.and(self.resampled_auc.interval),
            accuracy_at_threshold: (self.clips > 0).then(|| self.correct as f64 / self.clips as f64),
            accuracy_ci: wilson(self.correct, self.clips as u64),
        }
    }

    fn notes(&self, positive: &str) -> Vec<Note> {
        if self.clips == 0 {
            return vec![Note::new("no_clips", "no clip was scored, so there are no figures")];
        }
        if self.positives == 0 {
            let text =
                format!("no clip is labelled `{positive}`: there is no AUC, AP or recall; see --positive");
            return vec![Note::new("no_positives", text)];
        }
        if self.positives == self.clips {
            let text =
                format!("every clip is labelled `{positive}`: there is no AUC and no false-positive rate");
            return vec![Note::new("no_negatives", text)];
        }
        self.interval_note().into_iter().collect()
    }

    /// Why the AUC's interval is missing, or rests on fewer resamples than it should.
    fn interval_note(&self) -> Option<Note> {
        if self.groups < 2 {
            let text =
                "all clips are of one group: nothing can be said of how the AUC varies between cameras";
            return Some(Note::new("one_group", text));
        }
        let (usable, all) = (self.resampled_auc.usable, RESAMPLES);
        match self.resampled_auc.interval {
            None => Some(Note::new(
                "too_few_groups",
                format!(
                    "only {usable} of {all} resamples of the groups held both classes: too few for an interval"
                ),
            )),
            Some(_) if usable < all => Some(Note::new(
                "degenerate_resamples",
                format!("the AUC's interval rests on the {usable} of {all} resamples that held both classes"),
            )),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, label: &str, group: &str, score: f64) -> ClipScoreRow {
        ClipScoreRow { path: path.to_owned(), label: label.to_owned(), group: group.to_owned(), score }
    }

    fn setup() -> ClipsSetup {
        let slices = BTreeMap::from([("night".to_owned(), vec![0, 3])]);
        ClipsSetup { positive: "fight".to_owned(), threshold: 0.5, slices, seed: 1 }
    }

    fn four() -> Vec<ClipScoreRow> {
        vec![
            row("a.mp4", "fight", "g0", 0.8),
            row("b.mp4", "fight", "g1", 0.35),
            row("c.mp4", "other", "g0", 0.1),
            row("d.mp4", "walk", "g1", 0.4),
        ]
    }

    #[test]
    fn the_line_is_that_of_the_contract() {
        let report = clips_report(four(), &setup()).unwrap();
        let line = serde_json::to_string(&report).unwrap();
        assert!(line.starts_with(r#"{"type":"eval_clips","schema":1,"clips":4,"positives":2,"#), "{line}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["auc"], 0.75);
        assert_eq!(value["auc_ci"].as_array().unwrap().len(), 2);
        assert!((value["ap"].as_f64().unwrap() - 0.833_333_333).abs() < 1e-8);
        assert_eq!(value["recall_at_fpr"], serde_json::json!({"0.05": 0.5, "0.1": 0.5}));
        assert_eq!(value["accuracy_at_threshold"], 0.75);
        assert_eq!(value["threshold"], 0.5);
        assert_eq!(value["by_slice"]["night"]["auc"], 1.0);
        let first = serde_json::json!({"path": "a.mp4", "label": "fight", "group": "g0", "score": 0.8});
        assert_eq!(value["scores"][0], first);
    }

    #[test]
    fn the_interval_respects_groups() {
        // Ten cameras, each with one fight and one other clip; on three the order is wrong.
        let clips = |copies: usize| -> Vec<ClipScoreRow> {
            let of = |g: usize| {
                let (fight, other) = if g < 3 { (0.2, 0.6) } else { (0.9, 0.1) };
                let group = format!("g{g}");
                (0..copies).flat_map(move |c| {
                    [
                        row(&format!("f{g}-{c}"), "fight", &group, fight),
                        row(&format!("o{g}-{c}"), "other", &group, other),
                    ]
                })
            };
            (0..10).flat_map(of).collect()
        };
        let setup = ClipsSetup { slices: BTreeMap::new(), ..setup() };
        let (once, often) =
            (clips_report(clips(1), &setup).unwrap(), clips_report(clips(20), &setup).unwrap());
        assert_eq!(once.auc_ci, often.auc_ci, "copies within a camera add no certainty");
        assert!(once.auc_ci.unwrap().contains(once.auc.unwrap()));
        assert!(once.notes.is_empty(), "{:?}", once.notes);
    }

    #[test]
    fn a_missing_class_leaves_figures_out_and_says_why() {
        let report = clips_report(
            vec![row("a", "other", "g0", 0.2), row("b", "other", "g1", 0.7)],
            &ClipsSetup { slices: BTreeMap::new(), ..setup() },
        )
        .unwrap();
        let value = serde_json::to_value(&report).unwrap();
        for absent in ["auc", "auc_ci", "ap", "recall_at_fpr"] {
            assert!(value.get(absent).is_none(), "{absent}");
        }
        assert_eq!(value["accuracy_at_threshold"], 0.5);
        assert_eq!(value["notes"][0]["code"], "no_positives");

        let none = clips_report(vec![], &ClipsSetup { slices: BTreeMap::new(), ..setup() }).unwrap();
        assert_eq!((none.accuracy_at_threshold, none.notes[0].code), (None, "no_clips"));
    }

    #[test]
    fn one_group_has_no_interval() {
        let rows = vec![row("a", "fight", "g", 0.9), row("b", "other", "g", 0.1)];
        let report = clips_report(rows, &ClipsSetup { slices: BTreeMap::new(), ..setup() }).unwrap();
        assert_eq!((report.auc, report.auc_ci, report.notes[0].code), (Some(1.0), None, "one_group"));
    }

    #[test]
    fn what_cannot_be_judged_is_an_error() {
        let error = clips_report(vec![row("x.mp4", "fight", "g", f64::NAN)], &setup()).unwrap_err();
        assert!(matches!(error, EvalError::NotFinite { .. }) && error.to_string().contains("x.mp4"));
        let error = clips_report(vec![row("x.mp4", "fight", "g", 0.5)], &setup()).unwrap_err();
        assert!(matches!(error, EvalError::NoSuchClip { index: 3, clips: 1, .. }), "{error}");
    }
}
