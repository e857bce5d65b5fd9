//! Gzip, of which image files are mostly made: the one door of the flate2 crate.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::ImageError;

/// The first bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The most bytes of a file, unpacked, whatever it says of itself. No known set has a file of more
/// than 188 MB, and gzip packs zeros a thousandfold: a file made for it must not take all memory.
pub const MOST_BYTES: u64 = 4 << 30;

/// A file that is read once, from its beginning, and unpacked on the way where it is gzip. No more
/// is unpacked than is asked for.
pub struct Unpacking<'a> {
    plain: Box<dyn Read + 'a>,
    packed: bool,
}

impl<'a> Unpacking<'a> {
    /// A file, packed or not.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn of(mut file: impl Read + 'a) -> io::Result<Unpacking<'a>> {
        let mut beginning = Vec::new();
        (&mut file)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut beginning)?;
        let packed = beginning == MAGIC;
        let whole = Cursor::new(beginning).chain(file);
        Ok(Unpacking {
            plain: if packed {
                Box::new(MultiGzDecoder::new(whole))
            } else {
                Box::new(whole)
            },
            packed,
        })
    }

    /// The next `most` bytes; fewer where there are no more.
    ///
    /// # Errors
    /// The file is damaged or cannot be read.
    pub fn up_to(&mut self, most: u64) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::new();
        match (&mut self.plain).take(most).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.problem(&error)),
        }
    }

    /// Whether there are no more bytes.
    ///
    /// # Errors
    /// The file is damaged or cannot be read.
    pub fn is_over(&mut self) -> Result<bool, ImageError> {
        self.up_to(1).map(|further| further.is_empty())
    }

    fn problem(&self, error: &io::Error) -> ImageError {
        let detail = error.to_string();
        if self.packed {
            ImageError::Gzip { detail }
        } else {
            ImageError::Unreadable { detail }
        }
    }
}

impl Read for Unpacking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.plain.read(buffer)
    }
}
