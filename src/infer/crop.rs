//! Top-down pose models: each person is cut out of the picture and looked at alone, which costs one pass a person.
//!
//! Cut as MMPose does (`TopdownAffine`): the box is widened or heightened to the shape of the input, enlarged, and
//! sampled bilinearly; what lies outside the picture is the card's `pad_value`.

use ort::session::Session;

use super::bodies::StillBodies;
use super::card::{CropHead, CropPoseCard, ImageCard};
use super::people::joint;
use super::shelf::Bundle;
use super::tensors::{Output, require_image_input, require_outputs, run_on_image};
use super::{InferError, Runtime, RuntimeOptions, Task};
use crate::domain::{BBox, FrameFromInput, Joint, Keypoint, ModelUse, Point, Pose, Size};
use crate::media::{Fit, InputImage, Letterbox, LetterboxSpec, Picture};

/// Where RGB pictures are cut, they are at most so long: a person who fills a quarter of one still has more pixels than a
/// crop model's input, and larger pictures would be sampled too thinly.
pub(super) const LONGEST_SIDE: u32 = 960;

/// People of one picture who are looked at: bounds what a crowd costs.
const MOST_CROPS: usize = 8;

/// A pose model for crops, ready to run. One a thread.
pub struct CropPose {
    session: Session,
    card: CropPoseCard,
    name: String,
    usage: ModelUse,
    scratch: Vec<f32>,
    cutter: Letterbox,
    crop_rgb: Vec<u8>,
    boxes: Vec<BBox>,
    order: Vec<usize>,
    still: StillBodies,
}

impl CropPose {
    /// Loads a pose model for crops.
    ///
    /// # Errors
    /// When the graph does not load on the device, or is not what its card says.
    pub fn new(runtime: &Runtime, bundle: &Bundle, options: RuntimeOptions) -> Result<Self, InferError> {
        let name = bundle.card.name.clone();
        let Task::CropPose(card) = &bundle.card.task else {
            let reason = format!("its card says it is a {} model", bundle.card.task.role());
            return Err(InferError::Graph { model: name, reason });
        };
        let (session, provider) = runtime.session(&name, &bundle.graph, options)?;
        require_image_input(&name, &session, &card.image)?;
        require_outputs(&name, &session, &card.head.outputs())?;
        let usage = ModelUse { name: name.clone(), sha256: bundle.card.sha256.clone(), provider };
        let (size, pad_value) = (card.image.size, card.image.pad_value);
        Ok(Self {
            session,
            card: card.clone(),
            name,
            usage,
            scratch: Vec::new(),
            cutter: Letterbox::new(LetterboxSpec { size, fit: Fit::Stretch, pad_value }),
            crop_rgb: Vec::new(),
            boxes: Vec::new(),
            order: Vec::new(),
            still: StillBodies::default(),
        })
    }

    /// Name, hash and provider, as stored with a run.
    pub fn usage(&self) -> &ModelUse {
        &self.usage
    }

    /// Gives people the joints that this model sees, in crops cut straight out of the decoded picture. Of more than
    /// `MOST_CROPS` the ones who matter most to the rules are looked at; the joints of the rest have confidence 0.
    ///
    /// `false`, and nobody looked at, where crops cannot be cut out of this pixel format.
    ///
    /// # Errors
    /// When the runtime fails, or the graph gives another shape than its card says, or values that are no numbers.
    pub fn see_joints_in(&mut self, picture: &Picture, people: &mut [Pose]) -> Result<bool, InferError> {
        self.choose(people);
        self.still.begin(picture.at);
        let Size { width, .. } = self.card.image.size;
        for place in 0..self.order.len() {
            let index = self.order[place];
            let bbox_in_frame = self.boxes[index];
            let known = match self.still.crop_to_compare(bbox_in_frame) {
                Some(crop) if self.cut_out(picture, crop) => {
                    self.still.joints(bbox_in_frame, &self.crop_rgb, width as usize)
                }
                _ => None,
            };
            if let Some(joints) = known {
                people[index].keypoints_in_frame = joints;
                continue;
            }
            let crop_in_frame = crop_around(bbox_in_frame, self.card.image.size, self.card.crop_padding);
            if !self.cut_out(picture, crop_in_frame) {
                return Ok(false);
            }
            let joints = self.look(way_back(crop_in_frame, self.card.image.size))?;
            people[index].keypoints_in_frame = joints;
            self.still.seen((bbox_in_frame, crop_in_frame), (&self.crop_rgb, width as usize), joints);
        }
        Ok(true)
    }

    /// Cuts a part of the picture into the model's input; `false` where the pixel format does not allow it.
    fn cut_out(&mut self, picture: &Picture, crop_in_frame: BBox) -> bool {
        // Between the middles of pixels of a picture of at most `LONGEST_SIDE`.
        let half = half_a_pixel(picture.at.size);
        let first_in_frame = Point { x: crop_in_frame.x + half[0], y: crop_in_frame.y + half[1] };
        let scale = way_back(crop_in_frame, self.card.image.size).scale;
        self.cutter.fill_part(picture, first_in_frame, scale, &mut self.crop_rgb)
    }

    /// As [`Self::see_joints_in`], in crops of an RGB `picture` that shows the whole frame.
    ///
    /// # Errors
    /// As [`Self::see_joints_in`].
    pub fn see_joints(&mut self, picture: &InputImage, people: &mut [Pose]) -> Result<(), InferError> {
        self.choose(people);
        for place in 0..self.order.len() {
            let index = self.order[place];
            let ImageCard { size, pad_value, .. } = self.card.image;
            let bbox_in_picture = picture.frame_from_input.inverse_bbox(self.boxes[index]);
            let crop_in_picture = crop_around(bbox_in_picture, size, self.card.crop_padding);
            let picture_from_input = cut(picture, crop_in_picture, size, pad_value, &mut self.crop_rgb);
            let frame_from_input = picture.frame_from_input.after(picture_from_input);
            people[index].keypoints_in_frame = self.look(frame_from_input)?;
        }
        Ok(())
    }

    fn choose(&mut self, people: &[Pose]) {
        self.boxes.clear();
        self.boxes.extend(people.iter().map(|p| p.bbox_in_frame));
        first_to_look_at(&self.boxes, &mut self.order);
    }

    /// The joints in the crop that was cut last.
    fn look(&mut self, frame_from_input: FrameFromInput) -> Result<[Keypoint; Joint::COUNT], InferError> {
        let failed = |e: ort::Error| InferError::Run { model: self.name.clone(), reason: e.to_string() };
        let card = &self.card;
        let outputs = run_on_image(&mut self.session, &card.image, &self.crop_rgb, &mut self.scratch)
            .map_err(failed)?;
        let of = |name| Output::of(&outputs, &self.name, name);
        let joints = match &card.head {
            CropHead::Simcc { x, y, split_ratio } => simcc(of(x)?, of(y)?, card.image.size, *split_ratio)?,
            CropHead::YxScore { joints } => yx_score(of(joints)?, card.image.size)?,
        };
        Ok(joints.map(|(at, confidence)| joint(at, confidence, card.keypoint, frame_from_input)))
    }
}

/// Whom to look at, most important first: people near others, then people whose box is as wide as high, since both are
/// what the rules ask about, then in the order given, the most certain first.
fn first_to_look_at(boxes: &[BBox], order: &mut Vec<usize>) {
    let urgency = |index: usize| {
        let bbox = boxes[index];
        let others = boxes.iter().enumerate().filter(|(other, _)| *other != index);
        let is_near = |other: &BBox| bbox.gap(*other) < (bbox.body_length() + other.body_length()) / 4.0;
        u8::from(others.map(|(_, other)| other).any(is_near)) * 2 + u8::from(bbox.width > bbox.height)
    };
    order.clear();
    order.extend(0..boxes.len());
    order.sort_unstable_by_key(|index| (std::cmp::Reverse(urgency(*index)), *index));
    order.truncate(MOST_CROPS);
}

/// The part of the picture that is shown to the model; may reach beyond it.
fn crop_around(bbox_in_picture: BBox, input: Size, padding: f32) -> BBox {
    let aspect = input.width as f32 / input.height as f32;
    let BBox { width, height, .. } = bbox_in_picture;
    let (width, height) =
        if width > height * aspect { (width, width / aspect) } else { (height * aspect, height) };
    BBox::from_centre(bbox_in_picture.centre(), width * padding, height * padding)
}

/// Half a pixel of a picture of at most [`LONGEST_SIDE`], in the frame: where [`cut`] samples such a picture, so that joints
/// do not depend on how the crop was made.
fn half_a_pixel(frame: Size) -> [f32; 2] {
    let shrunk = at_most(frame, LONGEST_SIDE);
    [frame.width as f32 / shrunk.width as f32 / 2.0, frame.height as f32 / shrunk.height as f32 / 2.0]
}

/// The size of a picture made no longer than `longest`.
pub(super) fn at_most(size: Size, longest: u32) -> Size {
    let long = size.width.max(size.height);
    let shrunk = |side: u32| (u64::from(side) * u64::from(longest) / u64::from(long.max(1))).max(1) as u32;
    if long <= longest { size } else { Size { width: shrunk(size.width), height: shrunk(size.height) } }
}

/// From the input that shows a crop back to what it was cut from.
fn way_back(crop: BBox, input: Size) -> FrameFromInput {
    let scale = [crop.width / input.width as f32, crop.height / input.height as f32];
    let offset_in_input = Point { x: -crop.x / scale[0], y: -crop.y / scale[1] };
    FrameFromInput { scale, offset_in_input }
}

/// Samples a crop bilinearly into `rgb`, `[height][width][3]` of the input; gives the way back.
fn cut(
    picture: &InputImage,
    crop_in_picture: BBox,
    input: Size,
    pad_value: u8,
    rgb: &mut Vec<u8>,
) -> FrameFromInput {
    let picture_from_input = way_back(crop_in_picture, input);
    let scale = picture_from_input.scale;
    let columns: Vec<(i64, f32)> =
        (0..input.width).map(|x| split(crop_in_picture.x + x as f32 * scale[0])).collect();
    rgb.clear();
    rgb.reserve(input.width as usize * input.height as usize * 3);
    for y in 0..input.height {
        let (line, down) = split(crop_in_picture.y + y as f32 * scale[1]);
        for (column, across) in &columns {
            let corners = [(0, 0), (1, 0), (0, 1), (1, 1)];
            let pixels = corners.map(|(dx, dy)| pixel(picture, column + dx, line + dy, pad_value));
            for channel in 0..3 {
                let [a, b, c, d] = pixels.map(|p| f32::from(p[channel]));
                let (above, below) = (a + (b - a) * across, c + (d - c) * across);
                rgb.push((above + (below - above) * down).round() as u8);
            }
        }
    }
    picture_from_input
}

/// A coordinate as the pixel before it and the share of the way to the next.
fn split(at: f32) -> (i64, f32) {
    (at.floor() as i64, at - at.floor())
}

fn pixel(picture: &InputImage, x: i64, y: i64, pad_value: u8) -> [u8; 3] {
    let (width, height) = (i64::from(picture.size.width), i64::from(picture.size.height));
    if !(0..width).contains(&x) || !(0..height).contains(&y) {
        return [pad_value; 3];
    }
    let at = (y * width + x) as usize * 3;
    [picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]]
}

/// Place in the input and confidence of each joint.
type JointsInInput = [(Point, f32); Joint::COUNT];

/// The most likely column and row of each joint; its confidence is that of the less certain of the two, at most 1.
fn simcc(x: Output<'_>, y: Output<'_>, input: Size, split_ratio: f32) -> Result<JointsInInput, InferError> {
    let steps = |side: u32| (side as f32 * split_ratio).round() as usize;
    let peaks_x = peaks(x, steps(input.width))?;
    let peaks_y = peaks(y, steps(input.height))?;
    let mut joints = [(Point::default(), 0.0); Joint::COUNT];
    for ((joint, (x, p)), (y, q)) in joints.iter_mut().zip(peaks_x).zip(peaks_y) {
        let at = Point { x: x as f32 / split_ratio, y: y as f32 / split_ratio };
        *joint = (at, p.min(q).clamp(0.0, 1.0));
    }
    Ok(joints)
}

/// Index and value of the highest of `steps` values for each joint.
fn peaks(output: Output<'_>, steps: usize) -> Result<Vec<(usize, f32)>, InferError> {
    if *output.shape != [1, Joint::COUNT as i64, steps as i64] {
        return Err(output.wrong_shape(format!("[1, {}, {steps}]", Joint::COUNT)));
    }
    if !output.values.iter().all(|v| v.is_finite()) {
        return Err(output.no_numbers());
    }
    let peak = |values: &[f32]| {
        // The first of equals, as `argmax` in training.
        let numbers = values.iter().copied().enumerate();
        numbers.fold((0, f32::NEG_INFINITY), |best, new| if new.1 > best.1 { new } else { best })
    };
    Ok(output.values.chunks_exact(steps).map(peak).collect())
}

fn yx_score(output: Output<'_>, input: Size) -> Result<JointsInInput, InferError> {
    let count = Joint::COUNT as i64;
    if ![&[1, 1, count, 3][..], &[1, count, 3]].contains(&output.shape) {
        return Err(output.wrong_shape(format!("[1, 1, {count}, 3] or [1, {count}, 3]")));
    }
    if !output.values.iter().all(|v| v.is_finite()) {
        return Err(output.no_numbers());
    }
    let mut joints = [(Point::default(), 0.0); Joint::COUNT];
    for (joint, value) in joints.iter_mut().zip(output.values.chunks_exact(3)) {
        let at = Point { x: value[1] * input.width as f32, y: value[0] * input.height as f32 };
        *joint = (at, value[2]);
    }
    Ok(joints)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Size = Size { width: 192, height: 256 };

    fn output<'a>(shape: &'a [i64], values: &'a [f32]) -> Output<'a> {
        Output { model: "tiny", tensor: "out", shape, values }
    }

    #[test]
    fn people_near_others_come_first_then_wide_boxes_and_a_crowd_is_cut() {
        let at = |x: f32, width: f32, height: f32| BBox { x, y: 0.0, width, height };
        let boxes =
            [at(0.0, 20.0, 60.0), at(300.0, 60.0, 20.0), at(600.0, 20.0, 60.0), at(640.0, 20.0, 60.0)];
        let chosen = |boxes: &[BBox]| {
            let mut order = Vec::new();
            first_to_look_at(boxes, &mut order);
            order
        };
        assert_eq!(chosen(&boxes), [2, 3, 1, 0]);
        let crowd = [at(0.0, 20.0, 60.0); MOST_CROPS + 3];
        assert_eq!(chosen(&crowd), (0..MOST_CROPS).collect::<Vec<_>>());
    }

    #[test]
    fn crops_have_the_shape_of_the_input() {
        let upright = crop_around(BBox { x: 100.0, y: 50.0, width: 30.0, height: 160.0 }, INPUT, 1.25);
        assert_eq!(upright, BBox { x: 40.0, y: 30.0, width: 150.0, height: 200.0 });
        let lying = crop_around(BBox { x: 0.0, y: 0.0, width: 240.0, height: 40.0 }, INPUT, 1.0);
        assert_eq!(lying, BBox { x: 0.0, y: -140.0, width: 240.0, height: 320.0 });
    }

    #[test]
    fn what_lies_outside_is_padding_and_between_pixels_is_between_their_values() {
        let size = Size { width: 4, height: 2 };
        let picture = InputImage {
            rgb: (0..24).map(|i| (i / 3 % 4 * 40) as u8).collect(),
            size,
            content_in_input: BBox::of_picture(size),
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        };
        let crop = BBox { x: -1.0, y: 0.0, width: 4.0, height: 1.0 };
        let mut rgb = Vec::new();
        let back = cut(&picture, crop, Size { width: 8, height: 2 }, 200, &mut rgb);
        let red: Vec<u8> = rgb.chunks(3).map(|p| p[0]).collect();
        // Columns at -1, -0.5, 0, 0.5, … of the picture.
        assert_eq!(red[..8], [200, 100, 0, 20, 40, 60, 80, 100]);
        assert_eq!(back.point(Point { x: 2.0, y: 0.0 }), Point { x: 0.0, y: 0.0 });
        assert_eq!(back.point(Point { x: 8.0, y: 2.0 }), Point { x: 3.0, y: 1.0 });
    }

    #[test]
    fn the_less_certain_axis_counts_and_confidence_stays_in_range() {
        let (mut x, mut y) = (vec![0.0; 17 * 384], vec![0.0; 17 * 512]);
        (x[101], y[40]) = (0.9, 0.4);
        (x[384 + 7], y[512 + 9]) = (1.3, 1.2);
        (x[2 * 384 + 3], y[2 * 512]) = (0.9, -0.1);
        let (x_shape, y_shape) = ([1, 17, 384], [1, 17, 512]);
        let joints = simcc(output(&x_shape, &x), output(&y_shape, &y), INPUT, 2.0).unwrap();
        assert_eq!(joints[0], (Point { x: 50.5, y: 20.0 }, 0.4));
        assert_eq!(joints[1], (Point { x: 3.5, y: 4.5 }, 1.0));
        assert_eq!(joints[2].1, 0.0);
        x[5] = f32::NAN;
        let error = simcc(output(&x_shape, &x), output(&y_shape, &y), INPUT, 2.0).unwrap_err();
        assert!(matches!(error, InferError::NoNumbers { .. }), "{error}");
    }

    #[test]
    fn places_as_shares_of_the_input_become_pixels() {
        let mut values = vec![0.0; 51];
        values[..3].copy_from_slice(&[0.25, 0.5, 0.7]);
        for shape in [&[1, 1, 17, 3][..], &[1, 17, 3]] {
            let joints = yx_score(output(shape, &values), INPUT).unwrap();
            assert_eq!(joints[0], (Point { x: 96.0, y: 64.0 }, 0.7));
        }
        for shape in [&[1, 6, 17, 3][..], &[17, 3], &[1, 1, 1, 56]] {
            let error = yx_score(output(shape, &values), INPUT).unwrap_err().to_string();
            assert!(error.contains("[1, 1, 17, 3] or [1, 17, 3]"), "{error}");
        }
        values[50] = f32::INFINITY;
        assert!(yx_score(output(&[1, 17, 3], &values), INPUT).is_err());
    }
}
