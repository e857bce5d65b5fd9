//! The lines of a file, each held to a limit of its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use super::limit::ReadLimit;

/// TextLines of a text file without their line breaks, read one after another.
///
/// A line longer than its limit, more bytes than the whole may have, and bytes that are no UTF-8
/// text are errors; after an error there is no further line.
pub struct TextLines {
    reader: BufReader<File>,
    line: ReadLimit,
    whole: ReadLimit,
    read: u64,
    ended: bool,
}

impl TextLines {
    pub(super) fn of(file: File, line: ReadLimit, whole: ReadLimit) -> TextLines {
        TextLines {
            reader: BufReader::new(file),
            line,
            whole,
            read: 0,
            ended: false,
        }
    }

    fn advance(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let most = self.line.bytes + 1;
        let read = (&mut self.reader)
            .take(most)
            .read_until(b'\n', &mut bytes)? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.read += read;
        self.whole.check(self.read)?;
        let end = |bytes: &[u8], character: u8| bytes.last() == Some(&character);
        if end(&bytes, b'\n') {
            bytes.pop();
            if end(&bytes, b'\r') {
                bytes.pop();
            }
        }
        self.line.check(bytes.len() as u64)?;
        String::from_utf8(bytes).map(Some).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it holds bytes that are no UTF-8 text",
            )
        })
    }
}

impl Iterator for TextLines {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<io::Result<String>> {
        if self.ended {
            return None;
        }
        let line = self.advance().transpose();
        self.ended = !matches!(line, Some(Ok(_)));
        line
    }
}
