//! A model card from anywhere is read or refused; one that is accepted holds nothing that could break an analysis.
#![no_main]

use kuager::infer::{Card, Task};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(card) = Card::parse(text) else { return };
    assert!(!card.file.contains(['/', '\\']));
    match card.task {
        Task::PersonPose(pose) => {
            assert!(pose.mean.iter().all(|m| m.is_finite()));
            assert!(pose.std.iter().all(|s| s.is_finite() && *s > 0.0));
        }
        Task::Violence(violence) => {
            assert!((1..=violence.frames).contains(&violence.min_frames));
            assert!(violence.step.nanos() > 0);
        }
    }
});
