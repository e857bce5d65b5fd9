//! The folder of an archive: what a folder is, and how one becomes an archive and is closed.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::closing::{Closing, CLEAN};
use super::contents::Contents;
use super::error::JournalError;
use super::export::{Export, EXPORT};
use super::lock::Lock;
use super::opening::{self, open_held, Opened, PARAMETERS};
use super::sealed::Sealed;
use super::store::Store;
use super::witness::{Witness, WITNESS};
use super::{copies, durable, files};

/// Where a new database is made; renamed when it is whole.
const UNFINISHED: &str = "sled.unfinished";
/// The files of an archive beside its folders, each that is replaced with its name aside; the lock
/// is the last to be removed.
const FILES: [&str; 7] = [
    PARAMETERS,
    "sled.tmp",
    CLEAN,
    "CLEAN.tmp",
    WITNESS,
    "WITNESS.tmp",
    "LOCK",
];

/// What a folder is to the journal.
pub(super) enum FolderState {
    Archive,
    /// An archive that has lost its database, with what is gone in words.
    Bereft(String),
    /// Absent, empty, or left by a creation that was killed.
    Vacant,
}

pub(super) fn state(folder: &Path) -> Result<FolderState, JournalError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FolderState::Vacant),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let file = folder
                .ancestors()
                .find(|path| path.is_file())
                .unwrap_or(folder);
            return Err(JournalError::NotAFolder {
                path: file.to_owned(),
            });
        }
        Err(error) => return Err(JournalError::io("list", folder)(error)),
    };
    if let Some(database) = copies::present(folder)? {
        return Ok(match files::open(&database.join("db"))? {
            None => FolderState::Bereft("its database file is gone".to_owned()),
            Some(_) => FolderState::Archive,
        });
    }
    let had_records = match Witness::read(folder)? {
        Sealed::Whole(witness) => witness.commits > 0,
        Sealed::Broken => true,
        Sealed::Absent => false,
    };
    if had_records || !copies::kept(folder)?.is_empty() || Export::is_at(folder)? {
        return Ok(FolderState::Bereft("its database is gone".to_owned()));
    }
    let is_ours = |name: &OsStr| name == UNFINISHED || FILES.iter().any(|file| name == *file);
    for entry in entries {
        let name = entry.map_err(JournalError::io("list", folder))?.file_name();
        if !is_ours(&name) {
            return Err(JournalError::NotAnArchive {
                folder: folder.to_owned(),
                found: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(FolderState::Vacant)
}

/// Opens the archive `folder`; creates nothing where there is none.
pub(super) fn open(folder: &Path) -> Result<Opened, JournalError> {
    match state(folder)? {
        FolderState::Archive => open_held(folder, Lock::take(folder)?),
        FolderState::Bereft(detail) => Err(JournalError::damaged(folder, detail)),
        FolderState::Vacant => Err(JournalError::Absent {
            folder: folder.to_owned(),
        }),
    }
}

/// Opens the archive `folder`, or creates it; a failed creation leaves nothing behind.
pub(super) fn create_or_open(folder: &Path) -> Result<Opened, JournalError> {
    match state(folder)? {
        FolderState::Archive | FolderState::Bereft(_) => return open(folder),
        FolderState::Vacant => {}
    }
    let made = topmost_absent(folder);
    let created = files::create_folders(folder).and_then(|()| {
        let lock = Lock::take(folder).inspect_err(|error| {
            if !matches!(error, JournalError::Busy { .. }) {
                discard(folder);
            }
        })?;
        // Another process may have created it meanwhile.
        if let FolderState::Vacant = state(folder)? {
            create_held(folder).inspect_err(|_| discard(folder))?;
        }
        Ok(lock)
    });
    match created {
        Ok(lock) => open_held(folder, lock),
        Err(error) => {
            if let Some(made) = made {
                for path in folder
                    .ancestors()
                    .take_while(|path| path.starts_with(&made))
                {
                    // A folder that was never made, or that holds something by now, stays as it is.
                    let _ = fs::remove_dir(path);
                }
            }
            Err(error)
        }
    }
}

/// Makes an empty database aside and moves it in place when it is whole.
fn create_held(folder: &Path) -> Result<(), JournalError> {
    let unfinished = folder.join(UNFINISHED);
    files::remove(&unfinished)?;
    files::create_folder(&unfinished)?;
    Store::create(folder, &unfinished)?;
    durable::replace(&folder.join(PARAMETERS), &Store::parameters())?;
    let witness = Witness {
        database_bytes: files::length(&unfinished.join("db")),
        ..Witness::default()
    };
    witness.write(folder)?;
    fs::rename(&unfinished, copies::database(folder))
        .map_err(JournalError::io("create", &copies::database(folder)))?;
    durable::sync_folder(folder)?;
    mark_clean(folder, witness, Vec::new(), &Contents::default())
}

/// Removes what a failed creation made; errors are of no use beside the one that is being reported.
fn discard(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join(UNFINISHED));
    for name in FILES {
        let _ = fs::remove_file(folder.join(name));
    }
}

/// Removes a closed archive that holds neither a campaign nor a benchmark run, with its folder where
/// nothing else is in it.
pub(super) fn remove(folder: &Path) -> Result<(), JournalError> {
    let lock = Lock::take(folder)?;
    // Another process may have begun something meanwhile.
    if Export::at(folder).has_records()? {
        return Ok(());
    }
    let _ = fs::remove_dir_all(copies::database(folder));
    let _ = fs::remove_dir_all(folder.join(EXPORT));
    discard(folder);
    drop(lock);
    let _ = fs::remove_dir(folder);
    Ok(())
}

fn topmost_absent(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .last()
        .map(Path::to_owned)
}

/// Closes an archive in good order, after everything has been written.
pub(super) fn close(folder: &Path, opened: Opened) -> Result<(), JournalError> {
    let Opened {
        store,
        export,
        lock,
        proven,
    } = opened;
    export.settle(&store)?;
    drop(export);
    let campaigns = store.campaign_names()?;
    let mut witness = store.witness()?;
    store.close()?;
    witness.database_bytes = files::length(&copies::database(folder).join("db"));
    witness.write(folder)?;
    mark_clean(folder, witness, campaigns, &proven)?;
    drop(lock);
    Ok(())
}

fn mark_clean(
    folder: &Path,
    witness: Witness,
    campaigns: Vec<(u32, String)>,
    proven: &Contents,
) -> Result<(), JournalError> {
    Closing {
        schema: Store::SCHEMA,
        witness,
        campaigns,
        contents: Contents::read(folder, &opening::CHECKED, proven)?,
    }
    .write(folder)
}
