//! PNG and JPEG pictures, made squares of one size: the one door of the image crate.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{ImageReader, Limits};

use super::ImageError;

/// The largest side of a picture that is read.
const MOST_SIDE: u32 = 16_384;
/// The most memory that decoding one picture may take, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// The middle square of a picture, `side` pixels wide and high, in red, green and blue; grey ones have all three alike, and what is transparent is
/// as its colours say. The shorter side of the picture is the square's, by a triangle filter.
///
/// # Errors
/// Bytes that are no PNG or JPEG, and pictures too large.
pub fn square(bytes: &[u8], side: u32) -> Result<Vec<u8>, ImageError> {
    let unreadable = |detail: String| ImageError::Picture { detail };
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| unreadable(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| unreadable(error.to_string()))?;
    let (width, height) = (picture.width(), picture.height());
    let short = width.min(height);
    if short == 0 || width.max(height) > MOST_SIDE {
        return Err(ImageError::Side { width, height, most: MOST_SIDE });
    }
    // Cropping first gives the same square as resizing first, and less to resize.
    let middle = picture.crop_imm((width - short) / 2, (height - short) / 2, short, short).into_rgb8();
    if short == side {
        return Ok(middle.into_raw());
    }
    Ok(imageops::resize(&middle, side, side, FilterType::Triangle).into_raw())
}
