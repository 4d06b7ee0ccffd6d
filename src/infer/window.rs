//! The violence model: one probability for a window of feature maps and the region where people interact.

use ort::session::Session;
use ort::value::TensorRef;

use super::card::ViolenceCard;
use super::eye::FeatureMap;
use super::shelf::Bundle;
use super::tensors::{require_name, require_outputs};
use super::{InferError, Runtime, RuntimeOptions, Task};
use crate::domain::{BBox, MediaTime, ModelUse, Point, Size};

/// Which cells of a feature grid belong to a region: 1 inside, 0 outside, `[rows][columns]`.
#[derive(Clone, Debug, PartialEq)]
pub struct GridMask {
    /// The cells.
    pub cells: Vec<f32>,
    /// Cells down.
    pub rows: usize,
    /// Cells across.
    pub columns: usize,
}

impl GridMask {
    /// Cells whose centre lies in a region of the model's input; at least the cell nearest to the region's centre.
    pub fn of_region(region_in_input: BBox, input: Size, rows: usize, columns: usize) -> Self {
        let (cell_w, cell_h) = (input.width as f32 / columns as f32, input.height as f32 / rows as f32);
        let mut cells = vec![0.0; rows * columns];
        for (i, cell) in cells.iter_mut().enumerate() {
            let centre =
                Point { x: ((i % columns) as f32 + 0.5) * cell_w, y: ((i / columns) as f32 + 0.5) * cell_h };
            *cell = f32::from(u8::from(region_in_input.contains(centre)));
        }
        if cells.iter().all(|c| *c == 0.0) {
            let centre = region_in_input.centre();
            let column = ((centre.x / cell_w).max(0.0) as usize).min(columns - 1);
            let row = ((centre.y / cell_h).max(0.0) as usize).min(rows - 1);
            cells[row * columns + column] = 1.0;
        }
        Self { cells, rows, columns }
    }
}

/// Scores windows; the engine knows a violence model only as this, so that tests can bring their own.
pub trait WindowScorer: Send {
    /// Pictures in a window.
    fn frames(&self) -> usize;
    /// Time between them.
    fn step(&self) -> MediaTime;
    /// Fewest real pictures before a window is worth scoring.
    fn min_frames(&self) -> usize;
    /// Probability from which a window raises an alarm.
    fn alarm(&self) -> f32;
    /// Probability of violence in a window, oldest map first, `frames()` of them.
    ///
    /// # Errors
    /// When the model fails.
    fn score(&mut self, window: &[&FeatureMap], region: &GridMask) -> Result<f32, InferError>;
}

/// A violence model ready to run. One a thread.
pub struct ViolenceHead {
    session: Session,
    card: ViolenceCard,
    name: String,
    usage: ModelUse,
    scratch: Vec<f32>,
}

impl ViolenceHead {
    /// Loads a violence model that goes with the pose model `eye`.
    ///
    /// # Errors
    /// When the two were not trained together, or the graph is not what its card says.
    pub fn new(
        runtime: &Runtime,
        bundle: &Bundle,
        eye: &ModelUse,
        options: RuntimeOptions,
    ) -> Result<Self, InferError> {
        let Task::Violence(card) = &bundle.card.task else {
            let reason = format!("its card says it is a {} model", bundle.card.task.role());
            return Err(InferError::Graph { model: bundle.card.name.clone(), reason });
        };
        if card.features_sha256 != eye.sha256 {
            return Err(InferError::FeaturesMismatch {
                wanted: card.features_from.clone(),
                wanted_sha256: card.features_sha256.clone(),
                found: format!("{} ({:.12}…)", eye.name, eye.sha256),
            });
        }
        let name = bundle.card.name.clone();
        let (session, provider) = runtime.session(&name, &bundle.graph, options)?;
        let inputs: Vec<&str> = session.inputs().iter().map(|i| i.name()).collect();
        for (key, input) in [("input.features", &card.features), ("input.region", &card.region)] {
            require_name(&name, "input", key, input, &inputs)?;
        }
        require_outputs(&name, &session, &[("output.probability", &card.probability)])?;
        let usage = ModelUse { name: name.clone(), sha256: bundle.card.sha256.clone(), provider };
        Ok(Self { session, card: card.clone(), name, usage, scratch: Vec::new() })
    }

    /// Name, hash and provider, as stored with a run.
    pub fn usage(&self) -> &ModelUse {
        &self.usage
    }
}

impl WindowScorer for ViolenceHead {
    fn frames(&self) -> usize {
        self.card.frames
    }

    fn step(&self) -> MediaTime {
        self.card.step
    }

    fn min_frames(&self) -> usize {
        self.card.min_frames
    }

    fn alarm(&self) -> f32 {
        self.card.alarm
    }

    fn score(&mut self, window: &[&FeatureMap], region: &GridMask) -> Result<f32, InferError> {
        let failed = |e: ort::Error| InferError::Run { model: self.name.clone(), reason: e.to_string() };
        let Some(first) = window.first() else { return Ok(0.0) };
        self.scratch.clear();
        for map in window {
            self.scratch.extend_from_slice(&map.values);
        }
        let features_shape = [1, window.len(), first.channels, first.rows, first.columns];
        let features =
            TensorRef::from_array_view((features_shape, self.scratch.as_slice())).map_err(failed)?;
        let region_shape = [1, region.rows, region.columns];
        let region = TensorRef::from_array_view((region_shape, region.cells.as_slice())).map_err(failed)?;
        let inputs =
            ort::inputs![self.card.features.as_str() => features, self.card.region.as_str() => region];
        let outputs = self.session.run(inputs).map_err(failed)?;
        let (_, values) =
            outputs[self.card.probability.as_str()].try_extract_tensor::<f32>().map_err(failed)?;
        match values.first() {
            Some(p) if p.is_finite() => Ok(p.clamp(0.0, 1.0)),
            _ => Err(InferError::Run { model: self.name.clone(), reason: "it gave no number".to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hold_the_cells_whose_centre_is_inside() {
        let input = Size { width: 40, height: 20 };
        let region = BBox { x: 0.0, y: 0.0, width: 16.0, height: 10.0 };
        let mask = GridMask::of_region(region, input, 2, 4);
        assert_eq!(mask.cells, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let speck = BBox { x: 39.0, y: 19.0, width: 0.1, height: 0.1 };
        assert_eq!(GridMask::of_region(speck, input, 2, 4).cells[7], 1.0, "never empty");
    }
}
