//! The purse of a check-up.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::purse::AttemptPurse;
use crate::journal::{Journal, JournalError, CHECKUPS};
use crate::numerics::stop::Stop;
use crate::proposer::{Purse, Unheld};
use crate::record::ledger::{Balance, Budget, Call, Hold, Purpose, Room};

/// The purse of one check-up. It pays no more than its budget, and without an archive to book it in
/// nothing that costs money.
pub struct CheckupPurse<'a> {
    budget: Budget,
    /// The purse of its account, and the number of that; `None` where it is not booked.
    booked: Option<(u64, AttemptPurse<'a>)>,
    /// Whether its requests are probes, and no attempt's.
    probes: bool,
    /// What is spent and held where it is not booked.
    balance: Mutex<Balance>,
    calls: Mutex<Vec<Call>>,
}

impl<'a> CheckupPurse<'a> {
    /// The purse of a new check-up with this budget of its own, booked in the journal where there
    /// is one. What an earlier check-up was cut off in counts as spent from now on.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub fn new(
        journal: Option<&'a Journal>,
        budget: Budget,
    ) -> Result<CheckupPurse<'a>, JournalError> {
        let booked = journal.map(|journal| booked(journal, budget)).transpose()?;
        Ok(CheckupPurse {
            budget,
            booked,
            probes: false,
            balance: Mutex::default(),
            calls: Mutex::default(),
        })
    }

    /// The same purse, whose requests are booked as probes: no campaign follows.
    #[must_use]
    pub fn of_probes(self) -> CheckupPurse<'a> {
        CheckupPurse {
            probes: true,
            ..self
        }
    }

    /// The number of its account among the check-ups; `None` where it is not booked.
    pub fn number(&self) -> Option<u64> {
        self.booked.as_ref().map(|(number, _)| *number)
    }

    /// The error at which booking ended, if it did.
    pub fn broken(self) -> Option<JournalError> {
        self.booked?.1.broken()
    }

    /// The calls since this was asked last.
    pub(super) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.calls))
    }

    fn no_room(&self, hold: &Hold) -> Unheld {
        Unheld::NoRoom(format!(
            "not asked: the budget of {} has no room for a request that may cost {} and use {} \
             tokens; raise it by --budget-usd or --budget-tokens, or lower max_tokens of the model",
            self.budget.words(),
            hold.money,
            hold.tokens
        ))
    }

    /// Holds what costs nothing where there is no archive.
    fn hold_unbooked(&self, hold: Hold) -> Result<Hold, Unheld> {
        let mut balance = lock(&self.balance);
        if balance.room(&self.budget, &hold) != Room::Enough {
            return Err(self.no_room(&hold));
        }
        if !hold.money.is_zero() {
            return Err(Unheld::NoRoom(
                "not asked: nothing that costs money is sent without the archive's ledger"
                    .to_owned(),
            ));
        }
        balance.hold(&hold);
        Ok(hold)
    }
}

/// The purse of the next check-up in a journal.
fn booked(journal: &Journal, budget: Budget) -> Result<(u64, AttemptPurse<'_>), JournalError> {
    let accounts = journal.accounts(CHECKUPS)?;
    let number = 1 + accounts.last().map_or(0, |(number, _)| *number);
    for (number, account) in accounts {
        for hold in account.holds {
            journal.charge(CHECKUPS, number, hold.number, &Call::cut_off(&hold))?;
        }
    }
    let before = journal.balance(CHECKUPS)?;
    let above = Budget {
        money: budget.money.map(|money| before.spent + money),
        tokens: budget
            .tokens
            .map(|tokens| before.spent_tokens.saturating_add(tokens)),
    };
    Ok((number, AttemptPurse::new(journal, CHECKUPS, number, above)))
}

impl Purse for CheckupPurse<'_> {
    fn hold(&self, hold: Hold, stop: &Stop) -> Result<Hold, Unheld> {
        let purpose = match self.probes {
            true => Purpose::Probe,
            false => hold.purpose,
        };
        let hold = Hold { purpose, ..hold };
        let Some((_, booked)) = &self.booked else {
            return self.hold_unbooked(hold);
        };
        let wanted = hold.clone();
        booked.hold(hold, stop).map_err(|why| match why {
            Unheld::NoRoom(_) => self.no_room(&wanted),
            why => why,
        })
    }

    fn settle(&self, hold: &Hold, call: Call) -> Result<(), Unheld> {
        match &self.booked {
            Some((_, booked)) => booked.settle(hold, call.clone())?,
            None => lock(&self.balance).settle(hold, &call),
        }
        lock(&self.calls).push(call);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
