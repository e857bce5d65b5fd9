//! The block interpreter: a formula's f and f' over slices of `f32`, in one pass; and over tensors,
//! where a formula reads its row or the batch or has trainable parameters.

mod arithmetic;
mod compiled;
mod exponential;
mod interpreter;
mod lanes;
mod liveness;
mod logarithm;
mod loops;
mod memory;
mod passes;
mod plan;
mod pointwise;
mod power;
mod program;
mod slot;
mod special;
mod stages;
mod tensor;
mod trigonometric;

pub use self::compiled::Compiled;
pub use self::pointwise::Kernel;
pub use self::tensor::TensorKernel;
