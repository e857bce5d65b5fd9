//! The handle of an open archive: opening, closing, and how threads reach the store and the writer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::archive_folder;
use super::contents::Contents;
use super::copies;
use super::error::JournalError;
use super::export::Export;
use super::lock::Lock;
use super::opening::Opened;
use super::store::{gave_up, Store, CHECKUPS, CHECKUPS_NUMBER};
use super::writer::{Commit, Request, Writer};
use crate::numerics::panics::words_of;
use crate::numerics::stop::NoThread;

/// What people call the archive's account of check-ups.
pub const DOCTOR: &str = "doctor";
/// Requests that may wait for the writer before further ones block.
const QUEUE: usize = 256;
/// How long a thread waits for a commit: after a write that failed sled may wait for ever.
const LONGEST_COMMIT: Duration = Duration::from_secs(180);

/// An open archive. All threads may use it at once; what it says is recorded is on disk.
///
/// Records survive `kill -9` and power cuts once the call that wrote them has returned. Dropping it
/// closes it like [`Journal::close`], and logs what `close` would return.
pub struct Journal {
    folder: PathBuf,
    /// Present until it is closed.
    connection: Option<Connection>,
    /// Whether a commit did not end: the writer cannot be waited for.
    is_stuck: AtomicBool,
}

struct Connection {
    store: Store,
    requests: SyncSender<Request>,
    writer: JoinHandle<Result<Export, JournalError>>,
    lock: Lock,
    /// What the files held at the opening.
    proven: Contents,
}

/// Checks a campaign's name: 1 to 64 of `a-z`, `0-9` and `-`, not beginning with `-`; it becomes a
/// file's name.
pub fn check_name(name: &str) -> Result<(), JournalError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('-') {
        return Ok(());
    }
    Err(JournalError::Name {
        name: name.to_owned(),
    })
}

/// Checks the name of a campaign that is to be begun: as [`check_name`], and not the one by which
/// people call the archive's account of check-ups.
pub fn check_new_name(name: &str) -> Result<(), JournalError> {
    if name == DOCTOR {
        return Err(JournalError::NameKept {
            name: name.to_owned(),
        });
    }
    check_name(name)
}

impl Journal {
    /// Opens the archive `folder`, or creates it where the folder is absent or empty.
    ///
    /// Errors as [`Journal::open`], but for `Absent`. A failed creation leaves nothing behind.
    pub fn create_or_open(folder: &Path) -> Result<Journal, JournalError> {
        Journal::start(folder, archive_folder::create_or_open(folder)?)
    }

    /// Opens the archive `folder`; creates nothing.
    ///
    /// `Absent`, `NotAFolder` and `NotAnArchive` where there is none; `Busy` where another process
    /// holds it, after five seconds; `Newer` where a later version wrote it; `Lost` and `Damaged`
    /// where it holds less than was acknowledged or cannot be read. A refused opening changes no
    /// byte of the database, the export and the records beside them.
    pub fn open(folder: &Path) -> Result<Journal, JournalError> {
        Journal::start(folder, archive_folder::open(folder)?)
    }

    fn start(folder: &Path, opened: Opened) -> Result<Journal, JournalError> {
        let Opened {
            store,
            export,
            lock,
            proven,
        } = opened;
        let writer = Writer::new(folder, &copies::database(folder), store.clone(), export)?;
        let (requests, waiting) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|_| {
                JournalError::io("start the writer of", folder)(io::Error::other(NoThread))
            })?;
        Ok(Journal {
            folder: folder.to_owned(),
            connection: Some(Connection {
                store,
                requests,
                writer,
                lock,
                proven,
            }),
            is_stuck: AtomicBool::new(false),
        })
    }

    /// Closes the archive; everything written is on disk, and the folder is free for others. The
    /// error that stopped the writing, if one did.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.shut()
    }

    /// Closes the archive and removes it with its folder, unless it holds a campaign or a benchmark
    /// run: for one that was made a moment ago and is of no use.
    pub fn discard(mut self) -> Result<(), JournalError> {
        self.shut()?;
        archive_folder::remove(&self.folder)
    }

    fn shut(&mut self) -> Result<(), JournalError> {
        let Some(Connection {
            store,
            requests,
            writer,
            lock,
            proven,
        }) = self.connection.take()
        else {
            return Ok(());
        };
        drop(requests);
        if self.is_stuck.load(Ordering::SeqCst) {
            // They end with the process, and the archive stays locked until then.
            std::mem::forget((store, writer, lock));
            return Err(stuck());
        }
        let export = writer.join().unwrap_or_else(|panic| {
            Err(JournalError::Stopped {
                cause: gave_up(&self.folder, words_of(panic.as_ref())).to_string(),
            })
        })?;
        archive_folder::close(
            &self.folder,
            Opened {
                store,
                export,
                lock,
                proven,
            },
        )
    }

    pub(super) fn ask(&self, campaign: &str, commit: Commit) -> Result<(), JournalError> {
        let (acknowledge, answer) = sync_channel(1);
        let request = Request {
            campaign: campaign.to_owned(),
            commit,
            acknowledge,
        };
        self.connection()
            .requests
            .send(request)
            .map_err(|_| ended())?;
        match answer.recv_timeout(LONGEST_COMMIT) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
            Err(RecvTimeoutError::Timeout) => {
                self.is_stuck.store(true, Ordering::SeqCst);
                Err(stuck())
            }
        }
    }

    pub(super) fn number(&self, campaign: &str) -> Result<u32, JournalError> {
        if campaign == CHECKUPS {
            return Ok(CHECKUPS_NUMBER);
        }
        check_name(campaign)?;
        match self.store().campaign_number(campaign)? {
            Some(number) => Ok(number),
            None => {
                let known = self
                    .store()
                    .campaign_names()?
                    .into_iter()
                    .map(|(_, name)| name)
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(JournalError::UnknownCampaign {
                    name: campaign.to_owned(),
                    known,
                })
            }
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(
        &self,
        document: &[u8],
        what: impl Fn() -> String,
    ) -> Result<T, JournalError> {
        serde_json::from_slice(document).map_err(|error| {
            self.store()
                .damaged(format!("{} cannot be read: {error}", what()))
        })
    }

    pub(super) fn store(&self) -> &Store {
        &self.connection().store
    }

    fn connection(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("a journal runs until it is closed, which consumes it")
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Err(error) = self.shut() {
            tracing::error!("the journal was not closed in good order: {error}");
        }
    }
}

fn ended() -> JournalError {
    JournalError::Stopped {
        cause: "its writer has ended".to_owned(),
    }
}

fn stuck() -> JournalError {
    let minutes = LONGEST_COMMIT.as_secs() / 60;
    JournalError::Stopped {
        cause: format!("the disk has not taken a record for {minutes} minutes"),
    }
}
