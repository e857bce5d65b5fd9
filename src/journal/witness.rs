//! The WITNESS file: what the archive has acknowledged, kept outside the database, since a damaged
//! database can open as an empty one.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::durable;
use super::error::JournalError;

/// What had been acknowledged when the witness was last written; the database may hold more, never
/// less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The witness of the archive `folder`; `None` where there is no such file.
    pub(super) fn read(folder: &Path) -> Result<Option<Witness>, JournalError> {
        let path = folder.join(WITNESS);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io("read", &path)(error)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| JournalError::Damaged {
                folder: folder.to_owned(),
                detail: format!("its WITNESS file cannot be read ({error})"),
            })
    }

    /// Writes the witness; it is on disk when this returns.
    pub(super) fn write(&self, folder: &Path) -> Result<(), JournalError> {
        let text = serde_json::to_vec(self).expect("three numbers can be written as JSON");
        durable::replace(&folder.join(WITNESS), &text)
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
