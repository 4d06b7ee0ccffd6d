//! Everything the program knows of: recordings that were analysed, and its own files; whether each is there, and whether it is
//! held.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::SECS_PER_DAY;
use super::disk::{Disk, disks};
use crate::domain::{HeldMissing, HoldId, IncidentId, RunId, SourceId, StoredHold, WallTime};
use crate::report::json_lines;
use crate::store::{KnownRecording, Reader, StoreError};

/// Folders of the data directory whose files may be let go.
const OWN_FOLDERS: [&str; 3] = ["stills", "lost", SPOOL];
/// Copies of standard input lie here while they are analysed, in a folder of their run.
const SPOOL: &str = "spool";

/// What may become of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// A hold keeps it.
    Held,
    /// Its time is not over, or no time is configured.
    Kept,
    /// Its time is over.
    MayExpire,
}

impl Fate {
    /// The lasting name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Kept => "kept",
            Self::MayExpire => "may_expire",
        }
    }
}

/// Whether a recording is where it was analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In one of its places, with the size it had.
    There(PathBuf),
    /// A file of another size lies in its place.
    OtherSize(PathBuf),
    /// No file lies there, or its disk is not connected.
    NotThere(PathBuf),
    /// It was named relative to a folder that is not known any more.
    PlaceUnknown(PathBuf),
    /// It came over standard input and was never a file of its own.
    Streamed,
}

impl Presence {
    /// The lasting name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::There(_) => "there",
            Self::OtherSize(_) => "other_size",
            Self::NotThere(_) => "not_there",
            Self::PlaceUnknown(_) => "place_unknown",
            Self::Streamed => "streamed",
        }
    }

    /// Where it lies, or lay.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::There(path) | Self::OtherSize(path) | Self::NotThere(path) | Self::PlaceUnknown(path) => {
                Some(path)
            }
            Self::Streamed => None,
        }
    }

    /// Whether it ought to be there and is not.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::OtherSize(_) | Self::NotThere(_))
    }
}

/// A recording, once however often it was analysed.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Of its bytes, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Its camera, by the newest word.
    pub camera: String,
    /// When it was taken, by the newest word; none where the time of day is not known.
    pub taken: Option<(WallTime, WallTime)>,
    /// When it was taken or, where that is not known, first analysed.
    pub dated: Option<WallTime>,
    /// Whether it is there.
    pub presence: Presence,
    /// The standing holds that keep it.
    pub holds: Vec<HoldId>,
    /// What may become of it.
    pub fate: Fate,
}

/// A file of the data directory that is neither database nor log nor key nor model.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Within the data directory, with `/`.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was last written.
    pub written: Option<WallTime>,
    /// The run that it is of.
    pub run: Option<RunId>,
    /// The flag that it shows.
    pub incident: Option<IncidentId>,
    /// The standing holds that keep it.
    pub holds: Vec<HoldId>,
    /// What may become of it.
    pub fate: Fate,
}

/// All of it at one moment.
#[derive(Clone, Debug)]
pub struct Survey {
    /// All holds, also those that are over.
    pub holds: Vec<StoredHold>,
    /// Recordings, by camera and time.
    pub recordings: Vec<Known>,
    /// The program's own files, by name.
    pub own: Vec<OwnFile>,
    /// The disks on which recordings and the data directory lie.
    pub disks: Vec<Disk>,
}

impl Survey {
    /// What a hold keeps.
    pub fn held_by<'a>(&'a self, hold: &'a HoldId) -> impl Iterator<Item = &'a Known> {
        self.recordings.iter().filter(move |r| r.holds.contains(hold))
    }

    /// Held recordings that are missing, once for each hold.
    pub fn held_missing(&self, found_at: &str) -> Vec<HeldMissing> {
        let missing = self.recordings.iter().filter(|r| r.presence.is_missing());
        let of = |recording: &Known, hold: &HoldId| HeldMissing {
            hold: hold.clone(),
            sha256: recording.sha256.clone(),
            path: recording.presence.path().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default(),
            found_at: found_at.to_owned(),
            is_other_size: matches!(recording.presence, Presence::OtherSize(_)),
        };
        missing.flat_map(|r| r.holds.iter().map(move |hold| of(r, hold))).collect()
    }
}

/// Looks at everything the data directory knows of. `days` is how long things are kept; none: nothing may expire. Changes
/// nothing, and opens no recording.
///
/// # Errors
/// Where the database cannot be read.
pub fn survey(data_dir: &Path, days: Option<f64>, now: WallTime) -> Result<Survey, StoreError> {
    let reader = Reader::open(data_dir)?;
    let holds = reader.holds()?;
    let all = reader.known_recordings()?;
    let standing: Vec<&StoredHold> = holds.iter().filter(|h| !h.is_released()).collect();
    let is_over = |dated: Option<WallTime>| match (days, dated) {
        (Some(days), Some(dated)) => now.secs_since(dated) > days * SECS_PER_DAY,
        _ => false,
    };
    let recordings = recordings(&all, &standing, &is_over);
    let own = own_files(data_dir, &reader, &all, (&recordings, &standing), &is_over)?;
    let disks = disks(data_dir, &recordings, now);
    Ok(Survey { recordings, own, disks, holds })
}

/// The holds that flags of each recording of each run place.
type FlagHolds = BTreeMap<(String, SourceId), Vec<HoldId>>;

/// Each recording once.
fn recordings(
    all: &[KnownRecording],
    standing: &[&StoredHold],
    is_over: &dyn Fn(Option<WallTime>) -> bool,
) -> Vec<Known> {
    let mut by_sha256: BTreeMap<&str, Vec<&KnownRecording>> = BTreeMap::new();
    for known in all.iter().filter(|k| !k.source.sha256.is_empty()) {
        by_sha256.entry(&known.source.sha256).or_default().push(known);
    }
    let mut by_flag = FlagHolds::new();
    for held in standing {
        if let Some(flag) = &held.hold.flag {
            by_flag.entry((flag.run.0.clone(), flag.source)).or_default().push(held.hold.id.clone());
        }
    }
    let told = by_sha256.into_values();
    let mut found: Vec<Known> =
        told.filter_map(|told| recording(&told, standing, &by_flag, is_over)).collect();
    found.sort_by(|a, b| (&a.camera, a.taken, &a.sha256).cmp(&(&b.camera, b.taken, &b.sha256)));
    found
}

/// A recording by its newest word, of all that runs told of it, the oldest first.
fn recording(
    told: &[&KnownRecording],
    standing: &[&StoredHold],
    by_flag: &FlagHolds,
    is_over: &dyn Fn(Option<WallTime>) -> bool,
) -> Option<Known> {
    let newest = told.last()?;
    // A flag holds its own recording, whatever is said of its time.
    let of_flags =
        told.iter().filter_map(|k| by_flag.get(&(k.run.0.clone(), k.source.id))).flatten().cloned();
    let around = standing.iter().filter(|h| told.iter().any(|k| is_within(k, h))).map(|h| h.hold.id.clone());
    let mut holds: Vec<HoldId> = of_flags.chain(around).collect();
    holds.sort();
    holds.dedup();
    let taken = taken(newest);
    let analysed = told.iter().filter_map(|k| WallTime::from_rfc3339(&k.analysed_at)).min();
    let dated = taken.map(|(from, _)| from).or(analysed);
    Some(Known {
        sha256: newest.source.sha256.clone(),
        bytes: newest.source.bytes,
        camera: camera(newest),
        taken,
        dated,
        presence: presence(told),
        fate: fate(&holds, is_over(dated)),
        holds,
    })
}

fn fate(holds: &[HoldId], is_over: bool) -> Fate {
    match holds {
        [] if is_over => Fate::MayExpire,
        [] => Fate::Kept,
        _ => Fate::Held,
    }
}

fn camera(known: &KnownRecording) -> String {
    known.camera.clone().unwrap_or_else(|| json_lines::camera(&known.source.path))
}

fn taken(known: &KnownRecording) -> Option<(WallTime, WallTime)> {
    let wall = known.wall?;
    Some((wall.at, wall.at.after_secs(known.duration_secs.unwrap_or(0.0))))
}

/// Whether a recording is of a held camera and time. One whose time is not known may be, so it is held.
fn is_within(known: &KnownRecording, held: &StoredHold) -> bool {
    let Some((from, to)) = held.window() else { return false };
    if !held.hold.cameras.contains(&camera(known)) {
        return false;
    }
    match (known.wall, taken(known)) {
        (Some(wall), Some((starts, ends))) => {
            let ends = ends.max(starts.after_secs(0.001));
            starts.after_secs(-wall.error_secs) < to && ends.after_secs(wall.error_secs) > from
        }
        _ => true,
    }
}

fn presence(told: &[&KnownRecording]) -> Presence {
    let mut found = Presence::Streamed;
    for known in told.iter().rev() {
        let named = &known.source.path;
        if named.ends_with(Path::new(SPOOL).join(&known.run.0).join("stdin")) {
            continue;
        }
        // An absolute one stays what it is.
        let path = known.folder.as_ref().map_or_else(|| named.clone(), |folder| folder.join(named));
        match path.metadata() {
            Ok(meta) if meta.is_file() && meta.len() == known.source.bytes => {
                return Presence::There(path);
            }
            Ok(_) if path.is_absolute() && !matches!(found, Presence::OtherSize(_)) => {
                found = Presence::OtherSize(path);
            }
            Err(_) if path.is_absolute() && !found.is_missing() => found = Presence::NotThere(path),
            _ if found == Presence::Streamed => found = Presence::PlaceUnknown(path),
            _ => {}
        }
    }
    found
}

/// The files of the folders that may be let go.
fn own_files(
    data_dir: &Path,
    reader: &Reader,
    all: &[KnownRecording],
    (recordings, standing): (&[Known], &[&StoredHold]),
    is_over: &dyn Fn(Option<WallTime>) -> bool,
) -> Result<Vec<OwnFile>, StoreError> {
    let mut keeper = Keeper { reader, all, recordings, standing, flags: BTreeMap::new() };
    let mut own = Vec::new();
    for folder in OWN_FOLDERS {
        let files = walkdir::WalkDir::new(data_dir.join(folder)).sort_by_file_name();
        for entry in files.into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file()) {
            let path = entry.into_path();
            let Ok(inside) = path.strip_prefix(data_dir) else { continue };
            let name = inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
            let meta = path.metadata().ok();
            let written = meta.as_ref().and_then(|m| wall_of(m.modified().ok()?));
            let (run, incident) = owner(&name);
            let holds = keeper.holds(run.as_ref(), incident.as_ref())?;
            let fate = fate(&holds, is_over(written));
            own.push(OwnFile {
                name,
                bytes: meta.map_or(0, |m| m.len()),
                written,
                run,
                incident,
                holds,
                fate,
                path,
            });
        }
    }
    Ok(own)
}

/// Run and flag of a file by its name: `stills/RUN/INCIDENT.jpg`, `spool/RUN/stdin`, the same below `lost/`.
fn owner(name: &str) -> (Option<RunId>, Option<IncidentId>) {
    let name = name.strip_prefix("lost/").unwrap_or(name);
    let mut parts = name.split('/');
    let folder = parts.next();
    let run = parts.next().filter(|_| matches!(folder, Some("stills" | "spool")));
    let still = parts.next().filter(|_| folder == Some("stills")).and_then(|f| f.strip_suffix(".jpg"));
    (run.map(|r| RunId(r.to_owned())), still.map(|s| IncidentId(s.to_owned())))
}

/// Finds what holds the program's own files.
struct Keeper<'a> {
    reader: &'a Reader,
    all: &'a [KnownRecording],
    recordings: &'a [Known],
    standing: &'a [&'a StoredHold],
    /// The recording of each flag, by run.
    flags: BTreeMap<String, BTreeMap<String, SourceId>>,
}

impl Keeper<'_> {
    fn holds(
        &mut self,
        run: Option<&RunId>,
        incident: Option<&IncidentId>,
    ) -> Result<Vec<HoldId>, StoreError> {
        let Some(run) = run else { return Ok(Vec::new()) };
        let source = match incident {
            Some(incident) => self.source_of(run, incident)?,
            None => None,
        };
        let of_flag = |h: &&&StoredHold| {
            let flag = h.hold.flag.as_ref();
            flag.is_some_and(|f| f.run == *run && incident.is_none_or(|i| f.incident == *i))
        };
        let mut holds: Vec<HoldId> =
            self.standing.iter().filter(of_flag).map(|h| h.hold.id.clone()).collect();
        // Without a flag of its own it may show any recording of its run.
        let is_of = |k: &&KnownRecording| k.run == *run && source.is_none_or(|s| s == k.source.id);
        for known in self.all.iter().filter(is_of) {
            let held = self.recordings.iter().filter(|r| r.sha256 == known.source.sha256);
            holds.extend(held.flat_map(|r| r.holds.iter().cloned()));
        }
        holds.sort();
        holds.dedup();
        Ok(holds)
    }

    fn source_of(&mut self, run: &RunId, incident: &IncidentId) -> Result<Option<SourceId>, StoreError> {
        if !self.flags.contains_key(&run.0) {
            let flags = self.reader.incidents(run)?.into_iter().map(|i| (i.flagged.id.0, i.source));
            self.flags.insert(run.0.clone(), flags.collect());
        }
        Ok(self.flags.get(&run.0).and_then(|flags| flags.get(&incident.0)).copied())
    }
}

/// A file's time as an instant.
pub(super) fn wall_of(at: SystemTime) -> Option<WallTime> {
    let since = at.duration_since(UNIX_EPOCH).ok()?;
    Some(WallTime::from_millis(i64::try_from(since.as_millis()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Hold, HoldGround, SourceInfo, WallSource, WallStart};

    fn at(text: &str) -> WallTime {
        WallTime::from_rfc3339(text).unwrap()
    }

    fn known(path: &str, folder: Option<&str>, wall: Option<&str>) -> KnownRecording {
        let wall = wall.map(|t| WallStart { at: at(t), source: WallSource::Filename, error_secs: 5.0 });
        KnownRecording {
            run: RunId("r".to_owned()),
            analysed_at: "2026-11-25T10:00:00Z".to_owned(),
            source: SourceInfo { id: SourceId(0), path: path.into(), sha256: "0".repeat(64), bytes: 3 },
            camera: Some("A".to_owned()),
            wall,
            duration_secs: Some(60.0),
            folder: folder.map(PathBuf::from),
        }
    }

    fn hold(cameras: &[&str]) -> StoredHold {
        let hold = Hold {
            id: HoldId("H-1".to_owned()),
            placed_at: "2026-11-25T10:00:00Z".to_owned(),
            ground: HoldGround::Complaint,
            reason: "told of blows".to_owned(),
            placed_by: "A".to_owned(),
            place: None,
            cameras: cameras.iter().map(|c| (*c).to_owned()).collect(),
            window: Some((at("2026-11-25T10:00:00Z"), at("2026-11-25T18:00:00Z"))),
            flag: None,
        };
        StoredHold { hold, changes: Vec::new() }
    }

    #[test]
    fn a_recording_is_held_by_its_camera_and_time_and_where_its_time_is_not_known() {
        let is_held =
            |wall: Option<&str>, cameras: &[&str]| is_within(&known("a.mp4", None, wall), &hold(cameras));
        assert!(is_held(Some("2026-11-25T12:00:00Z"), &["B", "A"]));
        assert!(!is_held(Some("2026-11-25T12:00:00Z"), &["B"]));
        assert!(
            is_held(Some("2026-11-25T09:58:58Z"), &["A"]),
            "it may reach into the hold by what its clock may be off"
        );
        assert!(!is_held(Some("2026-11-25T09:58:54Z"), &["A"]));
        assert!(is_held(Some("2026-11-25T18:00:04Z"), &["A"]));
        assert!(!is_held(Some("2026-11-25T18:00:05Z"), &["A"]));
        assert!(is_held(None, &["A"]));
    }

    #[test]
    fn a_recording_is_looked_for_where_its_run_was_started() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.mp4"), "abc").unwrap();
        let folder = dir.path().to_str();
        let presence_of = |path: &str, folder| presence(&[&known(path, folder, None)]);
        assert_eq!(presence_of("a.mp4", folder), Presence::There(dir.path().join("a.mp4")));
        assert_eq!(presence_of("b.mp4", folder), Presence::NotThere(dir.path().join("b.mp4")));
        assert_eq!(presence_of("no/such.mp4", None), Presence::PlaceUnknown("no/such.mp4".into()));
        assert_eq!(presence_of("/old/data/spool/r/stdin", folder), Presence::Streamed);
        std::fs::write(dir.path().join("a.mp4"), "ab").unwrap();
        assert_eq!(presence_of("a.mp4", folder), Presence::OtherSize(dir.path().join("a.mp4")));
    }

    #[test]
    fn run_and_flag_of_a_file_are_told_by_its_name() {
        let owner = |name| {
            let (run, incident) = owner(name);
            (run.map(|r| r.0), incident.map(|i| i.0))
        };
        let (run, flag) = (Some("r".to_owned()), Some("i".to_owned()));
        assert_eq!(owner("stills/r/i.jpg"), (run.clone(), flag.clone()));
        assert_eq!(owner("lost/stills/r/i.jpg"), (run.clone(), flag));
        assert_eq!(owner("lost/spool/r/stdin"), (run, None));
        assert_eq!(owner("lost/log/heads/2026-01-01.new"), (None, None));
    }
}
