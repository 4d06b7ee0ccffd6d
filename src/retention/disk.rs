//! How long the disks last at the rate of the last days.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::SECS_PER_DAY;
use super::survey::{Fate, Known, Presence, wall_of};
use crate::domain::WallTime;

/// The rate is that of so many days.
pub const RATE_DAYS: f64 = 7.0;

/// A disk on which recordings or results lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    /// A folder on it.
    pub folder: PathBuf,
    /// Free for this program.
    pub free_bytes: u64,
    /// What was added a day over the last days; none where nothing was.
    pub bytes_per_day: Option<f64>,
    /// Of recordings that are there: held.
    pub held_bytes: u64,
    /// Of recordings that are there: whose time is over.
    pub may_expire_bytes: u64,
}

impl Disk {
    /// Days until it is full at that rate.
    pub fn days_left(&self) -> Option<f64> {
        self.bytes_per_day.map(|rate| self.free_bytes as f64 / rate)
    }
}

/// A file's part of the rate.
struct Grown {
    bytes: u64,
    /// Days since it came.
    age_days: f64,
    /// Days since it was last written.
    idle_days: f64,
}

/// The disks of the data directory and of all recordings that are there, by folder.
pub(super) fn disks(data_dir: &Path, recordings: &[Known], now: WallTime) -> Vec<Disk> {
    let mut found: BTreeMap<u64, (Disk, Vec<Grown>)> = BTreeMap::new();
    let own = walkdir::WalkDir::new(data_dir).into_iter().filter_map(Result::ok);
    for entry in own.filter(|e| e.file_type().is_file()) {
        put(&mut found, data_dir, entry.path(), now);
    }
    for recording in recordings {
        let Presence::There(path) = &recording.presence else { continue };
        let folder = path.parent().unwrap_or(Path::new("."));
        if let Some(disk) = put(&mut found, folder, path, now) {
            match recording.fate {
                Fate::Held => disk.held_bytes += recording.bytes,
                Fate::MayExpire => disk.may_expire_bytes += recording.bytes,
                Fate::Kept => {}
            }
        }
    }
    let mut disks: Vec<Disk> =
        found.into_values().map(|(disk, grown)| Disk { bytes_per_day: rate(&grown), ..disk }).collect();
    disks.sort_by(|a, b| a.folder.cmp(&b.folder));
    disks
}

fn put<'a>(
    found: &'a mut BTreeMap<u64, (Disk, Vec<Grown>)>,
    folder: &Path,
    file: &Path,
    now: WallTime,
) -> Option<&'a mut Disk> {
    let meta = file.metadata().ok()?;
    if let std::collections::btree_map::Entry::Vacant(entry) = found.entry(meta.dev()) {
        let space =
            rustix::fs::statvfs(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()?;
        let free_bytes = space.f_bavail.saturating_mul(space.f_frsize);
        let disk = Disk {
            folder: folder.to_owned(),
            free_bytes,
            bytes_per_day: None,
            held_bytes: 0,
            may_expire_bytes: 0,
        };
        entry.insert((disk, Vec::new()));
    }
    let (disk, grown) = found.get_mut(&meta.dev())?;
    let days_since = |at: std::io::Result<std::time::SystemTime>| {
        at.ok().and_then(wall_of).map(|at| (now.secs_since(at) / SECS_PER_DAY).max(0.0))
    };
    let idle_days = days_since(meta.modified());
    // When it came to this disk: copies may keep the date of what they are copied from.
    let age_days = days_since(meta.created()).or(idle_days);
    if let (Some(age_days), Some(idle_days)) = (age_days, idle_days) {
        grown.push(Grown { bytes: meta.len(), age_days, idle_days });
    }
    Some(disk)
}

/// Bytes a day over the last days. Of a file that is older and still written, like a database, its usual growth counts.
fn rate(files: &[Grown]) -> Option<f64> {
    let recent = files.iter().filter(|f| f.age_days <= RATE_DAYS);
    let over_days = files.iter().map(|f| f.age_days).fold(0.0, f64::max).clamp(1.0, RATE_DAYS);
    let came: f64 = recent.map(|f| f.bytes as f64 / over_days).sum();
    let is_written = |f: &&Grown| f.age_days > RATE_DAYS && f.idle_days <= RATE_DAYS;
    let grew: f64 = files.iter().filter(is_written).map(|f| f.bytes as f64 / f.age_days).sum();
    Some(came + grew).filter(|rate| *rate > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(bytes: u64, age_days: f64, idle_days: f64) -> Grown {
        Grown { bytes, age_days, idle_days }
    }

    #[test]
    fn the_rate_is_that_of_the_last_days() {
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&[grown(700, 100.0, 100.0)]), None, "nothing came of late");
        assert_eq!(rate(&[grown(700, 0.0, 0.0)]), Some(700.0), "a first day counts as one");
        assert_eq!(rate(&[grown(700, 3.0, 3.0), grown(1, 400.0, 400.0)]), Some(100.0));
        assert_eq!(rate(&[grown(1000, 100.0, 0.5)]), Some(10.0), "a database that is written on");
    }

    #[test]
    fn days_left_are_free_space_by_the_rate() {
        let disk = Disk {
            folder: "/".into(),
            free_bytes: 5000,
            bytes_per_day: Some(100.0),
            held_bytes: 0,
            may_expire_bytes: 0,
        };
        assert_eq!(disk.days_left(), Some(50.0));
    }
}
