//! What can be wrong with the bytes of an image set.

use thiserror::Error;

/// Why bytes cannot be read as images or labels. The caller names the file in front of it.
#[derive(Error, Debug, Clone, PartialEq)]
pub enum ImageError {
    /// A gzip file that cannot be unpacked.
    #[error("it is no gzip file, or a damaged one: {detail}; get it again")]
    Gzip {
        /// The decoder's own message.
        detail: String,
    },

    /// More bytes than any set has.
    #[error(
        "unpacked it has more than {most} bytes, the most that is read; it is no file of an image \
         set, so give another or unpack a part of it"
    )]
    TooLong {
        /// The most bytes that are unpacked.
        most: u64,
    },

    /// A file that is no IDX file, or an IDX file of another kind.
    #[error(
        "wanted an IDX file of {wanted}, which begins with {magic:#010x}, found {found}; {advice}"
    )]
    Magic {
        /// What the file should hold, in words.
        wanted: &'static str,
        /// The four bytes that such a file begins with.
        magic: u32,
        /// What it begins with, in words.
        found: String,
        /// What to do.
        advice: &'static str,
    },

    /// Fewer bytes than the file's own beginning, or its records, ask for.
    #[error(
        "wanted {wanted} bytes ({reason}), found {found}; the file is cut short: get it again"
    )]
    Length {
        /// The bytes that there should be.
        wanted: usize,
        /// The bytes that there are.
        found: usize,
        /// What asks for so many, in words.
        reason: String,
    },

    /// More bytes than the file's own beginning asks for.
    #[error("wanted {wanted} bytes ({reason}), found more; the file is too long: get it again")]
    Longer {
        /// The bytes that there should be.
        wanted: usize,
        /// What asks for so many, in words.
        reason: String,
    },

    /// More records than a file of a known layout has.
    #[error(
        "it has more than {most} records, the most that is read of a file in the layout of {kind}; \
         split it into several"
    )]
    TooManyRecords {
        /// The most records that are read.
        most: usize,
        /// The set whose layout it is.
        kind: &'static str,
    },

    /// Bytes that cannot be read.
    #[error("it cannot be read: {detail}")]
    Unreadable {
        /// The operating system's message.
        detail: String,
    },

    /// A file without any image.
    #[error("it holds no image")]
    Empty,

    /// Images and labels of different numbers.
    #[error(
        "there are {images} images and {labels} labels; wanted as many, so the two files do not \
         belong together"
    )]
    Counts {
        /// The number of images.
        images: usize,
        /// The number of labels.
        labels: usize,
    },

    /// Training and test images of different sizes.
    #[error(
        "the training images are {train} and the test images {test}; wanted one size, so the \
         files do not belong together"
    )]
    Sizes {
        /// The size of the training images, in words.
        train: String,
        /// The size of the test images, in words.
        test: String,
    },

    /// A label that the set does not have.
    #[error(
        "record {record} has the label {found}, wanted 0 to {most}; it is no file of {kind}, or a \
         damaged one"
    )]
    Label {
        /// The record with the label, counted from 0.
        record: usize,
        /// The label.
        found: u16,
        /// The largest label of the set.
        most: u16,
        /// The set's name.
        kind: &'static str,
    },

    /// A picture that cannot be decoded.
    #[error("it cannot be read as a PNG or JPEG image: {detail}")]
    Picture {
        /// The decoder's own message.
        detail: String,
    },

    /// A picture of which a part is missing.
    #[error("its end is missing, so that a part of it may be too; get it again, or take it away")]
    CutShort,

    /// A picture of no pixels, or of too many.
    #[error("the image is {width}x{height}; wanted at least 1x1 and at most {most} a side")]
    Side {
        /// Its columns.
        width: u32,
        /// Its rows.
        height: u32,
        /// The most rows or columns that are read.
        most: u32,
    },

    /// A folder that is no tree of classes.
    #[error(
        "{problem}; wanted train/CLASS/*.png or .jpg and test/CLASS/ (or val/CLASS/), with the \
         same classes in both"
    )]
    Tree {
        /// What is wrong with the tree, in words.
        problem: String,
    },

    /// More images asked for than there are.
    #[error("wanted {wanted} images {purpose}, found {found}; ask for at most {most}")]
    TooFew {
        /// The images asked for.
        wanted: usize,
        /// What they are asked for, in words.
        purpose: &'static str,
        /// The images that there are.
        found: usize,
        /// The most that may be asked for.
        most: usize,
    },

    /// Images that cannot be whitened.
    #[error("whitening needs {need}, found {found}")]
    Whitening {
        /// What whitening needs, in words.
        need: &'static str,
        /// What there is, in words.
        found: String,
    },
}
