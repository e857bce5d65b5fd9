//! The purse of one attempt: each of its requests is booked in the journal before it leaves and
//! after it has ended.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::journal::{Journal, JournalError};
use crate::numerics::stop::Stop;
use crate::proposer::{Purse, Unheld};
use crate::record::ledger::{Budget, Call, Hold};

/// How often room is looked for while other requests under way hold it.
const LOOK: Duration = Duration::from_millis(50);
/// How often an attempt looks whether it is its turn to take room.
const TURN: Duration = Duration::from_millis(2);

/// The purse of an attempt of a campaign in a journal.
pub struct AttemptPurse<'a> {
    journal: &'a Journal,
    campaign: &'a str,
    attempt: u64,
    budget: Budget,
    /// The attempts that wait for room; `None` where each takes what it finds.
    turns: Option<Arc<Turns>>,
    /// Why nothing may be paid for at all; `None` where the budget decides.
    closed: Option<String>,
    /// The number of the next request; 0 before the first is known.
    next: Mutex<u32>,
    broken: Mutex<Option<JournalError>>,
}

impl<'a> AttemptPurse<'a> {
    /// A purse that never pays more than the campaign's budget has room for.
    pub fn new(
        journal: &'a Journal,
        campaign: &'a str,
        attempt: u64,
        budget: Budget,
    ) -> AttemptPurse<'a> {
        AttemptPurse {
            journal,
            campaign,
            attempt,
            budget,
            turns: None,
            closed: None,
            next: Mutex::new(0),
            broken: Mutex::new(None),
        }
    }

    /// The same purse, which takes room only where no attempt before it waits for some.
    #[must_use]
    pub fn in_turn(mut self, turns: &Arc<Turns>) -> AttemptPurse<'a> {
        self.turns = Some(Arc::clone(turns));
        self
    }

    /// The same purse, from which nothing is paid where there is a reason.
    #[must_use]
    pub fn closed(mut self, reason: Option<&str>) -> AttemptPurse<'a> {
        self.closed = reason.map(str::to_owned);
        self
    }

    /// The error at which booking ended, if it did.
    pub fn broken(self) -> Option<JournalError> {
        self.broken
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> Result<u32, Unheld> {
        let mut next = lock(&self.next);
        if *next == 0 {
            // An earlier run may have left requests, ended or cut off.
            let account = self
                .journal
                .account(self.campaign, self.attempt)
                .map_err(|error| self.fail(error))?;
            let held = account
                .holds
                .iter()
                .map(|hold| hold.number)
                .max()
                .unwrap_or(0);
            *next = held.max(account.calls.len() as u32 + account.holds.len() as u32);
        }
        *next += 1;
        Ok(*next)
    }

    fn fail(&self, error: JournalError) -> Unheld {
        lock(&self.broken).get_or_insert(error);
        Unheld::Broken
    }
}

impl Purse for AttemptPurse<'_> {
    fn hold(&self, hold: Hold, stop: &Stop) -> Result<Hold, Unheld> {
        if let Some(reason) = &self.closed {
            return Err(Unheld::NoRoom(reason.clone()));
        }
        let hold = Hold {
            number: self.number()?,
            ..hold
        };
        let turn = self.turns.as_ref().map(|turns| turns.wait(self.attempt));
        loop {
            let is_closed = self.turns.as_ref().is_some_and(|turns| turns.is_closed());
            if stop.is_due() || is_closed {
                return Err(Unheld::Stopped);
            }
            if turn.as_ref().is_some_and(|turn| !turn.has_come()) {
                std::thread::sleep(TURN);
                continue;
            }
            match self
                .journal
                .hold(self.campaign, self.attempt, &hold, &self.budget)
            {
                Ok(()) => return Ok(hold),
                Err(JournalError::NoRoom { later: true, .. }) => std::thread::sleep(LOOK),
                Err(error @ JournalError::NoRoom { .. }) => {
                    return Err(Unheld::NoRoom(error.to_string()))
                }
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    fn settle(&self, hold: &Hold, call: Call) -> Result<(), Unheld> {
        self.journal
            .charge(self.campaign, self.attempt, hold.number, &call)
            .map_err(|error| self.fail(error))
    }
}

/// The attempts that wait for room in a budget. The first of them is served first, so that where
/// the budget ends the attempts that were paid for are those before it.
#[derive(Debug, Default)]
pub struct Turns {
    waiting: Mutex<BTreeSet<u64>>,
    closed: AtomicBool,
}

/// One attempt that waits; dropping it lets the next one have its turn.
struct Turn<'a> {
    turns: &'a Turns,
    attempt: u64,
}

impl Turns {
    /// Lets nobody take room any more: no further request leaves.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    fn wait(&self, attempt: u64) -> Turn<'_> {
        lock(&self.waiting).insert(attempt);
        Turn {
            turns: self,
            attempt,
        }
    }
}

impl Turn<'_> {
    fn has_come(&self) -> bool {
        lock(&self.turns.waiting).first() == Some(&self.attempt)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.turns.waiting).remove(&self.attempt);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
