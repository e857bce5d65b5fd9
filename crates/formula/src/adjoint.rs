//! The adjoint of a graph: the gradient of the input and of every parameter from that of the
//! output, by reverse accumulation.
//!
//! It follows the conventions of `derivative`, whose local rules it uses: they are linear in the
//! slopes of the arguments, so an arriving gradient can stand in for a slope. A mean is its own
//! adjoint, so is a sum; a minimum or maximum shares its gradient evenly among the elements that
//! reach it; a roll is undone.

use crate::bounds;
use crate::builder::Builder;
use crate::derivative::{self, zero_where_zero};
use crate::graph::{Axis, Binary, Graph, Node, NodeId, Reduction, Scope};

/// The input of an adjoint graph that carries the gradient of the output; input 0 is x.
pub(super) const ARRIVING: usize = 1;

/// From the graph of f alone (`root` in `g`): a graph whose outputs are f, the gradient of x, and
/// the gradient of each parameter, summed over the tensor for a layer's and over the batch for a
/// channel's, and standing at every element that it is for.
pub(super) fn adjoint(mut g: Builder, root: NodeId) -> Graph {
    let wild = bounds::wild_slopes(&g.graph, root);
    let varying = varying(&g.graph, root);
    let mut arriving: Vec<Option<NodeId>> = vec![None; root.0 as usize + 1];
    arriving[root.0 as usize] = Some(g.input(ARRIVING));
    let mut input_gradient = None;
    let mut gradients: Vec<Option<NodeId>> = vec![None; g.graph.parameters().len()];
    for index in (0..=root.0).rev() {
        let id = NodeId(index);
        let (Some(gradient), true) = (arriving[index as usize], varying[index as usize]) else {
            continue;
        };
        match g.graph.node(id) {
            Node::Input(0) => input_gradient = Some(gradient),
            Node::Parameter(parameter) => gradients[parameter as usize] = Some(gradient),
            node => {
                for (argument, contribution) in
                    contributions(&mut g, node, id, gradient, &varying, wild[index as usize])
                {
                    let sum = match arriving[argument.0 as usize] {
                        Some(before) => g.add(before, contribution),
                        None => contribution,
                    };
                    arriving[argument.0 as usize] = Some(sum);
                }
            }
        }
    }
    g.graph.push_output(root);
    let zero = g.constant(0.0);
    g.graph.push_output(input_gradient.unwrap_or(zero));
    for (index, gradient) in gradients.into_iter().enumerate() {
        let gathered = match g.graph.parameters()[index].scope {
            Scope::Layer => Axis::Tensor,
            Scope::Channel => Axis::Batch,
        };
        let gradient = gradient.map_or(zero, |gradient| {
            g.reduce(Reduction::Sum, gathered, gradient)
        });
        g.graph.push_output(gradient);
    }
    g.graph.pruned()
}

/// Which nodes up to `root` depend on the input or a parameter through operations that have a
/// slope.
fn varying(graph: &Graph, root: NodeId) -> Vec<bool> {
    let mut varying = Vec::with_capacity(root.0 as usize + 1);
    for node in &graph.nodes()[..=root.0 as usize] {
        let does = match node {
            Node::Input(index) => *index == 0,
            Node::Parameter(_) => true,
            Node::Select(_, a, b) => varying[a.0 as usize] || varying[b.0 as usize],
            node => node
                .arguments()
                .any(|argument| varying[argument.0 as usize]),
        };
        varying.push(does);
    }
    varying
}

/// What `node` passes on of the `gradient` that arrived at it, argument by argument.
fn contributions(
    g: &mut Builder,
    node: Node,
    id: NodeId,
    gradient: NodeId,
    varying: &[bool],
    wild: bool,
) -> Vec<(NodeId, NodeId)> {
    let varies = |argument: NodeId| varying[argument.0 as usize];
    let zero = g.constant(0.0);
    let mut passed = Vec::new();
    match node {
        Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => {}
        Node::Unary(operation, a) => passed.extend(
            derivative::unary(g, operation, id, (a, gradient), false).map(|product| (a, product)),
        ),
        Node::Binary(operation @ (Binary::Min | Binary::Max), a, b) => {
            let varying = (varies(a), varies(b));
            extremum(g, operation, (a, b), varying, gradient, &mut passed);
        }
        Node::Binary(operation, a, b) => {
            if varies(a) {
                let sides = ((a, Some(gradient)), (b, None));
                let product = derivative::binary(g, operation, id, sides.0, sides.1, false);
                passed.extend(product.map(|product| (a, product)));
            }
            if varies(b) {
                let sides = ((a, None), (b, Some(gradient)));
                let product = derivative::binary(g, operation, id, sides.0, sides.1, false);
                passed.extend(product.map(|product| (b, product)));
            }
        }
        Node::Select(condition, then, otherwise) => {
            if varies(then) {
                passed.push((then, g.select(condition, gradient, zero)));
            }
            if varies(otherwise) {
                passed.push((otherwise, g.select(condition, zero, gradient)));
            }
        }
        Node::Reduce(reduction @ (Reduction::Sum | Reduction::Mean), axis, a) => {
            passed.push((a, g.reduce(reduction, axis, gradient)))
        }
        Node::Reduce(Reduction::Min | Reduction::Max, axis, a) => {
            let sum = g.reduce(Reduction::Sum, axis, gradient);
            let reaches = g.binary(Binary::Equal, a, id);
            let count = g.reduce(Reduction::Sum, axis, reaches);
            let share = g.binary(Binary::Divide, sum, count);
            passed.push((a, g.select(reaches, share, zero)));
        }
        Node::Roll(places, a) => passed.push((a, g.roll(-places, gradient))),
    }
    if wild {
        // Where nothing arrives nothing leaves, whatever the local slope.
        for (_, product) in &mut passed {
            *product = zero_where_zero(g, gradient, *product);
        }
    }
    passed
}

/// What a minimum or maximum passes on: to the side that it is, at a tie to the second or to the
/// one that does not vary.
fn extremum(
    g: &mut Builder,
    operation: Binary,
    (a, b): (NodeId, NodeId),
    varying: (bool, bool),
    gradient: NodeId,
    passed: &mut Vec<(NodeId, NodeId)>,
) {
    let zero = g.constant(0.0);
    let (low, high) = match operation {
        Binary::Min => (a, b),
        _ => (b, a),
    };
    match varying {
        (true, true) => {
            let first = g.less(low, high);
            passed.push((a, g.select(first, gradient, zero)));
            passed.push((b, g.select(first, zero, gradient)));
        }
        (true, false) => {
            let first = g.less(low, high);
            passed.push((a, g.select(first, gradient, zero)));
        }
        (false, true) => {
            let second = g.less(high, low);
            passed.push((b, g.select(second, gradient, zero)));
        }
        (false, false) => {}
    }
}
