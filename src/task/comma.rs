//! Comma-separated values with a header: the one door of the csv crate.

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};

/// A table's rows, one after another. A byte-order mark and blanks round a cell do not count.
pub(super) struct CommaRows<'a> {
    /// The first line's cells.
    pub header: Vec<String>,
    reader: Reader<&'a [u8]>,
    record: StringRecord,
}

/// A row below the header, which has as many cells as that.
pub(super) struct CommaRow<'a> {
    /// Where it begins in the file, from 1.
    pub line: u64,
    record: &'a StringRecord,
}

impl CommaRow<'_> {
    /// The text of a cell; `column` must be one of the header's.
    pub fn cell(&self, column: usize) -> &str {
        &self.record[column]
    }
}

impl<'a> CommaRows<'a> {
    /// # Errors
    /// A file without a header, or with one that is no text.
    pub fn open(bytes: &'a [u8]) -> Result<CommaRows<'a>, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
        let header: Vec<String> = reader
            .headers()
            .map_err(|error| problem(&error))?
            .iter()
            .map(str::to_owned)
            .collect();
        if header.iter().all(String::is_empty) {
            return Err(
                "the file is empty; wanted a line of column names, then rows of numbers".to_owned(),
            );
        }
        Ok(CommaRows {
            header,
            reader,
            record: StringRecord::new(),
        })
    }

    /// The next row; nothing at the end.
    ///
    /// # Errors
    /// A row with another number of cells than the header, or that is no text.
    pub fn advance(&mut self) -> Result<Option<CommaRow<'_>>, String> {
        let more = self
            .reader
            .read_record(&mut self.record)
            .map_err(|error| problem(&error))?;
        let line = self.record.position().map_or(0, csv::Position::line);
        Ok(more.then_some(CommaRow {
            line,
            record: &self.record,
        }))
    }
}

fn problem(error: &csv::Error) -> String {
    let line = error.position().map_or_else(
        || "a line".to_owned(),
        |position| format!("line {}", position.line()),
    );
    match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("{line} has {len} cell(s), the header has {expected_len}"),
        ErrorKind::Utf8 { .. } => format!("{line} holds bytes that are no UTF-8 text"),
        _ => error.to_string(),
    }
}
