//! What a layer applies to its pre-activations.

use super::mixed::Mixed;
use crate::buffer::Buffer;
use crate::formula::kernel::{Activation, Kernel, TensorKernel};
use crate::formula::Shape;

/// Elements of the longest vector of any instruction set.
const VECTOR: usize = 16;
/// Tensors that a kernel copies where they do not fill whole vectors.
const COPIES: usize = 3;

/// The activation of one layer.
pub enum Unit {
    /// Pre-activations as they are.
    Identity,
    /// A pointwise formula without parameters.
    Pointwise(Kernel),
    /// A formula of any class with any parameters, over the whole map: its rows are the places of all images, its features the channels.
    Tensor(Box<TensorKernel>),
    /// A choice for each channel among several pointwise formulas.
    Mixed(Box<Mixed>),
}

impl From<&Activation> for Unit {
    fn from(activation: &Activation) -> Unit {
        match activation {
            Activation::Pointwise(kernel) => Unit::Pointwise(kernel.clone()),
            Activation::Tensor(kernel) => Unit::Tensor(kernel.clone()),
        }
    }
}

impl Unit {
    /// Bytes that a formula over tensors holds in a layer whose map has `places` and `channels`, for batches of up to `batch` images.
    pub fn tensor_bytes(kernel: &TensorKernel, batch: usize, places: usize, channels: usize) -> u64 {
        let of = |images: usize| kernel.bytes(Shape { rows: images * places, features: channels });
        let (said, is_taken_whole) = (of(batch), of(2 * batch) > of(batch));
        // A kernel counts copies of x, of f and of the gradient, but makes them only where images do not fill whole vectors. Where it takes some rows at a
        // time they are too small to matter.
        let fills_vectors = (places * channels).is_multiple_of(VECTOR);
        let copies = if is_taken_whole && fills_vectors { COPIES * size_of::<f32>() * batch * places * channels } else { 0 };
        said.saturating_sub(copies as u64)
    }
}

/// Memory of one block.
#[derive(Default)]
pub struct Tiles {
    pub pre_activation: Buffer,
    pub value: Buffer,
    pub slope: Buffer,
}

impl Tiles {
    /// Tiles of so many elements.
    pub fn prepare(&mut self, elements: usize) {
        for tile in [&mut self.pre_activation, &mut self.value, &mut self.slope] {
            tile.resize(elements);
        }
    }
}
