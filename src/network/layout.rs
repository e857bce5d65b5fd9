//! Where each tensor of a network lies in the flat parameter vector, and how the vector starts.

use super::definition::{Initialisation, NetworkDefinition, NetworkKind};
use super::matmul::panel;
use crate::formula::graph::Parameter;
use crate::stream::Stream;

/// A matrix in panels, or a vector as one row; its first element lies on a cache line.
#[derive(Clone, Copy)]
pub(super) struct Tensor {
    pub rows: usize,
    pub columns: usize,
    start: usize,
    deviation: f64,
    fill: f32,
}

impl Tensor {
    pub fn of(self, vector: &[f32]) -> &[f32] {
        &vector[self.start..self.start + self.rows * self.columns]
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

/// A pre-norm residual block: LayerNorm's gain and shift, then the two linear maps.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub gain: Tensor,
    pub shift: Tensor,
    pub first: Linear,
    pub second: Linear,
}

/// The parameters of a network, in order: its first linear map, its hidden layers or blocks, its head, and layer by layer those of its activation.
pub(super) struct Layout {
    tensors: Vec<Tensor>,
    len: usize,
    /// `mlp`: every hidden layer; `residual`: the map into the stream.
    pub hidden: Vec<Linear>,
    /// `residual` only.
    pub blocks: Vec<Block>,
    /// The weights of the single output (a vector) and its bias.
    pub head: Linear,
    /// The activation's trainable parameters in every hidden layer or block, as one row each; they are last in the vector.
    pub activations: Vec<Tensor>,
    first_of_activations: usize,
}

const ALIGNMENT: usize = 16;

impl Layout {
    pub fn new(network: &NetworkDefinition, dimension: usize, activation: &[Parameter]) -> Layout {
        let mut tensors = Builder::default();
        let (mut hidden, mut blocks) = (Vec::new(), Vec::new());
        let width = network.width;
        match network.kind {
            NetworkKind::Mlp => {
                for layer in 0..network.depth {
                    let fan_in = if layer == 0 { dimension } else { width };
                    hidden.push(tensors.linear(fan_in, width, network.initialisation.deviation(fan_in)));
                }
            }
            NetworkKind::Residual => {
                hidden.push(tensors.linear(dimension, width, (1.0 / dimension as f64).sqrt()));
                let inner = network.inner_width.expect("a checked residual network has an inner width");
                let Initialisation::PreActivationDeviation(target) = network.initialisation else {
                    panic!("a checked residual network is initialised by its pre-activations' deviation")
                };
                let deviation = target / (width as f64).sqrt();
                for _ in 0..network.depth {
                    blocks.push(Block {
                        gain: tensors.push(1, width, 0.0, 1.0),
                        shift: tensors.push(1, width, 0.0, 0.0),
                        first: tensors.linear(width, inner, deviation),
                        second: tensors.linear(inner, width, deviation),
                    });
                }
            }
        }
        let head = Linear { weights: tensors.push(1, width, network.initialisation.deviation(width), 0.0), bias: tensors.push(1, 1, 0.0, 0.0) };
        let first_of_activations = tensors.len;
        let features = network.inner_width.unwrap_or(width);
        let activations = (0..network.depth).map(|_| tensors.activation(activation, features)).collect();
        Layout { tensors: tensors.tensors, len: tensors.len, hidden, blocks, head, activations, first_of_activations }
    }

    /// Cuts a flat vector into the network's own parameters and those of its activations.
    pub fn split<'a>(&self, vector: &'a mut [f32]) -> (&'a mut [f32], &'a mut [f32]) {
        vector.split_at_mut(self.first_of_activations)
    }

    /// The length of the flat vector, padding included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows and columns of every tensor, in order.
    pub fn shapes(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.tensors.iter().map(|tensor| (tensor.rows, tensor.columns))
    }

    /// Draws the parameters: tensor by tensor, row by row, so that the numbers do not depend on how matrices are stored.
    pub fn initialise(&self, stream: &mut Stream, parameters: &mut [f32]) {
        parameters.fill(0.0);
        for tensor in &self.tensors {
            let values = tensor.of_mut(parameters);
            for_each_element(tensor, |index| {
                values[index] = if tensor.deviation > 0.0 { (tensor.deviation * stream.normal()) as f32 } else { tensor.fill };
            });
        }
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
    fn push(&mut self, rows: usize, columns: usize, deviation: f64, fill: f32) -> Tensor {
        let tensor = Tensor { rows, columns, start: self.len, deviation, fill };
        self.tensors.push(tensor);
        self.len = (self.len + rows * columns).next_multiple_of(ALIGNMENT);
        tensor
    }

    fn linear(&mut self, fan_in: usize, fan_out: usize, deviation: f64) -> Linear {
        Linear { weights: self.push(fan_in, fan_out, deviation, 0.0), bias: self.push(1, fan_out, 0.0, 0.0) }
    }

    /// The parameters of one layer's activation side by side, each a tensor of its own in the list, together one row.
    fn activation(&mut self, parameters: &[Parameter], features: usize) -> Tensor {
        let start = self.len;
        for parameter in parameters {
            let columns = parameter.values(features);
            self.tensors.push(Tensor { rows: 1, columns, start: self.len, deviation: 0.0, fill: parameter.initial() as f32 });
            self.len += columns;
        }
        let columns = self.len - start;
        self.len = self.len.next_multiple_of(ALIGNMENT);
        Tensor { rows: 1, columns, start, deviation: 0.0, fill: 0.0 }
    }
}
