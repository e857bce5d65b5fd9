//! The record of a tuning: what was measured of one baseline on a cheap fidelity of a benchmark, and
//! so which of its constants are best there.

use serde::{Deserialize, Serialize};

use crate::record::benchmark_run::BenchmarkRecord;
use crate::record::candidate::FormulaRecord;

/// What was measured of a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuningRecord {
    /// The benchmark at the fidelity of the tuning, with its recipe.
    pub benchmark: BenchmarkRecord,
    /// The seed of every run.
    pub seed: u64,
    /// What was tuned.
    pub baseline: FormulaRecord,
    /// The evaluations that were asked for; fewer were made where nothing was left to look for.
    pub asked: u32,
    /// What was measured, in order, the baseline as it is first.
    pub tried: Vec<TriedRecord>,
}

/// A formula that was measured in a tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriedRecord {
    /// The formula.
    pub formula: FormulaRecord,
    /// What is lowest where it is best: the loss on the validation part, or what the benchmark has
    /// in its place. Absent where it diverged.
    pub value: Option<f64>,
}

impl TuningRecord {
    /// The tuning that stopped after so many evaluations.
    #[must_use]
    pub fn first(mut self, evaluations: u32) -> TuningRecord {
        self.asked = self.asked.min(evaluations);
        self.tried.truncate(evaluations as usize);
        self
    }

    /// The first of those with the lowest value: the baseline where nothing is better.
    pub fn best(&self) -> &FormulaRecord {
        let worth = |tried: &TriedRecord| tried.value.unwrap_or(f64::INFINITY);
        self.tried
            .iter()
            .filter(|tried| tried.value.is_some())
            .min_by(|a, b| worth(a).total_cmp(&worth(b)))
            .map_or(&self.baseline, |tried| &tried.formula)
    }
}
