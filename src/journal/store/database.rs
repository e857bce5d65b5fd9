//! The database of an archive: its trees and its schema, opened so that whatever sled does with a
//! damaged one, the outcome is an error.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::ops::Deref;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sled::{Db, IVec, Tree};

use crate::journal::durable;
use crate::journal::error::JournalError;
use crate::journal::lock::{PATIENCE, PAUSE};
use crate::journal::witness::Witness;
use crate::numerics::panics::words_of;
use crate::numerics::stop::NoThread;

/// `meta`: counters; `names`: campaign name to number; `benchmark_run_names`: what a benchmark run
/// is of to its number; the others: documents under (campaign, id, part), big-endian.
const TREES: [&str; 11] = [
    "meta",
    "names",
    "charters",
    "founders",
    "attempts",
    "open",
    "conclusions",
    CONFIRMATIONS,
    ACCOUNTS,
    BENCHMARK_RUNS,
    BENCHMARK_RUN_NAMES,
];

/// Fixed for the life of a database, see `envelope::PART`.
const SEGMENT: usize = 2 << 20;

const CONFIRMATIONS: &str = "confirmations";

/// The balance of a campaign under the id 0, and the accounts of its attempts that are not settled.
const ACCOUNTS: &str = "accounts";
const BENCHMARK_RUNS: &str = "cells";
const BENCHMARK_RUN_NAMES: &str = "cell_names";

/// Threads that sled works on, with the one that flushes.
const SLED_THREADS: usize = 8;

/// Trees that archives of an earlier schema lack, with the first schema that has them.
const LATER_TREES: [(&str, u64); 4] = [
    (CONFIRMATIONS, 2),
    (ACCOUNTS, 3),
    (BENCHMARK_RUNS, 4),
    (BENCHMARK_RUN_NAMES, 4),
];

/// The open database of an archive; clones share it. What is written is durable after `flush` and a
/// synchronisation of the file.
#[derive(Clone)]
pub(in crate::journal) struct Store {
    /// The archive's folder, for errors.
    pub(in crate::journal) folder: PathBuf,
    directory: PathBuf,
    trees: Arc<Sheltered>,
}

/// The database and its trees, which sled synchronises as they are dropped, and panics where the
/// disk fails: such a panic goes no further.
struct Sheltered(Option<Trees>);

pub(in crate::journal) struct Trees {
    db: Db,
    pub(in crate::journal) meta: Tree,
    pub(in crate::journal) names: Tree,
    pub(in crate::journal) charters: Tree,
    pub(in crate::journal) founders: Tree,
    pub(in crate::journal) attempts: Tree,
    pub(in crate::journal) open: Tree,
    pub(in crate::journal) conclusions: Tree,
    pub(in crate::journal) confirmations: Tree,
    pub(in crate::journal) accounts: Tree,
    pub(in crate::journal) benchmark_runs: Tree,
    pub(in crate::journal) benchmark_run_names: Tree,
}

impl Deref for Store {
    type Target = Trees;

    fn deref(&self) -> &Trees {
        let Sheltered(trees) = &*self.trees;
        trees.as_ref().expect("they are there until the drop")
    }
}

impl Drop for Sheltered {
    fn drop(&mut self) {
        let trees = self.0.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(trees))) {
            let words = words_of(panic.as_ref());
            tracing::debug!(words, "the database could not be closed");
        }
    }
}

impl Store {
    /// The version of the layout, kept under the key `schema`. Schema 1 had no confirmations,
    /// schema 2 no accounts, schema 3 no benchmark runs.
    pub(in crate::journal) const SCHEMA: u64 = 4;

    /// What sled keeps in the file `conf` beside a database of this layout: without that, or with
    /// another, nothing opens.
    pub(in crate::journal) fn parameters() -> Vec<u8> {
        let text = format!("segment_size: {SEGMENT}\nuse_compression: false\nversion: 0.34\n");
        let checksum = crc32fast::hash(text.as_bytes());
        [text.as_bytes(), &checksum.to_le_bytes()].concat()
    }

    /// `Newer` where a later version wrote an archive of this schema.
    pub(in crate::journal) fn refuse_newer(folder: &Path, schema: u64) -> Result<(), JournalError> {
        if schema <= Store::SCHEMA {
            return Ok(());
        }
        Err(JournalError::Newer {
            folder: folder.to_owned(),
            found: schema,
            known: Store::SCHEMA,
        })
    }

    /// Creates an empty database in `directory`, synchronised and closed again.
    pub(in crate::journal) fn create(folder: &Path, directory: &Path) -> Result<(), JournalError> {
        guarded(folder, || {
            let db = open_sled(folder, directory)?;
            let trees = TREES
                .iter()
                .map(|name| db.open_tree(name))
                .collect::<Result<Vec<_>, _>>()
                .map_err(JournalError::sled(folder))?;
            trees[0]
                .insert("schema", &Store::SCHEMA.to_be_bytes())
                .map_err(JournalError::sled(folder))?;
            db.flush().map(drop).map_err(JournalError::sled(folder))
        })?;
        for name in ["db", "conf"] {
            let path = directory.join(name);
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(JournalError::io("synchronise", &path))?;
        }
        durable::sync_folder(directory)
    }

    /// Opens the database in `directory`; whatever sled does with a damaged one, the outcome is an
    /// error.
    pub(in crate::journal) fn open(folder: &Path, directory: &Path) -> Result<Store, JournalError> {
        guarded(folder, || {
            let db = open_sled(folder, directory)?;
            let found = schema(folder, &db)?;
            if found < Store::SCHEMA {
                tracing::info!(
                    archive = %folder.display(),
                    found,
                    "the archive is from an earlier version"
                );
            }
            let tree = |name: &str| db.open_tree(name).map_err(JournalError::sled(folder));
            let trees = Trees {
                meta: tree("meta")?,
                names: tree("names")?,
                charters: tree("charters")?,
                founders: tree("founders")?,
                attempts: tree("attempts")?,
                open: tree("open")?,
                conclusions: tree("conclusions")?,
                // Archives of earlier schemas get these here, empty.
                confirmations: tree(CONFIRMATIONS)?,
                accounts: tree(ACCOUNTS)?,
                benchmark_runs: tree(BENCHMARK_RUNS)?,
                benchmark_run_names: tree(BENCHMARK_RUN_NAMES)?,
                db: db.clone(),
            };
            Ok(Store {
                folder: folder.to_owned(),
                directory: directory.to_owned(),
                trees: Arc::new(Sheltered(Some(trees))),
            })
        })
    }

    /// Makes an archive of an earlier schema one of this schema, once it was found to be sound:
    /// what it lacked has been added, and is on disk before that is noted.
    pub(in crate::journal) fn upgrade(&self) -> Result<(), JournalError> {
        self.guarded(|| {
            if self.counter("schema")? == Store::SCHEMA {
                return Ok(());
            }
            self.flush()?;
            self.meta
                .insert("schema", &Store::SCHEMA.to_be_bytes())
                .map_err(JournalError::sled(&self.folder))?;
            self.flush()
        })
    }

    /// What this database holds, to be held against what was acknowledged.
    pub(in crate::journal) fn witness(&self) -> Result<Witness, JournalError> {
        let path = self.directory.join("db");
        let database_bytes = fs::metadata(&path)
            .map_err(JournalError::io("look at", &path))?
            .len();
        Ok(Witness {
            commits: self.counter("commits")?,
            settled: self.counter("settled")?,
            database_bytes,
        })
    }

    /// Hands everything written so far to the operating system: enough for the death of the
    /// process, not for a power cut.
    pub(in crate::journal) fn flush(&self) -> Result<(), JournalError> {
        self.guarded(|| {
            let flushed = self.db.flush().map(drop);
            flushed.map_err(JournalError::sled(&self.folder))
        })
    }

    /// Closes the database; `self` must be the last that shares it, else nothing is closed before
    /// that one is.
    ///
    /// # Errors
    /// sled could not write or synchronise what was left.
    pub(in crate::journal) fn close(self) -> Result<(), JournalError> {
        let Store { folder, trees, .. } = self;
        let mut last = Arc::into_inner(trees);
        let trees = last.as_mut().and_then(|Sheltered(trees)| trees.take());
        guarded(&folder, || {
            drop(trees);
            Ok(())
        })
    }

    pub(in crate::journal) fn damaged(&self, detail: String) -> JournalError {
        JournalError::damaged(&self.folder, detail)
    }

    pub(in crate::journal) fn guarded<T>(
        &self,
        action: impl FnOnce() -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        guarded(&self.folder, action)
    }
}

/// The schema of the archive, at most [`Store::SCHEMA`], all of whose trees are present.
///
/// # Errors
/// A missing tree or schema is damage; a later schema belongs to a newer version.
fn schema(folder: &Path, db: &Db) -> Result<u64, JournalError> {
    let present: BTreeSet<IVec> = db.tree_names().into_iter().collect();
    let expect_trees = |schema: u64| match missing_tree(&present, schema) {
        Some(missing) => Err(JournalError::damaged(
            folder,
            format!("its tree `{missing}` is gone"),
        )),
        None => Ok(()),
    };
    expect_trees(0)?;
    let value = db
        .open_tree("meta")
        .and_then(|meta| meta.get("schema"))
        .map_err(JournalError::sled(folder))?;
    let found = number(value).unwrap_or(0);
    match found {
        0 => Err(JournalError::damaged(
            folder,
            "its schema is gone".to_owned(),
        )),
        found => {
            Store::refuse_newer(folder, found)?;
            expect_trees(found).map(|()| found)
        }
    }
}

/// The first tree of a schema that is not among those present.
fn missing_tree(present: &BTreeSet<IVec>, schema: u64) -> Option<&'static str> {
    let is_later = |name: &str| {
        LATER_TREES
            .iter()
            .any(|(later, since)| name == *later && schema < *since)
    };
    TREES
        .into_iter()
        .filter(|name| !is_later(name))
        .find(|name| !present.contains(name.as_bytes()))
}

/// sled panics on some damage, where the disk fails as it closes, and where it gets no thread; that
/// too becomes an error.
fn guarded<T>(
    folder: &Path,
    action: impl FnOnce() -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    catch_unwind(AssertUnwindSafe(action))
        .unwrap_or_else(|panic| Err(gave_up(folder, words_of(panic.as_ref()))))
}

/// What a panic of sled's means, which unwraps an error of the system's and so names it: a failing
/// disk and a missing thread are no damage.
pub(in crate::journal) fn gave_up(folder: &Path, words: &str) -> JournalError {
    let number = words.split_once("code: ").map(|(_, rest)| rest);
    let number: Option<i32> = number
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok());
    let error = number.map(io::Error::from_raw_os_error);
    match error {
        Some(error) if error.kind() == io::ErrorKind::WouldBlock => {
            JournalError::io("start the database of", folder)(io::Error::other(NoThread))
        }
        Some(error) => JournalError::io("use the database of", folder)(error),
        None => JournalError::damaged(folder, format!("the database gave up ({words})")),
    }
}

/// Looks for what sled assumes: it panics where the clock is before 1970, and waits for ever where
/// it gets none of the threads that it works on.
fn check_system(folder: &Path) -> Result<(), JournalError> {
    if SystemTime::now() < UNIX_EPOCH {
        return Err(JournalError::Clock {
            folder: folder.to_owned(),
        });
    }
    let (held, together) = (Mutex::new(()), "nothing panics while it holds this");
    let all_started = held.lock().expect(together);
    thread::scope(|scope| {
        let waiting = || drop(held.lock());
        let started = (0..SLED_THREADS)
            .try_for_each(|_| Builder::new().spawn_scoped(scope, waiting).map(drop));
        drop(all_started);
        started
    })
    .map_err(|_| JournalError::io("start the database of", folder)(io::Error::other(NoThread)))
}

fn open_sled(folder: &Path, directory: &Path) -> Result<Db, JournalError> {
    check_system(folder)?;
    // The periodic flush is a backstop only.
    let config = sled::Config::new()
        .path(directory)
        .cache_capacity(128 << 20)
        .flush_every_ms(Some(1_000))
        .segment_size(SEGMENT);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match config.open() {
            // sled's own lock may outlive the LOCK file's by the last write of a process that was
            // just killed.
            Err(sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                if Instant::now() >= deadline {
                    return Err(JournalError::Busy {
                        folder: folder.to_owned(),
                        holder: "another process".to_owned(),
                    });
                }
                thread::sleep(PAUSE);
            }
            result => return result.map_err(JournalError::sled(folder)),
        }
    }
}

/// A counter's value; one that was never written is 0.
pub(in crate::journal) fn number(value: Option<IVec>) -> Option<u64> {
    match value {
        None => Some(0),
        Some(bytes) => bytes.as_ref().try_into().ok().map(u64::from_be_bytes),
    }
}
