//! The intermediate form: a formula as static single assignment over primitive operations, with
//! common subexpressions shared.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

/// The index of a node in its [`Graph`]; arguments have lower ones than their users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// The primitive operations of one argument x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unary {
    /// -x.
    Negate,
    /// |x|; slope 0 at 0.
    Abs,
    /// -1, 0 or 1; slope 0.
    Sign,
    /// 1 / x.
    Reciprocal,
    /// The square root; slope 0 at 0.
    Sqrt,
    /// e^x.
    Exp,
    /// e^x - 1, exact near 0.
    Expm1,
    /// The natural logarithm.
    Log,
    /// log(1 + x), exact near 0.
    Log1p,
    /// The sine.
    Sin,
    /// The cosine.
    Cos,
    /// The tangent.
    Tan,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The hyperbolic tangent.
    Tanh,
    /// The inverse sine.
    Asin,
    /// The inverse cosine.
    Acos,
    /// The inverse tangent.
    Atan,
    /// The inverse hyperbolic sine.
    Asinh,
    /// The inverse hyperbolic cosine.
    Acosh,
    /// The inverse hyperbolic tangent.
    Atanh,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// log(1 + e^x).
    Softplus,
    /// The error function.
    Erf,
    /// 1 - erf(x), exact in its tail.
    Erfc,
    /// sin(pi x) / (pi x), and 1 at 0.
    Sinc,
    /// The slope of `Sinc`, 0 at 0.
    SincSlope,
    /// e^-|x| I0(x), with the modified Bessel function of order 0.
    BesselI0e,
    /// e^-|x| I1(x), with the modified Bessel function of order 1.
    BesselI1e,
    /// The largest whole number that is not above the argument; slope 0.
    Floor,
    /// The nearest whole number, the even one of two; slope 0.
    Round,
    /// The argument itself; slope 0.
    StopGradient,
}

impl Unary {
    /// Whether f(-x) = -f(x).
    pub fn is_odd(self) -> bool {
        use Unary::*;
        matches!(
            self,
            Sin | Tan | Sinh | Tanh | Asin | Atan | Asinh | Atanh | Erf | Sign | BesselI1e
        )
    }

    /// Whether f(-x) = f(x).
    pub fn is_even(self) -> bool {
        use Unary::*;
        matches!(self, Cos | Cosh | Abs | Sinc | BesselI0e)
    }
}

/// The primitive operations of two arguments a and b.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    /// a + b.
    Add,
    /// a - b.
    Subtract,
    /// a b.
    Multiply,
    /// a / b.
    Divide,
    /// a^b, as IEEE 754 defines `pow`.
    Power,
    /// The lesser; NaN where either is NaN.
    Min,
    /// The greater; NaN where either is NaN.
    Max,
    /// 1 where a < b, else 0.
    Less,
    /// 1 where a <= b, else 0.
    LessEqual,
    /// 1 where a = b, else 0.
    Equal,
    /// 1 where a and b differ, else 0.
    NotEqual,
}

/// The elements of an activation's tensor (rows of a batch x features of a layer) that a reduction
/// runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// The features of the element's own row.
    Features,
    /// The rows of the batch, at the element's own feature.
    Batch,
    /// All elements.
    Tensor,
}

/// What a reduction takes of the elements that it runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reduction {
    /// The sum.
    Sum,
    /// The sum over their number.
    Mean,
    /// The least; NaN where one is NaN.
    Min,
    /// The greatest; NaN where one is NaN.
    Max,
}

/// How far one value of a trainable parameter reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// One value for a layer.
    Layer,
    /// One value for each feature (channel) of a layer.
    Channel,
}

/// A trainable parameter: its reach, and the bits of the `f64` that all its values start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Whether it has one value a layer or one a feature.
    pub scope: Scope,
    initial: u64,
}

impl Parameter {
    /// A parameter that starts from `initial`, a finite number.
    pub fn new(scope: Scope, initial: f64) -> Parameter {
        Parameter {
            scope,
            initial: (initial + 0.0).to_bits(),
        }
    }

    /// The number of its values in a layer of `features`.
    #[inline]
    pub fn values(self, features: usize) -> usize {
        match self.scope {
            Scope::Layer => 1,
            Scope::Channel => features,
        }
    }

    /// What all its values start from.
    #[inline]
    pub fn initial(self) -> f64 {
        f64::from_bits(self.initial)
    }
}

/// A node: its operation and its arguments, which always stand earlier in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// The i-th input.
    Input(u32),
    /// A constant, as the bits of an `f64` (never NaN, never negative zero).
    Constant(u64),
    /// The i-th trainable parameter of the graph.
    Parameter(u32),
    /// An operation on one argument.
    Unary(Unary, NodeId),
    /// An operation on two arguments, in order.
    Binary(Binary, NodeId, NodeId),
    /// `Select(condition, then, otherwise)`: `then` where the condition is not 0 (a NaN condition
    /// counts as not 0).
    Select(NodeId, NodeId, NodeId),
    /// A reduction, whose result stands at every element that it ran over.
    Reduce(Reduction, Axis, NodeId),
    /// Features moved k places to the right, around the end of their row: feature j takes the value
    /// of feature j - k.
    Roll(i32, NodeId),
}

/// Nodes in topological order, each different from every other, and the nodes whose values are
/// wanted.
///
/// A pointwise activation's graph has two outputs, f and f'; a coupled activation's and an
/// equation's have one; an adjoint has f, the gradient of its input, and that of each parameter.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    parameters: Vec<Parameter>,
    outputs: Vec<NodeId>,
    /// The ids of all nodes; empty where the graph was finished by [`Graph::pruned`], until a node
    /// is added again.
    known: FxHashMap<Node, NodeId>,
}

impl PartialEq for Graph {
    fn eq(&self, other: &Graph) -> bool {
        (&self.nodes, &self.parameters, &self.outputs)
            == (&other.nodes, &other.parameters, &other.outputs)
    }
}

impl Graph {
    /// The nodes, arguments before users.
    #[inline]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The trainable parameters that its nodes name, in order.
    #[inline]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The nodes whose values are wanted, in order.
    #[inline]
    pub fn outputs(&self) -> &[NodeId] {
        &self.outputs
    }

    /// The node with this id.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// Declares the next output.
    pub fn push_output(&mut self, id: NodeId) {
        self.outputs.push(id);
    }

    /// The same nodes, no output declared.
    pub fn without_outputs(&self) -> Graph {
        Graph {
            outputs: Vec::new(),
            ..self.clone()
        }
    }

    /// The id of `node`, which is added unless an equal one stands already.
    pub fn intern(&mut self, node: Node) -> NodeId {
        if self.known.len() < self.nodes.len() {
            self.known = self
                .nodes
                .iter()
                .enumerate()
                .map(|(index, node)| (*node, NodeId(index as u32)))
                .collect();
        }
        match self.known.entry(node) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = NodeId(self.nodes.len() as u32);
                self.nodes.push(node);
                *entry.insert(id)
            }
        }
    }

    /// The id of a new trainable parameter, different from every other.
    pub fn parameter(&mut self, parameter: Parameter) -> NodeId {
        self.parameters.push(parameter);
        self.intern(Node::Parameter(self.parameters.len() as u32 - 1))
    }

    /// The id of a constant; negative zero becomes zero.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.intern(Node::Constant((value + 0.0).to_bits()))
    }
}

impl Graph {
    /// The same outputs without the nodes that none of them needs; parameters keep their numbers.
    pub fn pruned(&self) -> Graph {
        let mut needed = vec![false; self.nodes.len()];
        for id in &self.outputs {
            needed[id.0 as usize] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            if needed[index] {
                self.nodes[index]
                    .arguments()
                    .for_each(|id| needed[id.0 as usize] = true);
            }
        }
        let mut kept = Graph {
            parameters: self.parameters.clone(),
            ..Graph::default()
        };
        let mut moved = vec![NodeId(0); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            if needed[index] {
                moved[index] = NodeId(kept.nodes.len() as u32);
                // Different nodes of different arguments stay different: there is nothing to look
                // up.
                kept.nodes
                    .push(node.with_arguments(|id| moved[id.0 as usize]));
            }
        }
        kept.outputs = self.outputs.iter().map(|id| moved[id.0 as usize]).collect();
        kept
    }

    /// A pruned graph without the parameters that no node names; the others keep their order.
    pub(super) fn without_unused_parameters(mut self) -> Graph {
        let mut numbers = vec![None; self.parameters.len()];
        let mut kept = Vec::new();
        for node in &self.nodes {
            if let Node::Parameter(index) = node {
                numbers[*index as usize] = Some(0);
            }
        }
        for (number, parameter) in numbers.iter_mut().zip(&self.parameters) {
            if number.is_some() {
                *number = Some(kept.len() as u32);
                kept.push(*parameter);
            }
        }
        for node in &mut self.nodes {
            if let Node::Parameter(index) = node {
                *index = numbers[*index as usize].expect("a parameter that a node names is kept");
            }
        }
        Graph {
            parameters: kept,
            known: FxHashMap::default(),
            ..self
        }
    }
}

impl Node {
    /// The arguments, in order.
    #[inline]
    pub fn arguments(self) -> impl Iterator<Item = NodeId> {
        let arguments = match self {
            Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => [None, None, None],
            Node::Unary(_, a) | Node::Reduce(_, _, a) | Node::Roll(_, a) => [Some(a), None, None],
            Node::Binary(_, a, b) => [Some(a), Some(b), None],
            Node::Select(a, b, c) => [Some(a), Some(b), Some(c)],
        };
        arguments.into_iter().flatten()
    }

    /// The same operation on other arguments.
    pub(super) fn with_arguments(self, change: impl Fn(NodeId) -> NodeId) -> Node {
        match self {
            Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => self,
            Node::Unary(operation, a) => Node::Unary(operation, change(a)),
            Node::Binary(operation, a, b) => Node::Binary(operation, change(a), change(b)),
            Node::Select(a, b, c) => Node::Select(change(a), change(b), change(c)),
            Node::Reduce(reduction, axis, a) => Node::Reduce(reduction, axis, change(a)),
            Node::Roll(places, a) => Node::Roll(places, change(a)),
        }
    }
}
