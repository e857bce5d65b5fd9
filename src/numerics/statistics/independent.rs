//! The t-tests of two samples that are not paired, which publications report.

use super::location::plain_deviation;
use super::rounding::{rounding_of, unit_of};
use super::student::TTest;
use super::undefined::{checked, finite, Undefined};

/// Student's t-test of two independent samples (1908), whose spreads it takes to be equal.
///
/// # Errors
/// `NotFinite`, also of a result that is too large for a number, `TooFew` below two values in
/// either, `NoSpread` where both are constant but for rounding.
pub fn student_t(first: &[f64], second: &[f64]) -> Result<TTest, Undefined> {
    let samples = Samples::of(first, second)?;
    let (n, m) = samples.counts;
    TTest::of(
        samples.difference,
        samples.pooled_deviation() * (1.0 / n + 1.0 / m).sqrt(),
        n + m - 2.0,
    )
}

/// Welch's t-test of two independent samples (1947), whose spreads may differ; the degrees of
/// freedom are Satterthwaite's (1946).
///
/// # Errors
/// As [`student_t`].
pub fn welch_t(first: &[f64], second: &[f64]) -> Result<TTest, Undefined> {
    let samples = Samples::of(first, second)?;
    let (n, m) = samples.counts;
    let (a, b) = (samples.variances.0 / n, samples.variances.1 / m);
    let degrees_of_freedom = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (m - 1.0));
    TTest::of(
        samples.difference,
        (a + b).sqrt() * samples.unit,
        degrees_of_freedom,
    )
}

/// Two samples of which one at least has spread.
pub(super) struct Samples {
    pub(super) difference: f64,
    pub(super) counts: (f64, f64),
    /// In units of `unit` squared.
    variances: (f64, f64),
    /// About the larger deviation.
    unit: f64,
}

impl Samples {
    pub(super) fn of(first: &[f64], second: &[f64]) -> Result<Samples, Undefined> {
        checked(first, 2)?;
        checked(second, 2)?;
        let deviations = (plain_deviation(first), plain_deviation(second));
        if deviations.0.max(deviations.1) <= rounding_of(first.iter().chain(second)) {
            return Err(Undefined::NoSpread);
        }
        let counts = (first.len() as f64, second.len() as f64);
        let difference =
            first.iter().sum::<f64>() / counts.0 - second.iter().sum::<f64>() / counts.1;
        let unit = unit_of([&finite(deviations.0)?, &finite(deviations.1)?]);
        let variances = ((deviations.0 / unit).powi(2), (deviations.1 / unit).powi(2));
        Ok(Samples {
            difference: finite(difference)?,
            counts,
            variances,
            unit,
        })
    }

    pub(super) fn pooled_deviation(&self) -> f64 {
        let (n, m) = self.counts;
        (((n - 1.0) * self.variances.0 + (m - 1.0) * self.variances.1) / (n + m - 2.0)).sqrt()
            * self.unit
    }
}
