//! Where models lie: the two embedded in the program, and folders the user added.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use super::card::{Card, CardError};
use crate::digest::sha256_hex;

/// A card with its graph.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The card.
    pub card: Card,
    /// The card as written: its thresholds steer results, so it is part of a run's digest.
    pub card_text: String,
    /// The ONNX graph; its hash has been checked against the card. Embedded ones are not copied.
    pub graph: Cow<'static, [u8]>,
}

/// What can go wrong with a model folder; paths come last.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum ShelfError {
    #[error("no model card; a model needs a `model.toml` beside its graph (docs/ref/model-card.md): {}", path.display())]
    NoCard { path: PathBuf },
    #[error("model card refused: {source}: {}", path.display())]
    Card { source: CardError, path: PathBuf },
    #[error("cannot read or write a model file: {source}: {}", path.display())]
    Io { source: std::io::Error, path: PathBuf },
    #[error("sha256 of the weights is {found}, the card says {expected}; the file was changed or is damaged: {}", path.display())]
    Hash { found: String, expected: String, path: PathBuf },
    #[error("no model named {name:?}; `kuager models list` shows what there is")]
    Unknown { name: String },
    #[error("a model named {name} is already there; remove its folder first or give the new one another name: {}", path.display())]
    Exists { name: String, path: PathBuf },
}

impl Bundle {
    /// From memory.
    ///
    /// # Errors
    /// When the card is refused or the hash differs.
    pub fn from_parts(
        card_text: &str,
        graph: impl Into<Cow<'static, [u8]>>,
        origin: &Path,
    ) -> Result<Self, ShelfError> {
        let graph = graph.into();
        let card =
            Card::parse(card_text).map_err(|source| ShelfError::Card { source, path: origin.to_owned() })?;
        let found = sha256_hex(&graph);
        if found != card.sha256 {
            return Err(ShelfError::Hash { found, expected: card.sha256, path: origin.join(&card.file) });
        }
        Ok(Self { card, card_text: card_text.to_owned(), graph })
    }

    /// From a folder with `model.toml`, or the path of a card.
    ///
    /// # Errors
    /// When there is no card, it is refused, or the weights are not the ones it names.
    pub fn from_path(path: &Path) -> Result<Self, ShelfError> {
        let card_path = if path.is_dir() { path.join("model.toml") } else { path.to_owned() };
        if !card_path.is_file() {
            return Err(ShelfError::NoCard { path: card_path });
        }
        let text = fs::read_to_string(&card_path)
            .map_err(|source| ShelfError::Io { source, path: card_path.clone() })?;
        let card =
            Card::parse(&text).map_err(|source| ShelfError::Card { source, path: card_path.clone() })?;
        let folder = card_path.parent().unwrap_or(Path::new("."));
        let graph_path = folder.join(&card.file);
        let graph = fs::read(&graph_path).map_err(|source| ShelfError::Io { source, path: graph_path })?;
        Self::from_parts(&text, graph, folder)
    }
}

/// A model that travels inside the program.
struct Embedded {
    name: &'static str,
    role: &'static str,
    card_text: &'static str,
    graph: &'static [u8],
}

const EMBEDDED: [Embedded; 3] = [
    Embedded {
        name: "kuager-eye",
        role: "detector",
        card_text: include_str!("../../models/kuager-eye/model.toml"),
        graph: include_bytes!("../../models/kuager-eye/kuager-eye.onnx"),
    },
    Embedded {
        name: "kuager-joints",
        role: "crop-pose",
        card_text: include_str!("../../models/kuager-joints/model.toml"),
        graph: include_bytes!("../../models/kuager-joints/kuager-joints.onnx"),
    },
    Embedded {
        name: "kuager-violence",
        role: "violence",
        card_text: include_str!("../../models/kuager-violence/model.toml"),
        graph: include_bytes!("../../models/kuager-violence/kuager-violence.onnx"),
    },
];

impl Embedded {
    fn read(&self) -> Result<Bundle, ShelfError> {
        let origin = Path::new("embedded").join(self.name);
        Bundle::from_parts(self.card_text, self.graph, &origin)
    }
}

/// The models that travel inside the program.
///
/// # Errors
/// Never in a released program; a test guards it.
pub fn embedded() -> Result<[Bundle; 3], ShelfError> {
    let [eye, joints, violence] = &EMBEDDED;
    Ok([eye.read()?, joints.read()?, violence.read()?])
}

/// The embedded model for a role (`detector`, `crop-pose`, `violence`), reading and hashing no other.
///
/// # Errors
/// As [`embedded`]; [`ShelfError::Unknown`] where there is no such role.
pub fn embedded_for(role: &str) -> Result<Bundle, ShelfError> {
    let found = EMBEDDED.iter().find(|e| e.role == role);
    found.ok_or_else(|| ShelfError::Unknown { name: role.to_owned() })?.read()
}

/// The folder of models a user added: `<data-dir>/models/<name>/model.toml`.
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// Over a folder that need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Every added model, by name; those that cannot be read come with their reason.
    pub fn list(&self) -> Vec<(PathBuf, Result<Bundle, ShelfError>)> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut folders: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
        folders.sort();
        folders.into_iter().map(|path| (path.clone(), Bundle::from_path(&path))).collect()
    }

    /// A model by name, or by the path of a folder or card.
    ///
    /// # Errors
    /// As [`Bundle::from_path`]; [`ShelfError::Unknown`] where nothing has that name.
    pub fn find(&self, name_or_path: &str) -> Result<Bundle, ShelfError> {
        if let Some(found) = EMBEDDED.iter().find(|e| e.name == name_or_path) {
            return found.read();
        }
        let on_shelf = self.folder.join(name_or_path);
        let is_plain = !name_or_path.contains(['/', '\\', '.']) && on_shelf.is_dir();
        let path = if is_plain { on_shelf } else { PathBuf::from(name_or_path) };
        if !path.exists() {
            return Err(ShelfError::Unknown { name: name_or_path.to_owned() });
        }
        Bundle::from_path(&path)
    }

    /// Puts a graph and its card on the shelf, whole or not at all.
    ///
    /// # Errors
    /// When the name is taken or the folder cannot be written.
    pub fn add(&self, bundle: &Bundle) -> Result<PathBuf, ShelfError> {
        let target = self.folder.join(&bundle.card.name);
        if target.exists() {
            return Err(ShelfError::Exists { name: bundle.card.name.clone(), path: target });
        }
        let partial = self.folder.join(format!(".{}.partial", bundle.card.name));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&partial)?;
            fs::write(partial.join(&bundle.card.file), &bundle.graph)?;
            fs::write(partial.join("model.toml"), &bundle.card_text)?;
            fs::rename(&partial, &target)
        };
        write().map_err(|source| ShelfError::Io { source, path: target.clone() })?;
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_models_are_what_their_cards_say() {
        for (entry, bundle) in EMBEDDED.iter().zip(embedded().unwrap()) {
            assert_eq!((entry.name, entry.role), (bundle.card.name.as_str(), bundle.card.task.role()));
        }
    }
}
