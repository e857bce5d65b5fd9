//! Image sets from their bytes to batches.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::Compression;
use motherlode::images::LabelledImages;

mod augment;
mod cifar;
mod gzip;
mod idx;
pub mod pictures;
mod split;
mod standardise;
mod whitening;

/// An IDX file of images whose bytes count up.
pub fn idx_images(count: u32, height: u32, width: u32) -> Vec<u8> {
    let sizes = [0x803, count, height, width]
        .into_iter()
        .flat_map(u32::to_be_bytes);
    sizes
        .chain((0..count * height * width).map(|index| index as u8))
        .collect()
}

/// An IDX file of labels.
pub fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let sizes = [0x801, labels.len() as u32]
        .into_iter()
        .flat_map(u32::to_be_bytes);
    sizes.chain(labels.iter().copied()).collect()
}

/// A record of CIFAR: these label bytes, then planes of one red, green and blue.
pub fn cifar_record(labels: &[u8], colour: [u8; 3]) -> Vec<u8> {
    labels
        .iter()
        .copied()
        .chain(colour.into_iter().flat_map(|value| [value; 1024]))
        .collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Images of `image_len` numbers whose bytes count up, with these labels.
fn counting(labels: Vec<u16>, image_len: usize) -> LabelledImages {
    LabelledImages {
        pixels: (0..labels.len() * image_len)
            .map(|index| index as u8)
            .collect(),
        labels,
    }
}
