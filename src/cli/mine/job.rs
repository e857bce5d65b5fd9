//! A campaign that is to be run, with all that it needs of its face.

use serde_json::Value;

use super::clock::Clock;
use super::endings::{never_begun, stopped_early};
use super::target::OpenTarget;
use crate::cli::common::{Common, Ending, Failure};
use crate::config::Plan;
use crate::journal::Journal;
use crate::nets::Backend;
use crate::proposer::Proposer;
use crate::record::candidate::Candidate;

/// A campaign that is to be run.
pub struct Job<'a> {
    /// Its settings, checked.
    pub plan: Plan,
    /// The benchmark that measures its formulas; `None` where a lab does.
    pub benchmark: Option<OpenTarget>,
    /// Who writes its formulas.
    pub proposer: &'a dyn Proposer,
    /// Where networks are trained.
    pub backend: Backend,
    /// The same as the user named it.
    pub device: &'a str,
    /// Whether an earlier run began it.
    pub resumed: bool,
    /// What its models answered before it began, for programs; with that it is in the journal
    /// already. `None` where none was asked.
    pub round_trips: Option<Value>,
    /// Why no request may be paid for; `None` where its budget decides.
    pub closed: Option<String>,
    /// When the run was started, and what asks it to stop.
    pub clock: Clock,
}

impl Job<'_> {
    /// Whether the campaign is in the journal already.
    pub fn is_begun(&self) -> bool {
        self.resumed || self.round_trips.is_some()
    }

    /// The founders that an earlier run kept.
    pub fn kept_founders(&self, journal: &Journal) -> Result<Option<Vec<Candidate>>, Failure> {
        Ok(match self.is_begun() {
            true => journal.founders(&self.plan.charter.campaign)?,
            false => None,
        })
    }

    /// How it ends where it is stopped while the known activations are measured.
    pub fn early(&self, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
        let (reason, wall) = (self.clock.reason(), self.clock.started.elapsed());
        let charter = &self.plan.charter;
        match self.is_begun() {
            true => stopped_early(reason, charter, journal, wall, common),
            false => {
                let during = "while the known activations were measured";
                never_begun(reason, charter, wall, during, common)
            }
        }
    }
}
