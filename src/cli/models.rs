//! `kuager models`: what there is, adding one, checking one, timing one.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;

use super::context::Context;
use super::{Common, Exit, UsageError, output};
use crate::clock::timed;
use crate::domain::{BBox, FrameFromInput, Joint, Keypoint, Point, Pose, Size};
use crate::infer::{
    Bundle, Card, CropPose, Eye, FeatureMap, Runtime, RuntimeOptions, Seen, SmallGrey, Task, ViolenceHead,
    WindowFrame, WindowRegion, WindowScorer, embedded,
};
use crate::media::InputImage;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Embedded and added models
    List,
    /// Put a graph and its card on the shelf, after checking and running it once
    Add {
        /// The ONNX graph
        file: PathBuf,
        /// Its card (default: model.toml beside it)
        #[arg(long)]
        card: Option<PathBuf>,
    },
    /// Check hash, inputs and outputs against the card, and run once
    Verify {
        /// A name or a folder (default: all)
        model: Option<String>,
    },
    /// Time a model on this machine
    Bench {
        /// A name or a folder (default: the embedded ones)
        model: Option<String>,
        /// Runs that are timed
        #[arg(long, default_value_t = 30)]
        runs: u32,
    },
}

pub(super) fn run(common: &Common, command: &Command) -> anyhow::Result<Exit> {
    let context = Context::resolve(common)?;
    match command {
        Command::List => list(common, &context),
        Command::Add { file, card } => add(common, &context, file, card.as_deref()),
        Command::Verify { model } => verify(common, &context, model.as_deref()),
        Command::Bench { model, runs } => bench(common, &context, model.as_deref(), (*runs).max(1)),
    }
}

fn list(common: &Common, context: &Context) -> anyhow::Result<Exit> {
    for bundle in embedded()? {
        describe(common, &bundle.card, "embedded")?;
    }
    for (path, read) in context.shelf.list() {
        match read {
            Ok(bundle) => describe(common, &bundle.card, &path.display().to_string())?,
            Err(error) => eprintln!("kuager: {error}"),
        }
    }
    Ok(Exit::Done)
}

fn describe(common: &Common, card: &Card, place: &str) -> std::io::Result<()> {
    if common.json {
        return output::json_line(&json!({
            "type": "model", "schema": 1, "name": card.name, "version": card.version, "role": card.task.role(),
            "sha256": card.sha256, "licence": card.licence, "place": place, "measured": card.measured,
        }));
    }
    let mut text = format!(
        "{} {} ({})\n  {}\n  sha256 {}\n  licence {}\n",
        card.name,
        card.version,
        card.task.role(),
        place,
        card.sha256,
        card.licence
    );
    for m in &card.measured {
        let interval = m.interval.map_or(String::new(), |[lo, hi]| format!(" (95 %: {lo:.3} to {hi:.3})"));
        text.push_str(&format!("  {}: {:.3}{interval}, on {}\n", m.what, m.value, m.data));
    }
    output::text(&text)
}

fn add(common: &Common, context: &Context, file: &Path, card: Option<&Path>) -> anyhow::Result<Exit> {
    let card_path = card.map_or_else(|| file.with_file_name("model.toml"), Path::to_owned);
    let card_text = std::fs::read_to_string(&card_path).map_err(|e| {
        UsageError(format!(
            "a model is added with its card, and the card cannot be read ({e}); write one as docs/ref/model-card.md \
             describes: {}",
            card_path.display()
        ))
    })?;
    let graph = std::fs::read(file)
        .map_err(|e| UsageError(format!("cannot read the graph ({e}): {}", file.display())))?;
    let bundle = Bundle::from_parts(&card_text, graph, &card_path).map_err(|e| UsageError(e.to_string()))?;
    let runtime = context.load_runtime()?;
    check(context, &runtime, &bundle)?;
    context.make_data_dir()?;
    let place = context.shelf.add(&bundle)?;
    if common.json {
        describe(common, &bundle.card, &place.display().to_string())?;
    } else {
        output::text(&format!("{} added: {}\n", bundle.card.name, place.display()))?;
    }
    Ok(Exit::Done)
}

fn verify(common: &Common, context: &Context, model: Option<&str>) -> anyhow::Result<Exit> {
    let runtime = context.load_runtime()?;
    let bundles: Vec<Bundle> = match model {
        Some(name) => vec![context.shelf.find(name)?],
        None => {
            let added = context.shelf.list().into_iter().map(|(_, b)| b);
            embedded()?.into_iter().map(Ok).chain(added).collect::<Result<_, _>>()?
        }
    };
    for bundle in bundles {
        check(context, &runtime, &bundle)
            .with_context(|| format!("{} does not hold what its card says", bundle.card.name))?;
        if common.json {
            output::json_line(&json!({ "type": "model_verified", "schema": 1, "name": bundle.card.name }))?;
        } else {
            output::text(&format!(
                "{}: hash, inputs and outputs are what the card says; it runs\n",
                bundle.card.name
            ))?;
        }
    }
    Ok(Exit::Done)
}

/// Loads a model and runs it once on a synthetic picture.
fn check(context: &Context, runtime: &Runtime, bundle: &Bundle) -> anyhow::Result<()> {
    Trial::new(context, runtime, bundle, context.options)?.run()
}

fn bench(common: &Common, context: &Context, model: Option<&str>, runs: u32) -> anyhow::Result<Exit> {
    let runtime = context.load_runtime()?;
    let bundles = match model {
        Some(name) => vec![context.shelf.find(name)?],
        None => embedded()?.to_vec(),
    };
    for bundle in &bundles {
        let mut thread_counts = vec![1, context.threads];
        thread_counts.dedup();
        for intra_threads in thread_counts {
            let options = RuntimeOptions { intra_threads, ..context.options };
            let mut trial = Trial::new(context, &runtime, bundle, options)?;
            trial.run()?;
            let (mut cpu_secs, started) = (0.0, Instant::now());
            for _ in 0..runs {
                timed(&mut cpu_secs, || trial.run())?;
            }
            let wall_ms = started.elapsed().as_secs_f64() * 1e3 / f64::from(runs);
            if common.json {
                output::json_line(&json!({
                    "type": "model_bench", "schema": 1, "name": bundle.card.name, "threads": intra_threads,
                    "runs": runs, "wall_ms": wall_ms,
                }))?;
            } else {
                output::text(&format!(
                    "{}: {wall_ms:.2} ms a run, {intra_threads} thread(s), {runs} runs\n",
                    bundle.card.name
                ))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// One model with an input of the right shape.
enum Trial {
    Picture {
        eye: Box<Eye>,
        image: InputImage,
    },
    Crop {
        crop_pose: Box<CropPose>,
        picture: InputImage,
    },
    Violence {
        head: Box<ViolenceHead>,
        features: FeatureMap,
        grey: SmallGrey,
        frames: usize,
        region: WindowRegion,
    },
}

impl Trial {
    fn new(
        context: &Context,
        runtime: &Runtime,
        bundle: &Bundle,
        options: RuntimeOptions,
    ) -> anyhow::Result<Self> {
        match &bundle.card.task {
            Task::PersonPose(_) | Task::PersonDetector(_) => {
                let eye = Eye::new(runtime, bundle, options)?;
                let image = synthetic_picture(eye.letterbox_spec().size);
                Ok(Self::Picture { eye: Box::new(eye), image })
            }
            Task::CropPose(_) => {
                let crop_pose = Box::new(CropPose::new(runtime, bundle, options)?);
                Ok(Self::Crop { crop_pose, picture: synthetic_picture(TRIAL_PICTURE) })
            }
            Task::Violence(card) => {
                let mut eye = Eye::new(runtime, &context.features_for(card)?, options)?;
                let head = ViolenceHead::new(runtime, bundle, eye.usage(), options)?;
                let image = synthetic_picture(eye.letterbox_spec().size);
                let Seen { features, .. } = eye.look(&image)?;
                let features = features.context("the pose model gives no features")?;
                let (frames, grey) = (card.frames, SmallGrey::of_input(&image));
                let region = WindowRegion::whole(&features, image.size);
                Ok(Self::Violence { head: Box::new(head), features, grey, frames, region })
            }
        }
    }

    fn run(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Picture { eye, image } => {
                eye.look(image)?;
            }
            Self::Crop { crop_pose, picture } => crop_pose.see_joints(picture, &mut [somebody()])?,
            Self::Violence { head, features, grey, frames, region } => {
                head.score(&vec![WindowFrame { features, grey }; *frames], region)?;
            }
        }
        Ok(())
    }
}

/// The picture that a crop is cut out of.
const TRIAL_PICTURE: Size = Size { width: 320, height: 240 };

/// Somebody upright at the left edge of [`TRIAL_PICTURE`]: a part of the crop lies outside.
fn somebody() -> Pose {
    Pose {
        bbox_in_frame: BBox { x: 4.0, y: 40.0, width: 60.0, height: 160.0 },
        score: 1.0,
        keypoints_in_frame: [Keypoint::default(); Joint::COUNT],
    }
}

/// A picture with all levels and slopes, so that nothing in a graph is fed with one value alone.
fn synthetic_picture(size: Size) -> InputImage {
    let (width, height) = (size.width as usize, size.height as usize);
    let level = |i: usize| ((i / 3 % width) * 3 + (i / 3 / width) * 5 + (i % 3) * 40) as u8;
    InputImage {
        rgb: (0..width * height * 3).map(level).collect(),
        size,
        content_in_input: BBox::of_picture(size),
        frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
    }
}
