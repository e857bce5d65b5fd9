//! What a lab said of functions, kept in a file of the archive's folder so that the next benchmark
//! finds it: a line a function with its checksum, added as each is measured.
//!
//! It may be deleted at any time; the functions are measured again then.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::function_measures::FunctionMeasures;
use crate::config::FoundLab;
use crate::files;
use crate::lab::ENGINE_VERSION;
use crate::record::charter::LabFile;
use crate::replay::placement::place;

/// The measures of one lab on one draw, kept on disk.
pub struct MeasureCache {
    path: PathBuf,
    file: File,
    /// What the file is of, hashed.
    key: String,
    known: HashMap<String, FunctionMeasures>,
}

/// The form of the lines; those of version 1 carried no checksum.
const VERSION: u32 = 2;
/// How a line begins: with the checksum of what the file is of and of the rest of the line.
const BEGINNING: &str = "{\"checksum\":\"";
/// Characters of a checksum.
const CHECKSUM: usize = 64;

/// A line of the file, beside its checksum.
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
    /// The measures of a lab under a seed in an archive's folder; none where nothing was kept.
    /// Lines that are not, to the byte, what was written for this lab and seed are left out and
    /// removed, which a warning says: their functions are measured anew.
    ///
    /// # Errors
    /// A file that cannot be read or made.
    pub fn open(
        folder: &Path,
        lab: &FoundLab,
        seed: u64,
    ) -> Result<MeasureCache, MeasureCacheError> {
        let files: Vec<String> = lab.files.iter().map(LabFile::key).collect();
        let identity = serde_json::json!([lab.identity(), files, seed, ENGINE_VERSION]).to_string();
        let key = blake3::hash(identity.as_bytes()).to_hex().to_string();
        let path = folder.join("fields").join(format!("{}.jsonl", &key[..16]));
        let failed = |cause| MeasureCacheError {
            path: path.clone(),
            cause,
        };
        fs::create_dir_all(folder.join("fields")).map_err(failed)?;
        let kept = kept(&path).map_err(failed)?;
        let text = String::from_utf8_lossy(&kept);
        let mut known = HashMap::new();
        let (mut sound, mut unfit) = (String::new(), 0);
        for line in text.lines() {
            match checked(line, &key).filter(|line| line.measures.fits(&lab.lab)) {
                Some(found) => {
                    known.insert(found.activation, found.measures);
                    sound.push_str(line);
                    sound.push('\n');
                }
                None => unfit += 1,
            }
        }
        if unfit > 0 {
            tracing::warn!(
                "{unfit} line(s) of {} are damaged, of another lab or of an earlier version of \
                 motherlode; what they say is measured anew",
                path.display()
            );
        }
        let file = if sound.as_bytes() == kept {
            OpenOptions::new().create(true).append(true).open(&path)
        } else {
            written_anew(&path, &sound)
        };
        let file = file.map_err(failed)?;
        Ok(MeasureCache {
            path,
            file,
            key,
            known,
        })
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
            .and_then(|text| {
                let text = with_checksum(&text, &self.key);
                self.file.write_all(format!("{text}\n").as_bytes())
            })
            .and_then(|()| self.file.sync_data());
        written.map_err(|cause| MeasureCacheError {
            path: self.path.clone(),
            cause,
        })?;
        self.known.insert(line.activation, line.measures);
        Ok(())
    }
}

/// The bytes of the file; none where there is none.
fn kept(path: &Path) -> io::Result<Vec<u8>> {
    match files::own_bytes(path, files::FIELD) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        kept => kept,
    }
}

/// The file with these lines in the place of what was there.
fn written_anew(path: &Path, lines: &str) -> io::Result<File> {
    let fresh = path.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .create_new(true)
        .append(true)
        .open(&fresh)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    place(&fresh, path)?;
    Ok(file)
}

/// A line's object, its checksum put before its other fields.
fn with_checksum(object: &str, key: &str) -> String {
    let checksum = checksum(object, key);
    format!("{BEGINNING}{checksum}\",{}", &object[1..])
}

/// What a line says, where it is what was written to the file of this key.
fn checked(line: &str, key: &str) -> Option<Line> {
    let rest = line.strip_prefix(BEGINNING)?;
    let (found, rest) = rest.split_at_checked(CHECKSUM)?;
    let object = format!("{{{}", rest.strip_prefix("\",")?);
    if found != checksum(&object, key) {
        return None;
    }
    serde_json::from_str(&object).ok()
}

fn checksum(object: &str, key: &str) -> String {
    let hashed = format!("motherlode field {VERSION} {key} {object}");
    blake3::hash(hashed.as_bytes()).to_hex().to_string()
}
