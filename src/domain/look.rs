//! How an analysed picture looked: what measurements are told apart by.

use super::MediaTime;

/// Light, colour and people of one analysed picture. Counted, never told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureLook {
    /// Time from the first picture.
    pub at: MediaTime,
    /// Whether it was one look in a stretch where nothing moves.
    pub is_glance: bool,
    /// Time the picture stands for, seconds.
    pub stands_for_secs: f64,
    /// Mean luma, 0 to 255.
    pub mean_luma: f32,
    /// Mean distance between the strongest and the weakest of a pixel's three colours, 0 to 255; near 0 for infrared and
    /// for black and white.
    pub colourfulness: f32,
    /// Body length of each person the pose model found, in pixels of the picture as displayed.
    pub body_lengths_in_frame: Vec<f32>,
}
