//! The archive as a check-up finds it.

use super::finding::{finding, Finding};
use crate::cli::common::{counted, Common, Failure};
use crate::journal::{Journal, JournalError};

/// The archive, as far as it is there.
pub enum ArchiveAtHand {
    Open(Box<Journal>),
    Absent,
    Closed,
}

impl ArchiveAtHand {
    /// Whether the archive can be opened; one that is not there yet is in order.
    pub fn open(common: &Common) -> Result<(Finding, ArchiveAtHand), Failure> {
        let folder = common.archive_folder()?;
        let (found, archive) = match Journal::open(&folder) {
            Ok(journal) => {
                let campaigns = counted(journal.campaigns()?.len() as u64, "campaign");
                let found = format!("{}: sound, {campaigns}", folder.display());
                (Ok(found), ArchiveAtHand::Open(Box::new(journal)))
            }
            Err(JournalError::Absent { .. }) => {
                let found = format!(
                    "{}: none yet; the first campaign or paid request makes it",
                    folder.display()
                );
                (Ok(found), ArchiveAtHand::Absent)
            }
            Err(error) => (Err(Failure::of_archive(error)), ArchiveAtHand::Closed),
        };
        Ok((finding("archive", found), archive))
    }

    /// Makes the archive where there is none.
    pub fn create(&mut self, common: &Common) -> Result<(), Failure> {
        if let ArchiveAtHand::Absent = self {
            let folder = common.archive_folder()?;
            let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
            *self = ArchiveAtHand::Open(Box::new(journal));
        }
        Ok(())
    }

    pub fn journal(&self) -> Option<&Journal> {
        match self {
            ArchiveAtHand::Open(journal) => Some(journal),
            ArchiveAtHand::Absent | ArchiveAtHand::Closed => None,
        }
    }

    pub fn close(self) -> Result<(), JournalError> {
        match self {
            ArchiveAtHand::Open(journal) => journal.close(),
            ArchiveAtHand::Absent | ArchiveAtHand::Closed => Ok(()),
        }
    }
}
