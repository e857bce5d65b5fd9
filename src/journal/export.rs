//! The continuous export: one JSON line a settled attempt in `export/CAMPAIGN.jsonl`, and one a confirmation in `export/CAMPAIGN.confirmations.jsonl`: the
//! safety net from which a damaged archive is restored.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::durable;
use super::error::JournalError;
use super::store::Store;

/// What the export holds, by campaign.
pub(super) type Extents = BTreeMap<String, Extent>;

/// How much of a campaign the export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    /// The length of its file.
    bytes: u64,
    /// The settled attempts in it.
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
    /// Brings the export of an archive to what its database holds; what is as in `unchanged` is known to be right.
    ///
    /// Lines that a crash kept from the export are appended, a half-written last line is cut, and a file with an unreadable line is written
    /// anew. `Lost` where the export has an attempt or a confirmation that the database lacks.
    pub(super) fn reconcile(archive: &Path, store: &Store, unchanged: &Extents) -> Result<Export, JournalError> {
        let export = Export { folder: archive.join("export"), files: HashMap::new() };
        fs::create_dir_all(&export.folder).map_err(JournalError::io("create", &export.folder))?;
        for (campaign, name) in store.campaign_names()? {
            let path = export.path(&name);
            if unchanged.get(&name) == Some(&export.extent(store, campaign, &name)?) {
                continue;
            }
            let settled = store.settled_numbers(campaign)?;
            let lines = Lines::read(&path)?;
            export.reconcile_confirmations(archive, &name, &store.confirmations(campaign)?)?;
            let surplus = lines.attempts.iter().filter(|attempt| settled.binary_search(attempt).is_err()).count() as u64;
            if surplus > 0 {
                return Err(JournalError::Lost {
                    folder: archive.to_owned(),
                    of: format!("attempts of campaign `{name}`"),
                    witnessed: settled.len() as u64 + surplus,
                    found: settled.len() as u64,
                });
            }
            if lines.unreadable {
                tracing::warn!(export = %path.display(), "an unreadable line: the file is written anew");
                let aside = path.with_extension("tmp");
                append_missing(store, campaign, &settled, &BTreeSet::new(), &aside, 0)?;
                fs::rename(&aside, &path).map_err(JournalError::io("replace", &path))?;
            } else {
                append_missing(store, campaign, &settled, &lines.attempts, &path, lines.whole_bytes)?;
            }
            if let Some(charter) = store.charter(campaign)? {
                export.write_charter(&name, &charter)?;
            }
        }
        durable::sync_folder(&export.folder)?;
        Ok(export)
    }

    /// Notes a campaign's charter beside its attempts.
    pub(super) fn write_charter(&self, name: &str, charter: &[u8]) -> Result<(), JournalError> {
        durable::replace(&self.folder.join(format!("{name}.charter.json")), charter)
    }

    /// Brings a campaign's confirmations in the export to what the database holds.
    fn reconcile_confirmations(&self, archive: &Path, name: &str, confirmations: &[Vec<u8>]) -> Result<(), JournalError> {
        let path = self.confirmations_path(name);
        let exported = match fs::read(&path) {
            Ok(text) => text.iter().filter(|byte| **byte == b'\n').count() as u64,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(JournalError::io("read", &path)(error)),
        };
        let (witnessed, found) = (exported, confirmations.len() as u64);
        if witnessed > found {
            return Err(JournalError::Lost { folder: archive.to_owned(), of: format!("confirmations of campaign `{name}`"), witnessed, found });
        }
        self.write_confirmations(name, confirmations)
    }

    /// Writes a campaign's confirmations, of which there are few, all anew.
    pub(super) fn write_confirmations(&self, name: &str, confirmations: &[Vec<u8>]) -> Result<(), JournalError> {
        if confirmations.is_empty() {
            return Ok(());
        }
        let lines: Vec<u8> = confirmations.iter().flat_map(|document| document.iter().chain(b"\n")).copied().collect();
        durable::replace(&self.confirmations_path(name), &lines)
    }

    /// Appends one settled attempt; it survives the death of the process, and a power cut after the next `sync`.
    pub(super) fn append(&mut self, name: &str, document: &[u8]) -> Result<(), JournalError> {
        let path = self.path(name);
        if !self.files.contains_key(name) {
            let file = OpenOptions::new().append(true).create(true).open(&path).map_err(JournalError::io("open", &path))?;
            self.files.insert(name.to_owned(), file);
        }
        let file = self.files.get_mut(name).expect("the file was opened above");
        file.write_all(&[document, b"\n"].concat()).map_err(JournalError::io("append to", &path))
    }

    /// Makes everything appended survive a power cut.
    pub(super) fn sync(&self) -> Result<(), JournalError> {
        for (name, file) in &self.files {
            file.sync_data().map_err(JournalError::io("synchronise", &self.path(name)))?;
        }
        durable::sync_folder(&self.folder)
    }

    /// What the export holds now, after all that the store holds has been appended.
    pub(super) fn extents(&self, store: &Store) -> Result<Extents, JournalError> {
        let extent = |(campaign, name): (u32, String)| Ok((name.clone(), self.extent(store, campaign, &name)?));
        store.campaign_names()?.into_iter().map(extent).collect()
    }

    fn extent(&self, store: &Store, campaign: u32, name: &str) -> Result<Extent, JournalError> {
        let length = |path: PathBuf| fs::metadata(path).map(|metadata| metadata.len()).unwrap_or(0);
        Ok(Extent { bytes: length(self.path(name)), settled: store.settled(campaign)?, confirmation_bytes: length(self.confirmations_path(name)) })
    }

    fn confirmations_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.confirmations.jsonl"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.jsonl"))
    }
}

/// What one export file holds.
#[derive(Default)]
struct Lines {
    attempts: BTreeSet<u64>,
    /// Up to and with the last line end.
    whole_bytes: u64,
    /// Some whole line is not an attempt.
    unreadable: bool,
}

#[derive(Deserialize)]
struct Line {
    attempt: u64,
}

impl Lines {
    fn read(path: &Path) -> Result<Lines, JournalError> {
        let mut lines = Lines::default();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(lines),
            Err(error) => return Err(JournalError::io("open", path)(error)),
        };
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let length = reader.read_until(b'\n', &mut text).map_err(JournalError::io("read", path))?;
            if text.last() != Some(&b'\n') {
                return Ok(lines);
            }
            lines.whole_bytes += length as u64;
            match serde_json::from_slice::<Line>(&text) {
                Ok(line) => lines.unreadable |= !lines.attempts.insert(line.attempt),
                Err(_) => lines.unreadable = true,
            }
        }
    }
}

/// Cuts the file after `whole_bytes` and appends the settled attempts that are not `present`.
fn append_missing(store: &Store, campaign: u32, settled: &[u64], present: &BTreeSet<u64>, path: &Path, whole_bytes: u64) -> Result<(), JournalError> {
    let file = OpenOptions::new().append(true).create(true).open(path).map_err(JournalError::io("open", path))?;
    file.set_len(whole_bytes).map_err(JournalError::io("cut", path))?;
    let mut writer = BufWriter::new(file);
    for &attempt in settled.iter().filter(|attempt| !present.contains(attempt)) {
        let document = store
            .attempt(campaign, attempt)?
            .ok_or_else(|| store.damaged(format!("attempt {attempt} of campaign {campaign} is listed, but gone")))?;
        writer.write_all(&document).and_then(|()| writer.write_all(b"\n")).map_err(JournalError::io("append to", path))?;
    }
    let file = writer.into_inner().map_err(|error| JournalError::io("append to", path)(error.into_error()))?;
    file.sync_data().map_err(JournalError::io("synchronise", path))
}
