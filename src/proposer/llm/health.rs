//! How a model has answered in this run, and whether it is asked now.

use tokio::time::Instant;

use crate::proposer::Pause;

/// Calls without a completion, in a row, after which a model is asked only where no other answers.
const UNWELL: u32 = 3;

/// How a model has answered in this run.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// Calls without a completion, in a row.
    pub failures: u32,
    /// Why it is not asked now.
    pub outage: Option<Outage>,
}

/// Why a model is not asked, and until when; without a time for the rest of the run.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    pub pause: Pause,
    pub detail: String,
    pub until: Option<Instant>,
}

impl Health {
    /// Whether it has brought nothing of late, or is not asked now.
    pub fn is_unwell(&self) -> bool {
        self.failures >= UNWELL || self.is_out()
    }

    /// Whether the model is not to be asked now.
    pub fn is_out(&self) -> bool {
        self.outage
            .as_ref()
            .is_some_and(|outage| outage.until.is_none_or(|until| Instant::now() < until))
    }
}
