//! Any graph with a valid card works, whatever its input; what is wrong with one is said. The tiny graphs are made by
//! `tests/data/models/make.py`, which explains their outputs.
#![allow(clippy::unwrap_used)] // in helpers of tests, as clippy.toml allows in the tests themselves

mod common;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{Case, H264, Outcome, onnx_runtime, repository};
use kuager::domain::{BBox, FrameFromInput, MediaTime, Point, Pose, Size};
use kuager::infer::{
    Bundle, CropPose, Device, Eye, FeatureMap, GridMask, Runtime, RuntimeOptions, Seen, SmallGrey,
    ViolenceHead, WindowFrame, WindowRegion, WindowScorer, embedded,
};
use kuager::media::InputImage;
use serde_json::Value;

const ON_CPU: RuntimeOptions =
    RuntimeOptions { device: Device::Cpu, is_cpu_fallback_allowed: false, intra_threads: 1 };

fn tiny(name: &str) -> PathBuf {
    repository().join("tests/data/models").join(name)
}

/// A process loads ONNX Runtime once.
fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::load(&onnx_runtime()).unwrap());
    &RUNTIME
}

fn eye(folder: &Path) -> Eye {
    Eye::new(runtime(), &Bundle::from_path(folder).unwrap(), ON_CPU).unwrap()
}

/// An input whose pixels are what `rgb_at` says of column, row and channel.
fn input(size: Size, rgb_at: impl Fn(usize, usize, usize) -> usize) -> InputImage {
    let (width, height) = (size.width as usize, size.height as usize);
    let at = |i: usize| (rgb_at(i / 3 % width, i / 3 / width, i % 3) % 256) as u8;
    InputImage {
        rgb: (0..width * height * 3).map(at).collect(),
        size,
        content_in_input: BBox::of_picture(size),
        frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
    }
}

const TINY: Size = Size { width: 24, height: 16 };

/// Red 40, green 60 and blue 80, but for one pixel.
fn striking_input() -> InputImage {
    input(TINY, |x, y, c| if (x, y) == (5, 2) { 100 + 10 * c } else { 40 + 20 * c })
}

/// Places across of the first six joints: means of the three channels, then the three channels of the pixel.
fn told(seen: &Seen) -> Vec<f32> {
    seen.people[0].keypoints_in_frame[..6].iter().map(|k| k.at.x).collect()
}

fn assert_close(found: &[f32], wanted: &[f32], tolerance: f32) {
    let is_close =
        found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| (f - w).abs() <= tolerance);
    assert!(is_close, "found {found:?}, wanted {wanted:?}");
}

#[test]
fn bytes_in_rows_of_rgb_arrive_as_they_are() {
    let seen = eye(&tiny("tiny-u8")).look(&striking_input()).unwrap();
    assert_close(&told(&seen), &[40.15625, 60.13021, 80.10417, 100.0, 110.0, 120.0], 1e-3);
    assert_eq!(seen.people.len(), 1);
    assert_eq!(seen.people[0].bbox_in_frame, BBox { x: 3.0, y: 2.0, width: 10.0, height: 12.0 });
    let map = seen.features.unwrap();
    assert_eq!((map.channels, map.rows, map.columns), (3, 4, 6));
    assert_close(&map.values[..3], &[40.0, 43.75, 40.0], 1e-3);
}

#[test]
fn numbers_in_planes_of_bgr_are_normalised_by_the_card() {
    let seen = eye(&tiny("tiny-f32")).look(&striking_input()).unwrap();
    // The card's mean and std are in the order of the model's own channels: blue, green, red.
    let normalised = |b: f32, g: f32, r: f32| [(b - 10.0) / 2.0, (g - 20.0) / 4.0, (r - 30.0) / 5.0];
    let wanted = [normalised(80.10417, 60.13021, 40.15625), normalised(120.0, 110.0, 100.0)].concat();
    assert_close(&told(&seen), &wanted, 1e-3);
    assert!(seen.features.is_none());
}

#[test]
fn a_violence_model_gets_the_window_in_order_and_the_region() {
    let mut eye = eye(&tiny("tiny-u8"));
    let bundle = Bundle::from_path(&tiny("tiny-violence")).unwrap();
    let mut head = ViolenceHead::new(runtime(), &bundle, eye.usage(), ON_CPU).unwrap();
    assert_eq!((head.frames(), head.step(), head.min_frames()), (3, MediaTime::from_millis(200), 2));
    let map = eye.look(&input(TINY, |_, _, _| 102)).unwrap().features.unwrap();
    let grey = SmallGrey::of_input(&input(TINY, |_, _, _| 102));
    let region = |share: usize| {
        let cells = (0..24).map(|i| f32::from(u8::from(i < 24 * share / 4))).collect();
        WindowRegion { mask: GridMask { cells, rows: 4, columns: 6 }, ..WindowRegion::whole(&map, TINY) }
    };
    for (share, wanted) in [(4, 0.4), (2, 0.2), (0, 0.0)] {
        let p = head.score(&[WindowFrame { features: &map, grey: &grey }; 3], &region(share)).unwrap();
        assert!((p - wanted).abs() < 1e-4, "{p}, wanted {wanted}");
    }
}

fn reference(model: &str) -> Value {
    let path = repository().join("models").join(model).join("reference.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f32 {
    value.as_f64().unwrap() as f32
}

#[test]
fn the_embedded_eye_sees_what_it_saw_in_training() {
    let reference = reference("kuager-eye");
    assert_eq!(reference["image"], "image[y][x][c] = (x*3 + y*5 + c*40) % 256");
    let [bundle, _, _] = embedded().unwrap();
    let mut eye = Eye::new(runtime(), &bundle, ON_CPU).unwrap();
    let size = eye.letterbox_spec().size;
    let map = eye.look(&input(size, |x, y, c| x * 3 + y * 5 + c * 40)).unwrap().features.unwrap();
    let shape: Vec<usize> = serde_json::from_value(reference["features_shape"].clone()).unwrap();
    assert_eq!([1, map.channels, map.rows, map.columns], shape[..]);
    let tolerance = number(&reference["tolerance"]);
    for feature in reference["features"].as_array().unwrap() {
        let [_, c, y, x] = serde_json::from_value::<[usize; 4]>(feature["at"].clone()).unwrap();
        let found = map.values[(c * map.rows + y) * map.columns + x];
        assert_close(&[found], &[number(&feature["value"])], tolerance);
    }
    let mean = map.values.iter().map(|v| f64::from(*v)).sum::<f64>() / map.values.len() as f64;
    assert_close(&[mean as f32], &[number(&reference["features_mean"])], tolerance);
}

#[test]
fn the_embedded_eye_finds_the_person_it_found_in_training() {
    let reference = reference("kuager-eye");
    let row: Vec<f32> = serde_json::from_value(reference["people_first_row"].clone()).unwrap();
    let [mut bundle, _, _] = embedded().unwrap();
    if let kuager::infer::Task::PersonDetector(card) = &mut bundle.card.task {
        card.score = row[4] * 0.9; // the noise of the reference shows nobody that the card would believe in
    }
    let mut eye = Eye::new(runtime(), &bundle, ON_CPU).unwrap();
    let people =
        eye.look(&input(eye.letterbox_spec().size, |x, y, c| x * 3 + y * 5 + c * 40)).unwrap().people;
    let bbox = BBox { x: row[0], y: row[1], width: row[2] - row[0], height: row[3] - row[1] };
    let best = &people[0];
    assert_close(&[best.score], &[row[4]], 2e-3);
    assert!(best.bbox_in_frame.iou(bbox) > 0.98, "{:?}, wanted {bbox:?}", best.bbox_in_frame);
}

#[test]
fn the_embedded_crop_model_sees_the_joints_it_saw_in_training() {
    let reference = reference("kuager-joints");
    let wanted: Vec<[f32; 3]> = serde_json::from_value(reference["joints"].clone()).unwrap();
    let [_, bundle, _] = embedded().unwrap();
    let mut crop_pose = CropPose::new(runtime(), &bundle, ON_CPU).unwrap();
    let side = 192.0;
    let size = Size { width: 192, height: 192 };
    let picture = input(size, |x, y, c| x * 3 + y * 5 + c * 40);
    // The box whose crop is the picture itself.
    let bbox_in_frame = BBox::from_centre(Point { x: side / 2.0, y: side / 2.0 }, side / 1.25, side / 1.25);
    let mut people = [Pose { bbox_in_frame, score: 1.0, keypoints_in_frame: Default::default() }];
    crop_pose.see_joints(&picture, &mut people).unwrap();
    let tolerance = number(&reference["tolerance"]);
    for (joint, [y, x, sure]) in people[0].keypoints_in_frame.iter().zip(wanted) {
        assert_close(&[joint.at.x / side, joint.at.y / side], &[x, y], tolerance);
        // The card's threshold turns a doubtful joint's confidence to 0.
        assert_close(&[joint.confidence], &[if sure < 0.3 { 0.0 } else { sure }], tolerance);
    }
}

#[test]
fn the_embedded_violence_model_scores_as_in_training() {
    let reference = reference("kuager-violence");
    let [eye, _, bundle] = embedded().unwrap();
    let eye = Eye::new(runtime(), &eye, ON_CPU).unwrap();
    let mut head = ViolenceHead::new(runtime(), &bundle, eye.usage(), ON_CPU).unwrap();
    assert_eq!(
        reference["grey"],
        "grey[t][y][x] = (3*(x/4) + 5*(y/4) + 40*t) % 200 with whole-number division, y < 144, x < 256"
    );
    let maps: Vec<FeatureMap> =
        (0..10).map(|t| wavy_map(reference["features"].as_str().unwrap(), t)).collect();
    let greys: Vec<SmallGrey> = (0..10).map(sliding_grey).collect();
    let window: Vec<WindowFrame<'_>> =
        maps.iter().zip(&greys).map(|(features, grey)| WindowFrame { features, grey }).collect();
    let inside = |y: usize, x: usize| (4..12).contains(&y) && (8..24).contains(&x);
    let [height_in_square, people, group] =
        serde_json::from_value::<[f32; 3]>(reference["about"].clone()).unwrap();
    let region = |cell: &dyn Fn(usize, usize) -> bool| WindowRegion {
        mask: GridMask {
            cells: (0..18 * 32).map(|i| f32::from(u8::from(cell(i / 32, i % 32)))).collect(),
            rows: 18,
            columns: 32,
        },
        square_in_grey: serde_json::from_value(reference["square"].clone()).unwrap(),
        height_in_square,
        people,
        is_group: group > 0.5,
    };
    let tolerance = number(&reference["tolerance"]);
    let scores =
        [head.score(&window, &region(&inside)).unwrap(), head.score(&window, &region(&|_, _| true)).unwrap()];
    let wanted = [number(&reference["probability"]), number(&reference["probability_whole_picture"])];
    assert_close(&scores, &wanted, tolerance);
}

/// The grey picture at time `t` after the reference's formula.
fn sliding_grey(t: usize) -> SmallGrey {
    let value = |i: usize| ((3 * (i % 256 / 4) + 5 * (i / 256 / 4) + 40 * t) % 200) as u8;
    SmallGrey { values: (0..144 * 256).map(value).collect(), rows: 144, columns: 256 }
}

/// The map at time `t` after a formula like `features[t][c][y][x] = 2.0*sin(0.1*t + 0.37*c + 0.21*y + 0.13*x), …`.
fn wavy_map(formula: &str, t: usize) -> FeatureMap {
    let factor = |of: &str| -> f64 {
        let before = &formula[..formula.find(of).unwrap_or(0)];
        before.rsplit(['(', ' ']).next().and_then(|number| number.parse().ok()).unwrap_or(1.0)
    };
    let [amplitude, by_t, by_c, by_y, by_x] = ["*sin(", "*t", "*c", "*y", "*x"].map(factor);
    let value = |i: usize| {
        let [c, y, x] = [i / (18 * 32), i / 32 % 18, i % 32].map(|v| v as f64);
        (amplitude * (by_t * t as f64 + by_c * c + by_y * y + by_x * x).sin()) as f32
    };
    FeatureMap { values: (0..128 * 18 * 32).map(value).collect(), channels: 128, rows: 18, columns: 32 }
}

/// A copy of a tiny model in the scratch folder, its card changed by `edit`.
fn copy(case: &Case, name: &str, edit: impl Fn(String) -> String) -> PathBuf {
    let card = std::fs::read_to_string(tiny(name).join("model.toml")).unwrap();
    let graph = format!("{name}.onnx");
    std::fs::create_dir_all(case.path("model")).unwrap();
    std::fs::copy(tiny(name).join(&graph), case.path("model").join(&graph)).unwrap();
    case.write("model/model.toml", edit(card));
    case.path("model").join(graph)
}

/// `models add` refuses it and says why.
fn assert_refused(case: &Case, graph: &Path, hints: &[&str]) {
    let outcome = Outcome::of(case.kuager([Path::new("models"), Path::new("add"), graph]));
    assert!([1, 2].contains(&outcome.code), "{outcome:?}");
    for hint in hints {
        assert!(outcome.stderr.contains(hint), "{hint:?} is missing in: {}", outcome.stderr);
    }
    let listed = Outcome::of(case.kuager(["models", "list"])).stdout;
    assert!(!listed.contains("tiny") && !listed.contains("wrong-rows"), "{listed}");
}

#[test]
fn a_card_with_something_wrong_is_refused_with_the_reason() {
    for (from, to, hints) in [
        ("sha256 = \"", "sha256 = \"0", &["sha256", "64 lower-case hex"][..]),
        ("score = 0.25", "scroe = 0.25", &["scroe", "thresholds"]),
        ("score = 0.25", "score = 2.5", &["thresholds.score = 2.5", "0 to 1"]),
        ("name = \"tiny", "nickname = 1\nname = \"tiny", &["nickname"]),
        (
            "task = \"person-pose\"",
            "task = \"face-recognition\"",
            &["task = face-recognition", "person-pose, person-detector, crop-pose or violence"],
        ),
        ("width = 24", "width = 5", &["input.width = 5", "16 to 4096"]),
        ("\"nose\", ", "", &["output.keypoints = 16 names", "17 COCO joints"]),
        (
            "people = \"people\"",
            "people = \"persons\"",
            &["no output named \"persons\"", "it has: people", "into output.people of the card"],
        ),
        (
            "name = \"image\"",
            "name = \"picture\"",
            &["no input named \"picture\"", "it has: image", "into input.name of the card"],
        ),
        (
            "height = 16",
            "height = 32",
            &["\"image\"", "f32 [1, 3, 16, 24]", "f32 [1, 3, 32, 24]", "input.height"],
        ),
        ("dtype = \"f32\"", "dtype = \"u8\"", &["input.mean, input.std", "for dtype f32"]),
        ("layout = \"nchw\"", "layout = \"nhwc\"", &["[1, 3, 16, 24]", "[1, 16, 24, 3]", "input.layout"]),
        ("file = \"tiny", "file = \"../tiny", &["file = ../tiny-f32.onnx", "without folders"]),
        ("schema = 1", "schema = 2", &["schema = 2", "reads schema 1"]),
        ("mean = [10.0", "mean = [nan", &["input.mean"]),
    ] {
        let case = Case::new();
        let graph = copy(&case, "tiny-f32", |card| {
            assert!(card.contains(from), "{from}");
            card.replacen(from, to, 1)
        });
        assert_refused(&case, &graph, hints);
    }
}

#[test]
fn a_graph_that_is_not_the_one_of_the_card_is_refused() {
    let case = Case::new();
    let graph = copy(&case, "tiny-f32", |card| card);
    let mut bytes = std::fs::read(&graph).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&graph, bytes).unwrap();
    assert_refused(&case, &graph, &["sha256", "the card says", "changed or is damaged"]);
}

#[test]
fn a_graph_without_a_card_is_refused() {
    let case = Case::new();
    let graph = copy(&case, "tiny-f32", |card| card);
    std::fs::remove_file(case.path("model/model.toml")).unwrap();
    assert_refused(&case, &graph, &["card", "docs/ref/model-card.md", "model.toml"]);
    let outcome = Outcome::of(case.kuager(["models", "verify", "model"]));
    assert_ne!(outcome.code, 0);
    assert!(outcome.stderr.contains("no model card"), "{}", outcome.stderr);
}

#[test]
fn a_graph_that_gives_other_rows_than_its_card_says_is_refused() {
    let case = Case::new();
    let graph = copy(&case, "wrong-rows", |card| card);
    assert_refused(&case, &graph, &["people", "[1, 1, 55]", "[1, n, 56]"]);
}

#[test]
fn bytes_that_are_no_graph_are_refused() {
    use sha2::Digest;
    let case = Case::new();
    let junk = b"no graph at all";
    let sha256: String = sha2::Sha256::digest(junk).iter().map(|b| format!("{b:02x}")).collect();
    let graph = copy(&case, "tiny-f32", |card| {
        let at = card.find("sha256 = \"").unwrap() + 10;
        format!("{}{sha256}{}", &card[..at], &card[at + 64..])
    });
    std::fs::write(&graph, junk).unwrap();
    assert_refused(&case, &graph, &["tiny-f32", "refuses the graph"]);
}

/// Runs a `models` command that must work.
fn models(case: &Case, arguments: &[&str]) -> Outcome {
    let outcome = Outcome::of(case.kuager(["models"].iter().chain(arguments)));
    assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.stderr);
    outcome
}

#[test]
fn a_model_is_added_listed_verified_timed_and_used() {
    let case = Case::new();
    let graph = tiny("tiny-u8").join("tiny-u8.onnx");
    models(&case, &["add", graph.to_str().unwrap()]);
    let listed = models(&case, &["list", "--json"]);
    let names: Vec<_> = listed.lines.iter().map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["kuager-eye", "kuager-joints", "kuager-violence", "tiny-u8"]);
    assert!(models(&case, &["verify", "tiny-u8"]).stdout.contains("it runs"));
    let timed = models(&case, &["bench", "--json", "--runs", "2", "tiny-u8"]);
    assert!(timed.lines.iter().all(|l| l["wall_ms"].as_f64().unwrap() > 0.0), "{timed:#?}");
    let twice = Outcome::of(case.kuager(["models", "add", graph.to_str().unwrap()]));
    assert_ne!(twice.code, 0);
    assert!(twice.stderr.contains("already there"), "{}", twice.stderr);

    case.film("a.mp4", 2, H264);
    let violence = format!("violence={}", tiny("tiny-violence").display());
    let outcome = case.scan(["--models", "pose=tiny-u8", "--models", &violence, "a.mp4"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let used: Vec<_> =
        outcome.lines[0]["models"].as_array().unwrap().iter().map(|m| m["name"].clone()).collect();
    assert_eq!(used, ["tiny-u8", "tiny-violence"]);
}

#[test]
fn a_violence_model_is_only_used_with_the_eye_it_was_trained_with() {
    let case = Case::new();
    case.film("a.mp4", 1, H264);
    let violence = format!("violence={}", tiny("tiny-violence").display());
    let outcome = case.scan(["--models", &violence, "a.mp4"]);
    assert!([1, 2].contains(&outcome.code));
    assert!(outcome.stderr.contains("wants the features of tiny-u8"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("trained together"), "{}", outcome.stderr);
}

#[test]
fn the_folder_one_stands_in_can_be_verified() {
    let case = Case::new();
    models(&case, &["add", tiny("tiny-u8").join("tiny-u8.onnx").to_str().unwrap()]);
    let mut command = case.kuager(["models", "verify", "."]);
    command.current_dir(tiny("tiny-f32"));
    assert!(Outcome::of(command).stdout.starts_with("tiny-f32"));
}

#[test]
fn the_embedded_models_are_what_their_cards_say() {
    let case = Case::new();
    let outcome = models(&case, &["verify", "--json"]);
    assert_eq!(outcome.lines.len(), 3, "{outcome:#?}");
}
