//! The report of `eval poses`: skeletons found in photographs against labelled joints.
//!
//! The measure is PCK at 0.2 torso: a joint is right when it lies within a fifth of the torso of its label. The torso is
//! the longer of the two diagonals left shoulder - right hip and right shoulder - left hip: the longer, because a body
//! seen from the side or from above shortens one of them to almost nothing, and with it the tolerance. The 12 joints
//! that LSP labels and COCO skeletons share are compared, hidden ones left out. A joint counts whatever its confidence.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Note;
use super::interval::{Interval, bootstrap_groups, wilson};
use super::labels::{LSP_JOINTS, LabelledPose};
use crate::domain::{BBox, Joint, Point, Pose};

/// Tolerance as a share of the torso.
const PCK_SHARE: f32 = 0.2;

/// Least overlap of a found person's box with the box around the labelled joints. Lower than the customary 0.5, since
/// joints reach neither the crown nor the toes, and hidden joints make the labelled box smaller than the person.
const MATCH_IOU: f32 = 0.3;

/// How much wider and higher than its joints a person is taken to be.
const BODY_AROUND_JOINTS: f32 = 0.2;

/// A labelled photograph and the people found in it.
#[derive(Clone, Copy, Debug)]
pub struct PoseImage<'a> {
    /// What is there.
    pub truth: &'a LabelledPose,
    /// What was found, in pixels of the same image.
    pub people: &'a [Pose],
}

/// The last line of `eval poses --json`. A figure that cannot be given is absent, and `notes` says why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PosesReport {
    /// `eval_poses`.
    #[serde(rename = "type")]
    pub line_type: &'static str,
    /// Version of the line format.
    pub schema: u32,
    /// Images looked at.
    pub images: usize,
    /// Share of labelled joints found within 0.2 torso; all of an image are missed when the person was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pck_0_2: Option<f64>,
    /// Its interval, resampled by image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pck_ci: Option<Interval>,
    /// The same share for each joint.
    pub by_joint: BTreeMap<&'static str, f64>,
    /// Share of images in which the labelled person was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people_found: Option<f64>,
    /// Its Wilson interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people_found_ci: Option<Interval>,
    /// Why a figure is missing or rests on fewer images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Compares skeletons with labels. `seed` is that of the bootstrap.
pub fn poses_report(images: &[PoseImage<'_>], seed: u64) -> PosesReport {
    let judged: Vec<JudgedImage> = images.iter().map(JudgedImage::new).collect();
    let found = judged.iter().filter(|j| j.is_found).count();
    let each: Vec<usize> = (0..judged.len()).collect();
    let pck_0_2 = pck(&judged, &vec![1; judged.len()]);
    let resampled = || bootstrap_groups(&each, each.len(), seed, |weights| pck(&judged, weights)).interval;
    PosesReport {
        line_type: "eval_poses",
        schema: 1,
        images: images.len(),
        pck_0_2,
        pck_ci: pck_0_2.and_then(|_| resampled()),
        by_joint: by_joint(&judged),
        people_found: (!judged.is_empty()).then(|| found as f64 / judged.len() as f64),
        people_found_ci: wilson(found as u64, judged.len() as u64),
        notes: notes(&judged),
    }
}

/// What came of one image.
struct JudgedImage {
    is_found: bool,
    /// For each labelled joint in [`LSP_JOINTS`] order, whether it was found; `None` where there is no label or no torso
    /// to measure by.
    joints: [Option<bool>; LSP_JOINTS.len()],
    has_torso: bool,
}

impl JudgedImage {
    fn new(image: &PoseImage<'_>) -> Self {
        let person = best_match(image);
        let torso = torso(image.truth);
        let judge = |joint: Option<Joint>| {
            let joint = joint?;
            let (label, torso) = (image.truth.joint(joint)?, torso?);
            let found = person.map(|p| p.keypoints_in_frame[joint as usize].at);
            Some(found.is_some_and(|at| at.distance(label) <= PCK_SHARE * torso))
        };
        Self { is_found: person.is_some(), joints: LSP_JOINTS.map(judge), has_torso: torso.is_some() }
    }
}

/// The person whose box overlaps the labelled one most. By box and not by joints: choosing the skeleton that fits best
/// would flatter the figure.
fn best_match<'a>(image: &PoseImage<'a>) -> Option<&'a Pose> {
    let labelled = box_around(image.truth.joints_in_image.iter().flatten())?.enlarged(BODY_AROUND_JOINTS);
    let overlap = |p: &Pose| p.bbox_in_frame.iou(labelled);
    let best = image.people.iter().max_by(|a, b| overlap(a).total_cmp(&overlap(b)))?;
    (overlap(best) >= MATCH_IOU).then_some(best)
}

/// The smallest box around points; `None` without points.
fn box_around<'a>(points: impl Iterator<Item = &'a Point>) -> Option<BBox> {
    let of = |p: &Point| BBox { x: p.x, y: p.y, width: 0.0, height: 0.0 };
    points.map(of).reduce(BBox::union)
}

/// Length of the torso in pixels; `None` where neither diagonal is labelled, or both are a point.
fn torso(truth: &LabelledPose) -> Option<f32> {
    let diagonal = |a, b| Some(truth.joint(a)?.distance(truth.joint(b)?));
    let one = diagonal(Joint::LeftShoulder, Joint::RightHip);
    let other = diagonal(Joint::RightShoulder, Joint::LeftHip);
    let longer = one.into_iter().chain(other).reduce(f32::max)?;
    (longer > 0.0).then_some(longer)
}

/// Share of joints found, each image counting as often as its weight.
fn pck(judged: &[JudgedImage], weights: &[u32]) -> Option<f64> {
    let (mut right, mut all) = (0u64, 0u64);
    for (image, &weight) in judged.iter().zip(weights) {
        for is_right in image.joints.iter().flatten() {
            right += u64::from(weight) * u64::from(*is_right);
            all += u64::from(weight);
        }
    }
    (all > 0).then(|| right as f64 / all as f64)
}

fn by_joint(judged: &[JudgedImage]) -> BTreeMap<&'static str, f64> {
    let share = |index: usize| {
        let labelled = judged.iter().filter_map(|j| j.joints[index]);
        let (right, all) = labelled.fold((0u32, 0u32), |(r, n), is_right| (r + u32::from(is_right), n + 1));
        (all > 0).then(|| f64::from(right) / f64::from(all))
    };
    let named = |(index, joint): (usize, &Option<Joint>)| Some((joint_name((*joint)?), share(index)?));
    LSP_JOINTS.iter().enumerate().filter_map(named).collect()
}

/// The joint's name in reports.
fn joint_name(joint: Joint) -> &'static str {
    match joint {
        Joint::Nose => "nose",
        Joint::LeftEye => "left_eye",
        Joint::RightEye => "right_eye",
        Joint::LeftEar => "left_ear",
        Joint::RightEar => "right_ear",
        Joint::LeftShoulder => "left_shoulder",
        Joint::RightShoulder => "right_shoulder",
        Joint::LeftElbow => "left_elbow",
        Joint::RightElbow => "right_elbow",
        Joint::LeftWrist => "left_wrist",
        Joint::RightWrist => "right_wrist",
        Joint::LeftHip => "left_hip",
        Joint::RightHip => "right_hip",
        Joint::LeftKnee => "left_knee",
        Joint::RightKnee => "right_knee",
        Joint::LeftAnkle => "left_ankle",
        Joint::RightAnkle => "right_ankle",
    }
}

fn notes(judged: &[JudgedImage]) -> Vec<Note> {
    let mut notes = Vec::new();
    if judged.is_empty() {
        notes.push(Note::new("no_images", "no image was looked at, so there are no figures"));
    }
    let without = judged.iter().filter(|j| !j.has_torso).count();
    if without > 0 {
        let text = format!("{without} images without a labelled torso are left out of the joints' figures");
        notes.push(Note::new("without_torso", text));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Keypoint;

    /// Upright, joints 10 px apart where it matters: shoulders at y 20, hips at y 60, torso diagonal 50 px.
    fn truth() -> LabelledPose {
        let at = |x: f32, y: f32| Some(Point { x, y });
        LabelledPose {
            image: "im.jpg".to_owned(),
            joints_in_image: [
                at(20.0, 120.0),
                at(20.0, 90.0),
                at(20.0, 60.0),
                at(50.0, 60.0),
                at(50.0, 90.0),
                at(50.0, 120.0),
                at(10.0, 60.0),
                at(10.0, 40.0),
                at(20.0, 20.0),
                at(50.0, 20.0),
                at(60.0, 40.0),
                None,
                at(35.0, 18.0),
                at(35.0, 0.0),
            ],
        }
    }

    /// The labelled person, with every shared joint moved to the right.
    fn person(truth: &LabelledPose, moved_px: f32) -> Pose {
        let keypoint = |joint| {
            let at = truth.joint(joint).unwrap_or_default();
            Keypoint { at: Point { x: at.x + moved_px, y: at.y }, confidence: 0.1 }
        };
        let bbox_in_frame = BBox { x: 5.0, y: -5.0, width: 60.0, height: 130.0 };
        Pose { bbox_in_frame, score: 0.9, keypoints_in_frame: Joint::ALL.map(keypoint) }
    }

    fn report(truth: &LabelledPose, people: &[Pose]) -> PosesReport {
        poses_report(&[PoseImage { truth, people }], 1)
    }

    #[test]
    fn a_fifth_of_the_torso_is_the_limit() {
        let truth = truth();
        assert_eq!(torso(&truth), Some(50.0));
        assert_eq!(report(&truth, &[person(&truth, 10.0)]).pck_0_2, Some(1.0));
        assert_eq!(report(&truth, &[person(&truth, 10.1)]).pck_0_2, Some(0.0));
    }

    #[test]
    fn joints_are_counted_one_by_one() {
        let truth = truth();
        let mut person = person(&truth, 0.0);
        person.keypoints_in_frame[Joint::LeftKnee as usize].at.x += 30.0;
        person.keypoints_in_frame[Joint::Nose as usize].at.x += 500.0;
        let report = report(&truth, &[person]);
        assert_eq!(report.pck_0_2, Some(10.0 / 11.0), "11 of 12 are labelled, the nose is none of them");
        assert_eq!(report.by_joint["left_knee"], 0.0);
        assert_eq!(report.by_joint["right_knee"], 1.0);
        assert!(!report.by_joint.contains_key("left_wrist") && !report.by_joint.contains_key("nose"));
    }

    #[test]
    fn who_is_not_found_is_missed_entirely() {
        let truth = truth();
        let far = BBox { x: 300.0, y: 0.0, width: 60.0, height: 130.0 };
        let elsewhere = Pose { bbox_in_frame: far, ..person(&truth, 0.0) };
        let found = [person(&truth, 0.0)];
        let images = [
            PoseImage { truth: &truth, people: &found },
            PoseImage { truth: &truth, people: &[] },
            PoseImage { truth: &truth, people: &[elsewhere] },
            PoseImage { truth: &truth, people: &found },
        ];
        let report = poses_report(&images, 1);
        assert_eq!((report.pck_0_2, report.people_found), (Some(0.5), Some(0.5)));
        assert!(report.people_found_ci.unwrap().contains(0.5) && report.pck_ci.unwrap().contains(0.5));
    }

    #[test]
    fn the_person_is_chosen_by_box_not_by_joints() {
        let truth = truth();
        let near = BBox { x: 15.0, y: 5.0, width: 60.0, height: 130.0 };
        let right_joints_other_box = Pose { bbox_in_frame: near, ..person(&truth, 0.0) };
        assert_eq!(report(&truth, &[right_joints_other_box, person(&truth, 40.0)]).pck_0_2, Some(0.0));
    }

    #[test]
    fn without_a_torso_there_is_nothing_to_measure_by() {
        let mut truth = truth();
        let found = [person(&truth, 0.0)];
        truth.joints_in_image[8] = None; // right shoulder: the other diagonal is left
        assert_eq!(report(&truth, &found).pck_0_2, Some(1.0));
        truth.joints_in_image[9] = None; // left shoulder
        let report = report(&truth, &found);
        assert_eq!((report.pck_0_2, report.pck_ci, report.people_found), (None, None, Some(1.0)));
        assert_eq!(report.notes[0].code, "without_torso");
    }

    #[test]
    fn the_line_is_that_of_the_contract() {
        let truth = truth();
        let line = serde_json::to_string(&report(&truth, &[person(&truth, 0.0)])).unwrap();
        let start =
            r#"{"type":"eval_poses","schema":1,"images":1,"pck_0_2":1.0,"by_joint":{"left_ankle":1.0,"#;
        assert!(
            line.starts_with(start) && line.contains(r#""people_found":1.0,"people_found_ci":["#),
            "{line}"
        );
        assert_eq!(poses_report(&[], 1).notes[0].code, "no_images");
    }
}
