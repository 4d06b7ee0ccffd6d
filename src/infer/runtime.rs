//! Finds and loads ONNX Runtime, and makes sessions on the device that was asked for or not at all.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ort::environment::Environment;
use ort::ep::{self, ExecutionProviderDispatch};
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;

use super::InferError;

/// Where models are to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU by number, through CUDA.
    Cuda(i32),
    /// An NVIDIA GPU by number, through TensorRT.
    TensorRt(i32),
    /// Intel's OpenVINO.
    OpenVino,
}

impl FromStr for Device {
    type Err = InferError;

    /// `auto` is the CPU: a faster device is used only where it is named, so that results never depend on luck.
    fn from_str(text: &str) -> Result<Self, InferError> {
        let unknown = || InferError::UnknownDevice { text: text.to_owned() };
        let (name, number) = text.split_once(':').unwrap_or((text, "0"));
        let number: i32 = number.parse().ok().filter(|n| *n >= 0).ok_or_else(unknown)?;
        match name {
            "auto" | "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(number)),
            "tensorrt" => Ok(Self::TensorRt(number)),
            "openvino" => Ok(Self::OpenVino),
            _ => Err(unknown()),
        }
    }
}

impl Device {
    /// `cpu`, `cuda:0`, …: as it is stored with a run.
    pub fn label(self) -> String {
        match self {
            Self::Cpu => "cpu".to_owned(),
            Self::Cuda(n) => format!("cuda:{n}"),
            Self::TensorRt(n) => format!("tensorrt:{n}"),
            Self::OpenVino => "openvino".to_owned(),
        }
    }

    fn provider(self) -> Option<ExecutionProviderDispatch> {
        let provider = match self {
            Self::Cpu => return None,
            Self::Cuda(n) => ep::CUDA::default().with_device_id(n).build(),
            Self::TensorRt(n) => ep::TensorRT::default().with_device_id(n).build(),
            Self::OpenVino => ep::OpenVINO::default().build(),
        };
        Some(provider.error_on_failure())
    }
}

/// How sessions are to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// The device asked for.
    pub device: Device,
    /// Whether the user allowed the CPU where that device cannot run.
    pub is_cpu_fallback_allowed: bool,
    /// Threads within one operator.
    pub intra_threads: usize,
}

/// A loaded ONNX Runtime.
pub struct Runtime {
    environment: Environment,
}

impl Runtime {
    /// Loads the library at `path`.
    ///
    /// # Errors
    /// When it is no ONNX Runtime of version 1.24 or newer.
    pub fn load(path: &Path) -> Result<Self, InferError> {
        let bad = |reason: String| InferError::BadRuntime { reason, path: path.to_owned() };
        let environment = ort::init_from(path)
            .map_err(|e| bad(e.to_string()))?
            .with_telemetry(false)
            .build()
            .map_err(|e| bad(e.to_string()))?;
        environment.set_log_level(ort::logging::LogLevel::Fatal);
        Ok(Self { environment })
    }

    /// A session over a graph, and the label of the device it runs on.
    pub(super) fn session(
        &self,
        model: &str,
        graph: &[u8],
        options: RuntimeOptions,
    ) -> Result<(Session, String), InferError> {
        let refused = |reason: String| InferError::Provider { device: options.device.label(), reason };
        match self.try_session(model, graph, options.device, options.intra_threads) {
            Ok(session) => Ok((session, options.device.label())),
            Err(error) if options.device == Device::Cpu => Err(error),
            Err(_) if options.is_cpu_fallback_allowed => {
                let session = self.try_session(model, graph, Device::Cpu, options.intra_threads)?;
                Ok((session, "cpu".to_owned()))
            }
            Err(InferError::Graph { reason, .. }) => Err(refused(reason)),
            Err(error) => Err(refused(error.to_string())),
        }
    }

    fn try_session(
        &self,
        model: &str,
        graph: &[u8],
        device: Device,
        intra_threads: usize,
    ) -> Result<Session, InferError> {
        let failed = |reason: String| InferError::Graph { model: model.to_owned(), reason };
        let mut builder = Session::builder(&self.environment)
            .map_err(|e| failed(e.to_string()))?
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(|e| failed(e.to_string()))?
            .with_intra_threads(intra_threads.max(1))
            .map_err(|e| failed(e.to_string()))?
            // A plan of all tensors at once holds more memory than tensors that come and go, and saves no time here.
            .with_memory_pattern(false)
            .map_err(|e| failed(e.to_string()))?
            // Spinning threads burn the cores that decoding needs.
            .with_intra_op_spinning(false)
            .map_err(|e| failed(e.to_string()))?;
        if let Some(provider) = device.provider() {
            builder = builder.with_execution_providers([provider]).map_err(|e| failed(e.to_string()))?;
        }
        builder.commit_from_memory(graph).map_err(|e| failed(e.to_string()))
    }

    /// Which of the devices really start here, by making a session of a small graph on each.
    pub fn probe_devices(&self, graph: &[u8]) -> Vec<(Device, Result<(), String>)> {
        [Device::Cpu, Device::Cuda(0), Device::TensorRt(0), Device::OpenVino]
            .into_iter()
            .map(|device| {
                let started = self.try_session("probe", graph, device, 1).map(drop);
                let reason = started.map_err(|e| match e {
                    InferError::Graph { reason, .. } => reason,
                    other => other.to_string(),
                });
                (device, reason)
            })
            .collect()
    }
}

/// The library to load: the named one, else the first that exists near the program or the working folder.
///
/// # Errors
/// When there is none, naming the places.
pub fn find_library(named: Option<&Path>, program: Option<&Path>) -> Result<PathBuf, InferError> {
    const IN_FOLDER: &str = ".kuager/onnxruntime/libonnxruntime.so";
    let mut looked_in = Vec::new();
    if let Some(path) = named {
        looked_in.push(path.to_owned());
    } else {
        let near_program = program.into_iter().flat_map(|p| p.ancestors().skip(1).take(5));
        for folder in near_program.chain([Path::new(".")]) {
            looked_in.push(folder.join(IN_FOLDER));
            looked_in.push(folder.join("libonnxruntime.so"));
        }
        looked_in.push(PathBuf::from("/usr/lib/libonnxruntime.so"));
        looked_in.push(PathBuf::from("/usr/local/lib/libonnxruntime.so"));
    }
    match looked_in.iter().find(|p| p.is_file()) {
        Some(found) => Ok(found.clone()),
        None => Err(InferError::NoRuntime { looked_in }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_by_name() {
        assert_eq!("auto".parse::<Device>().unwrap(), Device::Cpu);
        assert_eq!("cuda:1".parse::<Device>().unwrap(), Device::Cuda(1));
        assert_eq!("cuda".parse::<Device>().unwrap().label(), "cuda:0");
        for bad in ["gpu", "cuda:-1", "cuda:x", ""] {
            assert!(bad.parse::<Device>().is_err(), "{bad}");
        }
    }
}
