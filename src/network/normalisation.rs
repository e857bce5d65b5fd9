//! LayerNorm (Ba et al. 2016) over the rows of a matrix in panels, forward and backward.

use super::head::{fold, Compiled};
use super::matmul::{panel, Matrix, PANEL};
use crate::vector::InstructionSet;

/// Added to a row's variance.
pub(super) const EPSILON: f32 = 1e-5;

/// `normalised = (input - mean) reciprocal`, `shifted = normalised gain + shift`, with mean and reciprocal standard deviation a row; `reciprocal` has one element a row.
pub(super) fn forward(
    set: InstructionSet,
    input: &[f32],
    gain: &[f32],
    shift: &[f32],
    normalised: &mut [f32],
    shifted: &mut [f32],
    reciprocal: &mut [f32],
) {
    set.run(Compiled(|| forward_plain(input, gain, shift, normalised, shifted, reciprocal)));
}

/// From the gradient with respect to `shifted`: adds the gradient with respect to the input to `input_gradient`.
pub(super) fn backward_input(
    set: InstructionSet,
    shifted_gradient: &[f32],
    normalised: &[f32],
    reciprocal: &[f32],
    gain: &[f32],
    input_gradient: &mut [f32],
) {
    set.run(Compiled(|| {
        backward_input_plain(shifted_gradient, normalised, reciprocal, gain, input_gradient)
    }));
}

/// From the gradient with respect to `shifted`: the gradient of the gain. (The shift's is the plain sum of each column.)
pub(super) fn backward_gain(set: InstructionSet, shifted_gradient: Matrix, normalised: &[f32], gain_gradient: &mut [f32]) {
    set.run(Compiled(|| backward_gain_plain(shifted_gradient, normalised, gain_gradient)));
}

/// Row `row` of panel `index`.
#[inline(always)]
fn part(rows: usize, columns: usize, row: usize, index: usize) -> std::ops::Range<usize> {
    let (range, width) = panel(rows, columns, index);
    range.start + row * width..range.start + (row + 1) * width
}

/// The sum over a row of `term(index in storage, column)`.
#[inline(always)]
fn row_sum(rows: usize, columns: usize, row: usize, term: impl Fn(usize, usize) -> f32) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    for index in 0..columns.div_ceil(PANEL) {
        let range = part(rows, columns, row, index);
        let mut at = range.start;
        while range.end - at >= LANES {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += term(at + lane, index * PANEL + at - range.start + lane);
            }
            at += LANES;
        }
        for (lane, at) in (at..range.end).enumerate() {
            sums[lane] += term(at, index * PANEL + at - range.start);
        }
    }
    fold(sums)
}

#[inline(always)]
fn forward_plain(input: &[f32], gain: &[f32], shift: &[f32], normalised: &mut [f32], shifted: &mut [f32], reciprocal: &mut [f32]) {
    let (rows, columns) = (reciprocal.len(), gain.len());
    let input = &input[..rows * columns];
    for (row, reciprocal) in reciprocal.iter_mut().enumerate() {
        let mean = row_sum(rows, columns, row, |at, _| input[at]) / columns as f32;
        let variance = row_sum(rows, columns, row, |at, _| (input[at] - mean) * (input[at] - mean)) / columns as f32;
        *reciprocal = 1.0 / (variance + EPSILON).sqrt();
        for index in 0..columns.div_ceil(PANEL) {
            let range = part(rows, columns, row, index);
            let (gain, shift) = (&gain[index * PANEL..][..range.len()], &shift[index * PANEL..][..range.len()]);
            let outputs = normalised[range.clone()].iter_mut().zip(&mut shifted[range.clone()]);
            for (((normal, moved), value), (gain, shift)) in outputs.zip(&input[range]).zip(gain.iter().zip(shift)) {
                *normal = (value - mean) * *reciprocal;
                *moved = *normal * gain + shift;
            }
        }
    }
}

#[inline(always)]
fn backward_input_plain(shifted_gradient: &[f32], normalised: &[f32], reciprocal: &[f32], gain: &[f32], input_gradient: &mut [f32]) {
    let (rows, columns) = (reciprocal.len(), gain.len());
    let (shifted_gradient, normalised) = (&shifted_gradient[..rows * columns], &normalised[..rows * columns]);
    for (row, &reciprocal) in reciprocal.iter().enumerate() {
        let mean = row_sum(rows, columns, row, |at, column| shifted_gradient[at] * gain[column]) / columns as f32;
        let along = row_sum(rows, columns, row, |at, column| shifted_gradient[at] * gain[column] * normalised[at]) / columns as f32;
        for index in 0..columns.div_ceil(PANEL) {
            let range = part(rows, columns, row, index);
            let gain = &gain[index * PANEL..][..range.len()];
            let inputs = shifted_gradient[range.clone()].iter().zip(&normalised[range.clone()]).zip(gain);
            for (element, ((gradient, normal), gain)) in input_gradient[range].iter_mut().zip(inputs) {
                *element += reciprocal * (gradient * gain - mean - normal * along);
            }
        }
    }
}

#[inline(always)]
fn backward_gain_plain(shifted_gradient: Matrix, normalised: &[f32], gain_gradient: &mut [f32]) {
    let (rows, columns) = (shifted_gradient.rows(), shifted_gradient.columns());
    for index in 0..shifted_gradient.panels() {
        let (range, width) = panel(rows, columns, index);
        let sums = &mut gain_gradient[index * PANEL..][..width];
        sums.fill(0.0);
        let lines = shifted_gradient
            .panel(index)
            .0
            .chunks_exact(width)
            .zip(normalised[range].chunks_exact(width));
        for (gradients, normals) in lines {
            for (sum, (gradient, normal)) in sums.iter_mut().zip(gradients.iter().zip(normals)) {
                *sum += gradient * normal;
            }
        }
    }
}
