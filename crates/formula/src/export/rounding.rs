//! How far rounding may move the outputs of a graph: it is evaluated again with every inexact
//! operation's result moved by a unit in the last place.

use crate::graph::{Binary, Graph, Node, NodeId, Reduction, Unary};
use crate::reference::{self, Shape};

/// The numbers that a back end computes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Precision {
    Single,
    Double,
}

/// How each inexact result is moved: all up, all down, and two mixtures.
const PATTERNS: [u64; 4] = [0, u64::MAX, 0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03];

/// For each output the largest distance, element by element, between `exact` and what rounding
/// makes of it; not finite where a result is not.
pub(super) fn deviations(
    graph: &Graph,
    shape: Shape,
    inputs: &[&[f64]],
    parameters: &[Vec<f64>],
    exact: &[Vec<f64>],
    precision: Precision,
) -> Vec<Vec<f64>> {
    let mut deviations: Vec<Vec<f64>> =
        exact.iter().map(|values| vec![0.0; values.len()]).collect();
    for pattern in PATTERNS {
        let outputs = Rounded {
            graph,
            shape,
            precision,
            pattern,
        }
        .evaluate(inputs, parameters);
        for ((deviations, output), exact) in deviations.iter_mut().zip(outputs).zip(exact) {
            for ((deviation, value), exact) in deviations.iter_mut().zip(output).zip(exact) {
                let distance = (value - exact).abs();
                *deviation = if distance.is_finite() {
                    deviation.max(distance)
                } else {
                    f64::NAN
                };
            }
        }
    }
    deviations
}

struct Rounded<'a> {
    graph: &'a Graph,
    shape: Shape,
    precision: Precision,
    pattern: u64,
}

impl Rounded<'_> {
    fn evaluate(&self, inputs: &[&[f64]], parameters: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let elements = self.shape.elements();
        let mut values: Vec<Vec<f64>> = Vec::with_capacity(self.graph.nodes().len());
        for (index, node) in self.graph.nodes().iter().enumerate() {
            let of = |id: NodeId| &values[id.0 as usize];
            let value: Vec<f64> = match *node {
                Node::Input(input) => inputs[input as usize]
                    .iter()
                    .map(|value| self.stored(*value))
                    .collect(),
                Node::Constant(bits) => vec![self.stored(f64::from_bits(bits)); elements],
                Node::Parameter(parameter) => {
                    let values = &parameters[parameter as usize];
                    (0..elements)
                        .map(|i| self.stored(values[i % values.len()]))
                        .collect()
                }
                Node::Unary(operation, a) => of(a)
                    .iter()
                    .map(|a| self.unary(index, operation, *a))
                    .collect(),
                Node::Binary(operation, a, b) => of(a)
                    .iter()
                    .zip(of(b))
                    .map(|(a, b)| self.binary(index, operation, *a, *b))
                    .collect(),
                Node::Select(condition, then, otherwise) => {
                    select(of(condition), of(then), of(otherwise))
                }
                Node::Reduce(reduction, axis, a) => {
                    let reduced = reference::reduce(reduction, axis, self.shape, of(a));
                    match reduction {
                        Reduction::Min | Reduction::Max => reduced,
                        Reduction::Sum | Reduction::Mean => reduced
                            .into_iter()
                            .map(|value| self.moved(index, value))
                            .collect(),
                    }
                }
                Node::Roll(places, a) => reference::roll(places, self.shape, of(a)),
            };
            values.push(value);
        }
        self.graph
            .outputs()
            .iter()
            .map(|id| values[id.0 as usize].clone())
            .collect()
    }

    /// The nearest number that the precision holds.
    fn stored(&self, value: f64) -> f64 {
        match self.precision {
            Precision::Single => f64::from(value as f32),
            Precision::Double => value,
        }
    }

    /// The value, a unit in the last place up or down.
    fn moved(&self, node: usize, value: f64) -> f64 {
        let unit = match self.precision {
            Precision::Single => f64::from(f32::EPSILON),
            Precision::Double => f64::EPSILON,
        };
        let down = (self.pattern >> (node % 64)) & 1 == 1;
        self.stored(self.stored(value) * if down { 1.0 - unit } else { 1.0 + unit })
    }

    fn unary(&self, node: usize, operation: Unary, a: f64) -> f64 {
        use Unary::*;
        let value = reference::unary(operation, a);
        let exact = match operation {
            Negate | Abs | Sign | Floor | Round | StopGradient => true,
            Reciprocal => self.holds(value, value.mul_add(a, -1.0)),
            Sqrt => self.holds(value, value.mul_add(value, -a)),
            // Values at 0, at infinity and where a function has levelled off.
            _ => a == 0.0 || a.is_infinite() || value == 0.0 || value.abs() == 1.0,
        };
        if exact {
            self.stored(value)
        } else {
            self.moved(node, value)
        }
    }

    fn binary(&self, node: usize, operation: Binary, a: f64, b: f64) -> f64 {
        use Binary::*;
        let value = reference::binary(operation, a, b);
        let exact = match operation {
            Min | Max | Less | LessEqual | Equal | NotEqual => true,
            Add => self.holds(value, sum_error(a, b, value)),
            Subtract => self.holds(value, sum_error(a, -b, value)),
            Multiply => self.holds(value, a.mul_add(b, -value)),
            Divide => self.holds(value, value.mul_add(b, -a)),
            Power => a == 0.0 || a == 1.0 || b == 0.0 || b == 1.0,
        };
        if exact {
            self.stored(value)
        } else {
            self.moved(node, value)
        }
    }

    /// Whether a result with this rounding error in 64 bits is exact in the precision.
    fn holds(&self, value: f64, error: f64) -> bool {
        (error == 0.0 || !error.is_finite()) && self.stored(value) == value
    }
}

/// Element by element `then` where the condition is not 0, else `otherwise`.
fn select(condition: &[f64], then: &[f64], otherwise: &[f64]) -> Vec<f64> {
    let sides = then.iter().zip(otherwise);
    condition
        .iter()
        .zip(sides)
        .map(|(condition, (then, otherwise))| match *condition != 0.0 {
            true => *then,
            false => *otherwise,
        })
        .collect()
}

/// a + b - sum, exactly (Knuth's two-sum).
fn sum_error(a: f64, b: f64, sum: f64) -> f64 {
    let other = sum - a;
    (a - (sum - other)) + (b - other)
}
