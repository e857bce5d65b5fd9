//! Holding the counters of an archive against its records when it is opened.

use sled::Tree;

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
