//! Models that find people in a whole picture: the published layouts of their outputs, as data.

use serde::{Deserialize, Serialize};

use super::input::{CardFit, ImageCard, whole_picture_input};
use super::{CardError, RawCard, require, section, share, wrong};
use crate::domain::Joint;

/// Strides of the three grids of a YOLOX head, input pixels.
pub(in crate::infer) const YOLOX_STRIDES: [u32; 3] = [8, 16, 32];

/// Input and output of a model that finds people, with or without joints.
#[derive(Clone, Debug, PartialEq)]
pub struct PeopleCard {
    /// The image input.
    pub image: ImageCard,
    /// How a picture is fitted.
    pub fit: CardFit,
    /// How the output is to be read.
    pub head: PeopleHead,
    /// Name of the output with the feature map for a violence model.
    pub features: Option<String>,
    /// Least score of a person, 0 to 1.
    pub score: f32,
    /// Least score of what is told as a faint find, below `score`; none where the model tells of none.
    pub faint: Option<f32>,
    /// Overlap at which the weaker of two boxes goes.
    pub nms_iou: f32,
    /// Least confidence of a joint; 0 where the model gives none.
    pub keypoint: f32,
}

/// How people are to be read from the outputs. All coordinates are input pixels, all numbers f32.
#[derive(Clone, Debug, PartialEq)]
pub enum PeopleHead {
    /// One output `[1, n, 5 + 17 * 3]`: centre x, y, width, height, score, then x, y, confidence of each joint.
    Rows {
        /// Name of the output.
        people: String,
    },
    /// One output `[1, anchors, 5 + classes]`, not decoded: for each cell of three grids x and y from the cell's corner
    /// and log of width and height, all in strides; objectness; then the classes (YOLOX, Ge et al., 2021).
    YoloxGrid {
        /// Name of the output.
        people: String,
        /// Which class is a person, from 0.
        person_class: usize,
    },
    /// `[1, n, 5]`: left, top, right, bottom, score; beside it `[1, n]` classes and `[1, n, 17, 3]` x, y, confidence of
    /// each joint, where the model has them (MMDeploy's layout of RTMDet and RTMO).
    Dets {
        /// Name of the output with the boxes.
        boxes: String,
        /// Name of the output with the classes, and which of them is a person.
        labels: Option<(String, usize)>,
        /// Name of the output with the joints.
        joints: Option<String>,
    },
    /// One output `[1, n, 6]`, or with joints `[1, n, 6 + 17 * 3]`: left, top, right, bottom, score, class, then x, y,
    /// confidence of each joint. Further columns are passed over.
    EndToEnd {
        /// Name of the output.
        people: String,
        /// Which class is a person, from 0.
        person_class: usize,
        /// Whether joints follow.
        has_joints: bool,
    },
}

impl PeopleHead {
    /// The outputs it reads, each with the key of the card that names it.
    pub fn outputs(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Rows { people } | Self::YoloxGrid { people, .. } | Self::EndToEnd { people, .. } => {
                vec![("output.people", people)]
            }
            Self::Dets { boxes, joints, .. } => {
                let mut outputs = vec![("output.people", boxes.as_str())];
                outputs.extend(joints.as_deref().map(|name| ("output.joints", name)));
                outputs
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PeopleFamily {
    PeopleRows,
    YoloxGrid,
    Dets,
    EndToEnd,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleOutput {
    family: PeopleFamily,
    people: String,
    joints: Option<String>,
    labels: Option<String>,
    person_class: Option<u16>,
    features: Option<String>,
    keypoints: Option<Vec<Joint>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleThresholds {
    score: f32,
    faint: Option<f32>,
    nms_iou: f32,
    keypoint: Option<f32>,
}

/// The card of a model that finds people; `has_joints` says which of the two tasks.
pub(super) fn people_card(raw: &RawCard, has_joints: bool) -> Result<PeopleCard, CardError> {
    let (image, fit) = whole_picture_input(raw)?;
    let output: PeopleOutput = section("output", &raw.output)?;
    let thresholds: PeopleThresholds = section("thresholds", &raw.thresholds)?;
    share("thresholds.score", thresholds.score)?;
    if let Some(faint) = thresholds.faint {
        let is_below = faint > 0.0 && faint < thresholds.score;
        require(
            is_below,
            "thresholds.faint",
            faint,
            "must be above 0 and below thresholds.score; or leave it out",
        )?;
    }
    share("thresholds.nms_iou", thresholds.nms_iou)?;
    let keypoint = if has_joints {
        require_coco_joints(output.keypoints.as_deref())?;
        joint_threshold(thresholds.keypoint)?
    } else {
        let rule = "a person-detector gives no joints; leave it out, or write task = \"person-pose\"";
        require(output.keypoints.is_none(), "output.keypoints", "given", rule)?;
        require(output.joints.is_none(), "output.joints", "given", rule)?;
        require(thresholds.keypoint.is_none(), "thresholds.keypoint", "given", rule)?;
        0.0
    };
    let features = output.features.clone();
    let head = head(output, has_joints, &image)?;
    Ok(PeopleCard {
        image,
        fit,
        head,
        features,
        score: thresholds.score,
        faint: thresholds.faint,
        nms_iou: thresholds.nms_iou,
        keypoint,
    })
}

fn head(output: PeopleOutput, has_joints: bool, image: &ImageCard) -> Result<PeopleHead, CardError> {
    let PeopleOutput { family, people, joints, labels, person_class, .. } = output;
    let is_dets = family == PeopleFamily::Dets;
    let only_dets = "is for family dets; leave it out";
    require(is_dets || joints.is_none(), "output.joints", "given", only_dets)?;
    require(is_dets || labels.is_none(), "output.labels", "given", only_dets)?;
    let class = || {
        let rule = "must say which of the model's classes is a person (0 in COCO)";
        person_class.map(usize::from).ok_or_else(|| wrong("output.person_class", "none", rule))
    };
    Ok(match family {
        PeopleFamily::PeopleRows => {
            require(
                has_joints,
                "output.family",
                "people-rows",
                "holds joints; write task = \"person-pose\"",
            )?;
            require(person_class.is_none(), "output.person_class", "given", "people-rows has no classes")?;
            PeopleHead::Rows { people }
        }
        PeopleFamily::YoloxGrid => {
            let rule = "holds no joints; write task = \"person-detector\"";
            require(!has_joints, "output.family", "yolox-grid", rule)?;
            let [_, _, coarsest] = YOLOX_STRIDES;
            let is_grid = [image.size.width, image.size.height].iter().all(|side| side % coarsest == 0);
            let size = format!("{} x {}", image.size.width, image.size.height);
            require(is_grid, "input.width, input.height", size, "must be multiples of 32 for yolox-grid")?;
            PeopleHead::YoloxGrid { people, person_class: class()? }
        }
        PeopleFamily::Dets => {
            let rule = "must name the output with the joints, or write task = \"person-detector\"";
            require(!has_joints || joints.is_some(), "output.joints", "none", rule)?;
            let rule = "is only read with output.labels; leave it out or name that output";
            require(labels.is_some() || person_class.is_none(), "output.person_class", "given", rule)?;
            let labels = labels.map(|name| class().map(|class| (name, class))).transpose()?;
            PeopleHead::Dets { boxes: people, labels, joints }
        }
        PeopleFamily::EndToEnd => PeopleHead::EndToEnd { people, person_class: class()?, has_joints },
    })
}

pub(super) fn require_coco_joints(joints: Option<&[Joint]>) -> Result<(), CardError> {
    let count = joints.map_or("none".to_owned(), |j| format!("{} names", j.len()));
    let is_coco = joints.is_some_and(|j| j == Joint::ALL);
    require(is_coco, "output.keypoints", count, "must be the 17 COCO joints in COCO order")
}

pub(super) fn joint_threshold(keypoint: Option<f32>) -> Result<f32, CardError> {
    let keypoint = keypoint.ok_or_else(|| wrong("thresholds.keypoint", "none", "must be 0 to 1"))?;
    share("thresholds.keypoint", keypoint)?;
    Ok(keypoint)
}
