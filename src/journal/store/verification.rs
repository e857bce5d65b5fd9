//! Holding the counters of an archive against its records.

use serde::de::IgnoredAny;
use sled::{IVec, Tree};

use super::database::Store;
use super::documents::row_key;
use crate::journal::envelope;
use crate::journal::error::JournalError;

/// The newest rows that are checked whole when an archive is opened.
const CHECKED_ROWS: usize = 1_000;
/// The largest archive whose keys are counted when it is opened.
const COUNTED_ATTEMPTS: u64 = 20_000;

impl Store {
    /// Holds the counters against the records: whole for a small archive, the newest thousand rows
    /// of a large one.
    pub(in crate::journal) fn verify(&self) -> Result<(), JournalError> {
        self.guarded(|| {
            let mut settled = 0;
            for (number, name) in self.campaign_names()? {
                settled += self.settled(number)?;
                if self.counter("settled")? <= COUNTED_ATTEMPTS {
                    let found = self.settled_numbers(number)?.len() as u64;
                    self.agree(
                        &format!("settled attempts of campaign `{name}`"),
                        self.settled(number)?,
                        found,
                    )?;
                }
            }
            self.agree(
                "settled attempts of all campaigns",
                self.counter("settled")?,
                settled,
            )?;
            self.verify_newest("an attempt", &self.attempts)?;
            self.verify_benchmark_runs()
        })
    }

    /// Reads every document of every tree, and holds the counters against them.
    pub(in crate::journal) fn verify_all(&self) -> Result<(), JournalError> {
        self.verify()?;
        self.guarded(|| {
            for (what, tree) in [
                ("a charter", &self.charters),
                ("founders", &self.founders),
                ("an open attempt", &self.open),
                ("a conclusion", &self.conclusions),
                ("a confirmation", &self.confirmations),
                ("an account", &self.accounts),
                ("a benchmark run", &self.benchmark_runs),
            ] {
                self.verify_documents(what, tree)?;
            }
            let attempts = self.verify_documents("an attempt", &self.attempts)?;
            self.agree("settled attempts", self.counter("settled")?, attempts)?;
            for (number, name) in self.campaign_names()? {
                if self.charter(number)?.is_none() {
                    return Err(self.damaged(format!("the charter of campaign `{name}` is gone")));
                }
            }
            Ok(())
        })
    }

    /// Reads every document of a tree; how many there are.
    fn verify_documents(&self, what: &str, tree: &Tree) -> Result<u64, JournalError> {
        let (mut documents, mut rows) = (0, Vec::<IVec>::new());
        for row in tree.iter() {
            let (key, value) = row.map_err(JournalError::sled(&self.folder))?;
            let part = envelope::read(&value).map_err(|fault| self.damaged(fault))?;
            if key != row_key(part.address.campaign, part.address.id, part.part) {
                return Err(self.damaged(format!("{what} lies under the key of another")));
            }
            let parts = usize::from(part.parts);
            rows.push(value);
            if rows.len() == parts {
                let (_, document) = envelope::open(&rows).map_err(|fault| self.damaged(fault))?;
                serde_json::from_slice::<IgnoredAny>(&document)
                    .map_err(|error| self.damaged(format!("{what} is no JSON: {error}")))?;
                documents += 1;
                rows.clear();
            }
        }
        match rows.is_empty() {
            true => Ok(documents),
            false => Err(self.damaged(format!("a part of {what} is gone"))),
        }
    }

    /// Checks the newest thousand rows of a tree of documents.
    pub(in crate::journal) fn verify_newest(
        &self,
        what: &str,
        tree: &Tree,
    ) -> Result<(), JournalError> {
        for row in tree.iter().rev().take(CHECKED_ROWS) {
            let (key, value) = row.map_err(JournalError::sled(&self.folder))?;
            let part = envelope::read(&value).map_err(|fault| self.damaged(fault))?;
            if key != row_key(part.address.campaign, part.address.id, part.part) {
                return Err(self.damaged(format!("{what} lies under the key of another")));
            }
        }
        Ok(())
    }

    pub(in crate::journal) fn agree(
        &self,
        what: &str,
        counted: u64,
        found: u64,
    ) -> Result<(), JournalError> {
        if counted == found {
            return Ok(());
        }
        Err(self.damaged(format!("it counts {counted} {what}, but holds {found}")))
    }
}
