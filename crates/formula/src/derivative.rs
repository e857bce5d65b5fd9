//! The exact derivative of a graph, forward over its primitives.
//!
//! Conventions where mathematics leaves a choice: `abs` and `sign` have slope 0 at 0, comparisons
//! have slope 0; `max(a, b)` takes the slope of the larger side and, at a tie, that of `b`, or of
//! the constant side if there is one (so that relu'(0) = 0 however it is written), `min` likewise;
//! `where` takes the slope of the branch that it chooses, and nothing of the other; `sqrt` has
//! slope 0 at 0, so have `asin`, `acos` and `acosh` at their ends, and `a^b` at a = 0 where b < 1;
//! `a^b` takes no slope from b where a <= 0. Where an infinite argument levels off, as in
//! `tanh(exp(x))`, `x / cosh(x)` or `tanh(1 / x)`, the slope is 0 and not 0 times infinity. So
//! `sqrt(abs(x))` and `sqrt(x^2)` have slope 0 at 0. Where f itself is not finite (`log` at 0,
//! `x * log(abs(x))` at 0, a division by 0) its slope need not be either.

use crate::bounds;
use crate::builder::Builder;
use crate::graph::{Binary, Node, NodeId, Unary};

/// The slope of `root`, which is pointwise, with respect to input 0. Nodes whose slope is 0
/// everywhere cost nothing.
pub(super) fn derivative(g: &mut Builder, root: NodeId) -> NodeId {
    let wild = bounds::wild_slopes(&g.graph, root);
    let mut slopes: Vec<Option<NodeId>> = Vec::with_capacity(root.0 as usize + 1);
    for index in 0..=root.0 {
        let id = NodeId(index);
        let of = |argument: NodeId| slopes[argument.0 as usize];
        let is_wild = |argument: NodeId| wild[argument.0 as usize];
        let slope = match g.graph.node(id) {
            Node::Input(0) => Some(g.constant(1.0)),
            Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => None,
            Node::Reduce(..) | Node::Roll(..) => {
                unreachable!("a coupled graph has an adjoint, and no slope")
            }
            Node::Unary(operation, a) => {
                of(a).and_then(|da| unary(g, operation, id, (a, da), is_wild(a)))
            }
            Node::Binary(operation, a, b) => {
                binary(g, operation, id, (a, of(a)), (b, of(b)), is_wild(b))
            }
            Node::Select(condition, then, otherwise) => match (of(then), of(otherwise)) {
                (None, None) => None,
                (then, otherwise) => {
                    let zero = g.constant(0.0);
                    Some(g.select(condition, then.unwrap_or(zero), otherwise.unwrap_or(zero)))
                }
            },
        };
        slopes.push(slope);
    }
    match slopes[root.0 as usize] {
        Some(slope) => slope,
        None => g.constant(0.0),
    }
}

/// The slope of `id` = `operation(a)`, where `da` is that of a, which may be infinite where it is
/// `wild`.
pub(super) fn unary(
    g: &mut Builder,
    operation: Unary,
    id: NodeId,
    (a, da): (NodeId, NodeId),
    wild: bool,
) -> Option<NodeId> {
    let outer = match operation {
        Unary::Sign | Unary::Floor | Unary::Round | Unary::StopGradient => return None,
        Unary::Negate => return Some(g.negate(da)),
        Unary::Abs => g.unary(Unary::Sign, a),
        Unary::Reciprocal => {
            let square = g.multiply(id, id);
            g.negate(square)
        }
        Unary::Sqrt => {
            let half = g.constant(0.5);
            let slope = g.binary(Binary::Divide, half, id);
            zero_where_zero(g, a, slope)
        }
        Unary::Exp => id,
        Unary::Expm1 => g.unary(Unary::Exp, a),
        Unary::Log => return Some(g.binary(Binary::Divide, da, a)),
        Unary::Log1p => {
            let divisor = g.shifted(a, 1.0);
            return Some(g.binary(Binary::Divide, da, divisor));
        }
        Unary::Sin => g.unary(Unary::Cos, a),
        Unary::Cos => {
            let sine = g.unary(Unary::Sin, a);
            g.negate(sine)
        }
        Unary::Tan => {
            let square = g.multiply(id, id);
            g.shifted(square, 1.0)
        }
        Unary::Sinh => g.unary(Unary::Cosh, a),
        Unary::Cosh => g.unary(Unary::Sinh, a),
        Unary::Tanh => {
            let square = g.multiply(id, id);
            one_minus(g, square)
        }
        Unary::Asin => one_over_root_of_difference(g, a),
        Unary::Acos => {
            let slope = one_over_root_of_difference(g, a);
            g.negate(slope)
        }
        Unary::Atan => {
            let square = g.multiply(a, a);
            let divisor = g.shifted(square, 1.0);
            if !wild {
                return Some(g.binary(Binary::Divide, da, divisor));
            }
            g.unary(Unary::Reciprocal, divisor)
        }
        Unary::Asinh => {
            let square = g.multiply(a, a);
            let radicand = g.shifted(square, 1.0);
            let root = g.unary(Unary::Sqrt, radicand);
            g.unary(Unary::Reciprocal, root)
        }
        Unary::Acosh => {
            // sqrt(a - 1) sqrt(a + 1), which does not cancel near 1.
            let (below, above) = (g.shifted(a, -1.0), g.shifted(a, 1.0));
            let (below_root, above_root) =
                (g.unary(Unary::Sqrt, below), g.unary(Unary::Sqrt, above));
            let root = g.multiply(below_root, above_root);
            let slope = g.unary(Unary::Reciprocal, root);
            zero_where_zero(g, below, slope)
        }
        Unary::Atanh => {
            let divisor = one_minus_square(g, a);
            g.unary(Unary::Reciprocal, divisor)
        }
        Unary::Sigmoid => {
            let rest = one_minus(g, id);
            g.multiply(id, rest)
        }
        Unary::Softplus => g.unary(Unary::Sigmoid, a),
        Unary::Erf => gaussian(g, a, std::f64::consts::FRAC_2_SQRT_PI),
        Unary::Erfc => gaussian(g, a, -std::f64::consts::FRAC_2_SQRT_PI),
        Unary::Sinc => g.unary(Unary::SincSlope, a),
        Unary::SincSlope => {
            // -pi^2 sinc(a) - 2 sinc'(a) / a, whose limit at 0 is -pi^2 / 3.
            let pi_square = std::f64::consts::PI.powi(2);
            let sinc = g.unary(Unary::Sinc, a);
            let first = g.scaled(-pi_square, sinc);
            let quotient = g.binary(Binary::Divide, id, a);
            let second = g.scaled(-2.0, quotient);
            let sum = g.add(first, second);
            let (condition, limit) = (g.equals(a, 0.0), g.constant(-pi_square / 3.0));
            g.select(condition, limit, sum)
        }
        Unary::BesselI0e => {
            let (other, sign) = (g.unary(Unary::BesselI1e, a), g.unary(Unary::Sign, a));
            let decay = g.multiply(sign, id);
            g.subtract(other, decay)
        }
        Unary::BesselI1e => {
            let (other, sign) = (g.unary(Unary::BesselI0e, a), g.unary(Unary::Sign, a));
            let quotient = g.binary(Binary::Divide, id, a);
            let (condition, half) = (g.equals(a, 0.0), g.constant(0.5));
            let quotient = g.select(condition, half, quotient);
            let decay = g.multiply(sign, id);
            let difference = g.subtract(other, quotient);
            g.subtract(difference, decay)
        }
    };
    let product = g.multiply(outer, da);
    Some(if wild && bounds::tames(operation) {
        zero_where_zero(g, outer, product)
    } else {
        product
    })
}

/// The slope of `id` = `operation(a, b)`; each argument comes with its slope, and that of b may be
/// infinite where it is `wild`.
pub(super) fn binary(
    g: &mut Builder,
    operation: Binary,
    id: NodeId,
    (a, da): (NodeId, Option<NodeId>),
    (b, db): (NodeId, Option<NodeId>),
    wild: bool,
) -> Option<NodeId> {
    if da.is_none() && db.is_none() {
        return None;
    }
    match operation {
        Binary::Add => sum(g, da, db),
        Binary::Subtract => {
            let db = db.map(|db| g.negate(db));
            sum(g, da, db)
        }
        Binary::Multiply => {
            let first = da.map(|da| g.multiply(da, b));
            let second = db.map(|db| g.multiply(a, db));
            sum(g, first, second)
        }
        Binary::Divide => {
            let second = db.map(|db| {
                let product = g.multiply(id, db);
                let product = if wild {
                    zero_where_zero(g, id, product)
                } else {
                    product
                };
                g.negate(product)
            });
            let numerator = sum(g, da, second)?;
            Some(g.binary(Binary::Divide, numerator, b))
        }
        Binary::Power => power(g, id, (a, da), (b, db)),
        Binary::Min => Some(extremum(g, (a, da), (b, db), |g, a, b| g.less(a, b))),
        Binary::Max => Some(extremum(g, (a, da), (b, db), |g, a, b| g.less(b, a))),
        Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual => None,
    }
}

/// The slope of the side that `wins(a, b)` says, the other's at a tie.
fn extremum(
    g: &mut Builder,
    (a, da): (NodeId, Option<NodeId>),
    (b, db): (NodeId, Option<NodeId>),
    wins: impl Fn(&mut Builder, NodeId, NodeId) -> NodeId,
) -> NodeId {
    let zero = g.constant(0.0);
    match (da, db) {
        (None, Some(db)) => {
            let condition = wins(g, b, a);
            g.select(condition, db, zero)
        }
        (da, db) => {
            let condition = wins(g, a, b);
            g.select(condition, da.unwrap_or(zero), db.unwrap_or(zero))
        }
    }
}

/// b a^(b-1) a' + a^b log(a) b', each term only where its slope is not 0 everywhere.
fn power(
    g: &mut Builder,
    id: NodeId,
    (a, da): (NodeId, Option<NodeId>),
    (b, db): (NodeId, Option<NodeId>),
) -> Option<NodeId> {
    let first = da.map(|da| {
        let lowered_exponent = g.shifted(b, -1.0);
        let power = g.binary(Binary::Power, a, lowered_exponent);
        let slope = g.multiply(b, power);
        let one = g.constant(1.0);
        let singular = g.less(b, one);
        let guarded = zero_where_zero(g, a, slope);
        let slope = g.select(singular, guarded, slope);
        g.multiply(slope, da)
    });
    let second = db.map(|db| {
        let logarithm = g.unary(Unary::Log, a);
        let zero = g.constant(0.0);
        let condition = g.less(zero, a);
        let logarithm = g.select(condition, logarithm, zero);
        let slope = g.multiply(id, logarithm);
        g.multiply(slope, db)
    });
    sum(g, first, second)
}

fn sum(g: &mut Builder, a: Option<NodeId>, b: Option<NodeId>) -> Option<NodeId> {
    match (a, b) {
        (Some(a), Some(b)) => Some(g.add(a, b)),
        (a, b) => a.or(b),
    }
}

/// 0 where a is 0, else `slope`.
pub(super) fn zero_where_zero(g: &mut Builder, a: NodeId, slope: NodeId) -> NodeId {
    let (condition, zero) = (g.equals(a, 0.0), g.constant(0.0));
    g.select(condition, zero, slope)
}

fn one_minus(g: &mut Builder, a: NodeId) -> NodeId {
    let one = g.constant(1.0);
    g.subtract(one, a)
}

/// (1 - a)(1 + a), which does not cancel near the ends.
fn one_minus_square(g: &mut Builder, a: NodeId) -> NodeId {
    let (below, above) = (one_minus(g, a), g.shifted(a, 1.0));
    g.multiply(below, above)
}

/// 1 / sqrt(1 - a^2), and 0 where that is not finite.
fn one_over_root_of_difference(g: &mut Builder, a: NodeId) -> NodeId {
    let radicand = one_minus_square(g, a);
    let root = g.unary(Unary::Sqrt, radicand);
    let slope = g.unary(Unary::Reciprocal, root);
    zero_where_zero(g, radicand, slope)
}

/// factor e^(-a^2).
fn gaussian(g: &mut Builder, a: NodeId, factor: f64) -> NodeId {
    let square = g.multiply(a, a);
    let exponent = g.negate(square);
    let exponential = g.unary(Unary::Exp, exponent);
    g.scaled(factor, exponential)
}
