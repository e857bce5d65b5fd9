//! Attempts in the journal: reserved before their request leaves, replied, and settled.

use super::envelope::{self, Address, Kind};
use super::error::JournalError;
use super::handle::Journal;
use super::store::OpenDocument;
use super::writer::Commit;
use crate::record::attempt::{Attempt, Reply};
use crate::record::ledger::Account;

/// An attempt that was reserved and perhaps answered, but not settled: what a crash or a stop
/// leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenAttempt {
    /// Its number.
    pub attempt: u64,
    /// The reply, where one was recorded; without one, its request may or may not have been sent.
    pub reply: Option<Reply>,
    /// Its requests so far, and what is held for those that were cut off.
    pub account: Account,
}

impl Journal {
    /// Notes that the request of `attempt` is about to leave; durable when it returns, so that the
    /// request may leave now.
    ///
    /// An attempt that is already open stays as it is. `AlreadySettled` where it is settled.
    /// Numbers are the campaign's: where it reserves and settles them without gaps, no crash makes
    /// one.
    pub fn reserve(&self, campaign: &str, attempt: u64) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        self.ask(campaign, Commit::Reserve { number, attempt })
    }

    /// Takes a reservation back, where no formula can come of it now: the attempt is made again
    /// later. What its requests cost stays on its account. Durable when it returns.
    pub fn release(&self, campaign: &str, attempt: u64) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        self.ask(campaign, Commit::Release { number, attempt })
    }

    /// Keeps the reply of a reserved attempt; durable when it returns, so that a paid reply is
    /// never lost.
    ///
    /// The same reply again changes nothing. `NotReserved`, `AlreadyReplied` where another reply is
    /// kept, `AlreadySettled`.
    pub fn reply(&self, campaign: &str, attempt: u64, reply: &Reply) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let document = envelope::document(&format!("the reply of attempt {attempt}"), reply)?;
        let address = Address {
            kind: Kind::Replied,
            campaign: number,
            id: attempt,
            revision: 2,
        };
        self.ask(
            campaign,
            Commit::Reply {
                number,
                attempt,
                sealed: envelope::seal(address, &document),
            },
        )
    }

    /// Records an attempt with its end and closes its reservation and its account, if it had them;
    /// durable when it returns.
    ///
    /// `AlreadySettled` where its number is taken; `Unrecordable` where it holds a number that is
    /// not finite.
    pub fn settle(&self, campaign: &str, attempt: &Attempt) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let document = envelope::document(&format!("attempt {}", attempt.attempt), attempt)?;
        let address = Address {
            kind: Kind::Settled,
            campaign: number,
            id: attempt.attempt,
            revision: 3,
        };
        let sealed = envelope::seal(address, &document);
        self.ask(
            campaign,
            Commit::Settle {
                number,
                attempt: attempt.attempt,
                sealed,
                document,
            },
        )
    }

    /// The settled attempts of a campaign, in order of their number; also one that is being
    /// acknowledged at this moment.
    pub fn attempts(&self, campaign: &str) -> Result<Vec<Attempt>, JournalError> {
        let number = self.number(campaign)?;
        let counted = self.store().settled(number)?;
        let numbers = self.store().settled_numbers(number)?;
        if (numbers.len() as u64) < counted {
            return Err(self.store().damaged(format!(
                "it counts {counted} settled attempts of `{campaign}`, but holds {}",
                numbers.len()
            )));
        }
        let attempt = |attempt: u64| {
            let what = || format!("attempt {attempt} of campaign `{campaign}`");
            let document = self.store().attempt(number, attempt)?;
            self.parse(
                &document.ok_or_else(|| {
                    self.store()
                        .damaged(format!("{} is listed, but gone", what()))
                })?,
                what,
            )
        };
        numbers.into_iter().map(attempt).collect()
    }

    /// The attempts of a campaign that are reserved or replied, but not settled, in order of their
    /// number.
    pub fn open_attempts(&self, campaign: &str) -> Result<Vec<OpenAttempt>, JournalError> {
        let open = self.store().open_attempts(self.number(campaign)?)?;
        let attempt = |(attempt, reply): OpenDocument| {
            let parse = |document: Vec<u8>| {
                self.parse(&document, || {
                    format!("the reply of attempt {attempt} of campaign `{campaign}`")
                })
            };
            Ok(OpenAttempt {
                attempt,
                reply: reply.map(parse).transpose()?,
                account: self.account(campaign, attempt)?,
            })
        };
        open.into_iter().map(attempt).collect()
    }
}
