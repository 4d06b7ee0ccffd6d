//! What a skeleton says of a body: lying or upright, and how fast its limbs move.

use crate::domain::{Joint, Pose};

/// How somebody holds their body, as far as the picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    Upright,
    Lying,
    Unclear,
}

/// Joints below this are guesses.
const JOINT_CONFIDENCE: f32 = 0.3;
/// A lying body's box is at least so much wider than high.
pub(super) const LYING_ASPECT: f32 = 1.2;
/// A standing body's box is at most so wide against its height.
const UPRIGHT_ASPECT: f32 = 0.7;
/// Trunk further than this from vertical: lying (with the box agreeing at least by half).
const LYING_TRUNK_DEGREES: f32 = 55.0;
/// Hips this far above the shoulders, as an angle of the trunk: nobody stands like that.
const HEAD_DOWN_DEGREES: f32 = 115.0;
/// Faster limbs than a body can move are jumps of the pose model.
const MOST_BODY_HEIGHTS_PER_SEC: f32 = 15.0;

pub(super) fn stance(pose: &Pose) -> Stance {
    let aspect = pose.bbox_in_frame.width / pose.bbox_in_frame.height.max(1.0);
    match trunk_degrees_from_vertical(pose) {
        _ if aspect >= LYING_ASPECT => Stance::Lying,
        Some(degrees) if degrees >= LYING_TRUNK_DEGREES && aspect >= 0.85 => Stance::Lying,
        Some(degrees) if degrees >= HEAD_DOWN_DEGREES => Stance::Lying,
        Some(degrees) if degrees >= LYING_TRUNK_DEGREES => Stance::Unclear,
        _ if aspect <= UPRIGHT_ASPECT => Stance::Upright,
        Some(degrees) if degrees <= 30.0 && aspect <= 0.9 => Stance::Upright,
        _ => Stance::Unclear,
    }
}

/// 0 for a trunk along the picture's vertical, 90 across it, 180 with the head down; none where shoulders or hips are not seen.
fn trunk_degrees_from_vertical(pose: &Pose) -> Option<f32> {
    let shoulders = pose.midpoint(Joint::LeftShoulder, Joint::RightShoulder, JOINT_CONFIDENCE)?;
    let hips = pose.midpoint(Joint::LeftHip, Joint::RightHip, JOINT_CONFIDENCE)?;
    let (dx, dy) = ((hips.x - shoulders.x).abs(), hips.y - shoulders.y);
    (dx.hypot(dy) > 1.0).then(|| dx.atan2(dy).to_degrees())
}

/// Fastest wrist or ankle between two pictures of one person, against the body's own movement, in body heights a
/// second; none where no limb is seen in both.
pub(super) fn limb_speed(before: &Pose, after: &Pose, elapsed_secs: f32) -> Option<f32> {
    let body = before.bbox_in_frame.body_length().max(after.bbox_in_frame.body_length());
    if body < 1.0 || elapsed_secs <= 0.0 {
        return None;
    }
    let (c0, c1) = (before.bbox_in_frame.centre(), after.bbox_in_frame.centre());
    [Joint::LeftWrist, Joint::RightWrist, Joint::LeftAnkle, Joint::RightAnkle]
        .into_iter()
        .filter_map(|joint| {
            let (a, b) = (before.joint(joint, JOINT_CONFIDENCE)?, after.joint(joint, JOINT_CONFIDENCE)?);
            let (dx, dy) = ((b.x - c1.x) - (a.x - c0.x), (b.y - c1.y) - (a.y - c0.y));
            Some(dx.hypot(dy) / body / elapsed_secs)
        })
        .filter(|speed| *speed <= MOST_BODY_HEIGHTS_PER_SEC)
        .max_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, Keypoint, Point};

    fn boxed(width: f32, height: f32) -> Pose {
        let bbox_in_frame = BBox { x: 0.0, y: 0.0, width, height };
        Pose { bbox_in_frame, score: 0.9, keypoints_in_frame: [Keypoint::default(); Joint::COUNT] }
    }

    fn put(pose: &mut Pose, joint: Joint, x: f32, y: f32) {
        pose.keypoints_in_frame[joint as usize] = Keypoint { at: Point { x, y }, confidence: 0.9 };
    }

    #[test]
    fn stances_by_box_and_trunk() {
        assert_eq!(stance(&boxed(40.0, 120.0)), Stance::Upright);
        assert_eq!(stance(&boxed(120.0, 50.0)), Stance::Lying);
        let mut across = boxed(90.0, 100.0);
        assert_eq!(stance(&across), Stance::Unclear);
        for (joint, x) in [
            (Joint::LeftShoulder, 10.0),
            (Joint::RightShoulder, 10.0),
            (Joint::LeftHip, 60.0),
            (Joint::RightHip, 60.0),
        ] {
            put(&mut across, joint, x, 50.0);
        }
        assert_eq!(stance(&across), Stance::Lying);
        let mut head_down = boxed(50.0, 100.0);
        for (joint, y) in [
            (Joint::LeftShoulder, 90.0),
            (Joint::RightShoulder, 90.0),
            (Joint::LeftHip, 50.0),
            (Joint::RightHip, 50.0),
        ] {
            put(&mut head_down, joint, 25.0, y);
        }
        assert_eq!(stance(&head_down), Stance::Lying, "along the line of sight, feet away from the camera");
    }

    #[test]
    fn limb_speed_leaves_out_the_walk() {
        let (mut before, mut after) = (boxed(40.0, 100.0), boxed(40.0, 100.0));
        after.bbox_in_frame.x = 30.0;
        put(&mut before, Joint::LeftWrist, 20.0, 50.0);
        put(&mut after, Joint::LeftWrist, 100.0, 50.0);
        assert!((limb_speed(&before, &after, 0.2).unwrap() - 2.5).abs() < 1e-5);
        assert_eq!(limb_speed(&boxed(1.0, 10.0), &boxed(1.0, 10.0), 0.2), None);
    }
}
