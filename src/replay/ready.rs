//! A benchmark made ready: what every family of benchmarks gives, so that cells are run, recorded
//! and resumed alike.

use std::path::Path;

use super::checkpoint::CheckpointError;
use super::trainer::{Backend, Trained, TrainerError};
use crate::lab::PreparationError;
use crate::record::cell::{ActivationRecord, BenchmarkRecord, Cell};

/// A benchmark whose cells can be run. A new family of benchmarks implements this, and has a name
/// in [`super::Benchmark`].
pub trait ReadyBenchmark: Sync {
    /// All that the numbers of its cells depend on beside activation and seed.
    fn record(&self) -> &BenchmarkRecord;

    /// Epochs of a cell; 1 where there are none.
    fn epochs(&self) -> u32;

    /// Steps of a cell, in which progress is told.
    fn steps(&self) -> u64;

    /// Bytes that a cell of this activation needs in training.
    fn bytes(&self, trained: &Trained) -> u64;

    /// Runs a cell to its end. A pure function of the record, the activation and the seed: on any
    /// worker, in one go or resumed.
    ///
    /// # Errors
    /// An interruption, and a device or a disk that fails; nothing of it counts then but a
    /// checkpoint.
    fn run(&self, assignment: &Assignment, watch: &Watch) -> Result<Cell, CellError>;
}

/// What one run of a cell needs beside the benchmark.
pub struct Assignment<'a> {
    pub activation: &'a ActivationRecord,
    pub trained: &'a Trained,
    pub seed: u64,
    pub backend: &'a Backend,
    /// Where its checkpoint lies.
    pub checkpoint: Option<&'a Path>,
    /// Bytes that it may take; the cell ends as out of memory where it needs more.
    pub memory: Option<u64>,
}

/// Who looks on.
pub struct Watch<'a> {
    /// Called with how many steps are done more, those before a checkpoint together.
    pub stepped: &'a (dyn Fn(u64) + Sync),
    /// Called after each epoch with the epochs done.
    pub advanced: &'a (dyn Fn(u32) + Sync),
    /// Asked before each step.
    pub halted: &'a (dyn Fn() -> bool + Sync),
}

/// Why a cell could not be run to an end that is recorded.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    #[error("{0}")]
    Trainer(#[from] TrainerError),
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    #[error("{0}")]
    Laboratory(#[from] PreparationError),
    #[error("the device failed in the middle of training; the cell was not recorded")]
    DeviceFailed,
    #[error(
        "{benchmark} trains one formula everywhere, and the activation is mixed: give a formula"
    )]
    Mixed { benchmark: String },
    #[error("interrupted; the checkpoint of the last whole epoch is kept")]
    Interrupted,
}
