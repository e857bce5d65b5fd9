//! Files that results are derived from: each says what it is, in which form and of what, and
//! carries a checksum over all of it, so that one that was changed, renamed or left by another
//! version is never read as what it is not.

use std::fmt;

/// What a checked file is.
#[derive(Clone, Copy, Debug)]
pub struct CheckedFile<'a> {
    /// What it holds, in a word, such as `checkpoint`.
    pub holds: &'static str,
    /// The version of its form.
    pub version: u32,
    /// What it is of: whatever its contents depend on, in one line.
    pub key: &'a str,
}

/// Why what a file holds is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is in no form that is checked: that of an earlier version, or none.
    Unchecked,
    /// It is in the form of another version.
    OtherVersion,
    /// It is of something else.
    OtherKey,
    /// It is not what was written.
    Damaged,
}

impl fmt::Display for Unfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Unfit::Unchecked => "carries no checksum, as those of earlier versions of motherlode",
            Unfit::OtherVersion => "is in the form of another version of motherlode",
            Unfit::OtherKey => "is of something else than its name says",
            Unfit::Damaged => "is damaged: its checksum is not that of what it holds",
        })
    }
}

impl CheckedFile<'_> {
    /// What is written: a first line that says what it is, with the checksum, and the contents.
    pub fn with_checksum(&self, contents: &[u8]) -> Vec<u8> {
        let mut bytes = self.first_line(contents).into_bytes();
        bytes.extend_from_slice(contents);
        bytes
    }

    /// The contents of what was read.
    ///
    /// # Errors
    /// It is not, to the byte, what [`CheckedFile::with_checksum`] made of its contents.
    pub fn contents<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], Unfit> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (first, contents) = match end {
            Some(end) => bytes.split_at(end + 1),
            None => return Err(Unfit::Unchecked),
        };
        if first == self.first_line(contents).as_bytes() {
            return Ok(contents);
        }
        Err(self.fault(first))
    }

    /// Why a first line is not the one wanted.
    fn fault(&self, first: &[u8]) -> Unfit {
        let CheckedFile {
            holds,
            version,
            key,
        } = self;
        let form = format!("motherlode {holds} ");
        let Some(rest) = first.strip_prefix(form.as_bytes()) else {
            return Unfit::Unchecked;
        };
        let mut words = rest.splitn(3, |byte| *byte == b' ');
        let mut is = |wanted: String| words.next() == Some(wanted.as_bytes());
        if !is(version.to_string()) {
            Unfit::OtherVersion
        } else if !is(hash(key.as_bytes())) {
            Unfit::OtherKey
        } else {
            Unfit::Damaged
        }
    }

    fn first_line(&self, contents: &[u8]) -> String {
        let CheckedFile {
            holds,
            version,
            key,
        } = self;
        let (key, checksum) = (hash(key.as_bytes()), hash(contents));
        format!("motherlode {holds} {version} {key} {checksum}\n")
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
