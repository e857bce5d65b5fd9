//! A rung of a benchmark, with the reference's runs on it.

use super::pairing::paired;
use crate::record::benchmark_run::BenchmarkRun;
use crate::record::paired_run::PairedRun;
use crate::replay::ready_benchmark::ReadyBenchmark;

/// A fraction of the recipe, or the whole of it, on the validation part.
pub struct Stage {
    /// What tables and rejections call it.
    pub name: String,
    /// Whether it trains the whole recipe.
    pub is_whole: bool,
    /// The benchmark at that fraction.
    pub ready: Box<dyn ReadyBenchmark>,
    /// The seeds of its runs.
    pub seeds: Vec<u64>,
    /// The reference's runs, one a seed; none before they are made.
    pub reference: Vec<BenchmarkRun>,
}

impl Stage {
    /// Runs of this stage, one a seed, beside the reference's.
    pub fn beside_reference(&self, runs: &[BenchmarkRun]) -> Vec<PairedRun> {
        let pairs = runs.iter().zip(&self.reference);
        pairs
            .map(|(run, reference)| paired(run, reference))
            .collect()
    }

    /// How much of the recipe it trains, in words.
    pub fn extent(&self) -> String {
        match self.is_whole {
            true => "the whole recipe".to_owned(),
            false => format!("{} of the recipe", self.name),
        }
    }

    /// The steps that a formula takes on it.
    pub fn steps(&self) -> u64 {
        self.seeds.len() as u64 * self.ready.steps()
    }
}
