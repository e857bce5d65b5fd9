//! The adjustment of p-values for several tests.

/// Holm's adjustment (1979) of p-values for their number, in the order of `p_values`. Rejecting
/// those below a level keeps the probability of any false rejection below that level, however the
/// tests depend on each other. Every value must be from 0 to 1; a test that could not be made
/// enters as 1.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 0.0;
    for (place, index) in order.into_iter().enumerate() {
        least = ((p_values.len() - place) as f64 * p_values[index])
            .min(1.0)
            .max(least);
        adjusted[index] = least;
    }
    adjusted
}
