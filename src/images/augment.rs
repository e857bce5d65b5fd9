//! Batches of images as the networks take them, padded, cropped and flipped at random while they
//! are written.

use super::set::{LabelledImages, Shape};
use super::standardise::Standardiser;
use crate::numerics::stream::Stream;

/// The images that batches are made of.
#[derive(Clone, Copy)]
pub enum ImageSource<'a> {
    /// Bytes. The standardiser turns them into numbers while a batch is written.
    Pixels {
        /// The images.
        images: &'a LabelledImages,
        /// What turns their bytes into numbers.
        standardiser: &'a Standardiser,
    },
    /// Numbers, image after image in the layout of [`LabelledImages`], as a whitening gives them.
    Numbers(&'a [f32]),
}

/// How images are changed in training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Augmentation {
    /// Rows and columns of zeros (the mean, after standardising) round an image, of which a crop of
    /// the image's own size is drawn.
    pub pad: usize,
    /// Whether half of the images are mirrored left to right.
    pub flip: bool,
}

/// How one image is changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The first row of the crop in the image, negative where the crop begins in the padding.
    pub down: isize,
    /// The first column of the crop in the image, negative where the crop begins in the padding.
    pub right: isize,
    /// Whether the crop is mirrored left to right.
    pub flipped: bool,
}

impl Augmentation {
    /// No padding and no mirroring.
    pub const NONE: Augmentation = Augmentation {
        pad: 0,
        flip: false,
    };
    /// Padded by 4, cropped and flipped: what is usual for CIFAR.
    pub const CIFAR: Augmentation = Augmentation { pad: 4, flip: true };

    /// Draws how the next image is changed. It always takes three numbers of the stream (down,
    /// right, flip), so that one option does not shift the draws of another.
    pub fn draw(&self, stream: &mut Stream) -> Placement {
        let mut offset = || stream.below(2 * self.pad + 1) as isize - self.pad as isize;
        let (down, right) = (offset(), offset());
        let mirrored = stream.chance(0.5);
        Placement {
            down,
            right,
            flipped: self.flip && mirrored,
        }
    }
}

/// Writes the images at `indices` into `out`, one after another, each as rows of pixels with the
/// channels of a pixel together. Each image draws its placement from the stream in turn, so that
/// the same stream changes the same images alike whatever is trained on them.
///
/// # Panics
/// `out` must hold `indices.len() * shape.len()` numbers, and every index must be below the number
/// of images.
pub fn write_batch(
    source: ImageSource,
    shape: Shape,
    indices: &[u32],
    augmentation: Augmentation,
    stream: &mut Stream,
    out: &mut [f32],
) {
    assert_eq!(
        out.len(),
        indices.len() * shape.len(),
        "a batch of {} images of {} numbers",
        indices.len(),
        shape.len()
    );
    for (index, out) in indices.iter().zip(out.chunks_exact_mut(shape.len())) {
        write_image(source, shape, *index, augmentation.draw(stream), out);
    }
}

/// Writes the images at `indices` into `out` unchanged, for evaluation.
///
/// # Panics
/// As [`write_batch`].
pub fn write_plain(source: ImageSource, shape: Shape, indices: &[u32], out: &mut [f32]) {
    assert_eq!(
        out.len(),
        indices.len() * shape.len(),
        "a batch of {} images of {} numbers",
        indices.len(),
        shape.len()
    );
    for (index, out) in indices.iter().zip(out.chunks_exact_mut(shape.len())) {
        write_image(source, shape, *index, Placement::default(), out);
    }
}

/// Writes one image into `out`, cropped and mirrored as its placement says. Rows and columns of the
/// padding are 0.
///
/// # Panics
/// `out` must hold `shape.len()` numbers, and `index` must be below the number of images.
pub fn write_image(
    source: ImageSource,
    shape: Shape,
    index: u32,
    placement: Placement,
    out: &mut [f32],
) {
    let start = index as usize * shape.len();
    let numbers = |from: usize, out: &mut [f32]| match source {
        ImageSource::Pixels {
            images,
            standardiser,
        } => standardiser.write(&images.pixels[from..from + out.len()], out),
        ImageSource::Numbers(numbers) => out.copy_from_slice(&numbers[from..from + out.len()]),
    };
    if placement == Placement::default() {
        return numbers(start, out);
    }
    let row_len = shape.width * shape.channels;
    let columns = inside(placement.right, shape.width);
    for (row, out) in out.chunks_exact_mut(row_len).enumerate() {
        out.fill(0.0);
        let from = row as isize + placement.down;
        if from >= 0 && (from as usize) < shape.height && !columns.is_empty() {
            let first = (columns.start as isize + placement.right) as usize;
            let written = columns.start * shape.channels..columns.end * shape.channels;
            numbers(
                start + from as usize * row_len + first * shape.channels,
                &mut out[written],
            );
        }
        if placement.flipped {
            mirror(out, shape.channels);
        }
    }
}

/// The columns of a crop that begins `right` columns to the right which lie on the image.
fn inside(right: isize, width: usize) -> std::ops::Range<usize> {
    let start = right.min(0).unsigned_abs().min(width);
    let end = width.saturating_sub(right.max(0) as usize);
    start..end.max(start)
}

/// Turns a row of pixels round.
fn mirror(row: &mut [f32], channels: usize) {
    row.reverse();
    row.chunks_exact_mut(channels).for_each(<[f32]>::reverse);
}
