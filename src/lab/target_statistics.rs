//! What the targets of a data set are like.

use serde::Serialize;

use crate::task::Split;

/// What the targets of a set are like, in units of the training targets' standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TargetStatistics {
    /// The number of targets.
    pub rows: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, over all of them (not all but one).
    pub deviation: f64,
    /// The least target.
    pub least: f64,
    /// The greatest target.
    pub greatest: f64,
    /// The loss of the best constant of the training part, 0.
    pub mean_square: f64,
}

impl TargetStatistics {
    /// The statistics of a set, which must have a row.
    pub fn of(split: &Split) -> TargetStatistics {
        let targets = || split.targets.iter().map(|target| f64::from(*target));
        let count = split.rows() as f64;
        let mean = targets().sum::<f64>() / count;
        TargetStatistics {
            rows: split.rows(),
            mean,
            deviation: (targets().map(|target| (target - mean).powi(2)).sum::<f64>() / count)
                .sqrt(),
            least: targets().fold(f64::INFINITY, f64::min),
            greatest: targets().fold(f64::NEG_INFINITY, f64::max),
            mean_square: targets().map(|target| target * target).sum::<f64>() / count,
        }
    }
}
