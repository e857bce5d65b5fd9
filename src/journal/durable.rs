//! Small files that are either whole or as they were: written aside, synchronised, renamed.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::error::JournalError;
use super::files;

/// What a file system lacks that does not synchronise folders.
const NO_FOLDERS: &str =
    "cannot synchronise a folder, without which a power cut may take back what was acknowledged";

/// Replaces the file at `path` by one that holds `bytes`; it is on disk when this returns.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let aside = path.with_extension("tmp");
    // What a killed process left; a link that stands there is removed, not followed.
    files::remove(&aside)?;
    let mut file = files::open_as(&aside, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(bytes)
        .map_err(JournalError::io("write", &aside))?;
    file.sync_all()
        .map_err(JournalError::io("synchronise", &aside))?;
    fs::rename(&aside, path).map_err(JournalError::io("replace", path))?;
    sync_folder(
        path.parent()
            .expect("a file within an archive has a parent"),
    )
}

/// Removes the file at `path` if it is there; the removal is on disk when this returns.
pub(super) fn remove(path: &Path) -> Result<(), JournalError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(
            path.parent()
                .expect("a file within an archive has a parent"),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(JournalError::io("remove", path)(error)),
    }
}

/// Makes what was created, renamed and removed in `folder` survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .map_err(JournalError::of_file_system(
            "synchronise",
            NO_FOLDERS,
            folder,
        ))
}
