//! Documents cut into rows under (campaign, id, part), and counters: what transactions write and
//! scans read. Every value is checked when it is read.

use std::path::Path;

use sled::transaction::{
    ConflictableTransactionError, TransactionError, TransactionResult, Transactional,
    TransactionalTree,
};
use sled::{IVec, Tree};

use super::database::{number, Store};
use crate::journal::envelope::{self, Address, Kind};
use crate::journal::error::JournalError;

/// Why a transaction is not made.
pub(in crate::journal) type Refusal = ConflictableTransactionError<JournalError>;

impl Store {
    /// One document, read in a transaction so that a writer cannot change half of it meanwhile.
    pub(in crate::journal) fn document(
        &self,
        tree: &Tree,
        campaign: u32,
        id: u64,
    ) -> Result<Option<(Address, Vec<u8>)>, JournalError> {
        self.guarded(|| {
            let rows =
                self.concluded(tree.transaction(|view| rows(view, &self.folder, campaign, id)))?;
            if rows.is_empty() {
                return Ok(None);
            }
            let (address, document) = envelope::open(&rows).map_err(|fault| self.damaged(fault))?;
            if (address.campaign, address.id) != (campaign, id) {
                return Err(self.damaged("a document lies under the key of another".to_owned()));
            }
            Ok(Some((address, document)))
        })
    }

    pub(in crate::journal) fn numbers(
        &self,
        tree: &Tree,
        campaign: u32,
    ) -> Result<Vec<u64>, JournalError> {
        self.guarded(|| {
            let mut numbers = Vec::new();
            // A sled iterator that has met a damaged page gives the same error for ever: the first
            // one ends the scan.
            for row in tree.scan_prefix(campaign.to_be_bytes()) {
                let (key, _) = row.map_err(JournalError::sled(&self.folder))?;
                let key: [u8; 14] = key
                    .as_ref()
                    .try_into()
                    .map_err(|_| self.damaged("a key has the wrong length".to_owned()))?;
                let [_, _, _, _, id @ .., part_high, part_low] = key;
                if (part_high, part_low) == (0, 0) {
                    numbers.push(u64::from_be_bytes(id));
                }
            }
            Ok(numbers)
        })
    }

    pub(in crate::journal) fn counter(&self, key: &str) -> Result<u64, JournalError> {
        self.guarded(|| {
            let value = self
                .meta
                .get(key)
                .map_err(JournalError::sled(&self.folder))?;
            number(value)
                .ok_or_else(|| self.damaged(format!("its counter `{key}` is not a number")))
        })
    }

    /// Sets or replaces the document that `tree` has of a campaign under `id`.
    pub(in crate::journal) fn replace(
        &self,
        tree: &Tree,
        kind: Kind,
        campaign: u32,
        id: u64,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, tree).transaction(|(meta, documents)| {
                self.put(documents, kind, campaign, id, document)?;
                self.add(meta, "commits", 1)?;
                Ok(())
            }))
        })
    }

    /// `replace` within a transaction.
    pub(in crate::journal) fn put(
        &self,
        view: &TransactionalTree,
        kind: Kind,
        campaign: u32,
        id: u64,
        document: &[u8],
    ) -> Result<(), Refusal> {
        let revision = match rows(view, &self.folder, campaign, id)?.first() {
            Some(row) => {
                envelope::read(row)
                    .map_err(|fault| self.stop(fault))?
                    .address
                    .revision
                    + 1
            }
            None => 1,
        };
        self.remove(view, campaign, id)?;
        let address = Address {
            kind,
            campaign,
            id,
            revision,
        };
        insert(view, address, &envelope::seal(address, document))
    }

    /// Removes the parts of a document; how many there were.
    pub(in crate::journal) fn remove(
        &self,
        view: &TransactionalTree,
        campaign: u32,
        id: u64,
    ) -> Result<usize, Refusal> {
        let present = rows(view, &self.folder, campaign, id)?.len();
        for part in 0..present {
            view.remove(row_key(campaign, id, part as u16).to_vec())?;
        }
        Ok(present)
    }

    /// Adds to a counter; the answer is its new value.
    pub(in crate::journal) fn add(
        &self,
        meta: &TransactionalTree,
        key: &str,
        amount: u64,
    ) -> Result<u64, Refusal> {
        let value = number(meta.get(key)?)
            .ok_or_else(|| self.stop(format!("its counter `{key}` is not a number")))?
            + amount;
        meta.insert(key, &value.to_be_bytes())?;
        Ok(value)
    }

    pub(in crate::journal) fn stop(&self, detail: String) -> Refusal {
        Refusal::Abort(self.damaged(detail))
    }

    pub(in crate::journal) fn concluded<T>(
        &self,
        result: TransactionResult<T, JournalError>,
    ) -> Result<T, JournalError> {
        result.map_err(|error| match error {
            TransactionError::Abort(error) => error,
            TransactionError::Storage(error) => JournalError::sled(&self.folder)(error),
        })
    }
}

/// The rows of one document, in order; none where there is no such document.
pub(in crate::journal) fn rows(
    view: &TransactionalTree,
    folder: &Path,
    campaign: u32,
    id: u64,
) -> Result<Vec<IVec>, Refusal> {
    let Some(first) = view.get(row_key(campaign, id, 0))? else {
        return Ok(Vec::new());
    };
    let parts = envelope::read(&first)
        .map_err(|fault| Refusal::Abort(JournalError::damaged(folder, fault)))?
        .parts;
    let mut rows = vec![first];
    for part in 1..parts {
        match view.get(row_key(campaign, id, part))? {
            Some(row) => rows.push(row),
            None => {
                return abort(JournalError::damaged(
                    folder,
                    format!("part {part} of document {id} of campaign {campaign} is gone"),
                ))
            }
        }
    }
    Ok(rows)
}

/// Puts the parts of a document under its address.
pub(in crate::journal) fn insert(
    view: &TransactionalTree,
    address: Address,
    sealed: &[Vec<u8>],
) -> Result<(), Refusal> {
    for (part, row) in sealed.iter().enumerate() {
        view.insert(
            row_key(address.campaign, address.id, part as u16).to_vec(),
            row.as_slice(),
        )?;
    }
    Ok(())
}

/// Ends a transaction without a change.
pub(in crate::journal) fn abort<T>(error: JournalError) -> Result<T, Refusal> {
    Err(Refusal::Abort(error))
}

pub(in crate::journal) fn row_key(campaign: u32, id: u64, part: u16) -> [u8; 14] {
    let mut key = [0; 14];
    key[..4].copy_from_slice(&campaign.to_be_bytes());
    key[4..12].copy_from_slice(&id.to_be_bytes());
    key[12..].copy_from_slice(&part.to_be_bytes());
    key
}
