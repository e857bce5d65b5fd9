//! The fitness law: what a trial's losses are worth, and how the values of families become one
//! fitness.

use serde::{Deserialize, Serialize};

/// How losses become one fitness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "snake_case", deny_unknown_fields)]
pub enum FitnessLaw {
    /// -(mean over families + worst family) of the log ratio of out-of-distribution loss to the
    /// reference's on the same (task, network, seed), shells averaged, clipped to +-`clip`.
    LogRatio {
        /// The largest size of a log ratio, above 0; a trial without losses counts as it.
        clip: f64,
    },
    /// The publication's aggregate (arXiv 2602.05688): minus the mean over tasks of the
    /// out-of-distribution loss, a loss counting at most `ceiling`.
    MinusMeanLoss {
        /// What a loss counts at most, above 0; a trial without losses counts as it.
        ceiling: f64,
    },
}

/// The fitness law over the mean value of each family and the number of its tasks, lower being
/// better; higher is better in what comes out.
pub fn of_family_means(law: &FitnessLaw, families: impl Iterator<Item = (f64, usize)>) -> f64 {
    let families: Vec<(f64, usize)> = families.collect();
    match law {
        FitnessLaw::LogRatio { .. } => {
            let mean = families.iter().map(|(mean, _)| mean).sum::<f64>() / families.len() as f64;
            let worst = families
                .iter()
                .map(|(mean, _)| *mean)
                .fold(f64::NEG_INFINITY, f64::max);
            // Not a negation, so that the reference has 0 and not -0.
            0.0 - (mean + worst)
        }
        FitnessLaw::MinusMeanLoss { .. } => {
            let (sum, count) = families
                .iter()
                .fold((0.0, 0), |(sum, count), (mean, tasks)| {
                    (sum + mean * *tasks as f64, count + tasks)
                });
            -sum / count as f64
        }
    }
}

/// A trial's value, lower is better and always finite.
pub(super) fn trial_value(law: &FitnessLaw, losses: &[Option<f64>], reference: &[f64]) -> f64 {
    match *law {
        FitnessLaw::LogRatio { clip } => {
            let ratio = |(loss, reference): (&Option<f64>, &f64)| {
                loss.map(|loss| {
                    (loss.max(f64::MIN_POSITIVE) / reference.max(f64::MIN_POSITIVE)).ln()
                })
            };
            let logs: Option<Vec<f64>> = losses.iter().zip(reference).map(ratio).collect();
            logs.map_or(clip, |logs| {
                (logs.iter().sum::<f64>() / logs.len() as f64).clamp(-clip, clip)
            })
        }
        FitnessLaw::MinusMeanLoss { ceiling } => {
            let sum: f64 = losses
                .iter()
                .map(|loss| loss.map_or(ceiling, |loss| loss.min(ceiling)))
                .sum();
            sum / losses.len() as f64
        }
    }
}
