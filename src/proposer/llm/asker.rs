//! The asker of a model: what pays, when to stop, and what comes of it.

use std::future::Future;
use std::time::{Duration, SystemTime};

use tokio::time::{sleep, Instant};

use super::moment::moment;
use super::patience::Patience;
use super::wire::Completion;
use crate::numerics::stop::Stop;
use crate::numerics::stream::Stream;
use crate::proposer::{Pause, Purse, Unanswered, Unheld};
use crate::record::ledger::{Call, Hold};

/// A request is not sent where less time than this is left for its answer, or than a tenth of a
/// proposal's time.
const LEAST_TIME: Duration = Duration::from_secs(30);

/// How often the stop is looked at while waiting.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// The asker of a model: what pays, when to stop, and how long to wait at most.
pub struct Asker<'a> {
    /// What each request is paid from.
    pub purse: &'a dyn Purse,
    /// When to stop.
    pub stop: &'a Stop,
    /// The end of the time of the proposal.
    pub deadline: Instant,
    /// How long and how often is asked.
    pub patience: &'a Patience,
    /// How long it has waited for its turn, by which the deadline was put off.
    pub waited: Duration,
    /// A limit of tokens at which nothing is asked for, since the answer was cut off at it before.
    pub cut_off_at: Option<u32>,
    /// Whether no other model could be asked in the place of one that is not reached.
    pub alone: bool,
    /// Where the waits between tries are drawn from.
    pub stream: Stream,
}

/// A completion, with the record of the call that brought it, which is for the asker to settle.
pub struct Answered {
    /// What the model said.
    pub completion: Completion,
    /// What is set aside for the call.
    pub hold: Hold,
    /// The record of the call.
    pub call: Call,
    /// The limit of tokens that its request named; `None` where it named none.
    pub most_tokens: Option<u32>,
}

/// Why a model gave no completion.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// What the proposer answers; where `paid`, money may have been spent, so that no other model
    /// is asked in its place.
    Unanswered {
        /// Why no reply came.
        why: Unanswered,
        /// Whether money may have been spent.
        paid: bool,
    },
    /// The budget has no room for this model's next request.
    NoRoom(String),
}

impl Asker<'_> {
    /// Puts the deadline off by a time that it has waited for its turn.
    pub(super) fn stand_still(&mut self, waited: Duration) {
        self.deadline += waited;
        self.waited += waited;
    }

    pub(super) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// An end where too little time is left for an answer: it would be paid for and not be waited
    /// for.
    pub(super) fn check_time(&self) -> Result<(), Failure> {
        let least = LEAST_TIME.min(self.patience.total / 10);
        if self.time_left() >= least {
            return Ok(());
        }
        Err(failed(
            "the time of the proposal is over, so nothing more is sent".to_owned(),
            false,
        ))
    }
}

/// The pause of a model whose server asks to be left alone for longer than is waited.
pub(super) fn too_long(reason: &str, wait: Duration, patience: &Patience) -> Failure {
    // Dates past some thousands of years cannot be written.
    let time = SystemTime::now()
        .checked_add(wait)
        .filter(|_| wait < Duration::from_secs(366 * 86_400));
    let until = time.map_or_else(|| "some day".to_owned(), moment);
    let longest = patience.longest_retry_after.as_secs();
    paused(
        Pause::Rate,
        format!(
            "{reason}; it asks to wait {} s, until {until}, more than the {longest} s that are \
             waited",
            wait.as_secs()
        ),
    )
}

/// A failed call.
pub(super) fn failed(reason: String, paid: bool) -> Failure {
    Failure::Unanswered {
        why: Unanswered::Failed(reason),
        paid,
    }
}

pub(super) fn paused(pause: Pause, detail: String) -> Failure {
    Failure::Unanswered {
        why: Unanswered::Paused { pause, detail },
        paid: false,
    }
}

/// What follows where a request could not be paid for.
pub(super) fn unheld(why: Unheld) -> Failure {
    match why {
        Unheld::NoRoom(reason) => Failure::NoRoom(reason),
        Unheld::Stopped | Unheld::Broken => Failure::Unanswered {
            why: Unanswered::Stopped,
            paid: true,
        },
    }
}

impl From<Unanswered> for Failure {
    fn from(why: Unanswered) -> Failure {
        Failure::Unanswered { why, paid: true }
    }
}

/// The outcome of `work`, or [`Unanswered::Stopped`] soon after `stop` is due.
pub(super) async fn unless_stopped<T>(
    stop: &Stop,
    work: impl Future<Output = T>,
) -> Result<T, Unanswered> {
    unless(|| stop.is_due(), work).await
}

/// The outcome of `work` that is paid for, or [`Unanswered::Stopped`] soon after `stop` is cut.
pub(super) async fn unless_cut<T>(
    stop: &Stop,
    work: impl Future<Output = T>,
) -> Result<T, Unanswered> {
    unless(|| stop.is_cut(), work).await
}

async fn unless<T>(
    is_over: impl Fn() -> bool,
    work: impl Future<Output = T>,
) -> Result<T, Unanswered> {
    let stopped = async {
        while !is_over() {
            sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        () = stopped => Err(Unanswered::Stopped),
        outcome = work => Ok(outcome),
    }
}
