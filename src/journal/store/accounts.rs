//! The accounts of attempts and the balances of campaigns: both change in one transaction, or
//! neither.

use serde::de::DeserializeOwned;
use sled::transaction::{Transactional, TransactionalTree};

use super::database::Store;
use super::documents::{rows, Refusal};
use crate::journal::envelope::{self, Kind};
use crate::journal::error::JournalError;
use crate::record::ledger::{Account, Balance};

/// The name under which the requests of check-ups are booked: an account of the archive that is no
/// campaign's, since no campaign can have this name. A check-up is to it what an attempt is to a
/// campaign, and it has nothing but accounts and a balance.
pub const CHECKUPS: &str = "+doctor";
/// The number of that account, which no campaign has.
pub(in crate::journal) const CHECKUPS_NUMBER: u32 = 0;

impl Store {
    /// The numbers and names under which there may be accounts: those of the campaigns, and of the
    /// check-ups.
    pub(in crate::journal) fn account_holders(&self) -> Result<Vec<(u32, String)>, JournalError> {
        let mut holders = self.campaign_names()?;
        holders.insert(0, (CHECKUPS_NUMBER, CHECKUPS.to_owned()));
        Ok(holders)
    }

    /// Changes the balance of a campaign and the account of one of its attempts together: `change`
    /// is given both, and may refuse.
    ///
    /// `AlreadySettled` where the attempt is settled: its account is closed.
    pub(in crate::journal) fn book(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
        change: &dyn Fn(&mut Balance, &mut Account) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.attempts, &self.accounts).transaction(
                |(meta, attempts, accounts)| {
                    self.refuse_settled(attempts, name, campaign, attempt)?;
                    let mut balance = self.kept(accounts, campaign, 0)?;
                    let mut account = self.kept(accounts, campaign, attempt)?;
                    change(&mut balance, &mut account).map_err(Refusal::Abort)?;
                    self.put_balance(accounts, campaign, &balance)?;
                    self.put_account(accounts, campaign, attempt, &account)?;
                    self.add(meta, "commits", 1)?;
                    Ok(())
                },
            ))
        })
    }

    /// Sets the balance of a campaign within a transaction.
    pub(super) fn put_balance(
        &self,
        accounts: &TransactionalTree,
        campaign: u32,
        balance: &Balance,
    ) -> Result<(), Refusal> {
        let document = envelope::document("the balance", balance).map_err(Refusal::Abort)?;
        self.put(accounts, Kind::Balance, campaign, 0, &document)
    }

    /// Sets the account of an attempt within a transaction.
    pub(super) fn put_account(
        &self,
        accounts: &TransactionalTree,
        campaign: u32,
        attempt: u64,
        account: &Account,
    ) -> Result<(), Refusal> {
        let document = envelope::document("an account", account).map_err(Refusal::Abort)?;
        self.put(accounts, Kind::Account, campaign, attempt, &document)
    }

    /// Takes all that is on an account off it and off the balance, within a transaction.
    pub(super) fn empty(
        &self,
        accounts: &TransactionalTree,
        campaign: u32,
        attempt: u64,
    ) -> Result<(), Refusal> {
        let mut balance: Balance = self.kept(accounts, campaign, 0)?;
        let account: Account = self.kept(accounts, campaign, attempt)?;
        balance.take_off(&account);
        self.put_balance(accounts, campaign, &balance)?;
        self.put_account(accounts, campaign, attempt, &Account::default())
    }

    /// The document of the account of an attempt that is not settled, or of the campaign's balance
    /// under 0.
    pub(in crate::journal) fn account(
        &self,
        campaign: u32,
        attempt: u64,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.accounts, campaign, attempt)?
            .map(|(_, document)| document))
    }

    /// As [`Store::account`], with its revision.
    pub(in crate::journal) fn revised_account(
        &self,
        campaign: u32,
        attempt: u64,
    ) -> Result<Option<(u32, Vec<u8>)>, JournalError> {
        Ok(self
            .document(&self.accounts, campaign, attempt)?
            .map(|(address, document)| (address.revision, document)))
    }

    /// The numbers of the attempts that have an account, ascending.
    pub(in crate::journal) fn account_numbers(
        &self,
        campaign: u32,
    ) -> Result<Vec<u64>, JournalError> {
        Ok(self
            .numbers(&self.accounts, campaign)?
            .into_iter()
            .filter(|attempt| *attempt > 0)
            .collect())
    }

    /// What a tree keeps of a campaign under `id`; an empty one where it keeps nothing.
    fn kept<T: DeserializeOwned + Default>(
        &self,
        view: &TransactionalTree,
        campaign: u32,
        id: u64,
    ) -> Result<T, Refusal> {
        let present = rows(view, &self.folder, campaign, id)?;
        if present.is_empty() {
            return Ok(T::default());
        }
        let (_, document) = envelope::open(&present).map_err(|fault| self.stop(fault))?;
        serde_json::from_slice(&document)
            .map_err(|error| self.stop(format!("an account cannot be read: {error}")))
    }
}
