//! Tasks from a user's tables: what is read, how the sets are made, and the error for each thing
//! that is no table of numbers.

use std::collections::BTreeMap;

use motherlode::numerics::stream::Key;
use motherlode::task::{DatasetError, Family, Sizes, TaskData, TaskDefinition};
use proptest::prelude::*;

use super::task;

type Files = BTreeMap<&'static str, Vec<u8>>;

fn files<const N: usize>(files: [(&'static str, Vec<u8>); N]) -> Files {
    files.into()
}

fn load(definition: &mut TaskDefinition, files: &Files) -> Result<(), DatasetError> {
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

fn generated(text: &str, files: &Files, seed: u64) -> TaskData {
    loaded(text, files)
        .generate(&Key::new(seed), &Sizes::default())
        .expect(text)
}

fn refusal(text: &str, files: &Files) -> String {
    let mut definition = definition(text);
    match load(&mut definition, files) {
        Err(error) => error.to_string(),
        Ok(()) => definition
            .generate(&Key::new(0), &Sizes::default())
            .map(|_| ())
            .expect_err(text)
            .to_string(),
    }
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

#[test]
fn given_files_are_the_sets() {
    let files = files([
        ("t.csv", products(100, 1.0)),
        ("i.csv", products(40, 0.9)),
        ("a.csv", products(30, 3.0)),
        ("b.csv", products(20, 5.0)),
    ]);
    let text =
        "train = 't.csv'\nin_distribution = 'i.csv'\nout_of_distribution = ['a.csv', 'b.csv']";
    assert_eq!(
        definition(text).files(),
        ["t.csv", "i.csv", "a.csv", "b.csv"]
    );
    let data = generated(text, &files, 1);
    assert_eq!((data.family, data.dimension), (Family::File, 2));
    let rows = [
        &data.train,
        &data.in_distribution,
        &data.shells[0].split,
        &data.shells[1].split,
    ]
    .map(|split| split.rows());
    assert_eq!(rows, [100, 40, 30, 20]);
    assert_eq!(
        data,
        generated(text, &files, 2),
        "nothing is left to the key"
    );
    let radius = |split: &motherlode::task::Split| {
        split
            .inputs
            .iter()
            .fold(0f32, |largest, x| largest.max(x.abs()))
    };
    for shell in &data.shells {
        let wanted = f64::from(radius(&shell.split) / radius(&data.train));
        assert!(
            (shell.outer - wanted).abs() < 1e-5 && shell.inner < shell.outer,
            "{} to {}, wanted {wanted}",
            shell.inner,
            shell.outer
        );
    }
}

#[test]
fn shells_are_taken_by_distance_where_none_are_given() {
    let files = files([("t.csv", products(500, 1.0))]);
    let data = generated("train = 't.csv'\ninside = 0.6\nheld_out = 0.25", &files, 1);
    let rows = [
        &data.train,
        &data.in_distribution,
        &data.shells[0].split,
        &data.shells[1].split,
    ]
    .map(|split| split.rows());
    assert_eq!(rows, [225, 75, 100, 100]);
    assert_eq!(data.shells[0].inner, 1.0);
    assert_eq!(data.shells[0].outer, data.shells[1].inner);
    assert!(data.shells[1].outer > data.shells[1].inner);
    // Every training row is nearer than every row of the first shell, and those nearer than the
    // second's, by the moments of the whole file.
    let all: Vec<[f64; 2]> = String::from_utf8(products(500, 1.0))
        .unwrap()
        .lines()
        .skip(1)
        .map(point)
        .collect();
    let mut distances: Vec<f64> = all.iter().map(|row| distance(row, &all)).collect();
    distances.sort_by(f64::total_cmp);
    assert!((data.shells[0].outer - distances[399] / distances[299]).abs() < 1e-12);
    assert!((data.shells[1].outer - distances[499] / distances[299]).abs() < 1e-12);
}

fn point(line: &str) -> [f64; 2] {
    let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
    [cells[0], cells[1]]
}

fn distance(row: &[f64; 2], all: &[[f64; 2]]) -> f64 {
    let standardised = (0..2).map(|i| {
        let mean = all.iter().map(|row| row[i]).sum::<f64>() / all.len() as f64;
        let variance =
            all.iter().map(|row| (row[i] - mean).powi(2)).sum::<f64>() / all.len() as f64;
        ((row[i] - mean) / variance.sqrt()).abs()
    });
    standardised.fold(0.0, f64::max)
}

#[test]
fn rows_of_a_given_in_distribution_file_that_lie_beyond_join_the_shells() {
    let files = files([
        ("t.csv", products(400, 1.0)),
        ("i.csv", products(100, 1.0)),
        ("far.csv", products(100, 1.5)),
    ]);
    let near = generated("train = 't.csv'\nin_distribution = 'i.csv'", &files, 1);
    let far = generated("train = 't.csv'\nin_distribution = 'far.csv'", &files, 1);
    for data in [&near, &far] {
        let rows = data.in_distribution.rows()
            + data
                .shells
                .iter()
                .map(|shell| shell.split.rows())
                .sum::<usize>();
        assert_eq!((data.train.rows(), rows), (240, 260));
    }
    assert!(far.in_distribution.rows() < near.in_distribution.rows());
}

#[test]
fn the_key_decides_what_is_held_out_and_nothing_else() {
    let files = files([("t.csv", products(300, 1.0))]);
    let (one, again, other) = (
        generated("train = 't.csv'", &files, 1),
        generated("train = 't.csv'", &files, 1),
        generated("train = 't.csv'", &files, 2),
    );
    assert_eq!(one, again);
    assert_ne!(one.train, other.train);
    assert_eq!((one.train.rows(), one.in_distribution.rows()), (144, 36));
    assert_eq!(
        one.shells
            .iter()
            .map(|shell| (shell.inner, shell.outer))
            .collect::<Vec<_>>(),
        other
            .shells
            .iter()
            .map(|shell| (shell.inner, shell.outer))
            .collect::<Vec<_>>()
    );
}

#[test]
fn columns_are_chosen_by_name_or_index_and_the_others_may_hold_anything() {
    let mut text = String::from("\u{feff}id, price ,size,note\n");
    for row in 0..200 {
        text += &format!(
            "row {row}, {}, {},\"a, \"\"b\"\"\"\n",
            (row * row) % 17,
            (row * 7) % 23
        );
    }
    let files = files([("t.csv", text.into_bytes())]);
    let by_name = generated(
        "train = 't.csv'\ntarget = 'price'\ninputs = ['size']",
        &files,
        0,
    );
    let by_index = generated("train = 't.csv'\ntarget = 1\ninputs = [2]", &files, 0);
    assert_eq!(by_name, by_index);
    assert_eq!(by_name.dimension, 1);
}

#[test]
fn npy_and_csv_of_the_same_numbers_are_the_same_task() {
    let numbers: Vec<f64> = String::from_utf8(products(90, 1.0))
        .unwrap()
        .lines()
        .skip(1)
        .flat_map(|line| {
            line.split(',')
                .map(|cell| cell.parse().unwrap())
                .collect::<Vec<f64>>()
        })
        .collect();
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let files = files([
        ("t.csv", products(90, 1.0)),
        ("1.npy", npy(1, &header("<f8", 90, 3), &bytes)),
        ("2.npy", npy(2, &header("<f8", 90, 3), &bytes)),
    ]);
    let wanted = generated("train = 't.csv'", &files, 4);
    assert_eq!(wanted, generated("train = '1.npy'", &files, 4));
    assert_eq!(
        wanted,
        generated("train = '2.npy'\ntarget = 2\ninputs = [0, 1]", &files, 4)
    );
}

#[test]
fn every_type_of_npy_number_is_read() {
    let task = |descr: &str| {
        generated(
            "train = 't.npy'",
            &files([(
                "t.npy",
                npy(1, &header(descr, 100, 3), &elements(descr, 300)),
            )]),
            0,
        )
    };
    let wanted = task("<f8");
    for descr in ["<f4", "<i4", "<i8"] {
        assert_eq!(task(descr), wanted, "{descr}");
    }
}

#[test]
fn a_bad_csv_is_refused_with_its_file_row_and_column() {
    let rows = |bad: &str| format!("x,y,z\n1,2,3\n4,5,6\n{bad}\n7,8,9\n");
    for (text, csv, parts) in [
        (
            "",
            rows("1,nan,3"),
            vec![
                "`mine`",
                "t.csv",
                "row 3 (line 4)",
                "column `y`",
                "finite",
                "NaN",
            ],
        ),
        ("", rows("1,2,-inf"), vec!["row 3", "column `z`", "-inf"]),
        ("", rows("1,,3"), vec!["row 3", "column `y`", "empty"]),
        (
            "",
            rows("1,two,3"),
            vec!["row 3", "column `y`", "found `two`"],
        ),
        (
            "",
            rows("1,1e39,3"),
            vec!["row 3", "column `y`", "too large"],
        ),
        (
            "",
            rows("1,2"),
            vec!["line 4 has 2 cell(s), the header has 3"],
        ),
        (
            "",
            rows("1,2,3,4"),
            vec!["line 4 has 4 cell(s), the header has 3"],
        ),
        ("", String::new(), vec!["the file is empty"]),
        ("", "\n\n".into(), vec!["the file is empty"]),
        ("", "x,y,z\n".into(), vec!["no rows"]),
        (
            "",
            "1,2,3\n4,5,6\n".into(),
            vec!["first line holds numbers alone (1, 2, 3)", "column names"],
        ),
        ("", "x;y;z\n1;2;3\n".into(), vec!["one column", "commas"]),
        (
            "target = 'w'",
            rows("1,2,3"),
            vec!["no column `w`", "nearest"],
        ),
        (
            "target = 3",
            rows("1,2,3"),
            vec!["no column 3", "counted from 0"],
        ),
        (
            "target = 'x'\ninputs = ['x', 'y']",
            rows("1,2,3"),
            vec!["`x` is named twice"],
        ),
        (
            "inputs = ['y', 1]",
            rows("1,2,3"),
            vec!["`y` is named twice"],
        ),
        (
            "target = 'x'",
            "x,x,z\n1,2,3\n".into(),
            vec!["two columns are named `x`", "index"],
        ),
        (
            "",
            rows("1,2,3"),
            vec![
                "the part beyond the training rows has 1 rows",
                "at least 16",
            ],
        ),
    ] {
        let message = refusal(
            &format!("train = 't.csv'\n{text}"),
            &files([("t.csv", csv.clone().into_bytes())]),
        );
        for part in parts {
            assert!(
                message.contains(part),
                "wanted `{part}` in: {message}\n{csv}"
            );
        }
    }
    let message = refusal(
        "train = 't.csv'",
        &files([("t.csv", b"x,y\n1,\xff\n".to_vec())]),
    );
    assert!(
        message.contains("line 2 holds bytes that are no UTF-8"),
        "{message}"
    );
}

#[test]
fn a_bad_npy_file_is_refused_with_what_to_do() {
    let good = elements("<f8", 300);
    for (bytes, parts) in [
        (b"PK\x03\x04".to_vec(), vec!["t.npy", "magic"]),
        (b"\x93NUMPY".to_vec(), vec!["ends within the NPY header"]),
        (
            npy(1, &header("<f8", 100, 3), &good)[..40].to_vec(),
            vec!["ends within the NPY header"],
        ),
        (
            npy(3, &header("<f8", 100, 3), &good),
            vec!["version 3", "numpy.save"],
        ),
        (
            npy(
                1,
                "{'descr': '<f8', 'fortran_order': True, 'shape': (100, 3), }",
                &good,
            ),
            vec!["Fortran", "ascontiguousarray"],
        ),
        (
            npy(1, &header("|O", 100, 3), &good),
            vec!["Python objects", "astype"],
        ),
        (
            npy(1, &header(">f8", 100, 3), &good),
            vec!["'>f8'", "'<f8'"],
        ),
        (
            npy(
                1,
                "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (100, 3), }",
                &good,
            ),
            vec!["[('x', '<f8')]", "'<f8'"],
        ),
        (
            npy(
                1,
                "{'descr': '<f8', 'fortran_order': False, 'shape': (300,), }",
                &good,
            ),
            vec!["shape is (300,)", "two dimensions"],
        ),
        (
            npy(
                1,
                "{'descr': '<f8', 'fortran_order': False, 'shape': (10, 10, 3), }",
                &good,
            ),
            vec!["shape is (10, 10, 3)"],
        ),
        (
            npy(
                1,
                "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3), }",
                &good,
            ),
            vec!["shape is (-1, 3)"],
        ),
        (
            npy(1, &header("<f8", 101, 3), &good),
            vec!["101 x 3 numbers of 8 bytes", "2400 bytes follow"],
        ),
        (
            npy(1, &header("<f8", usize::MAX, 3), &good),
            vec!["2400 bytes follow"],
        ),
        (
            npy(1, &header("<f8", usize::MAX / 2, 4), &good),
            vec!["2400 bytes follow"],
        ),
        (
            npy(2, "{'descr': '<f8'", &good),
            vec!["no Python dictionary"],
        ),
        (
            npy(1, "{'descr': '<f8', 'shape': (100, 3)}", &good),
            vec!["no entry 'fortran_order'"],
        ),
        (npy(1, &header("<f8", 0, 3), &[]), vec!["no rows"]),
        (
            npy(
                1,
                &header("<f8", 1, 2),
                &[1f64.to_le_bytes(), f64::NAN.to_le_bytes()].concat(),
            ),
            vec!["row 1, column 1", "finite"],
        ),
    ] {
        let message = refusal("train = 't.npy'", &files([("t.npy", bytes)]));
        for part in parts {
            assert!(message.contains(part), "wanted `{part}` in: {message}");
        }
    }
    let message = refusal(
        "train = 't.npy'\ntarget = 'x'",
        &files([("t.npy", npy(1, &header("<f8", 100, 3), &good))]),
    );
    assert!(message.contains("NPY files have no names"), "{message}");
}

#[test]
fn a_wrong_file_definition_is_refused_with_what_was_wanted_and_found() {
    let csv = || products(100, 1.0);
    let files = files([
        ("t.csv", csv()),
        ("a.csv", csv()),
        ("b.csv", csv()),
        ("narrow.csv", b"x,product\n1,2\n".to_vec()),
        ("other.csv", b"x,z,product\n1,2,3\n".to_vec()),
    ]);
    for (text, parts) in [
        ("train = ''", vec!["`train`", "path"]),
        ("train = 'none.csv'", vec!["none.csv", "no such file"]),
        (
            "train = 't.csv'\ninside = 1.0",
            vec!["`inside`", "below 1", "found 1"],
        ),
        ("train = 't.csv'\ninside = nan", vec!["`inside`", "NaN"]),
        (
            "train = 't.csv'\nheld_out = 0.0",
            vec!["`held_out`", "above 0"],
        ),
        (
            "train = 't.csv'\nheld_out = 0.1\nin_distribution = 'a.csv'",
            vec!["`held_out`", "left out"],
        ),
        (
            "train = 't.csv'\ninside = 0.5\nout_of_distribution = ['a.csv', 'b.csv']",
            vec!["`inside`", "left out"],
        ),
        (
            "train = 't.csv'\nout_of_distribution = ['t.csv', 'b.csv']",
            vec!["`t.csv` twice"],
        ),
        (
            "train = 't.csv'\nout_of_distribution = ['a.csv']",
            vec!["`out_of_distribution`", "2 file(s)", "found 1"],
        ),
        (
            "train = 't.csv'\nout_of_distribution = ['a.csv', 'narrow.csv']",
            vec!["narrow.csv", "2 columns", "`t.csv` has 3"],
        ),
        (
            "train = 't.csv'\nout_of_distribution = ['a.csv', 'other.csv']",
            vec!["other.csv", "column 1 is `z`", "it is `y`"],
        ),
        (
            "train = 't.csv'\ninputs = []",
            vec!["`inputs`", "at least one"],
        ),
        (
            "train = 't.csv'\nheld_out = 0.9",
            vec!["the training set has 6 rows", "at least 16"],
        ),
        (
            "train = 't.csv'\nheld_out = 0.01",
            vec!["the in-distribution set has 1 rows"],
        ),
    ] {
        let message = refusal(text, &files);
        for part in parts {
            assert!(message.contains(part), "wanted `{part}` in: {message}");
        }
    }
    for (text, part) in [
        (
            "train = 't.csv'\ntarget = -1",
            "a column's name, or its index from 0",
        ),
        ("train = 't.csv'\nouter = 3", "unknown field `outer`"),
        ("target = 'x'", "missing field `train`"),
        ("train = 't.csv'\nloaded = 3", "unknown field `loaded`"),
    ] {
        let message =
            toml::from_str::<TaskDefinition>(&format!("name = 'm'\nfamily = 'file'\n{text}"))
                .expect_err(text)
                .to_string();
        assert!(message.contains(part), "wanted `{part}` in: {message}");
    }
}

#[test]
fn constant_columns_are_refused() {
    let table = |row: &dyn Fn(usize) -> String| {
        files([(
            "t.csv",
            ["x,y\n".to_owned()]
                .into_iter()
                .chain((0..100).map(row))
                .collect::<String>()
                .into_bytes(),
        )])
    };
    let message = refusal("train = 't.csv'", &table(&|row| format!("{row},7\n")));
    assert!(
        message.contains("training targets are constant"),
        "{message}"
    );
    let message = refusal("train = 't.csv'", &table(&|row| format!("3,{row}\n")));
    assert!(
        message.contains("input 0 (counted from 0) has the one value 3"),
        "{message}"
    );
}

#[test]
fn files_must_be_loaded_and_are_no_law() {
    let unloaded = definition("train = 't.csv'");
    assert!(unloaded.check().is_ok());
    let error = unloaded
        .generate(&Key::new(0), &Sizes::default())
        .expect_err("nothing was read");
    assert!(
        matches!(error, DatasetError::NotLoaded { .. })
            && error.to_string().contains("have not been read"),
        "{error}"
    );
    assert!(unloaded.law(&Key::new(0)).is_err() && unloaded.region().is_err());
    let mut polynomial = task("name = 'p'\nfamily = 'polynomial'\nvariables = 1\ndegree = 3");
    assert!(polynomial.files().is_empty());
    polynomial
        .load(&mut |path| Err(format!("{path} was asked for")))
        .expect("a computed family reads nothing");
}

#[test]
fn a_loaded_definition_is_written_as_it_was_read() {
    let files = files([("t.csv", products(100, 1.0))]);
    let text = "train = 't.csv'\ntarget = 'x'\ninputs = [1, 'product']\ninside = 0.5";
    let written = toml::to_string(&loaded(text, &files)).unwrap();
    assert_eq!(
        toml::from_str::<TaskDefinition>(&written).unwrap(),
        definition(text)
    );
    assert!(
        format!("{:?}", loaded(text, &files)).len() < 500,
        "the table is not printed"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        magic in any::<bool>(),
        version in 0u8..4,
    ) {
        let mut whole = if magic {
            vec![0x93, b'N', b'U', b'M', b'P', b'Y', version, 0]
        } else {
            Vec::new()
        };
        whole.extend(bytes);
        let mut mine = definition("train = 't.csv'");
        if load(&mut mine, &files([("t.csv", whole)])).is_ok() {
            let _ = mine.generate(&Key::new(0), &Sizes::default());
        }
    }

    #[test]
    fn no_mutilated_table_makes_the_reader_panic(
        at in 0usize..3000,
        byte in any::<u8>(),
        end in 0usize..3000,
        binary in any::<bool>(),
    ) {
        let mut bytes = if binary {
            npy(1, &header("<f8", 100, 3), &elements("<f8", 300))
        } else {
            products(60, 1.0)
        };
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(if end % 2 == 0 { length } else { end % length });
        let mut mine = definition("train = 't.csv'");
        if load(&mut mine, &files([("t.csv", bytes)])).is_ok() {
            let _ = mine.generate(&Key::new(0), &Sizes::default());
        }
    }

    #[test]
    fn no_header_makes_the_npy_reader_panic(
        header in "[{}()\\[\\]',: a-z<0-9]{0,80}",
        known in any::<bool>(),
    ) {
        let header = if known {
            format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {header}")
        } else {
            header
        };
        let mut mine = definition("train = 't.npy'");
        let _ = load(
            &mut mine,
            &files([("t.npy", npy(2, &header, &elements("<f8", 30)))]),
        );
    }
}
