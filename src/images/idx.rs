//! IDX, the format of MNIST and its relatives (<http://yann.lecun.com/exdb/mnist/>): big-endian
//! sizes, then bytes.

use super::error::ImageError;
use super::gzip;
use super::set::{ImageSet, LabelledImages};

/// Unsigned bytes in three dimensions, and in one.
const IMAGES: u32 = 0x0000_0803;
const LABELS: u32 = 0x0000_0801;

/// The images of a file, `height x width` bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxImages {
    /// Rows of every image.
    pub height: usize,
    /// Columns of every image.
    pub width: usize,
    /// A byte a pixel, image after image, row by row.
    pub pixels: Vec<u8>,
}

impl IdxImages {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.pixels.len() / (self.height * self.width)
    }

    /// Whether there is no image. Never true of a file that was read, since a file without images
    /// is refused.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }
}

/// Reads a file of images, gzipped or not.
///
/// # Errors
/// Another kind of file, no image, or more or fewer bytes than its sizes say.
pub fn images(bytes: &[u8]) -> Result<IdxImages, ImageError> {
    let bytes = gzip::unpacked(bytes)?;
    let ([count, height, width], pixels) = parts(&bytes, IMAGES, "images")?;
    if count == 0 || height == 0 || width == 0 {
        return Err(ImageError::Empty);
    }
    let of_sizes = count
        .checked_mul(height)
        .and_then(|rows| rows.checked_mul(width))
        .unwrap_or(usize::MAX);
    whole(pixels, of_sizes, || {
        format!("{count} images of {height}x{width}")
    })?;
    Ok(IdxImages {
        height,
        width,
        pixels: pixels.to_vec(),
    })
}

/// Reads a file of labels, gzipped or not.
///
/// # Errors
/// Another kind of file, no label, or more or fewer bytes than its size says.
pub fn labels(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
    let bytes = gzip::unpacked(bytes)?;
    let ([count], labels) = parts(&bytes, LABELS, "labels")?;
    if count == 0 {
        return Err(ImageError::Empty);
    }
    whole(labels, count, || format!("{count} labels"))?;
    Ok(labels.to_vec())
}

/// Joins images with their labels.
///
/// # Errors
/// There are not as many labels as images.
pub fn labelled(images: IdxImages, labels: &[u8]) -> Result<LabelledImages, ImageError> {
    if images.len() != labels.len() {
        return Err(ImageError::Counts {
            images: images.len(),
            labels: labels.len(),
        });
    }
    Ok(LabelledImages {
        pixels: images.pixels,
        labels: labels.iter().copied().map(u16::from).collect(),
    })
}

/// A set of grey images from its four files, the training part first, each as images and labels.
/// The classes are as many as the largest label asks for.
///
/// # Errors
/// Parts of two sizes, or not as many labels as images.
pub fn set(
    name: &str,
    train: (IdxImages, &[u8]),
    test: (IdxImages, &[u8]),
) -> Result<ImageSet, ImageError> {
    let (height, width) = (train.0.height, train.0.width);
    if (height, width) != (test.0.height, test.0.width) {
        return Err(ImageError::Sizes {
            train: format!("{height}x{width}"),
            test: format!("{}x{}", test.0.height, test.0.width),
        });
    }
    let classes = train
        .1
        .iter()
        .chain(test.1)
        .copied()
        .max()
        .map_or(0, |most| usize::from(most) + 1);
    let (train, test) = (labelled(train.0, train.1)?, labelled(test.0, test.1)?);
    Ok(ImageSet {
        name: name.to_owned(),
        height,
        width,
        channels: 1,
        classes,
        train,
        test,
    })
}

/// The sizes at the beginning of a file, and what comes after them.
fn parts<'a, const DIMENSIONS: usize>(
    bytes: &'a [u8],
    magic: u32,
    wanted: &'static str,
) -> Result<([usize; DIMENSIONS], &'a [u8]), ImageError> {
    let number = |at: usize| {
        bytes.get(at..at + 4).map(|four| {
            four.iter()
                .fold(0u32, |number, byte| number << 8 | u32::from(*byte))
        })
    };
    let found = number(0);
    if found != Some(magic) {
        let (found, advice) = match found {
            Some(LABELS) => (
                "a file of labels".to_owned(),
                "the two kinds of file are exchanged",
            ),
            Some(IMAGES) => (
                "a file of images".to_owned(),
                "the two kinds of file are exchanged",
            ),
            Some(other) => (
                format!("{other:#010x}"),
                "it is another file, or a damaged one",
            ),
            None => (
                format!("{} bytes", bytes.len()),
                "the file is cut short: get it again",
            ),
        };
        return Err(ImageError::Magic {
            wanted,
            magic,
            found,
            advice,
        });
    }
    let header = 4 + 4 * DIMENSIONS;
    let mut sizes = [0; DIMENSIONS];
    for (index, size) in sizes.iter_mut().enumerate() {
        let short = || ImageError::Length {
            wanted: header,
            found: bytes.len(),
            reason: "the sizes at its beginning".to_owned(),
        };
        *size = number(4 + 4 * index).ok_or_else(short)? as usize;
    }
    Ok((sizes, &bytes[header..]))
}

fn whole(bytes: &[u8], wanted: usize, reason: impl Fn() -> String) -> Result<(), ImageError> {
    if bytes.len() == wanted {
        return Ok(());
    }
    Err(ImageError::Length {
        wanted,
        found: bytes.len(),
        reason: reason(),
    })
}
