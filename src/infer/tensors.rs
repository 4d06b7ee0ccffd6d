//! Between a card and ONNX Runtime: whether a graph has what its card names, a picture into the image input, and
//! outputs as numbers with their names.

use ort::session::{Session, SessionOutputs};
use ort::value::{Tensor, TensorElementType, TensorRef, ValueType};

use super::InferError;
use super::card::{Colour, Dtype, ImageCard, Layout};

/// A score may be so much above 1 by rounding.
const SCORE_ROUNDING: f32 = 0.01;

/// Checks the image input: name, element type, four axes, and the size where the graph fixes one.
///
/// # Errors
/// Says what the graph has, what the card says and which keys to correct.
pub(super) fn require_image_input(
    model: &str,
    session: &Session,
    card: &ImageCard,
) -> Result<(), InferError> {
    let names: Vec<&str> = session.inputs().iter().map(|i| i.name()).collect();
    require_name(model, "input", "input.name", &card.name, &names)?;
    let others: Vec<&str> = names.into_iter().filter(|n| *n != card.name).collect();
    if !others.is_empty() {
        let names = others.join(", ");
        return Err(InferError::FurtherInputs { model: model.to_owned(), names, input: card.name.clone() });
    }
    let wanted = card.shape().map(|side| side as i64);
    for input in session.inputs() {
        let ValueType::Tensor { ty, shape, .. } = input.dtype() else { continue };
        let fits = |(found, wanted): (&i64, &i64)| found == wanted || *found < 0;
        let is_shape = shape.len() == wanted.len() && shape.iter().zip(&wanted).all(fits);
        let is_open = card.max_batch == 1 || shape.first().is_some_and(|pictures| *pictures < 0);
        if !is_open {
            return Err(InferError::TensorKind {
                model: model.to_owned(),
                tensor: card.name.clone(),
                found: format!("{} {}", element_name(*ty), shape_text(shape)),
                expected: format!("open in its first axis, for up to {} pictures", card.max_batch),
                keys: "input.max_batch",
            });
        }
        if !is_shape || element_name(*ty) != card.dtype.as_str() {
            return Err(InferError::TensorKind {
                model: model.to_owned(),
                tensor: card.name.clone(),
                found: format!("{} {}", element_name(*ty), shape_text(shape)),
                expected: format!("{} {}", card.dtype.as_str(), shape_text(&wanted)),
                keys: "input.dtype, input.layout, input.width or input.height",
            });
        }
    }
    Ok(())
}

/// Checks that each output, given with the card's key that names it, is there and holds f32.
pub(super) fn require_outputs(
    model: &str,
    session: &Session,
    wanted: &[(&'static str, &str)],
) -> Result<(), InferError> {
    for (key, name) in wanted {
        let found = require_output_name(model, session, key, name)?;
        if found != TensorElementType::Float32 {
            return Err(InferError::TensorKind {
                model: model.to_owned(),
                tensor: (*name).to_owned(),
                found: element_name(found),
                expected: "f32 (every family does)".to_owned(),
                keys: key,
            });
        }
    }
    Ok(())
}

/// Checks that an output is there, and gives the type of its elements.
pub(super) fn require_output_name(
    model: &str,
    session: &Session,
    key: &'static str,
    name: &str,
) -> Result<TensorElementType, InferError> {
    let names: Vec<&str> = session.outputs().iter().map(|o| o.name()).collect();
    require_name(model, "output", key, name, &names)?;
    let output = session.outputs().iter().find(|o| o.name() == name);
    Ok(match output.map(|o| o.dtype()) {
        Some(ValueType::Tensor { ty, .. }) => *ty,
        _ => TensorElementType::Undefined,
    })
}

/// Checks that a graph has the tensor that a key of its card names.
pub(super) fn require_name(
    model: &str,
    side: &'static str,
    key: &'static str,
    name: &str,
    have: &[&str],
) -> Result<(), InferError> {
    if have.contains(&name) {
        return Ok(());
    }
    let (model, name, have) = (model.to_owned(), name.to_owned(), have.join(", "));
    Err(InferError::MissingTensor { model, side, key, name, have })
}

/// As cards write it, where they can.
fn element_name(ty: TensorElementType) -> String {
    match ty {
        TensorElementType::Float32 => "f32".to_owned(),
        TensorElementType::Float16 => "f16".to_owned(),
        TensorElementType::Uint8 => "u8".to_owned(),
        TensorElementType::Int32 => "i32".to_owned(),
        TensorElementType::Int64 => "i64".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// `[1, 3, ?, ?]`: a side that the graph leaves open is a question mark.
fn shape_text(shape: &[i64]) -> String {
    let side = |s: &i64| if *s < 0 { "?".to_owned() } else { s.to_string() };
    format!("[{}]", shape.iter().map(side).collect::<Vec<_>>().join(", "))
}

/// Runs a model on a picture, `[height][width][3]` RGB u8 of the card's size. `scratch` is kept between pictures.
pub(super) fn run_on_image<'s>(
    session: &'s mut Session,
    card: &ImageCard,
    rgb: &[u8],
    scratch: &mut Vec<f32>,
) -> ort::Result<SessionOutputs<'s>> {
    let (shape, name) = (card.shape(), card.name.as_str());
    if is_as_stored(card) {
        let tensor = TensorRef::from_array_view((shape, rgb))?;
        return session.run(ort::inputs![name => tensor]);
    }
    rearrange(card, rgb, scratch);
    match card.dtype {
        Dtype::U8 => {
            let bytes: Vec<u8> = scratch.iter().map(|v| *v as u8).collect();
            session.run(ort::inputs![name => Tensor::from_array((shape, bytes))?])
        }
        Dtype::I32 => {
            let integers: Vec<i32> = scratch.iter().map(|v| *v as i32).collect();
            session.run(ort::inputs![name => Tensor::from_array((shape, integers))?])
        }
        Dtype::F32 => {
            session.run(ort::inputs![name => TensorRef::from_array_view((shape, scratch.as_slice()))?])
        }
    }
}

/// Whether the graph takes RGB bytes as they are.
pub(super) fn is_as_stored(card: &ImageCard) -> bool {
    (card.dtype, card.layout, card.colour) == (Dtype::U8, Layout::Nhwc, Colour::Rgb)
}

/// RGB bytes into the order, colours and range of the card.
pub(super) fn rearrange(card: &ImageCard, rgb: &[u8], out: &mut Vec<f32>) {
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

/// An output with the names that its errors need.
#[derive(Clone, Copy)]
pub(super) struct Output<'a> {
    pub model: &'a str,
    pub tensor: &'a str,
    pub shape: &'a [i64],
    pub values: &'a [f32],
}

impl<'a> Output<'a> {
    /// An f32 output by name.
    pub fn of(outputs: &'a SessionOutputs<'_>, model: &'a str, tensor: &'a str) -> Result<Self, InferError> {
        let failed = |e: ort::Error| InferError::Run { model: model.to_owned(), reason: e.to_string() };
        let (shape, values) = outputs[tensor].try_extract_tensor::<f32>().map_err(failed)?;
        Ok(Self { model, tensor, shape, values })
    }

    /// The part of picture `index`, of which there are `pictures`; `shape_of_one` is this output's with one picture.
    pub fn of_picture(self, index: usize, pictures: usize, shape_of_one: &'a [i64]) -> Self {
        let length = self.values.len() / pictures.max(1);
        let values = &self.values[index * length..(index + 1) * length];
        Self { shape: shape_of_one, values, ..self }
    }

    /// The shape with one picture in place of `pictures`.
    ///
    /// # Errors
    /// When the first axis is not that of the pictures.
    pub fn shape_of_one(&self, pictures: usize) -> Result<Vec<i64>, InferError> {
        match self.shape {
            [first, rest @ ..] if *first == pictures as i64 => Ok([&[1], rest].concat()),
            _ => Err(self.wrong_shape(format!("{pictures} pictures, input.max_batch allows them"))),
        }
    }

    pub fn wrong_shape(&self, expected: impl Into<String>) -> InferError {
        InferError::Shape {
            model: self.model.to_owned(),
            tensor: self.tensor.to_owned(),
            found: self.shape.to_vec(),
            expected: expected.into(),
        }
    }

    pub fn no_numbers(&self) -> InferError {
        InferError::NoNumbers { model: self.model.to_owned(), tensor: self.tensor.to_owned() }
    }

    /// Whether a score reaches `least`.
    ///
    /// # Errors
    /// When it is no number or above 1: a model whose scores cannot be read would find nobody, and nobody would know.
    pub fn is_believed(&self, score: f32, least: f32) -> Result<bool, InferError> {
        if !score.is_finite() {
            return Err(self.no_numbers());
        }
        if score > 1.0 + SCORE_ROUNDING {
            let (model, tensor) = (self.model.to_owned(), self.tensor.to_owned());
            return Err(InferError::ScoreRange { model, tensor, score });
        }
        Ok(score >= least)
    }
}
