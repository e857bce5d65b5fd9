//! A benchmark made ready: what every family of benchmarks gives, so that benchmark runs are run,
//! recorded and resumed alike.

use std::path::Path;

use super::checkpoint::CheckpointError;
use super::program::error::ProgramError;
use super::trainer::{Trained, TrainerError};
use crate::lab::PreparationError;
use crate::nets::Backend;
use crate::numerics::stop::Stop;
use crate::record::benchmark_run::{ActivationRecord, BenchmarkRecord, BenchmarkRun};

/// A benchmark that can train and measure activations. A new family of benchmarks implements this,
/// and has a name in [`super::Benchmark`].
pub trait ReadyBenchmark: Sync {
    /// Returns all that the numbers of its runs depend on beside activation and seed.
    fn record(&self) -> &BenchmarkRecord;

    /// Returns the epochs of a run; 1 where there are none.
    fn epochs(&self) -> u32;

    /// Returns the steps of a run, in which progress is told.
    fn steps(&self) -> u64;

    /// Returns the bytes that a run of this activation needs in training.
    fn bytes(&self, trained: &Trained) -> u64;

    /// Returns whether the first baseline is to be run alone before anything else, and all is to be
    /// given up where that does not finish.
    fn is_tried_out(&self) -> bool {
        false
    }

    /// Says whether the others may run after this first run of a baseline of this name.
    ///
    /// # Errors
    /// The benchmark is tried out, and the run did not finish.
    fn check_trial(&self, baseline: &str, run: &BenchmarkRun) -> Result<(), BenchmarkRunError> {
        if !self.is_tried_out() || run.end.value().is_some() {
            return Ok(());
        }
        Err(BenchmarkRunError::TrialFailed(Box::new(FailedTrial {
            benchmark: run.benchmark.benchmark.clone(),
            baseline: baseline.to_owned(),
            end: run.end.to_string(),
            words: run.end.words().to_owned(),
        })))
    }

    /// Makes a benchmark run, from its beginning or its checkpoint to its end. The result is a pure
    /// function of the record, the activation and the seed: on any worker, in one go or resumed.
    ///
    /// # Errors
    /// An interruption, and a device or a disk that fails; nothing of it counts then but a
    /// checkpoint.
    fn run(
        &self,
        assignment: &Assignment,
        watch: &RunWatch,
    ) -> Result<BenchmarkRun, BenchmarkRunError>;
}

/// What a benchmark run needs beside the benchmark.
pub struct Assignment<'a> {
    /// The activation, as records hold it.
    pub activation: &'a ActivationRecord,
    /// The activation, compiled.
    pub trained: &'a Trained,
    /// The seed of the run.
    pub seed: u64,
    /// Where the network is trained.
    pub backend: &'a Backend,
    /// Where its checkpoint lies.
    pub checkpoint: Option<&'a Path>,
    /// Bytes that it may take; the benchmark run ends as out of memory where it needs more.
    pub memory: Option<u64>,
}

/// What a benchmark run calls on its way.
pub struct RunWatch<'a> {
    /// Called with how many steps are done more, those before a checkpoint together.
    pub stepped: &'a (dyn Fn(u64) + Sync),
    /// Called after each epoch with the epochs done.
    pub advanced: &'a (dyn Fn(u32) + Sync),
    /// Asked before each step.
    pub stop: &'a Stop,
}

/// Why a benchmark run could not be run to an end that is recorded.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarkRunError {
    /// A step or a pass failed.
    #[error("{0}")]
    Trainer(#[from] TrainerError),
    /// The disk does not take the checkpoint.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// The sealed lab cannot be made ready.
    #[error("{0}")]
    Laboratory(#[from] PreparationError),
    /// The device failed while the sealed lab trained.
    #[error("the device failed in the middle of training; the benchmark run was not recorded")]
    DeviceFailed,
    /// A mixed activation on a benchmark that trains one formula.
    #[error(
        "{benchmark} trains one formula everywhere, and the activation is mixed: give a formula"
    )]
    Mixed {
        /// The benchmark's name.
        benchmark: String,
    },
    /// A program of the user's could not be run.
    #[error("{0}")]
    Program(#[from] ProgramError),
    /// A program did not finish with a baseline, with which it is tried out.
    #[error("{0}")]
    TrialFailed(Box<FailedTrial>),
    /// The user wanted to stop.
    #[error("interrupted; the checkpoint of the last whole epoch is kept")]
    Interrupted,
}

/// A program that did not finish with the baseline with which it is tried out.
#[derive(Debug, thiserror::Error)]
#[error(
    "the program {benchmark} must train {baseline} before anything else, and it did not: {end}; \
     nothing of it is recorded{}",
    of_words(words)
)]
pub struct FailedTrial {
    /// The benchmark's name.
    pub benchmark: String,
    /// The name of the baseline.
    pub baseline: String,
    /// How it ended.
    pub end: String,
    /// The end of what it wrote.
    pub words: String,
}

fn of_words(words: &str) -> String {
    match words {
        "" => String::new(),
        words => format!(". What it wrote:\n{words}"),
    }
}
