//! Label files from anywhere are read or refused with their line.
#![no_main]

use kuager::eval::{parse_clip_labels, parse_event_labels, parse_pose_labels};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse_clip_labels(text) {
        Ok(clips) => assert!(clips.iter().all(|c| !c.path.is_empty() && !c.label.is_empty())),
        Err(error) => assert!(error.line >= 1 && !error.problem.is_empty()),
    }
    match parse_event_labels(text) {
        Ok(recordings) => {
            let mut events = recordings.iter().flat_map(|r| &r.events);
            assert!(events.all(|e| e.span.start < e.span.end && e.line >= 2));
        }
        Err(error) => assert!(error.line >= 1 && !error.problem.is_empty()),
    }
    match parse_pose_labels(text) {
        Ok(poses) => {
            let points = poses.iter().flat_map(|p| p.joints_in_image).flatten();
            assert!(points.into_iter().all(|p| p.x.is_finite() && p.y.is_finite()));
        }
        Err(error) => assert!(!error.problem.is_empty()),
    }
});
