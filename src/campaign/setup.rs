//! A campaign ready to run.

use std::time::Instant;

use super::end::StopReason;
use super::evaluator::Evaluator;
use crate::journal::Journal;
use crate::numerics::stop::Stop;
use crate::proposer::Proposer;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::ledger::Budget;

/// A campaign ready to run: everything it needs is checked and at hand.
pub struct Campaign<'a> {
    /// What it was started with.
    pub charter: &'a Charter,
    /// What measures formulas, made ready.
    pub evaluator: &'a dyn Evaluator,
    /// Baselines and other known activations, evaluated.
    pub founders: &'a [Candidate],
    /// Who proposes.
    pub proposer: &'a dyn Proposer,
    /// Where everything is recorded before it counts.
    pub journal: &'a Journal,
    /// Threads that train, at least 1.
    pub workers: usize,
    /// When the run was started: its wall time counts from there.
    pub started: Instant,
    /// Why no request may be paid for in this run; `None` where its budget decides.
    pub closed: Option<String>,
    /// Due when no further attempt is to be begun, so that what was found is confirmed within the
    /// time limit; it belongs to `stop`, or is it.
    pub search: &'a Stop,
    /// Its own deadline is the run's time limit; where it is due for another reason, the user has
    /// asked to stop.
    pub stop: &'a Stop,
}

impl Campaign<'_> {
    /// Why the run ends where its stop is due.
    pub(super) fn cut_off(&self) -> StopReason {
        if self.stop.is_overdue() || self.search.is_overdue() {
            StopReason::TimeLimit
        } else {
            StopReason::Interrupted
        }
    }

    /// What the campaign may spend at most; no limit where it asks no model.
    pub(super) fn budget(&self) -> Budget {
        let asking = self.charter.asking.as_ref();
        asking.map(|asking| asking.budget).unwrap_or_default()
    }
}
