//! The statistics by which tensors are normalised.

use candle_core::{Result, Tensor, D};

use crate::nets::normalisation::{EPSILON, MOMENTUM};

/// A mean and a variance for each channel or for each row, in a shape that broadcasts over what
/// they normalise.
#[derive(Clone)]
pub(crate) struct Statistics {
    /// The mean.
    pub mean: Tensor,
    /// The variance; what made it says whether biased.
    pub variance: Tensor,
}

impl Statistics {
    /// Returns running averages before the first batch, in the shape, type and device of `like`: 0
    /// and 1.
    pub fn start(like: &Tensor) -> Result<Statistics> {
        Ok(Statistics {
            mean: like.zeros_like()?,
            variance: like.ones_like()?,
        })
    }

    /// Returns those of each channel (1 x 1 x 1 x channels) over all places of all images; the
    /// variance is the biased one.
    pub fn of_channels(input: &Tensor) -> Result<Statistics> {
        let mean = channel_means(input)?;
        let variance = channel_means(&input.broadcast_sub(&mean)?.sqr()?)?;
        Ok(Statistics { mean, variance })
    }

    /// Returns those of each row over the last axis, which stays with the length 1; the variance is
    /// the biased one.
    pub fn of_rows(input: &Tensor) -> Result<Statistics> {
        let mean = input.mean_keepdim(D::Minus1)?;
        let variance = input.broadcast_sub(&mean)?.sqr()?.mean_keepdim(D::Minus1)?;
        Ok(Statistics { mean, variance })
    }

    /// Returns the same without gradient, the variance as the unbiased one of so many rows.
    pub fn unbiased(&self, rows: usize) -> Result<Statistics> {
        Ok(Statistics {
            mean: self.mean.detach(),
            variance: (self.variance.detach() * unbiased_factor(rows))?,
        })
    }

    /// Moves running averages a tenth of the way to those of a batch, whose variance is multiplied
    /// by `factor` on the way.
    pub fn follow(&mut self, mean: &Tensor, variance: &Tensor, factor: f64) -> Result<()> {
        self.mean = ((&self.mean * (1.0 - MOMENTUM))? + (mean * MOMENTUM)?)?;
        self.variance = ((&self.variance * (1.0 - MOMENTUM))? + (variance * (MOMENTUM * factor))?)?;
        Ok(())
    }

    /// Returns `(input - mean) / sqrt(variance + 1e-5)`.
    pub fn normalise(&self, input: &Tensor) -> Result<Tensor> {
        input
            .broadcast_sub(&self.mean)?
            .broadcast_div(&(&self.variance + EPSILON)?.sqrt()?)
    }
}

/// Returns what the biased variance of so many rows is multiplied by to be the unbiased one; 1 for
/// one row.
pub(crate) fn unbiased_factor(rows: usize) -> f64 {
    rows as f64 / (rows - 1).max(1) as f64
}

/// Returns `1 / sqrt(variance + 1e-5)`.
pub(crate) fn reciprocal_deviation(variance: &Tensor) -> Result<Tensor> {
    (variance + EPSILON)?.sqrt()?.recip()
}

/// Image by image and then over the images: one long sum in 32 bits would lose digits.
fn channel_means(input: &Tensor) -> Result<Tensor> {
    let (images, height, width, channels) = input.dims4()?;
    input
        .reshape((images, height * width, channels))?
        .mean(1)?
        .mean(0)?
        .reshape((1, 1, 1, channels))
}
