//! A fixed tensor at which formulas that read more than their own element are looked at.

use crate::graph::Graph;
use crate::grid;
use crate::reference::{self, Shape};

/// 8 rows of 8 features.
pub(super) const SHAPE: Shape = Shape {
    rows: 8,
    features: 8,
};

/// The fingerprint's grid in a mixed order; `PLACES[i]` is where its i-th point stands.
pub(super) fn place(point: usize) -> usize {
    (37 * point + 11) % SHAPE.elements()
}

/// The grid's points at their places, each times `scale`.
pub(super) fn tensor(scale: f64) -> Vec<f64> {
    let mut tensor = vec![0.0; SHAPE.elements()];
    for (point, x) in grid::points().enumerate() {
        tensor[place(point)] = scale * x;
    }
    tensor
}

/// The grid stretched, with `points` in place of its first.
pub(super) fn stretched(points: &[f64]) -> Vec<f64> {
    let mut tensor = tensor(2.3);
    for (point, x) in points.iter().enumerate() {
        tensor[place(point)] = *x;
    }
    tensor
}

/// `points` over and over: most elements are tied with others of their row, their column or the
/// tensor.
pub(super) fn repeated(points: &[f64]) -> Vec<f64> {
    (0..SHAPE.elements())
        .map(|element| points[element * element % points.len()])
        .collect()
}

/// The gradient that arrives at each element: uneven, so that none cancel in a sum.
pub(super) fn arriving(element: usize) -> f64 {
    1.0 + 0.5 * (1.0 + element as f64).sin()
}

/// Values of parameters away from `initial`: `factor` times these, plus `shift`. A channel's differ
/// from one another.
pub(super) fn moved(initial: Vec<Vec<f64>>, factor: f64, shift: f64) -> Vec<Vec<f64>> {
    let mut parameters = initial;
    for parameter in &mut parameters {
        parameter
            .iter_mut()
            .enumerate()
            .for_each(|(feature, value)| {
                *value = factor * *value + shift * (1.0 + 0.1 * feature as f64)
            });
    }
    parameters
}

/// The gradient whose flow back to an element is the slope of the first element there.
pub(super) fn arriving_at_first() -> Vec<f64> {
    (0..SHAPE.elements())
        .map(|element| f64::from(u8::from(element == 0)))
        .collect()
}

/// f alone at the first element, which takes the value x, from the graph of f.
pub(super) fn value(graph: &Graph, x: f64) -> f64 {
    reference::evaluate_tensor(
        graph,
        SHAPE,
        &[&around(x)],
        &reference::initial_parameters(graph, SHAPE.features),
    )[0][0]
}

/// The tensor whose first element is x.
pub(super) fn around(x: f64) -> Vec<f64> {
    // The grid is uniform on [-5, 5]; so it gets about unit variance.
    let mut values = tensor(0.35);
    values[0] = x;
    values
}
