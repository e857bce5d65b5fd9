//! How a campaign ends: why it stopped, and what it came to.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::archive::ranking;
use crate::proposer::Pause;
use crate::record::attempt::{Attempt, Outcome};
use crate::record::candidate::Candidate;
use crate::record::confirmation::Confirmation;
use crate::record::ledger::Balance;

/// Why a campaign ended.
#[derive(Clone, Debug, PartialEq)]
pub enum StopReason {
    /// All attempts are made.
    AttemptsMade,
    /// The time limit was reached.
    TimeLimit,
    /// The user asked to stop.
    Interrupted,
    /// The proposer has no further reply.
    RepliesExhausted {
        /// What the proposer says of it.
        detail: String,
    },
    /// No call can succeed before something has changed; the campaign goes on from here once that
    /// is mended.
    Paused {
        /// What has to change first.
        pause: Pause,
        /// What was found, and what to do.
        detail: String,
    },
}

impl StopReason {
    /// The name that records and JSON output carry.
    pub fn name(&self) -> &'static str {
        match self {
            StopReason::AttemptsMade => "attempts_made",
            StopReason::TimeLimit => "time_limit",
            StopReason::Interrupted => "interrupted",
            StopReason::RepliesExhausted { .. } => "replies_exhausted",
            StopReason::Paused { pause, .. } => pause.name(),
        }
    }

    /// Whether no further attempt is to be expected, so that it is time to confirm what was found.
    pub(super) fn ends_the_search(&self) -> bool {
        matches!(
            self,
            StopReason::AttemptsMade
                | StopReason::RepliesExhausted { .. }
                | StopReason::Paused {
                    pause: Pause::Budget,
                    ..
                }
        )
    }
}

/// What a campaign came to.
#[derive(Debug)]
pub struct Finish {
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// Settled attempts, those of earlier runs included.
    pub attempts: u64,
    /// Settled attempts that became candidates.
    pub candidates: u64,
    /// Rejections by kind.
    pub rejections: BTreeMap<String, u64>,
    /// Candidates, fittest first on the tasks that selected.
    pub ranking: Vec<Candidate>,
    /// The fittest of them on fresh tasks; `None` while that is to be measured.
    pub confirmation: Option<Confirmation>,
    /// What it has spent, earlier runs included; what is held is for requests that were cut off.
    pub balance: Balance,
    /// How long this run took.
    pub wall: Duration,
}

impl Finish {
    /// What settled attempts and the latest confirmation come to.
    pub fn of(
        attempts: &[Attempt],
        confirmation: Option<Confirmation>,
        balance: Balance,
        stop_reason: StopReason,
        wall: Duration,
    ) -> Finish {
        let mut tally = Tally::default();
        attempts.iter().for_each(|attempt| tally.count(attempt));
        let ranking = ranking(attempts);
        let Tally {
            attempts,
            candidates,
            rejections,
        } = tally;
        let confirmation =
            confirmation.filter(|confirmation| confirmation.candidates == candidates);
        Finish {
            stop_reason,
            attempts,
            candidates,
            rejections,
            ranking,
            confirmation,
            balance,
            wall,
        }
    }
}

/// Counts over settled attempts.
#[derive(Default)]
struct Tally {
    attempts: u64,
    candidates: u64,
    rejections: BTreeMap<String, u64>,
}

impl Tally {
    fn count(&mut self, attempt: &Attempt) {
        self.attempts += 1;
        match &attempt.outcome {
            Outcome::Placed(_) => self.candidates += 1,
            Outcome::Rejected(rejection) => {
                *self
                    .rejections
                    .entry(rejection.kind().to_owned())
                    .or_insert(0) += 1
            }
        }
    }
}
