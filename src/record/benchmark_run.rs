//! The record of a benchmark run: one run of a benchmark with one activation and one seed, however
//! it ended.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::candidate::FormulaRecord;

/// A benchmark as it was run: all that its numbers depend on beside the activation and the seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkRecord {
    /// What the user asked for, such as `cifar10/wrn-16-2`.
    pub benchmark: String,
    /// The image set, or the lab, that it measures on.
    pub dataset: String,
    /// The network that is trained.
    #[serde(rename = "model")]
    pub architecture: String,
    /// What `values` are, such as `accuracy`.
    pub metric: String,
    /// Whether higher or lower values are better.
    pub direction: Direction,
    /// Epochs, sizes, optimiser, schedule, augmentation, the hash of the data and the version of
    /// the engine: an object, keys in a fixed order.
    pub settings: Value,
}

/// Which values of a metric are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Higher values are better.
    Higher,
    /// Lower values are better.
    Lower,
}

impl Direction {
    /// `higher` or `lower`.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
        }
    }
}

impl BenchmarkRecord {
    /// 16 hexadecimal digits that two records share exactly when their numbers may be compared.
    pub fn key(&self) -> String {
        let identity = serde_json::json!([
            self.benchmark,
            self.dataset,
            self.architecture,
            self.metric,
            self.direction,
            self.settings
        ]);
        blake3::hash(identity.to_string().as_bytes()).to_hex()[..16].to_owned()
    }
}

/// What a benchmark run trains with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationRecord {
    /// One formula everywhere.
    Formula(FormulaRecord),
    /// A choice for each neuron among several.
    Mixed(MixedRecord),
}

/// A pool from which every neuron chooses its own activation (SmartMixed, arXiv 2510.22450).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixedRecord {
    /// The pool, in the order of its logits.
    pub pool: Vec<FormulaRecord>,
    /// Whether the quirks of the published code were kept.
    pub as_published: bool,
    /// The epoch after which each neuron's choice is final.
    pub switch_epoch: u32,
}

impl ActivationRecord {
    /// A formula's id, or a hash of the pool and its terms.
    pub fn id(&self) -> String {
        match self {
            ActivationRecord::Formula(formula) => formula.id.clone(),
            ActivationRecord::Mixed(mixed) => {
                let ids: Vec<&str> = mixed
                    .pool
                    .iter()
                    .map(|formula| formula.id.as_str())
                    .collect();
                let identity = serde_json::json!([ids, mixed.as_published, mixed.switch_epoch]);
                format!(
                    "mixed-{}",
                    &blake3::hash(identity.to_string().as_bytes()).to_hex()[..26]
                )
            }
        }
    }

    /// All formulas in it.
    pub fn formulas(&self) -> &[FormulaRecord] {
        match self {
            ActivationRecord::Formula(formula) => std::slice::from_ref(formula),
            ActivationRecord::Mixed(mixed) => &mixed.pool,
        }
    }

    /// The formula, where there is one.
    pub fn formula(&self) -> Option<&FormulaRecord> {
        match self {
            ActivationRecord::Formula(formula) => Some(formula),
            ActivationRecord::Mixed(_) => None,
        }
    }
}

/// One run of a benchmark with one activation and one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkRun {
    /// The benchmark.
    pub benchmark: BenchmarkRecord,
    /// The activation that was trained.
    pub activation: ActivationRecord,
    /// The seed of initial weights, batches, augmentation and dropout, which are the same for every
    /// activation.
    pub seed: u64,
    /// How it ended.
    pub end: BenchmarkRunEnd,
    /// One point an epoch, as far as it came.
    pub curve: Vec<EpochPoint>,
    /// For a mixed activation: for each layer, the share of each function of the pool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Vec<f64>>,
}

/// How a benchmark run ended. An interrupted one is not recorded: it goes on from its checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum BenchmarkRunEnd {
    /// `value` is the metric on the test part, measured once, after the last epoch.
    Finished {
        /// In the unit of the benchmark's metric.
        value: f64,
    },
    /// The loss or a weight was not finite in this epoch, from 1.
    Diverged {
        /// The epoch, counted from 1.
        epoch: u32,
    },
    /// It needs more memory than there was; not recorded, so that it is tried again.
    OutOfMemory {
        /// What was needed and what there was.
        detail: String,
    },
    /// The user's program failed with this activation.
    Failed {
        /// What it lacked, in a sentence.
        reason: String,
        /// The end of what it wrote.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
    /// It was ended before it was done, at its limit of time or by another program; not recorded,
    /// so that it is tried again.
    CutShort {
        /// By what it was ended.
        detail: String,
        /// The end of what it wrote.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
}

impl BenchmarkRunEnd {
    /// The value, where it finished.
    pub fn value(&self) -> Option<f64> {
        match self {
            BenchmarkRunEnd::Finished { value } => Some(*value),
            _ => None,
        }
    }

    /// Whether it is the activation's own end, and so recorded; one that hangs on the machine is
    /// tried again.
    pub fn is_lasting(&self) -> bool {
        match self {
            BenchmarkRunEnd::Finished { .. }
            | BenchmarkRunEnd::Diverged { .. }
            | BenchmarkRunEnd::Failed { .. } => true,
            BenchmarkRunEnd::OutOfMemory { .. } | BenchmarkRunEnd::CutShort { .. } => false,
        }
    }

    /// The end of what a program wrote that did not finish; empty for all others.
    pub fn words(&self) -> &str {
        match self {
            BenchmarkRunEnd::Failed { words, .. } | BenchmarkRunEnd::CutShort { words, .. } => {
                words
            }
            _ => "",
        }
    }
}

impl fmt::Display for BenchmarkRunEnd {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            BenchmarkRunEnd::Finished { value } => write!(f, "finished with {value}"),
            BenchmarkRunEnd::Diverged { epoch } => write!(f, "diverged in epoch {epoch}"),
            BenchmarkRunEnd::OutOfMemory { detail } => write!(f, "out of memory: {detail}"),
            BenchmarkRunEnd::Failed { reason, .. } => write!(f, "failed: {reason}"),
            BenchmarkRunEnd::CutShort { detail, .. } => write!(f, "cut short: {detail}"),
        }
    }
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochPoint {
    /// From 1.
    pub epoch: u32,
    /// The mean loss of the epoch's batches, each before its step.
    pub train_loss: f64,
    /// The loss and the metric on the validation part, where there is one.
    pub validation_loss: Option<f64>,
    /// The metric on the held-out part after this epoch; absent where none is measured.
    pub validation_value: Option<f64>,
}
