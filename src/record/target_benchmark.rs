//! The record of a benchmark that is the target of a campaign: what its runs are, in which rungs it
//! selects, and how a run becomes a fitness.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::benchmark_run::BenchmarkRecord;
use crate::record::judging::{BenchmarkWords, Judging, JudgingWords};

/// A benchmark that selects in a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetBenchmark {
    /// Its whole recipe measured on the test part: what the champions are confirmed on. A resume
    /// refuses to go on with another.
    pub record: BenchmarkRecord,
    /// What the user asked for of its recipe.
    pub recipe: Value,
    /// Where its command comes from, where it is a program of the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramOrigin>,
    /// What of a run selects.
    pub fitness: FitnessMeasure,
    /// What it says of itself.
    pub words: BenchmarkWords,
    /// The known activations that candidates are held against, the reference first.
    pub baselines: Vec<String>,
    /// The cheap rungs, cheapest first; all are measured on the validation part.
    pub rungs: Vec<BenchmarkRung>,
    /// The seeds of the whole recipe, measured on the validation part.
    pub seeds: u32,
    /// The fresh seeds of a confirmation, measured on the test part too.
    pub fresh_seeds: u32,
}

/// Where the command of a program comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramOrigin {
    /// Its file, absolute.
    pub file: String,
    /// The command, as a person reads it.
    pub command: String,
    /// The mark of the archive in which its user has consented to it; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

impl TargetBenchmark {
    /// How it judges formulas.
    pub fn judging(&self) -> Judging {
        Judging {
            words: JudgingWords::Benchmark(self.words.clone()),
            baselines: self.baselines.clone(),
            profiles: FitnessMeasure::ALL
                .map(|measure| self.measure_name(measure))
                .to_vec(),
        }
    }

    /// What tables and records call a measure: `loss`, or the name of the metric.
    pub fn measure_name(&self, measure: FitnessMeasure) -> String {
        match measure {
            FitnessMeasure::Loss => measure.name().to_owned(),
            FitnessMeasure::Metric => self.record.metric.clone(),
        }
    }
}

/// A fraction of a benchmark's recipe that formulas pass before the whole of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkRung {
    /// What tables and rejections call it.
    pub name: String,
    /// The fraction of the recipe, above 0 and below 1.
    pub fraction: f64,
    /// The seeds that it is run with.
    pub seeds: u32,
    /// The fraction of the running field that goes on: above 0, at most 1.
    pub keep: f64,
    /// The running field: this many of the latest fitnesses on this rung.
    pub field: usize,
    /// With fewer fitnesses than this in the field, every formula goes on.
    pub least_field: usize,
}

/// What of a benchmark run becomes the fitness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitnessMeasure {
    /// Minus the logarithm of the validation loss over the reference's.
    #[default]
    Loss,
    /// The metric less the reference's, in its better direction.
    Metric,
}

impl FitnessMeasure {
    /// Both, in the order of the options.
    pub const ALL: [FitnessMeasure; 2] = [FitnessMeasure::Loss, FitnessMeasure::Metric];

    /// `loss` or `metric`.
    pub fn name(self) -> &'static str {
        match self {
            FitnessMeasure::Loss => "loss",
            FitnessMeasure::Metric => "metric",
        }
    }
}
