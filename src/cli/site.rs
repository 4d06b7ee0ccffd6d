//! The recordings that were given as those of a site: whose each is, from when, and what is missing or disagrees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::UsageError;
use crate::config::Config;
use crate::domain::{Incident, LooseEnds, SourceId, SourcePlace, SourceResult, WallStart, WallTime};
use crate::media::container_facts;
use crate::pipeline::{Scene, Scenes};
use crate::recordings::{
    Examined, Finding, Found, OpenEnded, PlacedFile, Site, WorkOrder, examine, join, read_sidecar,
    read_work_orders,
};
use crate::report::json_lines;

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

/// What is known of a file without decoding it. `reads_all` reads all its packets, for its true length.
pub(super) fn find(path: &Path, reads_all: bool) -> Found {
    let meta = path.metadata().ok();
    let since_epoch = meta.as_ref().and_then(|m| m.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let facts = container_facts(path, reads_all).ok();
    let opened = facts.as_ref();
    let declared =
        |f: &crate::media::ContainerFacts| f.pictures_sha256.is_some().then_some(f.expected_secs).flatten();
    Found {
        path: path.to_owned(),
        bytes: meta.map_or(0, |m| m.len()),
        sha256: None,
        modified_at: since_epoch
            .map(|d| WallTime::from_millis(i64::try_from(d.as_millis()).unwrap_or(i64::MAX))),
        container_at: opened.and_then(|f| f.created_at),
        pictures_sha256: opened.and_then(|f| f.pictures_sha256.clone()),
        duration_secs: opened.and_then(|f| f.packets_secs.or(declared(f))),
        is_whole: true,
        sidecar: read_sidecar(path),
    }
}

/// This moment.
pub(super) fn now() -> WallTime {
    let millis = time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    WallTime::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// The work orders of a file.
pub(super) fn work_orders(path: Option<&PathBuf>) -> anyhow::Result<Vec<WorkOrder>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let place = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| UsageError(format!("the work orders cannot be read ({e}): {place}")))?;
    Ok(read_work_orders(&text).map_err(|e| UsageError(format!("{e}: {place}")))?)
}

/// The recordings of a run.
pub(super) struct Recorded {
    site: Site,
    operator: Option<String>,
    /// By source, in the order of the inputs.
    found: Vec<Found>,
    placed: Vec<PlacedFile>,
}

impl Recorded {
    /// Looks at names, dates and containers. A file whose name gives no time costs nothing.
    pub fn before(config: &Config, files: &[PathBuf], operator: Option<&str>) -> Self {
        let site = Site::of(config);
        let is_timed = |path: &Path| site.read_name(path).is_some();
        let look = |path: &PathBuf| match is_timed(path) {
            true => find(path, false),
            false => Found { path: path.clone(), ..Found::default() },
        };
        let found: Vec<Found> = files.iter().map(look).collect();
        let placed = examine(&site, &found, operator, now()).files;
        Self { site, operator: operator.map(str::to_owned), found, placed }
    }

    /// The camera of a recording, where it is another than the file's name.
    pub fn camera(&self, source: SourceId) -> Option<&str> {
        self.placed.get(source.0 as usize)?.camera.as_deref()
    }

    /// The same, by the file's name where nothing else is known.
    pub fn camera_or_name(&self, source: SourceId, path: &Path) -> String {
        self.camera(source).map_or_else(|| json_lines::camera(path), str::to_owned)
    }

    /// Wall time of its first picture.
    pub fn wall(&self, source: SourceId) -> Option<WallStart> {
        self.placed.get(source.0 as usize)?.wall
    }

    fn ahead_of_utc_secs(&self, source: SourceId, wall: &WallStart) -> i64 {
        let camera = self.camera(source).and_then(|name| self.site.named(name));
        let zone = camera.and_then(|number| self.site.camera(number).zone.as_ref()).or(self.site.zone());
        zone.map_or(0, |zone| zone.offset_secs(wall.at))
    }

    /// All places in time, for the recordings that were opened.
    pub fn places(&self, results: &BTreeMap<SourceId, SourceResult>) -> Vec<SourcePlace> {
        let place = |(source, result): (&SourceId, &SourceResult)| SourcePlace {
            source: *source,
            camera: self.camera_or_name(*source, &result.source.path),
            wall: self.wall(*source),
            ahead_of_utc_secs: self.wall(*source).map_or(0, |w| self.ahead_of_utc_secs(*source, &w)),
            excluded_share: result.coverage.excluded_share,
        };
        results.iter().map(place).collect()
    }

    /// With what the analysis learnt of each file: findings over all of them, by source.
    pub fn after(
        &mut self,
        results: &BTreeMap<SourceId, SourceResult>,
        loose: &BTreeMap<SourceId, LooseEnds>,
    ) -> Vec<Finding> {
        for (source, result) in results {
            let Some(found) = self.found.get_mut(source.0 as usize) else { continue };
            found.sha256 = Some(result.source.sha256.clone()).filter(|s| !s.is_empty());
            found.bytes = result.source.bytes;
            found.duration_secs = Some(result.duration_secs).filter(|secs| *secs > 0.0);
            found.is_whole = result.is_complete;
        }
        let timed = |f: &Found| self.site.read_name(&f.path).is_some();
        let is_any_timed = self.found.iter().any(timed);
        let Examined { files, mut findings, .. } =
            examine(&self.site, &self.found, self.operator.as_deref(), now());
        self.placed = files;
        if !is_any_timed {
            return Vec::new();
        }
        let open_ended = |(source, result): (&SourceId, &SourceResult)| {
            let (file, duration_secs) = (source.0 as usize, result.duration_secs);
            Some(OpenEnded { file, duration_secs, loose: loose.get(source)? }).filter(|_| result.is_complete)
        };
        let recordings: Vec<OpenEnded<'_>> = results.iter().filter_map(open_ended).collect();
        findings.extend(join(&self.site, &self.placed, &recordings, &findings));
        findings.sort_by_key(|f| (f.file, f.span.start, f.kind));
        findings
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

/// A finding as an incident of its recording.
pub(super) fn incident(finding: &Finding, number: u32) -> Incident {
    Incident {
        number,
        kind: finding.kind,
        span: finding.span,
        is_open: false,
        peak_score: 1.0,
        peak_at: finding.span.start,
        severity: finding.severity,
        reasons: finding.reasons.clone(),
        regions: Vec::new(),
        people: 0,
    }
}
