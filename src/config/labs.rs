//! Labs by their shipped name or file, ready to draw.

use std::path::Path;

use super::error::ConfigError;
use super::file::{looks_like_path, text_of};
use crate::lab::{identity, Lab};
use crate::record::charter::{Charter, LabFile, LabSource};

/// A lab as found.
#[derive(Clone, Debug)]
pub struct FoundLab {
    /// Its TOML, word for word.
    pub definition: String,
    /// The lab, read and checked.
    pub lab: Lab,
    /// The files that its tasks were read from.
    pub files: Vec<LabFile>,
}

impl FoundLab {
    /// The definition without the words that the lab says of itself: what keys of stored results
    /// are made of.
    pub fn identity(&self) -> String {
        identity(&self.definition)
    }

    /// What a campaign on this lab keeps of it.
    pub fn source(&self) -> LabSource {
        LabSource {
            name: self.lab.name.clone(),
            definition: self.definition.clone(),
            files: self.files.clone(),
        }
    }
}

/// A lab by its shipped name or from a TOML file, ready to draw; paths in it are taken relative to
/// its folder.
///
/// # Errors
/// [`ConfigError::Unreadable`] for a file that cannot be read, else [`ConfigError::Lab`].
pub fn find_lab(name_or_path: &str) -> Result<FoundLab, ConfigError> {
    let path = looks_like_path(name_or_path).then(|| Path::new(name_or_path));
    let definition = path.map_or_else(|| Ok(Lab::shipped(name_or_path)?.to_owned()), text_of)?;
    let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let mut lab = Lab::parse(&definition)?;
    let mut files: Vec<LabFile> = Vec::new();
    lab.load(&mut |path| {
        let found_at = std::path::absolute(folder.join(path)).map_err(|error| error.to_string())?;
        let bytes = std::fs::read(&found_at)
            .map_err(|error| format!("cannot be read at {}: {error}", found_at.display()))?;
        if !files.iter().any(|file| file.path == path) {
            files.push(LabFile {
                path: path.to_owned(),
                found_at: found_at.display().to_string(),
                hash: hash(&bytes),
            });
        }
        Ok(bytes)
    })?;
    Ok(FoundLab {
        definition,
        lab,
        files,
    })
}

/// The lab of a campaign that is in the archive, its tasks read from the files it was started with.
///
/// # Errors
/// [`ConfigError::ChangedFile`] where one of them is another now, else [`ConfigError::Lab`].
pub fn find_lab_again(charter: &Charter) -> Result<Lab, ConfigError> {
    let mut lab = Lab::parse(&charter.lab_definition)?;
    let mut changed = None;
    let loaded = lab.load(&mut |path| {
        let file = charter
            .lab_files
            .iter()
            .find(|file| file.path == path)
            .ok_or("the campaign keeps no such file")?;
        let bytes = std::fs::read(&file.found_at)
            .map_err(|error| format!("cannot be read at {}: {error}", file.found_at))?;
        if hash(&bytes) != file.hash {
            changed = Some(file.found_at.clone());
        }
        Ok(bytes)
    });
    match changed {
        Some(path) => Err(ConfigError::ChangedFile { path }),
        None => Ok(loaded.map(|()| lab)?),
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
