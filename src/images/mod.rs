//! Sets of labelled images, read from their files' bytes, split, standardised and augmented.

pub mod augment;
pub mod cifar;
pub mod decode;
mod error;
pub mod folder;
pub mod gzip;
pub mod idx;
mod jpeg;
pub mod passed_over;
mod set;
pub mod split;
mod standardise;
mod whitening;

pub use error::ImageError;
pub use set::{ImageSet, LabelledImages, Shape};
pub use standardise::{ChannelStatistics, Standardiser};
pub use whitening::Whitening;
