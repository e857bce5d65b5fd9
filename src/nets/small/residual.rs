//! The passes of a pre-norm residual network.

use super::activate::{activate, arriving_finish, pull_back};
use super::layout::{Block, Linear, PanelLayout, PanelTensor};
use super::matmul::{Finish, Matrix};
use super::normalisation;
use super::passes::{BackwardPass, ForwardPass};
use super::workspace::{LayerBuffers, Workspace};
use crate::formula::kernel::Compiled;
use crate::numerics::buffer::Buffer;

/// Predictions for the first `rows` rows of the workspace's inputs, into its output; with slopes
/// kept for [`backward`] where `learning`.
pub(super) fn forward(
    activation: &mut Compiled,
    (entry, blocks): (Linear, &[Block]),
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
        stream,
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
    let (dimension, width) = (entry.weights.rows, entry.weights.columns);
    let inputs = Matrix::new(inputs, rows, dimension);
    pass.linear(entry, inputs, Finish::Store, stream);
    for ((block, own), layer) in blocks.iter().zip(&layout.activations).zip(layers) {
        enter_block(&pass, block, stream, layer);
        let input = Matrix::new(&layer.shifted, rows, width);
        let hidden = &mut layer.hidden;
        activate(&mut pass, activation, input, block.first, *own, hidden);
        let inner = Matrix::new(&hidden.value, rows, block.second.weights.rows);
        pass.linear(block.second, inner, Finish::Add, stream);
    }
    let last = Matrix::new(stream, rows, width);
    pass.predict(layout.head, last, &mut output[..rows]);
}

/// The block's input of the stream: normalised where the network does that.
fn enter_block(pass: &ForwardPass, block: &Block, stream: &[f32], layer: &mut LayerBuffers) {
    let elements = pass.rows * block.first.weights.rows;
    match block.norm {
        None => layer.shifted[..elements].copy_from_slice(&stream[..elements]),
        Some(norm) => normalisation::forward(
            pass.set,
            norm,
            pass.parameters,
            pass.rows,
            stream,
            &mut layer.normalised,
            &mut layer.shifted,
            pass.learning,
        ),
    }
}

/// The gradient, from the loss's gradient with respect to the predictions in the workspace's
/// output.
pub(super) fn backward(
    activation: &mut Compiled,
    (entry, blocks): (Linear, &[Block]),
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
        stream,
        stream_gradient,
        shifted_gradient,
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
    let (dimension, width) = (entry.weights.rows, entry.weights.columns);
    let (last, errors) = (Matrix::new(stream, rows, width), &output[..rows]);
    pass.head(layout.head, last, errors, Finish::Store, stream_gradient);
    for ((block, own), layer) in blocks.iter().zip(&layout.activations).zip(layers).rev() {
        let arriving = Matrix::new(stream_gradient, rows, width);
        pull_back_inner(&mut pass, activation, block, *own, arriving, layer);
        leave_block(&mut pass, block, layer, stream_gradient, shifted_gradient);
    }
    let inputs = Matrix::new(inputs, rows, dimension);
    let delta = Matrix::new(stream_gradient, rows, width);
    pass.linear(entry, inputs, delta);
}

/// The gradients of a block's second map and activation, from the one that is `arriving` at the
/// stream; that with respect to the pre-activations stands in the layer's slope then.
fn pull_back_inner(
    pass: &mut BackwardPass,
    activation: &mut Compiled,
    block: &Block,
    own: PanelTensor,
    arriving: Matrix,
    layer: &mut LayerBuffers,
) {
    let hidden = &mut layer.hidden;
    let inner = block.second.weights.rows;
    let value = Matrix::new(&hidden.value, pass.rows, inner);
    pass.linear(block.second, value, arriving);
    let finish = arriving_finish(activation);
    pass.input(block.second, arriving, finish, &mut hidden.slope);
    pull_back(pass, activation, inner, own, hidden);
}

/// The gradients of a block's first map and normalisation, from the one in the layer's slope; that
/// with respect to the block's input is added to that of the stream.
fn leave_block(
    pass: &mut BackwardPass,
    block: &Block,
    layer: &LayerBuffers,
    stream_gradient: &mut [f32],
    shifted_gradient: &mut Buffer,
) {
    let Linear { weights, .. } = block.first;
    let delta = Matrix::new(&layer.hidden.slope, pass.rows, weights.columns);
    let input = Matrix::new(&layer.shifted, pass.rows, weights.rows);
    pass.linear(block.first, input, delta);
    let Some(norm) = block.norm else {
        pass.input(block.first, delta, Finish::Add, stream_gradient);
        return;
    };
    pass.input(block.first, delta, Finish::Store, shifted_gradient);
    let leaving = &mut shifted_gradient[..pass.rows * weights.rows];
    pass.normalisation(norm, &layer.normalised, leaving, Some(stream_gradient));
}
