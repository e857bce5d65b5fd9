//! What the files of an archive held when it was closed: a checksum a segment of each file, so that
//! damage is found by content before the database, which destroys what it does not understand, is
//! let in.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::JournalError;
use super::files;

/// How much of a file one checksum is of.
const SEGMENT: usize = 1 << 20;
/// Up to so many bytes of files are read at every opening; of more, those whose time of change is
/// not what it was.
const ALWAYS_READ: u64 = 1 << 30;

/// What files held, by their path within the archive, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents(BTreeMap<String, FileContent>);

/// What one file held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileContent {
    bytes: u64,
    stamp: Stamp,
    /// The CRC-32 of each segment, in order.
    segments: Vec<u32>,
}

/// What the system says of a file that has not been written since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// How a file differs from what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// The path within the archive.
    pub(super) file: String,
    /// In words, such as `2 of 4 segments differ, the first at byte 1048576`.
    pub(super) what: String,
}

/// Which files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scrutiny {
    /// All of them.
    Whole,
    /// Where there are many bytes, only files that were written since.
    Changed,
}

impl Contents {
    /// Reads the files of `folders` within the archive, and of their folders. What `earlier` says
    /// is taken over for files beyond many bytes that have not been written since.
    pub(super) fn read(
        archive: &Path,
        folders: &[&str],
        earlier: &Contents,
    ) -> Result<Contents, JournalError> {
        let listed = list(archive, folders)?;
        let scrutiny = scrutiny(&listed, Scrutiny::Changed);
        let mut contents = BTreeMap::new();
        for (file, bytes, stamp) in listed {
            let known = earlier
                .0
                .get(&file)
                .filter(|known| known.bytes == bytes && known.stamp == stamp);
            let content = match known {
                Some(known) if scrutiny == Scrutiny::Changed => known.clone(),
                _ => FileContent {
                    bytes,
                    stamp,
                    segments: checksums(&archive.join(&file))?,
                },
            };
            contents.insert(file, content);
        }
        Ok(Contents(contents))
    }

    /// How the files of `folders` within the archive differ from these: files that are gone, that
    /// are new, and that hold something else.
    pub(super) fn differences(
        &self,
        archive: &Path,
        folders: &[&str],
        asked: Scrutiny,
    ) -> Result<Vec<Difference>, JournalError> {
        let listed = list(archive, folders)?;
        let scrutiny = scrutiny(&listed, asked);
        let mut differences = Vec::new();
        let is_gone = |file: &&String| !listed.iter().any(|(name, ..)| name == *file);
        for file in self.0.keys().filter(is_gone) {
            differences.push(difference(file, "it is gone".to_owned()));
        }
        for (file, bytes, stamp) in &listed {
            let Some(known) = self.0.get(file) else {
                differences.push(difference(file, "it was not there at closing".to_owned()));
                continue;
            };
            if known.bytes == *bytes && known.stamp == *stamp && scrutiny == Scrutiny::Changed {
                continue;
            }
            if let Some(what) = known.differs(*bytes, &checksums(&archive.join(file))?) {
                differences.push(difference(file, what));
            }
        }
        Ok(differences)
    }
}

impl FileContent {
    fn differs(&self, bytes: u64, segments: &[u32]) -> Option<String> {
        if bytes != self.bytes {
            return Some(format!("it has {bytes} bytes, it had {}", self.bytes));
        }
        let differing: Vec<usize> = (0..segments.len().max(self.segments.len()))
            .filter(|index| segments.get(*index) != self.segments.get(*index))
            .collect();
        differing.first().map(|first| {
            format!(
                "{} of its {} segments differ, the first at byte {}",
                differing.len(),
                self.segments.len(),
                first * SEGMENT
            )
        })
    }
}

fn difference(file: &str, what: String) -> Difference {
    Difference {
        file: file.to_owned(),
        what,
    }
}

fn scrutiny(listed: &[(String, u64, Stamp)], asked: Scrutiny) -> Scrutiny {
    let bytes: u64 = listed.iter().map(|(_, bytes, _)| bytes).sum();
    match asked {
        // Only on Unix is a stamp proof that a file was not written.
        Scrutiny::Changed if bytes > ALWAYS_READ && cfg!(unix) => Scrutiny::Changed,
        _ => Scrutiny::Whole,
    }
}

/// The files in folders of an archive, with their lengths, in order of their paths.
fn list(archive: &Path, folders: &[&str]) -> Result<Vec<(String, u64, Stamp)>, JournalError> {
    let mut listed = Vec::new();
    for folder in folders {
        for name in files::names(&archive.join(folder))? {
            let file = format!("{folder}/{name}");
            let path = archive.join(&file);
            let metadata =
                fs::symlink_metadata(&path).map_err(JournalError::io("look at", &path))?;
            if metadata.is_dir() {
                listed.extend(list(archive, &[&file])?);
                continue;
            }
            files::refuse_foreign(&path)?;
            listed.push((file, metadata.len(), stamp(&metadata)));
        }
    }
    listed.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(listed)
}

#[cfg(unix)]
fn stamp(metadata: &fs::Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    Stamp {
        inode: metadata.ino(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn stamp(_metadata: &fs::Metadata) -> Stamp {
    Stamp::default()
}

/// The checksum of each segment of a file.
fn checksums(path: &Path) -> Result<Vec<u32>, JournalError> {
    let gone = || io::Error::from(io::ErrorKind::NotFound);
    let mut file = files::open(path)?.ok_or_else(|| JournalError::io("read", path)(gone()))?;
    let mut segment = vec![0; SEGMENT];
    let mut checksums = Vec::new();
    loop {
        let mut filled = 0;
        while filled < SEGMENT {
            match file.read(&mut segment[filled..]) {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(JournalError::io("read", path)(error)),
            }
        }
        if filled == 0 {
            return Ok(checksums);
        }
        checksums.push(crc32fast::hash(&segment[..filled]));
    }
}
