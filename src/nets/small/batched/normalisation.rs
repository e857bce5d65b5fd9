//! Layer and batch normalisation of [trials, rows, features] tensors, forward and backward; each
//! trial by itself.

use candle_core::{DType, Device, Result, Tensor};

use super::sums::{mean_over_features, mean_over_rows, over_rows};
use crate::nets::normalisation::{EPSILON, MOMENTUM};
use crate::nets::Normalisation;

/// Running averages of a batch normalisation, [trials, 1, features] each.
pub(super) struct Running {
    mean: Tensor,
    variance: Tensor,
}

/// What the backward pass needs: the normalised values, and the reciprocal standard deviation of
/// each row or feature.
pub(super) struct Kept {
    values: Tensor,
    reciprocal: Tensor,
}

/// What [`backward`] gives.
pub(super) struct Gradients {
    pub input: Tensor,
    /// [trials, 1, features], as that of the shift.
    pub gain: Tensor,
    pub shift: Tensor,
}

impl Running {
    pub fn new(trials: usize, features: usize, device: &Device) -> Result<Running> {
        let shape = (trials, 1, features);
        Ok(Running {
            mean: Tensor::zeros(shape, DType::F32, device)?,
            variance: Tensor::ones(shape, DType::F32, device)?,
        })
    }

    fn enter(&mut self, mean: &Tensor, biased: &Tensor, rows: usize) -> Result<()> {
        let momentum = MOMENTUM;
        let unbiased = rows as f64 / (rows as f64 - 1.0).max(1.0);
        self.mean = ((&self.mean * (1.0 - momentum))? + (mean * momentum)?)?;
        self.variance = ((&self.variance * (1.0 - momentum))? + (biased * (momentum * unbiased))?)?;
        Ok(())
    }
}

/// `normalised gain + shift`, with gain and shift [trials, 1, features]. While learning, a batch
/// normalises itself and enters the running averages, which a layer normalisation has not.
pub(super) fn forward(
    kind: Normalisation,
    x: &Tensor,
    [gain, shift]: [&Tensor; 2],
    running: Option<&mut Running>,
    learning: bool,
) -> Result<(Tensor, Option<Kept>)> {
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
            running.enter(&mean, &variance, x.dim(1)?)?;
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
    Ok((shifted, learning.then_some(Kept { values, reciprocal })))
}

/// The gradients, from that of what [`forward`] gave.
pub(super) fn backward(
    kind: Normalisation,
    arriving: &Tensor,
    kept: &Kept,
    gain: &Tensor,
) -> Result<Gradients> {
    let Kept { values, reciprocal } = kept;
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
    Ok(Gradients {
        input,
        gain: gain_gradient,
        shift: shift_gradient,
    })
}

fn reciprocal_deviation(variance: &Tensor) -> Result<Tensor> {
    (variance + EPSILON)?.sqrt()?.recip()
}
