//! Numbers of a model at the edges of what they may be.

use super::*;
use crate::infer::Card;

const CARDS: [(&str, &str); 4] = [
    ("rows", include_str!("../../tests/data/models/tiny-f32/model.toml")),
    ("yolox", include_str!("../../tests/data/models/tiny-yolox/model.toml")),
    ("rtmo", include_str!("../../tests/data/models/tiny-rtmo/model.toml")),
    ("ends", include_str!("../../tests/data/models/tiny-end-to-end/model.toml")),
];
const SAME: FrameFromInput = FrameFromInput { scale: [1.0; 2], offset_in_input: Point { x: 0.0, y: 0.0 } };

fn card(family: &str) -> PeopleCard {
    let (_, text) = CARDS.iter().find(|(name, _)| *name == family).unwrap();
    Card::parse(text).unwrap().task.people().unwrap().clone()
}

fn output<'a>(shape: &'a [i64], values: &'a [f32]) -> Output<'a> {
    Output { model: "tiny", tensor: "out", shape, values }
}

fn read(family: &str, outputs: &[Output<'_>]) -> Result<Vec<Pose>, InferError> {
    let given = PeopleOutputs { outputs: outputs.to_vec(), classes: None };
    people_in_frame(&given, &card(family), SAME).map(|found| found.people)
}

/// A row of `people-rows`: box 10 x 20 around 50, 60, joints at 7, 8 with one confidence.
fn row(score: f32, confidence: f32) -> Vec<f32> {
    let joints = [7.0, 8.0, confidence].repeat(Joint::COUNT);
    [vec![50.0, 60.0, 10.0, 20.0, score], joints].concat()
}

#[test]
fn scores_that_are_none_are_told_and_not_taken_for_nobody() {
    for family in ["rows", "yolox", "rtmo", "ends"] {
        for (score, wanted) in [
            (f32::NAN, "no numbers"),
            (f32::INFINITY, "no numbers"),
            (4.2, "a score of 4.2, scores are 0 to 1"),
        ] {
            let error = match family {
                "rows" => read(family, &[output(&[1, 1, 56], &row(score, 0.9))]),
                "yolox" => {
                    let mut values = vec![0.0; 42 * 7];
                    (values[4], values[6]) = (1.0, score);
                    read(family, &[output(&[1, 42, 7], &values)])
                }
                "rtmo" => {
                    let boxes = [0.0, 0.0, 9.0, 9.0, score];
                    let joints = [0.0; 51];
                    read(family, &[output(&[1, 1, 5], &boxes), output(&[1, 1, 17, 3], &joints)])
                }
                _ => {
                    let values = [vec![0.0, 0.0, 9.0, 9.0, score, 0.0], vec![0.0; 51]].concat();
                    read(family, &[output(&[1, 1, 57], &values)])
                }
            };
            let message = error.unwrap_err().to_string();
            assert!(message.contains(wanted) && message.contains("tiny: out"), "{family}: {message}");
        }
    }
}

#[test]
fn rounding_above_one_is_forgiven_and_weak_scores_are_nobody() {
    let people =
        read("rows", &[output(&[1, 3, 56], &[row(1.004, 0.9), row(-0.5, 0.9), row(0.2, 0.9)].concat())]);
    assert_eq!(people.unwrap().iter().map(|p| p.score).collect::<Vec<_>>(), [1.0]);
}

#[test]
fn a_believed_person_without_a_place_is_told() {
    let mut values = vec![0.0; 42 * 7];
    (values[2], values[4], values[6]) = (1000.0, 1.0, 0.9); // e to the 1000th is infinite
    assert!(read("yolox", &[output(&[1, 42, 7], &values)]).is_err());
    values[4] = 0.1;
    assert!(read("yolox", &[output(&[1, 42, 7], &values)]).unwrap().is_empty(), "nobody believes in it");
}

#[test]
fn joints_are_kept_doubted_or_not_seen() {
    let of = |confidence| read("rows", &[output(&[1, 1, 56], &row(0.9, confidence))]).unwrap()[0].clone();
    let nose = |confidence: f32| of(confidence).keypoints_in_frame[0];
    let at = Point { x: 7.0, y: 8.0 };
    assert_eq!(nose(0.8), Keypoint { at, confidence: 0.8 });
    assert_eq!(nose(3.0), Keypoint { at, confidence: 1.0 });
    assert_eq!(nose(0.29), Keypoint { at, confidence: 0.0 }, "below the card's threshold");
    assert_eq!(nose(f32::NAN), Keypoint::default());
    let mut values = row(0.9, 0.8);
    values[5] = f32::NEG_INFINITY;
    assert_eq!(
        read("rows", &[output(&[1, 1, 56], &values)]).unwrap()[0].keypoints_in_frame[0],
        Keypoint::default()
    );
}

#[test]
fn another_shape_is_told_with_the_one_that_is_read() {
    let numbers = [0.0; 57 * 42];
    for (family, shapes, wanted) in [
        ("rows", &[&[1, 1, 55][..], &[56], &[2, 1, 56]][..], "[1, n, 56]"),
        ("yolox", &[&[1, 41, 7], &[1, 42, 6], &[1, 7, 42], &[42, 7]], "[1, 42, 7 or more]"),
        ("rtmo", &[&[1, 3, 4], &[1, 3, 6], &[3, 5], &[2, 3, 5]], "[1, n, 5]"),
        ("ends", &[&[1, 3, 6], &[1, 3, 56], &[3, 57]], "[1, n, 57 or more]"),
    ] {
        for shape in shapes {
            let len = shape.iter().product::<i64>() as usize;
            let joints = output(&[1, 3, 17, 3], &numbers[..153]);
            let message = read(family, &[output(shape, &numbers[..len]), joints]).unwrap_err().to_string();
            assert!(message.contains(wanted) && message.contains(&format!("{shape:?}")), "{message}");
        }
    }
    let boxes = output(&[1, 3, 5], &numbers[..15]);
    let message = read("rtmo", &[boxes, output(&[1, 2, 17, 3], &numbers[..102])]).unwrap_err().to_string();
    assert!(message.contains("[1, 3, 17, 3]"), "{message}");
}

#[test]
fn nobody_at_all_is_nobody() {
    assert!(read("rows", &[output(&[1, 0, 56], &[])]).unwrap().is_empty());
    assert!(read("rtmo", &[output(&[1, 0, 5], &[]), output(&[1, 0, 17, 3], &[])]).unwrap().is_empty());
    assert!(read("ends", &[output(&[1, 0, 57], &[])]).unwrap().is_empty());
}

#[test]
fn the_stronger_of_two_overlapping_boxes_stays() {
    let person = |x: f32, score: f32| Pose {
        bbox_in_frame: BBox { x, y: 0.0, width: 10.0, height: 20.0 },
        score,
        keypoints_in_frame: [Keypoint::default(); Joint::COUNT],
    };
    let kept = suppress_overlaps(vec![person(1.0, 0.5), person(0.0, 0.9), person(30.0, 0.3)], 0.6);
    assert_eq!(kept.iter().map(|p| p.score).collect::<Vec<_>>(), [0.9, 0.3]);
}

#[test]
fn the_hardly_believed_are_told_apart_where_the_card_asks_for_them() {
    let mut elsewhere = row(0.2, 0.9);
    elsewhere[0] = 150.0;
    let hidden_by_the_first = row(0.2, 0.9);
    let rows = [row(0.9, 0.9), elsewhere, hidden_by_the_first].concat();
    let given = PeopleOutputs { outputs: vec![output(&[1, 3, 56], &rows)], classes: None };
    let found = people_in_frame(&given, &PeopleCard { faint: Some(0.1), ..card("rows") }, SAME).unwrap();
    assert_eq!((found.people.len(), found.faint_in_frame.len()), (1, 1));
    assert_eq!(found.faint_in_frame[0].centre().x, 150.0);
    let unasked = people_in_frame(&given, &card("rows"), SAME).unwrap();
    assert!(unasked.faint_in_frame.is_empty());
}
