//! From the numbers of a pose model to people in the frame.

use super::card::PoseCard;
use crate::domain::{BBox, FrameFromInput, Joint, Keypoint, Point, Pose};

/// Values a row of the `people-rows` family holds.
pub(super) const ROW_LEN: usize = 5 + Joint::COUNT * 3;

/// Rows of `people-rows`, input pixels, to people in the frame: thresholded, overlaps removed, most certain first.
pub(super) fn people_from_rows(rows: &[f32], card: &PoseCard, frame_from_input: FrameFromInput) -> Vec<Pose> {
    let candidates = rows
        .chunks_exact(ROW_LEN)
        .filter(|row| {
            row[4] >= card.score && row[..4].iter().all(|v| v.is_finite()) && row[2] > 1.0 && row[3] > 1.0
        })
        .map(|row| pose_from_row(row, frame_from_input))
        .collect();
    suppress_overlaps(candidates, card.nms_iou)
}

fn pose_from_row(row: &[f32], frame_from_input: FrameFromInput) -> Pose {
    let bbox = BBox::from_centre(Point { x: row[0], y: row[1] }, row[2], row[3]);
    let mut keypoints_in_frame = [Keypoint::default(); Joint::COUNT];
    for (keypoint, value) in keypoints_in_frame.iter_mut().zip(row[5..].chunks_exact(3)) {
        keypoint.at = frame_from_input.point(Point { x: value[0], y: value[1] });
        keypoint.confidence = value[2];
    }
    Pose { bbox_in_frame: frame_from_input.bbox(bbox), score: row[4], keypoints_in_frame }
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
mod tests {
    use super::*;

    fn person(x: f32, score: f32) -> Pose {
        Pose {
            bbox_in_frame: BBox { x, y: 0.0, width: 10.0, height: 20.0 },
            score,
            keypoints_in_frame: [Keypoint::default(); Joint::COUNT],
        }
    }

    #[test]
    fn the_stronger_of_two_overlapping_boxes_stays() {
        let kept = suppress_overlaps(vec![person(1.0, 0.5), person(0.0, 0.9), person(30.0, 0.3)], 0.6);
        assert_eq!(kept.iter().map(|p| p.score).collect::<Vec<_>>(), [0.9, 0.3]);
    }
}
