//! The binary layout of CIFAR-10 and CIFAR-100 (<https://www.cs.toronto.edu/~kriz/cifar.html>):
//! records of label bytes and three planes of 32x32.

use std::io::Read;

use super::error::ImageError;
use super::gzip::Unpacking;
use super::set::{ImageSet, LabelledImages};

/// Rows and columns of every image.
pub const SIDE: usize = 32;
/// Red, green and blue.
pub const CHANNELS: usize = 3;

const PLANE: usize = SIDE * SIDE;

/// The most records of a file: as many as either whole set has. A file does not say how many it
/// has, so that one made for it could be unpacked without end.
pub const MOST_RECORDS: usize = 60_000;

/// Which of the two sets a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cifar {
    /// CIFAR-10.
    Ten,
    /// CIFAR-100. A record has a coarse label, which is ignored, before the fine one.
    Hundred,
}

impl Cifar {
    /// The number of classes: 10 or 100.
    pub fn classes(self) -> usize {
        match self {
            Cifar::Ten => 10,
            Cifar::Hundred => 100,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Cifar::Ten => "CIFAR-10",
            Cifar::Hundred => "CIFAR-100",
        }
    }

    fn label_bytes(self) -> usize {
        match self {
            Cifar::Ten => 1,
            Cifar::Hundred => 2,
        }
    }

    /// The number of bytes of a record: its labels and its three planes of pixels.
    pub fn record(self) -> usize {
        self.label_bytes() + CHANNELS * PLANE
    }

    /// Adds the records of a file, gzipped or not, to `images`. The channels of a pixel come to
    /// stand together.
    ///
    /// # Errors
    /// The file holds no record or more than [`MOST_RECORDS`], ends within one, or has a label that
    /// the set does not have; `images` is unchanged then.
    pub fn append(self, file: impl Read, images: &mut LabelledImages) -> Result<(), ImageError> {
        let bytes = self.bytes(file)?;
        let records = bytes.len().div_ceil(self.record());
        if records == 0 {
            return Err(ImageError::Empty);
        }
        if bytes.len() != records * self.record() {
            let reason = format!(
                "{records} records of {} bytes, of {}",
                self.record(),
                self.name()
            );
            return Err(ImageError::Length {
                wanted: records * self.record(),
                found: bytes.len(),
                reason,
            });
        }
        let most = self.classes() as u16 - 1;
        let label = |record: &[u8]| u16::from(record[self.label_bytes() - 1]);
        if let Some((index, record)) = bytes
            .chunks_exact(self.record())
            .enumerate()
            .find(|(_, record)| label(record) > most)
        {
            return Err(ImageError::Label {
                record: index,
                found: label(record),
                most,
                kind: self.name(),
            });
        }
        images.labels.reserve(records);
        images.pixels.reserve(records * CHANNELS * PLANE);
        for record in bytes.chunks_exact(self.record()) {
            images.labels.push(label(record));
            let (red, others) = record[self.label_bytes()..].split_at(PLANE);
            let (green, blue) = others.split_at(PLANE);
            images.pixels.extend(
                red.iter()
                    .zip(green)
                    .zip(blue)
                    .flat_map(|((red, green), blue)| [*red, *green, *blue]),
            );
        }
        Ok(())
    }

    /// The bytes of a file that has no more records than are read.
    fn bytes(self, file: impl Read) -> Result<Vec<u8>, ImageError> {
        let mut file = Unpacking::of(file).map_err(|error| ImageError::Unreadable {
            detail: error.to_string(),
        })?;
        let bytes = file.up_to((MOST_RECORDS * self.record()) as u64)?;
        if !file.is_over()? {
            return Err(ImageError::TooManyRecords {
                most: MOST_RECORDS,
                kind: self.name(),
            });
        }
        Ok(bytes)
    }

    /// A set with these two parts.
    pub fn set(self, name: &str, train: LabelledImages, test: LabelledImages) -> ImageSet {
        ImageSet {
            name: name.to_owned(),
            height: SIDE,
            width: SIDE,
            channels: CHANNELS,
            classes: self.classes(),
            train,
            test,
        }
    }
}
