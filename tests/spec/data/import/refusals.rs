//! What is refused, what damage is noticed, and what an import that was cut off leaves.

use motherlode::numerics::stop::{Halt, Stop};
use motherlode::replay::sets::check::check;
use motherlode::replay::sets::{DataFolder, SetState, Watch};

use super::import;
use crate::binary::folder;
use crate::data::{cifar_batches, tar, write, write_idx};
use crate::images::{cifar_record, idx_images};

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
