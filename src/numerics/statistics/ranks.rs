//! Ranks, rank correlation and quantiles.

/// The rank of each value, 1 for the least; ties share the mean of their ranks. No value may be
/// NaN.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = first as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|index| ranks[*index] = mean);
        first += tied.len();
    }
    ranks
}

/// The rank correlation of pairs: Pearson's correlation of their [`ranks`] (Spearman 1904), from -1
/// to 1.
///
/// `None` where the lengths differ, there are fewer than three pairs, or either side is constant or
/// holds a value that is not finite.
pub fn rank_correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 3 || a.iter().chain(b).any(|value| !value.is_finite()) {
        return None;
    }
    // Ranks are multiples of a half around a known mean, so these sums are exact and a constant
    // side gives 0 to the bit.
    let middle = (a.len() as f64 + 1.0) / 2.0;
    let (a, b) = (ranks(a), ranks(b));
    let dot = |a: &[f64], b: &[f64]| {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - middle) * (b - middle))
            .sum::<f64>()
    };
    let scale = (dot(&a, &a) * dot(&b, &b)).sqrt();
    (scale > 0.0).then(|| (dot(&a, &b) / scale).clamp(-1.0, 1.0))
}

/// The nearest of the sorted values at each of `quantiles`, which are from 0 to 1; no value is
/// interpolated.
///
/// # Panics
/// `values` must not be empty.
pub fn quantiles<const N: usize>(mut values: Vec<f64>, quantiles: [f64; N]) -> [f64; N] {
    values.sort_by(f64::total_cmp);
    quantiles.map(|quantile| values[((values.len() - 1) as f64 * quantile).round() as usize])
}
