//! Gzip, of which image files are mostly made: the one door of the flate2 crate.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::ImageError;

/// The first bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The bytes, unpacked where they are gzip and as they are elsewhere.
pub fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    if !is_gzip(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut plain = Vec::new();
    reader(bytes).read_to_end(&mut plain).map_err(|error| ImageError::Gzip { detail: error.to_string() })?;
    Ok(Cow::Owned(plain))
}

/// Whether bytes begin as a gzip file does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Unpacks while reading.
pub fn reader<R: Read>(packed: R) -> impl Read {
    MultiGzDecoder::new(packed)
}
