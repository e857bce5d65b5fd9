//! The loss of a classifier, as autograd follows it.

use candle_core::{Result, Tensor};

/// The mean cross entropy of logits (images x classes) and labels (a `u32` an image), a scalar.
///
/// # Errors
/// Those of Candle on the device.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    // The greatest logit is a constant to autograd: it cancels.
    let shifted = logits.broadcast_sub(&logits.detach().max_keepdim(1)?)?;
    let normaliser = shifted.exp()?.sum_keepdim(1)?.log()?;
    (normaliser - shifted.gather(&labels.unsqueeze(1)?, 1)?)?.mean_all()
}
