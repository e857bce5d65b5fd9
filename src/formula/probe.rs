//! A fixed tensor at which formulas that read more than their own element are looked at.

use super::fingerprint::Fingerprint;
use super::graph::Graph;
use super::reference::{self, Shape};
use super::Formula;

/// 8 rows of 8 features.
pub(super) const SHAPE: Shape = Shape { rows: 8, features: 8 };

/// The fingerprint's grid in a mixed order; `PLACES[i]` is where its i-th point stands.
pub(super) fn place(point: usize) -> usize {
    (37 * point + 11) % SHAPE.elements()
}

/// The grid's points at their places, each times `scale`.
pub(super) fn tensor(scale: f64) -> Vec<f64> {
    let mut tensor = vec![0.0; SHAPE.elements()];
    for (point, x) in Fingerprint::grid().enumerate() {
        tensor[place(point)] = scale * x;
    }
    tensor
}

/// f and its slope at the first element, which takes the value x.
pub(super) fn response(formula: &Formula, x: f64) -> (f64, f64) {
    let values = around(x);
    let mut arriving = vec![0.0; values.len()];
    arriving[0] = 1.0;
    let gradients = formula.gradients(SHAPE, &values, &arriving, &formula.initial_parameters(SHAPE.features));
    (gradients.value[0], gradients.input[0])
}

/// f alone at the first element, which takes the value x, from the graph of f.
pub(super) fn value(graph: &Graph, x: f64) -> f64 {
    reference::evaluate_tensor(graph, SHAPE, &[&around(x)], &reference::initial_parameters(graph, SHAPE.features))[0][0]
}

/// The tensor whose first element is x.
fn around(x: f64) -> Vec<f64> {
    // The grid is uniform on [-5, 5]; so it gets about unit variance.
    let mut values = tensor(0.35);
    values[0] = x;
    values
}
