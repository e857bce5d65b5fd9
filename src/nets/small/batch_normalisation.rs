//! Batch normalisation (Ioffe and Szegedy 2015, algorithms 1 and 2) over the columns of a matrix in
//! panels, forward and backward. All rows of a few features are passed together, with the features'
//! statistics in registers.

use std::ops::Range;

use super::matmul::{panel, PANEL};
use crate::formula::vector::{load, store, Simd, WithSimd};
use crate::nets::normalisation::{EPSILON, MOMENTUM};

/// Normalises `input` (`rows` rows, a column for each element of `gain`) by the mean and biased
/// variance of each column: `normalised = (input - mean) reciprocal` and
/// `shifted = normalised gain + shift`. The running averages of mean and unbiased variance take
/// their part.
pub(super) struct NormaliseBatch<'a> {
    pub rows: usize,
    pub input: &'a [f32],
    pub gain: &'a [f32],
    pub shift: &'a [f32],
    pub normalised: &'a mut [f32],
    pub shifted: &'a mut [f32],
    pub reciprocal: &'a mut [f32],
    /// Of the mean, and of the variance.
    pub running: [&'a mut [f32]; 2],
}

/// `shifted = (input - mean) / sqrt(variance + epsilon) gain + shift`, with given means and
/// variances.
pub(super) struct NormaliseByAverages<'a> {
    pub rows: usize,
    pub input: &'a [f32],
    pub gain: &'a [f32],
    pub shift: &'a [f32],
    pub mean: &'a [f32],
    pub variance: &'a [f32],
    pub shifted: &'a mut [f32],
}

/// The gradients of gain and shift, and that of the input: added to `sum`, or where there is none
/// in the place of the gradient of `shifted`.
pub(super) struct PullBackBatch<'a> {
    pub rows: usize,
    pub shifted_gradient: &'a mut [f32],
    pub normalised: &'a [f32],
    pub reciprocal: &'a [f32],
    pub gain: &'a [f32],
    pub gain_gradient: &'a mut [f32],
    pub shift_gradient: &'a mut [f32],
    pub sum: Option<&'a mut [f32]>,
}

/// A pass over a matrix in which every column stands for itself.
trait ColumnPass {
    /// All rows of `V` vectors of neighbouring columns; a `TAIL` is one vector, partly filled.
    /// `lines` gives the strip's part of every row's storage, `features` where its columns lie in
    /// the matrix.
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        lines: impl Iterator<Item = Range<usize>> + Clone,
        features: Range<usize>,
    );
}

#[inline(always)]
fn over_strips<S: Simd>(simd: S, rows: usize, features: usize, pass: &mut impl ColumnPass) {
    for index in 0..features.div_ceil(PANEL) {
        let (storage, width) = panel(rows, features, index);
        let lines = |column: usize, len: usize| {
            (0..rows)
                .map(move |row| storage.start + row * width + column)
                .map(move |start| start..start + len)
        };
        let columns =
            |column: usize, len: usize| index * PANEL + column..index * PANEL + column + len;
        let mut column = 0;
        let (two, one) = (2 * S::F32_LANES, S::F32_LANES);
        while width - column >= two {
            pass.strip::<S, 2, false>(simd, lines(column, two), columns(column, two));
            column += two;
        }
        if width - column >= one {
            pass.strip::<S, 1, false>(simd, lines(column, one), columns(column, one));
            column += one;
        }
        if width > column {
            let rest = width - column;
            pass.strip::<S, 1, true>(simd, lines(column, rest), columns(column, rest));
        }
    }
}

impl WithSimd for NormaliseBatch<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        over_strips(simd, self.rows, self.gain.len(), &mut self);
    }
}

impl ColumnPass for NormaliseBatch<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        lines: impl Iterator<Item = Range<usize>> + Clone,
        features: Range<usize>,
    ) {
        let each = |values: [S::f32s; V], factor: f32| {
            values.map(|value| simd.mul_f32s(value, simd.splat_f32s(factor)))
        };
        let count = self.rows as f32;
        let mut sums = [simd.splat_f32s(0.0); V];
        for line in lines.clone() {
            let values = load::<S, V, TAIL>(simd, &self.input[line]);
            sums = std::array::from_fn(|i| simd.add_f32s(sums[i], values[i]));
        }
        let mean = each(sums, 1.0 / count);
        let mut squares = [simd.splat_f32s(0.0); V];
        for line in lines.clone() {
            let values = load::<S, V, TAIL>(simd, &self.input[line]);
            squares = std::array::from_fn(|i| {
                let centred = simd.sub_f32s(values[i], mean[i]);
                simd.mul_add_e_f32s(centred, centred, squares[i])
            });
        }
        let variance = each(squares, 1.0 / count);
        let reciprocal = reciprocal_deviation::<S, V>(simd, variance);
        store::<S, V, TAIL>(simd, &reciprocal, &mut self.reciprocal[features.clone()]);
        let unbiased = each(squares, 1.0 / (count - 1.0).max(1.0));
        for (running, new) in self.running.iter_mut().zip([mean, unbiased]) {
            let running = &mut running[features.clone()];
            let (old, new) = (
                each(load::<S, V, TAIL>(simd, running), 1.0 - MOMENTUM as f32),
                each(new, MOMENTUM as f32),
            );
            store::<S, V, TAIL>(
                simd,
                &std::array::from_fn(|i| simd.add_f32s(old[i], new[i])),
                running,
            );
        }
        let (gain, shift) = (
            load::<S, V, TAIL>(simd, &self.gain[features.clone()]),
            load::<S, V, TAIL>(simd, &self.shift[features]),
        );
        for line in lines {
            let values = load::<S, V, TAIL>(simd, &self.input[line.clone()]);
            let normalised: [_; V] = std::array::from_fn(|i| {
                simd.mul_f32s(simd.sub_f32s(values[i], mean[i]), reciprocal[i])
            });
            store::<S, V, TAIL>(simd, &normalised, &mut self.normalised[line.clone()]);
            let shifted =
                std::array::from_fn(|i| simd.mul_add_e_f32s(normalised[i], gain[i], shift[i]));
            store::<S, V, TAIL>(simd, &shifted, &mut self.shifted[line]);
        }
    }
}

impl WithSimd for NormaliseByAverages<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        over_strips(simd, self.rows, self.gain.len(), &mut self);
    }
}

impl ColumnPass for NormaliseByAverages<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        lines: impl Iterator<Item = Range<usize>> + Clone,
        features: Range<usize>,
    ) {
        let of = |vector: &[f32]| load::<S, V, TAIL>(simd, &vector[features.clone()]);
        let (mean, gain, shift) = (of(self.mean), of(self.gain), of(self.shift));
        let reciprocal = reciprocal_deviation::<S, V>(simd, of(self.variance));
        let scale: [_; V] = std::array::from_fn(|i| simd.mul_f32s(reciprocal[i], gain[i]));
        for line in lines {
            let values = load::<S, V, TAIL>(simd, &self.input[line.clone()]);
            let shifted = std::array::from_fn(|i| {
                simd.mul_add_e_f32s(simd.sub_f32s(values[i], mean[i]), scale[i], shift[i])
            });
            store::<S, V, TAIL>(simd, &shifted, &mut self.shifted[line]);
        }
    }
}

impl WithSimd for PullBackBatch<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        over_strips(simd, self.rows, self.gain.len(), &mut self);
    }
}

impl ColumnPass for PullBackBatch<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        lines: impl Iterator<Item = Range<usize>> + Clone,
        features: Range<usize>,
    ) {
        let (mut sums, mut along) = ([simd.splat_f32s(0.0); V], [simd.splat_f32s(0.0); V]);
        for line in lines.clone() {
            let (gradient, normal) = (
                load::<S, V, TAIL>(simd, &self.shifted_gradient[line.clone()]),
                load::<S, V, TAIL>(simd, &self.normalised[line]),
            );
            sums = std::array::from_fn(|i| simd.add_f32s(sums[i], gradient[i]));
            along = std::array::from_fn(|i| simd.mul_add_e_f32s(gradient[i], normal[i], along[i]));
        }
        store::<S, V, TAIL>(simd, &sums, &mut self.shift_gradient[features.clone()]);
        store::<S, V, TAIL>(simd, &along, &mut self.gain_gradient[features.clone()]);
        let part = simd.splat_f32s(1.0 / self.rows as f32);
        let (sums, along) = (
            sums.map(|sum| simd.mul_f32s(sum, part)),
            along.map(|sum| simd.mul_f32s(sum, part)),
        );
        let (gain, reciprocal) = (
            load::<S, V, TAIL>(simd, &self.gain[features.clone()]),
            load::<S, V, TAIL>(simd, &self.reciprocal[features]),
        );
        let scale: [_; V] = std::array::from_fn(|i| simd.mul_f32s(gain[i], reciprocal[i]));
        for line in lines {
            let gradient = load::<S, V, TAIL>(simd, &self.shifted_gradient[line.clone()]);
            let normal = load::<S, V, TAIL>(simd, &self.normalised[line.clone()]);
            let gradient: [_; V] = std::array::from_fn(|i| {
                let centred = simd.sub_f32s(gradient[i], sums[i]);
                simd.mul_f32s(
                    scale[i],
                    simd.negate_mul_add_e_f32s(normal[i], along[i], centred),
                )
            });
            match &mut self.sum {
                None => store::<S, V, TAIL>(simd, &gradient, &mut self.shifted_gradient[line]),
                Some(sum) => {
                    let old = load::<S, V, TAIL>(simd, &sum[line.clone()]);
                    store::<S, V, TAIL>(
                        simd,
                        &std::array::from_fn(|i| simd.add_f32s(old[i], gradient[i])),
                        &mut sum[line],
                    );
                }
            }
        }
    }
}

#[inline(always)]
fn reciprocal_deviation<S: Simd, const V: usize>(simd: S, variance: [S::f32s; V]) -> [S::f32s; V] {
    let (one, epsilon) = (simd.splat_f32s(1.0), simd.splat_f32s(EPSILON as f32));
    variance.map(|variance| simd.div_f32s(one, simd.sqrt_f32s(simd.add_f32s(variance, epsilon))))
}
