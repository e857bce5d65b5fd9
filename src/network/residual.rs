//! The passes of a pre-norm residual network.

use super::activate::{activate, arriving_finish, pull_back};
use super::head;
use super::layout::Layout;
use super::matmul::{multiply, Finish, Matrix};
use super::mlp::{input_gradient, linear_gradient};
use super::normalisation;
use super::workspace::Workspace;
use crate::formula::kernel::Activation;

/// Predictions for the first `rows` rows of the workspace's inputs, into its output; with slopes kept for [`backward`] where `learning`.
pub(super) fn forward(activation: &mut Activation, layout: &Layout, workspace: &mut Workspace, rows: usize, learning: bool) {
    let Workspace { set, parameters, inputs, layers, tile, whole, output, stream, .. } = workspace;
    let set = *set;
    let entry = layout.hidden[0];
    let (dimension, width) = (entry.weights.rows, entry.weights.columns);
    let into_stream = Matrix::new(entry.weights.of(parameters), dimension, width);
    multiply(set, Matrix::new(inputs, rows, dimension), into_stream, Some(entry.bias.of(parameters)), Finish::Store, stream);
    for ((block, own), layer) in layout.blocks.iter().zip(&layout.activations).zip(layers) {
        let (gain, shift) = (block.gain.of(parameters), block.shift.of(parameters));
        let (normalised, shifted, reciprocal) = (&mut *layer.normalised, &mut *layer.shifted, &mut layer.reciprocal[..rows]);
        set.run(normalisation::Forward { input: stream, gain, shift, normalised, shifted, reciprocal });
        let input = Matrix::new(&layer.shifted, rows, width);
        activate(set, activation, input, block.first, *own, parameters, [tile, &mut whole[0]], &mut layer.hidden, learning);
        let second = block.second;
        let inner = second.weights.rows;
        let weights = Matrix::new(second.weights.of(parameters), inner, width);
        multiply(set, Matrix::new(&layer.hidden.value, rows, inner), weights, Some(second.bias.of(parameters)), Finish::Add, stream);
    }
    let weights = layout.head.weights.of(parameters);
    head::predict(set, Matrix::new(stream, rows, width), weights, layout.head.bias.of(parameters)[0], &mut output[..rows]);
}

/// The gradient, from the loss's gradient with respect to the predictions in the workspace's output.
pub(super) fn backward(activation: &mut Activation, layout: &Layout, workspace: &mut Workspace, rows: usize) {
    let Workspace { set, parameters, gradient, inputs, layers, whole, transposed, output, stream, stream_gradient, normalised_gradient, .. } =
        workspace;
    let (set, errors, finish) = (*set, &output[..rows], arriving_finish(activation));
    let entry = layout.hidden[0];
    let (dimension, width) = (entry.weights.rows, entry.weights.columns);
    head::weighted_column_sums(set, Matrix::new(stream, rows, width), errors, layout.head.weights.of_mut(gradient));
    layout.head.bias.of_mut(gradient)[0] = errors.iter().sum();
    head::spread(set, errors, layout.head.weights.of(parameters), Finish::Store, stream_gradient);
    for ((block, own), layer) in layout.blocks.iter().zip(&layout.activations).zip(layers).rev() {
        let inner = block.second.weights.rows;
        let arriving = Matrix::new(stream_gradient, rows, width);
        linear_gradient(set, Matrix::new(&layer.hidden.value, rows, inner), arriving, block.second, gradient);
        input_gradient(set, arriving, block.second, parameters, transposed, finish, &mut layer.hidden.slope);
        pull_back(activation, rows, inner, *own, parameters, gradient, whole, &mut layer.hidden);
        let delta = Matrix::new(&layer.hidden.slope, rows, inner);
        linear_gradient(set, Matrix::new(&layer.shifted, rows, width), delta, block.first, gradient);
        input_gradient(set, delta, block.first, parameters, transposed, Finish::Store, normalised_gradient);
        let (gain, reciprocal) = (block.gain.of(parameters), &layer.reciprocal[..rows]);
        let gradients = Matrix::new(normalised_gradient, rows, width);
        normalisation::gain_gradient(set, gradients, Matrix::new(&layer.normalised, rows, width), block.gain.of_mut(gradient));
        head::column_sums(set, gradients, block.shift.of_mut(gradient));
        let (shifted_gradient, normalised, input_gradient) = (&mut **normalised_gradient, &*layer.normalised, &mut **stream_gradient);
        set.run(normalisation::Backward { shifted_gradient, normalised, reciprocal, gain, input_gradient });
    }
    linear_gradient(set, Matrix::new(inputs, rows, dimension), Matrix::new(stream_gradient, rows, width), entry, gradient);
}
