//! What a run found, told to people and programs: JSON Lines, a table for the terminal, still pictures, one page.
//!
//! Everything here is a pure function of what the domain holds (the page also reads the stills it shows). No text
//! claims more than was seen: a flag is a pointer, and no zero comes without what it is measured against.

mod drill;
#[cfg(test)]
mod fixture;
mod glyphs;
#[cfg(test)]
mod golden_tests;
mod heat;
mod honest;
mod html;
pub mod json_lines;
mod level;
mod player;
mod silhouette;
mod slip;
mod still;
mod table;
mod timeline;
mod view;
mod zones_page;

use std::collections::BTreeMap;

use crate::domain::{
    CameraHour, CameraSigning, InputError, LevelInUse, RunInfo, RunTotals, Sensitivity, SourcePlace,
    SourceResult,
};
use crate::text::Texts;

pub use drill::{drill_line, drill_text};
pub use heat::{HeatRow, cause as heat_cause, heat_page, heat_png, heat_rows, row_percent};
pub use honest::{Denominator, fixed_sentence, honest_zero};
pub use html::render;
pub use level::{level_footage, level_line, level_sentences};
pub use player::{PlayerData, player};
pub use silhouette::{marked, marked_size};
pub use slip::slip;
pub use still::{StillError, draw_still, thumbnail};
pub use table::table;
pub use zones_page::zones_page;

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
    /// Whose its recordings are, and from when.
    pub places: Vec<SourcePlace>,
    /// What could be seen of each camera and hour; empty where that was not reckoned.
    pub hours: Vec<CameraHour>,
    /// What is found of staged acts on its cameras; none where that was not measured with its settings.
    pub sensitivity: Option<Sensitivity>,
    /// Marks of cameras that sign their recordings, each way with its number; none where nobody looked for them.
    pub signings: Option<BTreeMap<CameraSigning, u64>>,
}

impl ReportData {
    /// Whose a recording is, where that was reckoned.
    pub(super) fn place_of(&self, source: &SourceResult) -> Option<&SourcePlace> {
        self.places.iter().find(|p| p.source == source.source.id)
    }

    /// The sentence under every account of the run: what its flags, or their absence, are measured against.
    pub fn statement(&self, texts: &Texts) -> String {
        let flags: usize = self.sources.iter().map(|s| s.incidents.len()).sum();
        let recordings = self.sources.len() as u64;
        fixed_sentence(flags as u64, recordings, Denominator::of_run(self), self.sensitivity, texts)
    }
}
