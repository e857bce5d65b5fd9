//! Effect sizes: differences in units of their spread.

use statrs::function::gamma::ln_gamma;

use super::independent::Samples;
use super::location::plain_deviation;
use super::paired::differences;
use super::undefined::{finite, Undefined};

/// Cohen's d_z (1988): the mean of the differences first minus second over their standard
/// deviation.
///
/// # Errors
/// `Unpaired`, `NotFinite`, `TooFew` below two pairs, `NoSpread`.
pub fn paired_effect(first: &[f64], second: &[f64]) -> Result<f64, Undefined> {
    let (differences, rounding) = differences(first, second, 2)?;
    let deviation = plain_deviation(&differences);
    if deviation <= rounding {
        return Err(Undefined::NoSpread);
    }
    finite(differences.iter().sum::<f64>() / differences.len() as f64 / finite(deviation)?)
}

/// Hedges' g (1981): the difference of the means over the pooled standard deviation, with the exact
/// correction for small samples.
///
/// # Errors
/// `NotFinite`, `TooFew` below two values in either sample, `NoSpread`.
pub fn hedges_g(first: &[f64], second: &[f64]) -> Result<f64, Undefined> {
    let samples = Samples::of(first, second)?;
    let degrees_of_freedom = samples.counts.0 + samples.counts.1 - 2.0;
    let correction =
        (ln_gamma(degrees_of_freedom / 2.0) - ln_gamma((degrees_of_freedom - 1.0) / 2.0)).exp()
            / (degrees_of_freedom / 2.0).sqrt();
    finite(correction * (samples.difference / finite(samples.pooled_deviation())?))
}
