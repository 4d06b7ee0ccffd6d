//! What can go wrong when a model is loaded or run.

use std::path::PathBuf;

/// Errors of this folder; paths come last in the text.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum InferError {
    #[error("ONNX Runtime was not found; run `./x setup`, or set ORT_DYLIB_PATH to a libonnxruntime.so (1.24 or newer); looked in: {}", looked_in.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "))]
    NoRuntime { looked_in: Vec<PathBuf> },
    #[error("ONNX Runtime could not be loaded: {reason}; set ORT_DYLIB_PATH to a library of version 1.24 or newer: {}", path.display())]
    BadRuntime { reason: String, path: PathBuf },
    #[error(
        "device {device} cannot run here: {reason}; choose `--device cpu`, install what is missing, or allow `--fallback cpu`"
    )]
    Provider { device: String, reason: String },
    #[error("unknown device {text:?}; use auto, cpu, cuda:N, tensorrt:N or openvino")]
    UnknownDevice { text: String },
    #[error(
        "model {model}: ONNX Runtime refuses the graph: {reason}; `kuager models verify` shows what the card expects"
    )]
    Graph { model: String, reason: String },
    #[error(
        "model {model}: the graph has no {side} named {name:?} (it has: {have}); put the right one into {key} of the card"
    )]
    MissingTensor { model: String, side: &'static str, key: &'static str, name: String, have: String },
    #[error(
        "model {model}: the graph also wants {names}, which the program cannot fill; export it with {input:?} as its only input"
    )]
    FurtherInputs { model: String, names: String, input: String },
    #[error(
        "model {model}: {tensor:?} of the graph is {found}, the card says {expected}; correct {keys} of the card or export the graph again"
    )]
    TensorKind { model: String, tensor: String, found: String, expected: String, keys: &'static str },
    #[error(
        "model {model}: {tensor} has shape {found:?}, the card says {expected}; correct the card or export the graph again"
    )]
    Shape { model: String, tensor: String, found: Vec<i64>, expected: String },
    #[error(
        "model {model}: sha256 of the weights is {found}, the card says {expected}; the file was changed or is damaged"
    )]
    Hash { model: String, found: String, expected: String },
    #[error(
        "model {model}: {tensor} holds values that are no numbers (NaN or infinite), so that people would be missed unseen; try `--device cpu`, or export the graph in 32 bits"
    )]
    NoNumbers { model: String, tensor: String },
    #[error(
        "model {model}: {tensor} holds a score of {score}, scores are 0 to 1; take the card's family for this layout, or export the graph with its last sigmoid"
    )]
    ScoreRange { model: String, tensor: String, score: f32 },
    #[error("model {model} failed while running: {reason}")]
    Run { model: String, reason: String },
    #[error(
        "the violence model wants the features of {wanted} ({wanted_sha256:.12}…), the pose model is {found}; use the pair that was trained together"
    )]
    FeaturesMismatch { wanted: String, wanted_sha256: String, found: String },
}
