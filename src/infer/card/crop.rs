//! Top-down pose models: they see one person, cut out of the picture around a box that another model found.

use serde::Deserialize;

use super::input::{ImageCard, crop_input};
use super::people::{joint_threshold, require_coco_joints};
use super::{CardError, RawCard, require, section, wrong};
use crate::domain::Joint;

/// Input and output of a pose model for crops.
#[derive(Clone, Debug, PartialEq)]
pub struct CropPoseCard {
    /// The image input.
    pub image: ImageCard,
    /// Width and height of a crop against those of the person's box, after the box was widened or heightened to the
    /// shape of the input.
    pub crop_padding: f32,
    /// How the output is to be read.
    pub head: CropHead,
    /// Least confidence of a joint.
    pub keypoint: f32,
}

/// How the joints of one person are to be read. All numbers f32.
#[derive(Clone, Debug, PartialEq)]
pub enum CropHead {
    /// Two outputs, `[1, 17, width * split_ratio]` and `[1, 17, height * split_ratio]`: for each joint how likely each
    /// column and each row is (SimCC, Li et al., 2022, as RTMPose publishes it).
    Simcc {
        /// Name of the output with the columns.
        x: String,
        /// Name of the output with the rows.
        y: String,
        /// Steps in a pixel.
        split_ratio: f32,
    },
    /// One output of 17 x 3 numbers, `[1, 1, 17, 3]` or `[1, 17, 3]`: y, x, confidence of each joint, all 0 to 1 of the
    /// input's height and width (MoveNet single pose).
    YxScore {
        /// Name of the output.
        joints: String,
    },
}

impl CropHead {
    /// The outputs it reads, each with the key of the card that names it.
    pub fn outputs(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Simcc { x, y, .. } => vec![("output.x", x), ("output.y", y)],
            Self::YxScore { joints } => vec![("output.joints", joints)],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CropFamily {
    Simcc,
    YxScore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CropOutput {
    family: CropFamily,
    x: Option<String>,
    y: Option<String>,
    split_ratio: Option<f32>,
    joints: Option<String>,
    keypoints: Vec<Joint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CropThresholds {
    keypoint: f32,
}

pub(super) fn crop_pose_card(raw: &RawCard) -> Result<CropPoseCard, CardError> {
    let (image, crop_padding) = crop_input(raw)?;
    let output: CropOutput = section("output", &raw.output)?;
    let thresholds: CropThresholds = section("thresholds", &raw.thresholds)?;
    require_coco_joints(Some(&output.keypoints))?;
    let keypoint = joint_threshold(Some(thresholds.keypoint))?;
    Ok(CropPoseCard { image, crop_padding, head: head(output)?, keypoint })
}

fn head(output: CropOutput) -> Result<CropHead, CardError> {
    let CropOutput { family, x, y, split_ratio, joints, .. } = output;
    let named = |key, name: Option<String>| name.ok_or_else(|| wrong(key, "none", "must name an output"));
    let stray = "is for the other family; leave it out";
    match family {
        CropFamily::Simcc => {
            require(joints.is_none(), "output.joints", "given", stray)?;
            let split_ratio = split_ratio.unwrap_or(2.0);
            let rule = "must be 1 to 8";
            require((1.0..=8.0).contains(&split_ratio), "output.split_ratio", split_ratio, rule)?;
            Ok(CropHead::Simcc { x: named("output.x", x)?, y: named("output.y", y)?, split_ratio })
        }
        CropFamily::YxScore => {
            let is_clean = x.is_none() && y.is_none() && split_ratio.is_none();
            require(is_clean, "output.x, output.y, output.split_ratio", "given", stray)?;
            Ok(CropHead::YxScore { joints: named("output.joints", joints)? })
        }
    }
}
