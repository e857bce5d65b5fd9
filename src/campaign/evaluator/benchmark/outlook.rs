//! What a campaign on a benchmark will take, in steps of training.

use super::runner::BenchmarkEvaluator;
use crate::campaign::founders::known_activations;

/// Steps of training that are ahead, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BenchmarkOutlook {
    /// The reference on all rungs.
    pub reference: u64,
    /// The other known activations.
    pub founders: u64,
    /// The attempts, where each rung keeps its share of them.
    pub attempts: u64,
    /// The confirmation.
    pub confirmation: u64,
}

impl BenchmarkEvaluator<'_> {
    /// The steps of a campaign with so many attempts, and contenders in its confirmation.
    pub fn outlook(&self, attempts: u64, contenders: u64) -> BenchmarkOutlook {
        let known = known_activations(&self.judging.baselines).len() as u64;
        let reference = self.stages.iter().map(|stage| stage.steps()).sum();
        let climbing = |formulas: u64| {
            let (mut steps, mut left) = (0.0, formulas as f64);
            for (index, stage) in self.stages.iter().enumerate() {
                steps += left * stage.steps() as f64;
                left *= self.target.rungs.get(index).map_or(1.0, |rung| rung.keep);
            }
            steps.round() as u64
        };
        let fresh_seeds = u64::from(self.target.fresh_seeds);
        // No rung drops a baseline.
        let baselines = self.judging.baselines.len() as u64;
        BenchmarkOutlook {
            reference,
            founders: climbing(known.saturating_sub(baselines))
                + baselines.saturating_sub(1) * reference,
            attempts: climbing(attempts),
            confirmation: contenders * fresh_seeds * self.whole.steps(),
        }
    }
}
