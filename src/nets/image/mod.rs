//! Networks for real data: published architectures as lists of layers, trained by own passes over
//! preallocated maps.

mod affine;
mod architecture;
mod channels;
pub mod convolution;
mod dropout;
mod engine;
mod engine_layer;
mod footprint;
mod gradients;
mod loss;
mod mixed_activations;
pub mod pooling;
mod state;
mod unit;

pub use self::architecture::{Architecture, ArchitectureError};
pub use self::dropout::Dropout;
pub use self::engine::{Activations, Engine, Loss, Mode};
pub use self::loss::{cross_entropy, cross_entropy_of_softmax, BatchLoss};
