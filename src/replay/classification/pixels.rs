//! The images of a set as networks take them.

use crate::images::augment::ImageSource;
use crate::images::{
    ChannelStatistics, ImageError, ImageSet, LabelledImages, Standardiser, Whitening,
};
use crate::replay::recipe::Standardise;

/// Added to the eigenvalues of the covariance in whitening.
const ZCA_EPSILON: f64 = 0.1;

/// Images as networks take them.
pub(super) enum Pixels {
    Bytes(Standardiser),
    /// Whitened: of the training part, and of the test part.
    Numbers {
        train: Vec<f32>,
        test: Vec<f32>,
    },
}

impl Pixels {
    /// The images as numbers, by the statistics of those that are trained on.
    pub fn of(
        images: &ImageSet,
        standardise: Standardise,
        train: &[u32],
        test: &[u32],
    ) -> Result<Pixels, ImageError> {
        let statistics =
            ChannelStatistics::of(&images.train, images.image_len(), images.channels, train);
        Ok(match standardise {
            Standardise::Channels => Pixels::Bytes(Standardiser::standard(&statistics)),
            Standardise::Centre => Pixels::Bytes(Standardiser::centred(&statistics)),
            Standardise::Unit => {
                let means = vec![0.0; images.channels];
                Pixels::Bytes(Standardiser::centred(&ChannelStatistics {
                    means,
                    ..statistics
                }))
            }
            Standardise::Zca => {
                let whitening =
                    Whitening::of(&images.train, images.image_len(), train, ZCA_EPSILON)?;
                let all: Vec<u32> = (0..images.train.len() as u32).collect();
                Pixels::Numbers {
                    train: whitening.apply(&images.train, &all),
                    test: whitening.apply(&images.test, test),
                }
            }
        })
    }

    /// The source of batches of the training or the test part of `set`.
    pub fn source<'a>(&'a self, set: &'a ImageSet, part: &'a LabelledImages) -> ImageSource<'a> {
        match self {
            Pixels::Bytes(standardiser) => ImageSource::Pixels {
                images: part,
                standardiser,
            },
            Pixels::Numbers { train, .. } if std::ptr::eq(part, &set.train) => {
                ImageSource::Numbers(train)
            }
            Pixels::Numbers { test, .. } => ImageSource::Numbers(test),
        }
    }
}
