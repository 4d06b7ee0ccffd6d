//! Published layouts of outputs become people in the frame. The graphs are made by `tests/data/models/make.py`: small,
//! with the real layout, and with people at places known by construction.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{Case, H264, Outcome, onnx_runtime, repository, sample};
use kuager::domain::{BBox, FrameFromInput, Joint, Keypoint, Point, Pose, Size, SourceId};
use kuager::infer::{
    Bundle, CropPose, Device, Eye, Eyes, EyesPlan, InferError, Runtime, RuntimeOptions, ViewMaker, embedded,
};
use kuager::media::{InputImage, Letterbox, Recording, Step};

const ON_CPU: RuntimeOptions =
    RuntimeOptions { device: Device::Cpu, is_cpu_fallback_allowed: false, intra_threads: 1 };

/// A frame of 192 x 64 put into 48 x 32 at the top left: four frame pixels for one of the input.
const LETTERBOXED: FrameFromInput =
    FrameFromInput { scale: [4.0, 4.0], offset_in_input: Point { x: 0.0, y: 0.0 } };

fn tiny(name: &str) -> PathBuf {
    repository().join("tests/data/models").join(name)
}

fn bundle(name: &str) -> Bundle {
    Bundle::from_path(&tiny(name)).unwrap()
}

/// A process loads ONNX Runtime once.
fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::load(&onnx_runtime()).unwrap());
    &RUNTIME
}

fn flat(size: Size, level: u8, frame_from_input: FrameFromInput) -> InputImage {
    InputImage {
        rgb: vec![level; size.width as usize * size.height as usize * 3],
        size,
        content_in_input: BBox::of_picture(size),
        frame_from_input,
    }
}

fn look(name: &str, level: u8, frame_from_input: FrameFromInput) -> Result<Vec<Pose>, InferError> {
    let mut eye = Eye::new(runtime(), &bundle(name), ON_CPU).unwrap();
    let size = eye.letterbox_spec().size;
    eye.look(&flat(size, level, frame_from_input)).map(|seen| seen.people)
}

/// Score, and box as x, y, width, height.
type Scored = (f32, [f32; 4]);

fn assert_boxes(people: &[Pose], wanted: &[Scored]) {
    let found: Vec<Scored> = people.iter().map(|p| (p.score, p.bbox_in_frame.into())).collect();
    let is_close = |a: &Scored, b: &Scored| {
        (a.0 - b.0).abs() < 1e-4 && a.1.iter().zip(b.1).all(|(x, y)| (x - y).abs() <= 0.1)
    };
    let is_same = found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| is_close(f, w));
    assert!(is_same, "found {found:?}, wanted {wanted:?}");
}

fn assert_joint(joint: Keypoint, x: f32, y: f32, confidence: f32, tolerance: f32) {
    let is_close = (joint.at.x - x).abs() <= tolerance
        && (joint.at.y - y).abs() <= tolerance
        && (joint.confidence - confidence).abs() < 0.01;
    assert!(is_close, "found {joint:?}, wanted {x}, {y}, {confidence}");
}

#[test]
fn cells_of_a_raw_head_become_boxes() {
    // The picture lies in the middle of the input, with two pixels of padding above it, shrunk to a third.
    let way_back = FrameFromInput { scale: [3.0, 3.0], offset_in_input: Point { x: 0.0, y: 2.0 } };
    let people = look("tiny-yolox", 90, way_back).unwrap();
    let wanted = [(0.72, [60.0, -12.0, 48.0, 72.0]), (0.6, [144.0, 54.0, 48.0, 24.0])];
    assert_boxes(&people, &wanted);
    assert!(people.iter().flat_map(|p| p.keypoints_in_frame).all(|k| k == Keypoint::default()));
}

#[test]
fn boxes_beside_their_classes_become_people_of_one_class() {
    let first = (0.9, [16.0, 8.0, 40.0, 80.0]);
    let second = (0.6, [128.0, 24.0, 32.0, 96.0]);
    // The level of the picture is the number of rows: the second overlaps the first, the third is of another class,
    // the fifth has no extent, the sixth is too weak.
    for (rows, wanted) in
        [(0, &[][..]), (1, &[first]), (3, &[first]), (4, &[first, second]), (6, &[first, second])]
    {
        assert_boxes(&look("tiny-rtmdet", rows, LETTERBOXED).unwrap(), wanted);
    }
}

#[test]
fn boxes_beside_their_joints_become_people_with_joints() {
    let people = look("tiny-rtmo", 6, LETTERBOXED).unwrap();
    let wanted =
        [(0.9, [16.0, 8.0, 40.0, 80.0]), (0.7, [80.0, 16.0, 40.0, 80.0]), (0.6, [128.0, 24.0, 32.0, 96.0])];
    assert_boxes(&people, &wanted);
    for (person, row) in people.iter().zip([0.0, 2.0, 3.0]) {
        for joint in Joint::ALL {
            let j = f32::from(joint as u8);
            let found = person.keypoints_in_frame[joint as usize];
            assert_joint(found, (10.0 * row + j) * 4.0, (20.0 + j) * 4.0, 0.5 + j / 100.0, 1e-3);
        }
    }
    assert!(look("tiny-rtmo", 0, LETTERBOXED).unwrap().is_empty());
}

#[test]
fn rows_of_an_end_to_end_head_become_people_of_one_class() {
    let people = look("tiny-end-to-end", 90, LETTERBOXED).unwrap();
    assert_boxes(&people, &[(0.9, [16.0, 8.0, 40.0, 80.0]), (0.6, [128.0, 24.0, 32.0, 96.0])]);
    assert_joint(people[1].keypoints_in_frame[16], (30.0 + 16.0) * 4.0, (20.0 + 16.0) * 4.0, 0.66, 1e-3);
}

/// Grey, with a square of 9 x 9 pure red pixels from a column and row on.
fn red_square(size: Size, column: usize, row: usize) -> InputImage {
    let mut image = flat(size, 60, FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() });
    for y in row..row + 9 {
        for x in column..column + 9 {
            let at = (y * size.width as usize + x) * 3;
            image.rgb[at..at + 3].copy_from_slice(&[255, 0, 0]);
        }
    }
    image
}

fn boxed(bbox: [f32; 4]) -> Pose {
    Pose { bbox_in_frame: bbox.into(), score: 0.8, keypoints_in_frame: [Keypoint::default(); Joint::COUNT] }
}

#[test]
fn joints_of_a_crop_lead_back_to_the_frame() {
    let frame = Size { width: 640, height: 360 };
    for (model, step) in [("tiny-simcc", [192.0, 256.0]), ("tiny-movenet", [48.0, 48.0])] {
        let mut crop_pose = CropPose::new(runtime(), &bundle(model), ON_CPU).unwrap();
        // Upright, lying, and at the edge of the picture, so that a part of the crop is outside.
        for (bbox, column, row) in [
            ([300.0, 80.0, 60.0, 180.0], 320, 200),
            ([200.0, 250.0, 200.0, 60.0], 350, 270),
            ([-10.0, 150.0, 50.0, 220.0], 2, 340),
        ] {
            let mut people = [boxed(bbox)];
            crop_pose.see_joints(&red_square(frame, column, row), &mut people).unwrap();
            // One pixel of the crop, in frame pixels: the crop has the shape of the input around the enlarged box.
            let pixel = 1.25 * (bbox[2] / step[0]).max(bbox[3] / step[1]);
            // The first of equals wins: the first sampled column and row that are purely red.
            let nose = people[0].keypoints_in_frame[0];
            let (dx, dy) = (nose.at.x - column as f32, nose.at.y - row as f32);
            let is_there = |d: f32| (-1e-3..=pixel + 1e-3).contains(&d);
            assert!(is_there(dx) && is_there(dy), "{model}, {bbox:?}: {nose:?}, wanted {column}, {row}");
            for joint in Joint::ALL {
                let found = people[0].keypoints_in_frame[joint as usize];
                assert_joint(found, nose.at.x, nose.at.y, 1.0 - 0.02 * f32::from(joint as u8), 1e-3);
            }
            assert_eq!((people[0].score, people[0].bbox_in_frame), (0.8, bbox.into()), "only joints change");
        }
    }
}

#[test]
fn a_crop_pose_model_looks_at_the_people_of_another() {
    let [eye, _, _] = embedded().unwrap();
    let plan = EyesPlan { people: eye, features: None, crop_pose: Some(bundle("tiny-simcc")) };
    let mut eyes = Eyes::new(runtime(), &plan, ON_CPU).unwrap();
    assert_eq!(
        eyes.usages().iter().map(|u| u.name.as_str()).collect::<Vec<_>>(),
        ["kuager-eye", "tiny-simcc"]
    );
    kuager::media::init().unwrap();
    let mut recording = Recording::open(&sample("corridor_walking.mp4"), SourceId(0), 1).unwrap();
    let mut maker = ViewMaker::new(eyes.view_spec());
    let seen = (0..40).find_map(|_| {
        let Step::Picture(picture, _) = recording.step().unwrap() else { return None };
        let people = eyes.look(&maker.view(&picture, Vec::new).unwrap()).unwrap().people;
        (!people.is_empty()).then_some((people, picture))
    });
    let (people, picture) = seen.expect("somebody walks there");
    for person in people {
        // Every joint is at one place, the reddest of the crop, which is around the box.
        let [first, rest @ ..] = person.keypoints_in_frame;
        assert!(rest.iter().all(|k| k.at == first.at), "{person:?}");
        let around = person.bbox_in_frame.enlarged(3.0);
        assert!(around.contains(first.at), "{first:?} is not around {around:?} of {:?}", picture.at.size);
    }
}

#[test]
fn a_detector_leaves_the_features_to_the_eye_of_the_violence_model() {
    let [eye, _, _] = embedded().unwrap();
    let plan = EyesPlan { people: bundle("tiny-yolox"), features: Some(eye.clone()), crop_pose: None };
    let mut eyes = Eyes::new(runtime(), &plan, ON_CPU).unwrap();
    assert_eq!(eyes.features_usage().sha256, eye.card.sha256);
    kuager::media::init().unwrap();
    let mut recording = Recording::open(&sample("corridor_walking.mp4"), SourceId(0), 1).unwrap();
    let Step::Picture(picture, _) = recording.step().unwrap() else { panic!("no picture") };
    let mut maker = ViewMaker::new(eyes.view_spec());
    let view = maker.view(&picture, Vec::new).unwrap();
    let seen = eyes.look(&view).unwrap();
    assert_eq!(seen.people.len(), 2, "those of the tiny detector");
    let mut alone = Eye::new(runtime(), &eye, ON_CPU).unwrap();
    let image = Letterbox::new(alone.letterbox_spec()).fill(&picture, Vec::new()).unwrap();
    let wanted = alone.look(&image).unwrap().features.unwrap();
    assert_eq!(seen.features.unwrap().values, wanted.values);
    assert_eq!(view.of_features().size, image.size);
}

/// A copy of a tiny model in the scratch folder, its card changed from one text to another.
fn changed(case: &Case, name: &str, from: &str, to: &str) -> PathBuf {
    let card = std::fs::read_to_string(tiny(name).join("model.toml")).unwrap();
    assert!(card.contains(from), "{name}: {from}");
    case.write("model/model.toml", card.replacen(from, to, 1));
    let graph = case.path("model").join(format!("{name}.onnx"));
    std::fs::copy(tiny(name).join(format!("{name}.onnx")), &graph).unwrap();
    graph
}

#[test]
fn what_does_not_fit_is_refused_with_the_way_out() {
    for (model, from, to, hints) in [
        (
            "tiny-simcc",
            "x = \"simcc_x\"",
            "x = \"simcc_a\"",
            &["no output named \"simcc_a\"", "it has: simcc_x, simcc_y", "into output.x of the card"][..],
        ),
        ("tiny-simcc", "split_ratio = 2.0", "split_ratio = 1.0", &["[1, 17, 384]", "[1, 17, 192]"]),
        ("tiny-simcc", "split_ratio = 2.0", "split_ratio = 0.0", &["output.split_ratio = 0", "1 to 8"]),
        (
            "tiny-simcc",
            "width = 192",
            "width = 256",
            &["[?, 3, 256, 192]", "[1, 3, 256, 256]", "input.width"],
        ),
        ("tiny-simcc", "crop_padding = 1.25", "fit = \"stretch\"", &["input.fit", "leave it out"]),
        ("tiny-simcc", "crop_padding = 1.25", "crop_padding = nan", &["input.crop_padding = NaN", "1 to 3"]),
        ("tiny-simcc", "y = \"simcc_y\"\n", "", &["output.y = none", "must name an output"]),
        (
            "tiny-movenet",
            "dtype = \"i32\"",
            "dtype = \"f32\"",
            &["i32 [1, 48, 48, 3]", "says f32", "input.dtype"],
        ),
        ("tiny-movenet", "family = \"yx-score\"", "family = \"simcc\"", &["output.joints", "other family"]),
        ("tiny-yolox", "width = 64", "width = 60", &["multiples of 32"]),
        ("tiny-yolox", "person_class = 1", "person_class = 7", &["[1, 42, 7]", "[1, 42, 13 or more]"]),
        ("tiny-yolox", "person_class = 1\n", "", &["output.person_class = none", "is a person"]),
        ("tiny-yolox", "person-detector", "person-pose", &["output.keypoints = none", "17 COCO joints"]),
        ("tiny-rtmdet", "labels = \"labels\"", "labels = \"classes\"", &["into output.labels of the card"]),
        ("tiny-rtmdet", "people = \"dets\"", "people = \"labels\"", &["is i64", "says f32", "output.people"]),
        ("tiny-rtmo", "joints = \"keypoints\"\n", "", &["output.joints = none", "person-detector"]),
        ("tiny-rtmo", "people = \"dets\"", "people = \"keypoints\"", &["keypoints has shape", "[1, n, 5]"]),
        ("tiny-end-to-end", "person-pose", "person-detector", &["output.keypoints = given", "person-pose"]),
        ("tiny-end-to-end", "family = \"end-to-end\"", "family = \"ends\"", &["output", "end-to-end"]),
    ] {
        let case = Case::new();
        let graph = changed(&case, model, from, to);
        let outcome = Outcome::of(case.kuager([Path::new("models"), Path::new("add"), &graph]));
        assert!([1, 2].contains(&outcome.code), "{model}, {to}: {outcome:?}");
        for hint in hints {
            assert!(outcome.stderr.contains(hint), "{hint:?} is missing in: {}", outcome.stderr);
        }
        assert!(!Outcome::of(case.kuager(["models", "list"])).stdout.contains("tiny"), "{model}, {to}");
    }
}

#[test]
fn every_family_is_added_verified_timed_and_listed_by_its_role() {
    let case = Case::new();
    let models = [
        ("tiny-end-to-end", "pose"),
        ("tiny-movenet", "crop-pose"),
        ("tiny-rtmdet", "detector"),
        ("tiny-rtmo", "pose"),
        ("tiny-simcc", "crop-pose"),
        ("tiny-yolox", "detector"),
    ];
    for (name, _) in models {
        let graph = tiny(name).join(format!("{name}.onnx"));
        let outcome = Outcome::of(case.kuager([Path::new("models"), Path::new("add"), &graph]));
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
        for command in [&["models", "verify", name][..], &["models", "bench", "--runs", "1", name]] {
            let outcome = Outcome::of(case.kuager(command));
            assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
        }
    }
    let listed = Outcome::of(case.kuager(["models", "list", "--json"]));
    let roles: Vec<_> =
        listed.lines.iter().map(|l| (l["name"].as_str().unwrap(), l["role"].as_str().unwrap())).collect();
    assert_eq!(roles[3..], models, "after the embedded ones");
}

#[test]
fn the_cards_of_the_documents_are_good() {
    let mut count = 0;
    for document in ["docs/ref/model-card.md", "docs/guide/your-own-model.md"] {
        let text = std::fs::read_to_string(repository().join(document)).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let card = block.split("```").next().unwrap();
            let card = card.replace("sha256 = \"…\"", &format!("sha256 = \"{:064}\"", 0));
            let parsed = kuager::infer::Card::parse(&card);
            assert!(parsed.is_ok(), "{document}: {parsed:?}\n{card}");
            count += 1;
        }
    }
    assert!(count >= 8, "{count}");
}

fn models_of(case: &Case, arguments: &[&str]) -> Vec<String> {
    let outcome = case.scan(arguments.iter().chain(&["a.mp4"]));
    assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.stderr);
    let models = outcome.lines[0]["models"].as_array().unwrap();
    models.iter().map(|m| m["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn violence_goes_on_with_its_own_eye_whoever_finds_the_people() {
    let case = Case::new();
    case.film("a.mp4", 2, H264);
    let detector = format!("detector={}", tiny("tiny-yolox").display());
    let crop_pose = format!("crop-pose={}", tiny("tiny-simcc").display());
    let pose = format!("pose={}", tiny("tiny-rtmo").display());
    for (arguments, wanted) in [
        (&[][..], &["kuager-eye", "kuager-joints", "kuager-violence"][..]),
        (&["--models", &detector], &["tiny-yolox", "kuager-eye", "kuager-joints", "kuager-violence"]),
        (
            &["--models", &detector, "--models", &crop_pose],
            &["tiny-yolox", "kuager-eye", "tiny-simcc", "kuager-violence"],
        ),
        (&["--models", &crop_pose], &["kuager-eye", "tiny-simcc", "kuager-violence"]),
        (&["--models", &pose], &["tiny-rtmo", "kuager-eye", "kuager-violence"]),
        (&["--models", &pose, "--detectors", "person_down"], &["tiny-rtmo"]),
    ] {
        assert_eq!(models_of(&case, arguments), wanted, "{arguments:?}");
    }
}

#[test]
fn a_choice_that_nothing_would_use_is_refused() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    let of = |role: &str, name: &str| format!("{role}={}", tiny(name).display());
    let (detector, pose) = (of("detector", "tiny-yolox"), of("pose", "tiny-rtmo"));
    let wrong_role = of("pose", "tiny-yolox");
    let unknown = of("face", "tiny-yolox");
    for (arguments, hints) in [
        (
            &["--models", &detector, "--models", &pose][..],
            &["tiny-rtmo", "nothing would use it", "tiny-yolox"][..],
        ),
        (&["--models", &wrong_role], &["tiny-yolox is a detector model", "--models detector=tiny-yolox"]),
        (&["--models", &unknown], &["pose=NAME, detector=NAME, crop-pose=NAME, violence=NAME"]),
    ] {
        let outcome = case.scan(arguments.iter().chain(&["a.mp4"]));
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        for hint in hints {
            assert!(outcome.stderr.contains(hint), "{hint:?} is missing in: {}", outcome.stderr);
        }
    }
}

#[test]
fn joints_are_measured_in_a_given_box() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    let joints: Vec<String> = (0..14).map(|i| format!("[{}, {}, 1]", 60 + 9 * i, 40 + 7 * i)).collect();
    case.write("joints.json", format!(r#"[{{"image": "a.mp4", "joints": [{}]}}]"#, joints.join(", ")));
    let crop_pose = format!("crop-pose={}", tiny("tiny-simcc").display());
    let arguments = ["eval", "poses", "--json", "--labels", "joints.json", "--models", &crop_pose];
    let given = Outcome::of(case.kuager(arguments.iter().chain(&["--box-given"])));
    assert_eq!((given.code, &given.lines[0]["people_found"]), (0, &1.0.into()), "{given:?}");
    let own = Outcome::of(case.kuager(arguments));
    assert_eq!((own.code, &own.lines[0]["people_found"]), (0, &0.0.into()), "nobody is in the test picture");
}

/// The published model, its card as `docs/guide/your-own-model.md` gives it. The pictures are of sport, one labelled
/// person in each; the box around the labelled joints is smaller than the person.
#[test]
fn the_published_yolox_nano_finds_labelled_people() {
    let Some(pictures) = common::dev_data("lspet_poses") else { return };
    let graph = pictures.join("../../models/yolox_nano.onnx");
    if !graph.is_file() {
        eprintln!("skipped: no models/yolox_nano.onnx in the folder that KUAGER_DEV_DATA names");
        return;
    }
    let card = std::fs::read_to_string(repository().join("tests/data/models/yolox-nano.toml")).unwrap();
    let bundle = Bundle::from_parts(&card, std::fs::read(&graph).unwrap(), &graph).unwrap();
    let mut eye = Eye::new(runtime(), &bundle, ON_CPU).unwrap();
    let mut letterbox = Letterbox::new(eye.letterbox_spec());
    kuager::media::init().unwrap();
    let labels = std::fs::read_to_string(pictures.join("joints.json")).unwrap();
    let labels = kuager::eval::parse_pose_labels(&labels).unwrap();
    let (mut looked_at, mut found) = (0, 0);
    for label in labels.iter().step_by(labels.len().div_ceil(40)) {
        let beside = pictures.join(&label.image);
        let path = if beside.exists() { beside } else { pictures.join("images").join(&label.image) };
        let mut recording = Recording::open(&path, SourceId(0), 1).unwrap();
        let Step::Picture(picture, _) = recording.step().unwrap() else { panic!("no picture") };
        let people = eye.look(&letterbox.fill(&picture, Vec::new()).unwrap()).unwrap().people;
        let joints = label.joints_in_image.iter().flatten();
        let points = joints.map(|p| BBox { x: p.x, y: p.y, width: 0.0, height: 0.0 });
        let body = points.reduce(BBox::union).unwrap();
        looked_at += 1;
        found += u32::from(people.iter().any(|p| p.bbox_in_frame.iou(body) >= 0.4));
    }
    eprintln!("yolox-nano: {found} of {looked_at} found");
    // A mistake in grid, stride, colours or way back finds nobody at all.
    assert!(looked_at >= 30 && found * 2 >= looked_at, "{found} of {looked_at} found");
}
