//! The files of an archive as the system sees them: opened without following links, since an
//! archive may come from someone else, and made readable to their owner only.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::error::JournalError;
use crate::files::{kind_of, without_links};

/// The bits of a mode by which others than the owner may write.
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

/// Opens a file of an archive to read it; `None` where there is none.
///
/// # Errors
/// `Foreign` where a link or anything else but a file stands there.
pub(super) fn open(path: &Path) -> Result<Option<File>, JournalError> {
    if !is_file(path)? {
        return Ok(None);
    }
    match own(OpenOptions::new().read(true)).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::io("open", path)(error)),
    }
}

/// The whole content of a file of an archive, of at most `limit` bytes; `None` where there is none.
///
/// # Errors
/// `Foreign` as for [`open`], and `Overlong` beyond the limit.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, JournalError> {
    let Some(file) = open(path)? else {
        return Ok(None);
    };
    let mut content = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut content)
        .map_err(JournalError::io("read", path))?;
    if content.len() as u64 > limit {
        return Err(JournalError::Overlong {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Some(content))
}

/// Opens a file of an archive as `options` say, which may create it, for its owner only.
///
/// # Errors
/// `Foreign` as for [`open`].
pub(super) fn open_as(path: &Path, options: &mut OpenOptions) -> Result<File, JournalError> {
    is_file(path)?;
    own(options)
        .open(path)
        .map_err(JournalError::io("open", path))
}

/// `Foreign` where something else than a file stands at `path`.
pub(super) fn refuse_foreign(path: &Path) -> Result<(), JournalError> {
    is_file(path).map(drop)
}

/// Creates a file in an archive, for its owner only; one that is there already is emptied.
///
/// # Errors
/// `Foreign` as for [`open`].
pub(super) fn create(path: &Path) -> Result<File, JournalError> {
    open_as(
        path,
        OpenOptions::new().write(true).create(true).truncate(true),
    )
}

/// Creates a folder in an archive, for its owner only; nothing where it is there.
///
/// # Errors
/// `Foreign` where a link or a file stands in its place.
pub(super) fn create_folder(path: &Path) -> Result<(), JournalError> {
    match has_folder(path)? {
        true => Ok(()),
        false => create_folders(path),
    }
}

/// Creates a folder with all above it that are absent, for its owner only; nothing where it is
/// there.
pub(super) fn create_folders(path: &Path) -> Result<(), JournalError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(JournalError::io("create", path))
}

/// Whether a folder of an archive is there.
///
/// # Errors
/// `Foreign` where a link or anything else stands in its place.
pub(super) fn has_folder(path: &Path) -> Result<bool, JournalError> {
    match found(path)? {
        None => Ok(false),
        Some(found) if found.is_dir() => Ok(true),
        Some(found) => Err(foreign(path, &found)),
    }
}

/// Whether a folder stands there; a link to one is none.
pub(super) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// The names in a folder of an archive, sorted; none where it is absent.
///
/// # Errors
/// `Foreign` where a link or a file stands in its place; `Unnamed` for a name that is no text.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, JournalError> {
    if !has_folder(folder)? {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(JournalError::io("list", folder))? {
        let name = entry
            .map_err(JournalError::io("list", folder))?
            .file_name()
            .into_string()
            .map_err(|name| JournalError::Unnamed {
                folder: folder.to_owned(),
                name: format!("{name:?}"),
            })?;
        names.push(name);
    }
    names.sort();
    Ok(names)
}

/// The length of a file; 0 where there is none.
pub(super) fn length(path: &Path) -> u64 {
    fs::symlink_metadata(path)
        .map(|metadata| metadata.len())
        .unwrap_or(0)
}

/// Removes a file, or a folder with all that is in it; a link is removed, not followed. Nothing
/// where there is none.
pub(super) fn remove(path: &Path) -> Result<(), JournalError> {
    let removed = match found(path)? {
        None => return Ok(()),
        Some(found) if found.is_dir() => fs::remove_dir_all(path),
        Some(_) => fs::remove_file(path),
    };
    removed.map_err(JournalError::io("remove", path))
}

/// Those of an archive's folder and files into which others than their owner may write, by name.
#[cfg(unix)]
pub(super) fn writable_by_others(folder: &Path, names: &[&str]) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let is_open = |path: &Path| {
        fs::symlink_metadata(path).is_ok_and(|found| found.mode() & OTHERS_WRITE != 0)
    };
    let own = is_open(folder).then(|| folder.display().to_string());
    let within = names
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| is_open(path))
        .map(|path| path.display().to_string());
    own.into_iter().chain(within).collect()
}

#[cfg(not(unix))]
pub(super) fn writable_by_others(_folder: &Path, _names: &[&str]) -> Vec<String> {
    Vec::new()
}

/// What stands at `path`, a link as such.
fn found(path: &Path) -> Result<Option<Metadata>, JournalError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::io("look at", path)(error)),
    }
}

/// Whether a file is there.
fn is_file(path: &Path) -> Result<bool, JournalError> {
    match found(path)? {
        None => Ok(false),
        Some(found) if found.is_file() => Ok(true),
        Some(found) => Err(foreign(path, &found)),
    }
}

fn foreign(path: &Path, found: &Metadata) -> JournalError {
    let found = match found.is_file() {
        true => "a file",
        false => kind_of(found),
    };
    JournalError::Foreign {
        path: path.to_owned(),
        found: found.to_owned(),
    }
}

/// Without links, and where it is created for its owner only.
fn own(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    without_links(options)
}
