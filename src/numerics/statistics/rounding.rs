//! What is rounding among values of a size, and a unit in which they can be squared.

/// Differences of numbers of size 1 below this are rounding: measured values have fewer digits by
/// far.
const ROUNDING: f64 = 1e-13;

/// The size below which a difference of values such as these is rounding.
pub(super) fn rounding_of<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    ROUNDING
        * values
            .into_iter()
            .fold(0.0, |most: f64, value| most.max(value.abs()))
}

/// The power of two below the largest of these values: in units of it their squares are neither too
/// large for a number nor too small, and dividing by it rounds nothing.
pub(super) fn unit_of<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    let most = values
        .into_iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    f64::from_bits(most.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}
