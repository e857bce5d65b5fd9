//! The continuous export: one JSON line a settled attempt in `export/CAMPAIGN.jsonl`, one a
//! confirmation in `export/CAMPAIGN.confirmations.jsonl`, and one a benchmark run of a replay in
//! `export/replay.cells.jsonl`: the safety net from which a damaged archive is restored.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::durable;
use super::error::JournalError;
use super::store::{BenchmarkRunName, Store};
use crate::record::benchmark_run::BenchmarkRun;

/// What the file of the benchmark runs is called; no campaign's name has a point.
pub(super) const BENCHMARK_RUNS: &str = "replay.cells";

/// What the export holds, by campaign and of [`BENCHMARK_RUNS`].
pub(super) type Extents = BTreeMap<String, Extent>;

/// How much the export holds of a campaign, or of the benchmark runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    /// The length of its file.
    bytes: u64,
    /// The settled attempts, or benchmark runs, in it.
    settled: u64,
    /// The length of the file of its confirmations.
    #[serde(default)]
    confirmation_bytes: u64,
}

/// The open files of an archive's export.
pub(super) struct Export {
    folder: PathBuf,
    files: HashMap<String, File>,
}

impl Export {
    /// Brings the export of an archive to what its database holds; what is as in `unchanged` is
    /// known to be right.
    ///
    /// Lines that a crash kept from the export are appended, a half-written last line is cut, and a
    /// file with an unreadable line is written anew. `Lost` where the export has an attempt or a
    /// confirmation that the database lacks.
    pub(super) fn reconcile(
        archive: &Path,
        store: &Store,
        unchanged: &Extents,
    ) -> Result<Export, JournalError> {
        let export = Export {
            folder: archive.join("export"),
            files: HashMap::new(),
        };
        fs::create_dir_all(&export.folder).map_err(JournalError::io("create", &export.folder))?;
        for (campaign, name) in store.campaign_names()? {
            let path = export.path(&name);
            if unchanged.get(&name) == Some(&export.extent(store, campaign, &name)?) {
                continue;
            }
            export.reconcile_confirmations(archive, &name, &store.confirmations(campaign)?)?;
            let attempt = |line: &[u8]| {
                serde_json::from_slice::<Line>(line)
                    .ok()
                    .map(|line| line.attempt)
            };
            let document = |attempt: &u64| {
                let document = store.attempt(campaign, *attempt)?;
                document.ok_or_else(|| {
                    store.damaged(format!(
                        "attempt {attempt} of campaign {campaign} is listed, but gone"
                    ))
                })
            };
            let held = store.settled_numbers(campaign)?;
            let lost = |witnessed| JournalError::Lost {
                folder: archive.to_owned(),
                of: format!("attempts of campaign `{name}`"),
                witnessed,
                found: held.len() as u64,
            };
            reconcile_lines(&path, &held, attempt, document, lost)?;
            if let Some(charter) = store.charter(campaign)? {
                export.write_charter(&name, &charter)?;
            }
        }
        export.reconcile_benchmark_runs(archive, store, unchanged)?;
        durable::sync_folder(&export.folder)?;
        Ok(export)
    }

    /// Brings the benchmark runs in the export to what the database holds.
    fn reconcile_benchmark_runs(
        &self,
        archive: &Path,
        store: &Store,
        unchanged: &Extents,
    ) -> Result<(), JournalError> {
        let path = self.path(BENCHMARK_RUNS);
        let held = store.list_benchmark_runs()?;
        if unchanged.get(BENCHMARK_RUNS) == Some(&self.benchmark_runs_extent(store)?)
            || (held.is_empty() && !path.exists())
        {
            return Ok(());
        }
        let name = |line: &[u8]| {
            serde_json::from_slice::<BenchmarkRun>(line)
                .ok()
                .map(|run| BenchmarkRunName::of(&run))
        };
        let document = |name: &BenchmarkRunName| {
            store
                .benchmark_run(name)?
                .ok_or_else(|| store.damaged("a benchmark run is listed, but gone".to_owned()))
        };
        let lost = |witnessed| JournalError::Lost {
            folder: archive.to_owned(),
            of: "cells".to_owned(),
            witnessed,
            found: held.len() as u64,
        };
        reconcile_lines(&path, &held, name, document, lost)
    }

    /// Notes a campaign's charter beside its attempts.
    pub(super) fn write_charter(&self, name: &str, charter: &[u8]) -> Result<(), JournalError> {
        durable::replace(&self.folder.join(format!("{name}.charter.json")), charter)
    }

    /// Brings a campaign's confirmations in the export to what the database holds.
    fn reconcile_confirmations(
        &self,
        archive: &Path,
        name: &str,
        confirmations: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        let path = self.confirmations_path(name);
        let exported = match fs::read(&path) {
            Ok(text) => text.iter().filter(|byte| **byte == b'\n').count() as u64,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(JournalError::io("read", &path)(error)),
        };
        let (witnessed, found) = (exported, confirmations.len() as u64);
        if witnessed > found {
            return Err(JournalError::Lost {
                folder: archive.to_owned(),
                of: format!("confirmations of campaign `{name}`"),
                witnessed,
                found,
            });
        }
        self.write_confirmations(name, confirmations)
    }

    /// Writes a campaign's confirmations, of which there are few, all anew.
    pub(super) fn write_confirmations(
        &self,
        name: &str,
        confirmations: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        if confirmations.is_empty() {
            return Ok(());
        }
        let lines: Vec<u8> = confirmations
            .iter()
            .flat_map(|document| document.iter().chain(b"\n"))
            .copied()
            .collect();
        durable::replace(&self.confirmations_path(name), &lines)
    }

    /// Appends one settled attempt of a campaign, or one of [`BENCHMARK_RUNS`]; it survives the
    /// death of the process, and a power cut after the next `sync`.
    pub(super) fn append(&mut self, name: &str, document: &[u8]) -> Result<(), JournalError> {
        let path = self.path(name);
        if !self.files.contains_key(name) {
            let file = OpenOptions::new()
                .append(true)
                .create(true)
                .open(&path)
                .map_err(JournalError::io("open", &path))?;
            self.files.insert(name.to_owned(), file);
        }
        let file = self.files.get_mut(name).expect("the file was opened above");
        file.write_all(&[document, b"\n"].concat())
            .map_err(JournalError::io("append to", &path))
    }

    /// Makes everything appended survive a power cut.
    pub(super) fn sync(&self) -> Result<(), JournalError> {
        for (name, file) in &self.files {
            file.sync_data()
                .map_err(JournalError::io("synchronise", &self.path(name)))?;
        }
        durable::sync_folder(&self.folder)
    }

    /// What the export holds now, after all that the store holds has been appended.
    pub(super) fn extents(&self, store: &Store) -> Result<Extents, JournalError> {
        let extent = |(campaign, name): (u32, String)| {
            Ok((name.clone(), self.extent(store, campaign, &name)?))
        };
        let mut extents: Extents = store
            .campaign_names()?
            .into_iter()
            .map(extent)
            .collect::<Result<_, JournalError>>()?;
        extents.insert(
            BENCHMARK_RUNS.to_owned(),
            self.benchmark_runs_extent(store)?,
        );
        Ok(extents)
    }

    fn benchmark_runs_extent(&self, store: &Store) -> Result<Extent, JournalError> {
        let bytes = fs::metadata(self.path(BENCHMARK_RUNS))
            .map(|metadata| metadata.len())
            .unwrap_or(0);
        Ok(Extent {
            bytes,
            settled: store.benchmark_runs_counted()?,
            confirmation_bytes: 0,
        })
    }

    fn extent(&self, store: &Store, campaign: u32, name: &str) -> Result<Extent, JournalError> {
        let length = |path: PathBuf| {
            fs::metadata(path)
                .map(|metadata| metadata.len())
                .unwrap_or(0)
        };
        Ok(Extent {
            bytes: length(self.path(name)),
            settled: store.settled(campaign)?,
            confirmation_bytes: length(self.confirmations_path(name)),
        })
    }

    fn confirmations_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.confirmations.jsonl"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.jsonl"))
    }
}

/// What one export file holds.
struct Lines<K> {
    /// What its lines are of.
    present: BTreeSet<K>,
    /// Up to and with the last line end.
    whole_bytes: u64,
    /// Some whole line is not what it should be, or is there twice.
    unreadable: bool,
}

#[derive(Deserialize)]
struct Line {
    attempt: u64,
}

impl<K: Ord> Lines<K> {
    /// Reads a file; `key` says what a line is of, if it can be read.
    fn read(path: &Path, key: impl Fn(&[u8]) -> Option<K>) -> Result<Lines<K>, JournalError> {
        let mut lines = Lines {
            present: BTreeSet::new(),
            whole_bytes: 0,
            unreadable: false,
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(lines),
            Err(error) => return Err(JournalError::io("open", path)(error)),
        };
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let length = reader
                .read_until(b'\n', &mut text)
                .map_err(JournalError::io("read", path))?;
            if text.last() != Some(&b'\n') {
                return Ok(lines);
            }
            lines.whole_bytes += length as u64;
            match key(&text) {
                Some(key) => lines.unreadable |= !lines.present.insert(key),
                None => lines.unreadable = true,
            }
        }
    }
}

/// Brings a file of lines to what the database holds, `held` in ascending order; `key` says what a
/// line is of, `document` gives what it should be. `lost` makes the error where the file has more
/// than the database, given how many that are.
fn reconcile_lines<K: Ord>(
    path: &Path,
    held: &[K],
    key: impl Fn(&[u8]) -> Option<K>,
    document: impl Fn(&K) -> Result<Vec<u8>, JournalError>,
    lost: impl Fn(u64) -> JournalError,
) -> Result<(), JournalError> {
    let lines = Lines::read(path, key)?;
    let surplus = lines
        .present
        .iter()
        .filter(|key| held.binary_search(key).is_err())
        .count();
    if surplus > 0 {
        return Err(lost((held.len() + surplus) as u64));
    }
    if lines.unreadable {
        tracing::warn!(export = %path.display(), "an unreadable line: the file is written anew");
        let aside = path.with_extension("tmp");
        append_missing(held.iter(), document, &aside, 0)?;
        return fs::rename(&aside, path).map_err(JournalError::io("replace", path));
    }
    append_missing(
        held.iter().filter(|key| !lines.present.contains(key)),
        document,
        path,
        lines.whole_bytes,
    )
}

/// Cuts the file after `whole_bytes` and appends the documents of what is `missing`.
fn append_missing<'a, K: 'a>(
    missing: impl Iterator<Item = &'a K>,
    document: impl Fn(&K) -> Result<Vec<u8>, JournalError>,
    path: &Path,
    whole_bytes: u64,
) -> Result<(), JournalError> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map_err(JournalError::io("open", path))?;
    file.set_len(whole_bytes)
        .map_err(JournalError::io("cut", path))?;
    let mut writer = BufWriter::new(file);
    for key in missing {
        let document = document(key)?;
        writer
            .write_all(&document)
            .and_then(|()| writer.write_all(b"\n"))
            .map_err(JournalError::io("append to", path))?;
    }
    let file = writer
        .into_inner()
        .map_err(|error| JournalError::io("append to", path)(error.into_error()))?;
    file.sync_data()
        .map_err(JournalError::io("synchronise", path))
}
