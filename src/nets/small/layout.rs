//! Where each tensor of a network lies in the flat parameter vector, and how the vector starts.

use std::ops::Range;

use super::definition::{NetworkDefinition, NetworkKind};
use super::matmul::{panel, Matrix, PANEL};
use crate::formula::graph::Parameter;
use crate::nets::parameters::ParameterTensor;
use crate::nets::{Normalisation, Start};
use crate::numerics::stream::Stream;

/// A matrix in panels, or a vector as one row; its first element lies on a cache line.
#[derive(Clone, Copy)]
pub(super) struct PanelTensor {
    pub rows: usize,
    pub columns: usize,
    /// Where it lies in the flat vector.
    start: usize,
    /// Where it lies in that of a parameter layout.
    plain: usize,
    /// What its numbers start from.
    from: Start,
}

impl PanelTensor {
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
    pub weights: PanelTensor,
    pub bias: PanelTensor,
}

impl Linear {
    /// Returns the weights that stand in a flat vector.
    pub fn matrix(self, vector: &[f32]) -> Matrix<'_> {
        let PanelTensor { rows, columns, .. } = self.weights;
        Matrix::new(self.weights.of(vector), rows, columns)
    }
}

/// A normalisation's gain and shift, one a feature.
#[derive(Clone, Copy)]
pub(super) struct Norm {
    pub kind: Normalisation,
    pub gain: PanelTensor,
    pub shift: PanelTensor,
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
pub(super) struct PanelLayout {
    tensors: Vec<PanelTensor>,
    len: usize,
    pub body: Body,
    /// The weights of the single output (a vector) and its bias.
    pub head: Linear,
    /// The activation's trainable parameters in every hidden layer or block, as one row each; they
    /// are last in the vector.
    pub activations: Vec<PanelTensor>,
    first_of_activations: usize,
}

/// What stands between a network's inputs and its head.
pub(super) enum Body {
    Mlp(Vec<HiddenLayer>),
    /// The map into the stream, and the blocks.
    Residual(Linear, Vec<Block>),
}

const ALIGNMENT: usize = 16;

impl PanelLayout {
    /// Returns the layout of the network's parameters in panels, in the order of
    /// [`NetworkDefinition::parameter_layout`].
    pub fn new(
        network: &NetworkDefinition,
        dimension: usize,
        activation: &[Parameter],
    ) -> PanelLayout {
        let plain = network.parameter_layout(dimension, activation);
        let mut tensors = PanelTensors {
            plain: plain.tensors.iter(),
            made: Vec::new(),
            len: 0,
        };
        let kind = network.normalises();
        let body = match network.kind {
            NetworkKind::Mlp => {
                let layer = |_| HiddenLayer {
                    linear: tensors.linear(),
                    norm: tensors.norm(kind),
                };
                Body::Mlp((0..network.depth).map(layer).collect())
            }
            NetworkKind::Residual => {
                let entry = tensors.linear();
                let block = |_| Block {
                    norm: tensors.norm(kind),
                    first: tensors.linear(),
                    second: tensors.linear(),
                };
                Body::Residual(entry, (0..network.depth).map(block).collect())
            }
        };
        let head = Linear {
            weights: tensors.line(),
            bias: tensors.line(),
        };
        let first_of_activations = tensors.len;
        let activations = (0..network.depth)
            .map(|_| tensors.activation(activation.len()))
            .collect();
        PanelLayout {
            tensors: tensors.made,
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

    /// Where the numbers of a tensor lie in what [`PanelLayout::export`] gives.
    pub fn plain(tensor: PanelTensor) -> Range<usize> {
        tensor.plain..tensor.plain + tensor.rows * tensor.columns
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
fn for_each_element(tensor: &PanelTensor, mut visit: impl FnMut(usize)) {
    for row in 0..tensor.rows {
        for column in 0..tensor.columns {
            let (range, width) = panel(tensor.rows, tensor.columns, column / PANEL);
            visit(range.start + row * width + column % PANEL);
        }
    }
}

/// Tensors in panels in the making, of those of a parameter layout.
struct PanelTensors<'a> {
    /// Those to come.
    plain: std::slice::Iter<'a, ParameterTensor>,
    made: Vec<PanelTensor>,
    len: usize,
}

impl PanelTensors<'_> {
    fn take(&mut self) -> &ParameterTensor {
        self.plain
            .next()
            .expect("a network's layout has all tensors of its layers")
    }

    fn push(&mut self, tensor: PanelTensor) -> PanelTensor {
        self.made.push(tensor);
        self.len = (self.len + tensor.rows * tensor.columns).next_multiple_of(ALIGNMENT);
        tensor
    }

    /// The next tensor as a matrix in panels.
    fn matrix(&mut self) -> PanelTensor {
        let start = self.len;
        let plain = self.take();
        let tensor = PanelTensor {
            rows: plain.shape[0],
            columns: plain.shape[1],
            start,
            plain: plain.range.start,
            from: plain.start,
        };
        self.push(tensor)
    }

    /// The next tensor as one row.
    fn line(&mut self) -> PanelTensor {
        let start = self.len;
        let plain = self.take();
        let tensor = PanelTensor {
            rows: 1,
            columns: plain.range.len(),
            start,
            plain: plain.range.start,
            from: plain.start,
        };
        self.push(tensor)
    }

    fn linear(&mut self) -> Linear {
        Linear {
            weights: self.matrix(),
            bias: self.line(),
        }
    }

    fn norm(&mut self, kind: Normalisation) -> Option<Norm> {
        (kind != Normalisation::None).then(|| Norm {
            kind,
            gain: self.line(),
            shift: self.line(),
        })
    }

    /// The parameters of one layer's activation side by side, each a tensor of its own in the list,
    /// together one row.
    fn activation(&mut self, parameters: usize) -> PanelTensor {
        let start = self.len;
        let mut first = None;
        for _ in 0..parameters {
            let at = self.len;
            let plain = self.take();
            let tensor = PanelTensor {
                rows: 1,
                columns: plain.range.len(),
                start: at,
                plain: plain.range.start,
                from: plain.start,
            };
            first.get_or_insert(tensor.plain);
            self.made.push(tensor);
            self.len += tensor.columns;
        }
        let columns = self.len - start;
        self.len = self.len.next_multiple_of(ALIGNMENT);
        PanelTensor {
            rows: 1,
            columns,
            start,
            plain: first.unwrap_or(0),
            from: Start::Constant(0.0),
        }
    }
}
