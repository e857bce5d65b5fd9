//! What can go wrong at the journal: what was wanted, what was found, and what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the journal could not be opened, read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    #[error("there is no archive at {}; name the folder of one with --archive, or start one with \
        `motherlode mine`", folder.display())]
    Absent { folder: PathBuf },

    #[error("an archive is a folder, but {} is a file; name another place", path.display())]
    NotAFolder { path: PathBuf },

    #[error("{} is not an archive: it holds `{found}`; name an empty or a new folder", folder.display())]
    NotAnArchive { folder: PathBuf, found: String },

    #[error("the archive {} is in use by {holder}; wait for its end or stop it", folder.display())]
    Busy { folder: PathBuf, holder: String },

    #[error("the archive {} has schema {found}, this version reads schema {known}; use a newer \
        motherlode", folder.display())]
    Newer {
        folder: PathBuf,
        found: u64,
        known: u64,
    },

    #[error(
        "the archive {} has lost records: {witnessed} {of} were acknowledged, {found} are there; \
         do not write to it: restore from {} or from a copy in {}",
        folder.display(), folder.join("export").display(), folder.join("copies").display()
    )]
    Lost {
        folder: PathBuf,
        of: String,
        witnessed: u64,
        found: u64,
    },

    #[error(
        "the archive {} is damaged: {detail}; restore from {} or from a copy in {}",
        folder.display(), folder.join("export").display(), folder.join("copies").display()
    )]
    Damaged { folder: PathBuf, detail: String },

    #[error(
        "a campaign's name is 1 to 64 of a-z, 0-9 and `-`, beginning with a letter or digit; \
         found `{name}`"
    )]
    Name { name: String },

    #[error(
        "the archive already has a campaign `{name}`; take another name, or continue it with \
         --resume {name}"
    )]
    NameTaken { name: String },

    #[error("the archive has no campaign `{name}`; it has {}", if known.is_empty() { "none" } else { known.as_str() })]
    UnknownCampaign { name: String, known: String },

    #[error(
        "attempt {attempt} of campaign `{campaign}` has a reply but no reservation; reserve it \
         before its request leaves"
    )]
    NotReserved { campaign: String, attempt: u64 },

    #[error(
        "attempt {attempt} of campaign `{campaign}` already has another reply, which is kept; use \
         that one"
    )]
    AlreadyReplied { campaign: String, attempt: u64 },

    #[error(
        "attempt {attempt} of campaign `{campaign}` is already settled; each attempt is settled \
         once"
    )]
    AlreadySettled { campaign: String, attempt: u64 },

    #[error(
        "the budget of campaign `{campaign}` has no room for a request that may cost {wanted}: \
         {left} is left of {budget}"
    )]
    NoRoom {
        campaign: String,
        wanted: String,
        left: String,
        budget: String,
        later: bool,
    },

    #[error(
        "request {number} of attempt {attempt} of campaign `{campaign}` was not set aside, or has \
         ended; set aside before a request leaves"
    )]
    NotHeld {
        campaign: String,
        attempt: u64,
        number: u32,
    },

    #[error(
        "a benchmark run of benchmark {benchmark} ({key}) with activation {activation} and seed {seed} is \
         recorded already, and ended otherwise, as {recorded}; the one that is there is kept: \
         what differs in how they ran belongs into the benchmark's settings"
    )]
    AnotherCell {
        benchmark: String,
        key: String,
        activation: String,
        seed: u64,
        recorded: String,
    },

    #[error(
        "{what} cannot be recorded, since it would not read back as it was: {detail}; all its \
         numbers must be finite"
    )]
    Unrecordable { what: String, detail: String },

    #[error("{what} is too large to be recorded: {bytes} bytes, the limit is {limit}")]
    TooLarge {
        what: String,
        bytes: usize,
        limit: usize,
    },

    #[error("no space is left for {}; free some: what was acknowledged is safe, and a resume \
        continues from there", path.display())]
    Full { path: PathBuf },

    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        doing: String,
        path: PathBuf,
        source: Arc<io::Error>,
    },

    #[error(
        "the journal takes no more records since an error, and has to be opened again once that \
         is mended; the error: {cause}"
    )]
    Stopped { cause: String },
}

impl JournalError {
    /// Whether the error concerns one request only, and the journal goes on.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(
            self,
            JournalError::Name { .. }
                | JournalError::NameTaken { .. }
                | JournalError::UnknownCampaign { .. }
                | JournalError::NotReserved { .. }
                | JournalError::AlreadyReplied { .. }
                | JournalError::AlreadySettled { .. }
                | JournalError::NoRoom { .. }
                | JournalError::NotHeld { .. }
                | JournalError::AnotherCell { .. }
                | JournalError::Unrecordable { .. }
                | JournalError::TooLarge { .. }
        )
    }

    /// Whether nothing is broken: the user named something that is not there, is taken, or cannot
    /// be.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            JournalError::Absent { .. }
                | JournalError::NotAFolder { .. }
                | JournalError::NotAnArchive { .. }
                | JournalError::Name { .. }
                | JournalError::NameTaken { .. }
                | JournalError::UnknownCampaign { .. }
        )
    }

    /// The archive `folder` is damaged, and how.
    pub(super) fn damaged(folder: &Path, detail: impl Into<String>) -> JournalError {
        JournalError::Damaged {
            folder: folder.to_owned(),
            detail: detail.into(),
        }
    }

    /// Maps an error of the operating system, met while `doing` something with `path`.
    pub(super) fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
        let (doing, path) = (doing.to_owned(), path.to_owned());
        move |source| match source.kind() {
            io::ErrorKind::StorageFull => JournalError::Full { path },
            _ => JournalError::Io {
                doing,
                path,
                source: Arc::new(source),
            },
        }
    }

    /// Maps an error of sled, met in the archive `folder`.
    pub(super) fn sled(folder: &Path) -> impl FnOnce(sled::Error) -> JournalError + '_ {
        move |error| match error {
            sled::Error::Io(source) => JournalError::io("use the database of", folder)(source),
            other => JournalError::Damaged {
                folder: folder.to_owned(),
                detail: other.to_string(),
            },
        }
    }
}
