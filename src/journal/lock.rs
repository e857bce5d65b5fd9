//! The LOCK file: one process at a time holds an archive, and says which it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::error::JournalError;
use super::files;

/// How long a held lock is tried again: a process that was just killed may hold it until its last
/// write is done.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// What a file system without locks lacks.
const NO_LOCKS: &str =
    "has no locks, without which two programs could write the archive at the same time";
/// Between two tries.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// The held lock of an archive; dropping it frees the archive, and so does the death of the
/// process.
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the archive `folder`, which must exist.
    ///
    /// `Busy` names the holder after five seconds, or at once where this very process holds it.
    pub(super) fn take(folder: &Path) -> Result<Lock, JournalError> {
        let path = folder.join("LOCK");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut file = files::open_as(
                &path,
                OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false),
            )?;
            match file.try_lock() {
                // A failed creation removes its LOCK: holding a removed file is holding nothing.
                Ok(()) if is_at(&file, &path) => {
                    let now = SystemTime::now()
                        .duration_since(UNIX_EPOCH)
                        .unwrap_or_default()
                        .as_secs();
                    file.set_len(0)
                        .and_then(|()| {
                            file.write_all(format!("{} {now}\n", std::process::id()).as_bytes())
                        })
                        .map_err(JournalError::io("write", &path))?;
                    return Ok(Lock { file });
                }
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(JournalError::of_file_system("lock", NO_LOCKS, &path)(error))
                }
            }
            let holder = Holder::read(&mut file);
            if holder
                .as_ref()
                .is_some_and(|holder| holder.pid == std::process::id())
                || Instant::now() >= deadline
            {
                let holder =
                    holder.map_or("another process".to_owned(), |holder| holder.describe());
                return Err(JournalError::Busy {
                    folder: folder.to_owned(),
                    holder,
                });
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Unlocking by hand also frees it where a child that is just being started has inherited
        // the descriptor; closing would not.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

struct Holder {
    pid: u32,
    since: u64,
}

impl Holder {
    fn read(file: &mut File) -> Option<Holder> {
        let mut text = String::new();
        file.rewind()
            .and_then(|()| file.read_to_string(&mut text))
            .ok()?;
        let (pid, since) = text.trim().split_once(' ')?;
        Some(Holder {
            pid: pid.parse().ok()?,
            since: since.parse().ok()?,
        })
    }

    fn describe(&self) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        format!(
            "process {} (for {} s)",
            self.pid,
            now.saturating_sub(self.since)
        )
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(found)) => (held.dev(), held.ino()) == (found.dev(), found.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}
