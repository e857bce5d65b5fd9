//! Several tests at once.

/// The p-values adjusted for being several (Holm 1979), in the order given: rejecting those below a
/// level keeps the probability of any false rejection below that level, however the tests depend on
/// each other. A test that could not be made counts as one with p = 1. Values must be from 0 to 1.
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
