//! Constants, polynomials and branches over tensors, of which elementary functions are composed.

use candle_core::{DType, Result, Tensor};

/// `value` in the shape and type of `like`.
pub(super) fn constant(like: &Tensor, value: f64) -> Result<Tensor> {
    match like.dtype() {
        DType::F32 => Tensor::full(value as f32, like.shape(), like.device()),
        dtype => Tensor::full(value, like.shape(), like.device())?.to_dtype(dtype),
    }
}

/// `near(x)` where `condition`, else `far(x)`; each sees `harmless` in place of the other's
/// arguments.
pub(super) fn branch(
    x: &Tensor,
    condition: &Tensor,
    [near_harmless, far_harmless]: [f64; 2],
    near: impl FnOnce(&Tensor) -> Result<Tensor>,
    far: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let near = near(&condition.where_cond(x, &constant(x, near_harmless)?)?)?;
    let far = far(&condition.where_cond(&constant(x, far_harmless)?, x)?)?;
    condition.where_cond(&near, &far)
}

/// `coefficients[0] + coefficients[1] x + ...` by Horner's rule.
pub(super) fn polynomial(x: &Tensor, coefficients: &[f64]) -> Result<Tensor> {
    let (last, rest) = coefficients
        .split_last()
        .expect("a polynomial has a coefficient");
    let mut sum = constant(x, *last)?;
    for coefficient in rest.iter().rev() {
        sum = ((sum * x)? + *coefficient)?;
    }
    Ok(sum)
}

/// `magnitude` with the sign of `x`; even through its value at 0, odd through its slope there.
pub(super) fn with_sign_of(x: &Tensor, magnitude: &Tensor) -> Result<Tensor> {
    x.lt(0.0)?.where_cond(&magnitude.neg()?, magnitude)
}
