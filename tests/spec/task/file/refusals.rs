//! Files that are no table of numbers, and definitions that do not fit their files.

use motherlode::numerics::stream::Key;
use motherlode::task::{Sizes, TaskDefinition};
use proptest::prelude::*;

use super::{definition, elements, files, header, load, npy, products, Files};

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
