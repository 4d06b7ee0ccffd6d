//! What a run found, told to people and programs: JSON Lines, a table for the terminal, still pictures, one page.
//!
//! Everything here is a pure function of what the domain holds (the page also reads the stills it shows). No text
//! claims more than was seen: a flag is a pointer, and no zero comes without what it is measured against.

#[cfg(test)]
mod fixture;
mod glyphs;
#[cfg(test)]
mod golden_tests;
mod honest;
mod html;
pub mod json_lines;
mod level;
mod still;
mod table;
mod timeline;
mod view;

use crate::domain::{InputError, LevelInUse, RunInfo, RunTotals, SourceResult};

pub use honest::{Denominator, honest_zero};
pub use html::render;
pub use level::{level_footage, level_line, level_sentences};
pub use still::{StillError, draw_still, thumbnail};
pub use table::table;

/// All that a report tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportData {
    /// The run.
    pub run: RunInfo,
    /// Its inputs, in their order.
    pub sources: Vec<SourceResult>,
    /// Inputs of which nothing could be read, so that they have no [`SourceResult`].
    pub errors: Vec<InputError>,
    /// Its closing account.
    pub totals: RunTotals,
    /// The alarm level of its camera; none where it was not told of one, or looked for no violence.
    pub level: Option<LevelInUse>,
}
