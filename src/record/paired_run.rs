//! The record of a benchmark run beside the reference's on the same seed.

use serde::{Deserialize, Serialize};

/// A benchmark run beside the reference's on the same seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedRun {
    /// The seed of both.
    pub seed: u64,
    /// The metric on the part that was measured; absent where the run did not finish.
    pub value: Option<f64>,
    /// The loss on the validation part; absent where the run did not finish, or reports none.
    pub loss: Option<f64>,
    /// The metric less the reference's, above 0 where it is better. A run that did not finish is as
    /// far behind as the reference is from 0.
    pub difference: f64,
    /// The logarithm of the loss over the reference's, clipped; a run that did not finish counts as
    /// the worst. Absent where the reference reports no loss.
    pub log_ratio: Option<f64>,
    /// How the run ended, where it did not finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether it did not finish because its training diverged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diverged: bool,
}
