//! What is imported, how it is kept, and what is refused.

use std::path::Path;

use image::ImageFormat;
use motherlode::images::LabelledImages;
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::numerics::stream::Key;
use motherlode::replay::sets::check::check;
use motherlode::replay::sets::{DataFolder, KnownSet, SetError, SetState, Watch};

use super::{cifar_batches, folder, tar, write, write_idx};
use crate::images::{cifar_record, gzip, idx_images, idx_labels};

fn import(
    data: &Path,
    name: &str,
    source: &Path,
) -> Result<motherlode::replay::sets::Manifest, SetError> {
    DataFolder::new(data).import(name, source, None, &Watch::nobody())
}

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

#[test]
fn what_cannot_be_imported_is_refused_in_words() {
    let folder = folder();
    let (data, source) = (folder.path().join("data"), folder.path().join("in"));
    let problem = |name: &str| {
        let problem = import(&data, name, &source).unwrap_err();
        problem
            .to_string()
            .replace(&source.display().to_string(), "IN")
    };
    assert_eq!(
        problem("own"),
        "cannot read IN: No such file or directory (os error 2)"
    );
    write(&source, "train-images-idx3-ubyte", idx_images(2, 28, 28));
    assert!(problem("own").starts_with(
        "IN holds IDX files, and none of training labels; wanted the four IDX files of a set"
    ));
    write_idx(&source);
    assert_eq!(
        problem("own"),
        "IN: the training images are 28x28 and the test images 4x4; wanted one size, so the files \
         do not belong together"
    );
    write(&source, "train-images-idx3-ubyte", idx_images(2, 4, 4));
    assert_eq!(
        problem("own"),
        "IN: there are 2 images and 6 labels; wanted as many, so the two files do not belong \
         together"
    );
    write(
        &source,
        "train-images-idx3-ubyte",
        &idx_images(6, 4, 4)[..50],
    );
    assert_eq!(
        problem("own"),
        "IN/train-images-idx3-ubyte: wanted 96 bytes (6 images of 4x4), found 34; the file is cut \
         short: get it again"
    );
    std::fs::remove_file(source.join("train-images-idx3-ubyte")).unwrap();
    assert_eq!(
        problem("mnist"),
        "IN holds images of 4x4x1 in 3 classes; mnist has images of 28x28x1 in 10 classes: import \
         it under a name of your own"
    );
    for name in ["", "Own", "../own", ".own", "a b", "own/two"] {
        assert!(problem(name).contains("cannot name an image set"), "{name}");
    }
    let sized = |size| {
        DataFolder::new(&data)
            .import("own", &source, Some(size), &Watch::nobody())
            .unwrap_err()
            .to_string()
    };
    assert!(sized(32).contains("images of 4x4, which are kept as they are: leave it out"));
    assert_eq!(sized(4), "--size 4 is out of range; wanted 8 to 512 pixels");
    assert!(!data.exists(), "nothing is kept of what was refused");
}

#[test]
fn files_of_several_sets_are_not_mixed() {
    let folder = folder();
    let problem = |source: &str| {
        import(
            &folder.path().join("data"),
            "own",
            &folder.path().join(source),
        )
        .unwrap_err()
        .to_string()
    };
    // Two whole sets; a training part of one and the test part of another; the same batch twice.
    for set in ["digits", "letters"] {
        write_idx(&folder.path().join("two").join(set));
        write_idx(&folder.path().join("parts").join(set));
        for (name, bytes) in cifar_batches() {
            write(&folder.path().join("batches").join(set), &name, bytes);
        }
    }
    for (set, part) in [("digits", "t10k"), ("letters", "train")] {
        for kind in ["images-idx3", "labels-idx1"] {
            std::fs::remove_file(
                folder
                    .path()
                    .join(format!("parts/{set}/{part}-{kind}-ubyte.gz")),
            )
            .unwrap();
        }
    }
    assert!(
        problem("two").contains("holds 2 IDX files of training images, which are of several sets"),
        "{}",
        problem("two")
    );
    let words = "holds files of a set in digits and in letters, which may be of several sets \
        (name one folder)";
    assert!(problem("parts").contains(words), "{}", problem("parts"));
    assert!(problem("batches").contains(words), "{}", problem("batches"));
    // What some systems put beside every file of an archive is no set.
    let mut files: Vec<(String, Vec<u8>)> = cifar_batches();
    files.extend(
        cifar_batches()
            .into_iter()
            .map(|(name, _)| (format!("./._{name}"), b"x".to_vec())),
    );
    write(folder.path(), "set.tar", tar(&files));
    assert_eq!(
        import(
            &folder.path().join("data"),
            "own",
            &folder.path().join("set.tar")
        )
        .unwrap()
        .train,
        50
    );
}

#[test]
fn files_of_other_kinds_are_named() {
    let folder = folder();
    let problem = |file: &str| {
        let source = folder.path().join(file.replace('.', "-"));
        write(&source, file, "x");
        import(&folder.path().join("data"), "own", &source)
            .unwrap_err()
            .to_string()
    };
    assert!(problem("data_batch_1").contains("holds the Python version of CIFAR; wanted "));
    assert!(problem("table.csv").contains("holds 1 file(s) of another kind (table.csv); wanted "));
    assert!(problem("data_batch_1.bin")
        .contains("holds batches of CIFAR to train on and none to test on; wanted "));
    assert!(
        problem("1.png").contains("there is no picture in a class of train/; wanted train/CLASS/")
    );
    write(folder.path(), "one.bin", "x");
    let problem = import(folder.path(), "own", &folder.path().join("one.bin"))
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains(
            "holds one file of a kind that is not taken alone: name the folder that all are in"
        ),
        "{problem}"
    );
    write(folder.path(), "set.tar.gz", b"\x1f\x8bno archive");
    let problem = import(folder.path(), "own", &folder.path().join("set.tar.gz"))
        .unwrap_err()
        .to_string();
    assert!(problem.starts_with("cannot unpack "), "{problem}");
}

#[test]
fn a_set_that_is_not_here_is_said_with_the_way_to_get_it() {
    let folder = folder();
    let data = DataFolder::new(folder.path());
    let problem = data.open("cifar100").unwrap_err();
    let place = folder.path().display();
    assert!(problem.is_usage());
    assert_eq!(
        problem.to_string(),
        format!(
            "the image set cifar100 is not in {place}; get it with motherlode data get cifar100, \
             or take your own copy with motherlode data import cifar100 PATH"
        )
    );
    let problem = data.open("cifra10").unwrap_err().to_string();
    assert!(
        problem.starts_with("there is no image set 'cifra10'; the nearest name is 'cifar10'"),
        "{problem}"
    );
    write_idx(&folder.path().join(".in"));
    data.import("cufar", &folder.path().join(".in"), None, &Watch::nobody())
        .unwrap();
    assert!(data
        .open("cufra")
        .unwrap_err()
        .to_string()
        .contains("the nearest name is 'cufar'"));
}

#[test]
fn damage_is_noticed_and_said() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    let data = DataFolder::new(folder.path().join("data"));
    let manifest = data
        .import("own", &folder.path().join("in"), None, &Watch::nobody())
        .unwrap();
    let images = data
        .path()
        .join("own")
        .join(format!("{}.images", &manifest.hash[..16]));
    let whole = std::fs::read(&images).unwrap();
    assert_eq!(whole.len(), 9 * (2 + 16));
    let problem = || data.open("own").unwrap_err().to_string();
    let mut other = whole.clone();
    other[40] ^= 1;
    std::fs::write(&images, &other).unwrap();
    assert!(
        problem().contains(" is damaged: its images have the hash ")
            && problem().ends_with("; import or get it again"),
        "{}",
        problem()
    );
    std::fs::write(&images, &whole[1..]).unwrap();
    assert!(problem().contains("its file of images has 161 bytes, wanted 162"));
    assert!(matches!(
        data.find("own").unwrap().state,
        SetState::Damaged(_)
    ));
    std::fs::remove_file(&images).unwrap();
    assert!(problem().contains(" is gone"));
    let path = data.path().join("own/manifest.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for (changed, wanted) in [
        (
            text.replace("version = 1", "version = 9"),
            "its manifest.toml is of version 9, wanted 1",
        ),
        (
            text.replace("height = 4", "height = 4611686018427387904"),
            "is gone",
        ),
        (text[..20].to_owned(), "its manifest.toml cannot be read"),
        (
            text.replace("name = \"own\"", "name = \"other\""),
            "its manifest.toml is that of 'other'",
        ),
        (
            text.replace("channels = 1", "channels = 0"),
            "a size in its manifest.toml is 0",
        ),
        (
            text.replace(&manifest.hash, "../../../etc/passwd"),
            "the hash in its manifest.toml is not one of 64 hexadecimal digits",
        ),
    ] {
        std::fs::write(&path, changed).unwrap();
        assert!(problem().contains(wanted), "{}", problem());
        assert!(data
            .list()
            .unwrap()
            .iter()
            .any(|entry| entry.name == "own" && matches!(entry.state, SetState::Damaged(_))));
    }
}

#[test]
fn labels_of_no_class_are_damage_whatever_the_hash_says() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    let data = DataFolder::new(folder.path().join("data"));
    let manifest = data
        .import("own", &folder.path().join("in"), None, &Watch::nobody())
        .unwrap();
    // A folder that someone else made: two classes, the hash of it, and labels up to 2.
    let mut set = data.open("own").unwrap().set;
    set.classes = 2;
    let (own, hash) = (data.path().join("own"), set.content_hash());
    let path = own.join("manifest.toml");
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .replace("classes = 3", "classes = 2")
        .replace(&manifest.hash, &hash);
    std::fs::rename(
        own.join(format!("{}.images", &manifest.hash[..16])),
        own.join(format!("{}.images", &hash[..16])),
    )
    .unwrap();
    std::fs::write(path, text).unwrap();
    let problem = data.open("own").unwrap_err().to_string();
    assert!(
        problem.contains("an image has the label 2, wanted one below 2"),
        "{problem}"
    );
}

#[test]
fn what_a_killed_import_left_goes_with_the_next() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    write(
        &folder.path().join("data/own"),
        "0123456789abcdef.77.unfinished",
        "left",
    );
    import(
        &folder.path().join("data"),
        "own",
        &folder.path().join("in"),
    )
    .unwrap();
    assert_eq!(
        std::fs::read_dir(folder.path().join("data/own"))
            .unwrap()
            .count(),
        2
    );
}

#[test]
fn an_import_that_is_stopped_leaves_nothing() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    let data = DataFolder::new(folder.path().join("data"));
    let stop = Watch {
        advanced: &|_, _| {},
        stop: &Stop::after(0, Halt::Stopped),
    };
    assert!(data
        .import("own", &folder.path().join("in"), None, &stop)
        .unwrap_err()
        .is_interruption());
    assert!(!data.path().exists());
}

#[test]
fn a_check_finds_what_is_not_as_published() {
    let folder = folder();
    let data = DataFolder::new(folder.path().join("data"));
    let dark = |class: u8| cifar_record(&[class], [10, 10, 10]);
    write(
        folder.path(),
        "in/data_batch_1.bin",
        (0..90)
            .flat_map(|index| dark(index % 9))
            .collect::<Vec<u8>>(),
    );
    write(
        folder.path(),
        "in/test_batch.bin",
        (0..10).flat_map(dark).collect::<Vec<u8>>(),
    );
    data.import("cifar10", &folder.path().join("in"), None, &Watch::nobody())
        .unwrap();
    let findings = check(&data.open("cifar10").unwrap());
    assert_eq!(findings.problems[0], "no training image is of class 9");
    assert_eq!(
        findings.problems[1],
        "the mean of channel 0 is 0.0392, published is 0.4914, and 0.1054 apart is allowed"
    );
    assert_eq!(findings.problems.len(), 7);
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
