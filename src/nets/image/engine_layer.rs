//! The layers of the engine, made from the layers of a network's description.

use super::affine::{Affine, Places};
use super::convolution::{Convolution, Scratch};
use super::dropout::Dropout;
use super::pooling::{AveragePool, MaxPool, Subsample};
use crate::formula::vector::InstructionSet;
use crate::nets::description::NetworkDescription;
use crate::nets::layer::{LayerKind, MapId, MapShape, Shift};
use crate::nets::parameters::{ParameterLayout, Role};

/// A layer of the engine, with what it keeps from pass to pass.
pub enum EngineLayer {
    Convolution {
        convolution: Box<Convolution>,
        residual: Option<MapId>,
    },
    Affine {
        affine: Box<Affine>,
        residual: Option<MapId>,
    },
    MaxPool(MaxPool),
    AveragePool(AveragePool),
    Subsample(Subsample),
    Dropout(Dropout),
}

impl EngineLayer {
    /// The layer at a place of a network, for batches of up to `batch` images; `scratch` grows to
    /// what it needs.
    pub fn new(
        set: InstructionSet,
        description: &NetworkDescription,
        layout: &ParameterLayout,
        index: usize,
        batch: usize,
        scratch: &mut Scratch,
    ) -> EngineLayer {
        let layer = &description.layers[index];
        let (input, output) = (
            description.map(layer.input),
            description.map(MapId(index + 1)),
        );
        match layer.kind {
            LayerKind::Convolution { .. } | LayerKind::Linear { .. } => {
                let (maps, window, wants_gradient) = convolution_of(description, index)
                    .expect("a linear layer is one over a map of one place");
                let convolution =
                    Box::new(Convolution::new(set, maps, window, batch, wants_gradient));
                convolution.prepare(scratch);
                EngineLayer::Convolution {
                    convolution,
                    residual: layer.residual(),
                }
            }
            LayerKind::Affine {
                shift, residual, ..
            } => {
                assert_ne!(
                    shift,
                    Shift::LayerNormalisation,
                    "the fused passes over maps have no layer normalisation"
                );
                let places = places(layout, index);
                let affine = Box::new(Affine::new(set, output.channels, shift, places));
                EngineLayer::Affine { affine, residual }
            }
            LayerKind::MaxPool {
                kernel,
                stride,
                padding,
            } => EngineLayer::MaxPool(MaxPool {
                input,
                output,
                kernel,
                stride,
                padding,
            }),
            LayerKind::AveragePool => EngineLayer::AveragePool(AveragePool { input }),
            LayerKind::Subsample { stride, .. } => EngineLayer::Subsample(Subsample {
                input,
                output,
                stride,
            }),
            LayerKind::Dropout { per_mille } => EngineLayer::Dropout(Dropout::new(per_mille)),
        }
    }
}

/// Where the parameters of an affine layer lie.
fn places(layout: &ParameterLayout, index: usize) -> Places {
    Places {
        gain: layout.range(index, Role::Gain),
        shift: layout.range(index, Role::Shift),
        activation: layout.activation(index),
    }
}

/// The input and output of a layer that is a convolution or, of a map of one place, as good as one,
/// its kernel, stride and padding, and whether the gradient of its input is wanted.
pub fn convolution_of(
    description: &NetworkDescription,
    index: usize,
) -> Option<([MapShape; 2], [usize; 3], bool)> {
    let layer = &description.layers[index];
    let (input, output) = (
        description.map(layer.input),
        description.map(MapId(index + 1)),
    );
    let (input, window) = match layer.kind {
        LayerKind::Convolution {
            kernel,
            stride,
            padding,
            ..
        } => (input, [kernel, stride, padding]),
        LayerKind::Linear { .. } => (
            MapShape {
                height: 1,
                width: 1,
                channels: input.elements(),
            },
            [1, 1, 0],
        ),
        _ => return None,
    };
    Some(([input, output], window, layer.input != MapId::IMAGE))
}
