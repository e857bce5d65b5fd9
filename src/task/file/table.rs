//! A table of numbers from the bytes of a CSV or NPY file.

use super::npy::{Array, MAGIC};
use crate::task::comma::CommaRows;

/// The columns of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// The names of the columns of a CSV file; `None` for an NPY file.
    pub names: Option<Vec<String>>,
    pub columns: usize,
}

/// The chosen columns of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub header: Header,
    /// The chosen columns of the first row, in the order chosen, then those of the next.
    pub numbers: Vec<f64>,
}

/// Says which columns of a file to read, or why the file lacks them.
pub(super) type Choose<'a> = &'a dyn Fn(&Header) -> Result<Vec<usize>, String>;

/// Reads the columns that `choose` picks, in its order. The file is NPY by its first bytes or its
/// name, else CSV. The other columns may hold anything.
///
/// # Errors
/// What is wrong, with the row (from 1, below the header), the line in the file, and the column.
pub(super) fn read(path: &str, bytes: &[u8], choose: Choose) -> Result<Table, String> {
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    let table = if bytes.starts_with(MAGIC) || path.to_ascii_lowercase().ends_with(".npy") {
        array(bytes, choose)?
    } else {
        text(bytes, choose)?
    };
    if table.numbers.is_empty() {
        return Err("the table has no rows".to_owned());
    }
    Ok(table)
}

fn array(bytes: &[u8], choose: Choose) -> Result<Table, String> {
    let array = Array::open(bytes)?;
    let header = Header {
        names: None,
        columns: array.columns,
    };
    let chosen = choose(&header)?;
    let mut numbers = Vec::with_capacity(array.rows * chosen.len());
    for row in 0..array.rows {
        for &column in &chosen {
            numbers.push(
                usable(array.at(row, column))
                    .map_err(|problem| format!("row {}, column {column}: {problem}", row + 1))?,
            );
        }
    }
    Ok(Table { header, numbers })
}

fn text(bytes: &[u8], choose: Choose) -> Result<Table, String> {
    let mut rows = CommaRows::open(bytes)?;
    let names = rows.header.clone();
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err(format!(
            "the first line holds numbers alone ({}); wanted a line of column names before the \
             rows",
            names.join(", ")
        ));
    }
    let header = Header {
        columns: names.len(),
        names: Some(names),
    };
    let chosen = choose(&header)?;
    let mut numbers = Vec::new();
    let mut count = 0;
    while let Some(row) = rows.advance()? {
        count += 1;
        for &column in &chosen {
            let number = number(row.cell(column));
            numbers.push(number.map_err(|problem| {
                format!(
                    "row {count} (line {}), column {}: {problem}",
                    row.line,
                    header.describe(column)
                )
            })?);
        }
    }
    Ok(Table { header, numbers })
}

impl Header {
    /// Returns the name by which messages call a column.
    pub fn describe(&self, column: usize) -> String {
        match &self.names {
            Some(names) if names[column].is_empty() => format!("{column} (nameless)"),
            Some(names) => format!("`{}`", names[column]),
            None => column.to_string(),
        }
    }

    /// Whether a column has no name among others that have, or the one that pandas gives to such a
    /// column when it reads it: `Unnamed: 0`.
    pub fn is_nameless(&self, column: usize) -> bool {
        let Some(names) = &self.names else {
            return false;
        };
        names[column].is_empty() || names[column] == format!("Unnamed: {column}")
    }
}

fn number(cell: &str) -> Result<f64, String> {
    if cell.is_empty() {
        return Err("the cell is empty; wanted a number".to_owned());
    }
    usable(
        cell.parse()
            .map_err(|_| format!("wanted a number, found `{}`", shortened(cell)))?,
    )
}

/// Returns the number where it is finite and no larger than 32 bits can hold, else what is wrong.
fn usable(number: f64) -> Result<f64, String> {
    match number {
        _ if !number.is_finite() => Err(format!(
            "wanted a finite number, found {number}; leave the row out or fill the cell"
        )),
        _ if number.abs() > f64::from(f32::MAX) => {
            Err(format!("{number:e} is too large for a 32-bit number"))
        }
        _ => Ok(number),
    }
}

fn shortened(cell: &str) -> String {
    const LONGEST: usize = 40;
    match cell.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &cell[..end]),
        None => cell.to_owned(),
    }
}
