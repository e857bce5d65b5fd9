//! A check-up: each model of a charter is asked one question, paid for like every other, from an
//! account of the archive that is no campaign's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::purse::AttemptPurse;
use crate::journal::{Journal, JournalError, CHECKUPS};
use crate::numerics::stop::Stop;
use crate::proposer::llm::asker::{Answered, Failure};
use crate::proposer::llm::conversation::Conversation;
use crate::proposer::{Llm, Purse, Unheld};
use crate::record::charter::Charter;
use crate::record::ledger::{Balance, Budget, Call, Hold, Money, Room};

/// Tokens that a probe may use for its answer: enough for a model that reasons first.
const PROBE_TOKENS: u32 = 1_024;

/// What came of asking one model.
pub struct ModelCheck {
    /// The answer, or why there is none.
    pub answered: Result<Answered, Failure>,
    /// The requests that it took, in order.
    pub calls: Vec<Call>,
    /// The seconds that it took.
    pub seconds: f64,
}

/// A charter whose models answer in few tokens, for a check-up.
#[must_use]
pub fn probing(charter: &Charter) -> Charter {
    let mut probing = charter.clone();
    for model in probing
        .asking
        .iter_mut()
        .flat_map(|asking| &mut asking.models)
    {
        model.most_tokens = model.most_tokens.min(PROBE_TOKENS);
    }
    probing
}

/// What the question of a check-up may cost each model, in their order; none of a model for whose
/// request the budget has no room. What one has room for is asked of it alone.
pub fn most_costs(llm: &Llm, budget: &Budget) -> Vec<Option<Money>> {
    let conversation = question();
    let most = |index| {
        let hold = llm.hold_of_probe(index, &conversation);
        let room = Balance::default().room(budget, &hold);
        (room == Room::Enough).then_some(hold.money)
    };
    (0..llm.models().len()).map(most).collect()
}

/// Asks the model at an index one question, and books it.
pub fn check_model(llm: &Llm, model: usize, purse: &CheckupPurse, stop: &Stop) -> ModelCheck {
    let started = Instant::now();
    let answered = llm.probe(model, &question(), purse, stop);
    ModelCheck {
        answered,
        calls: purse.take_calls(),
        seconds: started.elapsed().as_secs_f64(),
    }
}

fn question() -> Conversation {
    Conversation::new(
        "You are asked whether you can be reached.".to_owned(),
        "Answer with the JSON object {\"guidance\": \"reached\"} and nothing else.".to_owned(),
    )
}

/// The purse of one check-up. It pays no more than its budget, and without an archive to book it in
/// nothing that costs money.
pub struct CheckupPurse<'a> {
    budget: Budget,
    booked: Option<AttemptPurse<'a>>,
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
            balance: Mutex::default(),
            calls: Mutex::default(),
        })
    }

    /// The error at which booking ended, if it did.
    pub fn broken(self) -> Option<JournalError> {
        self.booked?.broken()
    }

    /// The calls since this was asked last.
    fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.calls))
    }

    fn no_room(&self, hold: &Hold) -> Unheld {
        Unheld::NoRoom(format!(
            "not asked: the budget of {} has no room for a request that may cost {} and use {} \
             tokens; raise it by --budget-usd or --budget-tokens, or ask no model with --offline",
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
fn booked(journal: &Journal, budget: Budget) -> Result<AttemptPurse<'_>, JournalError> {
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
    Ok(AttemptPurse::new(journal, CHECKUPS, number, above))
}

impl Purse for CheckupPurse<'_> {
    fn hold(&self, hold: Hold, stop: &Stop) -> Result<Hold, Unheld> {
        let Some(booked) = &self.booked else {
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
            Some(booked) => booked.settle(hold, call.clone())?,
            None => lock(&self.balance).settle(hold, &call),
        }
        lock(&self.calls).push(call);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
