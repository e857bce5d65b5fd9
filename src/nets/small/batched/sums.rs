//! Sums of [trials, rows, features] tensors along one of the last two axes, as matrix products:
//! Candle's own walk a middle axis element by element.

use candle_core::{DType, Result, Tensor, D};

/// The sum over the rows: [trials, 1, features].
pub(super) fn over_rows(x: &Tensor) -> Result<Tensor> {
    let (trials, rows, _) = x.dims3()?;
    Tensor::ones((1, 1, rows), DType::F32, x.device())?
        .broadcast_as((trials, 1, rows))?
        .matmul(x)
}

/// The mean over the rows: [trials, 1, features].
pub(super) fn mean_over_rows(x: &Tensor) -> Result<Tensor> {
    over_rows(x)? * (1.0 / x.dim(1)? as f64)
}

/// The mean over the features: [trials, rows, 1].
pub(super) fn mean_over_features(x: &Tensor) -> Result<Tensor> {
    x.mean_keepdim(D::Minus1)
}
