//! What is known of one file, gathered before anything is concluded.

use std::path::{Path, PathBuf};

use crate::domain::WallTime;

/// Endings of files that recorders and exports put beside a recording.
const SIDECAR_ENDINGS: [&str; 5] = ["json", "idx", "xml", "txt", "srt"];
/// Names of the field that gives the beginning in a sidecar of JSON.
const START_FIELDS: [&str; 5] = ["start", "start_time", "startTime", "StartTime", "begin"];
/// A sidecar is small; what is larger is not read.
const MOST_SIDECAR_BYTES: u64 = 1 << 20;

/// One file as found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, hex, where it was read.
    pub sha256: Option<String>,
    /// When its bytes were last changed, as the file system says.
    pub modified_at: Option<WallTime>,
    /// When its container says that it was made.
    pub container_at: Option<WallTime>,
    /// SHA-256 over its first packets, hex.
    pub pictures_sha256: Option<String>,
    /// Length of its pictures; absent where there are none.
    pub duration_secs: Option<f64>,
    /// Whether it was read to its end.
    pub is_whole: bool,
    /// What the file beside it says.
    pub sidecar: SidecarSays,
}

/// What a file beside the recording says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SidecarSays {
    /// There is none, or it gives no time.
    #[default]
    Nothing,
    /// It is there, without a byte in it.
    Empty,
    /// When the recording begins.
    Start(WallTime),
}

/// Reads the file beside a recording, where there is one; `a.json` and `a.mp4.json` belong to `a.mp4`.
pub fn read_sidecar(recording: &Path) -> SidecarSays {
    let beside = SIDECAR_ENDINGS.iter().flat_map(|ending| {
        let mut longer = recording.as_os_str().to_owned();
        longer.push(format!(".{ending}"));
        [recording.with_extension(ending), PathBuf::from(longer)]
    });
    let mut says = SidecarSays::Nothing;
    for path in beside.filter(|p| p != recording) {
        let Ok(meta) = path.metadata() else { continue };
        if meta.is_file() && meta.len() == 0 {
            return SidecarSays::Empty;
        }
        let is_json = path.extension().is_some_and(|e| e == "json") && meta.len() <= MOST_SIDECAR_BYTES;
        if let Some(start) = is_json.then(|| start_in_json(&path)).flatten() {
            says = SidecarSays::Start(start);
        }
    }
    says
}

fn start_in_json(path: &Path) -> Option<WallTime> {
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    START_FIELDS.iter().find_map(|field| WallTime::from_rfc3339(value.get(field)?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_the_recording_says_when_it_begins() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let read = |name: &str| read_sidecar(&dir.path().join(name));
        write("a.json", r#"{"camera": 3, "startTime": "2024-02-29T23:00:00+06:00"}"#);
        write("b.mp4.json", r#"{"start": "2024-02-29T17:00:01Z"}"#);
        write("c.idx", "");
        write("d.json", "[1, 2");
        write("e.json", r#"{"start": 5}"#);
        assert_eq!(
            read("a.mp4"),
            SidecarSays::Start(WallTime::from_rfc3339("2024-02-29T17:00:00Z").unwrap())
        );
        assert_eq!(
            read("b.mp4"),
            SidecarSays::Start(WallTime::from_rfc3339("2024-02-29T17:00:01Z").unwrap())
        );
        assert_eq!(read("c.dav"), SidecarSays::Empty);
        assert_eq!([read("d.mp4"), read("e.mp4"), read("f.mp4")], [SidecarSays::Nothing; 3]);
    }
}
