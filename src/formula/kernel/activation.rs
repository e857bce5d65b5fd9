//! A formula made ready to train, whatever its class.

use super::{Kernel, TensorKernel};
use crate::formula::graph::Parameter;

/// What a network applies to its pre-activations.
#[derive(Clone)]
pub enum Activation {
    /// Pointwise and without parameters: f and f' in one pass, element by element.
    Pointwise(Kernel),
    /// Of any class, with any parameters: f, and the gradients from the one that arrives, over
    /// whole tensors.
    Tensor(Box<TensorKernel>),
}

impl From<Kernel> for Activation {
    fn from(kernel: Kernel) -> Activation {
        Activation::Pointwise(kernel)
    }
}

impl From<TensorKernel> for Activation {
    fn from(kernel: TensorKernel) -> Activation {
        Activation::Tensor(Box::new(kernel))
    }
}

impl Activation {
    /// The trainable parameters, in the order of the text.
    pub fn parameters(&self) -> &[Parameter] {
        match self {
            Activation::Pointwise(_) => &[],
            Activation::Tensor(kernel) => kernel.parameters(),
        }
    }
}
