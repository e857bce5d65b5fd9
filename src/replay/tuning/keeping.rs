//! Tunings kept in the folder of an archive, a file each by what was tuned and where, so that the
//! next replay finds them.
//!
//! The benchmark runs of which a tuning is made are in the journal: a file that is gone or damaged
//! is made again from these, and nothing is trained.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files;
use crate::record::tuning::TuningRecord;
use crate::replay::checked_file::CheckedFile;
use crate::replay::placement::place;

/// The version of the form of the files, and of the search: another has other evaluations.
const VERSION: u32 = 1;

/// A tuning cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("a tuning cannot be kept in {}: {cause}", path.display())]
pub struct KeepingError {
    path: PathBuf,
    cause: io::Error,
}

/// Where the tuning of one baseline under one benchmark, fidelity and seed is kept.
pub(super) struct TuningFile {
    path: PathBuf,
    key: String,
}

impl TuningFile {
    /// In the folder of an archive.
    pub(super) fn of(folder: &Path, benchmark_key: &str, baseline: &str, seed: u64) -> TuningFile {
        let key = format!("{benchmark_key} {baseline} {seed}");
        let name = &blake3::hash(key.as_bytes()).to_hex()[..16];
        TuningFile {
            path: folder.join("tunings").join(format!("{name}.json")),
            key,
        }
    }

    /// What is kept; `None` where nothing is, and where it is not what was written, which a warning
    /// says.
    pub(super) fn read(&self) -> Option<TuningRecord> {
        let bytes = match files::own_bytes(&self.path, files::TUNING) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!("{}: {error}; it is made again", self.path.display());
                return None;
            }
        };
        let read = self.form().contents(&bytes).map_err(|why| why.to_string());
        let parsed = read.and_then(|contents| {
            serde_json::from_slice(contents).map_err(|error| error.to_string())
        });
        parsed
            .map_err(|why| tracing::warn!("{} {why}; it is made again", self.path.display()))
            .ok()
    }

    /// Keeps a tuning in place of what was there; on disk when it returns.
    pub(super) fn write(&self, tuning: &TuningRecord) -> Result<(), KeepingError> {
        self.written(tuning).map_err(|cause| KeepingError {
            path: self.path.clone(),
            cause,
        })
    }

    fn written(&self, tuning: &TuningRecord) -> io::Result<()> {
        let contents = serde_json::to_vec(tuning)?;
        let fresh = self.path.with_extension("new");
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = File::create_new(&fresh)?;
        file.write_all(&self.form().with_checksum(&contents))?;
        file.sync_all()?;
        place(&fresh, &self.path)
    }

    fn form(&self) -> CheckedFile<'_> {
        CheckedFile {
            holds: "tuning",
            version: VERSION,
            key: &self.key,
        }
    }
}
