//! The WITNESS file: what the archive has acknowledged, kept outside the database, since a damaged
//! database can open as an empty one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::JournalError;
use super::sealed::{self, Sealed};

/// What had been acknowledged when the witness was last written; the database may hold more, never
/// less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Witness {
    /// Transactions of every kind.
    pub(super) commits: u64,
    /// Attempts settled, over all campaigns.
    pub(super) settled: u64,
    /// The length of the database file.
    pub(super) database_bytes: u64,
}

/// The witness's file name in an archive.
pub(super) const WITNESS: &str = "WITNESS";

impl Witness {
    /// The witness of the archive `folder`.
    pub(super) fn read(folder: &Path) -> Result<Sealed<Witness>, JournalError> {
        sealed::read(&folder.join(WITNESS))
    }

    /// Writes the witness; it is on disk when this returns.
    pub(super) fn write(&self, folder: &Path) -> Result<(), JournalError> {
        sealed::write(&folder.join(WITNESS), self)
    }

    /// Whether what the database holds, `found`, is at least what was acknowledged.
    pub(super) fn hold_against(&self, found: &Witness, folder: &Path) -> Result<(), JournalError> {
        let pairs = [
            ("attempts", self.settled, found.settled),
            ("commits", self.commits, found.commits),
        ];
        for (of, witnessed, found) in pairs {
            if found < witnessed {
                return Err(JournalError::Lost {
                    folder: folder.to_owned(),
                    of: of.to_owned(),
                    witnessed,
                    found,
                });
            }
        }
        Ok(())
    }
}
