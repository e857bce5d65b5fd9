//! IDX, the format of MNIST and its relatives (<http://yann.lecun.com/exdb/mnist/>): big-endian
//! sizes, then bytes.

use std::io::Read;

use super::error::ImageError;
use super::gzip::{Unpacking, MOST_BYTES};
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

/// Reads a file of images, gzipped or not, and no more of it than its sizes say.
///
/// # Errors
/// Another kind of file, no image, more or fewer bytes than its sizes say, or more than
/// [`MOST_BYTES`].
pub fn images(file: impl Read) -> Result<IdxImages, ImageError> {
    let mut file = opened(file)?;
    let [count, height, width] = sizes(&mut file, IMAGES, "images")?;
    if count == 0 || height == 0 || width == 0 {
        return Err(ImageError::Empty);
    }
    let of_sizes = count
        .checked_mul(height)
        .and_then(|rows| rows.checked_mul(width))
        .unwrap_or(usize::MAX);
    let pixels = whole(&mut file, of_sizes, || {
        format!("{count} images of {height}x{width}")
    })?;
    Ok(IdxImages {
        height,
        width,
        pixels,
    })
}

/// Reads a file of labels, gzipped or not, and no more of it than its size says.
///
/// # Errors
/// Another kind of file, no label, more or fewer bytes than its size says, or more than
/// [`MOST_BYTES`].
pub fn labels(file: impl Read) -> Result<Vec<u8>, ImageError> {
    let mut file = opened(file)?;
    let [count] = sizes(&mut file, LABELS, "labels")?;
    if count == 0 {
        return Err(ImageError::Empty);
    }
    whole(&mut file, count, || format!("{count} labels"))
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

fn opened<'a>(file: impl Read + 'a) -> Result<Unpacking<'a>, ImageError> {
    Unpacking::of(file).map_err(|error| ImageError::Unreadable {
        detail: error.to_string(),
    })
}

/// The sizes at the beginning of a file.
fn sizes<const DIMENSIONS: usize>(
    file: &mut Unpacking,
    magic: u32,
    wanted: &'static str,
) -> Result<[usize; DIMENSIONS], ImageError> {
    let header = 4 + 4 * DIMENSIONS;
    let bytes = file.up_to(header as u64)?;
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
    let mut sizes = [0; DIMENSIONS];
    for (index, size) in sizes.iter_mut().enumerate() {
        let short = || ImageError::Length {
            wanted: header,
            found: bytes.len(),
            reason: "the sizes at its beginning".to_owned(),
        };
        *size = number(4 + 4 * index).ok_or_else(short)? as usize;
    }
    Ok(sizes)
}

/// The `wanted` bytes that a file has left.
fn whole(
    file: &mut Unpacking,
    wanted: usize,
    reason: impl Fn() -> String,
) -> Result<Vec<u8>, ImageError> {
    let most = MOST_BYTES.min(wanted as u64);
    let bytes = file.up_to(most)?;
    let is_over = file.is_over()?;
    if bytes.len() == wanted && is_over {
        return Ok(bytes);
    }
    if is_over {
        return Err(ImageError::Length {
            wanted,
            found: bytes.len(),
            reason: reason(),
        });
    }
    if bytes.len() < wanted {
        return Err(ImageError::TooLong { most });
    }
    Err(ImageError::Longer {
        wanted,
        reason: reason(),
    })
}
