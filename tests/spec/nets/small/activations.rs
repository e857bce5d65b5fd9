//! Activations as graphs with outputs f and f'.

use motherlode::formula::graph::{Binary, Graph, Node, NodeId, Unary};

fn unary(graph: &mut Graph, operation: Unary, a: NodeId) -> NodeId {
    graph.intern(Node::Unary(operation, a))
}

fn binary(graph: &mut Graph, operation: Binary, a: NodeId, b: NodeId) -> NodeId {
    graph.intern(Node::Binary(operation, a, b))
}

/// The graph whose outputs `build` makes of the input.
fn graph(build: impl Fn(&mut Graph, NodeId) -> (NodeId, NodeId)) -> Graph {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let (f, slope) = build(&mut graph, x);
    graph.push_output(f);
    graph.push_output(slope);
    graph
}

pub fn tanh() -> Graph {
    graph(|g, x| {
        let f = unary(g, Unary::Tanh, x);
        let square = binary(g, Binary::Multiply, f, f);
        let one = g.constant(1.0);
        (f, binary(g, Binary::Subtract, one, square))
    })
}

pub fn sine() -> Graph {
    graph(|g, x| (unary(g, Unary::Sin, x), unary(g, Unary::Cos, x)))
}

/// x sigmoid(x), with slope s + x s (1 - s).
pub fn silu() -> Graph {
    graph(|g, x| {
        let s = unary(g, Unary::Sigmoid, x);
        let f = binary(g, Binary::Multiply, x, s);
        let one = g.constant(1.0);
        let rest = binary(g, Binary::Subtract, one, s);
        let bend = binary(g, Binary::Multiply, f, rest);
        (f, binary(g, Binary::Add, s, bend))
    })
}

pub fn relu() -> Graph {
    graph(|g, x| {
        let zero = g.constant(0.0);
        (
            binary(g, Binary::Max, x, zero),
            binary(g, Binary::Less, zero, x),
        )
    })
}

pub fn cube() -> Graph {
    graph(|g, x| {
        let square = binary(g, Binary::Multiply, x, x);
        let three = g.constant(3.0);
        (
            binary(g, Binary::Multiply, square, x),
            binary(g, Binary::Multiply, three, square),
        )
    })
}

/// 1/(x - x): not finite anywhere.
pub fn broken() -> Graph {
    graph(|g, x| {
        let zero = binary(g, Binary::Subtract, x, x);
        let f = binary(g, Binary::Divide, x, zero);
        (f, f)
    })
}
