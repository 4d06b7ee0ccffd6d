//! Resolves flags, configuration file and environment into what the commands run with.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sha2::{Digest, Sha256};

use super::choice::ModelChoice;
use super::{Common, UsageError};
use crate::config::Config;
use crate::digest::hex;
use crate::domain::RunId;
use crate::infer::{Batching, Bundle, Device, Runtime, RuntimeOptions, Shelf, ViolenceCard, find_library};
use crate::media::{self, DecoderChoice, Decoding};
use crate::pipeline::{AnalysisPlan, Scenes};
use crate::text::{Lang, Texts};

/// What every command has.
pub(super) struct Context {
    pub data_dir: PathBuf,
    pub texts: Texts,
    pub config: Config,
    pub options: RuntimeOptions,
    pub threads: usize,
    pub shelf: Shelf,
    models: ModelChoice,
    decoder: DecoderChoice,
    decoding: OnceCell<Decoding>,
}

impl Context {
    pub fn resolve(common: &Common) -> anyhow::Result<Self> {
        let data_dir = data_dir(common);
        let device: Device = common.device.parse().map_err(|e| UsageError(format!("{e}")))?;
        let decoder = common.decoder.parse().map_err(|e| UsageError(format!("{e}")))?;
        // More than the machine has would only hold memory: each lane has its own models.
        let threads = common.threads.unwrap_or(usize::MAX).min(available_threads());
        if threads == 0 {
            return Err(UsageError("--threads 0: at least 1 thread is needed".to_owned()).into());
        }
        let options = RuntimeOptions {
            device,
            is_cpu_fallback_allowed: common.fallback.is_some(),
            intra_threads: threads,
        };
        Ok(Self {
            texts: Texts::new(language(common)),
            config: resolved_config(common)?,
            options,
            threads,
            shelf: Shelf::new(data_dir.join("models")),
            models: ModelChoice::parse(&common.models)?,
            decoder,
            decoding: OnceCell::new(),
            data_dir,
        })
    }

    /// The model for a role where that role alone is used: the one chosen with `--models`, else the embedded one.
    pub fn bundle(&self, role: &str) -> anyhow::Result<Bundle> {
        self.models.bundle(&self.shelf, role)
    }

    /// The pose model whose features a violence model takes.
    pub fn features_for(&self, violence: &ViolenceCard) -> anyhow::Result<Bundle> {
        self.models.features_for(&self.shelf, violence)
    }

    /// The plan of an analysis without stills and without scores.
    pub fn plan(&self) -> anyhow::Result<AnalysisPlan> {
        let needs_violence = self.config.needs_violence_model();
        let violence = needs_violence.then(|| self.models.bundle(&self.shelf, "violence")).transpose()?;
        let eyes = self.models.eyes(&self.shelf, violence.as_ref())?;
        let mut digest = Sha256::new_with_prefix(self.config.digest());
        for bundle in eyes.bundles().chain(violence.as_ref()) {
            digest.update(&bundle.card_text);
        }
        Ok(AnalysisPlan {
            config_digest: hex(digest.finalize()),
            config: self.config.clone(),
            eyes,
            violence,
            decoding: self.decoding()?,
            runtime: self.options,
            batching: (self.options.device != Device::Cpu).then(Batching::default),
            threads: self.threads,
            stills_folder: None,
            reports_scores: false,
            scenes: Scenes::default(),
        })
    }

    /// The decoder that was asked for, opened once; that software stands in for it is told.
    fn decoding(&self) -> anyhow::Result<Decoding> {
        if let Some(opened) = self.decoding.get() {
            return Ok(opened.clone());
        }
        media::init()?;
        let opened = Decoding::open(self.decoder, self.options.is_cpu_fallback_allowed)?;
        if let Some(reason) = opened.refused() {
            eprintln!("kuager: {reason}: decoding in software");
        }
        Ok(self.decoding.get_or_init(|| opened).clone())
    }

    /// Makes the data folder, readable by its owner alone: what was flagged is nobody else's to see.
    pub fn make_data_dir(&self) -> anyhow::Result<()> {
        if self.data_dir.is_dir() {
            return Ok(());
        }
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.data_dir);
        made.map_err(|e| {
            let place = self.data_dir.display();
            anyhow::anyhow!("the data folder cannot be made ({e}); choose another with --data-dir: {place}")
        })
    }

    /// Where a run keeps copies of its own. Not made yet.
    pub fn spool(&self, run: &RunId) -> Spool {
        Spool(self.data_dir.join("spool").join(&run.0))
    }

    pub fn load_runtime(&self) -> anyhow::Result<Runtime> {
        Ok(Runtime::load(&self.library()?)?)
    }

    pub fn library(&self) -> anyhow::Result<PathBuf> {
        let named = std::env::var_os("ORT_DYLIB_PATH").filter(|v| !v.is_empty()).map(PathBuf::from);
        Ok(find_library(named.as_deref(), std::env::current_exe().ok().as_deref())?)
    }
}

/// The folder of a run's own copies; gone with the run, however that ends.
pub(super) struct Spool(PathBuf);

impl Spool {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A flag set by Ctrl-C or SIGTERM; a second one ends the process at once.
pub(super) fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// A new run's name and its start, RFC 3339.
pub(super) fn new_run() -> anyhow::Result<(RunId, String)> {
    let now = time::OffsetDateTime::now_utc();
    let stamp =
        now.format(time::macros::format_description!("[year][month][day]T[hour][minute][second]Z"))?;
    let seed = format!("{} {}", now.unix_timestamp_nanos(), std::process::id());
    let tail = hex(&Sha256::digest(seed)[..3]);
    Ok((RunId(format!("{stamp}-{tail}")), written(now)?))
}

/// This moment, RFC 3339 in whole seconds.
pub(super) fn this_moment() -> anyhow::Result<String> {
    written(time::OffsetDateTime::now_utc())
}

fn written(at: time::OffsetDateTime) -> anyhow::Result<String> {
    Ok(at.format(time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))?)
}

fn resolved_config(common: &Common) -> anyhow::Result<Config> {
    let mut config = match &common.config {
        Some(path) => Config::from_path(path).map_err(|e| UsageError(e.to_string()))?,
        None => Config::default(),
    };
    if let Some(fps) = common.fps {
        config.fps = fps;
    }
    if common.no_gate {
        config.gate.enabled = false;
    }
    if let Some(detectors) = &common.detectors {
        config.detectors = detectors.clone();
    }
    config.check().map_err(|e| UsageError(e.to_string()))?;
    Ok(config)
}

fn data_dir(common: &Common) -> PathBuf {
    let variable =
        |name: &str| std::env::var_os(name).filter(|v: &OsString| !v.is_empty()).map(PathBuf::from);
    common
        .data_dir
        .clone()
        .or_else(|| variable("KUAGER_DATA_DIR"))
        .or_else(|| variable("XDG_DATA_HOME").map(|d| d.join("kuager")))
        .or_else(|| variable("HOME").map(|d| d.join(".local/share/kuager")))
        .unwrap_or_else(|| PathBuf::from("kuager-data"))
}

fn language(common: &Common) -> Lang {
    common.lang.unwrap_or_else(|| {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|n| std::env::var(n).ok());
        Lang::from_locale_env(&locale.into_iter().find(|v| !v.is_empty()).unwrap_or_default())
    })
}

pub(super) fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
