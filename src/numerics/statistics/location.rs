//! Location and spread of one sample, with intervals.

use super::rounding::{rounding_of, unit_of};
use super::student::critical_t;
use super::undefined::{checked, finite, Undefined};

/// The mean; `None` where `values` is empty. Values must be finite.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The median: the middle value, or the mean of the middle two; `None` where `values` is empty.
/// Values must be finite.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(sorted[middle - 1] / 2.0 + sorted[middle] / 2.0),
    }
}

/// The sample standard deviation, with n - 1 in the denominator; 0 where all values are equal but
/// for rounding.
///
/// # Errors
/// `TooFew` below two values; `NotFinite` where a value or the deviation is not finite.
pub fn deviation(values: &[f64]) -> Result<f64, Undefined> {
    checked(values, 2)?;
    let (deviation, rounding) = (finite(plain_deviation(values))?, rounding_of(values));
    Ok(if deviation <= rounding {
        0.0
    } else {
        deviation
    })
}

/// The 95 % interval of the mean by Student's t (1908), which takes the values to be about normal.
///
/// # Errors
/// `TooFew` below two values, `NotFinite`, `NoSpread`.
pub fn mean_interval(values: &[f64]) -> Result<(f64, f64), Undefined> {
    let deviation = deviation(values)?;
    if deviation == 0.0 {
        return Err(Undefined::NoSpread);
    }
    let count = values.len() as f64;
    let (centre, reach) = (
        values.iter().sum::<f64>() / count,
        critical_t(count - 1.0) * deviation / count.sqrt(),
    );
    Ok((finite(centre - reach)?, finite(centre + reach)?))
}

/// The 95 % interval of the median by order statistics (Thompson 1936, the sign test inverted): the
/// narrowest interval between two values of the sample, equally many from either end, that holds
/// the median with a probability of at least 95 %, whatever the distribution.
///
/// # Errors
/// `TooFew` below six values, whose extremes hold the median with a smaller probability;
/// `NotFinite`.
pub fn median_interval(values: &[f64]) -> Result<(f64, f64), Undefined> {
    checked(values, 6)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    // The probabilities that a fair coin shows heads 0, 1, 2 ... times, summed while both tails
    // together stay within 5 %.
    let mut logarithm = -(count as f64) * std::f64::consts::LN_2;
    let (mut tail, mut from_end) = (logarithm.exp(), 0);
    while 2.0 * tail <= 0.05 {
        logarithm += ((count - from_end) as f64).ln() - ((from_end + 1) as f64).ln();
        tail += logarithm.exp();
        from_end += 1;
    }
    Ok((sorted[from_end - 1], sorted[count - from_end]))
}

/// The standard deviation of two values or more, rounding and all; infinite only where it is too
/// large for a number.
pub(super) fn plain_deviation(values: &[f64]) -> f64 {
    let (count, unit) = (values.len() as f64, unit_of(values));
    let centre = values.iter().map(|value| value / unit).sum::<f64>() / count;
    (values
        .iter()
        .map(|value| (value / unit - centre).powi(2))
        .sum::<f64>()
        / (count - 1.0))
        .sqrt()
        * unit
}
