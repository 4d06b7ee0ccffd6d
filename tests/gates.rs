//! A shortcut gate of the violence model, end to end: what recorders and players do to a clip must not change what
//! the program thinks of it. The gates that need heads trained without a clip are in `models/training/gates.py`.

mod common;

use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Case, Outcome, dev_data};

/// How far a clip's probability may move, in the median.
const MOVE: f64 = 0.1;
/// Every so many of the labelled clips is taken: thirteen of them, of both labels.
const EVERY: usize = 14;
/// Ten times what all clips take on one slow core: long enough beside other work, short enough to notice a hang.
const PATIENCE: Duration = Duration::from_secs(600);
/// What FFmpeg is told, by what it stands for; only the first is meant to lose quality.
const ALTERATIONS: [(&str, &str); 4] = [
    ("re-encoded", "-crf 32"),
    ("mirrored", "-vf hflip -crf 12"),
    ("at half resolution", "-vf scale=trunc(iw/4)*2:trunc(ih/4)*2 -crf 12"),
    ("at half frame rate", "-vf fps=source_fps/2 -crf 12"),
];

/// A clip and what its label says.
struct Clip {
    path: PathBuf,
    label: String,
}

fn some_clips(folder: &Path) -> Vec<Clip> {
    let labels = std::fs::read_to_string(folder.join("labels.csv")).unwrap();
    let clip = |line: &str| {
        let mut cells = line.split(',');
        let path = folder.join(cells.next().unwrap());
        Clip { path, label: cells.next().unwrap().to_owned() }
    };
    labels.lines().skip(1).step_by(EVERY).map(clip).collect()
}

fn altered(case: &Case, clip: &Clip, how: &str, name: &str) -> Clip {
    let mut arguments = vec!["-i", clip.path.to_str().unwrap()];
    arguments.extend(how.split_whitespace());
    arguments.extend("-an -c:v libx264 -preset ultrafast -pix_fmt yuv420p".split_whitespace());
    Clip { path: case.ffmpeg(&arguments, name), label: clip.label.clone() }
}

/// The probability of each clip.
fn scores(case: &Case, clips: &[Clip]) -> Vec<f64> {
    let row = |(n, clip): (usize, &Clip)| format!("{},{},{n}", clip.path.display(), clip.label);
    let rows: Vec<String> = clips.iter().enumerate().map(row).collect();
    let labels = case.write("labels.csv", format!("path,label,group\n{}\n", rows.join("\n")));
    let arguments =
        ["eval", "clips", "--json", "--detectors", "violence", "--labels", labels.to_str().unwrap()];
    let mut command = case.kuager(arguments);
    command.timeout(PATIENCE);
    let outcome = Outcome::of(command);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let scores = outcome.lines.last().unwrap()["scores"].as_array().unwrap().clone();
    assert_eq!(scores.len(), clips.len());
    scores.iter().map(|row| row["score"].as_f64().unwrap()).collect()
}

fn median(values: &[f64]) -> f64 {
    assert!(!values.len().is_multiple_of(2), "one value is in the middle");
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn a_clip_scores_alike_however_it_was_stored() {
    let Some(folder) = dev_data("surveillance_fights") else { return };
    let case = Case::new();
    let clips = some_clips(&folder);
    let before = scores(&case, &clips);
    // A model that says the same of everything would pass below.
    let (least, most) = before.iter().fold((1.0, 0.0), |(low, high), s| (s.min(low), s.max(high)));
    assert!(most - least > 3.0 * MOVE, "the clips as they are score from {least} to {most}");

    for (number, (what, how)) in ALTERATIONS.iter().enumerate() {
        let copies = clips.iter().enumerate();
        let copies = copies.map(|(n, clip)| altered(&case, clip, how, &format!("clip_{n}_{number}.mp4")));
        let after = scores(&case, &copies.collect::<Vec<_>>());
        let moves: Vec<f64> = before.iter().zip(&after).map(|(b, a)| (a - b).abs()).collect();
        let moved = median(&moves);
        eprintln!("clips {what} move by {moved:.3} in the median: {moves:.3?}");
        assert!(moved <= MOVE, "clips {what} move by {moved} in the median: {moves:?}");
    }
}
