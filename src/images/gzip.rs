//! Gzip, of which image files are mostly made: the one door of the flate2 crate.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::ImageError;

/// The first bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The most bytes that a file may have unpacked. No known set has a file of more than 188 MB, and
/// gzip packs zeros a thousandfold: a file made for it must not take all memory.
pub const MOST_BYTES: u64 = 4 << 30;

/// The bytes unpacked, or unchanged where they are not gzip.
///
/// # Errors
/// The file is damaged, or has more than [`MOST_BYTES`] bytes unpacked.
pub fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    unpacked_up_to(MOST_BYTES, bytes)
}

/// As [`unpacked`], with a limit of `most` bytes. Little more than the limit is ever held in
/// memory.
///
/// # Errors
/// The file is damaged, or has more than `most` bytes unpacked.
pub fn unpacked_up_to(most: u64, bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    if !is_gzip(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut plain = Vec::new();
    let found = reader(bytes)
        .take(most.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|error| ImageError::Gzip {
            detail: error.to_string(),
        })?;
    if found as u64 > most {
        return Err(ImageError::TooLong { most });
    }
    Ok(Cow::Owned(plain))
}

/// Whether bytes begin as a gzip file does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// A reader that unpacks the gzip bytes of another.
pub fn reader<R: Read>(packed: R) -> impl Read {
    MultiGzDecoder::new(packed)
}
