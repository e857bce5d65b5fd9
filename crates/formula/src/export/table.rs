//! The table of values and gradients by which an export checks itself: 64-bit values at a fixed
//! tensor, and how far 32 bits may be from them.

use super::rounding::{deviations, Precision};
use crate::class::Class;
use crate::formula::Formula;
use crate::graph::Graph;
use crate::reference::{self, Shape};

/// A tensor, the gradient that arrives at f there, the parameters' values, and what comes of it.
pub(super) struct Table {
    pub shape: Shape,
    /// Row by row; exact in 32 bits.
    pub x: Vec<f64>,
    /// All 1 where the formula is pointwise and has no parameters: the gradient of x is the slope
    /// then.
    pub arriving: Vec<f64>,
    pub parameters: Vec<Vec<f64>>,
    /// f, the gradient of x, and the gradient of each parameter.
    pub columns: Vec<Column>,
}

/// One output over the table.
pub(super) struct Column {
    pub name: String,
    pub values: Vec<f64>,
    /// Whether the value is finite and rounding in 64 bits leaves nine digits of it.
    pub steady: Vec<bool>,
    /// How far 32 bits may be from it; `None` where they may be anywhere.
    pub single: Vec<Option<f64>>,
}

/// What 64 bits may be off, relative to 1 + |value|.
pub(super) const DOUBLE_TOLERANCE: f64 = 1e-9;

/// Magnitudes of the points of a pointwise formula, all exact in 32 bits: singular points, kinks,
/// ordinary arguments, tiny and large ones.
const MAGNITUDES: [f64; 31] = [
    7.888609052210118e-31,
    9.5367431640625e-7,
    0.0078125,
    0.0625,
    0.25,
    0.3203125,
    0.5,
    0.75,
    0.90625,
    1.0,
    1.25,
    1.5,
    1.7109375,
    2.0,
    2.5,
    2.8515625,
    3.0,
    3.5,
    4.0,
    4.4140625,
    5.0,
    6.0,
    8.0,
    10.0,
    16.0,
    20.5,
    30.0,
    50.0,
    88.0,
    100.0,
    1000.0,
];

/// The tensor of the other formulas.
const TENSOR: Shape = Shape {
    rows: 5,
    features: 4,
};

impl Table {
    pub fn of(formula: &Formula) -> Table {
        if is_plain(formula) {
            let x: Vec<f64> = points().collect();
            let shape = Shape {
                rows: x.len(),
                features: 1,
            };
            let arriving = vec![1.0; x.len()];
            let columns = columns(formula.graph(), shape, &[&x], &[], &["f", "the slope of f"]);
            return Table {
                shape,
                x,
                arriving,
                parameters: Vec::new(),
                columns,
            };
        }
        let sixteenths = |value: f64| (16.0 * value).round() / 16.0;
        let mut x: Vec<f64> = (0..TENSOR.elements())
            .map(|i| sixteenths(2.2 * (1.3 * i as f64 + 0.3).sin()) + i as f64 / 1024.0)
            .collect();
        (x[0], x[6]) = (0.0, -1.5);
        let arriving: Vec<f64> = (0..TENSOR.elements())
            .map(|i| sixteenths((0.7 * i as f64 + 0.9).cos()) + 0.03125)
            .collect();
        let mut parameters = formula.initial_parameters(TENSOR.features);
        for values in &mut parameters {
            for (i, value) in values.iter_mut().enumerate() {
                *value = f64::from(*value as f32) + 0.125 * i as f64;
            }
        }
        let gradients = (0..parameters.len()).map(|index| format!("the gradient of p{index}"));
        let names: Vec<String> = ["f".to_owned(), "the gradient of x".to_owned()]
            .into_iter()
            .chain(gradients)
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut columns = columns(
            formula.adjoint(),
            TENSOR,
            &[&x, &arriving],
            &parameters,
            &names,
        );
        for (column, values) in columns[2..].iter_mut().zip(&parameters) {
            column.truncate(values.len());
        }
        Table {
            shape: TENSOR,
            x,
            arriving,
            parameters,
            columns,
        }
    }
}

impl Column {
    /// A column of values that rounding in 64 and in 32 bits may move so far.
    fn of(name: &str, values: Vec<f64>, double: &[f64], single: &[f64]) -> Column {
        let size = |index: usize| 1.0 + f64::abs(values[index]);
        let steady = (0..values.len()).map(|i| {
            values[i].is_finite() && 1e-11 * size(i) + 16.0 * double[i] < DOUBLE_TOLERANCE * size(i)
        });
        let steady: Vec<bool> = steady.collect();
        let single = (0..values.len()).map(|i| {
            let allowed = 4e-6 * size(i) + 16.0 * single[i];
            (steady[i] && allowed < 0.05 * size(i)).then(|| rounded_up(allowed))
        });
        let single = single.collect();
        Column {
            name: name.to_owned(),
            steady,
            single,
            values,
        }
    }

    fn truncate(&mut self, length: usize) {
        self.values.truncate(length);
        self.steady.truncate(length);
        self.single.truncate(length);
    }

    /// The values that 64 bits can be held to.
    pub fn checked(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        self.values
            .iter()
            .zip(&self.steady)
            .map(|(value, steady)| steady.then_some(*value))
    }
}

/// Whether a formula is a function of one number, with a slope.
pub(super) fn is_plain(formula: &Formula) -> bool {
    formula.class() == Class::Pointwise && formula.parameters().is_empty()
}

/// The points of a pointwise formula, ascending.
pub(super) fn points() -> impl Iterator<Item = f64> {
    MAGNITUDES
        .iter()
        .rev()
        .map(|x| -x)
        .chain([0.0])
        .chain(MAGNITUDES)
}

fn columns(
    graph: &Graph,
    shape: Shape,
    inputs: &[&[f64]],
    parameters: &[Vec<f64>],
    names: &[&str],
) -> Vec<Column> {
    let outputs = reference::evaluate_tensor(graph, shape, inputs, parameters);
    let double = deviations(
        graph,
        shape,
        inputs,
        parameters,
        &outputs,
        Precision::Double,
    );
    let single = deviations(
        graph,
        shape,
        inputs,
        parameters,
        &outputs,
        Precision::Single,
    );
    let deviations = double.into_iter().zip(single);
    names
        .iter()
        .zip(outputs)
        .zip(deviations)
        .map(|((name, values), (double, single))| Column::of(name, values, &double, &single))
        .collect()
}

/// Two digits, not below.
fn rounded_up(value: f64) -> f64 {
    let text = format!("{:.1e}", value * 1.05);
    text.parse().expect("a formatted number is a number")
}
