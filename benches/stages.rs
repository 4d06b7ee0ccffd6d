//! The stages that run for every analysed picture, without models: `cargo bench --bench stages`. Pictures are the first of
//! a sample, or of the recording that `KUAGER_BENCH_VIDEO` names.

use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use kuager::detect::find_groups;
use kuager::domain::{
    BBox, FrameFromInput, FrameRef, Joint, Keypoint, MediaTime, Point, Pose, PoseFrame, Size, SourceId,
    TrackedFrame,
};
use kuager::infer::{GridMask, SmallGrey, suppress_overlaps};
use kuager::integrity::PictureStats;
use kuager::media::{Fit, InputImage, Letterbox, LetterboxSpec, Picture, Recording, Step};
use kuager::track::Tracker;

const FRAME: Size = Size { width: 1920, height: 1080 };
const INPUT: Size = Size { width: 512, height: 288 };

fn at(index: u64) -> FrameRef {
    let media_time = MediaTime::from_millis(index as i64 * 200);
    FrameRef { source: SourceId(0), index, media_time, size: FRAME }
}

/// Twenty people walking, ten each way.
fn people(index: u64) -> Vec<Pose> {
    (0..20)
        .map(|i| {
            let step = if i % 2 == 0 { 12.0 } else { -12.0 };
            let x = 90.0 * i as f32 + step * index as f32;
            Pose {
                bbox_in_frame: BBox { x, y: 300.0, width: 70.0, height: 210.0 },
                score: 0.9,
                keypoints_in_frame: [Keypoint { at: Point { x, y: 350.0 }, confidence: 0.8 }; Joint::COUNT],
            }
        })
        .collect()
}

fn tracked(count: u64) -> Vec<TrackedFrame> {
    let mut tracker = Tracker::default();
    (0..count).map(|i| tracker.push(PoseFrame { at: at(i), people: people(i) })).collect()
}

fn first_picture() -> Picture {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/corridor_walking.mp4");
    let path = std::env::var_os("KUAGER_BENCH_VIDEO").map_or_else(|| PathBuf::from(sample), PathBuf::from);
    kuager::media::init().expect("FFmpeg starts");
    let mut recording = Recording::open(&path, SourceId(0), 1).expect("a recording");
    match recording.step() {
        Ok(Step::Picture(picture, _)) => picture,
        _ => panic!("no picture in {}", path.display()),
    }
}

/// From a decoded picture to the inputs of the models.
fn pixels(c: &mut Criterion) {
    let picture = first_picture();
    let spec = LetterboxSpec { size: INPUT, fit: Fit::LetterboxTopLeft, pad_value: 114 };
    let Size { width, height } = picture.at.size;
    let fill = |letterbox: &mut Letterbox, rgb: &mut Vec<u8>| {
        *rgb = letterbox.fill(&picture, std::mem::take(rgb)).expect("a known pixel format").rgb;
    };
    let mut rgb = Vec::new();
    let mut letterbox = Letterbox::new(spec);
    c.bench_function(&format!("{width}x{height} to 512x288, one pass"), |b| {
        b.iter(|| fill(&mut letterbox, &mut rgb));
    });
    let mut letterbox = Letterbox::of_swscale(spec);
    c.bench_function(&format!("{width}x{height} to 512x288, swscale"), |b| {
        b.iter(|| fill(&mut letterbox, &mut rgb));
    });
    let size = Size { width: 192, height: 192 };
    let mut cutter = Letterbox::new(LetterboxSpec { size, fit: Fit::Stretch, pad_value: 114 });
    let step = height as f32 / 2.0 / 192.0;
    let mut x = 0.0;
    c.bench_function(&format!("a person of {width}x{height} to 192x192, one pass"), |b| {
        b.iter(|| {
            x = (x + 1.3) % (width as f32 / 2.0); // people move, so nothing computed before serves again
            cutter.fill_part(&picture, Point { x, y: 20.3 }, [step; 2], &mut rgb)
        });
    });
    // What crops were cut from before: the whole picture, half as large or at most 960 long.
    let shrink = (width as f32 / 960.0).max(1.0);
    let whole = Size { width: (width as f32 / shrink) as u32, height: (height as f32 / shrink) as u32 };
    let mut letterbox = Letterbox::of_swscale(LetterboxSpec { size: whole, fit: Fit::Stretch, pad_value: 0 });
    c.bench_function(&format!("{width}x{height} to {}x{}, swscale", whole.width, whole.height), |b| {
        b.iter(|| fill(&mut letterbox, &mut rgb));
    });
}

fn stages(c: &mut Criterion) {
    let image = InputImage {
        rgb: (0..INPUT.width * INPUT.height * 3).map(|i| (i * 7 % 251) as u8).collect(),
        size: INPUT,
        content_in_input: BBox::of_picture(INPUT),
        frame_from_input: FrameFromInput { scale: [3.75; 2], offset_in_input: Point::default() },
    };
    c.bench_function("look of a picture, 512x288", |b| b.iter(|| PictureStats::of_input(&image)));
    c.bench_function("small grey of a picture, 512x288", |b| b.iter(|| SmallGrey::of_input(&image)));
    c.bench_function("track 20 people over 10 pictures", |b| b.iter(|| tracked(10)));
    let window = tracked(10);
    let window: Vec<&TrackedFrame> = window.iter().collect();
    c.bench_function("groups of 20 people in a window", |b| b.iter(|| find_groups(&window, 0.8)));
    c.bench_function("suppress overlaps among 20 people", |b| b.iter(|| suppress_overlaps(people(0), 0.6)));
    let region = BBox { x: 100.0, y: 50.0, width: 200.0, height: 150.0 };
    c.bench_function("mask of a region, 18x32", |b| b.iter(|| GridMask::of_region(region, INPUT, 18, 32)));
}

criterion_group!(benches, pixels, stages);
criterion_main!(benches);
