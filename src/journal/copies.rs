//! The database's folder and its copies: sled works on a copy until that is proven, which then
//! takes the place of the original, and the original becomes the copy that is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::{durable, files};

/// Kept from before an opening after an unclean stop.
const KEPT: usize = 2;
/// Where sled looks at a copy; of no worth when the process is gone.
const CHECKING: &str = "sled.checking";
/// A copy that is proven and about to take the database's place.
const CHECKED: &str = "sled.checked";
/// The database as it was before sled was let into it.
const SPARE: &str = "sled.spare";
/// The folder of the originals that were replaced.
pub(super) const COPIES: &str = "copies";

/// The database's folder within an archive.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join("sled")
}

/// Ends or undoes what a killed process began with copies.
pub(super) fn settle(folder: &Path) -> Result<(), JournalError> {
    files::remove(&folder.join(CHECKING))?;
    for name in [CHECKED, SPARE] {
        let other = folder.join(name);
        if !files::has_folder(&other)? {
            continue;
        }
        match files::has_folder(&database(folder))? {
            true => files::remove(&other)?,
            false => place(folder, name)?,
        }
    }
    Ok(())
}

/// The database's folder where it is there, else that of the one that is about to take its place.
pub(super) fn present(folder: &Path) -> Result<Option<PathBuf>, JournalError> {
    for path in [database(folder), folder.join(CHECKED), folder.join(SPARE)] {
        if files::has_folder(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// A new copy of the database's files but those for which `leaves_out` says so, to be looked at.
///
/// On a full disk the half copy is removed again.
pub(super) fn make(
    folder: &Path,
    leaves_out: impl Fn(&str) -> bool,
) -> Result<PathBuf, JournalError> {
    let copy = vacant(folder)?;
    copy_folder(&database(folder), &copy, &leaves_out).inspect_err(|_| discard(folder))?;
    Ok(copy)
}

/// Where a database can be made that is to take the place of the present one.
pub(super) fn vacant(folder: &Path) -> Result<PathBuf, JournalError> {
    let path = folder.join(CHECKING);
    files::remove(&path)?;
    Ok(path)
}

/// Removes the copy that was looked at.
pub(super) fn discard(folder: &Path) {
    // An error would stand in the way of the one that is being told; the next opening removes it.
    let _ = fs::remove_dir_all(folder.join(CHECKING));
}

/// Puts the copy that was looked at, closed by now, in the place of the database, which becomes the
/// newest of the kept copies, where there is one; of these all but the last few are removed. The
/// answer is that copy.
///
/// Killed at any point, it is undone or ended by [`settle`].
pub(super) fn exchange(folder: &Path) -> Result<Option<PathBuf>, JournalError> {
    let (checking, checked) = (folder.join(CHECKING), folder.join(CHECKED));
    synchronise(&checking)?;
    fs::rename(&checking, &checked).map_err(JournalError::io("move", &checking))?;
    durable::sync_folder(folder)?;
    let original = database(folder);
    let mut newest = None;
    if files::has_folder(&original)? {
        let copies = folder.join(COPIES);
        files::create_folder(&copies)?;
        let kept = numbers(&copies)?;
        let copy = copies.join(kept.last().map_or(1, |last| last + 1).to_string());
        fs::rename(&original, &copy).map_err(JournalError::io("move", &original))?;
        durable::sync_folder(&copies)?;
        for number in kept.iter().rev().skip(KEPT - 1) {
            files::remove(&copies.join(number.to_string()))?;
        }
        newest = Some(copy);
    }
    place(folder, CHECKED)?;
    Ok(newest)
}

/// Lets sled into the database by `open`, and puts back what was there where that fails: sled takes
/// a read that fails for the end of what it wrote.
pub(super) fn with_spare<T>(
    folder: &Path,
    open: impl FnOnce() -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    let spare = folder.join(SPARE);
    copy_folder(&database(folder), &spare, &|_| false).inspect_err(|_| {
        // A half copy would only be in the way.
        let _ = fs::remove_dir_all(&spare);
    })?;
    match open() {
        Ok(opened) => {
            files::remove(&spare)?;
            Ok(opened)
        }
        Err(error) => {
            files::remove(&database(folder))?;
            place(folder, SPARE)?;
            Err(error)
        }
    }
}

/// The kept copies, the newest first.
pub(super) fn kept(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let copies = folder.join(COPIES);
    let mut numbers = numbers(&copies)?;
    numbers.reverse();
    Ok(numbers
        .into_iter()
        .map(|number| copies.join(number.to_string()))
        .collect())
}

/// How many bytes the database's files have.
pub(super) fn database_bytes(folder: &Path) -> Result<u64, JournalError> {
    bytes(&database(folder))
}

fn bytes(folder: &Path) -> Result<u64, JournalError> {
    let mut sum = 0;
    for name in files::names(folder)? {
        let path = folder.join(name);
        sum += match files::is_folder(&path) {
            true => bytes(&path)?,
            false => files::length(&path),
        };
    }
    Ok(sum)
}

fn place(folder: &Path, name: &str) -> Result<(), JournalError> {
    let other = folder.join(name);
    fs::rename(&other, database(folder)).map_err(JournalError::io("move", &other))?;
    durable::sync_folder(folder)
}

fn numbers(copies: &Path) -> Result<Vec<u32>, JournalError> {
    let mut numbers: Vec<u32> = files::names(copies)?
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Copies a folder but the files for which `leaves_out` says so; nothing where it is absent.
pub(super) fn copy_folder(
    from: &Path,
    to: &Path,
    leaves_out: &impl Fn(&str) -> bool,
) -> Result<(), JournalError> {
    files::create_folder(to)?;
    for name in files::names(from)? {
        let (source, target) = (from.join(&name), to.join(&name));
        if files::is_folder(&source) {
            copy_folder(&source, &target, leaves_out)?;
        } else if !leaves_out(&name) {
            let Some(mut original) = files::open(&source)? else {
                continue;
            };
            io::copy(&mut original, &mut files::create(&target)?)
                .map_err(JournalError::io("copy", &source))?;
        }
    }
    Ok(())
}

/// Makes all files in a folder survive a power cut.
fn synchronise(folder: &Path) -> Result<(), JournalError> {
    for name in files::names(folder)? {
        let path = folder.join(name);
        if files::is_folder(&path) {
            synchronise(&path)?;
        } else if let Some(file) = files::open(&path)? {
            file.sync_all()
                .map_err(JournalError::io("synchronise", &path))?;
        }
    }
    durable::sync_folder(folder)
}
