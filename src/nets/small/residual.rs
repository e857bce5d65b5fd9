//! The passes of a pre-norm residual network.

use super::activate::{activate, arriving_finish, pull_back};
use super::head;
use super::layout::{Block, Linear, PanelLayout};
use super::matmul::{multiply, Finish, Matrix};
use super::mlp::{input_gradient, linear_gradient};
use super::normalisation;
use super::workspace::Workspace;
use crate::formula::kernel::Compiled;

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
        whole,
        output,
        stream,
        ..
    } = workspace;
    let set = *set;
    let (dimension, width) = (entry.weights.rows, entry.weights.columns);
    let into_stream = Matrix::new(entry.weights.of(parameters), dimension, width);
    multiply(
        set,
        Matrix::new(inputs, rows, dimension),
        into_stream,
        Some(entry.bias.of(parameters)),
        Finish::Store,
        stream,
    );
    for ((block, own), layer) in blocks.iter().zip(&layout.activations).zip(layers) {
        match block.norm {
            None => layer.shifted[..rows * width].copy_from_slice(&stream[..rows * width]),
            Some(norm) => normalisation::forward(
                set,
                norm,
                parameters,
                rows,
                stream,
                &mut layer.normalised,
                &mut layer.shifted,
                learning,
            ),
        }
        let input = Matrix::new(&layer.shifted, rows, width);
        activate(
            set,
            activation,
            input,
            block.first,
            *own,
            parameters,
            [tile, &mut whole[0]],
            &mut layer.hidden,
            learning,
        );
        let second = block.second;
        let inner = second.weights.rows;
        let weights = Matrix::new(second.weights.of(parameters), inner, width);
        multiply(
            set,
            Matrix::new(&layer.hidden.value, rows, inner),
            weights,
            Some(second.bias.of(parameters)),
            Finish::Add,
            stream,
        );
    }
    let weights = layout.head.weights.of(parameters);
    head::predict(
        set,
        Matrix::new(stream, rows, width),
        weights,
        layout.head.bias.of(parameters)[0],
        &mut output[..rows],
    );
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
    let (set, errors, finish) = (*set, &output[..rows], arriving_finish(activation));
    let (dimension, width) = (entry.weights.rows, entry.weights.columns);
    head::weighted_column_sums(
        set,
        Matrix::new(stream, rows, width),
        errors,
        layout.head.weights.of_mut(gradient),
    );
    layout.head.bias.of_mut(gradient)[0] = errors.iter().sum();
    head::spread(
        set,
        errors,
        layout.head.weights.of(parameters),
        Finish::Store,
        stream_gradient,
    );
    for ((block, own), layer) in blocks.iter().zip(&layout.activations).zip(layers).rev() {
        let inner = block.second.weights.rows;
        let arriving = Matrix::new(stream_gradient, rows, width);
        linear_gradient(
            set,
            Matrix::new(&layer.hidden.value, rows, inner),
            arriving,
            block.second,
            gradient,
        );
        input_gradient(
            set,
            arriving,
            block.second,
            parameters,
            transposed,
            finish,
            &mut layer.hidden.slope,
        );
        pull_back(
            activation,
            rows,
            inner,
            *own,
            parameters,
            gradient,
            whole,
            &mut layer.hidden,
        );
        let delta = Matrix::new(&layer.hidden.slope, rows, inner);
        linear_gradient(
            set,
            Matrix::new(&layer.shifted, rows, width),
            delta,
            block.first,
            gradient,
        );
        let Some(norm) = block.norm else {
            input_gradient(
                set,
                delta,
                block.first,
                parameters,
                transposed,
                Finish::Add,
                stream_gradient,
            );
            continue;
        };
        input_gradient(
            set,
            delta,
            block.first,
            parameters,
            transposed,
            Finish::Store,
            shifted_gradient,
        );
        normalisation::backward(
            set,
            norm,
            parameters,
            gradient,
            rows,
            &mut shifted_gradient[..rows * width],
            &layer.normalised,
            Some(stream_gradient),
        );
    }
    linear_gradient(
        set,
        Matrix::new(inputs, rows, dimension),
        Matrix::new(stream_gradient, rows, width),
        entry,
        gradient,
    );
}
