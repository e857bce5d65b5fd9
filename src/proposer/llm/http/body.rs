//! The bytes of a body as text: unpacked where they are gzip, by their own mark or their stated
//! encoding of characters.

use crate::images::gzip::Unpacking;

/// The bytes of a body, unpacked where they are gzip, since some proxies pack what nobody asked them
/// to; of more than `most` bytes one more than that.
///
/// # Errors
/// One line on how they are damaged.
pub(super) fn unpacked(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut packed = Unpacking::of(bytes).map_err(|error| error.to_string())?;
    packed
        .up_to(most as u64 + 1)
        .map_err(|error| error.to_string())
}

/// Returns a body as text, without a byte order mark: UTF-8, UTF-16 where a mark says so, Latin-1
/// where its type does and it is not UTF-8.
pub(super) fn decoded(bytes: &[u8], content_type: &str) -> String {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| -> String {
        let pairs = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(pairs)
            .map(|sign| sign.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return units(rest, u16::from_be_bytes),
        _ => {}
    }
    let kind = content_type.to_lowercase();
    let latin = ["iso-8859-1", "latin1", "windows-1252"];
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) if latin.iter().any(|name| kind.contains(name)) => {
            bytes.iter().copied().map(char::from).collect()
        }
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
