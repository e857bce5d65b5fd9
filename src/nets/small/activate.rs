//! A hidden layer's activation: forward from the pre-activations, and the gradient back to them.
//!
//! Pointwise formulas run panel by panel, with their slopes kept; all others run over the whole
//! tensor, row by row, and get the arriving gradient.

use std::ops::Range;

use super::layout::{Linear, Norm, PanelTensor};
use super::matmul::{multiply_panel, panel, Finish, Matrix, PANEL};
use super::normalisation;
use super::passes::{BackwardPass, ForwardPass};
use super::workspace::{Hidden, LayerBuffers, ROWS_AT_ONCE};
use crate::formula::kernel::{Compiled, Kernel, TensorKernel};
use crate::formula::Shape;

/// The activation of `input weights + bias` into `hidden`, with what [`pull_back`] needs where the
/// pass is learning; `own` are the activation's parameters.
pub(super) fn activate(
    pass: &mut ForwardPass,
    activation: &mut Compiled,
    input: Matrix,
    linear: Linear,
    own: PanelTensor,
    hidden: &mut Hidden,
) {
    match activation {
        Compiled::Pointwise(kernel) => pointwise(pass, kernel, input, linear, hidden),
        Compiled::Tensor(kernel) => tensor(pass, kernel, input, linear, own, hidden),
    }
}

/// The activation of the normalised `input weights + bias`, with what [`pull_back`] and the
/// normalisation's backward pass need where the pass is learning.
pub(super) fn activate_normalised(
    pass: &mut ForwardPass,
    activation: &mut Compiled,
    input: Matrix,
    (linear, norm): (Linear, Norm),
    own: PanelTensor,
    layer: &mut LayerBuffers,
) {
    let shape = Shape {
        rows: input.rows(),
        features: linear.weights.columns,
    };
    let elements = shape.elements();
    let hidden = &mut layer.hidden;
    let product = &mut hidden.slope[..elements];
    pass.linear(linear, input, Finish::Store, product);
    let shifted = match activation {
        Compiled::Tensor(_) if shape.features <= PANEL => &mut hidden.pre_activation,
        _ => &mut *pass.whole,
    };
    normalisation::forward(
        pass.set,
        norm,
        pass.parameters,
        shape.rows,
        product,
        &mut layer.normalised,
        &mut shifted[..elements],
        pass.learning,
    );
    activate_shifted(pass, activation, shape, own, hidden);
}

/// The activation of what [`activate_normalised`] has normalised: row by row in the hidden
/// pre-activations where the activation runs over tensors of one panel, otherwise in panels in the
/// pass's room.
fn activate_shifted(
    pass: &mut ForwardPass,
    activation: &mut Compiled,
    shape: Shape,
    own: PanelTensor,
    hidden: &mut Hidden,
) {
    let elements = shape.elements();
    let own = own.of(pass.parameters);
    let value = &mut hidden.value[..elements];
    match activation {
        Compiled::Pointwise(kernel) if pass.learning => kernel.value_and_slope(
            &pass.whole[..elements],
            value,
            &mut hidden.slope[..elements],
        ),
        Compiled::Pointwise(kernel) => kernel.value(&pass.whole[..elements], value),
        Compiled::Tensor(kernel) if shape.features <= PANEL => {
            kernel.value(shape, &hidden.pre_activation[..elements], own, value);
        }
        Compiled::Tensor(kernel) => {
            let whole = &mut pass.whole[..elements];
            let x = to_rows(shape, whole, &mut hidden.pre_activation[..elements]);
            kernel.value(shape, x, own, whole);
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
pub(super) fn pull_back(
    pass: &mut BackwardPass,
    activation: &mut Compiled,
    features: usize,
    own: PanelTensor,
    hidden: &mut Hidden,
) {
    let Compiled::Tensor(kernel) = activation else {
        return;
    };
    let shape = Shape {
        rows: pass.rows,
        features,
    };
    let elements = shape.elements();
    let x = &hidden.pre_activation[..elements];
    let own_gradient = own.of_mut(pass.gradient);
    let own = own.of(pass.parameters);
    let [arriving, leaving] = &mut *pass.whole;
    if features <= PANEL {
        kernel.gradients(
            shape,
            x,
            &hidden.slope[..elements],
            own,
            &mut leaving[..elements],
            own_gradient,
        );
        std::mem::swap(&mut hidden.slope, leaving);
    } else {
        let (slope, leaving) = (&mut hidden.slope[..elements], &mut leaving[..elements]);
        let arriving = to_rows(shape, slope, &mut arriving[..elements]);
        kernel.gradients(shape, x, arriving, own, leaving, own_gradient);
        to_panels(shape, leaving, slope);
    }
}

fn pointwise(
    pass: &mut ForwardPass,
    kernel: &mut Kernel,
    input: Matrix,
    linear: Linear,
    hidden: &mut Hidden,
) {
    let weights = linear.matrix(pass.parameters);
    let bias = linear.bias.of(pass.parameters);
    for index in 0..weights.panels() {
        let (right, width) = weights.panel(index);
        let bias = &bias[index * PANEL..][..width];
        let (home, _) = panel(input.rows(), weights.columns(), index);
        let mut row = 0;
        while row < input.rows() {
            let rows: Range<usize> = row..input.rows().min(row + ROWS_AT_ONCE);
            let tile = &mut pass.tile[..rows.len() * width];
            multiply_panel(
                pass.set,
                input,
                rows.clone(),
                right,
                width,
                Some(bias),
                Finish::Store,
                tile,
            );
            let home = home.start + rows.start * width..home.start + rows.end * width;
            if pass.learning {
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

fn tensor(
    pass: &mut ForwardPass,
    kernel: &mut TensorKernel,
    input: Matrix,
    linear: Linear,
    own: PanelTensor,
    hidden: &mut Hidden,
) {
    let shape = Shape {
        rows: input.rows(),
        features: linear.weights.columns,
    };
    let elements = shape.elements();
    let own = own.of(pass.parameters);
    let (x, value) = (
        &mut hidden.pre_activation[..elements],
        &mut hidden.value[..elements],
    );
    if shape.features <= PANEL {
        pass.linear(linear, input, Finish::Store, x);
        kernel.value(shape, x, own, value);
    } else {
        let panels = &mut hidden.slope[..elements];
        pass.linear(linear, input, Finish::Store, panels);
        let whole = &mut pass.whole[..elements];
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
