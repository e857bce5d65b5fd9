//! What a layer applies to its pre-activations.

use super::mixed_activations::MixedActivations;
use crate::formula::kernel::{Compiled, Kernel, TensorKernel};
use crate::numerics::buffer::Buffer;

/// The activation of one layer.
pub enum Unit {
    /// Pre-activations as they are.
    Identity,
    /// A pointwise formula without parameters.
    Pointwise(Kernel),
    /// A formula of any class with any parameters, over the whole map: its rows are the places of
    /// all images, its features the channels.
    Tensor(Box<TensorKernel>),
    /// A choice for each channel among several pointwise formulas.
    Mixed(Box<MixedActivations>),
}

impl From<&Compiled> for Unit {
    fn from(activation: &Compiled) -> Unit {
        match activation {
            Compiled::Pointwise(kernel) => Unit::Pointwise(kernel.clone()),
            Compiled::Tensor(kernel) => Unit::Tensor(kernel.clone()),
        }
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
