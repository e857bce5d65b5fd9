//! What can be wrong with the bytes of an image set.

use thiserror::Error;

/// Why bytes are no images or labels. Who read them puts the file's name before it.
#[derive(Error, Debug, Clone, PartialEq)]
pub enum ImageError {
    #[error("it is no gzip file, or a damaged one: {detail}; get it again")]
    Gzip { detail: String },

    /// More bytes than any set has.
    #[error(
        "unpacked it has more than {most} bytes, the most that is read; it is no file of an image \
         set, so give another or unpack a part of it"
    )]
    TooLong { most: u64 },

    /// An IDX file of another kind, or none.
    #[error(
        "wanted an IDX file of {wanted}, which begins with {magic:#010x}, found {found}; {advice}"
    )]
    Magic {
        wanted: &'static str,
        magic: u32,
        found: String,
        advice: &'static str,
    },

    /// Fewer or more bytes than the file's own beginning, or its records, ask for.
    #[error("wanted {wanted} bytes ({reason}), found {found}; the file is {}: get it again", if found < wanted { "cut short" } else { "too long" })]
    Length {
        wanted: usize,
        found: usize,
        reason: String,
    },

    #[error("it holds no image")]
    Empty,

    #[error(
        "there are {images} images and {labels} labels; wanted as many, so the two files do not \
         belong together"
    )]
    Counts { images: usize, labels: usize },

    #[error(
        "the training images are {train} and the test images {test}; wanted one size, so the \
         files do not belong together"
    )]
    Sizes { train: String, test: String },

    #[error(
        "record {record} has the label {found}, wanted 0 to {most}; it is no file of {kind}, or a \
         damaged one"
    )]
    Label {
        record: usize,
        found: u16,
        most: u16,
        kind: &'static str,
    },

    #[error("it cannot be read as a PNG or JPEG image: {detail}")]
    Picture { detail: String },

    #[error("the image is {width}x{height}; wanted at least 1x1 and at most {most} a side")]
    Side { width: u32, height: u32, most: u32 },

    /// A folder that is no tree of classes.
    #[error(
        "{problem}; wanted train/CLASS/*.png or .jpg and test/CLASS/ (or val/CLASS/), with the \
         same classes in both"
    )]
    Tree { problem: String },

    /// More images asked for than there are.
    #[error("wanted {wanted} images {purpose}, found {found}; ask for at most {most}")]
    TooFew {
        wanted: usize,
        purpose: &'static str,
        found: usize,
        most: usize,
    },

    #[error("whitening needs {need}, found {found}")]
    Whitening { need: &'static str, found: String },
}
