//! The lines of an export: JSON objects that carry the checksum of what they say, and of the name
//! of their file, as their last member, `crc32`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::journal::envelope;
use crate::journal::error::JournalError;
use crate::journal::files;

/// Longer lines are none that this program wrote: the largest document, with room for its checksum.
const LIMIT: u64 = envelope::LIMIT as u64 + 1024;
const BEFORE: &[u8] = b",\"crc32\":\"";
const AFTER: &[u8] = b"\"}";
const DIGITS: usize = 8;

/// What a line of an export says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::journal) enum Line {
    /// A document, exactly as it was written.
    Sealed(Vec<u8>),
    /// A line without a checksum, as earlier versions wrote them.
    Unsealed(Vec<u8>),
    /// A line that fails its checksum, or is of another file.
    Broken,
}

/// A document, which is a JSON object with members, as a line of the file at `path` with its
/// checksum and a line end.
pub(in crate::journal) fn seal(path: &Path, document: &[u8]) -> Vec<u8> {
    let checksum = checksum(path, document);
    let open = document.strip_suffix(b"}").unwrap_or(document);
    [open, BEFORE, checksum.as_bytes(), AFTER, b"\n"].concat()
}

/// Reads a line of the file at `path`, without its line end.
fn open(path: &Path, line: &[u8]) -> Line {
    let sealed = line
        .strip_suffix(AFTER)
        .and_then(|rest| rest.split_at_checked(rest.len().checked_sub(DIGITS)?))
        .and_then(|(rest, digits)| Some((rest.strip_suffix(BEFORE)?, digits)));
    let Some((open, digits)) = sealed else {
        return match serde_json::from_slice::<serde::de::IgnoredAny>(line) {
            Ok(_) => Line::Unsealed(line.to_vec()),
            Err(_) => Line::Broken,
        };
    };
    let document = [open, b"}"].concat();
    match checksum(path, &document).as_bytes() == digits {
        true => Line::Sealed(document),
        false => Line::Broken,
    }
}

/// In hexadecimal digits.
fn checksum(path: &Path, document: &[u8]) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    hasher.update(b"\n");
    hasher.update(document);
    format!("{:08x}", hasher.finalize())
}

/// Gives each whole line of the file at `path` to `take`; the answer is the length up to and with
/// the last line end. No file is an empty one.
///
/// A line beyond the limit is broken, and what follows it is read as the next.
pub(in crate::journal) fn each(
    path: &Path,
    mut take: impl FnMut(Line) -> Result<(), JournalError>,
) -> Result<u64, JournalError> {
    let Some(file) = files::open(path)? else {
        return Ok(0);
    };
    let mut reader = BufReader::new(file);
    let mut text = Vec::new();
    let mut whole_bytes = 0;
    loop {
        text.clear();
        let length = reader
            .by_ref()
            .take(LIMIT)
            .read_until(b'\n', &mut text)
            .map_err(JournalError::io("read", path))?;
        match text.pop() {
            Some(b'\n') => {
                whole_bytes += length as u64;
                take(open(path, &text))?;
            }
            Some(_) if length as u64 == LIMIT => {
                whole_bytes += length as u64;
                take(Line::Broken)?;
            }
            _ => return Ok(whole_bytes),
        }
    }
}

/// What one file of an export holds.
pub(super) struct Lines<K> {
    /// What its lines are of.
    pub(super) present: BTreeSet<K>,
    /// Up to and with the last line end.
    pub(super) whole_bytes: u64,
    /// Lines that are not as they are written now, or are there twice.
    pub(super) unfit: usize,
}

impl<K: Ord> Lines<K> {
    /// Reads a file; `key` says what a document is of, if it can be read.
    pub(super) fn read(
        path: &Path,
        key: impl Fn(&[u8]) -> Option<K>,
    ) -> Result<Lines<K>, JournalError> {
        let (mut present, mut unfit) = (BTreeSet::new(), 0);
        let whole_bytes = each(path, |line| {
            let (document, is_sealed) = match &line {
                Line::Sealed(document) => (Some(document), true),
                Line::Unsealed(document) => (Some(document), false),
                Line::Broken => (None, false),
            };
            let is_new = document
                .and_then(|document| key(document))
                .is_some_and(|key| present.insert(key));
            unfit += usize::from(!(is_sealed && is_new));
            Ok(())
        })?;
        Ok(Lines {
            present,
            whole_bytes,
            unfit,
        })
    }
}
