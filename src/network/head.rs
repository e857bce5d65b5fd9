//! The single linear output and the sums over a batch's rows: plain passes over memory, which the compiler vectorises for the chosen instruction set.

use super::matmul::{panel, Finish, Matrix, PANEL};
use crate::vector::{InstructionSet, Simd, WithSimd};

/// Partial sums that let the compiler add in vectors; a row's elements go to them in turn.
pub(super) const PARTIAL: usize = 16;

/// Adds up partial sums, halving.
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

/// Adds the products of two equally long rows to partial sums.
#[inline(always)]
pub(super) fn add_products(sums: &mut [f32; PARTIAL], a: &[f32], b: &[f32]) {
    let ((a_full, a_tail), (b_full, b_tail)) = (a.as_chunks::<PARTIAL>(), b.as_chunks::<PARTIAL>());
    for (a, b) in a_full.iter().zip(b_full) {
        for i in 0..PARTIAL {
            sums[i] += a[i] * b[i];
        }
    }
    for (sum, (a, b)) in sums.iter_mut().zip(a_tail.iter().zip(b_tail)) {
        *sum += a * b;
    }
}

/// `output[r] = bias + sum over columns of hidden[r, c] weights[c]`.
pub(super) fn predict(set: InstructionSet, hidden: Matrix, weights: &[f32], bias: f32, output: &mut [f32]) {
    set.run(Predict { hidden, weights, bias, output });
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
    fn with_simd<S: Simd>(self, _: S) {
        self.output.fill(self.bias);
        for index in 0..self.hidden.panels() {
            let (storage, width) = self.hidden.panel(index);
            let weights = &self.weights[index * PANEL..][..width];
            if width == PANEL {
                let weights: &[f32; PANEL] = weights.try_into().expect("a full panel's weights");
                for (output, row) in self.output.iter_mut().zip(storage.as_chunks::<PANEL>().0) {
                    let mut sums = [0.0; PARTIAL];
                    add_products(&mut sums, row, weights);
                    *output += fold(sums);
                }
            } else {
                for (output, row) in self.output.iter_mut().zip(storage.chunks_exact(width)) {
                    let mut sums = [0.0; PARTIAL];
                    add_products(&mut sums, row, weights);
                    *output += fold(sums);
                }
            }
        }
    }
}

/// `sums[c] = sum over rows of factors[r] matrix[r, c]`.
pub(super) fn weighted_column_sums(set: InstructionSet, matrix: Matrix, factors: &[f32], sums: &mut [f32]) {
    set.run(WeightedColumnSums { matrix, factors, sums });
}

struct WeightedColumnSums<'a> {
    matrix: Matrix<'a>,
    factors: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for WeightedColumnSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for index in 0..self.matrix.panels() {
            let (storage, width) = self.matrix.panel(index);
            let mut totals = [0.0; PANEL];
            if width == PANEL {
                for (factor, row) in self.factors.iter().zip(storage.as_chunks::<PANEL>().0) {
                    for i in 0..PANEL {
                        totals[i] += factor * row[i];
                    }
                }
            } else {
                for (factor, row) in self.factors.iter().zip(storage.chunks_exact(width)) {
                    for (total, value) in totals.iter_mut().zip(row) {
                        *total += factor * value;
                    }
                }
            }
            self.sums[index * PANEL..][..width].copy_from_slice(&totals[..width]);
        }
    }
}

/// `sums[c] = sum over rows of matrix[r, c]`.
pub(super) fn column_sums(set: InstructionSet, matrix: Matrix, sums: &mut [f32]) {
    set.run(ColumnSums { matrix, sums });
}

struct ColumnSums<'a> {
    matrix: Matrix<'a>,
    sums: &'a mut [f32],
}

impl WithSimd for ColumnSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for index in 0..self.matrix.panels() {
            let (storage, width) = self.matrix.panel(index);
            let mut totals = [0.0; PANEL];
            if width == PANEL {
                for row in storage.as_chunks::<PANEL>().0 {
                    for i in 0..PANEL {
                        totals[i] += row[i];
                    }
                }
            } else {
                for row in storage.chunks_exact(width) {
                    for (total, value) in totals.iter_mut().zip(row) {
                        *total += value;
                    }
                }
            }
            self.sums[index * PANEL..][..width].copy_from_slice(&totals[..width]);
        }
    }
}

/// `output[r, c] = errors[r] weights[c]`, or another `finish`.
pub(super) fn spread(set: InstructionSet, errors: &[f32], weights: &[f32], finish: Finish, output: &mut [f32]) {
    set.run(Spread { errors, weights, finish, output });
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
            for (error, row) in self.errors.iter().zip(self.output[range].chunks_exact_mut(width)) {
                let elements = row.iter_mut().zip(weights);
                match self.finish {
                    Finish::Store => elements.for_each(|(element, weight)| *element = error * weight),
                    Finish::Add => elements.for_each(|(element, weight)| *element += error * weight),
                    Finish::Multiply => elements.for_each(|(element, weight)| *element *= error * weight),
                }
            }
        }
    }
}
