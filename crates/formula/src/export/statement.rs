//! What every export that writes statements asks of a graph: which outputs, and which nodes need a
//! statement of their own.

use std::ops::Range;

use crate::graph::{Binary, Graph, Node, NodeId};

/// `graph` with the outputs of these positions only.
pub(super) fn with_outputs(graph: &Graph, positions: Range<usize>) -> Graph {
    let mut kept = graph.without_outputs();
    graph.outputs()[positions]
        .iter()
        .for_each(|id| kept.push_output(*id));
    kept.pruned()
}

/// Which nodes stand where a number is wanted: a comparison that only chooses is written where it
/// chooses.
pub(super) fn used_as_numbers(graph: &Graph) -> Vec<bool> {
    let mut used = vec![false; graph.nodes().len()];
    graph
        .outputs()
        .iter()
        .for_each(|id| used[id.0 as usize] = true);
    for node in graph.nodes() {
        let condition = if let Node::Select(condition, ..) = node {
            Some(*condition)
        } else {
            None
        };
        for id in node.arguments() {
            if condition != Some(id) || comparison(graph, id).is_none() {
                used[id.0 as usize] = true;
            }
        }
        if let Node::Select(condition, then, otherwise) = node {
            if condition == then || condition == otherwise {
                used[condition.0 as usize] = true;
            }
        }
    }
    used
}

/// The symbol and the sides of a comparison.
pub(super) fn comparison(graph: &Graph, id: NodeId) -> Option<(&'static str, NodeId, NodeId)> {
    match graph.node(id) {
        Node::Binary(Binary::Less, a, b) => Some(("<", a, b)),
        Node::Binary(Binary::LessEqual, a, b) => Some(("<=", a, b)),
        Node::Binary(Binary::Equal, a, b) => Some(("==", a, b)),
        Node::Binary(Binary::NotEqual, a, b) => Some(("!=", a, b)),
        _ => None,
    }
}
