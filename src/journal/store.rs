//! The door to sled: the trees, the transactions that write them and the scans that read them.
//! Every value is checked when it is read.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Instant;

use sled::transaction::{
    ConflictableTransactionError, TransactionError, TransactionResult, Transactional,
    TransactionalTree,
};
use sled::{Db, IVec, Tree};

use super::durable;
use super::envelope::{self, Address, Kind};
use super::error::JournalError;
use super::lock::{PATIENCE, PAUSE};
use super::witness::Witness;

/// The version of the layout below, kept under the key `schema`. Schema 1 had no confirmations,
/// schema 2 no accounts, schema 3 no benchmark runs.
const SCHEMA: u64 = 4;
/// The newest rows that are checked whole when an archive is opened.
const CHECKED_ROWS: usize = 1_000;
/// The largest archive whose keys are counted when it is opened.
const COUNTED_ATTEMPTS: u64 = 20_000;

/// `meta`: counters; `names`: campaign name to number; `benchmark_run_names`: what a benchmark run is of to its
/// number; the others: documents under (campaign, id, part), big-endian.
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
const CONFIRMATIONS: &str = "confirmations";
/// The balance of a campaign under the id 0, and the accounts of its attempts that are not settled.
const ACCOUNTS: &str = "accounts";
const BENCHMARK_RUNS: &str = "cells";
const BENCHMARK_RUN_NAMES: &str = "cell_names";

/// The ids in the tree of founders: the founders themselves, and by what they were measured.
const FOUNDERS: u64 = 0;
const ARITHMETIC: u64 = 1;

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
pub(super) struct Store {
    /// The archive's folder, for errors.
    pub(super) folder: PathBuf,
    directory: PathBuf,
    db: Db,
    pub(super) meta: Tree,
    names: Tree,
    charters: Tree,
    founders: Tree,
    pub(super) attempts: Tree,
    open: Tree,
    conclusions: Tree,
    confirmations: Tree,
    pub(super) accounts: Tree,
    pub(super) benchmark_runs: Tree,
    pub(super) benchmark_run_names: Tree,
}

/// The number of an open attempt, and the document of its reply if it has one.
pub(super) type OpenDocument = (u64, Option<Vec<u8>>);

pub(super) type Refusal = ConflictableTransactionError<JournalError>;

impl Store {
    /// Creates an empty database in `directory`, synchronised and closed again.
    pub(super) fn create(folder: &Path, directory: &Path) -> Result<(), JournalError> {
        let db = open_sled(folder, directory)?;
        let trees = TREES
            .iter()
            .map(|name| db.open_tree(name))
            .collect::<Result<Vec<_>, _>>()
            .map_err(JournalError::sled(folder))?;
        trees[0]
            .insert("schema", &SCHEMA.to_be_bytes())
            .map_err(JournalError::sled(folder))?;
        db.flush().map_err(JournalError::sled(folder))?;
        drop((trees, db));
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
    pub(super) fn open(folder: &Path, directory: &Path) -> Result<Store, JournalError> {
        guarded(folder, || {
            let db = open_sled(folder, directory)?;
            let tree = |name: &str| db.open_tree(name).map_err(JournalError::sled(folder));
            let present: BTreeSet<IVec> = db.tree_names().into_iter().collect();
            let gone = |name: &&&str| !present.contains(name.as_bytes());
            let expected = |schema: u64| {
                TREES.iter().filter(move |name| {
                    !LATER_TREES
                        .iter()
                        .any(|(later, since)| *name == later && schema < *since)
                })
            };
            if let Some(missing) = expected(0).find(gone) {
                return Err(damaged(folder, format!("its tree `{missing}` is gone")));
            }
            let found = number(
                tree("meta")?
                    .get("schema")
                    .map_err(JournalError::sled(folder))?,
            )
            .unwrap_or(0);
            match found {
                0 => return Err(damaged(folder, "its schema is gone".to_owned())),
                1..=SCHEMA => {}
                _ => {
                    return Err(JournalError::Newer {
                        folder: folder.to_owned(),
                        found,
                        known: SCHEMA,
                    })
                }
            }
            if let Some(missing) = expected(found).find(gone) {
                return Err(damaged(folder, format!("its tree `{missing}` is gone")));
            }
            if found < SCHEMA {
                tracing::info!(archive = %folder.display(), found, "the archive is from an earlier version");
            }
            let store = Store {
                folder: folder.to_owned(),
                directory: directory.to_owned(),
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
            Ok(store)
        })
    }

    /// Makes an archive of an earlier schema one of this schema, once it was found to be sound:
    /// what it lacked has been added, and is on disk before that is noted.
    pub(super) fn upgrade(&self) -> Result<(), JournalError> {
        self.guarded(|| {
            if self.counter("schema")? == SCHEMA {
                return Ok(());
            }
            self.flush()?;
            self.meta
                .insert("schema", &SCHEMA.to_be_bytes())
                .map_err(JournalError::sled(&self.folder))?;
            self.flush()
        })
    }

    /// Holds the counters against the records: whole for a small archive, the newest thousand rows
    /// of a large one.
    pub(super) fn verify(&self) -> Result<(), JournalError> {
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
    pub(super) fn verify_newest(&self, what: &str, tree: &Tree) -> Result<(), JournalError> {
        for row in tree.iter().rev().take(CHECKED_ROWS) {
            let (key, value) = row.map_err(JournalError::sled(&self.folder))?;
            let part = envelope::read(&value).map_err(|fault| self.damaged(fault))?;
            if key != row_key(part.address.campaign, part.address.id, part.part) {
                return Err(self.damaged(format!("{what} lies under the key of another")));
            }
        }
        Ok(())
    }

    /// What this database holds, to be held against what was acknowledged.
    pub(super) fn witness(&self) -> Result<Witness, JournalError> {
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
    pub(super) fn flush(&self) -> Result<(), JournalError> {
        self.db
            .flush()
            .map(drop)
            .map_err(JournalError::sled(&self.folder))
    }

    /// The campaigns by number, that is oldest first, with their names.
    pub(super) fn campaign_names(&self) -> Result<Vec<(u32, String)>, JournalError> {
        self.guarded(|| {
            let mut names = Vec::new();
            for row in self.names.iter() {
                let (name, number) = row.map_err(JournalError::sled(&self.folder))?;
                let name = String::from_utf8(name.to_vec())
                    .map_err(|_| self.damaged("a campaign's name is not text".to_owned()))?;
                let number = number
                    .as_ref()
                    .try_into()
                    .map_err(|_| self.damaged("a campaign's number is not one".to_owned()))?;
                names.push((u32::from_be_bytes(number), name));
            }
            names.sort();
            Ok(names)
        })
    }

    /// The number of the campaign `name`.
    pub(super) fn campaign_number(&self, name: &str) -> Result<Option<u32>, JournalError> {
        self.guarded(|| {
            let number = self
                .names
                .get(name)
                .map_err(JournalError::sled(&self.folder))?;
            number
                .map(|bytes| bytes.as_ref().try_into().map(u32::from_be_bytes))
                .transpose()
                .map_err(|_| self.damaged("a campaign's number is not one".to_owned()))
        })
    }

    pub(super) fn charter(&self, campaign: u32) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.charters, campaign, 0)?
            .map(|(_, document)| document))
    }

    pub(super) fn founders(&self, campaign: u32) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.founders, campaign, FOUNDERS)?
            .map(|(_, document)| document))
    }

    /// By what the founders of a campaign were measured; archives from before it was kept have
    /// none.
    pub(super) fn founders_arithmetic(
        &self,
        campaign: u32,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.founders, campaign, ARITHMETIC)?
            .map(|(_, document)| document))
    }

    pub(super) fn conclusion(&self, campaign: u32) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.conclusions, campaign, 0)?
            .map(|(_, document)| document))
    }

    /// The documents of a campaign's confirmations, the oldest first.
    pub(super) fn confirmations(&self, campaign: u32) -> Result<Vec<Vec<u8>>, JournalError> {
        let document = |id: u64| {
            let document = self.document(&self.confirmations, campaign, id)?;
            Ok(document
                .ok_or_else(|| {
                    self.damaged(format!(
                        "a confirmation of campaign {campaign} is listed, but gone"
                    ))
                })?
                .1)
        };
        self.numbers(&self.confirmations, campaign)?
            .into_iter()
            .map(document)
            .collect()
    }

    /// The document of one settled attempt.
    pub(super) fn attempt(
        &self,
        campaign: u32,
        attempt: u64,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self
            .document(&self.attempts, campaign, attempt)?
            .map(|(_, document)| document))
    }

    /// The numbers of a campaign's settled attempts, ascending.
    pub(super) fn settled_numbers(&self, campaign: u32) -> Result<Vec<u64>, JournalError> {
        self.numbers(&self.attempts, campaign)
    }

    /// How many attempts of a campaign are settled, by its counter.
    pub(super) fn settled(&self, campaign: u32) -> Result<u64, JournalError> {
        self.counter(&settled_key(campaign))
    }

    /// The attempts of a campaign that are reserved or replied but not settled, ascending, with
    /// their replies.
    pub(super) fn open_attempts(&self, campaign: u32) -> Result<Vec<OpenDocument>, JournalError> {
        let mut attempts = Vec::new();
        for number in self.numbers(&self.open, campaign)? {
            // It may have been settled since the numbers were read.
            if let Some((address, document)) = self.document(&self.open, campaign, number)? {
                attempts.push((number, (address.kind == Kind::Replied).then_some(document)));
            }
        }
        Ok(attempts)
    }

    pub(super) fn damaged(&self, detail: String) -> JournalError {
        damaged(&self.folder, detail)
    }

    /// One document, read in a transaction so that a writer cannot change half of it meanwhile.
    pub(super) fn document(
        &self,
        tree: &Tree,
        campaign: u32,
        id: u64,
    ) -> Result<Option<(Address, Vec<u8>)>, JournalError> {
        self.guarded(|| {
            let rows =
                self.concluded(tree.transaction(|view| rows(view, &self.folder, campaign, id)))?;
            if rows.is_empty() {
                return Ok(None);
            }
            let (address, document) = envelope::open(&rows).map_err(|fault| self.damaged(fault))?;
            if (address.campaign, address.id) != (campaign, id) {
                return Err(self.damaged("a document lies under the key of another".to_owned()));
            }
            Ok(Some((address, document)))
        })
    }

    pub(super) fn numbers(&self, tree: &Tree, campaign: u32) -> Result<Vec<u64>, JournalError> {
        self.guarded(|| {
            let mut numbers = Vec::new();
            // A sled iterator that has met a damaged page gives the same error for ever: the first
            // one ends the scan.
            for row in tree.scan_prefix(campaign.to_be_bytes()) {
                let (key, _) = row.map_err(JournalError::sled(&self.folder))?;
                let key: [u8; 14] = key
                    .as_ref()
                    .try_into()
                    .map_err(|_| self.damaged("a key has the wrong length".to_owned()))?;
                let [_, _, _, _, id @ .., part_high, part_low] = key;
                if (part_high, part_low) == (0, 0) {
                    numbers.push(u64::from_be_bytes(id));
                }
            }
            Ok(numbers)
        })
    }

    pub(super) fn counter(&self, key: &str) -> Result<u64, JournalError> {
        self.guarded(|| {
            let value = self
                .meta
                .get(key)
                .map_err(JournalError::sled(&self.folder))?;
            number(value)
                .ok_or_else(|| self.damaged(format!("its counter `{key}` is not a number")))
        })
    }

    pub(super) fn agree(&self, what: &str, counted: u64, found: u64) -> Result<(), JournalError> {
        if counted == found {
            return Ok(());
        }
        Err(self.damaged(format!("it counts {counted} {what}, but holds {found}")))
    }

    /// Adds a campaign, of which `document` is the charter; its number is the answer.
    pub(super) fn begin(&self, name: &str, document: &[u8]) -> Result<u32, JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.names, &self.charters).transaction(
                |(meta, names, charters)| {
                    if names.get(name)?.is_some() {
                        return abort(JournalError::NameTaken {
                            name: name.to_owned(),
                        });
                    }
                    let campaign = self.add(meta, "campaigns", 1)? as u32;
                    self.add(meta, "commits", 1)?;
                    names.insert(name, &campaign.to_be_bytes())?;
                    let address = Address {
                        kind: Kind::Charter,
                        campaign,
                        id: 0,
                        revision: 1,
                    };
                    insert(charters, address, &envelope::seal(address, document))?;
                    Ok(campaign)
                },
            ))
        })
    }

    /// Notes that the request of an attempt may leave; an attempt that is already open stays as it
    /// is.
    pub(super) fn reserve(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.attempts, &self.open).transaction(
                |(meta, attempts, open)| {
                    self.refuse_settled(attempts, name, campaign, attempt)?;
                    if open.get(row_key(campaign, attempt, 0))?.is_none() {
                        let address = Address {
                            kind: Kind::Reserved,
                            campaign,
                            id: attempt,
                            revision: 1,
                        };
                        insert(open, address, &envelope::seal(address, b"null"))?;
                        self.add(meta, "commits", 1)?;
                    }
                    Ok(())
                },
            ))
        })
    }

    /// Keeps the reply of a reserved attempt, `sealed` as of kind `Replied` and revision 2; the
    /// same reply again changes nothing.
    pub(super) fn reply(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
        sealed: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.attempts, &self.open).transaction(
                |(meta, attempts, open)| {
                    self.refuse_settled(attempts, name, campaign, attempt)?;
                    let present = rows(open, &self.folder, campaign, attempt)?;
                    let Some(first) = present.first() else {
                        return abort(JournalError::NotReserved {
                            campaign: name.to_owned(),
                            attempt,
                        });
                    };
                    let kind = envelope::read(first)
                        .map_err(|fault| self.stop(fault))?
                        .address
                        .kind;
                    if kind == Kind::Replied {
                        if present
                            .iter()
                            .map(AsRef::as_ref)
                            .eq(sealed.iter().map(Vec::as_slice))
                        {
                            return Ok(());
                        }
                        return abort(JournalError::AlreadyReplied {
                            campaign: name.to_owned(),
                            attempt,
                        });
                    }
                    let address = Address {
                        kind: Kind::Replied,
                        campaign,
                        id: attempt,
                        revision: 2,
                    };
                    insert(open, address, sealed)?;
                    self.add(meta, "commits", 1)?;
                    Ok(())
                },
            ))
        })
    }

    /// Records an attempt, `sealed` as of kind `Settled` and revision 3, and closes its
    /// reservation.
    pub(super) fn settle(
        &self,
        name: &str,
        campaign: u32,
        attempt: u64,
        sealed: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded(
                (&self.meta, &self.attempts, &self.open, &self.accounts).transaction(
                    |(meta, attempts, open, accounts)| {
                        self.refuse_settled(attempts, name, campaign, attempt)?;
                        let address = Address {
                            kind: Kind::Settled,
                            campaign,
                            id: attempt,
                            revision: 3,
                        };
                        insert(attempts, address, sealed)?;
                        for tree in [open, accounts] {
                            self.remove(tree, campaign, attempt)?;
                        }
                        self.add(meta, "settled", 1)?;
                        self.add(meta, &settled_key(campaign), 1)?;
                        self.add(meta, "commits", 1)?;
                        Ok(())
                    },
                ),
            )
        })
    }

    /// Forgets the reservation of an attempt, with its reply if it has one; nothing where there is
    /// none.
    pub(super) fn release(&self, campaign: u32, attempt: u64) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.open).transaction(|(meta, open)| {
                let present = self.remove(open, campaign, attempt)?;
                self.add(meta, "commits", u64::from(present > 0))?;
                Ok(())
            }))
        })
    }

    /// Sets or replaces the charter of a campaign that was begun.
    pub(super) fn amend(&self, campaign: u32, document: &[u8]) -> Result<(), JournalError> {
        self.replace(&self.charters, Kind::Charter, campaign, 0, document)
    }

    /// Sets or replaces the founders of a campaign, and by what they were measured.
    pub(super) fn found(
        &self,
        campaign: u32,
        founders: &[u8],
        arithmetic: &[u8],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, &self.founders).transaction(|(meta, tree)| {
                self.put(tree, Kind::Founders, campaign, FOUNDERS, founders)?;
                self.put(tree, Kind::Founders, campaign, ARITHMETIC, arithmetic)?;
                self.add(meta, "commits", 1)?;
                Ok(())
            }))
        })
    }

    /// Sets or replaces the conclusion of a campaign.
    pub(super) fn conclude(&self, campaign: u32, document: &[u8]) -> Result<(), JournalError> {
        self.replace(&self.conclusions, Kind::Conclusion, campaign, 0, document)
    }

    /// Adds the confirmation of a campaign's first `candidates` candidates, or replaces it.
    pub(super) fn confirm(
        &self,
        campaign: u32,
        candidates: u64,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.replace(
            &self.confirmations,
            Kind::Confirmation,
            campaign,
            candidates,
            document,
        )
    }

    /// Sets or replaces the document that `tree` has of a campaign under `id`.
    fn replace(
        &self,
        tree: &Tree,
        kind: Kind,
        campaign: u32,
        id: u64,
        document: &[u8],
    ) -> Result<(), JournalError> {
        self.guarded(|| {
            self.concluded((&self.meta, tree).transaction(|(meta, documents)| {
                self.put(documents, kind, campaign, id, document)?;
                self.add(meta, "commits", 1)?;
                Ok(())
            }))
        })
    }

    /// `replace` within a transaction.
    pub(super) fn put(
        &self,
        view: &TransactionalTree,
        kind: Kind,
        campaign: u32,
        id: u64,
        document: &[u8],
    ) -> Result<(), Refusal> {
        let revision = match rows(view, &self.folder, campaign, id)?.first() {
            Some(row) => {
                envelope::read(row)
                    .map_err(|fault| self.stop(fault))?
                    .address
                    .revision
                    + 1
            }
            None => 1,
        };
        self.remove(view, campaign, id)?;
        let address = Address {
            kind,
            campaign,
            id,
            revision,
        };
        insert(view, address, &envelope::seal(address, document))
    }

    /// Removes the parts of a document; how many there were.
    fn remove(&self, view: &TransactionalTree, campaign: u32, id: u64) -> Result<usize, Refusal> {
        let present = rows(view, &self.folder, campaign, id)?.len();
        for part in 0..present {
            view.remove(row_key(campaign, id, part as u16).to_vec())?;
        }
        Ok(present)
    }

    pub(super) fn refuse_settled(
        &self,
        attempts: &TransactionalTree,
        name: &str,
        campaign: u32,
        attempt: u64,
    ) -> Result<(), Refusal> {
        match attempts.get(row_key(campaign, attempt, 0))? {
            Some(_) => abort(JournalError::AlreadySettled {
                campaign: name.to_owned(),
                attempt,
            }),
            None => Ok(()),
        }
    }

    /// Adds to a counter; the answer is its new value.
    pub(super) fn add(
        &self,
        meta: &TransactionalTree,
        key: &str,
        amount: u64,
    ) -> Result<u64, Refusal> {
        let value = number(meta.get(key)?)
            .ok_or_else(|| self.stop(format!("its counter `{key}` is not a number")))?
            + amount;
        meta.insert(key, &value.to_be_bytes())?;
        Ok(value)
    }

    pub(super) fn stop(&self, detail: String) -> Refusal {
        Refusal::Abort(self.damaged(detail))
    }

    pub(super) fn concluded<T>(
        &self,
        result: TransactionResult<T, JournalError>,
    ) -> Result<T, JournalError> {
        result.map_err(|error| match error {
            TransactionError::Abort(error) => error,
            TransactionError::Storage(error) => JournalError::sled(&self.folder)(error),
        })
    }

    pub(super) fn guarded<T>(
        &self,
        action: impl FnOnce() -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        guarded(&self.folder, action)
    }
}

/// sled panics on some damage; that too becomes an error.
fn guarded<T>(
    folder: &Path,
    action: impl FnOnce() -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(damaged(
            folder,
            format!(
                "the database gave up ({})",
                message.unwrap_or("without a word")
            ),
        ))
    })
}

fn damaged(folder: &Path, detail: String) -> JournalError {
    JournalError::Damaged {
        folder: folder.to_owned(),
        detail,
    }
}

fn open_sled(folder: &Path, directory: &Path) -> Result<Db, JournalError> {
    // The periodic flush is a backstop only; the segment size is fixed for the life of a database,
    // see `envelope::PART`.
    let config = sled::Config::new()
        .path(directory)
        .cache_capacity(128 << 20)
        .flush_every_ms(Some(1_000))
        .segment_size(2 << 20);
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
                std::thread::sleep(PAUSE);
            }
            result => return result.map_err(JournalError::sled(folder)),
        }
    }
}

/// The rows of one document, in order; none where there is no such document.
pub(super) fn rows(
    view: &TransactionalTree,
    folder: &Path,
    campaign: u32,
    id: u64,
) -> Result<Vec<IVec>, Refusal> {
    let Some(first) = view.get(row_key(campaign, id, 0))? else {
        return Ok(Vec::new());
    };
    let parts = envelope::read(&first)
        .map_err(|fault| Refusal::Abort(damaged(folder, fault)))?
        .parts;
    let mut rows = vec![first];
    for part in 1..parts {
        match view.get(row_key(campaign, id, part))? {
            Some(row) => rows.push(row),
            None => {
                return abort(damaged(
                    folder,
                    format!("part {part} of document {id} of campaign {campaign} is gone"),
                ))
            }
        }
    }
    Ok(rows)
}

pub(super) fn insert(
    view: &TransactionalTree,
    address: Address,
    sealed: &[Vec<u8>],
) -> Result<(), Refusal> {
    for (part, row) in sealed.iter().enumerate() {
        view.insert(
            row_key(address.campaign, address.id, part as u16).to_vec(),
            row.as_slice(),
        )?;
    }
    Ok(())
}

pub(super) fn abort<T>(error: JournalError) -> Result<T, Refusal> {
    Err(Refusal::Abort(error))
}

/// A counter's value; one that was never written is 0.
pub(super) fn number(value: Option<IVec>) -> Option<u64> {
    match value {
        None => Some(0),
        Some(bytes) => bytes.as_ref().try_into().ok().map(u64::from_be_bytes),
    }
}

fn settled_key(campaign: u32) -> String {
    format!("settled/{campaign}")
}

fn row_key(campaign: u32, id: u64, part: u16) -> [u8; 14] {
    let mut key = [0; 14];
    key[..4].copy_from_slice(&campaign.to_be_bytes());
    key[4..12].copy_from_slice(&id.to_be_bytes());
    key[12..].copy_from_slice(&part.to_be_bytes());
    key
}
