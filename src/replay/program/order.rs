//! What a supervisor is told of the run that it starts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The most bytes of an order, which is on one line.
pub const LONGEST: u64 = 1 << 22;

/// What a supervisor starts, and how long and in how much memory it lets it run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// Variables that it is not given.
    pub withheld: Vec<String>,
    /// Variables that it is given, beside those of the supervisor.
    pub given: BTreeMap<String, String>,
    /// The most time that it may take.
    pub limit: Duration,
    /// The most bytes that it and all that it started may hold in memory.
    pub memory: Option<u64>,
    /// How long it has to end by itself once it is asked to.
    pub grace: Duration,
    /// The folder of the run, which is removed when all has ended.
    pub workplace: PathBuf,
}
