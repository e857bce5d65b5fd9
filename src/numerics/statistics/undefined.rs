//! Why a number cannot be computed, and the checks that say so.

/// Why a number cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// Fewer values than the statistic takes.
    #[error("it takes {wanted} values at least, found {found}")]
    TooFew {
        /// The fewest that it takes.
        wanted: usize,
        /// How many there are.
        found: usize,
    },

    /// Samples of different lengths where each value has a partner.
    #[error("paired samples must be equally long, found {first} and {second} values")]
    Unpaired {
        /// The length of the first.
        first: usize,
        /// The length of the second.
        second: usize,
    },

    /// A value, or the result, is infinite or NaN.
    #[error("a value is not finite")]
    NotFinite,

    /// All values, or all differences, are equal but for rounding, so that a mean has no spread to
    /// be compared with.
    #[error("there is no spread: all values are the same")]
    NoSpread,

    /// The two values of every pair are equal.
    #[error("there is no difference in any pair")]
    NoDifference,
}

/// Refuses what is not finite, and samples of fewer than `wanted`.
pub(super) fn checked(values: &[f64], wanted: usize) -> Result<(), Undefined> {
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    if values.len() < wanted {
        return Err(Undefined::TooFew {
            wanted,
            found: values.len(),
        });
    }
    Ok(())
}

/// Refuses what became too large for a number.
pub(super) fn finite(value: f64) -> Result<f64, Undefined> {
    value
        .is_finite()
        .then_some(value)
        .ok_or(Undefined::NotFinite)
}
