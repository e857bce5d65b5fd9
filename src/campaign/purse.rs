//! The purse of one attempt: each of its requests is booked in the journal before it leaves and
//! after it has ended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::journal::{Journal, JournalError};
use crate::numerics::stop::Stop;
use crate::proposer::{Purse, Unheld};
use crate::record::ledger::{Budget, Call, Hold};

/// How often room is looked for while other requests under way hold it.
const LOOK: Duration = Duration::from_millis(50);

/// The purse of an attempt of a campaign in a journal.
pub struct AttemptPurse<'a> {
    journal: &'a Journal,
    campaign: &'a str,
    attempt: u64,
    budget: Budget,
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
            next: Mutex::new(0),
            broken: Mutex::new(None),
        }
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
        let hold = Hold {
            number: self.number()?,
            ..hold
        };
        loop {
            if stop.is_due() {
                return Err(Unheld::Stopped);
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
