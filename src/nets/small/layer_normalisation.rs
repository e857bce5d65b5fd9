//! LayerNorm (Ba et al. 2016) over the rows of a matrix in panels, forward and backward.

use std::ops::Range;

use super::head::add_products;
use super::matmul::{panel, Matrix, HALF, PANEL};
use crate::formula::vector::{load, store, InstructionSet, Simd, WithSimd};
use crate::nets::normalisation::EPSILON;

/// Factors that make a sum of products a plain sum.
const ONES: [f32; PANEL] = [1.0; PANEL];

/// LayerNorm of `input` (a row for each element of `reciprocal`, a column for each of `gain`):
/// `normalised = (input - mean) reciprocal` and `shifted = normalised gain + shift`, with the mean
/// and reciprocal standard deviation of each row.
pub(super) struct NormaliseRows<'a> {
    pub input: &'a [f32],
    pub gain: &'a [f32],
    pub shift: &'a [f32],
    pub normalised: &'a mut [f32],
    pub shifted: &'a mut [f32],
    pub reciprocal: &'a mut [f32],
}

/// The loss's gradient with respect to the input, given that with respect to `shifted`, which it
/// uses up: added to `sum`, or where there is none in its place.
pub(super) struct PullBackRows<'a> {
    pub shifted_gradient: &'a mut [f32],
    pub normalised: &'a [f32],
    pub reciprocal: &'a [f32],
    pub gain: &'a [f32],
    pub sum: Option<&'a mut [f32]>,
}

/// The gradient of the gain: `sums[c] = sum over rows of shifted_gradient[r, c] normalised[r, c]`.
/// (That of the shift is the plain sum.)
pub(super) fn gain_gradient(
    set: InstructionSet,
    shifted_gradient: Matrix,
    normalised: Matrix,
    sums: &mut [f32],
) {
    set.run(GainGradient {
        shifted_gradient,
        normalised,
        sums,
    });
}

/// Where row `row`'s part in panel `index` lies.
#[inline(always)]
fn part(rows: usize, columns: usize, row: usize, index: usize) -> Range<usize> {
    let (range, width) = panel(rows, columns, index);
    range.start + row * width..range.start + (row + 1) * width
}

/// How many vectors make up a row, where it is one panel and they fill it; 0 elsewhere.
#[inline(always)]
fn vectors_of_a_row<S: Simd>(columns: usize) -> usize {
    if columns <= PANEL && columns.is_multiple_of(S::F32_LANES) {
        columns / S::F32_LANES
    } else {
        0
    }
}

/// The mean of the elements of vectors, or with `factors` of their products with these.
#[inline(always)]
fn mean<S: Simd, const VECTORS: usize>(
    simd: S,
    values: [S::f32s; VECTORS],
    factors: Option<[S::f32s; VECTORS]>,
) -> f32 {
    let factors = factors.unwrap_or([simd.splat_f32s(1.0); VECTORS]);
    let sums = values
        .iter()
        .zip(factors)
        .fold(simd.splat_f32s(0.0), |sums, (value, factor)| {
            simd.mul_add_e_f32s(*value, factor, sums)
        });
    simd.reduce_sum_f32s(sums) / (VECTORS * S::F32_LANES) as f32
}

impl NormaliseRows<'_> {
    /// The same operations in the same order, for rows that stay in registers.
    #[inline(always)]
    fn in_registers<S: Simd, const VECTORS: usize>(self, simd: S) {
        let columns = self.gain.len();
        let [gain, shift] =
            [self.gain, self.shift].map(|line| load::<S, VECTORS, false>(simd, line));
        let outputs = self
            .normalised
            .chunks_exact_mut(columns)
            .zip(self.shifted.chunks_exact_mut(columns));
        for ((reciprocal, line), (normalised, shifted)) in self
            .reciprocal
            .iter_mut()
            .zip(self.input.chunks_exact(columns))
            .zip(outputs)
        {
            let values = load::<S, VECTORS, false>(simd, line);
            let middle = simd.splat_f32s(mean(simd, values, None));
            let centred = values.map(|value| simd.sub_f32s(value, middle));
            *reciprocal = 1.0 / (mean(simd, centred, Some(centred)) + EPSILON as f32).sqrt();
            let scale = simd.splat_f32s(*reciprocal);
            let normals = centred.map(|value| simd.mul_f32s(value, scale));
            store::<S, VECTORS, false>(simd, &normals, normalised);
            let moved = std::array::from_fn(|i| {
                simd.add_f32s(simd.mul_f32s(normals[i], gain[i]), shift[i])
            });
            store::<S, VECTORS, false>(simd, &moved, shifted);
        }
    }
}

impl PullBackRows<'_> {
    /// The same operations in the same order, for rows that stay in registers.
    #[inline(always)]
    fn in_registers<S: Simd, const VECTORS: usize>(mut self, simd: S) {
        let columns = self.gain.len();
        let gain = load::<S, VECTORS, false>(simd, self.gain);
        let lines = self
            .shifted_gradient
            .chunks_exact_mut(columns)
            .zip(self.normalised.chunks_exact(columns));
        for (row, (reciprocal, (line, normals))) in self.reciprocal.iter().zip(lines).enumerate() {
            let (gradients, normals) = (
                load::<S, VECTORS, false>(simd, line),
                load::<S, VECTORS, false>(simd, normals),
            );
            let scaled: [_; VECTORS] =
                std::array::from_fn(|i| simd.mul_f32s(gradients[i], gain[i]));
            let [middle, along, scale] = [
                mean(simd, scaled, None),
                mean(simd, scaled, Some(normals)),
                *reciprocal,
            ]
            .map(|value| simd.splat_f32s(value));
            let leaving = std::array::from_fn(|i| {
                let centred = simd.sub_f32s(scaled[i], middle);
                simd.mul_f32s(
                    scale,
                    simd.sub_f32s(centred, simd.mul_f32s(normals[i], along)),
                )
            });
            match &mut self.sum {
                Some(sum) => {
                    add::<S, VECTORS>(simd, &leaving, &mut sum[row * columns..][..columns])
                }
                None => store::<S, VECTORS, false>(simd, &leaving, line),
            }
        }
    }
}

#[inline(always)]
fn add<S: Simd, const VECTORS: usize>(simd: S, values: &[S::f32s; VECTORS], line: &mut [f32]) {
    let old = load::<S, VECTORS, false>(simd, line);
    store::<S, VECTORS, false>(
        simd,
        &std::array::from_fn(|i| simd.add_f32s(old[i], values[i])),
        line,
    );
}

impl WithSimd for NormaliseRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (rows, columns) = (self.reciprocal.len(), self.gain.len());
        match vectors_of_a_row::<S>(columns) {
            1 => return self.in_registers::<S, 1>(simd),
            2 => return self.in_registers::<S, 2>(simd),
            4 => return self.in_registers::<S, 4>(simd),
            _ => {}
        }
        let panels = columns.div_ceil(PANEL);
        for row in 0..rows {
            let mut sums = simd.splat_f32s(0.0);
            for index in 0..panels {
                let values = &self.input[part(rows, columns, row, index)];
                sums = add_products(simd, sums, values, &ONES[..values.len()]);
            }
            let mean = simd.reduce_sum_f32s(sums) / columns as f32;
            let mut sums = simd.splat_f32s(0.0);
            for index in 0..panels {
                let range = part(rows, columns, row, index);
                let centred = &mut self.normalised[range.clone()];
                for (centred, value) in centred.iter_mut().zip(&self.input[range]) {
                    *centred = value - mean;
                }
                sums = add_products(simd, sums, centred, centred);
            }
            let reciprocal =
                1.0 / (simd.reduce_sum_f32s(sums) / columns as f32 + EPSILON as f32).sqrt();
            self.reciprocal[row] = reciprocal;
            for index in 0..panels {
                let range = part(rows, columns, row, index);
                let (gain, shift) = (
                    &self.gain[index * PANEL..][..range.len()],
                    &self.shift[index * PANEL..][..range.len()],
                );
                let outputs = self.normalised[range.clone()]
                    .iter_mut()
                    .zip(&mut self.shifted[range]);
                for ((normal, moved), (gain, shift)) in outputs.zip(gain.iter().zip(shift)) {
                    *normal *= reciprocal;
                    *moved = *normal * gain + shift;
                }
            }
        }
    }
}

impl WithSimd for PullBackRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (rows, columns) = (self.reciprocal.len(), self.gain.len());
        match vectors_of_a_row::<S>(columns) {
            1 => return self.in_registers::<S, 1>(simd),
            2 => return self.in_registers::<S, 2>(simd),
            4 => return self.in_registers::<S, 4>(simd),
            _ => {}
        }
        let panels = columns.div_ceil(PANEL);
        for row in 0..rows {
            // Gradients with respect to `normalised`, in place: the mean of them, and of their
            // products with `normalised`.
            let (mut sums, mut along) = (simd.splat_f32s(0.0), simd.splat_f32s(0.0));
            for index in 0..panels {
                let range = part(rows, columns, row, index);
                let scaled = &mut self.shifted_gradient[range.clone()];
                for (gradient, gain) in scaled.iter_mut().zip(&self.gain[index * PANEL..]) {
                    *gradient *= gain;
                }
                sums = add_products(simd, sums, scaled, &ONES[..range.len()]);
                along = add_products(simd, along, scaled, &self.normalised[range]);
            }
            let mean = simd.reduce_sum_f32s(sums) / columns as f32;
            let along = simd.reduce_sum_f32s(along) / columns as f32;
            let reciprocal = self.reciprocal[row];
            for index in 0..panels {
                let range = part(rows, columns, row, index);
                let law =
                    |gradient: f32, normal: f32| reciprocal * (gradient - mean - normal * along);
                let inputs = self.shifted_gradient[range.clone()]
                    .iter_mut()
                    .zip(&self.normalised[range.clone()]);
                match &mut self.sum {
                    Some(sum) => sum[range]
                        .iter_mut()
                        .zip(inputs)
                        .for_each(|(sum, (gradient, normal))| *sum += law(*gradient, *normal)),
                    None => {
                        inputs.for_each(|(gradient, normal)| *gradient = law(*gradient, *normal))
                    }
                }
            }
        }
    }
}

struct GainGradient<'a> {
    shifted_gradient: Matrix<'a>,
    normalised: Matrix<'a>,
    sums: &'a mut [f32],
}

impl WithSimd for GainGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for index in 0..self.normalised.panels() {
            let ((gradients, width), (normals, _)) = (
                self.shifted_gradient.panel(index),
                self.normalised.panel(index),
            );
            let sums = &mut self.sums[index * PANEL..][..width];
            match width {
                PANEL => sum_products::<PANEL>(gradients, normals, sums),
                HALF => sum_products::<HALF>(gradients, normals, sums),
                _ => {
                    sums.fill(0.0);
                    for (gradients, normals) in gradients
                        .chunks_exact(width)
                        .zip(normals.chunks_exact(width))
                    {
                        for (total, (gradient, normal)) in
                            sums.iter_mut().zip(gradients.iter().zip(normals))
                        {
                            *total += gradient * normal;
                        }
                    }
                }
            }
        }
    }
}

/// `sums[c] = sum over rows of a[r, c] b[r, c]`, for rows of a width that the compiler knows.
#[inline(always)]
fn sum_products<const WIDTH: usize>(a: &[f32], b: &[f32], sums: &mut [f32]) {
    let mut totals = [0.0; WIDTH];
    for (a, b) in a
        .as_chunks::<WIDTH>()
        .0
        .iter()
        .zip(b.as_chunks::<WIDTH>().0)
    {
        for i in 0..WIDTH {
            totals[i] += a[i] * b[i];
        }
    }
    sums.copy_from_slice(&totals);
}
