//! Sets that are imported: IDX, batches of CIFAR, trees of pictures, parts of known sets.

use image::ImageFormat;
use motherlode::images::LabelledImages;
use motherlode::numerics::stream::Key;
use motherlode::replay::sets::check::check;
use motherlode::replay::sets::{DataFolder, KnownSet, SetState, Watch};

use super::import;
use crate::binary::folder;
use crate::data::{cifar_batches, tar, write, write_idx};
use crate::images::{cifar_record, gzip, idx_images, idx_labels};

#[test]
fn the_table_of_known_sets_is_whole() {
    let names: Vec<&str> = KnownSet::all()
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "fashion-mnist",
            "mnist",
            "cifar10",
            "cifar100",
            "imagenette"
        ]
    );
    for known in KnownSet::all() {
        assert!(
            !known.files.is_empty() && !known.homes.is_empty() && known.classes > 1,
            "{known:?}"
        );
        assert!(known.files.iter().all(|file| file.md5.len() == 32
            && file
                .md5
                .chars()
                .all(|c| c.is_ascii_hexdigit() && !c.is_uppercase())));
        assert!(
            [0, known.channels].contains(&known.means.len())
                && known.means.len() == known.deviations.len()
        );
        assert!(!known.balanced || known.train % known.classes + known.test % known.classes == 0);
    }
}

#[test]
fn idx_files_are_imported_packed_or_not_and_by_either_spelling() {
    let folder = folder();
    write_idx(&folder.path().join("packed"));
    for (name, bytes) in [
        ("train-images.idx3-ubyte", idx_images(6, 4, 4)),
        ("train-labels.idx1-ubyte", idx_labels(&[0, 1, 2, 0, 1, 2])),
        ("t10k-images.idx3-ubyte", idx_images(3, 4, 4)),
        ("t10k-labels.idx1-ubyte", idx_labels(&[2, 1, 0])),
    ] {
        write(&folder.path().join("plain/raw"), name, bytes);
    }
    let data = folder.path().join("data");
    let manifests =
        ["packed", "plain"].map(|name| import(&data, name, &folder.path().join(name)).unwrap());
    assert_eq!(manifests[0].hash, manifests[1].hash);
    let manifest = &manifests[0];
    assert_eq!(
        (
            manifest.format.as_str(),
            manifest.height,
            manifest.channels,
            manifest.classes,
            manifest.train,
            manifest.test
        ),
        ("idx", 4, 1, 3, 6, 3)
    );
    let opened = DataFolder::new(&data).open("plain").unwrap();
    assert_eq!(
        (&opened.hash, opened.set.content_hash()),
        (&manifest.hash, manifest.hash.clone())
    );
    assert_eq!(
        opened.set.test,
        LabelledImages {
            pixels: (0..48).collect(),
            labels: vec![2, 1, 0]
        }
    );
    assert!((manifest.means[0] - 47.5 / 255.0).abs() < 1e-12 && opened.shortfall.is_none());
}

#[test]
fn batches_of_cifar_are_imported_from_a_folder_and_from_archives() {
    let folder = folder();
    let mut batches: Vec<(String, Vec<u8>)> = cifar_batches()
        .into_iter()
        .map(|(name, bytes)| (format!("cifar-10-batches-bin/{name}"), bytes))
        .collect();
    for (name, bytes) in &batches {
        write(
            &folder.path().join("source"),
            &format!("{name}.gz"),
            gzip(bytes),
        );
    }
    // An archive in another order, and with more in it.
    batches.reverse();
    batches.push((
        "cifar-10-batches-bin/readme.html".to_owned(),
        b"<html>".to_vec(),
    ));
    write(folder.path(), "set.tar", tar(&batches));
    write(folder.path(), "set.tar.gz", gzip(&tar(&batches)));
    let data = folder.path().join("data");
    let hashes = ["source", "set.tar", "set.tar.gz"].map(|source| {
        import(&data, "cifar10", &folder.path().join(source))
            .unwrap()
            .hash
    });
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
    let opened = DataFolder::new(&data).open("cifar10").unwrap();
    assert_eq!(
        (
            opened.set.train.len(),
            opened.set.test.len(),
            opened.set.image_len()
        ),
        (50, 10, 3072)
    );
    assert_eq!(
        opened.set.train.image(13, 3072)[..3],
        [30 + 2 + 3 * 20, 25 + 2 + 3 * 21, 15 + 2 + 3 * 21]
    );
    // An earlier import leaves no file of images behind.
    let images = std::fs::read_dir(data.join("cifar10"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "images");
    assert_eq!(images.count(), 1);
}

#[test]
fn a_part_of_a_known_set_is_told_as_one() {
    let folder = folder();
    for (name, bytes) in cifar_batches() {
        write(&folder.path().join("source"), &name, bytes);
    }
    let data = folder.path().join("data");
    let shortfall = import(&data, "cifar10", &folder.path().join("source"))
        .unwrap()
        .shortfall()
        .unwrap();
    assert_eq!(
        (
            shortfall.train,
            shortfall.whole_train,
            shortfall.test,
            shortfall.whole_test
        ),
        (50, 50_000, 10, 10_000)
    );
    assert!(import(&data, "own", &folder.path().join("source"))
        .unwrap()
        .shortfall()
        .is_none());
    let opened = DataFolder::new(&data).open("cifar10").unwrap();
    assert_eq!(opened.shortfall, Some(shortfall));
    let findings = check(&opened);
    assert!(
        findings.tolerance > 0.1 && findings.problems.is_empty(),
        "{:?}",
        findings.problems
    );
    assert_eq!(
        (findings.train_counts, findings.test_counts),
        (vec![5; 10], vec![1; 10])
    );
}

#[test]
fn the_hundred_is_told_from_the_ten() {
    let folder = folder();
    write(
        folder.path(),
        "in/train.bin",
        [
            cifar_record(&[1, 99], [1; 3]),
            cifar_record(&[1, 0], [1; 3]),
        ]
        .concat(),
    );
    write(folder.path(), "in/test.bin", cifar_record(&[1, 5], [1; 3]));
    let manifest = import(
        &folder.path().join("data"),
        "cifar100",
        &folder.path().join("in"),
    )
    .unwrap();
    assert_eq!(
        (manifest.format.as_str(), manifest.classes, manifest.train),
        ("cifar100", 100, 2)
    );
}

/// A small noisy picture of one colour.
fn picture(colour: [u8; 3], number: u64, format: ImageFormat) -> Vec<u8> {
    let mut stream = Key::new(number).stream();
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixel = |_, _| image::Rgb(colour.map(|value| value.saturating_add(stream.below(9) as u8)));
    image::RgbImage::from_fn(30, 20, pixel)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn a_tree_of_pictures_becomes_squares() {
    let folder = folder();
    for (class, colour) in [("blue", [0, 0, 200]), ("red", [200, 0, 0])] {
        for number in 0..4 {
            write(
                folder.path(),
                &format!("in/train/{class}/{number}.png"),
                picture(colour, number, ImageFormat::Png),
            );
        }
        write(
            folder.path(),
            &format!("in/val/{class}/9.JPEG"),
            picture(colour, 9, ImageFormat::Jpeg),
        );
    }
    write(folder.path(), "in/train/red/notes.txt", "of 2019");
    let data = DataFolder::new(folder.path().join("data"));
    let manifest = data
        .import(
            "colours",
            &folder.path().join("in"),
            Some(16),
            &Watch::nobody(),
        )
        .unwrap();
    assert_eq!(
        (
            manifest.format.as_str(),
            manifest.height,
            manifest.width,
            manifest.channels
        ),
        ("pictures", 16, 16, 3)
    );
    assert_eq!(
        (
            manifest.train,
            manifest.test,
            manifest.class_names.join(" ").as_str()
        ),
        (8, 2, "blue red")
    );
    let set = data.open("colours").unwrap().set;
    assert_eq!(
        (set.train.labels, set.test.labels),
        (vec![0, 0, 0, 0, 1, 1, 1, 1], vec![0, 1])
    );
    assert!(set.test.pixels[0] < 30 && set.test.pixels[16 * 16 * 3] > 170);
    let manifest = data
        .import("colours", &folder.path().join("in"), None, &Watch::nobody())
        .unwrap();
    assert_eq!(manifest.height, motherlode::replay::sets::PICTURE_SIZE);
    // A broken picture is named.
    write(
        folder.path(),
        "in/train/red/2.png",
        b"\x89PNG\r\n\x1a\nbroken",
    );
    let problem = data
        .import("colours", &folder.path().join("in"), None, &Watch::nobody())
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("in/train/red/2.png: it cannot be read as a PNG or JPEG image"),
        "{problem}"
    );
    assert_eq!(
        data.open("colours").unwrap().hash,
        manifest.hash,
        "what was there before is still there"
    );
}

/// Where the Debian package is installed.
#[test]
fn fashion_mnist_is_as_published() {
    let folder = folder();
    let data = DataFolder::new(folder.path());
    if !matches!(
        data.find("fashion-mnist").unwrap().state,
        SetState::Packaged(_)
    ) {
        return;
    }
    let opened = data.open("fashion-mnist").unwrap();
    let findings = check(&opened);
    assert_eq!(
        (
            opened.set.train.len(),
            opened.set.test.len(),
            findings.problems
        ),
        (60_000, 10_000, Vec::new())
    );
    assert!((findings.statistics.means[0] * 255.0 - 72.9404).abs() < 1e-4);
    assert_eq!(findings.train_counts, [6_000; 10]);
    assert_eq!(
        opened.hash,
        "42f55f7202e0c88ea07a26ca59474bfebcb28dacea18dc047b745041310d8f91"
    );
}
