//! The 64-bit reference: a graph evaluated at one point in `f64`, to which every other back end is
//! held.

use std::f64::consts::PI;

use crate::graph::{Axis, Binary, Graph, Node, NodeId, Reduction, Unary};

/// The values of all outputs of `graph` at `inputs`; parameters have their initial values, and the
/// point is the only element of its tensor.
pub fn evaluate(graph: &Graph, inputs: &[f64]) -> Vec<f64> {
    let values = nodes(graph, inputs);
    graph
        .outputs()
        .iter()
        .map(|id| values[id.0 as usize])
        .collect()
}

/// The values of all nodes, for [`evaluate`].
pub(super) fn nodes(graph: &Graph, inputs: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let value = match *node {
            Node::Input(index) => inputs[index as usize],
            Node::Constant(bits) => f64::from_bits(bits),
            Node::Parameter(index) => graph.parameters()[index as usize].initial(),
            Node::Reduce(_, _, a) | Node::Roll(_, a) => values[a.0 as usize],
            Node::Unary(operation, a) => unary(operation, values[a.0 as usize]),
            Node::Binary(operation, a, b) => {
                binary(operation, values[a.0 as usize], values[b.0 as usize])
            }
            Node::Select(condition, then, otherwise) => {
                let chosen = if values[condition.0 as usize] != 0.0 {
                    then
                } else {
                    otherwise
                };
                values[chosen.0 as usize]
            }
        };
        values.push(value);
    }
    values
}

/// The shape of an activation's tensor, whose elements stand row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of the batch.
    pub rows: usize,
    /// Features of the layer (its channels).
    pub features: usize,
}

impl Shape {
    /// The number of elements.
    #[inline]
    pub fn elements(self) -> usize {
        self.rows * self.features
    }
}

/// The values of all outputs of `graph` over tensors: each input has `shape`, each parameter one
/// value (a layer's) or one a feature (a channel's), and each output has `shape`.
///
/// # Panics
/// Where an input or a parameter has another number of values than that.
pub fn evaluate_tensor(
    graph: &Graph,
    shape: Shape,
    inputs: &[&[f64]],
    parameters: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let values = tensor_nodes(graph, shape, inputs, parameters);
    graph
        .outputs()
        .iter()
        .map(|id| values[id.0 as usize].clone())
        .collect()
}

/// The values of all nodes, for [`evaluate_tensor`].
pub(super) fn tensor_nodes(
    graph: &Graph,
    shape: Shape,
    inputs: &[&[f64]],
    parameters: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let elements = shape.elements();
    assert!(
        inputs.iter().all(|input| input.len() == elements),
        "an input has {} rows of {} features",
        shape.rows,
        shape.features
    );
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let of = |id: NodeId| &values[id.0 as usize];
        let value: Vec<f64> = match *node {
            Node::Input(index) => inputs[index as usize].to_vec(),
            Node::Constant(bits) => vec![f64::from_bits(bits); elements],
            Node::Parameter(index) => {
                let values = &parameters[index as usize];
                let wanted = graph.parameters()[index as usize].values(shape.features);
                assert_eq!(values.len(), wanted, "the values of parameter {index}");
                (0..elements).map(|i| values[i % wanted]).collect()
            }
            Node::Unary(operation, a) => of(a).iter().map(|a| unary(operation, *a)).collect(),
            Node::Binary(operation, a, b) => of(a)
                .iter()
                .zip(of(b))
                .map(|(a, b)| binary(operation, *a, *b))
                .collect(),
            Node::Select(condition, then, otherwise) => {
                let chosen = of(then).iter().zip(of(otherwise));
                of(condition)
                    .iter()
                    .zip(chosen)
                    .map(
                        |(condition, (then, otherwise))| {
                            if *condition != 0.0 {
                                *then
                            } else {
                                *otherwise
                            }
                        },
                    )
                    .collect()
            }
            Node::Reduce(reduction, axis, a) => reduce(reduction, axis, shape, of(a)),
            Node::Roll(places, a) => roll(places, shape, of(a)),
        };
        values.push(value);
    }
    values
}

/// The values that the parameters of `graph` start from, for [`evaluate_tensor`].
pub fn initial_parameters(graph: &Graph, features: usize) -> Vec<Vec<f64>> {
    graph
        .parameters()
        .iter()
        .map(|parameter| vec![parameter.initial(); parameter.values(features)])
        .collect()
}

/// A reduction, its result at every element that it ran over.
pub(super) fn reduce(reduction: Reduction, axis: Axis, shape: Shape, a: &[f64]) -> Vec<f64> {
    let groups = match axis {
        Axis::Features => shape.rows,
        Axis::Batch => shape.features,
        Axis::Tensor => 1,
    };
    let mut members = vec![Vec::with_capacity(a.len() / groups); groups];
    for (element, value) in a.iter().enumerate() {
        members[group(axis, shape, element)].push(*value);
    }
    let reduced: Vec<f64> = members
        .into_iter()
        .map(|members| fold(reduction, members.into_iter()))
        .collect();
    (0..a.len())
        .map(|element| reduced[group(axis, shape, element)])
        .collect()
}

/// Which of the groups that are reduced along `axis` an element belongs to.
pub(super) fn group(axis: Axis, shape: Shape, element: usize) -> usize {
    match axis {
        Axis::Features => element / shape.features,
        Axis::Batch => element % shape.features,
        Axis::Tensor => 0,
    }
}

/// The reduction of one group, in the order of its members.
pub(super) fn fold(reduction: Reduction, members: impl ExactSizeIterator<Item = f64>) -> f64 {
    let size = members.len();
    let (start, operation) = match reduction {
        Reduction::Sum | Reduction::Mean => (0.0, Binary::Add),
        Reduction::Min => (f64::INFINITY, Binary::Min),
        Reduction::Max => (f64::NEG_INFINITY, Binary::Max),
    };
    let result = members.fold(start, |result, member| binary(operation, result, member));
    if reduction == Reduction::Mean {
        result / size as f64
    } else {
        result
    }
}

/// The features of each row moved `places` to the right, around its end.
pub(super) fn roll(places: i32, shape: Shape, a: &[f64]) -> Vec<f64> {
    (0..a.len())
        .map(|element| a[rolled_from(places, shape, element)])
        .collect()
}

/// The element that a roll by `places` brings to `element`.
pub(super) fn rolled_from(places: i32, shape: Shape, element: usize) -> usize {
    let feature = element % shape.features;
    element - feature
        + (feature as i64 - i64::from(places)).rem_euclid(shape.features as i64) as usize
}

/// A primitive of one argument.
pub fn unary(operation: Unary, x: f64) -> f64 {
    match operation {
        Unary::Negate => -x,
        Unary::Abs => x.abs(),
        Unary::Sign if x == 0.0 => 0.0,
        Unary::Sign if x.is_nan() => x,
        Unary::Sign => x.signum(),
        Unary::Reciprocal => 1.0 / x,
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => x.exp(),
        Unary::Expm1 => libm::expm1(x),
        Unary::Log => x.ln(),
        Unary::Log1p => libm::log1p(x),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tan => x.tan(),
        Unary::Sinh => libm::sinh(x),
        Unary::Cosh => libm::cosh(x),
        Unary::Tanh => libm::tanh(x),
        Unary::Asin => x.asin(),
        Unary::Acos => x.acos(),
        Unary::Atan => x.atan(),
        Unary::Asinh => libm::asinh(x),
        // libm gives a number at some arguments below 1.
        Unary::Acosh if x < 1.0 => f64::NAN,
        Unary::Acosh => libm::acosh(x),
        Unary::Atanh => libm::atanh(x),
        Unary::Sigmoid if x >= 0.0 => 1.0 / (1.0 + (-x).exp()),
        Unary::Sigmoid => x.exp() / (1.0 + x.exp()),
        Unary::Softplus if x.is_nan() => x,
        Unary::Softplus => x.max(0.0) + libm::log1p((-x.abs()).exp()),
        Unary::Erf => libm::erf(x),
        Unary::Erfc => libm::erfc(x),
        Unary::Sinc => sinc(x),
        Unary::SincSlope => sinc_slope(x),
        Unary::BesselI0e => scaled_bessel(x, 0.0),
        Unary::BesselI1e => x.signum() * scaled_bessel(x, 1.0),
        Unary::Floor => x.floor(),
        Unary::Round => x.round_ties_even(),
        Unary::StopGradient => x,
    }
}

/// A primitive of two arguments.
pub fn binary(operation: Binary, a: f64, b: f64) -> f64 {
    match operation {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        Binary::Power => a.powf(b),
        Binary::Min if a.is_nan() || b.is_nan() => f64::NAN,
        Binary::Min => a.min(b),
        Binary::Max if a.is_nan() || b.is_nan() => f64::NAN,
        Binary::Max => a.max(b),
        Binary::Less => f64::from(a < b),
        Binary::LessEqual => f64::from(a <= b),
        Binary::Equal => f64::from(a == b),
        Binary::NotEqual => f64::from(a != b),
    }
}

/// sin(pi x) / (pi x).
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let (sine, _) = sin_cos_pi(x);
    sine / (PI * x)
}

/// (cos(pi x) - sinc(x)) / x, by its series near 0 where that quotient cancels.
fn sinc_slope(x: f64) -> f64 {
    if x.abs() < 0.1 {
        let square = (PI * x).powi(2);
        let series = 1.0 / 3.0
            - square
                * (1.0 / 30.0
                    - square * (1.0 / 840.0 - square * (1.0 / 45_360.0 - square / 3_991_680.0)));
        return -PI.powi(2) * x * series;
    }
    let (_, cosine) = sin_cos_pi(x);
    (cosine - sinc(x)) / x
}

/// sin(pi x) and cos(pi x), exact at multiples of 1/2: the argument is brought to within 1/4 before
/// it meets a rounded pi.
fn sin_cos_pi(x: f64) -> (f64, f64) {
    let period = x % 2.0;
    let quarter = (2.0 * period).round();
    let (sine, cosine) = (PI * (period - 0.5 * quarter)).sin_cos();
    match quarter.rem_euclid(4.0) as u8 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// exp(-|x|) I_n(|x|) for n = 0 or 1: its power series (DLMF 10.25.2), whose terms are all
/// positive, up to 30; beyond it the asymptotic one (DLMF 10.40.1).
fn scaled_bessel(x: f64, order: f64) -> f64 {
    let x = x.abs();
    if x > 30.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for k in 1..30 {
            let odd = 2.0 * f64::from(k) - 1.0;
            term *= -(4.0 * order * order - odd * odd) / (8.0 * f64::from(k) * x);
            sum += term;
        }
        return sum / (2.0 * PI * x).sqrt();
    }
    let quarter_square = 0.25 * x * x;
    let mut term = if order == 0.0 { 1.0 } else { 0.5 * x };
    let mut sum = term;
    for k in 1..100 {
        term *= quarter_square / (f64::from(k) * (f64::from(k) + order));
        sum += term;
    }
    sum * (-x).exp()
}
