//! Which files of a folder or an archive may be of a set, and what is passed over.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::SetError;
use crate::files;
use crate::images::folder::is_of_system;
use crate::images::passed_over::PassedOverCount;

/// Folders within folders that are looked into.
const MOST_DEPTH: usize = 6;

const HIDDEN: &str = "hidden files and folders";
const OF_SYSTEM: &str = "folders of thumbnails or of a storage system";
/// Links that do not lead to an ordinary file, and those to pictures: what lies in the set is there
/// by its own name, and a link upward would show it once more under another class.
pub const LINKS: &str = "links, which are not followed";
const NOT_ORDINARY: &str = "pipes, sockets and devices";
const DEEP: &str = "folders deeper than 6 folders";
const NOT_TEXT: &str = "names that are no UTF-8 text";

/// What an entry of an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An ordinary file.
    File,
    /// A folder, of which the paths of its files tell too.
    Folder,
    /// Another name of a file.
    Link,
    /// A pipe, a device, or what else archives hold.
    Other,
}

/// The files of a folder or an archive.
#[derive(Default)]
pub struct Listing {
    /// Paths of files, with `/` between their steps.
    pub files: Vec<String>,
    /// Those of them that are links to ordinary files.
    pub links: BTreeSet<String>,
    /// What is passed over.
    pub passed_over: PassedOverCount,
    seen: usize,
}

impl Listing {
    /// The files below a folder, sorted. No link to a folder is followed.
    pub fn of_folder(folder: &Path) -> Result<Listing, SetError> {
        let mut listing = Listing::default();
        listing.collect(folder, "", MOST_DEPTH)?;
        listing.files.sort_unstable();
        Ok(listing)
    }

    fn collect(&mut self, folder: &Path, below: &str, depth: usize) -> Result<(), SetError> {
        for entry in files::entries(folder).map_err(SetError::io("list", folder))? {
            self.see().map_err(SetError::io("list", folder))?;
            let name = entry.file_name();
            let shown = visible(name.as_encoded_bytes());
            let path = if below.is_empty() {
                shown
            } else {
                format!("{below}/{shown}")
            };
            let kind = entry.file_type();
            let kind = kind.map_err(SetError::io("read", &entry.path()))?;
            let is_file_by_link =
                || fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file());
            let passed_over = match name.to_str() {
                None => NOT_TEXT,
                Some(name) if name.starts_with('.') => HIDDEN,
                Some(name) if kind.is_dir() && is_of_system(name) => OF_SYSTEM,
                Some(_) if kind.is_dir() && depth > 0 => {
                    self.collect(&entry.path(), &path, depth - 1)?;
                    continue;
                }
                Some(_) if kind.is_dir() => DEEP,
                Some(_) if kind.is_file() => {
                    self.files.push(path);
                    continue;
                }
                Some(_) if kind.is_symlink() && is_file_by_link() => {
                    self.links.insert(path.clone());
                    self.files.push(path);
                    continue;
                }
                Some(_) if kind.is_symlink() => LINKS,
                Some(_) => NOT_ORDINARY,
            };
            self.passed_over.add(passed_over, &path);
        }
        Ok(())
    }

    /// Adds what stands next in an archive; the place of a file that may be of a set.
    pub fn add_entry(&mut self, name: &[u8], kind: EntryKind) -> io::Result<Option<usize>> {
        self.see()?;
        if kind == EntryKind::Folder {
            return Ok(None);
        }
        let path = visible(name);
        let steps: Vec<&str> = path.split('/').collect();
        let hidden = |step: &&str| step.starts_with('.') && !matches!(*step, "." | "..");
        let passed_over = match kind {
            _ if std::str::from_utf8(name).is_err() => NOT_TEXT,
            _ if steps.iter().any(hidden) => HIDDEN,
            _ if steps[..steps.len() - 1]
                .iter()
                .any(|step| is_of_system(step)) =>
            {
                OF_SYSTEM
            }
            EntryKind::File => {
                self.files.push(path);
                return Ok(Some(self.files.len() - 1));
            }
            EntryKind::Link => LINKS,
            EntryKind::Folder | EntryKind::Other => NOT_ORDINARY,
        };
        self.passed_over.add(passed_over, &path);
        Ok(None)
    }

    fn see(&mut self) -> io::Result<()> {
        self.seen += 1;
        files::check_entries(self.seen)
    }
}

/// A name as text: bytes that are part of no character are written `\xNN`.
fn visible(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
