//! The passes of a plain MLP.

use super::activate::{activate, activate_normalised, arriving_finish, pull_back};
use super::head;
use super::layout::{HiddenLayer, Linear, PanelLayout};
use super::matmul::{multiply, multiply_transposed, transpose, Finish, Matrix};
use super::normalisation;
use super::workspace::Workspace;
use crate::formula::kernel::Compiled;
use crate::formula::vector::InstructionSet;
use crate::nets::Normalisation;
use crate::numerics::buffer::Buffer;

/// Predictions for the first `rows` rows of the workspace's inputs, into its output; with slopes
/// kept for [`backward`] where `learning`.
pub(super) fn forward(
    activation: &mut Compiled,
    body: &[HiddenLayer],
    layout: &PanelLayout,
    workspace: &mut Workspace,
    rows: usize,
    learning: bool,
) {
    let Workspace {
        set,
        parameters,
        inputs,
        layers,
        tile,
        whole,
        output,
        ..
    } = workspace;
    for (index, (part, own)) in body.iter().zip(&layout.activations).enumerate() {
        let (before, from_here) = layers.split_at_mut(index);
        let layer = &mut from_here[0];
        let (linear, input) = (
            part.linear,
            before.last().map_or(&*inputs, |layer| &layer.hidden.value),
        );
        let input = Matrix::new(input, rows, linear.weights.rows);
        match part.norm {
            None => activate(
                *set,
                activation,
                input,
                linear,
                *own,
                parameters,
                [tile, &mut whole[0]],
                &mut layer.hidden,
                learning,
            ),
            Some(norm) => activate_normalised(
                *set,
                activation,
                input,
                (linear, norm),
                *own,
                parameters,
                &mut whole[0],
                layer,
                learning,
            ),
        }
    }
    let width = layout.head.weights.columns;
    let last = Matrix::new(&layers[body.len() - 1].hidden.value, rows, width);
    head::predict(
        *set,
        last,
        layout.head.weights.of(parameters),
        layout.head.bias.of(parameters)[0],
        &mut output[..rows],
    );
}

/// The gradient, from the loss's gradient with respect to the predictions in the workspace's
/// output.
pub(super) fn backward(
    activation: &mut Compiled,
    body: &[HiddenLayer],
    layout: &PanelLayout,
    workspace: &mut Workspace,
    rows: usize,
) {
    let Workspace {
        set,
        parameters,
        gradient,
        inputs,
        layers,
        whole,
        transposed,
        output,
        ..
    } = workspace;
    let (set, errors, width, finish) = (
        *set,
        &output[..rows],
        layout.head.weights.columns,
        arriving_finish(activation),
    );
    let last = &mut layers[body.len() - 1].hidden;
    head::weighted_column_sums(
        set,
        Matrix::new(&last.value, rows, width),
        errors,
        layout.head.weights.of_mut(gradient),
    );
    layout.head.bias.of_mut(gradient)[0] = errors.iter().sum();
    head::spread(
        set,
        errors,
        layout.head.weights.of(parameters),
        finish,
        &mut last.slope[..rows * width],
    );
    for (index, (part, own)) in body.iter().zip(&layout.activations).enumerate().rev() {
        let (before, from_here) = layers.split_at_mut(index);
        let layer = &mut from_here[0];
        pull_back(
            activation,
            rows,
            width,
            *own,
            parameters,
            gradient,
            whole,
            &mut layer.hidden,
        );
        if let Some(norm) = part.norm {
            normalisation::backward(
                set,
                norm,
                parameters,
                gradient,
                rows,
                &mut layer.hidden.slope[..rows * width],
                &layer.normalised,
                None,
            );
        }
        let delta = Matrix::new(&layer.hidden.slope, rows, width);
        let previous = before.last_mut().map(|layer| &mut layer.hidden);
        let input = previous
            .as_ref()
            .map_or(&*inputs, |previous| &previous.value);
        multiply_transposed(
            set,
            Matrix::new(input, rows, part.linear.weights.rows),
            delta,
            part.linear.weights.of_mut(gradient),
        );
        bias_gradient(set, part, delta, gradient);
        if let Some(previous) = previous {
            input_gradient(
                set,
                delta,
                part.linear,
                parameters,
                transposed,
                finish,
                &mut previous.slope,
            );
        }
    }
}

/// A batch's mean takes the bias away: what rounding would leave of its gradient, an optimiser of
/// unit steps would make into a random walk.
fn bias_gradient(set: InstructionSet, part: &HiddenLayer, delta: Matrix, gradient: &mut [f32]) {
    let bias = part.linear.bias.of_mut(gradient);
    match part.norm {
        Some(norm) if norm.kind == Normalisation::Batch => bias.fill(0.0),
        _ => head::column_sums(set, delta, bias),
    }
}

/// The gradient of a linear map's weights and bias, from its input and the loss's gradient with
/// respect to its output.
pub(super) fn linear_gradient(
    set: InstructionSet,
    input: Matrix,
    delta: Matrix,
    linear: Linear,
    gradient: &mut [f32],
) {
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
    transpose(
        Matrix::new(linear.weights.of(parameters), fan_in, fan_out),
        transposed,
    );
    multiply(
        set,
        delta,
        Matrix::new(transposed, fan_out, fan_in),
        None,
        finish,
        output,
    );
}
