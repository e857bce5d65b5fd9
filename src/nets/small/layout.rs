//! Where each tensor of a network lies in the flat parameter vector, and how the vector starts.

use std::ops::Range;

use super::definition::{NetworkDefinition, NetworkKind};
use super::matmul::panel;
use crate::formula::graph::Parameter;
use crate::nets::{Initialisation, Normalisation, Start};
use crate::numerics::stream::Stream;

/// A matrix in panels, or a vector as one row; its first element lies on a cache line.
#[derive(Clone, Copy)]
pub(super) struct Tensor {
    pub rows: usize,
    pub columns: usize,
    start: usize,
    from: Start,
}

impl Tensor {
    pub fn of(self, vector: &[f32]) -> &[f32] {
        &vector[self.start..self.start + self.rows * self.columns]
    }

    /// Whether it is a weight matrix: those are what is drawn.
    fn is_weights(&self) -> bool {
        matches!(self.from, Start::Normal(_))
    }

    pub fn of_mut(self, vector: &mut [f32]) -> &mut [f32] {
        &mut vector[self.start..self.start + self.rows * self.columns]
    }
}

/// `fan in x fan out` weights and a bias a column.
#[derive(Clone, Copy)]
pub(super) struct Linear {
    pub weights: Tensor,
    pub bias: Tensor,
}

/// A normalisation's gain and shift, one a feature.
#[derive(Clone, Copy)]
pub(super) struct Norm {
    pub kind: Normalisation,
    pub gain: Tensor,
    pub shift: Tensor,
}

impl Norm {
    /// The parts of a flat vector that belong to the gain and to the shift.
    pub fn both_mut(self, vector: &mut [f32]) -> (&mut [f32], &mut [f32]) {
        let (before, from_shift) = vector.split_at_mut(self.shift.start);
        (
            &mut before[self.gain.start..][..self.gain.columns],
            &mut from_shift[..self.shift.columns],
        )
    }
}

/// A hidden layer of an `mlp`: its linear map, and what its output is normalised by.
#[derive(Clone, Copy)]
pub(super) struct HiddenLayer {
    pub linear: Linear,
    pub norm: Option<Norm>,
}

/// A residual block: what its input is normalised by, then the two linear maps.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub norm: Option<Norm>,
    pub first: Linear,
    pub second: Linear,
}

/// The parameters of a network, in order: its hidden layers, or its map into the stream and its
/// blocks; its head; and layer by layer those of its activation.
pub(super) struct Layout {
    tensors: Vec<Tensor>,
    len: usize,
    pub body: Body,
    /// The weights of the single output (a vector) and its bias.
    pub head: Linear,
    /// The activation's trainable parameters in every hidden layer or block, as one row each; they
    /// are last in the vector.
    pub activations: Vec<Tensor>,
    first_of_activations: usize,
}

/// What stands between a network's inputs and its head.
pub(super) enum Body {
    Mlp(Vec<HiddenLayer>),
    /// The map into the stream, and the blocks.
    Residual(Linear, Vec<Block>),
}

const ALIGNMENT: usize = 16;

impl Layout {
    pub fn new(network: &NetworkDefinition, dimension: usize, activation: &[Parameter]) -> Layout {
        let mut tensors = Builder::default();
        let width = network.width;
        let kind = network.normalises();
        let body = match network.kind {
            NetworkKind::Mlp => {
                let fan_in = |layer| if layer == 0 { dimension } else { width };
                let mut layer = |layer| HiddenLayer {
                    linear: tensors.linear(
                        fan_in(layer),
                        width,
                        network.initialisation.start(fan_in(layer), width),
                    ),
                    norm: tensors.norm(kind, width),
                };
                Body::Mlp((0..network.depth).map(&mut layer).collect())
            }
            NetworkKind::Residual => {
                let entry = tensors.linear(
                    dimension,
                    width,
                    network.initialisation.start(dimension, width),
                );
                let inner = network
                    .inner_width
                    .expect("a checked residual network has an inner width");
                let Initialisation::PreActivationDeviation(target) = network.initialisation else {
                    panic!(
                        "a checked residual network is initialised by its pre-activations' \
                         deviation"
                    )
                };
                let start = Start::Normal(target / (width as f64).sqrt());
                let mut block = |_| Block {
                    norm: tensors.norm(kind, width),
                    first: tensors.linear(width, inner, start),
                    second: tensors.linear(inner, width, start),
                };
                Body::Residual(entry, (0..network.depth).map(&mut block).collect())
            }
        };
        let head = Linear {
            weights: tensors.push(1, width, network.initialisation.start(width, 1)),
            bias: tensors.push(1, 1, Start::Constant(0.0)),
        };
        let first_of_activations = tensors.len;
        let features = network.inner_width.unwrap_or(width);
        let activations = (0..network.depth)
            .map(|_| tensors.activation(activation, features))
            .collect();
        Layout {
            tensors: tensors.tensors,
            len: tensors.len,
            body,
            head,
            activations,
            first_of_activations,
        }
    }

    /// Where in the flat vector the parameters of the activations lie; the network's own are
    /// before.
    pub fn activation_part(&self) -> Range<usize> {
        self.first_of_activations..self.len
    }

    /// The parts of the network's own parameters, in order and without gaps: where they lie, and
    /// whether weight decay acts on them.
    pub fn decaying_parts(&self) -> impl Iterator<Item = (Range<usize>, bool)> + '_ {
        let own = self
            .tensors
            .iter()
            .take_while(|tensor| tensor.start < self.first_of_activations);
        let ends = own
            .clone()
            .skip(1)
            .map(|tensor| tensor.start)
            .chain([self.first_of_activations]);
        own.zip(ends)
            .map(|(tensor, end)| (tensor.start..end, tensor.is_weights()))
    }

    /// The length of the flat vector, padding included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows and columns of every tensor, in order, and whether it is a weight matrix.
    pub fn shapes(&self) -> impl Iterator<Item = (usize, usize, bool)> + '_ {
        self.tensors
            .iter()
            .map(|tensor| (tensor.rows, tensor.columns, tensor.is_weights()))
    }

    /// Draws the parameters: tensor by tensor, row by row, so that the numbers do not depend on how
    /// matrices are stored.
    pub fn initialise(&self, stream: &mut Stream, parameters: &mut [f32]) {
        parameters.fill(0.0);
        for tensor in &self.tensors {
            let values = tensor.of_mut(parameters);
            for_each_element(tensor, |index| {
                values[index] = tensor.from.draw(stream);
            });
        }
    }

    /// Where the numbers of a tensor lie in what [`Layout::export`] gives.
    pub fn plain(&self, tensor: Tensor) -> Range<usize> {
        let before = self
            .tensors
            .iter()
            .take_while(|other| other.start < tensor.start);
        let start = before.map(|other| other.rows * other.columns).sum();
        start..start + tensor.rows * tensor.columns
    }

    /// A flat vector of the engine as plain numbers: tensor by tensor, row by row, without padding.
    pub fn export(&self, vector: &[f32]) -> Vec<f32> {
        let mut plain = Vec::with_capacity(self.len);
        for tensor in &self.tensors {
            let values = tensor.of(vector);
            for_each_element(tensor, |index| plain.push(values[index]));
        }
        plain
    }
}

/// Visits the storage indices of a tensor's elements row by row.
fn for_each_element(tensor: &Tensor, mut visit: impl FnMut(usize)) {
    for row in 0..tensor.rows {
        for column in 0..tensor.columns {
            let (range, width) = panel(tensor.rows, tensor.columns, column / super::matmul::PANEL);
            visit(range.start + row * width + column % super::matmul::PANEL);
        }
    }
}

#[derive(Default)]
struct Builder {
    tensors: Vec<Tensor>,
    len: usize,
}

impl Builder {
    fn push(&mut self, rows: usize, columns: usize, from: Start) -> Tensor {
        let tensor = Tensor {
            rows,
            columns,
            start: self.len,
            from,
        };
        self.tensors.push(tensor);
        self.len = (self.len + rows * columns).next_multiple_of(ALIGNMENT);
        tensor
    }

    fn linear(&mut self, fan_in: usize, fan_out: usize, from: Start) -> Linear {
        Linear {
            weights: self.push(fan_in, fan_out, from),
            bias: self.push(1, fan_out, Start::Constant(0.0)),
        }
    }

    fn norm(&mut self, kind: Normalisation, features: usize) -> Option<Norm> {
        (kind != Normalisation::None).then(|| Norm {
            kind,
            gain: self.push(1, features, Start::Constant(1.0)),
            shift: self.push(1, features, Start::Constant(0.0)),
        })
    }

    /// The parameters of one layer's activation side by side, each a tensor of its own in the list,
    /// together one row.
    fn activation(&mut self, parameters: &[Parameter], features: usize) -> Tensor {
        let start = self.len;
        for parameter in parameters {
            let columns = parameter.values(features);
            self.tensors.push(Tensor {
                rows: 1,
                columns,
                start: self.len,
                from: Start::Constant(parameter.initial()),
            });
            self.len += columns;
        }
        let columns = self.len - start;
        self.len = self.len.next_multiple_of(ALIGNMENT);
        Tensor {
            rows: 1,
            columns,
            start,
            from: Start::Constant(0.0),
        }
    }
}
