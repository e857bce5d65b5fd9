//! What is stored of a campaign as a whole: its name and charter, its founders, its confirmations
//! and its conclusion.

use sled::transaction::{Transactional, TransactionalTree};

use super::accounts::CHECKUPS_NUMBER;
use super::database::Store;
use super::documents::{abort, insert, Refusal};
use crate::journal::envelope::{self, Address, Kind};
use crate::journal::error::JournalError;
use crate::journal::first_reply::FirstReply;
use crate::record::ledger::{Account, Balance};

/// The ids in the tree of founders: the founders themselves, and by what they were measured.
const FOUNDERS: u64 = 0;
const ARITHMETIC: u64 = 1;

impl Store {
    /// The campaigns by number, that is oldest first, with their names.
    pub(in crate::journal) fn campaign_names(&self) -> Result<Vec<(u32, String)>, JournalError> {
        self.guarded(|| {
            let mut names = Vec::new();
            for row in self.names.iter() {
                let (name, number) = row.map_err(JournalError::sled(&self.folder))?;
                let name = String::from_utf8(name.to_vec())
                    .map_err(|_| self.damaged("a campaign's name is not text".to_owned()))?;
                let number = number
                    .as_ref()
                    .try_into()
                    .map_err(|_| self.damaged("a campaign's number is not one".to_owned()))?;
                names.push((u32::from_be_bytes(number), name));
            }
            names.sort();
            Ok(names)
        })
    }

    /// The number of the campaign `name`.
    pub(in crate::journal) fn campaign_number(
        &self,
        name: &str,
    ) -> Result<Option<u32>, JournalError> {
        self.guarded(|| {
            let number = self
                .names
                .get(name)
                .map_err(JournalError::sled(&self.folder))?;
            number
                .map(|bytes| bytes.as_ref().try_into().map(u32::from_be_bytes))
                .transpose()
                .map_err(|_| self.damaged("a campaign's number is not one".to_owned()))
        })
    }

    pub(in crate::journal) fn charter(
        &self,
        campaign: u32,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.charters, campaign, 0)?
            .map(|(_, document)| document))
    }

    pub(in crate::journal) fn founders(
        &self,
        campaign: u32,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.founders, campaign, FOUNDERS)?
            .map(|(_, document)| document))
    }

    /// By what the founders of a campaign were measured; archives from before it was kept have
    /// none.
    pub(in crate::journal) fn founders_arithmetic(
        &self,
        campaign: u32,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.founders, campaign, ARITHMETIC)?
            .map(|(_, document)| document))
    }

    pub(in crate::journal) fn conclusion(
        &self,
        campaign: u32,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.conclusions, campaign, 0)?
            .map(|(_, document)| document))
    }

    /// The documents of a campaign's confirmations, the oldest first.
    pub(in crate::journal) fn confirmations(
        &self,
        campaign: u32,
    ) -> Result<Vec<Vec<u8>>, JournalError> {
        let document = |id: u64| {
            let document = self.document(&self.confirmations, campaign, id)?;
            Ok(document
                .ok_or_else(|| {
                    self.damaged(format!(
                        "a confirmation of campaign {campaign} is listed, but gone"
                    ))
                })?
                .1)
        };
        self.numbers(&self.confirmations, campaign)?
            .into_iter()
            .map(document)
            .collect()
    }

    /// Adds a campaign, of which `document` is the charter.
    pub(in crate::journal) fn begin(
        &self,
        name: &str,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.names, &self.charters).transaction(
                |(meta, names, charters)| {
                    self.enter(meta, names, charters, name, document).map(drop)
                },
            ))
        })
    }

    /// Adds a campaign, of which `document` is the charter, with the replies to its first attempts
    /// and their requests, which are taken off the account of a check-up where one has them.
    pub(in crate::journal) fn begin_answered(
        &self,
        name: &str,
        document: &[u8],
        first: &[FirstReply],
        checkup: Option<u64>,
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded(
                (
                    &self.meta,
                    &self.names,
                    &self.charters,
                    &self.open,
                    &self.accounts,
                )
                    .transaction(|(meta, names, charters, open, accounts)| {
                        let campaign = self.enter(meta, names, charters, name, document)?;
                        let mut balance = Balance::default();
                        for first in first {
                            self.enter_reply(open, accounts, campaign, first)?;
                            balance.add(&first.calls, &[]);
                        }
                        self.put_balance(accounts, campaign, &balance)?;
                        if let Some(checkup) = checkup {
                            self.empty(accounts, CHECKUPS_NUMBER, checkup)?;
                        }
                        Ok(())
                    }),
            )
        })
    }

    /// Adds a campaign within a transaction; its number is the answer.
    fn enter(
        &self,
        meta: &TransactionalTree,
        names: &TransactionalTree,
        charters: &TransactionalTree,
        name: &str,
        document: &[u8],
    ) -> Result<u32, Refusal> {
        if names.get(name)?.is_some() {
            return abort(JournalError::NameTaken {
                name: name.to_owned(),
            });
        }
        let campaign = self.add(meta, "campaigns", 1)? as u32;
        self.add(meta, "commits", 1)?;
        names.insert(name, &campaign.to_be_bytes())?;
        let address = Address {
            kind: Kind::Charter,
            campaign,
            id: 0,
            revision: 1,
        };
        insert(charters, address, &envelope::seal(address, document))?;
        Ok(campaign)
    }

    /// Opens an attempt with its reply and its account.
    fn enter_reply(
        &self,
        open: &TransactionalTree,
        accounts: &TransactionalTree,
        campaign: u32,
        first: &FirstReply,
    ) -> Result<(), Refusal> {
        let attempt = first.attempt;
        let reply = envelope::document(&format!("the reply of attempt {attempt}"), &first.reply)
            .map_err(Refusal::Abort)?;
        let address = Address {
            kind: Kind::Replied,
            campaign,
            id: attempt,
            revision: 2,
        };
        insert(open, address, &envelope::seal(address, &reply))?;
        let account = Account {
            calls: first.calls.clone(),
            holds: Vec::new(),
        };
        self.put_account(accounts, campaign, attempt, &account)
    }

    /// Sets or replaces the charter of a campaign that was begun.
    pub(in crate::journal) fn amend(
        &self,
        campaign: u32,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.replace(&self.charters, Kind::Charter, campaign, 0, document)
    }

    /// Sets or replaces the founders of a campaign, and by what they were measured.
    pub(in crate::journal) fn found(
        &self,
        campaign: u32,
        founders: &[u8],
        arithmetic: &[u8],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.founders).transaction(|(meta, tree)| {
                self.put(tree, Kind::Founders, campaign, FOUNDERS, founders)?;
                self.put(tree, Kind::Founders, campaign, ARITHMETIC, arithmetic)?;
                self.add(meta, "commits", 1)?;
                Ok(())
            }))
        })
    }

    /// Sets or replaces the conclusion of a campaign.
    pub(in crate::journal) fn conclude(
        &self,
        campaign: u32,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.replace(&self.conclusions, Kind::Conclusion, campaign, 0, document)
    }

    /// Adds the confirmation of a campaign's first `candidates` candidates, or replaces it.
    pub(in crate::journal) fn confirm(
        &self,
        campaign: u32,
        candidates: u64,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.replace(
            &self.confirmations,
            Kind::Confirmation,
            campaign,
            candidates,
            document,
        )
    }
}
