//! The single linear output and the sums over a batch's rows: passes over memory that the compiler vectorises for the chosen instruction set.

use super::matmul::{panel, Finish, Matrix, PANEL};
use crate::vector::{InstructionSet, Simd, WithSimd};

/// Plain code compiled for an instruction set; the function that it calls must be `#[inline(always)]`.
pub(super) struct Compiled<F>(pub F);

impl<F: FnOnce()> WithSimd for Compiled<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.0)();
    }
}

/// Partial sums that let the compiler add in vectors.
const PARTIAL: usize = 16;

/// The sum of `f(i)`-wise products of two equally long slices.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; PARTIAL];
    let (a_full, a_tail) = a.as_chunks::<PARTIAL>();
    let (b_full, b_tail) = b.as_chunks::<PARTIAL>();
    for (a, b) in a_full.iter().zip(b_full) {
        for i in 0..PARTIAL {
            sums[i] += a[i] * b[i];
        }
    }
    let tail: f32 = a_tail.iter().zip(b_tail).map(|(a, b)| a * b).sum();
    fold(sums) + tail
}

#[inline(always)]
pub(super) fn fold(mut sums: [f32; PARTIAL]) -> f32 {
    let mut half = PARTIAL / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// `output[r] = bias + sum over columns of hidden[r, c] weights[c]`.
pub(super) fn predict(set: InstructionSet, hidden: Matrix, weights: &[f32], bias: f32, output: &mut [f32]) {
    set.run(Compiled(|| predict_plain(hidden, weights, bias, output)));
}

#[inline(always)]
fn predict_plain(hidden: Matrix, weights: &[f32], bias: f32, output: &mut [f32]) {
    output.fill(bias);
    for index in 0..hidden.panels() {
        let (storage, width) = hidden.panel(index);
        let weights = &weights[index * PANEL..][..width];
        for (sum, row) in output.iter_mut().zip(storage.chunks_exact(width)) {
            *sum += dot(row, weights);
        }
    }
}

/// `sums[c] = sum over rows of factors[r] matrix[r, c]`.
pub(super) fn weighted_column_sums(set: InstructionSet, matrix: Matrix, factors: &[f32], sums: &mut [f32]) {
    set.run(Compiled(|| column_sums_plain(matrix, |row| factors[row], sums)));
}

/// `sums[c] = sum over rows of matrix[r, c]`.
pub(super) fn column_sums(set: InstructionSet, matrix: Matrix, sums: &mut [f32]) {
    set.run(Compiled(|| column_sums_plain(matrix, |_| 1.0, sums)));
}

#[inline(always)]
fn column_sums_plain(matrix: Matrix, factor: impl Fn(usize) -> f32, sums: &mut [f32]) {
    for index in 0..matrix.panels() {
        let (storage, width) = matrix.panel(index);
        let sums = &mut sums[index * PANEL..][..width];
        if width == PANEL {
            let mut totals = [0.0; PANEL];
            for (row, line) in storage.as_chunks::<PANEL>().0.iter().enumerate() {
                let factor = factor(row);
                for (total, value) in totals.iter_mut().zip(line) {
                    *total += factor * value;
                }
            }
            sums.copy_from_slice(&totals);
        } else {
            sums.fill(0.0);
            for (row, line) in storage.chunks_exact(width).enumerate() {
                let factor = factor(row);
                for (total, value) in sums.iter_mut().zip(line) {
                    *total += factor * value;
                }
            }
        }
    }
}

/// `output[r, c] = errors[r] weights[c]`, stored or multiplied onto what stands there.
pub(super) fn spread(set: InstructionSet, errors: &[f32], weights: &[f32], finish: Finish, output: &mut [f32]) {
    set.run(Compiled(|| spread_plain(errors, weights, finish, output)));
}

#[inline(always)]
fn spread_plain(errors: &[f32], weights: &[f32], finish: Finish, output: &mut [f32]) {
    for (index, weights) in weights.chunks(PANEL).enumerate() {
        let (range, width) = panel(errors.len(), index * PANEL + weights.len(), index);
        for (error, line) in errors.iter().zip(output[range].chunks_exact_mut(width)) {
            for (element, weight) in line.iter_mut().zip(weights) {
                let product = error * weight;
                *element = match finish {
                    Finish::Store => product,
                    Finish::Add => *element + product,
                    Finish::Multiply => *element * product,
                };
            }
        }
    }
}
