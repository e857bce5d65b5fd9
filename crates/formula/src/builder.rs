//! Growing a graph: constants are folded, and identities are used where they are exact for every
//! argument.

use crate::graph::{Axis, Binary, Graph, Node, NodeId, Reduction, Unary};
use crate::limits;
use crate::reference;

/// A graph under construction.
#[derive(Default)]
pub(super) struct Builder {
    pub graph: Graph,
}

impl Builder {
    /// A builder that goes on from a graph of one output, and that output.
    pub fn continuing(graph: &Graph) -> (Builder, NodeId) {
        let root = graph.outputs()[0];
        (
            Builder {
                graph: graph.without_outputs(),
            },
            root,
        )
    }

    pub fn input(&mut self, index: usize) -> NodeId {
        self.graph.intern(Node::Input(index as u32))
    }

    pub fn constant(&mut self, value: f64) -> NodeId {
        self.graph.constant(value)
    }

    /// The value of a constant node.
    pub fn value(&self, id: NodeId) -> Option<f64> {
        match self.graph.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn is(&self, id: NodeId, value: f64) -> bool {
        self.value(id) == Some(value)
    }

    /// The argument of `id`, where it is that operation.
    fn argument_of(&self, operation: Unary, id: NodeId) -> Option<NodeId> {
        match self.graph.node(id) {
            Node::Unary(found, argument) if found == operation => Some(argument),
            _ => None,
        }
    }

    pub fn unary(&mut self, operation: Unary, a: NodeId) -> NodeId {
        if let Some(value) = self.value(a) {
            let folded = reference::unary(operation, value);
            if folded.is_finite() {
                return self.constant(folded);
            }
        }
        // log(1 + e^u) and 1 / (1 + e^u) overflow where their values do not.
        match (operation, self.one_plus_exponential(a)) {
            (Unary::Log, Some(exponent)) => return self.unary(Unary::Softplus, exponent),
            (Unary::Reciprocal, Some(exponent)) => {
                let negated = self.negate(exponent);
                return self.unary(Unary::Sigmoid, negated);
            }
            _ => {}
        }
        match (operation, self.graph.node(a)) {
            (Unary::Negate, Node::Unary(Unary::Negate, inner)) => inner,
            (Unary::Negate, Node::Binary(Binary::Subtract, b, c)) => {
                self.binary(Binary::Subtract, c, b)
            }
            (Unary::Abs, Node::Unary(Unary::Negate | Unary::Abs, inner)) => {
                self.unary(Unary::Abs, inner)
            }
            (Unary::Log1p, Node::Unary(Unary::Exp, inner)) => self.unary(Unary::Softplus, inner),
            _ => self.graph.intern(Node::Unary(operation, a)),
        }
    }

    /// u, where `id` is 1 + e^u.
    fn one_plus_exponential(&self, id: NodeId) -> Option<NodeId> {
        let Node::Binary(Binary::Add, a, b) = self.graph.node(id) else {
            return None;
        };
        let exponential = if self.is(a, 1.0) {
            b
        } else if self.is(b, 1.0) {
            a
        } else {
            return None;
        };
        self.argument_of(Unary::Exp, exponential)
    }

    pub fn binary(&mut self, operation: Binary, a: NodeId, b: NodeId) -> NodeId {
        if let (Some(x), Some(y)) = (self.value(a), self.value(b)) {
            let folded = reference::binary(operation, x, y);
            if folded.is_finite() {
                return self.constant(folded);
            }
        }
        match operation {
            Binary::Add if self.is(a, 0.0) => b,
            Binary::Add | Binary::Subtract if self.is(b, 0.0) => a,
            Binary::Add => match (
                self.argument_of(Unary::Negate, a),
                self.argument_of(Unary::Negate, b),
            ) {
                (_, Some(b)) => self.binary(Binary::Subtract, a, b),
                (Some(a), None) => self.binary(Binary::Subtract, b, a),
                (None, None) => self.ordered(operation, a, b),
            },
            Binary::Subtract if self.is(a, 0.0) => self.negate(b),
            Binary::Subtract => match self.argument_of(Unary::Negate, b) {
                Some(b) => self.binary(Binary::Add, a, b),
                None => self.graph.intern(Node::Binary(operation, a, b)),
            },
            Binary::Multiply if self.is(a, 1.0) => b,
            Binary::Multiply if self.is(b, 1.0) => a,
            Binary::Multiply if self.is(a, -1.0) => self.negate(b),
            Binary::Multiply if self.is(b, -1.0) => self.negate(a),
            Binary::Multiply => self.ordered(operation, a, b),
            Binary::Divide => self.divide(a, b),
            Binary::Power => self.power(a, b),
            Binary::Min | Binary::Max if a == b => a,
            Binary::Equal | Binary::NotEqual => self.ordered(operation, a, b),
            // The order of min and max decides the slope at a tie.
            Binary::Min | Binary::Max | Binary::Less | Binary::LessEqual => {
                self.graph.intern(Node::Binary(operation, a, b))
            }
        }
    }

    /// A commutative operation, its arguments in the order of the graph so that both ways of
    /// writing it are one node.
    fn ordered(&mut self, operation: Binary, a: NodeId, b: NodeId) -> NodeId {
        self.graph
            .intern(Node::Binary(operation, a.min(b), a.max(b)))
    }

    fn divide(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if self.is(a, 1.0) {
            return self.unary(Unary::Reciprocal, b);
        }
        if let Some(divisor) = self.value(b) {
            let factor = 1.0 / divisor;
            // Exact for powers of two only.
            if divisor != 0.0 && factor.is_normal() && divisor.to_bits() << 12 == 0 {
                let factor = self.constant(factor);
                return self.multiply(a, factor);
            }
        }
        if self.one_plus_exponential(b).is_some() {
            let sigmoid = self.unary(Unary::Reciprocal, b);
            return self.multiply(a, sigmoid);
        }
        self.graph.intern(Node::Binary(Binary::Divide, a, b))
    }

    /// a^b; whole exponents up to a limit become multiplications, halves take a square root.
    fn power(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if let Some(exponent) = self.value(b) {
            let size = exponent.abs();
            let whole = size.floor();
            let half = size - whole == 0.5;
            if whole <= f64::from(limits::MULTIPLIED_EXPONENT) && (half || size == whole) {
                let mut result = self.repeated(a, whole as u32);
                if half {
                    let root = self.unary(Unary::Sqrt, a);
                    result = self.multiply(result, root);
                }
                return if exponent < 0.0 {
                    self.unary(Unary::Reciprocal, result)
                } else {
                    result
                };
            }
        }
        if self.value(a) == Some(std::f64::consts::E) {
            return self.unary(Unary::Exp, b);
        }
        self.graph.intern(Node::Binary(Binary::Power, a, b))
    }

    /// a^count by repeated squaring; 1 for 0, as IEEE 754 has it for every a.
    fn repeated(&mut self, a: NodeId, count: u32) -> NodeId {
        if count == 0 {
            return self.constant(1.0);
        }
        let half = self.repeated(a, count / 2);
        let squared = self.multiply(half, half);
        if count % 2 == 1 {
            self.multiply(squared, a)
        } else {
            squared
        }
    }

    pub fn select(&mut self, condition: NodeId, then: NodeId, otherwise: NodeId) -> NodeId {
        if then == otherwise {
            return then;
        }
        match self.value(condition) {
            Some(0.0) => otherwise,
            Some(_) => then,
            None => self.graph.intern(Node::Select(condition, then, otherwise)),
        }
    }

    /// A reduction; of a number or of what a mean, minimum or maximum over the same elements has
    /// made equal, the argument itself.
    pub fn reduce(&mut self, reduction: Reduction, axis: Axis, a: NodeId) -> NodeId {
        let equal_already = match self.graph.node(a) {
            Node::Constant(_) => true,
            Node::Reduce(_, inner, _) => inner == axis || inner == Axis::Tensor,
            _ => false,
        };
        if equal_already && reduction != Reduction::Sum {
            return a;
        }
        self.graph.intern(Node::Reduce(reduction, axis, a))
    }

    /// Features moved `places` to the right.
    pub fn roll(&mut self, places: i32, a: NodeId) -> NodeId {
        match self.graph.node(a) {
            _ if places == 0 => a,
            Node::Constant(_) | Node::Reduce(_, Axis::Features | Axis::Tensor, _) => a,
            Node::Roll(before, inner) if before.checked_add(places).is_some() => {
                self.roll(before + places, inner)
            }
            _ => self.graph.intern(Node::Roll(places, a)),
        }
    }

    pub fn negate(&mut self, a: NodeId) -> NodeId {
        self.unary(Unary::Negate, a)
    }

    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(Binary::Add, a, b)
    }

    pub fn subtract(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(Binary::Subtract, a, b)
    }

    pub fn multiply(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(Binary::Multiply, a, b)
    }

    /// a times a number.
    pub fn scaled(&mut self, factor: f64, a: NodeId) -> NodeId {
        let factor = self.constant(factor);
        self.multiply(factor, a)
    }

    /// a plus a number.
    pub fn shifted(&mut self, a: NodeId, offset: f64) -> NodeId {
        let offset = self.constant(offset);
        self.add(a, offset)
    }

    /// 1 where a equals the number, else 0.
    pub fn equals(&mut self, a: NodeId, value: f64) -> NodeId {
        let value = self.constant(value);
        self.binary(Binary::Equal, a, value)
    }

    /// 1 where a < b, else 0.
    pub fn less(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(Binary::Less, a, b)
    }
}
