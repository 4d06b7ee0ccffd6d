//! `kuager doctor`: what works on this machine, what does not, and what to do about it.

use serde_json::json;

use super::context::Context;
use super::{Common, Exit, output};
use crate::evidence::{Leftover, find_leftovers, repair_leftovers};
use crate::infer::{Runtime, embedded};
use crate::media::{self, DecoderChoice, Decoding};
use crate::store::Reader;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Also look for what crashes left in the data directory
    #[arg(long)]
    data: bool,
    /// Put it right; nothing is thrown away (with --data)
    #[arg(long, requires = "data")]
    repair: bool,
}

/// Less free space than this and a long run may not be able to keep its results.
const LOW_DISK_MIB: u64 = 500;

/// What one check found.
enum State {
    Works,
    /// Not needed for the main work.
    Absent,
    Broken,
}

struct Finding {
    what: String,
    state: State,
    detail: String,
    remedy: Option<&'static str>,
}

impl Finding {
    fn works(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), state: State::Works, detail: detail.into(), remedy: None }
    }

    fn absent(what: impl Into<String>, detail: impl Into<String>, remedy: &'static str) -> Self {
        Self { what: what.into(), state: State::Absent, detail: detail.into(), remedy: Some(remedy) }
    }

    fn broken(what: impl Into<String>, detail: impl Into<String>, remedy: &'static str) -> Self {
        Self { what: what.into(), state: State::Broken, detail: detail.into(), remedy: Some(remedy) }
    }
}

pub(super) fn run(common: &Common, args: &Args) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    let mut findings = Vec::new();
    ffmpeg(&mut findings);
    onnx_runtime(&context, &mut findings);
    data_dir(&context, &mut findings);
    if args.data {
        leftovers(&context, args.repair, &mut findings);
    }
    findings.push(Finding::works("processor", format!("{} thread(s) in use", context.threads)));

    let is_broken = findings.iter().any(|f| matches!(f.state, State::Broken));
    for finding in &findings {
        tell(common, finding)?;
    }
    Ok(if is_broken { Exit::Failed } else { Exit::Done })
}

fn tell(common: &Common, f: &Finding) -> std::io::Result<()> {
    let state = match f.state {
        State::Works => "ok",
        State::Absent => "absent",
        State::Broken => "broken",
    };
    if common.json {
        let mut line =
            json!({ "type": "doctor", "schema": 1, "what": f.what, "state": state, "detail": f.detail });
        if let Some(remedy) = f.remedy {
            line["remedy"] = json!(remedy);
        }
        return output::json_line(&line);
    }
    let remedy = f.remedy.map_or(String::new(), |r| format!("\n        -> {r}"));
    output::text(&format!("{state:>6}  {}: {}{remedy}\n", f.what, f.detail))
}

fn ffmpeg(findings: &mut Vec<Finding>) {
    if let Err(error) = media::init() {
        findings.push(Finding::broken("FFmpeg", error.to_string(), "run `./x setup`"));
        return;
    }
    findings.push(Finding::works("FFmpeg", media::ffmpeg_version()));
    let missing: Vec<_> =
        media::decoders_present().into_iter().filter(|(_, there)| !there).map(|(n, _)| n).collect();
    findings.push(if missing.is_empty() {
        Finding::works("decoders", "H.264, HEVC, MJPEG, MPEG-4, AV1, VP9")
    } else {
        Finding::absent(
            "decoders",
            format!("missing: {}", missing.join(", ")),
            "install the full FFmpeg packages of the distribution (libavcodec-extra on Debian)",
        )
    });
    findings.push(match media::encoder_present() {
        Some(name) => Finding::works("copies to look at", format!("H.264 by {name}")),
        None => Finding::absent(
            "copies to look at",
            "this FFmpeg cannot write H.264",
            "install one with libx264, as Debian's has; packages can be made with --no-viewing-copy",
        ),
    });
    for choice in [DecoderChoice::Cuda(0), DecoderChoice::Vaapi] {
        let what = format!("decoder {}", choice.label());
        findings.push(match Decoding::open(choice, false) {
            Ok(_) => Finding::works(what, "the device opens; which codecs it knows shows with a recording"),
            Err(error) => {
                Finding::absent(what, error.to_string(), "needs the graphics driver's decoder library")
            }
        });
    }
}

fn onnx_runtime(context: &Context, findings: &mut Vec<Finding>) {
    const REMEDY: &str =
        "run `./x setup`, or set ORT_DYLIB_PATH to a libonnxruntime.so of version 1.24 or newer";
    let library = match context.library() {
        Ok(library) => library,
        Err(error) => return findings.push(Finding::broken("ONNX Runtime", error.to_string(), REMEDY)),
    };
    let runtime = match Runtime::load(&library) {
        Ok(runtime) => runtime,
        Err(error) => return findings.push(Finding::broken("ONNX Runtime", error.to_string(), REMEDY)),
    };
    findings.push(Finding::works("ONNX Runtime", library.display().to_string()));
    let models = match embedded() {
        Ok(models) => models,
        Err(error) => {
            return findings.push(Finding::broken(
                "models",
                error.to_string(),
                "the program file is damaged; build or fetch it again",
            ));
        }
    };
    let names: Vec<_> = models.iter().map(|m| format!("{} {}", m.card.name, m.card.version)).collect();
    findings.push(Finding::works("embedded models", names.join(", ")));
    for (device, started) in runtime.probe_devices(&models[0].graph) {
        findings.push(match started {
            Ok(()) => Finding::works(format!("device {}", device.label()), "models load and run here"),
            Err(reason) if device.label() == "cpu" => {
                Finding::broken("device cpu", one_line(&reason), REMEDY)
            }
            Err(reason) => Finding::absent(
                format!("device {}", device.label()),
                one_line(&reason),
                "needs its own ONNX Runtime build and drivers; point ORT_DYLIB_PATH at it",
            ),
        });
    }
    for (path, read) in context.shelf.list() {
        findings.push(match read {
            Ok(bundle) => {
                Finding::works(format!("added model {}", bundle.card.name), path.display().to_string())
            }
            Err(error) => {
                Finding::broken("added model", error.to_string(), "correct its card or remove the folder")
            }
        });
    }
}

fn data_dir(context: &Context, findings: &mut Vec<Finding>) {
    const REMEDY: &str = "choose a folder you may write to with --data-dir or KUAGER_DATA_DIR";
    let folder = context.data_dir.as_path();
    let probe = folder.join(".doctor");
    if let Err(error) = context.make_data_dir() {
        return findings.push(Finding::broken("data folder", error.to_string(), REMEDY));
    }
    if let Err(error) = std::fs::write(&probe, b"") {
        return findings.push(Finding::broken(
            "data folder",
            format!("{error}: {}", folder.display()),
            REMEDY,
        ));
    }
    std::fs::remove_file(&probe).ok(); // an empty file left behind would do no harm
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free_mib = disk.f_bavail.saturating_mul(disk.f_frsize) / (1 << 20);
            let detail = format!("{free_mib} MiB free: {}", folder.display());
            findings.push(if free_mib < LOW_DISK_MIB {
                Finding::broken("data folder", detail, "free space or choose another folder with --data-dir")
            } else {
                Finding::works("data folder", detail)
            });
        }
        Err(error) => findings.push(Finding::broken("data folder", error.to_string(), REMEDY)),
    }
    if crate::store::database_path(folder).exists() {
        findings.push(match Reader::open(folder).and_then(|r| r.runs()) {
            Ok(runs) => Finding::works("database", format!("{} run(s)", runs.len())),
            Err(error) => {
                Finding::broken("database", error.to_string(), "keep a copy, then choose another --data-dir")
            }
        });
    }
}

fn leftovers(context: &Context, is_repaired: bool, findings: &mut Vec<Finding>) {
    let folder = context.data_dir.as_path();
    let found = find_leftovers(folder).and_then(|found| {
        let count = found.len();
        if is_repaired {
            repair_leftovers(folder, found).map(|left| (count, left))
        } else {
            Ok((count, found))
        }
    });
    let (count, left) = match found {
        Ok(found) => found,
        Err(error) => {
            return findings.push(Finding::broken("leftovers", error.to_string(), "run `kuager verify`"));
        }
    };
    for leftover in &left {
        let detail = format!("{}: {}", leftover.code(), leftover.path().display());
        findings.push(match leftover {
            Leftover::FlagWithoutStill { incident, .. } => Finding::broken(
                format!("flag {incident}"),
                detail,
                "the picture is gone: restore it from a copy, or scan the recording again; `kuager verify` tells what else is",
            ),
            Leftover::NotRemoved { .. } => Finding::absent(
                "leftover",
                detail,
                "it was let go and its program killed before it was removed: run `kuager retention expire` again",
            ),
            _ => Finding::absent("leftover", detail, "run `kuager doctor --data --repair`: nothing is thrown away"),
        });
    }
    findings.push(match count - left.len() {
        0 if count == 0 => Finding::works("leftovers", "crashes left nothing behind"),
        0 => return,
        repaired => {
            Finding::works("leftovers", format!("{repaired} put right; files without an owner are in lost/"))
        }
    });
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
