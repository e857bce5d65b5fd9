//! The 64-bit reference: a graph evaluated at one point in `f64`, to which every other back end is held.

use super::graph::{Binary, Graph, Node, Unary};

/// The values of all outputs of `graph` at `inputs`.
pub fn evaluate(graph: &Graph, inputs: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let value = match *node {
            Node::Input(index) => inputs[index as usize],
            Node::Constant(bits) => f64::from_bits(bits),
            Node::Unary(operation, a) => unary(operation, values[a.0 as usize]),
            Node::Binary(operation, a, b) => binary(operation, values[a.0 as usize], values[b.0 as usize]),
            Node::Select(condition, then, otherwise) => {
                let chosen = if values[condition.0 as usize] != 0.0 { then } else { otherwise };
                values[chosen.0 as usize]
            }
        };
        values.push(value);
    }
    graph.outputs().iter().map(|id| values[id.0 as usize]).collect()
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
        Unary::Acosh => libm::acosh(x),
        Unary::Atanh => libm::atanh(x),
        Unary::Sigmoid if x >= 0.0 => 1.0 / (1.0 + (-x).exp()),
        Unary::Sigmoid => x.exp() / (1.0 + x.exp()),
        Unary::Softplus => x.max(0.0) + libm::log1p((-x.abs()).exp()) + 0.0 * x,
        Unary::Erf => libm::erf(x),
        Unary::Erfc => libm::erfc(x),
        Unary::Sinc => sinc(x),
        Unary::SincSlope => sinc_slope(x),
        Unary::BesselI0e => scaled_bessel(x, |_| 1.0, 0.0),
        Unary::BesselI1e => x.signum() * scaled_bessel(x, f64::cos, 1.0),
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

/// sin(pi x) / (pi x) by the exact remainder of x modulo 2, so that integers give 0.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    (std::f64::consts::PI * (x % 2.0)).sin() / (std::f64::consts::PI * x)
}

/// (cos(pi x) - sinc(x)) / x, by its series near 0 where that quotient cancels.
fn sinc_slope(x: f64) -> f64 {
    if x.abs() < 0.1 {
        let square = (std::f64::consts::PI * x).powi(2);
        let series = 1.0 / 3.0 - square * (1.0 / 30.0 - square * (1.0 / 840.0 - square * (1.0 / 45_360.0 - square / 3_991_680.0)));
        return -std::f64::consts::PI.powi(2) * x * series;
    }
    ((std::f64::consts::PI * (x % 2.0)).cos() - sinc(x)) / x
}

/// exp(-|x|) I_n(|x|) from its integral over half a period (DLMF 10.32.3) by the trapezoidal rule, which converges exponentially here;
/// from 400 on by the asymptotic series (DLMF 10.40.1).
fn scaled_bessel(x: f64, weight: fn(f64) -> f64, order: f64) -> f64 {
    let x = x.abs();
    if x > 400.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for k in 1..12 {
            let odd = 2.0 * f64::from(k) - 1.0;
            term *= -(4.0 * order * order - odd * odd) / (8.0 * f64::from(k) * x);
            sum += term;
        }
        return sum / (2.0 * std::f64::consts::PI * x).sqrt();
    }
    const POINTS: u32 = 256;
    let at = |angle: f64| (x * (angle.cos() - 1.0)).exp() * weight(angle);
    let inner: f64 = (1..POINTS).map(|i| at(std::f64::consts::PI * f64::from(i) / f64::from(POINTS))).sum();
    (inner + 0.5 * (at(0.0) + at(std::f64::consts::PI))) / f64::from(POINTS)
}
