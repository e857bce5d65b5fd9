//! A formula made ready to train, whatever its class.

use super::pointwise::Kernel;
use super::tensor::TensorKernel;
use crate::graph::Parameter;

/// What a network applies to its pre-activations.
#[derive(Clone)]
pub enum Compiled {
    /// Pointwise and without parameters: f and f' in one pass, element by element.
    Pointwise(Kernel),
    /// Of any class, with any parameters: f, and the gradients from the one that arrives, over
    /// whole tensors.
    Tensor(Box<TensorKernel>),
}

impl From<Kernel> for Compiled {
    fn from(kernel: Kernel) -> Compiled {
        Compiled::Pointwise(kernel)
    }
}

impl From<TensorKernel> for Compiled {
    fn from(kernel: TensorKernel) -> Compiled {
        Compiled::Tensor(Box::new(kernel))
    }
}

impl Compiled {
    /// The trainable parameters, in the order of the text.
    #[inline]
    pub fn parameters(&self) -> &[Parameter] {
        match self {
            Compiled::Pointwise(_) => &[],
            Compiled::Tensor(kernel) => kernel.parameters(),
        }
    }
}
