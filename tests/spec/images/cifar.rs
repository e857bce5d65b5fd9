//! The binary layout of CIFAR.

use motherlode::images::cifar::{Cifar, MOST_RECORDS};
use motherlode::images::LabelledImages;

use super::{cifar_record, gzip};

#[test]
fn the_planes_of_a_record_become_pixels() {
    let mut record = cifar_record(&[6], [1, 2, 3]);
    // Row 1, column 2 of the green plane.
    record[1 + 1024 + 32 + 2] = 99;
    for bytes in [record.clone(), gzip(&record)] {
        let mut images = LabelledImages::default();
        Cifar::Ten.append(bytes.as_slice(), &mut images).unwrap();
        assert_eq!(
            (images.labels.as_slice(), images.pixels.len()),
            ([6].as_slice(), 3072)
        );
        assert_eq!(images.pixels[..6], [1, 2, 3, 1, 2, 3]);
        assert_eq!(images.pixels[(32 + 2) * 3..][..3], [1, 99, 3]);
    }
}

#[test]
fn the_fine_label_of_the_hundred_counts() {
    let mut images = LabelledImages::default();
    Cifar::Hundred
        .append(
            [
                cifar_record(&[19, 99], [0; 3]),
                cifar_record(&[3, 0], [9; 3]),
            ]
            .concat()
            .as_slice(),
            &mut images,
        )
        .unwrap();
    assert_eq!(images.labels, [99, 0]);
    assert_eq!((images.pixels[0], images.pixels[3072]), (0, 9));
}

#[test]
fn batches_are_appended_and_a_bad_one_adds_nothing() {
    let mut images = LabelledImages::default();
    Cifar::Ten
        .append(cifar_record(&[1], [1; 3]).as_slice(), &mut images)
        .unwrap();
    let before = images.clone();
    let bad = [cifar_record(&[2], [0; 3]), cifar_record(&[10], [0; 3])].concat();
    let problem = Cifar::Ten
        .append(bad.as_slice(), &mut images)
        .unwrap_err()
        .to_string();
    assert_eq!(
        problem,
        "record 1 has the label 10, wanted 0 to 9; it is no file of CIFAR-10, or a damaged one"
    );
    assert_eq!(images, before);
    Cifar::Ten
        .append(cifar_record(&[2], [2; 3]).as_slice(), &mut images)
        .unwrap();
    assert_eq!(images.labels, [1, 2]);
}

#[test]
fn a_batch_that_is_cut_short_is_refused() {
    let two = [cifar_record(&[2], [0; 3]), cifar_record(&[1], [0; 3])].concat();
    for (bytes, wanted) in [
        (
            &two[..4000],
            "wanted 6146 bytes (2 records of 3073 bytes, of CIFAR-10), found 4000; the file is \
             cut short: get it again",
        ),
        (&two[..0], "it holds no image"),
    ] {
        assert_eq!(
            Cifar::Ten
                .append(bytes, &mut LabelledImages::default())
                .unwrap_err()
                .to_string(),
            wanted
        );
    }
}

#[test]
fn a_batch_of_more_records_than_either_whole_set_is_refused_packed_or_not() {
    let records = |count: usize| vec![0; count * Cifar::Ten.record()];
    let append = |bytes: &[u8]| {
        let mut images = LabelledImages::default();
        Cifar::Ten
            .append(bytes, &mut images)
            .map(|()| images.labels.len())
            .map_err(|error| error.to_string())
    };
    let (most, more) = (records(MOST_RECORDS), records(MOST_RECORDS + 1));
    assert_eq!(append(&gzip(&most)), Ok(MOST_RECORDS));
    for bytes in [more.clone(), gzip(&more)] {
        let problem = append(&bytes).unwrap_err();
        assert_eq!(
            problem,
            "it has more than 60000 records, the most that is read of a file in the layout of \
             CIFAR-10; split it into several"
        );
    }
}
