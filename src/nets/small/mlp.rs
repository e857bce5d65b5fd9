//! The passes of a plain MLP.

use super::activate::{activate, activate_normalised, arriving_finish, pull_back};
use super::head;
use super::layout::{HiddenLayer, PanelLayout, PanelTensor};
use super::matmul::Matrix;
use super::passes::{BackwardPass, ForwardPass};
use super::workspace::{Hidden, LayerBuffers, Workspace};
use crate::formula::kernel::Compiled;
use crate::nets::Normalisation;

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
        whole: [whole, _],
        output,
        ..
    } = workspace;
    let mut pass = ForwardPass {
        set: *set,
        rows,
        learning,
        parameters,
        tile,
        whole,
    };
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
                &mut pass,
                activation,
                input,
                linear,
                *own,
                &mut layer.hidden,
            ),
            Some(norm) => {
                activate_normalised(&mut pass, activation, input, (linear, norm), *own, layer);
            }
        }
    }
    let width = layout.head.weights.columns;
    let last = Matrix::new(&layers[body.len() - 1].hidden.value, rows, width);
    pass.predict(layout.head, last, &mut output[..rows]);
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
    let mut pass = BackwardPass {
        set: *set,
        rows,
        parameters,
        gradient,
        whole,
        transposed,
    };
    let width = layout.head.weights.columns;
    let last = &mut layers[body.len() - 1].hidden;
    pass.head(
        layout.head,
        Matrix::new(&last.value, rows, width),
        &output[..rows],
        arriving_finish(activation),
        &mut last.slope[..rows * width],
    );
    for (index, (part, own)) in body.iter().zip(&layout.activations).enumerate().rev() {
        let (before, from_here) = layers.split_at_mut(index);
        let layer = &mut from_here[0];
        pull_back_layer(&mut pass, activation, part, *own, layer);
        let previous = before.last_mut().map(|layer| &mut layer.hidden);
        let delta = Matrix::new(&layer.hidden.slope, rows, width);
        linear_gradients(&mut pass, activation, part, inputs, delta, previous);
    }
}

/// Makes the loss's gradient with respect to the output of a layer's linear map of the one that
/// arrived in its slope.
fn pull_back_layer(
    pass: &mut BackwardPass,
    activation: &mut Compiled,
    part: &HiddenLayer,
    own: PanelTensor,
    layer: &mut LayerBuffers,
) {
    let width = part.linear.weights.columns;
    pull_back(pass, activation, width, own, &mut layer.hidden);
    if let Some(norm) = part.norm {
        let delta = &mut layer.hidden.slope[..pass.rows * width];
        pass.normalisation(norm, &layer.normalised, delta, None);
    }
}

/// The gradients of a layer's linear map from `delta`, that of its output; and that of its input
/// into the slope of the `previous` layer, where there is one. The first layer reads `inputs`.
fn linear_gradients(
    pass: &mut BackwardPass,
    activation: &Compiled,
    part: &HiddenLayer,
    inputs: &[f32],
    delta: Matrix,
    previous: Option<&mut Hidden>,
) {
    let linear = part.linear;
    let input = previous.as_ref().map_or(inputs, |previous| &previous.value);
    let input = Matrix::new(input, pass.rows, linear.weights.rows);
    pass.weights(linear, input, delta);
    bias_gradient(pass, part, delta);
    if let Some(previous) = previous {
        let finish = arriving_finish(activation);
        pass.input(linear, delta, finish, &mut previous.slope);
    }
}

/// A batch's mean takes the bias away: what rounding would leave of its gradient, an optimiser of
/// unit steps would make into a random walk.
fn bias_gradient(pass: &mut BackwardPass, part: &HiddenLayer, delta: Matrix) {
    let bias = part.linear.bias.of_mut(pass.gradient);
    match part.norm {
        Some(norm) if norm.kind == Normalisation::Batch => bias.fill(0.0),
        _ => head::column_sums(pass.set, delta, bias),
    }
}
