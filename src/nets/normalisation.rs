//! What normalisations are, and the numbers that all of them share.

use serde::{Deserialize, Serialize};

/// Added to a variance before its root is taken.
pub(crate) const EPSILON: f64 = 1e-5;

/// What a batch's mean and variance count in the running averages.
pub(crate) const MOMENTUM: f64 = 0.1;

/// What stands between a hidden layer's linear map and its activation (`mlp`), or before a block's
/// first linear map (`residual`).
///
/// Both kinds have a trained gain (from 1) and shift (from 0) a feature, and add 1e-5 to the
/// variance. The linear map before one keeps its bias.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Nothing.
    None,
    /// LayerNorm (Ba et al. 2016): each row by its own mean and variance.
    Layer,
    /// Batch normalisation (Ioffe and Szegedy 2015): each feature by its mean and (biased) variance
    /// over the batch in training, and by running averages of them in evaluation, so that no
    /// evaluated set supplies its own statistics. The averages start at 0 and 1 and take a tenth of
    /// each batch's mean and unbiased variance. In an `mlp` the bias before it has no influence:
    /// its gradient is exactly 0 and it stays where it starts.
    Batch,
}
