//! What a pass carries from layer to layer, and the steps that plain and residual networks share.

use super::head;
use super::layout::{Linear, Norm};
use super::matmul::{multiply, multiply_transposed, transpose, Finish, Matrix};
use super::normalisation::{self, Normalised};
use crate::formula::vector::InstructionSet;
use crate::numerics::buffer::Buffer;

/// A forward pass on its way through the layers.
pub(super) struct ForwardPass<'a> {
    pub set: InstructionSet,
    /// Rows that pass together.
    pub rows: usize,
    /// Whether what the backward pass needs is stored.
    pub learning: bool,
    pub parameters: &'a [f32],
    /// Room for the pre-activations of some rows of one panel.
    pub tile: &'a mut Buffer,
    /// Room for one tensor of `rows x units`.
    pub whole: &'a mut Buffer,
}

impl ForwardPass<'_> {
    /// `output = input weights + bias`, or another `finish`.
    pub fn linear(&self, linear: Linear, input: Matrix, finish: Finish, output: &mut [f32]) {
        let bias = Some(linear.bias.of(self.parameters));
        let weights = linear.matrix(self.parameters);
        multiply(self.set, input, weights, bias, finish, output);
    }

    /// The predictions from the last hidden values, one a row.
    pub fn predict(&self, head: Linear, last: Matrix, output: &mut [f32]) {
        let bias = head.bias.of(self.parameters)[0];
        let weights = head.weights.of(self.parameters);
        head::predict(self.set, last, weights, bias, output);
    }
}

/// A backward pass on its way through the layers.
pub(super) struct BackwardPass<'a> {
    pub set: InstructionSet,
    /// Rows that pass together.
    pub rows: usize,
    pub parameters: &'a [f32],
    /// The loss's gradient with respect to the parameters, filled tensor by tensor.
    pub gradient: &'a mut [f32],
    /// Room for the tensors on their way into an activation's gradient and out of it.
    pub whole: &'a mut [Buffer; 2],
    /// Room for a weight matrix transposed.
    pub transposed: &'a mut Buffer,
}

impl BackwardPass<'_> {
    /// The gradient of the head's weights and bias from the last hidden values and `errors`, the
    /// loss's gradient with respect to the predictions; and that with respect to the last hidden
    /// values, by `finish` into `arriving`.
    pub fn head(
        &mut self,
        head: Linear,
        last: Matrix,
        errors: &[f32],
        finish: Finish,
        arriving: &mut [f32],
    ) {
        head::weighted_column_sums(self.set, last, errors, head.weights.of_mut(self.gradient));
        head.bias.of_mut(self.gradient)[0] = errors.iter().sum();
        let weights = head.weights.of(self.parameters);
        head::spread(self.set, errors, weights, finish, arriving);
    }

    /// The gradient of a linear map's weights and bias, from its input and the loss's gradient with
    /// respect to its output.
    pub fn linear(&mut self, linear: Linear, input: Matrix, delta: Matrix) {
        self.weights(linear, input, delta);
        head::column_sums(self.set, delta, linear.bias.of_mut(self.gradient));
    }

    /// The gradient of a linear map's weights alone.
    pub fn weights(&mut self, linear: Linear, input: Matrix, delta: Matrix) {
        let weights = linear.weights.of_mut(self.gradient);
        multiply_transposed(self.set, input, delta, weights);
    }

    /// The loss's gradient with respect to a linear map's input, by `finish` into `output`.
    pub fn input(&mut self, linear: Linear, delta: Matrix, finish: Finish, output: &mut [f32]) {
        let (fan_in, fan_out) = (linear.weights.rows, linear.weights.columns);
        transpose(linear.matrix(self.parameters), self.transposed);
        let transposed = Matrix::new(self.transposed, fan_out, fan_in);
        multiply(self.set, delta, transposed, None, finish, output);
    }

    /// The gradients of a normalisation's gain, shift and input, as [`normalisation::backward`]
    /// gives them.
    pub fn normalisation(
        &mut self,
        norm: Norm,
        normalised: &Normalised,
        shifted_gradient: &mut [f32],
        sum: Option<&mut [f32]>,
    ) {
        normalisation::backward(
            self.set,
            norm,
            self.parameters,
            self.gradient,
            self.rows,
            shifted_gradient,
            normalised,
            sum,
        );
    }
}
