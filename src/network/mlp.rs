//! The passes of a plain MLP.

use std::ops::Range;

use super::head;
use super::layout::{Layout, Linear};
use super::matmul::{multiply, multiply_panel, multiply_transposed, panel, transpose, Finish, Matrix, PANEL};
use super::workspace::{Buffer, Workspace};
use crate::formula::kernel::Kernel;
use crate::vector::InstructionSet;

/// Rows of a panel that go through a product and the activation together, while they are in the first-level cache.
pub(super) const ROWS_AT_ONCE: usize = 64;

/// Where the activation's results go.
pub(super) enum Activated<'a> {
    Value(&'a mut [f32]),
    ValueAndSlope(&'a mut [f32], &'a mut [f32]),
}

/// The activation of `input weights + bias`, block by block of rows.
pub(super) fn activate(
    set: InstructionSet,
    kernel: &mut Kernel,
    input: Matrix,
    linear: Linear,
    parameters: &[f32],
    tile: &mut Buffer,
    mut outputs: Activated,
) {
    let weights = Matrix::new(linear.weights.of(parameters), linear.weights.rows, linear.weights.columns);
    let bias = linear.bias.of(parameters);
    for index in 0..weights.panels() {
        let (right, width) = weights.panel(index);
        let bias = &bias[index * PANEL..][..width];
        let (home, _) = panel(input.rows(), weights.columns(), index);
        let mut row = 0;
        while row < input.rows() {
            let rows: Range<usize> = row..input.rows().min(row + ROWS_AT_ONCE);
            let tile = &mut tile[..rows.len() * width];
            multiply_panel(set, input, rows.clone(), right, width, Some(bias), Finish::Store, tile);
            let home = home.start + rows.start * width..home.start + rows.end * width;
            match &mut outputs {
                Activated::Value(value) => kernel.value(tile, &mut value[home]),
                Activated::ValueAndSlope(value, slope) => kernel.value_and_slope(tile, &mut value[home.clone()], &mut slope[home]),
            }
            row = rows.end;
        }
    }
}

/// Predictions for the first `rows` rows of the workspace's inputs, into its output; with slopes kept for [`backward`] where `learning`.
pub(super) fn forward(kernel: &mut Kernel, layout: &Layout, workspace: &mut Workspace, rows: usize, learning: bool) {
    let Workspace { set, parameters, inputs, layers, tile, output, .. } = workspace;
    for (index, &linear) in layout.hidden.iter().enumerate() {
        let (before, from_here) = layers.split_at_mut(index);
        let input = before.last().map_or(&*inputs, |layer| &layer.value);
        let layer = &mut from_here[0];
        let outputs = if learning { Activated::ValueAndSlope(&mut layer.value, &mut layer.slope) } else { Activated::Value(&mut layer.value) };
        activate(*set, kernel, Matrix::new(input, rows, linear.weights.rows), linear, parameters, tile, outputs);
    }
    let width = layout.head.weights.columns;
    let last = Matrix::new(&layers[layout.hidden.len() - 1].value, rows, width);
    head::predict(*set, last, layout.head.weights.of(parameters), layout.head.bias.of(parameters)[0], &mut output[..rows]);
}

/// The gradient, from the loss's gradient with respect to the predictions in the workspace's output.
pub(super) fn backward(layout: &Layout, workspace: &mut Workspace, rows: usize) {
    let Workspace { set, parameters, gradient, inputs, layers, transposed, output, .. } = workspace;
    let (set, errors, width) = (*set, &output[..rows], layout.head.weights.columns);
    let last = layout.hidden.len() - 1;
    head::weighted_column_sums(set, Matrix::new(&layers[last].value, rows, width), errors, layout.head.weights.of_mut(gradient));
    layout.head.bias.of_mut(gradient)[0] = errors.iter().sum();
    head::spread(set, errors, layout.head.weights.of(parameters), Finish::Multiply, &mut layers[last].slope[..rows * width]);
    for (index, linear) in layout.hidden.iter().enumerate().rev() {
        let (before, from_here) = layers.split_at_mut(index);
        let delta = Matrix::new(&from_here[0].slope, rows, width);
        let Some(previous) = before.last_mut() else {
            linear_gradient(set, Matrix::new(inputs, rows, linear.weights.rows), delta, *linear, gradient);
            continue;
        };
        linear_gradient(set, Matrix::new(&previous.value, rows, width), delta, *linear, gradient);
        input_gradient(set, delta, *linear, parameters, transposed, Finish::Multiply, &mut previous.slope);
    }
}

/// The gradient of a linear map's weights and bias, from its input and the loss's gradient with respect to its output.
pub(super) fn linear_gradient(set: InstructionSet, input: Matrix, delta: Matrix, linear: Linear, gradient: &mut [f32]) {
    multiply_transposed(set, input, delta, linear.weights.of_mut(gradient));
    head::column_sums(set, delta, linear.bias.of_mut(gradient));
}

/// The loss's gradient with respect to a linear map's input.
pub(super) fn input_gradient(
    set: InstructionSet,
    delta: Matrix,
    linear: Linear,
    parameters: &[f32],
    transposed: &mut Buffer,
    finish: Finish,
    output: &mut [f32],
) {
    let (fan_in, fan_out) = (linear.weights.rows, linear.weights.columns);
    transpose(Matrix::new(linear.weights.of(parameters), fan_in, fan_out), transposed);
    multiply(set, delta, Matrix::new(transposed, fan_out, fan_in), None, finish, output);
}
