//! Means and deviations of the channels, and pixels as numbers about 0.

use super::set::{ImageSet, LabelledImages};

/// The mean and the standard deviation of each channel, in units of a pixel's 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStatistics {
    /// The mean of each channel.
    pub means: Vec<f64>,
    /// The standard deviation of each channel.
    pub deviations: Vec<f64>,
}

impl ChannelStatistics {
    /// The statistics of the images at `indices`, whose pixels have `channels` numbers. Sums are
    /// exact, so the order does not matter. All are 0 where `indices` is empty.
    pub fn of(
        images: &LabelledImages,
        image_len: usize,
        channels: usize,
        indices: &[u32],
    ) -> ChannelStatistics {
        let mut counts = vec![[0u64; 256]; channels];
        for index in indices {
            count(images.image(*index, image_len), &mut counts);
        }
        ChannelStatistics::of_counts(&counts)
    }

    /// The statistics of a set's whole training part.
    pub fn of_train(set: &ImageSet) -> ChannelStatistics {
        let mut counts = vec![[0u64; 256]; set.channels];
        count(&set.train.pixels, &mut counts);
        ChannelStatistics::of_counts(&counts)
    }

    /// The same statistics in units of white (255), as they are published.
    #[must_use]
    pub fn in_units_of_white(&self) -> ChannelStatistics {
        let scaled = |values: &[f64]| values.iter().map(|value| value / 255.0).collect();
        ChannelStatistics {
            means: scaled(&self.means),
            deviations: scaled(&self.deviations),
        }
    }

    fn of_counts(counts: &[[u64; 256]]) -> ChannelStatistics {
        let sums = counts.iter().map(|counts| {
            let sum = |power: u32| {
                counts
                    .iter()
                    .enumerate()
                    .map(|(value, count)| (value as u64).pow(power) * count)
                    .sum::<u64>() as f64
            };
            let pixels = sum(0).max(1.0);
            let mean = sum(1) / pixels;
            (mean, (sum(2) / pixels - mean * mean).max(0.0).sqrt())
        });
        let (means, deviations) = sums.unzip();
        ChannelStatistics { means, deviations }
    }
}

/// Counts the values of each channel.
fn count(pixels: &[u8], counts: &mut [[u64; 256]]) {
    for pixel in pixels.chunks_exact(counts.len()) {
        for (value, counts) in pixel.iter().zip(counts.iter_mut()) {
            counts[usize::from(*value)] += 1;
        }
    }
}

/// A table of what each byte of each channel becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardiser {
    tables: Vec<[f32; 256]>,
}

impl Standardiser {
    /// Maps each channel to mean 0 and standard deviation 1. A constant channel becomes 0.
    pub fn standard(statistics: &ChannelStatistics) -> Standardiser {
        let table = |(mean, deviation): (&f64, &f64)| {
            table(*mean, if *deviation > 0.0 { *deviation } else { 1.0 })
        };
        Standardiser {
            tables: statistics
                .means
                .iter()
                .zip(&statistics.deviations)
                .map(table)
                .collect(),
        }
    }

    /// Maps each channel to mean 0, with black and white 1 apart (featurewise centring).
    pub fn centred(statistics: &ChannelStatistics) -> Standardiser {
        Standardiser {
            tables: statistics
                .means
                .iter()
                .map(|mean| table(*mean, 255.0))
                .collect(),
        }
    }

    /// Standardises whole pixels: `out[i]` becomes the number of `pixels[i]`. Both have the same
    /// length, a multiple of the number of channels.
    #[inline]
    pub fn write(&self, pixels: &[u8], out: &mut [f32]) {
        match self.tables.as_slice() {
            [grey] => out
                .iter_mut()
                .zip(pixels)
                .for_each(|(out, value)| *out = grey[usize::from(*value)]),
            [red, green, blue] => {
                for (out, pixel) in out.chunks_exact_mut(3).zip(pixels.chunks_exact(3)) {
                    out[0] = red[usize::from(pixel[0])];
                    out[1] = green[usize::from(pixel[1])];
                    out[2] = blue[usize::from(pixel[2])];
                }
            }
            tables => {
                for (out, pixel) in out
                    .chunks_exact_mut(tables.len())
                    .zip(pixels.chunks_exact(tables.len()))
                {
                    out.iter_mut()
                        .zip(pixel)
                        .zip(tables)
                        .for_each(|((out, value), table)| *out = table[usize::from(*value)]);
                }
            }
        }
    }
}

fn table(mean: f64, deviation: f64) -> [f32; 256] {
    std::array::from_fn(|value| ((value as f64 - mean) / deviation) as f32)
}
