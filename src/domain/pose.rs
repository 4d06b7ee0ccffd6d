//! People as skeletons. No identity: a track number lives no longer than its scene.

use serde::{Deserialize, Serialize};

use super::{BBox, FrameRef, Point};

/// The 17 joints of the COCO keypoint convention, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the documentation
pub enum Joint {
    Nose,
    LeftEye,
    RightEye,
    LeftEar,
    RightEar,
    LeftShoulder,
    RightShoulder,
    LeftElbow,
    RightElbow,
    LeftWrist,
    RightWrist,
    LeftHip,
    RightHip,
    LeftKnee,
    RightKnee,
    LeftAnkle,
    RightAnkle,
}

impl Joint {
    /// How many there are.
    pub const COUNT: usize = 17;

    /// All, in COCO order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Nose,
        Self::LeftEye,
        Self::RightEye,
        Self::LeftEar,
        Self::RightEar,
        Self::LeftShoulder,
        Self::RightShoulder,
        Self::LeftElbow,
        Self::RightElbow,
        Self::LeftWrist,
        Self::RightWrist,
        Self::LeftHip,
        Self::RightHip,
        Self::LeftKnee,
        Self::RightKnee,
        Self::LeftAnkle,
        Self::RightAnkle,
    ];

    /// The bones drawn between joints.
    pub const BONES: [(Self, Self); 14] = [
        (Self::LeftShoulder, Self::RightShoulder),
        (Self::LeftShoulder, Self::LeftElbow),
        (Self::LeftElbow, Self::LeftWrist),
        (Self::RightShoulder, Self::RightElbow),
        (Self::RightElbow, Self::RightWrist),
        (Self::LeftShoulder, Self::LeftHip),
        (Self::RightShoulder, Self::RightHip),
        (Self::LeftHip, Self::RightHip),
        (Self::LeftHip, Self::LeftKnee),
        (Self::LeftKnee, Self::LeftAnkle),
        (Self::RightHip, Self::RightKnee),
        (Self::RightKnee, Self::RightAnkle),
        (Self::Nose, Self::LeftShoulder),
        (Self::Nose, Self::RightShoulder),
    ];

    /// How far a labeller's click strays, as a share of the person's scale: the per-keypoint constants of COCO's
    /// object keypoint similarity (Lin et al., COCO keypoint evaluation).
    pub fn oks_sigma(self) -> f32 {
        match self {
            Self::Nose => 0.026,
            Self::LeftEye | Self::RightEye => 0.025,
            Self::LeftEar | Self::RightEar => 0.035,
            Self::LeftShoulder | Self::RightShoulder => 0.079,
            Self::LeftElbow | Self::RightElbow => 0.072,
            Self::LeftWrist | Self::RightWrist => 0.062,
            Self::LeftHip | Self::RightHip => 0.107,
            Self::LeftKnee | Self::RightKnee => 0.087,
            Self::LeftAnkle | Self::RightAnkle => 0.089,
        }
    }
}

/// A joint's place and how sure the model is of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Keypoint {
    /// Place, in the space the holder names.
    pub at: Point,
    /// 0 to 1; below the card's `keypoint` threshold it is a guess.
    pub confidence: f32,
}

/// One person in one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Box around the person.
    pub bbox_in_frame: BBox,
    /// How sure the model is that this is a person, 0 to 1.
    pub score: f32,
    /// Joints in [`Joint::ALL`] order.
    pub keypoints_in_frame: [Keypoint; Joint::COUNT],
}

impl Pose {
    /// The joint, if its confidence reaches `min_confidence`.
    pub fn joint(&self, joint: Joint, min_confidence: f32) -> Option<Point> {
        let k = self.keypoints_in_frame[joint as usize];
        (k.confidence >= min_confidence).then_some(k.at)
    }

    /// Midpoint of two joints, if both are seen.
    pub fn midpoint(&self, a: Joint, b: Joint, min_confidence: f32) -> Option<Point> {
        let (a, b) = (self.joint(a, min_confidence)?, self.joint(b, min_confidence)?);
        Some(Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 })
    }
}

/// Everybody seen in one picture, most certain first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoseFrame {
    /// Which picture.
    pub at: FrameRef,
    /// The people.
    pub people: Vec<Pose>,
}

/// A person followed from picture to picture within one scene. Never reused, never matched by looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackId(pub u64);

/// A person with the track they belong to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackedPose {
    /// The track.
    pub track: TrackId,
    /// The person in this picture.
    pub pose: Pose,
}

/// Everybody tracked in one picture, by track number, and the tracks that ended with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackedFrame {
    /// Which picture.
    pub at: FrameRef,
    /// The people seen in it.
    pub people: Vec<TrackedPose>,
    /// Tracks given up at this picture.
    pub ended: Vec<TrackId>,
}
