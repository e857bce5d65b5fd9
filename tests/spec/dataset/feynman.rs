//! Feynman equations: every row parses and is finite where it is used, and values worked by hand.

use motherlode::dataset::feynman::rows;
use motherlode::dataset::region::Region;
use motherlode::dataset::{Sizes, TaskDefinition};
use motherlode::stream::Key;

use super::task;

fn definition(equation: &str) -> TaskDefinition {
    task(&format!("name = 'f'\nfamily = 'feynman'\nequation = '{equation}'"))
}

fn value(equation: &str, point: &[f64]) -> f64 {
    definition(equation).law(&Key::new(0)).unwrap().target(point).unwrap()
}

#[test]
fn the_tables_hold_a_hundred_equations_and_twenty_more() {
    let rows = rows().unwrap();
    assert_eq!(rows.len(), 120);
    let names: std::collections::BTreeSet<_> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), 120);
    for row in rows {
        assert!((1..=10).contains(&row.variables.len()), "{}", row.name);
        assert!(row.variables.iter().all(|variable| variable.low < variable.high), "{}", row.name);
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
            .filter(|word| !["exp", "sqrt", "sin", "cos", "tanh", "arcsin", "arccos", "ln", "log", "pi"].contains(word))
            .collect();
        let names = row.variables.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(words, names, "{}: {}", row.name, row.formula);
    }
}

#[test]
fn every_equation_makes_a_task_at_the_standard_shells_under_any_key() {
    let sizes = Sizes { train: 512, in_distribution: 128, shell: 256, ..Sizes::default() };
    for row in rows().unwrap() {
        for seed in 0..4 {
            let data = definition(&row.name).generate(&Key::new(seed), &sizes).unwrap_or_else(|error| panic!("{}, seed {seed}: {error}", row.name));
            assert_eq!(data.dimension, row.variables.len());
            let squares: Vec<f64> = data.train.targets.iter().map(|y| f64::from(*y).powi(2)).collect();
            let share = squares.iter().fold(0.0f64, |largest, square| largest.max(*square)) / squares.iter().sum::<f64>();
            assert!(share < 0.4, "{}: one of 512 training targets has {share} of their variance", row.name);
        }
    }
}

#[test]
fn every_equation_is_finite_to_the_end_of_its_ranges() {
    let sizes = Sizes { train: 256, in_distribution: 32, shell: 512, shells: vec![(1.5, 2.0)] };
    for row in rows().unwrap() {
        definition(&row.name).generate(&Key::new(1), &sizes).unwrap_or_else(|error| panic!("{}: {error}", row.name));
    }
}

#[test]
fn a_given_law_is_refused_at_every_key_or_at_none() {
    // The heaviest equations are admitted in (1.25, 1.5] and have 60 and more variances in its outer rim, whatever the few points of a key.
    for equation in ["test_20", "III.19.51"] {
        let ended = |shells: Vec<(f64, f64)>| -> Vec<bool> {
            let sizes = Sizes { train: 64, in_distribution: 1, shell: 2, shells };
            (0..30).map(|seed| definition(equation).generate(&Key::new(seed), &sizes).is_ok()).collect()
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
        ("I.12.11", vec![2.0, 3.0, 1.5, 4.0, std::f64::consts::FRAC_PI_2], 18.0),
        ("I.13.4", vec![2.0, 1.0, 2.0, 3.0], 14.0),
        ("I.6.2", vec![2.0, 2.0], (-0.5f64).exp() / ((2.0 * std::f64::consts::PI).sqrt() * 2.0)),
        ("I.10.7", vec![3.0, 3.0, 5.0], 3.75),
    ] {
        let found = value(equation, &point);
        assert!((found - wanted).abs() < 1e-14, "{equation}: found {found}, wanted {wanted}");
    }
}

/// Each equation's value with its i-th variable (from 1) at low + (0.3 + 0.05 i) (high - low), printed by this program under Python 3:
///
/// ```python
/// import csv, math
/// names = dict(exp=math.exp, sqrt=math.sqrt, sin=math.sin, cos=math.cos, tanh=math.tanh, arcsin=math.asin, arccos=math.acos, ln=math.log, log=math.log, pi=math.pi)
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
        let point: Vec<f64> =
            (1..).zip(&row.variables).map(|(i, variable)| variable.low + (0.3 + 0.05 * f64::from(i)) * (variable.high - variable.low)).collect();
        let found = value(name, &point);
        assert!((found - wanted).abs() <= 1e-12 * wanted.abs(), "{name}: found {found}, wanted {wanted}");
    }
}

#[test]
fn the_training_box_is_the_central_half_of_the_range() {
    // I.10.7: m_0 in [1, 5], v in [1, 2], c in [3, 10].
    let Region::Box { center, half_widths, .. } = definition("I.10.7").region().unwrap() else { panic!("a box") };
    assert_eq!((center, half_widths), (vec![3.0, 1.5, 6.5], vec![1.0, 0.25, 1.75]));
}
