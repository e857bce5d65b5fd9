//! How a finished file takes its place, so that a power cut leaves the old one or the new.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Renames a file that is on the disk to `path` in the same folder, whatever is there; the new name
/// is on the disk too when this returns.
pub fn place(finished: &Path, path: &Path) -> io::Result<()> {
    fs::rename(finished, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
