//! Image sets on disk: downloads, imports, and the commands.

mod commands;
mod download;
mod import;

use std::path::Path;

use crate::images::{cifar_record, gzip, idx_images, idx_labels};

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The four files of a set of 6 training and 3 test images of 4x4 in 3 classes, packed.
fn write_idx(folder: &Path) {
    write(
        folder,
        "train-images-idx3-ubyte.gz",
        gzip(&idx_images(6, 4, 4)),
    );
    write(
        folder,
        "train-labels-idx1-ubyte.gz",
        gzip(&idx_labels(&[0, 1, 2, 0, 1, 2])),
    );
    write(
        folder,
        "t10k-images-idx3-ubyte.gz",
        gzip(&idx_images(3, 4, 4)),
    );
    write(
        folder,
        "t10k-labels-idx1-ubyte.gz",
        gzip(&idx_labels(&[2, 1, 0])),
    );
}

/// Batches of CIFAR-10 with an image of each class in each, whose colours are about those of the
/// set.
fn cifar_batches() -> Vec<(String, Vec<u8>)> {
    let batch = |at: u8| {
        (0..10)
            .flat_map(|class| {
                cifar_record(
                    &[class],
                    [
                        30 + at + class * 20,
                        25 + at + class * 21,
                        15 + at + class * 21,
                    ],
                )
            })
            .collect()
    };
    let train = (1..=5).map(|number: u8| (format!("data_batch_{number}.bin"), batch(number)));
    train
        .chain([("test_batch.bin".to_owned(), batch(0))])
        .collect()
}

/// A tar archive of these files.
fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    archive.into_inner().unwrap()
}

/// The MD5 sum of bytes.
fn md5(bytes: &[u8]) -> String {
    use md5::{Digest, Md5};
    Md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
