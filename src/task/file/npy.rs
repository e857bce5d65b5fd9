//! NumPy's NPY format, versions 1 and 2: two-dimensional little-endian arrays of numbers in C order
//! (NumPy Enhancement Proposal 1).

use std::collections::BTreeMap;

/// What every NPY file begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// An array's shape, and its elements as they stand in the file.
pub(super) struct Array<'a> {
    pub rows: usize,
    pub columns: usize,
    element: Element,
    bytes: &'a [u8],
}

#[derive(Clone, Copy)]
enum Element {
    F4,
    F8,
    I4,
    I8,
}

impl<'a> Array<'a> {
    /// Reads the header and holds the size of the data to it.
    ///
    /// # Errors
    /// Another format, version, type of element, order or number of dimensions, and a shape that
    /// the file's length belies.
    pub fn open(bytes: &'a [u8]) -> Result<Array<'a>, String> {
        let (header, bytes) = header_and_data(bytes)?;
        let entries = Literal { text: header }.dictionary()?;
        let entry = |key: &str| {
            entries
                .get(key)
                .copied()
                .ok_or_else(|| format!("the NPY header has no entry '{key}'"))
        };
        let element = element(entry("descr")?)?;
        check_order(entry("fortran_order")?)?;
        let (rows, columns) = shape(entry("shape")?)?;
        let wanted = rows
            .checked_mul(columns)
            .and_then(|count| count.checked_mul(element.size()));
        if wanted != Some(bytes.len()) {
            let size = element.size();
            return Err(format!(
                "the header says {rows} x {columns} numbers of {size} bytes, but {} bytes follow \
                 it",
                bytes.len()
            ));
        }
        Ok(Array {
            rows,
            columns,
            element,
            bytes,
        })
    }

    /// The number at a place; panics outside the array.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        let start = (row * self.columns + column) * self.element.size();
        let bytes = &self.bytes[start..start + self.element.size()];
        let (four, eight) = (
            || bytes.try_into().expect("four bytes"),
            || bytes.try_into().expect("eight bytes"),
        );
        match self.element {
            Element::F4 => f64::from(f32::from_le_bytes(four())),
            Element::F8 => f64::from_le_bytes(eight()),
            Element::I4 => f64::from(i32::from_le_bytes(four())),
            Element::I8 => i64::from_le_bytes(eight()) as f64,
        }
    }
}

/// The header's text, and the bytes that follow it.
fn header_and_data(bytes: &[u8]) -> Result<(&str, &[u8]), String> {
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or("it does not begin with the magic of an NPY file, \\x93NUMPY")?;
    let short = || "it ends within the NPY header".to_owned();
    let (version, rest) = rest.split_at_checked(2).ok_or_else(short)?;
    let size_bytes = match version[0] {
        1 => 2,
        2 => 4,
        other => {
            return Err(format!(
                "NPY version {other} is not read, only 1 and 2; write it again by numpy.save"
            ))
        }
    };
    let (size, rest) = rest.split_at_checked(size_bytes).ok_or_else(short)?;
    let size = size
        .iter()
        .rev()
        .fold(0, |size, byte| size << 8 | usize::from(*byte));
    let (header, data) = rest.split_at_checked(size).ok_or_else(short)?;
    let header = std::str::from_utf8(header).map_err(|_| "the NPY header is no text".to_owned())?;
    Ok((header, data))
}

fn check_order(fortran_order: &str) -> Result<(), String> {
    match fortran_order {
        "False" => Ok(()),
        "True" => {
            Err("the array is in Fortran order; save numpy.ascontiguousarray(array)".to_owned())
        }
        other => Err(format!(
            "the NPY header's fortran_order is {other}, wanted False"
        )),
    }
}

impl Element {
    fn size(self) -> usize {
        match self {
            Element::F4 | Element::I4 => 4,
            Element::F8 | Element::I8 => 8,
        }
    }
}

fn element(description: &str) -> Result<Element, String> {
    let name = description.trim_matches(['\'', '"']);
    match name {
        "<f4" => Ok(Element::F4),
        "<f8" => Ok(Element::F8),
        "<i4" => Ok(Element::I4),
        "<i8" => Ok(Element::I8),
        "|O" | "O" => Err("the array holds Python objects; save array.astype(float)".to_owned()),
        _ => Err(format!(
            "the array's type is {description}, wanted '<f4', '<f8', '<i4' or '<i8'; save \
             array.astype(float)"
        )),
    }
}

/// Two lengths, from a Python tuple.
fn shape(text: &str) -> Result<(usize, usize), String> {
    let bad = || format!("the array's shape is {text}, wanted two dimensions, (rows, columns)");
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .ok_or_else(bad)?;
    let lengths: Vec<&str> = inner
        .split(',')
        .map(str::trim)
        .filter(|length| !length.is_empty())
        .collect();
    match lengths[..] {
        [rows, columns] => Ok((
            rows.parse().map_err(|_| bad())?,
            columns.parse().map_err(|_| bad())?,
        )),
        _ => Err(bad()),
    }
}

/// The rest of a Python literal.
struct Literal<'a> {
    text: &'a str,
}

impl<'a> Literal<'a> {
    /// A dictionary whose keys are strings: each value as it is written.
    fn dictionary(mut self) -> Result<BTreeMap<&'a str, &'a str>, String> {
        let mut entries = BTreeMap::new();
        self.expect('{')?;
        while !self.skip('}') {
            let key = self.value()?;
            self.expect(':')?;
            entries.insert(key.trim_matches(['\'', '"']), self.value()?);
            if !self.skip(',') {
                self.expect('}')?;
                break;
            }
        }
        Ok(entries)
    }

    /// A string, or what stands before the next comma, colon or brace outside brackets.
    fn value(&mut self) -> Result<&'a str, String> {
        self.text = self.text.trim_start();
        let mut depth = 0usize;
        let mut quote = None;
        for (index, letter) in self.text.char_indices() {
            match (quote, letter) {
                (Some(mark), _) if letter == mark => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(letter),
                (None, '(' | '[') => depth += 1,
                (None, ')' | ']') => depth = depth.saturating_sub(1),
                (None, ',' | ':' | '}') if depth == 0 => {
                    let (value, rest) = self.text.split_at(index);
                    self.text = rest;
                    return Ok(value.trim_end());
                }
                _ => {}
            }
        }
        Err("the NPY header is no Python dictionary".to_owned())
    }

    fn skip(&mut self, letter: char) -> bool {
        let rest = self.text.trim_start().strip_prefix(letter);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn expect(&mut self, letter: char) -> Result<(), String> {
        if self.skip(letter) {
            Ok(())
        } else {
            Err("the NPY header is no Python dictionary".to_owned())
        }
    }
}
