//! The violence model: one probability for a window of feature maps and the region where people interact.

use ort::session::Session;
use ort::value::TensorRef;

use super::card::{MotionInputs, ViolenceCard};
use super::eye::FeatureMap;
use super::grey::SmallGrey;
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

/// One picture of a window.
#[derive(Clone, Copy, Debug)]
pub struct WindowFrame<'a> {
    /// The pose model's features.
    pub features: &'a FeatureMap,
    /// The picture itself, small and grey.
    pub grey: &'a SmallGrey,
}

/// The part of the input that is looked at during a window, and who is there.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowRegion {
    /// Its cells in the feature grid.
    pub mask: GridMask,
    /// The square around it: left, top, right, bottom in pixels of the grey pictures; may reach beyond them.
    pub square_in_grey: [f32; 4],
    /// Median height of the people in it as a share of the square, 0 without people.
    pub height_in_square: f32,
    /// People that a picture shows in it, on average.
    pub people: f32,
    /// Whether it was made around a group.
    pub is_group: bool,
}

impl WindowRegion {
    /// Around a region of the model's input; `heights_in_input` are those of all boxes in it in all `frames` pictures.
    pub fn new(
        region_in_input: BBox,
        input: Size,
        features: &FeatureMap,
        frames: usize,
        mut heights_in_input: Vec<f32>,
        is_group: bool,
    ) -> Self {
        let side = region_in_input.width.max(region_in_input.height).max(1.0);
        let (Point { x, y }, half) = (region_in_input.centre(), side / 2.0);
        heights_in_input.sort_by(f32::total_cmp);
        let (middle, count) = (heights_in_input.len() / 2, heights_in_input.len());
        let height_in_input = match count {
            0 => 0.0,
            _ if count % 2 == 1 => heights_in_input[middle],
            _ => (heights_in_input[middle - 1] + heights_in_input[middle]) / 2.0,
        };
        Self {
            mask: GridMask::of_region(region_in_input, input, features.rows, features.columns),
            square_in_grey: [x - half, y - half, x + half, y + half].map(|v| v / 2.0),
            height_in_square: height_in_input / side,
            people: count as f32 / frames.max(1) as f32,
            is_group,
        }
    }

    /// The whole input, nobody in it.
    pub fn whole(features: &FeatureMap, input: Size) -> Self {
        Self::new(BBox::of_picture(input), input, features, 1, Vec::new(), false)
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
    /// Probability of violence in a window, oldest picture first, `frames()` of them.
    ///
    /// # Errors
    /// When the model fails.
    fn score(&mut self, window: &[WindowFrame<'_>], region: &WindowRegion) -> Result<f32, InferError>;
    /// The same for several regions of one window, in their order.
    ///
    /// # Errors
    /// As [`Self::score`].
    fn score_all(
        &mut self,
        window: &[WindowFrame<'_>],
        regions: &[WindowRegion],
    ) -> Result<Vec<f32>, InferError> {
        regions.iter().map(|region| self.score(window, region)).collect()
    }
}

/// A violence model ready to run. One a thread.
pub struct ViolenceHead {
    session: Session,
    card: ViolenceCard,
    name: String,
    usage: ModelUse,
    features: Vec<f32>,
    grey: Vec<u8>,
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
        let mut wanted = vec![("input.features", &card.features), ("input.region", &card.region)];
        if let Some(MotionInputs { grey, square, about }) = &card.motion {
            wanted.extend([("input.grey", grey), ("input.square", square), ("input.about", about)]);
        }
        for (key, input) in wanted {
            require_name(&name, "input", key, input, &inputs)?;
        }
        require_outputs(&name, &session, &[("output.probability", &card.probability)])?;
        let usage = ModelUse { name: name.clone(), sha256: bundle.card.sha256.clone(), provider };
        Ok(Self { session, card: card.clone(), name, usage, features: Vec::new(), grey: Vec::new() })
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

    fn score(&mut self, window: &[WindowFrame<'_>], region: &WindowRegion) -> Result<f32, InferError> {
        self.put_together(window);
        self.run(window, region)
    }

    /// What the regions share is put together once.
    fn score_all(
        &mut self,
        window: &[WindowFrame<'_>],
        regions: &[WindowRegion],
    ) -> Result<Vec<f32>, InferError> {
        self.put_together(window);
        regions.iter().map(|region| self.run(window, region)).collect()
    }
}

impl ViolenceHead {
    fn put_together(&mut self, window: &[WindowFrame<'_>]) {
        self.features.clear();
        self.grey.clear();
        for frame in window {
            self.features.extend_from_slice(&frame.features.values);
            if self.card.motion.is_some() {
                self.grey.extend_from_slice(&frame.grey.values);
            }
        }
    }

    /// Over the window that was put together last.
    fn run(&mut self, window: &[WindowFrame<'_>], region: &WindowRegion) -> Result<f32, InferError> {
        let failed = |e: ort::Error| InferError::Run { model: self.name.clone(), reason: e.to_string() };
        let Some(WindowFrame { features: first, grey }) = window.first().copied() else { return Ok(0.0) };
        let features_shape = [1, window.len(), first.channels, first.rows, first.columns];
        let mask_shape = [1, region.mask.rows, region.mask.columns];
        let mut inputs = ort::inputs![
            self.card.features.as_str() =>
                TensorRef::from_array_view((features_shape, self.features.as_slice())).map_err(failed)?,
            self.card.region.as_str() =>
                TensorRef::from_array_view((mask_shape, region.mask.cells.as_slice())).map_err(failed)?,
        ];
        let about = [region.height_in_square, region.people, f32::from(u8::from(region.is_group))];
        if let Some(MotionInputs { grey: grey_name, square, about: about_name }) = &self.card.motion {
            let grey_shape = [1, window.len(), grey.rows, grey.columns];
            inputs.extend(ort::inputs![
                grey_name.as_str() => TensorRef::from_array_view((grey_shape, self.grey.as_slice())).map_err(failed)?,
                square.as_str() => TensorRef::from_array_view(([1, 4], &region.square_in_grey[..])).map_err(failed)?,
                about_name.as_str() => TensorRef::from_array_view(([1, 3], &about[..])).map_err(failed)?,
            ]);
        }
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
