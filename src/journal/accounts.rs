//! Money in the journal: what is set aside for requests, what they came to, and how a campaign
//! stands.

use super::error::JournalError;
use super::handle::Journal;
use super::writer::Commit;
use crate::record::ledger::{Account, Balance, Budget, Call, Hold, Room};

impl Journal {
    /// Sets aside the most that a request of `attempt` can cost, so that it may leave; durable when
    /// it returns.
    ///
    /// `NoRoom` where `budget` has no room for it beside all that is spent and held, with `later`
    /// where it may have once requests under way have ended; `AlreadySettled` where the attempt is
    /// settled. One transaction checks and books, so no number of threads overspends.
    pub fn hold(
        &self,
        campaign: &str,
        attempt: u64,
        hold: &Hold,
        budget: &Budget,
    ) -> Result<(), JournalError> {
        let (name, hold, budget) = (campaign.to_owned(), hold.clone(), *budget);
        self.book(campaign, attempt, move |balance, account| {
            let room = balance.room(&budget, &hold);
            if room != Room::Enough {
                let left = Budget {
                    money: budget.money.map(|most| most.less(balance.spent)),
                    tokens: budget
                        .tokens
                        .map(|most| most.saturating_sub(balance.spent_tokens)),
                };
                let wanted = Budget {
                    money: budget.money.map(|_| hold.money),
                    tokens: budget.tokens.map(|_| hold.tokens),
                };
                let later = room == Room::Later;
                let [wanted, left, budget] = Budget::words_apart([&wanted, &left, &budget]);
                return Err(JournalError::NoRoom {
                    campaign: name.clone(),
                    wanted,
                    left,
                    budget,
                    later,
                });
            }
            balance.hold(&hold);
            account.holds.push(hold.clone());
            Ok(())
        })
    }

    /// Books what a request came to, in the place of what was held for it; durable when it returns.
    /// `NotHeld` where nothing is held under its number.
    pub fn charge(
        &self,
        campaign: &str,
        attempt: u64,
        number: u32,
        call: &Call,
    ) -> Result<(), JournalError> {
        let (name, call) = (campaign.to_owned(), call.clone());
        self.book(campaign, attempt, move |balance, account| {
            let held = account.holds.iter().position(|hold| hold.number == number);
            let held = held.ok_or_else(|| JournalError::NotHeld {
                campaign: name.clone(),
                attempt,
                number,
            })?;
            balance.settle(&account.holds.remove(held), &call);
            account.calls.push(call.clone());
            Ok(())
        })
    }

    fn book(
        &self,
        campaign: &str,
        attempt: u64,
        change: impl Fn(&mut Balance, &mut Account) -> Result<(), JournalError> + Send + 'static,
    ) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        self.ask(
            campaign,
            Commit::Book {
                number,
                attempt,
                change: Box::new(change),
            },
        )
    }

    /// The requests of an attempt that is not settled; an empty account where it made none.
    pub fn account(&self, campaign: &str, attempt: u64) -> Result<Account, JournalError> {
        let document = self.store().account(self.number(campaign)?, attempt)?;
        document.map_or_else(
            || Ok(Account::default()),
            |document| {
                self.parse(&document, || {
                    format!("the account of attempt {attempt} of `{campaign}`")
                })
            },
        )
    }

    /// The accounts of all attempts of a campaign that are not settled, in order of their number.
    pub fn accounts(&self, campaign: &str) -> Result<Vec<(u64, Account)>, JournalError> {
        let numbers = self.store().account_numbers(self.number(campaign)?)?;
        numbers
            .into_iter()
            .map(|attempt| Ok((attempt, self.account(campaign, attempt)?)))
            .collect()
    }

    /// What a campaign has spent and holds, over all its attempts.
    pub fn balance(&self, campaign: &str) -> Result<Balance, JournalError> {
        let document = self.store().account(self.number(campaign)?, 0)?;
        document.map_or_else(
            || Ok(Balance::default()),
            |document| {
                self.parse(&document, || {
                    format!("the balance of campaign `{campaign}`")
                })
            },
        )
    }
}
