//! What a lab said of functions, kept in a file of the archive's folder so that the next benchmark
//! finds it: a line a function, added as each is measured.
//!
//! It may be deleted at any time; the functions are measured again then.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::function_measures::FunctionMeasures;
use crate::config::FoundLab;
use crate::lab::ENGINE_VERSION;

/// The measures of one lab on one draw, kept on disk.
pub struct MeasureCache {
    path: PathBuf,
    file: File,
    known: HashMap<String, FunctionMeasures>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    activation: String,
    measures: FunctionMeasures,
}

/// The file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("what the lab measured cannot be kept in {}: {cause}", path.display())]
pub struct MeasureCacheError {
    path: PathBuf,
    cause: io::Error,
}

impl MeasureCache {
    /// The measures of a lab under a seed in an archive's folder; none where nothing was kept. A
    /// line that was cut off is left out, and what is added begins a line of its own.
    ///
    /// # Errors
    /// A file that cannot be read or made.
    pub fn open(
        folder: &Path,
        lab: &FoundLab,
        seed: u64,
    ) -> Result<MeasureCache, MeasureCacheError> {
        let files: Vec<&String> = lab.files.iter().map(|file| &file.hash).collect();
        let identity = serde_json::json!([lab.identity(), files, seed, ENGINE_VERSION]).to_string();
        let name = &blake3::hash(identity.as_bytes()).to_hex()[..16];
        let path = folder.join("fields").join(format!("{name}.jsonl"));
        let opened = || {
            fs::create_dir_all(folder.join("fields"))?;
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            let text = fs::read_to_string(&path)?;
            if !text.is_empty() && !text.ends_with('\n') {
                file.write_all(b"\n")?;
            }
            Ok((file, text))
        };
        let (file, text) = opened().map_err(|cause| MeasureCacheError {
            path: path.clone(),
            cause,
        })?;
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let known = lines
            .filter(|line| line.measures.fits(&lab.lab))
            .map(|line| (line.activation, line.measures))
            .collect();
        Ok(MeasureCache { path, file, known })
    }

    /// The measures of the formula with this id; `None` where it was not measured.
    pub fn get(&self, id: &str) -> Option<&FunctionMeasures> {
        self.known.get(id)
    }

    /// Adds what was measured of a formula; on disk when it returns.
    ///
    /// # Errors
    /// A disk that does not take it.
    pub fn keep(&mut self, id: &str, measures: FunctionMeasures) -> Result<(), MeasureCacheError> {
        let line = Line {
            activation: id.to_owned(),
            measures,
        };
        let written = serde_json::to_string(&line)
            .map_err(io::Error::from)
            .and_then(|text| self.file.write_all(format!("{text}\n").as_bytes()))
            .and_then(|()| self.file.sync_data());
        written.map_err(|cause| MeasureCacheError {
            path: self.path.clone(),
            cause,
        })?;
        self.known.insert(line.activation, line.measures);
        Ok(())
    }
}
