//! Which rows become which set, and which columns are read.

use motherlode::numerics::stream::Key;
use motherlode::task::{Family, Sizes, TaskData, TaskDefinition, TaskError};

use super::{definition, elements, files, header, loaded, npy, products, Files};
use crate::task::task;

fn generated(text: &str, files: &Files, seed: u64) -> TaskData {
    loaded(text, files)
        .generate(&Key::new(seed), &Sizes::default())
        .expect(text)
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
fn files_must_be_loaded_and_are_no_law() {
    let unloaded = definition("train = 't.csv'");
    assert!(unloaded.check().is_ok());
    let error = unloaded
        .generate(&Key::new(0), &Sizes::default())
        .expect_err("nothing was read");
    assert!(
        matches!(error, TaskError::NotLoaded { .. })
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
