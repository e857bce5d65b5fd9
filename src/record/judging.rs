//! How formulas are judged in a campaign, in words: what prompts and tables say of the lab or the
//! benchmark that measures them.

use serde::{Deserialize, Serialize};

use crate::record::lab_words::LabWords;

/// How formulas are judged: in words, beside which known activations, and under which profiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Judging {
    /// What the lab or the benchmark says of itself.
    pub words: JudgingWords,
    /// The names or formulas of the known activations that candidates are held against, the
    /// reference first.
    pub baselines: Vec<String>,
    /// The names under which a fitness is told beside the target's own, in the order of tables.
    pub profiles: Vec<String>,
}

/// What a lab or a benchmark says of itself.
#[derive(Clone, Debug, PartialEq)]
pub enum JudgingWords {
    /// Small networks on synthetic tasks.
    Lab(LabWords),
    /// A network on a benchmark.
    Benchmark(BenchmarkWords),
}

impl JudgingWords {
    /// The formula of the reference, whose fitness is 0.
    pub fn reference(&self) -> &str {
        match self {
            JudgingWords::Lab(words) => &words.reference,
            JudgingWords::Benchmark(words) => &words.reference,
        }
    }
}

/// What a benchmark says of itself, as sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkWords {
    /// What is trained on what, and which part is measured.
    pub judged: String,
    /// How a run becomes a fitness.
    pub fitness: String,
    /// The network, and how it is trained.
    pub network: String,
    /// The formula that runs are compared with.
    pub reference: String,
}
