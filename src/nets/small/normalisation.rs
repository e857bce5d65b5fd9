//! The normalisation of a hidden layer or a block, of either kind, forward and backward, with what
//! it keeps between the two.

use super::head;
use super::layout::Norm;
use super::matmul::Matrix;
use super::{batch_normalisation, layer_normalisation};
use crate::formula::vector::InstructionSet;
use crate::nets::Normalisation;
use crate::numerics::buffer::Buffer;

/// What a normalisation keeps.
#[derive(Default)]
pub(super) struct Normalised {
    /// The normalised values before gain and shift; panels of `rows x features`.
    values: Buffer,
    /// Reciprocal standard deviations: a row each (layer), or a feature each (batch).
    reciprocal: Buffer,
    /// Batch only: running averages of mean and variance, a feature each.
    running_mean: Buffer,
    running_variance: Buffer,
}

impl Normalised {
    /// Makes room for up to `rows` rows; running averages start anew.
    pub fn prepare(&mut self, kind: Normalisation, rows: usize, features: usize) {
        self.values.resize(rows * features);
        self.reciprocal.resize(rows.max(features));
        if kind == Normalisation::Batch {
            self.running_mean.resize(features);
            self.running_mean.fill(0.0);
            self.running_variance.resize(features);
            self.running_variance.fill(1.0);
        }
    }

    /// The running averages of mean and (unbiased) variance, a feature each.
    pub fn running(&self) -> (&[f32], &[f32]) {
        (&self.running_mean, &self.running_variance)
    }
}

/// `shifted = normalised gain + shift` for `rows` rows of `input`. While `learning`, a batch
/// normalises itself and enters the running averages, and what [`backward`] needs is kept;
/// otherwise the running averages stand for the batch.
#[allow(clippy::too_many_arguments)]
pub(super) fn forward(
    set: InstructionSet,
    norm: Norm,
    parameters: &[f32],
    rows: usize,
    input: &[f32],
    normalised: &mut Normalised,
    shifted: &mut [f32],
    learning: bool,
) {
    let (gain, shift) = (norm.gain.of(parameters), norm.shift.of(parameters));
    let Normalised {
        values,
        reciprocal,
        running_mean,
        running_variance,
    } = normalised;
    match norm.kind {
        Normalisation::Layer => {
            let reciprocal = &mut reciprocal[..rows];
            set.run(layer_normalisation::NormaliseRows {
                input,
                gain,
                shift,
                normalised: values,
                shifted,
                reciprocal,
            });
        }
        Normalisation::Batch if learning => {
            let reciprocal = &mut reciprocal[..gain.len()];
            let running = [&mut **running_mean, &mut **running_variance];
            set.run(batch_normalisation::NormaliseBatch {
                rows,
                input,
                gain,
                shift,
                normalised: values,
                shifted,
                reciprocal,
                running,
            });
        }
        Normalisation::Batch => {
            set.run(batch_normalisation::NormaliseByAverages {
                rows,
                input,
                gain,
                shift,
                mean: running_mean,
                variance: running_variance,
                shifted,
            });
        }
        Normalisation::None => unreachable!("a layout has no norm where nothing is normalised"),
    }
}

/// The gradients of gain and shift, from the loss's gradient with respect to `shifted`; and that
/// with respect to the input: added to `sum`, or where there is none in place.
#[allow(clippy::too_many_arguments)]
pub(super) fn backward(
    set: InstructionSet,
    norm: Norm,
    parameters: &[f32],
    gradient: &mut [f32],
    rows: usize,
    shifted_gradient: &mut [f32],
    normalised: &Normalised,
    sum: Option<&mut [f32]>,
) {
    let (gain, features) = (norm.gain.of(parameters), norm.gain.columns);
    let (values, arriving) = (
        &*normalised.values,
        Matrix::new(shifted_gradient, rows, features),
    );
    match norm.kind {
        Normalisation::Layer => {
            layer_normalisation::gain_gradient(
                set,
                arriving,
                Matrix::new(values, rows, features),
                norm.gain.of_mut(gradient),
            );
            head::column_sums(set, arriving, norm.shift.of_mut(gradient));
            let reciprocal = &normalised.reciprocal[..rows];
            set.run(layer_normalisation::PullBackRows {
                shifted_gradient,
                normalised: values,
                reciprocal,
                gain,
                sum,
            });
        }
        Normalisation::Batch => {
            let reciprocal = &normalised.reciprocal[..features];
            let (gain_gradient, shift_gradient) = norm.both_mut(gradient);
            set.run(batch_normalisation::PullBackBatch {
                rows,
                shifted_gradient,
                normalised: values,
                reciprocal,
                gain,
                gain_gradient,
                shift_gradient,
                sum,
            });
        }
        Normalisation::None => unreachable!("a layout has no norm where nothing is normalised"),
    }
}
