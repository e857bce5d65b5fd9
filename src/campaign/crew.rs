//! The crew: threads that ask for replies and threads that train, so that the loop itself never
//! waits for one attempt.

use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

use super::draft::End;
use super::error::CampaignError;
use super::purse::{AttemptPurse, Turns};
use super::setup::Campaign;
use crate::formula::Formula;
use crate::journal::{JournalError, OpenAttempt};
use crate::lab::{CascadeEnd, Thresholds};
use crate::nets::small::Workspace;
use crate::numerics::panics::words_of;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::proposer::{Brief, Response, Unanswered};
use crate::record::attempt::Rejection;
use crate::record::ledger::{Call, Purpose};

/// How long the loop waits for a message before it looks at its stop conditions again.
const TICK: Duration = Duration::from_millis(50);

const LOST: &str = "an earlier run ended before the reply came; the call may have been billed, so \
    it is not made again";

/// What the crew reports to the loop.
pub enum Message {
    Replied {
        attempt: u64,
        response: Result<Response, Unanswered>,
    },
    Trained {
        attempt: u64,
        end: End,
    },
    /// The campaign cannot go on.
    Failed(CampaignError),
}

/// A formula that is to be trained.
pub struct TrainingOrder {
    pub attempt: u64,
    pub formula: Arc<Formula>,
    /// By whose fitness it is judged.
    pub target: String,
    /// What the rungs ask for.
    pub thresholds: Thresholds,
}

/// The threads of one run. They end by themselves once the crew is dropped and the campaign is
/// stopping or has nothing left to do.
pub struct Crew<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    campaign: &'env Campaign<'env>,
    /// Raised when the loop has ended, so that nobody goes on for nothing.
    stop: Stop,
    trainings: Sender<TrainingOrder>,
    /// Briefs that are being asked.
    asking: Arc<AtomicUsize>,
    /// When the last of them was given to be asked.
    last_asked: Cell<Option<Instant>>,
    /// The attempts among them that wait for room in the budget.
    turns: Arc<Turns>,
    messages: Receiver<Message>,
    report: Sender<Message>,
}

impl<'scope, 'env> Crew<'scope, 'env> {
    /// Starts `campaign.workers` training threads.
    ///
    /// # Errors
    /// The system does not give as many; those that it gave end.
    pub fn hire(
        scope: &'scope Scope<'scope, 'env>,
        campaign: &'env Campaign<'env>,
        stop: &Stop,
    ) -> Result<Crew<'scope, 'env>, NoThread> {
        let (report, messages) = channel();
        let (trainings, waiting) = channel::<TrainingOrder>();
        let waiting = Arc::new(Mutex::new(waiting));
        let stop = stop.child();
        for _ in 0..campaign.workers.max(1) {
            let (waiting, report, stop) = (Arc::clone(&waiting), report.clone(), stop.clone());
            let training = move || {
                reported(&report, "trains", || {
                    work(campaign, &waiting, &report, &stop)
                });
            };
            Builder::new()
                .spawn_scoped(scope, training)
                .map_err(|_| NoThread)?;
        }
        Ok(Crew {
            scope,
            campaign,
            stop,
            trainings,
            asking: Arc::default(),
            last_asked: Cell::new(None),
            turns: Arc::default(),
            messages,
            report,
        })
    }

    /// Has a brief asked on a thread of its own; `earlier` is what an earlier run left of the
    /// attempt.
    pub fn ask(&self, brief: Brief, earlier: Option<OpenAttempt>) {
        let (campaign, stop, report) = (self.campaign, self.stop.clone(), self.report.clone());
        let (asking, turns) = (Arc::clone(&self.asking), Arc::clone(&self.turns));
        asking.fetch_add(1, Ordering::SeqCst);
        self.last_asked.set(Some(Instant::now()));
        let asked = move || {
            let attempt = brief.attempt;
            reported(&report, "asks", || {
                let message = match ask(campaign, brief, earlier, &turns, &stop) {
                    Ok(response) => Message::Replied { attempt, response },
                    Err(error) => Message::Failed(error.into()),
                };
                // The loop may have ended meanwhile; then nobody waits for this.
                let _ = report.send(message);
            });
            asking.fetch_sub(1, Ordering::SeqCst);
        };
        if Builder::new().spawn_scoped(self.scope, asked).is_err() {
            self.asking.fetch_sub(1, Ordering::SeqCst);
            // The crew itself receives this, so that it is never sent to nobody.
            let _ = self.report.send(Message::Failed(NoThread.into()));
        }
    }

    /// Queues a formula for the training threads.
    pub fn train(&self, order: TrainingOrder) {
        // Training threads that are gone have said so in a message.
        let _ = self.trainings.send(order);
    }

    /// How many briefs are being asked.
    pub fn asking(&self) -> usize {
        self.asking.load(Ordering::SeqCst)
    }

    /// Lets no further request leave: who waits for its turn ends, and what is under way goes on.
    pub fn close(&self) {
        self.turns.close();
    }

    /// The longest time until the last of them is over, where a brief may be asked this long.
    pub fn longest_wait(&self, of_a_brief: Duration) -> Duration {
        let since = self.last_asked.get().map_or(of_a_brief, |at| at.elapsed());
        of_a_brief.saturating_sub(since)
    }

    /// The next message, or `None` after a short while without one.
    pub fn wait(&self) -> Option<Message> {
        self.messages.recv_timeout(TICK).ok()
    }
}

impl Drop for Crew<'_, '_> {
    fn drop(&mut self) {
        // What was worth to be waited for has been.
        self.stop.cut();
    }
}

/// Does the work of a thread; a panic of it becomes a message, so that the loop never waits for a
/// thread that is gone.
fn reported(report: &Sender<Message>, doing: &'static str, work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        let detail = words_of(panic.as_ref()).to_owned();
        let _ = report.send(Message::Failed(CampaignError::Broken { doing, detail }));
    }
}

/// Reserves the attempt, asks, and keeps the reply, each on disk before the next step; a reply that
/// an earlier run had got is not asked for again.
fn ask(
    campaign: &Campaign,
    mut brief: Brief,
    earlier: Option<OpenAttempt>,
    turns: &Arc<Turns>,
    stop: &Stop,
) -> Result<Result<Response, Unanswered>, JournalError> {
    let name = &campaign.charter.campaign;
    match earlier {
        Some(OpenAttempt {
            reply: Some(reply), ..
        }) => return Ok(Ok(reply.into())),
        Some(OpenAttempt { account, .. }) => {
            if !campaign.proposer.repeatable() && is_lost(&account.calls) {
                return Ok(Err(Unanswered::Lost(LOST.to_owned())));
            }
            brief.earlier = account.calls;
        }
        None => {
            campaign.journal.reserve(name, brief.attempt)?;
            // A run that was paused has left what it paid for.
            brief.earlier = campaign.journal.account(name, brief.attempt)?.calls;
            if is_lost(&brief.earlier) {
                return Ok(Err(Unanswered::Lost(LOST.to_owned())));
            }
        }
    }
    // A proposer that panics must not leave the loop waiting for ever.
    let budget = campaign.budget();
    let purse = AttemptPurse::new(campaign.journal, name, brief.attempt, budget)
        .in_turn(turns)
        .closed(campaign.closed.as_deref());
    let response = catch_unwind(AssertUnwindSafe(|| {
        campaign.proposer.ask(&brief, &purse, stop)
    }))
    .unwrap_or_else(|_| {
        Err(Unanswered::Failed(
            "the proposer panicked; please report it".to_owned(),
        ))
    });
    if let Some(error) = purse.broken() {
        return Err(error);
    }
    match &response {
        Ok(response) => campaign
            .journal
            .reply(name, brief.attempt, &response.reply)?,
        // No formula can come of it now: it is made again on resume, and what its requests cost
        // stays on its account.
        Err(Unanswered::Paused { .. } | Unanswered::Exhausted(_)) => {
            campaign.journal.release(name, brief.attempt)?
        }
        Err(Unanswered::Failed(_) | Unanswered::Lost(_) | Unanswered::Stopped) => {}
    }
    Ok(response)
}

/// Whether money may have been spent for a formula that never came: such a call is not made again.
fn is_lost(calls: &[Call]) -> bool {
    let for_a_formula = || {
        calls
            .iter()
            .filter(|call| call.purpose != Purpose::Guidance)
    };
    !for_a_formula().any(|call| call.exchange.is_some())
        && for_a_formula().any(|call| !call.cost.is_zero())
}

/// A training thread: takes formulas until there are no more to come.
fn work(
    campaign: &Campaign,
    waiting: &Mutex<Receiver<TrainingOrder>>,
    report: &Sender<Message>,
    stop: &Stop,
) {
    let mut workspace = Workspace::default();
    loop {
        let next = waiting
            .lock()
            .expect("no thread panics while it takes from the queue")
            .recv();
        let Ok(order) = next else {
            return;
        };
        let attempt = order.attempt;
        let message = match trained(campaign, &order, &mut workspace, stop) {
            Ok(Some(end)) => Message::Trained { attempt, end },
            Ok(None) => continue,
            Err(error) => Message::Failed(error),
        };
        if report.send(message).is_err() {
            return;
        }
    }
}

/// How a formula left the cascade; `None` where the campaign is stopping.
fn trained(
    campaign: &Campaign,
    order: &TrainingOrder,
    workspace: &mut Workspace,
    stop: &Stop,
) -> Result<Option<End>, CampaignError> {
    let seconds = campaign.charter.attempt_deadline_seconds;
    // A foreign archive may hold any number.
    let limit = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let stop = stop.within(limit);
    let climb = || {
        campaign.evaluator.climb(
            &order.formula,
            &order.target,
            &order.thresholds,
            workspace,
            &stop,
        )
    };
    let crashed = |detail: &str| {
        let detail = detail.to_owned();
        End::rejected(Rejection::Crashed { detail })
    };
    let climbed = match catch_unwind(AssertUnwindSafe(climb)) {
        Ok(climbed) => Ok(climbed?),
        Err(panic) => Err(panic),
    };
    let end = match climbed {
        Ok(CascadeEnd::Passed { rungs, evaluation }) => End {
            rungs,
            verdict: Ok(evaluation),
        },
        Ok(CascadeEnd::Dropped { rungs, rejection }) => End {
            rungs,
            verdict: Err(rejection),
        },
        // No thread is started in a climb.
        Ok(CascadeEnd::Halted(Halt::Stopped | Halt::NoThread)) => return Ok(None),
        Ok(CascadeEnd::Halted(Halt::TimedOut)) => {
            let detail = format!("training took longer than {seconds} s");
            End::rejected(Rejection::TimedOut { detail })
        }
        Ok(CascadeEnd::Halted(Halt::DeviceFailed)) => {
            crashed("the device failed while it trained this formula, such as by lack of memory")
        }
        Err(_) => {
            tracing::warn!(order.attempt, "the training engine panicked");
            // What a panic left in the buffers is not to be trusted.
            *workspace = Workspace::default();
            crashed("the training engine panicked on this formula; please report it")
        }
    };
    Ok(Some(end))
}
