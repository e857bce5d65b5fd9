//! Layer and batch normalisation of [trials, rows, features] tensors, forward and backward; each
//! trial by itself.

use candle_core::{Result, Tensor};

use super::sums::{mean_over_features, mean_over_rows, over_rows};
use crate::nets::candle::statistics::{reciprocal_deviation, unbiased_factor, Statistics};
use crate::nets::Normalisation;

/// What the backward pass needs: the normalised values, and the reciprocal standard deviation of
/// each row or feature.
pub(super) struct NormalisationTrace {
    values: Tensor,
    reciprocal: Tensor,
}

/// What [`backward`] gives.
pub(super) struct NormalisationGradients {
    pub input: Tensor,
    /// [trials, 1, features], as that of the shift.
    pub gain: Tensor,
    pub shift: Tensor,
}

/// `normalised gain + shift`, with gain and shift [trials, 1, features]. While learning, a batch
/// normalises itself and enters the running averages, which a layer normalisation has not.
pub(super) fn forward(
    kind: Normalisation,
    x: &Tensor,
    [gain, shift]: [&Tensor; 2],
    running: Option<&mut Statistics>,
    learning: bool,
) -> Result<(Tensor, Option<NormalisationTrace>)> {
    let (centred, reciprocal) = match (kind, running) {
        (Normalisation::Batch, Some(running)) if !learning => {
            let scale = reciprocal_deviation(&running.variance)?.mul(gain)?;
            let shifted = x
                .broadcast_sub(&running.mean)?
                .broadcast_mul(&scale)?
                .broadcast_add(shift)?;
            return Ok((shifted, None));
        }
        (Normalisation::Batch, Some(running)) => {
            let mean = mean_over_rows(x)?;
            let centred = x.broadcast_sub(&mean)?;
            let variance = mean_over_rows(&centred.sqr()?)?;
            running.follow(&mean, &variance, unbiased_factor(x.dim(1)?))?;
            (centred, reciprocal_deviation(&variance)?)
        }
        (Normalisation::Layer, _) => {
            let centred = x.broadcast_sub(&mean_over_features(x)?)?;
            let variance = mean_over_features(&centred.sqr()?)?;
            (centred, reciprocal_deviation(&variance)?)
        }
        (Normalisation::Batch, None) | (Normalisation::None, _) => {
            unreachable!("a batch normalisation has running averages, and no normalisation no norm")
        }
    };
    let values = centred.broadcast_mul(&reciprocal)?;
    let shifted = values.broadcast_mul(gain)?.broadcast_add(shift)?;
    Ok((
        shifted,
        learning.then_some(NormalisationTrace { values, reciprocal }),
    ))
}

/// The gradients, from that of what [`forward`] gave.
pub(super) fn backward(
    kind: Normalisation,
    arriving: &Tensor,
    kept: &NormalisationTrace,
    gain: &Tensor,
) -> Result<NormalisationGradients> {
    let NormalisationTrace { values, reciprocal } = kept;
    let along = (arriving * values)?;
    let (gain_gradient, shift_gradient) = (over_rows(&along)?, over_rows(arriving)?);
    let input = match kind {
        Normalisation::Batch => {
            let part = 1.0 / arriving.dim(1)? as f64;
            let rest = arriving
                .broadcast_sub(&(&shift_gradient * part)?)?
                .sub(&values.broadcast_mul(&(&gain_gradient * part)?)?)?;
            rest.broadcast_mul(&gain.mul(reciprocal)?)?
        }
        Normalisation::Layer => {
            let scaled = arriving.broadcast_mul(gain)?;
            let along = mean_over_features(&(&scaled * values)?)?;
            let rest = scaled
                .broadcast_sub(&mean_over_features(&scaled)?)?
                .sub(&values.broadcast_mul(&along)?)?;
            rest.broadcast_mul(reciprocal)?
        }
        Normalisation::None => unreachable!("a layout has no norm where nothing is normalised"),
    };
    Ok(NormalisationGradients {
        input,
        gain: gain_gradient,
        shift: shift_gradient,
    })
}
