//! Pictures of a copy to look at: people as plain figures, a band below that says what it is.
//!
//! A figure keeps where somebody is, how they stand and move, and what is done to them. It keeps no face, no clothes, no build.

use image::RgbImage;
use tiny_skia::{FillRule, LineCap, LineJoin, Path, PathBuilder, Rect, Stroke, Transform};

use super::still::{Canvas, Caption, line_path, paint};
use crate::domain::{BBox, Joint, Point, Pose, Size};

/// The plain colour of a figure.
const FIGURE: [u8; 3] = [86, 97, 112];
/// Joints the model is less sure of do not carry a figure.
const MIN_CONFIDENCE: f32 = 0.3;
/// Fewer joints than this make no figure: the whole box is covered.
const MIN_JOINTS: usize = 13;
/// Whoever's box is wider than this share of its height lies or crouches, where joints are often wrong: covered whole too.
const UPRIGHT: f32 = 0.75;
/// Widths in body lengths: generous, so that clothes and hands are covered too.
const LIMB: f32 = 0.14;
const TORSO: f32 = 0.2;
const HEAD_RADIUS: f32 = 0.13;
const FOOT_RADIUS: f32 = 0.1;
/// A body is about so many times as long as from the shoulders to the hips.
const TORSOS: f32 = 3.4;
/// A box is covered with a margin, in shares of its sides.
const MARGIN: f32 = 0.06;
const HEAD: [Joint; 5] = [Joint::Nose, Joint::LeftEye, Joint::RightEye, Joint::LeftEar, Joint::RightEar];
const TRUNK: [Joint; 4] = [Joint::LeftShoulder, Joint::RightShoulder, Joint::RightHip, Joint::LeftHip];

/// Size of a marked picture: as the picture, with the band below.
pub fn marked_size(size: Size, caption: &str) -> Size {
    Size { width: size.width, height: size.height + Caption::new(caption, size.width).band_height() }
}

/// The picture with people covered by figures, and with the caption in a band below; `[height][width][3]` RGB of
/// [`marked_size`]. People are in pixels of the picture: those who are seen, whose joints are drawn, and those who may be
/// there. None where the bytes are not those of a picture of this size.
pub fn marked(
    rgb: Vec<u8>,
    size: Size,
    (seen, perhaps): (&[Pose], &[Pose]),
    caption: &str,
) -> Option<Vec<u8>> {
    let picture = RgbImage::from_raw(size.width, size.height, rgb)?;
    let caption = Caption::new(caption, size.width);
    let mut canvas = Canvas::new(&picture, caption.band_height());
    perhaps.iter().chain(seen).for_each(|person| cover(&mut canvas, person));
    seen.iter().for_each(|person| canvas.draw_person(person, 1.0));
    let mut marked = canvas.into_rgb();
    caption.draw(&mut marked, size.height);
    Some(marked.into_raw())
}

/// Whether somebody is upright and enough is seen of them for a figure; the head above all, since that is what must be
/// covered.
fn has_figure(person: &Pose) -> bool {
    let sees = |joint: &Joint| person.joint(*joint, MIN_CONFIDENCE).is_some();
    let joints = Joint::ALL.iter().filter(|j| sees(j)).count();
    let bbox = person.bbox_in_frame;
    bbox.width < UPRIGHT * bbox.height
        && joints >= MIN_JOINTS
        && TRUNK.iter().all(sees)
        && HEAD.iter().any(sees)
}

fn cover(canvas: &mut Canvas, person: &Pose) {
    if !has_figure(person) {
        let bbox = person.bbox_in_frame.enlarged(MARGIN);
        fill(canvas, rect(bbox));
        return;
    }
    let at = |joint: Joint| person.joint(joint, MIN_CONFIDENCE);
    let length = body_length(person);
    for (a, b) in Joint::BONES {
        if let (Some(from), Some(to)) = (at(a), at(b)) {
            stroke(canvas, line_path(from, to), LIMB * length);
        }
    }
    let trunk: Vec<Point> = TRUNK.into_iter().filter_map(at).collect();
    fill(canvas, polygon(&trunk));
    stroke(canvas, polygon(&trunk), TORSO * length);
    for ankle in [Joint::LeftAnkle, Joint::RightAnkle].into_iter().filter_map(at) {
        fill(canvas, PathBuilder::from_circle(ankle.x, ankle.y, FOOT_RADIUS * length));
    }
    let head: Vec<Point> = HEAD.into_iter().filter_map(at).collect();
    for place in head {
        fill(canvas, PathBuilder::from_circle(place.x, place.y, HEAD_RADIUS * length));
    }
}

/// Of whoever stands the box tells it; of whoever crouches the trunk does.
fn body_length(person: &Pose) -> f32 {
    let middle = |a, b| person.midpoint(a, b, MIN_CONFIDENCE);
    let shoulders = middle(Joint::LeftShoulder, Joint::RightShoulder);
    let hips = middle(Joint::LeftHip, Joint::RightHip);
    let trunk = shoulders.zip(hips).map_or(0.0, |(a, b)| a.distance(b));
    person.bbox_in_frame.body_length().max(TORSOS * trunk)
}

fn fill(canvas: &mut Canvas, path: Option<Path>) {
    let Some(path) = path else { return };
    canvas.pixmap().fill_path(&path, &paint(FIGURE), FillRule::Winding, Transform::identity(), None);
}

fn stroke(canvas: &mut Canvas, path: Option<Path>, width: f32) {
    let Some(path) = path else { return };
    let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
    canvas.pixmap().stroke_path(&path, &paint(FIGURE), &stroke, Transform::identity(), None);
}

fn polygon(corners: &[Point]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = corners.split_first()?;
    path.move_to(first.x, first.y);
    rest.iter().for_each(|p| path.line_to(p.x, p.y));
    path.close();
    path.finish()
}

fn rect(bbox: BBox) -> Option<Path> {
    Some(PathBuilder::from_rect(Rect::from_xywh(bbox.x, bbox.y, bbox.width, bbox.height)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Keypoint;

    const SIZE: Size = Size { width: 320, height: 240 };
    const RED: [u8; 3] = [250, 10, 10];

    /// Somebody who stands at x, 150 pixels tall, with the joints that are named.
    fn person(x: f32, seen: &[Joint]) -> Pose {
        let place = |joint: Joint| {
            let side = if (joint as usize) % 2 == 1 { 1.0 } else { -1.0 };
            let (dx, y) = match joint {
                Joint::Nose | Joint::LeftEye | Joint::RightEye | Joint::LeftEar | Joint::RightEar => {
                    (4.0, 55.0)
                }
                Joint::LeftShoulder | Joint::RightShoulder => (15.0, 80.0),
                Joint::LeftElbow | Joint::RightElbow => (20.0, 105.0),
                Joint::LeftWrist | Joint::RightWrist => (22.0, 125.0),
                Joint::LeftHip | Joint::RightHip => (10.0, 125.0),
                Joint::LeftKnee | Joint::RightKnee => (10.0, 158.0),
                Joint::LeftAnkle | Joint::RightAnkle => (10.0, 190.0),
            };
            Point { x: x + side * dx, y }
        };
        let keypoint =
            |j: Joint| Keypoint { at: place(j), confidence: if seen.contains(&j) { 0.9 } else { 0.1 } };
        Pose {
            bbox_in_frame: BBox { x: x - 25.0, y: 45.0, width: 50.0, height: 150.0 },
            score: 0.9,
            keypoints_in_frame: Joint::ALL.map(keypoint),
        }
    }

    fn drawn(people: &[Pose]) -> RgbImage {
        let rgb = RED.repeat((SIZE.width * SIZE.height) as usize);
        let size = marked_size(SIZE, "COPY");
        RgbImage::from_raw(size.width, size.height, marked(rgb, SIZE, (people, &[]), "COPY").unwrap())
            .unwrap()
    }

    #[test]
    fn a_figure_covers_the_body_and_leaves_the_rest() {
        let picture = drawn(&[person(100.0, &Joint::ALL)]);
        for (x, y) in
            [(100, 50), (100, 62), (108, 56), (100, 100), (88, 90), (90, 140), (110, 175), (122, 120)]
        {
            assert_ne!(picture.get_pixel(x, y).0, RED, "{x} {y}");
        }
        for (x, y) in [(60, 60), (140, 60), (100, 225), (100, 20)] {
            assert_eq!(picture.get_pixel(x, y).0, RED, "{x} {y}");
        }
    }

    #[test]
    fn without_a_head_to_cover_the_whole_box_is() {
        let headless: Vec<Joint> = Joint::ALL.into_iter().filter(|j| !HEAD.contains(j)).collect();
        let picture = drawn(&[person(100.0, &headless)]);
        for (x, y) in [(77, 47), (123, 47), (77, 193), (123, 193)] {
            assert_ne!(picture.get_pixel(x, y).0, RED, "{x} {y}");
        }
    }

    #[test]
    fn the_band_says_what_it_is_and_covers_nothing() {
        let picture = drawn(&[]);
        assert_eq!(picture.get_pixel(10, SIZE.height - 1).0, RED);
        let band = (SIZE.height..picture.height()).flat_map(|y| (0..60).map(move |x| (x, y)));
        assert!(band.into_iter().any(|(x, y)| picture.get_pixel(x, y).0 == [255, 255, 255]));
    }
}
