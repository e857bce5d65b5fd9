//! How a program ended, as its supervisor saw it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a program ended, and its last words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramEnding {
    /// Why it ended.
    pub cause: EndingCause,
    /// The end of what it wrote on standard output and standard error, as it came.
    pub words: String,
    /// Whether it had more words than these.
    pub shortened: bool,
    /// Whether it left processes behind that could not be ended.
    pub left_running: bool,
}

/// Why a program ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum EndingCause {
    /// By itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// By a signal that its supervisor did not send.
    Signalled {
        /// The signal's number.
        signal: i32,
    },
    /// Its supervisor ended it at its limit of time.
    OverTime {
        /// The limit.
        limit: Duration,
    },
    /// Its supervisor ended it at its limit of memory.
    OverMemory {
        /// The bytes that were found.
        found: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Its supervisor ended it because the work was stopped.
    Stopped,
    /// It never ran.
    NotStarted {
        /// What the operating system says.
        detail: String,
    },
}
