//! All that a transfer came to.

use super::{BenchmarkOutcome, Predictor, Transfer};
use crate::numerics::stream::Key;
use crate::record::benchmark_run::BenchmarkRecord;
use crate::replay::function_field::NamedFormula;

/// All that a transfer came to, as tables, documents and plots tell it.
pub struct TransferFindings {
    /// The benchmark that is to be predicted.
    pub benchmark: BenchmarkRecord,
    /// The lab that should predict.
    pub lab: String,
    /// The lab behind the fitness in the vault, where it was measured.
    pub vault: Option<String>,
    /// The field: published and random functions.
    pub functions: Vec<NamedFormula>,
    /// The seed of the field and of the lab.
    pub seed: u64,
    /// Of the benchmark.
    pub seeds: Vec<u64>,
    /// Everything that may predict the outcome, each with a value a function.
    pub predictors: Vec<Predictor>,
    /// What the functions came to on the benchmark.
    pub outcome: BenchmarkOutcome,
    /// How well each predictor foretells the outcome.
    pub transfer: Transfer,
}

impl TransferFindings {
    /// What these numbers come to; halves and resamples come from the seed.
    pub fn new(
        benchmark: BenchmarkRecord,
        (lab, vault): (String, Option<String>),
        (functions, seed): (Vec<NamedFormula>, u64),
        (outcome, seeds): (BenchmarkOutcome, Vec<u64>),
        predictors: Vec<Predictor>,
    ) -> TransferFindings {
        let transfer = Transfer::of(&predictors, &outcome, &Key::new(seed).word("transfer"));
        TransferFindings {
            benchmark,
            lab,
            vault,
            functions,
            seed,
            seeds,
            predictors,
            outcome,
            transfer,
        }
    }
}
