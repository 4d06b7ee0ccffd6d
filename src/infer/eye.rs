//! A model that looks at a whole picture: one pass gives people, with joints or without, and for some the feature map
//! that a violence model looks at.

use std::sync::Arc;

use ort::session::{Session, SessionOutputs};

use super::bound::BoundRuns;
use super::card::{CardFit, PeopleCard, PeopleHead};
use super::people::{PeopleFound, PeopleOutputs, people_in_frame};
use super::shared::SharedBuffers;
use super::shelf::Bundle;
use super::tensors::{Output, require_image_input, require_output_name, require_outputs, run_on_image};
use super::{Device, InferError, Runtime, RuntimeOptions};
use crate::domain::{BBox, ModelUse, Pose};
use crate::media::{Fit, InputImage, LetterboxSpec};

/// A grid of features over one picture's input, `[channels][rows][columns]`, f32.
#[derive(Clone, Debug)]
pub struct FeatureMap {
    /// The numbers, shared so that a ring of maps costs no copies.
    pub values: Arc<[f32]>,
    /// Features per cell.
    pub channels: usize,
    /// Cells down.
    pub rows: usize,
    /// Cells across.
    pub columns: usize,
}

/// What was seen in a picture.
#[derive(Clone, Debug)]
pub struct Seen {
    /// People, most certain first.
    pub people: Vec<Pose>,
    /// Boxes that the model hardly takes for people, where its card asks for them.
    pub faint_in_frame: Vec<BBox>,
    /// Features, if the model gives any.
    pub features: Option<FeatureMap>,
}

/// A pose model or person detector ready to run. One a thread.
pub struct Eye {
    session: Session,
    card: PeopleCard,
    name: String,
    usage: ModelUse,
    scratch: Vec<f32>,
    maps: SharedBuffers<f32>,
    bound: BoundRuns,
}

impl Eye {
    /// Loads a pose model or a person detector.
    ///
    /// # Errors
    /// When the graph does not load on the device, or is not what its card says.
    pub fn new(runtime: &Runtime, bundle: &Bundle, options: RuntimeOptions) -> Result<Self, InferError> {
        let name = bundle.card.name.clone();
        let Some(card) = bundle.card.task.people() else {
            let reason = format!("its card says it is a {} model", bundle.card.task.role());
            return Err(InferError::Graph { model: name, reason });
        };
        let (session, provider) = runtime.session(&name, &bundle.graph, options)?;
        require_image_input(&name, &session, &card.image)?;
        let mut outputs = card.head.outputs();
        outputs.extend(card.features.as_deref().map(|features| ("output.features", features)));
        require_outputs(&name, &session, &outputs)?;
        if let PeopleHead::Dets { labels: Some((labels, _)), .. } = &card.head {
            require_output_name(&name, &session, "output.labels", labels)?;
        }
        let bound = BoundRuns::new(provider.parse().unwrap_or(Device::Cpu));
        let usage = ModelUse { name: name.clone(), sha256: bundle.card.sha256.clone(), provider };
        Ok(Self {
            session,
            card: card.clone(),
            name,
            usage,
            scratch: Vec::new(),
            maps: SharedBuffers::default(),
            bound,
        })
    }

    /// The input it wants.
    pub fn letterbox_spec(&self) -> LetterboxSpec {
        LetterboxSpec {
            size: self.card.image.size,
            fit: match self.card.fit {
                CardFit::LetterboxTopLeft => Fit::LetterboxTopLeft,
                CardFit::LetterboxCentre => Fit::LetterboxCentre,
                CardFit::Stretch => Fit::Stretch,
            },
            pad_value: self.card.image.pad_value,
        }
    }

    /// Name, hash and provider, as stored with a run.
    pub fn usage(&self) -> &ModelUse {
        &self.usage
    }

    /// Looks at one picture.
    ///
    /// # Errors
    /// When the runtime fails, or the graph gives another shape than its card says, or numbers that are none.
    pub fn look(&mut self, image: &InputImage) -> Result<Seen, InferError> {
        let failed = |e: ort::Error| InferError::Run { model: self.name.clone(), reason: e.to_string() };
        let card = &self.card;
        let outputs =
            run_on_image(&mut self.session, &card.image, &image.rgb, &mut self.scratch).map_err(failed)?;
        let Given { people, features } = Given::of(&outputs, card, &self.name)?;
        let PeopleFound { people, faint_in_frame } = people_in_frame(&people, card, image.frame_from_input)?;
        let features = features.map(|output| feature_map(output, &mut self.maps)).transpose()?;
        Ok(Seen { people, faint_in_frame, features })
    }

    /// Pictures that it looks at in one pass.
    pub fn most_at_once(&self) -> usize {
        self.card.image.max_batch
    }

    /// Looks at several pictures, as many in one pass as the card allows; the answers are in their order.
    ///
    /// # Errors
    /// As [`Self::look`]: of each picture by itself, and of all in a pass where the runtime fails.
    pub fn look_together(&mut self, images: &[&InputImage]) -> Vec<Result<Seen, InferError>> {
        let mut answers = Vec::with_capacity(images.len());
        for images in images.chunks(self.most_at_once()) {
            match self.look_in_one_pass(images) {
                Ok(seen) => answers.extend(seen),
                Err(error) => answers.extend(images.iter().map(|_| Err(error.clone()))),
            }
        }
        answers
    }

    fn look_in_one_pass(
        &mut self,
        images: &[&InputImage],
    ) -> Result<Vec<Result<Seen, InferError>>, InferError> {
        let Self { session, card, name, scratch, maps, bound, .. } = self;
        let failed = |e: ort::Error| InferError::Run { model: name.clone(), reason: e.to_string() };
        let slots = images.len().next_power_of_two().min(card.image.max_batch);
        let pictures: Vec<&[u8]> = images.iter().map(|image| image.rgb.as_slice()).collect();
        let outputs = bound.run(session, &card.image, &pictures, slots, scratch).map_err(failed)?;
        let given = Given::of(&outputs, card, name)?;
        let shapes = given.shapes_of_one(slots)?;
        let seen = |(index, image): (usize, &&InputImage)| {
            let Given { people, features } = given.of_picture(index, slots, &shapes);
            let PeopleFound { people, faint_in_frame } =
                people_in_frame(&people, card, image.frame_from_input)?;
            let features = features.map(|output| feature_map(output, maps)).transpose()?;
            Ok(Seen { people, faint_in_frame, features })
        };
        Ok(images.iter().enumerate().map(seen).collect())
    }
}

/// What a pass gave, as far as the card names it.
struct Given<'a> {
    people: PeopleOutputs<'a>,
    features: Option<Output<'a>>,
}

impl<'a> Given<'a> {
    fn of(outputs: &'a SessionOutputs<'_>, card: &'a PeopleCard, model: &'a str) -> Result<Self, InferError> {
        let wanted = card.head.outputs();
        let given = wanted.iter().map(|(_, name)| Output::of(outputs, model, name));
        let classes = match &card.head {
            PeopleHead::Dets { labels: Some((name, _)), .. } => Some(classes(outputs, model, name)?),
            _ => None,
        };
        let people = PeopleOutputs { outputs: given.collect::<Result<_, _>>()?, classes };
        let features = card.features.as_ref().map(|name| Output::of(outputs, model, name)).transpose()?;
        Ok(Self { people, features })
    }

    /// Of each output, the features' last, the shape with one picture.
    fn shapes_of_one(&self, pictures: usize) -> Result<Vec<Vec<i64>>, InferError> {
        self.people.outputs.iter().chain(&self.features).map(|o| o.shape_of_one(pictures)).collect()
    }

    fn of_picture<'b>(&'b self, index: usize, pictures: usize, shapes: &'b [Vec<i64>]) -> Given<'b> {
        let mut parts = self
            .people
            .outputs
            .iter()
            .chain(&self.features)
            .zip(shapes)
            .map(|(output, shape)| output.of_picture(index, pictures, shape));
        let outputs = parts.by_ref().take(self.people.outputs.len()).collect();
        let classes = self.people.classes.as_ref().map(|classes| {
            let length = classes.len() / pictures;
            classes[index * length..(index + 1) * length].to_vec()
        });
        Given { people: PeopleOutputs { outputs, classes }, features: parts.next() }
    }
}

/// The class of each box, whichever type the graph gives them in.
fn classes(outputs: &SessionOutputs<'_>, model: &str, tensor: &str) -> Result<Vec<f32>, InferError> {
    let value = &outputs[tensor];
    if let Ok((_, classes)) = value.try_extract_tensor::<i64>() {
        return Ok(classes.iter().map(|c| *c as f32).collect());
    }
    if let Ok((_, classes)) = value.try_extract_tensor::<i32>() {
        return Ok(classes.iter().map(|c| *c as f32).collect());
    }
    Output::of(outputs, model, tensor).map(|output| output.values.to_vec())
}

fn feature_map(output: Output<'_>, maps: &mut SharedBuffers<f32>) -> Result<FeatureMap, InferError> {
    let [1, channels, rows, columns] = *output.shape else {
        return Err(output.wrong_shape("[1, channels, rows, columns]"));
    };
    Ok(FeatureMap {
        values: maps.filled(output.values.len(), |values| values.copy_from_slice(output.values)),
        channels: channels as usize,
        rows: rows as usize,
        columns: columns as usize,
    })
}
