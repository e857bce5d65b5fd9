//! Packed files.

use motherlode::images::gzip::{unpacked, unpacked_up_to};
use motherlode::images::ImageError;

use super::gzip;

#[test]
fn a_file_is_unpacked_up_to_a_limit_and_refused_beyond_it() {
    let bytes: Vec<u8> = (0..1000).map(|index| index as u8).collect();
    let packed = gzip(&bytes);
    assert_eq!(*unpacked(&packed).unwrap(), bytes);
    assert_eq!(*unpacked_up_to(1000, &packed).unwrap(), bytes);
    let error = unpacked_up_to(999, &packed).unwrap_err();
    assert_eq!(error, ImageError::TooLong { most: 999 });
    assert!(
        error
            .to_string()
            .starts_with("unpacked it has more than 999 bytes, "),
        "{error}"
    );
}

#[test]
fn the_limit_counts_all_parts_of_a_file() {
    let two = [gzip(&[1; 600]), gzip(&[2; 600])].concat();
    assert_eq!(
        unpacked_up_to(1199, &two).unwrap_err(),
        ImageError::TooLong { most: 1199 }
    );
    assert_eq!(unpacked_up_to(1200, &two).unwrap().len(), 1200);
}

#[test]
fn what_is_not_packed_stays_as_it_is_however_long() {
    assert_eq!(*unpacked_up_to(2, b"plain").unwrap(), *b"plain");
}
