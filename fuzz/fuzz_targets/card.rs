//! A model card from anywhere is read or refused; one that is accepted holds nothing that could break an analysis.
#![no_main]

use kuager::infer::{Card, ImageCard, Task};
use libfuzzer_sys::fuzz_target;

fn check_image(image: &ImageCard) {
    assert!(image.mean.iter().all(|m| m.is_finite()));
    assert!(image.std.iter().all(|s| s.is_finite() && *s > 0.0));
}

fuzz_target!(|text: &str| {
    let Ok(card) = Card::parse(text) else { return };
    assert!(!card.file.contains(['/', '\\']));
    match card.task {
        Task::PersonPose(people) | Task::PersonDetector(people) => check_image(&people.image),
        Task::CropPose(crop) => {
            check_image(&crop.image);
            assert!((1.0..=3.0).contains(&crop.crop_padding));
        }
        Task::Violence(violence) => {
            assert!((1..=violence.frames).contains(&violence.min_frames));
            assert!(violence.step.nanos() > 0);
        }
    }
});
