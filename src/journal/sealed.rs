//! Small records beside the database, as one line of JSON and one of its checksum, so that a
//! changed digit is never believed.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::Serialize;

use super::error::JournalError;
use super::{durable, files};

/// The longest sealed file: the checksums of a database of some terabytes.
const LIMIT: u64 = 64 << 20;

/// What stands in the place of a sealed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sealed<T> {
    /// Nothing.
    Absent,
    /// A file that fails its checksum or says something else.
    Broken,
    /// What was written.
    Whole(T),
}

impl<T> Sealed<T> {
    /// What was written, if it can be believed.
    pub(super) fn whole(self) -> Option<T> {
        match self {
            Sealed::Whole(value) => Some(value),
            Sealed::Absent | Sealed::Broken => None,
        }
    }
}

/// Reads the sealed file at `path`. A single line without a checksum is believed as well: earlier
/// versions wrote that.
///
/// # Errors
/// What the system refuses, and `Foreign` where no file stands there; never for what a file says.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Sealed<T>, JournalError> {
    let content = match files::read(path, LIMIT) {
        Ok(Some(content)) => content,
        Ok(None) => return Ok(Sealed::Absent),
        Err(JournalError::Overlong { .. }) => return Ok(Sealed::Broken),
        Err(error) => return Err(error),
    };
    let parsed = |line: &[u8]| match serde_json::from_slice(line) {
        Ok(value) => Sealed::Whole(value),
        Err(_) => Sealed::Broken,
    };
    Ok(match content.iter().position(|byte| *byte == b'\n') {
        None => parsed(&content),
        Some(end) if content[end + 1..] == *seal(&content[..end]).as_bytes() => {
            parsed(&content[..end])
        }
        Some(_) => Sealed::Broken,
    })
}

/// Writes a sealed file; it is on disk when this returns.
pub(super) fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), JournalError> {
    let mut content = serde_json::to_vec(value).expect("names and numbers can be written as JSON");
    let seal = seal(&content);
    content.push(b'\n');
    content.extend_from_slice(seal.as_bytes());
    durable::replace(path, &content)
}

fn seal(line: &[u8]) -> String {
    format!("{:08x}\n", crc32fast::hash(line))
}
