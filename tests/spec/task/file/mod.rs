//! Tasks from a user's tables: what is read, how the sets are made, and the error for each thing
//! that is no table of numbers.

mod index;
mod refusals;
mod sets;

use std::collections::BTreeMap;

use motherlode::task::{TaskDefinition, TaskError};

use super::task;

type Files = BTreeMap<&'static str, Vec<u8>>;

fn files<const N: usize>(files: [(&'static str, Vec<u8>); N]) -> Files {
    files.into()
}

fn load(definition: &mut TaskDefinition, files: &Files) -> Result<(), TaskError> {
    definition.load(&mut |path| {
        files
            .get(path)
            .cloned()
            .ok_or_else(|| "no such file".to_owned())
    })
}

fn definition(text: &str) -> TaskDefinition {
    task(&format!("name = 'mine'\nfamily = 'file'\n{text}"))
}

fn loaded(text: &str, files: &Files) -> TaskDefinition {
    let mut definition = definition(text);
    load(&mut definition, files).expect(text);
    definition
}

/// A CSV table of x, y and their product, `rows` of them from a grid that widens.
fn products(rows: usize, scale: f64) -> Vec<u8> {
    let mut text = String::from("x,y,product\n");
    for row in 0..rows {
        let (x, y) = (
            scale * (row as f64 * 0.37).sin() * (1.0 + row as f64 / 50.0),
            scale * (row as f64 * 0.73).cos(),
        );
        text += &format!("{x},{y},{}\n", x * y);
    }
    text.into_bytes()
}

/// An NPY file of a header and data.
fn npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    let size = header.len() as u32;
    bytes.extend(if version == 1 {
        (size as u16).to_le_bytes().to_vec()
    } else {
        size.to_le_bytes().to_vec()
    });
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn header(descr: &str, rows: usize, columns: usize) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}    \n")
}

/// `count` little-endian numbers of a type, row by row.
fn elements(descr: &str, count: usize) -> Vec<u8> {
    let value = |index: usize| ((index * index) % 1001) as i32 - 500;
    let number = |index: usize| match descr {
        "<f4" => (value(index) as f32).to_le_bytes().to_vec(),
        "<f8" => f64::from(value(index)).to_le_bytes().to_vec(),
        "<i4" => value(index).to_le_bytes().to_vec(),
        _ => i64::from(value(index)).to_le_bytes().to_vec(),
    };
    (0..count).flat_map(number).collect()
}
