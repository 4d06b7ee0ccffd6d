//! All models that look at pictures, put together: who is there, where their joints are, and the features that the
//! violence model looks at. Usually one model does all three; a user may give each to another.

use super::crop::{CropPose, LONGEST_SIDE, at_most};
use super::eye::{Eye, Seen};
use super::grey::{GreyMaker, SmallGrey};
use super::shelf::Bundle;
use super::{InferError, Runtime, RuntimeOptions};
use crate::domain::{BBox, ModelUse, Pose, Size};
use crate::media::{Fit, InputImage, Letterbox, LetterboxSpec, Picture};

/// Which models look at pictures.
#[derive(Clone, Debug)]
pub struct EyesPlan {
    /// Finds the people: a pose model or a person detector.
    pub people: Bundle,
    /// A pose model that is run for its features alone, where the violence model was not trained with `people`.
    pub features: Option<Bundle>,
    /// Sees the joints of each person, in place of those that `people` gives.
    pub crop_pose: Option<Bundle>,
}

impl EyesPlan {
    /// The bundles, in the order in which they are told.
    pub fn bundles(&self) -> impl Iterator<Item = &Bundle> {
        [Some(&self.people), self.features.as_ref(), self.crop_pose.as_ref()].into_iter().flatten()
    }
}

/// One picture as the models want it.
pub struct View {
    /// For the model that finds the people.
    pub people: InputImage,
    /// For the model of the features, where that is another.
    pub features: Option<InputImage>,
    /// The same, small and grey, where a violence model looks.
    pub grey: Option<SmallGrey>,
    /// The picture itself, where people are cut out of it.
    pub picture: Option<Picture>,
}

impl View {
    /// The input of the model that gives the features.
    pub fn of_features(&self) -> &InputImage {
        self.features.as_ref().unwrap_or(&self.people)
    }

    /// The spent buffers, to be used again.
    pub fn into_buffers(self) -> impl Iterator<Item = Vec<u8>> {
        [Some(self.people.rgb), self.features.map(|f| f.rgb)].into_iter().flatten()
    }
}

/// What views must hold; may travel to the thread that makes them.
#[derive(Clone, Copy, Debug)]
pub struct ViewSpec {
    people: LetterboxSpec,
    features: Option<LetterboxSpec>,
    has_grey: bool,
    has_picture: bool,
}

impl ViewSpec {
    /// With a small grey copy of each picture, as a violence model wants it.
    pub fn with_grey(self, has_grey: bool) -> Self {
        Self { has_grey, ..self }
    }
}

/// Makes views of pictures. Not `Send`: make it in the thread that uses it.
pub struct ViewMaker {
    people: Letterbox,
    features: Option<Letterbox>,
    grey: Option<GreyMaker>,
    has_picture: bool,
}

impl ViewMaker {
    /// For views like this.
    pub fn new(spec: ViewSpec) -> Self {
        Self {
            people: Letterbox::new(spec.people),
            features: spec.features.map(Letterbox::new),
            grey: spec.has_grey.then(GreyMaker::default),
            has_picture: spec.has_picture,
        }
    }

    /// A view of the picture, written over buffers from `spare`.
    ///
    /// # Errors
    /// FFmpeg's reason, where it cannot scale from this pixel format.
    pub fn view(&mut self, picture: &Picture, mut spare: impl FnMut() -> Vec<u8>) -> Result<View, String> {
        let people = self.people.fill(picture, spare())?;
        let features = self.features.as_mut().map(|f| f.fill(picture, spare())).transpose()?;
        let grey = self.grey.as_mut().map(|maker| maker.grey(features.as_ref().unwrap_or(&people)));
        Ok(View { people, features, grey, picture: self.has_picture.then(|| picture.clone()) })
    }
}

/// The models that look at pictures, ready to run. One a thread.
pub struct Eyes {
    people: Eye,
    features: Option<Eye>,
    crop_pose: Option<CropPose>,
    whole: Option<(Size, Letterbox)>,
}

impl Eyes {
    /// Loads the models.
    ///
    /// # Errors
    /// When one does not load on the device, or is not what its card says.
    pub fn new(runtime: &Runtime, plan: &EyesPlan, options: RuntimeOptions) -> Result<Self, InferError> {
        let eye = |bundle: &Bundle| Eye::new(runtime, bundle, options);
        let crop_pose = |bundle: &Bundle| CropPose::new(runtime, bundle, options);
        // What reading the largest graph leaves behind serves the others, which saves some memory.
        let crop_pose = plan.crop_pose.as_ref().map(crop_pose).transpose()?;
        let features = plan.features.as_ref().map(eye).transpose()?;
        Ok(Self { people: eye(&plan.people)?, features, crop_pose, whole: None })
    }

    /// What a view must hold.
    pub fn view_spec(&self) -> ViewSpec {
        ViewSpec {
            people: self.people.letterbox_spec(),
            features: self.features.as_ref().map(Eye::letterbox_spec),
            has_grey: false,
            has_picture: self.crop_pose.is_some(),
        }
    }

    /// The model whose features a violence model gets.
    pub fn features_usage(&self) -> &ModelUse {
        self.features.as_ref().unwrap_or(&self.people).usage()
    }

    /// Name, hash and provider of each, as stored with a run.
    pub fn usages(&self) -> Vec<ModelUse> {
        let eyes = [Some(&self.people), self.features.as_ref()].into_iter().flatten().map(Eye::usage);
        eyes.chain(self.crop_pose.as_ref().map(CropPose::usage)).cloned().collect()
    }

    /// Looks at one picture with every model.
    ///
    /// # Errors
    /// When a model fails, or gives another shape than its card says.
    pub fn look(&mut self, view: &View) -> Result<Seen, InferError> {
        let mut seen = self.people.look(&view.people)?;
        if let (Some(eye), Some(image)) = (&mut self.features, &view.features) {
            seen.features = eye.look(image)?.features;
        }
        self.see_joints(view, &mut seen.people)?;
        Ok(seen)
    }

    /// Pictures that it looks at in one pass.
    pub fn most_at_once(&self) -> usize {
        self.people.most_at_once()
    }

    /// Looks at several pictures, in one pass as far as the models' cards allow; the answers are in their order. People are
    /// cut out and looked at one by one.
    ///
    /// # Errors
    /// As [`Self::look`]: of each picture by itself, and of all in a pass where the runtime fails.
    pub fn look_together(&mut self, views: &[&View]) -> Vec<Result<Seen, InferError>> {
        let images: Vec<&InputImage> = views.iter().map(|view| &view.people).collect();
        let mut answers = self.people.look_together(&images);
        if let Some(eye) = &mut self.features {
            let images: Vec<&InputImage> = views.iter().map(|view| view.of_features()).collect();
            let of_features = eye.look_together(&images);
            let with_features = |(seen, other): (Result<Seen, _>, Result<Seen, _>)| {
                Ok(Seen { features: other?.features, ..seen? })
            };
            answers = answers.into_iter().zip(of_features).map(with_features).collect();
        }
        let with_joints = |(answer, view): (Result<Seen, InferError>, &&View)| {
            let mut seen = answer?;
            self.see_joints(view, &mut seen.people)?;
            Ok(seen)
        };
        answers.into_iter().zip(views).map(with_joints).collect()
    }

    /// The person in a box that is already known; `None` without a model for crops.
    ///
    /// # Errors
    /// When the model fails.
    pub fn look_at(&mut self, view: &View, bbox_in_frame: BBox) -> Result<Option<Pose>, InferError> {
        let mut people = [Pose { bbox_in_frame, score: 1.0, keypoints_in_frame: Default::default() }];
        let sees_crops = self.crop_pose.is_some();
        self.see_joints(view, &mut people)?;
        Ok(people.into_iter().next().filter(|_| sees_crops))
    }

    fn see_joints(&mut self, view: &View, people: &mut [Pose]) -> Result<(), InferError> {
        if let (Some(crop_pose), Some(picture)) = (&mut self.crop_pose, &view.picture)
            && !people.is_empty()
            && !crop_pose.see_joints_in(picture, people)?
        {
            let whole = whole_picture(&mut self.whole, picture)
                .map_err(|reason| InferError::Run { model: crop_pose.usage().name.clone(), reason })?;
            crop_pose.see_joints(&whole, people)?;
        }
        Ok(())
    }
}

/// The picture as RGB, no longer than [`LONGEST_SIDE`]: for pixel formats out of which no crops are cut.
fn whole_picture(kept: &mut Option<(Size, Letterbox)>, picture: &Picture) -> Result<InputImage, String> {
    let frame = picture.at.size;
    let letterbox = match kept {
        Some((of, letterbox)) if *of == frame => letterbox,
        _ => {
            let spec = LetterboxSpec { size: at_most(frame, LONGEST_SIDE), fit: Fit::Stretch, pad_value: 0 };
            &mut kept.insert((frame, Letterbox::new(spec))).1
        }
    };
    letterbox.fill(picture, Vec::new())
}
