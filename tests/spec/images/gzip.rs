//! Packed files.

use std::io::{self, Read};

use motherlode::images::gzip::Unpacking;
use motherlode::images::idx::{images, labels};
use motherlode::images::ImageError;

use super::{gzip, idx_images, idx_labels};

#[test]
fn a_file_is_unpacked_as_far_as_is_asked_for() {
    let bytes: Vec<u8> = (0..1000).map(|index| index as u8).collect();
    // A gzip file may have several parts.
    let parts = [gzip(&bytes[..600]), gzip(&bytes[600..])].concat();
    for file in [bytes.clone(), gzip(&bytes), parts] {
        let mut file = Unpacking::of(file.as_slice()).unwrap();
        assert_eq!(file.up_to(300).unwrap(), bytes[..300]);
        assert!(!file.is_over().unwrap());
        assert_eq!(file.up_to(900).unwrap(), bytes[301..]);
        assert!(file.is_over().unwrap() && file.is_over().unwrap());
    }
    for short in [b"".as_slice(), b"\x1f", b"ab"] {
        assert_eq!(Unpacking::of(short).unwrap().up_to(9).unwrap(), short);
    }
}

/// Counts what is read of it, and never ends.
struct Endless<'a>(&'a [u8], &'a mut usize);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        *self.1 += buffer.len();
        if self.0.is_empty() {
            buffer.fill(0);
            return Ok(buffer.len());
        }
        self.0.read(buffer)
    }
}

#[test]
fn no_more_is_read_of_a_file_than_its_beginning_says() {
    let (image_bytes, label_bytes) = (idx_images(200, 8, 8), idx_labels(&[1; 200]));
    let longer = |bytes: &[u8]| [bytes, &[0; 1 << 20]].concat();
    for (bytes, says) in [
        (&image_bytes, "wanted 12800 bytes (200 images of 8x8)"),
        (&label_bytes, "wanted 200 bytes (200 labels)"),
    ] {
        let is_images = bytes == &image_bytes;
        let read = |file: &mut dyn Read| {
            let error = if is_images {
                images(file).unwrap_err()
            } else {
                labels(file).unwrap_err()
            };
            error.to_string()
        };
        let wanted = format!("{says}, found more; the file is too long: get it again");
        assert_eq!(read(&mut longer(bytes).as_slice()), wanted);
        assert_eq!(read(&mut gzip(&longer(bytes)).as_slice()), wanted);
        let mut count = 0;
        assert_eq!(read(&mut Endless(bytes, &mut count)), wanted);
        assert!(count < 100_000, "{count} bytes were asked for");
    }
}

#[test]
fn a_damaged_part_is_told_from_one_that_cannot_be_read() {
    let packed = gzip(&[7; 5000]);
    let cut = &packed[..packed.len() - 6];
    let error = |file: &mut dyn Read| {
        let mut file = Unpacking::of(file).unwrap();
        file.up_to(9999).unwrap_err()
    };
    assert!(matches!(error(&mut &*cut), ImageError::Gzip { .. }));
    /// A disk that fails after two bytes.
    struct Failing(u8);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::TimedOut)?;
            buffer[0] = 0;
            Ok(1)
        }
    }
    assert!(matches!(
        error(&mut Failing(2)),
        ImageError::Unreadable { .. }
    ));
}
