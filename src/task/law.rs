//! A law: what every family gives beside a region of inputs.

use thiserror::Error;

/// Why a law has no value at a point.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{0}")]
pub struct Undefined(pub String);

/// A law: raw (not standardised) inputs to a raw target, in 64-bit arithmetic.
pub trait Law {
    /// The target at `point`, which has one number an input. It may be infinite or NaN;
    /// [`Undefined`] says why it could not be computed at all.
    fn target(&self, point: &[f64]) -> Result<f64, Undefined>;

    /// The targets at many points, `dimension` numbers each, row by row: the bits of
    /// [`Law::target`] at each of them, sooner where a family can.
    ///
    /// # Errors
    /// The index of the first point that has no target, and why.
    fn targets(&self, points: &[f64], dimension: usize) -> Result<Vec<f64>, (usize, Undefined)> {
        points
            .chunks_exact(dimension)
            .enumerate()
            .map(|(index, point)| self.target(point).map_err(|undefined| (index, undefined)))
            .collect()
    }
}
