//! What can go wrong at the journal: what was wanted, what was found, and what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the journal could not be opened, read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// There is no archive in the folder.
    #[error("there is no archive at {}; name the folder of one with --archive, or start one with \
        `motherlode mine`", folder.display())]
    Absent {
        /// The archive's folder.
        folder: PathBuf,
    },

    /// A file stands where an archive's folder should be.
    #[error("an archive is a folder, but {} is a file; name another place", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },

    /// The folder holds something else.
    #[error(
        "{} is not an archive: it holds `{found}`; name an empty or a new folder",
        folder.display()
    )]
    NotAnArchive {
        /// The archive's folder.
        folder: PathBuf,
        /// One of the names in it.
        found: String,
    },

    /// Another process holds the archive.
    #[error("the archive {} is in use by {holder}; wait for its end or stop it", folder.display())]
    Busy {
        /// The archive's folder.
        folder: PathBuf,
        /// That process, with its number where it is known.
        holder: String,
    },

    /// A later version wrote the archive.
    #[error("the archive {} has schema {found}, this version reads schema {known}; use a newer \
        motherlode", folder.display())]
    Newer {
        /// The archive's folder.
        folder: PathBuf,
        /// Its schema.
        found: u64,
        /// The newest schema that this version reads.
        known: u64,
    },

    /// The archive holds less than was acknowledged.
    #[error(
        "the archive {} has lost records: {witnessed} {of} were acknowledged, {found} are there; \
         nothing in it was changed: `motherlode archive repair --archive {}` brings back what its \
         export, its copies and its database still hold",
        folder.display(), folder.display()
    )]
    Lost {
        /// The archive's folder.
        folder: PathBuf,
        /// What is missing: `attempts` or `commits`.
        of: String,
        /// How many were acknowledged.
        witnessed: u64,
        /// How many there are.
        found: u64,
    },

    /// Something in the archive cannot be read.
    #[error(
        "the archive {} is damaged: {detail}; `motherlode archive repair --archive {}` brings back \
         what its export, its copies and its database still hold",
        folder.display(), folder.display()
    )]
    Damaged {
        /// The archive's folder.
        folder: PathBuf,
        /// What it is.
        detail: String,
    },

    /// Something else stands where a file or a folder of an archive belongs.
    #[error(
        "{} is {found}, and none belongs there: an archive holds files and folders of its own only, \
         and what it points to is left alone; remove it if the archive is yours",
        path.display()
    )]
    Foreign {
        /// Where it stands.
        path: PathBuf,
        /// What it is, such as `a link`.
        found: String,
    },

    /// A name in an archive is not text.
    #[error("{} holds {name}, which is no name of an archive's file; remove it", folder.display())]
    Unnamed {
        /// The folder.
        folder: PathBuf,
        /// The name, made readable.
        name: String,
    },

    /// A file beside the database is longer than it can be.
    #[error("{} has more than {limit} bytes, more than it can have; see `motherlode archive verify`",
        path.display())]
    Overlong {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },

    /// The name is none that a campaign may have.
    #[error(
        "a campaign's name is 1 to 64 of a-z, 0-9 and `-`, beginning with a letter or digit; \
         found `{name}`"
    )]
    Name {
        /// The name.
        name: String,
    },

    /// The archive has a campaign of this name.
    #[error(
        "the archive already has a campaign `{name}`; take another name, or continue it with \
         --resume {name}"
    )]
    NameTaken {
        /// The name.
        name: String,
    },

    /// The name is that of the archive's account of check-ups.
    #[error(
        "no campaign is called `{name}`: motherlode spend {name} shows what check-ups cost; take \
         another name"
    )]
    NameKept {
        /// The name.
        name: String,
    },

    /// The archive has no campaign of this name.
    #[error(
        "the archive has no campaign `{name}`; it has {}",
        if known.is_empty() { "none" } else { known.as_str() }
    )]
    UnknownCampaign {
        /// The name.
        name: String,
        /// The names that it has, separated by commas.
        known: String,
    },

    /// A reply came for an attempt that was not reserved.
    #[error(
        "attempt {attempt} of campaign `{campaign}` has a reply but no reservation; reserve it \
         before its request leaves"
    )]
    NotReserved {
        /// The campaign's name.
        campaign: String,
        /// The attempt's number.
        attempt: u64,
    },

    /// Another reply of the attempt is kept.
    #[error(
        "attempt {attempt} of campaign `{campaign}` already has another reply, which is kept; use \
         that one"
    )]
    AlreadyReplied {
        /// The campaign's name.
        campaign: String,
        /// The attempt's number.
        attempt: u64,
    },

    /// The attempt is settled.
    #[error(
        "attempt {attempt} of campaign `{campaign}` is already settled; each attempt is settled \
         once"
    )]
    AlreadySettled {
        /// The campaign's name.
        campaign: String,
        /// The attempt's number.
        attempt: u64,
    },

    /// The campaign's budget has no room for a request.
    #[error(
        "the budget of campaign `{campaign}` has no room for a request that may cost {wanted}: \
         {left} is left of {budget}"
    )]
    NoRoom {
        /// The campaign's name.
        campaign: String,
        /// The most that the request may cost.
        wanted: String,
        /// What is neither spent nor held.
        left: String,
        /// The whole budget.
        budget: String,
        /// Whether there may be room once requests under way have ended.
        later: bool,
    },

    /// Nothing is set aside for a request that has ended.
    #[error(
        "request {number} of attempt {attempt} of campaign `{campaign}` was not set aside, or has \
         ended; set aside before a request leaves"
    )]
    NotHeld {
        /// The campaign's name.
        campaign: String,
        /// The attempt's number.
        attempt: u64,
        /// The request's number within its attempt.
        number: u32,
    },

    /// A run of this benchmark, activation and seed is recorded that ended otherwise.
    #[error(
        "a run of benchmark {benchmark} ({key}) with activation {activation} and seed {seed} is \
         recorded already, and ended otherwise, as {recorded}; the one that is there is kept: \
         what differs in how they ran belongs into the benchmark's settings"
    )]
    AnotherEnd {
        /// The benchmark's name.
        benchmark: String,
        /// The benchmark's key.
        key: String,
        /// The activation's id.
        activation: String,
        /// The seed.
        seed: u64,
        /// How the recorded one ended.
        recorded: String,
    },

    /// A record would not read back as it was.
    #[error(
        "{what} cannot be recorded, since it would not read back as it was: {detail}; all its \
         numbers must be finite"
    )]
    Unrecordable {
        /// The record.
        what: String,
        /// What would change.
        detail: String,
    },

    /// A record is larger than one may be.
    #[error("{what} is too large to be recorded: {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// The record.
        what: String,
        /// Its length as JSON.
        bytes: usize,
        /// The most bytes that a record may have.
        limit: usize,
    },

    /// The disk is full.
    #[error("no space is left for {}; free some: what was acknowledged is safe, and a resume \
        continues from there", path.display())]
    Full {
        /// The file that could not be written.
        path: PathBuf,
    },

    /// The file system lacks what an archive needs.
    #[error(
        "the file system of {} {lacks} ({source}): put the archive on a local disk, with --archive \
         DIR or MOTHERLODE_ARCHIVE", path.display()
    )]
    FileSystem {
        /// The file or folder.
        path: PathBuf,
        /// What it lacks, and what could come of it.
        lacks: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },

    /// The system's clock is wrong by decades, and sled reads it.
    #[error(
        "the system's clock shows a time before 1970, at which the database of {} cannot be \
         opened; set the clock", folder.display()
    )]
    Clock {
        /// The archive's folder.
        folder: PathBuf,
    },

    /// The operating system refused something.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// What was to be done: `open`, `write` ...
        doing: String,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },

    /// An earlier error has ended the writing.
    #[error(
        "the journal takes no more records since an error, and has to be opened again once that \
         is mended; the error: {cause}"
    )]
    Stopped {
        /// That error.
        cause: String,
    },
}

impl JournalError {
    /// Whether the error concerns one request only, and the journal goes on.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(
            self,
            JournalError::Name { .. }
                | JournalError::NameTaken { .. }
                | JournalError::NameKept { .. }
                | JournalError::UnknownCampaign { .. }
                | JournalError::NotReserved { .. }
                | JournalError::AlreadyReplied { .. }
                | JournalError::AlreadySettled { .. }
                | JournalError::NoRoom { .. }
                | JournalError::NotHeld { .. }
                | JournalError::AnotherEnd { .. }
                | JournalError::Unrecordable { .. }
                | JournalError::TooLarge { .. }
        )
    }

    /// Whether records are missing or cannot be read, which repairing may mend.
    pub(super) fn is_damage(&self) -> bool {
        matches!(
            self,
            JournalError::Lost { .. } | JournalError::Damaged { .. }
        )
    }

    /// What is missing or damaged, without what to do.
    pub(super) fn detail(&self) -> String {
        match self {
            JournalError::Damaged { detail, .. } => detail.clone(),
            JournalError::Lost {
                of,
                witnessed,
                found,
                ..
            } => format!("{witnessed} {of} were acknowledged, {found} are there"),
            other => other.to_string(),
        }
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
                | JournalError::NameKept { .. }
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

    /// Maps an error of the operating system, met while `doing` something with `path`: where it says
    /// that the file system cannot do this at all, the error says so, and what it `lacks`.
    pub(super) fn of_file_system(
        doing: &str,
        lacks: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> JournalError {
        let other = JournalError::io(doing, path);
        let path = path.to_owned();
        move |source| match is_lack(&source) {
            true => JournalError::FileSystem {
                path,
                lacks,
                source: Arc::new(source),
            },
            false => other(source),
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

/// Whether the system said that a file system cannot do at all what was asked of it (`EINVAL`,
/// `ENOTSUP`, `EOPNOTSUPP`, `ENOSYS`, `ENOLCK`), and not that it failed to.
fn is_lack(error: &io::Error) -> bool {
    const NO_LOCKS: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
    ) || error.raw_os_error() == Some(NO_LOCKS)
}
