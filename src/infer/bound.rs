//! Runs a graph on several pictures at once, out of buffers that are kept between runs: where a GPU reads them, they lie in
//! memory that it reaches by itself (ONNX Runtime's IO binding).

use std::collections::BTreeMap;

use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, Session, SessionOutputs};
use ort::value::Tensor;

use super::card::{Dtype, ImageCard};
use super::runtime::Device;
use super::tensors::{is_as_stored, rearrange};

/// The buffers of one session, by number of pictures.
pub(super) struct BoundRuns {
    device: Device,
    by_count: BTreeMap<usize, Bound>,
}

struct Bound {
    binding: IoBinding,
    input: Input,
}

enum Input {
    U8(Tensor<u8>),
    I32(Tensor<i32>),
    F32(Tensor<f32>),
}

impl BoundRuns {
    /// For a session on this device.
    pub fn new(device: Device) -> Self {
        Self { device, by_count: BTreeMap::new() }
    }

    /// Runs the graph on pictures, each `[height][width][3]` RGB u8 of the card's size. Outputs are for `slots` pictures, of
    /// which the first are those given: a device prepares itself for each number anew, so that few numbers are used.
    pub fn run<'s>(
        &'s mut self,
        session: &'s mut Session,
        card: &ImageCard,
        pictures: &[&[u8]],
        slots: usize,
        scratch: &mut Vec<f32>,
    ) -> ort::Result<SessionOutputs<'s>> {
        if !self.by_count.contains_key(&slots) {
            let bound = Bound::new(session, card, slots, self.device)?;
            self.by_count.insert(slots, bound);
        }
        let Some(bound) = self.by_count.get_mut(&slots) else { return Err(ort::Error::new("no buffers")) };
        for (place, rgb) in pictures.iter().enumerate() {
            bound.input.fill(place, card, rgb, scratch);
        }
        bound.bind(&card.name)?;
        let outputs = session.run_binding(&bound.binding)?;
        bound.binding.synchronize_outputs()?;
        Ok(outputs)
    }
}

impl Bound {
    fn new(session: &Session, card: &ImageCard, slots: usize, device: Device) -> ort::Result<Self> {
        let allocator = Allocator::new(session, memory(device, MemoryType::CPUInput)?)?;
        let mut shape = card.shape();
        shape[0] = slots;
        let mut input = match card.dtype {
            Dtype::U8 => Input::U8(Tensor::new(&allocator, shape)?),
            Dtype::I32 => Input::I32(Tensor::new(&allocator, shape)?),
            Dtype::F32 => Input::F32(Tensor::new(&allocator, shape)?),
        };
        input.clear();
        let mut binding = session.create_binding()?;
        let out = memory(device, MemoryType::CPUOutput)?;
        for output in session.outputs() {
            binding.bind_output_to_device(output.name(), &out)?;
        }
        Ok(Self { binding, input })
    }

    /// Hands the input over as it is now.
    fn bind(&mut self, name: &str) -> ort::Result<()> {
        match &self.input {
            Input::U8(tensor) => self.binding.bind_input(name, tensor)?,
            Input::I32(tensor) => self.binding.bind_input(name, tensor)?,
            Input::F32(tensor) => self.binding.bind_input(name, tensor)?,
        }
        self.binding.synchronize_inputs()
    }
}

/// Memory that the program and the device both reach.
fn memory(device: Device, kind: MemoryType) -> ort::Result<MemoryInfo<'static>> {
    match device {
        Device::Cuda(number) | Device::TensorRt(number) => {
            MemoryInfo::new(AllocationDevice::CUDA_PINNED, number, AllocatorType::Device, kind)
        }
        Device::Cpu | Device::OpenVino => {
            MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::Default)
        }
    }
}

impl Input {
    fn clear(&mut self) {
        match self {
            Self::U8(tensor) => tensor.extract_tensor_mut().1.fill(0),
            Self::I32(tensor) => tensor.extract_tensor_mut().1.fill(0),
            Self::F32(tensor) => tensor.extract_tensor_mut().1.fill(0.0),
        }
    }

    fn fill(&mut self, place: usize, card: &ImageCard, rgb: &[u8], scratch: &mut Vec<f32>) {
        let part = place * rgb.len()..(place + 1) * rgb.len();
        match self {
            Self::U8(tensor) if is_as_stored(card) => {
                tensor.extract_tensor_mut().1[part].copy_from_slice(rgb);
            }
            Self::U8(tensor) => {
                rearrange(card, rgb, scratch);
                write(&mut tensor.extract_tensor_mut().1[part], scratch, |v| v as u8);
            }
            Self::I32(tensor) => {
                rearrange(card, rgb, scratch);
                write(&mut tensor.extract_tensor_mut().1[part], scratch, |v| v as i32);
            }
            Self::F32(tensor) => {
                rearrange(card, rgb, scratch);
                tensor.extract_tensor_mut().1[part].copy_from_slice(scratch);
            }
        }
    }
}

fn write<T>(to: &mut [T], from: &[f32], convert: impl Fn(f32) -> T) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = convert(*from));
}
