//! Networks for real data: published architectures as lists of layers, trained by own passes over
//! preallocated maps, or by Candle on any device.

mod affine;
mod architecture;
pub mod candle;
mod channels;
pub mod convolution;
mod definition;
mod dropout;
mod engine;
mod gradients;
mod loss;
mod mixed;
pub mod pooling;
mod state;
mod unit;

pub use self::architecture::{Architecture, ArchitectureError};
pub use self::definition::{
    Definition, DefinitionError, Layer, LayerKind, Layout, MapId, MapShape, ParameterTensor, Role,
    Shift,
};
pub use self::dropout::Dropout;
pub use self::engine::{Activations, Engine, Loss, Mode};
pub use self::loss::{cross_entropy, cross_entropy_of_softmax, BatchLoss};
pub use self::state::{StateError, StateTensor};
