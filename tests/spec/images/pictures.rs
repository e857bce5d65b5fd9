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

/// A JPEG picture as a camera that was turned writes it: with this EXIF orientation.
fn turned(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    exif.extend(orientation.to_be_bytes());
    exif.extend([0; 6]);
    let mut segment = vec![0xff, 0xe1];
    segment.extend((exif.len() as u16 + 2).to_be_bytes());
    segment.extend(exif);
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[test]
fn a_picture_is_turned_as_its_camera_says() {
    // Red in the left half as it is stored.
    let jpeg = picture(32, 32, ImageFormat::Jpeg);
    let corners = |pixels: &[u8]| {
        [(1, 1), (1, 14), (14, 1), (14, 14)]
            .map(|(row, column)| pixels[(row * 16 + column) * 3] > 100)
    };
    let (left, right) = ([true, false, true, false], [false, true, false, true]);
    let (top, bottom) = ([true, true, false, false], [false, false, true, true]);
    for (orientation, red) in [
        (1, left),
        (2, right),
        (3, right),
        (4, left),
        (5, top),
        (6, top),
        (7, bottom),
        (8, bottom),
        // What is no orientation turns nothing.
        (0, left),
        (9, left),
    ] {
        let pixels = square(&turned(&jpeg, orientation), 16).unwrap();
        assert_eq!(corners(&pixels), red, "orientation {orientation}");
    }
    // A long picture is cut after it was turned, to a middle square that lies elsewhere.
    let long = square(&turned(&picture(64, 16, ImageFormat::Jpeg), 6), 16).unwrap();
    assert_eq!(corners(&long), top);
}

#[test]
fn a_jpeg_picture_that_is_cut_short_is_refused_wherever_it_is_cut() {
    let whole = picture(48, 48, ImageFormat::Jpeg);
    // A thumbnail within has an end of its own.
    let comment = [
        [0xff, 0xfe].as_slice(),
        &(whole.len() as u16 + 2).to_be_bytes(),
        &whole,
    ]
    .concat();
    let with_thumbnail = [&whole[..2], &comment, &whole[2..]].concat();
    for jpeg in [&whole, &with_thumbnail] {
        assert!(square(jpeg, 16).is_ok());
        let trailing = [jpeg.as_slice(), b"what a program adds"].concat();
        assert!(
            square(&trailing, 16).is_ok(),
            "what comes after the end does not count"
        );
        for length in (0..jpeg.len())
            .step_by(3)
            .chain([jpeg.len() - 2, jpeg.len() - 1])
        {
            assert!(
                square(&jpeg[..length], 16).is_err(),
                "{length} of {}",
                jpeg.len()
            );
            // As a download leaves it that had reserved its room.
            let mut zeros = jpeg[..length].to_vec();
            zeros.resize(jpeg.len(), 0);
            assert!(
                square(&zeros, 16).is_err(),
                "{length} of {}, then zeros",
                jpeg.len()
            );
        }
    }
    assert_eq!(
        square(&whole[..whole.len() - 2], 16).unwrap_err(),
        ImageError::CutShort
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
