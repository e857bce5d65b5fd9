//! A hidden layer's activation: forward from the pre-activations, and the gradient back to them.
//!
//! Pointwise formulas run panel by panel, with their slopes kept; all others run over the whole
//! tensor, row by row, and get the arriving gradient.

use std::ops::Range;

use super::layout::{Linear, Norm, PanelTensor};
use super::matmul::{multiply, multiply_panel, panel, Finish, Matrix, PANEL};
use super::normalisation;
use super::workspace::{Hidden, LayerBuffers, ROWS_AT_ONCE};
use crate::formula::kernel::{Compiled, Kernel, TensorKernel};
use crate::formula::vector::InstructionSet;
use crate::formula::Shape;
use crate::numerics::buffer::Buffer;

/// The activation of `input weights + bias` into `hidden`, with what [`pull_back`] needs where
/// `learning`; `own` are the activation's parameters.
#[allow(clippy::too_many_arguments)]
pub(super) fn activate(
    set: InstructionSet,
    activation: &mut Compiled,
    input: Matrix,
    linear: Linear,
    own: PanelTensor,
    parameters: &[f32],
    [tile, whole]: [&mut Buffer; 2],
    hidden: &mut Hidden,
    learning: bool,
) {
    match activation {
        Compiled::Pointwise(kernel) => pointwise(
            set, kernel, input, linear, parameters, tile, hidden, learning,
        ),
        Compiled::Tensor(kernel) => {
            tensor(set, kernel, input, linear, own, parameters, whole, hidden)
        }
    }
}

/// The activation of the normalised `input weights + bias`, with what [`pull_back`] and the
/// normalisation's backward pass need where `learning`.
#[allow(clippy::too_many_arguments)]
pub(super) fn activate_normalised(
    set: InstructionSet,
    activation: &mut Compiled,
    input: Matrix,
    (linear, norm): (Linear, Norm),
    own: PanelTensor,
    parameters: &[f32],
    whole: &mut Buffer,
    layer: &mut LayerBuffers,
    learning: bool,
) {
    let shape = Shape {
        rows: input.rows(),
        features: linear.weights.columns,
    };
    let elements = shape.elements();
    let Hidden {
        value,
        slope,
        pre_activation,
    } = &mut layer.hidden;
    let (value, slope, whole) = (
        &mut value[..elements],
        &mut slope[..elements],
        &mut whole[..elements],
    );
    let weights = Matrix::new(
        linear.weights.of(parameters),
        linear.weights.rows,
        shape.features,
    );
    multiply(
        set,
        input,
        weights,
        Some(linear.bias.of(parameters)),
        Finish::Store,
        slope,
    );
    let mut normalise = |shifted: &mut [f32]| {
        normalisation::forward(
            set,
            norm,
            parameters,
            shape.rows,
            slope,
            &mut layer.normalised,
            shifted,
            learning,
        );
    };
    match activation {
        Compiled::Pointwise(kernel) => {
            normalise(whole);
            if learning {
                kernel.value_and_slope(whole, value, slope);
            } else {
                kernel.value(whole, value);
            }
        }
        Compiled::Tensor(kernel) if shape.features <= PANEL => {
            let x = &mut pre_activation[..elements];
            normalise(x);
            kernel.value(shape, x, own.of(parameters), value);
        }
        Compiled::Tensor(kernel) => {
            normalise(whole);
            kernel.value(
                shape,
                to_rows(shape, whole, &mut pre_activation[..elements]),
                own.of(parameters),
                whole,
            );
            to_panels(shape, whole, value);
        }
    }
}

/// What the arriving gradient does with what stands in `slope` before [`pull_back`].
pub(super) fn arriving_finish(activation: &Compiled) -> Finish {
    match activation {
        Compiled::Pointwise(_) => Finish::Multiply,
        Compiled::Tensor(_) => Finish::Store,
    }
}

/// Makes the loss's gradient with respect to the pre-activations of what the arriving gradient left
/// in `slope`, and that of the activation's parameters.
#[allow(clippy::too_many_arguments)]
pub(super) fn pull_back(
    activation: &mut Compiled,
    rows: usize,
    features: usize,
    own: PanelTensor,
    parameters: &[f32],
    gradient: &mut [f32],
    [arriving, leaving]: &mut [Buffer; 2],
    hidden: &mut Hidden,
) {
    let Compiled::Tensor(kernel) = activation else {
        return;
    };
    let shape = Shape { rows, features };
    let elements = shape.elements();
    let (x, own_gradient) = (&hidden.pre_activation[..elements], own.of_mut(gradient));
    if features <= PANEL {
        kernel.gradients(
            shape,
            x,
            &hidden.slope[..elements],
            own.of(parameters),
            &mut leaving[..elements],
            own_gradient,
        );
        std::mem::swap(&mut hidden.slope, leaving);
    } else {
        let (slope, leaving) = (&mut hidden.slope[..elements], &mut leaving[..elements]);
        let arriving = to_rows(shape, slope, &mut arriving[..elements]);
        kernel.gradients(
            shape,
            x,
            arriving,
            own.of(parameters),
            leaving,
            own_gradient,
        );
        to_panels(shape, leaving, slope);
    }
}

#[allow(clippy::too_many_arguments)]
fn pointwise(
    set: InstructionSet,
    kernel: &mut Kernel,
    input: Matrix,
    linear: Linear,
    parameters: &[f32],
    tile: &mut Buffer,
    hidden: &mut Hidden,
    learning: bool,
) {
    let weights = Matrix::new(
        linear.weights.of(parameters),
        linear.weights.rows,
        linear.weights.columns,
    );
    let bias = linear.bias.of(parameters);
    for index in 0..weights.panels() {
        let (right, width) = weights.panel(index);
        let bias = &bias[index * PANEL..][..width];
        let (home, _) = panel(input.rows(), weights.columns(), index);
        let mut row = 0;
        while row < input.rows() {
            let rows: Range<usize> = row..input.rows().min(row + ROWS_AT_ONCE);
            let tile = &mut tile[..rows.len() * width];
            multiply_panel(
                set,
                input,
                rows.clone(),
                right,
                width,
                Some(bias),
                Finish::Store,
                tile,
            );
            let home = home.start + rows.start * width..home.start + rows.end * width;
            if learning {
                kernel.value_and_slope(
                    tile,
                    &mut hidden.value[home.clone()],
                    &mut hidden.slope[home],
                );
            } else {
                kernel.value(tile, &mut hidden.value[home]);
            }
            row = rows.end;
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn tensor(
    set: InstructionSet,
    kernel: &mut TensorKernel,
    input: Matrix,
    linear: Linear,
    own: PanelTensor,
    parameters: &[f32],
    whole: &mut Buffer,
    hidden: &mut Hidden,
) {
    let shape = Shape {
        rows: input.rows(),
        features: linear.weights.columns,
    };
    let elements = shape.elements();
    let weights = Matrix::new(
        linear.weights.of(parameters),
        linear.weights.rows,
        shape.features,
    );
    let (bias, own) = (Some(linear.bias.of(parameters)), own.of(parameters));
    let (x, value) = (
        &mut hidden.pre_activation[..elements],
        &mut hidden.value[..elements],
    );
    if shape.features <= PANEL {
        multiply(set, input, weights, bias, Finish::Store, x);
        kernel.value(shape, x, own, value);
    } else {
        let (panels, whole) = (&mut hidden.slope[..elements], &mut whole[..elements]);
        multiply(set, input, weights, bias, Finish::Store, panels);
        kernel.value(shape, to_rows(shape, panels, x), own, whole);
        to_panels(shape, whole, value);
    }
}

/// A matrix in panels, row by row.
fn to_rows<'a>(Shape { rows, features }: Shape, panels: &[f32], whole: &'a mut [f32]) -> &'a [f32] {
    for index in 0..features.div_ceil(PANEL) {
        let (range, width) = panel(rows, features, index);
        for (line, row) in panels[range]
            .chunks_exact(width)
            .zip(whole.chunks_exact_mut(features))
        {
            row[index * PANEL..][..width].copy_from_slice(line);
        }
    }
    whole
}

/// What stands row by row as a matrix in panels.
fn to_panels(Shape { rows, features }: Shape, whole: &[f32], panels: &mut [f32]) {
    for index in 0..features.div_ceil(PANEL) {
        let (range, width) = panel(rows, features, index);
        for (line, row) in panels[range]
            .chunks_exact_mut(width)
            .zip(whole.chunks_exact(features))
        {
            line.copy_from_slice(&row[index * PANEL..][..width]);
        }
    }
}
