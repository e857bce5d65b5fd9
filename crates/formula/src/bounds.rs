//! Between which bounds each node of a graph lies, whatever its inputs; and from that, which slopes
//! may be infinite where what is made of them is finite.

use crate::graph::{Binary, Graph, Node, NodeId, Reduction, Unary};
use crate::reference;

/// An exponential of more than this comes near the end of the range of 32 bits.
const OVERFLOWING_EXPONENT: f64 = 80.0;

/// All values that a node may have, NaN aside: `low <= value <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bounds {
    low: f64,
    high: f64,
}

const ANYTHING: Bounds = Bounds {
    low: f64::NEG_INFINITY,
    high: f64::INFINITY,
};

impl Bounds {
    fn new(low: f64, high: f64) -> Bounds {
        if low <= high {
            Bounds { low, high }
        } else {
            ANYTHING
        }
    }

    fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    fn size(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    fn reciprocal(self) -> Bounds {
        if self.contains(0.0) {
            ANYTHING
        } else {
            Bounds::new(1.0 / self.high, 1.0 / self.low)
        }
    }

    fn times(self, other: Bounds) -> Bounds {
        let corner = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
        let corners = [
            corner(self.low, other.low),
            corner(self.low, other.high),
            corner(self.high, other.low),
            corner(self.high, other.high),
        ];
        Bounds::new(
            corners.into_iter().fold(f64::INFINITY, f64::min),
            corners.into_iter().fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

/// Whether the slope of each node up to `root` may be infinite (or lost in inf - inf) at points
/// where a function of that node is finite, as that of e^x is in tanh(e^x) far to the right. Where
/// it may not, the chain rule can multiply without looking.
pub(super) fn wild_slopes(graph: &Graph, root: NodeId) -> Vec<bool> {
    let mut bounds: Vec<Bounds> = Vec::with_capacity(root.0 as usize + 1);
    let mut wild: Vec<bool> = Vec::with_capacity(root.0 as usize + 1);
    for node in &graph.nodes()[..=root.0 as usize] {
        let bound = |id: NodeId| bounds[id.0 as usize];
        let is_wild = |id: NodeId| wild[id.0 as usize];
        let (bounded, wildness) = match *node {
            Node::Input(_) => (ANYTHING, false),
            Node::Constant(bits) => (
                Bounds {
                    low: f64::from_bits(bits),
                    high: f64::from_bits(bits),
                },
                false,
            ),
            Node::Unary(operation, a) => (
                unary(operation, bound(a)),
                makes_wild(operation, bound(a)) || is_wild(a) && !tames(operation),
            ),
            Node::Binary(operation, a, b) => {
                let wildness = match operation {
                    Binary::Divide => bound(b).contains(0.0) || is_wild(a),
                    Binary::Power => {
                        bound(b).low < 1.0 || bound(b).low < bound(b).high || is_wild(a)
                    }
                    Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual => false,
                    _ => is_wild(a) || is_wild(b),
                };
                let bounded = if a == b && operation == Binary::Multiply {
                    let size = bound(a).size();
                    let least = if bound(a).contains(0.0) {
                        0.0
                    } else {
                        bound(a).low.abs().min(bound(a).high.abs())
                    };
                    Bounds::new(least * least, size * size)
                } else {
                    binary(operation, bound(a), bound(b))
                };
                (bounded, wildness)
            }
            Node::Parameter(_) => (ANYTHING, false),
            Node::Reduce(Reduction::Sum, _, a) => (ANYTHING, is_wild(a)),
            Node::Reduce(_, _, a) | Node::Roll(_, a) => (bound(a), is_wild(a)),
            Node::Select(_, a, b) => (
                Bounds::new(
                    bound(a).low.min(bound(b).low),
                    bound(a).high.max(bound(b).high),
                ),
                is_wild(a) || is_wild(b),
            ),
        };
        bounds.push(bounded);
        wild.push(wildness);
    }
    wild
}

/// Whether the operation itself may have an infinite slope, or overflow.
fn makes_wild(operation: Unary, a: Bounds) -> bool {
    match operation {
        Unary::Exp | Unary::Expm1 => a.high > OVERFLOWING_EXPONENT,
        Unary::Sinh | Unary::Cosh => a.size() > OVERFLOWING_EXPONENT,
        Unary::Reciprocal => a.contains(0.0),
        Unary::Log => a.low <= 0.0,
        Unary::Log1p => a.low <= -1.0,
        Unary::Atanh => a.low <= -1.0 || a.high >= 1.0,
        _ => false,
    }
}

/// Whether the operation levels off where its argument is infinite, so that its slope, 0 there, is
/// finite everywhere.
pub(super) fn tames(operation: Unary) -> bool {
    use Unary::*;
    matches!(
        operation,
        Exp | Expm1
            | Reciprocal
            | Tanh
            | Sigmoid
            | Softplus
            | Erf
            | Erfc
            | Atan
            | BesselI0e
            | BesselI1e
    )
}

fn unary(operation: Unary, a: Bounds) -> Bounds {
    use Unary::*;
    let at = |x: f64| reference::unary(operation, x);
    match operation {
        Exp | Expm1 | Sinh | Tanh | Atan | Asinh | Sigmoid | Softplus | Erf => {
            Bounds::new(at(a.low), at(a.high))
        }
        Floor | Round | StopGradient => Bounds::new(at(a.low), at(a.high)),
        Negate | Erfc => Bounds::new(at(a.high), at(a.low)),
        Sqrt => Bounds::new(a.low.max(0.0).sqrt(), a.high.max(0.0).sqrt()),
        Log => Bounds::new(a.low.max(0.0).ln(), a.high.max(0.0).ln()),
        Log1p => Bounds::new(at(a.low.max(-1.0)), at(a.high.max(-1.0))),
        Abs | Cosh => {
            let least = if a.contains(0.0) {
                0.0
            } else {
                a.low.abs().min(a.high.abs())
            };
            Bounds::new(at(least), at(a.size()))
        }
        Reciprocal => a.reciprocal(),
        Sign | Sin | Cos | BesselI1e => Bounds::new(-1.0, 1.0),
        BesselI0e => Bounds::new(0.0, 1.0),
        Sinc => Bounds::new(-0.5, 1.0),
        SincSlope | Asin => Bounds::new(-2.0, 2.0),
        Acos => Bounds::new(0.0, 4.0),
        Acosh => Bounds::new(0.0, f64::INFINITY),
        Tan | Atanh => ANYTHING,
    }
}

fn binary(operation: Binary, a: Bounds, b: Bounds) -> Bounds {
    match operation {
        Binary::Add => Bounds::new(a.low + b.low, a.high + b.high),
        Binary::Subtract => Bounds::new(a.low - b.high, a.high - b.low),
        Binary::Multiply => a.times(b),
        Binary::Divide if b.contains(0.0) => ANYTHING,
        Binary::Divide => a.times(b.reciprocal()),
        Binary::Power if a.low >= 0.0 => Bounds::new(0.0, f64::INFINITY),
        Binary::Power => ANYTHING,
        Binary::Min => Bounds::new(a.low.min(b.low), a.high.min(b.high)),
        Binary::Max => Bounds::new(a.low.max(b.low), a.high.max(b.high)),
        Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual => {
            Bounds::new(0.0, 1.0)
        }
    }
}
