//! From the numbers of a model to people in the frame: one reader for each family of outputs.
//!
//! A score that is no number, or a believed person whose box is none, is an error and not a missing person. A joint
//! whose numbers cannot be read is a joint that was not seen.

use super::InferError;
use super::card::{PeopleCard, PeopleHead, YOLOX_STRIDES};
use super::tensors::Output;
use crate::domain::{BBox, FrameFromInput, Joint, Keypoint, Point, Pose, Size};

/// Values a row of the `people-rows` family holds.
const ROW_LEN: usize = 5 + Joint::COUNT * 3;
/// Values a row of the `end-to-end` family holds before its joints: box, score, class.
const END_TO_END_BOX_LEN: usize = 6;
/// A box at most so wide or high is padding, input pixels.
const NO_BODY: f32 = 1.0;

/// A person as a model gives them.
struct Found<'a> {
    bbox_in_input: BBox,
    score: f32,
    /// x, y, confidence of each joint, input pixels; empty where the model gives none.
    joints: &'a [f32],
}

/// The outputs that a head reads, in the order of [`PeopleHead::outputs`]; `classes` are those of `output.labels`.
pub(super) struct PeopleOutputs<'a> {
    pub outputs: Vec<Output<'a>>,
    pub classes: Option<Vec<f32>>,
}

/// Who a model finds in a picture, in frame pixels.
#[derive(Debug, Default)]
pub(super) struct PeopleFound {
    /// Those believed in, most certain first.
    pub people: Vec<Pose>,
    /// Boxes of those hardly believed in, where the card asks for them; none that overlaps somebody believed in.
    pub faint_in_frame: Vec<BBox>,
}

/// People in the frame: thresholded, overlaps removed, most certain first.
///
/// # Errors
/// When the shape is not the card's, or a score or the box of somebody believed is no number.
pub(super) fn people_in_frame(
    given: &PeopleOutputs<'_>,
    card: &PeopleCard,
    frame_from_input: FrameFromInput,
) -> Result<PeopleFound, InferError> {
    let Some(output) = given.outputs.first().copied() else { return Ok(PeopleFound::default()) };
    let least_score = card.faint.map_or(card.score, |faint| faint.min(card.score));
    let found = match &card.head {
        PeopleHead::Rows { .. } => rows(output, least_score)?,
        PeopleHead::YoloxGrid { person_class, .. } => {
            yolox_grid(output, card.image.size, *person_class, least_score)?
        }
        PeopleHead::Dets { labels, .. } => {
            let person_class = labels.as_ref().map(|(_, class)| *class);
            dets(output, given.outputs.get(1).copied(), given.classes.as_deref(), person_class, least_score)?
        }
        PeopleHead::EndToEnd { person_class, has_joints, .. } => {
            end_to_end(output, *person_class, *has_joints, least_score)?
        }
    };
    let mut people = Vec::with_capacity(found.len());
    for person in found {
        let BBox { x, y, width, height } = person.bbox_in_input;
        if ![x, y, width, height].iter().all(|v| v.is_finite()) {
            return Err(output.no_numbers());
        }
        if person.bbox_in_input.width > NO_BODY && person.bbox_in_input.height > NO_BODY {
            people.push(pose(&person, card.keypoint, frame_from_input));
        }
    }
    let mut people = suppress_overlaps(people, card.nms_iou);
    let believed = people.partition_point(|p| p.score >= card.score);
    let faint_in_frame = people.split_off(believed).iter().map(|p| p.bbox_in_frame).collect();
    Ok(PeopleFound { people, faint_in_frame })
}

fn pose(person: &Found<'_>, least_confidence: f32, frame_from_input: FrameFromInput) -> Pose {
    let mut keypoints_in_frame = [Keypoint::default(); Joint::COUNT];
    for (keypoint, value) in keypoints_in_frame.iter_mut().zip(person.joints.chunks_exact(3)) {
        *keypoint = joint(Point { x: value[0], y: value[1] }, value[2], least_confidence, frame_from_input);
    }
    Pose {
        bbox_in_frame: frame_from_input.bbox(person.bbox_in_input),
        score: person.score.min(1.0),
        keypoints_in_frame,
    }
}

/// A joint in the frame. Below the card's threshold it is a guess: its place is kept, its confidence is 0, so that no
/// rule concludes anything from it. One that is no number has neither.
pub(super) fn joint(
    at_in_input: Point,
    confidence: f32,
    least_confidence: f32,
    frame_from_input: FrameFromInput,
) -> Keypoint {
    let at = frame_from_input.point(at_in_input);
    if !(at.x.is_finite() && at.y.is_finite() && confidence.is_finite()) {
        return Keypoint::default();
    }
    Keypoint { at, confidence: if confidence >= least_confidence { confidence.min(1.0) } else { 0.0 } }
}

fn rows<'a>(output: Output<'a>, least_score: f32) -> Result<Vec<Found<'a>>, InferError> {
    let [1, _, len] = *output.shape else { return Err(output.wrong_shape(format!("[1, n, {ROW_LEN}]"))) };
    if len != ROW_LEN as i64 {
        return Err(output.wrong_shape(format!("[1, n, {ROW_LEN}]")));
    }
    let mut found = Vec::new();
    for row in output.values.chunks_exact(ROW_LEN) {
        if output.is_believed(row[4], least_score)? {
            let bbox_in_input = BBox::from_centre(Point { x: row[0], y: row[1] }, row[2], row[3]);
            found.push(Found { bbox_in_input, score: row[4], joints: &row[5..] });
        }
    }
    Ok(found)
}

fn yolox_grid<'a>(
    output: Output<'a>,
    input: Size,
    person_class: usize,
    least_score: f32,
) -> Result<Vec<Found<'a>>, InferError> {
    let cells: Vec<(f32, f32, f32)> = YOLOX_STRIDES.into_iter().flat_map(|s| grid(input, s)).collect();
    let least_len = 5 + person_class + 1;
    let expected = || format!("[1, {}, {least_len} or more]", cells.len());
    let [1, anchors, len] = *output.shape else { return Err(output.wrong_shape(expected())) };
    if anchors != cells.len() as i64 || len < least_len as i64 {
        return Err(output.wrong_shape(expected()));
    }
    let mut found = Vec::new();
    for (row, (column, line, stride)) in output.values.chunks_exact(len as usize).zip(cells) {
        let score = row[4] * row[5 + person_class];
        if output.is_believed(score, least_score)? {
            let centre = Point { x: (row[0] + column) * stride, y: (row[1] + line) * stride };
            let bbox_in_input = BBox::from_centre(centre, row[2].exp() * stride, row[3].exp() * stride);
            found.push(Found { bbox_in_input, score, joints: &[] });
        }
    }
    Ok(found)
}

/// Column, line and stride of each cell, line by line.
fn grid(input: Size, stride: u32) -> impl Iterator<Item = (f32, f32, f32)> {
    let (columns, lines) = (input.width / stride, input.height / stride);
    (0..lines)
        .flat_map(move |line| (0..columns).map(move |column| (column as f32, line as f32, stride as f32)))
}

fn dets<'a>(
    boxes: Output<'a>,
    joints: Option<Output<'a>>,
    classes: Option<&[f32]>,
    person_class: Option<usize>,
    least_score: f32,
) -> Result<Vec<Found<'a>>, InferError> {
    let [1, count, 5] = *boxes.shape else { return Err(boxes.wrong_shape("[1, n, 5]")) };
    if let Some(joints) = joints.filter(|j| *j.shape != [1, count, Joint::COUNT as i64, 3]) {
        return Err(joints.wrong_shape(format!("[1, {count}, {}, 3]", Joint::COUNT)));
    }
    let is_person = |i: usize| match (classes, person_class) {
        (Some(classes), Some(person)) => classes.get(i).is_some_and(|c| *c == person as f32),
        _ => true,
    };
    let joints_len = Joint::COUNT * 3;
    let mut found = Vec::new();
    for (i, row) in boxes.values.chunks_exact(5).enumerate() {
        if boxes.is_believed(row[4], least_score)? && is_person(i) {
            let joints = joints.and_then(|j| j.values.get(i * joints_len..(i + 1) * joints_len));
            let bbox_in_input = from_corners(row);
            found.push(Found { bbox_in_input, score: row[4], joints: joints.unwrap_or_default() });
        }
    }
    Ok(found)
}

fn end_to_end<'a>(
    output: Output<'a>,
    person_class: usize,
    has_joints: bool,
    least_score: f32,
) -> Result<Vec<Found<'a>>, InferError> {
    let joints_len = if has_joints { Joint::COUNT * 3 } else { 0 };
    let least_len = END_TO_END_BOX_LEN + joints_len;
    let expected = || format!("[1, n, {least_len} or more]");
    let [1, _, len] = *output.shape else { return Err(output.wrong_shape(expected())) };
    if len < least_len as i64 {
        return Err(output.wrong_shape(expected()));
    }
    let mut found = Vec::new();
    for row in output.values.chunks_exact(len as usize) {
        if output.is_believed(row[4], least_score)? && row[5] == person_class as f32 {
            let joints = &row[END_TO_END_BOX_LEN..least_len];
            found.push(Found { bbox_in_input: from_corners(row), score: row[4], joints });
        }
    }
    Ok(found)
}

/// The box from left, top, right, bottom.
fn from_corners(row: &[f32]) -> BBox {
    BBox { x: row[0], y: row[1], width: row[2] - row[0], height: row[3] - row[1] }
}

/// Greedy non-maximum suppression; ties are broken by position, so that the order of rows never matters.
pub fn suppress_overlaps(mut people: Vec<Pose>, most_iou: f32) -> Vec<Pose> {
    people.sort_by(|a, b| {
        let (p, q) = (a.bbox_in_frame, b.bbox_in_frame);
        b.score.total_cmp(&a.score).then(p.x.total_cmp(&q.x)).then(p.y.total_cmp(&q.y))
    });
    let mut kept: Vec<Pose> = Vec::new();
    for person in people {
        if kept.iter().all(|k| k.bbox_in_frame.iou(person.bbox_in_frame) <= most_iou) {
            kept.push(person);
        }
    }
    kept
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
