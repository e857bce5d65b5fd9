//! The intermediate form: a formula as static single assignment over primitive operations, with common subexpressions shared.

use std::collections::HashMap;

/// The index of a node in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// Primitive operations of one argument. Conventions where mathematics leaves a choice: `Sign(0) = 0`; `Sinc(x) = sin(pi x)/(pi x)` with `Sinc(0) = 1`;
/// `SincSlope` is its derivative, 0 at 0; `BesselI0e(x) = exp(-|x|) I0(x)` and `BesselI1e` likewise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unary {
    Negate,
    Abs,
    Sign,
    Reciprocal,
    Sqrt,
    Exp,
    Expm1,
    Log,
    Log1p,
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Tanh,
    Asin,
    Acos,
    Atan,
    Asinh,
    Acosh,
    Atanh,
    Sigmoid,
    Softplus,
    Erf,
    Erfc,
    Sinc,
    SincSlope,
    BesselI0e,
    BesselI1e,
}

/// Primitive operations of two arguments. Comparisons give 1 or 0. `Min` and `Max` pass NaN through from either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
    Less,
    LessEqual,
    Equal,
    NotEqual,
}

/// A node: its operation and its arguments, which always stand earlier in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// The i-th input.
    Input(u32),
    /// A constant, as the bits of an `f64` (never NaN, never negative zero).
    Constant(u64),
    Unary(Unary, NodeId),
    Binary(Binary, NodeId, NodeId),
    /// `Select(condition, then, otherwise)`: `then` where the condition is not 0 (a NaN condition counts as not 0).
    Select(NodeId, NodeId, NodeId),
}

/// Nodes in topological order, each different from every other, and the nodes whose values are wanted.
///
/// An activation's graph has two outputs, f and f'; an equation's has one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
    outputs: Vec<NodeId>,
    known: HashMap<Node, NodeId>,
}

impl Graph {
    /// The nodes, arguments before users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes whose values are wanted, in order.
    pub fn outputs(&self) -> &[NodeId] {
        &self.outputs
    }

    /// The node with this id.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// Declares the next output.
    pub fn push_output(&mut self, id: NodeId) {
        self.outputs.push(id);
    }

    /// The id of `node`, which is added unless an equal one stands already.
    pub fn intern(&mut self, node: Node) -> NodeId {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        self.known.insert(node, id);
        id
    }

    /// The id of a constant; negative zero becomes zero.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.intern(Node::Constant((value + 0.0).to_bits()))
    }
}

impl Graph {
    /// The same outputs without the nodes that none of them needs.
    pub fn pruned(&self) -> Graph {
        let mut needed = vec![false; self.nodes.len()];
        for id in &self.outputs {
            needed[id.0 as usize] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            if needed[index] {
                self.nodes[index].arguments().for_each(|id| needed[id.0 as usize] = true);
            }
        }
        let mut kept = Graph::default();
        let mut moved = vec![NodeId(0); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            if needed[index] {
                moved[index] = kept.intern(node.with_arguments(|id| moved[id.0 as usize]));
            }
        }
        kept.outputs = self.outputs.iter().map(|id| moved[id.0 as usize]).collect();
        kept
    }
}

impl Node {
    /// The arguments, in order.
    pub fn arguments(self) -> impl Iterator<Item = NodeId> {
        let arguments = match self {
            Node::Input(_) | Node::Constant(_) => [None, None, None],
            Node::Unary(_, a) => [Some(a), None, None],
            Node::Binary(_, a, b) => [Some(a), Some(b), None],
            Node::Select(a, b, c) => [Some(a), Some(b), Some(c)],
        };
        arguments.into_iter().flatten()
    }

    /// The same operation on other arguments.
    fn with_arguments(self, change: impl Fn(NodeId) -> NodeId) -> Node {
        match self {
            Node::Input(_) | Node::Constant(_) => self,
            Node::Unary(operation, a) => Node::Unary(operation, change(a)),
            Node::Binary(operation, a, b) => Node::Binary(operation, change(a), change(b)),
            Node::Select(a, b, c) => Node::Select(change(a), change(b), change(c)),
        }
    }
}
