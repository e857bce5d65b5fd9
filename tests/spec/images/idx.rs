//! The format of MNIST.

use motherlode::images::idx::{images, labelled, labels, set};

use super::{gzip, idx_images, idx_labels};

#[test]
fn images_and_labels_are_read_packed_or_not() {
    let (plain_images, plain_labels) = (idx_images(3, 2, 4), idx_labels(&[7, 0, 9]));
    for (image_bytes, label_bytes) in [
        (plain_images.clone(), plain_labels.clone()),
        (gzip(&plain_images), gzip(&plain_labels)),
    ] {
        let images = images(image_bytes.as_slice()).unwrap();
        assert_eq!((images.len(), images.height, images.width), (3, 2, 4));
        assert_eq!(images.pixels, (0..24).collect::<Vec<u8>>());
        assert_eq!(labels(label_bytes.as_slice()).unwrap(), [7, 0, 9]);
    }
}

#[test]
fn a_set_has_as_many_classes_as_its_largest_label_asks_for() {
    let part = |count| images(idx_images(count, 2, 2).as_slice()).unwrap();
    let set = set("own", (part(3), &[0, 1, 2]), (part(2), &[4, 0])).unwrap();
    assert_eq!(
        (
            set.name.as_str(),
            set.height,
            set.width,
            set.channels,
            set.classes
        ),
        ("own", 2, 2, 1, 5)
    );
    assert_eq!(
        (set.train.labels, set.test.labels),
        (vec![0, 1, 2], vec![4, 0])
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let whole = idx_images(2, 28, 28);
    let packed = gzip(&whole);
    let longer: Vec<u8> = whole.iter().copied().chain([0]).collect();
    let huge: Vec<u8> = [0x803, u32::MAX, u32::MAX, u32::MAX]
        .into_iter()
        .flat_map(u32::to_be_bytes)
        .collect();
    let cases: [(&[u8], &str); 10] = [
        (
            &whole[..1000],
            "wanted 1568 bytes (2 images of 28x28), found 984; the file is cut short: get it again",
        ),
        (
            &longer,
            "wanted 1568 bytes (2 images of 28x28), found more; the file is too long: get it again",
        ),
        (
            &whole[..10],
            "wanted 16 bytes (the sizes at its beginning), found 10; the file is cut short: get \
             it again",
        ),
        (
            &whole[..3],
            "wanted an IDX file of images, which begins with 0x00000803, found 3 bytes; the file \
             is cut short: get it again",
        ),
        (
            b"",
            "wanted an IDX file of images, which begins with 0x00000803, found 0 bytes; the file \
             is cut short: get it again",
        ),
        (
            b"<html>not found</html>",
            "wanted an IDX file of images, which begins with 0x00000803, found 0x3c68746d; it is \
             another file, or a damaged one",
        ),
        (
            &idx_labels(&[1, 2]),
            "wanted an IDX file of images, which begins with 0x00000803, found a file of labels; \
             the two kinds of file are exchanged",
        ),
        (&idx_images(0, 28, 28), "it holds no image"),
        (
            &huge,
            "wanted 18446744073709551615 bytes (4294967295 images of 4294967295x4294967295), \
             found 0; the file is cut short: get it again",
        ),
        (
            &packed[..packed.len() / 2],
            "it is no gzip file, or a damaged one: ",
        ),
    ];
    for (bytes, wanted) in cases {
        let problem = images(bytes).unwrap_err().to_string();
        assert!(
            problem == wanted || (wanted.ends_with(": ") && problem.starts_with(wanted)),
            "{problem}"
        );
    }
    assert!(labels(whole.as_slice())
        .unwrap_err()
        .to_string()
        .contains("of labels, which begins with 0x00000801, found a file of images"));
    assert_eq!(
        labels(&idx_labels(&[3; 9])[..12]).unwrap_err().to_string(),
        "wanted 9 bytes (9 labels), found 4; the file is cut short: get it again"
    );
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let part = |count, side| images(idx_images(count, side, side).as_slice()).unwrap();
    let problem = labelled(part(3, 2), &[1, 2]).unwrap_err().to_string();
    assert_eq!(
        problem,
        "there are 3 images and 2 labels; wanted as many, so the two files do not belong together"
    );
    let problem = set("own", (part(1, 2), &[0]), (part(1, 3), &[0]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        problem,
        "the training images are 2x2 and the test images 3x3; wanted one size, so the files do \
         not belong together"
    );
}
