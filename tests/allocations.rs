//! From a decoded picture to the score of a window, buffers are used again: what is allocated for a picture once all are
//! there are names, boxes and tracks, no pixels and no features. ONNX Runtime's own memory is not counted.

mod common;

use std::alloc::System;

use common::{onnx_runtime, sample};
use kuager::config::Config;
use kuager::domain::SourceId;
use kuager::gate::FrameSampler;
use kuager::infer::{
    Device, Eyes, EyesPlan, Runtime, RuntimeOptions, View, ViewMaker, ViolenceHead, embedded,
};
use kuager::integrity::PictureStats;
use kuager::media::{Picture, Recording, Step};
use kuager::pipeline::{Engine, SeenPicture};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The window of the violence model and the buffers between are full after so many pictures.
const WARM_AFTER: usize = 20;
/// Less than the smallest buffer that is kept: a small grey picture has 36,864 bytes, an input 442,368.
const MOST_BYTES: usize = 32 * 1024;

/// Looks at a picture as a lane does.
fn analyse(
    picture: &Picture,
    views: &mut ViewMaker,
    eyes: &mut Eyes,
    engine: &mut Engine,
    spare: &mut Vec<Vec<u8>>,
) {
    let mut view: View = views.view(picture, || spare.pop().unwrap_or_default()).unwrap();
    let stats = PictureStats::of_input(view.of_features());
    let seen = eyes.look(&view).unwrap();
    let grey = view.grey.take();
    let image = view.of_features();
    let seen_picture = SeenPicture {
        at: picture.at,
        is_glance: false,
        seen,
        stats,
        findings: Vec::new(),
        grey,
        frame_from_input: image.frame_from_input,
        content_in_input: image.content_in_input,
        input_size: image.size,
    };
    spare.extend(view.into_buffers());
    engine.push(seen_picture).unwrap();
}

#[test]
fn no_picture_and_no_feature_map_is_allocated_anew() {
    kuager::media::init().unwrap();
    let runtime = Runtime::load(&onnx_runtime()).unwrap();
    let options = RuntimeOptions { device: Device::Cpu, is_cpu_fallback_allowed: false, intra_threads: 1 };
    let [people, crop_pose, violence] = embedded().unwrap();
    let plan = EyesPlan { people, features: None, crop_pose: Some(crop_pose) };
    let mut eyes = Eyes::new(&runtime, &plan, options).unwrap();
    let scorer = ViolenceHead::new(&runtime, &violence, eyes.features_usage(), options).unwrap();
    let config = Config::default();
    let mut engine = Engine::new(&config, Some(Box::new(scorer)));
    let mut views = ViewMaker::new(eyes.view_spec().with_grey(true));
    let mut sampler = FrameSampler::new(config.analysis_step());
    let mut recording = Recording::open(&sample("corridor_blows_two_on_one.mp4"), SourceId(0), 1).unwrap();

    let (mut spare, mut allocated) = (Vec::new(), Vec::new());
    while let Ok(Step::Picture(picture, _)) = recording.step() {
        if sampler.picks(picture.at.media_time) {
            let region = Region::new(ALLOCATOR);
            analyse(&picture, &mut views, &mut eyes, &mut engine, &mut spare);
            allocated.push(region.change().bytes_allocated);
        }
    }
    let (first, warm) = (allocated[0], &mut allocated[WARM_AFTER..]);
    assert!(first > 442_368, "the first picture needs its buffers, so this counts: {first} bytes");
    warm.sort_unstable();
    let (median, most) = (warm[warm.len() / 2], warm[warm.len() - 1]);
    eprintln!("{} pictures: {median} bytes in the median, at most {most}", warm.len());
    assert!(most <= MOST_BYTES, "{median} bytes in the median, at most {most}: {warm:?}");
}
