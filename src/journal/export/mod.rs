//! The continuous export, the safety net from which a damaged archive is repaired: in `export/` one
//! JSON line a settled attempt in `CAMPAIGN.jsonl`, one a confirmation in
//! `CAMPAIGN.confirmations.jsonl`, one a benchmark run of a replay in `replay.cells.jsonl`; what is
//! open in `CAMPAIGN.open.jsonl`; charter, founders and conclusion in a file each. Every line
//! carries its checksum.

pub(super) mod lines;
mod open;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{json, Value};

use self::lines::{Line, Lines};
use super::error::JournalError;
use super::store::{BenchmarkRunName, Store, CHECKUPS};
use super::{durable, files};
use crate::record::benchmark_run::BenchmarkRun;

pub(super) use open::OpenLine;

/// The folder within an archive.
pub(super) const EXPORT: &str = "export";
/// What the file of the benchmark runs is called; no campaign's name has a point.
pub(super) const BENCHMARK_RUNS: &str = "replay.cells";
/// A file of what is open is written anew beyond so many bytes.
const OPEN_BYTES: u64 = 8 << 20;

/// The open files of an archive's export.
pub(super) struct Export {
    archive: PathBuf,
    folder: PathBuf,
    files: HashMap<PathBuf, File>,
}

/// What the files of an export hold, none of them more than the database.
pub(super) struct Survey {
    attempts: BTreeMap<u32, Lines<u64>>,
    benchmark_runs: Lines<BenchmarkRunName>,
}

/// The file of a campaign that holds one of its documents, or lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Attempts,
    Confirmations,
    Open,
    Charter,
    Founders,
    Conclusion,
}

impl Part {
    fn suffix(self) -> &'static str {
        match self {
            Part::Attempts => "jsonl",
            Part::Confirmations => "confirmations.jsonl",
            Part::Open => "open.jsonl",
            Part::Charter => "charter.json",
            Part::Founders => "founders.json",
            Part::Conclusion => "conclusion.json",
        }
    }
}

impl Export {
    /// The export of an archive, as it is.
    pub(super) fn at(archive: &Path) -> Export {
        Export {
            archive: archive.to_owned(),
            folder: archive.join(EXPORT),
            files: HashMap::new(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a folder holds the export of an archive that had campaigns, benchmark runs or
    /// check-ups.
    pub(super) fn is_at(archive: &Path) -> Result<bool, JournalError> {
        let export = Export::at(archive);
        let checkups = export.path(CHECKUPS, Part::Open);
        Ok(export.has_records()? || files::length(&checkups) > 0)
    }

    /// Whether it has campaigns or benchmark runs.
    pub(super) fn has_records(&self) -> Result<bool, JournalError> {
        let benchmark_runs = self.path(BENCHMARK_RUNS, Part::Attempts);
        Ok(!self.campaigns()?.is_empty() || files::length(&benchmark_runs) > 0)
    }

    /// The campaigns of which the export has a charter, by name.
    pub(super) fn campaigns(&self) -> Result<Vec<String>, JournalError> {
        Ok(files::names(&self.folder)?
            .iter()
            .filter_map(|name| name.strip_suffix(".charter.json"))
            .map(str::to_owned)
            .collect())
    }

    /// The file of a campaign, or of [`BENCHMARK_RUNS`].
    pub(super) fn path(&self, name: &str, part: Part) -> PathBuf {
        self.folder.join(format!("{name}.{}", part.suffix()))
    }

    /// Reads the files of all campaigns and of the benchmark runs, and changes none.
    ///
    /// # Errors
    /// `Lost` where the export has an attempt, a confirmation or a benchmark run that the database
    /// lacks.
    pub(super) fn survey(&self, store: &Store) -> Result<Survey, JournalError> {
        let mut attempts = BTreeMap::new();
        for (campaign, name) in store.campaign_names()? {
            let lines = Lines::read(&self.path(&name, Part::Attempts), attempt_number)?;
            let held = store.settled_numbers(campaign)?;
            self.refuse_surplus(&lines, &held, || format!("attempts of campaign `{name}`"))?;
            attempts.insert(campaign, lines);
            let mut exported = 0;
            lines::each(&self.path(&name, Part::Confirmations), |line| {
                exported += u64::from(line != Line::Broken);
                Ok(())
            })?;
            let found = store.confirmations(campaign)?.len() as u64;
            if exported > found {
                return Err(self.lost(
                    format!("confirmations of campaign `{name}`"),
                    exported,
                    found,
                ));
            }
        }
        for (campaign, name) in store.account_holders()? {
            let path = self.path(&name, Part::Open);
            if let Some((of, witnessed, found)) = open::surplus(store, campaign, &path)? {
                return Err(self.lost(format!("{of} of `{name}`"), witnessed, found));
            }
        }
        let run = |line: &[u8]| {
            serde_json::from_slice::<BenchmarkRun>(line)
                .ok()
                .map(|run| BenchmarkRunName::of(&run))
        };
        let benchmark_runs = Lines::read(&self.path(BENCHMARK_RUNS, Part::Attempts), run)?;
        let held = store.list_benchmark_runs()?;
        self.refuse_surplus(&benchmark_runs, &held, || "cells".to_owned())?;
        Ok(Survey {
            attempts,
            benchmark_runs,
        })
    }

    /// Brings the export to what the database holds, as it was surveyed: lines that a crash kept
    /// from it are appended, a half-written last line is cut, and a file with a line that is not as
    /// it was written is written anew.
    pub(super) fn reconcile(&self, store: &Store, survey: &Survey) -> Result<(), JournalError> {
        for (campaign, name) in store.campaign_names()? {
            let held = store.settled_numbers(campaign)?;
            let document = |attempt: &u64| {
                let document = store.attempt(campaign, *attempt)?;
                document.ok_or_else(|| {
                    store.damaged(format!(
                        "attempt {attempt} of campaign {campaign} is listed, but gone"
                    ))
                })
            };
            if let Some(lines) = survey.attempts.get(&campaign) {
                bring(&self.path(&name, Part::Attempts), lines, &held, document)?;
            }
            self.write_confirmations(&name, &store.confirmations(campaign)?)?;
            if let Some(charter) = store.charter(campaign)? {
                self.write_charter(&name, &charter)?;
            }
            self.write_founders(store, campaign, &name)?;
            if let Some(conclusion) = store.conclusion(campaign)? {
                self.write_conclusion(&name, &conclusion)?;
            }
        }
        for (campaign, name) in store.account_holders()? {
            self.write_open(store, campaign, &name)?;
        }
        let held = store.list_benchmark_runs()?;
        let document = |name: &BenchmarkRunName| {
            store
                .benchmark_run(name)?
                .ok_or_else(|| store.damaged("a benchmark run is listed, but gone".to_owned()))
        };
        let path = self.path(BENCHMARK_RUNS, Part::Attempts);
        if !held.is_empty() || files::length(&path) > 0 {
            bring(&path, &survey.benchmark_runs, &held, document)?;
        }
        durable::sync_folder(&self.folder)
    }

    /// Notes a campaign's charter beside its attempts.
    pub(super) fn write_charter(&self, name: &str, charter: &[u8]) -> Result<(), JournalError> {
        self.write_one(name, Part::Charter, charter)
    }

    /// Notes how a campaign stopped.
    pub(super) fn write_conclusion(
        &self,
        name: &str,
        conclusion: &[u8],
    ) -> Result<(), JournalError> {
        self.write_one(name, Part::Conclusion, conclusion)
    }

    /// Notes a campaign's founders, and by what they were measured.
    pub(super) fn write_founders(
        &self,
        store: &Store,
        campaign: u32,
        name: &str,
    ) -> Result<(), JournalError> {
        let Some(founders) = store.founders(campaign)? else {
            return Ok(());
        };
        let value = |document: &[u8]| -> Result<Value, JournalError> {
            serde_json::from_slice(document)
                .map_err(|error| store.damaged(format!("founders cannot be read: {error}")))
        };
        let arithmetic = store.founders_arithmetic(campaign)?;
        let document = json!({
            "founders": value(&founders)?,
            "arithmetic": arithmetic.as_deref().map(value).transpose()?,
        });
        self.write_one(name, Part::Founders, document.to_string().as_bytes())
    }

    /// Writes a campaign's confirmations, of which there are few, all anew.
    pub(super) fn write_confirmations(
        &self,
        name: &str,
        confirmations: &[Vec<u8>],
    ) -> Result<(), JournalError> {
        let path = self.path(name, Part::Confirmations);
        let seal = |line: &Vec<u8>| lines::seal(&path, line);
        let sealed: Vec<Vec<u8>> = confirmations.iter().map(seal).collect();
        self.write(name, Part::Confirmations, &sealed.concat())
    }

    /// Writes what is open in a campaign all anew.
    fn write_open(&self, store: &Store, campaign: u32, name: &str) -> Result<(), JournalError> {
        let path = self.path(name, Part::Open);
        let seal = |line: &OpenLine| open::seal(&path, line);
        let sealed: Vec<Vec<u8>> = open::all(store, campaign)?.iter().map(seal).collect();
        self.write(name, Part::Open, &sealed.concat())
    }

    /// Makes a document the only line of a file.
    fn write_one(&self, name: &str, part: Part, document: &[u8]) -> Result<(), JournalError> {
        let line = lines::seal(&self.path(name, part), document);
        self.write(name, part, &line)
    }

    /// Replaces a file by one with this content unless it has it; no content is no file.
    fn write(&self, name: &str, part: Part, content: &[u8]) -> Result<(), JournalError> {
        let path = self.path(name, part);
        if content.is_empty() {
            return durable::remove(&path);
        }
        let is_there = files::length(&path) == content.len() as u64
            && files::read(&path, content.len() as u64)?.as_deref() == Some(content);
        match is_there {
            true => Ok(()),
            false => durable::replace(&path, content),
        }
    }

    /// Appends one settled attempt of a campaign, or one of [`BENCHMARK_RUNS`]; it survives the
    /// death of the process, and a power cut after the next `sync`.
    pub(super) fn append(&mut self, name: &str, document: &[u8]) -> Result<(), JournalError> {
        let path = self.path(name, Part::Attempts);
        let line = lines::seal(&path, document);
        self.append_line(path, &line).map(drop)
    }

    /// Appends what changed among what is open in a campaign, as [`Export::append`] does.
    pub(super) fn append_open(
        &mut self,
        store: &Store,
        campaign: u32,
        name: &str,
        line: &OpenLine,
    ) -> Result<(), JournalError> {
        let path = self.path(name, Part::Open);
        let line = open::seal(&path, line);
        if self.append_line(path.clone(), &line)? > OPEN_BYTES {
            self.write_open(store, campaign, name)?;
            self.files.remove(&path);
        }
        Ok(())
    }

    /// Appends the account of an attempt of a campaign and the balance, as they are by now.
    pub(super) fn append_booked(
        &mut self,
        store: &Store,
        campaign: u32,
        name: &str,
        attempt: u64,
    ) -> Result<(), JournalError> {
        for id in [attempt, 0] {
            if let Some(line) = open::booked(store, campaign, id)? {
                self.append_open(store, campaign, name, &line)?;
            }
        }
        Ok(())
    }

    /// Appends the reply of an attempt, as the store holds it by now.
    pub(super) fn append_replied(
        &mut self,
        store: &Store,
        campaign: u32,
        name: &str,
        attempt: u64,
    ) -> Result<(), JournalError> {
        match store.open_reply(campaign, attempt)? {
            Some(reply) => {
                let line = open::replied(store, attempt, &reply)?;
                self.append_open(store, campaign, name, &line)
            }
            None => Ok(()),
        }
    }

    /// The length of the file by now.
    fn append_line(&mut self, path: PathBuf, line: &[u8]) -> Result<u64, JournalError> {
        if !self.files.contains_key(&path) {
            let file = files::open_as(&path, OpenOptions::new().append(true).create(true))?;
            self.files.insert(path.clone(), file);
        }
        let file = self
            .files
            .get_mut(&path)
            .expect("the file was opened above");
        file.write_all(line)
            .map_err(JournalError::io("append to", &path))?;
        Ok(file
            .metadata()
            .map_err(JournalError::io("look at", &path))?
            .len())
    }

    /// Makes everything appended survive a power cut.
    pub(super) fn sync(&self) -> Result<(), JournalError> {
        for (path, file) in &self.files {
            file.sync_data()
                .map_err(JournalError::io("synchronise", path))?;
        }
        durable::sync_folder(&self.folder)
    }

    /// Ends the writing: all is on disk, and the files of what is open that were appended to have
    /// one line a thing.
    pub(super) fn settle(&self, store: &Store) -> Result<(), JournalError> {
        for (campaign, name) in store.account_holders()? {
            if self.files.contains_key(&self.path(&name, Part::Open)) {
                self.write_open(store, campaign, &name)?;
            }
        }
        self.sync()
    }

    fn refuse_surplus<K: Ord>(
        &self,
        lines: &Lines<K>,
        held: &[K],
        of: impl Fn() -> String,
    ) -> Result<(), JournalError> {
        let is_surplus = |key: &&K| held.binary_search(key).is_err();
        match lines.present.iter().filter(is_surplus).count() {
            0 => Ok(()),
            surplus => Err(self.lost(of(), (held.len() + surplus) as u64, held.len() as u64)),
        }
    }

    fn lost(&self, of: String, witnessed: u64, found: u64) -> JournalError {
        JournalError::Lost {
            folder: self.archive.clone(),
            of,
            witnessed,
            found,
        }
    }
}

/// The number of the attempt that a line is of.
fn attempt_number(line: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered {
        attempt: u64,
    }
    let numbered: Numbered = serde_json::from_slice(line).ok()?;
    Some(numbered.attempt)
}

/// Brings a file of lines to what the database holds, `held` in ascending order, of which
/// `document` gives each.
fn bring<K: Ord>(
    path: &Path,
    lines: &Lines<K>,
    held: &[K],
    document: impl Fn(&K) -> Result<Vec<u8>, JournalError>,
) -> Result<(), JournalError> {
    if lines.unfit > 0 {
        tracing::warn!(
            "{} of the lines of {} are not as they are written: the file is written anew",
            lines.unfit,
            path.display()
        );
        let aside = path.with_extension("tmp");
        files::remove(&aside)?;
        append_missing(held.iter(), document, path, &aside, 0)?;
        return fs::rename(&aside, path).map_err(JournalError::io("replace", path));
    }
    append_missing(
        held.iter().filter(|key| !lines.present.contains(key)),
        document,
        path,
        path,
        lines.whole_bytes,
    )
}

/// Cuts the file at `at` after `whole_bytes` and appends the documents of what is `missing`, as
/// lines of the file at `path`.
fn append_missing<'a, K: 'a>(
    missing: impl Iterator<Item = &'a K>,
    document: impl Fn(&K) -> Result<Vec<u8>, JournalError>,
    path: &Path,
    at: &Path,
    whole_bytes: u64,
) -> Result<(), JournalError> {
    let file = files::open_as(at, OpenOptions::new().append(true).create(true))?;
    file.set_len(whole_bytes)
        .map_err(JournalError::io("cut", at))?;
    let mut writer = BufWriter::new(file);
    for key in missing {
        writer
            .write_all(&lines::seal(path, &document(key)?))
            .map_err(JournalError::io("append to", at))?;
    }
    let file = writer
        .into_inner()
        .map_err(|error| JournalError::io("append to", at)(error.into_error()))?;
    file.sync_data()
        .map_err(JournalError::io("synchronise", at))
}
