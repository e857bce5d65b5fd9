//! The single linear output and the sums over a batch's rows: plain passes over memory, which the
//! compiler vectorises for the chosen instruction set.

use super::matmul::{panel, Finish, Matrix, HALF, PANEL};
use crate::formula::vector::{InstructionSet, Simd, WithSimd};

/// Adds the products of two equally long rows to a vector of partial sums.
#[inline(always)]
pub(super) fn add_products<S: Simd>(simd: S, mut sums: S::f32s, a: &[f32], b: &[f32]) -> S::f32s {
    let ((a, a_tail), (b, b_tail)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    for (a, b) in a.iter().zip(b) {
        sums = simd.mul_add_e_f32s(*a, *b, sums);
    }
    if !a_tail.is_empty() {
        sums = simd.mul_add_e_f32s(
            simd.partial_load_f32s(a_tail),
            simd.partial_load_f32s(b_tail),
            sums,
        );
    }
    sums
}

/// `output[r] = bias + sum over columns of hidden[r, c] weights[c]`.
pub(super) fn predict(
    set: InstructionSet,
    hidden: Matrix,
    weights: &[f32],
    bias: f32,
    output: &mut [f32],
) {
    set.run(Predict {
        hidden,
        weights,
        bias,
        output,
    });
}

struct Predict<'a> {
    hidden: Matrix<'a>,
    weights: &'a [f32],
    bias: f32,
    output: &'a mut [f32],
}

impl WithSimd for Predict<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.output.fill(self.bias);
        for index in 0..self.hidden.panels() {
            let (storage, width) = self.hidden.panel(index);
            let weights = &self.weights[index * PANEL..][..width];
            for (output, row) in self.output.iter_mut().zip(storage.chunks_exact(width)) {
                *output +=
                    simd.reduce_sum_f32s(add_products(simd, simd.splat_f32s(0.0), row, weights));
            }
        }
    }
}

/// `sums[c] = sum over rows of factors[r] matrix[r, c]`.
pub(super) fn weighted_column_sums(
    set: InstructionSet,
    matrix: Matrix,
    factors: &[f32],
    sums: &mut [f32],
) {
    set.run(ColumnSums {
        matrix,
        factor: |row: usize| factors[row],
        sums,
    });
}

/// `sums[c] = sum over rows of matrix[r, c]`.
pub(super) fn column_sums(set: InstructionSet, matrix: Matrix, sums: &mut [f32]) {
    set.run(ColumnSums {
        matrix,
        factor: |_| 1.0,
        sums,
    });
}

struct ColumnSums<'a, F> {
    matrix: Matrix<'a>,
    /// What a row counts.
    factor: F,
    sums: &'a mut [f32],
}

impl<F: Fn(usize) -> f32> WithSimd for ColumnSums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for index in 0..self.matrix.panels() {
            let (storage, width) = self.matrix.panel(index);
            let sums = &mut self.sums[index * PANEL..][..width];
            match width {
                PANEL => weighted_sums::<PANEL>(storage, &self.factor, sums),
                HALF => weighted_sums::<HALF>(storage, &self.factor, sums),
                _ => {
                    sums.fill(0.0);
                    for (row, values) in storage.chunks_exact(width).enumerate() {
                        let factor = (self.factor)(row);
                        for (total, value) in sums.iter_mut().zip(values) {
                            *total += factor * value;
                        }
                    }
                }
            }
        }
    }
}

/// The sums over the rows of one panel of a width that the compiler knows.
#[inline(always)]
fn weighted_sums<const WIDTH: usize>(
    storage: &[f32],
    factor: impl Fn(usize) -> f32,
    sums: &mut [f32],
) {
    let mut totals = [0.0; WIDTH];
    for (row, values) in storage.as_chunks::<WIDTH>().0.iter().enumerate() {
        let factor = factor(row);
        for i in 0..WIDTH {
            totals[i] += factor * values[i];
        }
    }
    sums.copy_from_slice(&totals);
}

/// `output[r, c] = errors[r] weights[c]`, or another `finish`.
pub(super) fn spread(
    set: InstructionSet,
    errors: &[f32],
    weights: &[f32],
    finish: Finish,
    output: &mut [f32],
) {
    set.run(Spread {
        errors,
        weights,
        finish,
        output,
    });
}

struct Spread<'a> {
    errors: &'a [f32],
    weights: &'a [f32],
    finish: Finish,
    output: &'a mut [f32],
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (index, weights) in self.weights.chunks(PANEL).enumerate() {
            let (range, width) = panel(self.errors.len(), self.weights.len(), index);
            for (error, row) in self
                .errors
                .iter()
                .zip(self.output[range].chunks_exact_mut(width))
            {
                let elements = row.iter_mut().zip(weights);
                match self.finish {
                    Finish::Store => {
                        elements.for_each(|(element, weight)| *element = error * weight)
                    }
                    Finish::Add => {
                        elements.for_each(|(element, weight)| *element += error * weight)
                    }
                    Finish::Multiply => {
                        elements.for_each(|(element, weight)| *element *= error * weight)
                    }
                }
            }
        }
    }
}
