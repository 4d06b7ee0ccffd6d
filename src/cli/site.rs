//! The configured cameras of the recordings that were given.

use std::path::PathBuf;

use crate::config::Config;
use crate::pipeline::{Scene, Scenes};
use crate::recordings::Site;

/// What is known of the camera of each file, before it is looked at. `operator` is a camera that a person named for all.
pub(super) fn scenes(config: &Config, files: &[PathBuf], operator: Option<&str>) -> Scenes {
    let site = Site::of(config);
    let scene = |path: &PathBuf| {
        let number = match operator {
            Some(name) => site.named(name),
            None => site.camera_of(path, site.read_name(path).as_ref()),
        }?;
        let zones = config.cameras[number].zones();
        let records_on_motion = !site.camera(number).schedule.expects_anything();
        Some((path.clone(), Scene { zones, records_on_motion }))
    };
    Scenes::new(files.iter().filter_map(scene).collect())
}
