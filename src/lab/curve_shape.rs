//! What makes a sampled curve constant, flat or straight.

/// A function whose slope is 0 on more than this share of the range cannot learn.
pub const DEAD_SHARE: f64 = 0.95;
/// A function that stays this near its line, in parts of its spread, is one.
pub const STRAIGHT: f64 = 1e-4;

/// The least and the greatest of these values.
pub fn range(values: &[f32]) -> (f32, f32) {
    values
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), y| {
            (low.min(*y), high.max(*y))
        })
}

/// Whether values that lie between these differ by no more than rounding.
pub fn is_constant(low: f32, high: f32) -> bool {
    f64::from(high - low) <= 1e-6 * (1.0 + f64::from(high.abs()))
}

/// The largest distance of the curve from its least-squares line.
pub fn largest_residual(x: &[f32], y: &[f32]) -> f64 {
    let count = x.len() as f64;
    let mean_y = y.iter().map(|y| f64::from(*y)).sum::<f64>() / count;
    let (xy, xx) = x.iter().zip(y).fold((0.0, 0.0), |(xy, xx), (x, y)| {
        let (x, y) = (f64::from(*x), f64::from(*y) - mean_y);
        (xy + x * y, xx + x * x)
    });
    let residual = |(x, y): (&f32, &f32)| (f64::from(*y) - mean_y - xy / xx * f64::from(*x)).abs();
    x.iter().zip(y).map(residual).fold(0.0, f64::max)
}
