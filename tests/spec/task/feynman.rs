//! Feynman equations: every row parses and is finite where it is used, and values worked by hand.

use motherlode::numerics::stream::Key;
use motherlode::task::feynman::rows;
use motherlode::task::region::Region;
use motherlode::task::{Sizes, TaskDefinition};

use super::task;

fn definition(equation: &str) -> TaskDefinition {
    task(&format!(
        "name = 'f'\nfamily = 'feynman'\nequation = '{equation}'"
    ))
}

fn value(equation: &str, point: &[f64]) -> f64 {
    definition(equation)
        .law(&Key::new(0))
        .unwrap()
        .target(point)
        .unwrap()
}

#[test]
fn the_tables_hold_a_hundred_equations_and_twenty_more() {
    let rows = rows().unwrap();
    assert_eq!(rows.len(), 120);
    let names: std::collections::BTreeSet<_> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), 120);
    for row in rows {
        assert!((1..=10).contains(&row.variables.len()), "{}", row.name);
        assert!(
            row.variables
                .iter()
                .all(|variable| variable.low < variable.high),
            "{}",
            row.name
        );
    }
}

#[test]
fn the_variables_of_a_row_are_those_of_its_formula() {
    // Among them the ten rows whose `# variables` column is wrong.
    for row in rows().unwrap() {
        let words: std::collections::BTreeSet<&str> = row
            .formula
            .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic()))
            .filter(|word| {
                ![
                    "exp", "sqrt", "sin", "cos", "tanh", "arcsin", "arccos", "ln", "log", "pi",
                ]
                .contains(word)
            })
            .collect();
        let names = row
            .variables
            .iter()
            .map(|variable| variable.name.as_str())
            .collect();
        assert_eq!(words, names, "{}: {}", row.name, row.formula);
    }
}

#[test]
fn every_equation_makes_a_task_at_the_standard_shells_under_any_key() {
    let sizes = Sizes {
        train: 512,
        in_distribution: 128,
        shell: 256,
        ..Sizes::default()
    };
    println!(
        "mean squared target of a shell in training variances, the median and the largest of 8 \
         keys, of equations where one is above 10"
    );
    for row in rows().unwrap() {
        let mut squares = [Vec::new(), Vec::new()];
        for seed in 0..8 {
            let data = definition(&row.name)
                .generate(&Key::new(seed), &sizes)
                .unwrap_or_else(|error| panic!("{}, seed {seed}: {error}", row.name));
            assert_eq!(data.dimension, row.variables.len());
            let largest = data
                .train
                .targets
                .iter()
                .map(|y| f64::from(*y).powi(2))
                .fold(0.0, f64::max);
            assert!(
                largest < 0.5 * 512.0,
                "{}: one of 512 training targets has {largest} of their 512 variances",
                row.name
            );
            squares
                .iter_mut()
                .zip(&data.shells)
                .for_each(|(squares, shell)| squares.push(mean_square(&shell.split.targets)));
        }
        squares
            .iter_mut()
            .for_each(|squares| squares.sort_by(f64::total_cmp));
        if squares[1][7] > 10.0 {
            let [near, far] = squares;
            println!(
                "{:10} (1, 1.25] {:5.1} {:5.1}   (1.25, 1.5] {:5.1} {:5.1}",
                row.name, near[4], near[7], far[4], far[7]
            );
        }
    }
}

fn mean_square(targets: &[f32]) -> f64 {
    targets.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>() / targets.len() as f64
}

#[test]
fn every_equation_is_finite_to_the_end_of_its_ranges() {
    let sizes = Sizes {
        train: 512,
        in_distribution: 32,
        shell: 512,
        shells: vec![(1.5, 2.0)],
    };
    println!(
        "mean squared target in (1.5, 2], in training variances, of equations where it is above 50"
    );
    for row in rows().unwrap() {
        let data = definition(&row.name)
            .generate(&Key::new(1), &sizes)
            .unwrap_or_else(|error| panic!("{}: {error}", row.name));
        let found = mean_square(&data.shells[0].split.targets);
        if found > 50.0 {
            println!("{:10} {found:8.0}", row.name);
        }
    }
}

#[test]
fn a_given_law_is_refused_at_every_key_or_at_none() {
    // The heaviest equations are admitted in (1.25, 1.5] and have 60 and more variances in its
    // outer rim, whatever the few points of a key.
    for equation in ["test_20", "III.19.51"] {
        let ended = |shells: Vec<(f64, f64)>| -> Vec<bool> {
            let sizes = Sizes {
                train: 64,
                in_distribution: 1,
                shell: 2,
                shells,
            };
            (0..30)
                .map(|seed| {
                    definition(equation)
                        .generate(&Key::new(seed), &sizes)
                        .is_ok()
                })
                .collect()
        };
        assert_eq!(ended(vec![(1.25, 1.5)]), [true; 30], "{equation}");
        let rim = ended(vec![(1.499, 1.5)]);
        assert!(rim.iter().all(|end| *end == rim[0]), "{equation}: {rim:?}");
    }
}

#[test]
fn equations_have_the_values_worked_by_hand() {
    for (equation, point, wanted) in [
        ("I.8.14", vec![1.0, 4.0, 2.0, 6.0], 5.0),
        (
            "I.12.11",
            vec![2.0, 3.0, 1.5, 4.0, std::f64::consts::FRAC_PI_2],
            18.0,
        ),
        ("I.13.4", vec![2.0, 1.0, 2.0, 3.0], 14.0),
        (
            "I.6.2",
            vec![2.0, 2.0],
            (-0.5f64).exp() / ((2.0 * std::f64::consts::PI).sqrt() * 2.0),
        ),
        ("I.10.7", vec![3.0, 3.0, 5.0], 3.75),
    ] {
        let found = value(equation, &point);
        assert!(
            (found - wanted).abs() < 1e-14,
            "{equation}: found {found}, wanted {wanted}"
        );
    }
}

/// Each equation's value with its i-th variable (from 1) at low + (0.3 + 0.05 i) (high - low),
/// printed by this program under Python 3:
///
/// ```python
/// import csv, math
/// names = dict(exp=math.exp, sqrt=math.sqrt, sin=math.sin, cos=math.cos, tanh=math.tanh,
///              arcsin=math.asin, arccos=math.acos, ln=math.log, log=math.log, pi=math.pi)
/// for file in ["equations", "bonus"]:
///     for row in csv.DictReader(open(f"datasets/feynman/{file}.csv")):
///         point, i = {}, 1
///         while i <= 10 and row[f"v{i}_name"]:
///             low, high = float(row[f"v{i}_low"]), float(row[f"v{i}_high"])
///             point[row[f"v{i}_name"]] = low + (0.3 + 0.05 * i) * (high - low)
///             i += 1
///         print(row["Filename"], repr(float(eval(row["Formula"], {**names, **point}))), sep=",")
/// ```
const VALUES: &str = include_str!("feynman_values.csv");

#[test]
fn every_equation_has_the_value_that_python_gives_it() {
    assert_eq!(VALUES.lines().count(), rows().unwrap().len());
    for (line, row) in VALUES.lines().zip(rows().unwrap()) {
        let (name, wanted) = line.split_once(',').unwrap();
        assert_eq!(name, row.name);
        let wanted: f64 = wanted.parse().unwrap();
        let point: Vec<f64> = (1..)
            .zip(&row.variables)
            .map(|(i, variable)| {
                variable.low + (0.3 + 0.05 * f64::from(i)) * (variable.high - variable.low)
            })
            .collect();
        let found = value(name, &point);
        assert!(
            (found - wanted).abs() <= 1e-12 * wanted.abs(),
            "{name}: found {found}, wanted {wanted}"
        );
    }
}

#[test]
fn many_points_at_once_have_the_bits_of_one_at_a_time() {
    for row in rows().unwrap() {
        let law = definition(&row.name).law(&Key::new(0)).unwrap();
        let mut stream = Key::new(1).stream();
        let points: Vec<f64> = (0..700)
            .flat_map(|_| {
                row.variables
                    .iter()
                    .map(|variable| stream.uniform(variable.low, variable.high))
                    .collect::<Vec<_>>()
            })
            .collect();
        let dimension = row.variables.len();
        let one: Vec<u64> = points
            .chunks(dimension)
            .map(|point| law.target(point).unwrap().to_bits())
            .collect();
        let all: Vec<u64> = law
            .targets(&points, dimension)
            .unwrap()
            .iter()
            .map(|target| target.to_bits())
            .collect();
        assert_eq!(all, one, "{}", row.name);
    }
}

#[test]
fn the_training_box_is_the_central_half_of_the_range() {
    // I.10.7: m_0 in [1, 5], v in [1, 2], c in [3, 10].
    let Region::Box {
        center,
        half_widths,
        ..
    } = definition("I.10.7").region().unwrap()
    else {
        panic!("a box")
    };
    assert_eq!(
        (center, half_widths),
        (vec![3.0, 1.5, 6.5], vec![1.0, 0.25, 1.75])
    );
}
