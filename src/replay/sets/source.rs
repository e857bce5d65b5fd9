//! The files of what is imported, whether it is a folder or a tar archive: the one door of the tar
//! crate.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::listing::{EntryKind, Listing};
use super::SetError;
use crate::files::{self, ReadLimit};
use crate::images::gzip::Unpacking;
use crate::images::passed_over::PassedOverCount;

const RECOGNISED: &str = "a folder, or a .tar, .tar.gz or .tgz of one, with the files of a set";
/// A long name in an archive, and what else is said of a file beside its header.
const NAME: ReadLimit = ReadLimit {
    of: "a name in an archive",
    bytes: 1 << 20,
};

/// A folder or an archive, and the files in it.
pub struct Source {
    path: PathBuf,
    archive: bool,
    /// Paths below it, with `/` between their steps, sorted in a folder and in the archive's order
    /// in an archive.
    pub files: Vec<String>,
    /// Those of them that are links to ordinary files; an archive has none.
    pub links: BTreeSet<String>,
    /// What is neither such a file nor a folder of them.
    pub passed_over: PassedOverCount,
}

impl Source {
    /// Lists the files.
    pub fn open(path: &Path) -> Result<Source, SetError> {
        let is_folder = fs::metadata(path)
            .map_err(SetError::io("read", path))?
            .is_dir();
        let of = |archive: bool, listing: Listing| Source {
            path: path.to_owned(),
            archive,
            files: listing.files,
            links: listing.links,
            passed_over: listing.passed_over,
        };
        if is_folder {
            return Ok(of(false, Listing::of_folder(path)?));
        }
        check_name(path)?;
        let mut listing = Listing::default();
        each_entry(path, &mut |entry| {
            listing
                .add_entry(&entry.name, entry.kind)
                .map_err(SetError::io("list", path))
                .map(|_| true)
        })?;
        Ok(of(true, listing))
    }

    /// The folder or archive.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file is, in words.
    pub fn path_of(&self, index: usize) -> PathBuf {
        self.path.join(&self.files[index])
    }

    /// Opens the files at `indices` one after another, in the order that is quickest, and gives
    /// each with its index to `take`, which reads as much of it as it needs.
    pub fn read(
        &self,
        indices: &[usize],
        take: &mut dyn FnMut(usize, &mut dyn Read) -> Result<(), SetError>,
    ) -> Result<(), SetError> {
        if !self.archive {
            for index in indices {
                let path = self.path_of(*index);
                let file = files::open(&path).map_err(SetError::io("read", &path))?;
                take(*index, &mut BufReader::new(file))?;
            }
            return Ok(());
        }
        let mut wanted = vec![false; self.files.len()];
        indices.iter().for_each(|index| wanted[*index] = true);
        let mut listing = Listing::default();
        let mut left = indices.len();
        each_entry(&self.path, &mut |entry| {
            let added = listing
                .add_entry(&entry.name, entry.kind)
                .map_err(SetError::io("list", &self.path))?;
            match added {
                Some(index) if wanted.get(index) == Some(&true) => {
                    take(index, entry.content)?;
                    left -= 1;
                }
                _ => {}
            }
            Ok(left > 0)
        })
    }
}

/// Refuses a file by whose name it is no archive.
fn check_name(path: &Path) -> Result<(), SetError> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let endings = [".tar", ".tar.gz", ".tgz"];
    if endings.iter().any(|ending| name.ends_with(ending)) {
        return Ok(());
    }
    let is_part = name.contains("ubyte") || name.ends_with(".bin") || name.ends_with(".bin.gz");
    let advice = if is_part {
        ": name the folder that all are in"
    } else {
        ""
    };
    Err(SetError::Unrecognised {
        path: path.to_owned(),
        found: format!("one file of a kind that is not taken alone{advice}"),
        wanted: RECOGNISED,
    })
}

/// What stands in an archive.
struct ArchiveEntry<'a> {
    /// Its path, as bytes.
    name: Vec<u8>,
    kind: EntryKind,
    content: &'a mut dyn Read,
}

/// Visits what is in an archive until `visit` says that it has seen enough. Long names are read
/// here, since the crate would read them however long they are.
fn each_entry(
    path: &Path,
    visit: &mut dyn FnMut(ArchiveEntry) -> Result<bool, SetError>,
) -> Result<(), SetError> {
    let unreadable = || SetError::io("unpack", path);
    let file = files::open(path).map_err(SetError::io("open", path))?;
    let plain = Unpacking::of(BufReader::<File>::with_capacity(1 << 18, file));
    let mut archive = tar::Archive::new(plain.map_err(unreadable())?);
    let mut long_name = None;
    for entry in archive.entries().map_err(unreadable())?.raw(true) {
        let mut entry = entry.map_err(unreadable())?;
        let said = entry.header().entry_type();
        let kind = match said {
            _ if said.is_gnu_longname() => {
                let name = NAME.bytes_of(&mut entry).map_err(unreadable())?;
                long_name = Some(until_zero(name));
                continue;
            }
            _ if said.is_pax_local_extensions() => {
                let said = NAME.bytes_of(&mut entry).map_err(unreadable())?;
                long_name = said_path(&said).map_err(unreadable())?.or(long_name);
                continue;
            }
            _ if said.is_gnu_longlink() || said.is_pax_global_extensions() => continue,
            _ if said.is_file() || said.is_contiguous() => EntryKind::File,
            _ if said.is_dir() => EntryKind::Folder,
            _ if said.is_hard_link() || said.is_symlink() => EntryKind::Link,
            _ => EntryKind::Other,
        };
        let name = match long_name.take() {
            Some(name) => name,
            None => entry.path_bytes().into_owned(),
        };
        let content = &mut entry;
        if !visit(ArchiveEntry {
            name,
            kind,
            content,
        })? {
            break;
        }
    }
    Ok(())
}

fn until_zero(mut name: Vec<u8>) -> Vec<u8> {
    if let Some(end) = name.iter().position(|byte| *byte == 0) {
        name.truncate(end);
    }
    name
}

/// The path among what is said of a file, if it is.
fn said_path(said: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut path = None;
    for said in tar::PaxExtensions::new(said) {
        let said = said?;
        if said.key_bytes() == b"path" {
            path = Some(said.value_bytes().to_vec());
        }
    }
    Ok(path)
}
