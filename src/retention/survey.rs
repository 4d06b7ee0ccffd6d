//! Everything the program knows of: recordings that were analysed, and its own files; whether each is there, and whether it is
//! held.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::disk::{Disk, disks};
use crate::domain::{HeldMissing, HoldId, IncidentId, RunId, SourceId, StoredHold, WallTime};
use crate::report::json_lines;
use crate::store::{KnownRecording, Reader, StoreError};

const SECS_PER_DAY: f64 = 86_400.0;
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

/// Each recording once, with its newest word.
fn recordings(
    all: &[KnownRecording],
    standing: &[&StoredHold],
    is_over: &dyn Fn(Option<WallTime>) -> bool,
) -> Vec<Known> {
    let mut by_sha256: BTreeMap<&str, Vec<&KnownRecording>> = BTreeMap::new();
    for known in all.iter().filter(|k| !k.source.sha256.is_empty()) {
        by_sha256.entry(&known.source.sha256).or_default().push(known);
    }
    // A flag holds its own recording, whatever is said of its time.
    let of_flag =
        |h: &&StoredHold| h.hold.flag.as_ref().map(|f| ((f.run.0.clone(), f.source), h.hold.id.clone()));
    let mut by_flag: BTreeMap<(String, SourceId), Vec<HoldId>> = BTreeMap::new();
    for (of, hold) in standing.iter().filter_map(of_flag) {
        by_flag.entry(of).or_default().push(hold);
    }
    let mut found: Vec<Known> = by_sha256
        .into_values()
        .filter_map(|told| {
            let newest = told.last()?;
            let mut holds: Vec<HoldId> = told
                .iter()
                .flat_map(|k| by_flag.get(&(k.run.0.clone(), k.source.id)).into_iter().flatten().cloned())
                .chain(
                    standing
                        .iter()
                        .filter(|h| told.iter().any(|k| is_within(k, h)))
                        .map(|h| h.hold.id.clone()),
                )
                .collect();
            holds.sort();
            holds.dedup();
            let taken = taken(newest);
            let analysed = told.iter().filter_map(|k| WallTime::from_rfc3339(&k.analysed_at)).min();
            let dated = taken.map(|(from, _)| from).or(analysed);
            let fate = fate(&holds, is_over(dated));
            Some(Known {
                sha256: newest.source.sha256.clone(),
                bytes: newest.source.bytes,
                camera: camera(newest),
                taken,
                dated,
                presence: presence(&told),
                holds,
                fate,
            })
        })
        .collect();
    found.sort_by(|a, b| (&a.camera, a.taken, &a.sha256).cmp(&(&b.camera, b.taken, &b.sha256)));
    found
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
