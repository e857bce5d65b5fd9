//! Where the parameters of a network lie in one flat vector, and what they start from.

use std::ops::Range;

use super::description::NetworkDescription;
use super::initialisation::{Initialisation, Start};
use super::layer::{Layer, LayerKind, MapId, Shift};
use crate::formula::graph::Parameter;
use crate::numerics::stream::Stream;

/// What a parameter does in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Of a convolution: kernel rows x kernel columns x input channels x output channels; of a
    /// linear layer: inputs x outputs.
    Weights,
    /// A normalisation's factor, one a channel.
    Gain,
    /// A bias, or what a normalisation adds, one a channel.
    Shift,
    /// The activation's own parameter of this place in the order of its text; does not decay.
    Activation(usize),
}

/// A parameter tensor and its place in the flat vector.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterTensor {
    /// The layer's name, then its role: `stage1.block1.convolution1.weights`.
    pub name: String,
    /// The layer's place in the network, from 0.
    pub layer: usize,
    /// What it does there.
    pub role: Role,
    /// Its axes, as its role says; elements stand row by row.
    pub shape: Vec<usize>,
    /// What its numbers start from.
    pub start: Start,
    /// Where it lies in the flat vector.
    pub range: Range<usize>,
}

/// All parameters of a network, one after another; those of the activation come last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterLayout {
    /// In the order of the flat vector, without gaps.
    pub tensors: Vec<ParameterTensor>,
}

impl ParameterLayout {
    /// Returns the parameters of a network in order: layer by layer weights, gain and shift, then
    /// for every activated layer those of the activation, in the order of its text. `weights` says
    /// what the weights of the layer at a place start from, by their fan in and fan out.
    pub fn new(
        description: &NetworkDescription,
        declared: &[Parameter],
        weights: impl Fn(usize, usize, usize) -> Start,
    ) -> ParameterLayout {
        let mut layout = ParameterLayout::default();
        let mut inputs = 0;
        for (index, layer) in description.layers.iter().enumerate() {
            let input = description.map(layer.input);
            let channels = description.map(MapId(index + 1)).channels;
            match layer.kind {
                LayerKind::Convolution {
                    kernel, outputs, ..
                } => {
                    let window = kernel * kernel;
                    inputs = window * input.channels;
                    let shape = vec![kernel, kernel, input.channels, outputs];
                    let start = weights(index, inputs, window * outputs);
                    layout.push(layer, index, Role::Weights, shape, start);
                }
                LayerKind::Linear { outputs } => {
                    inputs = input.elements();
                    let start = weights(index, inputs, outputs);
                    layout.push(layer, index, Role::Weights, vec![inputs, outputs], start);
                }
                LayerKind::Affine { shift, .. } => {
                    if matches!(shift, Shift::BatchNormalisation | Shift::LayerNormalisation) {
                        let start = Start::Constant(1.0);
                        layout.push(layer, index, Role::Gain, vec![channels], start);
                    }
                    if shift != Shift::None {
                        let is_drawn = shift == Shift::Bias
                            && description.initialisation == Initialisation::PyTorch;
                        let start = if is_drawn {
                            description.initialisation.start(inputs, 0)
                        } else {
                            Start::Constant(0.0)
                        };
                        layout.push(layer, index, Role::Shift, vec![channels], start);
                    }
                }
                LayerKind::MaxPool { .. }
                | LayerKind::AveragePool
                | LayerKind::Subsample { .. }
                | LayerKind::Dropout { .. } => {}
            }
        }
        for (index, channels) in description.activated() {
            let layer = &description.layers[index];
            for (place, parameter) in declared.iter().enumerate() {
                let shape = vec![parameter.values(channels)];
                let start = Start::Constant(parameter.initial());
                layout.push(layer, index, Role::Activation(place), shape, start);
            }
        }
        layout
    }

    fn push(&mut self, layer: &Layer, index: usize, role: Role, shape: Vec<usize>, start: Start) {
        let role_name = match role {
            Role::Weights => "weights".to_owned(),
            Role::Gain => "gain".to_owned(),
            Role::Shift => "shift".to_owned(),
            Role::Activation(place) => format!("activation{place}"),
        };
        let begin = self.len();
        let range = begin..begin + shape.iter().product::<usize>();
        self.tensors.push(ParameterTensor {
            name: format!("{}.{role_name}", layer.name),
            layer: index,
            role,
            shape,
            start,
            range,
        });
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// How many there are without those of the activation; only they decay.
    pub fn decaying(&self) -> usize {
        self.tensors
            .iter()
            .rfind(|tensor| !matches!(tensor.role, Role::Activation(_)))
            .map_or(0, |tensor| tensor.range.end)
    }

    /// Where a parameter lies; an empty range where the layer has none of this role.
    pub fn range(&self, layer: usize, role: Role) -> Range<usize> {
        self.tensors
            .iter()
            .find(|tensor| tensor.layer == layer && tensor.role == role)
            .map_or(0..0, |tensor| tensor.range.clone())
    }

    /// Where all parameters of the activation in a layer lie, one after another.
    pub fn activation(&self, layer: usize) -> Range<usize> {
        let mut own = self
            .tensors
            .iter()
            .filter(|tensor| tensor.layer == layer && matches!(tensor.role, Role::Activation(_)));
        let Some(first) = own.next() else { return 0..0 };
        first.range.start..own.next_back().unwrap_or(first).range.end
    }

    /// The values that all parameters start from: draws in the order of the layout.
    pub fn initial(&self, stream: &mut Stream) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.len());
        for tensor in &self.tensors {
            values.extend(tensor.range.clone().map(|_| tensor.start.draw(stream)));
        }
        values
    }
}

impl NetworkDescription {
    /// Returns where every parameter lies in the flat vector and what it starts from, for an
    /// activation with these trainable parameters. Weights that give the logits are always
    /// [`Initialisation::LeCun`], or [`Initialisation::PyTorch`] as all are.
    pub fn layout(&self, declared: &[Parameter]) -> ParameterLayout {
        let last = self.layers.iter().rposition(|layer| {
            matches!(
                layer.kind,
                LayerKind::Linear { .. } | LayerKind::Convolution { .. }
            )
        });
        ParameterLayout::new(self, declared, |index, fan_in, fan_out| {
            let is_logits = last == Some(index) && self.initialisation != Initialisation::PyTorch;
            let initialisation = if is_logits {
                Initialisation::LeCun
            } else {
                self.initialisation
            };
            initialisation.start(fan_in, fan_out)
        })
    }
}
