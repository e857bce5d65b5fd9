//! Which of two formulas is better on a benchmark, and how sure that is: paired over the seeds with
//! which both were run.

use super::comparison::{Comparison, Verdict};
use crate::numerics::statistics::{mean, paired_t};
use crate::record::paired_run::PairedRun;

/// Adjusted p-values below this decide.
const LEVEL: f64 = 0.05;

/// The p-value of the paired t-test of the metric of two formulas over their common seeds; 1 where
/// the test cannot be made.
pub fn p_value_of_runs(formula: &[PairedRun], rival: &[PairedRun]) -> f64 {
    let (own, others) = common(formula, rival);
    paired_t(&own, &others).map_or(1.0, |test| test.p_value)
}

/// The metric beside the reference's of both formulas on their common seeds.
fn common(formula: &[PairedRun], rival: &[PairedRun]) -> (Vec<f64>, Vec<f64>) {
    let pairs = formula.iter().filter_map(|own| {
        let other = rival.iter().find(|other| other.seed == own.seed)?;
        Some((own.difference, other.difference))
    });
    pairs.unzip()
}

/// Compares the metric of two formulas by the paired t-test over their common seeds; `adjusted`
/// makes of its p-value the one that decides. `None` without a common seed. A run that did not
/// finish counts as the worst.
///
/// Above 0 means that the first is better, whatever the metric's direction.
pub fn compare_runs(
    formula: &[PairedRun],
    rival: &[PairedRun],
    adjusted: &dyn Fn(f64) -> f64,
) -> Option<Comparison> {
    let (own, others) = common(formula, rival);
    let differences: Vec<f64> = own.iter().zip(&others).map(|(a, b)| a - b).collect();
    let difference = mean(&differences)?;
    let Ok(test) = paired_t(&own, &others) else {
        return Some(Comparison {
            difference,
            interval: (difference, difference),
            probability: 0.5,
            p_value: 1.0,
            p_adjusted: None,
            verdict: Verdict::Undecided,
        });
    };
    let tail = test.p_value / 2.0;
    let probability = if difference > 0.0 { 1.0 - tail } else { tail };
    let p_adjusted = adjusted(test.p_value);
    let verdict = match p_adjusted < LEVEL {
        true if difference > 0.0 => Verdict::Better,
        true => Verdict::Worse,
        false => Verdict::Undecided,
    };
    Some(Comparison {
        difference,
        interval: test.interval,
        probability,
        p_value: test.p_value,
        p_adjusted: Some(p_adjusted),
        verdict,
    })
}
