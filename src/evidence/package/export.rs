//! Making a package of a flag.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::context::{Flag, put_context};
use super::files::Bag;
use super::original::{Extent, Packed, Wanted, around, pack};
use super::viewing::{Viewer, ViewingCopy, put_copies};
use super::{
    COVERAGE, CUT_LIST, DECLARATION, EXPORTED, FOUND, HEAD, INCIDENT, INFO, KEY, MANIFEST, ORIGINAL, PROOFS,
    PackageError, STILL, TAG_MANIFEST,
};
use crate::chain::{Entry, EntryKind, Log, NewEntry, PublicKey, check_log, inclusion_proof, is_same_json};
use crate::digest::sha256_hex;
use crate::domain::{
    CameraSigning, LevelCard, LevelInUse, MediaTime, RunTotals, Sensitivity, SourceResult, Span,
};
use crate::media::camera_signings;
use crate::report::{PlayerData, ReportData, render};
use crate::store::{Reader, StoredIncident, StoredRun, coverage_record, incident_record};
use crate::text::Lang;

const VERIFY: &str = include_str!("VERIFY.txt");

/// What is to be exported, and where to.
#[derive(Clone, Debug)]
pub struct Export {
    /// Where results are kept.
    pub data_dir: PathBuf,
    /// The flag's lasting name.
    pub incident: String,
    /// The folder in which the package is made.
    pub out: PathBuf,
    /// A copy of the recording; none: where it lay when it was analysed.
    pub original: Option<PathBuf>,
    /// How much of long recordings is packed.
    pub extent: Extent,
    /// Why a copy with people as they are is wanted; none: only one with people covered is made.
    pub uncovered_because: Option<String>,
    /// The card of the violence model at hand: where a run used the same, the report says at which level and why.
    pub level_card: Option<LevelCard>,
    /// The place of each camera that has one: a package holds what the other cameras of the place recorded.
    pub places: BTreeMap<String, String>,
}

/// A flag with all that the package says of it.
struct Found {
    run: StoredRun,
    source: SourceResult,
    incident: StoredIncident,
    /// Its entry in the log.
    entry: Entry,
    camera: Option<String>,
    sensitivity: Option<Sensitivity>,
    level: Option<LevelInUse>,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The package.
    pub folder: PathBuf,
    /// Whether it holds a cut instead of the whole recording.
    pub is_cut: bool,
}

/// Makes the package; without copies to look at where there is no `viewer`.
///
/// # Errors
/// Where the flag or its recording cannot be had, or the package not written. Then there is no half a package.
pub fn export(plan: &Export, viewer: Option<&mut dyn Viewer>) -> Result<Exported, PackageError> {
    let found = find(plan)?;
    let name = format!("INC-{}", plan.incident);
    let (folder, unfinished) = (plan.out.join(&name), plan.out.join(format!(".unfinished-{name}")));
    if folder.exists() {
        return Err(PackageError::Exists { path: folder });
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PackageError::Write { source, path }
    };
    std::fs::create_dir_all(&plan.out).map_err(failed(&plan.out))?;
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(failed(&unfinished))?; // of an export that was killed
    }
    let made = fill(plan, &found, viewer, Bag::begin(unfinished.clone())?);
    match made {
        Ok(is_cut) => {
            std::fs::rename(&unfinished, &folder).map_err(failed(&folder))?;
            Ok(Exported { folder, is_cut })
        }
        Err(error) => {
            std::fs::remove_dir_all(&unfinished).ok();
            Err(error)
        }
    }
}

fn fill(
    plan: &Export,
    found: &Found,
    viewer: Option<&mut dyn Viewer>,
    mut bag: Bag,
) -> Result<bool, PackageError> {
    let name = format!("INC-{}", plan.incident);
    let is_cut = payload(plan, found, viewer, &mut bag)?;
    let manifest = bag.manifest(|name| name.starts_with("data/"));
    custody(plan, found, (&manifest, is_cut), &mut bag)?;
    let (bytes, files) = bag.payload();
    let version = env!("CARGO_PKG_VERSION");
    let info = format!(
        "Bag-Software-Agent: kuager {version}\nExternal-Identifier: {name}\nPayload-Oxum: {bytes}.{files}\n"
    );
    bag.put(DECLARATION.0, DECLARATION.1.as_bytes())?;
    bag.put(INFO, info.as_bytes())?;
    bag.put(MANIFEST, manifest.as_bytes())?;
    let tags = bag.manifest(|name| !name.starts_with("data/"));
    bag.put(TAG_MANIFEST, tags.as_bytes())?;
    Ok(is_cut)
}

/// All under `data/`. Returns whether the recording is a cut.
fn payload(
    plan: &Export,
    found: &Found,
    viewer: Option<&mut dyn Viewer>,
    bag: &mut Bag,
) -> Result<bool, PackageError> {
    let source = &found.source.source;
    let from = plan.original.as_ref().unwrap_or(&source.path);
    let flagged = &found.incident.flagged;
    let (duration_secs, span) = (found.source.duration_secs, around(flagged.incident.span));
    let packed = pack(&Wanted { source, from, duration_secs, span, extent: plan.extent }, ORIGINAL, bag)?;
    let (original, is_cut) = match packed {
        Packed::Whole { file } => (file, false),
        Packed::Cut { file, record } => {
            bag.put(CUT_LIST, pretty(&record).as_bytes())?;
            (file, true)
        }
    };
    let signings = camera_signings(from).ok();
    let run = &found.run.info;
    let record =
        incident_record(&run.id, source.id, &flagged.id, &flagged.incident, flagged.incident.is_open);
    let incident = json!({
        "record": record,
        "recording": {"name": source.path.to_string_lossy(), "sha256": source.sha256, "bytes": source.bytes},
        "program_version": run.program_version,
        "config_digest": run.config_digest,
        "camera_signatures": signings.as_ref().map(signings_record),
        "models": run.models.iter().map(|m| json!({"name": m.name, "sha256": m.sha256})).collect::<Vec<_>>(),
    });
    bag.put(INCIDENT, pretty(&incident).as_bytes())?;
    bag.put(COVERAGE, pretty(&coverage_record(&found.source.coverage)).as_bytes())?;
    if let Some(still) = flagged.still.as_ref().filter(|s| s.exists()) {
        bag.copy(STILL, still)?;
    }
    let flag = Flag {
        run: &run.id,
        source: source.id,
        camera: found.camera.as_deref(),
        span: flagged.incident.span,
    };
    put_context(plan, &flag, bag)?;
    if let Some(viewer) = viewer {
        let copy = ViewingCopy {
            recording: from,
            camera: found.camera.as_deref(),
            incident: flagged.incident.span,
            is_masked: true,
        };
        let page = PlayerData {
            incident: flagged.incident.clone(),
            recording: source.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            original: original.trim_start_matches("data/").to_owned(),
            shown: Span::between(MediaTime::ZERO, MediaTime::from_secs_f64(found.source.duration_secs)),
            copies: Vec::new(),
        };
        put_copies(plan, &copy, viewer, &page, bag)?;
    }
    let data = ReportData { signings, ..report_data(found) };
    for lang in Lang::ALL {
        let page = render(&data, lang);
        bag.put(&format!("data/report.{lang}.html"), page.as_bytes())?;
    }
    bag.put("data/VERIFY.txt", VERIFY.as_bytes())?;
    Ok(is_cut)
}

/// Marks of cameras in the whole recording. That they are there is all that is said: nothing checks them.
fn signings_record(found: &BTreeMap<CameraSigning, u64>) -> Value {
    let record = |(signing, marks): (&CameraSigning, &u64)| json!({"kind": signing.as_str(), "marks": marks});
    json!({"found": found.iter().map(record).collect::<Vec<_>>(), "is_verified": false})
}

/// Logs the export, signs, and puts the proofs into the bag.
fn custody(
    plan: &Export,
    found: &Found,
    (manifest, is_cut): (&str, bool),
    bag: &mut Bag,
) -> Result<(), PackageError> {
    let mut log = Log::open(&plan.data_dir)?;
    let mut body = json!({"incident": plan.incident, "manifest_sha256": sha256_hex(manifest)});
    if is_cut {
        body["original"] = json!("cut");
    }
    if let Some(reason) = &plan.uncovered_because {
        body["uncovered_because"] = json!(reason);
    }
    let serial = log.append(vec![NewEntry { kind: EntryKind::Exported, body }])? - 1;
    let head = log.sign_head()?;
    let mut exported = None;
    let checked = check_log(&plan.data_dir, None, &[], |entry| {
        if entry.serial == serial {
            exported = Some(entry.clone());
        }
    })?;
    let exported = exported.ok_or_else(|| not_as_logged(plan))?;
    let leaves = checked.leaves.get(..head.claimed().size as usize).ok_or_else(|| not_as_logged(plan))?;
    let proof = |entry: &Entry| -> Option<Value> {
        let path = inclusion_proof(leaves, usize::try_from(entry.serial).ok()?)?;
        Some(json!(path.iter().map(ToString::to_string).collect::<Vec<_>>()))
    };
    let proofs = json!({"found": proof(&found.entry), "exported": proof(&exported)});
    for (name, entry) in [(FOUND, &found.entry), (EXPORTED, &exported)] {
        let line = entry.line().map_err(|_| not_as_logged(plan))?;
        bag.put(name, &line)?;
    }
    bag.put(PROOFS, pretty(&proofs).as_bytes())?;
    bag.put(HEAD, head.to_string().as_bytes())?;
    bag.put(KEY, format!("{}\n", PublicKey::load(&plan.data_dir)?).as_bytes()).map(|_| ())
}

/// The newest run that has the flag, with its entry in the log.
fn find(plan: &Export) -> Result<Found, PackageError> {
    let reader = Reader::open(&plan.data_dir)?;
    for run in reader.runs()?.into_iter().rev() {
        let incidents = reader.incidents(&run.info.id)?;
        let Some(incident) = incidents.iter().find(|i| i.flagged.id.0 == plan.incident).cloned() else {
            continue;
        };
        let unfinished = || PackageError::Unfinished { id: plan.incident.clone() };
        let stored = reader.sources(&run.info.id)?.into_iter().find(|s| s.source.id == incident.source);
        let stored = stored.ok_or_else(unfinished)?;
        let outcome = stored.outcome.ok_or_else(unfinished)?;
        let of_source = incidents.into_iter().filter(|i| i.source == incident.source);
        let source = SourceResult {
            duration_secs: outcome.duration_secs,
            decoder: outcome.decoder,
            coverage: outcome.coverage,
            incidents: of_source.map(|i| i.flagged).collect(),
            errors: reader
                .input_errors(&run.info.id)?
                .into_iter()
                .filter(|e| e.source == Some(incident.source))
                .map(|e| e.error)
                .collect(),
            is_complete: outcome.is_complete,
            source: stored.source,
        };
        let entry = logged(plan, &run, &incident)?;
        let camera = reader.cameras(&run.info.id)?.into_iter().find(|(source, _)| *source == incident.source);
        let camera = camera.map(|(_, camera)| camera);
        let sensitivity = match &camera {
            Some(camera) => {
                reader.sensitivity(&BTreeSet::from([camera.clone()]), Some(&run.info.config_digest))?
            }
            None => None,
        };
        let is_used = |card: &&LevelCard| run.info.models.iter().any(|m| m.sha256 == card.model_sha256);
        let level = match plan.level_card.as_ref().filter(is_used) {
            Some(card) => reader.level_of_run(&run.info.id, card)?,
            None => None,
        };
        return Ok(Found { run, source, incident, entry, camera, sensitivity, level });
    }
    Err(PackageError::NoSuchFlag { id: plan.incident.clone() })
}

/// The entry that closes the work on the flag's recording, if it says of the flag what the database says.
fn logged(plan: &Export, run: &StoredRun, stored: &StoredIncident) -> Result<Entry, PackageError> {
    let flagged = &stored.flagged;
    let record = incident_record(
        &run.info.id,
        stored.source,
        &flagged.id,
        &flagged.incident,
        flagged.incident.is_open,
    );
    let mut found = None;
    check_log(&plan.data_dir, None, &[], |entry| {
        let is_of_source = entry.kind == EntryKind::SourceFinished
            && entry.body["run"] == run.info.id.0.as_str()
            && entry.body["source"] == stored.source.0;
        let is_it = |said: &Value| is_same_json(said, &record);
        let holds = |body: &Value| body["incidents"].as_array().is_some_and(|all| all.iter().any(is_it));
        if is_of_source && holds(&entry.body) {
            found = Some(entry.clone());
        }
    })?;
    found.ok_or_else(|| not_as_logged(plan))
}

fn not_as_logged(plan: &Export) -> PackageError {
    PackageError::NotAsLogged { id: plan.incident.clone() }
}

fn report_data(found: &Found) -> ReportData {
    let totals = found.run.totals.clone().unwrap_or_default();
    ReportData {
        run: found.run.info.clone(),
        sources: vec![found.source.clone()],
        errors: Vec::new(),
        totals: RunTotals { inputs: 1, ..totals },
        level: found.level.clone(),
        places: Vec::new(),
        hours: Vec::new(),
        sensitivity: found.sensitivity,
        signings: None,
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
