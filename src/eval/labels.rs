//! Label files: clips as CSV, skeletons as JSON. Anything unclear is refused with its line and column: a figure made
//! of misread labels looks like any other.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::domain::{BBox, Joint, Point};

/// A label file that cannot be used. The caller adds the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct LabelError {
    /// From 1.
    pub line: u64,
    /// Name of the column between backquotes, or its number from 1.
    pub column: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl LabelError {
    pub(super) fn new(line: u64, column: impl ToString, problem: impl Into<String>) -> Self {
        Self { line, column: column.to_string(), problem: problem.into() }
    }

    pub(super) fn in_column(line: u64, name: &str, problem: impl Into<String>) -> Self {
        Self::new(line, format!("`{name}`"), problem)
    }
}

/// A clip as labelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipLabel {
    /// The clip, as a rule relative to the label file.
    pub path: String,
    /// What it shows.
    pub label: String,
    /// Camera or recording it comes from.
    pub group: String,
}

/// Columns a clip needs.
const CLIP_COLUMNS: [&str; 3] = ["path", "label", "group"];

/// Reads clip labels: CSV with a header that has `path`, `label` and `group` in any order; other columns are ignored,
/// and so are empty lines. No clip may be listed twice.
pub fn parse_clip_labels(csv: &str) -> Result<Vec<ClipLabel>, LabelError> {
    let csv = without_mark(csv);
    let mut reader = csv_reader(csv);
    let headers = reader.headers().map_err(|e| csv_error(&e))?.clone();
    let columns = find_columns(&headers, CLIP_COLUMNS)?;
    let mut line_of_path = BTreeMap::new();
    let mut labels = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| csv_error(&e))?;
        let line = line_of(csv, &record);
        let [path, label, group] = cells(&record, columns, line)?;
        if let Some(first) = line_of_path.insert(path.clone(), line) {
            let problem =
                format!("this clip is on line {first} already and would count twice; remove one: {path}");
            return Err(LabelError::in_column(line, "path", problem));
        }
        labels.push(ClipLabel { path, label, group });
    }
    if labels.is_empty() {
        return Err(LabelError::new(2, 1, "there is no clip below the header; add one line a clip"));
    }
    Ok(labels)
}

/// Where the columns `names` are.
pub(super) fn find_columns<const N: usize>(
    headers: &csv::StringRecord,
    names: [&str; N],
) -> Result<[usize; N], LabelError> {
    let present: Vec<&str> = headers.iter().map(str::trim).collect();
    let mut found = [0; N];
    for (place, name) in found.iter_mut().zip(names) {
        let mut matching = present.iter().enumerate().filter(|(_, h)| **h == name);
        *place = match (matching.next(), matching.next()) {
            (Some((index, _)), None) => index,
            (Some(_), Some(_)) => {
                return Err(LabelError::in_column(1, name, "there are two columns of this name; rename one"));
            }
            _ => {
                let problem = format!(
                    "missing; the first line must name the columns {}, but reads: {}",
                    names.join(","),
                    present.join(",")
                );
                return Err(LabelError::in_column(1, name, problem));
            }
        };
    }
    Ok(found)
}

/// The needed cells of a row, without surrounding blanks.
fn cells(record: &csv::StringRecord, columns: [usize; 3], line: u64) -> Result<[String; 3], LabelError> {
    let mut cells = [const { String::new() }; 3];
    for ((cell, index), name) in cells.iter_mut().zip(columns).zip(CLIP_COLUMNS) {
        // A path may begin or end with a blank, the others are words.
        let text = record.get(index).map(|t| if name == "path" { t } else { t.trim() });
        *cell = match text {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => return Err(LabelError::in_column(line, name, missing_cell(name))),
        };
    }
    Ok(cells)
}

fn missing_cell(name: &str) -> &'static str {
    match name {
        "path" => "empty; every line needs the path of a clip",
        "label" => "empty; every clip needs a label, for instance `fight` or `other`",
        _ => "empty; name the camera or recording, or repeat the path if the clip has no relatives",
    }
}

/// Spreadsheets put a byte order mark first.
pub(super) fn without_mark(csv: &str) -> &str {
    csv.strip_prefix('\u{feff}').unwrap_or(csv)
}

/// The line on which a record begins, from 1. The reader's own count is that of the end of the record before, which
/// after `\r\n` and blank lines is another line.
pub(super) fn line_of(csv: &str, record: &csv::StringRecord) -> u64 {
    let after_last = record.position().map_or(0, |p| p.byte() as usize).min(csv.len());
    let bytes = csv.as_bytes();
    let ends = bytes[after_last..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    bytes[..after_last + ends].iter().filter(|b| **b == b'\n').count() as u64 + 1
}

/// Rows may be shorter than the header: what a row needs is checked with a clearer message.
pub(super) fn csv_reader(csv: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(csv.as_bytes())
}

pub(super) fn csv_error(error: &csv::Error) -> LabelError {
    let line = error.position().map_or(1, csv::Position::line);
    LabelError::new(line, 1, format!("not readable as CSV: {error}"))
}

/// A photograph with one person's joints.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledPose {
    /// The image, as in the label file.
    pub image: String,
    /// Right ankle, knee, hip, left hip, knee, ankle, right wrist, elbow, shoulder, left shoulder, elbow, wrist, neck,
    /// top of the head, in pixels of the image; `None` where hidden or not labelled.
    pub joints_in_image: [Option<Point>; LSP_JOINTS.len()],
}

/// How far a person reaches beyond the joints on each side, as a share of their longer side.
const BODY_BEYOND_JOINTS: f32 = 0.12;

impl LabelledPose {
    /// The person's box, made of the joints; `None` without any.
    pub fn bbox_in_image(&self) -> Option<BBox> {
        let spots = self.joints_in_image.iter().flatten();
        let joints = spots.map(|p| BBox { x: p.x, y: p.y, width: 0.0, height: 0.0 }).reduce(BBox::union)?;
        let beyond = 2.0 * BODY_BEYOND_JOINTS * joints.width.max(joints.height);
        Some(BBox::from_centre(joints.centre(), joints.width + beyond, joints.height + beyond))
    }

    /// The place of a joint that both conventions have, if it is labelled.
    pub fn joint(&self, joint: Joint) -> Option<Point> {
        let index = LSP_JOINTS.iter().position(|j| *j == Some(joint))?;
        self.joints_in_image[index]
    }
}

/// The 14 joints of the Leeds Sports Pose labels (Johnson and Everingham) in their order, as COCO joints. Neck and top of
/// the head, the last two, have no counterpart. Left and right are the person's.
pub(super) const LSP_JOINTS: [Option<Joint>; 14] = [
    Some(Joint::RightAnkle),
    Some(Joint::RightKnee),
    Some(Joint::RightHip),
    Some(Joint::LeftHip),
    Some(Joint::LeftKnee),
    Some(Joint::LeftAnkle),
    Some(Joint::RightWrist),
    Some(Joint::RightElbow),
    Some(Joint::RightShoulder),
    Some(Joint::LeftShoulder),
    Some(Joint::LeftElbow),
    Some(Joint::LeftWrist),
    None,
    None,
];

/// An image as it stands in the file: joints are `[x, y, visible]`.
#[derive(Deserialize)]
struct RawPose {
    image: String,
    joints: [[f32; 3]; LSP_JOINTS.len()],
}

/// Reads skeleton labels: a JSON list of `{"image": name, "joints": [[x, y, visible], … 14]}`. A joint whose third
/// number is 0 counts as not labelled, whatever its place.
pub fn parse_pose_labels(json: &str) -> Result<Vec<LabelledPose>, LabelError> {
    let raw: Vec<RawPose> =
        serde_json::from_str(json.strip_prefix('\u{feff}').unwrap_or(json)).map_err(json_error)?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = raw.iter().find(|r| !seen.insert(r.image.as_str())) {
        let (line, column) = place_of_last(json, &twice.image);
        let problem =
            format!("this image is listed twice and would count twice; remove one: {}", twice.image);
        return Err(LabelError::new(line, column, problem));
    }
    if raw.is_empty() {
        return Err(LabelError::new(1, 1, "the list is empty; add one entry an image"));
    }
    let point = |[x, y, visible]: [f32; 3]| {
        (visible > 0.0 && x.is_finite() && y.is_finite()).then_some(Point { x, y })
    };
    let pose = |r: RawPose| LabelledPose { image: r.image, joints_in_image: r.joints.map(point) };
    Ok(raw.into_iter().map(pose).collect())
}

fn json_error(error: serde_json::Error) -> LabelError {
    let problem =
        format!("{error}; expected a list of {{\"image\": name, \"joints\": 14 times [x, y, visible]}}",);
    LabelError::new(error.line() as u64, error.column(), problem)
}

/// Line and column, from 1, of the last place where a name stands in quotes.
fn place_of_last(json: &str, name: &str) -> (u64, usize) {
    let before = json.rfind(&format!("\"{name}\"")).map_or("", |at| &json[..at]);
    let line = before.matches('\n').count() as u64 + 1;
    (line, before.rsplit('\n').next().unwrap_or("").chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clip(path: &str, label: &str, group: &str) -> ClipLabel {
        ClipLabel { path: path.to_owned(), label: label.to_owned(), group: group.to_owned() }
    }

    #[test]
    fn columns_come_in_any_order_with_others_between() {
        let csv = "\u{feff}group, label ,note,path\r\ng1, fight ,\"two people, one\nfalls\",\"a, b.mp4\"\r\n\r\ng2,other,,c.mp4\r\n";
        assert_eq!(
            parse_clip_labels(csv),
            Ok(vec![clip("a, b.mp4", "fight", "g1"), clip("c.mp4", "other", "g2")])
        );
    }

    fn refusal(csv: &str) -> String {
        parse_clip_labels(csv).unwrap_err().to_string()
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let csv = "\u{feff}path,label,group\r\na,\"x\ny\",g\r\n\r\nb,,g\r\n";
        assert!(refusal(csv).starts_with("line 5, column `label`"), "{}", refusal(csv));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (csv, line, column, hint) in [
            ("", 1, "`path`", "first line must name the columns"),
            ("path,label\na,fight\n", 1, "`group`", "but reads: path,label"),
            ("path,label,group,label\n", 1, "`label`", "two columns"),
            ("path,label,group\n", 2, "1", "no clip below the header"),
            ("path,label,group\na.mp4,fight,g\nb.mp4, ,g\n", 3, "`label`", "needs a label"),
            ("path,label,group\na.mp4,fight\n", 2, "`group`", "camera or recording"),
            ("path,label,group\n,fight,g\n", 2, "`path`", "path of a clip"),
            ("path,label,group\na,fight,g\nb,other,g\na,other,g\n", 4, "`path`", "on line 2 already"),
        ] {
            let text = refusal(csv);
            assert!(text.starts_with(&format!("line {line}, column {column}: ")), "{text}");
            assert!(text.contains(hint), "{text}");
        }
    }

    fn pose_json(image: &str, joints: usize) -> String {
        let all: Vec<String> = (0..joints).map(|i| format!("[{i}.5,{},{}]", i * 10, i % 2)).collect();
        format!("{{\"image\":\"{image}\",\"joints\":[{}]}}", all.join(","))
    }

    #[test]
    fn joints_get_their_coco_names() {
        let poses = parse_pose_labels(&format!("[{}]", pose_json("im1.jpg", 14))).unwrap();
        assert_eq!(poses[0].image, "im1.jpg");
        assert_eq!(poses[0].joint(Joint::RightKnee), Some(Point { x: 1.5, y: 10.0 }));
        assert_eq!(poses[0].joint(Joint::LeftShoulder), Some(Point { x: 9.5, y: 90.0 }));
        assert_eq!(poses[0].joint(Joint::RightAnkle), None, "marked as not visible");
        assert_eq!(poses[0].joint(Joint::Nose), None, "not part of these labels");
    }

    #[test]
    fn wrong_poses_are_named_with_their_place() {
        let text = |json: &str| parse_pose_labels(json).unwrap_err().to_string();
        assert!(text(&format!("[\n{}]", pose_json("a", 13))).starts_with("line 2, column "));
        assert!(text("[]").contains("empty"));
        assert!(text("{}").contains("expected a list of"));
        let twice = format!("[{},\n{}]", pose_json("a", 14), pose_json("a", 14));
        assert!(
            text(&twice).starts_with("line 2, column 10: this image is listed twice"),
            "{}",
            text(&twice)
        );
    }

    #[test]
    fn the_development_labels_are_read() {
        let Some(root) = std::env::var_os("KUAGER_DEV_DATA").map(std::path::PathBuf::from) else {
            eprintln!("skipped: KUAGER_DEV_DATA is not set");
            return;
        };
        let text = |name: &str| std::fs::read_to_string(root.join("data").join(name)).unwrap();
        let clips = parse_clip_labels(&text("surveillance_fights/labels.csv")).unwrap();
        let fights = clips.iter().filter(|c| c.label == "fight").count();
        assert_eq!((clips.len(), fights), (182, 77));
        let poses = parse_pose_labels(&text("lspet_poses/joints.json")).unwrap();
        assert_eq!(poses.len(), 8146);
        assert_eq!(poses[1].joint(Joint::LeftWrist), Some(Point { x: 108.4, y: 133.4 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_parsing_panic(text in "(path,label,group\n)?[\\PC\n\",]{0,200}") {
            let _ = (parse_clip_labels(&text), parse_pose_labels(&text));
        }

        #[test]
        fn quoted_cells_come_back(path in "[^\0]{1,20}", label in "[a-z]{1,8}") {
            let csv = format!("label,path,group\n{label},\"{}\",g\n", path.replace('"', "\"\""));
            prop_assert_eq!(parse_clip_labels(&csv), Ok(vec![clip(&path, &label, "g")]));
        }
    }
}
