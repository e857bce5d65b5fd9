//! PNG and JPEG pictures, made squares of one size: the one door of the image crate.

use std::io::Cursor;
use std::panic::catch_unwind;

use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use super::{jpeg, ImageError};

/// The largest side of a picture that is read.
const MOST_SIDE: u32 = 16_384;
/// The most memory, in bytes, that a decoder may take for a picture's pixels and its own work.
/// Pixels that are not three bytes each are then copied once, to three bytes a pixel: another 768
/// MiB at most.
const MOST_BYTES: u64 = 1 << 30;

/// Decodes a picture, turns it as its EXIF orientation says, and returns its middle square, resized
/// by a triangle filter to `side` rows and columns: red, green and blue of each pixel, row by row.
/// In a grey picture all three are equal; transparency is ignored.
///
/// # Errors
/// The bytes are no PNG or JPEG, its end is missing, or the picture is larger than is read; then no
/// pixel of it is decoded.
pub fn square(bytes: &[u8], side: u32) -> Result<Vec<u8>, ImageError> {
    // The decoders are others' work, and one bad picture among a million must not end the reading
    // of them all.
    let picture = catch_unwind(|| decoded(bytes)).unwrap_or_else(|_| {
        Err(ImageError::Picture {
            detail: "its decoder failed".to_owned(),
        })
    })?;
    let (width, height) = picture.dimensions();
    if (width, height) == (side, side) {
        return Ok(picture.into_raw());
    }
    let short = width.min(height);
    // Cropping first gives the same square as resizing first, and less to resize.
    let middle = imageops::crop_imm(
        &picture,
        (width - short) / 2,
        (height - short) / 2,
        short,
        short,
    );
    if short == side {
        return Ok(middle.to_image().into_raw());
    }
    Ok(imageops::resize(&*middle, side, side, FilterType::Triangle).into_raw())
}

/// A whole picture of sides that are read.
fn decoded(bytes: &[u8]) -> Result<RgbImage, ImageError> {
    let unreadable = |detail: String| ImageError::Picture { detail };
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| unreadable(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits.clone());
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| unreadable(error.to_string()))?;
    let (width, height) = decoder.dimensions();
    if width.min(height) == 0 || width.max(height) > MOST_SIDE {
        return Err(ImageError::Side {
            width,
            height,
            most: MOST_SIDE,
        });
    }
    if jpeg::is_jpeg(bytes) && !jpeg::has_end(bytes) {
        return Err(ImageError::CutShort);
    }
    // Where nothing readable is said of it, a picture stands as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let limited = limits
        .reserve(decoder.total_bytes())
        .and_then(|()| decoder.set_limits(limits));
    let mut picture = limited
        .and_then(|()| DynamicImage::from_decoder(decoder))
        .map_err(|error| unreadable(error.to_string()))?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}
