//! Pictures, and trees of them.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use motherlode::images::decode::square;
use motherlode::images::folder::{sort, Picture};
use motherlode::images::ImageError;

/// A picture as a file; red in its left half and blue in its right.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let colour = |x, _| {
        if x < width / 2 {
            Rgb([200, 0, 0])
        } else {
            Rgb([0, 0, 200])
        }
    };
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, colour)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn the_middle_square_of_a_picture_is_resized() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        for (width, height) in [(64, 32), (32, 64), (16, 16), (8, 40)] {
            let pixels = square(&picture(width, height, format), 16).unwrap();
            assert_eq!(pixels.len(), 16 * 16 * 3);
            // JPEG is near only.
            let near = |at: usize, wanted: [u8; 3]| {
                pixels[at * 3..][..3]
                    .iter()
                    .zip(wanted)
                    .all(|(found, wanted)| found.abs_diff(wanted) < 16)
            };
            assert!(
                near(8 * 16 + 1, [200, 0, 0]) && near(8 * 16 + 14, [0, 0, 200]),
                "{format:?} of {width}x{height}"
            );
        }
    }
    let exact = square(&picture(16, 16, ImageFormat::Png), 16).unwrap();
    assert_eq!(
        (&exact[..3], &exact[45..48]),
        ([200, 0, 0].as_slice(), [0, 0, 200].as_slice())
    );
}

#[test]
fn grey_pictures_have_three_channels_alike() {
    let mut bytes = Cursor::new(Vec::new());
    image::GrayImage::from_fn(9, 9, |_, _| image::Luma([77]))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    assert_eq!(square(&bytes.into_inner(), 9).unwrap(), [77; 9 * 9 * 3]);
}

#[test]
fn what_is_no_picture_is_refused() {
    let png = picture(40, 40, ImageFormat::Png);
    for bytes in [
        b"".as_slice(),
        b"no picture",
        &png[..png.len() / 2],
        &png[..20],
        b"GIF89a\x01\x00\x01\x00",
    ] {
        let problem = square(bytes, 16).unwrap_err().to_string();
        assert!(
            problem.starts_with("it cannot be read as a PNG or JPEG image: "),
            "{problem}"
        );
    }
}

#[test]
fn a_picture_with_too_long_a_side_is_refused_by_its_sides_alone() {
    let long = picture(16_385, 1, ImageFormat::Png);
    let wanted = ImageError::Side {
        width: 16_385,
        height: 1,
        most: 16_384,
    };
    assert_eq!(square(&long, 16).unwrap_err(), wanted);
    // Of what follows the sides, nothing is read.
    assert_eq!(square(&long[..long.len() - 20], 16).unwrap_err(), wanted);
    assert_eq!(
        square(&picture(16_384, 1, ImageFormat::Png), 1)
            .unwrap()
            .len(),
        3
    );
}

fn paths(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn a_tree_is_sorted_whatever_the_order_of_its_files() {
    let given = paths(&[
        "set/val/dog/9.png",
        "set/train/dog/2.JPEG",
        "set/README.md",
        "set/train/cat/1.jpg",
        "set/train/dog/1.png",
        "set/val/cat/3.png",
    ]);
    let tree = sort(&given).unwrap();
    assert_eq!(tree.classes, ["cat", "dog"]);
    let of = |pictures: &[Picture]| {
        pictures
            .iter()
            .map(|picture| (given[picture.index].clone(), picture.label))
            .collect::<Vec<_>>()
    };
    let wanted = |list: &[(&str, u16)]| {
        list.iter()
            .map(|(path, label)| ((*path).to_owned(), *label))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(&tree.train),
        wanted(&[
            ("set/train/cat/1.jpg", 0),
            ("set/train/dog/1.png", 1),
            ("set/train/dog/2.JPEG", 1)
        ])
    );
    assert_eq!(
        of(&tree.test),
        wanted(&[("set/val/cat/3.png", 0), ("set/val/dog/9.png", 1)])
    );
}

#[test]
fn where_there_are_both_the_validation_part_is_trained_on() {
    let tree = sort(&paths(&[
        "train/a/1.png",
        "train/b/1.png",
        "val/a/2.png",
        "test/b/3.png",
    ]))
    .unwrap();
    let indices = |pictures: &[Picture]| {
        pictures
            .iter()
            .map(|picture| picture.index)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (indices(&tree.train), indices(&tree.test)),
        (vec![0, 2, 1], vec![3])
    );
}

#[test]
fn what_is_no_tree_is_refused_with_the_layout_that_is_wanted() {
    let layout = "; wanted train/CLASS/*.png or .jpg and test/CLASS/ (or val/CLASS/), with the \
        same classes in both";
    let cases: [(&[&str], &str); 5] = [
        (
            &["a/1.png", "b/2.png"],
            "there is no picture in a class of train/",
        ),
        (
            &["train/a/1.png", "train/b/1.png"],
            "there is no picture in a class of test/ or val/",
        ),
        (
            &["train/1.png", "test/1.png"],
            "there is no picture in a class of train/",
        ),
        (
            &["train/a/1.png", "test/a/1.png"],
            "train/ has 1 class(es), and a set has 2 to 65536",
        ),
        (
            &["train/a/1.png", "train/b/1.png", "test/c/1.png"],
            "the class 'c' of the test part is not in train/",
        ),
    ];
    for (given, wanted) in cases {
        assert_eq!(
            sort(&paths(given)).unwrap_err().to_string(),
            format!("{wanted}{layout}")
        );
    }
}

#[test]
fn a_tree_has_as_many_classes_as_labels_tell_apart() {
    let of = |classes: usize| {
        let mut paths: Vec<String> = (0..classes)
            .map(|class| format!("train/{class:05}/1.png"))
            .collect();
        paths.push("test/00000/1.png".to_owned());
        sort(&paths)
    };
    let most = of(65_536).unwrap();
    assert_eq!(
        (most.classes.len(), most.train[65_535].label),
        (65_536, 65_535)
    );
    let error = of(65_537).unwrap_err().to_string();
    assert!(
        error.starts_with("train/ has 65537 class(es), and a set has 2 to 65536; "),
        "{error}"
    );
}
