//! Why a benchmark of images cannot be run.

use crate::images::ImageError;
use crate::nets::DescriptionError;

/// Why a benchmark cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum ClassificationError {
    /// Images that cannot be split or whitened.
    #[error("{0}")]
    Images(#[from] ImageError),
    /// A network that cannot take the images.
    #[error("{0}")]
    Model(#[from] DescriptionError),
    /// A set without a test part.
    #[error("{set} has no test images, which a replay is measured on: import it with a test part")]
    NoTest {
        /// The set's name.
        set: String,
    },
    /// Nothing is held out to select on.
    #[error(
        "the recipe holds no images of {set} out, and formulas are selected on those: give \
         --validation another number than 0"
    )]
    NoValidation {
        /// The set's name.
        set: String,
    },
    /// A dropout asked of a network that has none.
    #[error(
        "{architecture} has no dropout in it: leave --dropout out, or take an mlp, cnn, vgg or wrn"
    )]
    NoDropout {
        /// The network's name.
        architecture: String,
    },
    /// Fewer images to train on than a batch takes.
    #[error(
        "{set} has {found} images to train on beside those held out, and a batch takes {batch}: \
         give a smaller --batch or a larger --subset"
    )]
    TooFew {
        /// The set's name.
        set: String,
        /// The images that are left to train on.
        found: usize,
        /// The images of a batch.
        batch: usize,
    },
}
