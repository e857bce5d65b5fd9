//! LayerNorm (Ba et al. 2016) over the rows of a matrix in panels, forward and backward.

use std::ops::Range;

use super::head::add_products;
use super::matmul::{panel, Matrix, PANEL};
use super::normalisation::EPSILON;
use crate::vector::{InstructionSet, Simd, WithSimd};

/// Factors that make a sum of products a plain sum.
const ONES: [f32; PANEL] = [1.0; PANEL];

/// LayerNorm of `input` (a row for each element of `reciprocal`, a column for each of `gain`):
/// `normalised = (input - mean) reciprocal` and `shifted = normalised gain + shift`, with the mean and reciprocal standard deviation of each row.
pub(super) struct Forward<'a> {
    pub input: &'a [f32],
    pub gain: &'a [f32],
    pub shift: &'a [f32],
    pub normalised: &'a mut [f32],
    pub shifted: &'a mut [f32],
    pub reciprocal: &'a mut [f32],
}

/// The loss's gradient with respect to the input, given that with respect to `shifted`, which it uses up: added to `sum`, or where there is none in its
/// place.
pub(super) struct Backward<'a> {
    pub shifted_gradient: &'a mut [f32],
    pub normalised: &'a [f32],
    pub reciprocal: &'a [f32],
    pub gain: &'a [f32],
    pub sum: Option<&'a mut [f32]>,
}

/// The gradient of the gain: `sums[c] = sum over rows of shifted_gradient[r, c] normalised[r, c]`. (That of the shift is the plain sum.)
pub(super) fn gain_gradient(set: InstructionSet, shifted_gradient: Matrix, normalised: Matrix, sums: &mut [f32]) {
    set.run(GainGradient { shifted_gradient, normalised, sums });
}

/// Where row `row`'s part in panel `index` lies.
#[inline(always)]
fn part(rows: usize, columns: usize, row: usize, index: usize) -> Range<usize> {
    let (range, width) = panel(rows, columns, index);
    range.start + row * width..range.start + (row + 1) * width
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (rows, columns) = (self.reciprocal.len(), self.gain.len());
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
            let reciprocal = 1.0 / (simd.reduce_sum_f32s(sums) / columns as f32 + EPSILON).sqrt();
            self.reciprocal[row] = reciprocal;
            for index in 0..panels {
                let range = part(rows, columns, row, index);
                let (gain, shift) = (&self.gain[index * PANEL..][..range.len()], &self.shift[index * PANEL..][..range.len()]);
                let outputs = self.normalised[range.clone()].iter_mut().zip(&mut self.shifted[range]);
                for ((normal, moved), (gain, shift)) in outputs.zip(gain.iter().zip(shift)) {
                    *normal *= reciprocal;
                    *moved = *normal * gain + shift;
                }
            }
        }
    }
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (rows, columns) = (self.reciprocal.len(), self.gain.len());
        let panels = columns.div_ceil(PANEL);
        for row in 0..rows {
            // Gradients with respect to `normalised`, in place: the mean of them, and of their products with `normalised`.
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
                let law = |gradient: f32, normal: f32| reciprocal * (gradient - mean - normal * along);
                let inputs = self.shifted_gradient[range.clone()].iter_mut().zip(&self.normalised[range.clone()]);
                match &mut self.sum {
                    Some(sum) => sum[range].iter_mut().zip(inputs).for_each(|(sum, (gradient, normal))| *sum += law(*gradient, *normal)),
                    None => inputs.for_each(|(gradient, normal)| *gradient = law(*gradient, *normal)),
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
            let ((gradients, width), (normals, _)) = (self.shifted_gradient.panel(index), self.normalised.panel(index));
            let mut totals = [0.0; PANEL];
            if width == PANEL {
                for (gradients, normals) in gradients.as_chunks::<PANEL>().0.iter().zip(normals.as_chunks::<PANEL>().0) {
                    for i in 0..PANEL {
                        totals[i] += gradients[i] * normals[i];
                    }
                }
            } else {
                for (gradients, normals) in gradients.chunks_exact(width).zip(normals.chunks_exact(width)) {
                    for (total, (gradient, normal)) in totals.iter_mut().zip(gradients.iter().zip(normals)) {
                        *total += gradient * normal;
                    }
                }
            }
            self.sums[index * PANEL..][..width].copy_from_slice(&totals[..width]);
        }
    }
}
