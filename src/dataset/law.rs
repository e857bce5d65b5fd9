//! What every family gives: a region of inputs and a law that maps a point of it to a target.

use thiserror::Error;

/// Why a law has no value at a point.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{0}")]
pub struct Undefined(pub String);

/// A law: raw (not standardised) inputs to a raw target, in 64-bit arithmetic.
pub trait Law {
    /// The target at `point`, which has one number an input. It may be infinite or NaN; [`Undefined`] says why it could not be computed at all.
    fn target(&self, point: &[f64]) -> Result<f64, Undefined>;
}
