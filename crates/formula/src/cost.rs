//! What a formula costs: weighted operations an element.

use crate::graph::{Binary, Graph, Node, Unary};

/// The weight of every operation of `graph` added up; inputs and constants are free. Pass a graph
/// of f alone: f' is not counted.
///
/// One is the time of an addition; the others are rounded from how many such a vector kernel spends
/// on the operation.
pub(super) fn cost(graph: &Graph) -> u32 {
    graph.nodes().iter().map(|node| weight(*node)).sum()
}

fn weight(node: Node) -> u32 {
    match node {
        Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => 0,
        Node::Roll(..) => 1,
        Node::Reduce(..) => 2,
        Node::Select(..) => 1,
        Node::Unary(operation, _) => match operation {
            Unary::StopGradient => 0,
            Unary::Negate | Unary::Abs | Unary::Sign | Unary::Floor | Unary::Round => 1,
            Unary::Reciprocal | Unary::Sqrt => 4,
            Unary::Exp | Unary::Expm1 | Unary::Log | Unary::Log1p | Unary::Sin | Unary::Cos => 8,
            Unary::Sigmoid | Unary::Tanh | Unary::Sinh | Unary::Cosh | Unary::Erf => 10,
            Unary::Tan
            | Unary::Asin
            | Unary::Acos
            | Unary::Atan
            | Unary::Sinc
            | Unary::SincSlope => 12,
            Unary::Softplus | Unary::Asinh | Unary::Acosh | Unary::Atanh | Unary::Erfc => 14,
            Unary::BesselI0e | Unary::BesselI1e => 20,
        },
        Node::Binary(operation, _, _) => match operation {
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Min | Binary::Max => 1,
            Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual => 1,
            Binary::Divide => 4,
            Binary::Power => 20,
        },
    }
}
