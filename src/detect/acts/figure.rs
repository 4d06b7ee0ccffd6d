//! What a skeleton says of a posture, in lengths of its own trunk: no camera needs tuning.
//!
//! A missing joint leaves its measure absent; a rule then says nothing rather than guesses.

use crate::detect::body::{Stance, stance};
use crate::domain::{BBox, Joint, Point, Pose};

/// Joints below this are guesses.
pub(super) const JOINT_CONFIDENCE: f32 = 0.3;
/// A trunk shorter than this in the picture, in pixels, measures nothing.
const LEAST_TRUNK_PIXELS: f32 = 6.0;

/// Measures of one pose; lengths in trunks (middle of the shoulders to middle of the hips), downwards positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    pub bbox_in_frame: BBox,
    pub stance: Stance,
    /// 0 upright in the picture, 90 across it, 180 upside down.
    pub trunk_degrees: Option<f32>,
    /// The lower of the two wrists above the shoulders; absent unless both are seen.
    pub lower_wrist_above_shoulders: Option<f32>,
    /// The higher one, where at least one is seen.
    pub higher_wrist_above_shoulders: Option<f32>,
    /// Ankles below hips.
    pub ankles_below_hips: Option<f32>,
    /// Knees below hips.
    pub knees_below_hips: Option<f32>,
    /// Ankles below knees.
    pub ankles_below_knees: Option<f32>,
    /// Whether nose or eyes are seen.
    pub shows_face: bool,
}

impl Figure {
    pub fn of(pose: &Pose) -> Self {
        let shoulders = middle(pose, Joint::LeftShoulder, Joint::RightShoulder);
        let hips = middle(pose, Joint::LeftHip, Joint::RightHip);
        let knees = middle(pose, Joint::LeftKnee, Joint::RightKnee);
        let ankles = middle(pose, Joint::LeftAnkle, Joint::RightAnkle);
        let trunk = shoulders
            .zip(hips)
            .map(|(s, h)| (s.distance(h), (h.x - s.x).abs().atan2(h.y - s.y).to_degrees()))
            .filter(|(length, _)| *length >= LEAST_TRUNK_PIXELS);
        let below = |upper: Option<Point>, lower: Option<Point>| Some((lower?.y - upper?.y) / trunk?.0);
        let wrists = [Joint::LeftWrist, Joint::RightWrist].map(|j| pose.joint(j, JOINT_CONFIDENCE));
        let above = wrists.map(|w| below(w, shoulders));
        Self {
            bbox_in_frame: pose.bbox_in_frame,
            stance: stance(pose),
            trunk_degrees: trunk.map(|t| t.1),
            lower_wrist_above_shoulders: above[0].zip(above[1]).map(|(a, b)| a.min(b)),
            higher_wrist_above_shoulders: above.into_iter().flatten().max_by(f32::total_cmp),
            ankles_below_hips: below(hips, ankles),
            knees_below_hips: below(hips, knees),
            ankles_below_knees: below(knees, ankles),
            shows_face: [Joint::Nose, Joint::LeftEye, Joint::RightEye]
                .into_iter()
                .any(|j| pose.joint(j, JOINT_CONFIDENCE).is_some()),
        }
    }

    /// Whether the trunk stands within so many degrees of the vertical; none where it is not seen.
    pub fn is_trunk_within(&self, degrees: f32) -> Option<bool> {
        self.trunk_degrees.map(|d| d <= degrees)
    }
}

/// The middle of a pair of joints, or the one that is seen.
fn middle(pose: &Pose, a: Joint, b: Joint) -> Option<Point> {
    match (pose.joint(a, JOINT_CONFIDENCE), pose.joint(b, JOINT_CONFIDENCE)) {
        (Some(a), Some(b)) => Some(Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 }),
        (one, other) => one.or(other),
    }
}
