//! Copies to look at within a package, and the page that plays them.

use std::path::Path;

use super::files::Bag;
use super::{Export, PackageError, VIEWING};
use crate::domain::Span;
use crate::report::{PlayerData, player};
use crate::text::Lang;

/// Makes copies to look at. What that takes, a decoder and models, is the caller's.
pub trait Viewer {
    /// Writes a copy (`.mp4`).
    ///
    /// # Errors
    /// Why none could be made.
    fn write(&mut self, wanted: &ViewingCopy<'_>, to: &Path) -> Result<(), String>;

    /// From when to when a copy of this incident goes.
    fn span(&self, incident: Span) -> Span;
}

/// A copy that is wanted.
#[derive(Clone, Debug)]
pub struct ViewingCopy<'a> {
    /// The recording, which is only read.
    pub recording: &'a Path,
    /// Its camera, where that is known: what its zones exclude is not shown.
    pub camera: Option<&'a str>,
    /// When the incident is.
    pub incident: Span,
    /// Whether people are covered.
    pub is_masked: bool,
}

/// Puts the copies and their pages into the bag: people covered, and as they are only where a reason was given. `page`
/// shows the whole recording, and no copies yet.
pub(super) fn put_copies(
    plan: &Export,
    masked: &ViewingCopy<'_>,
    viewer: &mut dyn Viewer,
    page: &PlayerData,
    bag: &mut Bag,
) -> Result<(), PackageError> {
    let mut copies = vec![("masked.mp4", masked.clone())];
    if plan.uncovered_because.is_some() {
        copies.push(("uncovered.mp4", ViewingCopy { is_masked: false, ..masked.clone() }));
    }
    for (name, copy) in &copies {
        bag.make(&format!("{VIEWING}{name}"), |path| {
            let failed = |reason| PackageError::Viewing { reason, id: plan.incident.clone() };
            viewer.write(copy, path).map_err(failed)
        })?;
    }
    let wanted = viewer.span(masked.incident);
    let shown = Span::between(wanted.start, wanted.end.min(page.shown.end));
    let files: Vec<String> = copies.iter().map(|(name, _)| format!("viewing/{name}")).collect();
    for lang in Lang::ALL {
        let page = player(&PlayerData { shown, copies: files.clone(), ..page.clone() }, lang);
        bag.put(&format!("data/player.{lang}.html"), page.as_bytes())?;
    }
    Ok(())
}
