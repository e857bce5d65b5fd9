//! Labs by their shipped name or file, ready to draw.

use std::path::Path;

use super::error::ConfigError;
use super::file::{looks_like_path, text_of};
use crate::files;
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
    let (mut files, mut total): (Vec<LabFile>, u64) = (Vec::new(), 0);
    lab.load(&mut |path| {
        let found_at = std::path::absolute(folder.join(path)).map_err(|error| error.to_string())?;
        let bytes = table(&found_at, &mut total)?;
        if !files.iter().any(|file| file.path == path) {
            files.push(LabFile {
                path: path.to_owned(),
                found_at: found_at.display().to_string(),
                hash: hash(&bytes),
                without_index: false,
            });
        }
        Ok(bytes)
    })?;
    for (task, (file, columns)) in indices_left_out(&lab) {
        tracing::warn!(
            "task {task}: column {} of {file} is taken for an index and left out; where it is an \
             input, name it in `inputs` of the task, by its place from 0",
            columns.join(", ")
        );
    }
    mark_indices(&lab, &mut files);
    Ok(FoundLab {
        definition,
        lab,
        files,
    })
}

/// The tasks of whose files columns were left out as an index, with the file and the columns.
fn indices_left_out(lab: &Lab) -> impl Iterator<Item = (&str, (&str, &[String]))> {
    let tasks = lab.tasks.iter();
    tasks.filter_map(|task| Some((task.name(), task.index_left_out()?)))
}

fn mark_indices(lab: &Lab, files: &mut [LabFile]) {
    for (_, (path, _)) in indices_left_out(lab) {
        let of_path = files.iter_mut().filter(|file| file.path == path);
        of_path.for_each(|file| file.without_index = true);
    }
}

/// The lab of a campaign that is in the archive, its tasks read from the files it was started with,
/// and as they were read then.
///
/// # Errors
/// [`ConfigError::ChangedFile`] where one of them is another now, else [`ConfigError::Lab`].
pub fn find_lab_again(charter: &Charter) -> Result<Lab, ConfigError> {
    let mut lab = Lab::parse(&charter.lab_definition)?;
    let left_out = |path: &str| {
        let mut files = charter.lab_files.iter();
        files.any(|file| file.path == path && file.without_index)
    };
    for task in &mut lab.tasks {
        if !task.files().first().is_some_and(|train| left_out(train)) {
            task.take_index();
        }
    }
    let (mut changed, mut total) = (None, 0);
    let loaded = lab.load(&mut |path| {
        let file = charter
            .lab_files
            .iter()
            .find(|file| file.path == path)
            .ok_or("the campaign keeps no such file")?;
        let bytes = table(Path::new(&file.found_at), &mut total)?;
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

/// The bytes of a task's table, which are added to those of all.
fn table(path: &Path, total: &mut u64) -> Result<Vec<u8>, String> {
    let read = files::bytes(path, files::TABLE).and_then(|bytes| {
        *total += bytes.len() as u64;
        files::TABLES.check(*total).map(|()| bytes)
    });
    read.map_err(|error| format!("cannot be read at {}: {error}", path.display()))
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
