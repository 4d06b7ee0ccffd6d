//! The pose model: one pass over a picture gives people, joints and the feature map the violence model looks at.

use std::sync::Arc;

use ort::session::Session;
use ort::value::TensorRef;

use super::card::{CardFit, Colour, Dtype, Layout, PeopleFamily, PoseCard};
use super::people::{ROW_LEN, people_from_rows};
use super::shelf::Bundle;
use super::{InferError, Runtime, RuntimeOptions, Task};
use crate::domain::{ModelUse, Pose, Size};
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

/// What the pose model saw in a picture.
#[derive(Clone, Debug)]
pub struct Seen {
    /// People, most certain first.
    pub people: Vec<Pose>,
    /// Features, if the model gives any.
    pub features: Option<FeatureMap>,
}

/// A pose model ready to run. One a thread.
pub struct Eye {
    session: Session,
    card: PoseCard,
    name: String,
    usage: ModelUse,
    scratch: Vec<f32>,
}

impl Eye {
    /// Loads a pose model.
    ///
    /// # Errors
    /// When the graph does not load on the device, or is not what its card says.
    pub fn new(runtime: &Runtime, bundle: &Bundle, options: RuntimeOptions) -> Result<Self, InferError> {
        let Task::PersonPose(card) = &bundle.card.task else {
            let reason = "its card says it is no person-pose model".to_owned();
            return Err(InferError::Graph { model: bundle.card.name.clone(), reason });
        };
        let name = bundle.card.name.clone();
        let (session, provider) = runtime.session(&name, &bundle.graph, options)?;
        let wanted_outputs = [Some(&card.people), card.features.as_ref()];
        require_names(&name, "input", session.inputs().iter().map(|i| i.name()), [Some(&card.input)])?;
        require_names(&name, "output", session.outputs().iter().map(|o| o.name()), wanted_outputs)?;
        let usage = ModelUse { name: name.clone(), sha256: bundle.card.sha256.clone(), provider };
        Ok(Self { session, card: card.clone(), name, usage, scratch: Vec::new() })
    }

    /// The input it wants.
    pub fn letterbox_spec(&self) -> LetterboxSpec {
        LetterboxSpec {
            size: Size { width: self.card.width, height: self.card.height },
            fit: match self.card.fit {
                CardFit::LetterboxTopLeft => Fit::LetterboxTopLeft,
                CardFit::LetterboxCentre => Fit::LetterboxCentre,
                CardFit::Stretch => Fit::Stretch,
            },
            pad_value: self.card.pad_value,
        }
    }

    /// Least confidence of a joint to be believed.
    pub fn keypoint_threshold(&self) -> f32 {
        self.card.keypoint
    }

    /// Name, hash and provider, as stored with a run.
    pub fn usage(&self) -> &ModelUse {
        &self.usage
    }

    /// Looks at one picture.
    ///
    /// # Errors
    /// When the runtime fails, or the graph gives another shape than its card says.
    pub fn look(&mut self, image: &InputImage) -> Result<Seen, InferError> {
        let failed = |e: ort::Error| InferError::Run { model: self.name.clone(), reason: e.to_string() };
        let (h, w) = (self.card.height as usize, self.card.width as usize);
        let shape = match self.card.layout {
            Layout::Nhwc => [1, h, w, 3],
            Layout::Nchw => [1, 3, h, w],
        };
        let is_direct =
            (self.card.dtype, self.card.layout, self.card.colour) == (Dtype::U8, Layout::Nhwc, Colour::Rgb);
        let outputs = if is_direct {
            let tensor = TensorRef::from_array_view((shape, image.rgb.as_slice())).map_err(failed)?;
            self.session.run(ort::inputs![self.card.input.as_str() => tensor]).map_err(failed)?
        } else {
            rearrange(&self.card, &image.rgb, &mut self.scratch);
            if self.card.dtype == Dtype::U8 {
                let bytes: Vec<u8> = self.scratch.iter().map(|v| *v as u8).collect();
                let tensor = ort::value::Tensor::from_array((shape, bytes)).map_err(failed)?;
                self.session.run(ort::inputs![self.card.input.as_str() => tensor]).map_err(failed)?
            } else {
                let tensor = TensorRef::from_array_view((shape, self.scratch.as_slice())).map_err(failed)?;
                self.session.run(ort::inputs![self.card.input.as_str() => tensor]).map_err(failed)?
            }
        };
        let people = match self.card.family {
            PeopleFamily::PeopleRows => {
                let (shape, rows) =
                    outputs[self.card.people.as_str()].try_extract_tensor::<f32>().map_err(failed)?;
                if shape.last().copied() != Some(ROW_LEN as i64) {
                    return Err(InferError::Shape {
                        model: self.name.clone(),
                        tensor: self.card.people.clone(),
                        found: shape.to_vec(),
                        expected: format!("[1, n, {ROW_LEN}]"),
                    });
                }
                people_from_rows(rows, &self.card, image.frame_from_input)
            }
        };
        let features = match &self.card.features {
            None => None,
            Some(name) => {
                let (shape, values) = outputs[name.as_str()].try_extract_tensor::<f32>().map_err(failed)?;
                Some(feature_map(&self.name, name, shape, values)?)
            }
        };
        Ok(Seen { people, features })
    }
}

fn feature_map(model: &str, tensor: &str, shape: &[i64], values: &[f32]) -> Result<FeatureMap, InferError> {
    let [1, channels, rows, columns] = *shape else {
        return Err(InferError::Shape {
            model: model.to_owned(),
            tensor: tensor.to_owned(),
            found: shape.to_vec(),
            expected: "[1, channels, rows, columns]".to_owned(),
        });
    };
    Ok(FeatureMap {
        values: values.into(),
        channels: channels as usize,
        rows: rows as usize,
        columns: columns as usize,
    })
}

/// RGB bytes into the order, colours and range of the card.
fn rearrange(card: &PoseCard, rgb: &[u8], out: &mut Vec<f32>) {
    let pixels = rgb.len() / 3;
    out.clear();
    out.resize(rgb.len(), 0.0);
    for channel in 0..3 {
        let from = if card.colour == Colour::Rgb { channel } else { 2 - channel };
        let (mean, std) = (card.mean[channel], card.std[channel]);
        for pixel in 0..pixels {
            let to = match card.layout {
                Layout::Nhwc => pixel * 3 + channel,
                Layout::Nchw => channel * pixels + pixel,
            };
            out[to] = (f32::from(rgb[pixel * 3 + from]) - mean) / std;
        }
    }
}

/// Checks that a graph has the tensors its card names.
pub(super) fn require_names<'a, const N: usize>(
    model: &str,
    side: &'static str,
    have: impl Iterator<Item = &'a str>,
    wanted: [Option<&String>; N],
) -> Result<(), InferError> {
    let have: Vec<_> = have.collect();
    for name in wanted.into_iter().flatten() {
        if !have.contains(&name.as_str()) {
            return Err(InferError::MissingTensor {
                model: model.to_owned(),
                side,
                name: name.clone(),
                have: have.join(", "),
            });
        }
    }
    Ok(())
}
