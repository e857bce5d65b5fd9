//! The folder of an archive: created, opened and closed so that no crash and no damage is ever
//! taken for an empty archive.
//!
//! sled may destroy a damaged database by opening it. So after an unclean stop its files are copied
//! aside first, what was acknowledged is held against what is found, and a refused opening puts the
//! files back as they were.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::durable;
use super::error::JournalError;
use super::export::{Export, Extents};
use super::lock::Lock;
use super::store::Store;
use super::witness::{Witness, WITNESS};

/// Says what the export holds, and is there exactly while the archive is closed in good order.
const CLEAN: &str = "CLEAN";
/// Where a new database is made; renamed when it is whole.
const UNFINISHED: &str = "sled.unfinished";
/// A copy of sled's 62-byte file of parameters, which sled itself does not synchronise, and without
/// which nothing opens.
const PARAMETERS: &str = "sled.conf";
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
/// Copies kept from before an opening after an unclean stop.
const COPIES: usize = 2;
/// Larger databases are copied only where they look damaged.
const COPIED_BYTES: u64 = 1 << 30;

/// An archive that is open and checked.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) export: Export,
    pub(super) lock: Lock,
}

/// The database's folder within an archive.
pub(super) fn directory(folder: &Path) -> PathBuf {
    folder.join("sled")
}

/// What a folder is to the journal.
enum FolderState {
    Archive,
    /// Absent, empty, or left by a creation that was killed.
    Vacant,
}

fn state(folder: &Path) -> Result<FolderState, JournalError> {
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
    let mut names = BTreeSet::new();
    for entry in entries {
        names.insert(entry.map_err(JournalError::io("list", folder))?.file_name());
    }
    let has = |name: &str| names.contains(OsStr::new(name));
    if has("sled") && has(WITNESS) {
        return Ok(FolderState::Archive);
    }
    let witness = Witness::read(folder)?.unwrap_or_default();
    if witness.commits > 0 {
        return Err(JournalError::Lost {
            folder: folder.to_owned(),
            of: "commits".to_owned(),
            witnessed: witness.commits,
            found: 0,
        });
    }
    if has("sled") && directory(folder).join("db").exists() {
        return Err(JournalError::Damaged {
            folder: folder.to_owned(),
            detail: "its WITNESS file is gone".to_owned(),
        });
    }
    let is_ours = |name: &OsStr| name == UNFINISHED || FILES.iter().any(|file| name == *file);
    match names.iter().find(|name| !is_ours(name.as_os_str())) {
        Some(foreign) => Err(JournalError::NotAnArchive {
            folder: folder.to_owned(),
            found: foreign.to_string_lossy().into_owned(),
        }),
        None => Ok(FolderState::Vacant),
    }
}

/// Opens the archive `folder`; creates nothing where there is none.
pub(super) fn open(folder: &Path) -> Result<Opened, JournalError> {
    match state(folder)? {
        FolderState::Archive => open_held(folder, Lock::take(folder)?),
        FolderState::Vacant => Err(JournalError::Absent {
            folder: folder.to_owned(),
        }),
    }
}

/// Opens the archive `folder`, or creates it; a failed creation leaves nothing behind.
pub(super) fn create_or_open(folder: &Path) -> Result<Opened, JournalError> {
    if let FolderState::Archive = state(folder)? {
        return open_held(folder, Lock::take(folder)?);
    }
    let made = topmost_absent(folder);
    let created = fs::create_dir_all(folder)
        .map_err(JournalError::io("create", folder))
        .and_then(|()| {
            let lock = Lock::take(folder)?;
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
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(JournalError::io("remove", &unfinished))?;
    }
    Store::create(folder, &unfinished)?;
    let database_bytes = length(&unfinished.join("db"));
    durable::replace(&folder.join(PARAMETERS), &parameters(&unfinished)?)?;
    Witness {
        database_bytes,
        ..Witness::default()
    }
    .write(folder)?;
    mark_clean(folder, &Extents::new())?;
    fs::rename(&unfinished, directory(folder))
        .map_err(JournalError::io("create", &directory(folder)))?;
    durable::sync_folder(folder)
}

/// Removes what a failed creation made; errors are of no use beside the one that is being reported.
fn discard(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join(UNFINISHED));
    for name in FILES {
        let _ = fs::remove_file(folder.join(name));
    }
}

fn topmost_absent(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .last()
        .map(Path::to_owned)
}

/// How the files of a database were found, held against how they were left.
struct Condition {
    witness: Witness,
    /// What the export held when the archive was closed in good order; empty where it was not.
    unchanged: Extents,
    is_clean: bool,
    bytes: u64,
    bytes_differ: bool,
    /// sled's parameters as they must be.
    parameters: Vec<u8>,
    parameters_differ: bool,
}

impl Condition {
    fn find(folder: &Path, directory: &Path) -> Result<Condition, JournalError> {
        let gone = |what: &str| JournalError::damaged(folder, format!("its {what} is gone"));
        let witness = Witness::read(folder)?.ok_or_else(|| gone("WITNESS file"))?;
        if !directory.join("db").exists() {
            return Err(gone("database file"));
        }
        let clean = fs::read(folder.join(CLEAN)).ok();
        let bytes = length(&directory.join("db"));
        let kept = fs::read(folder.join(PARAMETERS)).map_err(|_| gone("sled.conf file"))?;
        Ok(Condition {
            bytes_differ: match clean {
                Some(_) => bytes != witness.database_bytes,
                None => bytes < witness.database_bytes,
            },
            is_clean: clean.is_some(),
            unchanged: clean
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default(),
            parameters_differ: parameters(directory).ok().as_ref() != Some(&kept),
            parameters: kept,
            witness,
            bytes,
        })
    }

    fn is_suspicious(&self) -> bool {
        self.parameters_differ || self.bytes_differ
    }

    /// Whether the database's files are to be copied before sled opens them.
    fn wants_copy(&self) -> bool {
        self.is_suspicious() || (!self.is_clean && self.bytes <= COPIED_BYTES)
    }

    /// Tells the log of what is not as it should be.
    fn report(&self, folder: &Path) {
        let (bytes, witnessed_bytes) = (self.bytes, self.witness.database_bytes);
        let parameters_differ = self.parameters_differ;
        if self.is_suspicious() {
            tracing::warn!(
                archive = %folder.display(),
                bytes,
                witnessed_bytes,
                parameters_differ,
                "the database's files are not as they were left; they are copied aside and checked"
            );
        } else if !self.is_clean {
            tracing::warn!(
                archive = %folder.display(),
                "the archive was not closed in good order; it is checked"
            );
        }
    }
}

/// Opens the archive of which this process holds the lock.
fn open_held(folder: &Path, lock: Lock) -> Result<Opened, JournalError> {
    let directory = directory(folder);
    let condition = Condition::find(folder, &directory)?;
    // sled would read a snapshot that was cut off in the writing, and refuse to open for ever.
    remove_matching(&directory, |name| {
        name.starts_with("snap.") && name.ends_with(".generating")
    })?;
    condition.report(folder);
    let copy = match condition.wants_copy() {
        true => Some(copy_aside(folder, &directory)?),
        false => None,
    };
    if condition.parameters_differ {
        durable::replace(&directory.join("conf"), &condition.parameters)?;
    }
    durable::remove(&folder.join(CLEAN))?;
    match open_checked(folder, &directory, &condition) {
        Ok((store, export)) => {
            tracing::info!(archive = %folder.display(), "the archive is open");
            Ok(Opened {
                store,
                export,
                lock,
            })
        }
        Err(busy @ JournalError::Busy { .. }) => Err(busy),
        Err(error) => {
            if let Some(copy) = copy {
                put_back(&copy, &directory)?;
                tracing::warn!(
                    archive = %folder.display(),
                    "the database's files were put back as they were"
                );
            }
            Err(error)
        }
    }
}

fn open_checked(
    folder: &Path,
    directory: &Path,
    condition: &Condition,
) -> Result<(Store, Export), JournalError> {
    let witness = &condition.witness;
    let store = Store::open(folder, directory).map_err(|error| match error {
        // An emptied database has lost its trees too; say what that means.
        JournalError::Damaged { .. }
            if witness.commits > 0 && length(&directory.join("db")) < witness.database_bytes =>
        {
            JournalError::Lost {
                folder: folder.to_owned(),
                of: "commits".to_owned(),
                witnessed: witness.commits,
                found: 0,
            }
        }
        error => error,
    })?;
    witness.hold_against(&store.witness()?, folder)?;
    store.verify()?;
    store.upgrade()?;
    let export = Export::reconcile(folder, &store, &condition.unchanged)?;
    // The last commits may have been written by a killed process that did not live to synchronise
    // and acknowledge them.
    store.flush()?;
    let database = directory.join("db");
    fs::File::open(&database)
        .and_then(|file| file.sync_all())
        .map_err(JournalError::io("synchronise", &database))?;
    store.witness()?.write(folder)?;
    Ok((store, export))
}

/// Closes an archive in good order, after everything has been written.
pub(super) fn close(folder: &Path, opened: Opened) -> Result<(), JournalError> {
    let Opened {
        store,
        export,
        lock,
    } = opened;
    let extents = export.extents(&store)?;
    let mut witness = store.witness()?;
    drop(store);
    witness.database_bytes = length(&directory(folder).join("db"));
    witness.write(folder)?;
    mark_clean(folder, &extents)?;
    drop(lock);
    Ok(())
}

fn parameters(directory: &Path) -> Result<Vec<u8>, JournalError> {
    let path = directory.join("conf");
    fs::read(&path).map_err(JournalError::io("read", &path))
}

fn mark_clean(folder: &Path, extents: &Extents) -> Result<(), JournalError> {
    durable::replace(
        &folder.join(CLEAN),
        &serde_json::to_vec(extents).expect("names and lengths can be written as JSON"),
    )
}

/// Copies the database's files to a new folder under `copies`, of which the last few are kept.
fn copy_aside(folder: &Path, directory: &Path) -> Result<PathBuf, JournalError> {
    let copies = folder.join("copies");
    fs::create_dir_all(&copies).map_err(JournalError::io("create", &copies))?;
    remove_matching(&copies, |name| name.ends_with(".unfinished"))?;
    let mut numbers: Vec<u32> = file_names(&copies)?
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    numbers.sort_unstable();
    let number = numbers.last().map_or(1, |last| last + 1);
    let unfinished = copies.join(format!("{number}.unfinished"));
    copy_folder(directory, &unfinished).inspect_err(|_| {
        // On a full disk the half copy would only be in the way.
        let _ = fs::remove_dir_all(&unfinished);
    })?;
    let copy = copies.join(number.to_string());
    fs::rename(&unfinished, &copy).map_err(JournalError::io("create", &copy))?;
    for number in numbers.iter().rev().skip(COPIES - 1) {
        let old = copies.join(number.to_string());
        fs::remove_dir_all(&old).map_err(JournalError::io("remove", &old))?;
    }
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), JournalError> {
    fs::create_dir_all(to).map_err(JournalError::io("create", to))?;
    for name in file_names(from)? {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(JournalError::io("copy", &source))?;
        }
    }
    Ok(())
}

/// Puts the files of a copy back in the place from which they were taken, so that a refused opening
/// changes nothing.
fn put_back(copy: &Path, directory: &Path) -> Result<(), JournalError> {
    let kept: BTreeSet<String> = file_names(copy)?.into_iter().collect();
    remove_matching(directory, |name| {
        !kept.contains(name) || directory.join(name).is_dir()
    })?;
    for name in &kept {
        let target = directory.join(name);
        fs::rename(copy.join(name), &target).map_err(JournalError::io("put back", &target))?;
    }
    fs::remove_dir(copy).map_err(JournalError::io("remove", copy))?;
    durable::sync_folder(directory)
}

fn remove_matching(folder: &Path, matches: impl Fn(&str) -> bool) -> Result<(), JournalError> {
    for name in file_names(folder)?.iter().filter(|name| matches(name)) {
        let path = folder.join(name);
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(JournalError::io("remove", &path))?;
    }
    Ok(())
}

fn file_names(folder: &Path) -> Result<Vec<String>, JournalError> {
    let entries = fs::read_dir(folder).map_err(JournalError::io("list", folder))?;
    entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(JournalError::io("list", folder))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path)
        .map(|metadata| metadata.len())
        .unwrap_or(0)
}
