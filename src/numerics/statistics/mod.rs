//! What may be said of plain numbers: location and spread, intervals, tests of two samples, and how
//! far one ranking predicts another.
//!
//! All tests are two-sided and all intervals are at 95 %. What cannot be computed is an
//! [`Undefined`] with its reason, never NaN.

mod bootstrap;
mod effect;
mod holm;
mod independent;
mod location;
mod paired;
mod ranks;
mod student;

pub use self::bootstrap::{
    rank_correlation_difference, rank_correlation_interval, Correlation, Pairing, Part,
};
pub use self::effect::{hedges_g, paired_effect};
pub use self::holm::holm;
pub use self::independent::{student_t, welch_t};
pub use self::location::{deviation, mean, mean_interval, median, median_interval};
pub use self::paired::{paired_t, wilcoxon, SignedRank};
pub use self::ranks::{quantiles, rank_correlation, ranks};
pub use self::student::{critical_t, two_sided_p, TTest};

/// Why a number cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    #[error("it takes {wanted} values at least, found {found}")]
    TooFew { wanted: usize, found: usize },

    #[error("paired samples must be equally long, found {first} and {second} values")]
    Unpaired { first: usize, second: usize },

    /// One that was given, or what they come to together.
    #[error("a value is not finite")]
    NotFinite,

    /// All values, or all differences, are the same but for rounding: there is no spread to hold a
    /// mean against.
    #[error("there is no spread: all values are the same")]
    NoSpread,

    /// Every pair is tied.
    #[error("there is no difference in any pair")]
    NoDifference,
}

/// Differences of numbers of size 1 below this are rounding: measured values have fewer digits by
/// far.
const ROUNDING: f64 = 1e-13;

/// Refuses what is not finite, and samples of fewer than `wanted`.
fn checked(values: &[f64], wanted: usize) -> Result<(), Undefined> {
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

/// The size below which a difference of values such as these is rounding.
fn rounding_of<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    ROUNDING
        * values
            .into_iter()
            .fold(0.0, |most: f64, value| most.max(value.abs()))
}

/// The power of two below the largest of these values: in units of it their squares are neither too
/// large for a number nor too small, and dividing by it rounds nothing.
fn unit_of<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    let most = values
        .into_iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    f64::from_bits(most.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

/// Refuses what became too large for a number.
fn finite(value: f64) -> Result<f64, Undefined> {
    value
        .is_finite()
        .then_some(value)
        .ok_or(Undefined::NotFinite)
}

/// First minus second, pair by pair, with the size below which a difference is rounding. Refuses
/// samples of unequal length, of fewer than `wanted` pairs, or with a value that is not finite.
fn differences(first: &[f64], second: &[f64], wanted: usize) -> Result<(Vec<f64>, f64), Undefined> {
    if first.len() != second.len() {
        return Err(Undefined::Unpaired {
            first: first.len(),
            second: second.len(),
        });
    }
    checked(first, wanted)?;
    checked(second, wanted)?;
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    checked(&differences, wanted)?;
    Ok((differences, rounding_of(first.iter().chain(second))))
}
