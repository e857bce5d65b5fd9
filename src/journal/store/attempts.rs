//! The attempts of campaigns: reserved, replied, and settled for good.

use sled::transaction::{Transactional, TransactionalTree};

use super::database::Store;
use super::documents::{abort, insert, row_key, rows, Refusal};
use crate::journal::envelope::{self, Address, Kind};
use crate::journal::error::JournalError;

/// The number of an open attempt, and the document of its reply if it has one.
pub(in crate::journal) type OpenDocument = (u64, Option<Vec<u8>>);

impl Store {
    /// The document of one settled attempt.
    pub(in crate::journal) fn attempt(
        &self,
        campaign: u32,
        attempt: u64,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.attempts, campaign, attempt)?
            .map(|(_, document)| document))
    }

    /// The numbers of a campaign's settled attempts, ascending.
    pub(in crate::journal) fn settled_numbers(
        &self,
        campaign: u32,
    ) -> Result<Vec<u64>, JournalError> {
        self.numbers(&self.attempts, campaign)
    }

    /// How many attempts of a campaign are settled, by its counter.
    pub(in crate::journal) fn settled(&self, campaign: u32) -> Result<u64, JournalError> {
        self.counter(&settled_key(campaign))
    }

    /// The attempts of a campaign that are reserved or replied but not settled, ascending, with
    /// their replies.
    pub(in crate::journal) fn open_attempts(
        &self,
        campaign: u32,
    ) -> Result<Vec<OpenDocument>, JournalError> {
        let mut attempts = Vec::new();
        for number in self.numbers(&self.open, campaign)? {
            // It may have been settled since the numbers were read.
            if let Some((address, document)) = self.document(&self.open, campaign, number)? {
                attempts.push((number, (address.kind == Kind::Replied).then_some(document)));
            }
        }
        Ok(attempts)
    }

    /// The document of the reply of an attempt that has one and is not settled.
    pub(in crate::journal) fn open_reply(
        &self,
        campaign: u32,
        attempt: u64,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.open, campaign, attempt)?
            .filter(|(address, _)| address.kind == Kind::Replied)
            .map(|(_, document)| document))
    }

    /// Notes that the request of an attempt may leave; an attempt that is already open stays as it
    /// is.
    pub(in crate::journal) fn reserve(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.attempts, &self.open).transaction(
                |(meta, attempts, open)| {
                    self.refuse_settled(attempts, name, campaign, attempt)?;
                    if open.get(row_key(campaign, attempt, 0))?.is_none() {
                        let address = Address {
                            kind: Kind::Reserved,
                            campaign,
                            id: attempt,
                            revision: 1,
                        };
                        insert(open, address, &envelope::seal(address, b"null"))?;
                        self.add(meta, "commits", 1)?;
                    }
                    Ok(())
                },
            ))
        })
    }

    /// Keeps the reply of a reserved attempt, `sealed` as of kind `Replied` and revision 2; the
    /// same reply again changes nothing.
    pub(in crate::journal) fn reply(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
        sealed: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.attempts, &self.open).transaction(
                |(meta, attempts, open)| {
                    self.refuse_settled(attempts, name, campaign, attempt)?;
                    let present = rows(open, &self.folder, campaign, attempt)?;
                    let Some(first) = present.first() else {
                        return abort(JournalError::NotReserved {
                            campaign: name.to_owned(),
                            attempt,
                        });
                    };
                    let kind = envelope::read(first)
                        .map_err(|fault| self.stop(fault))?
                        .address
                        .kind;
                    if kind == Kind::Replied {
                        if present
                            .iter()
                            .map(AsRef::as_ref)
                            .eq(sealed.iter().map(Vec::as_slice))
                        {
                            return Ok(());
                        }
                        return abort(JournalError::AlreadyReplied {
                            campaign: name.to_owned(),
                            attempt,
                        });
                    }
                    let address = Address {
                        kind: Kind::Replied,
                        campaign,
                        id: attempt,
                        revision: 2,
                    };
                    insert(open, address, sealed)?;
                    self.add(meta, "commits", 1)?;
                    Ok(())
                },
            ))
        })
    }

    /// Records an attempt, `sealed` as of kind `Settled` and revision 3, and closes its
    /// reservation.
    pub(in crate::journal) fn settle(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
        sealed: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded(
                (&self.meta, &self.attempts, &self.open, &self.accounts).transaction(
                    |(meta, attempts, open, accounts)| {
                        self.refuse_settled(attempts, name, campaign, attempt)?;
                        let address = Address {
                            kind: Kind::Settled,
                            campaign,
                            id: attempt,
                            revision: 3,
                        };
                        insert(attempts, address, sealed)?;
                        for tree in [open, accounts] {
                            self.remove(tree, campaign, attempt)?;
                        }
                        self.add(meta, "settled", 1)?;
                        self.add(meta, &settled_key(campaign), 1)?;
                        self.add(meta, "commits", 1)?;
                        Ok(())
                    },
                ),
            )
        })
    }

    /// Forgets the reservation of an attempt, with its reply if it has one; nothing where there is
    /// none.
    pub(in crate::journal) fn release(
        &self,
        campaign: u32,
        attempt: u64,
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.open).transaction(|(meta, open)| {
                let present = self.remove(open, campaign, attempt)?;
                self.add(meta, "commits", u64::from(present > 0))?;
                Ok(())
            }))
        })
    }

    pub(in crate::journal) fn refuse_settled(
        &self,
        attempts: &TransactionalTree,
        name: &str,
        campaign: u32,
        attempt: u64,
    ) -> Result<(), Refusal> {
        match attempts.get(row_key(campaign, attempt, 0))? {
            Some(_) => abort(JournalError::AlreadySettled {
                campaign: name.to_owned(),
                attempt,
            }),
            None => Ok(()),
        }
    }
}

/// The counter of a campaign's settled attempts.
pub(super) fn settled_key(campaign: u32) -> String {
    format!("settled/{campaign}")
}
