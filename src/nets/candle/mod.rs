//! Networks by Candle's operations and its autograd: what `--device` trains of images on an
//! accelerator ([`CandleNetwork`]), and in 64 bits the oracle of all fused passes, for the lab's
//! networks by way of [`Reference`].
//!
//! It has never run on a GPU: tests hold it on the CPU, and every operation in it is one that
//! Candle has on its other devices too. Operations whose gradients Candle gets wrong, or cuts
//! without a word, are put together from others (`maps`), and a training pass fails where a
//! parameter got no gradient.

mod loss;
mod maps;
mod network;
mod passes;
mod reference;
mod state;
pub(crate) mod statistics;
mod training;

pub use loss::cross_entropy;
pub use network::{flat, CandleNetwork};
pub use passes::{KeepFactors, TrainingPass};
pub use reference::Reference;
pub use state::RestoreError;
