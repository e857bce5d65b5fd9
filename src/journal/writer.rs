//! The writer thread: takes requests from all threads, commits up to 64 of them with one flush and
//! one fdatasync, and only then acknowledges them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::durable;
use super::error::JournalError;
use super::export::{self, Export, OpenLine};
use super::first_reply::FirstReply;
use super::store::{Store, CHECKUPS, CHECKUPS_NUMBER};
use crate::record::benchmark_run::BenchmarkRun;
use crate::record::ledger::{Account, Balance};

/// The most requests that share one fdatasync.
const BATCH: usize = 64;
/// The witness is at most this old, in time and in acknowledged requests.
const WITNESS_PERIOD: Duration = Duration::from_secs(1);
const WITNESS_ACKNOWLEDGED: usize = 64;
const EXPORT_PERIOD: Duration = Duration::from_secs(60);

/// What a thread asks of the writer, and where the answer goes.
pub(super) struct Request {
    pub(super) campaign: String,
    pub(super) commit: Commit,
    pub(super) acknowledge: SyncSender<Result<(), JournalError>>,
}

/// What is to be written; documents come sealed where their address is known, so that the writer
/// need not compress them.
pub(super) enum Commit {
    Begin {
        charter: Vec<u8>,
    },
    /// With the replies to its first attempts, which a check-up brought.
    BeginAnswered {
        charter: Vec<u8>,
        first: Vec<FirstReply>,
        checkup: Option<u64>,
    },
    Amend {
        number: u32,
        charter: Vec<u8>,
    },
    Reserve {
        number: u32,
        attempt: u64,
    },
    Release {
        number: u32,
        attempt: u64,
    },
    Reply {
        number: u32,
        attempt: u64,
        sealed: Vec<Vec<u8>>,
    },
    Book {
        number: u32,
        attempt: u64,
        change: Change,
    },
    Settle {
        number: u32,
        attempt: u64,
        sealed: Vec<Vec<u8>>,
        document: Vec<u8>,
    },
    Found {
        number: u32,
        founders: Vec<u8>,
        arithmetic: Vec<u8>,
    },
    Confirm {
        number: u32,
        candidates: u64,
        confirmation: Vec<u8>,
    },
    Conclude {
        number: u32,
        conclusion: Vec<u8>,
    },
    /// Belongs to no campaign.
    BenchmarkRun {
        run: Box<BenchmarkRun>,
        document: Vec<u8>,
    },
}

/// A change of a campaign's balance and of the account of one of its attempts.
pub(super) type Change = Box<dyn Fn(&mut Balance, &mut Account) -> Result<(), JournalError> + Send>;

/// The only writer of an archive.
pub(super) struct Writer {
    archive: PathBuf,
    store: Store,
    database: Database,
    export: Export,
    /// The error after which nothing more is written.
    stopped: Option<JournalError>,
    unwitnessed: usize,
    witnessed_at: Instant,
    unsynchronised_since: Option<Instant>,
}

impl Writer {
    pub(super) fn new(
        archive: &Path,
        directory: &Path,
        store: Store,
        export: Export,
    ) -> Result<Writer, JournalError> {
        Ok(Writer {
            archive: archive.to_owned(),
            store,
            database: Database::open(directory)?,
            export,
            stopped: None,
            unwitnessed: 0,
            witnessed_at: Instant::now(),
            unsynchronised_since: None,
        })
    }

    /// Serves requests until every sender is gone; then hands the export back, or the error that
    /// stopped the writing.
    pub(super) fn run(mut self, requests: &Receiver<Request>) -> Result<Export, JournalError> {
        loop {
            match requests.recv_timeout(self.patience()) {
                Ok(first) => {
                    let batch = std::iter::once(first)
                        .chain(requests.try_iter().take(BATCH - 1))
                        .collect();
                    self.commit(batch);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.stopped.is_none() {
                self.stopped = self.keep_up().err();
            }
        }
        match self.stopped {
            Some(error) => Err(error),
            None => {
                self.store.flush()?;
                self.database.sync()?;
                self.export.sync()?;
                Ok(self.export)
            }
        }
    }

    /// How long the writer may sleep when nobody asks for anything.
    fn patience(&self) -> Duration {
        match (self.unwitnessed, self.unsynchronised_since) {
            (0, None) => Duration::from_secs(3600),
            (0, Some(since)) => EXPORT_PERIOD.saturating_sub(since.elapsed()),
            _ => WITNESS_PERIOD.saturating_sub(self.witnessed_at.elapsed()),
        }
    }

    fn commit(&mut self, batch: Vec<Request>) {
        let mut applied = Vec::with_capacity(batch.len());
        for request in batch {
            let outcome = match &self.stopped {
                Some(cause) => Err(JournalError::Stopped {
                    cause: cause.to_string(),
                }),
                None => self
                    .note_release(&request)
                    .and_then(|()| self.apply(&request)),
            };
            match outcome {
                Ok(changed) => applied.push((request, changed)),
                Err(error) => {
                    if self.stopped.is_none() && !error.is_refusal() {
                        self.stopped = Some(error.clone());
                    }
                    answer(&request, Err(error));
                }
            }
        }
        if applied.is_empty() {
            return;
        }
        // sled's flush does not reach the disk by itself.
        if let Err(error) = self.store.flush().and_then(|()| self.database.sync()) {
            for (request, _) in &applied {
                answer(request, Err(error.clone()));
            }
            self.stopped.get_or_insert(error);
            return;
        }
        // Before it is acknowledged, so that the export has all that was, whatever becomes of the
        // database.
        if let Err(error) = applied
            .iter()
            .filter(|(_, changed)| *changed)
            .try_for_each(|(request, _)| self.note(request))
        {
            self.stopped.get_or_insert(error);
        }
        for (request, _) in &applied {
            answer(request, Ok(()));
        }
        self.unwitnessed += applied.len();
    }

    /// A reservation is taken back in the export first: else a program that is killed in between
    /// would leave an attempt there that the database seems to have lost.
    fn note_release(&mut self, request: &Request) -> Result<(), JournalError> {
        match &request.commit {
            Commit::Release { number, attempt } => {
                let line = OpenLine::Released { attempt: *attempt };
                self.export
                    .append_open(&self.store, *number, &request.campaign, &line)
            }
            _ => Ok(()),
        }
    }

    /// Writes what is asked for; `false` where a benchmark run was there already.
    fn apply(&self, request: &Request) -> Result<bool, JournalError> {
        let name = &request.campaign;
        match &request.commit {
            Commit::BenchmarkRun { run, document } => {
                return self.store.add_benchmark_run(run, document)
            }
            Commit::Begin { charter } => self.store.begin(name, charter),
            Commit::BeginAnswered {
                charter,
                first,
                checkup,
            } => self.store.begin_answered(name, charter, first, *checkup),
            Commit::Reserve { number, attempt } => self.store.reserve(name, *number, *attempt),
            Commit::Amend { number, charter } => self.store.amend(*number, charter),
            Commit::Release { number, attempt } => self.store.release(*number, *attempt),
            Commit::Reply {
                number,
                attempt,
                sealed,
            } => self.store.reply(name, *number, *attempt, sealed),
            Commit::Book {
                number,
                attempt,
                change,
            } => self.store.book(name, *number, *attempt, change),
            Commit::Settle {
                number,
                attempt,
                sealed,
                ..
            } => self.store.settle(name, *number, *attempt, sealed),
            Commit::Found {
                number,
                founders,
                arithmetic,
            } => self.store.found(*number, founders, arithmetic),
            Commit::Confirm {
                number,
                candidates,
                confirmation,
            } => self.store.confirm(*number, *candidates, confirmation),
            Commit::Conclude { number, conclusion } => self.store.conclude(*number, conclusion),
        }?;
        Ok(true)
    }

    /// What is done with what is on disk before it is acknowledged: the export, and a witness at
    /// once of a campaign's beginning.
    fn note(&mut self, request: &Request) -> Result<(), JournalError> {
        self.unsynchronised_since.get_or_insert_with(Instant::now);
        let name = &request.campaign;
        match &request.commit {
            Commit::Begin { charter } => {
                self.export.write_charter(name, charter)?;
                self.witness()
            }
            Commit::BeginAnswered {
                charter,
                first,
                checkup,
            } => {
                self.export.write_charter(name, charter)?;
                self.note_first(name, first, *checkup)?;
                self.witness()
            }
            Commit::Amend { charter, .. } => self.export.write_charter(name, charter),
            Commit::Settle { document, .. } => self.export.append(name, document),
            Commit::BenchmarkRun { document, .. } => {
                self.export.append(export::BENCHMARK_RUNS, document)
            }
            Commit::Confirm { number, .. } => self
                .export
                .write_confirmations(name, &self.store.confirmations(*number)?),
            Commit::Found { number, .. } => self.export.write_founders(&self.store, *number, name),
            Commit::Conclude { conclusion, .. } => self.export.write_conclusion(name, conclusion),
            Commit::Reserve { number, attempt } => {
                let line = OpenLine::Reserved { attempt: *attempt };
                self.export.append_open(&self.store, *number, name, &line)
            }
            Commit::Release { .. } => Ok(()),
            Commit::Reply {
                number, attempt, ..
            } => self
                .export
                .append_replied(&self.store, *number, name, *attempt),
            Commit::Book {
                number, attempt, ..
            } => self
                .export
                .append_booked(&self.store, *number, name, *attempt),
        }
    }

    /// Notes the replies with which a campaign begins, and what they took off a check-up.
    fn note_first(
        &mut self,
        name: &str,
        first: &[FirstReply],
        checkup: Option<u64>,
    ) -> Result<(), JournalError> {
        let Some(number) = self.store.campaign_number(name)? else {
            return Ok(());
        };
        for FirstReply { attempt, .. } in first {
            let (export, store) = (&mut self.export, &self.store);
            export.append_booked(store, number, name, *attempt)?;
            export.append_replied(store, number, name, *attempt)?;
        }
        checkup.map_or(Ok(()), |checkup| {
            self.export
                .append_booked(&self.store, CHECKUPS_NUMBER, CHECKUPS, checkup)
        })
    }

    fn keep_up(&mut self) -> Result<(), JournalError> {
        if self.unwitnessed >= WITNESS_ACKNOWLEDGED
            || (self.unwitnessed > 0 && self.witnessed_at.elapsed() >= WITNESS_PERIOD)
        {
            self.witness()?;
        }
        if self
            .unsynchronised_since
            .is_some_and(|since| since.elapsed() >= EXPORT_PERIOD)
        {
            self.export.sync()?;
            self.unsynchronised_since = None;
        }
        Ok(())
    }

    /// Only this thread writes, so all that the store holds after a synchronisation has been
    /// acknowledged.
    fn witness(&mut self) -> Result<(), JournalError> {
        self.store.witness()?.write(&self.archive)?;
        self.unwitnessed = 0;
        self.witnessed_at = Instant::now();
        Ok(())
    }
}

fn answer(request: &Request, answer: Result<(), JournalError>) {
    // The asking thread waits; if it is gone, nobody is there to be told.
    let _ = request.acknowledge.send(answer);
}

/// The database's files as the operating system sees them, to be synchronised by hand.
struct Database {
    path: PathBuf,
    file: File,
    blobs: PathBuf,
    synchronised_blobs: BTreeSet<OsString>,
}

impl Database {
    fn open(directory: &Path) -> Result<Database, JournalError> {
        let path = directory.join("db");
        let file = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(JournalError::io("open", &path))?;
        Ok(Database {
            path,
            file,
            blobs: directory.join("blobs"),
            synchronised_blobs: BTreeSet::new(),
        })
    }

    /// Makes all that sled has flushed survive a power cut.
    fn sync(&mut self) -> Result<(), JournalError> {
        self.file
            .sync_data()
            .map_err(JournalError::io("synchronise", &self.path))?;
        let present: BTreeSet<OsString> = match fs::read_dir(&self.blobs) {
            Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(JournalError::io("list", &self.blobs)(error)),
        };
        if present.is_subset(&self.synchronised_blobs) {
            return Ok(());
        }
        for name in present.difference(&self.synchronised_blobs) {
            let path = self.blobs.join(name);
            match File::open(&path).and_then(|blob| blob.sync_all()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(JournalError::io("synchronise", &path)(error))
                }
                _ => {}
            }
        }
        durable::sync_folder(&self.blobs)?;
        self.synchronised_blobs = present;
        Ok(())
    }
}
