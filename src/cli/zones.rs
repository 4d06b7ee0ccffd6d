//! `kuager zones`: a still of a recording on a page, to draw zones on and copy them into the configuration.

use std::path::PathBuf;

use super::context::Context;
use super::{Common, Exit, UsageError};
use crate::domain::{MediaTime, SourceId, Zones};
use crate::media::{self, read_still};
use crate::report::zones_page;
use crate::text::{Value, printable_path};

#[derive(clap::Args)]
pub(super) struct Args {
    /// A recording of the camera
    #[arg(value_name = "RECORDING")]
    recording: PathBuf,
    /// Seconds from its first picture
    #[arg(long, value_name = "SECS", default_value_t = 0.0)]
    at: f64,
    /// Begin with the zones that are configured for this camera
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// The page to write
    #[arg(long, value_name = "FILE.html", default_value = "zones.html")]
    out: PathBuf,
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    if !(0.0..=1e7).contains(&args.at) {
        return Err(UsageError(format!("--at {}: must be 0 s or later", args.at)).into());
    }
    let zones = match &args.camera {
        None => Zones::default(),
        Some(name) => {
            let found = context.config.cameras.iter().find(|c| c.name == *name);
            found
                .ok_or_else(|| {
                    UsageError(format!("no camera is named {name:?} in the configuration; give --config"))
                })?
                .zones()
        }
    };
    media::init()?;
    let still = read_still(&args.recording, SourceId(0), MediaTime::from_secs_f64(args.at), false)?;
    let page = zones_page(still.image.rgb, still.image.size, &zones, &context.texts)
        .ok_or_else(|| anyhow::anyhow!("the still cannot be drawn: {}", args.recording.display()))?;
    std::fs::write(&args.out, page)
        .map_err(|e| UsageError(format!("the page cannot be written ({e}): {}", args.out.display())))?;
    if !common.quiet {
        let path = Value::Text(printable_path(&args.out));
        eprintln!("{}", context.texts.with("zones-written", &[("path", path)]));
    }
    Ok(Exit::Done)
}
