//! A double of the purse: it notes what is held and settled, in order, and may have a budget.

use std::sync::Mutex;

use motherlode::numerics::stop::Stop;
use motherlode::proposer::{Purse, Unheld};
use motherlode::record::ledger::{Balance, Budget, Call, CallOutcome, Hold, Money, Room};

/// What was asked of a purse.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    Held(Hold),
    Settled(u32, Box<Call>),
}

/// A purse that notes what is asked of it.
#[derive(Default)]
pub struct Notebook {
    budget: Budget,
    /// What it says to every hold, where it says no.
    closed: Option<Unheld>,
    /// Whether it pays, and cannot book what it paid.
    torn: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    notes: Vec<Note>,
    balance: Balance,
}

impl Notebook {
    /// A purse that pays for anything.
    pub fn generous() -> Notebook {
        Notebook::default()
    }

    /// A purse that holds this much.
    pub fn of(budget: Budget) -> Notebook {
        Notebook {
            budget,
            ..Notebook::default()
        }
    }

    /// A purse that pays for nothing.
    pub fn closed(why: Unheld) -> Notebook {
        Notebook {
            closed: Some(why),
            ..Notebook::default()
        }
    }

    /// A purse whose ledger breaks between a request and its booking.
    pub fn torn() -> Notebook {
        Notebook {
            torn: true,
            ..Notebook::default()
        }
    }

    pub fn notes(&self) -> Vec<Note> {
        self.kept.lock().unwrap().notes.clone()
    }

    pub fn balance(&self) -> Balance {
        self.kept.lock().unwrap().balance
    }

    pub fn holds(&self) -> Vec<Hold> {
        self.notes()
            .into_iter()
            .filter_map(|note| {
                if let Note::Held(hold) = note {
                    Some(hold)
                } else {
                    None
                }
            })
            .collect()
    }

    /// The settled calls, in the order of their settling.
    pub fn calls(&self) -> Vec<Call> {
        self.notes()
            .into_iter()
            .filter_map(|note| {
                if let Note::Settled(_, call) = note {
                    Some(*call)
                } else {
                    None
                }
            })
            .collect()
    }

    pub fn outcomes(&self) -> Vec<CallOutcome> {
        self.calls().iter().map(|call| call.outcome).collect()
    }

    pub fn spent(&self) -> Money {
        self.balance().spent
    }
}

impl Purse for Notebook {
    fn hold(&self, hold: Hold, stop: &Stop) -> Result<Hold, Unheld> {
        if let Some(why) = &self.closed {
            // Where there may be room later it is waited for.
            while *why == Unheld::Stopped && !stop.is_due() {
                std::thread::yield_now();
            }
            return Err(why.clone());
        }
        let mut kept = self.kept.lock().unwrap();
        let number = kept
            .notes
            .iter()
            .filter(|note| matches!(note, Note::Held(_)))
            .count() as u32
            + 1;
        let hold = Hold { number, ..hold };
        if kept.balance.room(&self.budget, &hold) != Room::Enough {
            return Err(Unheld::NoRoom(format!(
                "no room for {} in {}",
                hold.money,
                self.budget.words()
            )));
        }
        kept.balance.hold(&hold);
        kept.notes.push(Note::Held(hold.clone()));
        Ok(hold)
    }

    fn settle(&self, hold: &Hold, call: Call) -> Result<(), Unheld> {
        if self.torn {
            return Err(Unheld::Broken);
        }
        let mut kept = self.kept.lock().unwrap();
        let held = kept
            .notes
            .iter()
            .any(|note| *note == Note::Held(hold.clone()));
        let settled = kept
            .notes
            .iter()
            .any(|note| matches!(note, Note::Settled(number, _) if *number == hold.number));
        assert!(
            held && !settled,
            "what is settled was held, and is settled once: {hold:?}"
        );
        kept.balance.settle(hold, &call);
        kept.notes.push(Note::Settled(hold.number, Box::new(call)));
        Ok(())
    }
}
