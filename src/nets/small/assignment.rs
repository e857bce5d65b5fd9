//! What a trial of a small network is made of.

use crate::numerics::stream::Key;
use crate::task::TaskData;

/// What a trial trains on, and what its random numbers are drawn from.
#[derive(Clone)]
pub struct Assignment<'a> {
    /// The task, with its splits.
    pub task: &'a TaskData,
    /// The address of (campaign seed, task, network, trial seed): weights are drawn from its
    /// `weights`, batches from its `batches`.
    pub key: Key,
}
