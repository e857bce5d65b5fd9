//! Networks for real data: published architectures as lists of layers, trained by own passes over preallocated maps, or by Candle on any device.

mod architecture;
mod definition;

pub use self::architecture::{Architecture, ArchitectureError};
pub use self::definition::{
    Definition, DefinitionError, Layer, LayerKind, Layout, MapId, MapShape, ParameterTensor, Role, Shift, Start, WeightScale,
};
